"""The classifier whose activations co-localisation (A.2) compares: it knows a digit that is whole and in the middle.

It has eleven answers: the ten digits, and "no whole digit in the middle". A classifier of plain digits has never seen
anything else, and takes a piece of clutter, or a digit too small and off the middle, for some digit. This
one learns on pieces of canvases as the transformer may crop them, made of the digits to learn from, never of those to
be found. The clutter there and around the digits to be found is cut from the same images.

The unaided search does without that knowledge: its classifier has the same layers, and learns plain digits.
"""

import numpy as np

from ..data import as_feature_maps
from ..grid.restricted import attention_grid_forward
from ..network.layers import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from ..network.modules import Linear, ReLU, Sequential
from ..network.pooling import average_pool_forward
from ..sampler.fast import bilinear_sampler_forward
from ..training.run import error_rate
from ..training.sgd import SGD
from .colocalisation_networks import POINTS, Encoder, filters
from .colocalisation_task import CANVAS, FRAME, boxes_of, iou, make_canvases

NONE, ANSWERS = 10, 11
WHOLE = 0.6                              # a piece shows a whole digit when its IoU with the frame is above this
READER = {"steps": 1200, "batch_size": 64, "learning_rate": 0.03, "momentum": 0.9}
READER_TITLE = "9x9x16 pooled, 7x7x32 pooled, 64, 11 answers"
PLAIN_TITLE = "9x9x16 pooled, 7x7x32 pooled, 64, 10 answers"
PIECES = {                               # share, distance from the frame's middle in pixels, size in frames
    "whole": [1 / 2, [0, 2.5], [0.9, 1.15]],
    "beside": [1 / 6, [8, 24], [0.8, 1.3]],
    "sized": [1 / 6, [0, 4], [0.3, 4]],
    "anywhere": [1 / 6, [0, 40], [0.4, 4]],
}


def pieces(images, labels, others, rng):
    """What an attention transformer might crop from canvases with these digits, half of them with clutter.

    Parameters
    ----------
    images, others : (N, 1, 28, 28), (M, 1, 28, 28)      as in make_canvases
    labels : (N,) of int             of the images
    rng : numpy.random.Generator

    Returns
    -------
    crops : (N, 1, 28, 28)
    answers : (N,)                   the label where the digit is whole and in the middle, else 10
    """
    canvases = make_canvases(images, others, rng)
    seen = np.where(rng.random((len(images), 1, 1, 1)) < 0.5, canvases.plain, canvases.cluttered)
    grid, _ = attention_grid_forward(_places(canvases.boxes, rng).astype(images.dtype), (POINTS, POINTS))
    crops, _ = average_pool_forward(bilinear_sampler_forward(seen, grid)[0])
    return crops, np.where(iou(boxes_of(grid), canvases.boxes) > WHOLE, labels, NONE)


def _places(boxes, rng):
    """theta (N, 3) of boxes at random distances from these, and of random sizes."""
    shares, distances, sizes = zip(*PIECES.values())
    kind = rng.choice(len(shares), len(boxes), p=shares)
    distance = rng.uniform(*np.array(distances)[kind].T)                           # (N,)
    size = np.exp(rng.uniform(*np.log(sizes)[kind].T))
    angle = rng.uniform(0, 2 * np.pi, len(boxes))
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 + distance[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    half = (CANVAS - 1) / 2                                                        # pixels in a unit of t
    return np.column_stack([size * FRAME * (1 - 1 / POINTS) / (2 * half), (middle - half) / half])


def train_encoder(digits, seed, plain=False, show=lambda step: None):
    """Train the classifier, and take its activations for an encoder.

    Parameters
    ----------
    digits : Digits
    seed : int
    plain : bool                     whether it learns plain digits and their ten answers, in place of pieces
    show : function                  called with the number of steps done

    Returns
    -------
    encoder : Encoder                from images (N, 1, 28, 28) to (N, 75), (N, 74) if plain
    test_error : float               share of plain test digits that are misread, or taken for none, 0 .. 1
    """
    rng = np.random.default_rng([seed, 10])
    first, second = filters(1, 16, 9, rng), filters(16, 32, 7, rng)
    rest = Sequential(second=second, hidden=Linear(128, 64, rng, np.float32), relu=ReLU(),
                      out=Linear(64, NONE if plain else ANSWERS, rng, np.float32))
    reader = Sequential(first=first, rest=rest)
    images, labels = as_feature_maps(digits.train_images, np.float32), digits.train_labels
    optimiser = SGD(reader, READER["momentum"])
    for step in range(READER["steps"]):
        chosen = rng.integers(len(images), size=READER["batch_size"])
        crops, answers = images[chosen], labels[chosen]
        if not plain:
            crops, answers = pieces(crops, answers, images, rng)
        loss, cache = softmax_cross_entropy_forward(reader.forward(crops), answers)
        reader.backward(softmax_cross_entropy_backward(np.ones_like(loss), cache), need_dx=False)
        optimiser.step(READER["learning_rate"] * min(1, 2 * (1 - step / READER["steps"])))
        show(step + 1)
    encoder = Encoder(first, rest)
    encoder.calibrate(images[:1000])
    return encoder, error_rate(reader, as_feature_maps(digits.test_images, np.float32), digits.test_labels)
