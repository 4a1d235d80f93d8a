"""Convolution as a pair.

It is a linear layer that looks at one patch of the image at a time, with the same weights everywhere. So
the patches are laid out as columns of a matrix, and one matrix product does the rest. Patches overlap: their matrix is
h w times as large as the image, and is made for a slice of n images at a time.

In these matrices the image is the last axis: a pixel of n images is n neighbours in memory. Rows of patches are then
copied, and added up, in long runs, which costs little beside the product; a row of one patch is only w numbers long.
"""

import numbers
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..checking import validate

ENTRIES_PER_SLICE = 2 ** 20      # of the matrix of patches: enough images for long runs, few enough for the cache


class Conv2DCache(NamedTuple):
    x: np.ndarray          # (N, C, H, W), for dW; its patches are laid out again
    W: np.ndarray          # (K, C, h, w), for dx
    padding: int


def conv2d_forward(x, W, b, padding=0):
    """Slide K filters of h x w pixels over each image.

    out[n,k,i,j] = b[k] + sum_cuv W[k,c,u,v] x[n,c,i+u-p,j+v-p],    p = padding

    Parameters
    ----------
    x : (N, C, H, W)                 feature map
    W : (K, C, h, w)                 filters
    b : (K,)                         biases
    padding : int                    rows and columns of zeros around each image; (h - 1) / 2 keeps the size if h is odd

    Returns
    -------
    out : (N, K, H + 2p - h + 1, W + 2p - w + 1)
    cache : Conv2DCache

    Convention: the filter is not turned round as in the mathematician's convolution (libraries do not either), and it
    moves by one pixel at a time.
    Backward: dW[k,c,u,v] = sum_nij dout[n,k,i,j] x[n,c,i+u-p,j+v-p],    db[k] = sum_nij dout[n,k,i,j],
              dx[n,c,i,j] = sum_kuv W[k,c,u,v] dout[n,k,i-u+p,j-v+p]: what a pixel gave to each patch comes back.

    Raises TypeError for dtypes other than float32 or float64, ValueError for shapes that do not fit, for filters larger
    than the padded image, for a padding that is not a whole number from 0 up, NaN or infinity.
    """
    x, W, b = validate.arrays(x=(x, "N C H W"), W=(W, "K C h w"), b=(b, "K"))
    H_out, W_out = _output_size(x.shape, W.shape, padding)
    filters = W.reshape(len(W), -1)                                                # (K, C h w)
    out = np.empty((len(x), len(W), H_out, W_out), x.dtype)
    for images in _slices(len(x), W[0].size * H_out * W_out):
        columns = filters @ _patches(x[images], W.shape, padding) + b[:, None]     # (K, H_out W_out n)
        out[images] = np.moveaxis(columns.reshape(len(W), H_out, W_out, -1), -1, 0)
    return out, Conv2DCache(x, W, padding)


def conv2d_backward(dout, cache, need_dx=True):
    """Gradient of conv2d_forward.

    Parameters
    ----------
    dout : like out                  dL/dout
    need_dx : bool                   False leaves dx out (None), where x is data and nobody asks for it

    Returns
    -------
    dx : (N, C, H, W)                dL/dx
    dW : (K, C, h, w)                dL/dW
    db : (K,)                        dL/db
    """
    x, W, padding = cache
    H_out, W_out = _output_size(x.shape, W.shape, padding)
    dout = validate.gradient("dout", dout, (len(x), len(W), H_out, W_out), x.dtype)
    filters = W.reshape(len(W), -1)                                                # (K, C h w)
    dx = np.empty(x.shape, x.dtype) if need_dx else None
    dfilters, db = np.zeros(filters.shape, x.dtype), np.zeros(len(W), x.dtype)
    for images in _slices(len(x), W[0].size * H_out * W_out):
        dcolumns = np.moveaxis(dout[images], 0, -1).reshape(len(W), -1)            # (K, H_out W_out n)
        db += dcolumns.sum(axis=1)
        dfilters += dcolumns @ _patches(x[images], W.shape, padding).T
        if need_dx:
            dpatches = (filters.T @ dcolumns).reshape(*W.shape[1:], H_out, W_out, -1)
            dx[images] = _spread(dpatches, padding)
    return dx, dfilters.reshape(W.shape), db


def _patches(x, W_shape, padding):
    """The patch that each output pixel sees, as a column: (C h w, H_out W_out n), of x (n, C, H, W)."""
    frame = (padding, padding)
    P = np.pad(np.moveaxis(x, 0, -1), ((0, 0), frame, frame, (0, 0)))              # (C, H + 2p, W + 2p, n)
    windows = sliding_window_view(P, W_shape[2:], axis=(1, 2))                     # (C, H_out, W_out, n, h, w)
    return windows.transpose(0, 4, 5, 1, 2, 3).reshape(W_shape[1] * W_shape[2] * W_shape[3], -1)


def _spread(dpatches, padding):
    """What _patches has copied comes back and adds up: dx (n, C, H, W), of dpatches (C, h, w, H_out, W_out, n)."""
    C, h, w, H_out, W_out, n = dpatches.shape
    dP = np.zeros((C, H_out + h - 1, W_out + w - 1, n), dpatches.dtype)            # (C, H + 2p, W + 2p, n)
    for u, v in np.ndindex(h, w):
        dP[:, u:u + H_out, v:v + W_out] += dpatches[:, u, v]
    _, H_padded, W_padded, _ = dP.shape
    return np.moveaxis(dP[:, padding:H_padded - padding, padding:W_padded - padding], -1, 0)


def _output_size(x_shape, W_shape, padding):
    if not (isinstance(padding, numbers.Integral) and padding >= 0):
        raise ValueError(f"padding must be a whole number of pixels from 0 up, got {padding!r}")
    H_out, W_out = [size + 2 * padding - reach + 1 for size, reach in zip(x_shape[2:], W_shape[2:])]
    if H_out < 1 or W_out < 1:
        raise ValueError(f"filters must not be larger than the image with its padding: W has shape {W_shape}, "
                         f"x {x_shape}, padding is {padding}")
    return H_out, W_out


def _slices(N, entries):
    """Cut a batch into slices of about ENTRIES_PER_SLICE, where each image has so many entries."""
    step = max(1, ENTRIES_PER_SLICE // entries)
    return [slice(start, start + step) for start in range(0, N, step)]
