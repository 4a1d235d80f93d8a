"""Mistakes that can be made in more than one lesson; each exercise picks those that can be made there.

What a mistake `says` follows the words "Your numbers are exactly those of this mistake:", so it describes wrong
numbers and how they come about, never somebody's code: many codes give one set of numbers.
"""

import numpy as np

from .parts import Mistake, Where
from .shared_grid import centre, half, half_less_one, unmoved, unscaled

# --- The regular target grid


def _columns_first(points):
    """Points made column by column, then forced into the shape of rows."""
    return np.swapaxes(points, 0, 1).reshape(points.shape)


TARGET = (
    Mistake("target_in_pixels", "the target points are in pixels, 0 to W - 1 and 0 to H - 1, where the transform works "
            "with normalised coordinates, -1 to 1.",
            "Look at where x and y are made: np.linspace(-1, 1, W) gives the x of each column.", "lesson 01, Eq. 1",
            ({"axis": lambda count, size: np.arange(count)},)),
    Mistake("target_zero_to_one", "the target points run from 0 to 1, and not from -1 to 1 with 0 in the middle of the "
            "image.",
            "Look at the two ends of your linspace, or at the line that divides by W - 1.", "lesson 01, Eq. 1",
            ({"axis": lambda count, size: np.arange(count) / (size - 1)},)),
    Mistake("last_point_missing", "the steps from point to point are 2 / W, so the last point falls short of 1. From -1 "
            "to 1 there are W points but only W - 1 steps.",
            "Look for endpoint=False, for np.arange(-1, 1, ...), or for a division by W or H where W - 1 or H - 1 "
            "belongs.", "lessons 01 and 03", ({"axis": lambda count, size: 2 * np.arange(count) / size - 1},)),
    Mistake("outer_edges", "the points are those of align_corners=False, where -1 and 1 are the outer edges of the "
            "image. Here align_corners is True: -1 and 1 are the centres of the first and the last pixel.",
            "Look for half a pixel that is added, as in (2 * j + 1) / W - 1. Use 2 * j / (W - 1) - 1.",
            "lesson 03, the two rulers", ({"axis": lambda count, size: (2 * np.arange(count) + 1) / size - 1},)),
    Mistake("counted_from_one", "the points are one step off, as if rows and columns were counted from 1, or from -1.",
            "The first column is j = 0, and its x is -1: 2 * j / (W - 1) - 1.", "lesson 01",
            ({"axis": lambda count, size: 2 * (np.arange(count) + 1) / (size - 1) - 1},
             {"axis": lambda count, size: 2 * (np.arange(count) - 0.5) / (size - 1) - 1})),
    Mistake("sizes_swapped", "the height is used for x and the width for y: the column number is divided by H - 1 and "
            "the row number by W - 1.",
            "Look at which size stands in each line. x counts columns, so it belongs with the width W; y counts rows, "
            "so it belongs with the height H.", "lesson 01, x and y against row and column",
            ({"divide_by": lambda H, W: (W, H)},)),
    Mistake("one_size_for_both", "one size is used for x and for y, so the points fill a square only.",
            "x is divided by W - 1 and y by H - 1.", "lesson 01, x and y against row and column",
            ({"divide_by": lambda H, W: (W, W)}, {"divide_by": lambda H, W: (H, H)},
             {"divide_by": lambda H, W: (max(H, W),) * 2})),
    Mistake("y_flipped", "y points up: it is 1 in the first row and -1 in the last. Here y grows downwards, as the row "
            "number does.",
            "Look for linspace(1, -1, H), for [::-1] or for a minus sign in front of y.", "lesson 01, Eq. 1",
            ({"down": np.negative},)),
    Mistake("x_mirrored", "x runs from 1 to -1 along a row, so left and right have changed places.",
            "Look for linspace(1, -1, W), for [::-1] or for a minus sign in front of x.", "lesson 01, Eq. 1",
            ({"across": np.negative},)),
    Mistake("filled_by_columns", "the points are made column by column, and then put into the shape (H_out, W_out) as "
            "if they had been made row by row.",
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


def _x_s_for_x_t(theta):
    """The second row applied to (x_s, y_t, 1)."""
    x_s, second = theta[:, :1], theta[:, 1:]
    return np.concatenate([x_s, second[..., :1] * x_s + second * np.array([0, 1, 1], theta.dtype)], axis=1)


def _one(x):
    return np.ones_like(x)


def _in_pixels(grid):
    return (grid + 1) * (np.array(grid.shape[2:0:-1]) - 1) / 2


AFFINE = (
    Mistake("axes_swapped", "y_s comes first and x_s second. The last axis of a grid holds (x, y): the first row of "
            "theta gives x_s, and it comes first.",
            "Look at the line that joins x_s and y_s, or at an einsum or [..., ::-1] that turns them round.", "Eq. 1",
            ({"output": lambda grid: grid[..., ::-1]},)),
    Mistake("target_swapped", "theta is multiplied by (y_t, x_t, 1). Its first column belongs to x_t and its second to "
            "y_t.",
            "Look at which number of theta stands beside x_t, and at how the target points are made: x_t changes along "
            "a row. np.meshgrid with indexing='ij' gives the rows' coordinate, y, first.", "Eq. 1",
            ({"homogeneous": lambda x, y: np.stack([y, x, _one(x)], axis=-1)},)),
    Mistake("one_first", "theta is multiplied by (1, x_t, y_t). The 1 comes last, (x_t, y_t, 1), so that the third "
            "column of theta is the shift.",
            "Look at the order in which the target points and the ones are joined.", "Eq. 1",
            ({"homogeneous": lambda x, y: np.stack([_one(x), x, y], axis=-1)},)),
    Mistake("theta_inverted", "the inverse of theta is applied. theta already goes from the output to the source: it "
            "says where to look, not where to move things, so nothing is inverted.",
            "Look for np.linalg.inv, np.linalg.solve, or for a sign or a scale that was turned round by hand.",
            "Eq. 1, lesson 01", ({"matrix": _inverse}, {"matrix": _with_linear(np.linalg.inv)})),
    Mistake("theta_reshaped", "the six numbers of theta keep their order, but are read as 3 rows of 2. That puts them in "
            "the wrong places: a reshape is not a transpose.",
            "Look for reshape(3, 2) or reshape(N, 3, 2). To turn rows into columns use np.swapaxes(theta, 1, 2).",
            "Eq. 1", ({"matrix": _reshaped},)),
    Mistake("linear_transposed", "the 2 x 2 part of theta is transposed: theta_12 and theta_21 have changed places.",
            "theta_12 is multiplied by y_t, for x_s. Look at the indices of theta, or at the side of @ that it stands on.", "Eq. 1",
            ({"matrix": _with_linear(lambda A: np.swapaxes(A, 1, 2))},)),
    Mistake("off_diagonal_missing", "theta_12 or theta_21 is left out, or both are.",
            "x_s needs y_t as well, and y_s needs x_t: three terms each.", "Eq. 1",
            (Where("Both are.", {"matrix": _with_linear(lambda A: A * np.eye(2, dtype=A.dtype))}),
             Where("It is theta_12.", {"matrix": _with_linear(lambda A: A * np.array([[1, 0], [1, 1]], A.dtype))}),
             Where("It is theta_21.", {"matrix": _with_linear(lambda A: A * np.array([[1, 1], [0, 1]], A.dtype))}))),
    Mistake("one_row_for_both", "both coordinates are made with one row of theta.",
            "The first row of theta gives x_s, the second y_s: look at the first index of each theta.", "Eq. 1",
            (Where("It is the first.", {"matrix": lambda theta: theta[:, [0, 0]]}),
             Where("It is the second.", {"matrix": lambda theta: theta[:, [1, 1]]}))),
    Mistake("shift_missing", "the shift, the third column of theta, is not added.",
            "Look at whether your target points end with a 1, or add the third column to the product.", "Eq. 1",
            ({"matrix": _with_shift(lambda A, t: 0 * t)},)),
    Mistake("shift_subtracted", "the shift, the third column of theta, is subtracted, where it is added.",
            "Look at the sign of the last term.", "Eq. 1", ({"matrix": _with_shift(lambda A, t: -t)},)),
    Mistake("shift_first", "the point is shifted first and then turned and scaled, A (p + t). Here the shift comes last: "
            "A p + t.",
            "Look at the brackets: the third column of theta must not be multiplied by the other two.", "Eq. 1",
            ({"matrix": _with_shift(lambda A, t: A @ t)},)),
    Mistake("shifts_swapped", "the two shifts have changed places: theta_23 is added to x_s, and theta_13 to y_s.",
            "Look at the indices of the last term: theta[0, 2] is for x_s, theta[1, 2] for y_s.", "Eq. 1",
            ({"matrix": _with_shift(lambda A, t: t[:, ::-1])},)),
    Mistake("shift_times_y", "the shift is multiplied by y_t. It is multiplied by 1, the same for all points.",
            "Look at the third term of each row.", "Eq. 1",
            ({"homogeneous": lambda x, y: np.stack([x, y, y], axis=-1)},)),
    Mistake("rows_mixed", "y_s is made with the source's x_s, where the target's x_t belongs.",
            "Look for a name that is given a new value before the second row uses it: keep x_t until y_s is done.",
            "Eq. 1", ({"matrix": _x_s_for_x_t},)),
    Mistake("identity_added", "the target point itself is added, as if theta held only what differs from the identity.",
            "theta already has the 1 of the identity in it.", "Eq. 1",
            ({"matrix": lambda theta: theta + np.eye(2, 3, dtype=theta.dtype)},)),
    Mistake("y_flipped", "y has changed its sign, in the target points or in the result. Here y grows downwards, as the "
            "row number does.",
            "Look for linspace(1, -1, H), for [::-1] or for a minus sign in front of y.", "Eq. 1, lesson 01",
            ({"homogeneous": lambda x, y: np.stack([x, -y, _one(x)], axis=-1)},
             {"output": lambda grid: grid * np.array([1, -1], grid.dtype)})),
)

IN_PIXELS = Mistake("in_pixels", "the source points are in pixels of the output's size. A grid is normalised; pixels come "
                    "later, and they are those of the input.",
                    "Look for a multiplication by (W - 1) / 2 at the end.", "lesson 03", ({"output": _in_pixels},))

# --- From normalised coordinates to pixels

RULERS = "lesson 03, the two rulers"


def _scale(slope, middle):
    return {"scale": lambda coordinate, size: coordinate * slope(size) + middle(size)}


def _of_the_output(grid, H, W):
    return grid.shape[1:3]


def _first_grid(grid):
    first = np.broadcast_to(grid[:1], grid.shape)
    return first[..., 0], first[..., 1]


def _swapped(H, W):
    return W, H


SCALING = (
    Mistake("axes_swapped", "the grid is taken as (y, x), with x scaled by the width all the same. Its last axis holds "
            "(x, y): grid[..., 0] is x and counts columns, grid[..., 1] is y and counts rows.",
            "Look at the lines that take x and y out of the grid.", "lesson 01, Eq. 3",
            ({"read": lambda grid: (grid[..., 1], grid[..., 0])},)),
    Mistake("read_transposed", "the pixel coordinates are right, and then rows and columns have changed places: the "
            "image is read at U[.., x, y]. An array is indexed [row, column], and y counts the rows.",
            "Look at each pair of square brackets after U, and at the order of arguments of a helper.",
            "lesson 01, Eq. 3", ({"read": lambda grid: (grid[..., 1], grid[..., 0]), "sizes": _swapped},)),
    Mistake("y_flipped", "y is turned upside down. y grows downwards, as the row number does.",
            "Look for a minus sign in front of y, or for H - 1 - y.", "lesson 01, Eq. 3",
            ({"read": lambda grid: (grid[..., 0], -grid[..., 1])},)),
    Mistake("sizes_swapped", "x is scaled with the height and y with the width.",
            "Look at U.shape: it is (N, C, H, W), the height before the width. x counts columns: use W.", RULERS,
            ({"sizes": _swapped},)),
    Mistake("one_size_for_both", "x and y are both scaled with the same size.",
            "x counts columns, so it is scaled with W; y counts rows, so it is scaled with H.", RULERS,
            ({"sizes": lambda H, W: (W, W)}, {"sizes": lambda H, W: (H, H)})),
    Mistake("size_of_the_output", "x and y are scaled with the size of the output. Pixels are those of the image that is "
            "read, so its own H and W belong there.",
            "Look for grid.shape, or for names H and W that were given new values.", RULERS,
            ({"measure": _of_the_output}, {"measure": _of_the_output, "limits": _of_the_output})),
    Mistake("not_scaled", "the normalised coordinates, -1 to 1, are used as if they were pixels, so the whole of the "
            "output is read from the corner of the image.",
            "Turn x into pixels first: (x + 1) * (W - 1) / 2.", RULERS,
            (_scale(unscaled, unmoved), _scale(unscaled, unscaled))),
    Mistake("half_size", "W / 2 stands where (W - 1) / 2 belongs: (x + 1) * W / 2 puts x = 1 at W, beyond the last pixel, "
            "W - 1.",
            "Look at the line that turns x into pixels.", RULERS, (_scale(half, half),)),
    Mistake("outer_edges", "the points are in pixels by the rule of align_corners=False, ((x + 1) * W - 1) / 2. Here "
            "align_corners is True: x = -1 and x = 1 are the centres of the first and the last pixel.",
            "Look at the line that turns x into pixels: (x + 1) * (W - 1) / 2.", RULERS, (_scale(half, centre),)),
    Mistake("middle_missing", "x is scaled but not moved: x = 0 is the middle of the image, and it comes out at pixel 0.",
            "Add (W - 1) / 2, the pixel coordinate of the middle.", RULERS, (_scale(centre, unmoved),)),
    Mistake("middle_half_size", "W / 2 is taken as the middle, so every point is half a pixel too far. The pixels are "
            "numbered 0 to W - 1, and the middle is (W - 1) / 2.",
            "Look at what is added in the line that turns x into pixels.", RULERS, (_scale(centre, half),)),
    Mistake("slope_doubled", "one unit is W - 1 pixels, twice too many: from -1 to 1 are two units.",
            "One unit is (W - 1) / 2 pixels; look at what x is multiplied by.", RULERS,
            (_scale(lambda size: size - 1, centre),)),
    Mistake("padding_counted", "x = -1 and x = 1 lie outside the image, as far as the zeros around a padded one go: its sizes "
            "are used, where those of the image itself belong.",
            "Read H and W before you pad.", RULERS,
            tuple(_scale(lambda size, p=p: (size - 1) / 2 + p, centre) for p in (1, 2))),
    Mistake("half_missing", "x + 1 is multiplied by W - 1 and not halved: from -1 to 1 are two units, so x = 1 comes out "
            "at twice the last pixel.",
            "Look at the line that turns x into pixels: (x + 1) * (W - 1) / 2.", RULERS,
            (_scale(lambda size: size - 1, lambda size: size - 1),)),
    Mistake("one_pixel_short", "x = 1 becomes pixel W - 2, and it should become W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            (_scale(half_less_one, half_less_one),)),
    Mistake("first_grid_for_all", "every image is read at the points of the first image.",
            "Look for grid[0], or for an index of the batch that is missing.", "Eq. 3",
            ({"read": _first_grid}, Where("It is so in x only.", {"read": lambda grid: (_first_grid(grid)[0], grid[..., 1])}),
             Where("It is so in y only.", {"read": lambda grid: (grid[..., 0], _first_grid(grid)[1])}))),
)

# --- Neighbours, weights, and the edge of the image


def on_either_axis(change, name="along"):
    """The same mistake along both axes, along x only, and along y only."""
    return change, Where(f"It is so {name} x only.", {"along_x": change}), Where(f"It is so {name} y only.",
                                                                               {"along_y": change})


def _no_further(x, low):
    return np.ceil(x)


def _distances(x, low, high):
    """Weights written as distances to the other neighbour; the same as 1 - a and a while high is low + 1."""
    return high - x, x - low


def _tents(x, low, high):
    return 1 - np.abs(x - low), 1 - np.abs(x - high)


def _clip_both(low, high, size):
    return np.clip(low, 0, size - 1), np.clip(high, 0, size - 1)


def _clip_low_then_add_one(low, high, size):
    low = np.clip(low, 0, size - 1)
    return low, np.clip(low + 1, 0, size - 1)


def _extrapolate(low, high, size):
    low = np.clip(low, 0, size - 2)
    return low, low + 1


def _border(x, index, size):
    return np.clip(index, 0, size - 1), np.ones_like(index, bool)


def _wrap(x, index, size):
    """What Python does with a negative index, if only indices that are too large are caught."""
    return np.mod(index, size), index <= size - 1


def _periodic(x, index, size):
    return np.mod(index, size), np.ones_like(index, bool)


def _mirrored(x, index, size):
    index = np.mod(index, 2 * (size - 1))
    return np.minimum(index, 2 * (size - 1) - index), np.ones_like(index, bool)


def _cut(x, index, size):
    return np.clip(index, 0, size - 1), (0 <= x) & (x <= size - 1) & (0 <= index) & (index <= size - 1)


def _within_a_pixel(x, index, size):
    """Of points less than one pixel outside alone."""
    return np.clip(index, 0, size - 1), (-1 < x) & (x < size) & (0 <= index) & (index <= size - 1)


def _one_beyond(first, last):
    """Pixels beyond the edge that count as if they were inside, with the number of the edge."""
    return lambda x, index, size: (np.clip(index, 0, size - 1), (-first <= index) & (index <= size - 1 + last))


def _half_weights(keep):
    def weigh(x, low, high):
        a = x - low
        return (1 - a, 0 * a) if keep == "lower" else (0 * a, a)
    return weigh


def _inside_from(first, last):
    return lambda x, index, size: (np.clip(index, 0, size - 1), (first <= index) & (index <= size - 1 - last))


def far_neighbour(x, low, high):
    a = x - low
    return a, 1 - a


def _nearest(x, low, high):
    a = x - low
    return (a < 0.5).astype(x.dtype), (a >= 0.5).astype(x.dtype)


def _nearest_by_its_weight(x, low, high):
    a = x - low
    return (1 - a) * (a < 0.5), a * (a >= 0.5)


def _lower_copied(x, low, high):
    return _one(x), 0 * x


def _upper_copied(x, low, high):
    return 0 * x, _one(x)


def _smooth(x, low, high):
    a = x - low
    return 1 - (3 * a ** 2 - 2 * a ** 3), 3 * a ** 2 - 2 * a ** 3


def _cosine(x, low, high):
    a = x - low
    return (1 + np.cos(np.pi * a)) / 2, (1 - np.cos(np.pi * a)) / 2


def _nearest_half_to_even(x, low, high):
    upper = np.round(x) > low
    return (~upper).astype(x.dtype), upper.astype(x.dtype)


def a_for_b(four):
    """The weight along x of the wrong column and along y of the wrong row: a where b belongs, b where a does."""
    return [(place, inside, (four[2 * (k % 2)][2][1], four[k // 2][2][0]), slopes)
            for k, (place, inside, _, slopes) in enumerate(four)]


def _one_twice(axis):
    """The weights along one axis used for both: a twice, or b twice."""
    def arrange(four):
        both = [four[k][2][0] if axis == "x" else four[2 * k][2][1] for k in (0, 1)]
        return [(place, inside, (both[k % 2], both[k // 2]), slopes)
                for k, (place, inside, _, slopes) in enumerate(four)]
    return arrange


def all_or_nothing(four):
    """A point counts only if all of its neighbours are inside."""
    inside = np.logical_and.reduce([part[1] for part in four])
    return [(place, inside, weights, slopes) for place, _, weights, slopes in four]


def _until_outside(four):
    """Corner by corner, up to the first that is outside."""
    found, so_far = [], True
    for place, inside, weights, slopes in four:
        so_far = so_far & inside
        found.append((place, so_far, weights, slopes))
    return found


def _break_of_the_row(four):
    """In each row the right neighbour counts only if the left one is inside."""
    return [(place, inside & four[k - k % 2][1], weights, slopes)
            for k, (place, inside, weights, slopes) in enumerate(four)]


def _without_corner(k):
    return lambda four: [(place, inside & (i != k), weights, slopes)
                         for i, (place, inside, weights, slopes) in enumerate(four)]


def _only_corner(k):
    return lambda four: [(place, inside & (i == k), weights, slopes)
                         for i, (place, inside, weights, slopes) in enumerate(four)]


def _last_inside(order):
    """Of the four, taken in this order, the last one that is inside."""
    def arrange(four):
        kept, later = [None] * 4, False
        for k in reversed(order):
            place, inside, weights, slopes = four[k]
            kept[k], later = (place, inside & ~np.bool_(later), weights, slopes), later | inside
        return kept
    return arrange


ONE_OF_FOUR = (Where("It is the last of them that is inside.", {"arrange": _last_inside((0, 1, 2, 3))}),
               Where("It is the last of them that is inside.", {"arrange": _last_inside((0, 2, 1, 3))}),
               Where("It is the bottom right one, and where that is outside none at all.", {"arrange": _only_corner(3)}))


def tent(t):
    return np.maximum(0, 1 - np.abs(t))


def wide(t):
    return tent(t / 2)


def straight(t):
    """The kernel without its maximum: far away it is negative."""
    return 1 - np.abs(t)


TOO_WIDE = Mistake("tent_too_wide", "the weights are 1 - |t| / 2, and pixels up to two pixels away count. The kernel is "
                   "max(0, 1 - |t|).",
                   "Look at what is subtracted from 1: the distance in pixels.", "Eq. 5",
                   (Where("It is so along both axes.", {"kernels": (wide, wide)}),
                    Where("It is so along x only.", {"kernels": (tent, wide)}),
                    Where("It is so along y only.", {"kernels": (wide, tent)})))

_ONE_LEFT = {"early": lambda low, high, size: (low - 1, low), "weigh": lambda x, low, high: (1 - (x - high), x - high)}

WEIGHTS = (
    Mistake("weights_reversed", "the weights are reversed: 1 - a and a stand in each other's place, or 1 - b and b. A "
            "point close to the left pixel should take most of it, so the left pixel has the weight 1 - a; the upper one has "
            "1 - b.",
            "Look at which of a and 1 - a goes with x0, and which with x0 + 1; then at b and y0.", "Eq. 5, lesson 04",
            (*on_either_axis({"weigh": far_neighbour}),
             {"upper": _no_further, "weigh": lambda x, low, high: (x - low, high - x)})),
    Mistake("a_and_b_swapped", "a and b have changed places, and so the top right pixel gets the weight of the bottom "
            "left one, and the other way round.",
            "a goes with x and the columns, b with y and the rows. Top right is one further along x: a (1 - b).",
            "Eq. 5, lesson 04", ({"arrange": a_for_b},)),
    Mistake("one_axis_twice", "the weights along one axis are used for both, a in place of b or b in place of a.",
            "a goes with x and the columns, b with y and the rows; each weight is a product of one of either.",
            "Eq. 5, lesson 04",
            (Where("It is a that is used twice.", {"arrange": _one_twice("x")}),
             Where("It is b that is used twice.", {"arrange": _one_twice("y")}))),
    Mistake("one_axis_missing", "the weights along one axis are missing: both of its neighbours count in full.",
            "Each of the four weights is a product of one along x and one along y.", "Eq. 5, lesson 04",
            (Where("Those along x are missing.", {"along_x": {"weigh": lambda x, low, high: (_one(x), _one(x))}}),
             Where("Those along y are missing.", {"along_y": {"weigh": lambda x, low, high: (_one(x), _one(x))}}))),
    Mistake("truncation", "x0 is x without the digits after the point, which rounds towards zero. At x = -0.3 that gives "
            "0, and a becomes negative; the pixel to the left of -0.3 is -1.",
            "Look for int(x), astype(int) or np.trunc, and use np.floor first.", "lesson 04",
            on_either_axis({"lower": np.trunc})),
    Mistake("rounded", "x0 is the nearest pixel. It must be the pixel to the left, even where the one to the right is "
            "nearer, or a becomes negative.",
            "Look for round or np.rint, and use np.floor.", "lesson 04",
            ({"lower": np.round}, {"lower": lambda x: np.floor(x + 0.5)},
             *on_either_axis({"lower": np.round})[1:])),
    Mistake("left_of_left", "the neighbours are x0 - 1 and x0, one pixel too far to the left, with the weights of x0 and "
            "x0 + 1.",
            "The neighbours are floor(x) and floor(x) + 1.", "lesson 04",
            (*on_either_axis(_ONE_LEFT), {**_ONE_LEFT, "outside": _within_a_pixel})),
    Mistake("one_neighbour_twice", "one of the two neighbours is read twice, with the weight of the other too: x0 in place of "
            "x0 + 1.",
            "The right neighbour is x0 + 1, and the one below y0 + 1.", "lesson 04",
            on_either_axis({"upper": lambda x, low: low})[1:]),
    Mistake("nearest", "the nearest pixel is copied. Bilinear sampling mixes the four pixels around the point.",
            "The weights are (1 - a)(1 - b), a (1 - b), (1 - a) b and a b; all four may be other than 0.",
            "Eq. 5 (yours is Eq. 4)",
            ({"weigh": _nearest}, {"weigh": _nearest_half_to_even},
             Where("It is multiplied by its own weight.", {"weigh": _nearest_by_its_weight}))),
    Mistake("one_pixel_copied", "one of the four pixels is copied, always the same one, however near the others are.",
            "The weights are (1 - a)(1 - b), a (1 - b), (1 - a) b and a b; all four may be other than 0.", "Eq. 5",
            (Where("It is the top left one.", {"weigh": _lower_copied}),
             {"weigh": _lower_copied, "lower": np.trunc},
             Where("It is the bottom right one.", {"weigh": _upper_copied}))),
    Mistake("other_curve", "the weights follow a curve, 3 a² - 2 a³ or a cosine, where bilinear sampling has a straight "
            "line: a and 1 - a.",
            "Look for ** 3, cos or a function that smooths a.", "Eq. 5", ({"weigh": _smooth}, {"weigh": _cosine})),
    Mistake("ceil", "where x or y is a whole number the point is lost: both of its weights are 0 there.",
            "With ceil(x) as the right neighbour this happens, for there it is the same pixel as floor(x). Use x0 + 1.",
            "lesson 04",
            on_either_axis({"upper": _no_further, "weigh": _distances})),
    Mistake("counted_twice", "where x or y is a whole number a pixel counts twice.",
            "With ceil(x) as the right neighbour this happens, for there it is the same pixel as floor(x). Use x0 + 1.",
            "lesson 04",
            on_either_axis({"upper": _no_further, "weigh": _tents})),
    Mistake("abs_missing", "the weight is max(0, 1 - t) without the absolute value, so pixels to the right of the point "
            "count too much.",
            "The kernel is max(0, 1 - |t|): look for abs.", "Eq. 5",
            on_either_axis({"weigh": lambda x, low, high: (1 - (x - low), 1 - (x - high))})),
    Mistake("weights_squared", "the weights along x and y are squared, or made from the square of the distance.",
            "The kernel is 1 - |t|, a straight line: look for ** 2.", "Eq. 5",
            ({"weigh": lambda x, low, high: (1 - (x - low) ** 2, 1 - (high - x) ** 2)},
             {"weigh": lambda x, low, high: ((high - x) ** 2, (x - low) ** 2)})),
)

SUM_FOR_PRODUCT = Mistake(
    "sum_for_product", "the weights along x and y are added. They are multiplied: a pixel counts only if the point is "
    "near it in both directions.",
    "The four weights should add up to 1. Do yours?", "Eq. 5",
    ({"join": np.add}, {"join": lambda k_x, k_y: (k_x + k_y) / 2}, {"join": lambda k_x, k_y: (k_x + k_y) / 4},
     {"join": lambda k_x, k_y: np.maximum(0, k_x + k_y - 1)}))

EDGE = (
    Mistake("border", "the image's edge goes on for ever: a point outside reads the nearest pixel of the edge. Here "
            "everything outside the image is 0.",
            "Look for np.clip. You may clip an index to keep it legal, but then the weight of that pixel must "
            "become 0.", "lesson 04, outside the image", on_either_axis({"outside": _border})),
    Mistake("wraps_round", "points beyond the left or upper edge read from the other end of the image, as a negative "
            "index does in Python: U[-1] is the last row. They should read 0.",
            "Check 0 <= index as well as index < size, before you read.", "lesson 04, outside the image",
            on_either_axis({"outside": _wrap})),
    Mistake("periodic", "the image is repeated: beyond one edge it begins again at the other. Here everything outside "
            "the image is 0.",
            "Look for % or np.mod.", "lesson 04, outside the image", ({"outside": _periodic},)),
    Mistake("mirrored", "the image is mirrored at its edge. Here everything outside the image is 0.",
            "Look for abs(index) or for 2 * (W - 1) - index.", "lesson 04, outside the image",
            ({"outside": _mirrored},)),
    Mistake("extrapolated", "beyond the edge the image goes on in a straight line through its last two pixels. Here "
            "everything outside the image is 0.",
            "Look for x0 that is clipped to W - 2 before a = x - x0 is made.", "lesson 04, outside the image",
            ({"early": _extrapolate},)),
    Mistake("clipped_first", "every point with a neighbour outside the image comes out as 0, as a whole. Only the "
            "neighbours outside should count 0; the others keep their weights.",
            "Such numbers come from leaving out each point that has a neighbour outside, and also from clipping the "
            "neighbours before the weights are made from them. Make the weights from the unclipped x0, and ask for each "
            "of the four pixels by itself.", "lesson 04, outside the image",
            ({"early": _clip_both, "weigh": _distances}, {"early": _clip_low_then_add_one, "weigh": _distances})),
    Mistake("cut_at_edge", "every point outside the image comes out as 0. But a point less than one pixel outside still "
            "has neighbours inside: the value fades to 0 over the width of one pixel.",
            "Ask for each of the four pixels whether it is inside, not whether the point is.",
            "Eq. 5; lesson 04, outside the image", on_either_axis({"outside": _cut})),
    Mistake("edge_pixels_lost", "pixels at the edge of the image, in its first or last row and column, count as if they "
            "were outside.",
            "A row is inside where 0 <= row < H: row 0 and row H - 1 are. Look for < where <= belongs, for H - 1, or for "
            "a range that begins at 1.", "lesson 04, outside the image",
            (Where("It is so for the first row and column.", {"outside": _inside_from(1, 0)}),
             Where("It is so for the last row and column.", {"outside": _inside_from(0, 1)}),
             Where("It is so on all four sides.", {"outside": _inside_from(1, 1)}))),
    Mistake("one_beyond", "one pixel beyond the edge counts as if it were inside, with the number of the edge.",
            "A row is inside where 0 <= row < H: row -1 and row H are not. Look for <= where < belongs.",
            "lesson 04, outside the image",
            (*on_either_axis({"outside": _one_beyond(0, 1)}),
             Where("It is so at the left and upper edges.", {"outside": _one_beyond(1, 0)}),
             Where("It is so on all four sides.", {"outside": _one_beyond(1, 1)}))),
    Mistake("bounds_swapped", "whether a pixel is inside is asked with the sizes exchanged, rows against W and columns "
            "against H.",
            "0 <= row < H and 0 <= column < W.", "lesson 04, outside the image",
            ({"limits": lambda grid, H, W: (W, H)}, {"limits": lambda grid, H, W: (H, H)},
             {"limits": lambda grid, H, W: (W, W)})),
    Mistake("stopped_outside", "where a neighbour is outside, those after it are left out too.",
            "Look for return or break where continue belongs.", "lesson 04, outside the image",
            ({"arrange": _until_outside}, {"arrange": _break_of_the_row})),
    Mistake("corner_lost", "not all of the four pixels count.",
            "Four pixels belong to each point: rows y0 and y0 + 1, columns x0 and x0 + 1.", "Eq. 5",
            (*(Where(f"The {name} one does not.", {"arrange": _without_corner(k)}) for k, name in enumerate(
                ("top left", "top right", "bottom left", "bottom right"))),
             *(Where(f"The two {words} do not.", {axis: {"weigh": _half_weights(keep)}}) for words, axis, keep in (
                 ("right ones", "along_x", "lower"), ("left ones", "along_x", "upper"), ("lower ones", "along_y", "lower"),
                 ("upper ones", "along_y", "upper"))),
             Where("Only the top left one counts.", {"arrange": _only_corner(0)}))),
)


# --- Gradients

UPSTREAM = Mistake(
    "upstream_ignored", "the gradient does not depend on the upstream gradient: it is what comes out if every number of "
    "that is 1. By the chain rule each part is multiplied by it.",
    "Look for the first argument of your function: where is it used?", "lesson 05, the chain rule",
    ({"upstream": np.ones_like},))


def batch_mistake(finish):
    return Mistake(
        "averaged_over_batch", "the gradient is divided by the number of images. A mean over the batch belongs to the "
        "loss, and the upstream gradient has it in it already.",
        "Look for / N or for .mean().", "lesson 05, the chain rule", (finish,))
