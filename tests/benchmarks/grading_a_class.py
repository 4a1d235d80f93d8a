"""How long does it take to grade a class? Run by hand:

    python -m tests.benchmarks.grading_a_class

It makes 200 hand-ins of lesson 04, half of them right or with common mistakes, and the other half of all the kinds of
`tests/made_up_hand_ins.py` in turn, endless, damaged and crashing ones too. It grades them with the command's defaults,
and prints the time on the clock, the time of processors, and how many exercises got which status.
"""

import collections
import resource
import sys
import tempfile
import time
from pathlib import Path

from stn_numpy.teach.notebooks import grading

from ..made_up_hand_ins import HAND_INS

COUNT = 200
CALM = "right", "wrong", "row_and_column", "half", "package", "other_order"


def main():
    """Make the class and grade it; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        for k in range(COUNT):
            kinds = list(HAND_INS) if k % 2 else CALM
            kind = kinds[k // 2 % len(kinds)]
            place = Path(folder, "in", f"{k:03}_{kind}")
            place.mkdir(parents=True)
            (place / "04.ipynb").write_text(HAND_INS[kind])
        start = time.perf_counter()
        rows = grading.grade(Path(folder, "in"), Path(folder, "store"))
        seconds = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"{COUNT} hand-ins, {len(rows)} rows: {seconds:.0f} s on the clock, "
          f"{sum(one.ru_utime + one.ru_stime for one in used):.0f} s of processors")
    print(", ".join(f"{count} {status}" for status, count in collections.Counter(row.status for row in rows).most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
