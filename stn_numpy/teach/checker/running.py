"""Call a learner's function without letting anything that it does reach the notebook.

The function runs in a thread of its own. If it takes too long, Python is asked to raise an exception inside that
thread, which stops any loop written in Python, on every system and in a notebook too, and tells in which line it was.
Where there are no threads it runs in this one, and a tracer keeps the time.
What the function prints is kept, and its exceptions are kept too, to be put into words.
"""

import contextlib
import linecache
import os
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

try:
    import ctypes
except ImportError:          # Python in a browser may have none
    ctypes = None

KEPT_CHARACTERS = 2000
PACKAGE = str(Path(__file__).resolve().parents[2]) + os.sep
PYTHON = os.path.dirname(os.__file__) + os.sep
PATIENCE = 1.0           # seconds that a function is given to stop, once it is asked to


class Stopped(BaseException):
    """Raised inside a function that takes too long; not an Exception, so that `except Exception` lets it through."""


class Outcome(NamedTuple):
    value: Any            # what the function returned
    error: Any            # the exception that it raised, or None
    stopped: str          # "" or "too long" or "interrupted"
    printed: str          # the beginning of what it printed
    lines_printed: int
    alive: bool           # whether it still runs, because it could not be stopped


class _Printed:
    """Stands in for sys.stdout: keeps the beginning and counts the lines of what is printed."""

    def __init__(self):
        self.text, self.lines = "", 0

    def write(self, text):
        self.text += text[:max(0, KEPT_CHARACTERS - len(self.text))]
        self.lines += text.count("\n")
        return len(text)

    def flush(self):
        """Nothing is held back."""

    def isatty(self):
        return False


def run(function, arguments, seconds):
    """Call function(*arguments), for at most about `seconds` seconds. Never raises. Returns an Outcome."""
    found, printed = {}, _Printed()

    def work():
        with contextlib.suppress(Stopped):          # asked to stop once more, while it was stopping
            try:
                with np.errstate(all="ignore"):
                    found["value"] = function(*arguments)
            except BaseException as error:          # sys.exit and the like, too
                found["error"] = error

    worker = threading.Thread(target=work, name="learner's function", daemon=True)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")             # until the wait is over, also where the function is left behind
        if _started(worker):
            stopped = _wait(worker, seconds)
            if stopped:
                _stop(worker)
        else:
            stopped = _work_here(work, seconds)
    return Outcome(found.get("value"), found.get("error"), stopped, printed.text, printed.lines, worker.is_alive())


def _started(worker):
    """Start a thread; False where there are none, or no way to stop one, as in a browser."""
    if ctypes is None:
        return False
    try:
        worker.start()
    except RuntimeError:
        return False
    return True


def _work_here(work, seconds):
    """Work in this thread, with a tracer that raises Stopped at the first line after the time is over.

    Where another tracer is at work already, as a debugger's, it stays, and there is no limit.
    """
    deadline, before, late = time.monotonic() + seconds, sys.gettrace(), []

    def tracer(frame, event, argument):
        if time.monotonic() > deadline:
            late.append(event)
            raise Stopped
        return tracer

    if before is None:
        sys.settrace(tracer)
    try:
        work()
    finally:
        sys.settrace(before)
    return "too long" if late else ""


def _wait(worker, seconds):
    """Wait in short steps, so that the learner's own interrupt is noticed on every system."""
    deadline = time.monotonic() + seconds
    try:
        while worker.is_alive() and time.monotonic() < deadline:
            worker.join(0.05)
    except KeyboardInterrupt:
        return "interrupted"
    return "too long" if worker.is_alive() else ""


def _stop(worker):
    """Raise Stopped inside the thread. A function that catches even this is left behind; it ends with Python."""
    deadline = time.monotonic() + PATIENCE
    while worker.is_alive() and time.monotonic() < deadline:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(Stopped))
        worker.join(0.2)


def line_of(error):
    """The learner's own line at which an exception arose: (number, its text), or (None, "")."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_foreign(frame.filename)]
    if not frames:
        return None, ""
    return frames[-1].lineno, linecache.getline(frames[-1].filename, frames[-1].lineno).strip()


def lines_of(error, function):
    """Where an exception arose: (line, "", its text) in the function; and (line, name, its text) of a helper beneath."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_foreign(frame.filename)]
    name = getattr(function, "__name__", "")
    own = [place for place, frame in enumerate(frames) if frame.name == name]
    shown = [(frame, "") for frame in (frames[own[-1]:own[-1] + 1] if own else [])]
    if frames and (not own or own[-1] < len(frames) - 1):
        shown.append((frames[-1], "" if frames[-1].name.startswith("<") else frames[-1].name))
    return [(frame.lineno, name, linecache.getline(frame.filename, frame.lineno).strip()) for frame, name in shown]


def _is_foreign(filename):
    """Whether a file belongs to Python, to an installed library or to this package."""
    return filename.startswith((PACKAGE, PYTHON, "<frozen")) or "site-packages" in filename
