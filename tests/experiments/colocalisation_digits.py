"""The digits of the tests of co-localisation: few of the bundled ones, and some drawn at random."""

import numpy as np

from stn_numpy.data import Digits, load_digits

ALL = load_digits()
FEW = Digits(ALL.train_images[:400], ALL.train_labels[:400], ALL.test_images[:60], ALL.test_labels[:60])


def digits(count, seed=0):
    """Digits drawn at random, float64; no pixel is 0."""
    return 0.1 + 0.9 * np.random.default_rng(seed).random((count, 1, 28, 28))
