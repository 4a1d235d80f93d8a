"""From whatever a learner's function returned to an array of the right shape, or to words that say what is amiss."""

import itertools

import numpy as np

from .bounds import MOST_NUMBERS, amount, listed
from .diagnosis import right_answers

MOST_SHOWN = 6           # of several things that are returned
MOST_AXES = 5            # of an answer whose axes are tried in every order
COUNTS = {0: "nothing", 1: "one number", 2: "two numbers", 4: "four numbers"}
CUT = ("An integer array cuts off the fractions of all that is put into it. Look for astype(int), for dtype=int, and for the "
       "line that makes the array: np.zeros(shape) is float64.")
NOTHING = ("Your function returned None. Is there a `return` at its end, and at the end of every branch? Where there is, "
           "does it hand on what you mean? np.add.at, sort and append change what is there, and give None.")


class Unusable(Exception):
    """The answer cannot be compared; the message says why.

    `answer` is the array, if it has only the wrong shape; `exercise` and `wanted` are what it was held against.
    """

    def __init__(self, message, answer=None, exercise=None, wanted=None):
        super().__init__(message)
        self.answer, self.exercise, self.wanted = answer, exercise, wanted


def in_form(exercise, number, value):
    """The answer to one probe as arrays, one for each part of it, and what is worth saying of them. Raises Unusable."""
    wanted = [right_answers(view)[number] for view in exercise.views]
    parts, notes = in_parts(value, exercise, wanted)
    found = []
    for view, part, right in zip(exercise.views, parts, wanted):
        try:
            answer, note = as_array(part, right, view)
        except Unusable as why:
            raise Unusable(str(why), why.answer, view, right) from None
        found.append(answer)
        notes += [note] if note else []
    return found, notes


def in_parts(value, exercise, wanted):
    """A returned tuple taken apart where an exercise wants several things: (one value for each part, notes).

    `wanted` are the right parts, for their shapes. A cache beside the tuple, (gradients, cache), is left out. Raises Unusable.
    """
    if not exercise.parts:
        return [value], []
    count, names = len(exercise.parts), exercise.answer
    if isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[0], (tuple, list)):
        if count != 2 or [_shape(part) for part in value[0]] == [part.shape for part in wanted]:
            value = value[0]
    if isinstance(value, (tuple, list)) and len(value) == count:
        _check_none(value, exercise)
        _check_order(value, exercise, wanted)
        return list(value), []
    if value is None:
        raise Unusable(f"{NOTHING} Wanted are {count} things, in this order: {names}.")
    found = f"{len(value)} things" if isinstance(value, (tuple, list)) else f"one {type(value).__name__}"
    raise Unusable(f"Wanted are {count} things, in this order: {names}. Your function returned {found}. "
                   f"{_missing_or_more(value, exercise, wanted)}".strip())


def _check_none(parts, exercise):
    none = [view.answer for view, part in zip(exercise.views, parts) if part is None]
    if none:
        raise Unusable(f"{listed(none)} {'is' if len(none) == 1 else 'are'} None in what your function returned, where numbers "
                       "are wanted. None also comes from a function without `return`, and from methods that change an array in "
                       "place.")


def _missing_or_more(parts, exercise, wanted):
    """Which parts are not there, or which are not wanted, where the shapes leave no choice; else ""."""
    if not isinstance(parts, (tuple, list)) or not 0 < len(parts) <= MOST_SHOWN + len(wanted):
        return ""
    mine, right = [_shape(part) for part in parts], [part.shape for part in wanted]
    few, many = sorted((mine, right), key=len)
    kept = [places for places in itertools.combinations(range(len(many)), len(few)) if [many[k] for k in places] == few]
    if len(kept) != 1:
        return ""
    rest = [k for k in range(len(many)) if k not in kept[0]]
    if many is mine:
        numbers = listed([f"{k + 1}, of shape {mine[k]}," for k in rest])
        return f"By their shapes the wanted ones are all there, and number {numbers} is one too many."
    names = [view.answer for view in exercise.views]
    return (f"By their shapes yours are {listed([names[k] for k in kept[0]])}; {listed([names[k] for k in rest])} "
            f"{'is' if len(rest) == 1 else 'are'} missing.")


def _check_order(parts, exercise, wanted):
    """Refuse parts whose shapes are all there, but in another order."""
    shapes, right = [_shape(part) for part in parts], [part.shape for part in wanted]
    if shapes != right and None not in shapes and sorted(shapes) == sorted(right):
        raise Unusable(f"Wanted are, in this order, {exercise.answer}, with the shapes {', '.join(map(str, right))}. Yours "
                       f"have these shapes too, but in another order: {', '.join(map(str, shapes))}.")


def as_array(value, wanted, exercise):
    """The answer as an array of the shape of `wanted`.

    Parameters
    ----------
    value : anything                 what the function returned
    wanted : array                   the right answer, for its shape
    exercise : Exercise

    Returns
    -------
    answer : float array
    note : str                       something worth saying all the same, or ""

    Raises Unusable.
    """
    value, note = _unpack(value, wanted, exercise)
    _check_amount(value, wanted, exercise)
    _check_kind(value, wanted, exercise)
    answer = _to_numpy(value, exercise)
    if answer.size == wanted.size == 1:
        answer = answer.reshape(wanted.shape)
    if answer.shape != wanted.shape:
        raise Unusable(_shape_words(answer, wanted, exercise), answer)
    note = f"{note} {_check_dtype(answer, wanted, exercise)}".strip()
    if answer.dtype == np.float32 and wanted.dtype == np.float64:
        note = f"{note} Your numbers are float32; the arguments were float64.".strip()
    return answer.astype(np.float32 if answer.dtype == np.float32 else np.float64), note


def _unpack(value, wanted, exercise):
    """Take (answer, cache) apart, and several gradients: the part with the shape that is wanted."""
    if not isinstance(value, tuple) or _shape(value) == wanted.shape:
        return value, ""
    fitting = [i for i, part in enumerate(value) if _shape(part) == wanted.shape]
    if fitting:
        return value[fitting[0]], (f"Your function returned {len(value)} things; number {fitting[0] + 1} was taken as "
                                   f"{exercise.answer}.")
    _check_amount(value, wanted, exercise)
    shapes = [_shape(part) for part in value]
    words, wish = f"Your function returned {len(value)} things", f"Wanted is {_what(wanted, exercise)}"
    if len(set(shapes)) == 1 and wanted.ndim and wanted.shape in (possible := _stacked(shapes[0], len(value))):
        raise Unusable(f"{words}, of shape {shapes[0]} each. {wish}: np.stack([...], axis={possible.index(wanted.shape)}) "
                       "makes one of them.")
    kinds = [type(part).__name__ if shape is None else f"one of shape {shape}" if shape else "a number"
             for part, shape in zip(value[:MOST_SHOWN], shapes)]
    raise Unusable(f"{words}: {', '.join(kinds)}{', ...' * (len(value) > MOST_SHOWN)}. {wish}.")


def _stacked(shape, count):
    """The shapes of np.stack of so many arrays, along each axis in turn."""
    return [] if shape is None else [(*shape[:axis], count, *shape[axis:]) for axis in range(len(shape) + 1)]


def _shape(value):
    if amount(value) > MOST_NUMBERS:
        return None
    try:
        return np.shape(value)
    except (ValueError, TypeError):
        return None


def _what(wanted, exercise):
    """The wanted answer in words: "V, an array of shape (2, 3, 4, 7)"."""
    if wanted.ndim == 0:
        return f"{exercise.answer}, one number"
    if wanted.ndim == 1 and len(wanted) in COUNTS:
        return f"{exercise.answer}, {COUNTS[len(wanted)]}"
    return f"{exercise.answer}, an array of shape {wanted.shape}"


def _check_kind(value, wanted, exercise):
    if value is None:
        raise Unusable(f"{NOTHING} Wanted is {_what(wanted, exercise)}.")
    if isinstance(value, (dict, set, str, bytes)) or isinstance(value, (list, tuple)) and _shape(value) is None:
        raise Unusable(f"Your function returned a {type(value).__name__}. Wanted is {_what(wanted, exercise)}.")


def _check_amount(value, wanted, exercise):
    """Refuse what is too much to be looked at: a large array for its shape, all else for its amount."""
    if amount(value) <= MOST_NUMBERS:
        return
    if isinstance(value, np.ndarray):
        raise Unusable(_shape_words(value, wanted, exercise))
    raise Unusable(f"Your function returned more than {MOST_NUMBERS:,} numbers, or lists that have no end. Wanted is "
                   f"{_what(wanted, exercise)}.")


def _check_mask(value, exercise):
    if not isinstance(value, np.ma.MaskedArray) or not (hidden := int(np.ma.getmaskarray(value).sum())):
        return
    count = "One number is" if hidden == 1 else f"{hidden} numbers are"
    raise Unusable(f"{count} masked in your {exercise.answer}, and a masked number counts as missing. An answer has all "
                   f"its numbers: np.ma.filled({exercise.answer}, 0) puts 0 in place of masked ones, if 0 belongs there.")


def _to_numpy(value, exercise):
    _check_mask(value, exercise)
    try:
        answer = np.array(value)
    except Exception:                        # whatever an object does when NumPy looks at it
        answer = np.array(None)
    if answer.dtype.kind in "biuf":
        return answer if isinstance(value, (np.ndarray, np.generic)) else answer.astype(np.float64)
    kind = answer.dtype if isinstance(value, np.ndarray) else type(value).__name__
    raise Unusable(f"{exercise.answer} should hold real numbers (float64); your function returned {kind}.")


def _shape_words(answer, wanted, exercise):
    """What is wrong with a shape, in the names of the axes where that helps."""
    words = (f"{exercise.answer} should have shape {wanted.shape}{_axis_names(exercise, wanted)}, and yours has "
             f"{answer.shape}.")
    return f"{words} {_shape_reason(answer, wanted, exercise)}".strip()


def _axis_names(exercise, wanted):
    meanings = {"n": "image", "c": "channel", "i": "row", "j": "column", "y": "row", "x": "column", "xy": "x or y",
                "r": "row", "k": "column", "w": "corner", "m": "sample"}
    if len(exercise.axes) < 2 or wanted.ndim != len(exercise.axes):
        return ""
    return " - " + ", ".join(meanings.get(axis, axis) for axis in exercise.axes)


def _shape_reason(answer, wanted, exercise):
    if answer.size == wanted.size:
        return _order_words(answer, wanted)
    if answer.size == 1:
        return "It is a single number: was too much added up, or is a loop left too early?"
    if answer.shape == wanted.shape[1:] and exercise.axes[:1] == ("n",):
        return "The first axis is missing: return one for each image of the batch."
    if answer.ndim == wanted.ndim and sum(a != w for a, w in zip(answer.shape, wanted.shape)) == 1:
        axis = next(i for i, (a, w) in enumerate(zip(answer.shape, wanted.shape)) if a != w)
        return f"Only axis {axis} differs: {answer.shape[axis]} where {wanted.shape[axis]} is wanted."
    return "Printing the shapes inside your function shows where it goes astray."


def _order_words(answer, wanted):
    """As many numbers, but other axes: what would bring them into the wanted ones, if anything does; it is tried out."""
    for order in itertools.permutations(range(answer.ndim)) if answer.ndim <= MOST_AXES else ():
        turned = np.transpose(answer, order)
        if np.allclose(turned.reshape(wanted.shape), wanted, rtol=1e-5, atol=1e-6):
            steps = [f"np.transpose(..., {order})"] * (list(order) != sorted(order))
            steps += [f"reshape({wanted.shape})"] * (turned.shape != wanted.shape)
            return f"After {' and then '.join(steps)} your answer would be right."
    if sorted(answer.shape) == sorted(wanted.shape):
        return "These are the wanted lengths in another order, but to swap the axes is not enough: no order of them is right."
    return "It has as many numbers as wanted, but neither a reshape nor another order of the axes makes them right."


def _check_dtype(answer, wanted, exercise):
    """Refuse what has lost its digits; a note on whole numbers that are wrong in some other way, else ""."""
    if answer.dtype.kind == "f" and answer.dtype.itemsize >= 4 or answer.dtype.kind != "f" and np.array_equal(answer, wanted):
        return ""
    words = f"Your {exercise.answer} has dtype {answer.dtype}; it should be float64."
    if answer.dtype.kind == "f":
        raise Unusable(f"{words} Three digits are not enough to judge.")
    if any(np.array_equal(answer, way(wanted)) for way in (np.trunc, np.round, np.floor)):
        raise Unusable(f"{words} Without their fractions the right numbers are exactly yours. {CUT}")
    if set(answer.ravel().tolist()) == {0, 1}:
        raise Unusable(f"{words} It holds nothing but 0 and 1, as a mask does. What should the mask be multiplied by?")
    return f"{words} {CUT}" if answer.dtype.kind in "iu" else words
