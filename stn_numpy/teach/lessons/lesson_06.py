"""Lesson 06, back to the coordinates: slopes, the scale factor and kinks."""

import numpy as np

import stn_numpy as stn

from ...grid.coordinates import pixels_per_unit
from .parts import Exercise, Mistake, Prediction, pick, without
from .shared_grid import x_then_y
from .shared_mistakes import EDGE, SCALING, UPSTREAM, WEIGHTS, a_for_b, batch_mistake, far_neighbour
from .shared_sampler import (ONE_PIXEL, SAMPLER_BACKWARD, already_in_pixels, bilinear_sampler_dgrid_recipe, corners,
                             grid_of_one, rising, true_gradients)

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
    _, cache = stn.bilinear_sampler_forward(U[None, None], grid_of_one(U, x, y))
    _, dgrid = stn.bilinear_sampler_backward(np.ones((1, 1, 1, 1)), cache)
    H, W = U.shape
    return dgrid[0, 0, 0] / np.array([pixels_per_unit(W, True), pixels_per_unit(H, True)])


def true_dgrid(dV, U, grid):
    return true_gradients(dV, U, grid)[1]


# --- Recipe


def slopes_recipe(U, x, y, **choices):
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


def _on_either_axis(cross):
    """The same mistake in both slopes, in the one along x only, and in the one along y only."""
    return {"cross_x": cross, "cross_y": cross}, {"cross_x": cross}, {"cross_y": cross}


def _a_for_b_along(axis):
    """a_for_b in the slope along one axis only: the weights of the other axis are wrong."""
    def arrange(four):
        return [(place, inside, (wrong[0], weights[1]) if axis == "y" else (weights[0], wrong[1]), slopes)
                for (place, inside, weights, slopes), (_, _, wrong, _) in zip(four, a_for_b(four))]

    return {"arrange": arrange}


SLOPES = (
    Mistake("sign", "The sign is turned round. As the point moves right, the right neighbour gains weight and the left "
            "one loses it: right minus left. Along y it is bottom minus top.",
            "Look at the order of each difference.", "Eq. 7",
            ({"finish": np.negative},
             {"stack": lambda x, y: x_then_y(-x, y)}, {"stack": lambda x, y: x_then_y(x, -y)})),
    Mistake("weights_missing", "You take the difference of two pixels, but the weights of the other axis are missing. "
            "The slope along x is mixed from the upper and the lower pair: (1 - b)(U01 - U00) + b (U11 - U10); "
            "the one along y from the left and the right pair, with 1 - a and a.",
            "Look for b in the slope along x, and for a in the slope along y.", "Eq. 7",
            (*_on_either_axis(lambda weight, lower: np.ones_like(weight)),
             *_on_either_axis(lambda weight, lower: np.full_like(weight, lower)),
             *_on_either_axis(lambda weight, lower: np.full_like(weight, not lower)))),
    Mistake("weights_reversed", "The weights of the other axis are reversed: the upper pair of pixels gets b and the "
            "lower pair 1 - b, or the left pair gets a and the right pair 1 - a. A pair close to the point should "
            "count most.",
            "Look at which of b and 1 - b goes with row y0, and which of a and 1 - a with column x0.",
            "Eq. 7, lesson 04",
            ({"weigh": far_neighbour, "slope": _reversed_rising},
             *_on_either_axis(lambda weight, lower: 1 - weight))),
    Mistake("a_and_b_swapped", "a and b have changed places: the slope along x is weighted with a, and the one along y "
            "with b. Along x the two pairs of pixels are the upper and the lower one, so b is what mixes them; along y "
            "it is a.",
            "Look at which weight stands beside each difference.", "Eq. 7",
            ({"arrange": a_for_b}, _a_for_b_along("x"), _a_for_b_along("y"))),
    Mistake("ceil", "Between the pixels your slope is right, but it is 0 where x or y is a whole number. There ceil(x) "
            "and floor(x) are the same pixel, and the difference of a pixel with itself is 0.",
            "Use x0 + 1 as the right neighbour, not ceil(x).", "lesson 06, kinks",
            ({"upper": lambda x, low: np.ceil(x)},)),
    Mistake("equation_7_to_the_letter", "Between the pixels your slope is right. Where x or y is a whole number you "
            "follow Eq. 7 to the letter, and there it keeps only one of the two neighbours: even an image that is the "
            "same everywhere would get a slope.",
            "Take the neighbours x0 = floor(x) and x0 + 1, with slopes -1 and +1, at whole numbers too.",
            "lesson 06, kinks; Eq. 7", ({"slope": _eq_7_to_the_letter},)),
    Mistake("left_hand_slope", "Between the pixels your slope is right. Where x or y is a whole number, the kink, you "
            "take the slope on the left. Mathematically that is as good a choice, but the course agrees on the right: "
            "floor(x) and floor(x) + 1.",
            "Look for ceil(x) - 1 as the left neighbour, or for < where <= belongs.", "lesson 06, kinks",
            ({"lower": lambda x: np.ceil(x) - 1},)),
)

SWAPPED = Mistake(
    "dx_dy_swapped", "The two slopes have changed places: the one along x comes first.",
    "Look at the line that joins the two, and at the differences: along x, the two pixels are neighbours in one row.",
    "Eq. 7, lesson 01",
    ({"stack": lambda x, y: x_then_y(y, x)},))

TO_GRID = (
    SWAPPED._replace(changes=(*SWAPPED.changes, {**SWAPPED.changes[0], "spans": lambda H, W: (W, H)})),
    Mistake("factor_missing", "The slope is right for one pixel, but grid is in normalised coordinates: one unit of "
            "it is (W - 1) / 2 pixels along x and (H - 1) / 2 along y. By the chain rule this is a factor.",
            "Differentiate x = (x_grid + 1) (W - 1) / 2.", "lesson 06, the scale factor",
            ({"factor": lambda size: 1},)),
    Mistake("factor_half_size", "Your factor is W / 2 and H / 2. It is the slope of the map to pixels, which is "
            "(W - 1) / 2 and (H - 1) / 2 for align_corners=True.",
            "Look at the line with the factor.", "lesson 06, the scale factor; lesson 03",
            ({"factor": lambda size: size / 2},)),
    Mistake("factor_inverted", "You divide by the factor (W - 1) / 2. A small step in the grid is a big step in "
            "pixels, so V changes more, not less: multiply.",
            "Look at the line with the factor.", "lesson 06, the scale factor",
            ({"factor": lambda size: 2 / (size - 1)},)),
    Mistake("factor_doubled", "Your factor is W - 1 and H - 1, twice too much: from -1 to 1 are two units.",
            "The factor is (W - 1) / 2.", "lesson 06, the scale factor", ({"factor": lambda size: size - 1},)),
    Mistake("factors_swapped", "The two factors have changed places: (W - 1) / 2 belongs to x, (H - 1) / 2 to y.",
            "Look at the line with the factors.", "lesson 06, the scale factor", ({"spans": lambda H, W: (W, H)},)),
    Mistake("one_channel_only", "You use only one channel. All channels are read at the same point, so when it moves, "
            "all of them change: add up over the channels.",
            "Look for an index 0 where the channels should be, or for a = in a loop over c that should be +=.",
            "Eq. 7, lesson 06",
            ({"over_channels": lambda values: values[..., 0]}, {"over_channels": lambda values: values[..., -1]})),
    Mistake("mean_over_channels", "You take the mean over the channels. All channels are read at the same point, and "
            "what each of them says adds up.",
            "Look for .mean() or / C.", "Eq. 7, lesson 06", ({"over_channels": lambda values: values.mean(axis=-1)},)),
    UPSTREAM,
    batch_mistake({"finish": lambda dgrid: dgrid / len(dgrid)}),
)

SHARED_WITH_SLOPES = pick(WEIGHTS, "truncation", "rounded") + pick(EDGE, "border", "wraps_round", "cut_at_edge")

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
        package=(stn.bilinear_sampler_backward,),
        recipe=slopes_recipe,
        mistakes=(SWAPPED,) + SLOPES + SHARED_WITH_SLOPES,
        probes=ONE_PIXEL,
        hints=("Write V with a and b, and differentiate to a. b is a constant while x changes.",
               "Along x: the difference right minus left, once for the upper pair of pixels and once for the lower.",
               "dV/dx = (1 - b)(U01 - U00) + b (U11 - U10), where a pixel outside the image is 0."),
        well_done="Beside an edge of the image this slope says which way to move.",
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
        package=(stn.bilinear_sampler_backward,),
        recipe=bilinear_sampler_dgrid_recipe,
        mistakes=TO_GRID + SLOPES + without(SCALING, "y_flipped", "outer_edges", "middle_missing")
                 + SHARED_WITH_SLOPES,
        probes=SAMPLER_BACKWARD,
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
