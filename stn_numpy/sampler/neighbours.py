"""Which pixels a sample needs, and how to reach them quickly.

Four ideas make plain NumPy fast here, and none of them touches the formulas of the samplers:

- The images are padded once, with zeros or with their edge, so that no neighbour needs a mask: coordinates are clipped
  into the padding, which is wide enough that there the weights *and* the slopes come out right by themselves.
- The padded images are one flat array. A sample needs one index, its lower corner's; the other corners have the
  same index in a shifted view, ``flat[1:]``, ``flat[row:]``, ``flat[row + 1:]``.
- The batch is gone over in slices of some sixty thousand samples: enough that calling NumPy costs little beside its
  work, few enough that what is computed stays in the caches of the processor, and that memory for it does not grow with
  the batch.
- Freed memory is kept for the next array. Many systems hand it back to the operating system at once and fetch it again
  page by page, which can take longer than the work on it. They stop doing so after a larger array was freed.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from ..checking import validate
from ..grid.coordinates import PADDINGS, reflect, to_pixels

PAD = 2      # pixels around the image: one that the kernel reaches, one more where its slope is zero too
SAMPLES_PER_SLICE = 65_536


def keep_freed_memory():
    """Let an array of 31 MiB come and go, untouched.

    After it, glibc, the C library of most Linux systems, keeps what is freed in smaller pieces; from pieces of more
    than 32 MiB it learns nothing. Other systems take no notice, and no result depends on it.
    """
    np.empty(31 * 2 ** 20, np.uint8)


keep_freed_memory()


class Neighbours(NamedTuple):
    """Lower corners of n m samples in n padded images of d axes; axes in the order x, y(, z)."""
    index: np.ndarray      # (n, m) position of the lower corner in the flat padded images, in their first channel
    fractions: np.ndarray  # (d, n, m), 0 .. 1: how far the sample lies from the lower corner to the upper
    backwards: np.ndarray  # (d, n, m), True where reflection turned the axis round; None without reflection


def check_sampler(U, grid, padding):
    """Check what any sampler is given: images (N, C, H, W) or volumes, a grid that fits, and a known padding."""
    validate.choice("padding", padding, PADDINGS)
    if validate.as_array("U", U).ndim == 5:
        return validate.arrays(U=(U, "N C D H W"), grid=(grid, "N D_out H_out W_out 3"))
    return validate.arrays(U=(U, "N C H W"), grid=(grid, "N H_out W_out 2"))


def as_points(grid):
    """The grid as a list of points, (d, N, M)."""
    return np.moveaxis(grid.reshape(len(grid), -1, grid.shape[-1]), -1, 0)


def slices(count, cost):
    """Cut `count` things that hold `cost` samples each into slices of about SAMPLES_PER_SLICE samples."""
    step = max(1, SAMPLES_PER_SLICE // cost)
    return [slice(start, start + step) for start in range(0, count, step)]


def image_slices(U_shape, M):
    """Slices of images from each of which M samples are wanted; four pixels to be padded count as one sample.

    Forward and backward have to cut alike: a cache counts pixels from the first image of a slice.
    """
    N, C, *size = U_shape
    return slices(N, C * max(M, math.prod(size) // 4))


def pad_images(U, padding):
    """Surround images (n, C, ...) by PAD pixels: zeros, or copies of the edge (border and reflection)."""
    P = np.zeros(U.shape[:2] + padded(U.shape[2:]), U.dtype)
    P[_inside(P)] = U
    if padding != "zeros":
        for axis in range(2, P.ndim):
            line = np.moveaxis(P, axis, 0)
            line[:PAD] = line[PAD]
            line[-PAD:] = line[-PAD - 1]
    return P


def unpad_gradient(dP, padding):
    """The mirror of pad_images: what reached a copy of the edge belongs to the edge. Returns dU (n, C, ...)."""
    if padding != "zeros":
        dP = dP.copy()
        for axis in range(2, dP.ndim):
            line = np.moveaxis(dP, axis, 0)
            line[PAD] += line[:PAD].sum(axis=0)
            line[-PAD - 1] += line[-PAD:].sum(axis=0)
    return dP[_inside(dP)]


def _inside(P):
    return (...,) + (slice(PAD, -PAD),) * (P.ndim - 2)


def padded(size):
    """(H, W) of images with their padding."""
    return tuple(length + 2 * PAD for length in size)


def neighbours(points, padded_shape, padding, align_corners, nearest=False):
    """Find the lower corner of each sample (or the nearest pixel), and its fractions.

    Parameters
    ----------
    points : (d, n, m)               sampling points, normalised: x, y(, z)
    padded_shape : (n, C, ...)       of the padded images
    nearest : bool                   floor(x + 1/2) in place of floor(x)            (Eq. 4)

    Returns
    -------
    Neighbours
    """
    sizes = np.subtract(padded_shape[:1:-1], 2 * PAD)[:, None, None]               # W, H(, D)
    x, backwards = to_pixels(points, sizes, align_corners), None
    if padding == "reflection":
        x, backwards = reflect(x, sizes, align_corners)
    x += PAD + 0.5 if nearest else PAD                                             # in the padded image
    for along, length in zip(x, padded_shape[:1:-1]):
        along.clip(0, length - PAD, out=along)
    lower = np.floor(x)
    if backwards is not None:
        # Where the axis is turned round, a step ahead is a step down in the image. So a sample on a pixel has its
        # right-hand slope from the pixel below, and half-way between two pixels the one ahead is the lower one.
        lower -= backwards & (lower == x)
    x -= lower
    return Neighbours(_flat(lower, padded_shape), x, backwards)


def _flat(lower, shape):
    """Row-major index of pixels (d, n, m), given as x, y(, z), in the first channels of arrays of this shape."""
    n, C, *size = shape
    integer = np.int32 if math.prod(shape) < 2 ** 31 else np.int64
    index = np.arange(n, dtype=integer)[:, None] * C
    for along, length in zip(lower[::-1].astype(integer), size):                   # ((n C D + z) H + y) W + x
        index = index * length + along
    return index.astype(np.intp)


def in_every_channel(index, shape):
    """From positions in the first channels, (n, m), to those in all of them, (n, C, m), in arrays of this shape."""
    _, C, *size = shape
    return index[:, None] if C == 1 else index[:, None] + np.arange(C, dtype=np.intp)[:, None] * math.prod(size)


def corner_views(P):
    """Flat views of padded images, one for each of the 2^d corners, x changing fastest.

    Where the first, ``flat``, has the lower corner of a sample, the others have its other corners.
    """
    flat, strides = P.reshape(-1), [stride // P.itemsize for stride in P.strides[2:]]
    return [flat[sum(steps):] for steps in itertools.product(*[(0, stride) for stride in strides])]
