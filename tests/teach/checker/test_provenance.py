"""Where answers come from: calls of the package beside those that the solution makes, and solutions that are copied."""

import inspect

import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy import teach
from stn_numpy.teach.checker.provenance import calls, is_the_solution
from stn_numpy.teach.checker.variants import arguments_of
from stn_numpy.teach.lessons import lesson_04, shared_sampler
from stn_numpy.teach.notebooks.papers import ORIGINAL

EXERCISES = {name: exercise for name, exercise in ORIGINAL.items() if hasattr(exercise, "recipe")}
SOLUTION = inspect.getsource(lesson_04.sample_pixel)


def names(function, exercise, own=()):
    return [code.co_name for code in calls(function, exercise.probes[:1], arguments_of, own)[1]]


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_of_a_function_of_the_package_its_own_name_is_said(exercise):
    assert names(exercise.truth, exercise) == [exercise.truth.__name__]
    assert exercise.solution[-1].__name__ not in names(exercise.solution[-1], exercise, exercise.solution)


def test_only_what_is_called_from_outside_is_named():
    exercise = EXERCISES["bilinear_sampler_forward"]
    assert names(lambda *a: lesson_04.bilinear_sampler_forward(*a), exercise) == ["bilinear_sampler_forward"]
    assert names(exercise.solution[-1], exercise, (lesson_04.bilinear_sampler_forward,)) == ["corners"]
    assert shared_sampler.corners in exercise.solution


def test_what_the_solution_calls_too_is_no_remark():
    def own(dV, U, theta):
        grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:])
        _, cache = stn.bilinear_sampler_forward(U, grid)
        return stn.affine_grid_backward(stn.bilinear_sampler_backward(dV, cache)[1], grid_cache)

    exercise = EXERCISES["loss_to_theta"]
    assert teach.check("loss_to_theta", own).remarks == ()
    result = teach.check("loss_to_theta", lambda *a: exercise.solution[-1](*a))
    assert result and result.remarks == ("It calls loss_to_theta of stn_numpy/teach/lessons/lesson_07.py.",)
    assert result.remarks[0] in result.message


def test_a_pass_by_the_package_or_by_small_steps_is_a_pass_that_says_so():
    result = teach.check("to_pixels", lambda coordinate, size, align_corners: stn.to_pixels(coordinate, size, align_corners))
    assert result and result.remarks == ("It calls to_pixels of stn_numpy/grid/coordinates.py.",)

    def by_steps(dout, x):
        return dout * (np.maximum(x + 1e-6, 0) - np.maximum(x - 1e-6, 0)) / 2e-6 * (x != 0) + dout * (x == 0)

    result = teach.check("relu_backward", by_steps)
    assert result and "or are these finite differences?" in result.remarks[-1]


def test_values_are_handed_on():
    exercise = EXERCISES["blend"]
    assert len(calls(exercise.truth, exercise.probes, arguments_of)[0]) == len(exercise.probes)


@pytest.mark.parametrize("source, same", [
    (SOLUTION, True), (SOLUTION.replace("value = 0.0", "value = 0.0         # so far"), True),
    (SOLUTION.replace("value", "total"), False), ("", False)])
def test_a_copied_solution_is_known_by_its_code(source, same):
    assert is_the_solution(f"import numpy as np\n{source}", EXERCISES["sample_pixel"]) is same


def test_of_a_short_solution_nothing_is_said():
    assert not is_the_solution(inspect.getsource(ORIGINAL["blend"].solution[-1]), ORIGINAL["blend"])
