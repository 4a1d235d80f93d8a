"""Samplers that are wrong in one way each, for lesson 10: can a probe tell them from the right one?

Each is a pair like the package's own, forward(U, grid) -> (V, cache) and backward(dV, cache) -> (dU, dgrid). In some
the two are wrong together, so that the backward is the derivative of a wrong forward; in others only the backward is.
"""

from typing import Callable, NamedTuple

import numpy as np

import stn_numpy as stn
from stn_numpy.checking.gradcheck import gradcheck
from stn_numpy.checking.pairs import GradientError

from .lesson_05 import bilinear_sampler_dU_recipe
from .shared_grid import half, x_then_y
from .shared_sampler import bilinear_sampler_dgrid_recipe, bilinear_sampler_recipe, pixels

TOLERANCE = 1e-9     # relative to the largest number: rounding passes, mistakes do not


class Sampler(NamedTuple):
    forward: Callable      # (U, grid) -> V, cache
    backward: Callable     # (dV, cache) -> dU, dgrid


RIGHT = Sampler(stn.bilinear_sampler_forward, stn.bilinear_sampler_backward)


def _pair(*, V=None, dU=None, dgrid=None, **shared):
    """A pair made by the recipes of lessons 04 to 06 with changed ingredients: of one of them, or shared by all three."""
    changes = [{**shared, **(own or {})} for own in (V, dU, dgrid)]

    def forward(U, grid):
        return bilinear_sampler_recipe(U, grid, **changes[0]), (U.copy(), grid.copy())

    def backward(dV, cache):
        return (bilinear_sampler_dU_recipe(dV, *cache, **changes[1]),
                bilinear_sampler_dgrid_recipe(dV, *cache, **changes[2]))

    return Sampler(forward, backward)


def _times_half_the_size(coordinate, size):
    return (coordinate + 1) * (size / 2)


def _clip(low, high, size):
    return np.clip(low, 0, size - 1), np.clip(high, 0, size - 1)


def _to_the_other(x, low, high):
    """Each weight as the distance to the other neighbour."""
    return high - x, x - low


def _edge_goes_on(x, index, size):
    return np.clip(index, 0, size - 1), np.ones_like(index, bool)


def _of_image_0(U, place):
    return pixels(np.broadcast_to(U[:1], U.shape), place)


def _all_to_image_0(dU, contributions):
    total = np.zeros_like(dU)
    total[0] = dU.sum(axis=0)
    return total


def _without_duplicates(dU, contributions):
    for place, part, inside in contributions:
        dU[place] += part * inside


WRONG = {
    # forward and backward agree
    "W / 2 for (W - 1) / 2": _pair(scale=_times_half_the_size, dgrid={"factor": half}),
    "x and y exchanged": _pair(read=lambda grid: (grid[..., 1], grid[..., 0]),
                               dgrid={"stack": lambda x, y: x_then_y(y, x)}),
    "clipped, then weighed": _pair(early=_clip, weigh=_to_the_other),
    "int for floor": _pair(lower=np.trunc),
    "the edge goes on": _pair(outside=_edge_goes_on),
    "ceil for floor + 1": _pair(upper=lambda x, low: np.ceil(x), weigh=_to_the_other),
    "image 0 for all": _pair(V={"look": _of_image_0}, dU={"finish": _all_to_image_0}, dgrid={"look": _of_image_0}),
    # the backward alone is wrong
    "dU: shared pixels overwritten": _pair(dU={"put": _without_duplicates}),
    "dgrid: first channel only": _pair(dgrid={"over_channels": lambda values: values[..., 0]}),
    "dgrid: factor missing": _pair(dgrid={"factor": lambda size: 1}),
    "dgrid: factor of the output": _pair(dgrid={"span_of": lambda grid, H, W: grid.shape[1:3]}),
    "dgrid: divided by N": _pair(dgrid={"finish": lambda dgrid: dgrid / len(dgrid)}),
}


def numbers_of(sampler, U, grid):
    """V, dU and dgrid of a sampler, with a dV drawn from the normal distribution, the same for the same shape."""
    V, cache = sampler.forward(U, grid)
    dV = np.random.default_rng(10).standard_normal(V.shape)
    return V, *sampler.backward(dV, cache)


def caught(sampler, U, grid):
    """Whether V, dU or dgrid is other than the right sampler's, for the image U (N, C, H, W) and the grid."""
    with np.errstate(all="ignore"):
        return any(not np.abs(mine - right).max() <= TOLERANCE * max(np.abs(right).max(), 1)
                   for mine, right in zip(numbers_of(sampler, U, grid), numbers_of(RIGHT, U, grid)))


def fails_gradcheck(sampler, U, grid):
    """Whether the gradient check finds that the backward is not the derivative of the forward."""
    try:
        gradcheck(sampler.forward, sampler.backward, (U, grid), names=("U", "grid"))
    except GradientError:
        return True
    return False


def survivors(U, grid):
    """Names of the wrong samplers that give the right numbers for U (N, C, H, W) and grid (N, H_out, W_out, 2)."""
    return [name for name, sampler in WRONG.items() if not caught(sampler, U, grid)]
