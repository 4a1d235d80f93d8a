"""Lesson 04, bilinear sampling: four weights, one pixel, and all of them."""

import numpy as np

import stn_numpy as stn

from ...sampler import plain
from .parts import Exercise, Mistake, Prediction, Probe, Where, without
from .shared_grid import as_it_is
from .shared_mistakes import EDGE, ONE_OF_FOUR, SCALING, SUM_FOR_PRODUCT, TOO_WIDE, WEIGHTS, straight, tent
from .shared_sampler import (ONE_PIXEL, ROOM, SAMPLER, already_in_pixels, bilinear_sampler_recipe, corners,
                             four_corners, grid_places, in_a_room, pixels, point_places, sampler_sizes, true_sampler)

# --- Solutions


def bilinear_weights(x, y):
    a = x - np.floor(x)                               # how far to the right of the left pixels
    b = y - np.floor(y)                               # how far below the top pixels
    return (1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b


def sample_pixel(U, x, y):
    H, W = U.shape
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    a, b = x - x0, y - y0
    value = 0.0
    for row, k_y in [(y0, 1 - b), (y0 + 1, b)]:
        for column, k_x in [(x0, 1 - a), (x0 + 1, a)]:
            if 0 <= row < H and 0 <= column < W:      # outside the image there is 0
                value += k_x * k_y * U[row, column]
    return value


def bilinear_sampler_forward(U, grid):
    N, C, H, W = U.shape
    n = np.arange(N)[:, None, None]
    V = np.zeros(grid.shape[:3] + (C,))                              # (N, H_out, W_out, C)
    for row, column, inside, (k_x, k_y), _ in corners(grid, H, W):
        V += (k_x * k_y * inside)[..., None] * U[n, :, row, column]
    return np.moveaxis(V, -1, 1)                                     # (N, C, H_out, W_out)


# --- The package's answers


def true_sample_pixel(U, x, y):
    return stn.bilinear_sampler_forward(*in_a_room(U, x, y))[0][0, 0, 0, 0]


def true_bilinear_weights(x, y):
    """The gradient of V to the four pixels is their weights (Eq. 6)."""
    room, point = in_a_room(np.zeros((1, 1)), x, y)
    _, cache = stn.bilinear_sampler_forward(room, point)
    dU, _ = stn.bilinear_sampler_backward(np.ones((1, 1, 1, 1)), cache)
    row, column = int(np.floor(y)) + ROOM[1], int(np.floor(x)) + ROOM[1]
    return dU[0, 0, row:row + 2, column:column + 2].ravel()

# --- Recipes


def bilinear_weights_recipe(x, y, *, join=np.multiply, finish=as_it_is, **choices):
    """The four weights; pixels outside an image do not matter here."""
    point = np.array([[[[x, y]]]], dtype=np.result_type(type(x), np.float32))
    found = four_corners(point, 1, 1, scale=already_in_pixels, **choices)
    return finish(np.array([join(*weights)[0, 0, 0] for _, _, weights, _ in found]))


def sample_pixel_recipe(U, x, y, **choices):
    grid = np.array([[[[x, y]]]], U.dtype)
    return bilinear_sampler_recipe(U[None, None], grid, **{"scale": already_in_pixels, **choices})[0, 0, 0, 0]


# --- Mistakes


def _normalised(terms):
    """The sum divided by the sum of the weights that are inside."""
    weights = sum(weight * inside for _, weight, inside in terms)[..., None]
    total = sum((weight * inside)[..., None] * values for values, weight, inside in terms)
    return np.divide(total, weights, out=np.zeros_like(total), where=weights != 0)


def _first_channel(U, place):
    values = pixels(U, place)
    return np.broadcast_to(values[..., :1], values.shape)


def _first_image(U, place):
    return pixels(np.broadcast_to(U[:1], U.shape), place)


def _last_into_first(axis):
    def finish(V):
        found = np.moveaxis(np.zeros_like(V), axis, 0)
        found[0] = np.moveaxis(V, axis, 0)[-1]
        return np.moveaxis(found, 0, axis)
    return finish


def _all_channels(V):
    return np.broadcast_to(V.sum(axis=1, keepdims=True), V.shape)


IN_THE_SUM = (
    Mistake("overwritten", "only one of the four pixels counts, as if it had overwritten the others.",
            "Look for = in your loop, where += belongs.", "Eq. 5", ONE_OF_FOUR),
    Mistake("renormalised", "the sum is divided by the weights that are inside, so the image does not fade at its edge. "
            "Here outside there is 0, and it keeps its weight.",
            "Look for a division by a sum of weights.", "lesson 04, outside the image", ({"add": _normalised},)),
    Mistake("max_missing", "every pixel of the image counts, with a weight 1 - |t| that is negative far away. The kernel "
            "is max(0, 1 - |t|).",
            "Look for np.maximum(0, ...).", "Eq. 5",
            ({"kernels": (straight, straight)}, {"kernels": (np.abs, np.abs)},
             Where("It is so along x only.", {"kernels": (tent, straight)}),
             Where("It is so along y only.", {"kernels": (straight, tent)}))),
    TOO_WIDE,
)

OF_THE_BATCH = (
    Mistake("first_channel_for_all", "every channel is read from channel 0.",
            "Look for an index 0 where the channels should be.", "Eq. 5", ({"look": _first_channel},)),
    Mistake("first_image_for_all", "every image is read from image 0.",
            "Look for U[0], or for an index of the batch that is missing.", "Eq. 5", ({"look": _first_image},)),
    Mistake("into_the_first", "all is put into one place: what the first one holds is that of the last, and the others are 0.",
            "Look for an index 0 on the left of =.", "Eq. 5",
            (Where("The first channel holds the last.", {"finish": _last_into_first(1)}),
             Where("The first image holds the last.", {"finish": _last_into_first(0)}))),
    Mistake("channels_added", "every channel holds the sum of all channels.",
            "Look for a sum over the axis of the channels.", "Eq. 5", ({"finish": _all_channels},)),
)

ROW_AND_COLUMN_SWAPPED = Mistake(
    "axes_swapped", "x and y have changed places: the image is read at U[x, y]. An array is indexed [row, column], and y "
    "counts the rows, so it is U[y, x].",
    "Look at each pair of square brackets after U, and at the order of a helper's arguments.", "lesson 01",
    ({"read": lambda grid: (grid[..., 1], grid[..., 0])},))

IN_NORMALISED = Mistake(
    "scaled_again", "x and y are taken to be normalised, and turned into pixels once more. Here they are pixels already.",
    "Look for (x + 1) * (W - 1) / 2.", "lesson 03",
    ({"scale": lambda coordinate, size: (coordinate + 1) * (size - 1) / 2},))


def _four(change):
    """A change of the four weights, given a and b; None leaves one as it is."""
    def finish(weights):
        a, b = weights[1] + weights[3], weights[2] + weights[3]
        new = change(a, b)
        return np.array([old if value is None else value for old, value in zip(weights, new)], weights.dtype)
    return finish


def _distances_of(a, b):
    return (a, b), (1 - a, b), (a, 1 - b), (1 - a, 1 - b)


def _inverse_distances(a, b):
    parts = [1 / max(np.hypot(x, y), 1e-12) for x, y in _distances_of(a, b)]
    return [part / sum(parts) for part in parts]


OF_FOUR_WEIGHTS = (
    SUM_FOR_PRODUCT,
    Mistake("bare", "some of the four are a, b, 1 - a or 1 - b alone, where each is a product of one along x and one along "
            "y.",
            "Top right is a (1 - b), bottom left (1 - a) b.", "Eq. 5",
            (Where("Top right is a, and bottom left is b.", {"finish": _four(lambda a, b: (None, a, b, None))}),
             Where("Top right is 1 - b, and bottom left is 1 - a.",
                   {"finish": _four(lambda a, b: (None, 1 - b, 1 - a, None))}),
             Where("All four: 1 - a, a, 1 - b and b.", {"finish": _four(lambda a, b: (1 - a, a, 1 - b, b))}))),
    Mistake("brackets_missing", "1 - a * b, or a * 1 - b, without brackets: Python multiplies before it subtracts.",
            "Put brackets around 1 - a and 1 - b.", "Eq. 5",
            ({"finish": _four(lambda a, b: (None, a * 1 - b, 1 - a * b, None))},
             {"finish": _four(lambda a, b: (1 - a * 1 - b, a * 1 - b, 1 - a * b, None))},
             {"finish": _four(lambda a, b: (None, a - a * b, 1 - a * b, None))},
             {"finish": _four(lambda a, b: (None, 1 - a * b, 1 - a * b, None))})),
    Mistake("sum_of_two", "two of the weights are sums, a + (1 - b) and (1 - a) + b, where they are products.",
            "They are multiplied: a (1 - b).", "Eq. 5",
            ({"finish": _four(lambda a, b: (None, a + 1 - b, 1 - a + b, None))},)),
    Mistake("distance", "the weights are made from the distance to each pixel, 1 - its length or 1 / its length. They are "
            "products of one weight along x and one along y.",
            "Look for np.sqrt, np.hypot or np.linalg.norm.", "Eq. 5",
            ({"finish": _four(lambda a, b: [1 - np.hypot(x, y) for x, y in _distances_of(a, b)])},
             {"finish": _four(lambda a, b: [max(0, 1 - np.hypot(x, y)) for x, y in _distances_of(a, b)])},
             {"finish": _four(_inverse_distances)})),
)

# --- Probes

POINTS = tuple(Probe((x, y), f"the point ({x}, {y})") for x, y in [
    (1.25, 2.5), (2.6, 0.3), (-0.3, 1.2), (-1.8, -0.4), (3.0, 1.7), (4.4, 2.0), (0.15, 5.85)])


def place_of_one(U, x, y):
    return point_places(np.float64(x), np.float64(y), *U.shape)


def place_of_all(U, grid):
    """The same masks for every channel of V."""
    return {words: mask[:, None] for words, mask in grid_places(U, grid).items()}

# --- Predictions


def four_weights():
    return tuple(true_bilinear_weights(1.25, 2.5))


def weights_outside():
    top_left, top_right, *_ = true_bilinear_weights(-0.3, 0.0)
    return top_left, top_right


EXERCISES = (
    Exercise(
        id="bilinear_weights",
        lesson="04",
        arguments="x, y",
        answer="weights",
        axes=("w",),
        task="The four weights of the point (x, y), in pixels: top left, top right, bottom left, bottom right.",
        truth=true_bilinear_weights,
        solution=(bilinear_weights,),
        package=(plain.bilinear_sampler_forward,),
        recipe=bilinear_weights_recipe,
        mistakes=without(WEIGHTS, "left_of_left", "one_neighbour_twice") + OF_FOUR_WEIGHTS,
        probes=POINTS,
        hints=("How far is the point from the pixel on its left, and from the pixel above it?",
               "a = x - floor(x) is that distance along x. The left pixel gets 1 - a: all, where a is 0.",
               "Multiply the weight along x with the weight along y: (1 - a)(1 - b) for the top left, and so on."),
        well_done="The four always add up to 1.",
        picture="bars"),
    Exercise(
        id="sample_pixel",
        lesson="04",
        arguments="U, x, y",
        answer="value",
        axes=(),
        task="The value of one image U (H, W) at the point (x, y), in pixels. Outside the image there is 0.",
        truth=true_sample_pixel,
        solution=(sample_pixel,),
        package=(plain.bilinear_sampler_forward,),
        recipe=sample_pixel_recipe,
        mistakes=(ROW_AND_COLUMN_SWAPPED, SUM_FOR_PRODUCT, IN_NORMALISED) + WEIGHTS + EDGE + IN_THE_SUM,
        probes=ONE_PIXEL,
        places=place_of_one,
        hints=("Find the four pixels around the point, and their weights.",
               "Add up weight times U[row, column], but only for those of the four that are inside the image.",
               "Rows are y0 and y0 + 1, columns x0 and x0 + 1. Skip one where not 0 <= row < H or not 0 <= column < "
               "W."),
        well_done="Bilinear sampling is this, for every point of the grid and every channel.",
        picture="bars"),
    Exercise(
        id="bilinear_sampler_forward",
        lesson="04",
        arguments="U, grid",
        answer="V",
        axes=("n", "c", "i", "j"),
        task="U (N, C, H, W) sampled at all points of grid (N, H_out, W_out, 2), zeros outside.",
        truth=true_sampler,
        solution=(corners, bilinear_sampler_forward),
        package=(plain.bilinear_sampler_forward,),
        recipe=bilinear_sampler_recipe,
        mistakes=SCALING + WEIGHTS + EDGE + (SUM_FOR_PRODUCT,) + IN_THE_SUM + OF_THE_BATCH,
        probes=SAMPLER,
        sizes=sampler_sizes,
        places=place_of_all,
        hints=("Turn grid into pixels first (lesson 03). From there on it is sample_pixel, for arrays.",
               "x0 = np.floor(x).astype(int) is an array. Clip the indices so that they can be read, and let the "
               "weight be 0 where the pixel was outside.",
               "With n = np.arange(N)[:, None, None], U[n, :, row, column] reads one pixel for every point, channels "
               "last."),
        well_done="Now every output pixel is a sum of four input pixels, and of that we can take derivatives."),
)

PREDICTIONS = (
    Prediction(
        id="four_weights",
        lesson="04",
        question="A point is at x = 1.25, y = 2.5, in pixels. What are the weights of the pixels at its top left, "
                 "top right, bottom left and bottom right?",
        form="four numbers, in this order",
        truth=four_weights,
        reason="a = 0.25 and b = 0.5. Along x the weights are 0.75 and 0.25, along y 0.5 and 0.5; each pixel's "
               "weight is the product, and the four add up to 1.",
        count=4),
    Prediction(
        id="weights_outside",
        lesson="04",
        question="Along one row, a point is at x = -0.3, a little outside the image. What are the weights of the "
                 "pixel to its left (pixel -1, which is not there) and of the one to its right (pixel 0)?",
        form="two numbers, (left, right)",
        truth=weights_outside,
        reason="floor(-0.3) is -1, so a = -0.3 - (-1) = 0.7: pixel 0 keeps 0.7 of its value, and 0.3 is lost to the "
               "outside, where everything is 0. So the picture fades over the width of one pixel.",
        count=2),
)
