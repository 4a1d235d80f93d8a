"""What long trainings have in common: they can be stopped and gone on with, show how far they are, and end clearly.

Neither when a checkpoint is written nor how often a training is stopped makes a difference to its figures, bit for bit,
as long as it goes on on the same kind of processor, with the same versions and as many threads. Elsewhere the same sums
are rounded in another way. So a checkpoint knows where it was made, and a record says if its training has moved.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from .records import machine, versions

RESULTS = Path(__file__).with_name("results")
UNFINISHED = "unfinished"                # folder of the checkpoints, inside that of the records
REPORTS = 20                             # points of a learning curve
CHECKPOINT_SECONDS = 60
MOST = 10 ** 9                           # of anything that is counted, such as steps


def number_from(kind, low, high=None, open_at_low=False):
    """An option's type: an int or a float from low, itself allowed or not, up to but not including high."""
    wanted = f"a {'whole number' if kind is int else 'number'} {'above' if open_at_low else 'from'} {low}"
    if high is not None:
        wanted += f" to below {high}"
    most = MOST if kind is int else float("inf")

    def number(text):
        try:
            value = kind(text)
        except ValueError:
            value = float("nan")
        if not low <= value or open_at_low and value == low or high is not None and value >= high:
            raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
        if value >= most:
            raise argparse.ArgumentTypeError(f"must be {wanted} to below {most}, got {text!r}")
        return value
    return number


def make_folder(folder):
    """Make a folder, and see that it can be written to: before the work, not after it. ValueError if not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(f"cannot write to {folder}, {error.strerror}: give a folder with --out") from error


def ended(command):
    """Run a command, a function without arguments. Returns its exit code, also where it ends in an error or Ctrl-C."""
    try:
        return command()
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except FloatingPointError as error:
        print(f"\nerror: {error}", file=sys.stderr)
        return 1
    except MemoryError as error:
        print(f"error: there is not enough memory for this: {error}", file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def descend(run, settings, checkpoint, ctrl_c, place):
    """Train from the checkpoint on, if there is one, to the last step or a Ctrl-C.

    Parameters
    ----------
    run : Run                        a fresh one
    settings : dict                  its configuration; a checkpoint of other settings is refused
    checkpoint : Path
    ctrl_c : CtrlC
    place : str                      what a line of progress begins with

    Returns
    -------
    spent : dict                     seconds, processor_seconds, versions, machine and, if it moved, went_on_from: what
                                     a record states of how it was made

    Raises FloatingPointError if a network diverges; no checkpoint is left then, since going on would end there again.
    """
    steps, spent, made_on = settings["steps"], np.zeros(2), []
    if checkpoint.exists():
        spent, made_on = _go_on(run, settings, checkpoint)
    if made_on[-1:] != [_here()]:
        made_on.append(_here())
    reports = set(np.linspace(0, steps, REPORTS + 1).round().astype(int).tolist())
    first, begun = run.step, _clocks()
    saved = begun
    while run.step < steps and not ctrl_c.pressed:
        try:
            run.advance()
            if run.step in reports:
                run.report()
        except FloatingPointError:
            checkpoint.unlink(missing_ok=True)
            raise
        now = _clocks()
        _show(place, run, steps, (now - begun)[0] / (run.step - first), run.step in reports)
        if (now - saved)[0] > CHECKPOINT_SECONDS or ctrl_c.pressed or run.step == steps:
            run.save(checkpoint, settings, seconds=spent + now - begun, made_on=np.array(json.dumps(made_on)))
            saved = now
    clock, processor = (spent + _clocks() - begun).round(1).tolist()
    moved = {"went_on_from": made_on[:-1]} if len(made_on) > 1 else {}
    return {"seconds": clock, "processor_seconds": processor, **made_on[-1], **moved}


def _go_on(run, settings, checkpoint):
    """Load a checkpoint into a run. Returns the seconds that it took so far, and where it was made, a list."""
    try:
        extra = run.load(checkpoint, settings)
        seconds, made_on = extra["seconds"], json.loads(str(extra["made_on"]))
    except KeyError as error:
        raise ValueError(f"{checkpoint} does not say where it was made: delete it to begin anew") from error
    except ValueError as error:
        raise ValueError(f"{error}; delete it, or give another folder with --out, to begin anew") from error
    if made_on[-1] != _here():
        print(f"{checkpoint.stem} goes on on another processor, with other versions or another number of threads: "
              "its figures will not be those, bit for bit, of a training that stays in one place", flush=True)
    return seconds, made_on


def _here():
    return {"versions": versions(), "machine": machine()}


def _clocks():
    """Seconds on the clock, and of the processor, which works for other programs in between."""
    return np.array([time.monotonic(), time.process_time()])


def _show(place, run, steps, seconds_a_step, reported):
    """One line of progress: written over at each step on a terminal, a new one at each report in a file."""
    on_terminal = sys.stdout.isatty()
    if on_terminal or reported:
        latest = " / ".join(f"{row['test_error']:.2%}" for row in run.history[-len(run.networks):])
        error = f", test error {latest}" if latest else ""
        line = f"{place}: step {run.step} of {steps}{error}, {(steps - run.step) * seconds_a_step / 60:.0f} min left"
        print(f"\r{line}  " if on_terminal else line, end="" if on_terminal else "\n", flush=True)
