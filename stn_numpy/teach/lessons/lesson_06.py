"""Lesson 06, back to the coordinates: slopes, the scale factor and kinks."""

import numpy as np

import stn_numpy as stn

from ...sampler import plain
from .parts import Exercise, Mistake, Prediction, Where, pick
from .shared_grid import x_then_y
from .shared_mistakes import (EDGE, ONE_OF_FOUR, SCALING, UPSTREAM, WEIGHTS, a_for_b, all_or_nothing,
                              batch_mistake, far_neighbour, on_either_axis, straight, tent)
from .shared_sampler import (ONE_PIXEL, ROOM, SAMPLER_BACKWARD, already_in_pixels, bilinear_sampler_dgrid_recipe,
                             corners, grid_places, in_a_room, nearness, pixels, point_places, rising, sampler_sizes,
                             true_gradients)

# --- Solutions


def slopes(U, x, y):
    H, W = U.shape
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    a, b = x - x0, y - y0

    def pixel(row, column):
        return U[row, column] if 0 <= row < H and 0 <= column < W else 0.0

    top_left, top_right = pixel(y0, x0), pixel(y0, x0 + 1)
    bottom_left, bottom_right = pixel(y0 + 1, x0), pixel(y0 + 1, x0 + 1)
    dV_dx = (1 - b) * (top_right - top_left) + b * (bottom_right - bottom_left)
    dV_dy = (1 - a) * (bottom_left - top_left) + a * (bottom_right - top_right)
    return dV_dx, dV_dy


def bilinear_sampler_backward_grid(dV, U, grid):
    N, C, H, W = U.shape
    n = np.arange(N)[:, None, None]
    dx, dy = np.zeros(grid.shape[:3]), np.zeros(grid.shape[:3])      # in pixels
    for row, column, inside, (k_x, k_y), (slope_x, slope_y) in corners(grid, H, W):
        pull = inside * (np.moveaxis(dV, 1, -1) * U[n, :, row, column]).sum(axis=-1)    # sum over channels
        dx += slope_x * k_y * pull
        dy += slope_y * k_x * pull
    return np.stack([dx * (W - 1) / 2, dy * (H - 1) / 2], axis=-1)   # pixels for one unit of the grid


# --- The package's answers


def true_slopes(U, x, y):
    """The gradient to the grid of a large image, in which one unit is 16 pixels."""
    _, cache = stn.bilinear_sampler_forward(*in_a_room(U, x, y))
    _, dgrid = stn.bilinear_sampler_backward(np.ones((1, 1, 1, 1), U.dtype), cache)
    return dgrid[0, 0, 0] / ((ROOM[0] - 1) / 2)


def true_dgrid(dV, U, grid):
    return true_gradients(dV, U, grid)[1]

# --- Recipe


def _four_pixels(U, x, y):
    """a, b and the four pixels around a point, 0 outside."""
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    inside = [[0 <= row < U.shape[0] and 0 <= column < U.shape[1] for column in (x0, x0 + 1)] for row in (y0, y0 + 1)]
    four = [U[y0 + row, x0 + column] if inside[row][column] else 0 for row in (0, 1) for column in (0, 1)]
    return x - x0, y - y0, four


def slopes_recipe(U, x, y, *, by_hand=None, transposed=False, **choices):
    if by_hand:
        a, b, four = _four_pixels(U, x, y)
        return np.array(by_hand(*four, a, b), U.dtype)
    if transposed:                                   # pixel (row, column) is read at U[column, row]
        U = U.T
    grid = np.array([[[[x, y]]]], U.dtype)
    choices = {"scale": already_in_pixels, "factor": lambda size: 1, **choices}
    return bilinear_sampler_dgrid_recipe(np.ones((1, 1, 1, 1), U.dtype), U[None, None], grid, **choices)[0, 0, 0]


# --- Mistakes


def _reversed_rising(x, low, high):
    return tuple(-slope for slope in rising(x, low, high))


def _eq_7_to_the_letter(x, low, high):
    """+1 for a pixel at x itself, and nothing for the one at a distance of exactly 1."""
    below, above = rising(x, low, high)
    return np.where(x == low, 1, below).astype(x.dtype), np.where(x == low, 0, above).astype(x.dtype)


def _cross(change):
    """A change of the weight of the other axis, in both slopes."""
    return {"cross_x": change, "cross_y": change}


def _left(x):
    return np.ceil(x) - 1


def _flat_at_whole_numbers(x, low, high):
    return tuple(np.where(x == low, 0, slope).astype(x.dtype) for slope in rising(x, low, high))


def _right_hand(t):
    """The slope of the tent at a distance t, right-hand: 1 up to one pixel to the right of the point, -1 to the left."""
    return np.where((0 <= t) & (t < 1), -1, np.where((-1 <= t) & (t < 0), 1, 0)).astype(t.dtype)


def _by_eq_7(t):
    return np.where(np.abs(t) >= 1, 0, np.where(t <= 0, 1, -1)).astype(t.dtype)


def _without_end(t):
    return np.where(t >= 0, -1, 1).astype(t.dtype)


def _by_eq_7_without_end(t):
    return np.where(t <= 0, 1, -1).astype(t.dtype)


def _kernels(kernel, rise):
    return {"kernels": (kernel, kernel), "rises": (rise, rise)}


def _far_and_near(x, low, high):
    """The neighbours one pixel to the left and one to the right of x0, and half their difference."""
    return -np.ones_like(x) / 2, np.ones_like(x) / 2


SLOPES = (
    Mistake("sign", "the sign is turned round. As the point moves right, the right neighbour gains weight and the left "
            "one loses it: right minus left. Along y it is bottom minus top.",
            "Look at the order of each difference, and at the sign of the whole.", "Eq. 7", ({"finish": np.negative},)),
    Mistake("weights_missing", "the difference of two pixels is taken, but the weights of the other axis are missing. "
            "The slope along x is mixed from the upper and the lower pair: (1 - b)(U01 - U00) + b (U11 - U10); "
            "the one along y from the left and the right pair, with 1 - a and a.",
            "Look for b in the slope along x, and for a in the slope along y.", "Eq. 7",
            (_cross(lambda weight, lower: np.ones_like(weight)), _cross(lambda weight, lower: np.full_like(weight, lower)),
             _cross(lambda weight, lower: np.full_like(weight, not lower)),
             _cross(lambda weight, lower: np.full_like(weight, 0.5)),
             _cross(lambda weight, lower: weight if lower else np.ones_like(weight)),
             _cross(lambda weight, lower: np.ones_like(weight) if lower else weight))),
    Mistake("weights_reversed", "the weights of the other axis are reversed: the upper pair of pixels gets b and the "
            "lower pair 1 - b, or the left pair gets a and the right pair 1 - a. A pair close to the point should "
            "count most.",
            "Look at which of b and 1 - b goes with row y0, and which of a and 1 - a with column x0.",
            "Eq. 7, lesson 04", ({"weigh": far_neighbour, "slope": _reversed_rising}, _cross(lambda weight, lower:
                                                                                            1 - weight))),
    Mistake("a_and_b_swapped", "a and b have changed places: the slope along x is weighted with a, and the one along y "
            "with b. Along x the two pairs of pixels are the upper and the lower one, so b is what mixes them; along y "
            "it is a.",
            "Look at which weight stands beside each difference.", "Eq. 7", ({"arrange": a_for_b},)),
    Mistake("difference_of_pairs", "the two pairs of pixels are subtracted where they are added: "
            "(1 - b)(U01 - U00) - b (U11 - U10), or the same along y.",
            "Look at the sign between the two products, and at the order in the second difference.", "Eq. 7",
            (_cross(lambda weight, lower: weight if lower else -weight),)),
    Mistake("slope_not_taken", "the sampled value stands where its slope belongs: the weights are not differentiated.",
            "The derivative of 1 - a to x is -1, and that of a is 1.", "Eq. 7", ({"slope": nearness},)),
    Mistake("nearest_pair", "only the pair of pixels that is nearer counts, and the other not at all.",
            "Both pairs count, mixed with 1 - b and b, or with 1 - a and a.", "Eq. 7",
            (_cross(lambda weight, lower: (weight > 0.5).astype(weight.dtype)),
             _cross(lambda weight, lower: (weight >= 0.5).astype(weight.dtype)),
             _cross(lambda weight, lower: ((weight > 0.5) if lower else (weight >= 0.5)).astype(weight.dtype)),
             _cross(lambda weight, lower: ((weight >= 0.5) if lower else (weight > 0.5)).astype(weight.dtype)))),
    Mistake("ceil", "between the pixels the slope is right, but it is 0 where x or y is a whole number.",
            "Such numbers come from ceil(x) as the right neighbour, which is floor(x) there, and from np.sign, for the sign "
            "of 0 is 0. Use x0 + 1, and where(t > 0, ...).", "lesson 06, kinks",
            ({"upper": lambda x, low: np.ceil(x)}, {"slope": _flat_at_whole_numbers})),
    Mistake("equation_7_to_the_letter", "between the pixels the slope is right. Where x or y is a whole number it follows "
            "Eq. 7 to the letter, and there that keeps only one of the two neighbours: even an image that is the "
            "same everywhere would get a slope.",
            "Take the neighbours x0 = floor(x) and x0 + 1, with slopes -1 and +1, at whole numbers too.",
            "lesson 06, kinks; Eq. 7", ({"slope": _eq_7_to_the_letter},)),
    Mistake("left_hand_slope", "between the pixels the slope is right. Where x or y is a whole number, the kink, it is "
            "the slope on the left. Mathematically that is as good a choice, but the course agrees on the right: "
            "floor(x) and floor(x) + 1.",
            "Look for ceil(x) - 1 as the left neighbour, or for < where <= belongs.", "lesson 06, kinks",
            ({"lower": _left},)),
    Mistake("mean_of_both_slopes", "between the pixels the slope is right. Where x or y is a whole number, the kink, it "
            "is the mean of the slopes on either side, as a central difference gives it.",
            "The course agrees on the slope on the right. Small steps on both sides of a kink cannot find it.",
            "lesson 06, kinks", ({"lowers": (np.floor, _left)},)),
    Mistake("max_missing", "pixels further than one pixel away count as well. There the kernel max(0, 1 - |t|) is 0, and "
            "so is its slope.",
            "Look for np.maximum(0, ...) in the weights, and for |t| < 1 in the slopes.", "Eq. 5 and Eq. 7",
            (Where("The weights go on beyond one pixel.", _kernels(straight, _right_hand)),
             Where("The weights go on beyond one pixel.", _kernels(straight, _by_eq_7)),
             Where("The slopes do not end at one pixel.", _kernels(tent, _without_end)),
             Where("The slopes do not end at one pixel.", _kernels(tent, _by_eq_7_without_end)),
             Where("Neither the weights nor the slopes end there.", _kernels(straight, _without_end)),
             Where("Neither the weights nor the slopes end there.", _kernels(straight, _by_eq_7_without_end)))),
    Mistake("overwritten", "only one of the four pixels counts, as if it had overwritten the others.",
            "Look for = in your loop, where += belongs.", "Eq. 7", ONE_OF_FOUR),
    Mistake("one_pair_only", "only one of the two pairs of pixels counts, with its right weight.",
            "Along x there is an upper and a lower pair, along y a left and a right one: look for = where += belongs.",
            "Eq. 7",
            (Where("It is the upper one, and the left one.", _cross(lambda weight, lower: weight if lower else 0 * weight)),
             Where("It is the lower one, and the right one.",
                   _cross(lambda weight, lower: 0 * weight if lower else weight)))),
    Mistake("wide_difference", "half the difference of the pixels x0 - 1 and x0 + 1 is taken, one pixel on either side.",
            "The two neighbours of the point are x0 and x0 + 1.", "Eq. 7",
            on_either_axis({"early": lambda low, high, size: (low - 1, low + 1), "slope": _far_and_near,
                            "weigh": lambda x, low, high: (high - x, x - low - 1)})[1:]),
)

SWAPPED = Mistake(
    "dx_dy_swapped", "the two slopes have changed places: the one along x comes first.",
    "Look at the line that joins the two, and at the differences: along x, the two pixels are neighbours in one row.",
    "Eq. 7, lesson 01",
    ({"stack": lambda x, y: x_then_y(y, x)},))


def _of_four(change):
    """A change of both slopes of one point, given its four pixels and a, b."""
    return {"by_hand": change}


OF_ONE_POINT = (
    Mistake("scaled_to_the_grid", "the slopes are multiplied by (W - 1) / 2 and (H - 1) / 2. Here a step of one pixel is asked "
            "for.",
            "The factor comes in the next exercise, where a unit of the grid is the step.", "lesson 06, the scale factor",
            ({"factor": lambda size: (size - 1) / 2},)),
    Mistake("same_differences", "the slope along y is made from the differences along x, with its own weights 1 - a and "
            "a, or the slope along x from those along y.",
            "Along x the pixels of a row are subtracted, along y those of a column.", "Eq. 7",
            (_of_four(lambda tl, tr, bl, br, a, b: ((1 - b) * (bl - tl) + b * (br - tr),
                                                    (1 - a) * (tr - tl) + a * (br - bl))),)),
    Mistake("diagonals", "diagonal differences are taken, bottom right minus top left and so on.",
            "Along x the pixels of a row are subtracted, along y those of a column.", "Eq. 7",
            (_of_four(lambda tl, tr, bl, br, a, b: ((1 - b) * (br - tl) + b * (tr - bl),
                                                    (1 - a) * (br - tl) + a * (bl - tr))),)),
    Mistake("brackets_missing", "1 - a * (difference) stands where (1 - a) * (difference) belongs, or the same with b.",
            "Put brackets around 1 - a and 1 - b.", "Eq. 7",
            (_of_four(lambda tl, tr, bl, br, a, b: (1 - b * (tr - tl) + b * (br - bl),
                                                    1 - a * (bl - tl) + a * (br - tr))),)),
    Mistake("one_value_reversed", "in one of the two differences the pixels are added, or stand in the wrong order.",
            "(1 - a)(U10 - U00) + a (U11 - U01): bottom minus top, twice.", "Eq. 7",
            (_of_four(lambda tl, tr, bl, br, a, b: ((1 - b) * (tl - tr) + b * (br - bl),
                                                    (1 - a) * (tl - bl) + a * (br - tr))),)),
    Mistake("read_transposed", "the pixel coordinates are right, and then rows and columns have changed places: the "
            "image is read at U[x, y].",
            "An array is indexed [row, column]: U[y, x].", "lesson 01", ({"transposed": True},)),
)


def _right_for_below(four):
    """The values of the top right and the bottom left pixel, each with what belongs to the other."""
    top_left, right, below, bottom_right = four
    return [top_left, below[:2] + right[2:], right[:2] + below[2:], bottom_right]


def _summed_first(dV, U, grid):
    return np.broadcast_to(dV.sum(axis=1, keepdims=True), dV.shape)


def _twice(dV, U, grid):
    return dV * dV


def _values_for_dV(dV, U, grid):
    return stn.bilinear_sampler_forward(U, grid)[0]


def _reshaped(dV, U, grid):
    """dV (N, C, H_out, W_out) read as (N, H_out, W_out, C) without moving an axis."""
    N, C, H, W = dV.shape
    return np.moveaxis(dV.reshape(N, H, W, C), -1, 1)


def _first_channel(U, place):
    values = pixels(U, place)
    return np.broadcast_to(values[..., :1], values.shape)


def _first_channel_sent(dV, U, grid):
    return np.broadcast_to(dV[:, :1], dV.shape)


def _into_first_image(dgrid):
    return np.concatenate([dgrid.sum(axis=0, keepdims=True), np.zeros_like(dgrid[1:])])


def _first_image(U, place):
    return pixels(np.broadcast_to(U[:1], U.shape), place)


TO_GRID = (
    SWAPPED._replace(changes=(*SWAPPED.changes, {**SWAPPED.changes[0], "spans": lambda H, W: (W, H)})),
    Mistake("factor_missing", "the slope is for one pixel, but grid is in normalised coordinates: one unit of it is "
            "(W - 1) / 2 pixels along x and (H - 1) / 2 along y. By the chain rule this is a factor.",
            "Differentiate x = (x_grid + 1) (W - 1) / 2.", "lesson 06, the scale factor",
            ({"factor": lambda size: 1},)),
    Mistake("factor_half_size", "the factor is W / 2 and H / 2. It is the slope of the map to pixels, which is "
            "(W - 1) / 2 and (H - 1) / 2 for align_corners=True.",
            "Look at the line with the factor.", "lesson 06, the scale factor; lesson 03",
            ({"factor": lambda size: size / 2},)),
    Mistake("factor_inverted", "the slope is divided by (W - 1) / 2. A small step in the grid is a big step in "
            "pixels, so V changes more, not less: multiply.",
            "Look at the line with the factor.", "lesson 06, the scale factor",
            ({"factor": lambda size: 2 / (size - 1)},)),
    Mistake("factor_doubled", "the factor is W - 1 and H - 1, twice too much: from -1 to 1 are two units.",
            "The factor is (W - 1) / 2.", "lesson 06, the scale factor", ({"factor": lambda size: size - 1},)),
    Mistake("factor_twice", "the factor (W - 1) / 2 is there twice.",
            "Look for a slope that is for one unit already, and is multiplied once more.", "lesson 06, the scale factor",
            ({"factor": lambda size: ((size - 1) / 2) ** 2},)),
    Mistake("factors_swapped", "the two factors have changed places: (W - 1) / 2 belongs to x, (H - 1) / 2 to y.",
            "Look at the line with the factors.", "lesson 06, the scale factor", ({"spans": lambda H, W: (W, H)},)),
    Mistake("one_factor_for_both", "x and y have the same factor: (W - 1) / 2 belongs to x, (H - 1) / 2 to y.",
            "Look at the line with the factors.", "lesson 06, the scale factor",
            ({"spans": lambda H, W: (W, W)}, {"spans": lambda H, W: (H, H)})),
    Mistake("factor_of_the_output", "the factor is made from the size of the output. It is the slope of the map to "
            "pixels of the image that is read, (W - 1) / 2.",
            "Look for grid.shape or dV.shape in the factor.", "lesson 06, the scale factor",
            ({"span_of": lambda grid, H, W: grid.shape[1:3]},)),
    Mistake("pixels_of_the_output", "the points are in pixels of the output's size, and the factor is made from it too. "
            "They are pixels of the image that is read.",
            "Look for grid.shape or dV.shape where U.shape belongs.", "lesson 03",
            ({"measure": lambda grid, H, W: grid.shape[1:3], "span_of": lambda grid, H, W: grid.shape[1:3]},)),
    Mistake("one_channel_only", "only one channel counts. All channels are read at the same point, so when it moves, "
            "all of them change: add up over the channels.",
            "Look for an index 0 where the channels should be, or for a = in a loop over c that should be +=.",
            "Eq. 7, lesson 06",
            ({"over_channels": lambda values: values[..., 0]}, {"over_channels": lambda values: values[..., -1]})),
    Mistake("mean_over_channels", "the mean over the channels is taken. All channels are read at the same point, and "
            "what each of them says adds up.",
            "Look for .mean() or / C.", "Eq. 7, lesson 06", ({"over_channels": lambda values: values.mean(axis=-1)},)),
    Mistake("channels_added_first", "the channels are added up before they are multiplied: the sum of dV times the sum "
            "of the slopes. Each channel's slope is multiplied by its own dV first.",
            "Look at where the sum over the channels stands.", "Eq. 7, lesson 06", ({"sent": _summed_first},)),
    UPSTREAM,
    Mistake("upstream_twice", "the upstream gradient is multiplied in twice.", "Look for dV: it is used once.",
            "lesson 05, the chain rule", ({"sent": _twice},)),
    Mistake("V_for_dV", "the sampled values V take the place of the upstream gradient dV.",
            "Look for V where dV belongs.", "lesson 05, the chain rule", ({"sent": _values_for_dV},)),
    Mistake("dV_reshaped", "dV is reshaped from (N, C, H_out, W_out) to (N, H_out, W_out, C), which mixes channels and "
            "places up: a reshape does not move axes.",
            "Use np.moveaxis(dV, 1, -1).", "lesson 05", ({"sent": _reshaped},)),
    Mistake("first_image_for_all", "every image is read from image 0.",
            "Look for U[0], or for an index of the batch that is missing.", "Eq. 7", ({"look": _first_image},)),
    Mistake("first_channel_for_all", "every channel's slope is multiplied by dV of channel 0, or the slope of channel 0 by "
            "every channel's dV.",
            "Look for an index 0 where the channel c belongs.", "Eq. 7",
            (Where("It is dV of channel 0.", {"sent": _first_channel_sent}),
             Where("It is U of channel 0.", {"look": _first_channel}))),
    Mistake("all_into_first_image", "what all images get goes into the first one, and the others stay 0.",
            "Look for dgrid[0], or for an index n that is missing.", "Eq. 7", ({"finish": _into_first_image},)),
    Mistake("right_for_below", "top right and bottom left have changed places: the pixel below is taken for the one to the "
            "right, and the other way round.",
            "Look at the order in which the four are read or named: U01 is at (y0, x0 + 1), U10 at (y0 + 1, x0).", "Eq. 7",
            ({"arrange": _right_for_below},)),
    Mistake("skipped_at_edge", "points with a neighbour outside the image get no gradient at all. Only the neighbours "
            "outside count 0; the others keep their part.",
            "Look for continue, or for a mask that is made for the whole point.", "lesson 06",
            ({"arrange": all_or_nothing},)),
    batch_mistake({"finish": lambda dgrid: dgrid / len(dgrid)}),
)
SHARED_WITH_SLOPES = pick(WEIGHTS, "truncation", "rounded") + pick(
    EDGE, "border", "wraps_round", "periodic", "mirrored", "cut_at_edge", "bounds_swapped", "edge_pixels_lost")

# --- Places


def place_of_one(U, x, y):
    return {words: mask[None] for words, mask in point_places(np.float64(x), np.float64(y), *U.shape).items()}


def place_of_all(dV, U, grid):
    """The same masks for both numbers of dgrid at a point."""
    return {words: mask[..., None] for words, mask in grid_places(U, grid).items()}


def sizes(dV, U, grid):
    return sampler_sizes(U, grid)


# --- Prediction


def edge_sign():
    U = np.repeat([[0.0, 0.0, 1.0, 1.0, 1.0]], 3, axis=0)        # dark on the left, bright on the right
    _, cache = stn.bilinear_sampler_forward(U[None, None], np.array([[[[-0.25, 0.0]]]]))           # pixel 1.5
    _, dgrid = stn.bilinear_sampler_backward(np.ones((1, 1, 1, 1)), cache)
    return {1: "positive", -1: "negative", 0: "zero"}[int(np.sign(dgrid[0, 0, 0, 0]))]


EXERCISES = (
    Exercise(
        id="slopes",
        lesson="06",
        arguments="U, x, y",
        answer="slopes",
        axes=("xy",),
        task="dV/dx and dV/dy of one image U (H, W) at the point (x, y), for a step of one pixel; right-hand at a "
             "kink.",
        truth=true_slopes,
        solution=(slopes,),
        package=(plain.bilinear_sampler_backward,),
        recipe=slopes_recipe,
        mistakes=(SWAPPED,) + SLOPES + OF_ONE_POINT + SHARED_WITH_SLOPES,
        probes=ONE_PIXEL,
        places=place_of_one,
        hints=("Write V with a and b, and differentiate to a. b is a constant while x changes.",
               "Along x: the difference right minus left, once for the upper pair of pixels and once for the lower.",
               "dV/dx = (1 - b)(U01 - U00) + b (U11 - U10), where a pixel outside the image is 0."),
        well_done="Beside an edge in the image this slope says which way to move.",
        picture="bars"),
    Exercise(
        id="bilinear_sampler_backward_grid",
        lesson="06",
        arguments="dV, U, grid",
        answer="dgrid",
        axes=("n", "i", "j", "xy"),
        task="dgrid (N, H_out, W_out, 2), the gradient of the loss to the normalised sampling points.",
        truth=true_dgrid,
        solution=(corners, bilinear_sampler_backward_grid),
        package=(plain.bilinear_sampler_backward,),
        recipe=bilinear_sampler_dgrid_recipe,
        mistakes=TO_GRID + SLOPES + SCALING + SHARED_WITH_SLOPES,
        probes=SAMPLER_BACKWARD,
        sizes=sizes,
        places=place_of_all,
        hints=("Each point is read by all channels. Chain rule: slope times dV, added up over the channels.",
               "The slopes are per pixel, and grid is normalised. How many pixels is one unit?",
               "dgrid[..., 0] = (W - 1) / 2 * sum over c of dV * ((1 - b)(U01 - U00) + b (U11 - U10))."),
        well_done="This is the road by which a network learns where to look."),
)

PREDICTIONS = (
    Prediction(
        id="edge_sign",
        lesson="06",
        question="A point lies on an edge: dark (0) on its left, bright (1) on its right. What sign has dV/dx, the "
                 "slope of the sampled value when the point moves to the right?",
        form='"positive", "negative" or "zero"',
        truth=edge_sign,
        reason="To the right it is brighter, so V grows: the right pixel minus the left one is 1 - 0.",
        choices=("positive", "negative", "zero")),
)
