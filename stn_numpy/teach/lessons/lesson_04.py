"""Mistakes of lessons 04 to 06 that all bilinear sampling shares: neighbours, weights, and the image's edge.

Each exercise picks those that can be made there.
"""

import numpy as np

from .parts import Mistake


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

SUM_FOR_PRODUCT = Mistake(
    "sum_for_product", "You add the weights along x and y. They are multiplied: a pixel counts only if the point is "
    "near it in both directions.",
    "The four weights should add up to 1. Do yours?", "Eq. 5",
    ({"join": np.add}, {"join": lambda k_x, k_y: (k_x + k_y) / 2}, {"join": lambda k_x, k_y: (k_x + k_y) / 4}))

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
