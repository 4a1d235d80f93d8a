"""The samplers on grid lines, half-way between them and at the border: everywhere the slope is the right-hand one.

A ramp, an image of whole numbers and steps of 1/8 pixel make every slope exact, so that it is compared with ==.
"""

import loop_references as loops
import numpy as np
import pytest
from sampler_inputs import both_dtypes, both_rules, each_kernel, each_padding, from_pixels, random_inputs, run

from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.sampler import fast as samplers

EXACT_SHAPES = [((3, 5), True), ((2, 9), True), ((1, 5), True), ((4, 8), False), ((2, 1), False), ((1, 4), False)]


def every_half_pixel(in_shape, align_corners, images=2.5):
    """A grid of all points at multiples of half a pixel, on to this many images beyond either edge."""
    axes = [np.arange(-images * size - 1, (1 + images) * size + 1, 0.5) for size in in_shape]
    return from_pixels(np.stack(np.meshgrid(*axes, indexing="ij")[::-1], axis=-1), in_shape, align_corners)[None]


def whole_image(in_shape):
    return np.random.default_rng(3).integers(-9, 10, (1, 1, *in_shape)).astype(float)


@both_dtypes
@each_padding
@pytest.mark.parametrize("in_shape, align_corners", EXACT_SHAPES)
def test_the_slope_is_the_right_hand_one_everywhere(in_shape, align_corners, padding, dtype):
    """V is straight between grid lines, so a step of 1/8 pixel to the right gives its slope exactly."""
    U, grid = whole_image(in_shape).astype(dtype), every_half_pixel(in_shape, align_corners).astype(dtype)
    V, cache = samplers.bilinear_sampler_forward(U, grid, padding, align_corners)
    _, dgrid = samplers.bilinear_sampler_backward(np.ones_like(V), cache)
    for axis, size in enumerate(in_shape[::-1]):
        s = loops.pixels_per_unit(size, align_corners)
        moved = grid.copy()
        moved[..., axis] += 1 / (8 * (s or 1))
        step, _ = samplers.bilinear_sampler_forward(U, moved, padding, align_corners)
        np.testing.assert_array_equal(dgrid[..., axis], (8 * s * (step - V))[0])


@each_kernel
@each_padding
@pytest.mark.parametrize("in_shape, align_corners", [((2, 5), True), ((1, 5), True), ((2, 4), False)])
def test_on_the_kinks_too_the_loops_agree_exactly(in_shape, align_corners, padding, kernel):
    U, grid = whole_image(in_shape), every_half_pixel(in_shape, align_corners, images=1)
    dV = np.random.default_rng(4).integers(-9, 10, (1, 1, *grid.shape[1:-1])).astype(float)
    V, dU, dgrid = run(kernel, U, grid, dV, padding=padding, align_corners=align_corners)
    np.testing.assert_array_equal(V, loops.sampler(U, grid, kernel, padding, align_corners))
    for result, wanted in zip((dU, dgrid), loops.sampler_backward(dV, U, grid, kernel, padding, align_corners)):
        np.testing.assert_array_equal(result, wanted)


@both_dtypes
@both_rules
@each_padding
def test_a_ramp_has_slope_one_at_the_identity(padding, align_corners, dtype):
    """All of dgrid at the identity, where every point is on a kink: 1 per pixel but for what lies right of the last."""
    H, W = 4, 6
    for axis, size in enumerate((W, H)):
        ramp = np.indices((H, W))[1 - axis].astype(dtype)[None, None]
        grid, _ = affine_grid_forward(np.eye(2, 3, dtype=dtype)[None], (H, W), align_corners)
        _, cache = samplers.bilinear_sampler_forward(ramp, grid, padding, align_corners)
        _, dgrid = samplers.bilinear_sampler_backward(np.ones((1, 1, H, W), dtype), cache)
        slope = np.moveaxis(dgrid[0, ..., axis], 1 - axis, 0) / dtype(loops.pixels_per_unit(size, align_corners))
        np.testing.assert_allclose(slope[:-1], 1, rtol=1e-6)
        beyond = {"zeros": -(size - 1), "border": 0, "reflection": -1 if align_corners else 0}[padding]
        np.testing.assert_allclose(slope[-1], beyond, rtol=1e-6)


def slopes_along_x(row, x, padding, align_corners=True):
    """dV/dx in pixels at the points x of an image of one row."""
    U = np.array(row, float).reshape(1, 1, 1, -1)
    grid = from_pixels(np.stack([np.array(x, float), np.zeros(len(x))], axis=-1), U.shape[2:], align_corners)
    _, cache = samplers.bilinear_sampler_forward(U, grid[None, None], padding, align_corners)
    _, dgrid = samplers.bilinear_sampler_backward(np.ones((1, 1, 1, len(x))), cache)
    return dgrid[0, 0, :, 0] / loops.pixels_per_unit(len(row), align_corners)


def test_zeros_fade_over_one_pixel():
    row, x = [3, 5, 4, 8, 2], [-2, -1.5, -1, -0.5, 0, 3.5, 4, 4.5, 5, 6]
    np.testing.assert_array_equal(slopes_along_x(row, x, "zeros"), [0, 0, 3, 3, 2, -6, -2, -2, 0, 0])


def test_border_is_flat_outside():
    row, x = [3, 5, 4, 8, 2], [-2, -1, -0.5, 0, 1, 3.5, 4, 4.5, 5]
    np.testing.assert_array_equal(slopes_along_x(row, x, "border"), [0, 0, 0, 2, -1, -6, 0, 0, 0])


def test_reflection_runs_backwards_outside():
    row = [3, 5, 4, 8, 2]                                # aligned: .. 4 5 3 5 4 8 2 8 4 5 ..
    x = [-2, -1.5, -1, -0.5, 0, 3, 3.5, 4, 4.5, 5, 6]
    np.testing.assert_array_equal(slopes_along_x(row, x, "reflection"), [1, 1, -2, -2, 2, -6, -6, 6, 6, -4, 1])
    row = [3, 5, 4, 8]                                   # by the edges: .. 4 5 3 3 5 4 8 8 4 5 ..
    x = [-3, -2, -1.5, -1, -0.5, 0, 2.5, 3, 3.5, 4, 4.5, 5]
    np.testing.assert_array_equal(slopes_along_x(row, x, "reflection", align_corners=False),
                                  [1, -2, -2, 0, 0, 2, 4, 0, 0, -4, -4, 1])


@both_rules
@pytest.mark.parametrize("padding", ["border", "reflection"])
@pytest.mark.parametrize("in_shape", [(4, 8), (1, 1), (3, 5), (6, 7)])
def test_a_constant_image_has_no_slope_on_any_kink(in_shape, padding, align_corners):
    U, grid = np.full((1, 2, *in_shape), 7.0), every_half_pixel(in_shape, align_corners)
    V, cache = samplers.bilinear_sampler_forward(U, grid, padding, align_corners)
    np.testing.assert_array_equal(V, 7)
    _, dgrid = samplers.bilinear_sampler_backward(np.random.default_rng(0).standard_normal(V.shape), cache)
    np.testing.assert_array_equal(dgrid, 0)


def test_the_integer_sampler_goes_up_half_way():
    U, x = np.arange(10.0, 15).reshape(1, 1, 1, 5), np.array([-0.75, -0.5, 0, 0.5, 1.5, 2.5, 3.25, 4.25, 4.5])
    grid = from_pixels(np.stack([x, 0 * x], axis=-1), (1, 5), True)[None, None]
    V, _ = samplers.integer_sampler_forward(U, grid)
    np.testing.assert_array_equal(V[0, 0, 0], [0, 10, 10, 11, 12, 13, 13, 14, 0])


@each_padding
def test_the_integer_sampler_teaches_the_grid_nothing(padding):
    U, grid, dV = random_inputs((4, 5), (6, 7))
    _, _, dgrid = run("integer", U, grid, dV, padding=padding)
    assert dgrid.shape == grid.shape
    np.testing.assert_array_equal(dgrid, 0)
