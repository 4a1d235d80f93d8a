"""MNIST addition (A.1, Table 4): two distorted digits, one in each channel, and their sum to be read.

    python -m stn_numpy.experiments.addition [--mnist DIR] [--steps N] [--seed S] [--out DIR]

An image has two channels, a label is one of the 19 sums 0 .. 18; the digits themselves are never told. One transformer
sees both channels but has one box for both. Two of them side by side can share the work, one digit each. The three
networks are trained side by side on the same pairs, to one record. As in Table 1, a run that was stopped or killed is
resumed by the same command and comes to the same figures, bit for bit.
"""

import argparse
import sys

import numpy as np

from ..arrangements import Parallel
from ..data import load_digits, load_mnist
from ..network.modules import MLP, AveragePool, Sequential
from ..pictures.look import save
from ..training.commandline import CtrlC, ended, folder_name, make_folder, number_from, reserved
from ..training.distortions import distort
from ..training.run import Run
from ..training.sgd import linear_decay
from ..transformer import SpatialTransformer
from . import addition_results
from .addition_results import FORM
from .harness import RESULTS, RESUMING, UNFINISHED, descend, say_threads
from .networks import LOCALISATION_UNITS, PARAMETERS, classifier_sizes, count
from .records import check_same, digits_stated, read_record, write_record

TRANSFORMERS = {"FCN": 0, "ST-FCN Aff": 1, "2xST-FCN Aff": 2}       # name of a network -> how many it has
DIGITS = 2                               # to a pair: channels of an image
CANVAS = (42, 42)
SUMS = 19
TEST_PAIRS, TEST_SEED = 5000, 1_000_004
MOMENTUM = 0.9


def build(transformers, rng, dtype=np.float32):
    """A network of about 400,000 parameters, from pairs (N, 2, 42, 42) to logits (N, 19).

    Parameters
    ----------
    transformers : int               how many stand side by side; 0: the classifier sees the pair itself
    rng : numpy.random.Generator     of the weights

    Returns
    -------
    network : Module
    sizes : dict                     what a record says of it: the widths of its layers and the number of parameters
    """
    pixels = DIGITS * CANVAS[0] * CANVAS[1]
    if transformers == 0:
        sizes = {"classifier": classifier_sizes(pixels, PARAMETERS, SUMS)}
        network = MLP(sizes["classifier"], rng, dtype)
    else:
        looking = [pixels, LOCALISATION_UNITS, LOCALISATION_UNITS, 6]
        seen = transformers * pixels // 4                                # each hands on both channels, halved
        reading = classifier_sizes(seen, PARAMETERS - transformers * count(looking), SUMS)
        eyes = Parallel(*(SpatialTransformer(MLP(looking, rng, dtype)) for _ in range(transformers)))
        network = Sequential(transformer=eyes, pool=AveragePool(), classifier=MLP(reading, rng, dtype))
        sizes = {"localisation": looking, "classifier": reading}
    return network, {**sizes, "parameters": sum(param.size for param in network.params.values())}


def pair_up(images, labels, chosen, rng):
    """Distort the digits chosen, each on its own, and put two of them into one image.

    Parameters
    ----------
    images, labels : (M, 1, 28, 28), (M,)    all digits
    chosen : (N, 2) int              which two make a pair
    rng : numpy.random.Generator     of the distortions

    Returns
    -------
    pairs : (N, 2, 42, 42)           a digit in each channel, rotated, scaled and anywhere (RTS)
    sums : (N,)                      0 .. 18
    """
    distorted = distort(images[chosen.ravel()], "RTS", rng)              # (2 N, 1, 42, 42)
    return distorted.reshape(len(chosen), DIGITS, *CANVAS), labels[chosen].sum(axis=1)


class AdditionRun(Run):
    """Train networks side by side on pairs of digits, drawn and distorted anew for each batch.

    Parameters as in Run, except that the distortion is RTS. The test pairs are the same for all runs on the same
    digits: `test_digits` (5000, 2) are the labels of their digits.
    """

    def __init__(self, networks, digits, schedule, batch_size=256, momentum=0.9, factors=None, seed=0):
        super().__init__(networks, digits, "RTS", schedule, batch_size, momentum, factors, seed, TEST_SEED)

    def test_set(self, images, labels, rng):
        """Test pairs and their sums. All digits are used equally often, or some of them once more."""
        turns = [rng.permutation(len(images)) for _ in range(-(-DIGITS * TEST_PAIRS // len(images)))]
        chosen = np.concatenate(turns)[:DIGITS * TEST_PAIRS].reshape(TEST_PAIRS, DIGITS)
        self.test_digits = labels[chosen]
        return pair_up(images, labels, chosen, rng)

    def batch(self):
        """Images and labels of a new batch of pairs."""
        chosen = self.rng.integers(len(self.images), size=(self.batch_size, DIGITS))
        return pair_up(self.images, self.labels, chosen, self.rng)


def parse(arguments):
    """The command line as a Namespace."""
    parser = argparse.ArgumentParser(
        prog="python -m stn_numpy.experiments.addition", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Train three networks to add two distorted digits (MNIST addition), to one record and two "
                    "pictures. What was interrupted is resumed: simply give the same command again.")
    add = parser.add_argument
    add("--mnist", metavar="DIR", type=folder_name,
        help="train on the whole of MNIST, read from DIR, instead of the bundled 5,000 digits")
    add("--steps", type=number_from(int, 1), default=4000,
        help="the learning rate falls in a straight line to 0 over the second half of them")
    add("--batch-size", type=number_from(int, 1), default=256, help="pairs in a step")
    add("--learning-rate", type=number_from(float, 0, open_at_low=True), default=0.1, help="of the first half")
    add("--localisation-factor", type=number_from(float, 0, open_at_low=True), default=0.1,
        help="the localisation nets' learning rate, as a multiple of the classifier's")
    add("--seed", type=number_from(int, 0), default=0, help="of weights, pairs and distortions")
    add("--out", metavar="DIR", type=folder_name, default=RESULTS, help="where record, pictures and checkpoint go")
    return parser.parse_args(arguments)


def prepare(digits, options):
    """A fresh run, and the configuration that its record will state."""
    built = {name: build(n, np.random.default_rng([options.seed, 1, n])) for name, n in TRANSFORMERS.items()}
    run = AdditionRun({name: network for name, (network, _) in built.items()}, digits,
                      linear_decay(options.learning_rate, options.steps // 2, options.steps), options.batch_size,
                      MOMENTUM, {"transformer": options.localisation_factor}, options.seed)
    return run, {"steps": options.steps, "batch_size": options.batch_size, "learning_rate": options.learning_rate,
                 "schedule": "constant, then linear to 0 over the second half", "momentum": MOMENTUM,
                 "localisation_factor": options.localisation_factor, "dtype": "float32",
                 "networks": {name: sizes for name, (_, sizes) in built.items()}, "test_pairs": TEST_PAIRS,
                 **digits_stated(digits)}


def train(digits, options):
    """Train to the record, from the checkpoint if there is one. Returns the exit code: 0, or 130 after a Ctrl-C."""
    run, settings = prepare(digits, options)
    path = options.out / FORM.name({"configuration": settings, "seed": options.seed})
    checkpoint = options.out / UNFINISHED / f"{path.stem}.npz"
    with reserved(checkpoint.with_suffix(".lock"), path):
        if path.exists():
            check_same(path, read_record(path, FORM)["configuration"], settings)
            print(f"this is finished, see {path}")
            return 0
        with CtrlC() as ctrl_c:
            spent = descend(run, settings, checkpoint, ctrl_c, " / ".join(run.networks))
        if sys.stdout.isatty():
            print()
        if run.step < options.steps:
            print(f"stopped; {RESUMING}")
            return 130
        _finish(run, path, settings, spent, options.seed)
        checkpoint.unlink(missing_ok=True)
    return 0


def _finish(run, path, settings, spent, seed):
    """Draw the pictures, then write the record, so that a record stands for all three."""
    errors = {row["network"]: row["test_error"] for row in run.history[-len(run.networks):]}
    record = {"experiment": "addition", "seed": seed, "configuration": settings, "curve": run.history,
              "test_errors": errors, "follows": addition_results.follows(run), **spent}
    looks, curves = addition_results.picture_paths(path)
    save(addition_results.looks(run), looks)
    save(addition_results.curves(record), curves)
    write_record(path.parent, record, FORM)
    print(addition_results.in_words(record), f"written: {path}, {looks}, {curves}", sep="\n\n")


def main(arguments=None):
    """Run the command; returns the exit code."""
    options = parse(arguments)

    def command():
        digits = load_mnist(options.mnist) if options.mnist else load_digits()
        make_folder(options.out / UNFINISHED)
        say_threads()
        return train(digits, options)
    return ended(command, RESUMING)


if __name__ == "__main__":
    sys.exit(main())
