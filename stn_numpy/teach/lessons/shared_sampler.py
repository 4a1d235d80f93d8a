"""What the lessons on sampling share: the recipes of the sampler and of its gradient to the grid, and their probes.

Called with nothing replaced, each recipe is right. What comes after the * are its ingredients: small functions that a
mistake replaces by a wrong one. `four_corners` hands its ingredients on to the two axes, so that all the recipes that
sample share the mistakes of sampling."""

import numpy as np

import stn_numpy as stn

from .parts import Probe
from .shared_grid import GRID, OUT_SHAPE, as_it_is, first_x_then_y, numbers, own_sizes, x_then_y

# --- What solutions share


def corners(grid, H, W):
    """For each of the four pixels around every point: where it is, its weights along x and y, and their slopes."""
    x = (grid[..., 0] + 1) * (W - 1) / 2                             # (N, H_out, W_out), in pixels
    y = (grid[..., 1] + 1) * (H - 1) / 2
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = x - x0, y - y0
    for row, k_y, slope_y in [(y0, 1 - b, -1), (y0 + 1, b, 1)]:
        for column, k_x, slope_x in [(x0, 1 - a, -1), (x0 + 1, a, 1)]:
            inside = (0 <= row) & (row < H) & (0 <= column) & (column < W)
            yield row.clip(0, H - 1), column.clip(0, W - 1), inside, (k_x, k_y), (slope_x, slope_y)


# --- The package's answers


def grid_of_one(U, x, y):
    """A pixel position in an image (H, W) as a grid (1, 1, 1, 2)."""
    H, W = U.shape
    return np.array([[[[2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1]]]])


def true_sampler(U, grid):
    return stn.bilinear_sampler_forward(U, grid)[0]


def true_gradients(dV, U, grid):
    return stn.bilinear_sampler_backward(dV, stn.bilinear_sampler_forward(U, grid)[1])


def true_dU(dV, U, grid):
    return true_gradients(dV, U, grid)[0]


def sampled(U, theta, out_shape=None):
    """U (H, W) seen through one theta."""
    grid, grid_cache = stn.affine_grid_forward(np.array([theta]), out_shape or U.shape)
    V, cache = stn.bilinear_sampler_forward(U[None, None], grid)
    return V[0, 0], cache, grid_cache


# --- Ingredients, as they should be


def first_to_last_centre(coordinate, size):
    return (coordinate + 1) * ((size - 1) / 2)


def already_in_pixels(coordinate, size):
    return coordinate


def one_further(x, low):
    return low + 1


def unclipped(low, high, size):
    return low, high


def nearness(x, low, high):
    a = x - low
    return 1 - a, a


def rising(x, low, high):
    """Slopes of the two weights: as x grows, the lower neighbour loses what the upper one gains."""
    return -np.ones_like(x), np.ones_like(x)


def zero_outside(x, index, size):
    """A place at which the image can be read, and whether what is read there counts."""
    return np.clip(index, 0, size - 1), (0 <= index) & (index <= size - 1)


def half_span(size):
    return (size - 1) / 2


def one(U, place):
    return 1


def sum_over_channels(values):
    return values.sum(axis=-1)


def other_weight(weight, lower):
    """What the slope along one axis is multiplied by: the weight along the other axis, of the lower or upper pixel."""
    return weight


# --- The two neighbours along an axis, and the four corners


def neighbours(coordinate, size, *, scale=first_to_last_centre, lower=np.floor, upper=one_further, early=unclipped,
               weigh=nearness, slope=rising, outside=zero_outside, scale_size=None):
    """Lower and upper neighbour: (index, inside, weight, slope of the weight) of each."""
    x = scale(coordinate, scale_size or size)
    low = lower(x)
    low, high = early(low, upper(x, low), size)
    for index, weight, rise in zip((low, high), weigh(x, low, high), slope(x, low, high)):
        place, inside = outside(x, index, size)
        yield place.astype(int), inside, weight, rise


def four_corners(grid, H, W, *, read=first_x_then_y, sizes=own_sizes, arrange=as_it_is, **axis):
    """Top left, top right, bottom left, bottom right: row and column, whether inside, weights and slopes in x and y."""
    x, y = read(grid)
    scale_H, scale_W = sizes(H, W)
    columns = list(neighbours(x, W, scale_size=scale_W, **axis))
    rows = neighbours(y, H, scale_size=scale_H, **axis)
    return arrange([((row, column), inside_y & inside_x, (weight_x, weight_y), (slope_x, slope_y))
                    for row, inside_y, weight_y, slope_y in rows for column, inside_x, weight_x, slope_x in columns])


def pixels(U, place):
    """U at the corners, channels last: (N, H_out, W_out, C)."""
    return U[np.arange(len(U))[:, None, None], :, place[0], place[1]]


# --- Recipes


def bilinear_sampler_recipe(U, grid, *, finish=as_it_is, **choices):
    V = 0
    for place, inside, (weight_x, weight_y), _ in four_corners(grid, *U.shape[2:], **choices):
        V = V + (weight_x * weight_y * inside)[..., None] * pixels(U, place)
    return finish(np.moveaxis(V, -1, 1))


def bilinear_sampler_dgrid_recipe(dV, U, grid, *, upstream=as_it_is, over_channels=sum_over_channels, factor=half_span,
                           cross_x=other_weight, cross_y=other_weight, sizes=own_sizes, spans=own_sizes,
                           finish=as_it_is, stack=x_then_y, **choices):
    """dgrid = factor * sum over channels of dV times the slopes of V."""
    dV, dx, dy = np.moveaxis(upstream(dV), 1, -1), 0, 0
    four = four_corners(grid, *U.shape[2:], sizes=sizes, **choices)
    for k, (place, inside, (weight_x, weight_y), (slope_x, slope_y)) in enumerate(four):
        moved = over_channels(dV * pixels(U, place)) * inside
        dx = dx + moved * slope_x * cross_x(weight_y, k < 2)
        dy = dy + moved * slope_y * cross_y(weight_x, k % 2 == 0)
    H, W = spans(*sizes(*U.shape[2:]))
    return finish(stack(dx * factor(W), dy * factor(H)))


# --- Probes

ON_LINES = "points exactly on the pixels and half-way between them"
LEAVING = "points inside and outside the image"
U, DV = numbers(1, 2, 3, 5, 8), numbers(2, 2, 3, *OUT_SHAPE)
SMALL_U, SMALL_DV = numbers(3, 1, 2, 3, 5), numbers(4, 1, 2, 5, 9)
LINE_GRID, _ = stn.affine_grid_forward(np.eye(2, 3)[None], (5, 9))

PLACES = [(1.3, 2.6), (3.7, 0.2), (0.4, 3.1), (-0.3, 2.6), (4.4, 1.8), (2.2, -0.6), (3.1, 4.3), (-1.6, 3.3), (6.4, 2.2),
          (2.0, 3.0), (4.0, 4.0), (3.0, 1.25), (2.5, 1.4)]
ONE_PIXEL = tuple(Probe((numbers(9, 5, 5), x, y), f"the point ({x}, {y})") for x, y in PLACES)
SAMPLER = (Probe((U, GRID), LEAVING), Probe((SMALL_U, LINE_GRID), ON_LINES))
SAMPLER_BACKWARD = (Probe((DV, U, GRID), LEAVING), Probe((SMALL_DV, SMALL_U, LINE_GRID), ON_LINES))
