"""How time and memory of the sampler, forward + backward, grow with N, with H_out W_out and with C.

    python -m tests.benchmarks growth

Time should grow linearly (exponent 1). So does the cache, which holds what the forward pass leaves for the backward
pass, a few numbers for each output. The memory that either pass takes for itself at its peak should not grow at all
(exponent 0): the work is done slice by slice.
"""

import tracemalloc

import numpy as np

from stn_numpy import bilinear_sampler_backward, bilinear_sampler_forward

from .rivals import make_case
from .sampler import forward_backward
from .timing import FEWEST, MOST, duration

SHAPES = {                                                                         # N, C, H, W, H_out, W_out
    "N": [(N, 1, 28, 28, 28, 28) for N in (128, 256, 512, 1024, 2048)],
    "H_out W_out": [(16, 1, 28, 28, size, size) for size in (64, 128, 256, 512)],
    "C": [(64, C, 14, 14, 14, 14) for C in (8, 16, 32, 64, 128)],
}


def run(seconds, shapes=SHAPES):
    """Print a table for each kind of growth. Returns {what grows: (exponent of time, exponent of memory)}."""
    exponents = {}
    for what, growing in shapes.items():
        cases = [make_case(*shape) for shape in growing]
        outputs = np.array([case.dV.size for case in cases])
        times, working = median_times(cases, seconds), np.array([working_memory(case) for case in cases])
        exponents[what] = exponent(outputs, times), exponent(outputs, working)
        print(f"\n{what + ' grows':38}{'ms':>10}{'ns for each V':>16}{'working memory, MB':>20}")
        for (N, C, H, W, H_out, W_out), size, seconds_each, memory in zip(growing, outputs, times, working):
            print(f"  {f'{N} x {C} x {H} x {W} -> {H_out} x {W_out}':36}{1e3 * seconds_each:10.2f}"
                  f"{1e9 * seconds_each / size:16.1f}{memory / 1e6:20.2f}")
        print(f"  {'exponent':36}{exponents[what][0]:10.2f}{'':16}{exponents[what][1]:20.2f}", flush=True)
    return exponents


def median_times(cases, seconds):
    """Median time for each case, in seconds, (cases,); they take turns."""
    once = sum(duration(lambda: forward_backward(case)) for case in cases)
    rounds = int(np.clip(seconds / once, FEWEST, MOST))
    return np.median([[duration(lambda: forward_backward(case)) for case in cases] for _ in range(rounds)], axis=0)


def working_memory(case):
    """Bytes that a pass takes at its peak beyond what it is given and what it hands over; the larger of both passes."""
    (_, cache), forward = traced(bilinear_sampler_forward, case.U, case.grid)
    return max(forward, traced(bilinear_sampler_backward, case.dV, cache)[1])


def traced(function, *arguments):
    """What a function returns, and the bytes it took at its peak beyond that."""
    tracemalloc.start()
    try:
        results = function(*arguments)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return results, peak - kept


def exponent(sizes, values):
    """The p of values ~ sizes^p: the slope of a straight line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
