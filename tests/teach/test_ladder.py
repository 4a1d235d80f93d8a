"""What lesson 15 measures with: its batch is generic, and each call is counted as it should be. No time is asserted."""

import tracemalloc

import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy.grid.coordinates import to_pixels
from stn_numpy.teach import ladder


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_batch_is_generic_and_always_the_same(dtype):
    U, grid, dV = ladder.batch(5, dtype, size=9)
    assert (U.shape, grid.shape, dV.shape) == ((5, 1, 9, 9), (5, 9, 9, 2), (5, 1, 9, 9))
    assert {array.dtype for array in (U, grid, dV)} == {np.dtype(dtype)}
    assert all(np.array_equal(a, b) for a, b in zip((U, grid, dV), ladder.batch(5, dtype, size=9)))
    inside = np.abs(grid).max(axis=-1) < 1
    assert 0.5 < inside.mean() < 1, "some samples lie outside, most inside"
    matrices = [tuple(grid[n, 0, 1] - grid[n, 0, 0]) for n in range(5)]
    assert len(set(matrices)) == 5, "each image is turned in a way of its own"


def test_no_sample_of_the_lesson_lies_on_a_kink():
    _, grid, _ = ladder.batch(16)
    x = to_pixels(grid, 28, True)
    assert np.abs(x - np.round(x)).min() > 1e-9


def test_the_fastest_call_is_taken(monkeypatch):
    clock = iter([0.0, 4.0, 10.0, 12.0, 20.0, 23.0])                 # calls that take 4, 2 and 3 seconds
    monkeypatch.setattr(ladder.time, "perf_counter", lambda: next(clock))
    asked = []
    assert ladder.fastest(lambda *arguments: asked.append(arguments), 1, 2, seconds=9) == 2
    assert asked == [(1, 2)] * 3


def test_a_slow_function_is_called_once(monkeypatch):
    clock = iter([0.0, 40.0])
    monkeypatch.setattr(ladder.time, "perf_counter", lambda: next(clock))
    assert ladder.fastest(lambda: None) == 40


def test_times_are_for_one_sample_and_both_ways(monkeypatch):
    monkeypatch.setattr(ladder, "fastest", lambda function, *arguments: 1e-6 * function(*arguments)[0])
    calls = []

    def forward(U, grid):
        calls.append((U, grid))
        return 6, "kept"

    def backward(dV, cache):
        calls.append((dV, cache))
        return 12, "unused"

    dV = np.ones((2, 3))
    assert ladder.nanoseconds((forward, backward), "U", "grid", dV) == pytest.approx({"forward": 1e3, "backward": 2e3})
    assert calls == [("U", "grid"), ("U", "grid"), (dV, "kept")]


def test_pairs_are_compared_by_both_ways_together(monkeypatch):
    monkeypatch.setattr(ladder, "nanoseconds", lambda pair, *case: {"forward": pair[0] * case[0], "backward": pair[1]})
    assert ladder.compare({"a": (2, 1), "b": (3, 4)}, {"float64": (10,), "float32": (5,)}) == {
        "a": {"float64": 21, "float32": 11}, "b": {"float64": 34, "float32": 19}}


def test_a_table_has_times_and_what_each_step_gains():
    times = {"loops": {"forward": 50000.0, "backward": 123456.0}, "batch": {"forward": 200.0, "backward": 1000.0},
             "flat": {"forward": 100.0, "backward": 400.0}}
    heading, *lines = ladder.table(times).splitlines()
    assert heading.split()[-2:] == ["forward", "backward"]
    assert [line.split() for line in lines] == [["loops", "50,000", "123,456"],
                                                ["batch", "200", "(250", "x)", "1,000", "(123", "x)"],
                                                ["flat", "100", "(2.0", "x)", "400", "(2.5", "x)"]]


def test_the_plain_form_is_the_packages_function():
    case = ladder.batch(3, size=9)
    plain = ladder.answers((ladder.plain_forward, ladder.plain_backward), *case)
    package = ladder.answers((stn.bilinear_sampler_forward, stn.bilinear_sampler_backward), *case)
    assert len(plain) == len(package) == 3
    for mine, right in zip(plain, package):
        np.testing.assert_allclose(mine, right, rtol=0, atol=1e-12 * np.abs(right).max())


def test_memory_is_counted_at_its_worst_moment():
    def forward(U, grid):
        np.ones(3_000_000).sum()                                             # 24 MB, gone at the end of this line
        return np.ones(10), None

    pair = forward, lambda dV, cache: (np.ones(1_000_000), dV)
    assert ladder.megabytes(pair, 0, 0, 0) == pytest.approx(24, abs=0.1)
    assert not tracemalloc.is_tracing()
