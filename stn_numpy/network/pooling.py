"""Pooling: average and max pooling, which halve a feature map, as pairs.

Each output pixel is made of 2 x 2 input pixels. Where H or W is odd, the last row or column is left out.
"""

from typing import NamedTuple

import numpy as np

from ..checking import validate


class AveragePoolCache(NamedTuple):
    shape: tuple           # (N, C, H, W) of U: whether H and W are odd is not to be seen from dV
    dtype: np.dtype        # of U, to check dV


def average_pool_forward(U):
    """Halve the size: each output pixel is the mean of 2 x 2 input pixels.

    V[n,c,i,j] = 1/4 (U[n,c,2i,2j] + U[n,c,2i,2j+1] + U[n,c,2i+1,2j] + U[n,c,2i+1,2j+1])

    Parameters
    ----------
    U : (N, C, H, W)                 feature map, H and W at least 2

    Returns
    -------
    V : (N, C, H // 2, W // 2)
    cache : AveragePoolCache

    Convention: where H or W is odd, the last row or column is left out, and its gradient is 0.
    Backward: dU[n,c,h,w] = 1/4 dV[n,c,h//2,w//2]: each of the four has a quarter in the mean.

    Raises TypeError for dtypes other than float32 or float64, ValueError for wrong shapes, NaN or infinity.
    """
    U = _check_size(U, "averaged")
    first, second, third, fourth = [U[corner] for corner in _corners(U.shape)]
    return ((first + third) + (second + fourth)) / 4, AveragePoolCache(U.shape, U.dtype)


def average_pool_backward(dV, cache):
    """Gradient of average_pool_forward.

    Parameters
    ----------
    dV : (N, C, H // 2, W // 2)      dL/dV

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    """
    N, C, H, W = cache.shape
    dV = validate.gradient("dV", dV, (N, C, H // 2, W // 2), cache.dtype)
    dU, quarter = np.zeros(cache.shape, cache.dtype), dV / 4
    for corner in _corners(cache.shape):
        dU[corner] = quarter
    return dU


class MaxPoolCache(NamedTuple):
    U: np.ndarray          # (N, C, H, W), and
    V: np.ndarray          # (N, C, H // 2, W // 2): the largest are where the two are equal


def max_pool_forward(U):
    """Halve the size: each output pixel is the largest of 2 x 2 input pixels.

    V[n,c,i,j] = max(U[n,c,2i,2j], U[n,c,2i,2j+1], U[n,c,2i+1,2j], U[n,c,2i+1,2j+1])

    Parameters
    ----------
    U : (N, C, H, W)                 feature map, H and W at least 2

    Returns
    -------
    V : (N, C, H // 2, W // 2)
    cache : MaxPoolCache

    Convention: where H or W is odd, the last row or column is left out, and its gradient is 0. Where several of the
    four are largest, the first of them, in the order of the formula, gets the whole gradient.
    Backward: dU[n,c,h,w] = dV[n,c,h//2,w//2] where U[n,c,h,w] is the (first) largest of its four, else 0.

    Raises TypeError for dtypes other than float32 or float64, ValueError for wrong shapes, NaN or infinity.
    """
    U = _check_size(U, "pooled")
    first, second, third, fourth = [U[corner] for corner in _corners(U.shape)]
    V = np.maximum(np.maximum(first, second), np.maximum(third, fourth))
    return V, MaxPoolCache(U, V)


def max_pool_backward(dV, cache):
    """Gradient of max_pool_forward.

    Parameters
    ----------
    dV : (N, C, H // 2, W // 2)      dL/dV

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    """
    U, V = cache
    dV = validate.gradient("dV", dV, V.shape, U.dtype)
    dU, to_give = np.zeros(U.shape, U.dtype), dV.copy()
    for corner in _corners(U.shape):
        dU[corner] = to_give * (U[corner] == V)
        to_give -= dU[corner]
    return dU


def _check_size(U, done):
    U, = validate.arrays(U=(U, "N C H W"))
    if min(U.shape[2:]) < 2:
        raise ValueError(f"U must be at least 2 pixels high and wide, to be {done} 2 by 2, got shape {U.shape}")
    return U


def _corners(shape):
    """Four indices into (N, C, H, W): the first of each 2 x 2 pixels, the second, the third and the fourth."""
    H, W = shape[2] // 2 * 2, shape[3] // 2 * 2
    return [(..., slice(u, H, 2), slice(v, W, 2)) for u in (0, 1) for v in (0, 1)]
