"""Average and max pooling against loops that read as their equations, at ties, and at the door."""

from pathlib import Path

import numpy as np
import pytest
from network_checks import images

from stn_numpy.checking.gradcheck import one_sided_gradient
from stn_numpy.network.modules import MaxPool
from stn_numpy.network.pooling import average_pool_backward, average_pool_forward, max_pool_backward, max_pool_forward

FIXTURE = Path(__file__).parents[1] / "fixtures" / "convolution.npz"
each_size = pytest.mark.parametrize("H, W", [(2, 2), (4, 6), (5, 4), (4, 7), (3, 9), (2, 3)])


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# average pooling

def average_pool_loops(U):
    V = np.zeros((*U.shape[:2], U.shape[2] // 2, U.shape[3] // 2))
    for n, c, i, j in np.ndindex(V.shape):
        V[n, c, i, j] = U[n, c, 2 * i:2 * i + 2, 2 * j:2 * j + 2].mean()
    return V


def average_pool_backward_loops(dV, shape):
    dU = np.zeros(shape)
    for n, c, i, j in np.ndindex(dV.shape):
        dU[n, c, 2 * i:2 * i + 2, 2 * j:2 * j + 2] += dV[n, c, i, j] / 4
    return dU


@each_size
def test_average_pool_equals_loops(H, W):
    U = normal(2, 3, H, W)
    V, cache = average_pool_forward(U)
    np.testing.assert_allclose(V, average_pool_loops(U), rtol=1e-14, atol=1e-16)
    dV = normal(*V.shape, seed=1)
    dU = average_pool_backward(dV, cache)
    assert dU.shape == U.shape
    np.testing.assert_array_equal(dU, average_pool_backward_loops(dV, U.shape))


def test_average_pool_leaves_out_an_odd_last_row_and_column():
    U = np.arange(15.0).reshape(1, 1, 3, 5)
    V, cache = average_pool_forward(U)
    np.testing.assert_array_equal(V, [[[[3, 5]]]])
    np.testing.assert_array_equal(average_pool_backward(np.array([[[[4.0, 8.0]]]]), cache),
                                  [[[[1, 1, 2, 2, 0], [1, 1, 2, 2, 0], [0, 0, 0, 0, 0]]]])


def test_average_pool_keeps_a_constant_and_the_sum_of_gradients():
    V, cache = average_pool_forward(np.full((2, 3, 4, 6), 0.7))
    np.testing.assert_allclose(V, 0.7, rtol=1e-15)
    dV = normal(*V.shape)
    np.testing.assert_allclose(average_pool_backward(dV, cache).sum(), dV.sum(), rtol=1e-13)


# max pooling

def max_pool_loops(U, dV):
    """The largest of 2 x 2, and its gradient to the first that is it."""
    V, dU = np.zeros(dV.shape), np.zeros(U.shape)
    for n, c, i, j in np.ndindex(dV.shape):
        four = [(n, c, 2 * i + u, 2 * j + v) for u in (0, 1) for v in (0, 1)]
        first = max(four, key=lambda pixel: U[pixel])        # of equals, Python's max takes the first
        V[n, c, i, j] = U[first]
        dU[first] = dV[n, c, i, j]
    return V, dU


@each_size
@pytest.mark.parametrize("values", [2, 1000])
def test_max_pool_equals_loops(H, W, values):
    """With many ties where there are two values only."""
    U = np.random.default_rng(0).integers(-values + 1, 1, (2, 3, H, W)).astype(float)
    V, cache = max_pool_forward(U)
    dV = normal(2, 3, H // 2, W // 2)
    wanted_V, wanted_dU = max_pool_loops(U, dV)
    np.testing.assert_array_equal(V, wanted_V)
    np.testing.assert_array_equal(max_pool_backward(dV, cache), wanted_dU)


def test_max_pool_is_that_of_pytorch():
    with np.load(FIXTURE, allow_pickle=False) as pytorch:
        V, cache = max_pool_forward(pytorch["U"])
        np.testing.assert_array_equal(V, pytorch["pool_out"])
        np.testing.assert_array_equal(max_pool_backward(pytorch["pool_dout"], cache), pytorch["pool_dU"])


def test_ties_go_to_the_first():
    _, cache = max_pool_forward(np.zeros((1, 1, 2, 4)))
    dU = max_pool_backward(np.array([[[[3.0, 4.0]]]]), cache)
    np.testing.assert_array_equal(dU, [[[[3, 0, 4, 0], [0, 0, 0, 0]]]])


def test_a_tie_is_a_kink():
    """A pixel that is raised wins alone, so each of the four has a right-hand slope of 1; one of them gets it."""
    U, dV = np.full((1, 1, 2, 2), 3.0), np.ones((1, 1, 1, 1))
    np.testing.assert_allclose(one_sided_gradient(max_pool_forward, (U,), "U", dV), 1, rtol=1e-8)
    np.testing.assert_allclose(one_sided_gradient(max_pool_forward, (U,), "U", dV, side=-1), 0, atol=1e-8)
    assert max_pool_backward(dV, max_pool_forward(U)[1]).sum() == 1


def test_max_pool_as_a_module_is_its_pair():
    pool, U, dV = MaxPool(), images(2, 3, 4, 6), images(2, 3, 2, 3, seed=1)
    V, cache = max_pool_forward(U)
    np.testing.assert_array_equal(pool.forward(U), V)
    np.testing.assert_array_equal(pool.backward(dV), max_pool_backward(dV, cache))
    assert pool.params == pool.grads == {}



# both at the door

POOLS = {"averaged": (average_pool_forward, average_pool_backward), "pooled": (max_pool_forward, max_pool_backward)}
each_pool = pytest.mark.parametrize("done", POOLS)


@each_pool
@pytest.mark.parametrize("U, error, message", [
    (normal(3, 4, 6), ValueError, "U must have shape (N, C, H, W), got (3, 4, 6)"),
    (normal(2, 3, 1, 6), ValueError,
     "U must be at least 2 pixels high and wide, to be {} 2 by 2, got shape (2, 3, 1, 6)"),
    (normal(2, 3, 6, 1), ValueError,
     "U must be at least 2 pixels high and wide, to be {} 2 by 2, got shape (2, 3, 6, 1)"),
    (normal(2, 3, 4, 6).astype(int), TypeError, "U must be float32 or float64, got int64"),
    (np.full((2, 3, 4, 6), np.inf), ValueError, "U must be finite"),
])
def test_wrong_feature_maps(done, U, error, message):
    with pytest.raises(error) as caught:
        POOLS[done][0](U)
    assert str(caught.value).startswith(message.format(done))
