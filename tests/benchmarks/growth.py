"""How time and memory of the sampler, forward + backward, grow with N, with H_out W_out and with C.

    python -m tests.benchmarks growth

Time should grow linearly (exponent 1). The memory taken at the peak beyond inputs and outputs should not grow at all
(exponent 0): the work is done slice by slice.
"""

import tracemalloc

import numpy as np

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
        times, extra = median_times(cases, seconds), np.array([extra_memory(case) for case in cases])
        exponents[what] = exponent(outputs, times), exponent(outputs, extra)
        print(f"\n{what + ' grows':38}{'ms':>10}{'ns for each V':>16}{'extra memory, MB':>20}")
        for (N, C, H, W, H_out, W_out), size, seconds_each, memory in zip(growing, outputs, times, extra):
            print(f"  {f'{N} x {C} x {H} x {W} -> {H_out} x {W_out}':36}{1e3 * seconds_each:10.2f}"
                  f"{1e9 * seconds_each / size:16.1f}{memory / 1e6:20.2f}")
        print(f"  {'exponent':36}{exponents[what][0]:10.2f}{'':16}{exponents[what][1]:20.2f}", flush=True)
    return exponents


def median_times(cases, seconds):
    """Median time for each case, in seconds, (cases,); they take turns."""
    once = sum(duration(lambda: forward_backward(case)) for case in cases)
    rounds = int(np.clip(seconds / once, FEWEST, MOST))
    return np.median([[duration(lambda: forward_backward(case)) for case in cases] for _ in range(rounds)], axis=0)


def extra_memory(case):
    """Bytes at the peak beyond what is returned; what was there before is not counted."""
    tracemalloc.start()
    try:
        outputs = forward_backward(case)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - sum(output.nbytes for output in outputs)


def exponent(sizes, values):
    """The p of values ~ sizes^p: the slope of a straight line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
