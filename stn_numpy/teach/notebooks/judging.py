"""One exercise of one hand-in, judged in a process of its own: python -m stn_numpy.teach.notebooks.judging

What a hand-in does here can hurt nobody: time, memory and the size of files are limited, network, other programs and
writing outside an empty folder are refused. Nothing that it says of itself is believed either. The process sends the
numbers that the function returned, and `grading`, in which no line of a hand-in has ever run, judges them once more.

It reads one JSON object from standard input (exercise, source, seed, variant, seconds, folder) and writes one line of
JSON, and after it the answers as an .npz archive, to standard output.
"""

import io
import json
import linecache
import os
import sys

import numpy as np

from ..checker.check import check
from ..lessons.parts import OpenExercise
from . import papers

MEMORY = 4 * 2 ** 30         # bytes of address space; NumPy reserves more than it uses
FILE_SIZE = 2 ** 20          # bytes of any file that is written
NAME = "<hand-in>"           # what the hand-in's code is called in error messages
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.remove",
           "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate",
           "os.kill", "shutil.", "ctypes.dlopen", "webbrowser.", "ftplib.", "urllib.", "smtplib.", "winreg.", "signal.")


def limit(seconds, folder):
    """Limit this process, as far as the system allows; what cannot be limited here is left to the parent's clock."""
    try:
        import resource
    except ImportError:                                                            # Windows
        resource = None
    if resource:
        for what, most in (("RLIMIT_CPU", seconds + 1), ("RLIMIT_AS", MEMORY), ("RLIMIT_FSIZE", FILE_SIZE),
                           ("RLIMIT_CORE", 0)):
            try:
                _, hard = resource.getrlimit(getattr(resource, what))
                most = most if hard == resource.RLIM_INFINITY else min(most, hard)
                resource.setrlimit(getattr(resource, what), (most, most))
            except (ValueError, OSError):                                          # a system without this limit
                pass
    folder = os.path.realpath(folder)
    sys.addaudithook(lambda event, arguments: _guard(event, arguments, folder))


def _guard(event, arguments, folder):
    """Refuse what no exercise needs. An audit hook cannot be taken off again from Python."""
    if event.startswith(REFUSED):
        raise PermissionError(f"{event} is not allowed in a hand-in")
    if event == "open" and _writes(arguments) and not _inside(arguments[0], folder):
        raise PermissionError(f"a hand-in may not write {arguments[0]}")


def _writes(arguments):
    _, mode, flags = (*arguments, None, None)[:3]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND))


def _inside(path, folder):
    if not isinstance(path, (str, bytes, os.PathLike)):
        return True                                                                # already open
    path = os.path.realpath(os.fsdecode(path))
    return path.startswith(folder + os.sep) or path == os.devnull


def judge(task):
    """Run the hand-in and check it. Returns (facts, answers): a dict for JSON, and one array for each probe, or None."""
    exercise = papers.use(task["seed"], task["variant"])[task["exercise"]]
    limit(task["seconds"], task["folder"])
    try:
        function = _define(task["source"], task["exercise"])
    except BaseException as error:                                                 # a hand-in may raise anything
        return {"status": "error", "message": f"The code before the function fails: {type(error).__name__}: {error}",
                "mistakes": [], "line": None, "remarks": []}, None
    result = check(task["exercise"], function)
    facts = {"status": result.status, "message": result.message[:20_000], "mistakes": list(result.mistakes),
             "line": result.line, "remarks": list(result.remarks)}
    return facts, _answers(exercise, function, result)


def _answers(exercise, function, result):
    """What the function returned for each probe, if it is numbers that can be judged once more, else None."""
    if isinstance(exercise, OpenExercise) or result.status not in ("passed", "named", "different"):
        return None
    return papers.answers(exercise, function)


def _define(source, name):
    """Execute a hand-in's code as a notebook would, and return what it calls by the exercise's name."""
    linecache.cache[NAME] = len(source), None, source.splitlines(keepends=True), NAME
    names = {"__name__": "__main__"}
    exec(compile(source, NAME, "exec"), names)
    return names.get(name)


def main():
    """Judge the task on standard input; returns the exit code."""
    out = os.fdopen(os.dup(1), "wb")
    task = json.loads(sys.stdin.buffer.read())
    with open(os.devnull, "r+b") as nothing:
        for stream in (0, 1, 2):                                  # what a hand-in prints goes nowhere
            os.dup2(nothing.fileno(), stream)
    facts, answers = judge(task)
    archive = io.BytesIO()
    if answers is not None:
        np.savez(archive, *answers)
    out.write(json.dumps(facts).encode() + b"\n" + archive.getvalue())
    out.flush()
    os._exit(0)                                                   # an abandoned thread of the hand-in ends here too


if __name__ == "__main__":
    sys.exit(main())
