"""Judges one exercise after another for `grading`: python -m stn_numpy.teach.notebooks.serving

This process is started once and imports everything. Each exercise is then left to a process of its own: a fork of this
one, which is there in milliseconds, or a new Python where there is no safe fork. No line of a hand-in ever runs in this
process, and nothing that a hand-in says of itself is believed in it: the numbers that come back are judged here once
more. So a changed `teach` or a changed NumPy inside a notebook counts for nothing.

It reads lines of JSON, first the terms (seed, variant, clock, processor, forks), and then one task after another
(exercise, source). It answers each with a line: status, mistakes, line, remarks and message.
"""

import ast
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

from ..checker.answers import Unusable
from ..checker.check import in_form
from ..checker.diagnosis import explanations, right_answers
from ..checker.provenance import is_the_solution
from ..checker.verdict import verdict
from ..lessons.parts import OpenExercise
from . import papers
from .judging import judge_and_end

LARGEST = 2 ** 24            # bytes of an answer that are read
FIELDS = {"status": str, "message": str, "mistakes": list, "remarks": list, "line": (int, type(None)),
          "answers": (list, str, type(None))}
NOT_AGAIN = ("it was told that it had passed, but the numbers that it gave when it was called again are not right: does "
             "something in the notebook change teach or NumPy, or does the function change what it uses?")


def main():
    """Answer tasks until there are no more; returns the exit code."""
    terms = json.loads(sys.stdin.buffer.readline())
    exercises, warm = papers.use(terms["seed"], terms["variant"]), set()
    for line in iter(sys.stdin.buffer.readline, b""):
        task = json.loads(line)
        exercise = exercises[task["exercise"]]
        if exercise.id not in warm and terms["forks"]:
            warm_up(exercise)
            warm.add(exercise.id)
        print(json.dumps(_judged({**terms, **task}, exercise)), flush=True)
    return 0


def warm_up(exercise):
    """Work out what is known of an exercise, so that its forks need not: right answers, and those of all mistakes."""
    if not isinstance(exercise, OpenExercise):
        for view in (exercise, *exercise.views):
            explanations(view, [answer + 1 for answer in right_answers(view)])


def _fork(task, exercise):
    """Judge a task in a fork of this process. Returns its exit code, None where it was stopped, and what it wrote."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)                                      # what it starts can be ended with it
            judge_and_end(task, exercise, outlet)
        finally:
            os._exit(1)
    os.close(outlet)
    output, end, ready = b"", time.monotonic() + task["clock"], [inlet]
    while len(output) <= LARGEST:
        ready = select.select([inlet, 0], [], [], max(0, end - time.monotonic()))[0]
        if inlet not in ready:                                    # time is over, or nobody waits for the answer any more
            break
        part = os.read(inlet, 2 ** 16)
        if not part:
            break
        output += part
    for kill in (os.kill, os.killpg):
        try:
            kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
    _, status = os.waitpid(child, 0)
    os.close(inlet)
    return (os.waitstatus_to_exitcode(status) if inlet in ready else None), output


def _start(task, exercise):
    """The same in a new Python, where there is no safe fork."""
    try:
        done = subprocess.run([sys.executable, "-m", "stn_numpy.teach.notebooks.judging"],
                              input=json.dumps(task).encode(), capture_output=True, timeout=task["clock"],
                              cwd=task["folder"])
    except subprocess.TimeoutExpired:
        return None, b""
    return done.returncode, done.stdout


def _judged(task, exercise):
    """What is to be said of a task."""
    facts, answers = _said(task, exercise)
    if facts["status"] != "passed":
        return facts
    if isinstance(exercise, OpenExercise):
        if _is_plain(answers):                           # a value can be judged where nothing else of the hand-in is
            return _said({**task, "source": f"{exercise.id} = {answers}"}, exercise)[0]
        facts["remarks"].append("an open task: judged in the process of the hand-in")
    elif not (again := _judged_again(exercise, answers)):
        facts.update(status="different", message="The numbers that this function returned are not right.",
                     mistakes=list(again.mistakes) if again is not None else [])
        facts["remarks"].append(NOT_AGAIN)
    elif is_the_solution(task["source"], exercise):
        facts["remarks"].append("it is the lesson's solution word for word")
    return facts


def _said(task, exercise):
    """What the process of a task says, or what became of it instead; and its answers."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        code, output = (_fork if task["forks"] else _start)({**task, "folder": folder}, exercise)
    if code is None:
        return _trouble(f"it was still running after {task['clock']} seconds, and was stopped"), None
    if code in (-getattr(signal, "SIGXCPU", 0), -getattr(signal, "SIGKILL", 0)):
        return _trouble(f"it used up its {task['processor']} seconds of the processor, or its memory"), None
    if code:
        return _trouble(f"it ended Python itself, with exit code {code}"), None
    try:
        facts = json.loads(output)
        if set(facts) != set(FIELDS) or not all(isinstance(facts[name], kind) for name, kind in FIELDS.items()):
            raise ValueError("a field is missing, or is something else")
        for name in ("mistakes", "remarks"):
            facts[name] = [str(part) for part in facts[name]]
        return facts, facts.pop("answers")
    except (ValueError, TypeError, RecursionError):
        return _trouble("it ended before it was judged"), None


def _is_plain(answers):
    """Whether answers are a value written in Python, with nothing in it that would be run."""
    try:
        ast.literal_eval(answers)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _judged_again(exercise, answers):
    """A Result for the numbers that a function returned, None where they are not those of an answer."""
    parts = max(1, len(exercise.parts))
    try:
        arrays = list(map(_array, answers))
        values = [tuple(arrays[k:k + parts]) for k in range(0, len(arrays), parts)]
        if len(arrays) != parts * len(exercise.probes):
            return None
        formed = [in_form(exercise, number, value if exercise.parts else value[0])[0]
                  for number, value in enumerate(values)]
    except (TypeError, ValueError, OverflowError, Unusable):
        return None
    return verdict(exercise, None, formed, [], [])


def _array(described):
    """An array of (type, shape, its bytes in hexadecimal), as `judging` writes it."""
    kind, shape, content = described
    return np.frombuffer(bytes.fromhex(content), kind).reshape(shape)


def _trouble(what):
    return {"status": "error", "message": f"This could not be judged: {what}.", "mistakes": [], "line": None,
            "remarks": [what]}


if __name__ == "__main__":
    sys.exit(main())
