"""The samplers that everybody runs: those of `plain`, for images and volumes, as fast as NumPy can be.

What the numbers mean, and Eqs. 4 to 7, stand there. Here are the ideas that make it fast:

- **Differences in place of weights.** Interpolating between two neighbours is  low + a (high - low).  The difference is
  the slope along that axis, so one chain of steps, along x, then y(, then z), leaves V and all slopes behind it, each
  where a corner's value stood. Images and volumes take the same path.
- **The same chain, backwards,** takes dV apart: of dv,  a dv  goes to the upper neighbour, and the rest,  dv - a dv,  to
  the lower one.
- **One index for all corners and channels,** padding in place of masks, and slices of the batch: see `neighbours`.
- **In place.** A slice's arrays are used over and over, and results are written where they stay.
"""

import itertools
from typing import NamedTuple

import numpy as np

from ..checking import validate
from ..grid.coordinates import pixels_per_unit
from .neighbours import (Neighbours, as_points, check_sampler, corner_views, empty_padded, find_neighbours, image_slices,
                         pad_images, slices, unpad_gradient)


class BilinearCache(NamedTuple):
    """What the forward pass found out on its way, M = H_out W_out samples of d axes, in the order x, y(, z)."""
    slopes: np.ndarray     # (d, C, N, M) dV/dx, dV/dy in pixels, for dgrid
    fractions: np.ndarray  # (d, N, M) a, b, for dU
    index: np.ndarray      # (N, M) lower corner of each sample, in the padded images of its slice, for dU
    s: np.ndarray          # (d, 1, 1) pixels per normalised unit, for dgrid
    U_shape: tuple         # (N, C, H, W)
    grid_shape: tuple      # (N, H_out, W_out, 2)
    padding: str


def bilinear_sampler_forward(U, grid, padding="zeros", align_corners=True, need_cache=True):
    """Sample U at grid with the bilinear kernel. To read how, see plain.bilinear_sampler_forward, the same function.

    V[n,c,i,j] = sum_hw U[n,c,h,w] k(x - w) k(y - h),    k(t) = max(0, 1 - |t|)                        (Eq. 5)

    Parameters
    ----------
    U : (N, C, H, W)                 input feature map, or volume (N, C, D, H, W)
    grid : (N, H_out, W_out, 2)      sampling points (x, y), normalised; for volumes (N, D_out, H_out, W_out, 3)
    padding : str                    what lies outside: "zeros", "border" (the edge continues) or "reflection"
    align_corners : bool             as in the grid generator
    need_cache : bool                False leaves the cache out (None): no backward pass is going to follow

    Returns
    -------
    V : (N, C, H_out, W_out)
    cache : BilinearCache

    Convention: V is continuous; outside, "zeros" fades over the width of one pixel. On a grid line of U, where V has a
    kink, the derivative to the grid is the right-hand one: along x it is U[.., floor(x) + 1] - U[.., floor(x)]. V is
    that of PyTorch's grid_sample and ONNX's GridSample, whose default is align_corners=False. On kinks, PyTorch's
    derivative is 0 at the edge pixels (border and reflection), and the left-hand one where a mirror makes x run back.
    Backward: dU[n,c,h,w] = sum_ij dV[n,c,i,j] k(x - w) k(y - h)                                      (Eq. 6)
              dgrid_x[n,i,j] = s_x sum_c dV[n,c,i,j] ((1-b) (U01 - U00) + b (U11 - U10))              (Eq. 7)
              with s_x the pixels per normalised unit, and likewise for y.

    Coordinates may be as large as they like: such points lie outside. The identity grid gives U bit for bit (in float32
    up to 2^21 pixels along an axis).
    """
    U, grid = check_sampler(U, grid, padding)
    validate.flag("need_cache", need_cache)
    points, (N, C, *size) = as_points(grid), U.shape                               # (d, N, M)
    V = np.empty((N, C, points.shape[2]), U.dtype)
    cache = _empty_cache(U, grid, padding, align_corners) if need_cache else None
    parts = image_slices(U.shape, V.shape[2])
    P = empty_padded(len(V[parts[0]]), size, U.dtype)                              # (n, H + 4, W + 4)
    views = corner_views(P)
    for part in parts:
        spans = slices(V.shape[2], len(V[part]))
        for c in range(C):
            pad_images(P, U[part, c], padding, align_corners)
            for span in spans:
                if c == 0 or len(spans) > 1:                                       # else they are those of channel 0
                    near = _room(cache, points[:, part, span], part, span)
                    backwards = find_neighbours(points[:, part, span], size, padding, align_corners, near)
                slopes = cache.slopes[:, c, part, span] if need_cache else None
                _interpolate(views, near, V[part, c, span], slopes)
                if need_cache and backwards is not None:
                    np.negative(slopes, out=slopes, where=backwards)               # a mirror has turned the axis round
    validate.results(V=V)
    return V.reshape(U.shape[:2] + grid.shape[1:-1]), cache


def _interpolate(views, near, v, slopes):
    """Interpolate between the 2^d corners of each sample: along x, then y(, then z), each step in place.

    One step is  low + a (high - low).  Corners have numbers whose bits say for x, y(, z) whether they are upper ones. In
    the end number 0 is the value; number 1, the difference along x, interpolated along y, is the slope along x; and
    number 2 that along y. Those stand in `slopes` from the start.

    Parameters
    ----------
    views : 2^d flat arrays          of the padded images, see corner_views
    v : (n, m)                       where the values are wanted
    slopes : (d, n, m)               where the slopes are wanted; None if they are not
    """
    d, *shape = near.fractions.shape
    *corners, change = np.empty((2 ** d + 1, *shape), v.dtype)
    for axis in range(d) if slopes is not None else ():
        corners[2 ** axis] = slopes[axis]
    for corner, view in zip(corners, views):
        view.take(near.index, out=corner, mode="clip")                             # "clip" saves take a copy
    for axis, a in enumerate(near.fractions):
        for number in _lower_corners(d, axis, slopes is not None):
            low, high = corners[number], corners[number + 2 ** axis]
            high -= low
            np.multiply(a, high, out=change)
            np.add(low, change, out=v if (number, axis) == (0, d - 1) else low)


def _lower_corners(d, axis, with_slopes):
    """Numbers of the corners that are lower along this axis; without slopes, of those that still hold a value."""
    return [number for number in range(2 ** d)
            if not number & 2 ** axis and (with_slopes or number % 2 ** axis == 0)]


def _empty_cache(U, grid, padding, align_corners):
    (N, C, *size), (d, _, M) = U.shape, as_points(grid).shape
    s = np.array([pixels_per_unit(length, align_corners) for length in size[::-1]], U.dtype)[:, None, None]
    return BilinearCache(np.empty((d, C, N, M), U.dtype), np.empty((d, N, M), U.dtype), np.empty((N, M), np.intp), s,
                         U.shape, grid.shape, padding)


def _room(cache, points, part, span):
    """Where the neighbours of some points (d, n, m) are to be written: in the cache, if there is one."""
    if cache is None:
        return Neighbours(np.empty(points.shape[1:], np.intp), np.empty(points.shape, points.dtype))
    return Neighbours(cache.index[part, span], cache.fractions[:, part, span])


def bilinear_sampler_backward(dV, cache, need_dU=True):
    """Gradient of bilinear_sampler_forward.

    Parameters
    ----------
    dV : (N, C, H_out, W_out)        dL/dV
    need_dU : bool                   False leaves dU out (None), where U is data and nobody asks for it

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    dgrid : (N, H_out, W_out, 2)     dL/dgrid, with respect to the normalised coordinates

    Raises TypeError for the None that a forward pass with need_cache=False leaves.
    """
    if cache is None:
        raise TypeError("cache must be what bilinear_sampler_forward returned as its second value, got None: call it "
                        "with need_cache=True")
    validate.cache(cache, BilinearCache, "bilinear_sampler_forward")
    validate.flag("need_dU", need_dU)
    (N, C, *size), dtype = cache.U_shape, cache.slopes.dtype
    dV = validate.gradient("dV", dV, (N, C) + cache.grid_shape[1:-1], dtype).reshape(N, C, -1)
    dgrid = np.empty(cache.fractions.shape, dtype)                                 # (d, N, M)
    dU = np.empty(cache.U_shape, dtype) if need_dU else None
    parts = image_slices(cache.U_shape, dV.shape[2])
    dP = empty_padded(len(dV[parts[0]]), size, dtype)
    views = corner_views(dP)
    for part in parts:
        for c in range(C):
            for span in slices(dV.shape[2], len(dV[part])):
                dv, near = dV[part, c, span], Neighbours(cache.index[part, span], cache.fractions[:, part, span])
                pull = np.multiply(dv, cache.slopes[:, c, part, span], out=dgrid[:, part, span] if c == 0 else None)
                if c > 0:                                                          # channels share their points
                    dgrid[:, part, span] += pull
                if need_dU:
                    _interpolate_backward(views, near, dv)
            if need_dU:
                dU[part, c] = unpad_gradient(dP, cache.padding)[:len(dV[part])]
                dP[...] = 0
        dgrid[:, part] *= cache.s
    validate.results(dU=dU, dgrid=dgrid)
    return dU, np.moveaxis(dgrid, 0, -1).reshape(cache.grid_shape)


def _interpolate_backward(views, near, dv):
    """The mirror of _interpolate, for the values: dv (n, m) is shared out among the corners, and added up there.

    One step is  dhigh = a dv,  dlow = dv - dhigh.
    """
    d, *shape = near.fractions.shape
    room = np.empty((2 ** d, *shape), dv.dtype)
    dcorners = [dv, *room[1:]]
    for axis in reversed(range(d)):                                                # (z, then) y, then x
        for number in range(0, 2 ** d, 2 ** (axis + 1)):
            dhigh = np.multiply(near.fractions[axis], dcorners[number], out=room[number + 2 ** axis])
            dcorners[number] = np.subtract(dcorners[number], dhigh, out=room[number])
    for view, dcorner in zip(views, dcorners):
        np.add.at(view, near.index.reshape(-1), dcorner.reshape(-1))


class IntegerCache(NamedTuple):
    index: np.ndarray      # (N, M) the pixel that each sample copies, in the padded images of its slice
    U_shape: tuple         # (N, C, H, W)
    grid_shape: tuple      # (N, H_out, W_out, 2)
    dtype: np.dtype        # of U
    padding: str


def integer_sampler_forward(U, grid, padding="zeros", align_corners=True):
    """Sample U at grid by copying the nearest pixel. To read how, see plain.integer_sampler_forward, the same function.

    V[n,c,i,j] = sum_hw U[n,c,h,w] delta(floor(x + 1/2) - w) delta(floor(y + 1/2) - h)                 (Eq. 4)

    Parameters, errors and V are those of bilinear_sampler_forward; the cache is always made, it is small.

    Convention: half-way goes up, floor(x + 1/2), as in Eq. 4. Under reflection this is the pixel before x is folded
    back, so in a mirrored stretch half-way goes down in the image. PyTorch and ONNX round half to even instead, ONNX
    before folding back, PyTorch after it.
    Backward: dU[n,c,h,w] = sum of dV over the points that read (h, w). V is constant between jumps, so dgrid is exactly
    zero: nothing is ever learned through the coordinates.
    """
    U, grid = check_sampler(U, grid, padding)
    points, (N, C, *size) = as_points(grid), U.shape
    V, index = np.empty((N, C, points.shape[2]), U.dtype), np.empty(points.shape[1:], np.intp)
    parts = image_slices(U.shape, V.shape[2])
    P = empty_padded(len(V[parts[0]]), size, U.dtype)
    for part in parts:
        spans = slices(V.shape[2], len(V[part]))
        for span in spans:
            near = Neighbours(index[part, span], np.empty_like(points[:, part, span]))
            find_neighbours(points[:, part, span], size, padding, align_corners, near, nearest=True)
        for c in range(C):
            pad_images(P, U[part, c], padding, align_corners)
            for span in spans:
                V[part, c, span] = P.reshape(-1).take(index[part, span])
    return V.reshape(U.shape[:2] + grid.shape[1:-1]), IntegerCache(index, U.shape, grid.shape, U.dtype, padding)


def integer_sampler_backward(dV, cache, need_dU=True):
    """Gradient of integer_sampler_forward; arguments and returns are those of bilinear_sampler_backward."""
    validate.cache(cache, IntegerCache, "integer_sampler_forward")
    validate.flag("need_dU", need_dU)
    (N, C, *size), index = cache.U_shape, cache.index
    dV = validate.gradient("dV", dV, (N, C) + cache.grid_shape[1:-1], cache.dtype).reshape(N, C, -1)
    dU = np.empty(cache.U_shape, cache.dtype) if need_dU else None
    parts = image_slices(cache.U_shape, dV.shape[2])
    dP = empty_padded(len(dV[parts[0]]), size, cache.dtype)
    for part, c in itertools.product(parts, range(C)) if need_dU else ():
        dP[...] = 0
        np.add.at(dP.reshape(-1), index[part].reshape(-1), dV[part, c].reshape(-1))
        dU[part, c] = unpad_gradient(dP, cache.padding)[:len(dV[part])]
    validate.results(dU=dU)
    return dU, np.zeros(cache.grid_shape, cache.dtype)
