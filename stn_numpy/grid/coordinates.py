"""Where a pixel is: normalised coordinates and pixels. What ``align_corners`` means is decided here, for grid and sampler.

A normalised coordinate runs from -1 to 1 over the image whatever its size; a pixel coordinate counts pixel centres,
0 .. W - 1. The two are tied by

    x_pixel = s * x_normalised + (W - 1) / 2,      s = (W - 1) / 2  if align_corners else  W / 2

so -1 and 1 are the centres of the corner pixels (``align_corners=True``) or the outer edges of the image (``False``).
The paper uses both kinds of coordinate (Eq. 1 normalised, Eqs. 3-7 pixels) and never prints this map; its slope s is
the factor that a backward pass through it needs. Every axis obeys the same rule, with its own size.
"""

import functools

import numpy as np

from ..checking import validate

PADDINGS = ("zeros", "border", "reflection")


def pixels_per_unit(size, align_corners):
    """The slope s of the map above, in pixels: d x_pixel / d x_normalised for an axis of `size` pixels.

    `size` may be an array of sizes. Raises ValueError for one that is not a whole number from 1 up.
    """
    for one in size.ravel() if isinstance(size, np.ndarray) else [size]:
        validate.room_for("an axis", (validate.whole("size", one, 1),))
    return (size - 1) / 2 if validate.flag("align_corners", align_corners) else size / 2


def pixel_centres(size, align_corners, dtype=np.float64):
    """Normalised coordinates of the centres of `size` pixels, (size,). A lone pixel sits at 0 under both rules."""
    size, dtype = validate.whole("size", size, 1), validate.float_type(dtype)
    s = pixels_per_unit(size, align_corners) or 1
    return ((np.arange(size) - (size - 1) / 2) / s).astype(dtype)


def target_points(out_shape, align_corners, dtype):
    """The regular target grid G in homogeneous coordinates: rows x_t, y_t (, z_t), 1.

    Returns
    -------
    target : (d + 1, M), read-only    M = H_out W_out points in row-major order, normalised; made once for each size
    """
    return _target_points(out_shape, bool(validate.flag("align_corners", align_corners)), dtype)


@functools.lru_cache(maxsize=8)
def _target_points(out_shape, align_corners, dtype):
    axes = [pixel_centres(size, align_corners, dtype) for size in out_shape]       # (z,) y, x
    mesh = np.meshgrid(*axes, indexing="ij")[::-1]                                 # x, y(, z)
    target = np.stack([axis.ravel() for axis in mesh] + [np.ones(mesh[0].size, dtype)])
    target.flags.writeable = False
    return target


def to_pixels(coordinate, size, align_corners, out=None):
    """Normalised to pixel coordinates, any shape.

    `size` is that of the one axis, or an array of sizes that broadcasts against `coordinate`, such as (d, 1, 1).
    The result is written into `out`, if it is given; then `coordinate` has been checked before.

    The result is rounded to what a float can know, so that the centre of pixel j comes out as j exactly, and sampling
    with the identity returns the image itself, bit for bit, in float32 as in float64. (In float32 up to a width of 2^21
    pixels; from 2^22 on, float32 cannot tell neighbours apart.) Numbers too large for the type become infinite, and are
    dealt with as any point outside the image.

    Raises TypeError for whole numbers, of which no fraction of a pixel can be kept, ValueError for NaN and infinity.
    """
    if out is None:
        coordinate = validate.array("coordinate", coordinate)
    s = pixels_per_unit(size, align_corners)
    with np.errstate(over="ignore"):
        x = np.multiply(coordinate, coordinate.dtype.type(s), out=out, order="C")  # s x_normalised
        return _rounded_sum(x, (size - 1) / 2, s)                                  # + (W - 1) / 2


def _rounded_sum(x, middle, s):
    """x + middle, in place of x, rounded to multiples of 4 * 2^k eps, 2^k being the first power of two from s on.

    A coordinate stored as a float is known only to about s times the float's precision, eps, and this is a little more.
    (Coarser rounding would blur finite differences.) Sums of a size of 4 * 2^k to 8 * 2^k are rounded so by themselves:
    adding 6 * 2^k makes such sums of all points near the image, and taking it away is exact.
    """
    coarse = 6 * 2 ** np.ceil(np.log2(np.maximum(s, 1)))
    x += x.dtype.type(middle + coarse)
    x -= x.dtype.type(coarse)
    return x


def reflect(x, size, align_corners):
    """Fold pixel coordinates back into the image, as if mirrors stood at its ends; `size` as in to_pixels.

    The mirrors are the centres of the corner pixels (``align_corners=True``) or the outer edges (``False``).

    Returns
    -------
    folded : like x           in 0 .. size - 1, or in -1/2 .. size - 1/2
    backwards : like x, bool  True where the folded coordinate moves against x: there its derivative is -1, else 1
    """
    dtype, largest = x.dtype.type, np.finfo(x.dtype).max
    first, span = (0, np.asarray(size) - 1) if align_corners else (-0.5, np.asarray(size))
    lone = span == 0                                                               # two mirrors in one place
    span = dtype(np.where(lone, 1, span))
    along = np.mod(np.clip(x, -largest, largest) - dtype(first), 2 * span)
    backwards = along >= span
    folded = np.where(backwards, 2 * span - along, along) + dtype(first)
    return np.where(lone, dtype(0), folded), backwards & ~lone
