"""Grading a folder of hand-ins: which exercises pass, and which mistakes the others have.

Each exercise is judged in a process of its own (`judging`), two at a time. Its numbers come back here and are judged
once more, with inputs that the learner has not seen, in this process, where no code of a hand-in ever runs. So saved
outputs, a changed `teach` or a changed NumPy inside a notebook count for nothing.
"""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...data.files import write_whole
from ..checker.check import check
from ..lessons import PREDICTIONS
from ..lessons.parts import OpenExercise
from . import handins, papers

AT_ONCE = 2
SECONDS = 30                 # on the clock, for one exercise; `check` itself stops a function after five
PROCESSOR_SECONDS = 12
SHORT = 200                  # characters of an error in the table; the page has all of it
PACKAGE_FOLDER = Path(__file__).resolve().parents[3]
FIELDS = ("student", "lesson", "exercise", "status", "mistakes", "line", "remarks")


class Row(NamedTuple):
    """One line of the table; `message` is the verdict as the learner would have read it."""
    student: str
    lesson: str
    exercise: str
    status: str              # as of a Result; "unreadable" for a notebook, "answered" or "not answered" for predictions
    mistakes: str = ""       # ids, separated by spaces
    line: str = ""
    remarks: str = ""
    message: str = ""


def grade(folder, store, seed=0, variant=None, show=lambda done, total, left: None):
    """Grade all hand-ins of a folder.

    Parameters
    ----------
    folder : Path                    notebooks, one a student, or a folder for each student
    store : Path                     a folder that keeps what is graded already, so that a stopped command can be resumed
    seed : int                       draws the inputs that the functions are called with
    variant : int or None            number of the paper, if the notebooks are those of a variant
    show : function                  called with (hand-ins graded, all of them, seconds left)

    Returns
    -------
    rows : list of Row               by student, in the order of the folder

    Raises ValueError where there is nothing to grade.
    """
    found = handins.find(folder)
    exercises = papers.use(seed, variant)
    store.mkdir(parents=True, exist_ok=True)
    rows, started = {}, time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(_grade_one, handin, exercises, store, seed, variant): handin for handin in found}
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                rows[waiting[future]] = future.result()
                show(done, len(found), (time.monotonic() - started) / done * (len(found) - done))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [row for handin in found for row in rows[handin]]


def grade_file(handin, store, seed=0, variant=None):
    """Grade one hand-in; arguments and rows are those of grade."""
    return _grade_one(handin, papers.use(seed, variant), store, seed, variant)


def _grade_one(handin, exercises, store, seed, variant):
    """The rows of one hand-in, from the store if they are there."""
    try:
        cells = handins.read_cells(handin)
    except handins.Unreadable as error:
        return [Row(handin.student, _lesson_of(handin), "", "unreadable", remarks=str(error))]
    key = hashlib.sha256(json.dumps([handin.student, cells, seed, variant, papers.EDITION]).encode()).hexdigest()
    kept = store / f"{key[:32]}.json"
    try:
        return [Row(*row) for row in json.loads(kept.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        pass
    rows = _rows(handin, cells, exercises, seed, variant)
    write_whole(kept, json.dumps(rows).encode())
    return rows


def _rows(handin, cells, exercises, seed, variant):
    there = handins.exercises_in(cells, exercises)
    if not there:
        return [Row(handin.student, _lesson_of(handin), "", "unreadable",
                    remarks="no exercise of the course is in this notebook")]
    lessons = {exercises[name].lesson for name in there}
    asked = [name for name, exercise in exercises.items() if exercise.lesson in lessons]
    rows = []
    for name in asked:
        verdict = _judged(handins.program_of(cells, name), exercises[name], seed, variant)
        rows.append(Row(handin.student, exercises[name].lesson, name, *verdict))
    for name, answered in handins.predictions_in(cells).items():
        if name in PREDICTIONS:
            rows.append(Row(handin.student, PREDICTIONS[name].lesson, f"prediction {name}",
                            "answered" if answered else "not answered"))
    return rows


def _lesson_of(handin):
    """The lesson that a file's name begins with, or "" if it does not begin with a number."""
    return handin.name[:2] if handin.name[:2].isdigit() else ""


def _judged(program, exercise, seed, variant):
    """(status, mistakes, line, remarks, message) of one exercise."""
    if not program.source:
        if program.complaint:
            return "error", "", "", program.complaint, program.complaint
        return "not attempted", "", "", f"there is no {exercise.id} in the notebook", ""
    with tempfile.TemporaryDirectory() as folder:
        task = {"exercise": exercise.id, "source": program.source, "seed": seed, "variant": variant,
                "seconds": PROCESSOR_SECONDS, "folder": folder}
        facts, answers = _ask(task, folder)
    status, remarks, message = facts["status"], list(facts["remarks"]), facts["message"]
    if status in ("error", "shape") and not remarks:
        remarks.append(" ".join(message.partition("\n\n")[2].partition("\n\n")[0].split())[:SHORT])
    mistakes = facts["mistakes"]
    if status in ("passed", "named", "different"):
        again = check(exercise.id, papers.Replay(exercise, answers)) if answers else None
        if isinstance(exercise, OpenExercise):
            remarks.append("an open task: judged in the process of the hand-in")
        elif status == "passed" and not again:
            status, message = "different", "The numbers that this function returned are not right."
            remarks.append("it was told that it had passed: something in the notebook changes teach or NumPy")
            mistakes = list(again.mistakes) if again is not None else []
    return (status, " ".join(mistakes), "" if facts["line"] is None else str(facts["line"]), "; ".join(remarks), message)


def _ask(task, folder):
    """Judge a task in a process of its own. Returns (facts, answers); facts tell of a crash or a limit, too."""
    try:
        done = subprocess.run([sys.executable, "-m", "stn_numpy.teach.notebooks.judging"],
                              input=json.dumps(task).encode(), capture_output=True, timeout=SECONDS, cwd=folder,
                              env=_environment())
    except subprocess.TimeoutExpired:
        return _trouble(f"it was still running after {SECONDS} seconds, and was stopped"), None
    if done.returncode == -getattr(signal, "SIGXCPU", 0) or done.returncode == -getattr(signal, "SIGKILL", 0):
        return _trouble(f"it used up its {PROCESSOR_SECONDS} seconds of the processor, or its memory"), None
    if done.returncode:
        return _trouble(f"it ended Python itself, with exit code {done.returncode}"), None
    line, _, archive = done.stdout.partition(b"\n")
    try:
        facts = json.loads(line)
        answers = _unpacked(archive) if archive else None
        wanted = {"status": str, "message": str, "mistakes": list, "remarks": list}
        if not all(isinstance(facts[name], kind) for name, kind in wanted.items()) or "line" not in facts:
            raise ValueError("a field is missing")
        facts["mistakes"], facts["remarks"] = [[str(part) for part in facts[name]] for name in ("mistakes", "remarks")]
    except (ValueError, KeyError, TypeError):
        return _trouble("it ended before it was judged"), None
    return facts, answers


def _unpacked(archive):
    with np.load(io.BytesIO(archive), allow_pickle=False) as stored:
        return [stored[name] for name in stored.files]


def _trouble(what):
    return {"status": "error", "message": f"This could not be judged: {what}.", "mistakes": [], "line": None,
            "remarks": [what]}


def _environment():
    """A small environment: no more than Python needs, with one thread for each process."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "LANG")
            if name in os.environ}
    return {**kept, "PYTHONPATH": str(PACKAGE_FOLDER), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
