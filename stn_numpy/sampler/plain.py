"""The samplers as the paper writes them: Eqs. 3 to 7 for images, line by line. Read this page first.

A sampling point lies between four pixels. Their values are U00, U01, U10, U11: the first number counts rows (0 above,
1 below), the second columns (0 left, 1 right). How much each counts is w00, w01, w10, w11, and

    V = w00 U00 + w01 U01 + w10 U10 + w11 U11.

The pairs of `fast` are the same functions made fast, and are tested to give the same numbers. Only `pixels`, at the end,
deals with the options padding and align_corners; what align_corners means is decided in `grid/coordinates.py`.
"""

from typing import NamedTuple

import numpy as np

from ..checking import validate
from ..grid.coordinates import PADDINGS, pixels_per_unit, reflect, to_pixels


class PlainBilinearCache(NamedTuple):
    """The arguments: the backward pass finds everything else again."""
    U: np.ndarray          # (N, C, H, W)
    grid: np.ndarray       # (N, H_out, W_out, 2)
    padding: str
    align_corners: bool


def bilinear_sampler_forward(U, grid, padding="zeros", align_corners=True):
    """Sample U at grid with the bilinear kernel.

    V[n,c,i,j] = sum_hw U[n,c,h,w] k(x - w) k(y - h),    k(t) = max(0, 1 - |t|)                   (Eqs. 3 and 5)

    with x, y the pixel coordinates of grid[n,i,j]. Parameters, errors and conventions are those of
    fast.bilinear_sampler_forward, for images only.
    """
    U, grid = _check(U, grid, padding)
    x, y, s_x, s_y = pixels(grid, U.shape, padding, align_corners)                   # each (N, H_out, W_out)
    x0, y0 = before(x, s_x), before(y, s_y)
    a, b = x - x0, y - y0                                                          # how far right, how far down
    w00, w01 = (1 - a) * (1 - b), a * (1 - b)                                      # k(x - w) k(y - h)        (Eq. 5)
    w10, w11 = (1 - a) * b, a * b
    U00, U01 = read(U, y0, x0), read(U, y0, x0 + 1)                                # each (C, N, H_out, W_out)
    U10, U11 = read(U, y0 + 1, x0), read(U, y0 + 1, x0 + 1)
    V = w00 * U00 + w01 * U01 + w10 * U10 + w11 * U11                              # other weights are 0      (Eq. 3)
    return V.swapaxes(0, 1), PlainBilinearCache(U, grid, padding, align_corners)


def bilinear_sampler_backward(dV, cache):
    """Gradient of bilinear_sampler_forward.

    dV/dU[n,c,h,w] = k(x - w) k(y - h)                                                                      (Eq. 6)
    dV/dx = (1 - b) (U01 - U00) + b (U11 - U10)                                                             (Eq. 7)

    and likewise dV/dy. Parameters and returns are those of fast.bilinear_sampler_backward.
    """
    U, grid, padding, align_corners = validate.cache(cache, PlainBilinearCache, "plain.bilinear_sampler_forward")
    dV = validate.gradient("dV", dV, U.shape[:2] + grid.shape[1:3], U.dtype).swapaxes(0, 1)
    x, y, s_x, s_y = pixels(grid, U.shape, padding, align_corners)
    x0, y0 = before(x, s_x), before(y, s_y)
    a, b = x - x0, y - y0
    dU = np.zeros(U.shape, U.dtype)
    add_to(dU, y0, x0, (1 - a) * (1 - b) * dV)                                     # w00 dV                   (Eq. 6)
    add_to(dU, y0, x0 + 1, a * (1 - b) * dV)                                       # w01 dV
    add_to(dU, y0 + 1, x0, (1 - a) * b * dV)                                       # w10 dV
    add_to(dU, y0 + 1, x0 + 1, a * b * dV)                                         # w11 dV
    U00, U01 = read(U, y0, x0), read(U, y0, x0 + 1)
    U10, U11 = read(U, y0 + 1, x0), read(U, y0 + 1, x0 + 1)
    dV_dx = (1 - b) * (U01 - U00) + b * (U11 - U10)                                # the slope along x        (Eq. 7)
    dV_dy = (1 - a) * (U10 - U00) + a * (U11 - U01)                                # the slope along y
    dgrid_x, dgrid_y = s_x * (dV * dV_dx).sum(axis=0), s_y * (dV * dV_dy).sum(axis=0)   # channels share a point
    validate.results(dU=dU, dgrid_x=dgrid_x, dgrid_y=dgrid_y)
    return dU, np.stack([dgrid_x, dgrid_y], axis=-1)


class PlainIntegerCache(NamedTuple):
    """The arguments, as above."""
    U: np.ndarray
    grid: np.ndarray
    padding: str
    align_corners: bool


def integer_sampler_forward(U, grid, padding="zeros", align_corners=True):
    """Sample U at grid by copying the nearest pixel.

    V[n,c,i,j] = sum_hw U[n,c,h,w] delta(floor(x + 1/2) - w) delta(floor(y + 1/2) - h)                      (Eq. 4)

    Parameters, errors and conventions are those of fast.integer_sampler_forward, for images only.
    """
    U, grid = _check(U, grid, padding)
    x, y, s_x, s_y = pixels(grid, U.shape, padding, align_corners)
    V = read(U, before(y + 0.5, s_y), before(x + 0.5, s_x))                          # U[floor(y + 1/2), floor(x + 1/2)]
    return V.swapaxes(0, 1), PlainIntegerCache(U, grid, padding, align_corners)


def integer_sampler_backward(dV, cache):
    """Gradient of integer_sampler_forward: dV/dU is 1 for the pixel that was copied; V has no slope along x or y."""
    U, grid, padding, align_corners = validate.cache(cache, PlainIntegerCache, "plain.integer_sampler_forward")
    dV = validate.gradient("dV", dV, U.shape[:2] + grid.shape[1:3], U.dtype).swapaxes(0, 1)
    x, y, s_x, s_y = pixels(grid, U.shape, padding, align_corners)
    dU = np.zeros(U.shape, U.dtype)
    add_to(dU, before(y + 0.5, s_y), before(x + 0.5, s_x), dV)
    validate.results(dU=dU)
    return dU, np.zeros(grid.shape, grid.dtype)


def before(x, s_x):
    """floor(x): the pixel at x or before it. In a mirrored stretch (s_x < 0), for a point on a pixel: the one before it.

    On a pixel V has a kink, and its slope is that to the right, where x_s grows. In a mirror x falls as x_s grows: so
    the pixels that matter are the one below x and x itself.
    """
    return np.where(s_x < 0, np.ceil(x) - 1, np.floor(x))


def read(U, h, w):
    """U[n,:,h,w] at pixels h, w (N, H_out, W_out), and 0 outside the image: (C, N, H_out, W_out)."""
    n, h, w, inside = _places(U.shape, h, w)
    return inside * U.swapaxes(0, 1)[:, n, h, w]


def add_to(dU, h, w, dvalues):
    """The mirror of read: add dvalues (C, N, H_out, W_out) to dU[n,:,h,w]. Points that share a pixel add up there."""
    n, h, w, inside = _places(dU.shape, h, w)
    np.add.at(dU.swapaxes(0, 1), (slice(None), n, h, w), inside * dvalues)


def _places(shape, h, w):
    """Index arrays n, h, w of the pixels, those outside moved to the edge; and which of them are inside."""
    N, _, H, W = shape
    inside = (0 <= h) & (h < H) & (0 <= w) & (w < W)
    n = np.arange(N)[:, None, None]
    return n, h.clip(0, H - 1).astype(int), w.clip(0, W - 1).astype(int), inside


def pixels(grid, U_shape, padding, align_corners):
    """Where the points of a grid lie in pixels, and how fast they move there, under both options.

    Returns
    -------
    x, y : (N, H_out, W_out)         in pixels
    s_x, s_y : (N, H_out, W_out)     dx/dx_s, dy/dy_s: pixels for each normalised unit
    """
    *_, H, W = U_shape
    x, s_x = _along_axis(grid[..., 0], W, padding, align_corners)
    y, s_y = _along_axis(grid[..., 1], H, padding, align_corners)
    return x, y, s_x, s_y


def _along_axis(x_s, W, padding, align_corners):
    """x = s x_s + (W - 1)/2 along an axis of W pixels, and its slope dx/dx_s, both changed as padding asks.

    Reflection folds x back into the image, and where a mirror has turned the axis round the slope is -s. Far outside
    nothing changes any more: "zeros" are 0 up to -1 and from W on, otherwise the edge pixel continues. Points further
    out are moved to there, and their slope is 0.
    """
    x, s_x = to_pixels(x_s, W, align_corners), np.full_like(x_s, pixels_per_unit(W, align_corners))
    if padding == "reflection":
        x, backwards = reflect(x, W, align_corners)
        s_x[backwards] *= -1
    first, last = (-1, W) if padding == "zeros" else (0, W - 1)
    x0 = before(x, s_x)
    return x.clip(first, last), s_x * ((first <= x0) & (x0 < last))


def _check(U, grid, padding):
    validate.choice("padding", padding, PADDINGS)
    return validate.arrays(U=(U, "N C H W"), grid=(grid, "N H_out W_out 2"))
