"""Where a grid lies, in words, and the warning of a transformer whose grid seems to be in pixels."""

import numpy as np
import pytest
from network_checks import images

import stn_numpy as stn
from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.grid.describe import PIXELS, describe_grid, looks_like_pixels, some_points

IDENTITY = affine_grid_forward(np.eye(2, 3)[None], (20, 30))[0]
PIXEL_GRID = np.stack(np.meshgrid(np.arange(30.0), np.arange(20.0)), axis=-1)[None]


def test_the_identity_is_inside():
    assert describe_grid(IDENTITY, (20, 30)) == (
        "x from -1 to 1, y from -1 to 1; 100 % of the points lie inside the image, -1 .. 1")


def test_pixels_are_recognised_and_the_formula_is_given():
    text = describe_grid(PIXEL_GRID, (20, 30))
    assert text.startswith("x from 0 to 29, y from 0 to 19; 0.667 % of the points lie inside the image, -1 .. 1; nearly")
    assert "x_s = (x - (W - 1)/2) / s, with s = pixels_per_unit(W, align_corners)" in text
    x_s = (PIXEL_GRID[..., 0] - (30 - 1) / 2) / stn.pixels_per_unit(30, True)
    np.testing.assert_allclose(x_s, IDENTITY[..., 0], atol=1e-12)


def test_a_grid_far_away_is_no_grid_in_pixels():
    assert describe_grid(IDENTITY + 1e6, (20, 30)).endswith(
        "theta looks beside the image, or at a region so large that every point misses it")


def test_volumes():
    grid, _ = affine_grid_forward(np.eye(3, 4)[None] * 2, (2, 3, 4))
    assert describe_grid(grid, (2, 3, 4)) == (
        "x from -2 to 2, y from -2 to 2, z from -2 to 2; 0 % of the points lie inside the image, -1 .. 1: theta looks "
        "beside the image, or at a region so large that every point misses it")


@pytest.mark.parametrize("grid", [IDENTITY, 2 * IDENTITY, 5 * IDENTITY, IDENTITY + 1, IDENTITY + 5, IDENTITY + [5, 0],
                                  PIXEL_GRID + 30, PIXEL_GRID - 15])
def test_what_does_not_look_like_pixels(grid):
    assert not looks_like_pixels(grid, (20, 30))


def test_some_points_are_enough():
    assert looks_like_pixels(some_points(PIXEL_GRID), (20, 30))
    assert some_points(PIXEL_GRID).shape == (1, 10, 10, 2) and some_points(PIXEL_GRID[:, :3, :3]).shape == (1, 3, 3, 2)


@pytest.mark.parametrize("grid, in_shape, message", [
    (IDENTITY[0], (20, 30), "grid must have shape (N, H_out, W_out, 2), got (20, 30, 2)"),
    (IDENTITY, (20, 30, 4), "grid must have shape (N, D_out, H_out, W_out, 3), got (1, 20, 30, 2)"),
    (IDENTITY, 20, "in_shape must be (H, W), positive whole numbers, got 20"),
    (IDENTITY, [[4], 5], "in_shape must be (H, W), positive whole numbers, got [[4], 5]"),
])
def test_wrong_arguments(grid, in_shape, message):
    with pytest.raises(ValueError) as caught:
        describe_grid(grid, in_shape)
    assert str(caught.value) == message


PIXEL_THETAS = {"affine": [10, 0, 9.5, 0, 10, 9.5], "attention": [10, 9.5, 9.5], "similarity": [10, 0, 9.5, 9.5],
                "projective": [10, 0, 9.5, 0, 10, 9.5, 0, 0]}


@pytest.mark.parametrize("name", PIXEL_THETAS)
def test_a_transformer_whose_theta_is_in_pixels_warns_once(name):
    transformer, U = stn.SpatialTransformer(stn.Linear(400, stn.n_parameters(name)), name), images(2, 1, 20, 20)
    transformer.forward(U)                                   # the identity: no warning
    transformer.params["localisation.b"][...] = PIXEL_THETAS[name]
    with pytest.warns(UserWarning) as caught:
        transformer.forward(U)
    assert [str(warning.message) for warning in caught] == [PIXELS] and caught[0].filename == __file__
    transformer.forward(U)                                   # and no second one, which would be an error here
