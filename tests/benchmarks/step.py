"""One training step of ST-FCN in float32 against the same network in PyTorch.

    python -m tests.benchmarks step

42 x 42 digits (RTS) in batches of 256, localisation 1764-32-32-6, classifier 1764-128-128-10, softmax cross-entropy,
gradient descent with momentum. Both begin with the same parameters and see the same batches; before anything is timed
it is asserted that five steps give the same losses and change every parameter alike.
"""

import cProfile
import functools
import itertools
import os
import pstats
import time
from typing import Callable, NamedTuple

import numpy as np

import stn_numpy as stn
from stn_numpy.data import as_feature_maps, load_digits
from stn_numpy.training.sgd import SGD

from . import timing
from .rivals import load, version
from .timing import HEADING, compare, duration, row

LEARNING_RATE, FACTOR, MOMENTUM = 0.01, 0.1, 0.9       # FACTOR: of the localisation net
WHERE = {                                              # functions whose time, with all that they call, is shown
    "matrix products": ["linear_forward", "linear_backward"],
    "ReLU, loss": ["relu_forward", "relu_backward", "softmax_cross_entropy_forward", "softmax_cross_entropy_backward"],
    "grid generator": ["affine_grid_forward", "affine_grid_backward"],
    "sampler": ["bilinear_sampler_forward", "bilinear_sampler_backward"],
    "update of the parameters": ["step"],
}


class Side(NamedTuple):
    step: Callable         # takes the next step; returns the loss
    params: Callable       # the parameters now, name -> array as in our network


class Rival(NamedTuple):
    name: str
    module: str            # what to import
    prepare: Callable      # (module, network, batches) -> Side


def make_network(size=42, seed=0):
    """ST-FCN, its transformer turned and moved a little for each image.

    At the exact identity all points lie on kinks, where the sides may take different slopes.
    """
    rng = np.random.default_rng(seed)
    localisation = stn.MLP([size * size, 32, 32, 6], rng, np.float32)
    transformer = stn.SpatialTransformer(localisation)
    last = list(localisation.params.values())[-2]
    last += 0.1 * rng.standard_normal(last.shape, np.float32)
    return stn.Sequential(transformer=transformer, classifier=stn.MLP([size * size, 128, 128, 10], rng, np.float32))


def make_batches(batches=8, batch_size=256, seed=0):
    """Distorted digits with their labels."""
    rng, digits = np.random.default_rng(seed), load_digits()
    images = as_feature_maps(digits.train_images, np.float32)
    chosen = rng.integers(len(images), size=(batches, batch_size))
    return [(stn.distort(images[some], "RTS", rng), digits.train_labels[some].astype(np.int64)) for some in chosen]


def ours(network, batches):
    optimiser, turn = SGD(network, MOMENTUM, {"transformer": FACTOR}), itertools.cycle(batches)

    def one_step():
        images, labels = next(turn)
        loss, cache = stn.softmax_cross_entropy_forward(network.forward(images), labels)
        network.backward(stn.softmax_cross_entropy_backward(np.ones_like(loss), cache), need_dx=False)
        optimiser.step(LEARNING_RATE)
        return float(loss)
    return Side(one_step, lambda: network.params)


def pytorch(torch, network, batches):
    """As many threads as OMP_NUM_THREADS says; of its three forms of SGD the fused one, which is the fastest here."""
    F = torch.nn.functional
    params = {name: torch.tensor(param.T.copy(), requires_grad=True) for name, param in network.params.items()}
    rates = [{"params": [param], "lr": LEARNING_RATE * (FACTOR if name.startswith("transformer") else 1)}
             for name, param in params.items()]
    optimiser = torch.optim.SGD(rates, momentum=MOMENTUM, fused=True)
    turn = itertools.cycle([(torch.from_numpy(images), torch.from_numpy(labels)) for images, labels in batches])

    def mlp(x, name):
        for i in (1, 2, 3):
            x = F.linear(x, params[f"{name}.layer{i}.W"], params[f"{name}.layer{i}.b"])
            x = F.relu(x) if i < 3 else x
        return x

    def one_step():
        images, labels = next(turn)
        theta = mlp(images.flatten(1), "transformer.localisation").view(-1, 2, 3)
        grid = F.affine_grid(theta, images.shape, align_corners=True)
        V = F.grid_sample(images, grid, align_corners=True)
        loss = F.cross_entropy(mlp(V.flatten(1), "classifier"), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()
    return Side(one_step, lambda: {name: param.detach().numpy().T for name, param in params.items()})


PYTORCH = Rival("PyTorch", "torch", pytorch)


def run(seconds, rival=PYTORCH, batches=None):
    """Print the comparison, and where our time goes. Returns the Comparison, or None if the rival is not installed."""
    batches = batches or make_batches()
    profile(make_network(), batches)
    module = load(rival)
    if module is None:
        print(f"not installed, so not compared: {rival.name}")
        return None
    assert_same_work(rival, module, batches)
    sides = ours(make_network(), batches), rival.prepare(module, make_network(), batches)
    result = compare(sides[0].step, sides[1].step, seconds, settle=settle)
    threads = os.environ.get("OMP_NUM_THREADS", "any")
    print(f"\nours / {rival.name} ({rival.module} {version(rival)})\n{HEADING}")
    print(row(f"  one training step, threads: {threads}", result), flush=True)
    return result


def settle(step):
    """Let the other library's threads go to sleep, which for a while wait busily for more work; wake up our own."""
    time.sleep(0.05)
    step()


def assert_same_work(rival, module, batches):
    """Equal losses over five steps, and equal changes of each parameter, as float32 allows."""
    network, start = make_network(), make_network().params
    sides = ours(network, batches), rival.prepare(module, make_network(), batches)
    losses = np.array([[side.step() for side in sides] for _ in range(5)])
    if not np.allclose(*losses.T, rtol=1e-4):
        raise AssertionError(f"{rival.name} does other work: its losses are {losses[:, 1]}, ours {losses[:, 0]}")
    theirs = sides[1].params()
    for name, param in network.params.items():
        change = param - start[name]
        if np.abs(theirs[name] - param).max() > 0.02 * np.abs(change).max():
            raise AssertionError(f"{rival.name} does other work: it changes {name} otherwise")


def profile(network, batches, steps=20):
    """Print where the time of our step goes, and beside it what the distortion of a batch takes."""
    side, profiler = ours(network, batches), cProfile.Profile(timing.clock)
    side.step()
    profiler.runcall(lambda: [side.step() for _ in range(steps)])
    spent = {name: cumulative for (_, _, name), (_, _, _, cumulative, _) in pstats.Stats(profiler).stats.items()}
    total = pstats.Stats(profiler).total_tt
    shares = {what: sum(spent[name] for name in names) for what, names in WHERE.items()}
    shares["the rest"] = total - sum(shares.values())
    print("\nwhere our step's time goes")
    for what, share in shares.items():
        print(f"  {what:32}{1000 * share / steps:10.2f} ms{share / total:8.0%}")
    digits = as_feature_maps(load_digits().train_images[:len(batches[0][0])], np.float32)
    distort = functools.partial(stn.distort, digits, "RTS", np.random.default_rng(0))
    times = [duration(distort) for _ in range(steps)]
    print(f"  beside the step: distorting a batch{1000 * np.median(times):7.2f} ms")
