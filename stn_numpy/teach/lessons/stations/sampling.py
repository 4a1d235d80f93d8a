"""The stations of the exercises of lessons 04 to 07 that sample an image."""

import numpy as np

from . import grid as grids
from . import sampler
from .way import Way


def bilinear_weights_way(way, x, y):
    a, b = sampler.cell(way, np.float64(x), np.float64(y))
    sampler.weights(way, a, b)


def _one_point(way, U, x, y):
    """A point of one image as a batch of one: (1, 1), and U as (1, 1, H, W)."""
    point = np.full((1, 1), x), np.full((1, 1), y)
    sampler.tents(way, *point, *U.shape)
    a, b = sampler.cell(way, *point, *U.shape)
    masks = sampler.insides(*point, *U.shape)
    return a, b, sampler.weights(way, a, b, masks), sampler.values(way, U[None, None], *point)


def sample_pixel_way(way, U, x, y):
    _, _, four, found = _one_point(way, U, x, y)
    sampler.contributions(way, four, found)


def slopes_way(way, U, x, y):
    a, b, _, found = _one_point(way, U, x, y)
    sampler.slopes(way, a, b, found)


def _points(way, U, grid):
    """Pixel coordinates, cell, weights and neighbours of a grid."""
    H, W = U.shape[2:]
    x, y = grids.pixel_coordinates(way, grid, H, W, grid.shape[1:3])
    sampler.tents(way, x, y, H, W)
    a, b = sampler.cell(way, x, y, H, W)
    return a, b, sampler.weights(way, a, b, sampler.insides(x, y, H, W)), sampler.values(way, U, x, y)


def bilinear_sampler_forward_way(way, U, grid):
    _, _, four, found = _points(way, U, grid)
    sampler.contributions(way, four, found)
    way.right("answer", "the right answer", sum(four[key][:, None] * found[key][0] for key in four))


def bilinear_sampler_backward_U_way(way, dV, U, grid):
    _, _, four, found = _points(way, U, grid)
    parts, masks = {}, {}
    for key, (corner, _, _) in sampler.CORNERS.items():
        part, inside = four[key][:, None] * dV, found[key][3]
        parts[key], masks[key] = part, np.broadcast_to(inside[:, None], part.shape)
        way.right(f"c{key}", f"dV times the weight of the {corner} neighbour", part, np.where(inside[:, None], part, 0),
                  np.moveaxis(part, 1, -1)[inside], group="the four contributions")
    sampler.together(way, "contributions", "the four contributions", parts, masks)


def bilinear_sampler_backward_grid_way(way, dV, U, grid):
    a, b, _, found = _points(way, U, grid)
    _gradient_to_grid(way, dV, U, a, b, found)


def _gradient_to_grid(way, dV, U, a, b, found):
    """From the slopes of V to dgrid."""
    result = []
    for key, (zero, *_) in found.items():
        way.step(f"dV U{key}", dV * zero)
        way.step(f"sum over channels of dV U{key}", (dV * zero).sum(axis=1))
    sizes = {"x": (U.shape[3], U.shape[2], dV.shape[3]), "y": (U.shape[2], U.shape[3], dV.shape[2])}
    for name, slope in zip("xy", sampler.slopes(way, a, b, found)):
        size, other, out = sizes[name]
        moved = dV * slope
        total = moved.sum(axis=1)
        own, not_own = grids.WORDS[name]
        way.right(f"dV s{name}", f"dV times the slope along {name}", moved, group="dV times the slopes")
        way.wrong(f"dV s{name}", f"dV times the slope along {name}, with its sign changed", -moved, inner=True)
        way.right(f"d{name}", f"the gradient to {name} in pixels", total, group="the gradients in pixels")
        way.wrong(f"d{name}", f"the gradient to {name} in pixels, averaged over the channels", moved.mean(axis=1))
        way.wrong(f"d{name}", f"the gradient to {name} in pixels, with its sign changed", -total)
        way.wrong(f"d{name}", f"the sum of dV times the sum of the slopes along {name}, channel apart from channel",
                  dV.sum(axis=1) * slope.sum(axis=1))
        result.append(total * (size - 1) / 2)
        for id, words, group, numbers in (
                (f"dV s{name} scaled", f"dV times the slope along {name}", "dV times the slopes, scaled", moved),
                (f"dgrid {name}", f"the gradient to {name}", "the gradients to the grid", total)):
            way.right(id, f"{words}, times ({own} - 1) / 2", numbers * (size - 1) / 2, group=group)
            for said, factor in ((f"({not_own} - 1) / 2", (other - 1) / 2), (f"{own} / 2", size / 2),
                                 (f"{own} - 1", size - 1), (f"half of the output's {own} - 1", (out - 1) / 2),
                                 (f"2 / ({own} - 1)", 2 / (size - 1)),
                                 (f"(({own} - 1) / 2) squared", ((size - 1) / 2) ** 2),
                                 ("minus 1", -1), (f"-({own} - 1) / 2", -(size - 1) / 2)):
                way.wrong(id, f"{words}, times {said}", numbers * factor)
    dgrid = np.stack(result, axis=-1)
    way.right("dgrid", "dgrid", dgrid)
    return dgrid


def loss_to_theta_way(way, dV, U, theta):
    x, y = grids.target_points(way, dV.shape[2:])
    x_s, y_s = grids.source_points(way, theta, x, y)
    grid = np.stack([x_s, y_s], axis=-1)
    way.right("grid", "the grid", grid)
    way.wrong("grid", "the grid of the identity", np.broadcast_to(np.stack([x, y], axis=-1), grid.shape))
    way.wrong("grid", "the grid clipped to -1 .. 1", grid.clip(-1, 1))
    way.wrong("grid", "the grid with its last axis as (y, x)", grid[..., ::-1])
    a, b, four, found = _points(way, U, grid)
    sampler.contributions(way, four, found)
    V = sum(four[key][:, None] * found[key][0] for key in four)
    way.right("V", "V", V)
    dgrid = _gradient_to_grid(way, dV, U, a, b, found)
    sub = Way()
    way.wrong("dgrid", "dgrid made from V where dV belongs", _gradient_to_grid(sub, V, U, a, b, found))
    way.wrong("dgrid", "dgrid per pixel, without the factor (size - 1) / 2",
              dgrid * 2 / (np.array(U.shape[:1:-1]) - 1))
    grids.gradient_to_theta(way, dgrid, x, y)
