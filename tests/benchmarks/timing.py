"""Time two functions against each other: in turn, in one run, many times."""

import time
from typing import NamedTuple

import numpy as np

FEWEST, MOST = 5, 300      # pairs of a comparison, whatever its time allows
clock = time.perf_counter  # or time.process_time, which stands still while others have the processor


class Comparison(NamedTuple):
    ours: float            # seconds, median
    theirs: float          # seconds, median
    ratio: float           # ours / theirs, median over the pairs
    low: float             # lower and upper quartile of the ratio over the pairs: half of them lie between
    high: float
    pairs: int
    floors: float = None   # ours / floor, median over the pairs, if there was a floor


def compare(ours, theirs, seconds, scale=1.0, settle=None, floor=None):
    """Call two functions in turn for about so many seconds, and compare how long they take.

    What slows the machine down for a while slows down both halves of a pair. Which of the two goes first changes from
    pair to pair, so that neither always finds the caches as the other left them.

    Parameters
    ----------
    scale : float        ours does so many times the work of theirs, which loops over equal pieces of work
    settle : function    what to do, untimed, before each timed call; it gets the function that is to be timed
    floor : function     timed too, in the middle of each pair
    """
    functions = [ours, floor, theirs] if floor else [ours, theirs]
    once = sum(duration(function) for function in functions)                       # untimed: the first call is slower
    pairs = int(np.clip(seconds / once, FEWEST, MOST))
    times = np.empty((pairs, len(functions)))
    for pair in range(pairs):
        for side in range(len(functions)) if pair % 2 else reversed(range(len(functions))):
            if settle:
                settle(functions[side])
            times[pair, side] = duration(functions[side])
    times[:, -1] *= scale
    ratios = times[:, 0] / times[:, -1]
    floors = np.median(times[:, 0] / times[:, 1]) if floor else None
    return Comparison(*np.median(times[:, [0, -1]], axis=0), np.median(ratios), *np.quantile(ratios, (0.25, 0.75)),
                      pairs, floors)


def duration(function):
    """Seconds that one call takes."""
    start = clock()
    function()
    return clock() - start


HEADING = f"{'':38}{'ours, ms':>10}{'theirs, ms':>12}{'ratio':>9}   {'quartiles':12}{'pairs':>7}"


def row(label, result):
    """One line of a table, under HEADING."""
    quartiles = f"{result.low:.3g} .. {result.high:.3g}"
    floors = "" if result.floors is None else f"{result.floors:14.3g}"
    return (f"{label:38}{1000 * result.ours:10.2f}{1000 * result.theirs:12.2f}{result.ratio:9.3g}   {quartiles:12}"
            f"{result.pairs:7}{floors}")


def geometric_mean(ratios):
    return float(np.exp(np.mean(np.log(ratios))))
