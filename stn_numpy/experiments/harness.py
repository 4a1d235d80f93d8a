"""What long training runs have in common: they can be stopped and resumed, show how far they are, and leave a record.

A training comes to the same figures, bit for bit, however often it is stopped and whenever checkpoints are written, as
long as it is resumed on the same kind of processor, with the same versions and as many threads. Elsewhere the same sums
are rounded in another way. So a checkpoint says where it was made, and a record says if its training has moved.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from ..training import starting
from ..training.run import report_steps, train
from .records import machine, versions

RESULTS = Path(__file__).with_name("results")
UNFINISHED = "unfinished"                # folder of the checkpoints, inside that of the records
REPORTS = 20                             # points of a learning curve
CHECKPOINT_SECONDS = 60
RESUMING = "the same command continues from the last checkpoint"


def say_threads():
    """Print what was chosen for BLAS, if something was."""
    if starting.NOTE:
        print(starting.NOTE, flush=True)


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

    Raises FloatingPointError if a network diverges; no checkpoint is left then, since resuming would end there again.
    """
    steps, spent, made_on = settings["steps"], np.zeros(2), []
    if checkpoint.exists():
        spent, made_on = _resume(run, settings, checkpoint)
    if made_on[-1:] != [_here()]:
        made_on.append(_here())
    total, saved = spent, 0.0
    try:
        for progress in train(run, steps, report_steps(steps, REPORTS), lambda: ctrl_c.pressed, clocks):
            _show(place, run, steps, progress)
            total, clock = spent + progress.spent, progress.spent[0]
            if clock - saved > CHECKPOINT_SECONDS or ctrl_c.pressed or run.step == steps:
                run.save(checkpoint, settings, seconds=total, made_on=np.array(json.dumps(made_on)))
                saved = clock
    except FloatingPointError:
        checkpoint.unlink(missing_ok=True)
        raise
    clock, processor = total.round(1).tolist()
    moved = {"went_on_from": made_on[:-1]} if len(made_on) > 1 else {}
    return {"seconds": clock, "processor_seconds": processor, **made_on[-1], **moved}


def _resume(run, settings, checkpoint):
    """Load a checkpoint into a run. Returns the seconds that it took so far, and where it was made, a list."""
    try:
        extra = run.load(checkpoint, settings)
        seconds, made_on = _where_made(extra, checkpoint)
    except ValueError as error:
        raise ValueError(f"{error}; delete it, or give another folder with --out, to begin anew") from error
    if made_on[-1] != _here():
        print(f"{checkpoint.stem} continues on another processor, with other versions or another number of threads: "
              "its figures will not be those, bit for bit, of a training that stays in one place", flush=True)
    return seconds, made_on


def _where_made(extra, checkpoint):
    """Seconds (2,) and places of a checkpoint's extra arrays. ValueError where they are not there or not sound."""
    seconds, text = extra.get("seconds", np.zeros(0)), extra.get("made_on", "")
    try:
        places = json.loads(str(text))
    except ValueError:
        places = None
    sound = isinstance(places, list) and places and all(
        isinstance(place, dict) and set(place) == {"versions", "machine"} for place in places)
    if not sound or seconds.shape != (2,) or not np.isfinite(seconds).all():
        raise ValueError(f"{checkpoint} does not say where it was made, and how long it took")
    return seconds, places


def _here():
    return {"versions": versions(), "machine": machine()}


def clocks():
    """Seconds on the clock, and of the processor, which works for other programs in between."""
    return np.array([time.monotonic(), time.process_time()])


def _show(place, run, steps, progress):
    """One line of progress: written over at each step on a terminal, a new one at each report in a file."""
    on_terminal = sys.stdout.isatty()
    if on_terminal or progress.rows:
        latest = " / ".join(f"{row['test_error']:.2%}" for row in run.history[-len(run.networks):])
        error = f", test error {latest}" if latest else ""
        line = f"{place}: step {run.step} of {steps}{error}, {progress.left[0] / 60:.0f} min left"
        print(f"\r{line}  " if on_terminal else line, end="" if on_terminal else "\n", flush=True)
    for line in progress.complaints:
        print(f"\n{line}" if on_terminal else line, flush=True)
