"""The answers of an exercise's recipe, right or with one or two mistakes in it, to all of its probes."""

import functools
import itertools
from typing import NamedTuple

import numpy as np


class Variant(NamedTuple):
    mistakes: tuple       # ids, one or two
    answers: list         # one array for each probe, or for each part of each probe


def arguments_of(probe, dtype=np.float64):
    """Fresh copies of a probe's arguments, arrays in the dtype wanted."""
    return tuple(argument.astype(dtype) if _is_float(argument) else np.copy(argument)
                 if isinstance(argument, np.ndarray) else argument for argument in probe.arguments)


def _is_float(argument):
    return isinstance(argument, np.ndarray) and argument.dtype.kind == "f"


def answers_of(function, exercise, dtype=np.float64):
    """The answers of a function that can be trusted, one array for each probe and each part of a tuple."""
    with np.errstate(all="ignore"):
        values = [function(*arguments_of(probe, dtype)) for probe in exercise.probes]
    return [np.asarray(part) for value in values for part in (value if exercise.parts else (value,))]


def singles(exercise, dtype=np.float64):
    """Every wrong variant of an exercise that has one mistake in it."""
    for mistake in exercise.mistakes:
        for change in mistake.changes:
            yield Variant((mistake.id,), answers_of(functools.partial(exercise.recipe, **change), exercise, dtype))


def doubles(exercise, dtype=np.float64):
    """Every variant with two mistakes, which is every two changes that touch different ingredients."""
    for first, second in itertools.combinations(exercise.mistakes, 2):
        for one, other in itertools.product(first.changes, second.changes):
            if not set(one) & set(other):
                function = functools.partial(exercise.recipe, **one, **other)
                yield Variant((first.id, second.id), answers_of(function, exercise, dtype))
