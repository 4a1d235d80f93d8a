"""Convolution as a pair.

A convolution is a linear layer that looks at one patch of the image at a time, with the same weights everywhere. So
the patches are laid out as columns of a matrix, and one matrix product does the rest. Patches overlap: their matrix is
h w times as large as the image, and is made for a slice of n images at a time.

In these matrices the image is the last axis: the same pixel of n images is n neighbours in memory. So patches are
copied, and added up, in long runs. A row of one patch alone is only w numbers long.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..checking import validate

ENTRIES_PER_SLICE = 2 ** 20      # of the matrix of patches: enough images for long runs, few enough for the cache


class Conv2DCache(NamedTuple):
    U: np.ndarray          # (N, C, H, W), for dfilters; its patches are laid out again
    filters: np.ndarray    # (K, C, h, w), for dU
    padding: int


def conv2d_forward(U, filters, b, padding=0):
    """Slide K filters of h x w pixels over each image.

    V[n,k,i,j] = b[k] + sum_cuv filters[k,c,u,v] U[n,c,i+u-p,j+v-p],    p = padding

    Parameters
    ----------
    U : (N, C, H, W)                 feature map
    filters : (K, C, h, w)           the weights
    b : (K,)                         biases
    padding : int                    rows and columns of zeros around each image; (h - 1) / 2 keeps the size if h is odd

    Returns
    -------
    V : (N, K, H + 2p - h + 1, W + 2p - w + 1)
    cache : Conv2DCache

    Convention: the filter is not turned round as in the mathematical convolution (other libraries do not either), and
    it moves by one pixel at a time.
    Backward: dfilters[k,c,u,v] = sum_nij dV[n,k,i,j] U[n,c,i+u-p,j+v-p],    db[k] = sum_nij dV[n,k,i,j],
              dU[n,c,i,j] = sum_kuv filters[k,c,u,v] dV[n,k,i-u+p,j-v+p], a sum over all patches that hold the pixel.

    Raises ValueError for filters larger than the padded image and for a padding that is not a whole number from 0 up.
    """
    U, filters, b = validate.arrays(U=(U, "N C H W"), filters=(filters, "K C h w"), b=(b, "K"))
    padding = validate.whole("padding", padding, 0, " of pixels")
    H_out, W_out = _output_size(U.shape, filters.shape, padding)
    K, rows = len(filters), filters.reshape(len(filters), -1)                      # (K, C h w)
    V = np.empty((len(U), K, H_out, W_out), U.dtype)
    for part in _slices(len(U), filters[0].size * H_out * W_out):
        columns = rows @ _patches(U[part], filters.shape, padding) + b[:, None]    # (K, H_out W_out n)
        V[part] = np.moveaxis(columns.reshape(K, H_out, W_out, -1), -1, 0)
    validate.results(V=V)
    return V, Conv2DCache(U, filters, padding)


def conv2d_backward(dV, cache, need_dU=True):
    """Gradient of conv2d_forward.

    Parameters
    ----------
    dV : like V                      dL/dV
    need_dU : bool                   False leaves dU out (None), for a U that is data and needs no gradient

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    dfilters : (K, C, h, w)          dL/dfilters
    db : (K,)                        dL/db
    """
    U, filters, padding = validate.cache(cache, Conv2DCache, "conv2d_forward")
    H_out, W_out = _output_size(U.shape, filters.shape, padding)
    K, rows = len(filters), filters.reshape(len(filters), -1)                      # (K, C h w)
    dV = validate.gradient("dV", dV, (len(U), K, H_out, W_out), U.dtype)
    dU = np.empty(U.shape, U.dtype) if validate.flag("need_dU", need_dU) else None
    drows, db = np.zeros(rows.shape, U.dtype), np.zeros(K, U.dtype)
    for part in _slices(len(U), filters[0].size * H_out * W_out):
        dcolumns = np.moveaxis(dV[part], 0, -1).reshape(K, -1)                     # (K, H_out W_out n)
        db += dcolumns.sum(axis=1)
        drows += dcolumns @ _patches(U[part], filters.shape, padding).T
        if need_dU:
            dpatches = (rows.T @ dcolumns).reshape(*filters.shape[1:], H_out, W_out, -1)
            dU[part] = _spread(dpatches, padding)
    validate.results(dU=dU, dfilters=drows, db=db)
    return dU, drows.reshape(filters.shape), db


def _patches(U, filters_shape, padding):
    """The patch that each output pixel sees, as a column: (C h w, H_out W_out n), of U (n, C, H, W)."""
    frame = (padding, padding)
    P = np.pad(np.moveaxis(U, 0, -1), ((0, 0), frame, frame, (0, 0)))              # (C, H + 2p, W + 2p, n)
    windows = sliding_window_view(P, filters_shape[2:], axis=(1, 2))               # (C, H_out, W_out, n, h, w)
    return windows.transpose(0, 4, 5, 1, 2, 3).reshape(math.prod(filters_shape[1:]), -1)


def _spread(dpatches, padding):
    """The mirror of _patches: gradients of a pixel's copies add up. dU (n, C, H, W) of (C, h, w, H_out, W_out, n)."""
    C, h, w, H_out, W_out, n = dpatches.shape
    dP = np.zeros((C, H_out + h - 1, W_out + w - 1, n), dpatches.dtype)            # (C, H + 2p, W + 2p, n)
    for u, v in np.ndindex(h, w):
        dP[:, u:u + H_out, v:v + W_out] += dpatches[:, u, v]
    _, H_padded, W_padded, _ = dP.shape
    return np.moveaxis(dP[:, padding:H_padded - padding, padding:W_padded - padding], -1, 0)


def _output_size(U_shape, filters_shape, padding):
    H_out, W_out = [size + 2 * padding - reach + 1 for size, reach in zip(U_shape[2:], filters_shape[2:])]
    if H_out < 1 or W_out < 1:
        raise ValueError(f"filters must not be larger than the image with its padding: filters has shape "
                         f"{filters_shape}, U {U_shape}, padding is {padding}")
    return validate.room_for("an image with its padding", (H_out, W_out))


def _slices(N, entries):
    """Cut a batch into slices of about ENTRIES_PER_SLICE, where each image has so many entries."""
    step = max(1, ENTRIES_PER_SLICE // entries)
    return [slice(start, start + step) for start in range(0, N, step)]
