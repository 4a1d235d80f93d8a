"""Which pixels a sample needs, and how to reach them quickly.

Three ideas make plain NumPy fast here, and none of them touches the formulas of the samplers:

- The images are padded once, with zeros or with their edge, so that no neighbour needs a mask: coordinates are clipped
  into the padding, which is wide enough that there the weights *and* the slopes come out right by themselves.
- The padded images are one flat array. A sample needs one index, its lower corner's; the other corners have the
  same index in a shifted view, ``flat[1:]``, ``flat[row:]``, ``flat[row + 1:]``.
- The batch is gone over in slices of some thirty thousand samples, so that what is computed stays in the cache of the
  processor, and the extra memory does not grow with the batch.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from . import validate
from .coordinates import PADDINGS, reflect, to_pixels

SAMPLES_PER_SLICE = 32_768


class Neighbours(NamedTuple):
    """Lower corners of n m samples in n padded images of C channels and d axes; axes in the order x, y(, z)."""
    index: np.ndarray      # (n, C, m) position of the lower corner in the flat padded images
    fractions: list        # d arrays (n, 1, m), 0 .. 1: how far the sample lies from the lower corner to the upper
    backwards: list        # d arrays (n, m), True where reflection turned the axis round, or None without reflection
    offsets: list          # of the 2^d corners from the lower one, in the flat array; x changes fastest


def check_sampler(U, grid, padding):
    """Check what any sampler is given: images (N, C, H, W) or volumes, a grid that fits, and a known padding."""
    validate.choice("padding", padding, PADDINGS)
    if np.ndim(U) == 5:
        return validate.arrays(U=(U, "N C D H W"), grid=(grid, "N D_out H_out W_out 3"))
    return validate.arrays(U=(U, "N C H W"), grid=(grid, "N H_out W_out 2"))


def as_points(grid):
    """The grid as a list of points, (N, M, d)."""
    return grid.reshape(len(grid), -1, grid.shape[-1])


def slices(count, cost):
    """Cut `count` things that hold `cost` samples each into slices of about SAMPLES_PER_SLICE samples."""
    step = max(1, SAMPLES_PER_SLICE // cost)
    return [slice(start, start + step) for start in range(0, count, step)]


def pad_images(U, pad, padding):
    """Surround images (n, C, ...) by `pad` pixels: zeros, or copies of the edge (border and reflection)."""
    axes = range(2, U.ndim)
    P = np.zeros(U.shape[:2] + tuple(U.shape[axis] + 2 * pad for axis in axes), U.dtype)
    P[_inside(P, axes, pad)] = U
    if padding != "zeros":
        for axis in axes:
            line = np.moveaxis(P, axis, 0)
            line[:pad] = line[pad]
            line[-pad:] = line[-pad - 1]
    return P


def unpad_gradient(dP, pad, padding):
    """The mirror of pad_images: what reached a copy of the edge belongs to the edge. Returns dU (n, C, ...)."""
    axes = range(2, dP.ndim)
    if padding != "zeros":
        dP = dP.copy()
        for axis in axes:
            line = np.moveaxis(dP, axis, 0)
            line[pad] += line[:pad].sum(axis=0)
            line[-pad - 1] += line[-pad:].sum(axis=0)
    return dP[_inside(dP, axes, pad)]


def _inside(P, axes, pad):
    return (...,) + tuple(slice(pad, P.shape[axis] - pad) for axis in axes)


def neighbours(points, padded_shape, pad, padding, align_corners, nearest=False):
    """Find the lower corner of each sample (or the nearest pixel), and its fractions.

    Parameters
    ----------
    points : (n, m, d)               sampling points, normalised
    padded_shape : (n, C, ...)       shape of the padded images
    nearest : bool                   floor(x + 1/2) in place of floor(x)            (Eq. 4)

    Returns
    -------
    Neighbours
    """
    n, C, *padded_size = padded_shape
    strides = [math.prod(padded_size[axis + 1:]) for axis in range(len(padded_size))]
    integer = np.int32 if math.prod(padded_shape) < 2 ** 31 else np.int64
    index = np.arange(n, dtype=integer)[:, None] * integer(C * math.prod(padded_size))     # (n, 1)
    fractions, backwards = [], []
    for axis, (size, stride) in enumerate(zip(padded_size[::-1], strides[::-1])):         # x, y(, z)
        lower, fraction, turned = _along_axis(points[..., axis], size - 2 * pad, pad, padding, align_corners, nearest)
        index = index + lower.astype(integer) * integer(stride)                            # (n, m)
        fractions.append(fraction[:, None])
        backwards.append(turned)
    channel = np.arange(C, dtype=integer)[:, None] * integer(math.prod(padded_size))       # (C, 1)
    index = (index[:, None] + channel).astype(np.intp)                                     # (n, C, m)
    offsets = [sum(corner) for corner in itertools.product(*[(0, stride) for stride in strides])]
    return Neighbours(index, fractions, backwards, offsets)


def _along_axis(coordinate, size, pad, padding, align_corners, nearest):
    """Lower neighbour (counted in the padded image), fraction and direction along one axis."""
    x = to_pixels(coordinate, size, align_corners)
    backwards = None
    if padding == "reflection":
        x, backwards = reflect(x, size, align_corners)
    x += x.dtype.type(pad + 0.5 if nearest else pad)
    np.clip(x, 0, size + pad, out=x)
    lower = np.floor(x)
    if backwards is not None:
        # A sample that moves backwards leaves a pixel downwards, so its right-hand slope is the one below the pixel.
        # And half-way between two pixels, the nearest is the one ahead of it, the lower one.
        lower -= backwards & (lower == x)
    return lower, x - lower, backwards
