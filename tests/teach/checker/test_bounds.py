"""Nothing that a learner hands over makes the companion raise, hang, fill the memory, or spoil what comes later."""

import itertools
import sys
import warnings

import numpy as np
import pytest

from stn_numpy import teach
from stn_numpy.teach.checker import check as checking
from stn_numpy.teach.checker import running
from stn_numpy.teach.checker.bounds import MOST_NUMBERS, amount, shortened, shown
from stn_numpy.teach.checker.diagnosis import right_answers
from stn_numpy.teach.lessons import PREDICTIONS
from teach_help import OPEN, PROBED, solution

ID = "bilinear_sampler_forward"
right = solution(ID)
ITSELF = []
ITSELF.append(ITSELF)


class RaisesOnDtype:
    dtype = property(lambda self: 1 / 0)
    shape = property(lambda self: 1 / 0)


class RaisesOnRepr:
    def __repr__(self):
        raise RuntimeError


class EndlessToLookAt:
    def __array__(self, *arguments, **options):
        while True:
            pass


class EndlessMessage(Exception):
    def __str__(self):
        while True:
            pass


# --- What comes back from a function


@pytest.mark.parametrize("make, words", [
    (lambda: np.zeros(10 ** 7), "should have shape"), (lambda: np.zeros(10 ** 5), "should have shape"),
    (lambda: np.zeros((10 ** 7, 1)), "should have shape"),
    (lambda: range(10 ** 8), "more than 100,000 numbers"), (lambda: [0.5] * 10 ** 7, "more than 100,000 numbers"),
    (lambda: (range(10 ** 8), "cache"), "more than 100,000 numbers"), (lambda: ITSELF, "returned"),
    (lambda: [ITSELF, 1], "returned"), (RaisesOnDtype, "returned"), (lambda: [RaisesOnDtype()], "returned"),
    (RaisesOnRepr, "returned"), (lambda: {"a": ITSELF}, "returned a dict"),
    (lambda: np.array([None, 1], object), "returned object"), (itertools.count, "returned count"),
    (lambda: [[[0.5] * 100] * 1000] * 1000, "more than 100,000 numbers"),
    (lambda: [[[]] * 10 ** 6] * 10 ** 6, "more than 100,000 numbers"),
    (lambda: "x" * 10 ** 7, "returned a str")])
def test_an_answer_beyond_measure(make, words):
    value = make()
    result = teach.check(ID, lambda U, grid: value)
    assert result.status == "shape" and words in " ".join(result.message.split())
    assert len(result.message) < 3000 and len(result._repr_html_()) < 500_000


def test_an_answer_that_never_ends_to_look_at(monkeypatch):
    monkeypatch.setattr(checking, "LOOKING", 0.2)
    result = teach.check(ID, lambda U, grid: EndlessToLookAt())
    assert result.status == "shape" and "cannot be looked at, a EndlessToLookAt" in result.message


@pytest.mark.parametrize("make", [lambda: ValueError("long " * 2_000_000), lambda: KeyError(ITSELF),
                                  lambda: ValueError(RaisesOnRepr())])
def test_a_message_beyond_measure(make):
    def function(U, grid):
        raise make()

    result = teach.check(ID, function)
    assert result.status == "error" and "Error" in result.message and len(result.message) < 3000


def test_a_message_that_never_ends(monkeypatch):
    monkeypatch.setattr("stn_numpy.teach.checker.trouble.PATIENCE", 0.2)

    def function(U, grid):
        raise EndlessMessage

    assert "stops with EndlessMessage" in teach.check(ID, function).message


def test_printing_without_a_line_break():
    result = teach.check(ID, lambda U, grid: print("x" * 10 ** 7) or right(U, grid))
    assert result.status == "passed" and len(result.message) < 4000


@pytest.mark.parametrize("make", [RaisesOnRepr, lambda: "x" * 10 ** 6, lambda: ITSELF])
def test_a_signature_beyond_measure(make):
    def function(U, one, two, three=make()):
        return U

    result = teach.check(ID, function)
    assert result.status == "error" and "takes other arguments" in result.message and len(result.message) < 3000


@pytest.mark.parametrize("hidden, status", [(0, "passed"), (5, "shape")])
def test_a_masked_answer_is_not_passed_over(hidden, status):
    """An array without its mask would be right; a mask that hides nothing is no matter."""
    def masked(U, grid):
        V = right(U, grid)
        return np.ma.masked_array(V, np.arange(V.size).reshape(V.shape) < hidden)

    result = teach.check(ID, masked)
    assert result.status == status
    assert ("5 numbers are masked in your V" in " ".join(result.message.split())) == bool(hidden)


@pytest.mark.parametrize("time_limit", ["soon", None, 10 ** 400, np.nan, np.inf])
def test_a_time_limit_that_is_none(time_limit):
    assert teach.check("blend", solution("blend"), time_limit=time_limit)


# --- What is handed to check, order and predict


@pytest.mark.parametrize("make, words", [
    (lambda: solution("blend"), 'teach.check("blend", blend)'), (lambda: len, 'teach.check("blend", blend)'),
    (lambda: ITSELF, "There is no exercise [[["), (lambda: "x" * 10 ** 7, "There is no exercise"),
    (RaisesOnRepr, "There is no exercise <RaisesOnRepr"), (lambda: 10 ** 5000, "There is no exercise")])
def test_a_name_that_is_none(make, words):
    result = teach.check(make(), "blend")
    assert result.status == "error" and words in result.message and len(result.message) < 3000


def test_arguments_in_the_wrong_order():
    assert 'teach.check("to_pixels", to_pixels)' in teach.check(lambda *arguments: 0, "to_pixels").message


@pytest.mark.parametrize("make", [
    itertools.count, lambda: itertools.repeat(3), lambda: ITSELF, lambda: range(10 ** 9), RaisesOnDtype,
    lambda: [10 ** 5000], lambda: [RaisesOnRepr()], lambda: "x" * 10 ** 6, lambda: {1: 2}])
def test_an_order_beyond_measure(make):
    note = teach.order("scatter_to_dU", make())
    assert note.status == "different" and len(note.message) < 3000


@pytest.mark.parametrize("make", [
    lambda: 10 ** 400, lambda: [10 ** 400], lambda: 10 ** 5000, lambda: ITSELF, lambda: range(10 ** 8),
    lambda: "x" * 10 ** 7, lambda: {1, "a"}, RaisesOnDtype, RaisesOnRepr, itertools.count,
    lambda: set(range(10 ** 6))])
def test_a_guess_beyond_measure(make):
    note = teach.predict("stripes", make())
    assert note.status == "error" and len(note.message) < 3000


def test_a_guess_that_is_changed_afterwards():
    id = next(id for id, prediction in PREDICTIONS.items() if prediction.count == 2)
    guess = [1, 2]
    teach.predict(id, guess)
    guess.append("x")
    assert "Your guess: 1, 2." in teach.reveal(id).message


@pytest.mark.parametrize("id", [id for id, exercise in OPEN.items() if exercise.arguments is None])
@pytest.mark.parametrize("make", [
    lambda: ITSELF, RaisesOnDtype, RaisesOnRepr, lambda: range(10 ** 8), lambda: np.zeros(10 ** 7), lambda: 10 ** 5000,
    itertools.count, lambda: {"start": ITSELF, "rate": 10 ** 400}, lambda: "x" * 10 ** 7])
def test_a_value_beyond_measure(id, make):
    result = teach.check(id, make())
    assert result.status in ("shape", "different") and len(result.message) < 3000


# --- Nothing is spoilt


def test_the_truth_and_the_probes_cannot_be_written_to():
    result = teach.check(ID, lambda U, grid: 2 * right(U, grid))
    for array in (result.comparison.right, *right_answers(PROBED[ID]), *result.comparison.exercise.probes[0].arguments):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    teach.probe(ID)[0][...] = 0
    assert teach.check(ID, right)


# --- Without threads


@pytest.fixture(params=["no threads", "no ctypes"])
def here(request, monkeypatch):
    """As in a browser, where Python has no threads, or no way to stop one."""
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    if request.param == "no threads":
        monkeypatch.setattr(running.threading.Thread, "start", refuse)
    else:
        monkeypatch.setattr(running, "ctypes", None)


def test_verdicts_without_threads(here):
    def endless(U, grid):
        while True:
            pass

    assert teach.check(ID, right).status == "passed"
    assert teach.check(ID, lambda U, grid: 1 / 0).status == "error"
    assert teach.check("blend", lambda left, right, a: a * left + (1 - a) * right).mistakes == ("weights_reversed",)
    before = list(warnings.filters)
    message = " ".join(teach.check(ID, endless, time_limit=0.2).message.split())
    assert "stopped after 0.2 seconds" in message and "it was in line" in message and "restart" not in message
    assert sys.gettrace() is None and warnings.filters == before


def test_a_tracer_that_is_there_stays(here):
    seen = []

    def tracer(frame, event, argument):
        seen.append(event)

    sys.settrace(tracer)
    try:
        assert teach.check("blend", solution("blend"))
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)
    assert seen


# --- The limits themselves


@pytest.mark.parametrize("make, count", [
    (lambda: 3.0, 1), (lambda: [1, [2, 3]], 3), (lambda: (np.zeros(5), [1]), 6), (lambda: range(2, 9, 3), 3),
    (lambda: range(9, 2), 0), (lambda: {1, 2}, 2), (lambda: range(10 ** 9), MOST_NUMBERS + 1),
    (lambda: ITSELF, MOST_NUMBERS + 1), (lambda: [[0] * 10 ** 6] * 10 ** 6, MOST_NUMBERS + 1)])
def test_amounts(make, count):
    assert amount(make()) == count


def test_what_is_said_of_a_value():
    assert shown("abc") == "'abc'" and len(shown("x" * 10 ** 6)) < 100
    assert shown(RaisesOnRepr()).startswith(("a RaisesOnRepr", "<RaisesOnRepr"))
    assert shortened("abc", 3) == "abc" and shortened("abcdef", 3) == "abc ... and 3 more characters"
