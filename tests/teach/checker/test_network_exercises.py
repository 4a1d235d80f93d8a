"""The exercises on networks: other right answers, and what people really get wrong, part by part."""

import numpy as np
import pytest

from stn_numpy import teach
from teach_help import solution

linear = solution("linear_backward")
localisation = solution("localisation_backward")


def linear_by_loops(dout, x, W, b):
    (N, D), K = x.shape, len(b)
    dx, dW, db = np.zeros((N, D)), np.zeros((D, K)), np.zeros(K)
    for n in range(N):
        for k in range(K):
            db[k] += dout[n, k]
            for d in range(D):
                dx[n, d] += dout[n, k] * W[d, k]
                dW[d, k] += dout[n, k] * x[n, d]
    return dx, dW, db


def linear_by_einsum(dout, x, W, b):
    return np.einsum("nk,dk->nd", dout, W), np.einsum("nd,nk->dk", x, dout), np.einsum("nk->k", dout)


def localisation_by_masks(dtheta, x, W1, b1, W2, b2):
    z = np.dot(x, W1) + b1
    h = np.where(z > 0, z, 0)
    dz = np.dot(dtheta, np.transpose(W2))
    dz[h == 0] = 0
    return dz @ W1.T, np.tensordot(x, dz, (0, 0)), sum(dz), h.T @ dtheta, np.ones(len(x)) @ dtheta


def loss_by_loops(dloss, logits, labels):
    dlogits = np.zeros_like(logits)
    for n, row in enumerate(logits):
        for k in range(len(row)):
            p = 1 / sum(np.exp(np.clip(other - row[k], -700, 700)) for other in row)
            dlogits[n, k] = dloss * (p - (k == labels[n])) / len(logits)
    return dlogits


def loss_by_one_hot(dloss, logits, labels):
    log_p = logits - logits.max()
    log_p = log_p - np.log(np.exp(logits - logits.max(1)[:, None]).sum(1))[:, None] - (logits.max(1) - logits.max())[:, None]
    return (np.exp(log_p) - np.eye(logits.shape[1])[labels]) * dloss / labels.size


def relu_by_loops(dout, x):
    dx = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        if x[place] > 0:
            dx[place] = dout[place]
    return dx


def said(id, function):
    result = teach.check(id, function)
    return result, " ".join(result.message.split())


@pytest.mark.parametrize("id, function", [
    ("linear_backward", linear_by_loops), ("linear_backward", linear_by_einsum),
    ("localisation_backward", localisation_by_masks), ("relu_backward", relu_by_loops),
    ("softmax_cross_entropy_backward", loss_by_loops), ("softmax_cross_entropy_backward", loss_by_one_hot),
    ("softmax", lambda logits: 1 / np.exp(logits[:, None, :] - logits[:, :, None]).sum(axis=2)),
    ("sgd_step", lambda p, g, v, rate, m: (p - (rate * g - m * v), -(rate * g - m * v))),
    ("relu_backward", lambda dout, x: dout * (np.maximum(x, 0) > 0)),
    ("localisation_forward", lambda x, W1, b1, W2, b2: (lambda z: z * (z > 0))(x @ W1 + b1) @ W2 + b2),
])
def test_another_right_answer_passes(id, function):
    assert teach.check(id, function).status == "passed"


@pytest.mark.parametrize("slope", [0, 0.3, 1])
def test_the_slope_at_the_kink_is_free(slope):
    assert teach.check("relu_backward", lambda dout, x: dout * np.heaviside(x, slope))


def test_but_it_is_a_number():
    assert "NaN" in said("relu_backward", lambda dout, x: dout * np.maximum(x, 0) / x)[1]


@pytest.mark.parametrize("spoil, id, words", [
    (lambda N, dx, dW, db: (dx, dW, db / N), "averaged_over_batch", "dx and dW are right; db is not right."),
    (lambda N, dx, dW, db: (dx, dW / N, db), "averaged_over_batch", "dx and db are right; dW is not right."),
    (lambda N, dx, dW, db: (dx, dW / N, db / N), "averaged_over_batch", "dx is right; dW and db are not right."),
])
def test_a_mean_is_named_in_the_part_that_it_is_in(spoil, id, words):
    result, message = said("linear_backward", lambda dout, *rest: spoil(len(dout), *linear(dout, *rest)))
    assert result.mistakes == (id,) and words in message


@pytest.mark.parametrize("spoil, words", [
    (lambda dx, dW, db: (dx, dW.T, db), "dW should have shape (5, 4)"),
    (lambda dx, dW, db: (dx, dW, db[:, None]), "db should have shape (4,)"),
    (lambda dx, dW, db: (dx, dW, db.sum()), "db should have shape (4,)"),
    (lambda dx, dW, db: (dW, dx, db), "another order: (5, 4), (3, 5), (4,)"),
])
def test_a_part_of_another_shape_is_named(spoil, words):
    result, message = said("linear_backward", lambda *arguments: spoil(*linear(*arguments)))
    assert result.status == "shape" and words in message


@pytest.mark.parametrize("change, id, words", [
    (lambda z, h, dh: (dh, h), "relu_forgotten", "dW2 and db2 are right; dx, dW1 and db1 are not right."),
    (lambda z, h, dh: (dh * (dh > 0), h), "mask_of_upstream", "dW2 and db2 are right"),
    (lambda z, h, dh: (dh * (z > 0), z), "before_relu", "dx, dW1, db1 and db2 are right; dW2 is not right."),
])
def test_the_chain_names_the_parts_behind_a_mistake(change, id, words):
    def learner(dtheta, x, W1, b1, W2, b2):
        z = x @ W1 + b1
        h = np.maximum(z, 0)
        dz, seen = change(z, h, dtheta @ W2.T)
        return dz @ W1.T, x.T @ dz, dz.sum(axis=0), seen.T @ dtheta, dtheta.sum(axis=0)

    result, message = said("localisation_backward", learner)
    assert result.mistakes == (id,) and words in message


def into_the_arrays(param, grad, velocity, learning_rate, momentum):
    velocity *= momentum
    velocity -= learning_rate * grad
    param += velocity
    return param, velocity


def test_a_step_in_place_has_the_right_numbers_and_is_told_of_its_side_effect():
    result, message = said("sgd_step", into_the_arrays)
    assert result.status == "changed input" and "param, velocity" in message


@pytest.mark.parametrize("learner, words", [
    (lambda p, g, v, rate, m: (p - rate * g, -rate * g), "the old velocity is thrown away"),
    (lambda p, g, v, rate, m: (p + m * v - rate * g, v), "velocity is not right"),
    (lambda p, g, v, rate, m: (p - rate * (m * v + g), m * v + g), "which PyTorch uses"),
])
def test_what_people_do_in_a_step_is_named(learner, words):
    result, message = said("sgd_step", learner)
    assert result.status == "named" and words in message


def test_an_overflow_is_named():
    def learner(dloss, logits, labels):
        e = np.exp(logits)
        p = e / e.sum(axis=1, keepdims=True)
        p[np.arange(len(p)), labels] -= 1
        return dloss * p / len(p)

    result, message = said("softmax_cross_entropy_backward", learner)
    assert result.mistakes == ("no_maximum",) and "they are NaN" in message


def test_parts_of_one_shape_that_have_changed_places_are_told():
    result, message = said("sgd_step", lambda *arguments: solution("sgd_step")(*arguments)[::-1])
    assert result.status == "different" and "Your param has the numbers that velocity should have." in message
    assert "Your velocity has the numbers that param should have." in message
