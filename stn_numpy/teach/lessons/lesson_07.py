"""Mistakes of lesson 07: from the gradient of the grid back to theta."""

import numpy as np

from .parts import Mistake
from .lesson_06 import UPSTREAM
from .shared_grid import map_points

RULE = "lesson 07, the sum over the points"


def _sources(theta, target):
    """The source points (x_s, y_s, 1) in place of the targets."""
    source = map_points(theta, target)
    return np.concatenate([source, np.ones_like(source[..., :1])], axis=-1)


def _reshaped(dtheta):
    """The transpose, 3 x 2, forced into 2 x 3."""
    return np.swapaxes(dtheta, -1, -2).reshape(dtheta.shape)


def _linear_transposed(dtheta):
    return np.concatenate([np.swapaxes(dtheta[..., :2], -1, -2), dtheta[..., 2:]], axis=-1)


def _without_shift(dtheta):
    return dtheta * np.array([1, 1, 0], dtheta.dtype)


def _homogeneous(arrange):
    """Target points for `homogeneous`: arrays of x and y, joined along a last axis."""
    return {"homogeneous": lambda x, y: np.stack(arrange(x, y, np.ones_like(x)), axis=-1)}


ONE_POINT = (
    Mistake("axes_swapped", "The rows have changed places. The first row of theta makes x_s, so its gradient comes "
            "from dx_s.",
            "Look at which of dx_s and dy_s stands in the first row.", "Eq. 1, lesson 07",
            ({"upstream": lambda dgrid: dgrid[..., ::-1]},)),
    Mistake("target_swapped", "x_t and y_t have changed places. The first column of theta is multiplied by x_t, so its "
            "gradient has the factor x_t.",
            "Look at how the target points are made: x_t changes along a row, y_t from row to row.",
            "Eq. 1, lesson 07", (_homogeneous(lambda x, y, one: (y, x, one)),)),
    Mistake("one_first", "You use the target points as (1, x_t, y_t). The 1 comes last: it goes with the shift, the "
            "third column of theta.",
            "Look at the order in which the target points and the ones are joined.", "Eq. 1, lesson 07",
            (_homogeneous(lambda x, y, one: (one, x, y)),)),
    Mistake("theta_reshaped", "You make the transpose, 3 x 2, and reshape it to 2 x 3. That keeps the numbers in their "
            "order and so puts them in the wrong places.",
            "Look for reshape. To turn rows into columns use np.swapaxes.", "Eq. 1, lesson 07",
            ({"finish": _reshaped},)),
    Mistake("linear_transposed", "The 2 x 2 part is transposed: the gradients of theta_12 and theta_21 have changed "
            "places.",
            "theta_12 is multiplied by y_t and makes x_s: its gradient is dx_s times y_t.", "Eq. 1, lesson 07",
            ({"finish": _linear_transposed},)),
    Mistake("shift_missing", "The third column is 0. The shift is multiplied by 1, so its gradient is that of the "
            "point itself.",
            "Look at whether your target points end with a 1.", "Eq. 1, lesson 07", ({"finish": _without_shift},)),
    UPSTREAM,
)

ALL_POINTS = (
    Mistake("mean_over_points", "You take the mean over the points. One theta moves all the points of its image, so "
            "their gradients add up.",
            "Look for .mean() or for a division by H_out * W_out.", RULE,
            ({"gather": lambda parts: parts.mean(axis=(1, 2))},)),
    Mistake("only_the_last_point", "Only the last point counts: each point overwrites the one before it.",
            "Look for a = inside your loop that should be +=.", RULE,
            ({"gather": lambda parts: parts[:, -1, -1]},)),
    Mistake("summed_over_batch", "Every image gets the sum over all images. Image n has its own theta, and only its "
            "own points depend on it.",
            "Look for a sum over the axis of the batch, or for an einsum in which n is missing after the arrow.", RULE,
            ({"gather": lambda parts: np.broadcast_to(parts.sum(axis=(0, 1, 2)), (len(parts), 2, 3))},)),
    Mistake("source_for_target", "You multiply by the source points (x_s, y_s). What theta was multiplied by in the "
            "forward pass are the target points (x_t, y_t, 1).",
            "Look for the grid in your sum; it is not needed. Nor is theta itself.", "Eq. 1, lesson 07",
            ({"points": _sources},)),
    Mistake("averaged_over_batch", "You divide by the number of images. A mean over the batch belongs to the loss, and "
            "the upstream gradient has it in it already.",
            "Look for / N or for .mean().", "lesson 05, the chain rule",
            ({"finish": lambda dtheta: dtheta / len(dtheta)},)),
    Mistake("y_flipped", "Somewhere y has changed its sign. Here y grows downwards, as the row number does.",
            "Look for linspace(1, -1, H), for [::-1] or for a minus sign in front of y.", "Eq. 1, lesson 01",
            (_homogeneous(lambda x, y, one: (x, -y, one)),
             {"upstream": lambda dgrid: dgrid * np.array([1, -1], dgrid.dtype)})),
)
