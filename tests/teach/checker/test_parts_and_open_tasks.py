"""Answers that are tuples are judged part by part, and open tasks by a judge of their own."""

from functools import partial

import numpy as np
import pytest

from stn_numpy import teach
from stn_numpy.teach import lessons
from stn_numpy.teach.lessons.parts import Exercise, Mistake, OpenExercise, Part, Probe, Verdict

RNG = np.random.default_rng(0)
DOUT, X, W = RNG.standard_normal((5, 3)), RNG.standard_normal((5, 4)), RNG.standard_normal((4, 3))


def linear(dout, x, W, *, batch=lambda parts: parts.sum(axis=0), transpose=np.transpose):
    dW = batch(x[:, :, None] * dout[:, None, :])
    return dout @ transpose(W), dW, batch(dout)


LINEAR = Exercise(
    id="linear_backward", lesson="99", arguments="dout, x, W", answer="dx, dW, db",
    parts=(Part("dx", ("n", "d")), Part("dW", ("d", "k")), Part("db", ("k",))),
    task="The three gradients.", truth=linear, solution=(linear,), recipe=linear,
    mistakes=(Mistake("mean_for_sum", "Your numbers are a mean over the batch.", "Look for mean.", "lesson 99",
                      ({"batch": lambda parts: parts.mean(axis=0)},)),
              Mistake("reversed", "Your numbers are those of a W upside down.", "Look at W.", "lesson 99",
                      ({"transpose": lambda W: W.T[:, ::-1]},))),
    probes=(Probe((DOUT, X, W), "five rows"), Probe((DOUT[:2], X[:2], 2 * W), "two rows")),
    hints=("a", "b"), well_done="Good.")


def judge(function):
    root = function(2.0)
    close = abs(root * root - 2) < 1e-6
    return Verdict(close, f"The square of your root is {root * root:g}.", () if close else ("Take more steps.",))


ROOT = OpenExercise(id="root", lesson="99", arguments="a", task="A square root of a.", judge=judge,
                    hints=("a", "b"), solution=("def root(a):\n    return a ** 0.5\n",), well_done="Well found.")
RATE = OpenExercise(id="rate", lesson="99", task="A rate below 1.", form='{"rate": number}',
                    judge=lambda value: (0 < value["rate"] < 1, "Your rate was tried.", ()),
                    hints=("a", "b"), solution=('{"rate": 0.5}',))
PAIR = OpenExercise(id="pair", lesson="99", task="Two rates.", form='{"A": number, "B": number}', one_by_one=True,
                    judge=lambda value: (len(value) == 2, f"Judged: {sorted(value)}.", ()), hints=("a", "b"),
                    solution=('{"A": 0.5, "B": 0.5}',))


@pytest.fixture(autouse=True)
def in_the_bank(monkeypatch):
    for exercise in (LINEAR, ROOT, RATE, PAIR):
        monkeypatch.setitem(lessons.EXERCISES, exercise.id, exercise)


def check(function):
    result = teach.check("linear_backward", function)
    return result, " ".join(result.message.split())


def test_a_tuple_that_is_right_passes():
    for function in (linear, lambda *a: list(linear(*a)), lambda *a: (linear(*a), "cache")):
        assert check(function)[0].status == "passed"


@pytest.mark.parametrize("change, id, words", [
    ({"batch": LINEAR.mistakes[0].changes[0]["batch"]}, "mean_for_sum", "dx is right; dW and db are not right."),
    ({"transpose": LINEAR.mistakes[1].changes[0]["transpose"]}, "reversed", "dW and db are right; dx is not right.")])
def test_a_mistake_is_named_with_the_parts_that_it_is_in(change, id, words):
    result, message = check(partial(linear, **change))
    assert (result.status, result.mistakes) == ("named", (id,))
    assert words in message and "the first wrong number is d" in message


def test_a_mistake_in_one_part_alone_names_that_part():
    def one_part(dout, x, W):
        dx, dW, db = linear(dout, x, W)
        return dx, dW, dout.mean(axis=0)

    result, message = check(one_part)
    assert result.mistakes == ("mean_for_sum",) and "dx and dW are right; db is not right." in message
    assert "the first wrong number is db[0]" in message
    assert result.comparison.exercise.answer == "db" and result.picture().alt


def test_parts_wrong_for_different_reasons_are_told_apart():
    def several(dout, x, W):
        dx, dW, db = linear(dout, x, W)
        return 7 * dx, dW, dout.mean(axis=0)

    result, message = check(several)
    assert result.mistakes == ("mean_for_sum",)
    assert "dx: All your numbers are 7 times" in message and "db: Your numbers are a mean" in message


def test_a_mistake_in_several_parts_beside_another_is_told_once():
    def several(dout, x, W):
        dx, dW, db = partial(linear, **LINEAR.mistakes[0].changes[0])(dout, x, W)
        return 7 * dx, dW, db

    message = check(several)[1]
    assert "dW and db: Your numbers are a mean over the batch." in message and message.count("Look for mean.") == 1


@pytest.mark.parametrize("spoil, words", [
    (lambda dx, dW, db: (dW, dx, db), "Yours have these shapes too, but in another order: (4, 3), (5, 4), (3,)."),
    (lambda dx, dW, db: ((dx > 0).astype(int), dW, db), "nothing but 0 and 1, as a mask does"),
    (lambda dx, dW, db: (dx > 0, dW, db), "nothing but 0 and 1, as a mask does"),
    (lambda dx, dW, db: (dx.astype(int), dW, db), "An integer array cuts off the fractions"),
    (lambda dx, dW, db: (dx, dW[0], db), "Printing the shapes inside your function"),
    (lambda dx, dW, db: (dx[0], dW, db), "return one for each image of the batch"),
    (lambda dx, dW, db: dx, "in this order: dx, dW, db. Your function returned one ndarray."),
    (lambda dx, dW, db: (dx, dW), "Your function returned 2 things."),
    (lambda dx, dW, db: None, "returned None"),
    (lambda dx, dW, db: (dx, dW.T, db), "dW should have shape (4, 3)"),
    (lambda dx, dW, db: (dx, dW, "db"), "Your function returned a str. Wanted is db")])
def test_a_tuple_in_another_form(spoil, words):
    result, message = check(lambda *arguments: spoil(*linear(*arguments)))
    assert result.status == "shape" and words in message


def test_an_open_task_is_judged_by_its_own_judge():
    right = teach.check("root", lambda a: a ** 0.5)
    assert right and "The square of your root is 2." in right.message and "Well found." in right.message
    wrong = teach.check("root", lambda a: a / 2)
    assert wrong.status == "different" and wrong.remarks == ("Take more steps.",)
    assert "The square of your root is 1." in wrong.message and "What is wanted: A square root" in wrong.message


def test_entries_of_a_dict_are_judged_as_they_come():
    assert "Judged: ['A']." in teach.check("pair", {"A": 0.5, "B": ...}).message
    assert teach.check("pair", {"A": ..., "B": [...]}).status == teach.check("pair", {}).status == "not attempted"
    assert teach.check("rate", {"rate": 0.5, "momentum": ...}).status == "not attempted"


def blank(a):
    ...


def half_filled(a):
    root = ...
    return root


def endless(a):
    while True:
        pass


def fails(a):
    return a["two"]


@pytest.mark.parametrize("function, status, words", [
    (..., "not attempted", "not attempted yet"), (blank, "not attempted", "not attempted yet"),
    (half_filled, "not attempted", "not attempted yet"), (fails, "error", 'return a["two"]'),
    (endless, "error", "stopped after 0.3 seconds"), (3.0, "error", "check wants the function itself"),
    (lambda a, b: a, "error", "It is called as root(a)")])
def test_an_open_task_is_as_calm_as_the_others(function, status, words):
    result = teach.check("root", function, time_limit=0.3)
    assert result.status == status and words in " ".join(result.message.split())


@pytest.mark.parametrize("value, status", [
    ({"rate": 0.5}, "passed"), ({"rate": 2.0}, "different"), ({"rate": ...}, "not attempted"), (..., "not attempted"),
    (None, "not attempted"), ({}, "shape"), (7, "shape")])
def test_an_open_task_may_want_a_plain_value(value, status):
    result = teach.check("rate", value)
    assert result.status == status
    assert status != "shape" or 'An answer looks like {"rate": number}' in result.message


def test_help_for_open_tasks():
    assert teach.solution("root").source.startswith("def root(a):")
    assert teach.hint("rate", 1).paragraphs[0] == "a"
    assert "open task" in teach.probe("root").message
    assert "root(a)" in teach.contents().message
