"""Which pixels a sample needs, and how to reach them quickly.

Four ideas make plain NumPy fast here, and none of them touches the formulas of the samplers:

- The images are padded once, with zeros or with their edge, so that no neighbour needs a mask: coordinates are clipped
  into the padding, which is wide enough that there the weights *and* the slopes come out right by themselves.
- The padded images are one flat array. A sample needs one index, its lower corner's; the other corners have the
  same index in a shifted view, ``flat[1:]``, ``flat[row:]``, ``flat[row + 1:]``.
- The batch is gone over in slices of some thirty thousand samples: enough that calling NumPy costs little beside its
  work, few enough that what is computed stays in the cache of the processor, and that memory for it does not grow with
  the batch.
- Slices of images know nothing of each other, so threads can share them: NumPy lets go of the interpreter meanwhile.
"""

import itertools
import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from . import validate
from .coordinates import PADDINGS, reflect, to_pixels

PAD = 2      # pixels around the image: one that the kernel reaches, one more where its slope is zero too
SAMPLES_PER_SLICE = 32_768


class Neighbours(NamedTuple):
    """Lower corners of n m samples in n padded images of d axes; axes in the order x, y(, z)."""
    index: np.ndarray      # (n, m) position of the lower corner in its flat padded image
    fractions: list        # d arrays (n, m), 0 .. 1: how far the sample lies from the lower corner to the upper
    backwards: list        # d arrays (n, m), True where reflection turned the axis round, or None without reflection


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


def neighbours(points, size, padding, align_corners, nearest=False):
    """Find the lower corner of each sample (or the nearest pixel), and its fractions.

    Parameters
    ----------
    points : (n, m, d)               sampling points, normalised
    size : (H, W)                    of the images, without their padding
    nearest : bool                   floor(x + 1/2) in place of floor(x)            (Eq. 4)

    Returns
    -------
    Neighbours
    """
    integer = np.int32 if math.prod(padded(size)) < 2 ** 31 else np.int64
    index, fractions, backwards = 0, [], []
    for axis in reversed(range(len(size))):                                        # (z, then) y, then x
        length = size[-1 - axis]
        lower, fraction, turned = _along_axis(points[..., axis], length, padding, align_corners, nearest)
        index = index * (length + 2 * PAD) + lower.astype(integer)                 # row-major: (z H + y) W + x
        fractions.insert(0, fraction)
        backwards.insert(0, turned)
    return Neighbours(index.astype(np.intp), fractions, backwards)


def _along_axis(coordinate, size, padding, align_corners, nearest):
    """Lower neighbour (counted in the padded image), fraction and direction along one axis."""
    first = PAD + 0.5 if nearest else PAD                                          # in the padded image
    if padding == "reflection":
        x, backwards = reflect(to_pixels(coordinate, size, align_corners), size, align_corners)
        x += first
    else:
        x, backwards = to_pixels(coordinate, size, align_corners, first), None
    x.clip(0, size + PAD, out=x)
    lower = np.floor(x)
    if backwards is not None:
        # A sample that moves backwards leaves a pixel downwards, so its right-hand slope is the one below the pixel.
        # And half-way between two pixels, the nearest is the one ahead of it, the lower one.
        lower -= backwards & (lower == x)
    x -= lower
    return lower, x, backwards


def in_every_channel(index, shape):
    """From positions (n, m) in one padded image of each to those in all of them, (n, C, m), with shape (n, C, ...)."""
    n, C, *size = shape
    first = np.arange(n * C).reshape(n, C, 1) * math.prod(size)
    return index[:, None] + first


def corner_views(P):
    """Flat views of padded images, one for each of the 2^d corners, x changing fastest.

    Where the first, ``flat``, has the lower corner of a sample, the others have its other corners.
    """
    flat, strides = P.reshape(-1), [stride // P.itemsize for stride in P.strides[2:]]
    return [flat[sum(steps):] for steps in itertools.product(*[(0, stride) for stride in strides])]


def in_threads(function, pieces):
    """Call function(piece) for each piece; the pieces must not depend on each other.

    As many threads share them as NumPy's matrix products use: OMP_NUM_THREADS if it is set, or one for each processor.
    """
    limit = os.environ.get("OMP_NUM_THREADS", "")
    threads = min(len(pieces), int(limit) if limit.isdigit() and int(limit) else os.cpu_count() or 1)
    if threads <= 1:
        for piece in pieces:
            function(piece)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(function, pieces))                   # the list hands on what a thread raised
