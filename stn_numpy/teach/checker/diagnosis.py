"""Are the numbers right, and if not, are they exactly those of a mistake that is known?

Passing overrules everything, and a mistake is named only where the numbers agree with its numbers throughout.
"""

import functools
from typing import NamedTuple

import numpy as np

from .bounds import listed
from .places import slot_name
from .variants import answers_of, doubles, singles

TOLERANCES = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-5}     # relative to the largest number
ROUNDED = 1e-6       # answers as close as this are right, but they were rounded on the way
SLOT_AXES = ("xy", "r", "w", "k")
EXCHANGES = ("axes_swapped", "dx_dy_swapped", "read_swapped")    # x and y change places in both slots, or not at all
FEWEST = 8           # numbers that cannot be a multiple of others by chance
EXACT = 11           # digits that agree where nothing was rounded


def tolerance(*arrays):
    """What may differ between arrays, relative to the largest number: more, if one of them is float32."""
    return max(TOLERANCES.get(array.dtype, TOLERANCES[np.dtype(np.float64)]) for array in arrays)


@functools.lru_cache(maxsize=None)
def right_answers(exercise):
    """The package's answers, one for each probe, and for each part of a tuple; they cannot be written to."""
    answers = answers_of(exercise.truth, exercise)
    single = [is_single(probe) for probe in exercise.probes for _ in exercise.parts or (None,)]
    answers = [np.array(answer, np.float32 if low else None) for answer, low in zip(answers, single)]
    for answer in answers:
        answer.setflags(write=False)
    return answers


def is_single(probe):
    """Whether a probe's arguments are float32, so that no answer can have more digits than that."""
    return any(getattr(argument, "dtype", None) == np.float32 for argument in probe.arguments)


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
    """Whether every answer is its target to within the tolerance."""
    return not any(wrong.any() for wrong in wrong_places(answers, targets))


def other_convention(exercise, answers):
    """The remark to answers that are right by another convention than the package's, else ""."""
    return next((remark for truth, remark in exercise.also if agree(answers, answers_of(truth, exercise))), "")


def digits(answers, targets):
    """To how many digits answers are right, 0 to 15, of the largest number.

    What is float32 has no more than seven: there it only matters whether it is right.
    """
    single = [(a, t) for a, t in zip(answers, targets) if tolerance(a, t) >= TOLERANCES[np.dtype(np.float32)]]
    if single and not agree(*map(list, zip(*single))):
        return 0
    pairs = [(a, t) for a, t in zip(answers, targets) if tolerance(a, t) < TOLERANCES[np.dtype(np.float32)]]
    with np.errstate(all="ignore"):
        error = max((np.abs(a - t).max(initial=0) for a, t in pairs), default=0) / scale_of(targets)
    return _digits_of(error)


def fewest_digits(answers, targets):
    """To how many digits, 0 to 15, the number is right that is furthest off relative to itself; float32 as in `digits`."""
    counts = []
    for answer, target in zip(answers, targets):
        with np.errstate(all="ignore"):
            error = (np.abs(answer - target) / np.where(target == 0, 1, np.abs(target))).max(initial=0)
        single = tolerance(answer, target) >= TOLERANCES[np.dtype(np.float32)]
        counts.append(15 * (error <= tolerance(answer, target)) if single else _digits_of(error))
    return min(counts)


def _digits_of(error):
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
    before: str = ""      # what to do with the numbers before it is so: "Divide your numbers by 2"


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
        largest = np.abs(rows).max(axis=1, initial=0, where=np.isfinite(rows))
        same = (np.abs(rows - mine) <= margin * largest[:, None]) | (rows == mine) | (np.isnan(rows) & np.isnan(mine))
        return np.flatnonzero(same.all(axis=1))


def explanations(exercise, answers, most=2):
    """What gives exactly these answers: all single mistakes that do; or mistakes in one slot each; or two together."""
    targets = right_answers(exercise)
    mine = _in_a_row(answers)
    margin = np.concatenate([np.full(answer.size, tolerance(answer, target))
                             for answer, target in zip(answers, targets)])
    variants, rows = _singles(exercise)
    found = [variants[i] for i in _fitting(rows, mine, margin)] if variants else []
    found = found or _by_slots(exercise, answers, targets)
    if not found and most == 2:
        changes, rows = _doubles(exercise)
        first = sum(answer.size for answer in answers[:len(exercise.parts) or 1])
        likely = [changes[i] for i in _fitting(rows, mine[:first], margin[:first])] if changes else []
        found = [change for change in likely
                 if len(_fitting(_in_a_row(change.answers(exercise))[None], mine, margin))]
    explained = list(dict.fromkeys(Explanation(variant.mistakes, variant.where) for variant in found))
    return explained or (_but_for_a_number(exercise, mine, margin) if most == 2 else [])


def _but_for_a_number(exercise, mine, margin):
    """Explanations that hold after a division or a subtraction: one number for all."""
    variants, rows = _singles(exercise)
    if len(mine) < FEWEST or not np.isfinite(mine).all() or not len(variants):
        return []
    rows = np.concatenate([_in_a_row(right_answers(exercise))[None], rows])
    with np.errstate(all="ignore"):
        fit = rows * (margin == margin.min())                            # by the numbers that have all their digits
        lengths = (fit * fit).sum(axis=1)
        factors = fit @ mine / np.where(lengths == 0, np.inf, lengths)
        offsets = (mine - rows).mean(axis=1, where=margin == margin.min())
        largest = np.abs(rows).max(axis=1)[:, None] * margin
        ways = [(np.abs(mine - factors[:, None] * rows) <= np.abs(factors)[:, None] * largest, factors, _divided),
                (np.abs(mine - rows - offsets[:, None]) <= largest, offsets, _moved)]
    found = [(k, words(numbers[k])) for same, numbers, words in ways
             for k in np.flatnonzero(same.all(axis=1)) if np.isfinite(numbers[k]) and numbers[k]]
    if not found or any(k == 0 for k, _ in found):       # of the right numbers there are simpler words
        return []
    (k, before), *_ = found
    return [Explanation(variants[k - 1].mistakes, variants[k - 1].where, before)]


def _divided(factor):
    return "Turn the sign of your numbers" if abs(factor + 1) < ROUNDED else f"Divide your numbers by {factor:.4g}"


def _moved(offset):
    return f"Take {offset:.4g} from your numbers" if offset > 0 else f"Add {-offset:.4g} to your numbers"


def _by_slots(exercise, answers, targets):
    """Explanations that hold for x alone, for row 1 alone and so on: the other slots are right, or have their own.

    A slot is an index of an axis that is short and that every answer has: x and y, the rows of theta.
    """
    if exercise.parts or not exercise.mistakes:
        return []
    for axis, name in enumerate(exercise.axes):
        lengths = {target.shape[axis] for target in targets}
        if name not in SLOT_AXES or len(lengths) > 1 or not 2 <= min(lengths) <= 4:
            continue
        slots = [_in_slot(exercise, answers, targets, axis, k) for k in range(min(lengths))]
        if None not in slots and any(not slot for slot in slots):
            found = [(k, slot[0]) for k, slot in enumerate(slots) if slot]
            where = f"It is so in {listed([slot_name(name, k) for k, _ in found])}."
            if len({ids for _, ids in found}) == 1:
                return [Explanation(found[0][1], f"{where} The rest is right.")]
        elif None not in slots and len({slot[0] for slot in slots}) == 2 == len(slots):
            names = " and ".join(f"the {('first', 'second')[k]} in {slot_name(name, k)}" for k in range(2))
            return [Explanation(slots[0][0] + slots[1][0], f"Of these two, {names} alone.")]
    return []


def _in_slot(exercise, answers, targets, axis, k):
    """Mistakes that give the numbers of one slot: [] where it is right, and None where nothing is known."""
    mine, right = ([part.take(k, axis) for part in parts] for parts in (answers, targets))
    scale = scale_of(targets)
    with np.errstate(all="ignore"):
        if all((np.abs(a - t) <= tolerance(a, t) * scale).all() for a, t in zip(mine, right)):
            return []
        found = [variant.mistakes for variant in _singles(exercise)[0] if variant.mistakes[0] not in EXCHANGES and all(
            (np.abs(a - v.take(k, axis)) <= tolerance(a, t) * scale_of(variant.answers)).all()
            for a, t, v in zip(mine, right, variant.answers))]
    return list(dict.fromkeys(found)) or None


def name_mistakes(exercise, answers, most=2):
    """Ids of the one mistake, or else of the two, that give these answers; () where there are none."""
    found = explanations(exercise, answers, most)
    return found[0].mistakes if found else ()
