"""What the lessons on sampling share: the recipes of the sampler and of its gradient to the grid, and their probes.

Called with nothing replaced, each recipe is right. What comes after the * are its ingredients: small functions that a
mistake replaces by a wrong one. `four_corners` hands its ingredients on to the two axes, so that all the recipes that
sample share the mistakes of sampling; `along_x` and `along_y` are ingredients for one axis alone.
"""

import numpy as np

import stn_numpy as stn

from .parts import Probe
from .shared_grid import (OTHER, OUT_SHAPE, SINGLE, THETA, as_it_is, first_x_then_y, fresh, numbers, own_sizes,
                          true_affine, x_then_y)

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

ROOM = (33, 4)       # pixels of a square image around a small one, and where that begins: 32 is a power of two, so that
#                      no rounding pushes a point off its line


def in_a_room(U, x, y):
    """An image (H, W) inside a larger one of zeros, (1, 1, 33, 33), and a pixel position as a grid (1, 1, 1, 2)."""
    size, start = ROOM
    room = np.zeros((1, 1, size, size), U.dtype)
    room[0, 0, start:start + U.shape[0], start:start + U.shape[1]] = U
    point = 2 * (np.array([x, y]) + start) / (size - 1) - 1
    return room, point[None, None, None].astype(U.dtype)


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


def of_the_image(grid, H, W):
    return H, W


def half_span(size):
    return (size - 1) / 2


def one(U, place):
    return 1


def sum_over_channels(values):
    return values.sum(axis=-1)


def other_weight(weight, lower):
    """What the slope along one axis is multiplied by: the weight along the other axis, of the lower or upper pixel."""
    return weight


def gradient(dV, U, grid):
    return dV


def add_up(terms):
    """The sum of the four corners' (values, weight of each, inside)."""
    total = 0
    for values, weight, inside in terms:
        total = total + (weight * inside)[..., None] * values
    return total


# --- The two neighbours along an axis, and the four corners


def neighbours(coordinate, size, *, scale=first_to_last_centre, lower=np.floor, upper=one_further, early=unclipped,
               weigh=nearness, slope=rising, outside=zero_outside, scale_size=None, limit=None):
    """Lower and upper neighbour: (index, inside, weight, slope of the weight) of each."""
    x = scale(coordinate, scale_size or size)
    low = lower(x)
    low, high = early(low, upper(x, low), size)
    for index, weight, rise in zip((low, high), weigh(x, low, high), slope(x, low, high)):
        place, inside = outside(x, index, size)
        if limit is not None:
            inside = (0 <= index) & (index < limit)
        yield place.astype(int), inside, weight, rise


def four_corners(grid, H, W, *, read=first_x_then_y, measure=of_the_image, sizes=own_sizes, limits=None,
                 arrange=as_it_is, along_x=None, along_y=None, **axis):
    """Top left, top right, bottom left, bottom right: row and column, whether inside, weights and slopes in x and y."""
    x, y = read(grid)
    scale_H, scale_W = sizes(*measure(grid, H, W))
    limit_H, limit_W = limits(grid, H, W) if limits else (None, None)
    columns = list(neighbours(x, W, **{"scale_size": scale_W, "limit": limit_W, **axis, **(along_x or {})}))
    rows = neighbours(y, H, **{"scale_size": scale_H, "limit": limit_H, **axis, **(along_y or {})})
    return arrange([((row, column), inside_y & inside_x, (weight_x, weight_y), (slope_x, slope_y))
                    for row, inside_y, weight_y, slope_y in rows for column, inside_x, weight_x, slope_x in columns])


def pixels(U, place):
    """U at the corners, channels last: (N, H_out, W_out, C)."""
    return U[np.arange(len(U))[:, None, None], :, place[0], place[1]]


def distances(grid, H, W, scale=first_to_last_centre):
    """From every pixel to every point, along y and along x: (N, H_out, W_out, H) and (N, H_out, W_out, W)."""
    x, y = scale(grid[..., 0], W), scale(grid[..., 1], H)
    return y[..., None] - np.arange(H, dtype=y.dtype), x[..., None] - np.arange(W, dtype=x.dtype)


def of_all_pixels(functions, distances):
    """A function of the distance along y and one along x, as einsum takes them, pixels last."""
    return [function(distance) for function, distance in zip(functions, distances)]


# --- Recipes


def bilinear_sampler_recipe(U, grid, *, join=np.multiply, look=pixels, add=add_up, kernels=None, finish=as_it_is,
                            scale=first_to_last_centre, **choices):
    if kernels:                                      # every pixel, by Eq. 3, not the four around the point
        return finish(np.einsum("nchw,nijh,nijw->ncij", U, *of_all_pixels(kernels, distances(grid, *U.shape[2:], scale))))
    terms = [(look(U, place), join(*weights), inside)
             for place, inside, weights, _ in four_corners(grid, *U.shape[2:], scale=scale, **choices)]
    return finish(np.moveaxis(add(terms), -1, 1))


def bilinear_sampler_dgrid_recipe(dV, U, grid, *, upstream=as_it_is, sent=gradient, look=pixels,
                                  over_channels=sum_over_channels, factor=half_span, cross_x=other_weight,
                                  cross_y=other_weight, sizes=own_sizes, spans=own_sizes, measure=of_the_image,
                                  span_of=of_the_image, lowers=None, kernels=None, rises=None, finish=as_it_is,
                                  stack=x_then_y, scale=first_to_last_centre, **choices):
    """dgrid = factor * sum over channels of dV times the slopes of V."""
    H, W = spans(*sizes(*span_of(grid, *U.shape[2:])))
    if kernels:                                      # every pixel, by Eq. 7, not the four around the point
        t = distances(grid, *U.shape[2:], scale)
        (k_y, k_x), (s_y, s_x) = of_all_pixels(kernels, t), of_all_pixels(rises, t)
        dx, dy = (np.einsum("ncij,nchw,nijh,nijw->nij", dV, U, *pair, optimize=True) for pair in ((k_y, s_x), (s_y, k_x)))
        return finish(stack(dx * factor(W), dy * factor(H)))
    if lowers:                                       # the mean of several one-sided slopes
        several = [bilinear_sampler_dgrid_recipe(
            dV, U, grid, upstream=upstream, sent=sent, look=look, over_channels=over_channels, factor=factor,
            cross_x=cross_x, cross_y=cross_y, sizes=sizes, spans=spans, measure=measure, span_of=span_of,
            finish=finish, stack=stack, scale=scale, **{**choices, "lower": lower}) for lower in lowers]
        return sum(several) / len(several)
    dV, dx, dy = np.moveaxis(upstream(sent(dV, U, grid)), 1, -1), 0, 0
    four = four_corners(grid, *U.shape[2:], sizes=sizes, measure=measure, scale=scale, **choices)
    for k, (place, inside, (weight_x, weight_y), (slope_x, slope_y)) in enumerate(four):
        moved = over_channels(dV * look(U, place)) * inside
        dx = dx + moved * slope_x * cross_x(weight_y, k < 2)
        dy = dy + moved * slope_y * cross_y(weight_x, k % 2 == 0)
    return finish(stack(dx * factor(W), dy * factor(H)))


# --- Probes


def off_the_lines(grid, H, W):
    """A grid whose points keep away from the pixels and from half-way between them, where one digit decides."""
    size = np.array([W - 1, H - 1])
    twice = (grid + 1) * size
    near = np.abs(twice - np.round(twice)) < 0.1
    return (twice + 0.2 * near) / size - 1


def on_the_lines(seed, shape, H, W):
    """A grid (*shape, 2) of points exactly on pixels and half-way between them, some of them outside."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-2, 2 * W + 1, shape), rng.integers(-2, 2 * H + 1, shape)
    return np.stack([x / (W - 1) - 1, y / (H - 1) - 1], axis=-1)


ON_LINES = "points exactly on the pixels and half-way between them"
LEAVING = "points inside and outside the image"

U, DV = numbers(1, 3, 2, 9, 14), numbers(2, 3, 2, *OUT_SHAPE)
GRID = off_the_lines(true_affine(THETA, OUT_SHAPE), 9, 14)
LINE_U, LINE_DV = numbers(3, 3, 2, 5, 9), numbers(4, 3, 2, 7, 12)
LINE_GRID = on_the_lines(5, (3, 7, 12), 5, 9)
SINGLE_U, SINGLE_DV = np.float32(numbers(6, 3, 5, 11, 7)), np.float32(numbers(7, 3, 5, 2, 9))
SINGLE_GRID = np.float32(off_the_lines(np.random.default_rng(8).uniform(-1.3, 1.3, (3, 2, 9, 2)), 11, 7))
OTHER_U, OTHER_DV = fresh(9, 5, 4, 7, 17), fresh(10, 5, 4, 2, 10)
OTHER_GRID = off_the_lines(np.random.default_rng(11).uniform(-1.3, 1.3, (5, 2, 10, 2)), 7, 17)

SAMPLER = (Probe((U, GRID), LEAVING), Probe((LINE_U, LINE_GRID), ON_LINES), Probe((SINGLE_U, SINGLE_GRID), SINGLE),
           Probe((OTHER_U, OTHER_GRID), OTHER, strided=True))
SAMPLER_BACKWARD = tuple(Probe((dV, *probe.arguments), probe.words, probe.strided)
                         for dV, probe in zip((DV, LINE_DV, SINGLE_DV, OTHER_DV), SAMPLER))

PLACES = [(1.3, 1.6), (4.7, 0.2), (0.4, 2.1), (5.6, 2.4), (-0.3, 1.6), (6.4, 1.8), (2.2, -0.6), (3.1, 3.3), (-1.6, 2.3),
          (8.4, 1.2), (2.0, 3.0), (6.0, 2.0), (0.0, 1.0), (4.0, 0.0), (3.0, 1.25), (2.5, 2.0),
          (-0.4, -0.7), (6.3, 3.6), (1.6, -1.7)]
ONE_PIXEL = tuple(Probe((numbers(12, 4, 7), x, y), f"the point ({x}, {y})") for x, y in PLACES) + (
    Probe((np.float32(numbers(13, 8, 3)), 0.7, 5.2), f"{SINGLE} and the point (0.7, 5.2)"),
    Probe((fresh(14, 5, 11), 8.6, 3.1), f"{OTHER}, and the point (8.6, 3.1)", strided=True))


# --- What sizes there are, and where a point may lie


def sampler_sizes(U, grid):
    return dict(zip(("N", "C", "H", "W", "H_out", "W_out"), (*U.shape, *grid.shape[1:3])))


def point_places(x, y, H, W):
    """Places that a point (x, y) in pixels may be in, in words: a mask for each."""
    x0, y0 = np.floor(x), np.floor(y)
    first, last = (x0 < 0) | (y0 < 0), (x0 + 1 > W - 1) | (y0 + 1 > H - 1)
    outside = (x < 0) | (y < 0) | (x > W - 1) | (y > H - 1)
    near = (x > -1) & (y > -1) & (x < W) & (y < H)
    return {
        "a neighbour lies outside the image": first | last,
        "a neighbour lies beyond the left or upper edge": first,
        "a neighbour lies beyond the right or lower edge": last,
        "the point lies outside the image": outside,
        "the point lies outside the image, by less than one pixel": outside & near,
        "the point lies inside the image": ~outside,
        "all four neighbours lie inside the image": ~first & ~last,
        "x or y is a whole number": (x == x0) | (y == y0),
        "x is a whole number": x == x0,
        "y is a whole number": y == y0,
        "x or y is negative": (x < 0) | (y < 0),
        "a neighbour is in row 0 or column 0": near & ((x0 <= 0) | (y0 <= 0)),
        "a neighbour is in the last row or column": near & ((x0 + 1 >= W - 1) | (y0 + 1 >= H - 1))}


def grid_places(U, grid):
    """The same for all points of a grid, each mask (N, H_out, W_out)."""
    H, W = U.shape[2:]
    return point_places((grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2, H, W)
