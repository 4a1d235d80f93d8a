"""What lesson 08 measures with: a batch to sample, and the time that a pair of functions takes for it.

Of several calls the fastest counts. Whatever else a machine does makes a call slower, never faster, so the fastest is
the one that was disturbed least.
"""

import time

import numpy as np

from ..grids import affine_grid_forward

FEWEST = 2       # calls, whatever they take: the first also pays for memory that is used for the first time


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


def fastest(function, *arguments, seconds=0.3):
    """Seconds that the fastest call of function(*arguments) takes; they go on for about so many seconds."""
    times = []
    while len(times) < FEWEST or sum(times) < seconds:
        start = time.perf_counter()
        function(*arguments)
        times.append(time.perf_counter() - start)
    return min(times)


def nanoseconds(forward, backward, U, grid, dV):
    """Time for one sample, one way and the other: {"forward": ns, "backward": ns}."""
    _, cache = forward(U, grid)
    return {"forward": fastest(forward, U, grid) / dV.size * 1e9,
            "backward": fastest(backward, dV, cache) / dV.size * 1e9}


def table(times):
    """Times in words, a line for each rung; in brackets how many times as long the rung below takes.

    Parameters
    ----------
    times : dict                     rung -> {what: nanoseconds}
    """
    heading, width = "ns for one sample", max(map(len, [*times, "ns for one sample"]))
    lines, below = [f"{heading:{width}}" + "".join(f"{name:>12}{'':10}" for name in next(iter(times.values())))], None
    for rung, parts in times.items():
        ratios = ["" if below is None else f"({below[name] / parts[name]:,.1f} x)" for name in parts]
        lines.append(f"{rung:{width}}" + "".join(f"{ns:12,.0f} {ratio:9}" for ns, ratio in zip(parts.values(), ratios)))
        below = parts
    return "\n".join(line.rstrip() for line in lines)
