"""The gradient checker is checked: what is right passes, what is wrong fails, and a kink is called a kink."""

import re
from functools import partial

import numpy as np
import pytest

from stn_numpy.checking.gradcheck import GradientError, KinkError, Report, gradcheck, one_sided_gradient

rng = np.random.default_rng(7)
X, W, B = rng.standard_normal((3, 4)), rng.standard_normal((4, 4)), rng.standard_normal(4)


def forward(x, W, b):
    """A correct pair to break: out = tanh(x W + b)."""
    y = np.tanh(x @ W + b)
    return y, (x, W, y)


def backward(dout, cache):
    x, W, y = cache
    dz = dout * (1 - y * y)
    return dz @ W.T, x.T @ dz, dz.sum(axis=0)


def wrong(change):
    """The correct backward with its gradients changed: change(dx, dW, db) -> gradients."""
    return lambda dout, cache: change(*backward(dout, cache))


def refusal(backward, forward=forward, inputs=(X, W, B), error=GradientError, **options):
    with pytest.raises(error) as caught:
        gradcheck(forward, backward, inputs, **options)
    return str(caught.value)


def elementwise(function, derivative):
    """The pair of a function of one number."""
    return lambda x: (function(x), x), lambda dout, x: dout * derivative(x)


# What is right

def test_a_correct_pair_passes_and_is_reported():
    reports = gradcheck(forward, backward, (X, W, B))
    assert list(reports) == ["x", "W", "b"]
    doutput = np.random.default_rng(0).standard_normal((3, 4))
    for report, gradient in zip(reports.values(), backward(doutput, forward(X, W, B)[1])):
        assert isinstance(report, Report) and 0 < report.relative_error < 1e-7
        assert report.analytic == gradient[report.index]
        assert 0 < abs(report.analytic - report.numeric) < 1e-7
    assert re.fullmatch(r"Report\(relative_error=\d\.\d+e-\d+, index=\(\d, \d\), analytic=-?\d\.\d+, "
                        r"numeric=-?\d\.\d+\)", str(reports["x"]))


def test_float_noise_passes():
    for sign in (-1, 1):
        gradcheck(forward, wrong(lambda *gradients: tuple(g * (1 + sign * 1e-9) for g in gradients)), (X, W, B))


@pytest.mark.parametrize("size", [1.0, 1e3])
def test_where_the_line_is_drawn(size):
    """|a - n| <= 1e-8 + 1e-6 max(|a|, |n|), for a gradient of 0 and for large ones. The forward here is exact."""
    def check(error):
        return gradcheck(lambda x: (size * x, x), lambda dout, x: size * dout + error, (np.zeros(1),), step=2.0**-20)

    largest = size * abs(np.random.default_rng(0).standard_normal())
    passes = 1e-8 + 1e-6 * largest
    assert check(0.99 * passes)["x"].relative_error == pytest.approx(0.99e-6, rel=1e-3)
    for error in (1.01 * passes, -1.01 * passes):
        with pytest.raises(GradientError):
            check(error)


def test_a_zero_gradient_is_held_to_1e_8():
    constant = partial(gradcheck, lambda x: (0 * x, None), inputs=(X,))
    constant(lambda dout, cache: np.full((3, 4), 0.99e-8))
    with pytest.raises(GradientError):
        constant(lambda dout, cache: np.full((3, 4), 1.01e-8))


def test_scalars():
    """The output, an input, or both may have no axes, as a loss has none."""
    def loss(x, scale):
        return (x * x).sum() * scale, (x, scale)

    def loss_backward(dloss, cache):
        x, scale = cache
        assert isinstance(dloss, np.ndarray)
        return dloss * 2 * x * scale, dloss * (x * x).sum()

    reports = gradcheck(loss, loss_backward, (X, np.array(0.7)))
    assert reports["scale"].index == ()
    assert "the worst is scale: analytic" in refusal(lambda *args: (loss_backward(*args)[0], np.float64(3)), loss,
                                                     (X, np.array(0.7)))
    gradcheck(*elementwise(np.exp, np.exp), (np.array(0.3),))
    for shape in ((), (1,)):                             # one number is always some factor times another
        message = refusal(*elementwise(np.exp, lambda x: -np.exp(x))[::-1], (np.full(shape, 0.3),))
        assert message.endswith("(central difference).")
    assert "kink within 1e-06 of x: its" in refusal(*elementwise(np.abs, np.sign)[::-1], (np.array(0.0),), KinkError)


# What is wrong

@pytest.mark.parametrize("name", ["x", "W", "b"])
@pytest.mark.parametrize("factor", [1.001, 0.999])
def test_a_tenth_of_a_percent_fails(name, factor):
    scale = wrong(lambda dx, dW, db: (dx * (factor if name == "x" else 1), dW * (factor if name == "W" else 1),
                                      db * (factor if name == "b" else 1)))
    message = refusal(scale)
    assert f"the gradient to {name} is wrong in {dict(x=12, W=16, b=4)[name]} of " in message
    assert f"Analytic is {factor} times numeric everywhere." in message


def test_one_wrong_entry_is_found_and_described():
    doutput = np.random.default_rng(0).standard_normal((3, 4))
    truth = backward(doutput, forward(X, W, B)[1])[1][2, 3]

    def one_entry(dx, dW, db):
        dW[2, 3] *= 1.001
        return dx, dW, db

    message = refusal(wrong(one_entry))
    found = re.fullmatch(r"the gradient to W is wrong in 1 of 16 entries, the worst is W\[2, 3\]: analytic (\S+) "
                         r"\(backward\), numeric (\S+) \(central difference\)\.", message)
    assert float(found[1]) == pytest.approx(1.001 * truth, rel=1e-8)
    assert float(found[2]) == pytest.approx(truth, rel=1e-6)


@pytest.mark.parametrize("name, change", [
    ("x", lambda dx, dW, db: (-dx, dW, db)),
    ("W", lambda dx, dW, db: (dx, -dW, db)),
    ("W", lambda dx, dW, db: (dx, dW.T, db)),
    ("W", lambda dx, dW, db: (dx, dW / 3, db)),
    ("b", lambda dx, dW, db: (dx, dW, db / 3)),
    ("b", lambda dx, dW, db: (dx, dW, 0 * db)),
    ("b", lambda dx, dW, db: (dx, dW, db[::-1])),
    ("x", lambda dx, dW, db: (dx + 1e-3, dW, db)),
    ("x", lambda dx, dW, db: (np.broadcast_to(dx.mean(axis=0), dx.shape), dW, db)),
])
def test_wrong_gradients_fail(name, change):
    assert f"the gradient to {name} is wrong in " in refusal(wrong(change))


@pytest.mark.parametrize("name, backward", [
    ("x", lambda dout, cache: backward(dout, (*cache[:2], 0 * cache[2]))),                    # tanh' left out
    ("x", lambda dout, cache: (dout @ cache[1].T, *backward(dout, cache)[1:])),               # left out for x alone
    ("b", lambda dout, cache: (*backward(dout, cache)[:2], (dout * (1 - cache[2]**2))[0])),   # first row, not the sum
    ("x", lambda dout, cache: backward(np.ones_like(dout), cache)),                           # doutput ignored
    ("x", lambda dout, cache: backward(dout.mean() + 0 * dout, cache)),                       # its mean used instead
])
def test_wrong_backwards_fail(name, backward):
    assert f"the gradient to {name} is wrong in " in refusal(backward)


@pytest.mark.parametrize("change, hint", [
    (lambda dx, dW, db: (-dx, dW, db), "Analytic is -1 times numeric everywhere."),
    (lambda dx, dW, db: (2 * dx, dW, db), "Analytic is 2 times numeric everywhere."),
    (lambda dx, dW, db: (dx / 3, dW, db), "Analytic is 1/3 times numeric everywhere."),
    (lambda dx, dW, db: (dx, dW * 1.5, db), "Analytic is 3/2 times numeric everywhere."),
    (lambda dx, dW, db: (dx, dW * -0.1234, db), "Analytic is -0.1234 times numeric everywhere."),
    (lambda dx, dW, db: (dx, dW, 0 * db), "Analytic is 0 times numeric everywhere."),
    (lambda dx, dW, db: (dx, dW.T, db), "Analytic is the transpose of numeric."),
])
def test_a_simple_mistake_is_named(change, hint):
    assert refusal(wrong(change)).endswith(f"(central difference). {hint}")


def test_swapped_coordinates_are_named():
    points = rng.standard_normal((3, 5, 2))
    message = refusal(lambda dout, p: (2 * p * dout)[..., ::-1], lambda p: (p * p, p), (points,))
    assert message.endswith("Analytic is numeric with its last axis the other way round: are x and y swapped?")


@pytest.mark.parametrize("change", [lambda dx, dW, db: (dx + 1e-3, dW, db), lambda dx, dW, db: (dx[::-1], dW, db),
                                    lambda dx, dW, db: (np.abs(dx), dW, db)])
def test_no_hint_where_the_mistake_is_not_simple(change):
    assert refusal(wrong(change)).endswith("(central difference).")


def test_the_worst_entry_is_named():
    error = np.zeros((3, 4))
    error[0, 1], error[2, 0], error[1, 3] = 1e-3, 0.5, 1e-2
    message = refusal(wrong(lambda dx, dW, db: (dx + error, dW, db)))
    assert "wrong in 3 of 12 entries, the worst is x[2, 0]" in message


def test_another_seed_asks_another_question():
    """This backward is right for the doutput of seed 0 only."""
    memory = np.random.default_rng(0).standard_normal((3, 4))
    forgetful = partial(gradcheck, forward, lambda dout, cache: backward(memory, cache), (X, W, B))
    forgetful(seed=0)
    with pytest.raises(GradientError):
        forgetful(seed=1)


def test_each_input_is_named_as_the_caller_says():
    negative = wrong(lambda dx, dW, db: (dx, -dW, db))
    assert "the gradient to weights is wrong" in refusal(negative, names=("data", "weights", "bias"))
    assert "the gradient to weights is wrong" in refusal(negative, inputs={"data": X, "weights": W, "bias": B})


# Kinks and jumps

def relu(at):
    """max(0, x - at), with the right-hand derivative at the kink."""
    return elementwise(lambda x: np.maximum(x - at, 0), lambda x: np.where(x >= at, 1.0, 0.0))


@pytest.mark.parametrize("distance", [0, 1e-7, 1 / 3e6, 5e-7, 2 / 3e6, 9e-7])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_kink_within_a_step_is_noticed(distance, side):
    relu_forward, relu_backward = relu(at=side * distance)
    x = np.array([[1.0, -1.0, 0.5], [-0.5, 0.0, 2.0]])
    message = refusal(relu_backward, relu_forward, (x,), KinkError)
    doutput = np.random.default_rng(0).standard_normal((2, 3))
    found = re.fullmatch(r"L = sum\(doutput \* output\) has a kink within 1e-06 of x\[1, 1\]: its slope is (\S+) to "
                         r"the left and (\S+) to the right, and a central difference is neither\. Move the point off "
                         r"the kink, or test it one-sidedly \(one_sided_gradient gives the slopes\)", message)
    left, right = (one_sided_gradient(relu_forward, (x,), "x", doutput, side=s)[1, 1] for s in (-1, 1))
    assert float(found[1]) == pytest.approx(left, abs=1e-6)
    assert float(found[2]) == pytest.approx(right, abs=1e-6)
    assert right == pytest.approx(doutput[1, 1] * min(1, 1 - side * distance / 1e-6), abs=1e-6)
    assert " -0 " not in message


def test_a_kink_further_than_a_step_is_not():
    for at in (-1.01e-6, 1.01e-6):
        gradcheck(*relu(at), (np.zeros(3),))
    gradcheck(*relu(4e-6), (np.zeros(3),), step=3.9e-6)
    refusal(*relu(4e-6)[::-1], (np.zeros(3),), KinkError, step=4.2e-6)


@pytest.mark.parametrize("function", [
    np.abs,
    lambda x: np.maximum(0, 1 - np.abs(x)),             # the bilinear kernel
    lambda x: np.abs(x) + np.exp(3 * x),                # on top of a strong curve
    lambda x: 1e-3 * np.abs(x) + 100 * np.cos(x),       # a weak one on top of a stronger curve
    lambda x: np.sin(x) * np.abs(x) + np.maximum(x, 2 * x),
    lambda x: np.clip(x, -3e-7, 3e-7),                  # two kinks: a ramp between two flats
    lambda x: np.abs(np.abs(x) - 3e-7),                 # three
])
def test_kinks_of_all_kinds(function):
    """Whatever the backward says of such a point, right or wrong."""
    for derivative in (np.zeros_like, np.ones_like, lambda x: 1e3 + x):
        forward, backward = elementwise(function, derivative)
        for x in (np.zeros(1), np.array([0.5, 0.0])):
            assert " has a kink within 1e-06 of x[" in refusal(backward, forward, (x,), KinkError)


@pytest.mark.parametrize("function, at", [
    (lambda x: np.floor(x + 0.5), 0.5),
    (lambda x: np.floor(x + 0.5), 0.5 - 3e-7),
    (lambda x: np.floor(x + 0.5), 0.5 + 8e-7),
    (np.sign, 0.0),                                     # the same step to the left as to the right
    (lambda x: np.sin(x) + 0.01 * np.floor(x), 1.0),
])
def test_a_jump_is_noticed(function, at):
    message = refusal(lambda dout, x: np.zeros_like(x), lambda x: (function(x), x), (np.array([0.1, at]),), KinkError)
    assert "has a jump within 1e-06 of x[1]" in message and "Move the point off the jump" in message


def test_a_staircase_is_flat_between_its_jumps():
    gradcheck(*elementwise(lambda x: np.floor(x + 0.5), np.zeros_like), (np.array([-1.2, -0.4, 0.0, 0.49, 0.51, 3.0]),))


@pytest.mark.parametrize("function, derivative, at", [
    (lambda x: x**2, lambda x: 2 * x, 0.0),
    (lambda x: -1e3 * x**2, lambda x: -2e3 * x, 0.0),
    (lambda x: x**3, lambda x: 3 * x**2, 0.0),
    (lambda x: x**4, lambda x: 4 * x**3, 0.0),
    (np.cos, lambda x: -np.sin(x), 0.0),
    (lambda x: np.cos(1e5 * x), lambda x: -1e5 * np.sin(1e5 * x), 0.0),
    (np.sin, np.cos, np.pi / 2),
    (lambda x: 1 / (1 + 1e4 * x**2), lambda x: -2e4 * x / (1 + 1e4 * x**2)**2, 0.0),
    (lambda x: np.exp(-1e4 * x**2), lambda x: -2e4 * x * np.exp(-1e4 * x**2), 0.0),
    (lambda x: np.sin(300 * x), lambda x: 300 * np.cos(300 * x), 0.4),
    (lambda x: np.exp(100 * x), lambda x: 100 * np.exp(100 * x), 0.05),
    (lambda x: 1 / x, lambda x: -1 / x**2, 0.01),
    (np.sqrt, lambda x: 0.5 / np.sqrt(x), 0.01),
    (np.log, lambda x: 1 / x, 0.01),
    (lambda x: x**2 * np.log(x**2), lambda x: 2 * x * np.log(x**2) + 2 * x, 1.0),
])
def test_a_smooth_function_has_no_kinks(function, derivative, at):
    """Extrema, inflections and strong curvature, checked and passed; a wrong gradient of one is just wrong."""
    gradcheck(*elementwise(function, derivative), (np.array([at]),))
    refusal(*elementwise(function, lambda x: derivative(x) * 1.001 + 1e-3)[::-1], (np.array([at]),))


def test_a_curve_too_strong_for_the_step_is_not_a_kink():
    """Its central difference is off by 2e-5, which is no good, but no kink; a smaller step helps."""
    wave, x = elementwise(lambda x: np.sin(1e4 * x), lambda x: 1e4 * np.cos(1e4 * x)), np.array([0.0, 1e-5])
    refusal(*wave[::-1], (x,), GradientError)
    gradcheck(*wave, (x,), step=1e-7)


def test_rounding_errors_are_not_taken_for_kinks():
    """At 1e5 float64 counts in steps of 1.5e-11, which is 1.5e-5 in a slope over 1e-6: no good, but no kink."""
    x = np.random.default_rng(3).uniform(-3, 3, 50)
    refusal(*elementwise(lambda x: 1e5 + np.sin(x), np.cos)[::-1], (x,), GradientError)


def test_coordinates_rounded_a_little_pass():
    """As the samplers round them (coordinates.to_pixels), to some 50 times the precision of float64."""
    def rounding_forward(x):
        rounded = (x + 48.0) - 48.0
        return np.sin(rounded), rounded

    x = np.random.default_rng(3).uniform(-3, 3, 50)
    report = gradcheck(rounding_forward, lambda dout, x: dout * np.cos(x), (x,))["x"]
    assert 1e-9 < report.relative_error < 1e-6


def test_the_edge_of_where_a_forward_is_defined():
    def root(x):
        with np.errstate(invalid="ignore"):
            return np.sqrt(x), x

    message = refusal(lambda dout, x: dout, root, (np.array([1.0, 0.0]),), KinkError)
    assert "the output is not finite at x[1] = -1e-06, a step away: move the point" in message


def test_a_step_that_is_lost_in_a_large_number():
    message = refusal(lambda dout, x: dout, lambda x: (x, x), (np.array([1.0, 1e30]),), ValueError)
    assert "a step of -1e-06 is lost in x[1] = 1e+30" in message


def test_the_step_is_the_one_that_was_made():
    """Near 1e6 float64 counts in steps of 1.2e-10, so that the step made is not quite the one asked for."""
    gradcheck(lambda x: (x - 1e6, x), lambda dout, x: dout, (1e6 + np.arange(3.0),))


# One-sided slopes

def test_one_sided_gradient_at_a_kink():
    x, doutput = np.array([[0.0, 2.0], [-3.0, 0.0]]), np.array([[1.0, 2.0], [3.0, -4.0]])
    slopes = partial(one_sided_gradient, lambda x, y: (np.abs(x) * y, None), (x, np.ones((2, 2))), doutput=doutput)
    np.testing.assert_allclose(slopes("x"), doutput * [[1, 1], [-1, 1]], rtol=1e-8)
    np.testing.assert_allclose(slopes("x", side=+1), doutput * [[1, 1], [-1, 1]], rtol=1e-8)
    np.testing.assert_allclose(slopes("x", side=-1), doutput * [[-1, 1], [-1, -1]], rtol=1e-8)
    np.testing.assert_array_equal(slopes(0), slopes("x"))
    np.testing.assert_array_equal(slopes(np.int64(0)), slopes("x"))
    np.testing.assert_allclose(slopes(1), doutput * np.abs(x), rtol=1e-8)


def test_one_sided_gradient_is_a_difference_over_the_step():
    three, one = np.array([3.0]), np.array([1.0])
    for step in (1e-3, 0.5):
        square = partial(one_sided_gradient, lambda x: (x * x, None), (three,), "x", one, step=step)
        np.testing.assert_allclose(square(), 6 + step, rtol=1e-9)
        np.testing.assert_allclose(square(side=-1), 6 - step, rtol=1e-9)


def test_one_sided_gradient_wants_doutput_in_the_shape_of_the_output():
    with pytest.raises(ValueError, match=r"doutput must have the shape of the output, \(3, 4\), got \(4,\)"):
        one_sided_gradient(forward, (X, W, B), "b", np.ones(4))


@pytest.mark.parametrize("side", [-1, 1])
def test_every_random_kink_is_noticed(side):
    """Kinks of any strength, anywhere in the step, on top of curves of any strength, in one check of each."""
    random = np.random.default_rng(5)
    for _ in range(200):
        distance, kink, curve, slope = random.uniform(0, 0.9e-6), 10**random.uniform(-2, 3), *random.normal(0, 10, 2)

        def bent(x):
            return slope * x + curve * np.sin(x) + kink * np.maximum(side * (x - 0.3) - distance, 0)

        refusal(lambda dout, x: dout, lambda x: (bent(x), x), (np.array([0.3, 0.3]),), KinkError)


@pytest.mark.parametrize("name", [-1, 3, True, None, "c"])
def test_one_sided_gradient_wants_a_name_or_a_position(name):
    with pytest.raises(ValueError, match=f"name must be one of 'x', 'W', 'b', got {name!r}"):
        one_sided_gradient(forward, {"x": X, "W": W, "b": B}, name, np.ones((3, 4)))


@pytest.mark.parametrize("later, error, message", [
    (lambda x: None, TypeError, r"forward must return \(output, cache\), got None"),
    (lambda x: (x[:1], None), GradientError, r"keep the shape of its output, \(3,\), got \(1,\) a step away in x\[0\]"),
    (lambda x: (None, None), GradientError, r"keep the shape of its output, \(3,\), got \(\) a step away in x\[0\]"),
])
def test_a_forward_that_returns_another_thing_a_step_away(later, error, message):
    x = np.array([1.0, 2.0, 3.0])
    with pytest.raises(error, match=message):
        gradcheck(lambda moved: (moved, None) if (moved == x).all() else later(moved), lambda d, cache: d, {"x": x})


def test_a_masked_gradient_is_refused():
    with pytest.raises(TypeError, match="the gradient to x must not be a masked array"):
        gradcheck(lambda x: (x, None), lambda d, cache: np.ma.masked_array(d), (np.ones(3),))
