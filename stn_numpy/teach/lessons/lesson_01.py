"""Lesson 01, what is a warp: the target grid."""

import numpy as np

from ...grid.coordinates import pixel_centres, target_points
from .parts import Exercise, Mistake, Prediction, Probe
from .shared_grid import OUT_SHAPE, target_grid_recipe, true_affine, x_then_y
from .shared_mistakes import TARGET
from .shared_sampler import sampled

# --- Solution


def target_grid(out_shape):
    H, W = out_shape
    x = np.linspace(-1, 1, W)                         # along the width
    y = np.linspace(-1, 1, H)                         # down the height
    grid = np.empty((H, W, 2))
    grid[..., 0] = x[None, :]                         # the same x in every row
    grid[..., 1] = y[:, None]                         # the same y in every column
    return grid


# --- The package's answer


def true_target_grid(out_shape):
    return true_affine(np.eye(2, 3)[None], out_shape)[0]


# --- Mistakes

STACKED_SWAPPED = Mistake(
    "axes_swapped", "y comes first and x second. The last axis of a grid holds (x, y), in this order, although an array "
    "is indexed [row, column], the row first.",
    "Look at the line that joins x and y, such as np.stack([x, y], axis=-1).", "lesson 01, Eq. 1",
    ({"stack": lambda x, y: x_then_y(y, x)},))

# --- Probes

PROBES = (Probe((OUT_SHAPE,), "5 rows and 11 columns"), Probe(((7, 3),), "7 rows and 3 columns"),
          Probe(((2, 9),), "2 rows and 9 columns"))


def sizes(out_shape):
    return dict(zip(("H_out", "W_out"), out_shape))

# --- Prediction


def shift_right():
    U = np.zeros((5, 9))
    U[2, 4] = 1.0
    V, *_ = sampled(U, [[1, 0, 0.5], [0, 1, 0.0]])
    row, column = np.argwhere(V > 0.5)[0]
    return {(0, 1): "right", (0, -1): "left", (1, 0): "down", (-1, 0): "up"}.get(
        (int(np.sign(row - 2)), int(np.sign(column - 4))), "nowhere")


EXERCISES = (
    Exercise(
        id="target_grid",
        lesson="01",
        arguments="out_shape",
        answer="grid",
        axes=("i", "j", "xy"),
        task="For each output pixel its normalised (x, y): x from -1 to 1 along a row, y from -1 to 1 down a column.",
        truth=true_target_grid,
        solution=(target_grid,),
        package=(pixel_centres, target_points),
        recipe=target_grid_recipe,
        mistakes=TARGET + (STACKED_SWAPPED,),
        probes=PROBES,
        sizes=sizes,
        hints=("out_shape is (H_out, W_out): the number of rows comes first. How many different values of x are "
               "there?",
               "x belongs to the columns: np.linspace(-1, 1, W). y belongs to the rows: np.linspace(-1, 1, H).",
               "Make an empty (H, W, 2); put x[None, :] into [..., 0] and y[:, None] into [..., 1]."),
        well_done="These are the points (x_t, y_t) that theta will be applied to.",
        picture="points"),
)

PREDICTIONS = (
    Prediction(
        id="shift_right",
        lesson="01",
        question="The grid is shifted by t_x = +0.5: every output point looks half a unit further to the right in "
                 "the source. Which way does the content of the picture move?",
        form='"left", "right", "up", "down" or "nowhere"',
        truth=shift_right,
        reason="Each output pixel shows what lies to its right, so all that is seen moves to the left. It is like a "
               "camera: turn it to the right, and the scene moves to the left in the picture.",
        choices=("left", "right", "up", "down", "nowhere")),
)
