"""The networks of co-localisation (A.2): one that says where to look, and one, fixed, that says what is seen there.

The encoder holds what the last feature maps of small convolutional classifiers of plain digits show, measured in a unit
in which the encodings of digits have a mean square length of 2: on that unit depends what alpha = 1 means. It is made of
three classifiers that differ in their seeds alone. To each of them digits look most like digits when they are some
pixels off the middle, to another side for each, and nothing else in the task says where in its box a digit should be.
"""

from typing import NamedTuple

import numpy as np

from .. import validate
from ..data import as_feature_maps
from ..layers import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from ..modules import AveragePool, Container, Conv2D, Linear, MaxPool, Module, ReLU, Sequential
from ..train import SGD, error_rate
from ..transformer import SpatialTransformer
from .colocalisation_task import CANVAS, FRAME

MEAN_INK = 0.1                           # brightness of every canvas when the localisation net sees it
WIDE = 1.3                               # s at the start: the box is wider than the canvas, so every digit is in it
SQUARE = 2.0                             # mean square length of the encodings of digits, of which alpha is one half
READERS = 3                              # classifiers whose feature maps make up the encoding
READER = {"steps": 800, "batch_size": 64, "learning_rate": 0.03, "momentum": 0.9}        # how the classifier learns
READER_TITLE = "3 times 5x5x8 pooled, 5x5x16 pooled, pooled | 64, 10"                    # | where the encoder ends
LOOKER_TITLE = "share of ink, pooled, pooled, linear 441-3"


class ShareOfInkCache(NamedTuple):
    out: np.ndarray          # (N, C, H, W), for the mean that all pixels share
    mean: np.ndarray         # (N, 1, 1, 1), the brightness that was divided by


def share_of_ink_forward(U):
    """Make all images of the same mean brightness, 0.1.

    V = 0.1 U / mean(U),      the mean over channels, rows and columns of each image

    Where every image has the same amount of ink, the centre of the ink is a linear function of the pixels; else a bold
    digit looks farther out than a thin one.

    Parameters
    ----------
    U : (N, C, H, W)                 feature map, the mean of each image above 0

    Returns
    -------
    V : (N, C, H, W)
    cache : ShareOfInkCache

    Backward: dU = (0.1 dV - mean(dV V)) / mean(U).

    Raises TypeError for dtypes other than float32 or float64, ValueError for a wrong shape, NaN, infinity or an image
    without ink.
    """
    U, = validate.arrays(U=(U, "N C H W"))
    mean = U.mean(axis=(1, 2, 3), keepdims=True)
    if mean.min() <= 0:
        raise ValueError(f"U must have ink in every image, but image {mean.argmin()} has a mean of {mean.min():g}")
    V = MEAN_INK * U / mean
    return V, ShareOfInkCache(V, mean)


def share_of_ink_backward(dV, cache):
    """Gradient of share_of_ink_forward.

    Parameters
    ----------
    dV : (N, C, H, W)                dL/dV

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    """
    V, mean = cache
    dV = validate.gradient("dV", dV, V.shape, V.dtype)
    return (MEAN_INK * dV - (dV * V).mean(axis=(1, 2, 3), keepdims=True)) / mean


class ShareOfInk(Module):
    """All images of the same mean brightness."""

    def __init__(self):
        super().__init__()
        self._cache = None

    def forward(self, x):
        out, self._cache = share_of_ink_forward(x)
        return out

    def backward(self, dout, need_dx=True):
        return share_of_ink_backward(dout, self._used(self._cache)) if need_dx else None


class Encoder(Container):
    """Feature maps of several networks as one row of numbers for each image, times a constant."""

    def __init__(self, networks):
        super().__init__(*networks)
        self.scale = 1.0

    def forward(self, x):
        features = [network.forward(x) for network in self.children.values()]
        self._shape = features[0].shape
        rows = [maps.reshape(len(maps), -1) for maps in features]
        return np.concatenate(rows, axis=1) * x.dtype.type(self.scale)                             # (N, K)

    def backward(self, dout, need_dx=True):
        pieces = np.split(dout * dout.dtype.type(self.scale), len(self.children), axis=1)
        dx = [network.backward(np.ascontiguousarray(piece).reshape(self._shape), need_dx)
              for network, piece in zip(self.children.values(), pieces)]
        return sum(dx) if need_dx else None


def train_encoder(digits, seed, show=lambda step: None):
    """Train classifiers of plain digits and keep their first layers.

    Parameters
    ----------
    digits : Digits
    seed : int
    show : function                  called with the number of steps done, over all classifiers

    Returns
    -------
    encoder : Encoder                from images (N, 1, 28, 28) to (N, 192), of mean square length 1 on training digits
    test_error : float               mean of the classifiers' errors, 0 .. 1
    """
    towers, errors = [], []
    for i in range(READERS):
        tower, error = _train_reader(digits, np.random.default_rng([seed, 10, i]),
                                     lambda step: show(i * READER["steps"] + step))
        towers.append(tower)
        errors.append(error)
    encoder = Encoder(towers)
    e = encoder.forward(as_feature_maps(digits.train_images[:1000], np.float32))
    encoder.scale = float(np.sqrt(SQUARE / np.square(e).sum(axis=1).mean()))
    return encoder, float(np.mean(errors))


def _train_reader(digits, rng, show):
    """Train one classifier; returns its layers up to the last feature maps, and its test error."""
    tower = Sequential(filters1=Conv2D(1, 8, 5, 0, rng, np.float32), pool1=MaxPool(), relu1=ReLU(),
                       filters2=Conv2D(8, 16, 5, 0, rng, np.float32), pool2=MaxPool(), relu2=ReLU(), pool3=MaxPool())
    reader = Sequential(tower=tower, hidden=Linear(64, 64, rng, np.float32), relu=ReLU(),
                        out=Linear(64, 10, rng, np.float32))
    images, labels = as_feature_maps(digits.train_images, np.float32), digits.train_labels
    optimiser = SGD(reader, READER["momentum"])
    for step in range(READER["steps"]):
        chosen = rng.integers(len(images), size=READER["batch_size"])
        loss, cache = softmax_cross_entropy_forward(reader.forward(images[chosen]), labels[chosen])
        reader.backward(softmax_cross_entropy_backward(np.ones_like(loss), cache), need_dx=False)
        optimiser.step(READER["learning_rate"] * (1 if step < 0.75 * READER["steps"] else 0.1))
        show(step + 1)
    return tower, error_rate(reader, as_feature_maps(digits.test_images, np.float32), digits.test_labels)


def build_transformer(rng):
    """An attention transformer (Eq. 2) that looks at the whole canvas at first: (N, 1, 84, 84) -> (N, 1, 56, 56).

    Twice as many points along each axis as the encoder's 28, to be averaged 2 x 2: a box as wide as the canvas would
    skip two pixels of three otherwise, and its gradient be mostly noise.
    """
    side = CANVAS // 4
    looker = Sequential(ink=ShareOfInk(), half=AveragePool(), quarter=AveragePool(),
                        linear=Linear(side * side, 3, rng, np.float32))
    transformer = SpatialTransformer(looker, "attention", out_shape=(2 * FRAME, 2 * FRAME))
    looker.start_at([WIDE, 0, 0])
    return transformer
