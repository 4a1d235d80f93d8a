"""The bilinear sampler in float32 against those of other libraries, over six shapes.

    python -m tests.benchmarks sampler

Both sides do the same work, zeros outside and align_corners=True, which is asserted before anything is timed.
"""

import numpy as np

from stn_numpy import bilinear_sampler_backward, bilinear_sampler_forward

from . import rivals
from .timing import HEADING, compare, geometric_mean, row

SHAPES = [(64, 1, 42, 42, 28, 28), (256, 1, 28, 28, 28, 28), (256, 1, 42, 42, 42, 42), (32, 16, 64, 64, 64, 64),
          (8, 3, 224, 224, 224, 224), (64, 32, 14, 14, 14, 14)]                    # N, C, H, W, H_out, W_out


def forward(case):
    return bilinear_sampler_forward(case.U, case.grid, need_cache=False)[0]


def forward_backward(case):
    """V, dU, dgrid."""
    V, cache = bilinear_sampler_forward(case.U, case.grid)
    return V, *bilinear_sampler_backward(case.dV, cache)


PASSES = {"forward + backward": (forward_backward, rivals.FORWARD_BACKWARD), "forward": (forward, rivals.FORWARD)}


def run(seconds, shapes=SHAPES, passes=PASSES):
    """Print a table for each pass and rival, and at the end the means. Returns {(pass, rival): ratios}."""
    ratios, missing = {}, []
    for name, (ours, opponents) in passes.items():
        for rival in opponents:
            module = rivals.load(rival)
            if module is None:
                missing.append(rival.name)
                continue
            print(f"\n{name}: ours / {rival.name} ({rival.module} {rivals.version(rival)})\n{HEADING}", flush=True)
            ratios[name, rival.name] = [measure(ours, rival, module, shape, seconds) for shape in shapes]
    print_means(ratios, missing)
    return ratios


def measure(ours, rival, module, shape, seconds):
    """Print the row of one shape; returns the ratio."""
    case = rivals.make_case(*shape)
    piece = rival.piece(case)
    theirs = rival.prepare(module, piece)
    assert_same_work(ours(piece), theirs(), rival.name)
    result = compare(lambda: ours(case), theirs, seconds, scale=case.dV.size / piece.dV.size)
    N, C, H, W, H_out, W_out = shape
    print(row(f"  {N} x {C} x {H} x {W} -> {H_out} x {W_out}", result), flush=True)
    return result.ratio


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
    print(f"\nours / theirs, over the shapes{'':26}geometric mean   smallest .. largest")
    for (name, rival), values in ratios.items():
        print(f"  {name + ': ' + rival:54}{geometric_mean(values):14.3g}   {min(values):.3g} .. {max(values):.3g}")
    if missing:
        print(f"  not installed, so not measured: {'; '.join(dict.fromkeys(missing))}")
