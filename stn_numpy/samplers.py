"""Samplers: read U at the points of a grid (Eq. 3), and send the gradient back to U and to the grid.

Each output value depends on the input in two ways. Through the *values*: V is linear in U, with the kernel's weights
(Eq. 6). Through the *coordinates*: a sampling point that moves reads something else (Eq. 7), and by this road the
network learns where to look. Images (N, C, H, W) with grids (N, H_out, W_out, 2) and volumes (N, C, D, H, W) with grids
(N, D_out, H_out, W_out, 3) take the same path: every axis is treated alike.
"""

from typing import NamedTuple

import numpy as np

from . import validate
from .coordinates import pixels_per_unit
from .neighbours import as_points, check_sampler, neighbours, pad_images, slices, unpad_gradient

PAD = 2      # pixels around the image: one that the kernel reaches, one more where its slope is zero too


class SamplerCache(NamedTuple):
    U: np.ndarray          # (N, C, H, W), for the slopes; the weights are found again from the grid
    grid: np.ndarray       # (N, H_out, W_out, 2)
    padding: str
    align_corners: bool


def bilinear_sampler_forward(U, grid, padding="zeros", align_corners=True):
    """Sample U at grid with the bilinear kernel.

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

    Returns
    -------
    V : (N, C, H_out, W_out)
    cache : SamplerCache

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
    V, points = _empty_output(U, grid), as_points(grid)                            # (N, C, M), (N, M, d)
    for images in slices(len(U), V[0].size):
        P = pad_images(U[images], PAD, padding)
        for samples in slices(V.shape[2], V.shape[1]):
            near = neighbours(points[images, samples], P.shape, PAD, padding, align_corners)
            corners = _gather(P, near)                                             # (2^d, n, C, m)
            for a in near.fractions:                                               # along x, then y(, then z)
                corners = (1 - a) * corners[0::2] + a * corners[1::2]
            V[images, :, samples] = corners[0]
    return V.reshape(U.shape[:2] + grid.shape[1:-1]), SamplerCache(U, grid, padding, align_corners)


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
    """
    U, grid, padding, align_corners = cache
    dV, points, dgrid = _check_dV(dV, U, grid), as_points(grid), np.empty_like(as_points(grid))
    dU = np.empty_like(U) if need_dU else None
    for images in slices(len(U), dV[0].size):
        P = pad_images(U[images], PAD, padding)
        dP = np.zeros_like(P)
        for samples in slices(dV.shape[2], dV.shape[1]):
            near = neighbours(points[images, samples], P.shape, PAD, padding, align_corners)
            dcorners, dpixels = _interpolate_backward(dV[images, :, samples], _gather(P, near), near.fractions)
            for axis, (dpixel, backwards) in enumerate(zip(dpixels, near.backwards)):
                s = pixels_per_unit(U.shape[-1 - axis], align_corners)
                dgrid[images, samples, axis] = dpixel * s if backwards is None else np.where(backwards, -s, s) * dpixel
            if need_dU:
                _scatter_add(dP, near, dcorners)
        if need_dU:
            dU[images] = unpad_gradient(dP, PAD, padding)
    return dU, dgrid.reshape(grid.shape)


def _interpolate_backward(dV, corners, fractions):
    """The forward's chain of interpolations, and then its mirror.

    One step is  v = (1 - a) low + a high,  so  dlow = (1 - a) dv,  dhigh = a dv,  da = dv (high - low).

    Returns
    -------
    dcorners : (2^d, n, C, m)        dL/d of each corner's value
    dpixels : d arrays (n, m)        dL/dx, dL/dy(, dL/dz) in pixels: the sum over channels, which share the point
    """
    steps = []
    for a in fractions:
        steps.append((a, corners[0::2], corners[1::2]))
        corners = (1 - a) * corners[0::2] + a * corners[1::2]
    dv, dpixels = dV[None], []
    for a, low, high in reversed(steps):                                           # (z, then) y, then x
        dpixels.insert(0, (dv * (high - low)).sum(axis=(0, 2)))
        dcorners = np.empty((2 * len(dv),) + dv.shape[1:], dv.dtype)
        dcorners[0::2] = (1 - a) * dv
        dcorners[1::2] = a * dv
        dv = dcorners
    return dv, dpixels


def integer_sampler_forward(U, grid, padding="zeros", align_corners=True):
    """Sample U at grid by copying the nearest pixel.

    V[n,c,i,j] = sum_hw U[n,c,h,w] delta(floor(x + 1/2) - w) delta(floor(y + 1/2) - h)                 (Eq. 4)

    Parameters, returns and errors are those of bilinear_sampler_forward.

    Convention: half-way goes up, floor(x + 1/2), as in Eq. 4. Under reflection this is the pixel before x is folded
    back, so in a mirrored stretch half-way goes down in the image. PyTorch and ONNX round half to even instead, ONNX
    before folding back, PyTorch after it.
    Backward: dU[n,c,h,w] = sum of dV over the points that read (h, w). V is constant between jumps, so dgrid is exactly
    zero: nothing is ever learned through the coordinates.
    """
    U, grid = check_sampler(U, grid, padding)
    V, points = _empty_output(U, grid), as_points(grid)
    for images in slices(len(U), V[0].size):
        P = pad_images(U[images], PAD, padding)
        for samples in slices(V.shape[2], V.shape[1]):
            near = neighbours(points[images, samples], P.shape, PAD, padding, align_corners, nearest=True)
            V[images, :, samples] = P.reshape(-1).take(near.index)
    return V.reshape(U.shape[:2] + grid.shape[1:-1]), SamplerCache(U, grid, padding, align_corners)


def integer_sampler_backward(dV, cache, need_dU=True):
    """Gradient of integer_sampler_forward; arguments and returns are those of bilinear_sampler_backward."""
    U, grid, padding, align_corners = cache
    dV, points = _check_dV(dV, U, grid), as_points(grid)
    dU = np.empty_like(U) if need_dU else None
    for images in slices(len(U), dV[0].size) if need_dU else ():
        dP = pad_images(np.zeros_like(U[images]), PAD, "zeros")
        for samples in slices(dV.shape[2], dV.shape[1]):
            near = neighbours(points[images, samples], dP.shape, PAD, padding, align_corners, nearest=True)
            np.add.at(dP.reshape(-1), near.index.reshape(-1), dV[images, :, samples].reshape(-1))
        dU[images] = unpad_gradient(dP, PAD, padding)
    return dU, np.zeros_like(grid)


def _gather(P, near):
    """Values of the 2^d corners, (2^d, n, C, m)."""
    flat = P.reshape(-1)
    return np.stack([flat[offset:].take(near.index) for offset in near.offsets])


def _scatter_add(dP, near, dcorners):
    """Add each corner's gradient to its pixel: the mirror of _gather. Points that share a pixel add up there."""
    flat, index = dP.reshape(-1), near.index.reshape(-1)
    for offset, dcorner in zip(near.offsets, dcorners):
        np.add.at(flat[offset:], index, dcorner.reshape(-1))


def _empty_output(U, grid):
    return np.empty(U.shape[:2] + (grid[0, ..., 0].size,), U.dtype)                # (N, C, M)


def _check_dV(dV, U, grid):
    """dV as (N, C, M)."""
    dV = validate.gradient("dV", dV, U.shape[:2] + grid.shape[1:-1], U.dtype)
    return dV.reshape(dV.shape[:2] + (-1,))
