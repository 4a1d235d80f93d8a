"""The networks of co-localisation (A.2): one that says where to look, and one, fixed, that says what is seen there."""

from typing import NamedTuple

import numpy as np

from ..checking import validate
from ..network.modules import AveragePool, Container, Conv2D, Linear, MaxPool, ReLU, Sequential, WithoutParameters
from ..transformer import SpatialTransformer
from .colocalisation_task import CANVAS, FRAME

MEAN_INK = 0.1                           # brightness of every canvas when the localisation net sees it
POINTS = 2 * FRAME                       # sampled along each axis, to be averaged 2 x 2
WIDE = 1.3                               # s at the start: the box is wider than the canvas, so every digit is in it
SQUARE = 1.0                             # mean square length of each part of a digit's encoding, as long as alpha
ENCODING_TITLE = "first filters in quarters, answers"
LOOKER_TITLE = "share of ink, pooled, pooled, linear 441-3"


class ShareOfInkCache(NamedTuple):
    V: np.ndarray            # (N, C, H, W), for the mean that all pixels share; a copy
    mean: np.ndarray         # (N, 1, 1, 1), the brightness that was divided by


def share_of_ink_forward(U):
    """Make all images of the same mean brightness, 0.1.

    V = 0.1 U / mean(U),      the mean over channels, rows and columns of each image

    Where every image has the same amount of ink, the centre of the ink is a linear function of the pixels; otherwise a
    bold digit seems to lie further out than a thin one.

    Parameters
    ----------
    U : (N, C, H, W)                 feature map, the mean of each image above 0

    Returns
    -------
    V : (N, C, H, W)
    cache : ShareOfInkCache

    Backward: dU = (0.1 dV - mean(dV V)) / mean(U).

    Raises ValueError for an image without ink.
    """
    U = validate.array("U", U, "N C H W")
    mean = U.mean(axis=(1, 2, 3), keepdims=True)
    if mean.min() <= 0:
        raise ValueError(f"U must have ink in every image, but image {mean.argmin()} has a mean of {mean.min():g}")
    V = MEAN_INK * U / mean
    validate.results(V=V)
    return V, ShareOfInkCache(V.copy(), mean)


def share_of_ink_backward(dV, cache):
    """Gradient of share_of_ink_forward.

    Parameters
    ----------
    dV : (N, C, H, W)                dL/dV

    Returns
    -------
    dU : (N, C, H, W)                dL/dU
    """
    V, mean = validate.cache(cache, ShareOfInkCache, "share_of_ink_forward")
    dV = validate.gradient("dV", dV, V.shape, V.dtype)
    dU = (MEAN_INK * dV - (dV * V).mean(axis=(1, 2, 3), keepdims=True)) / mean
    validate.results(dU=dU)
    return dU


class ShareOfInk(WithoutParameters):
    """All images of the same mean brightness."""
    pair = share_of_ink_forward, share_of_ink_backward


class Encoder(Container):
    """What two layers of a classifier make of an image, as one row of numbers.

    The first part is coarse, what the first filters find in four parts of the image (2 x 2 of its upper left 24 x 24
    pixels, since halving 10 to 5 to 2 leaves out the last ones): it says that there is a digit somewhere in the box. The
    second is exact, the classifier's answers before the softmax: it says that the digit is whole and in the middle. Each
    is measured in a unit of its own, see `calibrate`.
    """

    def __init__(self, first, rest):
        super().__init__(first=first, coarse=Sequential(AveragePool(), AveragePool()), rest=rest)
        self.scales = 1.0, 1.0

    def forward(self, x):
        first, coarse, rest = self.children.values()
        maps = first.forward(x)
        quarters = coarse.forward(maps)                                            # (N, C, 2, 2)
        self._shape = quarters.shape
        parts = quarters.reshape(len(x), -1), rest.forward(maps)
        return np.concatenate(self._scaled(parts), axis=1)                         # (N, 4 C + answers)

    def backward(self, dout, need_dx=True):
        first, coarse, rest = self.children.values()
        dquarters, danswers = self._scaled(self._parts(dout))
        dmaps = rest.backward(danswers) + coarse.backward(dquarters.reshape(self._shape))
        return first.backward(dmaps, need_dx)

    def _parts(self, e):
        return np.split(e, [int(np.prod(self._shape[1:]))], axis=1)

    def _scaled(self, parts):
        return [part * part.dtype.type(scale) for part, scale in zip(parts, self.scales)]

    def calibrate(self, images):
        """Let both parts of the encodings of these images have a mean square length of 1."""
        self.scales = 1.0, 1.0
        parts = self._parts(self.forward(images))
        self.scales = tuple(float(np.sqrt(SQUARE / np.square(part).sum(axis=1).mean())) for part in parts)


def filters(channels_in, channels_out, size, rng):
    """A convolution, pooled and cut off at 0, in float32."""
    return Sequential(Conv2D(channels_in, channels_out, size, 0, rng, np.float32), MaxPool(), ReLU())


def build_transformer(rng):
    """An attention transformer (Eq. 2) that looks at the whole canvas at first: (N, 1, 84, 84) -> (N, 1, 56, 56).

    Twice as many points along each axis as the encoder's 28, to be averaged 2 x 2: a box as wide as the canvas would
    skip two pixels of three otherwise, and its gradient be mostly noise.
    """
    side = CANVAS // 4
    looker = Sequential(ink=ShareOfInk(), half=AveragePool(), quarter=AveragePool(),
                        linear=Linear(side * side, 3, rng, np.float32))
    transformer = SpatialTransformer(looker, "attention", out_shape=(POINTS, POINTS))
    looker.start_at([WIDE, 0, 0])
    return transformer
