"""Recipes for lessons 04 to 07: the bilinear sampler and its gradients, ingredient by ingredient.

Called with nothing replaced, each is right. What comes after the * are the ingredients: small functions that a mistake
replaces by a wrong one. `corners` hands its ingredients on to the two axes, so that all the recipes that sample share
the mistakes of sampling.
"""

import numpy as np

from . import shared_grid as recipes_grid
from .shared_grid import as_it_is, first_x_then_y, own_sizes, x_then_y

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


def add_all(dU, contributions):
    for place, values, inside in contributions:
        np.add.at(dU, place, values * inside)


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


def corners(grid, H, W, *, read=first_x_then_y, sizes=own_sizes, arrange=as_it_is, **axis):
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


def bilinear_weights(x, y, *, join=np.multiply, **choices):
    """The four weights; pixels outside an image are no matter here."""
    point = np.array([[[[x, y]]]], dtype=np.result_type(type(x), np.float32))
    found = corners(point, 1, 1, scale=already_in_pixels, **choices)
    return np.array([join(*weights)[0, 0, 0] for _, _, weights, _ in found])


def bilinear_sampler(U, grid, *, finish=as_it_is, **choices):
    V = 0
    for place, inside, (weight_x, weight_y), _ in corners(grid, *U.shape[2:], **choices):
        V = V + (weight_x * weight_y * inside)[..., None] * pixels(U, place)
    return finish(np.moveaxis(V, -1, 1))


def sample_pixel(U, x, y, **choices):
    grid = np.array([[[[x, y]]]], U.dtype)
    return bilinear_sampler(U[None, None], grid, **{"scale": already_in_pixels, **choices})[0, 0, 0, 0]


def bilinear_sampler_dU(dV, U, grid, *, upstream=as_it_is, put=add_all, times=one,
                        finish=lambda dU, contributions: dU, **choices):
    dU, dV = np.zeros_like(U), np.moveaxis(upstream(dV), 1, -1)
    images = np.arange(len(U))[:, None, None]
    contributions = []
    for (row, column), inside, (weight_x, weight_y), _ in corners(grid, *U.shape[2:], **choices):
        part = (weight_x * weight_y)[..., None] * dV * times(U, (row, column))       # (N, H_out, W_out, C)
        contributions.append(((images, slice(None), row, column), part, inside[..., None]))
    put(dU, contributions)
    return finish(dU, contributions)


def bilinear_sampler_dgrid(dV, U, grid, *, upstream=as_it_is, over_channels=sum_over_channels, factor=half_span,
                           cross_x=other_weight, cross_y=other_weight, sizes=own_sizes, spans=own_sizes,
                           finish=as_it_is, stack=x_then_y, **choices):
    """dgrid = factor * sum over channels of dV times the slopes of V."""
    dV, dx, dy = np.moveaxis(upstream(dV), 1, -1), 0, 0
    four = corners(grid, *U.shape[2:], sizes=sizes, **choices)
    for k, (place, inside, (weight_x, weight_y), (slope_x, slope_y)) in enumerate(four):
        moved = over_channels(dV * pixels(U, place)) * inside
        dx = dx + moved * slope_x * cross_x(weight_y, k < 2)
        dy = dy + moved * slope_y * cross_y(weight_x, k % 2 == 0)
    H, W = spans(*sizes(*U.shape[2:]))
    return finish(stack(dx * factor(W), dy * factor(H)))


def slopes(U, x, y, **choices):
    grid = np.array([[[[x, y]]]], U.dtype)
    choices = {"scale": already_in_pixels, "factor": lambda size: 1, **choices}
    return bilinear_sampler_dgrid(np.ones((1, 1, 1, 1), U.dtype), U[None, None], grid, **choices)[0, 0, 0]


def loss_to_theta(dV, U, theta, *, points=recipes_grid.all_targets, gather=recipes_grid.sum_over_points, **choices):
    """The whole chain: affine grid, then the sampler's gradient, then theta's."""
    out_shape = dV.shape[2:]
    grid = recipes_grid.affine_grid(theta, out_shape)
    dgrid = bilinear_sampler_dgrid(dV, U, grid, **choices)
    return recipes_grid.affine_gradient(dgrid, theta, out_shape, points=points, gather=gather)


def scatter_add(index, values, size, *, put=np.add.at, finish=lambda total, index: total):
    total = np.zeros(size, values.dtype)
    put(total, index, values)
    return finish(total, index)
