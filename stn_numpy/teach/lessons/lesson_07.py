"""Lesson 07, back to theta: the sum over all points, and the whole chain."""

import numpy as np

import stn_numpy as stn

from ...sampler import plain
from .lesson_06 import SLOPES, TO_GRID, true_dgrid
from .parts import Exercise, Mistake, Prediction, Probe, Where, pick, without
from .shared_grid import (LATTICE, OTHER, OTHER_SHAPE, OTHER_THETA, OUT_SHAPE, SINGLE, THETA, affine_gradient_recipe,
                          affine_grid_recipe, all_targets, as_it_is, fresh, homogeneous_targets, lattice_place,
                          map_points, numbers, true_affine, true_dtheta, x_y_one)
from .shared_mistakes import AFFINE, EDGE, RULERS, SCALING, TARGET, UPSTREAM, WEIGHTS
from .shared_sampler import (DV, LEAVING, OTHER_DV, OTHER_U, SINGLE_DV, SINGLE_U, U, bilinear_sampler_dgrid_recipe,
                             sampled)

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
    dgrid = np.zeros((1, *LATTICE, 2), dpoint.dtype)
    dgrid[(0, *lattice_place(x_t, y_t))] = dpoint
    return true_dtheta(dgrid, np.eye(2, 3, dtype=dpoint.dtype)[None], LATTICE)[0]


def true_loss_to_theta(dV, U, theta):
    out_shape = dV.shape[2:]
    return true_dtheta(true_dgrid(dV, U, true_affine(theta, out_shape)), theta, out_shape)


# --- Recipes


def dtheta_of_point_recipe(dpoint, x_t, y_t, *, upstream=as_it_is, homogeneous=x_y_one, multiply=np.multiply,
                           finish=as_it_is):
    target = homogeneous(*np.array([x_t, y_t], dpoint.dtype))
    return finish(multiply(upstream(dpoint)[:, None], target))


def loss_to_theta_recipe(dV, U, theta, *, forward=None, back=None, whole=None, **choices):
    """The whole chain: affine grid, then the sampler's gradient, then theta's; `forward` and `back` hold choices."""
    if whole:
        return whole(dV, U, theta)
    out_shape = dV.shape[2:]
    grid = affine_grid_recipe(theta, out_shape, **(forward or {}))
    dgrid = bilinear_sampler_dgrid_recipe(dV, U, grid, **choices)
    return affine_gradient_recipe(dgrid, theta, out_shape, **(back or {}))


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


def _dgrid_reshaped(dgrid):
    """dgrid (N, H, W, 2) read as (N, 2, H, W) by a reshape."""
    N, H, W, _ = dgrid.shape
    return np.moveaxis(dgrid.reshape(N, 2, H, W), 1, -1)


def _target_reshaped(theta, target):
    """The stack (3, H, W) read as (H, W, 3) by a reshape."""
    return all_targets(theta, np.moveaxis(target, -1, 0).reshape(target.shape))


def _all_but_last_column(parts):
    return parts[:, :, :-1].sum(axis=(1, 2))


def _all_but_last_row(parts):
    return parts[:, :-1].sum(axis=(1, 2))


ONE_POINT = (
    Mistake("axes_swapped", "the rows have changed places. The first row of theta makes x_s, so its gradient comes "
            "from dx_s.",
            "Look at which of dx_s and dy_s stands in the first row.", "Eq. 1, lesson 07",
            ({"upstream": lambda dgrid: dgrid[..., ::-1]},)),
    Mistake("target_swapped", "x_t and y_t have changed places. The first column of theta is multiplied by x_t, so its "
            "gradient has the factor x_t.",
            "Look at how the target points are made: x_t changes along a row, y_t from row to row.",
            "Eq. 1, lesson 07", (_homogeneous(lambda x, y, one: (y, x, one)),)),
    Mistake("one_first", "the target points are (1, x_t, y_t). The 1 comes last: it goes with the shift, the third "
            "column of theta.",
            "Look at the order in which the target points and the ones are joined.", "Eq. 1, lesson 07",
            (_homogeneous(lambda x, y, one: (one, x, y)),)),
    Mistake("bare_target", "the last of the three is 1 alone, or a target point without the gradient. The shift's "
            "gradient is that of the point itself, times 1.",
            "Each of the three is dx_s, or dy_s, times a number: x_t, y_t and 1.", "Eq. 1, lesson 07",
            ({"finish": lambda dtheta: np.concatenate([dtheta[..., :2], np.ones_like(dtheta[..., 2:])], axis=-1)},)),
    Mistake("added_for_multiplied", "the gradient and the target point are added. By the chain rule they are multiplied.",
            "Look for + where * belongs.", "Eq. 1, lesson 07", ({"multiply": np.add},)),
    Mistake("divided", "the gradient is divided by the target point. By the chain rule they are multiplied.",
            "Look for / where * belongs.", "Eq. 1, lesson 07", ({"multiply": np.divide},)),
    Mistake("shift_times_y", "the third column has the factor y_t, or x_t, where it has the factor 1.",
            "The shift is multiplied by 1 in Eq. 1.", "Eq. 1, lesson 07",
            (_homogeneous(lambda x, y, one: (x, y, y)), _homogeneous(lambda x, y, one: (x, y, x)))),
    Mistake("factor_missing", "the gradient stands there without its target point, where that is a factor.",
            "The factors are x_t, y_t and 1.", "Eq. 1, lesson 07",
            (_homogeneous(lambda x, y, one: (one, one, one)), _homogeneous(lambda x, y, one: (one, y, one)),
             _homogeneous(lambda x, y, one: (x, one, one)))),
    Mistake("cross_terms_missing", "theta_12 and theta_21 get no gradient. x_s depends on y_t, and y_s on x_t.",
            "Three terms for each row.", "Eq. 1, lesson 07",
            ({"finish": lambda dtheta: dtheta * np.array([[1, 0, 1], [0, 1, 1]], dtheta.dtype)},
             {"finish": lambda dtheta: dtheta * np.array([[1, 0, 0], [0, 1, 0]], dtheta.dtype)})),
    Mistake("first_row_twice", "both rows are made from one of dx_s and dy_s. The first row of theta makes x_s, the second "
            "y_s, and each gets its own.",
            "Look at which of dx_s and dy_s stands in each row.", "Eq. 1, lesson 07",
            (Where("It is dx_s.", {"upstream": lambda dgrid: dgrid[..., [0, 0]]}),
             Where("It is dy_s.", {"upstream": lambda dgrid: dgrid[..., [1, 1]]}))),
    Mistake("sign", "the sign is turned round.", "Look for a minus sign: a gradient points uphill.", "Eq. 1, lesson 07",
            ({"finish": np.negative},)),
    Mistake("theta_reshaped", "the transpose, 3 x 2, is reshaped to 2 x 3. That keeps the numbers in their order and so "
            "puts them in the wrong places.",
            "Look for reshape. To turn rows into columns use np.swapaxes.", "Eq. 1, lesson 07",
            ({"finish": _reshaped},)),
    Mistake("linear_transposed", "the 2 x 2 part is transposed: the gradients of theta_12 and theta_21 have changed "
            "places.",
            "theta_12 is multiplied by y_t and makes x_s: its gradient is dx_s times y_t.", "Eq. 1, lesson 07",
            ({"finish": _linear_transposed},)),
    Mistake("shift_missing", "the third column is 0. The shift is multiplied by 1, so its gradient is that of the "
            "point itself.",
            "Look at whether your target points end with a 1.", "Eq. 1, lesson 07", ({"finish": _without_shift},)),
    UPSTREAM,
)

ALL_POINTS = (
    Mistake("mean_over_points", "a mean over points is taken. One theta moves all the points of its image, so "
            "their gradients add up.",
            "Look for .mean() or for a division by H_out * W_out.", RULE,
            ({"gather": lambda parts: parts.mean(axis=(1, 2))},
             Where("It is over the rows alone.", {"gather": lambda parts: parts.mean(axis=1).sum(axis=1)}),
             Where("It is over the columns alone.", {"gather": lambda parts: parts.mean(axis=2).sum(axis=1)}))),
    Mistake("some_points_only", "not all points count: their last row or last column is left out.",
            "Look at the ranges of your loops.", RULE,
            ({"gather": _all_but_last_column}, {"gather": _all_but_last_row})),
    Mistake("only_the_last_point", "only the last point counts: each point overwrites the one before it.",
            "Look for a = inside your loop that should be +=.", RULE,
            ({"gather": lambda parts: parts[:, -1, -1]},)),
    Mistake("summed_over_batch", "every image gets the sum over all images. Image n has its own theta, and only its "
            "own points depend on it.",
            "Look for a sum over the axis of the batch, or for an einsum in which n is missing after the arrow.", RULE,
            ({"gather": lambda parts: np.broadcast_to(parts.sum(axis=(0, 1, 2)), (len(parts), 2, 3))},)),
    Mistake("source_for_target", "the source points (x_s, y_s) are multiplied in. What theta was multiplied by in the "
            "forward pass are the target points (x_t, y_t, 1).",
            "Look for the grid in your sum; it is not needed. Nor is theta itself.", "Eq. 1, lesson 07",
            ({"points": _sources},)),
    Mistake("averaged_over_batch", "the gradient is divided by the number of images. A mean over the batch belongs to the "
            "loss, and the upstream gradient has it in it already.",
            "Look for / N or for .mean().", "lesson 05, the chain rule",
            ({"finish": lambda dtheta: dtheta / len(dtheta)},)),
    Mistake("dgrid_reshaped", "dgrid is reshaped from (N, H_out, W_out, 2) to (N, 2, H_out W_out), which mixes x and y: "
            "a reshape does not move axes.",
            "Use np.moveaxis(dgrid, -1, 1).", RULE, ({"upstream": _dgrid_reshaped},)),
    Mistake("target_reshaped", "the target points are reshaped from (3, H_out, W_out) to (H_out, W_out, 3), which mixes "
            "x, y and 1: a reshape does not move axes.",
            "Use np.stack([...], axis=-1).", RULE, ({"points": _target_reshaped},)),
    Mistake("y_flipped", "y has changed its sign. Here y grows downwards, as the row number does.",
            "Look for linspace(1, -1, H), for [::-1] or for a minus sign in front of y.", "Eq. 1, lesson 01",
            (_homogeneous(lambda x, y, one: (x, -y, one)),
             {"upstream": lambda dgrid: dgrid * np.array([1, -1], dgrid.dtype)})),
)


def _in(step, words, mistakes):
    """Mistakes of one step of the chain: their changes go to that step alone, and what they say names it."""
    return tuple(mistake._replace(id=f"{step}_{mistake.id}", says=f"{words}, {mistake.says}", changes=tuple(
        change._replace(change={step: change.change}) if isinstance(change, Where) else {step: change}
        for change in mistake.changes)) for mistake in mistakes)


def _other_rule(sampler, affine_grid):
    """The whole chain with align_corners=False in some of its steps."""
    def whole(dV, U, theta):
        grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:], align_corners=affine_grid)
        _, cache = stn.bilinear_sampler_forward(U, grid, align_corners=sampler)
        return stn.affine_grid_backward(stn.bilinear_sampler_backward(dV, cache)[1], grid_cache)
    return {"whole": whole}


def _padded(padding):
    def whole(dV, U, theta):
        grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:])
        _, cache = stn.bilinear_sampler_forward(U, grid, padding=padding)
        return stn.affine_grid_backward(stn.bilinear_sampler_backward(dV, cache)[1], grid_cache)
    return {"whole": whole}


def _sent(instead):
    """The whole chain with another upstream gradient."""
    def whole(dV, U, theta):
        grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:])
        V, cache = stn.bilinear_sampler_forward(U, grid)
        return stn.affine_grid_backward(stn.bilinear_sampler_backward(instead(dV, V), cache)[1], grid_cache)
    return {"whole": whole}


def _both(choices):
    """The same choices on the way forward and on the way back."""
    return {"forward": choices, "back": choices}


def _no_slope(dV, U, theta):
    return np.zeros_like(theta)


OF_THE_CHAIN = (
    Mistake("integer_sampler", "all of dtheta is 0. The integer sampler copies a pixel, and the value does not change "
            "when the point moves a little: it has no slope.",
            "Use the bilinear sampler; with the integer one nothing can be learned about theta. All zeros also come "
            "from a result that nothing is put into.", "lesson 06; Eq. 4", ({"whole": _no_slope},)),
    Mistake("other_rule", "the numbers are those of align_corners=False in some step.",
            "align_corners is True here, in the grid and in the sampler.", RULERS,
            (Where("It is so in the sampler.", _other_rule(False, True)),
             Where("It is so in the grid.", _other_rule(True, False)),
             Where("It is so in both.", _other_rule(False, False)))),
    Mistake("border", "points outside the image read its edge. Here everything outside the image is 0.",
            "Look for np.clip, or for padding=.", "lesson 04, outside the image",
            (_padded("border"), Where("It is mirrored there.", _padded("reflection")))),
    Mistake("V_for_dV", "the sampled values V take the place of the upstream gradient dV, or their difference does.",
            "dV is given: it is what the loss sends back.", "lesson 05, the chain rule",
            (_sent(lambda dV, V: V), _sent(lambda dV, V: V - dV), _sent(lambda dV, V: dV - V))),
    Mistake("identity_theta", "the points are those of the identity, and not of theta.",
            "Look at which theta makes the grid.", "Eq. 1",
            ({"forward": {"matrix": lambda theta: np.broadcast_to(np.eye(2, 3, dtype=theta.dtype), theta.shape)}},)),
    Mistake("first_theta_for_all", "the points of every image are those of the first theta.",
            "Look for theta[0].", "Eq. 1",
            ({"forward": {"matrix": lambda theta: np.broadcast_to(theta[:1], theta.shape)}},)),
    Mistake("targets_swapped_twice", "x_t and y_t have changed places, on the way forward and on the way back.",
            "Look at how the target points are made: x_t changes along a row, y_t from row to row.", "Eq. 1, lesson 07",
            ({"forward": {"homogeneous": lambda x, y: np.stack([y, x, np.ones_like(x)], axis=-1)},
              "back": _homogeneous(lambda x, y, one: (y, x, one))},)),
    Mistake("targets_twice", "the target points are not those of the exercise, on the way forward and on the way back.",
            "np.linspace(-1, 1, W) gives the x of each column.", "lesson 01",
            (Where("They are the pixel numbers.", _both({"axis": lambda count, size: np.arange(count)})),
             Where("They run from 0 to 1.", _both({"axis": lambda count, size: np.arange(count) / (size - 1)})),
             Where("Their steps are 2 / W.", _both({"axis": lambda count, size: 2 * np.arange(count) / size - 1})),
             Where("y points up.", _both({"down": np.negative})))),
)
SAMPLING = without(SCALING, "first_grid_for_all", "y_flipped") + pick(WEIGHTS, "truncation", "rounded") + pick(
    EDGE, "wraps_round", "cut_at_edge", "edge_pixels_lost", "periodic")
CHAIN = (OF_THE_CHAIN + without(TO_GRID, "averaged_over_batch", "V_for_dV")
         + without(SLOPES, "wide_difference", "nearest_pair")
         + SAMPLING + _in("forward", "in the grid, on the way forward", without(AFFINE, "axes_swapped") + without(
             TARGET, "y_flipped"))
         + _in("back", "on the way back from the grid to theta",
               pick(ONE_POINT, "target_swapped", "one_first", "shift_missing", "linear_transposed", "theta_reshaped")
               + without(ALL_POINTS, "y_flipped") + TARGET))

# --- Probes

DPOINT = tuple(Probe((numbers(11 + i, 2), x_t, y_t), f"the point ({x_t:g}, {y_t:g})")
               for i, (x_t, y_t) in enumerate([(-0.75, 0.5), (0.25, -1.0), (1.0, 0.5), (-0.5, -0.5)])) + (
    Probe((np.float32(numbers(15, 2)), 0.75, -0.5), f"{SINGLE} and the point (0.75, -0.5)"),
    Probe((fresh(16, 2), -0.25, 1.0), "a gradient that is a view of a larger array, and the point (-0.25, 1)",
          strided=True))
FIVE_THETAS = np.random.default_rng(24).uniform(-1, 1, (5, 2, 3))
AFFINE_BACKWARD = (Probe((numbers(17, 3, *OUT_SHAPE, 2), THETA, OUT_SHAPE), "three images and 5 x 11 points"),
                   Probe((np.float32(numbers(18, 3, 7, 4, 2)), np.float32(OTHER_THETA), (7, 4)), SINGLE),
                   Probe((fresh(19, 5, *OTHER_SHAPE, 2), FIVE_THETAS, OTHER_SHAPE), OTHER, strided=True))
WHOLE_CHAIN = (Probe((DV, U, THETA), LEAVING), Probe((SINGLE_DV, SINGLE_U, np.float32(OTHER_THETA)), SINGLE),
               Probe((OTHER_DV, OTHER_U, FIVE_THETAS), OTHER, strided=True))


def sizes(dgrid, theta, out_shape):
    return dict(zip(("N", "H_out", "W_out"), (len(theta), *out_shape)))


def sizes_of_chain(dV, U, theta):
    return dict(zip(("N", "C", "H", "W", "H_out", "W_out"), (*U.shape, *dV.shape[2:])))

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
        mistakes=without(ONE_POINT, "divided", "added_for_multiplied") + ALL_POINTS + without(TARGET, "y_flipped"),
        probes=AFFINE_BACKWARD,
        sizes=sizes,
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
        package=(plain.bilinear_sampler_backward, stn.affine_grid_backward),
        recipe=loss_to_theta_recipe,
        mistakes=CHAIN,
        probes=WHOLE_CHAIN,
        sizes=sizes_of_chain,
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
