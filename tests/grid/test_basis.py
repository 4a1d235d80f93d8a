"""Grids from a basis, T_theta = M_theta B: sums over the basis, the affine grid as one case, and bad input."""

import numpy as np
import pytest

from stn_numpy.grid.affine import affine_grid_backward, affine_grid_forward
from stn_numpy.grid.basis import basis_grid_backward, basis_grid_forward
from stn_numpy.grid.coordinates import target_points

RNG = np.random.default_rng(0)
THETA, B = RNG.standard_normal((2, 2, 5)), RNG.standard_normal((5, 12))


def test_forward_is_a_sum_over_the_basis():
    grid, _ = basis_grid_forward(THETA, B, (3, 4))
    assert grid.shape == (2, 3, 4, 2)
    for n, i, j, r in np.ndindex(grid.shape):
        assert grid[n, i, j, r] == pytest.approx(sum(THETA[n, r, k] * B[k, 4 * i + j] for k in range(5)), rel=1e-13)


def test_backward_is_a_sum_over_points_and_over_images():
    grid, cache = basis_grid_forward(THETA, B, (3, 4))
    dgrid = np.random.default_rng(1).standard_normal(grid.shape)
    dtheta, dB = np.zeros(THETA.shape), np.zeros(B.shape)
    for n, i, j, r in np.ndindex(grid.shape):
        for k in range(5):
            dtheta[n, r, k] += dgrid[n, i, j, r] * B[k, 4 * i + j]
            dB[k, 4 * i + j] += dgrid[n, i, j, r] * THETA[n, r, k]
    for got, wanted in zip(basis_grid_backward(dgrid, cache), (dtheta, dB), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("out_shape", [(3, 4), (2, 3, 4)])
def test_the_regular_grid_as_basis_gives_the_affine_grid(out_shape, align_corners):
    d = len(out_shape)
    theta = np.random.default_rng(2).standard_normal((2, d, d + 1))
    grid, cache = basis_grid_forward(theta, target_points(out_shape, align_corners, np.dtype(float)), out_shape)
    affine_grid, affine_cache = affine_grid_forward(theta, out_shape, align_corners)
    np.testing.assert_allclose(grid, affine_grid, rtol=0, atol=1e-14)
    dtheta, _ = basis_grid_backward(grid, cache)
    np.testing.assert_allclose(dtheta, affine_grid_backward(grid, affine_cache), rtol=1e-12)


def test_the_cache_keeps_theta_and_B_as_they_were():
    """A learned B, and a theta in place, may be changed before the backward pass."""
    inputs = THETA.copy(), B.copy()
    grid, cache = basis_grid_forward(*inputs, (3, 4))
    wanted = basis_grid_backward(grid, cache)
    for array in inputs:
        array[...] = 0
    for got, gradient in zip(basis_grid_backward(grid, cache), wanted, strict=True):
        np.testing.assert_array_equal(got, gradient)


@pytest.mark.parametrize("theta, B, out_shape, error, message", [
    (THETA, B, (3, 5), ValueError, "B must have shape (K, 15), got (5, 12)"),
    (THETA, B[:4], (3, 4), ValueError, "B must have shape (K, 12) with K = 5 as in theta, got (4, 12)"),
    (THETA, B, (1, 3, 4), ValueError, "theta must have shape (N, 3, K), got (2, 2, 5)"),
    (THETA.reshape(2, 10), B, (3, 4), ValueError, "theta must have shape (N, 2, K), got (2, 10)"),
    (THETA, B.astype(np.float32), (3, 4), TypeError, "B must have the dtype of theta, float64, got float32"),
    (THETA, B * np.nan, (3, 4), ValueError, "B must be finite"),
    (THETA, B, 12, ValueError, "out_shape must be (H_out, W_out), positive whole numbers, got 12"),
])
def test_wrong_arguments(theta, B, out_shape, error, message):
    with pytest.raises(error) as caught:
        basis_grid_forward(theta, B, out_shape)
    assert message in str(caught.value)
