"""What lesson 15 measures with: a batch to sample, the plain form, and the time and memory that a pair takes for it.

Of several calls the fastest counts. Whatever else a machine does makes a call slower, never faster, so the fastest is
the one that was disturbed least.
"""

import time
import tracemalloc

import numpy as np

from ..grid.affine import affine_grid_forward
from .lessons import EXERCISES


def batch(N, dtype=np.float64, size=28):
    """N random images of one channel, a turned and scaled grid for each, and an upstream gradient.

    Returns
    -------
    U, grid, dV : (N, 1, size, size), (N, size, size, 2), (N, 1, size, size)
    """
    rng = np.random.default_rng(0)
    U, dV = rng.standard_normal((2, N, 1, size, size))
    angle, scale = rng.uniform(-np.pi / 6, np.pi / 6, N), rng.uniform(0.8, 1.2, N)
    cos, sin, zero = scale * np.cos(angle), scale * np.sin(angle), np.zeros(N)
    theta = np.stack([cos, -sin, zero, sin, cos, zero], axis=-1).reshape(N, 2, 3)
    grid, _ = affine_grid_forward(theta, (size, size))
    return U.astype(dtype), grid.astype(dtype), dV.astype(dtype)


def plain_forward(U, grid):
    """The bilinear sampler as the solutions of lessons 04 to 06 have it: the reference for all faster forms."""
    return _solution("bilinear_sampler_forward")(U, grid), (U, grid)


def plain_backward(dV, cache):
    """dU and dgrid of `plain_forward`, as the solutions of lessons 05 and 06 have them."""
    return (_solution("bilinear_sampler_backward_U")(dV, *cache),
            _solution("bilinear_sampler_backward_grid")(dV, *cache))


def _solution(id):
    return EXERCISES[id].solution[-1]


def answers(pair, U, grid, dV):
    """V, dU and dgrid of a pair of functions."""
    forward, backward = pair
    V, cache = forward(U, grid)
    return V, *backward(dV, cache)


def fastest(function, *arguments, seconds=0.2):
    """Seconds that the fastest call of function(*arguments) takes; they go on for about so many seconds."""
    best, total = np.inf, 0.0
    while total < seconds:
        start = time.perf_counter()
        function(*arguments)
        duration = time.perf_counter() - start
        best, total = min(best, duration), total + duration
    return best


def nanoseconds(pair, U, grid, dV):
    """Time for one sample, one way and the other: {"forward": ns, "backward": ns}."""
    forward, backward = pair
    _, cache = forward(U, grid)
    return {"forward": fastest(forward, U, grid) / dV.size * 1e9,
            "backward": fastest(backward, dV, cache) / dV.size * 1e9}


def compare(pairs, cases):
    """Time for one sample, both ways together, of each pair for each case: {rung: {what: ns}}, see `table`.

    Parameters
    ----------
    pairs : dict                     rung -> (forward, backward)
    cases : dict                     what -> (U, grid, dV)
    """
    return {rung: {what: sum(nanoseconds(pair, *case).values()) for what, case in cases.items()}
            for rung, pair in pairs.items()}


def megabytes(pair, U, grid, dV):
    """How much new memory a pair holds at its worst moment, its results included."""
    tracemalloc.start()
    try:
        answers(pair, U, grid, dV)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def table(times):
    """Times in words, a line for each rung; in brackets how many times as long the rung below takes.

    Parameters
    ----------
    times : dict                     rung -> {what: nanoseconds}
    """
    heading, width = "ns for one sample", max(map(len, [*times, "ns for one sample"]))
    lines, below = [f"{heading:{width}}" + "".join(f"{name:>12}{'':12}" for name in next(iter(times.values())))], None
    for rung, parts in times.items():
        ratios = ["" if below is None else f"({_few(below[name] / parts[name])} x)" for name in parts]
        cells = [f"{ns:12,.0f} {ratio:11}" for ns, ratio in zip(parts.values(), ratios)]
        lines.append(f"{rung:{width}}" + "".join(cells))
        below = parts
    return "\n".join(line.rstrip() for line in lines)


def _few(ratio):
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"
