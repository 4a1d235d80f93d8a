"""An answer beside the right one: which part of the two to show, and how in plain text.

Arrays with more than two axes are shown as one plane of theirs, the one that has the first wrong number.
"""

from typing import NamedTuple

import numpy as np

from ..lessons.parts import Exercise
from .diagnosis import right_answers, wrong_places
from .places import SLOTS, slot_name


class Comparison(NamedTuple):
    exercise: Exercise
    yours: np.ndarray     # the answer to one probe, or one row for each probe where the answers are a few numbers
    right: np.ndarray     # the same of the package; of another shape where the answer's shape is wrong
    wrong: np.ndarray     # where they differ, bool
    calls: tuple          # what each row is the answer to, where there is one for each probe


class Plane(NamedTuple):
    yours: np.ndarray     # (rows, columns)
    right: np.ndarray
    wrong: np.ndarray
    title: str            # "V, image 0, channel 1"
    labels: tuple         # of the rows, where each is the answer to one call

    @property
    def difference(self):
        """yours - right, and 0 where they agree but for rounding."""
        return np.where(self.wrong, self.yours - self.right, 0)


def compare(exercise, answers):
    """The answers of a learner, all of the right shape, beside the right ones."""
    targets = right_answers(exercise)
    wrong = wrong_places(answers, targets)
    if len(targets) > 2 and targets[0].size <= 4 and len({target.shape for target in targets}) == 1:
        calls = tuple(_call(probe) for probe in exercise.probes)
        return Comparison(exercise, np.stack(answers), np.stack(targets), np.stack(wrong), calls)
    show = next((i for i, w in enumerate(wrong) if w.any()), 0)
    return Comparison(exercise, answers[show], targets[show], wrong[show], ())


def _call(probe):
    """The numbers among a probe's arguments: "(1.25, 2.5)"."""
    numbers = [f"{argument:g}" for argument in probe.arguments if np.isscalar(argument)]
    return f"({', '.join(numbers)})"


def fixed_axes(comparison):
    """For each axis None where all of it is shown, else the index that is: the plane of the first wrong number."""
    axes = comparison.exercise.axes
    if comparison.calls or comparison.right.ndim <= 2:
        return (None,) * comparison.right.ndim
    first = np.argwhere(comparison.wrong)
    first = first[0] if len(first) else (0,) * comparison.right.ndim
    return tuple(None if i in _shown_axes(axes) else int(first[i]) for i in range(len(axes)))


def _shown_axes(axes):
    return [i for i, axis in enumerate(axes) if axis in "ijyxrkwm"][-2:]


def planes_last(exercise, values):
    """The same numbers with the two axes that are shown at the end, where a picture looks for rows and columns."""
    shown = _shown_axes(exercise.axes)
    return np.moveaxis(values, shown, range(values.ndim - len(shown), values.ndim))


def plane(comparison):
    """What there is to show as a table."""
    fixed = fixed_axes(comparison)
    place = tuple(slice(None) if index is None else index for index in fixed)
    parts = [_two_axes(part[place]) for part in (comparison.yours, comparison.right, comparison.wrong)]
    words = [slot_name(axis, index) for axis, index in zip(comparison.exercise.axes, fixed) if index is not None]
    return Plane(*parts, ", ".join([comparison.exercise.answer, *words]), comparison.calls)


def _two_axes(part):
    return part.reshape(len(part) if part.ndim == 2 else -1, part.shape[-1] if part.ndim == 2 else 1)


def as_text(comparison):
    """Three tables of numbers; a star marks what is wrong."""
    shown = plane(comparison)
    tables = [("yours", shown.yours, shown.wrong), ("right", shown.right, None),
              ("yours - right", shown.difference, None)]
    return "\n".join(f"{shown.title}: {name}\n{_table(numbers, stars, shown.labels)}"
                     for name, numbers, stars in tables)


def _table(numbers, stars, labels):
    stars = np.zeros(numbers.shape, bool) if stars is None else stars
    lines = []
    for i, row in enumerate(numbers):
        cells = "".join(f"{value:9.4g}{'*' if star else ' '}" for value, star in zip(row, stars[i]))
        lines.append(f"  {labels[i] if labels else '':<14}{cells}".rstrip() if labels else f"  {cells}".rstrip())
    return "\n".join(lines)


def rows_of_calls(comparison, most):
    """A list of about `most` numbers for drawing: labels, yours, right, wrong; of many calls the first wrong ones."""
    parts = [np.atleast_1d(part) for part in (comparison.yours, comparison.right, comparison.wrong)]
    if not comparison.calls:
        return [str(i) for i in range(len(parts[0]))], *parts
    parts = [part.reshape(len(part), -1) for part in parts]
    count = max(3, most // parts[0].shape[1])
    chosen = sorted(np.argsort(~parts[2].any(axis=1), kind="stable")[:count])
    names = SLOTS.get(comparison.exercise.axes[-1], ("",)) if comparison.exercise.axes else ("",)
    labels = [f"{comparison.calls[i]} {name}".strip() for i in chosen for name in names]
    return labels, *(part[chosen].ravel() for part in parts)
