"""The bilinear sampler in float32 against those of other libraries, and NumPy's floor, over six shapes.

    python -m tests.benchmarks sampler

Both sides do the same work, zeros outside and align_corners=True, which is asserted before anything is timed. The floor,
see floor.py, is timed by turns with them.
"""

from typing import Callable, NamedTuple

import numpy as np

from stn_numpy import bilinear_sampler_backward, bilinear_sampler_forward

from . import floor, rivals
from .timing import HEADING, compare, geometric_mean, row

SHAPES = [(64, 1, 42, 42, 28, 28), (256, 1, 28, 28, 28, 28), (256, 1, 42, 42, 42, 42), (32, 16, 64, 64, 64, 64),
          (8, 3, 224, 224, 224, 224), (64, 32, 14, 14, 14, 14)]                    # N, C, H, W, H_out, W_out


def forward(case):
    return bilinear_sampler_forward(case.U, case.grid, need_cache=False)[0]


def forward_backward(case):
    """V, dU, dgrid."""
    V, cache = bilinear_sampler_forward(case.U, case.grid)
    return V, *bilinear_sampler_backward(case.dV, cache)


FLOOR = "NumPy's floor"


class Pass(NamedTuple):
    ours: Callable         # case -> V, or V, dU and dgrid
    floor: Callable        # case -> a function without arguments, to be timed
    rivals: list


PASSES = {"forward + backward": Pass(forward_backward, floor.forward_backward, rivals.FORWARD_BACKWARD),
          "forward": Pass(forward, floor.forward, rivals.FORWARD)}


def run(seconds, shapes=SHAPES, passes=PASSES):
    """Print a table for each pass and rival, and at the end the means.

    Returns {(pass, rival): (ours / theirs, ours / floor)}, each with a value for each shape; where no rival is
    installed, {(pass, the floor's name): ..}, with the floor on the other side.
    """
    ratios, missing = {}, []
    for name, tried in passes.items():
        modules = {rival: rivals.load(rival) for rival in tried.rivals}
        missing += [rival.name for rival, module in modules.items() if module is None]
        for rival in [rival for rival in modules if modules[rival]] or [None]:
            other = f"{rival.name} ({rival.module} {rivals.version(rival)})" if rival else FLOOR
            print(f"\n{name}: ours / {other}\n{HEADING}{'ours / floor':>14}", flush=True)
            results = [measure(tried, rival, modules.get(rival), shape, seconds) for shape in shapes]
            ratios[name, rival.name if rival else FLOOR] = [[result.ratio for result in results],
                                                            [result.floors for result in results]]
    print_means(ratios, missing)
    return ratios


def measure(tried, rival, module, shape, seconds):
    """Print the row of one shape; returns the Comparison."""
    case = rivals.make_case(*shape)
    piece, lowest = case, tried.floor(case)
    theirs = lowest
    if rival:
        piece = rival.piece(case)
        theirs = rival.prepare(module, piece)
        assert_same_work(tried.ours(piece), theirs(), rival.name)
    result = compare(lambda: tried.ours(case), theirs, seconds, scale=case.dV.size / piece.dV.size, floor=lowest)
    N, C, H, W, H_out, W_out = shape
    print(row(f"  {N} x {C} x {H} x {W} -> {H_out} x {W_out}", result), flush=True)
    return result


def assert_same_work(ours, theirs, name):
    """V, or V, dU and dgrid, agree as float32 allows.

    A point that falls on a grid line, where the slope jumps, may be rounded to either side: so a few entries of dgrid
    may differ, but of V and dU none.
    """
    ours, theirs = [outputs if isinstance(outputs, tuple) else (outputs,) for outputs in (ours, theirs)]
    for what, mine, other in zip(("V", "dU", "dgrid")[:len(ours)], ours, theirs, strict=True):
        other = np.asarray(other).reshape(mine.shape)
        far = np.abs(mine - other) > 1e-4 * np.abs(mine).max()
        if mine.dtype != other.dtype or far.mean() > (1e-3 if what == "dgrid" else 0):
            raise AssertionError(f"{name} does other work: {what} is {other.dtype}, and {far.mean():.2%} of it differ")


def print_means(ratios, missing):
    print(f"\nover the shapes, ours / theirs{'':26}geometric mean   {'smallest .. largest':20}  ours / floor")
    for (name, rival), (values, floors) in ratios.items():
        span = f"{min(values):.3g} .. {max(values):.3g}"
        print(f"  {name + ': ' + rival:54}{geometric_mean(values):14.3g}   {span:20}{geometric_mean(floors):14.3g}")
    if missing:
        print(f"  not installed, so not measured: {'; '.join(dict.fromkeys(missing))}")
