"""Lesson 02, the affine grid: Eq. 1 for one point and for all, and one transform after another."""

import numpy as np

import stn_numpy as stn

from .parts import Exercise, Mistake, Prediction, Probe, without
from .shared_grid import (LATTICE, OUT_SHAPE, THETA, affine_grid_recipe, as_it_is, homogeneous_targets, lattice_place,
                          map_points, true_affine, x_y_one)
from .shared_mistakes import AFFINE, TARGET
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


def compose_recipe(theta_a, theta_b, *, order=lambda a, b: (a, b), linear=np.matmul,
            shift=lambda a, b: a[:, :2] @ b[:, 2] + a[:, 2]):
    a, b = order(theta_a, theta_b)
    return np.concatenate([linear(a[:, :2], b[:, :2]), shift(a, b)[:, None]], axis=1)


# --- Mistakes

OF_A_BATCH = (
    Mistake("first_theta_for_all", "You use the first image's theta for every image of the batch.",
            "Look for theta[0], or for an einsum in which the n of theta is lost.", "Eq. 1",
            ({"matrix": lambda theta: np.broadcast_to(theta[:1], theta.shape)},)),
    Mistake("reshaped_grid", "You reshape (N, 2, H * W), first all x and then all y, straight to (N, H, W, 2). That "
            "mixes x and y up: a reshape keeps the numbers in their order and does not swap axes.",
            "Look for a reshape of theta @ target. Bring (x, y) to the end first, with np.swapaxes(source, 1, 2).",
            "lesson 02, all points at once",
            ({"output": lambda grid: np.moveaxis(grid, -1, 1).reshape(grid.shape)},)),
)

LET_THE_ORIGIN_GO = ("Follow the point (0, 0): where does b take it, and where does a take that? This is the shift of "
                     "the whole.")

OF_COMPOSING = (
    Mistake("order_swapped", "You do a first and then b. compose(theta_a, theta_b) does b first: the point is given to "
            "b, and what comes out is given to a.",
            "Look at the order of the two matrices in the product: a(b(p)) is A times (B p + t_b), plus t_a.",
            "Eq. 1, twice", ({"order": lambda a, b: (b, a)},)),
    Mistake("multiplied_elementwise", "The 2 x 2 parts are multiplied number by number. Two transforms in a row need "
            "the matrix product.",
            "Look for A * B and write A @ B.", "Eq. 1, twice", ({"linear": np.multiply},)),
    Mistake("shifts_only_added", "The shifts are only added, t_a + t_b. But a turns and scales everything that it is "
            "given, and b's shift is part of that.",
            LET_THE_ORIGIN_GO, "Eq. 1, twice", ({"shift": lambda a, b: a[:, 2] + b[:, 2]},)),
    Mistake("outer_shift_missing", "The shift of a is missing.", LET_THE_ORIGIN_GO, "Eq. 1, twice",
            ({"shift": lambda a, b: a[:, :2] @ b[:, 2]},)),
    Mistake("inner_shift_missing", "The shift of b is missing.", LET_THE_ORIGIN_GO, "Eq. 1, twice",
            ({"shift": lambda a, b: a[:, 2]},)),
    Mistake("wrong_shift_turned", "You let the 2 x 2 part of b turn the shift of a: B @ t_a + t_b. It is the other way "
            "round, since b comes first.",
            LET_THE_ORIGIN_GO, "Eq. 1, twice",
            ({"shift": lambda a, b: b[:, :2] @ a[:, 2] + b[:, 2]},)),
)

# --- Probes

POINT = tuple(Probe((theta, x_t, y_t), f"the point ({x_t:g}, {y_t:g})")
              for theta in THETA for x_t, y_t in [(-0.75, 0.5), (0.25, -1.0), (1.0, 0.5)])
FIRST, SECOND = np.array([[[0.8, -0.6, 0.5], [0.4, 1.2, -0.3]], [[1.5, 0.2, -0.4], [-0.7, 0.6, 0.9]]])
COMPOSE = (Probe((FIRST, SECOND), "two transforms"), Probe((SECOND, FIRST), "the same two, exchanged"))
AFFINE_BATCH = (Probe((THETA, OUT_SHAPE), "two transforms and 4 x 7 points"),)

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
