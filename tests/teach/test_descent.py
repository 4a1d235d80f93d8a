"""What lesson 11 descends with: the slope is that of its loss, a blur is a Gaussian mean, and a rate has a limit."""

import numpy as np
import pytest

from stn_numpy import teach
from stn_numpy.teach import descent
from stn_numpy.teach.lessons import EXERCISES, lesson_11

U = descent.canvas(5)
PLACE = np.array([3.0, 0.0])
BOTH = descent.blur(U, 2), descent.blur(descent.look(U, PLACE)[0], 2)


def test_a_shift_by_whole_pixels_is_a_slice():
    np.testing.assert_allclose(descent.look(U, (3, -2))[0][..., 2:, :-3], U[..., :-2, 3:], atol=1e-12)


@pytest.mark.parametrize("sampler", ["bilinear", "integer"])
def test_the_slope_is_that_of_the_loss(sampler):
    target, shift, step = descent.look(U, PLACE)[0], np.array([0.37, -1.21]), 1e-6
    _, slope = descent.loss_and_slope(U, target, shift, sampler)
    losses = [[descent.loss_and_slope(U, target, shift + side * e, sampler)[0] for side in (-1, 1)]
              for e in step * np.eye(2)]
    np.testing.assert_allclose(slope, [(right - left) / (2 * step) for left, right in losses], rtol=1e-6)


def test_a_blur_is_the_gaussian_mean_of_the_neighbours():
    dot = np.zeros((1, 1, 21, 25))
    dot[0, 0, 10, 12] = 1
    y, x = np.arange(21) - 10, np.arange(25) - 12
    wanted = np.exp(-(y[:, None] ** 2 + x ** 2) / (2 * 1.5 ** 2)) / (2 * np.pi * 1.5 ** 2)
    np.testing.assert_allclose(descent.blur(dot, 1.5)[0, 0], wanted, atol=3e-5)   # the kernel ends at 4 sigma
    assert descent.blur(dot, 0) is dot


def test_below_the_limit_it_converges_and_above_it_does_not():
    steps = 0.01 * np.eye(2)
    curvature = [(descent.loss_and_slope(*BOTH, PLACE + e)[1] - descent.loss_and_slope(*BOTH, PLACE - e)[1]) / 0.02
                 for e in steps]
    limit = 2 / np.linalg.eigvalsh(curvature).max()
    below, above = (descent.descend(*BOTH, (0, 0), factor * limit, 60).shifts[-1] for factor in (0.9, 1.1))
    assert np.abs(below - PLACE).max() < 1e-4 and np.abs(above - PLACE).max() > 0.3


def test_rows_of_a_landscape_are_shifts_along_y():
    target = descent.look(U, PLACE)[0]
    L = descent.landscape(U, target, np.array([-1.0, 0.0, 3.0]))
    assert L[1, 2] == L.min() == 0
    assert L[2, 1] == pytest.approx(descent.loss_and_slope(U, target, (0.0, 3.0))[0], rel=1e-12)


def test_the_five_runs_fail_and_the_hidden_place_is_not_found_from_no_shift():
    for run in (*descent.failed_runs().values(), lesson_11.HIDDEN):
        assert not run.rests(run.go(), lesson_11.ARRIVED)


def test_a_run_that_only_passes_the_place_has_not_arrived():
    run = descent.failed_runs()["A"]
    path = descent.Path(np.array([[3.0, 1.0], [3.0, 0.0]] * 3), np.array([40.0, 1e-3] * 3))
    assert run.distance(path) == 0 and not run.rests(path, lesson_11.ARRIVED)
    assert "0.00 pixels from the place, though not at rest there" in lesson_11._end(run, path)


# --- The judges say what they found by running


def said(id, answer):
    result = teach.check(id, answer)
    return result.status, " ".join(result.message.split())


@pytest.mark.parametrize("answer, status, words", [
    ({"start": (5, -4), "rate": 0.02}, "passed", "it converged."),
    ({"start": (0, 0), "rate": 0.02}, "different", "pixels from the place: not converged. In the first five steps the loss "
     "fell by 9.5 % of its first value, and in the last five "
     "hardly any more: it comes to rest"),
    ({"start": (5, -4), "rate": 0.0005}, "different", "In the last five steps the loss still fell"),
    ({"start": (5, -4), "rate": 0.0001}, "different", "by 1.4 % of its first value, and by 2.1 % in the first five"),
    ({"start": (5, -4), "rate": 1.0}, "different", "The loss ended above its first value"),
    ({"start": (5, -4), "rate": 0.2}, "different", "of 60 steps the loss grew"),
    ({"start": 5, "rate": 0.2}, "shape", "a start is (x, y), two numbers; you gave 5"),
    (((5, -4), 0.02), "shape", "wanted is a dict with the keys 'start', 'rate'; you gave a tuple"),
    ({"start": (7, -3), "rate": 0.02}, "different", "Your start is 1 pixels from the place itself"),
    ({"start": (5, -4), "rate": -1}, "shape", "a rate is a number from"),
    ({"start": (5, -4), "rate": ...}, "not attempted", "not attempted"),
])
def test_a_start_and_a_rate_are_tried(answer, status, words):
    found = said("start_and_rate", answer)
    assert found[0] == status and words in found[1]


def test_every_cure_is_tried_by_itself():
    names = {}
    exec(EXERCISES["cures"].solution[0], names)
    cures = names["cures"]
    status, words = said("cures", {**cures, "A": {"rate": 0.15}, "C": {"start": (5, -3)}, "D": {"blur": 1},
                                   "E": {"sampler": "linear"}})
    assert status == "different" and "2 of 5 runs arrive now." in words
    assert "A: with rate 0.15, the loss after 100 steps was" in words and "D: with blur 1.0" in words
    assert "C: your start is 5.8 pixels nearer to the place" in words and "you gave 'linear'" in words
    assert said("cures", {**cures, "E": {"sampler": "cubic"}})[0] == "passed"
    assert "There is no cure for B, C, D, E yet." in said("cures", {"A": {"rate": 0.02}})[1]
    assert "A: wanted is one setting" in said("cures", {**cures, "A": {"rate": 0.02, "blur": 1}})[1]
