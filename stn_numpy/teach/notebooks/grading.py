"""Grading a folder of hand-ins: which exercises pass, and which mistakes the others have.

Two processes judge (`serving`), one exercise at a time each, and every exercise runs in a process of its own. Here no
code of a hand-in is run, and what comes back is words.
"""

import hashlib
import json
import os
import queue
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from ...data.files import write_whole
from ..lessons import PREDICTIONS
from . import handins, papers

AT_ONCE = 2
SECONDS = 30                 # on the clock, for one exercise; `check` itself stops a function after five
PROCESSOR_SECONDS = 12
FORKS = hasattr(os, "fork") and sys.platform != "darwin"     # the libraries of macOS do not stand being forked
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
    found = handins.find(folder, store)
    exercises = papers.use(seed, variant)
    store.mkdir(parents=True, exist_ok=True)
    rows, started = {}, time.monotonic()
    with Judges(seed, variant) as judges, ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(_grade_one, handin, exercises, store, judges): handin for handin in found}
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                rows[waiting[future]] = future.result()
                show(done, len(found), (time.monotonic() - started) / done * (len(found) - done))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            judges.close()
            raise
    return [row for handin in found for row in rows[handin]]


def grade_files(found, store, seed=0, variant=None):
    """Grade hand-ins in turn, and yield the rows of each; arguments and rows are those of grade."""
    exercises = papers.use(seed, variant)
    with Judges(seed, variant) as judges:
        for handin in found:
            yield _grade_one(handin, exercises, store, judges)


def _grade_one(handin, exercises, store, judges):
    """The rows of one hand-in, from the store if they are there."""
    try:
        cells = handins.read_cells(handin)
    except handins.Unreadable as error:
        return [Row(handin.student, _lesson_of(handin), "", "unreadable", remarks=str(error))]
    key = hashlib.sha256(json.dumps([handin.student, cells, judges.terms, papers.EDITION]).encode()).hexdigest()
    kept = store / f"{key[:32]}.json"
    try:
        return [Row(*row) for row in json.loads(kept.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        pass
    rows = _rows(handin, cells, exercises, judges)
    write_whole(kept, json.dumps(rows).encode())
    return rows


def _rows(handin, cells, exercises, judges):
    there = handins.exercises_in(cells, exercises)
    if not there:
        return [Row(handin.student, _lesson_of(handin), "", "unreadable",
                    remarks="no exercise of the course is in this notebook")]
    lessons = {exercises[name].lesson for name in there}
    asked = [name for name, exercise in exercises.items() if exercise.lesson in lessons]
    rows = []
    for name in asked:
        verdict = _judged(handins.program_of(cells, name), name, judges)
        rows.append(Row(handin.student, exercises[name].lesson, name, *map(handins.whole, verdict)))
    for name, answered in handins.predictions_in(cells).items():
        if name in PREDICTIONS:
            rows.append(Row(handin.student, PREDICTIONS[name].lesson, f"prediction {name}",
                            "answered" if answered else "not answered"))
    return rows


def _lesson_of(handin):
    """The lesson that a file's name begins with, or "" if it does not begin with a number."""
    return handin.name[:2] if handin.name[:2].isdigit() else ""


def _judged(program, exercise, judges):
    """(status, mistakes, line, remarks, message) of one exercise."""
    if not program.source:
        if program.complaint:
            return "error", "", "", program.complaint, program.complaint
        return "not attempted", "", "", f"there is no {exercise} in the notebook", ""
    facts = judges.ask(exercise, program.source)
    status, remarks, message = facts["status"], facts["remarks"], facts["message"]
    if status in ("error", "shape") and not remarks:
        first, _, rest = message.partition("\n\n")
        remarks = [" ".join((rest.partition("\n\n")[0] or first).split())[:SHORT]]
    line = "" if facts["line"] is None else str(facts["line"])
    return status, " ".join(facts["mistakes"]), line, "; ".join(remarks), message


class Closed(Exception):
    """Nobody judges any more."""


class Judges:
    """The processes that judge, started when they are wanted first; to be used in a `with`.

    Parameters
    ----------
    seed, variant : those of grade
    """

    def __init__(self, seed, variant):
        self.terms = {"seed": seed, "variant": variant, "clock": SECONDS, "processor": PROCESSOR_SECONDS, "forks": FORKS}
        self._started, self._free, self._closed = [], queue.SimpleQueue(), False
        for _ in range(AT_ONCE):
            self._free.put(None)

    def ask(self, exercise, source):
        """What is to be said of an exercise: status, message, mistakes, remarks and line. Raises Closed after close()."""
        judge, answer = self._free.get(), ""
        try:
            if not self._closed:
                judge = judge or self._start()
                print(json.dumps({"exercise": exercise, "source": source}), file=judge.stdin, flush=True)
                answer = judge.stdout.readline()
        except OSError:
            pass
        finally:
            whole = answer.endswith("\n")
            self._free.put(judge if whole else None)
        if self._closed:
            raise Closed
        if whole:
            return json.loads(answer)
        said = "the process that judges it ended"
        return {"status": "error", "message": f"This could not be judged: {said}.", "mistakes": [], "line": None,
                "remarks": [said]}

    def _start(self):
        judge = subprocess.Popen([sys.executable, "-m", "stn_numpy.teach.notebooks.serving"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, encoding="utf-8", env=_environment(), start_new_session=True)
        self._started.append(judge)
        print(json.dumps(self.terms), file=judge.stdin, flush=True)
        return judge

    def close(self):
        """End them, with what they are at work on."""
        self._closed = True
        for judge in self._started:
            try:
                judge.stdin.close()                               # which ends it, and what it has forked
            except OSError:
                pass
            judge.wait()
            judge.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _environment():
    """A small environment: no more than Python needs, with one thread for each process."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "LANG")
            if name in os.environ}
    return {**kept, "PYTHONPATH": str(PACKAGE_FOLDER), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
