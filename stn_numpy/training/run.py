"""Training: stochastic gradient descent, what to watch on the way, and checkpoints.

A `Run` trains one network, or several side by side on the same distorted digits. All its randomness comes from one
generator whose state is in the checkpoint, so a run that is interrupted and resumed gives the same numbers, bit for
bit, as one that was not.
"""

import contextlib
import io
import json
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..checking import validate
from ..data import as_feature_maps
from ..data.files import write_whole
from ..grid.coordinates import pixels_per_unit
from ..network.layers import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from ..transformer import SpatialTransformer
from .distortions import distort

CLASSES = 10         # the digits
STATE = {"settings", "step", "history", "since_report", "rng"}       # in a checkpoint, beside the arrays


class SGD:
    """Gradient descent with momentum on the parameters of one network.

        velocity = momentum * velocity - learning_rate * factor * gradient,     parameter += velocity

    Parameters
    ----------
    network : Module
    momentum : float                 0 for plain gradient descent
    factors : dict                   name of a module -> factor on the learning rate of its parameters, such as
                                     {"transformer": 0.1}: a localisation net wants smaller steps than a classifier
    """

    def __init__(self, network, momentum=0.0, factors=None):
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be at least 0 and less than 1, got {momentum}")
        self.network, self.momentum = network, momentum
        self.velocity = {name: np.zeros_like(param) for name, param in network.params.items()}
        self.factors = {name: 1.0 for name in self.velocity}
        for module, factor in (factors or {}).items():
            names = [name for name in self.factors if name.startswith(module + ".")]
            if not names:
                raise ValueError(f"factors names {module!r}, which has no parameters; there are {list(self.factors)}")
            self.factors.update(dict.fromkeys(names, factor))

    def step(self, learning_rate):
        """Change every parameter in place by the gradients of the last backward pass."""
        grads = self.network.grads
        for name, param in self.network.params.items():
            velocity = self.velocity[name]
            velocity *= self.momentum
            velocity -= learning_rate * self.factors[name] * grads[name]
            param += velocity


def step_decay(learning_rate, every, factor=0.1):
    """The paper's schedule: the rate is multiplied by `factor` after each `every` steps. Returns rate(step)."""
    every, = validate.sizes("every", (every,), "every")
    return lambda step: learning_rate * factor ** (step // every)


def linear_decay(learning_rate, start, end):
    """The rate stays up to step `start`, then falls in a straight line to 0 at step `end`. Returns rate(step).

    Where steps are few, none of them is spent at a rate too small to change much, as in the last part of step_decay.
    """
    if not 0 <= start < end:
        raise ValueError(f"start must be at least 0 and before end, got {start} and {end}")
    return lambda step: learning_rate * min(1, (end - step) / (end - start))


def where_it_looks(network):
    """Where the spatial transformers of a network looked in the last forward pass.

    Returns
    -------
    inside : float         share of all sampling points inside the image, 0 .. 1
    determinant : float    mean area of what one output pixel covers, in units of its area at the identity: det A for
                           an affine theta; below 1 the transformer zooms in. Both are 1 if there is no transformer.
    """
    looks = [(module.grid, module.align_corners) for module in network.walk() if isinstance(module, SpatialTransformer)]
    if not looks:
        return 1.0, 1.0
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


def predict(network, images, batch_size=500):
    """Logits of a network, (N, K), batch by batch."""
    return np.concatenate([network.forward(images[i:i + batch_size]) for i in range(0, len(images), batch_size)])


def error_rate(network, images, labels):
    """Share of images whose largest logit is not their label's, 0 .. 1."""
    return float(np.mean(predict(network, images).argmax(axis=1) != labels))


class Run:
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
    inside, determinant.
    """

    def __init__(self, networks, digits, distortion, schedule, batch_size=256, momentum=0.9, factors=None, seed=0,
                 test_seed=1_000_003):
        self.batch_size, = validate.sizes("batch_size", (batch_size,), "batch_size")
        self.networks, self.distortion, self.schedule = networks, distortion, schedule
        dtypes = {param.dtype for network in networks.values() for param in network.params.values()}
        if len(dtypes) != 1:
            raise TypeError(f"the parameters of all networks must have one dtype, got {sorted(map(str, dtypes))}")
        self.images = as_feature_maps(digits.train_images, dtypes.pop())
        self.labels = validate.labels("train_labels", digits.train_labels, len(self.images), CLASSES)
        test_images = as_feature_maps(digits.test_images, self.images.dtype)
        test_labels = validate.labels("test_labels", digits.test_labels, len(test_images), CLASSES)
        self.test_images, self.test_labels = self.test_set(test_images, test_labels, np.random.default_rng(test_seed))
        self.optimisers = {name: SGD(network, momentum, _factors_of(network, factors))
                           for name, network in networks.items()}
        self.rng = np.random.default_rng(seed)
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
        """Turn the complaint of a layer about numbers that are not finite into a word on the learning rate."""
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                yield
        except ValueError as error:
            if "finite" not in str(error):
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
            if inside < 0.25:
                warnings.warn(f"step {self.step}: the transformer of {name} looks outside the image, only "
                              f"{inside:.0%} of its samples are inside; try a smaller learning rate for it", stacklevel=2)
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
        arrays = {"state": np.array(json.dumps(state)), **{f"extra/{name}": array for name, array in extra.items()}}
        for name, network in self.networks.items():
            arrays.update({f"{name}/param/{key}": param for key, param in network.params.items()})
            arrays.update({f"{name}/velocity/{key}": v for key, v in self.optimisers[name].velocity.items()})
        content = io.BytesIO()
        np.savez(content, **arrays)
        write_whole(path, content.getvalue())

    def load(self, path, settings=None):
        """Go on from a checkpoint; returns the extra arrays.

        Raises ValueError, and changes nothing, if it is damaged, or of other networks or settings.
        """
        arrays = _read_arrays(path)
        extra = {name.removeprefix("extra/"): arrays.pop(name) for name in list(arrays) if name.startswith("extra/")}
        wanted = {f"{name}/{kind}/{key}": array for name, network in self.networks.items()
                  for kind, owned in (("param", network.params), ("velocity", self.optimisers[name].velocity))
                  for key, array in owned.items()}
        if set(arrays) != set(wanted) | {"state"}:
            raise ValueError(f"{path} is not a checkpoint of these networks: it holds {sorted(arrays)}")
        for key, array in wanted.items():
            if arrays[key].shape != array.shape or arrays[key].dtype != array.dtype:
                raise ValueError(f"{path} is of other networks: {key} is {arrays[key].dtype} {arrays[key].shape} there, "
                                 f"{array.dtype} {array.shape} here")
        state = _read_state(arrays["state"], path)
        if state["settings"] != settings:
            raise ValueError(f"{path} was made with other settings: {_differences(state['settings'], settings)}")
        self.rng.bit_generator.state = state["rng"]
        self.step, self.history, self._since_report = state["step"], state["history"], state["since_report"]
        for key, array in wanted.items():
            array[...] = arrays[key]
        return extra


def _differences(there, here):
    there, here = there or {}, here or {}
    return ", ".join(f"{name} was {there.get(name)}, is now {here.get(name)}"
                     for name in {**there, **here} if there.get(name) != here.get(name))


def _factors_of(network, factors):
    return {module: factor for module, factor in (factors or {}).items()
            if any(name.startswith(module + ".") for name in network.params)}


def _read_arrays(path):
    content = Path(path).read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ValueError(f"{path} is damaged or no checkpoint: it is no .npz archive")
    try:
        stored = np.load(io.BytesIO(content), allow_pickle=False)
        return {name: stored[name] for name in stored.files}
    except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError, tokenize.TokenError, zlib.error) as error:
        raise ValueError(f"{path} is damaged or no checkpoint: {error}") from error


def _read_state(text, path):
    try:
        state = json.loads(str(text))
    except ValueError as error:
        raise ValueError(f"{path} is damaged or no checkpoint: {error}") from error
    if not isinstance(state, dict) or set(state) != STATE:
        raise ValueError(f"{path} is not a checkpoint of a run: its state is not {', '.join(sorted(STATE))}")
    return state
