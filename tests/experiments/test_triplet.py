"""The triplet hinge loss: against the loops that it is, at the kink, and what it refuses."""

import numpy as np
import pytest

from stn_numpy.checking.gradcheck import one_sided_gradient
from stn_numpy.experiments.triplet import triplet_hinge_backward, triplet_hinge_forward


def loops(e, e_random, alpha):
    total = 0.0
    for n in range(len(e)):
        for m in range(len(e)):
            if m != n:
                total += max(0.0, sum((e[n] - e[m]) ** 2) - sum((e[n] - e_random[n]) ** 2) + alpha)
    return total


@pytest.mark.parametrize("alpha", [1.0, 0.0, -2.5, 20.0])
def test_the_value_is_that_of_the_loops(alpha):
    e, e_random = np.random.default_rng(0).standard_normal((2, 5, 3))
    loss, cache = triplet_hinge_forward(e, e_random, alpha)
    assert loss == pytest.approx(loops(e, e_random, alpha), rel=1e-12)
    assert alpha == 20 or 0 < cache.active.sum() < 20                   # else half of the hinge were not tried


def test_by_hand():
    e, e_random = np.array([[0.0], [1.0]]), np.array([[3.0], [1.0]])
    loss, cache = triplet_hinge_forward(e, e_random)     # margins 1 - 9 + 1 < 0 and 1 - 0 + 1 = 2
    assert loss == 2.0
    de, de_random = triplet_hinge_backward(1.0, cache)
    np.testing.assert_array_equal(de, [[-2], [2]])
    np.testing.assert_array_equal(de_random, [[0], [0]])


def test_encodings_that_agree_and_are_far_from_the_random_ones_cost_nothing():
    e = np.ones((4, 3))
    loss, cache = triplet_hinge_forward(e, e + 1)
    assert loss == 0 and not any(gradient.any() for gradient in triplet_hinge_backward(1.0, cache))
    assert triplet_hinge_forward(e, e)[0] == 12.0                       # and alpha a pair where nothing differs


def test_at_the_kink_the_derivative_is_the_right_hand_one():
    e, e_random = np.array([[0.0], [0.0]]), np.array([[1.0], [5.0]])    # margins 0 - 1 + 1 = 0 and 0 - 25 + 1
    _, cache = triplet_hinge_forward(e, e_random)
    assert cache.active.tolist() == [[0, 1], [0, 0]]
    right = one_sided_gradient(triplet_hinge_forward, (e, e_random), "e", np.array(1.0))
    np.testing.assert_allclose(triplet_hinge_backward(1.0, cache)[0], [[2], [0]])
    assert right[0, 0] == pytest.approx(2, abs=1e-4)


@pytest.mark.parametrize("e, e_random, alpha, error, words", [
    (np.ones((1, 3)), np.ones((1, 3)), 1, ValueError, "at least two images to compare, got 1"),
    (np.ones((2, 3)), np.ones((2, 4)), 1, ValueError, r"e_random must have shape \(N, K\) with K = 3 as in e"),
    (np.ones((2, 3)), np.ones((2, 3)), np.nan, ValueError, "alpha must be a finite number, got nan"),
    (np.ones((2, 3), int), np.ones((2, 3)), 1, TypeError, "e must be float32 or float64, got int64"),
    (np.ones((2, 3)), np.full((2, 3), np.inf), 1, ValueError, "e_random must be finite"),
])
def test_what_it_refuses(e, e_random, alpha, error, words):
    with pytest.raises(error, match=words):
        triplet_hinge_forward(e, e_random, alpha)
