"""Pooling: average and max pooling, which halve a feature map, as pairs.

Each output pixel is made of 2 x 2 input pixels. Where H or W is odd, the last row or column is left out.
"""

from typing import NamedTuple

import numpy as np

from ..checking import validate


class AveragePoolCache(NamedTuple):
    shape: tuple           # (N, C, H, W) of U: dV does not show whether H and W are odd
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

    Raises ValueError for a U less than 2 pixels high or wide.
    """
    U = _check_size(U, "averaged")
    first, second, third, fourth = [U[corner] for corner in _corners(U.shape)]
    V = ((first + third) + (second + fourth)) / 4
    validate.results(V=V)
    return V, AveragePoolCache(U.shape, U.dtype)


def average_pool_backward(dV, cache):
    """Gradient of average_pool_forward.

    Parameters
    ----------
    dV : (N, C, H // 2, W // 2)      dL/dV

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    """
    shape, dtype = validate.cache(cache, AveragePoolCache, "average_pool_forward")
    dU, quarter = np.zeros(shape, dtype), validate.gradient("dV", dV, _halved(shape), dtype) / 4
    for corner in _corners(shape):
        dU[corner] = quarter
    return dU


class MaxPoolCache(NamedTuple):
    largest: np.ndarray    # (N, C, H // 2, W // 2), which of the four is the largest: 0, 1, 2 or 3
    shape: tuple           # (N, C, H, W) of U
    dtype: np.dtype        # of U, to check dV


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

    Raises ValueError for a U less than 2 pixels high or wide.
    """
    U = _check_size(U, "pooled")
    first, second, third, fourth = [U[corner] for corner in _corners(U.shape)]
    above, below = np.maximum(first, second), np.maximum(third, fourth)
    largest = np.where(below > above, np.uint8(2) + (fourth > third), second > first)         # of equals, the first
    return np.maximum(above, below), MaxPoolCache(largest, U.shape, U.dtype)


def max_pool_backward(dV, cache):
    """Gradient of max_pool_forward.

    Parameters
    ----------
    dV : (N, C, H // 2, W // 2)      dL/dV

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    """
    largest, shape, dtype = validate.cache(cache, MaxPoolCache, "max_pool_forward")
    dV, dU = validate.gradient("dV", dV, largest.shape, dtype), np.zeros(shape, dtype)
    for which, corner in enumerate(_corners(shape)):
        dU[corner] = dV * (largest == which)
    return dU


def _check_size(U, done):
    U = validate.array("U", U, "N C H W")
    if min(U.shape[2:]) < 2:
        raise ValueError(f"U must be at least 2 pixels high and wide, to be {done} 2 by 2, got shape {U.shape}")
    return U


def _halved(shape):
    return *shape[:2], shape[2] // 2, shape[3] // 2


def _corners(shape):
    """Four indices into (N, C, H, W): the first of each 2 x 2 pixels, the second, the third and the fourth."""
    H, W = shape[2] // 2 * 2, shape[3] // 2 * 2
    return [(..., slice(u, H, 2), slice(v, W, 2)) for u in (0, 1) for v in (0, 1)]
