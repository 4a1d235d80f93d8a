"""How an answer differs from the right one, where no mistake is known by name. Every sentence is tried out before it is
said: it holds for all the numbers that it speaks of."""

import itertools
from typing import NamedTuple

import numpy as np

from .bounds import listed
from .diagnosis import digits, fewest_digits, right_answers, wrong_places
from .places import common_place, slot_name
from .relations import factor_between, relation, same
from .variants import arguments_of


class Judged(NamedTuple):
    """The answers of one exercise, or of one part of it, beside the right ones."""
    exercise: object
    answers: list
    targets: list
    wrong: list           # bool, where they differ
    arguments: list       # what each was the answer to


class Description(NamedTuple):
    sentences: tuple
    locus: str            # where the wrong numbers are, or ""

    def __str__(self):
        return " ".join(self.sentences)


def judged(exercise, answers):
    """Answers beside the right ones, where they are wrong, and the arguments they were made from."""
    targets = right_answers(exercise)
    return Judged(exercise, answers, targets, wrong_places(answers, targets),
                  [arguments_of(probe) for probe in exercise.probes])


def describe(exercise, answers):
    """Sentences that say how answers differ from the right ones, and where."""
    with np.errstate(all="ignore"):                  # numbers may be enormous
        found = judged(exercise, answers)
        pattern = _pattern(found)
        place, locus = common_place(found, by_probes=not _in_probes(found))
        wrong_only = "" if pattern else _of_the_wrong(found)
    return Description(tuple(filter(None, [pattern, place, wrong_only])), locus)


def first_wrong(exercise, answers):
    """How many numbers are wrong, and the first of them with both values and the digits that they need to differ."""
    found = judged(exercise, answers)
    for probe, answer, target, wrong in zip(exercise.probes, answers, found.targets, found.wrong):
        if wrong.any():
            index = tuple(int(i) for i in np.argwhere(wrong)[0])
            mine, right = in_digits(answer[index], target[index])
            names = exercise.axes if len(exercise.axes) == len(index) else map("axis {}:".format, range(len(index)))
            place = ", ".join(slot_name(axis, i) for axis, i in zip(names, index))
            name = f"{exercise.answer}[{', '.join(map(str, index))}] ({place})" if index else exercise.answer
            return (f"With {probe.words}{_count(wrong)} the first wrong number is {name}: it is {mine}, and should be "
                    f"{right}.")
    return ""


def _count(wrong):
    bad = int(wrong.sum())
    if wrong.size == 1:
        return ","
    return f", {f'all {bad}' if bad == wrong.size else f'{bad} of {wrong.size}'} numbers {'is' if bad == 1 else 'are'} wrong;"


def in_digits(*values):
    """Numbers as text, with as many digits as they need to look different."""
    for count in (5, 8, 12, 17):
        words = [f"{float(value):.{count}g}" for value in values]
        if len(set(words)) == len(values):
            return words
    return words


def _pattern(found):
    return next(filter(None, (look(found) for look in (
        _not_finite, _related, _an_argument, _argument_or_0, _exchanged, _rounded, _in_slots, _along_an_axis, _in_probes,
        _element_by_element, _reshaped))), "")


def _not_finite(found):
    bad = [~np.isfinite(answer) for answer in found.answers]
    count = sum(int(b.sum()) for b in bad)
    if not count:
        return ""
    others = all((b | ~w).all() for b, w in zip(bad, found.wrong))
    return (f"{count} numbers are NaN or infinite{'; all the others are right' if others else ''}. Such numbers come, for "
            "example, from dividing by 0, from a root or a logarithm of a negative number, or from an array made with "
            "np.empty that was not filled.")


def _rounded(found):
    for places in range(1, 7):
        if same(found.answers, [np.round(target, places) for target in found.targets]):
            return f"Your numbers are the right ones, rounded to {places} places after the point."
    count = fewest_digits(found.answers, found.targets)
    if count < 3:
        overall = min(digits([answer], [target]) for answer, target in zip(found.answers, found.targets))
        return f"No number is off by more than 1 / {10 ** overall} of the largest." if overall > 2 else ""
    return (f"Each of your numbers agrees with the right one to {count} digits. Such numbers may come from something that is "
            "rounded on the way, or from a small step that is not small enough.")


def _related(found):
    words = relation(found.answers, found.targets, _sizes(found))
    if words == "are 0":
        return f"All of your {found.exercise.answer} is 0. Print what it is made of, line by line: where does the first 0 come in?"
    return f"All your numbers {words}." if words else ""


def _sizes(found):
    """The sizes of each call, as NumPy's floats, with which 1 / 0 is infinite and no error."""
    sizes = found.exercise.sizes
    return [{name: np.float64(size) for name, size in sizes(*arguments).items()}
            for arguments in found.arguments] if sizes else ()


def _an_argument(found):
    """An argument itself or a multiple of it, or the right numbers with such a multiple added."""
    extra = [answer - target for answer, target in zip(found.answers, found.targets)]
    for name, values in _arguments(found):
        if same(found.answers, values):
            return f"Your answer is {name} itself, as it was given."
        for numbers, words in ((found.answers, ""), (extra, "the right ones ")):
            factor = factor_between(numbers, values)
            if factor is not None:
                sign = "minus " if factor < 0 else "plus " if words else ""
                times = "" if abs(abs(factor) - 1) < 1e-6 else f"{abs(factor):.4g} times "
                return f"Your numbers are {words}{sign}{times}{name}."
    return ""


def _exchanged(found):
    """The right numbers for arguments of which two have changed places."""
    names = found.exercise.arguments.split(", ")
    for one, other in itertools.combinations(range(len(names)), 2):
        if all(_alike(arguments[one], arguments[other]) for arguments in found.arguments):
            exchanged = [list(arguments) for arguments in found.arguments]
            for arguments in exchanged:
                arguments[one], arguments[other] = arguments[other], arguments[one]
            if same(found.answers, [np.asarray(found.exercise.truth(*arguments)) for arguments in exchanged]):
                return f"Your numbers are the right ones for {names[one]} and {names[other]} in each other's place."
    return ""


def _alike(one, other):
    """Whether two arguments may stand in each other's place: floats, or arrays of floats of one shape and dtype."""
    if isinstance(one, float) or isinstance(other, float):
        return isinstance(one, float) and isinstance(other, float)
    return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.dtype.kind == "f" and (
        one.shape, one.dtype) == (other.shape, other.dtype)


def _argument_or_0(found):
    """Numbers that are those of an argument or 0, as the right ones are, but not in the same places."""
    for name, values in _arguments(found):
        if not all(_picked(parts, values) for parts in (found.answers, found.targets)):
            continue
        lost = sum(int((w & (answer == 0)).sum()) for w, answer in zip(found.wrong, found.answers))
        kept = sum(int(w.sum()) for w in found.wrong) - lost
        wrong = [f"{lost} are 0 that should not be"] * (lost > 0) + [f"{kept} are not 0 that should be"] * (kept > 0)
        return f"Each of your numbers is that of {name} or 0, as it should be; but {listed(wrong)}."
    return ""


def _picked(parts, values):
    """Whether numbers are 0 or those of an argument, each of the two several times."""
    kept = [part == value for part, value in zip(parts, values)]
    zero = [part == 0 for part in parts]
    return all((k | z).all() for k, z in zip(kept, zero)) and min(sum(int(m.sum()) for m in ms) for ms in (kept, zero)) > 2


def _arguments(found):
    """(name, one array for each probe) of the arguments that have the answer's shape or can be spread to it; then of
    the products with another argument that is a number."""
    columns = dict(zip(found.exercise.arguments.split(", "), zip(*found.arguments)))
    arrays = {name: [_spread(value, target.shape) for value, target in zip(column, found.targets)]
              for name, column in columns.items()}
    arrays = {name: values for name, values in arrays.items() if not any(value is None for value in values)}
    yield from arrays.items()
    for scalar, column in columns.items():
        if all(isinstance(value, float) for value in column):
            for name, values in arrays.items():
                yield f"{scalar} times {name}", [number * value for number, value in zip(column, values)]


def _spread(value, shape):
    """An array as large as the answer, or None."""
    if not isinstance(value, np.ndarray) or value.ndim == 0 or value.dtype.kind != "f":
        return None
    try:
        return np.broadcast_to(value, shape)
    except ValueError:
        return None


def _in_slots(found):
    """A relation of its own for each index of a short axis: "along x they are twice the right ones"."""
    for axis, name in enumerate(found.exercise.axes):
        lengths = {target.shape[axis] for target in found.targets}
        length = lengths.pop()
        if lengths or not 2 <= length <= 4:
            continue
        parts = [[[part.take(k, axis) for part in parts] for parts in (found.answers, found.targets)]
                 for k in range(length)]
        words = [relation(mine, right, _sizes(found)) for mine, right in parts]
        known = [word for word in words if word not in ("", "are right")]
        if known and words.count("") == 0:
            return _sentence([f"in {slot_name(name, k)} your numbers {word}" for k, word in enumerate(words)])
        swapped = _permuted(found, axis, length)
        if swapped:
            moved = [slot_name(name, k) for k in range(length) if swapped[k] != k]
            return f"Your numbers for {' and '.join(moved)} have changed places; otherwise they are right."
        if known:
            return _sentence([f"in {slot_name(name, k)} your numbers {word or 'are wrong in some other way'}"
                              for k, word in enumerate(words)])
    return ""


def _permuted(found, axis, length):
    """In which other order a short axis must be taken to be right, or None."""
    for order in itertools.permutations(range(length)):
        if list(order) != sorted(order) and same(
                found.answers, [target.take(order, axis) for target in found.targets]):
            return order
    return None


def _sentence(parts):
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _in_probes(found):
    """A relation of its own for each probe, where there are few and each has several numbers."""
    if len(found.answers) > 5 or min(answer.size for answer in found.answers) < 4:
        return ""
    words = [relation([a], [t]) for a, t in zip(found.answers, found.targets)]
    if "" in words:
        return ""
    names = [probe.words for probe in found.exercise.probes]
    right = [name for name, word in zip(names, words) if word == "are right"]
    parts = [f"with {' and with '.join(right)} all is right"] if right else []
    return _sentence(parts + [f"with {name} your numbers {word}" for name, word in zip(names, words) if word != "are right"])


LEFT = 2             # right numbers between the two ends, in each probe: one number alone is always "cut off" at itself
ELEMENTWISE = {
    "cut off after the point": np.trunc, "rounded down to whole numbers": np.floor, "rounded up": np.ceil,
    "rounded to whole numbers": np.round, "without their signs": np.abs, "with what is below 0 set to 0":
        lambda right: np.maximum(right, 0), "squared": np.square, "minus their whole part": lambda right: right % 1,
    "inverted, 1 / each": lambda right: 1 / right, "taken from 1, 1 minus each": lambda right: 1 - right}


def _element_by_element(found):
    with np.errstate(all="ignore"):
        for words, change in ELEMENTWISE.items():
            if same(found.answers, [change(target) for target in found.targets]):
                return f"Your numbers are the right ones, {words}."
        return _clipped(found)


def _clipped(found):
    """The right numbers cut off at both ends of those that are given; told only where several of each probe are left."""
    pairs = list(zip(found.answers, found.targets))
    ends = [(answer.min(initial=0), answer.max(initial=0)) for answer in found.answers]
    left = [int(((low < target) & (target < high)).sum()) for (low, high), (_, target) in zip(ends, pairs)]
    if min(left) < LEFT or not same(found.answers, [np.clip(target, *end).astype(target.dtype)
                                                for end, (_, target) in zip(ends, pairs)]):
        return ""
    return "Your numbers are the right ones, cut off at a smallest and a largest value, as np.clip does it."


def _along_an_axis(found):
    """The right numbers in wrong places along an axis, or one number of it in all places."""
    targets, axes = found.targets, found.exercise.axes
    for one, other in itertools.combinations(range(len(axes)), 2):
        if all(t.shape[one] == t.shape[other] for t in targets) and same(
                found.answers, [np.swapaxes(target, one, other) for target in targets]):
            return f"Your numbers are the right ones with axes {one} and {other} swapped."
    for axis, name in enumerate(axes):
        whole = AXES.get(name, f"entries along axis {axis}")
        single = whole.rstrip("s") if name != "xy" else "of the two"
        for words, change in _changes_along(axis).items():
            if same(found.answers, [change(target) for target in targets]):
                return words.format(whole=whole, one=single)
    return ""


AXES = {"n": "images", "c": "channels", "i": "rows", "j": "columns", "y": "rows", "x": "columns", "r": "rows",
        "k": "columns", "w": "corners", "m": "elements", "xy": "x and y"}


def _changes_along(axis):
    def spread(change):
        return lambda t: np.broadcast_to(change(t), t.shape)

    return {
        "Your numbers are the right ones, but the {whole} are in reverse order.": lambda t: np.flip(t, axis),
        "Your numbers are the right ones, moved on by one along the {whole}, round the end.":
            lambda t: np.roll(t, 1, axis),
        "Your numbers are the right ones, moved back by one along the {whole}, round the end.":
            lambda t: np.roll(t, -1, axis),
        "All your {whole} hold the right numbers of the first {one}.": spread(lambda t: t.take([0], axis)),
        "All your {whole} hold the right numbers of the last {one}.": spread(lambda t: t.take([-1], axis)),
        "All your {whole} hold the sum of the right {whole}.": spread(lambda t: t.sum(axis, keepdims=True)),
        "All your {whole} hold the mean of the right {whole}.": spread(lambda t: t.mean(axis, keepdims=True)),
        "Each of your {whole} holds the sum of the right ones up to it.": lambda t: np.cumsum(t, axis)}


def _reshaped(found):
    """The right numbers with their axes in another order, forced into the shape by a reshape."""
    ndim = found.targets[0].ndim
    if not 2 <= ndim <= 4:
        return ""
    for order in itertools.permutations(range(ndim)):
        if list(order) == sorted(order):
            continue
        back = np.argsort(order)
        mixed = [target.transpose(order).reshape(target.shape) for target in found.targets]
        other = [target.reshape([target.shape[k] for k in order]).transpose(back) for target in found.targets]
        for numbers in (mixed, other):
            if same(found.answers, numbers):
                return ("Your numbers are the right ones in wrong places: they are what a reshape makes of an array "
                        f"whose axes are in the order {tuple(order)} of the wanted ones. A reshape keeps the numbers in "
                        "their order and swaps no axes; np.transpose and np.moveaxis do.")
    return ""


def _of_the_wrong(found):
    """A relation that holds for all the wrong numbers, if there are several and others are right."""
    bad = sum(int(w.sum()) for w in found.wrong)
    if bad < 2 or all(w.all() for w in found.wrong):
        return ""
    words = relation([a[w] for a, w in zip(found.answers, found.wrong)],
                     [t[w] for t, w in zip(found.targets, found.wrong)])
    return f"The wrong ones {words}." if words else ""
