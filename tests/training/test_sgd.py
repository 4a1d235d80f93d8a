"""The step with momentum, the factors, the schedules, and what they refuse."""

import copy
from fractions import Fraction

import numpy as np
import pytest
from training_runs import networks

from stn_numpy.network.modules import MLP, Linear, Sequential
from stn_numpy.training.sgd import SGD, linear_decay, step_decay


def test_a_step_follows_the_formula_of_momentum():
    network = MLP([3, 2], rng=0)
    sgd = SGD(network, momentum=0.5)
    start = network.params["layer1.W"].copy()
    for _ in range(2):
        network.forward(np.ones((1, 3)))
        network.backward(np.array([[1.0, -2.0]]))
        sgd.step(0.1)
    gradient = np.ones((3, 1)) * [1.0, -2.0]                                 # the same at each step
    np.testing.assert_allclose(network.params["layer1.W"], start - 0.1 * gradient - (0.1 + 0.5 * 0.1) * gradient)


def test_a_factor_scales_the_steps_of_its_module_alone():
    plain, slow = networks()["ST-FCN"], networks()["ST-FCN"]
    images = np.random.default_rng(1).random((4, 1, 42, 42), dtype=np.float32)
    dlogits = np.random.default_rng(2).standard_normal((4, 10)).astype(np.float32)
    before = {name: param.copy() for name, param in plain.params.items()}
    for network, factors in ((plain, None), (slow, {"transformer": 0.25})):
        network.forward(images)
        network.backward(dlogits)
        SGD(network, factors=factors).step(0.5)
    moved = 0
    for name in before:
        factor = 0.25 if name.startswith("transformer.") else 1
        full = plain.params[name] - before[name]
        np.testing.assert_allclose(slow.params[name] - before[name], factor * full, atol=1e-6)
        moved += np.abs(full).max() > 1e-4
    assert moved >= 4


def test_a_factor_for_an_unknown_module_is_an_error():
    with pytest.raises(ValueError, match="'transformr', which has no parameters"):
        SGD(networks()["ST-FCN"], factors={"transformr": 0.1})


@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_momentum_out_of_range_is_an_error(momentum):
    with pytest.raises(ValueError, match="momentum must be at least 0 and less than 1"):
        SGD(networks()["FCN"], momentum)


def test_the_schedule_divides_by_ten_after_each_period():
    rate = step_decay(0.01, 50_000)
    np.testing.assert_allclose([rate(0), rate(49_999), rate(50_000), rate(100_000)], [1e-2, 1e-2, 1e-3, 1e-4])


def test_the_schedule_refuses_a_period_of_no_steps():
    with pytest.raises(ValueError, match="every must be a whole number from 1 up, got 0"):
        step_decay(0.1, 0)


def test_the_linear_schedule_stays_and_then_falls_to_zero():
    rate = linear_decay(0.4, 5, 10)
    np.testing.assert_allclose([rate(step) for step in (0, 4, 5, 6, 9, 10)], [0.4, 0.4, 0.4, 0.32, 0.08, 0])
    assert rate(11) == rate(1000) == 0
    np.testing.assert_allclose([linear_decay(1.0, 0, 4)(step) for step in range(5)], [1, 0.75, 0.5, 0.25, 0])


@pytest.mark.parametrize("start, end", [(-1, 10), (10, 10), (11, 10), (float("nan"), 10)])
def test_the_linear_schedule_must_end_after_it_starts(start, end):
    with pytest.raises(ValueError, match="start must be at least 0 and before end, got "):
        linear_decay(0.1, start, end)


NAN, INF, HUGE = float("nan"), float("inf"), 10 ** 400


@pytest.mark.parametrize("make, error, message", [
    (lambda net: SGD(net, "0.1"), TypeError, "momentum must be a number, got '0.1'"),
    (lambda net: SGD(net, factors={"layer1": NAN}), ValueError, "factor of 'layer1' must be a finite number, .* got nan"),
    (lambda net: SGD(net, factors={"layer1": -1}), ValueError, "factor of 'layer1' must be a finite number, 0 or more"),
    (lambda net: SGD(net, factors={"layer1": "big"}), TypeError, "factor of 'layer1' must be a number, got 'big'"),
    (lambda net: SGD(net, factors={"layer1": True}), TypeError, "factor of 'layer1' must be a number, got True"),
    (lambda net: SGD(net, factors={"layer1": HUGE}), ValueError, "factor of 'layer1' must be a finite number, 0 or more"),
    (lambda net: SGD(net, factors={3: 1}), TypeError, "factors must be a dict whose keys are names, got {3: 1}"),
    (lambda net: SGD(net, factors=[]), TypeError, r"factors must be a dict whose keys are names, got \[\]"),
    (lambda net: SGD(net.params), TypeError, "network must be a module such as stn_numpy.MLP, got an Arrays"),
    (lambda net: step_decay(NAN, 5), ValueError, "learning_rate must be a finite number, 0 or more, got nan"),
    (lambda net: step_decay(0.1, 5, INF), ValueError, "factor must be a finite number, 0 or more, got inf"),
    (lambda net: linear_decay(-0.1, 0, 5), ValueError, "learning_rate must be a finite number, 0 or more, got -0.1"),
    (lambda net: linear_decay(0.1, "0", 5), TypeError, "start must be a number, got '0'"),
    (lambda net: linear_decay(0.1, 0, INF), ValueError, "end must be a finite number, 0 or more, got inf"),
    (lambda net: linear_decay(0.1, 0, 5)(NAN), ValueError, "step must be a finite number, 0 or more, got nan"),
    (lambda net: step_decay(0.1, 5)(-1), ValueError, "step must be a finite number, 0 or more, got -1"),
    (lambda net: step_decay(0.1, 5)("1"), TypeError, "step must be a number, got '1'"),
    (lambda net: SGD(net).step(0.1), RuntimeError, "needs a backward pass first: layer1.W has no gradient yet"),
])
def test_what_cannot_be_meant_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make(MLP([3, 2], rng=0))


@pytest.mark.parametrize("rate, gradient, error, message", [
    (NAN, 1.0, ValueError, "learning_rate must be a finite number"),
    (None, 1.0, TypeError, "learning_rate must be a number"),
    (-0.1, 1.0, ValueError, "learning_rate must be a finite number, 0 or more, got -0.1"),
    pytest.param(HUGE, 1.0, ValueError, "learning_rate must be a finite number, 0 or more", id="huge"),
    (0.1, NAN, ValueError, "the gradient of layer2.b must be finite, but 1 of 2 entries are not"),
])
def test_a_step_that_is_refused_changes_nothing(rate, gradient, error, message):
    network = MLP([3, 4, 2], rng=0)
    sgd, before = SGD(network, 0.9), {name: param.copy() for name, param in network.params.items()}
    network.forward(np.ones((1, 3)))
    network.backward(np.ones((1, 2)))
    network.grads["layer2.b"][0] = gradient
    with pytest.raises(error, match=message):
        sgd.step(rate)
    assert all((network.params[name] == param).all() and not sgd.velocity[name].any() for name, param in before.items())


def test_options_are_checked_whenever_they_are_set():
    sgd = SGD(MLP([3, 2], rng=0), 0.9, {"layer1": 0.5})
    for wrong, error in ((1, ValueError), ("0.9", TypeError), (NAN, ValueError)):
        with pytest.raises(error, match="momentum must be "):
            sgd.momentum = wrong
    sgd.momentum = Fraction(1, 2)
    assert type(sgd.momentum) is float and sgd.momentum == 0.5
    with pytest.raises(TypeError, match="what this dict holds was fixed when its owner was made"):
        sgd.factors["layer1"] = 2                                                  # there are layer1.W and layer1.b
    assert copy.deepcopy(sgd).factors == sgd.factors == {"layer1.W": 0.5, "layer1.b": 0.5}


def test_momentum_remembers_steps_where_pytorch_remembers_gradients():
    """The example of the docstring: gradient 1, rate 1 and then 0.1. PyTorch would move by 1 and 0.1 (0.5 + 1)."""
    network = MLP([1, 1], rng=0)
    sgd, places = SGD(network, momentum=0.5), []
    for rate in (1.0, 0.1):
        network.forward(np.ones((1, 1)))
        network.backward(np.ones((1, 1)))
        sgd.step(rate)
        places.append(network.params["layer1.b"][0])
    np.testing.assert_allclose(np.diff([0, *places]), [-1, -0.5 - 0.1])


def test_a_step_that_overflows_names_the_parameter():
    network = MLP([3, 2], rng=0)
    network.forward(np.ones((1, 3)))
    network.backward(np.full((1, 2), 1e10))
    with pytest.raises(ValueError, match="layer1.W is too large for float64"), np.errstate(over="ignore"):
        SGD(network).step(1e300)


@pytest.mark.parametrize("other", [Linear(2, 3), Linear(3, 2)])
def test_a_network_that_was_changed_since_needs_another_sgd(other):
    network = Sequential(read=Linear(3, 2))
    sgd = SGD(network)
    network.children["read" if other.params["W"].shape == (2, 3) else "more"] = other
    with pytest.raises(RuntimeError, match="the network has other parameters than when this SGD was made"):
        sgd.step(0.1)
