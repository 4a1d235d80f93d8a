"""Every door is guarded: what any pair of the package refuses, and how it says so.

Walks the pairs of gradient_cases.py, where test_every_gradient.py sees to it that none is missing. Each pair is given one
wrong thing at a time; the message must come from the package and name the argument.
"""

import importlib
import inspect
import re

import numpy as np
import pytest
from gradient_cases import CASES

RAGGED = [[1.0, 2.0], [3.0]]
HOLDS_ITSELF = []
HOLDS_ITSELF.append(HOLDS_ITSELF)


class Pair:
    """A pair with the inputs of its first gradient check, and what came of them."""

    def __init__(self, name):
        module, _, self.name = name.rpartition(".")
        module = importlib.import_module(f"stn_numpy.{module}")
        self.forward, self.backward = (getattr(module, f"{self.name}_{half}") for half in ("forward", "backward"))
        case = CASES[name][0]
        inputs = case.make_inputs(np.random.default_rng(0))
        self.parameters = list(inspect.signature(self.forward).parameters)
        self.inputs, self.options = dict(zip(self.parameters, inputs)), case.options
        self.output, self.cache = self.forward(**self.inputs, **self.options)
        self.doutput = np.random.default_rng(1).standard_normal(np.shape(self.output))
        self.doutput_name, _, *self.flags = inspect.signature(self.backward).parameters

    def call(self, **changed):
        return self.forward(**{**self.inputs, **self.options, **changed})


PAIRS = {name: Pair(name) for name in CASES}


def each(condition=lambda pair: True):
    chosen = [pytest.param(pair, id=name) for name, pair in PAIRS.items() if condition(pair)]
    return pytest.mark.parametrize("pair", chosen)


def refusal(errors, call, *args, **named):
    with pytest.raises(errors) as caught:
        call(*args, **named)
    assert type(caught.value) in (ValueError, TypeError)
    return str(caught.value)


def masked(array):
    return np.ma.masked_array(array, np.arange(np.size(array)).reshape(np.shape(array)) == 0)


# The cache

@each()
def test_a_cache_is_known_by_its_origin(pair):
    wanted = f"{pair.name}_forward returned as its second value, got"
    others = [other.cache for other in PAIRS.values() if other is not pair]
    for wrong in (None, "cache", 3, (), (pair.output, pair.cache), tuple(pair.cache), pair.cache._asdict(), *others):
        message = refusal(TypeError, pair.backward, pair.doutput, wrong)
        got = "None" if wrong is None else type(wrong).__name__
        assert re.fullmatch(rf"cache must be what (plain\.)?{wanted} (an? )?{got}(: call it with .*)?", message)
    assert wanted in refusal(TypeError, pair.backward, pair.cache, pair.doutput)       # the two exchanged


@each()
def test_no_cache_holds_the_output(pair):
    """A caller may change an output in place, V -= V.mean(), before the backward pass."""
    output, cache = pair.call()
    if np.ndim(output):
        output[...] = np.nan
    for got, wanted in zip(as_tuple(pair.backward(pair.doutput, cache)),
                           as_tuple(pair.backward(pair.doutput, pair.cache)), strict=True):
        np.testing.assert_array_equal(got, wanted)


def as_tuple(gradients):
    return gradients if isinstance(gradients, tuple) else (gradients,)


# The upstream gradient

@each(lambda pair: np.ndim(pair.output))
def test_a_gradient_is_like_its_output(pair):
    name, good = pair.doutput_name, pair.doutput
    for wrong in (good[:1], good[None], good[..., None], np.moveaxis(good, -1, 0), np.float64(1)):
        if np.shape(wrong) != good.shape:
            assert refusal(ValueError, pair.backward, wrong, pair.cache) == (
                f"{name} must have shape {good.shape}, got {np.shape(wrong)}")
    message = refusal(TypeError, pair.backward, good.astype(np.float32), pair.cache)
    assert message == f"{name} must have the dtype of the output, float64, got float32"


@each()
@pytest.mark.parametrize("wrong, error, message", [
    (lambda d: np.full(np.shape(d), np.nan), ValueError, "must be finite"),
    (lambda d: np.full(np.shape(d), -np.inf), ValueError, "must be finite"),
    (masked, TypeError, "must not be a masked array, whose mask would be lost"),
    (lambda d: RAGGED, ValueError, "must be an array or an evenly nested list of numbers, got a list"),
    (lambda d: HOLDS_ITSELF, ValueError, "must be an array or an evenly nested list of numbers, got a list"),
    (lambda d: None, TypeError, ("must be float32 or float64, got object", "must be real numbers, got object")),
    (lambda d: d * 1j, TypeError, ("must be float32 or float64, got complex", "must be real numbers, got complex")),
], ids=["nan", "inf", "masked", "ragged", "holds itself", "None", "complex"])
def test_a_gradient_is_made_of_finite_numbers(pair, wrong, error, message):
    text = refusal(error, pair.backward, wrong(pair.doutput), pair.cache)
    assert text.startswith(tuple(f"{pair.doutput_name} {part}" for part in np.atleast_1d(message)))


# The inputs

@each()
@pytest.mark.parametrize("wrong, error, message", [
    (masked, TypeError, "must not be a masked array, whose mask would be lost"),
    (lambda x: [masked(x)], TypeError, "must not be a masked array, whose mask would be lost"),
    (lambda x: [[(x, masked(x))]], TypeError, "must not be a masked array, whose mask would be lost"),
    (lambda x: RAGGED, ValueError, "must be an array or an evenly nested list of numbers, got a list"),
    (lambda x: HOLDS_ITSELF, ValueError, "must be an array or an evenly nested list of numbers, got a list"),
    (lambda x: np.where(x == x.flat[-1], np.inf, x), ValueError, "must be finite"),
    (lambda x: x[:0], ValueError, "must not be empty"),
    (lambda x: x.astype(int), TypeError, "must be float32 or float64, got int64"),
    (lambda x: None, TypeError, "must be float32 or float64, got object"),
], ids=["masked", "list of masked", "deep", "ragged", "holds itself", "inf", "empty", "int", "None"])
def test_an_input_is_an_array_of_finite_floats(pair, wrong, error, message):
    for name, x in pair.inputs.items():
        assert refusal(error, pair.call, **{name: wrong(x)}).startswith(f"{name} {message}")


@each(lambda pair: len(pair.inputs) > 1)
def test_inputs_have_one_dtype(pair):
    for name in list(pair.inputs)[1:]:
        message = refusal(TypeError, pair.call, **{name: pair.inputs[name].astype(np.float32)})
        assert message.startswith(f"{name} must have the dtype of ") and message.endswith("float64, got float32")


# Options

@each(lambda pair: "align_corners" in pair.parameters)
@pytest.mark.parametrize("wrong", ["false", [True], 1, 0.0, None, np.array([True, False])], ids=str)
def test_align_corners_is_true_or_false(pair, wrong):
    assert refusal(TypeError, pair.call, align_corners=wrong) == f"align_corners must be True or False, got {wrong!r}"


@each(lambda pair: pair.flags)
@pytest.mark.parametrize("wrong", ["false", [], 0, 1, None, np.array([True])], ids=str)
def test_need_is_true_or_false(pair, wrong):
    [flag] = pair.flags
    message = refusal(TypeError, pair.backward, pair.doutput, pair.cache, **{flag: wrong})
    assert message == f"{flag} must be True or False, got {wrong!r}"


@each(lambda pair: "out_shape" in pair.parameters)
@pytest.mark.parametrize("wrong", [{4, 3}, {4: 3, 3: 4}, (True, True), (4, True), "43", (i for i in (4, 3)), ((4,), 3),
                                   (4, np.nan), HOLDS_ITSELF, (10 ** 6, 10 ** 6), (2 ** 70, 3), (2 ** 32, 1)],
                         ids=lambda value: type(value).__name__)
def test_out_shape_is_two_or_three_whole_numbers(pair, wrong):
    assert refusal(ValueError, pair.call, out_shape=wrong).startswith("out_shape must ")


# Numbers that are too large

@each()
@pytest.mark.parametrize("size", ["inputs", "gradient"])
def test_too_large_is_said_or_computed(pair, size):
    """Near the end of the float range, results are right or refused: none is infinite or NaN."""
    largest = np.finfo(np.float64).max
    inputs = {name: np.copysign(largest, x) for name, x in pair.inputs.items()} if size == "inputs" else pair.inputs
    with np.errstate(all="ignore"):
        try:
            output, cache = pair.forward(**{**inputs, **pair.options})
            assert np.isfinite(output).all()
            doutput = np.copysign(largest, pair.doutput) if size == "gradient" else pair.doutput
            gradients = as_tuple(pair.backward(doutput, cache))
            assert all(np.isfinite(gradient).all() for gradient in gradients)
        except ValueError as error:
            assert " is too large for float64: all inputs are finite" in str(error)
