"""What an exercise and a mistake are.

An exercise has a *recipe*: a textbook version of the function to write, whose ingredients can be exchanged by keyword.
A mistake is an exchange of one ingredient (or of two that belong together), so a learner who makes two mistakes at
once is found by exchanging both.
"""

import functools
import itertools
from typing import Callable, NamedTuple

import numpy as np


class Mistake(NamedTuple):
    id: str
    says: str             # what the learner's function does, in the second person
    look: str             # where to look in one's own code
    equation: str         # equation or lesson that holds the right form
    changes: tuple        # of dicts ingredient -> replacement; several where different code makes one mistake


class Probe(NamedTuple):
    arguments: tuple      # what the function is called with; copies are handed out
    words: str            # what is special about it, to end the sentence "With ..."


class Exercise(NamedTuple):
    id: str               # the name of the function to write
    lesson: str           # "04"
    arguments: str        # "U, grid"
    answer: str           # name of what comes back, "V"
    axes: tuple           # names of its axes, for "the first wrong number is V[n=0, c=1, ...]"
    task: str             # what is wanted, one sentence
    truth: Callable       # the package's answer to the same arguments
    solution: tuple       # functions to show: helpers first, the last one is the answer
    package: tuple        # the package's functions that hold the same formula
    recipe: Callable      # the arguments, and each ingredient by keyword
    mistakes: tuple       # of Mistake
    probes: tuple         # of Probe
    hints: tuple          # from a nudge to the formula
    well_done: str        # said when the answer passes
    picture: str = "image"     # "image", "points" (x, y) or "bars"

    @property
    def signature(self):
        return f"{self.id}({self.arguments})"


class Variant(NamedTuple):
    mistakes: tuple       # ids, one or two
    answers: list         # one array for each probe


def arguments_of(probe, dtype=np.float64):
    """Fresh copies of a probe's arguments, arrays in the dtype wanted."""
    return tuple(argument.astype(dtype) if _is_float(argument) else np.copy(argument)
                 if isinstance(argument, np.ndarray) else argument for argument in probe.arguments)


def _is_float(argument):
    return isinstance(argument, np.ndarray) and argument.dtype.kind == "f"


def answers_of(function, exercise, dtype=np.float64):
    """The answers of a function that can be trusted, one array for each probe."""
    with np.errstate(all="ignore"):
        return [np.asarray(function(*arguments_of(probe, dtype))) for probe in exercise.probes]


def singles(exercise, dtype=np.float64):
    """Every wrong variant of an exercise that has one mistake in it."""
    for mistake in exercise.mistakes:
        for change in mistake.changes:
            yield Variant((mistake.id,), answers_of(functools.partial(exercise.recipe, **change), exercise, dtype))


def pairs(exercise, dtype=np.float64):
    """Every variant with two mistakes, which is every two changes that touch different ingredients."""
    for first, second in itertools.combinations(exercise.mistakes, 2):
        for one, other in itertools.product(first.changes, second.changes):
            if not set(one) & set(other):
                function = functools.partial(exercise.recipe, **one, **other)
                yield Variant((first.id, second.id), answers_of(function, exercise, dtype))
