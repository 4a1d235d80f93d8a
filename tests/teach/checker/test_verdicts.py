"""What a check says of a wrong answer: how it differs, where first, and with which picture."""

import io
import subprocess
import sys
import warnings
from functools import partial

import matplotlib.image
import numpy as np
import pytest

from stn_numpy import teach
from teach_help import PROBED as EXERCISES
from teach_help import solution

BY_ID = [pytest.param(exercise, id=exercise.id) for exercise in EXERCISES.values()]
ID = "bilinear_sampler_forward"
right = solution("bilinear_sampler_forward")


def test_a_view_of_the_input():
    result = teach.check("blend", lambda left, right, a: left)
    assert result.status == "different" and "the first wrong number is mixed[0]" in result.message


def one_wrong(V):
    V = V.copy()
    V.flat[80] += 1
    return V


@pytest.mark.parametrize("spoil, words", [
    (lambda V: 2.5 * V, "All your numbers are 2.5 times the right ones"),
    (lambda V: -V, "All your numbers have the opposite sign"),
    (lambda V: V + 3, "are the right ones plus 3"),
    (lambda V: 0 * V, "All of your V is 0"),
    (lambda V: V.clip(-1.5, 2), "cut off at a smallest and a largest value"),
    (lambda V: np.where(V > 5, np.nan, V), "are NaN or infinite"),
    (lambda V: V[:, ::-1], "but the channels are in reverse order"),
    (lambda V: V[..., ::-1], "but the columns are in reverse order"),
    (one_wrong, "1 of 330 numbers is wrong"),
    (lambda V: V + np.eye(V.shape[1])[1][:, None, None], "All the wrong numbers are in channel 1"),
    (lambda V: V + (V.shape[3] == 11), "all is right; with points inside and outside the image your numbers are the right "
     "ones plus 1"),
    (lambda V: V + np.sin(V) * (V.shape[3] == 12), "With points inside and outside the image and with float32 arguments"),
    (lambda V: np.random.default_rng(0).standard_normal(V.shape), "all 330 numbers are wrong"),
])
def test_an_unknown_difference_is_described(spoil, words):
    result = teach.check(ID, lambda U, grid: spoil(right(U, grid)))
    assert (result.status, result.mistakes) == ("different", ())
    assert words in " ".join(result.message.split())


def test_swapped_axes_of_equal_size_are_described():
    def swapped(theta_a, theta_b):
        theta = solution("compose")(theta_a, theta_b)
        return theta[::-1]

    assert "row 0 and row 1 have changed places" in teach.check("compose", swapped).message
    result = teach.check("dtheta_of_point", lambda d, x, y: 3 * solution("dtheta_of_point")(d, x, y))
    assert "3 times the right ones" in result.message


@pytest.mark.parametrize("id, spoil, words", [
    ("localisation_forward", lambda theta, x, W1, b1, W2, b2: theta - 2 * b2, "the right ones minus 2 times b2"),
    ("sgd_step", lambda new, p, g, v, rate, m: (new[0] - rate * g, new[1]), "the right ones minus learning_rate times grad"),
    ("relu_backward", lambda dx, dout, x: 0.5 * x, "Your numbers are 0.5 times x"),
])
def test_what_an_argument_has_to_do_with_it_is_told(id, spoil, words):
    result = teach.check(id, lambda *arguments: spoil(solution(id)(*arguments), *arguments))
    assert not result and words in " ".join(result.message.split())


@pytest.mark.parametrize("id, function", [
    ("distance_of_means", lambda a, b: (a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(b) + b.var(ddof=1) / len(a))),
    ("coarse_to_fine", lambda U, target, start, levels, steps: np.array([1.5, 0.25]))])
def test_of_few_numbers_nothing_is_said_that_would_fit_any(id, function):
    message = " ".join(teach.check(id, function).message.split())
    assert "times the right" not in message and "digits" not in message and "cut off" not in message and "plus" not in message


def test_enormous_numbers_are_described_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = teach.check("grid_to_pixels", lambda *a: 1e300 * np.float64(solution("grid_to_pixels")(*a)))
    assert result.status == "different"


def test_small_steps_that_float32_is_too_coarse_for_pass_and_are_told():
    def read(U, x, y):
        rows, columns = (np.maximum(0, 1 - abs(place - np.arange(size))) for place, size in zip((y, x), U.shape))
        return rows.astype(U.dtype) @ U @ columns.astype(U.dtype)

    def slopes(U, x, y, step=1e-6):
        return (read(U, x + step, y) - read(U, x, y)) / step, (read(U, x, y + step) - read(U, x, y)) / step

    assert "finite differences?" in teach.check("slopes", slopes).message


def test_another_convention_is_not_called_rounded():
    message = teach.check("distance_of_means", lambda a, b: abs(solution("distance_of_means")(a, b))).message
    assert "passed" in message and "digits" not in message


def test_the_first_wrong_number_is_given_with_both_values():
    message = " ".join(teach.check(ID, lambda U, grid: one_wrong(right(U, grid))).message.split())
    index = np.unravel_index(80, (3, 2, 5, 11))
    wanted = right(*teach.probe(ID))[index]
    assert f"V[{', '.join(map(str, index))}] (image 0, channel 1, row 2, column 3)" in message
    assert f"it is {wanted + 1:.5g}, and should be {wanted:.5g}" in message
    assert f"{wanted + 1:9.4g}*" in teach.check(ID, lambda U, grid: one_wrong(right(U, grid))).message


def test_a_typical_wrong_cell():
    """What a learner might have in the exercise cell, run as a notebook runs it."""
    cell = """
import numpy as np

def affine_grid_forward(theta, out_shape):
    H, W = out_shape
    y, x = np.meshgrid(np.linspace(-1, 1, H), np.linspace(-1, 1, W), indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), np.ones(H * W)])          # (3, H W)
    theta = theta.reshape(-1, 3, 2)
    source = np.swapaxes(theta, 1, 2) @ points                         # (N, 2, H W)
    return source.reshape(-1, 2, H, W).transpose(0, 2, 3, 1)
"""
    namespace = {}
    exec(cell, namespace)
    result = teach.check("affine_grid_forward", namespace["affine_grid_forward"])
    assert result.mistakes == ("theta_reshaped",)
    message = " ".join(result.message.split())
    assert "are read as 3 rows of 2" in message and "See Eq. 1." in message


@pytest.mark.parametrize("id", ["bilinear_sampler", "sampler", "", None, 3, [], ...])
def test_an_unknown_id(id):
    result = teach.check(id, right)
    assert result.status == "error" and "There are: blend, target_grid," in result.message
    if id == "bilinear_sampler":
        assert "Did you mean" in result.message


@pytest.mark.parametrize("exercise", BY_ID)
def test_every_picture_has_words_and_an_opaque_background(exercise):
    change = exercise.mistakes[0].changes[0]
    result = teach.check(exercise.id, partial(exercise.recipe, **change))
    picture, page = result.picture(), result._repr_html_()
    pixels = matplotlib.image.imread(io.BytesIO(picture.png()))
    assert pixels.shape[2] == 3 or (pixels[..., 3] == 1).all()
    assert (pixels[0, 0, :3] == 1).all()
    assert len(picture.alt) > 60 and f'<img alt="{picture.alt[:20]}' in page and "<details>" not in page


def test_the_picture_of_an_answer_that_passed_is_folded_away():
    page = teach.check("blend", solution("blend"))._repr_html_()
    assert "<details>" in page and '<img alt="' in page


def test_a_picture_of_nan():
    result = teach.check(ID, lambda U, grid: np.full_like(right(U, grid), np.nan))
    assert len(result.picture().png()) > 1000
    result = teach.check("slopes", lambda U, x, y: (np.nan, np.inf))
    assert len(result.picture().png()) > 1000
    result = teach.check("grid_to_pixels", lambda grid, in_shape: grid * np.nan)
    assert len(result.picture().png()) > 1000


def test_a_check_needs_no_matplotlib():
    program = ("import sys; from stn_numpy import teach\n"
               "assert 'not yet' in repr(teach.check('blend', lambda left, right, a: left))\n"
               "assert 'matplotlib' not in sys.modules")
    assert subprocess.run([sys.executable, "-W", "error", "-c", program], timeout=120).returncode == 0


def test_a_console_that_knows_no_signs_gets_ascii_ones(monkeypatch):
    """As a console of Windows, whose letters are those of cp1252."""
    class Console:
        encoding = "cp1252"

    monkeypatch.setattr("sys.stdout", Console)
    assert repr(teach.check("blend", lambda left, right, a: (1 - a) * left + a * right)).startswith("[ok] blend: passed")
    assert repr(teach.check("blend", lambda left, right, a: left)).startswith("[no] ")
    repr(teach.check("blend", lambda left, right, a: left)).encode("cp1252")


# --- What is right in float64 alone, and what is so after one step


def by_a_small_step(dV, U, grid):
    base = right(U, grid)
    step = np.array([1e-7, 0])
    return np.stack([((right(U, grid + move) - base) * dV).sum(axis=1) / 1e-7 for move in (step, step[::-1])], axis=-1)


def test_what_needs_more_digits_than_float32_has_passes_and_says_so():
    result = teach.check("bilinear_sampler_backward_grid", by_a_small_step)
    assert result.status == "passed" and any("With float32 arguments its numbers are not right" in text for text in result.remarks)


@pytest.mark.parametrize("spoil", [lambda V: 2 * V, lambda V: V + np.random.default_rng(0).standard_normal(V.shape)])
def test_what_is_wrong_beside_float32_does_not_pass(spoil):
    assert not teach.check(ID, lambda U, grid: spoil(right(U, grid)) if U.shape[1] == 5 else right(U, grid))


@pytest.mark.parametrize("spoil, words", [
    (lambda grid: grid / 3, "Divide your numbers by 0.3333, and this holds: they are exactly those of this mistake: the shift"),
    (lambda grid: grid + 0.5, "Take 0.5 from your numbers, and this holds:")])
def test_a_mistake_and_one_number_more_are_told_together(spoil, words):
    def subtracted(theta, out_shape):
        return spoil(solution("affine_grid_forward")(theta * np.array([1, 1, -1]), out_shape))

    result = teach.check("affine_grid_forward", subtracted)
    assert result.mistakes == ("shift_subtracted",) and words in " ".join(result.message.split())


def test_the_call_that_fails_is_told_and_the_line_of_a_helper_with_its_name():
    def unchecked(U, x, y):
        return read(U, int(x), int(y))

    result = teach.check("sample_pixel", unchecked)
    message, lines = result.message, [function.__code__.co_firstlineno + 1 for function in (unchecked, read)]
    assert f"line {lines[0]}:  return read(U, int(x), int(y))\nline {lines[1]}, in `read`:  return U[row, column]" in message
    number = int(message.split('teach.probe("sample_pixel", ')[1].split(")")[0])
    with pytest.raises(IndexError):
        unchecked(*teach.probe("sample_pixel", number))
    unchecked(*teach.probe("sample_pixel"))


def read(U, column, row):
    return U[row, column]


def test_the_arguments_that_are_named_are_those_of_the_first_wrong_call():
    assert 'teach.probe("to_pixels", 1)' not in teach.check("to_pixels", lambda c, size, aligned: c ** 3).message
    result = teach.check("to_pixels", lambda c, size, aligned: (c + 1) * (size - 1) / 2 + (not aligned) * c ** 3)
    assert 'teach.probe("to_pixels", 1) the arguments' in " ".join(result.message.split())


def test_none_is_not_taken_for_a_return_that_is_missing():
    message = teach.check("scatter_add", lambda index, values, size: np.add.at(np.zeros(size), index, values)).message
    assert "np.add.at, sort and append change what is there, and give None" in " ".join(message.split())
