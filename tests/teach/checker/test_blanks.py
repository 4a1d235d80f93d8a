"""A blank exercise is "not attempted yet": never a mistake, never an exception."""

import numpy as np
import pytest

from stn_numpy import teach
from teach_help import PROBED as EXERCISES

ID = "bilinear_sampler_forward"


def blank(U, grid):
    """Sample U at grid."""
    ...


def blank_with_pass(U, grid):
    pass


def blank_return(U, grid):
    return ...


def not_implemented(U, grid):
    raise NotImplementedError("your turn")


def half_filled(U, grid):
    x = (grid[..., 0] + 1) * ...
    return x


def half_filled_silently(U, grid):
    V = ...
    return V


def half_filled_without_return(U, grid):
    V = ...
    U[..., 0]


def half_filled_tuple(U, grid):
    a = ...
    return np.array([a, 1]), None


@pytest.mark.parametrize("function", [
    ..., None, blank, blank_with_pass, blank_return, not_implemented, half_filled, half_filled_silently,
    half_filled_without_return, half_filled_tuple, lambda U, grid: ..., lambda U, grid: (..., ...)])
def test_a_blank_is_not_attempted_yet(function):
    result = teach.check(ID, function)
    assert result.status == "not attempted" and not result
    assert f"{ID}: not attempted yet." in result.message and EXERCISES[ID].task in result.paragraphs[-1]
    assert result.picture() is None


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())
def test_the_blank_of_every_exercise(exercise):
    blanks = {}
    exec(f"def {exercise.signature}:\n    ...\n", blanks)
    exec(f"def returns_it({exercise.arguments}):\n    return ...\n", blanks)
    for function in (blanks[exercise.id], blanks["returns_it"], ...):
        assert teach.check(exercise.id, function).status == "not attempted" or function is blanks[exercise.id]
    assert "return" in teach.check(exercise.id, blanks[exercise.id]).message      # its source cannot be read here


def several_gaps(U, grid):
    x, y = ..., ...
    a = ...


def test_gaps_are_pointed_at():
    first, other = (function.__code__.co_firstlineno for function in (half_filled, several_gaps))
    assert f"in line {first + 1}." in teach.check(ID, half_filled).message
    assert f"in lines {other + 1} and {other + 2}." in teach.check(ID, several_gaps).message


def test_an_ellipsis_that_is_an_index_is_no_gap():
    def raises(U, grid):
        return grid[..., 0] + None

    assert teach.check(ID, raises).status == "error"
