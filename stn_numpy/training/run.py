"""Runs: networks trained side by side on the same freshly distorted digits, and what to watch on the way.

All randomness of a `Run` comes from one generator whose state is in the checkpoint, so a run that is interrupted and
resumed gives the same numbers, bit for bit, as one that was not. `train` is the loop around it.
"""

import contextlib
import time
from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from ..checking import validate
from ..data import Digits, as_feature_maps
from ..grid.coordinates import pixels_per_unit
from ..network.layers import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from ..network.modules import check_module
from ..transformer import SpatialTransformer
from .checkpoint import read_checkpoint, write_checkpoint
from .distortions import DISTORTIONS, distort
from .sgd import SGD

CLASSES = 10         # the digits
CURES = "a smaller --localisation-factor or --learning-rate, or a transform that can do less; lesson 11 has more"


def where_it_looks(network):
    """Where the spatial transformers of a network looked in the last forward pass.

    Returns
    -------
    inside : float         share of all sampling points inside the image, 0 .. 1
    determinant : float    mean area of what one output pixel covers, in units of its area at the identity: det A for
                           an affine theta; below 1 the transformer zooms in. Both are 1 if there is no transformer.
    """
    check_module("network", network)
    looks = [(module.grid, module.align_corners) for module in network.walk() if isinstance(module, SpatialTransformer)]
    if not looks:
        return 1.0, 1.0
    if any(grid is None for grid, _ in looks):
        raise RuntimeError("where_it_looks needs a forward pass first: a transformer has looked nowhere yet")
    inside = np.mean([np.mean(np.all(np.abs(grid) <= 1, axis=-1)) for grid, _ in looks])
    return float(inside), float(np.mean([_mean_determinant(*look) for look in looks]))


def _mean_determinant(grid, align_corners):
    """Mean Jacobian determinant of target -> source, from the edges of the grid's cells."""
    d = grid.shape[-1]
    sizes = grid.shape[1:-1]
    if min(sizes) < 2:
        return float("nan")
    cells = tuple(slice(0, size - 1) for size in sizes)
    edges = [np.diff(grid, axis=axis + 1)[(slice(None),) + cells] * pixels_per_unit(sizes[axis], align_corners)
             for axis in range(d)]                                                 # 1 pixel long at the identity
    return np.mean(np.linalg.det(np.stack(edges[::-1], axis=-1)))


def complaints(rows):
    """What is wrong with where transformers look, and its cures, in words.

    Parameters
    ----------
    rows : list of dict              of the history of a run; rows that do not say where it looked are skipped

    Returns
    -------
    found : dict                     name of a network -> one line; without those that look where they should
    """
    found = {}
    for row in (row for row in rows if "inside" in row):
        inside, area = row["inside"], row["determinant"]
        if inside < 0.6 and area > 1.5:
            seen = f"zooms out: it looks at {area:.1f} times the area of the image"
        elif inside < 0.25:
            seen = f"looks outside the image: {inside:.0%} of its samples are inside"
        else:
            continue
        found[row["network"]] = f"at step {row['step']} the transformer of {row['network']} {seen}. Try {CURES}"
    return found


def predict(network, images, batch_size=500):
    """Logits of a network, (N, K), batch by batch.

    Raises TypeError where network is not a module, ValueError where there are no images, batch_size is not 1 or more, or
    the network does not put out one row of finite numbers for each image.
    """
    check_module("network", network)
    batch_size = validate.whole("batch_size", batch_size, 1)
    images = validate.as_array("images", images)
    if images.shape[:1] in [(), (0,)]:
        raise ValueError(f"images must hold at least one image, got shape {images.shape}")
    batches = [images[i:i + batch_size] for i in range(0, len(images), batch_size)]
    outputs = [validate.array("what the network puts out", network.forward(batch)) for batch in batches]
    for batch, output in zip(batches, outputs):
        if output.shape[:1] != batch.shape[:1]:
            raise ValueError(f"the network must put out a row for each of {len(batch)} images, got shape {output.shape}")
    return np.concatenate(outputs)


def error_rate(network, images, labels):
    """Share of images whose largest logit is not their label's, 0 .. 1.

    Parameters
    ----------
    network : Module                 from images to logits (N, K)
    images : (N, ...)
    labels : (N,) of int             0 .. K - 1

    Raises TypeError for labels that are not integers, ValueError where there is not one for each image, or one is too
    large.
    """
    logits = validate.array("logits", predict(network, images), "N K")
    return float(np.mean(logits.argmax(axis=1) != validate.labels("labels", labels, *logits.shape)))


class Run(validate.Checked):
    """Train networks side by side on freshly distorted digits.

    Parameters
    ----------
    networks : dict                  name -> Module, from images (N, 1, H, W) to logits (N, 10)
    digits : Digits                  see stn_numpy.data
    distortion : str                 a name in stn_numpy.training.distortions.DISTORTIONS
    schedule : function              step -> learning rate
    batch_size : int
    momentum, factors                as in SGD; factors that name no module of a network are left out for it
    seed : int                       of batches and distortions; the distorted test set depends on `test_seed` alone

    `history` is a list of dicts, one for each network and report: step, network, loss, train_error, test_error,
    inside, determinant. Batch size, distortion and schedule may be set later on.
    """
    OPTIONS = {
        "batch_size": lambda value: validate.whole("batch_size", value, 1),
        "distortion": lambda value: validate.choice("distortion", value, DISTORTIONS),
        "schedule": lambda value: validate.function("schedule", value),
    }

    def __init__(self, networks, digits, distortion, schedule, batch_size=256, momentum=0.9, factors=None, seed=0,
                 test_seed=1_000_003):
        self.batch_size, self.distortion, self.schedule = batch_size, distortion, schedule
        self.networks = validate.Fixed(validate.mapping("networks", networks))
        parts = [part for name in networks for part in check_module(f"network {name!r}", networks[name]).walk()]
        if len(set(parts)) < len(parts):
            raise ValueError("networks must not share modules, which would be trained by each of them: make one for each")
        if not isinstance(digits, Digits):
            raise TypeError(f"digits must be Digits, as load_digits() gives them, got {validate.a_kind_of(digits)}")
        dtypes = {param.dtype for network in networks.values() for param in network.params.values()}
        if len(dtypes) != 1:
            got = sorted(map(str, dtypes)) or "no parameters"
            raise TypeError(f"the parameters of all networks must have one dtype, got {got}")
        self.images, test_images = [as_feature_maps(part, *dtypes) for part in (digits.train_images, digits.test_images)]
        for field, images in (("train_images", self.images), ("test_images", test_images)):
            if len(images) == 0:
                raise ValueError(f"{field} must hold at least one digit, got none")
        self.labels = validate.labels("train_labels", digits.train_labels, len(self.images), CLASSES)
        test_labels = validate.labels("test_labels", digits.test_labels, len(test_images), CLASSES)
        test_rng = validate.generator(test_seed, "test_seed")
        self.test_images, self.test_labels = self.test_set(test_images, test_labels, test_rng)
        self.optimisers = {name: SGD(network, momentum, _factors_of(network, factors))
                           for name, network in networks.items()}
        self.rng = validate.generator(seed, "seed")
        self.step, self.history = 0, []
        self._since_report = {name: [] for name in networks}

    def advance(self):
        """One step of every network on one new batch."""
        images, labels = self.batch()
        for name in self.networks:
            with self.named_if_it_diverges(name):
                self._since_report[name].append(self._descend(name, images, labels))
        self.step += 1

    def batch(self):
        """Images and labels of a new batch: digits drawn with replacement, each distorted anew."""
        chosen = self.rng.integers(len(self.images), size=self.batch_size)
        return distort(self.images[chosen], self.distortion, self.rng), self.labels[chosen]

    def test_set(self, images, labels, rng):
        """What is tested on, made of the test digits: each of them, distorted once."""
        return distort(images, self.distortion, rng), labels

    def _descend(self, name, images, labels):
        """One step of one network; returns its loss and its share of errors on the batch."""
        network = self.networks[name]
        logits = network.forward(images)
        loss, cache = softmax_cross_entropy_forward(logits, labels)
        network.backward(softmax_cross_entropy_backward(np.ones_like(loss), cache), need_dx=False)
        self.optimisers[name].step(self.schedule(self.step))
        return float(loss), float(np.mean(logits.argmax(axis=1) != labels))

    @contextlib.contextmanager
    def named_if_it_diverges(self, name):
        """Where a layer refuses numbers that are not finite, say in the message that the learning rate is too large."""
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                yield
        except ValueError as error:
            if not any(words in str(error) for words in ("must be finite", "are finite")):
                raise
            raise FloatingPointError(f"{name} diverged by step {self.step}: {error}; try a smaller learning rate "
                                     "or a smaller factor for the localisation net") from error

    def report(self):
        """Measure every network on the test set; adds to `history` and returns the new rows."""
        rows = []
        for name, network in self.networks.items():
            loss, train_error = np.mean(self._since_report[name] or [(np.nan, np.nan)], axis=0)
            with self.named_if_it_diverges(name):
                test_error = error_rate(network, self.test_images, self.test_labels)
                inside, determinant = where_it_looks(network)
            rows.append({"step": self.step, "network": name, "loss": float(loss), "train_error": float(train_error),
                         "test_error": test_error, "inside": inside, "determinant": determinant})
            self._since_report[name] = []
        self.history += rows
        return rows

    def save(self, path, settings=None, **extra):
        """Write a checkpoint, .npz without pickles; the file is there whole or not at all.

        `settings`, a dict of plain values, must be the same when the run is resumed; `extra` arrays are kept along.
        """
        state = {"settings": settings, "step": self.step, "history": self.history,
                 "since_report": self._since_report, "rng": self.rng.bit_generator.state}
        write_checkpoint(path, state, self._arrays(), extra)

    def load(self, path, settings=None):
        """Resume from a checkpoint; returns the extra arrays.

        Raises ValueError, and changes nothing, if it is damaged, or of other networks or settings.
        """
        own = self._arrays()
        state, arrays, extra = read_checkpoint(path, own, list(self.networks), settings)
        self.rng.bit_generator.state = state["rng"]
        self.step, self.history, self._since_report = state["step"], state["history"], state["since_report"]
        for key, array in own.items():
            array[...] = arrays[key]
        return extra

    def _arrays(self):
        """Parameters and velocities of all networks, by their names in a checkpoint."""
        return {f"{name}/{kind}/{key}": array for name, network in self.networks.items()
                for kind, owned in (("param", network.params), ("velocity", self.optimisers[name].velocity))
                for key, array in owned.items()}


def _factors_of(network, factors):
    factors = validate.mapping("factors", {} if factors is None else factors)
    return {module: factor for module, factor in factors.items()
            if any(name.startswith(module + ".") for name in network.params)}


class Progress(NamedTuple):
    """How far a training is, after each of its steps."""
    rows: list               # of the report, if there was one at this step
    complaints: list         # lines on transformers that lost the image, each network's once
    spent: float             # on this clock since the loop began
    left: float              # the same until the last step, if the rest is as fast


def report_steps(steps, reports):
    """So many steps at which to report, evenly spaced, the last one among them."""
    steps, reports = validate.whole("steps", steps, 1), validate.whole("reports", reports, 1)
    return set(np.linspace(0, steps, reports + 1).round().astype(int).tolist())


def train(run, steps, reports, stopped, clock=time.monotonic):
    """The training loop: advance until a step, or until told to stop, and report on the way.

    Parameters
    ----------
    run                              a Run, or whatever else has `step`, `advance()` and `report()`
    steps : int                      the step at which it ends
    reports : set of int             the steps at which to report
    stopped : function               without arguments; asked before each step
    clock : function                 without arguments, seconds; or an array of several clocks

    Yields a Progress after each step.
    """
    steps, _ = validate.whole("steps", steps, 0), validate.function("stopped", stopped)
    if not isinstance(reports, Collection):
        raise TypeError(f"reports must be a set of steps, got {validate.a_kind_of(reports)}")
    first, begun, known = run.step, validate.function("clock", clock)(), set()
    while run.step < steps and not stopped():
        run.advance()
        rows = run.report() if run.step in reports else []
        new = {name: line for name, line in complaints(rows).items() if name not in known}
        known |= set(new)
        spent = clock() - begun
        yield Progress(rows, list(new.values()), spent, spent / (run.step - first) * (steps - run.step))
