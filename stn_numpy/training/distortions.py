"""The paper's distorted digits (Table 1), drawn with our own grids and sampler.

    R     rotated by -90 .. 90 degrees                                                              28 x 28
    RTS   rotated by -45 .. 45 degrees, scaled by 0.7 .. 1.2, put at a random place                 42 x 42
    P     scaled by 0.75 .. 1, then each corner moved by N(0, 5 pixels): a projective transform     28 x 28
    E     scaled by 0.75 .. 1, then 16 points moved by N(0, 1.5 pixels): a thin plate spline        28 x 28
    TC    put at a random place, cluttered with six 6 x 6 patches of other digits                   60 x 60

Angles, scales and places are uniform, and all randomness comes from the generator that is handed in: the same seed
gives the same digits. R, RTS and TC say where the content goes. P and E move points of the sampling grid instead, since a
spline has no inverse in closed form. Their moves are random and to all sides alike, so both directions would do.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..checking import validate
from ..grid.affine import affine_from_pixels, affine_grid_forward
from ..grid.coordinates import pixels_per_unit
from ..grid.projective import corner_turns, projective_from_points, projective_grid_forward
from ..grid.tps import regular_control_points, tps_grid_forward
from ..sampler.fast import bilinear_sampler_forward

SQUARE = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])      # the corners of an image, clockwise


def rotated(images, rng):
    """R: rotation about the middle. (N, 1, 28, 28) -> (N, 1, 28, 28)."""
    angle = rng.uniform(-90, 90, len(images))
    return _similar(images, angle, np.ones(len(images)), np.zeros((len(images), 2)), images.shape[2:])


def rotated_translated_scaled(images, rng, canvas=(42, 42)):
    """RTS: rotation and scale about the digit's middle, then a place on the canvas, so that the frame stays inside.

    (N, 1, 28, 28) -> (N, 1, 42, 42). The frame is that of the digit at scale 1.
    """
    N = len(images)
    angle, scale = rng.uniform(-45, 45, N), rng.uniform(0.7, 1.2, N)
    room = _room(images.shape[2:], canvas)[::-1] / 2                               # pixels to each side, (x, y)
    return _similar(images, angle, scale, rng.uniform(-room, room, (N, 2)), canvas)


def _similar(images, angle, scale, shift, out_shape):
    """Rotate by `angle` degrees, scale, and move by `shift` pixels (x, y); each (N,), (N,) and (N, 2).

    The content is to move by p -> scale R p + shift, so the sampler must look at the inverse of that:
    p_source = R^T (p_target - shift) / scale.
    """
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    inverse = np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1) / scale[:, None, None]          # (N, 2, 2)
    A = np.concatenate([inverse, -inverse @ shift[:, :, None]], axis=2)                              # (N, 2, 3)
    theta = affine_from_pixels(A.astype(images.dtype), images.shape[2:], out_shape)
    return _sampled(images, affine_grid_forward(theta, out_shape)[0])


def projected(images, rng):
    """P: scaled about the middle, then each corner moved on its own. (N, 1, 28, 28) -> (N, 1, 28, 28).

    Where the four corners look fixes the homography. Corners that do not make a proper quadrilateral are drawn again.
    """
    corners = _moved_points(images, SQUARE, 5, rng)                                # (N, 4, 2)
    while (improper := np.flatnonzero(~_is_proper(corners))).size:
        corners[improper] = _moved_points(images[improper], SQUARE, 5, rng)
    theta = projective_from_points(np.broadcast_to(SQUARE, corners.shape), corners).astype(images.dtype)
    return _sampled(images, projective_grid_forward(theta, images.shape[2:])[0])


def elastic(images, rng):
    """E: scaled about the middle, then bent by moving 16 control points. (N, 1, 28, 28) -> (N, 1, 28, 28)."""
    points = regular_control_points(4, 4)
    theta = (_moved_points(images, points, 1.5, rng) - points).astype(images.dtype)
    return _sampled(images, tps_grid_forward(theta, images.shape[2:], control_points=points)[0])


def _sampled(images, grid):
    """What is seen at the grid; nobody asks for gradients to data."""
    return bilinear_sampler_forward(images, grid, need_cache=False)[0]


def _moved_points(images, points, spread, rng):
    """Where points (K, 2) of the target look: a scale in common, a move of N(0, `spread` pixels) each, (N, K, 2).

    For the content to be scaled, the points must look further out: they are divided by the scale.
    """
    scale = rng.uniform(0.75, 1, (len(images), 1, 1))
    half_size = [pixels_per_unit(size, True) or 1 for size in images.shape[:1:-1]]                   # (x, y)
    return points / scale + rng.normal(0, spread, (len(images), len(points), 2)) / half_size


def _is_proper(corners):
    """Only a convex quadrilateral is a view of a square; near a triangle, one corner would be stretched without limit."""
    turns = corner_turns(corners)
    return turns.min(axis=1) > 0.1 * turns.max(axis=1)


def translated_cluttered(images, rng, canvas=(60, 60), patches=6, patch_size=6):
    """TC: each digit whole and at a random place, among patches of the other digits. (N, 1, 28, 28) -> (N, 1, 60, 60).

    Everything moves by whole pixels, so nothing is interpolated. Where things overlap, the brighter one is seen. A
    patch is cut from a random place of another image of the batch (of the same one, if there is no other).
    """
    N, frame, patch = len(images), images.shape[2:], (patch_size, patch_size)
    cluttered = np.zeros((*images.shape[:2], *canvas), images.dtype)
    _paste(cluttered, images, _random_corners(rng, _room(frame, canvas), N))
    room = _room(patch, frame, ("patches", "images"))
    windows = sliding_window_view(images, patch, axis=(2, 3))                      # (N, C, places, places, 6, 6)
    for _ in range(patches):
        other = (np.arange(N) + rng.integers(1, max(N, 2), N)) % N
        row, column = _random_corners(rng, room, N)
        _paste(cluttered, windows[other, :, row, column], _random_corners(rng, _room(patch, canvas), N))
    return cluttered


def _random_corners(rng, room, count):
    """Rows and columns of upper left corners, (2, count), each from 0 to the room that there is, inclusive."""
    return rng.integers(0, room[:, None], (2, count), endpoint=True)


def _paste(canvas, images, corners):
    """Put each image (N, C, h, w) on its canvas (N, C, H, W), its upper left pixel at corners (2, N)."""
    views = sliding_window_view(canvas, images.shape[2:], axis=(2, 3), writeable=True)
    place = (np.arange(len(images)), slice(None), *corners)
    views[place] = np.maximum(views[place], images)


def _room(inner, outer, names=("images", "a canvas")):
    """How many pixels (h, w) are left of `outer` beside `inner`, (2,)."""
    room = np.array(outer) - inner
    if room.min() < 0:
        raise ValueError(f"{names[0]} of {inner[0]} x {inner[1]} do not fit on {names[1]} of {outer[0]} x {outer[1]}")
    return room


DISTORTIONS = {"R": rotated, "RTS": rotated_translated_scaled, "P": projected, "E": elastic,
               "TC": translated_cluttered}


def distort(images, name, rng):
    """Distort a batch of digits.

    Parameters
    ----------
    images : (N, C, H, W)            float32 or float64
    name : str                       one of DISTORTIONS
    rng                              a numpy Generator, from which all randomness comes, or a seed for one

    Returns
    -------
    distorted : (N, C, H', W')       in the dtype of the images

    Raises ValueError for an unknown name, a wrong shape, or images that do not fit on the canvas.
    """
    [images] = validate.arrays(images=(images, "N C H W"))
    return DISTORTIONS[validate.choice("distortion", name, DISTORTIONS)](images, validate.generator(rng))
