"""Lesson 04, bilinear sampling: four weights, one pixel, and all of them."""

import numpy as np

import stn_numpy as stn

from .parts import Exercise, Mistake, Prediction, Probe
from .shared_mistakes import EDGE, SCALING, WEIGHTS
from .shared_sampler import (ONE_PIXEL, SAMPLER, already_in_pixels, bilinear_sampler_recipe, corners, four_corners,
                             grid_of_one, true_sampler)

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
    return stn.bilinear_sampler_forward(U[None, None], grid_of_one(U, x, y))[0][0, 0, 0, 0]


def true_bilinear_weights(x, y):
    """The gradient of V to the four pixels is their weights (Eq. 6); four rows and columns of margin are enough."""
    x0, y0, margin = int(np.floor(x)), int(np.floor(y)), 4
    U = np.zeros((9, 9))
    _, cache = stn.bilinear_sampler_forward(U[None, None], grid_of_one(U, x + margin, y + margin))
    dU, _ = stn.bilinear_sampler_backward(np.ones((1, 1, 1, 1)), cache)
    return dU[0, 0, y0 + margin:y0 + margin + 2, x0 + margin:x0 + margin + 2].ravel()


# --- Recipes


def bilinear_weights_recipe(x, y, *, join=np.multiply, **choices):
    """The four weights; pixels outside an image are no matter here."""
    point = np.array([[[[x, y]]]], dtype=np.result_type(type(x), np.float32))
    found = four_corners(point, 1, 1, scale=already_in_pixels, **choices)
    return np.array([join(*weights)[0, 0, 0] for _, _, weights, _ in found])


def sample_pixel_recipe(U, x, y, **choices):
    grid = np.array([[[[x, y]]]], U.dtype)
    return bilinear_sampler_recipe(U[None, None], grid, **{"scale": already_in_pixels, **choices})[0, 0, 0, 0]


# --- Mistakes

SUM_FOR_PRODUCT = Mistake(
    "sum_for_product", "You add the weights along x and y. They are multiplied: a pixel counts only if the point is "
    "near it in both directions.",
    "The four weights should add up to 1. Do yours?", "Eq. 5",
    ({"join": np.add}, {"join": lambda k_x, k_y: (k_x + k_y) / 2}, {"join": lambda k_x, k_y: (k_x + k_y) / 4}))

ROW_AND_COLUMN_SWAPPED = Mistake(
    "axes_swapped", "x and y have changed places: you read U[x, y]. An array is indexed [row, column], and y counts "
    "the rows, so it is U[y, x].",
    "Look at each pair of square brackets after U.", "lesson 01",
    ({"read": lambda grid: (grid[..., 1], grid[..., 0])},))

# --- Probes

POINTS = tuple(Probe((x, y), f"the point ({x}, {y})") for x, y in [(1.25, 2.5), (2.6, 0.3), (-0.3, 1.2), (-1.8, -0.4),
                                                                    (3.0, 1.7)])

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
        package=(stn.bilinear_sampler_forward,),
        recipe=bilinear_weights_recipe,
        mistakes=WEIGHTS + (SUM_FOR_PRODUCT,),
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
        package=(stn.bilinear_sampler_forward,),
        recipe=sample_pixel_recipe,
        mistakes=(ROW_AND_COLUMN_SWAPPED,) + WEIGHTS + EDGE,
        probes=ONE_PIXEL,
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
        package=(stn.bilinear_sampler_forward,),
        recipe=bilinear_sampler_recipe,
        mistakes=SCALING + WEIGHTS + EDGE,
        probes=SAMPLER,
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
