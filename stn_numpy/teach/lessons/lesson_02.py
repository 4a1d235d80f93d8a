"""Mistakes of lessons 01, 02 and 07: the target grid and the affine transform."""

import numpy as np

from .parts import Mistake
from .shared_grid import x_then_y


def _columns_first(points):
    """Points made column by column, then forced into the shape of rows."""
    return np.swapaxes(points, 0, 1).reshape(points.shape)


def _inverse(theta):
    bottom = np.broadcast_to(np.array([[[0, 0, 1]]], theta.dtype), (len(theta), 1, 3))
    return np.linalg.inv(np.concatenate([theta, bottom], axis=1))[:, :2]


def _reshaped(theta):
    """theta.reshape(N, 3, 2) multiplied from the right by (x, y, 1): this matrix in disguise."""
    return np.swapaxes(theta.reshape(len(theta), 3, 2), 1, 2)


def _with_linear(change):
    def matrix(theta):
        return np.concatenate([change(theta[:, :, :2]), theta[:, :, 2:]], axis=2)
    return matrix


def _with_shift(change):
    def matrix(theta):
        return np.concatenate([theta[:, :, :2], change(theta[:, :, :2], theta[:, :, 2:])], axis=2)
    return matrix


def _one(x):
    return np.ones_like(x)


# --- The regular target grid

TARGET = (
    Mistake("target_in_pixels", "Your target points are in pixels, 0 to W - 1 and 0 to H - 1. The transform works with "
            "normalised coordinates, -1 to 1.",
            "Look at where x and y are made: np.linspace(-1, 1, W) gives the x of each column.", "lesson 01, Eq. 1",
            ({"axis": lambda count, size: np.arange(count)},)),
    Mistake("target_zero_to_one", "Your target points run from 0 to 1. They should run from -1 to 1, with 0 in the "
            "middle of the image.",
            "Look at the two ends of your linspace, or at the line that divides by W - 1.", "lesson 01, Eq. 1",
            ({"axis": lambda count, size: np.arange(count) / (size - 1)},)),
    Mistake("last_point_missing", "Your steps from point to point are 2 / W. From -1 to 1 there are W points but only "
            "W - 1 steps, so the last point falls short of 1.",
            "Look for endpoint=False, for np.arange(-1, 1, ...), or for a division by W or H where W - 1 or H - 1 "
            "belongs.", "lessons 01 and 03", ({"axis": lambda count, size: 2 * np.arange(count) / size - 1},)),
    Mistake("outer_edges", "Your points are right for align_corners=False, where -1 and 1 are the outer edges of the "
            "image. Here align_corners is True: -1 and 1 are the centres of the first and the last pixel.",
            "Look for half a pixel that is added, as in (2 * j + 1) / W - 1. Use 2 * j / (W - 1) - 1.",
            "lesson 03, the two rulers", ({"axis": lambda count, size: (2 * np.arange(count) + 1) / size - 1},)),
    Mistake("sizes_swapped", "You use the height for x and the width for y: the column number is divided by H - 1 and "
            "the row number by W - 1.",
            "Look at which size stands in each line. x counts columns, so it belongs with the width W; y counts rows, "
            "so it belongs with the height H.", "lesson 01, x and y against row and column",
            ({"divide_by": lambda H, W: (W, H)},)),
    Mistake("y_flipped", "Your y points up: it is 1 in the first row and -1 in the last. Here y grows downwards, as "
            "the row number does.",
            "Look for linspace(1, -1, H), for [::-1] or for a minus sign in front of y.", "lesson 01, Eq. 1",
            ({"down": np.negative},)),
    Mistake("filled_by_columns", "Your points are in the wrong order: they were made column by column, and then put "
            "into the shape (H_out, W_out) as if they had been made row by row.",
            "Look at meshgrid, ravel and reshape. A reshape never swaps axes; np.swapaxes does. "
            "np.meshgrid(x, y) gives arrays with a row for each y.", "lesson 01, x and y against row and column",
            ({"fill": _columns_first},)),
)

STACKED_SWAPPED = Mistake(
    "axes_swapped", "You put y first and x second. The last axis of a grid holds (x, y), in this order, although an "
    "array is indexed [row, column], the row first.",
    "Look at the line that joins x and y, such as np.stack([x, y], axis=-1).", "lesson 01, Eq. 1",
    ({"stack": lambda x, y: x_then_y(y, x)},))

# --- The affine transform

AFFINE = (
    Mistake("axes_swapped", "Your answer has y_s first and x_s second. The last axis of a grid holds (x, y): the first "
            "row of theta gives x_s, and it comes first.",
            "Look at the line that joins x_s and y_s, or at an einsum or [..., ::-1] that turns them round.", "Eq. 1",
            ({"output": lambda grid: grid[..., ::-1]},)),
    Mistake("target_swapped", "You multiply theta by (y_t, x_t, 1). Its first column belongs to x_t and its second to "
            "y_t.",
            "Look at how the target points are made: x_t changes along a row, y_t from row to row. np.meshgrid with "
            "indexing='ij' gives the rows' coordinate, y, first.", "Eq. 1",
            ({"homogeneous": lambda x, y: np.stack([y, x, _one(x)], axis=-1)},)),
    Mistake("one_first", "You multiply theta by (1, x_t, y_t). The 1 comes last, (x_t, y_t, 1), so that the third "
            "column of theta is the shift.",
            "Look at the order in which the target points and the ones are joined.", "Eq. 1",
            ({"homogeneous": lambda x, y: np.stack([_one(x), x, y], axis=-1)},)),
    Mistake("theta_inverted", "You apply the inverse of theta. theta already goes from the output to the source: it "
            "says where to look, not where to move things, so nothing is inverted.",
            "Look for np.linalg.inv, np.linalg.solve, or for a sign or a scale that was turned round by hand.",
            "Eq. 1, lesson 01", ({"matrix": _inverse},)),
    Mistake("theta_reshaped", "You reshape theta to 3 x 2. That keeps the six numbers in their order and so puts them "
            "in the wrong places: a reshape is not a transpose.",
            "Look for reshape(3, 2) or reshape(N, 3, 2). To turn rows into columns use np.swapaxes(theta, 1, 2).",
            "Eq. 1", ({"matrix": _reshaped},)),
    Mistake("linear_transposed", "The 2 x 2 part of theta is transposed: theta_12 and theta_21 have changed places. "
            "(The shift is right.)",
            "Look at the order of the indices in your einsum, or at which side of @ theta stands on.", "Eq. 1",
            ({"matrix": _with_linear(lambda A: np.swapaxes(A, 1, 2))},)),
    Mistake("off_diagonal_missing", "You use theta_11 for x and theta_22 for y only. theta_12 and theta_21 are left "
            "out, so nothing can rotate or shear.",
            "x_s needs y_t as well, and y_s needs x_t: three terms each.", "Eq. 1",
            ({"matrix": _with_linear(lambda A: A * np.eye(2, dtype=A.dtype))},)),
    Mistake("shift_missing", "The shift is missing: the third column of theta is never added.",
            "Look at whether your target points end with a 1, or add theta[:, :, 2] to the product.", "Eq. 1",
            ({"matrix": _with_shift(lambda A, t: 0 * t)},)),
    Mistake("shift_subtracted", "You subtract the shift, the third column of theta, where it is added.",
            "Look at the sign of the last term.", "Eq. 1", ({"matrix": _with_shift(lambda A, t: -t)},)),
    Mistake("shift_first", "You shift first and then turn and scale: A (p + t). Here the shift comes last: A p + t.",
            "Look at the brackets: the third column of theta must not be multiplied by the other two.", "Eq. 1",
            ({"matrix": _with_shift(lambda A, t: A @ t)},)),
    Mistake("y_flipped", "Somewhere y has changed its sign. Here y grows downwards, as the row number does.",
            "Look for linspace(1, -1, H), for [::-1] or for a minus sign in front of y.", "Eq. 1, lesson 01",
            ({"homogeneous": lambda x, y: np.stack([x, -y, _one(x)], axis=-1)},
             {"output": lambda grid: grid * np.array([1, -1], grid.dtype)})),
)

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

COMPOSE = (
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
