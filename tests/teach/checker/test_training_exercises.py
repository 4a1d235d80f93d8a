"""The exercises of lesson 12: where a transformer stands in a network, and which setting made a run fail."""

import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy import teach
from stn_numpy.teach.lessons import lesson_12


def said(id, answer):
    result = teach.check(id, answer)
    return bool(result), " ".join(result.message.split())


def classifier(rng, inputs=441, hidden=128):
    return stn.MLP([inputs, hidden, hidden, 10], rng, np.float32)


def row(**parts):
    return stn.Sequential(**parts)


@pytest.mark.parametrize("make, words", [
    (lambda rng: stn.MLP([441, 32, 32, 6], rng, np.float32), "returned a MLP"),
    (lambda rng: stn.SpatialTransformer(stn.MLP([1764, 32, 32, 6], rng, np.float32)), "21 by 21 pixels"),
    (lambda rng: stn.SpatialTransformer(stn.MLP([441, 32, 32, 6], rng)), "Its parameters are float64"),
    (lambda rng: stn.SpatialTransformer(stn.MLP([441, 32, 6], rng, np.float32)), "two hidden layers of 32"),
    (lambda rng: stn.SpatialTransformer(stn.MLP([441, 32, 32, 6], rng, np.float32), out_shape=(9, 9)), "(3, 1, 9, 9) of (3,"),
    (lambda rng: stn.SpatialTransformer(stn.MLP([441, 32, 32, 3], rng, np.float32), "attention"), "Its theta has 3 numbers."),
    (lambda rng: stn.SpatialTransformer(stn.MLP([441, 32, 32, 6], np.random.default_rng(0), np.float32)), "the same for every"),
    (lambda rng: stn.SpatialTransformer(stn.MLP([441, 32, 32, 6], rng, np.float32), sampler="integer"), "No gradient comes back"),
    (lambda rng: stn.SpatialTransformer(stn.MLP([441, 32, 32, 6], np.random.default_rng(), np.float32)), "other ones each time"),
])
def test_what_is_wrong_with_a_transformer(make, words):
    passed, message = said("make_transformer", make)
    assert not passed and words in message


@pytest.mark.parametrize("build, words", [
    (lambda t, rng: t, "the transformer alone"), (lambda t, rng: classifier, "returned a function"),
    (lambda t, rng: row(half=stn.AveragePool(), classifier=classifier(rng)), "not in the network"),
    (lambda t, rng: row(transformer=t, half=stn.AveragePool(), classifier=classifier(rng)), "comes first"),
    (lambda t, rng: row(half=stn.AveragePool(), classifier=classifier(rng), transformer=t), "after the classifier"),
    (lambda t, rng: row(half=stn.AveragePool(), transformer=t), "logits (3, 10) are wanted"),
    (lambda t, rng: row(half=stn.AveragePool(), transformer=t, reader=classifier(rng)), "Give its parts the names"),
    (lambda t, rng: row(pool=stn.AveragePool(), transformer=t, classifier=classifier(rng)), "Give its parts the names"),
    (lambda t, rng: row(half=stn.AveragePool(), transformer=t, classifier=classifier(rng, hidden=64)), "the one of FCN"),
    (lambda t, rng: row(transformer=t, classifier=classifier(rng)), "There is no AveragePool among its parts"),
    (lambda t, rng: row(half=stn.MaxPool(), transformer=t, classifier=classifier(rng)), "where FCN has an AveragePool"),
    (lambda t, rng: row(half=stn.AveragePool(), transformer=t, classifier=classifier(np.random.default_rng(0))),
     "the same for every rng"),
])
def test_what_is_wrong_with_a_network(build, words):
    passed, message = said("st_fcn", build)
    assert not passed and words in message


@pytest.mark.parametrize("changes, words", [
    ({"A": {"factor": 0.01}}, "plain FCN does badly too"), ({"B": {"rate": 0.01}}, "boxes at step 0"),
    ({"C": {"start": "identity"}}, "how far they move in a step"), ({"A": {"rate": 0.5}}, "still too large"),
    ({"C": {"factor": 0.0001}}, "still too small"), ({"B": {"start": "zoomed out"}}, "Which start is safe"),
    ({"B": {"start": "Identity"}}, "there is no start 'Identity'"),
    ({"A": {"rate": 0.1, "factor": 0.1}}, "change one setting"), ({"A": {"momentum": 0}}, "no setting 'momentum'"),
    ({"A": "rate"}, "a setting with its value"), ({"A": {"rate": "0.1"}}, "wants a number"), ({"A": {"rate": float("nan")}}, "wants a number"),
])
def test_what_is_wrong_with_a_diagnosis(changes, words):
    assert said("diagnosis", lesson_12.CURES)[0]
    passed, message = said("diagnosis", {**lesson_12.CURES, **changes})
    assert not passed and words in message and "Right for" in message


@pytest.mark.parametrize("blank", [{}, {"B": ..., "C": ...}])
def test_a_cure_is_judged_before_the_others_are_there(blank):
    passed, message = said("diagnosis", {"A": {"rate": 0.1}, **blank})
    assert not passed and "Right for A. There is no cure for B and C yet." in message
    assert "In run A the plain FCN does badly too" in said("diagnosis", {"A": {"factor": 0.1}, **blank})[1]


def test_keys_that_no_run_has_are_told():
    assert "there is no 'run A' here, only 'A', 'B', 'C'" in said("diagnosis", {"run A": {"rate": 0.1}})[1]


@pytest.mark.parametrize("diagnosis", [{}, 3, {"A": 3, "B": 4, "C": 5}, {"A": {"rate": "small"}, "B": {}, "C": None}, [1, 2]])
def test_a_diagnosis_of_another_form_is_told_so(diagnosis):
    passed, message = said("diagnosis", diagnosis)
    assert not passed and message
