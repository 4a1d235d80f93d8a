"""Where a grid lies, in words: for somebody whose V is all zeros, or the same everywhere."""

import numpy as np

from ..checking import validate

OUTSIDE = 0.9         # with a larger share of the points outside, a grid may be one in pixels
LINES = 8             # a transformer checks about this many images, and lines of points along each axis

PIXELS = ("nearly all points of the grid lie outside -1 .. 1, and they look like pixels. Grids and theta are in normalised "
          "coordinates: x_s = (x - (W - 1)/2) / s, with s = pixels_per_unit(W, align_corners), and likewise for y")


def describe_grid(grid, in_shape):
    """Say where the points of a grid lie.

    Parameters
    ----------
    grid : (N, H_out, W_out, 2)      points (x, y), normalised; in three dimensions (N, D_out, H_out, W_out, 3)
    in_shape : (H, W)                size of the image that is sampled; in three dimensions (D, H, W)

    Returns
    -------
    text : str                       the range of each coordinate, the share of the points inside the image, and what
                                     may be wrong
    """
    in_shape = validate.sizes("in_shape", in_shape, "D H W" if len(validate.listed(in_shape)) == 3 else "H W")
    d = len(in_shape)
    grid = validate.array("grid", grid, f"N {'D_out ' if d == 3 else ''}H_out W_out {d}")
    ranges = [f"{name} from {axis.min():.4g} to {axis.max():.4g}" for name, axis in zip("xyz", np.moveaxis(grid, -1, 0))]
    inside = 1 - _share_outside(grid)
    text = f"{', '.join(ranges)}; {100 * inside:.3g} % of the points lie inside the image, -1 .. 1"
    if looks_like_pixels(grid, in_shape):
        return f"{text}; {PIXELS}"
    return text if inside else f"{text}: theta looks beside the image, or at a region so large that every point misses it"


def looks_like_pixels(grid, in_shape):
    """True where each coordinate runs from about 0 to a number of pixels, and nearly all points lie outside -1 .. 1."""
    lowest, highest = [end(axis=tuple(range(grid.ndim - 1))) for end in (grid.min, grid.max)]            # (d,)
    counted = (np.abs(lowest) <= 1).all() and (highest > 3).all() and (highest <= max(in_shape)).all()
    return bool(counted and _share_outside(grid) > OUTSIDE)


def some_points(grid):
    """A part of the points of a grid, evenly spread: few enough to be checked in every forward pass."""
    return grid[tuple(slice(None, None, max(1, size // LINES)) for size in grid.shape[:-1])]


def _share_outside(grid):
    return np.mean(np.any(np.abs(grid) > 1, axis=-1))
