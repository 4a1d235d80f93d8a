"""Measure: `python -m tests.benchmarks [sampler] [step] [convolution] [growth] [startup]`, all if none is named."""

import argparse
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from .rivals import processors

ROOT = Path(__file__).parents[2]
PARTS = {"sampler": 2.0, "step": 12.0, "convolution": 2.0, "growth": 3.0, "startup": 8.0}      # seconds for each comparison
CHILD = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)           # on Ctrl-C, end without a word
from tests.benchmarks import {part}, timing
timing.clock = time.{clock}
{part}.run({seconds})
"""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; all if none is named")
    parser.add_argument("--seconds", type=float, help="about how long each comparison may take")
    parser.add_argument("--processor-time", action="store_true", help="count only while the processor is ours, for a "
                        "busy machine; all threads' times are added up, so look only at figures of one thread")
    chosen = parser.parse_args(arguments)
    if not set(chosen.parts) <= set(PARTS):
        parser.error(f"the parts are {', '.join(PARTS)}")
    print(machine())
    for part in chosen.parts or PARTS:
        seconds = PARTS[part] if chosen.seconds is None else chosen.seconds
        for threads in sorted({1, processors()}) if part == "step" else [1]:
            print(f"\n=== {part}, {threads} thread{'s' * (threads > 1)} for NumPy ===", flush=True)
            run_alone(part, seconds, threads, "process_time" if chosen.processor_time else "perf_counter")


def run_alone(part, seconds, threads, clock):
    """In a process of its own: the number of threads has to be set before NumPy is imported."""
    code = CHILD.format(part=part, seconds=seconds, clock=clock)
    environment = os.environ | dict.fromkeys(THREADS, str(threads))
    try:
        child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment)
    except KeyboardInterrupt:
        sys.exit("\nstopped")
    if child.returncode:
        sys.exit(f"{part} did not come to its end")


def machine():
    """What the figures depend on."""
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (f"{processor()}, {processors()} processors{load}; {platform.system()}, Python {platform.python_version()}, "
            f"NumPy {version('numpy')}")


def processor():
    """The model's name, as Linux tells it or else as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return (names or [platform.processor() or platform.machine()])[0]


if __name__ == "__main__":
    main()
