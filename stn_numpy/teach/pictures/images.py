"""Small images to learn on. Each is a feature map (1, 1, H, W) of float64, and none looks the same turned or mirrored,
except where that is the point."""

import numpy as np

from ...data import as_feature_maps, load_digits


def ramp(H=5, W=5):
    """0, 1, 2 .. along each row and on in the next: every pixel has a value of its own."""
    return np.arange(H * W, dtype=np.float64).reshape(1, 1, H, W)


def letter(H=8, W=7):
    """A letter F, 1 on 0: it tells turned from mirrored, and up from down."""
    U = np.zeros((1, 1, H, W))
    U[..., 1:-1, 1] = 1
    U[..., 1, 1:-1] = 1
    U[..., H // 2, 1:-2] = 1
    return U


def vertical_stripes(H=6, W=8, period=4):
    """Waves between 0 and 1 along x, constant along y; `period` in pixels."""
    return np.broadcast_to(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(W) / period), (1, 1, H, W)).copy()


def edge(H=5, W=6):
    """0 to the left and 1 to the right of the middle."""
    return np.broadcast_to((np.arange(W) >= W // 2).astype(np.float64), (1, 1, H, W)).copy()


def digit(label=5, which=0):
    """A handwritten digit of the bundled set, (1, 1, 28, 28)."""
    digits = load_digits()
    found = np.flatnonzero(digits.train_labels == label)
    if not (found.size and 0 <= which < found.size):
        raise ValueError(f"label must be 0..9 and which 0..{max(found.size - 1, 0)}, got {label} and {which}")
    return as_feature_maps(digits.train_images[found[which]:found[which] + 1])
