"""The law of pairs: a pair that breaks it is found out before its numbers are looked at."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

from stn_numpy.checking.gradcheck import GradientError, gradcheck, one_sided_gradient
from stn_numpy.checking.pairs import name_inputs, run_pair

X, Y = np.arange(6.0).reshape(2, 3) + 1, np.linspace(-1, 1, 6).reshape(2, 3)


class Cache(NamedTuple):
    x: np.ndarray
    y: np.ndarray
    scales: list


def forward(x, y, scale=1.0):
    """A correct pair to break: out = x y scale. The cache holds copies, so that it can be spoilt on its own."""
    return x * y * scale, Cache(x.copy(), y.copy(), [np.array(scale)])


def backward(dout, cache):
    x, y, (scale,) = cache
    return dout * y * scale, dout * x * scale


def check(forward=forward, backward=backward, inputs=(X, Y), **options):
    return gradcheck(forward, backward, inputs, **options)


def refusal(**pair):
    with pytest.raises(GradientError) as error:
        check(**pair)
    return str(error.value)


def test_the_pair_to_be_broken_is_correct():
    assert list(check()) == ["x", "y"]


@pytest.mark.parametrize("wrong, message", [
    (lambda dx, dy: dx, "of a forward of x, y, backward must return a tuple of 2 gradients; got ndarray"),
    (lambda dx, dy: [dx, dy], "must return a tuple of 2 gradients; got list"),
    (lambda dx, dy: None, "must return a tuple of 2 gradients; got NoneType"),
    (lambda dx, dy: (dx,), "backward must return 2 gradients, to x, y, got 1"),
    (lambda dx, dy: (dx, dy, dy), "backward must return 2 gradients, to x, y, got 3"),
    (lambda dx, dy: (dx, dy.T), "the gradient to y must have its shape, (2, 3), got (3, 2)"),
    (lambda dx, dy: (dx[:1], dy), "the gradient to x must have its shape, (2, 3), got (1, 3)"),
    (lambda dx, dy: (dx, np.sum(dy)), "the gradient to y must have its shape, (2, 3), got ()"),
    (lambda dx, dy: (dx.astype(np.float32), dy), "the gradient to x must be float64, as the inputs are, got float32"),
    (lambda dx, dy: (dx.astype(int), dy), "the gradient to x must be float64, as the inputs are, got int"),
    (lambda dx, dy: (dx, None), "the gradient to y must be an array, got NoneType"),
    (lambda dx, dy: (dx, np.where(dy == dy[0, 1], np.nan, dy)), "to y must be finite, but 1 of 6 entries are not"),
    (lambda dx, dy: (dx * np.inf, dy), "the gradient to x must be finite, but 6 of 6 entries are not"),
])
def test_wrong_gradients_are_described(wrong, message):
    assert message in refusal(backward=lambda dout, cache: wrong(*backward(dout, cache)))


def test_a_lone_gradient_is_returned_bare():
    def square(x):
        return x * x, x

    assert list(check(square, lambda dout, x: 2 * x * dout, (X,))) == ["x"]
    message = refusal(forward=square, backward=lambda dout, x: (2 * x * dout,), inputs=(X,))
    assert "of a forward of x, backward must return its gradient bare, not in a tuple; got tuple" in message


@pytest.mark.parametrize("result, message", [
    (lambda x: x, "forward must return (output, cache), got ndarray"),
    (lambda x: (x, None, None), "forward must return (output, cache), got tuple"),
    (lambda x: (x.astype(np.float32), None), "the output must be float64, as the inputs are, got float32"),
    (lambda x: (x.tolist(), None), "the output must be an array, got list"),
    (lambda x: (np.where(x > 2, np.nan, x), None), "the output must be finite, but 4 of 6 entries are not"),
])
def test_wrong_outputs_are_described(result, message):
    assert message in refusal(forward=result, backward=lambda dout, cache: dout, inputs=(X,))


def test_a_forward_that_gives_another_output_the_second_time():
    rng = np.random.default_rng(0)
    message = refusal(forward=lambda x, y: forward(x, y, scale=rng.random()))
    assert "forward gives another output the second time" in message


def spoil(array):
    array.flat[-1] += 1e-9


@pytest.mark.parametrize("spoilt, message", [
    (lambda dout, cache: spoil(dout), "backward must not change what it is given, but it changed doutput"),
    (lambda dout, cache: spoil(cache.y), "but it changed cache.y"),
    (lambda dout, cache: spoil(cache.scales[0]), "but it changed cache.scales.0"),
    (lambda dout, cache: cache.scales.append(cache.scales.pop() + 1), "but it changed cache.scales.0"),
    (lambda dout, cache: cache.scales.clear(), "but it changed cache.scales.0"),
    (lambda dout, cache: (spoil(dout), spoil(cache.x)), "but it changed doutput, cache.x"),
])
def test_a_backward_that_changes_what_it_is_given(spoilt, message):
    def backward_with_a_side_effect(dout, cache):
        gradients = backward(dout, cache)
        spoilt(dout, cache)
        return gradients

    assert message in refusal(backward=backward_with_a_side_effect)


def test_a_backward_that_changes_an_input_through_the_cache():
    def backward_in_place(dout, x):
        x *= dout
        return 2 * x

    message = refusal(forward=lambda x: (x * x, x), backward=backward_in_place, inputs=(X,))
    assert "backward must not change what it is given, but it changed x, cache" in message


def test_a_forward_that_changes_an_input():
    def forward_in_place(x, y):
        y += 1
        return forward(x, y)

    before = Y.copy()
    assert "forward must not change what it is given, but it changed y" in refusal(forward=forward_in_place)
    np.testing.assert_array_equal(Y, before)      # the caller's own arrays are safe even then


def test_a_backward_that_changes_an_array_in_a_plain_tuple():
    def backward_in_place(dout, cache):
        spoil(cache[1])
        return 3 * dout

    message = refusal(forward=lambda x: (3 * x, (None, X.copy())), backward=backward_in_place, inputs=(X,))
    assert message.endswith("but it changed cache.1")


def test_a_forward_may_write_into_the_same_memory_each_time():
    output = np.empty_like(X)
    square = partial(check, lambda x: (np.multiply(x, x, out=output), x.copy()), inputs=(X,))
    assert list(square(lambda dout, x: 2 * x * dout)) == ["x"]
    with pytest.raises(GradientError, match="the gradient to x is wrong in 6 of 6 entries"):
        square(lambda dout, x: 0 * dout)


def test_a_cache_may_be_anything():
    for cache in (None, 3, {"x": X}, [X, (X, {"deep": X})], X):
        assert list(check(lambda x: (3 * x, cache), lambda dout, cache: 3 * dout, (X,))) == ["x"]


def test_doutput_is_random_and_comes_from_the_seed():
    def drawn(seed):
        output, doutput, gradients = run_pair(forward, backward, {"x": X, "y": Y}, seed)
        np.testing.assert_array_equal(output, X * Y)
        np.testing.assert_array_equal(gradients[0], doutput * Y)
        return doutput

    np.testing.assert_array_equal(drawn(0), drawn(0))
    assert (drawn(0) != drawn(1)).all()
    assert len(np.unique(drawn(0))) == 6 and drawn(0).min() < 0 < drawn(0).max()


@pytest.mark.parametrize("inputs, names, wanted", [
    ((X, Y), None, ["x", "y"]),
    ([X, Y], None, ["x", "y"]),
    ({"left": X, "right": Y}, None, ["left", "right"]),
    ((X, Y), ("first", "second"), ["first", "second"]),
    ({"left": X, "right": Y}, ("first", "second"), ["first", "second"]),
])
def test_names_of_inputs(inputs, names, wanted):
    assert list(check(inputs=inputs, names=names)) == wanted


@pytest.mark.parametrize("callable_, wanted", [
    (partial(forward, scale=2.0), ["x", "y"]),
    (partial(forward, X), ["y", "scale"]),
    (lambda U, *rest, padding=0: None, ["input 0", "input 1"]),
    (lambda *arrays: None, ["input 0", "input 1"]),
    (dict.fromkeys, ["iterable", "value"]),
    (dict, ["input 0", "input 1"]),
])
def test_names_come_from_the_parameters_of_forward(callable_, wanted):
    assert list(name_inputs(callable_, (X, Y))) == wanted


def test_options_are_bound_by_the_caller():
    tripled = partial(forward, scale=-3.0)
    _, doutput, (dx, _) = run_pair(tripled, backward, {"x": X, "y": Y}, seed=0)
    np.testing.assert_allclose(dx, -3 * doutput * Y, rtol=1e-15)
    assert check(tripled) == check(lambda x, y: forward(x, y, scale=-3.0))


@pytest.mark.parametrize("inputs, error, message", [
    ((X, Y.astype(np.float32)), TypeError, "y must be a float64 array, got float32"),
    ((X.astype(int), Y), TypeError, "x must be a float64 array, got int"),
    ((X, Y.tolist()), TypeError, "y must be a float64 array, got list"),
    ((X, None), TypeError, "y must be a float64 array, got NoneType"),
    (X, TypeError, "inputs must be a tuple or a dict of arrays, got ndarray; a lone x is (x,)"),
    ((X, np.ones((0, 3))), ValueError, "y must not be empty, got shape (0, 3)"),
    ((X, Y * np.nan), ValueError, "y must be finite, but 6 of 6 entries are not"),
    ((), ValueError, "wanted one or more inputs"),
])
def test_wrong_inputs(inputs, error, message):
    with pytest.raises(error) as caught:
        check(inputs=inputs)
    assert message in str(caught.value)


@pytest.mark.parametrize("names", [("x",), ("x", "x"), ("x", "y", "z")])
def test_wrong_names(names):
    with pytest.raises(ValueError, match="each with a name of its own, got 2, named"):
        check(names=names)


@pytest.mark.parametrize("call, error, message", [
    (lambda: check(forward=None), TypeError, "forward must be a function, got None"),
    (lambda: gradcheck(forward, 3, (X, Y)), TypeError, "backward must be a function, got an int"),
    (lambda: check(names=3), TypeError, "names must be a sequence of strings, got 3"),
    (lambda: check(names=(1, 2)), TypeError, "names must be a sequence of strings, got (1, 2)"),
    (lambda: check(inputs=(np.ma.masked_array(X, X > 0), Y)), TypeError, "x must not be a masked array"),
    (lambda: gradcheck(forward, backward, (X, Y), seed=-1), ValueError, "seed must be a numpy Generator, a seed from"),
    *[(lambda step=step: gradcheck(forward, backward, (X, Y), step=step), ValueError,
       f"step must be a finite number above 0, got {step!r}") for step in (0, -1e-6, np.nan, np.inf, "1", None)],
])
def test_wrong_options(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("change, error, message", [
    (dict(forward=None), TypeError, "forward must be a function, got None"),
    (dict(name="z"), ValueError, "name must be one of 'x', 'y', got 'z'"),
    (dict(name=2), ValueError, "name must be one of 'x', 'y', got 2"),
    (dict(side=0), ValueError, "side must be +1 or -1, got 0"),
    (dict(side=np.array([1, 1])), ValueError, "side must be +1 or -1, got array([1, 1])"),
    (dict(step=0), ValueError, "step must be a finite number above 0, got 0"),
    (dict(doutput=None), TypeError, "doutput must be float32 or float64, got object"),
    (dict(doutput=X[:1]), ValueError, "doutput must have the shape of the output, (2, 3), got (1, 3)"),
])
def test_wrong_options_of_a_one_sided_gradient(change, error, message):
    with pytest.raises(error) as caught:
        one_sided_gradient(**{**dict(forward=forward, inputs=(X, Y), name="x", doutput=X), **change})
    assert str(caught.value).startswith(message)


def test_read_only_and_strided_inputs():
    x, y = np.asfortranarray(X), np.repeat(Y, 2, axis=1)[:, ::2]
    x.flags.writeable = y.flags.writeable = False
    assert check(inputs=(x, y)) == check()
