"""Help short of a judgement: hints, solutions, the arguments of a check, and a table of what there is."""

import inspect
import textwrap

import numpy as np

from .checker.check import REPAIRS, check, unknown
from .checker.result import Code, Note
from .checker.variants import arguments_of
from .lessons import EXERCISES, PREDICTIONS, PUZZLES
from .lessons.parts import OpenExercise

_hints_given = {}        # exercise id -> number of hints that have been given


def hint(id, number=None):
    """A hint: the next one with each call, or number 1, 2, ... Returns a Note.

    Where the last check found a change that makes all numbers right, the first hint tells it.
    """
    exercise = _find(id)
    if exercise is None:
        return unknown(id)
    if number is None and (change := REPAIRS.pop(id, "")):
        return Note("note", f"A hint for {id}, on your own lines", change, f'teach.hint("{id}") gives a hint on the task.')
    count = len(exercise.hints)
    if not isinstance(number, int):
        number = _hints_given.get(id, 0) + 1
    number = min(max(number, 1), count)
    _hints_given[id] = number
    last = number == count
    more = f'teach.solution("{id}") shows a solution.' if last else f'teach.hint("{id}") gives the next one.'
    return Note("note", f"Hint {number} of {count} for {id}", exercise.hints[number - 1],
                f"{'This was the last hint; ' if last else ''}{more}")


class Solution(Note):
    """A solution: `function` to call, and `source`, the code of the exercise cell, which needs np, and stn perhaps."""

    def __init__(self, exercise):
        self.function = exercise.solution[-1]
        self.source = "\n\n".join(part if isinstance(part, str) else inspect.getsource(part)
                                  for part in exercise.solution)
        paragraphs = ["One way to write it:", Code(self.source.rstrip())]
        if exercise.package:
            places = ", ".join(f"{function.__module__}.{function.__name__}" for function in exercise.package)
            paragraphs.append(f"The package has the same formulas in {places}.")
        own = ("The package's own source", [Code(_source(function)) for function in exercise.package])
        super().__init__("note", f"A solution of {exercise.id}", *paragraphs, folded=own if exercise.package else None)


def solution(id):
    """A solution in the learner's own terms, and the package's own source. Returns a Solution."""
    exercise = _find(id)
    return unknown(id) if exercise is None else Solution(exercise)


def _source(function):
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def use(id, function=None):
    """The learner's function where it passes its check, else the package's answer, so that later cells run either way.

    It prints which of the two it is. An open task may want a value in place of a function; its solution stands in for
    one that does not pass. For an id that no exercise has, `function` comes back as it is.
    """
    exercise = _find(id)
    if exercise is None:
        print(unknown(id).message)
        return function
    passed = bool(check(id, function))
    print(f"{id}: {'yours' if passed else 'our own, until yours passes'}")
    return function if passed else _own(exercise)


def _own(exercise):
    """The package's answer to an exercise, or the solution of an open task."""
    if not isinstance(exercise, OpenExercise):
        return exercise.truth
    if exercise.arguments is not None:
        return exercise.solution[-1]
    names = {}
    exec(Solution(exercise).source, {}, names)
    return names[exercise.id]


def probe(id, number=0):
    """The arguments of the `number`-th call that check makes, as a tuple: function(*teach.probe(id))."""
    exercise = _find(id)
    if exercise is None:
        return unknown(id)
    if isinstance(exercise, OpenExercise):
        return Note("note", f"{id} is an open task: your answer is tried out, not called with fixed arguments.")
    if not isinstance(number, (int, np.integer)) or not 0 <= number < len(exercise.probes):
        return Note("error", f"{id} is called {len(exercise.probes)} times: number 0 to {len(exercise.probes) - 1}.")
    return arguments_of(exercise.probes[number])


def contents():
    """A table of all exercises, predictions and lines to order."""
    rows = [f"{exercise.lesson}  {exercise.signature:<46} {exercise.answer}" for exercise in EXERCISES.values()]
    guesses = [f"{prediction.lesson}  {prediction.id:<46} {prediction.form}" for prediction in PREDICTIONS.values()]
    orders = [f"{puzzle.lesson}  {puzzle.id:<46} {len(puzzle.lines)} lines" for puzzle in PUZZLES.values()]
    return Note("note", "What there is", "Functions to write, for teach.check, hint, solution and probe:",
                Code("\n".join(rows)), "Predictions, for teach.predict and reveal:", Code("\n".join(guesses)),
                "Lines to order, for teach.order:", Code("\n".join(orders)))


def _find(id):
    return EXERCISES.get(id) if isinstance(id, str) else None
