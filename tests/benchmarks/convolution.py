"""The convolutions of Table 1's networks on RTS, batches of 64 in float32, against PyTorch's and against products alone.

    python -m tests.benchmarks convolution

Forward + backward, without dU where a layer sees data. The products alone, timed by turns with both sides, are what BLAS
has to do: the same matrix products in the same slices, with matrices that are there already. As long as convolution is
done by matrix products, it can get no faster than they are.
"""

from typing import Callable, NamedTuple

import numpy as np

from stn_numpy import conv2d_backward, conv2d_forward
from stn_numpy.network.convolution import _patches, _slices

from .rivals import load, version
from .timing import HEADING, compare, row


class Layer(NamedTuple):
    U_shape: tuple         # (N, C, H, W)
    filters_shape: tuple   # (K, C, h, w)
    padding: int = 0
    need_dU: bool = True


LAYERS = {"CNN, first layer": Layer((64, 1, 42, 42), (32, 1, 9, 9), 0, False),
          "CNN, second layer": Layer((64, 32, 17, 17), (64, 32, 7, 7)),
          "ST-CNN's localisation, first": Layer((64, 1, 21, 21), (20, 1, 5, 5), 0, False),
          "ST-CNN's localisation, second": Layer((64, 20, 8, 8), (20, 20, 5, 5)),
          "ST-CNN's classifier, first": Layer((64, 1, 21, 21), (32, 1, 9, 9), 4),
          "ST-CNN's classifier, second": Layer((64, 32, 10, 10), (64, 32, 7, 7), 3)}


class Case(NamedTuple):
    U: np.ndarray
    filters: np.ndarray
    b: np.ndarray
    dV: np.ndarray
    layer: Layer


class Rival(NamedTuple):
    name: str
    module: str
    prepare: Callable      # (module, case) -> a function that returns V, dU, dfilters and db


def make_case(layer, seed=0):
    rng = np.random.default_rng(seed)
    U, filters = [rng.standard_normal(shape, np.float32) for shape in (layer.U_shape, layer.filters_shape)]
    b = rng.standard_normal(len(filters), np.float32)
    V, _ = conv2d_forward(U, filters, b, layer.padding)
    return Case(U, filters, b, rng.standard_normal(V.shape, np.float32), layer)


def ours(case):
    """V, dU, dfilters, db."""
    V, cache = conv2d_forward(case.U, case.filters, case.b, case.layer.padding)
    return V, *conv2d_backward(case.dV, cache, case.layer.need_dU)


def products(case):
    """A function that multiplies the matrices of all slices, and does nothing else."""
    rows, K = case.filters.reshape(len(case.filters), -1), len(case.filters)       # (K, C h w)
    pieces = [(_patches(case.U[images], case.filters.shape, case.layer.padding),
               np.moveaxis(case.dV[images], 0, -1).reshape(K, -1))
              for images in _slices(len(case.U), case.filters[0].size * case.dV[0, 0].size)]

    def multiply():
        for patches, dcolumns in pieces:
            rows @ patches
            dcolumns @ patches.T
            if case.layer.need_dU:
                rows.T @ dcolumns
    return multiply


def pytorch(torch, case):
    """On one thread, by its compiled operations, without autograd's own bookkeeping."""
    U, filters, b, dV = [torch.from_numpy(array) for array in case[:4]]
    padding = [case.layer.padding] * 2
    wanted = [case.layer.need_dU, True, True]

    def forward_backward():
        torch.set_num_threads(1)
        V = torch.conv2d(U, filters, b, padding=padding)
        grads = torch.ops.aten.convolution_backward(dV, U, filters, [len(b)], [1, 1], padding, [1, 1], False, [0, 0], 1,
                                                    wanted)
        return V, *grads
    return forward_backward


PYTORCH = Rival("PyTorch", "torch", pytorch)


def run(seconds, layers=LAYERS, rival=PYTORCH):
    """Print a row for each layer. Returns {name: Comparison}, the other side being the products where there is no rival."""
    module = load(rival)
    other = f"{rival.name} ({rival.module} {version(rival)})" if module else "the products alone"
    print(f"\nforward + backward: ours / {other}\n{HEADING}{'ours / products':>16}", flush=True)
    results = {}
    for name, layer in layers.items():
        case = make_case(layer)
        alone = products(case)
        theirs = rival.prepare(module, case) if module else alone
        if module:
            assert_same_work(ours(case), theirs(), rival.name)
        results[name] = compare(lambda case=case: ours(case), theirs, seconds, floor=alone)
        print(row(f"  {name}", results[name]), flush=True)
    if not module:
        print(f"  not installed, so not measured: {rival.name}")
    return results


def assert_same_work(ours, theirs, name):
    """V and the gradients agree as float32 allows, and the same ones are left out."""
    for what, mine, other in zip(("V", "dU", "dfilters", "db"), ours, theirs, strict=True):
        if (mine is None) != (other is None):
            raise AssertionError(f"{name} does other work: {what} is left out by one side")
        if mine is not None and np.abs(mine - np.asarray(other)).max() > 1e-4 * np.abs(mine).max():
            raise AssertionError(f"{name} does other work: {what} differs")
