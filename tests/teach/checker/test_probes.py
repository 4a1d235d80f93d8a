"""What a check calls a function with: sizes and values that are written into an answer, or wrong beyond them, fail."""

import numpy as np
import pytest

from stn_numpy import teach
from teach_help import PROBED, solution


@pytest.mark.parametrize("exercise", [e for e in PROBED.values() if "n" in e.axes or any("n" in p.axes for p in e.parts)],
                         ids=lambda exercise: exercise.id)
def test_the_number_of_images_is_not_the_same_in_all_probes(exercise):
    answers = [exercise.recipe(*probe.arguments) for probe in exercise.probes]
    first = answers if not exercise.parts else [answer[0] for answer in answers]
    axes = exercise.axes or exercise.parts[0].axes
    assert len({answer.shape[axes.index("n")] for answer in first}) > 1


def cut(function, digits):
    """Its numbers rounded."""
    def rounded(*arguments):
        value = function(*arguments)
        parts = value if isinstance(value, tuple) else (value,)
        return tuple(np.round(part, digits) for part in parts) if isinstance(value, tuple) else np.round(value, digits)
    return rounded


@pytest.mark.parametrize("id", [id for id, e in PROBED.items() if e.lesson > "07" and id != "seeds_wanted"])
def test_numbers_that_are_rounded_to_three_places_do_not_pass(id):
    assert not teach.check(id, cut(solution(id), 3))


def shifted(logits, by):
    e = np.exp(logits - by(logits, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def row_slopes(f, x, step):
    gradient = np.zeros_like(x)
    for index in range(len(x)):
        more, less = x.copy(), x.copy()
        more[index] += step
        less[index] -= step
        gradient[index] = (f(more) - f(less)) / (2 * step)
    return gradient


def by_rows(errors):
    return errors.mean(axis=1), np.sqrt(((errors - errors.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / len(errors))


@pytest.mark.parametrize("id, function, mistakes", [
    ("softmax", lambda logits: shifted(logits, np.mean), ("shifted_by_another",)),
    ("softmax", lambda logits: shifted(logits, np.min), ("shifted_by_another",)),
    ("softmax", lambda logits: logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), ()),
    ("numeric_gradient", row_slopes, ("rows_at_once",)), ("mean_and_spread", by_rows, ("divided_by_another",)),
])
def test_what_once_passed(id, function, mistakes):
    result = teach.check(id, function)
    assert not result and result.mistakes == mistakes
