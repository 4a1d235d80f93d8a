"""What an alternative of an exercise is, and the translations and ingredients that alternatives are made of."""

from typing import Callable, NamedTuple

import numpy as np

import stn_numpy as stn


def same(*arguments):
    return arguments


class Alternative(NamedTuple):
    words: str                     # what is asked
    arguments: str                 # of the function, "U, grid"
    answer: Callable = None        # from the lesson's answer (and its arguments) to the paper's
    given: Callable = same         # from the lesson's arguments to the paper's
    back: Callable = same          # and the other way
    truth: Callable = None         # the package's answer to the lesson's arguments under another option
    changes: dict = {}             # the ingredients of the recipe that make this option
    solution: str = ""             # the expression that answers it; `lesson` is the lesson's solution


def layout(words, arguments, solution, given=same, back=None, answer=lambda value, *_: value):
    """Another form of the arguments or of the answer."""
    return Alternative(words, arguments, answer, given, back or given, solution=solution)


def option(words, arguments, solution, truth, **changes):
    """Another option of the package's function."""
    return Alternative(words, arguments, lambda value, *_: value, truth=truth, changes=changes, solution=solution)


# --- Translations


def last_flipped(array):
    """(x, y) becomes (y, x) along the last axis."""
    return array[..., ::-1]


def channels_last(array):
    return np.moveaxis(array, 1, -1)


def channels_first(array):
    return np.moveaxis(array, -1, 1)


# --- Ingredients of recipes for other options


def edge_goes_on(x, index, size):
    """Border: a neighbour outside reads the edge pixel, and counts."""
    return np.clip(index, 0, size - 1), np.ones(np.shape(index), bool)


def mirrored(x, index, size):
    """Reflection with aligned corners: a neighbour outside reads its mirror image."""
    period = max(2 * (size - 1), 1)
    along = np.mod(index, period)
    return np.minimum(along, period - along), np.ones(np.shape(index), bool)


def edges_at_one(coordinate, size):
    """align_corners=False: -1 and 1 are the outer edges."""
    return ((coordinate + 1) * size - 1) / 2


def half_size(size):
    return size / 2


def sampled(**options):
    return lambda U, grid: stn.bilinear_sampler_forward(U, grid, **options)[0]


def gradients(part, **options):
    def truth(dV, U, grid):
        _, cache = stn.bilinear_sampler_forward(U, grid, **options)
        return stn.bilinear_sampler_backward(dV, cache)[part]
    return truth


def to_theta(**options):
    def truth(dV, U, theta):
        grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:])
        _, cache = stn.bilinear_sampler_forward(U, grid, **options)
        return stn.affine_grid_backward(stn.bilinear_sampler_backward(dV, cache)[1], grid_cache)
    return truth
