"""The answers of an exercise's recipe, right or with one or two mistakes in it, to all of its probes."""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from ..lessons.parts import Where


MOST_DOUBLES = 1500


class Variant(NamedTuple):
    mistakes: tuple       # ids, one or two
    answers: list         # one array for each probe, or for each part of each probe
    where: str = ""       # a sentence on where the mistake is, if it is not everywhere


class Change(NamedTuple):
    mistakes: tuple       # ids, two
    choices: dict         # ingredients of the recipe
    where: str = ""

    def answers(self, exercise, probes=None):
        return answers_of(functools.partial(exercise.recipe, **self.choices), exercise, probes=probes)


def arguments_of(probe, dtype=None):
    """Fresh copies of a probe's arguments; arrays of floats in the dtype wanted, and strided if the probe says so."""
    return tuple(_copy(argument, dtype, probe.strided) for argument in probe.arguments)


def _copy(argument, dtype, strided):
    if not isinstance(argument, np.ndarray):
        return argument
    copy = argument.astype(dtype) if dtype is not None and argument.dtype.kind == "f" else argument.copy()
    if not strided or copy.ndim == 0:
        return copy
    larger = np.zeros([2 * size for size in copy.shape], copy.dtype)
    view = larger[(slice(1, None, 2),) * copy.ndim]
    view[...] = copy
    return view


def answers_of(function, exercise, dtype=None, probes=None):
    """The answers of a function that can be trusted, one array for each probe and each part of a tuple."""
    with np.errstate(all="ignore"):
        values = [function(*arguments_of(probe, dtype)) for probe in probes or exercise.probes]
    return [np.asarray(part) for value in values for part in (value if exercise.parts else (value,))]


def singles(exercise, dtype=None):
    """Every wrong variant of an exercise that has one mistake in it."""
    for mistake in exercise.mistakes:
        for where, change in map(_unpacked, mistake.changes):
            yield Variant((mistake.id,), answers_of(functools.partial(exercise.recipe, **change), exercise, dtype),
                          where)


def doubles(exercise):
    """Every Change with two mistakes, which is every two changes that touch different ingredients.

    Changes that are made in one place only are left out, and all after the first MOST_DOUBLES: it would take too long.
    """
    return itertools.islice(_all_doubles(exercise), MOST_DOUBLES)


def _all_doubles(exercise):
    for first, second in itertools.combinations(exercise.mistakes, 2):
        for one, other in itertools.product(first.changes, second.changes):
            if isinstance(one, dict) and isinstance(other, dict) and not set(one) & set(other):
                yield Change((first.id, second.id), {**one, **other})


def _unpacked(change):
    return change if isinstance(change, Where) else ("", change)
