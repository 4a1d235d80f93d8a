"""One output pixel under the microscope: what it reads on the way forward, what it sends on the way back.

Forward: theta gives its source point; the four pixels around the point are weighted by the areas of the rectangles
opposite them (Eq. 5). Backward: its upstream gradient goes to the same four by the same weights (Eq. 6), and to the
coordinates by the differences between them (Eq. 7).
"""

from typing import NamedTuple

import numpy as np

from ..checking import validate
from ..grid.affine import affine_grid_forward
from ..grid.coordinates import PADDINGS, pixels_per_unit, reflect, to_pixels
from ..sampler.fast import bilinear_sampler_backward, bilinear_sampler_forward
from ..sampler.plain import before
from .pictures.arguments import one_image, one_pixel, one_row, one_theta
from .pictures.lenses import draw_backward, draw_forward
from .pictures.maps import number
from .pictures.moving import moving as moving_picture
from .pictures.picture import Picture, drawn


class View(NamedTuple):
    """One output pixel and all that it touches. Corners are in the order top left, top right, bottom left and right."""
    U: np.ndarray          # (H, W)
    V: np.ndarray          # (H_out, W_out)
    pixel: tuple           # (i, j) in the output
    point: tuple           # (x, y) in pixels of U; under reflection, after folding
    corners: list          # of (row, column), which may lie outside U
    values: list           # U there: 0 outside under "zeros", the edge's value otherwise
    receivers: list        # (row, column) of the pixel of U that each corner's gradient goes to, None if it is lost
    weights: list          # they sum to 1
    scale: tuple           # (s_x, s_y), pixels for one normalised unit; negative where reflection runs backwards
    window: tuple = None   # ranges of the rows and columns of U that are drawn; by default those around the point


def forward(U, theta, pixel, *, out_shape=None, padding="zeros", align_corners=True):
    """Draw how one output pixel gets its value.

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)
    theta : (2, 3) or (1, 2, 3)
    pixel : (row, column)            of the output
    out_shape : (H_out, W_out)       by default the size of U
    padding, align_corners           as in the sampler

    Returns
    -------
    picture : Picture                .numbers: "x", "y" (the source point in pixels), "a", "b" (its fractions),
                                     "corners" (four (row, column): top left, top right, bottom left, bottom right),
                                     "values", "weights" (of those four) and "V"

    Raises ValueError for a pixel outside the output, more than one image, or arrays of other shapes.
    """
    return _draw_forward(*_look(U, theta, pixel, out_shape, padding, align_corners)[:1])


@drawn
def _draw_forward(view):
    """The Picture of `forward`."""
    numbers = _numbers(view)
    numbers["V"] = float(view.V[view.pixel])
    terms = " + ".join(f"{number(weight, 3)} times {number(value)}" for weight, value in zip(view.weights, view.values))
    alt = (f"Output pixel {view.pixel} looks at x = {number(numbers['x'])}, y = {number(numbers['y'])} in the input, "
           f"between the pixels {_places(view)}. Its value is {terms} = {number(numbers['V'], 3)}.")
    return Picture(draw_forward(view), alt, numbers)


def backward(U, theta, pixel, dV=1.0, *, out_shape=None, padding="zeros", align_corners=True):
    """Draw where the upstream gradient of one output pixel goes: to four pixels of U, and to the two coordinates.

    Parameters
    ----------
    U, theta, pixel, out_shape, padding, align_corners : as in forward
    dV : float or (H_out, W_out)     upstream gradient; of an array, the entry at `pixel` is taken

    Returns
    -------
    picture : Picture                .numbers: those of forward, and "dV", "dU" (what each of the four corners gets),
                                     "receivers" (the pixels of U that get it; None for what is lost outside),
                                     "dx", "dy" (per pixel) and "dgrid" (dL/dx_s, dL/dy_s, per normalised unit)

    Raises ValueError as forward does, and for a dV of another shape than the output.
    """
    return _draw_backward(*_look(U, theta, pixel, out_shape, padding, align_corners), dV)


@drawn
def _draw_backward(view, grid, options, dV):
    """The Picture of `backward`."""
    upstream = np.zeros(view.V.shape)
    upstream[view.pixel] = _entry(dV, view)
    cache = bilinear_sampler_forward(view.U[None, None], grid, **options)[1]
    dgrid = bilinear_sampler_backward(upstream[None, None], cache)[1][0][view.pixel]
    numbers = _numbers(view)
    numbers.update(V=float(view.V[view.pixel]), dV=float(upstream[view.pixel]),
                   dU=[weight * float(upstream[view.pixel]) for weight in view.weights], receivers=view.receivers,
                   dx=float(dgrid[0] / (view.scale[0] or 1)), dy=float(dgrid[1] / (view.scale[1] or 1)),
                   dgrid=tuple(map(float, dgrid)))
    parts = ", ".join(f"{number(share, 3)} to {receiver or 'nowhere, outside the image'}"
                      for share, receiver in zip(numbers["dU"], view.receivers))
    alt = (f"Output pixel {view.pixel} has the upstream gradient {number(numbers['dV'], 3)}. To the image it sends "
           f"{parts}. To the coordinates it sends dL/dx = {number(numbers['dx'], 3)} and "
           f"dL/dy = {number(numbers['dy'], 3)} per pixel.")
    return Picture(draw_backward(view, numbers), alt, numbers)


def moving(U, x, y, *, dV=None, padding="zeros", align_corners=True):
    """Two sliders that move the point of the microscope along x and y: forward, or backward if dV is given.

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)
    x, y : lists of float            the places of the point, in pixels; one frame for each pair
    dV : float                       upstream gradient of the output pixel that looks there: draws `backward`
    padding, align_corners           as in the sampler

    Returns
    -------
    picture : pictures.Moving        the middle one of 3 x 3 output pixels looks at the point

    Raises ValueError as forward does, and for places that are not finite numbers.
    """
    U, x, y = one_image(U), *(one_row(places, name, 1) for places, name in ((x, "x"), (y, "y")))
    H, W = U.shape[2:]
    window = tuple(range(min(int(np.floor(places.min())), 0), max(int(np.floor(places.max())) + 2, size))
                   for places, size in ((y, H), (x, W)))
    frames, labels = [], []
    for place_y in y:
        thetas = [[[0.5, 0, _normalised(place_x, W, align_corners)], [0, 0.5, _normalised(place_y, H, align_corners)]]
                  for place_x in x]
        views = [_look(U, theta, (1, 1), (3, 3), padding, align_corners) for theta in thetas]
        views = [(view._replace(window=window), *rest) for view, *rest in views]
        frames.append([_draw_forward(view) if dV is None else _draw_backward(view, *rest, dV) for view, *rest in views])
        labels.append([f"x = {number(place_x)}, y = {number(place_y)}: {_summary(frame.numbers)}"
                       for place_x, frame in zip(x, frames[-1])])
    way = "reads" if dV is None else "sends its gradient to"
    return moving_picture(frames, labels, name=("y of the point", "x of the point"), start=(len(y) // 2, len(x) // 2),
                           alt=f"The microscope at several points: what the output pixel there {way}. "
                               f"{'; '.join(row[0] for row in labels)}.")


def _normalised(pixel, size, align_corners):
    """The normalised coordinate of a place in pixels along one axis."""
    return (pixel - (size - 1) / 2) / (pixels_per_unit(size, align_corners) or 1)


def _summary(numbers):
    if "dV" not in numbers:
        return f"V = {number(numbers['V'], 3)}"
    return f"dx = {number(numbers['dx'], 3)}, dy = {number(numbers['dy'], 3)}"


def _look(U, theta, pixel, out_shape, padding, align_corners):
    """The View of one pixel, the grid, and the sampler's options."""
    U, theta = one_image(U), one_theta(theta)
    validate.choice("padding", padding, PADDINGS)
    out_shape = validate.sizes("out_shape", out_shape or U.shape[2:], "H_out W_out")
    pixel = one_pixel(pixel, out_shape)
    options = {"padding": padding, "align_corners": align_corners}
    grid = affine_grid_forward(theta, out_shape, align_corners)[0]
    V = bilinear_sampler_forward(U, grid, **options)[0][0, 0]
    H, W = U.shape[2:]
    (x, left, s_x), (y, top, s_y) = (_along(grid[0][pixel][axis], size, padding, align_corners)
                                     for axis, size in ((0, W), (1, H)))
    a, b = x - left, y - top
    corners = [(top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)]
    receivers = [_receiver(U.shape[2:], corner, padding) for corner in corners]
    values = [0.0 if receiver is None else float(U[0, 0][receiver]) for receiver in receivers]
    weights = [(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b]
    return View(U[0, 0], V, pixel, (x, y), corners, values, receivers, weights, (s_x, s_y)), grid, options


def _along(coordinate, size, padding, align_corners):
    """Along one axis: pixel coordinate, folded back under reflection; the pixel before it; pixels per unit."""
    x, s = to_pixels(np.float64(coordinate), size, align_corners), pixels_per_unit(size, align_corners)
    if padding == "reflection":
        [x], [backwards] = reflect(np.array([x]), size, align_corners)
        s = -s if backwards else s
    return float(x), int(before(x, s)), s


def _receiver(shape, corner, padding):
    """The pixel of U that a corner stands for: itself, the nearest of the edge, or None for a zero outside."""
    inside = tuple(min(max(place, 0), size - 1) for place, size in zip(corner, shape))
    return inside if padding != "zeros" or inside == corner else None


def _numbers(view):
    (x, y), (top, left) = view.point, view.corners[0]
    return {"x": x, "y": y, "a": x - left, "b": y - top, "corners": list(view.corners),
            "values": list(view.values), "weights": [float(weight) for weight in view.weights]}


def _entry(dV, view):
    """The upstream gradient of the pixel looked at."""
    try:
        dV = np.asarray(dV, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"dV must be a number or an array of numbers, got {type(dV).__name__}") from error
    if dV.size != 1 and dV.shape not in (view.V.shape, (1, 1, *view.V.shape)):
        raise ValueError(f"dV must be one number, or of the output's shape {view.V.shape}, got {dV.shape}")
    entry = float(dV.reshape(view.V.shape)[view.pixel] if dV.size == view.V.size else dV.reshape(()))
    if not np.isfinite(entry):
        raise ValueError(f"dV must be finite, got {entry} at pixel {view.pixel}")
    return entry


def _places(view):
    return ", ".join(map(str, view.corners))
