"""Draw the bundled digits from MNIST: python -m stn_numpy.data.make_digits --mnist DIR

Kept so that anybody can see where `digits.npz` comes from and make it again, the same to the byte: the draw uses
NumPy's frozen generator `RandomState`, whose numbers never change from one version to the next, and the archive
carries no dates. (A Python built with another deflate library may pack the same arrays into other bytes.)
"""

import argparse
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

from .digits import Digits
from .files import write_whole
from .idx import load_mnist

SEED = 2015  # the year of the paper
TRAIN_PER_CLASS = 400
TEST_PER_CLASS = 100
BUNDLED = Path(__file__).with_name("digits.npz")


def draw_digits(mnist, train_per_class=TRAIN_PER_CLASS, test_per_class=TEST_PER_CLASS, seed=SEED):
    """Draw as many digits of each class, without repetition, in shuffled order.

    Parameters
    ----------
    mnist : Digits                   the training digits are drawn from its training digits, the test from its test
    train_per_class, test_per_class : int
    seed : int

    Returns
    -------
    digits : Digits                  10 train_per_class and 10 test_per_class of them

    Raises ValueError where mnist has too few of a class.
    """
    generator = np.random.RandomState(seed)
    train = _draw_balanced(mnist.train_labels, train_per_class, generator)
    test = _draw_balanced(mnist.test_labels, test_per_class, generator)
    return Digits(mnist.train_images[train], mnist.train_labels[train],
                  mnist.test_images[test], mnist.test_labels[test])


def _draw_balanced(labels, per_class, generator):
    """Return the indices of per_class digits of each class: the first ones of a shuffled deck, in its order."""
    deck = generator.permutation(len(labels))
    chosen = []
    for label in range(10):
        places = np.flatnonzero(labels[deck] == label)[:per_class]
        if len(places) < per_class:
            raise ValueError(f"{per_class} digits of class {label} are wanted, there are {len(places)}")
        chosen.append(places)
    return deck[np.sort(np.concatenate(chosen))]  # (10 per_class,)


def pack(digits):
    """Return the bytes of a compressed .npz of the four arrays, the same on every day and system."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, array in zip(digits._fields, digits):
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # always written as if on Unix
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return packed.getvalue()


def main(argv=None):
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m stn_numpy.data.make_digits",
                                     description="Draw the digits bundled with the package from the whole of MNIST.")
    parser.add_argument("--mnist", metavar="DIR", required=True, help="folder with the four files of MNIST")
    parser.add_argument("--output", metavar="FILE", default=BUNDLED, help="file to write (default: %(default)s)")
    options = parser.parse_args(argv)
    try:
        content = pack(draw_digits(load_mnist(options.mnist)))
        write_whole(options.output, content)
    except (OSError, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.output}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
