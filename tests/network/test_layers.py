"""The layers against loops that read as their equations, at their kinks, and in float32. Their gradients are checked in
test_every_gradient.py, and what their backwards refuse in test_every_door.py."""

import numpy as np
import pytest

from stn_numpy.checking.gradcheck import KinkError, gradcheck, one_sided_gradient
from stn_numpy.network.layers import (linear_backward, linear_forward, relu_backward, relu_forward,
                                      softmax_cross_entropy_backward, softmax_cross_entropy_forward)

N, D, K = 3, 4, 5
LABELS = np.array([4, 0, 2])


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def refusal(error, function, *args):
    with pytest.raises(error) as caught:
        function(*args)
    return str(caught.value)


# linear

def linear_loops(x, W, b):
    out = np.zeros((len(x), len(b)))
    for n in range(len(x)):
        for k in range(len(b)):
            out[n, k] = b[k]
            for d in range(len(W)):
                out[n, k] += x[n, d] * W[d, k]
    return out


def linear_backward_loops(dout, x, W):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[1])
    for n, k in np.ndindex(dout.shape):
        db[k] += dout[n, k]
        for d in range(len(W)):
            dx[n, d] += dout[n, k] * W[d, k]
            dW[d, k] += dout[n, k] * x[n, d]
    return dx, dW, db


def test_linear_equals_loops():
    x, W, b, dout = normal(N, D), normal(D, K, seed=1), normal(K, seed=2), normal(N, K, seed=3)
    out, cache = linear_forward(x, W, b)
    np.testing.assert_allclose(out, linear_loops(x, W, b), rtol=1e-13)
    for got, wanted in zip(linear_backward(dout, cache), linear_backward_loops(dout, x, W), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-13)


def test_linear_by_hand():
    W = np.array([[3.0, 5.0, 0.0], [4.0, 6.0, 1.0]])
    out, cache = linear_forward(np.array([[1.0, 2.0]]), W, np.array([0.5, 0, 0]))
    np.testing.assert_array_equal(out, [[11.5, 17, 2]])
    dx, dW, db = linear_backward(np.array([[1.0, 0.0, 10.0]]), cache)
    np.testing.assert_array_equal(dx, [[3, 14]])
    np.testing.assert_array_equal(dW, [[1, 0, 10], [2, 0, 20]])
    np.testing.assert_array_equal(db, [1, 0, 10])


def test_linear_gradients_are_summed_over_the_batch():
    """The same image twice: the parameters get twice the gradient."""
    x, W, b, dout = normal(1, D), normal(D, K, seed=1), normal(K, seed=2), normal(1, K, seed=3)
    once = linear_backward(dout, linear_forward(x, W, b)[1])
    twice = linear_backward(np.tile(dout, (2, 1)), linear_forward(np.tile(x, (2, 1)), W, b)[1])
    np.testing.assert_allclose(twice[0], np.tile(once[0], (2, 1)), rtol=1e-15)
    np.testing.assert_allclose(twice[1], 2 * once[1], rtol=1e-15)
    np.testing.assert_allclose(twice[2], 2 * once[2], rtol=1e-15)


def test_linear_without_dx():
    _, cache = linear_forward(normal(N, D), normal(D, K), normal(K))
    _, *wanted = linear_backward(normal(N, K), cache)
    dx, *got = linear_backward(normal(N, K), cache, need_dx=False)
    assert dx is None
    np.testing.assert_array_equal(got[0], wanted[0])
    np.testing.assert_array_equal(got[1], wanted[1])


@pytest.mark.parametrize("x, W, b, message", [
    (normal(D), normal(D, K), normal(K), "x must have shape (N, D), got (4,)"),
    (normal(N, D), normal(K, D), normal(K), "W must have shape (D, K) with D = 4 as in x, got (5, 4)"),
    (normal(N, D), normal(D, K), normal(D), "b must have shape (K,) with K = 5 as in W, got (4,)"),
    (normal(N, D), normal(D, K), normal(1, K), "b must have shape (K,), got (1, 5)"),
    (normal(0, D), normal(D, K), normal(K), "x must not be empty"),
    (normal(N, D), normal(D, K) * np.nan, normal(K), "W must be finite, but 20 of 20 entries are not: W[0, 0] = nan"),
])
def test_linear_refuses(x, W, b, message):
    assert refusal(ValueError, linear_forward, x, W, b).startswith(message)


def test_linear_refuses_other_dtypes():
    x, W, b = normal(N, D), normal(D, K), normal(K)
    assert "x must be float32 or float64, got int64" in refusal(TypeError, linear_forward, x.astype(int), W, b)
    assert "W must have the dtype of x, float64, got float32" in refusal(TypeError, linear_forward, x, np.float32(W), b)


# relu

@pytest.mark.parametrize("shape", [(), (7,), (3, 4), (2, 3, 4, 5), (2, 1, 2, 1, 2)])
def test_relu_equals_loops(shape):
    x, dout = normal(*shape), normal(*shape, seed=1)
    out, cache = relu_forward(x)
    dx = relu_backward(dout, cache)
    assert np.shape(out) == np.shape(dx) == shape
    for index in np.ndindex(shape):
        assert out[index] == (x[index] if x[index] > 0 else 0)
        assert dx[index] == (dout[index] if x[index] > 0 else 0)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_relu_at_its_kink_has_the_right_hand_derivative(zero):
    x, dout = np.array([[1.0, zero, -1.0], [zero, -2.0, 2.0]]), normal(2, 3)
    out, cache = relu_forward(x)
    np.testing.assert_array_equal(out, [[1, 0, 0], [0, 0, 2]])
    dx = relu_backward(dout, cache)
    np.testing.assert_array_equal(dx, dout * [[1, 1, 0], [1, 0, 1]])
    np.testing.assert_allclose(dx, one_sided_gradient(relu_forward, (x,), "x", dout), rtol=1e-8)
    left = one_sided_gradient(relu_forward, (x,), "x", dout, side=-1)
    np.testing.assert_allclose(left, dout * [[1, 0, 0], [0, 0, 1]], rtol=1e-8)
    with pytest.raises(KinkError, match=r"within 1e-06 of x\[0, 1\]"):
        gradcheck(relu_forward, relu_backward, (x,))


@pytest.mark.parametrize("x, error, message", [
    (np.ones((2, 3), int), TypeError, "x must be float32 or float64, got int64"),
    (np.array([1.0, np.inf]), ValueError, "x must be finite, but 1 of 2 entries are not: x[1] = inf"),
    (np.ones((2, 0)), ValueError, "x must not be empty"),
])
def test_relu_refuses(x, error, message):
    assert message in refusal(error, relu_forward, x)


# softmax cross-entropy

def softmax_cross_entropy_loops(logits, labels):
    """As the definition says, without subtracting the largest."""
    loss, dlogits = 0.0, np.zeros_like(logits)
    for n in range(len(logits)):
        exps = [np.exp(logit) for logit in logits[n]]
        loss -= np.log(exps[labels[n]] / sum(exps)) / len(logits)
        for k in range(len(exps)):
            dlogits[n, k] = (exps[k] / sum(exps) - (k == labels[n])) / len(logits)
    return loss, dlogits


@pytest.mark.parametrize("dloss", [1, 1.0, -2.5, np.float64(0.3), np.array(4.0)])
def test_softmax_cross_entropy_equals_loops(dloss):
    logits = 3 * normal(N, K)
    loss, cache = softmax_cross_entropy_forward(logits, LABELS)
    wanted, dlogits = softmax_cross_entropy_loops(logits, LABELS)
    assert np.ndim(loss) == 0
    np.testing.assert_allclose(loss, wanted, rtol=1e-13)
    np.testing.assert_allclose(softmax_cross_entropy_backward(dloss, cache), dloss * dlogits, rtol=1e-12)


@pytest.mark.parametrize("classes", [1, 2, 10])
@pytest.mark.parametrize("level", [0.0, -7.0, 1e4])
def test_equal_logits_give_log_K(classes, level):
    loss, cache = softmax_cross_entropy_forward(np.full((4, classes), level), np.zeros(4, int))
    np.testing.assert_allclose(loss, np.log(classes), rtol=1e-14)
    truth = np.eye(classes)[np.zeros(4, int)]
    np.testing.assert_allclose(softmax_cross_entropy_backward(1, cache), (1 / classes - truth) / 4, atol=1e-16)


def test_a_number_added_to_a_row_changes_nothing():
    logits, rows = normal(N, K), np.array([[1e3], [-1e3], [0.5]])
    loss, cache = softmax_cross_entropy_forward(logits, LABELS)
    shifted_loss, shifted_cache = softmax_cross_entropy_forward(logits + rows, LABELS)
    np.testing.assert_allclose(shifted_loss, loss, rtol=1e-12)
    np.testing.assert_allclose(shifted_cache.probabilities, cache.probabilities, rtol=1e-12)
    dlogits = softmax_cross_entropy_backward(1, cache)
    np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=1e-16)      # so the gradient has no part along it


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e4, 1e30])
def test_huge_logits(dtype, size):
    """The first row is certain and right, the second certain and wrong: its loss is the gap itself."""
    logits = np.array([[size, 0, -size], [0, size, -size]], dtype)
    loss, cache = softmax_cross_entropy_forward(logits, [0, 2])
    assert loss == dtype(size) and loss.dtype == dtype
    np.testing.assert_array_equal(softmax_cross_entropy_backward(1, cache), np.array([[0, 0, 0], [0, 1, -1]]) / 2)


def test_small_losses_keep_their_digits():
    """With the true logit ahead by 30, the loss is log(1 + e^-30), about 1e-13."""
    loss, _ = softmax_cross_entropy_forward(np.array([[30.0, 0.0]]), [0])
    np.testing.assert_allclose(loss, np.log1p(np.exp(-30)), atol=1e-15)


@pytest.mark.parametrize("logits, labels, error, message", [
    (normal(N), LABELS, ValueError, "logits must have shape (N, K), got (3,)"),
    (normal(N, K), LABELS[:2], ValueError, "labels must have shape (3,), one for each row, got (2,)"),
    (normal(N, K), [0, 1, 5], ValueError, "labels must lie in 0..4, got values from 0 to 5"),
    (normal(N, K), [0, 1, -1], ValueError, "labels must lie in 0..4, got values from -1 to 1"),
    (normal(N, K), [0.0, 1.0, 2.0], TypeError, "labels must be integers, got float64"),
    (normal(N, K).astype(int), LABELS, TypeError, "logits must be float32 or float64, got int64"),
    (np.full((N, K), np.nan), LABELS, ValueError, "logits must be finite"),
    (normal(0, K), [], ValueError, "logits must not be empty"),
])
def test_softmax_cross_entropy_refuses(logits, labels, error, message):
    assert message in refusal(error, softmax_cross_entropy_forward, logits, labels)


def test_softmax_cross_entropy_keeps_labels_of_its_own():
    labels = LABELS.copy()
    _, cache = softmax_cross_entropy_forward(normal(N, K), labels)
    labels[:] = 0
    np.testing.assert_array_equal(cache.labels, LABELS)


# float32

def test_a_python_number_as_dloss_keeps_float32():
    loss, cache = softmax_cross_entropy_forward(normal(N, K).astype(np.float32), LABELS)
    assert loss.dtype == np.float32
    for dloss in (1, 1.0, np.float64(1)):
        assert softmax_cross_entropy_backward(dloss, cache).dtype == np.float32


@pytest.mark.parametrize("shape", [(), (3,)])
def test_relu_keeps_float32(shape):
    out, cache = relu_forward(normal(*shape).astype(np.float32) if shape else np.float32(0.5))
    assert out.dtype == np.float32 and relu_backward(np.ones(shape, np.float32), cache).dtype == np.float32
