"""The bundled digits: 4,000 to train on and 1,000 to test on, drawn from MNIST.

They are few enough to come with the package, so that everything runs on a machine without a network, and
enough for a spatial transformer to learn from. Images stay bytes until `as_feature_maps` makes feature maps
of them: a byte takes an eighth of the memory of a float64.
"""

from importlib import resources
from typing import NamedTuple

import numpy as np

from ..checking import validate


class Digits(NamedTuple):
    """Handwritten digits, the pen white (255) on black (0)."""

    train_images: np.ndarray  # (n, 28, 28) uint8
    train_labels: np.ndarray  # (n,) uint8, 0..9
    test_images: np.ndarray   # (m, 28, 28) uint8
    test_labels: np.ndarray   # (m,) uint8, 0..9


def load_digits():
    """Load the digits that come with the package.

    Returns
    -------
    digits : Digits                  4,000 for training, 1,000 for testing, as many of each class
    """
    bundled = resources.files(__package__) / "digits.npz"
    with bundled.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return Digits(**{name: arrays[name] for name in Digits._fields})


def as_feature_maps(images, dtype=np.float64):
    """Turn images of bytes into feature maps of one channel, 0 for black and 1 for white.

    Parameters
    ----------
    images : (N, H, W) uint8
    dtype : float64 or float32

    Returns
    -------
    U : (N, 1, H, W)                 of that dtype, images / 255

    Raises TypeError where images are not bytes, are masked, or dtype is another one, ValueError where they have not
    three axes.
    """
    images, dtype = validate.as_array("images", images), validate.float_type(dtype)
    if images.dtype != np.uint8:
        raise TypeError(f"images must be uint8, got {images.dtype}")
    if images.ndim != 3:
        raise ValueError(f"images must have shape (N, H, W), got {images.shape}")
    return images[:, None].astype(dtype) / 255  # (N, 1, H, W)
