"""Which pixels a sample needs, and how to reach them quickly.

- The images are padded, with zeros, their edge or their mirror image, so that no neighbour needs a mask: coordinates are
  clipped into the padding, which is wide enough for the weights *and* the slopes there to be right without more work.
- The padded images of one channel are one flat array. A sample needs one index, its lower corner's, the same in every
  channel; the other corners have it in a shifted view, ``flat[1:]``, ``flat[row:]``, ``flat[row + 1:]``.
- The batch is cut into slices of some sixty thousand samples: enough that calling NumPy costs little beside its work,
  few enough that working memory does not grow with the batch.
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
    """Allocate 31 MiB and free them again.

    From then on glibc, the C library of most Linux systems, keeps smaller arrays when they are freed. (More than 32 MiB
    would not have this effect.) On other systems nothing happens. No result depends on it.
    """
    np.empty(31 * 2 ** 20, np.uint8)


keep_freed_memory()


class Neighbours(NamedTuple):
    """The lower corners of n m samples in n images of d axes; axes in the order x, y(, z)."""
    index: np.ndarray      # (n, m) position of the lower corner in a channel of the padded images, as a flat array
    fractions: np.ndarray  # (d, n, m), 0 .. 1: how far the sample lies from the lower corner to the upper


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
    N, _, *size = U_shape
    return slices(N, max(M, math.prod(size) // 4))


def empty_padded(n, size, dtype):
    """Room for one channel of n images with their padding, (n, H + 4, W + 4), all zeros."""
    return np.zeros((n, *padded(size)), dtype)


def pad_images(P, U, padding, align_corners):
    """Put images U (n, H, W) into P (n, H + 4, W + 4), and what continues them around: the edge, or its mirror image.

    "zeros" are in P already. Of a mirror image that begins beyond the edge pixel (``align_corners=True``) only the
    first pixel is needed, for the slope on the edge pixel itself: further out no coordinate is left by `reflect`.
    """
    P = P[:len(U)]
    P[_inside(P)] = U
    if padding != "zeros":
        for line in lines(P):
            line[:PAD] = line[PAD]
            line[-PAD:] = line[-PAD - 1]
            if padding == "reflection" and align_corners:
                line[-PAD] = line[-PAD - 2]


def unpad_gradient(dP, padding):
    """The mirror of pad_images: what reached a copy of the edge belongs to the edge. Returns dU (n, H, W), a view of dP.

    A mirror image lends its slope only, and gets nothing.
    """
    if padding != "zeros":
        for line in lines(dP):
            line[PAD] += line[:PAD].sum(axis=0)
            line[-PAD - 1] += line[-PAD:].sum(axis=0)
    return dP[_inside(dP)]


def lines(P):
    """P (n, H, W) with each axis of the image in turn as the first one."""
    return [np.moveaxis(P, axis, 0) for axis in range(1, P.ndim)]


def _inside(P):
    return (...,) + (slice(PAD, -PAD),) * (P.ndim - 1)


def padded(size):
    """(H, W) of images with their padding."""
    return tuple(length + 2 * PAD for length in size)


def find_neighbours(points, size, padding, align_corners, near, nearest=False):
    """Find the lower corner of each sample (or the nearest pixel), and its fractions.

    Parameters
    ----------
    points : (d, n, m)               sampling points, normalised: x, y(, z)
    size : (H, W)                    of the images
    near : Neighbours                room for the results, which are written there
    nearest : bool                   floor(x + 1/2) in place of floor(x)            (Eq. 4)

    Returns
    -------
    backwards : (d, n, m), bool      True where reflection turned the axis round; None without reflection
    """
    sizes, backwards = np.array(size[::-1])[:, None, None], None                   # W, H(, D)
    x = to_pixels(points, sizes, align_corners, out=near.fractions)
    if padding == "reflection":
        x[...], backwards = reflect(x, sizes, align_corners)
        if align_corners:
            backwards &= x < sizes - 1                     # on the mirror itself the pixel ahead is in the padding
    if nearest:
        x += 0.5
    np.clip(x, -PAD, sizes.astype(x.dtype), out=x)
    lower = np.floor(x)
    if backwards is not None:
        # Where the axis is turned round, a step ahead is a step down in the image. So a sample on a pixel has its
        # right-hand slope from the pixel below, and half-way between two pixels the one ahead is the lower one.
        lower -= backwards & (lower == x)
    x -= lower
    near.index[...] = _flat(lower, padded(size))
    return backwards


def _flat(lower, size):
    """Index of pixels (d, n, m), given as x, y(, z), in n flat images of this padded size: (z H + y) W + x.

    As floats, which hold whole numbers exactly up to 2^24 or 2^53; so it costs no conversion on the way.
    """
    n, pixels = lower.shape[1], math.prod(size)
    if n * pixels > 2 ** 24:
        lower = lower.astype(np.float64)
    index, first = lower[-1], PAD                                                  # first: where pixel 0, 0 stands
    for along, length in zip(lower[-2::-1], size[1:]):
        index *= length
        index += along
        first = first * length + PAD
    index += (np.arange(n) * pixels + first).astype(lower.dtype)[:, None]
    return index


def corner_views(P):
    """Flat views of padded images (n, H, W), one for each of the 2^d corners, x changing fastest.

    Where the first, ``flat``, has the lower corner of a sample, the others have its other corners.
    """
    flat, strides = P.reshape(-1), [stride // P.itemsize for stride in P.strides[1:]]
    return [flat[sum(steps):] for steps in itertools.product(*[(0, stride) for stride in strides])]
