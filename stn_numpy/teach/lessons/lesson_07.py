"""Lesson 07, back to theta: the sum over all points, and the whole chain."""

import numpy as np

import stn_numpy as stn

from .lesson_06 import SLOPES, TO_GRID, true_dgrid
from .parts import Exercise, Mistake, Prediction, Probe, pick, without
from .shared_grid import (LATTICE, OUT_SHAPE, THETA, affine_gradient_recipe, affine_grid_recipe, all_targets, as_it_is,
                          homogeneous_targets, lattice_place, map_points, numbers, sum_over_points, true_affine,
                          true_dtheta, x_y_one)
from .shared_mistakes import TARGET, UPSTREAM
from .shared_sampler import DV, LEAVING, U, bilinear_sampler_dgrid_recipe, sampled

# --- Solutions


def dtheta_of_point(dpoint, x_t, y_t):
    return np.outer(dpoint, [x_t, y_t, 1])


def affine_grid_backward(dgrid, theta, out_shape):
    target = homogeneous_targets(out_shape)
    return np.einsum("nijr,ijk->nrk", dgrid, target)                 # sum over all points of each image


def loss_to_theta(dV, U, theta):
    grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:])
    V, sampler_cache = stn.bilinear_sampler_forward(U, grid)
    dU, dgrid = stn.bilinear_sampler_backward(dV, sampler_cache)
    return stn.affine_grid_backward(dgrid, grid_cache)


# --- The package's answers


def true_dtheta_of_point(dpoint, x_t, y_t):
    dgrid = np.zeros((1, *LATTICE, 2))
    dgrid[(0, *lattice_place(x_t, y_t))] = dpoint
    return true_dtheta(dgrid, np.eye(2, 3)[None], LATTICE)[0]


def true_loss_to_theta(dV, U, theta):
    out_shape = dV.shape[2:]
    return true_dtheta(true_dgrid(dV, U, true_affine(theta, out_shape)), theta, out_shape)


# --- Recipes


def dtheta_of_point_recipe(dpoint, x_t, y_t, *, upstream=as_it_is, homogeneous=x_y_one, finish=as_it_is):
    target = homogeneous(*np.array([x_t, y_t], dpoint.dtype))
    return finish(upstream(dpoint)[:, None] * target)


def loss_to_theta_recipe(dV, U, theta, *, points=all_targets, gather=sum_over_points, **choices):
    """The whole chain: affine grid, then the sampler's gradient, then theta's."""
    out_shape = dV.shape[2:]
    grid = affine_grid_recipe(theta, out_shape)
    dgrid = bilinear_sampler_dgrid_recipe(dV, U, grid, **choices)
    return affine_gradient_recipe(dgrid, theta, out_shape, points=points, gather=gather)


# --- Mistakes

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

CHAIN = without(TO_GRID, "averaged_over_batch") + pick(SLOPES, "sign", "weights_missing", "weights_reversed") + pick(
    ALL_POINTS, "mean_over_points", "only_the_last_point", "summed_over_batch", "source_for_target")

# --- Probes

DPOINT = tuple(Probe((numbers(11 + i, 2), x_t, y_t), f"the point ({x_t:g}, {y_t:g})")
               for i, (x_t, y_t) in enumerate([(-0.75, 0.5), (0.25, -1.0), (1.0, 0.5)]))
AFFINE_BACKWARD = (Probe((numbers(14, 2, *OUT_SHAPE, 2), THETA, OUT_SHAPE), "two images and 4 x 7 points"),)
WHOLE_CHAIN = (Probe((DV, U, THETA), LEAVING),)

# --- Prediction


def stripes():
    U = np.repeat([[0.0, 1.0, 3.0, 2.0, 5.0, 4.0, 1.0, 0.0]], 5, axis=0)
    V, cache, grid_cache = sampled(U, [[0.6, 0.1, 0.05], [0.1, 0.7, 0.02]], (4, 7))
    dV = np.random.default_rng(0).standard_normal((1, 1, 4, 7))
    _, dgrid = stn.bilinear_sampler_backward(dV, cache)
    dtheta = stn.affine_grid_backward(dgrid, grid_cache)
    return [10 * int(row + 1) + int(column + 1) for _, row, column in np.argwhere(np.abs(dtheta) < 1e-9)]


EXERCISES = (
    Exercise(
        id="dtheta_of_point",
        lesson="07",
        arguments="dpoint, x_t, y_t",
        answer="dtheta",
        axes=("r", "k"),
        task="What one point adds to dtheta (2, 3); dpoint is (dx_s, dy_s), the gradient to its source point.",
        truth=true_dtheta_of_point,
        solution=(dtheta_of_point,),
        package=(stn.affine_grid_backward,),
        recipe=dtheta_of_point_recipe,
        mistakes=ONE_POINT,
        probes=DPOINT,
        hints=("x_s = theta_11 x_t + theta_12 y_t + theta_13. What is its derivative to theta_11? To theta_13?",
               "Each entry of theta is multiplied by x_t, by y_t or by 1, and belongs to x_s or to y_s.",
               "Row r, column k: dpoint[r] times (x_t, y_t, 1)[k]. np.outer makes such a table."),
        well_done="dtheta of an image is the sum of these tables over its points."),
    Exercise(
        id="affine_grid_backward",
        lesson="07",
        arguments="dgrid, theta, out_shape",
        answer="dtheta",
        axes=("n", "r", "k"),
        task="dtheta (N, 2, 3), the gradient of the loss to theta; dgrid (N, H_out, W_out, 2) is the gradient to "
             "grid.",
        truth=true_dtheta,
        solution=(homogeneous_targets, affine_grid_backward),
        package=(stn.affine_grid_backward,),
        recipe=affine_gradient_recipe,
        mistakes=ONE_POINT + ALL_POINTS + without(TARGET, "y_flipped"),
        probes=AFFINE_BACKWARD,
        hints=("Each entry of theta moves all points of its image. What happens to gradients that meet?",
               "Add up dtheta_of_point over all points of the image. The target points are those of the forward pass.",
               "np.einsum('nijr,ijk->nrk', dgrid, target), with target (H_out, W_out, 3) holding (x_t, y_t, 1)."),
        well_done="theta itself was not needed: the grid is a linear function of theta."),
    Exercise(
        id="loss_to_theta",
        lesson="07",
        arguments="dV, U, theta",
        answer="dtheta",
        axes=("n", "r", "k"),
        task="dtheta (N, 2, 3) from dV (N, C, H_out, W_out): the whole chain, through the sampler and the grid.",
        truth=true_loss_to_theta,
        solution=(loss_to_theta,),
        package=(stn.bilinear_sampler_backward, stn.affine_grid_backward),
        recipe=loss_to_theta_recipe,
        mistakes=CHAIN,
        probes=WHOLE_CHAIN,
        hints=("Go forward first: theta to grid, grid to V. Then go back through the same two steps, in reverse.",
               "dV to dgrid is lesson 06; dgrid to dtheta is the exercise before this one.",
               "out_shape is dV.shape[2:]. You may use the package's pairs, stn.affine_grid_forward and so on."),
        well_done="That is the whole chain of a spatial transformer, from the loss to theta."),
)

PREDICTIONS = (
    Prediction(
        id="stripes",
        lesson="07",
        question="An image of vertical stripes (every column the same from top to bottom) is sampled well inside. "
                 "Which of the six entries of theta have a gradient of 0? They are named by row and column: 11, 12, 13 "
                 "in the first row and 21, 22, 23 in the second.",
        form="a list of entries, such as [11, 12]",
        truth=stripes,
        reason="Up and down nothing changes, so dV/dy is 0. The second row of theta moves y_s only: its three "
               "entries get nothing."),
)
