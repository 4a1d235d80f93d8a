"""Lesson 02, the affine grid: Eq. 1 for one point and for all, and one transform after another."""

import numpy as np

import stn_numpy as stn

from .parts import Exercise, Mistake, Prediction, Probe, Where, without
from .shared_grid import (LATTICE, OTHER_SHAPE, OTHER_THETA, OUT_SHAPE, SINGLE, THETA, affine_grid_recipe, as_it_is,
                          homogeneous_targets, lattice_place, map_points, true_affine, x_y_one)
from .shared_mistakes import AFFINE, IN_PIXELS, TARGET
from .shared_sampler import sampled

# --- Solutions


def map_point(theta, x_t, y_t):
    x_s = theta[0, 0] * x_t + theta[0, 1] * y_t + theta[0, 2]
    y_s = theta[1, 0] * x_t + theta[1, 1] * y_t + theta[1, 2]
    return x_s, y_s


def compose(theta_a, theta_b):
    A, t_a = theta_a[:, :2], theta_a[:, 2]
    B, t_b = theta_b[:, :2], theta_b[:, 2]
    linear = A @ B
    shift = A @ t_b + t_a                             # a moves what b has moved already
    return np.column_stack([linear, shift])           # (2, 3)


def affine_grid_forward(theta, out_shape):
    target = homogeneous_targets(out_shape)
    return np.einsum("nrk,ijk->nijr", theta, target)                 # row r of theta gives coordinate r


# --- The package's answers


def true_map_point(theta, x_t, y_t):
    return true_affine(theta[None], LATTICE)[(0, *lattice_place(x_t, y_t))]


def true_compose(theta_a, theta_b):
    """With a third row (0, 0, 1) a transform is a matrix, and one after the other their product."""
    a, b = (np.vstack([theta, [0, 0, 1]]) for theta in (theta_a, theta_b))
    return (a @ b)[:2]


# --- Recipes


def map_point_recipe(theta, x_t, y_t, *, homogeneous=x_y_one, matrix=as_it_is, output=as_it_is):
    point = homogeneous(*np.array([[[x_t]], [[y_t]]], theta.dtype))
    return map_points(theta[None], point, matrix=matrix, output=output)[0, 0, 0]


def compose_recipe(theta_a, theta_b, *, whole=None, order=lambda a, b: (a, b), linear=np.matmul,
            shift=lambda a, b: a[:, :2] @ b[:, 2] + a[:, 2]):
    if whole:
        return whole(theta_a, theta_b)
    a, b = order(theta_a, theta_b)
    return np.concatenate([linear(a[:, :2], b[:, :2]), shift(a, b)[:, None]], axis=1)


# --- Mistakes

OF_A_BATCH = (
    Mistake("first_theta_for_all", "the first image's theta is used for every image of the batch.",
            "Look for theta[0], or for an einsum in which the n of theta is lost.", "Eq. 1",
            ({"matrix": lambda theta: np.broadcast_to(theta[:1], theta.shape)},)),
    Mistake("reshaped_grid", "x and y are mixed up: an array (N, 2, H * W), first all x and then all y, is reshaped "
            "straight to (N, H, W, 2). A reshape keeps the numbers in their order and does not swap axes.",
            "Look for a reshape of theta @ target. Bring (x, y) to the end first, with np.swapaxes(source, 1, 2).",
            "lesson 02, all points at once",
            ({"output": lambda grid: np.moveaxis(grid, -1, 1).reshape(grid.shape)},)),
    IN_PIXELS,
)

LET_THE_ORIGIN_GO = ("Follow the point (0, 0): where does b take it, and where does a take that? This is the shift of "
                     "the whole.")


def _bottom(*row):
    """Both thetas with this third row, multiplied as 3 x 3 matrices."""
    def whole(a, b):
        a, b = (np.vstack([theta, np.array([row], theta.dtype)]) for theta in (a, b))
        return (a @ b)[:2]
    return whole


def _inverted(a, b):
    return np.linalg.inv(np.vstack([compose(a, b), np.array([[0, 0, 1]], a.dtype)]))[:2]


OF_COMPOSING = (
    Mistake("order_swapped", "a is done first and then b. compose(theta_a, theta_b) does b first: the point is given to "
            "b, and what comes out is given to a.",
            "Look at the order of the two matrices in the product: a(b(p)) is A times (B p + t_b), plus t_a.",
            "Eq. 1, twice", ({"order": lambda a, b: (b, a)},)),
    Mistake("multiplied_elementwise", "the 2 x 2 parts are multiplied number by number. Two transforms in a row need "
            "the matrix product.",
            "Look for A * B and write A @ B.", "Eq. 1, twice", ({"linear": np.multiply},)),
    Mistake("all_elementwise", "the two thetas are multiplied number by number, the shifts too.",
            "Write A @ B for the 2 x 2 parts, and A @ t_b + t_a for the shift.", "Eq. 1, twice",
            ({"whole": np.multiply},)),
    Mistake("added", "the two thetas are added. One transform after another multiplies.",
            "Put b's point, B p + t_b, into a in place of p.", "Eq. 1, twice", ({"whole": np.add},)),
    Mistake("inverse", "the inverse of the right transform comes out.", "Look for np.linalg.inv: nothing is inverted.",
            "Eq. 1, twice", ({"whole": _inverted},)),
    Mistake("third_row", "the shift of a is added to every column of the right transform, not to the last one alone.",
            "Such numbers come from a third row (1, 1, 1) below theta_b, where (0, 0, 1) belongs, and from t_a that is added "
            "in every column of a loop.", "Eq. 1, twice", ({"whole": _bottom(1, 1, 1)},)),
    Mistake("linear_transposed", "one of the 2 x 2 parts is transposed.",
            "A @ B, neither of them transposed; a column t_b stands on the right of A.", "Eq. 1, twice",
            (Where("It is A.", {"order": lambda a, b: (np.column_stack([a[:, :2].T, a[:, 2]]), b)}),
             Where("It is B.", {"order": lambda a, b: (a, np.column_stack([b[:, :2].T, b[:, 2]]))}),
             Where("It is A, and only where it multiplies t_b.",
                   {"shift": lambda a, b: b[:, 2] @ a[:, :2] + a[:, 2]}))),
    Mistake("shifts_only_added", "the shifts are only added, t_a + t_b. But a turns and scales everything that it is "
            "given, and b's shift is part of that.",
            LET_THE_ORIGIN_GO, "Eq. 1, twice", ({"shift": lambda a, b: a[:, 2] + b[:, 2]},)),
    Mistake("outer_shift_missing", "the shift of a is missing.", LET_THE_ORIGIN_GO, "Eq. 1, twice",
            ({"shift": lambda a, b: a[:, :2] @ b[:, 2]},)),
    Mistake("outer_shift_twice", "the shift of a is added twice.", LET_THE_ORIGIN_GO, "Eq. 1, twice",
            ({"shift": lambda a, b: a[:, :2] @ b[:, 2] + 2 * a[:, 2]},)),
    Mistake("inner_shift_missing", "the shift of b is missing.", LET_THE_ORIGIN_GO, "Eq. 1, twice",
            ({"shift": lambda a, b: a[:, 2]},)),
    Mistake("wrong_shift_turned", "the shift is B t_a + t_b, or A t_a + t_b, where A t_b + t_a belongs: the wrong one of "
            "the two shifts is turned and scaled.",
            LET_THE_ORIGIN_GO, "Eq. 1, twice",
            ({"shift": lambda a, b: b[:, :2] @ a[:, 2] + b[:, 2]}, {"shift": lambda a, b: a[:, :2] @ a[:, 2] + b[:, 2]})),
    Mistake("mixed_product", "the 2 x 2 part is B A, in the order of a first and then b.",
            "The 2 x 2 part is A @ B.", "Eq. 1, twice", ({"linear": lambda A, B: B @ A},)),
    Mistake("both_shifts_turned", "both shifts are turned and scaled by A, A (t_a + t_b). a's own shift comes last and "
            "stays as it is.",
            LET_THE_ORIGIN_GO, "Eq. 1, twice", ({"shift": lambda a, b: a[:, :2] @ (a[:, 2] + b[:, 2])},)),
    Mistake("turned_by_both", "b's shift is turned and scaled by A B, where only A comes after it.",
            f"Look for an array that has a new value already when the shift is made. {LET_THE_ORIGIN_GO}",
            "Eq. 1, twice", ({"shift": lambda a, b: a[:, :2] @ b[:, :2] @ b[:, 2] + a[:, 2]},)),
)

# --- Probes

POINT = tuple(Probe((theta, x_t, y_t), f"the point ({x_t:g}, {y_t:g})") for theta in THETA[:2]
              for x_t, y_t in [(-0.75, 0.5), (0.25, -1.0), (1.0, 0.5)]) + (
    Probe((np.float32(THETA[2]), 0.5, -0.5), f"{SINGLE} and the point (0.5, -0.5)"),
    Probe((OTHER_THETA[0], -0.25, 1.0), "another theta, a view of a larger array, and the point (-0.25, 1)",
          strided=True))
FIRST, SECOND = np.array([[[0.8, -0.6, 0.5], [0.4, 1.2, -0.3]], [[1.5, 0.2, -0.4], [-0.7, 0.6, 0.9]]])
COMPOSE = (Probe((FIRST, SECOND), "two transforms"), Probe((SECOND, FIRST), "the same two, exchanged"),
           Probe((np.float32(OTHER_THETA[0]), np.float32(OTHER_THETA[1])), SINGLE),
           Probe((OTHER_THETA[1], OTHER_THETA[2]), "other transforms, views of larger arrays", strided=True))
AFFINE_BATCH = (Probe((THETA, OUT_SHAPE), "three transforms and 5 x 11 points"),
                Probe((np.float32(OTHER_THETA), (7, 4)), SINGLE),
                Probe((OTHER_THETA[[2, 0, 1, 0]] * np.arange(1, 5)[:, None, None] / 3, OTHER_SHAPE),
                      "four transforms, views of a larger array, and 8 x 6 points", strided=True))


def sizes(theta, out_shape):
    return dict(zip(("N", "H_out", "W_out"), (len(theta), *out_shape)))

# --- Prediction


def two_times_identity():
    disc = np.zeros((9, 9))
    disc[2:7, 2:7] = 1.0
    V, *_ = sampled(disc, [[2.0, 0, 0], [0, 2.0, 0]])
    return "out" if V.sum() < disc.sum() else "in"


EXERCISES = (
    Exercise(
        id="map_point",
        lesson="02",
        arguments="theta, x_t, y_t",
        answer="point",
        axes=("xy",),
        task="The source point (x_s, y_s) of one target point, with one theta of shape (2, 3).",
        truth=true_map_point,
        solution=(map_point,),
        package=(stn.affine_grid_forward,),
        recipe=map_point_recipe,
        mistakes=AFFINE,
        probes=POINT,
        hints=("The first row of theta gives x_s, the second gives y_s.",
               "Each row has three numbers: one for x_t, one for y_t, and one that is added as it is.",
               "x_s = theta[0, 0] * x_t + theta[0, 1] * y_t + theta[0, 2], and y_s likewise from row 1."),
        well_done="That is Eq. 1 for one point. The exercise that follows does it for all points of all images.",
        picture="points"),
    Exercise(
        id="compose",
        lesson="02",
        arguments="theta_a, theta_b",
        answer="theta",
        axes=("r", "k"),
        task="One theta (2, 3) that does what theta_b and then theta_a does.",
        truth=true_compose,
        solution=(compose,),
        recipe=compose_recipe,
        mistakes=OF_COMPOSING,
        probes=COMPOSE,
        hints=("Write down what b makes of a point p, and put that into a in place of p.",
               "a(b(p)) = A (B p + t_b) + t_a. Multiply out and sort: what stands in front of p, and what is left?",
               "The 2 x 2 part is A @ B, the shift is A @ t_b + t_a. np.column_stack joins them."),
        well_done="The order matters: to shift and then turn is not to turn and then shift."),
    Exercise(
        id="affine_grid_forward",
        lesson="02",
        arguments="theta, out_shape",
        answer="grid",
        axes=("n", "i", "j", "xy"),
        task="The source points of all output pixels, for each theta of a batch (N, 2, 3).",
        truth=true_affine,
        solution=(homogeneous_targets, affine_grid_forward),
        package=(stn.affine_grid_forward,),
        recipe=affine_grid_recipe,
        mistakes=AFFINE + OF_A_BATCH + without(TARGET, "y_flipped"),
        probes=AFFINE_BATCH,
        sizes=sizes,
        hints=("Begin with the target grid of lesson 01. Which number has to stand beside x_t and y_t, so that one "
               "matrix product does all of Eq. 1?",
               "Join x_t, y_t and ones to an array (H, W, 3). Then each source point is theta[n] times such a triple.",
               "np.einsum('nrk,ijk->nijr', theta, target): sum over k, the three numbers of a triple; r is x or y."),
        well_done="theta says where to look: this grid holds the places in the source that the output is read from.",
        picture="points"),
)

PREDICTIONS = (
    Prediction(
        id="two_times_identity",
        lesson="02",
        question="theta is twice the identity: x_s = 2 x_t and y_s = 2 y_t. Does the picture zoom in (things look "
                 "bigger) or out (things look smaller)?",
        form='"in" or "out"',
        truth=two_times_identity,
        reason="The output looks at places from -2 to 2, an area twice as wide as the image. What was the whole "
               "picture now takes up only the middle of it: it zooms out.",
        choices=("in", "out")),
)
