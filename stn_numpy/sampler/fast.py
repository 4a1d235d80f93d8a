"""Samplers: read U at the points of a grid (Eq. 3), and send the gradient back to U and to the grid.

Each output value depends on the input in two ways. Through the *values*: V is linear in U, with the kernel's weights
(Eq. 6). Through the *coordinates*: a sampling point that moves reads something else (Eq. 7), and by this road the
network learns where to look. Images (N, C, H, W) with grids (N, H_out, W_out, 2) and volumes (N, C, D, H, W) with grids
(N, D_out, H_out, W_out, 3) take the same path: every axis is treated alike.
"""

import math
from typing import NamedTuple

import numpy as np

from ..checking import validate
from ..grid.coordinates import pixels_per_unit
from .neighbours import (as_points, check_sampler, corner_views, image_slices, in_every_channel, neighbours, pad_images,
                         padded, slices, unpad_gradient)


class BilinearCache(NamedTuple):
    """What the forward pass found out on its way, M = H_out W_out samples of d axes, in the order x, y(, z)."""
    slopes: np.ndarray     # (d, N, C, M) dV/dx, dV/dy in normalised units, for dgrid
    fractions: np.ndarray  # (d, N, M) a, b, for dU
    index: np.ndarray      # (N, M) lower corner of each sample, in the padded images of its slice, for dU
    U_shape: tuple         # (N, C, H, W)
    grid_shape: tuple      # (N, H_out, W_out, 2)
    padding: str


def bilinear_sampler_forward(U, grid, padding="zeros", align_corners=True, need_cache=True):
    """Sample U at grid with the bilinear kernel. To read how, see plain.bilinear_sampler_forward, the same function.

    V[n,c,i,j] = sum_hw U[n,c,h,w] k(x - w) k(y - h),    k(t) = max(0, 1 - |t|)                        (Eq. 5)

    with x, y the pixel coordinates of grid[n,i,j]. Only the four pixels around (x, y) have a weight: with
    a = x - floor(x), b = y - floor(y) it is (1-a)(1-b), a(1-b), (1-a)b and ab; interpolating along x and then along y
    multiplies these out.

    Parameters
    ----------
    U : (N, C, H, W)                 input feature map, or volume (N, C, D, H, W)
    grid : (N, H_out, W_out, 2)      sampling points (x, y), normalised; for volumes (N, D_out, H_out, W_out, 3)
    padding : str                    what lies outside: "zeros", "border" (the edge goes on) or "reflection"
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

    Raises TypeError for dtypes other than float32 or float64, ValueError for wrong shapes or option names and for NaN
    or infinity. Coordinates however large are good: they lie outside.
    """
    U, grid = check_sampler(U, grid, padding)
    validate.flag("need_cache", need_cache)
    points = as_points(grid)                                                       # (d, N, M)
    V = np.empty(U.shape[:2] + points.shape[2:], U.dtype)                          # (N, C, M)
    cache = _empty_cache(U, grid, padding) if need_cache else None
    for images in image_slices(U.shape, V.shape[2]):
        P = pad_images(U[images], padding)
        for samples in slices(V.shape[2], V.shape[1]):
            near = neighbours(points[:, images, samples], P.shape, padding, align_corners)
            V[images, :, samples], slopes = _interpolate(_gather(P, near.index), near.fractions, need_cache)
            if need_cache:
                _keep(cache, images, samples, near, slopes, align_corners)
    validate.results(V=V)
    return V.reshape(U.shape[:2] + grid.shape[1:-1]), cache


def _interpolate(corners, fractions, need_slopes):
    """Interpolate between the 2^d corners (2^d, n, C, m): along x, then y(, then z).

    One step is  v = (1 - a) low + a high.  Along its axis v has the slope  high - low;  the slopes along earlier axes
    are interpolated as the values are.

    Returns
    -------
    v : (n, C, m)
    slopes : d arrays (n, C, m)      dv/dx, dv/dy(, dv/dz) in pixels; none if they are not needed
    """
    values, slopes = corners, []
    for a in fractions[:, :, None]:                                                # (n, 1, m)
        slopes = [_step(slope, a) for slope in slopes]
        if need_slopes:
            slopes.append(values[1::2] - values[0::2])
        values = _step(values, a)
    return values[0], [slope[0] for slope in slopes]


def _step(values, a):
    """From pairs low, high, (2 k, n, C, m), to (1 - a) low + a high, (k, n, C, m)."""
    v = (1 - a) * values[0::2]
    v += a * values[1::2]
    return v


def _empty_cache(U, grid, padding):
    (N, C, *size), M = U.shape, math.prod(grid.shape[1:-1])
    d = len(size)
    return BilinearCache(np.empty((d, N, C, M), U.dtype), np.empty((d, N, M), U.dtype), np.empty((N, M), np.intp),
                         U.shape, grid.shape, padding)


def _keep(cache, images, samples, near, slopes, align_corners):
    """Put what was found for some samples of some images into the cache."""
    cache.index[images, samples] = near.index
    cache.fractions[:, images, samples] = near.fractions
    for axis, slope in enumerate(slopes):
        s = pixels_per_unit(cache.U_shape[-1 - axis], align_corners)
        if near.backwards is not None:
            s = np.where(near.backwards[axis], -s, s).astype(slope.dtype)[:, None]             # a mirror turned x round
        np.multiply(slope, s, out=cache.slopes[axis, images, :, samples])


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
    N, C, *size = cache.U_shape
    d, dtype = len(size), cache.slopes.dtype
    dV = validate.gradient("dV", dV, (N, C) + cache.grid_shape[1:-1], dtype).reshape(N, C, -1)
    dgrid = np.empty((d, N, dV.shape[2]), dtype)
    dU = np.empty(cache.U_shape, dtype) if need_dU else None
    for images in image_slices(cache.U_shape, dV.shape[2]):
        dv, slopes, fractions = dV[images], cache.slopes[:, images], cache.fractions[:, images]
        np.einsum("ncm,dncm->dnm", dv, slopes, out=dgrid[:, images])               # channels share their points
        if need_dU:
            dP = np.zeros(dv.shape[:2] + padded(size), dtype)
            for samples in slices(dv.shape[2], C):
                dcorners = _interpolate_backward(dv[..., samples], fractions[..., samples])
                _scatter_add(dP, cache.index[images, samples], dcorners)
            dU[images] = unpad_gradient(dP, cache.padding)
    validate.results(dU=dU, dgrid=dgrid)
    return dU, np.moveaxis(dgrid, 0, -1).reshape(cache.grid_shape)


def _interpolate_backward(dV, fractions):
    """The mirror of _interpolate, for the values: one step gives  dhigh = a dv,  dlow = (1 - a) dv.

    Returns dL/d of the 2^d corners' values, each (n, C, m), x changing fastest.
    """
    dvalues = [dV]
    for a in fractions[::-1, :, None]:                                             # (z, then) y, then x
        dvalues = [weight * dv for dv in dvalues for weight in (1 - a, a)]
    return dvalues


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
    points = as_points(grid)
    V, index = np.empty(U.shape[:2] + points.shape[2:], U.dtype), np.empty(points.shape[1:], np.intp)
    for images in image_slices(U.shape, V.shape[2]):
        P = pad_images(U[images], padding)
        for samples in slices(V.shape[2], V.shape[1]):
            near = neighbours(points[:, images, samples], P.shape, padding, align_corners, nearest=True)
            V[images, :, samples] = P.reshape(-1).take(in_every_channel(near.index, P.shape))
            index[images, samples] = near.index
    return V.reshape(U.shape[:2] + grid.shape[1:-1]), IntegerCache(index, U.shape, grid.shape, U.dtype, padding)


def integer_sampler_backward(dV, cache, need_dU=True):
    """Gradient of integer_sampler_forward; arguments and returns are those of bilinear_sampler_backward."""
    validate.cache(cache, IntegerCache, "integer_sampler_forward")
    validate.flag("need_dU", need_dU)
    N, C, *size = cache.U_shape
    dV = validate.gradient("dV", dV, (N, C) + cache.grid_shape[1:-1], cache.dtype).reshape(N, C, -1)
    dU = np.empty(cache.U_shape, cache.dtype) if need_dU else None
    for images in image_slices(cache.U_shape, dV.shape[2]) if need_dU else ():
        dP = np.zeros(dV[images].shape[:2] + padded(size), cache.dtype)
        for samples in slices(dV.shape[2], C):
            index = in_every_channel(cache.index[images, samples], dP.shape)
            np.add.at(dP.reshape(-1), index.reshape(-1), dV[images, :, samples].reshape(-1))
        dU[images] = unpad_gradient(dP, cache.padding)
    validate.results(dU=dU)
    return dU, np.zeros(cache.grid_shape, cache.dtype)


def _gather(P, index):
    """Values of the corners of samples (n, m), (2^d, n, C, m)."""
    views, index = corner_views(P), in_every_channel(index, P.shape)
    corners = np.empty((len(views),) + index.shape, P.dtype)
    for corner, view in zip(corners, views):
        view.take(index, out=corner, mode="clip")                                  # "clip" saves take a copy
    return corners


def _scatter_add(dP, index, dcorners):
    """Add each corner's gradient to its pixel: the mirror of _gather. Points that share a pixel add up there."""
    index = in_every_channel(index, dP.shape).reshape(-1)
    for view, dcorner in zip(corner_views(dP), dcorners):
        np.add.at(view, index, dcorner.reshape(-1))
