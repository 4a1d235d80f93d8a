"""Mistakes that can be made in more than one lesson; each exercise picks those that can be made there."""

import numpy as np

from .parts import Mistake
from .shared_grid import centre, half, half_less_one, unmoved, unscaled

# --- The regular target grid


def _columns_first(points):
    """Points made column by column, then forced into the shape of rows."""
    return np.swapaxes(points, 0, 1).reshape(points.shape)


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

# --- The affine transform


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

# --- From normalised coordinates to pixels

RULERS = "lesson 03, the two rulers"


def _scale(slope, middle):
    return {"scale": lambda coordinate, size: coordinate * slope(size) + middle(size)}


SCALING = (
    Mistake("axes_swapped", "You read the grid as (y, x). Its last axis holds (x, y): grid[..., 0] is x and counts "
            "columns, grid[..., 1] is y and counts rows.",
            "Look at the lines that take x and y out of the grid, and at the order of the indices: U[n, c, row, "
            "column] is U[n, c, y, x].", "lesson 01, Eq. 3",
            ({"read": lambda grid: (grid[..., 1], grid[..., 0])},)),
    Mistake("y_flipped", "You turn y upside down. y grows downwards, as the row number does.",
            "Look for a minus sign in front of y, or for H - 1 - y.", "lesson 01, Eq. 3",
            ({"read": lambda grid: (grid[..., 0], -grid[..., 1])},)),
    Mistake("sizes_swapped", "You scale x with the height and y with the width.",
            "Look at U.shape: it is (N, C, H, W), the height before the width. x counts columns: use W.", RULERS,
            ({"sizes": lambda H, W: (W, H)},)),
    Mistake("not_scaled", "You use the normalised coordinates, -1 to 1, as if they were pixels: the whole of the "
            "output is read from the corner of the image.",
            "Turn x into pixels first: (x + 1) * (W - 1) / 2.", RULERS,
            (_scale(unscaled, unmoved), _scale(unscaled, unscaled))),
    Mistake("half_size", "You use W / 2 where (W - 1) / 2 belongs: (x + 1) * W / 2 puts x = 1 at W, beyond the last "
            "pixel, W - 1.",
            "Look at the line that turns x into pixels.", RULERS, (_scale(half, half),)),
    Mistake("outer_edges", "You use the rule of align_corners=False, ((x + 1) * W - 1) / 2. Here align_corners is "
            "True: x = -1 and x = 1 are the centres of the first and the last pixel.",
            "Look at the line that turns x into pixels: (x + 1) * (W - 1) / 2.", RULERS, (_scale(half, centre),)),
    Mistake("middle_missing", "You scale x but never move it: x = 0 is the middle of the image, and you put it at "
            "pixel 0.", "Add (W - 1) / 2, the pixel coordinate of the middle.", RULERS, (_scale(centre, unmoved),)),
    Mistake("one_pixel_short", "You subtract 1 twice: x = 1 becomes W - 2, and it should become W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            (_scale(half_less_one, half_less_one),)),
)

# --- Neighbours, weights, and the edge of the image


def _no_further(x, low):
    return np.ceil(x)


def _distances(x, low, high):
    """Weights written as distances to the other neighbour; the same as 1 - a and a while high is low + 1."""
    return high - x, x - low


def _clip_both(low, high, size):
    return np.clip(low, 0, size - 1), np.clip(high, 0, size - 1)


def _clip_low_then_add_one(low, high, size):
    low = np.clip(low, 0, size - 1)
    return low, np.clip(low + 1, 0, size - 1)


def _border(x, index, size):
    return np.clip(index, 0, size - 1), np.ones_like(index, bool)


def _wrap(x, index, size):
    """What Python does with a negative index, if only indices that are too large are caught."""
    return np.mod(index, size), index <= size - 1


def _cut(x, index, size):
    return np.clip(index, 0, size - 1), (0 <= x) & (x <= size - 1) & (0 <= index) & (index <= size - 1)


def far_neighbour(x, low, high):
    a = x - low
    return a, 1 - a


def _nearest(x, low, high):
    a = x - low
    return (a < 0.5).astype(x.dtype), (a >= 0.5).astype(x.dtype)


def _nearest_half_to_even(x, low, high):
    upper = np.round(x) > low
    return (~upper).astype(x.dtype), upper.astype(x.dtype)


def a_for_b(four):
    """The weight along x of the wrong column and along y of the wrong row: a where b belongs, b where a does."""
    return [(place, inside, (four[2 * (k % 2)][2][1], four[k // 2][2][0]), slopes)
            for k, (place, inside, _, slopes) in enumerate(four)]


WEIGHTS = (
    Mistake("weights_reversed", "The weights are reversed: each pixel gets the weight of the one opposite. A point "
            "close to the left pixel should take most of it, so the left pixel has the weight 1 - a.",
            "Look at which of a and 1 - a goes with x0, and which with x0 + 1.", "Eq. 5, lesson 04",
            ({"weigh": far_neighbour},)),
    Mistake("a_and_b_swapped", "a and b have changed places, and so the top right pixel gets the weight of the bottom "
            "left one, and the other way round.",
            "a goes with x and the columns, b with y and the rows. Top right is one further along x: a (1 - b).",
            "Eq. 5, lesson 04", ({"arrange": a_for_b},)),
    Mistake("truncation", "You cut off the digits after the point, which rounds towards zero. At x = -0.3 that gives "
            "x0 = 0, and a becomes negative; the pixel to the left of -0.3 is -1.",
            "Look for int(x), astype(int) or np.trunc, and use np.floor first.", "lesson 04",
            ({"lower": np.trunc},)),
    Mistake("rounded", "Your x0 is the nearest pixel. It must be the pixel to the left, even where the one to the "
            "right is nearer, or a becomes negative.",
            "Look for round or np.rint, and use np.floor.", "lesson 04",
            ({"lower": np.round}, {"lower": lambda x: np.floor(x + 0.5)})),
    Mistake("nearest", "You copy the nearest pixel. Bilinear sampling mixes the four pixels around the point.",
            "The weights are (1 - a)(1 - b), a (1 - b), (1 - a) b and a b; all four may be other than 0.",
            "Eq. 5 (yours is Eq. 4)", ({"weigh": _nearest}, {"weigh": _nearest_half_to_even})),
    Mistake("ceil", "You take ceil(x) as the right neighbour. Where x is a whole number ceil(x) and floor(x) are the "
            "same pixel, both weights become 0, and the pixel is lost.",
            "Use x0 + 1 as the right neighbour.", "lesson 04",
            ({"upper": _no_further, "weigh": _distances},)),
)

EDGE = (
    Mistake("border", "You let the image's edge go on for ever: a point outside reads the nearest pixel of the edge. "
            "Here everything outside the image is 0.",
            "Look for np.clip. You may clip an index to keep it legal, but then the weight of that pixel must "
            "become 0.", "lesson 04, outside the image", ({"outside": _border},)),
    Mistake("wraps_round", "A negative index reads from the other end of the array: in Python U[-1] is the last row. "
            "Points beyond the left or upper edge should read 0.",
            "Check 0 <= index as well as index < size, before you read.", "lesson 04, outside the image",
            ({"outside": _wrap},)),
    Mistake("clipped_first", "You clip the neighbours into the image before the weights are made. The weights then "
            "belong to other pixels: at the last row and column both become 0, and the image loses its edge. "
            "(The same numbers come from leaving out every point that has a neighbour outside.)",
            "Make the weights from the unclipped x0 first, then clip the indices.", "lesson 04, outside the image",
            ({"early": _clip_both, "weigh": _distances}, {"early": _clip_low_then_add_one, "weigh": _distances})),
    Mistake("cut_at_edge", "You set every point outside the image to 0. But a point less than one pixel outside still "
            "has neighbours inside: the value fades to 0 over the width of one pixel.",
            "Ask for each of the four pixels whether it is inside, not whether the point is.",
            "Eq. 5; lesson 04, outside the image", ({"outside": _cut},)),
)

# --- Gradients

UPSTREAM = Mistake(
    "upstream_ignored", "Your gradient does not depend on the upstream gradient: it is what would come out if every "
    "number of it were 1. By the chain rule each part is multiplied by it.",
    "Look for the first argument of your function: where is it used?", "lesson 05, the chain rule",
    ({"upstream": np.ones_like},))


def batch_mistake(finish):
    return Mistake(
        "averaged_over_batch", "You divide by the number of images. A mean over the batch belongs to the loss, and the "
        "upstream gradient has it in it already.",
        "Look for / N or for .mean().", "lesson 05, the chain rule", (finish,))

