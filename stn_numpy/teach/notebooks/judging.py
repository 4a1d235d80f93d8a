"""One exercise of one hand-in, judged in a process of its own, which `serving` forks or starts and which ends with it.

What a hand-in does here can hurt nobody: time, memory and the size of files are limited, network, other programs and
writing outside an empty folder are refused. Nothing that it says of itself is believed either: the process sends the
numbers that the function returned, and `serving`, in which no line of a hand-in has ever run, judges them once more.

As a program it reads the task as JSON from standard input, and writes what `judge` returns to standard output.
"""

import itertools
import json
import linecache
import os
import sys

import numpy as np

from ..checker.bounds import shortened
from ..checker.check import check, in_form
from ..checker.variants import arguments_of
from ..lessons.parts import OpenExercise
from . import papers
from .handins import CELL

MEMORY = 4 * 2 ** 30         # bytes of address space; NumPy reserves more than it uses
FILE_SIZE = 2 ** 20          # bytes of any file that is written
MOST_FILES = 1024            # numbers of open files that a fork may have inherited
MOST_WRITTEN = 20            # files that a hand-in may write, all in its own folder
NAME = "<hand-in {}>"        # what a cell of the hand-in is called in error messages
FAILED = "the checker itself failed, which need not be the hand-in's fault"
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.remove",
           "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate",
           "os.kill", "os.startfile", "os.setxattr", "os.utime", "shutil.", "ctypes.", "sqlite3.", "resource.",
           "webbrowser.", "ftplib.", "urllib.", "smtplib.", "winreg.", "signal.")
STOPS = "PyThreadState_SetAsyncExc"      # what `check` itself asks of ctypes: it stops a function


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
    folder, numbers = os.path.realpath(folder), itertools.count(1)
    sys.addaudithook(lambda event, arguments: _guard(event, arguments, folder, numbers))


def _guard(event, arguments, folder, numbers):
    """Refuse what no exercise needs; `numbers` count the files. An audit hook cannot be taken off again from Python."""
    if event.startswith(REFUSED) and STOPS not in arguments:
        raise PermissionError(f"{event} is not allowed in a hand-in")
    if event == "open" and _writes(arguments):
        if not _inside(arguments[0], folder):
            raise PermissionError(f"a hand-in may not write {arguments[0]}")
        if next(numbers) > MOST_WRITTEN:
            raise PermissionError(f"a hand-in may not write more than {MOST_WRITTEN} files")


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


def judge(exercise, source):
    """Run the hand-in and check it. Returns what can be said of it as a dict for JSON, with its answers if it passes."""
    facts = {"mistakes": [], "line": None, "remarks": [], "answers": None}
    try:
        function = _define(source, exercise.id)
    except BaseException as error:                                                 # a hand-in may raise anything
        return {**facts, "status": "error",
                "message": f"The code before the function fails: {type(error).__name__}: {shortened(str(error))}"}
    try:
        result = check(exercise.id, function)
    except Exception as error:
        return {**facts, "status": "error", "remarks": [f"{FAILED}: {type(error).__name__}"],
                "message": f"This could not be judged: {FAILED}: {type(error).__name__}: {shortened(str(error))}"}
    facts.update(status=result.status, message=result.message[:20_000], mistakes=list(result.mistakes), line=result.line,
                 remarks=[] if isinstance(exercise, OpenExercise) else list(result.remarks))
    if result:
        try:
            facts["answers"] = (_value if isinstance(exercise, OpenExercise) else _answers)(exercise, function)
        except BaseException:                                                      # it may fail when it is called again
            pass
    return facts


def _value(exercise, value):
    """A plain value as Python writes it, None for a function."""
    return repr(_plain(value)) if exercise.arguments is None else None


def _plain(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, dict):
        return {_plain(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(map(_plain, value))
    return value


def _answers(exercise, function):
    """What a function returns for each probe, in float64, as which it may pass too: type, shape and content of each array."""
    values = [function(*arguments_of(probe, np.float64)) for probe in exercise.probes]
    arrays = [part for number, value in enumerate(values) for part in in_form(exercise, number, value)[0]]
    return [(array.dtype.str, array.shape, array.tobytes().hex()) for array in arrays]


def _define(source, name):
    """Execute a hand-in's code as a notebook would, and return what it calls by the exercise's name."""
    names = {"__name__": "__main__"}
    for number, cell in enumerate(source.split(CELL)):
        file = NAME.format(number)
        linecache.cache[file] = len(cell), None, cell.splitlines(keepends=True), file
        exec(compile(cell, file, "exec"), names)
    return names.get(name)


def judge_and_end(task, exercise, outlet):
    """Judge a task in this process, write the answer to an open file, and end the process."""
    with open(os.devnull, "r+b") as nothing:
        for stream in (0, 1, 2):                                  # what a hand-in prints goes nowhere
            os.dup2(nothing.fileno(), stream)
    os.closerange(3, outlet)
    os.closerange(outlet + 1, MOST_FILES)
    os.chdir(task["folder"])
    limit(task["processor"], task["folder"])
    out = open(outlet, "wb", buffering=0)                         # stays open: its end is the end of this process
    out.write(json.dumps(judge(exercise, task["source"])).encode())
    os._exit(0)                                                   # an abandoned thread of the hand-in ends here too


if __name__ == "__main__":
    TASK = json.loads(sys.stdin.buffer.read())
    judge_and_end(TASK, papers.use(TASK["seed"], TASK["variant"])[TASK["exercise"]], os.dup(1))
