"""Are the numbers right, and if not, are they exactly those of a mistake that is known?

Passing overrules everything, and a mistake is named only where the numbers agree with its numbers throughout.
"""

import functools
from typing import NamedTuple

import numpy as np

from .variants import answers_of, doubles, singles

TOLERANCES = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-5}     # relative to the largest number
ROUNDED = 1e-6       # answers as close as this are right, but they were rounded on the way
EXACT = 11           # digits that agree where nothing was rounded


def tolerance(*arrays):
    """What may differ between arrays, relative to the largest number: more, if one of them is float32."""
    return max(TOLERANCES.get(array.dtype, TOLERANCES[np.dtype(np.float64)]) for array in arrays)


@functools.lru_cache(maxsize=None)
def right_answers(exercise):
    """The package's answers, one for each probe, and for each part of a tuple; they cannot be written to."""
    answers = answers_of(exercise.truth, exercise)
    for answer in answers:
        answer.setflags(write=False)
    return answers


def scale_of(targets):
    """The largest number of all."""
    return max((np.abs(target).max(initial=0) for target in targets), default=0) or 1


def wrong_places(answers, targets):
    """For each probe, where an answer is not its target to within the tolerance; NaN is never right."""
    scale = scale_of(targets)
    with np.errstate(all="ignore"):
        return [~(np.abs(answer - target) <= tolerance(answer, target) * scale)
                for answer, target in zip(answers, targets)]


def agree(answers, targets):
    return not any(wrong.any() for wrong in wrong_places(answers, targets))


def other_convention(exercise, answers):
    """The remark to answers that are right by another convention than the package's, else ""."""
    return next((remark for truth, remark in exercise.also if agree(answers, answers_of(truth, exercise))), "")


def digits(answers, targets):
    """To how many digits answers are right, 0 to 15, of the largest number; float32 is left out, it has no more."""
    pairs = [(a, t) for a, t in zip(answers, targets) if tolerance(a, t) < TOLERANCES[np.dtype(np.float32)]]
    with np.errstate(all="ignore"):
        error = max((np.abs(a - t).max(initial=0) for a, t in pairs), default=0) / scale_of(targets)
    if not np.isfinite(error) or error >= 1:
        return 0
    return 15 if error < 1e-15 else int(-np.log10(error))


def nearly(answers, targets):
    """Whether answers are right but for rounding: six digits and more."""
    scale = scale_of(targets)
    with np.errstate(all="ignore"):
        return all((np.abs(answer - target) <= max(ROUNDED, tolerance(answer, target)) * scale).all()
                   for answer, target in zip(answers, targets))


class Explanation(NamedTuple):
    mistakes: tuple       # ids, one or two
    where: str            # a sentence on where it is so, if it is not so everywhere


@functools.lru_cache(maxsize=None)
def _singles(exercise):
    """Every wrong variant with one mistake: what it is, and its answers as the rows of a matrix."""
    variants = list(singles(exercise))
    return variants, np.array([_in_a_row(variant.answers) for variant in variants])


@functools.lru_cache(maxsize=None)
def _doubles(exercise):
    """Every variant with two mistakes, and its answer to the first probe alone; the others are only for those that fit."""
    changes = list(doubles(exercise))
    first = exercise.probes[:1]
    return changes, np.array([_in_a_row(change.answers(exercise, first)) for change in changes])


def _in_a_row(answers):
    return np.concatenate([answer.ravel() for answer in answers]).astype(np.float64)


def _fitting(rows, mine, margin):
    with np.errstate(all="ignore"):
        largest = np.nanmax(np.abs(rows), axis=1, initial=0)
        same = (np.abs(rows - mine) <= margin * largest[:, None]) | (np.isnan(rows) & np.isnan(mine))
        return np.flatnonzero(same.all(axis=1))


def explanations(exercise, answers, most=2):
    """What gives exactly these answers: all single mistakes that do, or else all pairs (if `most` is 2)."""
    targets = right_answers(exercise)
    mine = _in_a_row(answers)
    margin = np.concatenate([np.full(answer.size, tolerance(answer, target))
                             for answer, target in zip(answers, targets)])
    variants, rows = _singles(exercise)
    found = [variants[i] for i in _fitting(rows, mine, margin)] if variants else []
    if not found and most == 2:
        changes, rows = _doubles(exercise)
        first = sum(answer.size for answer in answers[:len(exercise.parts) or 1])
        likely = [changes[i] for i in _fitting(rows, mine[:first], margin[:first])] if changes else []
        found = [change for change in likely
                 if len(_fitting(_in_a_row(change.answers(exercise))[None], mine, margin))]
    return list(dict.fromkeys(Explanation(variant.mistakes, variant.where) for variant in found))


def name_mistakes(exercise, answers, most=2):
    """Ids of the one mistake, or else of the two, that give these answers; () where there are none."""
    found = explanations(exercise, answers, most)
    return found[0].mistakes if found else ()
