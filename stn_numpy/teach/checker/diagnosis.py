"""What is wrong with an answer: does it pass, is it a known mistake, and if not, how does it differ?

Passing overrules everything, and a mistake is named only where the numbers agree with its numbers throughout.
"""

import functools
import itertools

import numpy as np

from .variants import answers_of, doubles, singles

TOLERANCES = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-5}     # relative to the largest number
AXIS_WORDS = {"n": "image", "c": "channel", "i": "row", "j": "column", "y": "row", "x": "column", "r": "row",
              "k": "column", "m": "element"}
PARTS = {"xy": ("x", "y"), "w": ("top left", "top right", "bottom left", "bottom right")}     # named one by one


def axis_words(axis, index):
    """An index in words: "row 3", "x", "top left"."""
    return PARTS[axis][index] if axis in PARTS else f"{AXIS_WORDS.get(axis, axis)} {index}"


@functools.lru_cache(maxsize=None)
def right_answers(exercise):
    """The package's answers, one for each probe, and for each part of a tuple; they cannot be written to."""
    answers = answers_of(exercise.truth, exercise)
    for answer in answers:
        answer.setflags(write=False)
    return answers


@functools.lru_cache(maxsize=None)
def _variants(exercise, kind):
    """All variants of a kind: their mistakes, their answers as the rows of a matrix, and each row's largest finite number."""
    variants = list(kind(exercise))
    numbers = np.array([_in_a_row(variant.answers) for variant in variants])
    largest = np.abs(numbers).max(axis=-1, initial=0, where=np.isfinite(numbers))
    return [variant.mistakes for variant in variants], numbers, largest


def _in_a_row(answers):
    return np.concatenate([answer.ravel() for answer in answers]).astype(np.float64)


def wrong_places(answers, targets):
    """For each probe, where an answer is not its target to within the tolerance; NaN is never right."""
    scale = max(np.abs(target).max() for target in targets) or 1
    with np.errstate(all="ignore"):
        return [~(np.abs(answer - target) <= TOLERANCES[answer.dtype] * scale)
                for answer, target in zip(answers, targets)]


def agree(answers, targets):
    return not any(wrong.any() for wrong in wrong_places(answers, targets))


def other_convention(exercise, answers):
    """The remark to answers that are right by another convention than the package's, else ""."""
    return next((remark for truth, remark in exercise.also if agree(answers, answers_of(truth, exercise))), "")


def name_mistakes(exercise, answers, most=2):
    """Ids of the one mistake, or else of the two (if `most` is 2), that give these answers; () where there are none."""
    mine, tolerance = _in_a_row(answers), max(TOLERANCES[answer.dtype] for answer in answers)
    for kind in (singles, doubles)[:most]:
        mistakes, numbers, largest = _variants(exercise, kind)
        if mistakes:
            with np.errstate(all="ignore"):
                apart = np.where(np.isnan(numbers) & np.isnan(mine), 0, np.abs(numbers - mine))
                same = apart.max(axis=1) <= tolerance * largest
            if same.any():
                return mistakes[int(np.argmax(same))]
    return ()


def describe(exercise, answers):
    """How answers differ from the right ones, in a few sentences for which no mistake need be known."""
    targets = right_answers(exercise)
    wrong = wrong_places(answers, targets)
    return " ".join(filter(None, [_pattern(exercise, answers, targets), _where(exercise, wrong), _count(wrong)]))


def first_wrong(exercise, answers):
    """One sentence with both values, for the first number that is wrong."""
    targets = right_answers(exercise)
    for probe, answer, target, wrong in zip(exercise.probes, answers, targets, wrong_places(answers, targets)):
        if wrong.any():
            index = tuple(int(i) for i in np.argwhere(wrong)[0])
            values = f"{answer[index]:.5g}, and should be {target[index]:.5g}"
            place = ", ".join(axis_words(axis, i) for axis, i in zip(exercise.axes, index))
            name = f"{exercise.answer}[{', '.join(map(str, index))}] ({place})" if index else exercise.answer
            return f"With {probe.words}, the first wrong number is {name}: it is {values}."
    return ""


def _count(wrong):
    bad, total = sum(int(w.sum()) for w in wrong), sum(w.size for w in wrong)
    return f"All {total} numbers are wrong." if bad == total else f"{bad} of {total} numbers are wrong."


def _pattern(exercise, answers, targets):
    """Zeros, NaN, a sign, a multiple, an offset, swapped or reversed axes."""
    mine, right = (np.concatenate([part.ravel() for part in parts]) for parts in (answers, targets))
    if not np.isfinite(mine).all():
        return (f"{np.count_nonzero(~np.isfinite(mine))} numbers are NaN or infinite, which comes from dividing by 0, "
                "or from an array made with np.empty that was not filled.")
    if not mine.any():
        return f"All of your {exercise.answer} is 0: is anything ever put into it?"
    factor = float(mine @ right / (right @ right))
    if factor and agree(answers, [factor * target for target in targets]):
        return ("The numbers are right but for the sign." if abs(factor + 1) < 1e-4 else
                f"All your numbers are {factor:.4g} times the right ones: a factor is missing or one too many.")
    offset = float((mine - right).mean())
    if agree(answers, [target + offset for target in targets]):
        return f"All your numbers are the right ones plus {offset:.4g}: something is added that should not be."
    return _moved_axes(exercise, answers, targets)


def _moved_axes(exercise, answers, targets):
    """Whether the right numbers stand in wrong places, because axes are swapped or reversed."""
    axes, last = exercise.axes, len(exercise.axes)
    for one, other in itertools.combinations(range(last), 2):
        if all(t.shape[one] == t.shape[other] for t in targets) and agree(
                answers, [np.swapaxes(target, one, other) for target in targets]):
            return f"Your numbers are the right ones with axes {one} and {other} swapped."
    for axis in range(last):
        if agree(answers, [np.flip(target, axis) for target in targets]):
            what = "x and y" if axes[axis] == "xy" else f"the {AXIS_WORDS.get(axes[axis], 'element')}s"
            return f"Your numbers are the right ones, but {what} are in reverse order."
    return ""


def _where(exercise, wrong):
    """Whether the wrong numbers all have something in common."""
    bad = [w for w in wrong if w.any()]
    for axis, name in enumerate(exercise.axes):
        touched = {int(i) for w in bad for i in np.unique(np.nonzero(w)[axis])}
        if len(touched) == 1 and all(w.shape[axis] > 1 for w in bad):
            return f"All the wrong numbers are in {axis_words(name, touched.pop())}."
    if len(wrong) == 2 and len(bad) == 1:
        words = [probe.words for probe in exercise.probes]
        right, not_right = words if wrong[1].any() else words[::-1]
        return f"With {right} all is right; with {not_right} it is not."
    return ""
