"""The questions to guess at before the lessons answer them; the package works out each truth, but that of times."""

from typing import Callable, NamedTuple

import numpy as np

from ..grid.affine import affine_grid_backward, affine_grid_forward
from ..grid.coordinates import to_pixels
from ..sampler.fast import bilinear_sampler_backward, bilinear_sampler_forward
from ..sampler.neighbours import pad_images
from .truths import bilinear_weights


class Prediction(NamedTuple):
    id: str
    lesson: str
    question: str
    form: str             # what a guess looks like
    truth: Callable       # () -> a number, a tuple, a sorted list of entries, or one of the choices
    reason: str
    choices: tuple = ()   # words to choose from, or () where numbers are wanted
    count: int = None     # how many numbers, where that is fixed


def _sampled(U, theta, out_shape=None):
    """U (H, W) seen through one theta."""
    grid, grid_cache = affine_grid_forward(np.array([theta]), out_shape or U.shape)
    V, cache = bilinear_sampler_forward(U[None, None], grid)
    return V[0, 0], cache, grid_cache


def wrong_output():
    """What the faulty line of lesson 00 gives."""
    left, right, a = 10.0, 20.0, 0.25
    return a * left + (1 - a) * right


def shift_right():
    U = np.zeros((5, 9))
    U[2, 4] = 1.0
    V, *_ = _sampled(U, [[1, 0, 0.5], [0, 1, 0.0]])
    row, column = np.argwhere(V > 0.5)[0]
    return {(0, 1): "right", (0, -1): "left", (1, 0): "down", (-1, 0): "up"}.get(
        (int(np.sign(row - 2)), int(np.sign(column - 4))), "nowhere")


def two_times_identity():
    disc = np.zeros((9, 9))
    disc[2:7, 2:7] = 1.0
    V, *_ = _sampled(disc, [[2.0, 0, 0], [0, 2.0, 0]])
    return "out" if V.sum() < disc.sum() else "in"


def pixel_of_minus_one():
    return tuple(float(to_pixels(np.array([-1.0]), 4, align_corners)[0]) for align_corners in (True, False))


def four_weights():
    return tuple(bilinear_weights(1.25, 2.5))


def weights_outside():
    top_left, top_right, *_ = bilinear_weights(-0.3, 0.0)
    return top_left, top_right


def sum_of_dU():
    theta = [[0.7, -0.2, 0.1], [0.15, 0.8, 0.05]]                # stays inside the image
    V, cache, _ = _sampled(np.zeros((5, 8)), theta, (4, 7))
    dU, _ = bilinear_sampler_backward(np.ones((1, 1, 4, 7)), cache)
    return float(dU.sum())


def edge_sign():
    U = np.repeat([[0.0, 0.0, 1.0, 1.0, 1.0]], 3, axis=0)        # dark on the left, bright on the right
    _, cache = bilinear_sampler_forward(U[None, None], np.array([[[[-0.25, 0.0]]]]))           # pixel 1.5
    _, dgrid = bilinear_sampler_backward(np.ones((1, 1, 1, 1)), cache)
    return {1: "positive", -1: "negative", 0: "zero"}[int(np.sign(dgrid[0, 0, 0, 0]))]


def stripes():
    U = np.repeat([[0.0, 1.0, 3.0, 2.0, 5.0, 4.0, 1.0, 0.0]], 5, axis=0)
    V, cache, grid_cache = _sampled(U, [[0.6, 0.1, 0.05], [0.1, 0.7, 0.02]], (4, 7))
    dV = np.random.default_rng(0).standard_normal((1, 1, 4, 7))
    _, dgrid = bilinear_sampler_backward(dV, cache)
    dtheta = affine_grid_backward(dgrid, grid_cache)
    return [int(entry) + 1 for entry in np.flatnonzero(np.abs(dtheta) < 1e-9)]


def flat_place():
    U = np.zeros((1, 1, 5, 8))
    U[0, 0, 3, 4] = 1.0
    return int(np.argmax(pad_images(U, "zeros").reshape(-1)))


def largest_step():
    """The one truth that is not worked out: no two machines measure the same, but on all that we know it is this."""
    return "batch"


_ALL = (
    Prediction(
        "wrong_output", "00", "blend(left, right, a) should give left where a is 0 and right where a is 1. The faulty "
        "line says: return a * left + (1 - a) * right. What does it make of blend(10, 20, 0.25)?", "a number",
        wrong_output, "0.25 times 10 and 0.75 times 20. The right answer is 12.5, close to left, since a is close to "
        "0: the two weights have changed places.", count=1),
    Prediction(
        "shift_right", "01", "The grid is shifted by t_x = +0.5: every output point looks half a unit further to the "
        "right in the source. Which way does the content of the picture move?",
        '"left", "right", "up", "down" or "nowhere"', shift_right,
        "Each output pixel shows what lies to its right, so all that is seen moves to the left. It is like a camera: "
        "turn it to the right, and the scene moves to the left in the picture.",
        ("left", "right", "up", "down", "nowhere")),
    Prediction(
        "two_times_identity", "02", "theta is twice the identity: x_s = 2 x_t and y_s = 2 y_t. Does the picture zoom "
        "in (things look bigger) or out (things look smaller)?", '"in" or "out"', two_times_identity,
        "The output looks at places from -2 to 2, an area twice as wide as the image. What was the whole picture now "
        "takes up only the middle of it: it zooms out.", ("in", "out")),
    Prediction(
        "pixel_of_minus_one", "03", "An image is W = 4 pixels wide. At which pixel coordinate is x = -1 with "
        "align_corners=True, and at which with align_corners=False? (The centre of the first pixel is at 0.)",
        "two numbers, (with True, with False)", pixel_of_minus_one,
        "With True, -1 is the centre of the first pixel, 0. With False, it is the left edge of that pixel, half a "
        "pixel before its centre.", count=2),
    Prediction(
        "four_weights", "04", "A point is at x = 1.25, y = 2.5, in pixels. What are the weights of the pixels at its "
        "top left, top right, bottom left and bottom right?", "four numbers, in this order", four_weights,
        "a = 0.25 and b = 0.5. Along x the weights are 0.75 and 0.25, along y 0.5 and 0.5; each pixel's weight is the "
        "product, and the four add up to 1.", count=4),
    Prediction(
        "weights_outside", "04", "Along one row, a point is at x = -0.3, a little outside the image. What are the "
        "weights of the pixel to its left (pixel -1, which is not there) and of the one to its right (pixel 0)?",
        "two numbers, (left, right)", weights_outside,
        "floor(-0.3) is -1, so a = -0.3 - (-1) = 0.7: pixel 0 keeps 0.7 of its value, and 0.3 is lost to the outside, "
        "where everything is 0. So the picture fades over the width of one pixel.", count=2),
    Prediction(
        "sum_of_dU", "05", "An image with one channel is sampled at 4 x 7 points, all of them inside. The upstream "
        "gradient dV is 1 everywhere. What do all the numbers of dU add up to?", "a number", sum_of_dU,
        "Each point hands its 1 to four pixels, in shares that add up to 1. Nothing gets lost, so the sum is the "
        "number of points, 4 times 7.", count=1),
    Prediction(
        "edge_sign", "06", "A point lies on an edge: dark (0) on its left, bright (1) on its right. What sign has "
        "dV/dx, the slope of the sampled value when the point moves to the right?",
        '"positive", "negative" or "zero"', edge_sign,
        "To the right it is brighter, so V grows: the right pixel minus the left one is 1 - 0.",
        ("positive", "negative", "zero")),
    Prediction(
        "stripes", "07", "An image of vertical stripes (every column the same from top to bottom) is sampled well "
        "inside. Which of the six entries of theta have a gradient of 0? They are numbered 1 2 3 in the first row and "
        "4 5 6 in the second.", "a list of numbers from 1 to 6, such as [1, 2]", stripes,
        "Up and down nothing changes, so dV/dy is 0. The second row of theta moves y_s only: its three entries get "
        "nothing."),
    Prediction(
        "flat_place", "08", "An image of 5 rows and 8 columns gets 2 more pixels on each of its four sides, and is "
        "then written down row by row, as one long line. At which place of this line is the image's pixel in row 3, "
        "column 4? (The first place is 0.)", "a number", flat_place,
        "With its padding a row is 12 pixels long, and the pixel is in row 5, column 6 of the padded image: 5 times "
        "12, and 6 more.", count=1),
    Prediction(
        "largest_step", "08", "Which one step makes the sampler faster by the largest factor: from loops to the "
        "whole batch at once, padding in place of masks, a faster scatter, slices of the batch, or keeping what the "
        "forward pass has found?", '"batch", "padding", "scatter", "slices" or "kept"', largest_step,
        "A loop pays Python's price for each sample, many small steps of some hundred nanoseconds each; the whole "
        "batch pays it once. But do not despise the others: their factors multiply.",
        ("batch", "padding", "scatter", "slices", "kept")),
)

PREDICTIONS = {prediction.id: prediction for prediction in _ALL}
