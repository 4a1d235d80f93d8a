"""Lesson 10's wrong samplers, the judge of the probe that catches them, and the three mistakes from real life."""

import numpy as np
import pytest

from stn_numpy import teach
from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.teach import wrong_samplers
from stn_numpy.teach.lessons import EXERCISES
from stn_numpy.teach.lessons.wrong_samplers import RIGHT, WRONG, caught, fails_gradcheck, survivors

RNG = np.random.default_rng(0)
U, GRID = RNG.standard_normal((2, 2, 3, 5)), RNG.uniform(-1.3, 1.3, (2, 2, 4, 2))
IDENTITY = affine_grid_forward(np.stack([np.eye(2, 3)] * 2), (3, 5))[0]
IN_THE_BACKWARD_ALONE = {name for name in WRONG if name.startswith("d")}


def test_the_gradient_check_lets_through_what_is_wrong_in_both():
    assert {name for name, sampler in WRONG.items() if fails_gradcheck(sampler, U, GRID)} == IN_THE_BACKWARD_ALONE
    assert not fails_gradcheck(RIGHT, U, GRID)


def test_each_is_wrong_in_a_way_of_its_own():
    assert survivors(U, GRID) == ["ceil for floor + 1"] and "ceil for floor + 1" not in survivors(U, IDENTITY)
    assert not caught(RIGHT, U, GRID) and not caught(RIGHT, U, IDENTITY)
    numbers = [np.concatenate([part.ravel() for at in (GRID, IDENTITY)
                               for part in wrong_samplers.numbers_of(sampler, U, at)]) for sampler in WRONG.values()]
    assert len({row.round(9).tobytes() for row in numbers}) == len(WRONG) == 12


def test_where_a_sampler_differs_by_rounding_alone_it_is_not_caught():
    nearly = RIGHT._replace(forward=lambda U, grid: (RIGHT.forward(U, grid)[0] * (1 + 1e-13), RIGHT.forward(U, grid)[1]))
    assert not caught(nearly, U, GRID)


def solved():
    names = {"np": np}
    exec(EXERCISES["my_probe"].solution[0], names)
    return names["my_probe"]


def said(answer):
    result = teach.check("my_probe", answer)
    return result.status, " ".join(result.message.split())


def test_the_shown_probe_catches_all():
    probe = solved()
    status, words = said(probe)
    assert status == "passed" and "catches 12 of 12 wrong samplers" in words
    assert said({name: array.tolist() for name, array in probe.items()})[0] == "passed"


@pytest.mark.parametrize("change, status, words", [
    (lambda U, grid: {"U": U[:1], "grid": grid[:1]}, "different", "image 0 for all; "),
    (lambda U, grid: {"U": U[:, :1], "grid": grid}, "different", "These survive: dgrid: first channel only."),
    (lambda U, grid: {"U": U, "grid": grid + 0.01}, "different", "These survive: ceil for floor + 1."),
    (lambda U, grid: {"U": U, "grid": np.tile(grid, (1, 1, 2, 1))}, "shape", "grid may have 6 points, yours has 12"),
    (lambda U, grid: {"U": np.tile(U, 2), "grid": grid}, "shape", "U may have 100 numbers, yours has 120"),
    (lambda U, grid: {"U": U}, "shape", 'An answer looks like {"U": array, "grid": array}'),
    (lambda U, grid: {"U": U[0], "grid": grid}, "shape", "U must have shape (N, C, H, W)"),
    (lambda U, grid: {"U": U, "grid": ...}, "not attempted", "not attempted"),
])
def test_a_probe_is_tried_on_all_of_them(change, status, words):
    found = said(change(**solved()))
    assert found[0] == status and words in found[1]


# --- The mistakes from real life, as the lesson shows them


def row_a(U, x):
    W = len(U)
    x = (x + 1) * W / 2
    x0 = np.floor(x).astype(int)
    x0, x1 = np.clip(x0, 0, W - 1), np.clip(x0 + 1, 0, W - 1)
    return (x1 - x) * U[x0] + (x - x0) * U[x1]


def framed(U, x, x0):
    padded, last = np.pad(U, 1), len(U) + 1
    a = x - x0
    return (1 - a) * padded[np.clip(x0 + 1, 0, last)] + a * padded[np.clip(x0 + 2, 0, last)]


def row_b(U, x):
    x = (x + 1) * (len(U) - 2) / 2
    return framed(U, x, np.floor(x).astype(int))


def row_c(U, x):
    x = ((x + 1) * len(U) - 1) / 2
    return framed(U, x, x.astype(int))


@pytest.mark.parametrize("id, answer, mistakes", [
    ("mended_a", row_a, {"half_size", "clipped_first"}), ("mended_b", row_b, {"one_pixel_short"}),
    ("mended_c", row_c, {"truncation"})])
def test_a_mistake_left_as_it_was_is_named(id, answer, mistakes):
    result = teach.check(id, answer)
    assert result.status == "named" and set(result.mistakes) == mistakes
