"""How long `import stn_numpy` takes beyond `import numpy`, and what it loads.

    python -m tests.benchmarks startup

Each import is timed in a fresh process of its own, in turn.
"""

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from . import timing

ROOT = Path(__file__).parents[2]
CHILD = """
import sys
from time import {clock} as clock
start = clock()
import {module}
print(clock() - start, *sys.modules)
"""


def run(seconds):
    """Print both times, and what is loaded beside NumPy. Returns (extra seconds, names of the modules)."""
    start = perf_counter()
    modules = sorted(set(import_afresh("stn_numpy")[1]) - set(import_afresh("numpy")[1]))
    pairs = int(np.clip(seconds / (perf_counter() - start), timing.FEWEST, timing.MOST))
    times = np.array([[import_afresh(module)[0] for module in ("numpy", "stn_numpy")] for _ in range(pairs)])
    extra = times[:, 1] - times[:, 0]
    low, middle, high = np.quantile(extra, (0.25, 0.5, 0.75))
    print(f"\nimport numpy {np.median(times[:, 0]):.3f} s, import stn_numpy {np.median(times[:, 1]):.3f} s; "
          f"beyond NumPy {middle:.3f} s (quartiles {low:.3f} .. {high:.3f}, {pairs} pairs)")
    others = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names - {"stn_numpy", "numpy"}
    print(f"it loads {len(modules)} modules more, other people's packages: {', '.join(sorted(others)) or 'none'}")
    print("the slowest:", ", ".join(f"{name} {1000 * own:.1f} ms" for name, own in slowest(modules)), flush=True)
    return middle, modules


def import_afresh(module):
    """Seconds that the import takes in a new process, and the names of all modules loaded then."""
    time, *names = python("-c", CHILD.format(module=module, clock=timing.clock.__name__)).stdout.split()
    return float(time), names


def slowest(modules, shown=6):
    """Names and own seconds of those that take longest, by Python's own account."""
    lines = python("-X", "importtime", "-c", "import stn_numpy").stderr.splitlines()
    columns = [line.removeprefix("import time:").split("|") for line in lines if line.count("|") == 2]
    own = {name.strip(): int(time) / 1e6 for time, _, name in columns if name.strip() in modules}
    return sorted(own.items(), key=lambda item: -item[1])[:shown]


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
