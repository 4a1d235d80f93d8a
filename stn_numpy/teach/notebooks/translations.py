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


def third_row(theta):
    """An affine theta, (.., 2, 3), with a third row that makes it projective: w is never near 0 on the target."""
    last = np.stack([theta[..., 0, 1] / 4, theta[..., 1, 0] / 4, np.ones_like(theta[..., 0, 0])], axis=-1)
    return np.concatenate([theta, last[..., None, :]], axis=-2)


def two_rows(theta):
    return theta[..., :2, :]


def shift_first(values):
    """(N, 4): angle and log_scale change places with t_x and t_y, there and back."""
    return values[:, [2, 3, 0, 1]]


def in_degrees(theta):
    return theta * [180 / np.pi, 1, 1, 1]


def in_radians(theta):
    return theta * [np.pi / 180, 1, 1, 1]


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


def edges_of_the_output(count, size):
    """align_corners=False for the target grid: its first point lies half a step inside."""
    return (2 * np.arange(count) + 1) / size - 1


def smoothly(x, low, high):
    """The weights of the smooth kernel: s = a^2 (3 - 2 a) in place of a."""
    a = x - low
    s = a * a * (3 - 2 * a)
    return 1 - s, s


def rising_smoothly(x, low, high):
    """And their slopes."""
    a = x - low
    return -6 * a * (1 - a), 6 * a * (1 - a)


def divided(points):
    """X, Y and w along the last axis become X / w and Y / w."""
    return points[..., :2] / points[..., 2:]


def looking_ahead(param, old, new, grad, rate, momentum):
    """Nesterov's step, by the new velocity and by the gradient once more."""
    return param + momentum * new - rate * grad


def pooled(a, b):
    """The uncertainty of a difference of means, for two rows of one and the same spread."""
    S_a, S_b = len(a), len(b)
    variance = ((S_a - 1) * a.var(ddof=1) + (S_b - 1) * b.var(ddof=1)) / (S_a + S_b - 2)
    return np.sqrt(variance * (1 / S_a + 1 / S_b))


# --- Helpers of solutions, which solved copies hold


def smooth_kernel():
    """A kernel of two pixels, as the tent is, but without kinks."""
    return stn.kernels.Kernel("smooth", weight=lambda t: 1 - 3 * t ** 2 + 2 * np.abs(t) ** 3,
                              slope=lambda t: -6 * t * (1 - np.abs(t)), radius=1)


def sampler_with(U, grid, kernel=None, **options):
    """V under other options, and the function from dV to (dU, dgrid)."""
    if kernel is None:
        V, cache = stn.bilinear_sampler_forward(U, grid, **options)
        return V, lambda dV: stn.bilinear_sampler_backward(dV, cache)
    V, cache = stn.kernel_sampler_forward(U, grid, kernel)
    return V, lambda dV: stn.kernel_sampler_backward(dV, cache)


def at_one_point(U, x, y, **options):
    """What sampler_with makes of one image and one point, in pixels."""
    H, W = U.shape
    return sampler_with(U[None, None], np.array([[[[2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1]]]], U.dtype), **options)


def sample_with(U, x, y, **options):
    return at_one_point(U, x, y, **options)[0][0, 0, 0, 0]


def slopes_with(U, x, y, **options):
    H, W = U.shape
    _, back = at_one_point(U, x, y, **options)
    return back(np.ones((1, 1, 1, 1), U.dtype))[1][0, 0, 0] * 2 / np.array([W - 1, H - 1])


def theta_with(dV, U, theta, **options):
    grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:])
    return stn.affine_grid_backward(sampler_with(U, grid, **options)[1](dV)[1], grid_cache)


HELPERS = smooth_kernel, sampler_with, at_one_point, sample_with, slopes_with, theta_with
