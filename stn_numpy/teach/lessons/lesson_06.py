"""Mistakes of lessons 05 to 07: the gradients of the sampler and of the affine grid.

These come on top of the mistakes of sampling, which every gradient of the sampler shares.
"""

import numpy as np

from .parts import Mistake
from .lesson_04 import a_for_b, far_neighbour
from .shared_grid import x_then_y
from .shared_sampler import pixels, rising

# --- Ways of scattering that lose something


def _assign(dU, contributions):
    for place, values, inside in contributions:
        dU[place] = values * inside


def _add_once(dU, contributions):
    for place, values, inside in contributions:
        dU[place] += values * inside


def _selected(place, values, inside):
    """Only the points whose pixel is inside, as lists."""
    images, _, row, column = place
    keep = inside[..., 0]
    images = np.broadcast_to(images, keep.shape)
    return (images[keep], slice(None), row[keep], column[keep]), values[keep]


def _assign_inside(dU, contributions):
    for contribution in contributions:
        place, values = _selected(*contribution)
        dU[place] = values


def _add_once_inside(dU, contributions):
    for contribution in contributions:
        place, values = _selected(*contribution)
        dU[place] += values


def _assign_point_by_point(dU, contributions):
    """As loops over the points do that assign all four corners of one point before they go to the next."""
    for point in np.ndindex(contributions[0][1].shape[:3]):
        for (_, _, row, column), values, inside in contributions:
            if inside[point][0]:
                dU[point[0], :, row[point], column[point]] = values[point]


def _divide_by_weights(dU, contributions):
    total = np.zeros_like(dU)
    for place, values, inside in contributions:
        np.add.at(total, place, np.ones_like(values) * inside)
    return dU / np.maximum(total, 1)


def _first_channel(dU, contributions):
    return np.concatenate([dU[:, :1], np.zeros_like(dU[:, 1:])], axis=1)


UPSTREAM = Mistake(
    "upstream_ignored", "Your gradient does not depend on the upstream gradient: it is what would come out if every "
    "number of it were 1. By the chain rule each part is multiplied by it.",
    "Look for the first argument of your function: where is it used?", "lesson 05, the chain rule",
    ({"upstream": np.ones_like},))


def _batch(finish):
    return Mistake(
        "averaged_over_batch", "You divide by the number of images. A mean over the batch belongs to the loss, and the "
        "upstream gradient has it in it already.",
        "Look for / N or for .mean().", "lesson 05, the chain rule", (finish,))


SCATTER = (
    Mistake("overwritten", "Where several values go to one place, only the last is kept. They must add up.",
            "total[index] = values overwrites, and total[index] += values reads all old numbers before it writes any "
            "new one. Use np.add.at(total, index, values), or a loop with +=.", "lesson 05",
            ({"put": lambda total, index, values: total.__setitem__(index, values)},)),
    Mistake("first_kept", "Where several values go to one place, only the first is kept. They must add up.",
            "Look for a condition that skips places which are filled already.", "lesson 05",
            ({"put": lambda total, index, values: total.__setitem__(index[::-1], values[::-1])},)),
    Mistake("averaged", "You average the values that go to one place. Gradients that meet add up.",
            "Look for a division by a count.", "lesson 05",
            ({"finish": lambda total, index: total / np.maximum(np.bincount(index, minlength=len(total)), 1)},)),
    Mistake("counted_only", "You count how many values go to each place, and leave out the values themselves.",
            "np.bincount(index) counts; np.bincount(index, weights=values) adds up.", "lesson 05",
            ({"put": lambda total, index, values: np.add.at(total, index, 1)},)),
)

TO_U = (
    Mistake("overwritten", "Where several points read one pixel, only one of them gets through: the others are "
            "overwritten. Each of them must add its part.",
            "dU[index] = part overwrites, and dU[index] += part loses all but one of equal indices, since it reads all "
            "old numbers before it writes. Use np.add.at(dU, index, part), or a loop over the points with +=.",
            "Eq. 6, lesson 05",
            ({"put": _assign}, {"put": _assign_inside}, {"put": _add_once}, {"put": _add_once_inside},
             {"put": _assign_point_by_point})),
    UPSTREAM,
    Mistake("averaged", "You divide each pixel's gradient by the number of points that read it. Gradients that meet "
            "add up; nothing is averaged.",
            "Look for a division by a count.", "Eq. 6, lesson 05", ({"finish": _divide_by_weights},)),
    _batch({"finish": lambda dU, contributions: dU / len(dU)}),
    Mistake("one_channel_only", "Only the first channel gets a gradient. Every channel is sampled with the same "
            "weights, so each gets its own part of dV.",
            "Look for an index 0 where the channels should be, or for a loop over c that ends early.", "Eq. 6",
            ({"finish": _first_channel},)),
    Mistake("channels_added", "Every channel gets the sum of all channels' gradients. Channel c of U is read only by "
            "channel c of V.",
            "Look for a sum over the axis of the channels. (It belongs in dgrid, not here.)", "Eq. 6",
            ({"upstream": lambda dV: np.broadcast_to(dV.sum(axis=1, keepdims=True), dV.shape)},)),
    Mistake("weights_missing", "Each of the four pixels gets the whole of dV. It gets dV times its weight: the weights "
            "with which it was read.",
            "Look for (1 - a)(1 - b), a (1 - b), (1 - a) b and a b in your code.", "Eq. 6",
            ({"weigh": lambda x, low, high: (np.ones_like(x), np.ones_like(x))},)),
    Mistake("multiplied_by_U", "You multiply by the values of U. V = weight times U, so the derivative with respect to "
            "U is the weight alone.",
            "Look for U in the line that makes dU; only its shape is needed.", "Eq. 6",
            ({"times": pixels},)),
)


# --- To the coordinates


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
    _batch({"finish": lambda dgrid: dgrid / len(dgrid)}),
)
