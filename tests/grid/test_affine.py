"""The affine grid generator: against its equation in loops, the identity exactly, and what it refuses."""

import loop_references as loops
import numpy as np
import pytest

from stn_numpy.grid.affine import affine_from_pixels, affine_grid_backward, affine_grid_forward
from stn_numpy.grid.coordinates import pixels_per_unit, to_pixels
from stn_numpy.sampler.fast import bilinear_sampler_forward

IDENTITY = np.eye(2, 3)[None]
both_rules = pytest.mark.parametrize("align_corners", [True, False])
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])
OUT_SHAPES = [(4, 6), (1, 5), (5, 1), (1, 1), (2, 4, 3), (1, 2, 3), (3, 1, 1)]


def thetas(d, N=3, dtype=np.float64):
    return np.random.default_rng(d).standard_normal((N, d, d + 1)).astype(dtype)


def tolerance(dtype):
    return {np.float64: 1e-13, np.float32: 2e-5}[dtype]


@both_dtypes
@both_rules
@pytest.mark.parametrize("out_shape", OUT_SHAPES)
def test_forward_is_equation_1(out_shape, align_corners, dtype):
    theta = thetas(len(out_shape), dtype=dtype)
    grid, _ = affine_grid_forward(theta, out_shape, align_corners)
    assert grid.dtype == dtype and grid.shape == (3, *out_shape, len(out_shape))
    np.testing.assert_allclose(grid, loops.affine_grid(theta, out_shape, align_corners), rtol=0, atol=tolerance(dtype))


@both_dtypes
@both_rules
@pytest.mark.parametrize("out_shape", OUT_SHAPES)
def test_backward_is_the_sum_over_all_points(out_shape, align_corners, dtype):
    theta = thetas(len(out_shape), dtype=dtype)
    grid, cache = affine_grid_forward(theta, out_shape, align_corners)
    dgrid = np.random.default_rng(9).standard_normal(grid.shape).astype(dtype)
    before = dgrid.copy()
    dtheta = affine_grid_backward(dgrid, cache)
    assert dtheta.dtype == dtype and dtheta.shape == theta.shape
    np.testing.assert_allclose(dtheta, loops.affine_grid_backward(dgrid, align_corners), rtol=0, atol=tolerance(dtype))
    np.testing.assert_array_equal(dgrid, before)


@pytest.mark.parametrize("out_shape", [(4, 6), (2, 3, 4)])
def test_flat_theta_is_the_matrix_row_by_row(out_shape):
    theta = thetas(len(out_shape))
    flat = theta.reshape(3, -1)
    grid, cache = affine_grid_forward(theta, out_shape)
    flat_grid, flat_cache = affine_grid_forward(flat, out_shape)
    np.testing.assert_array_equal(flat_grid, grid)
    dtheta = affine_grid_backward(grid, cache)
    flat_dtheta = affine_grid_backward(grid, flat_cache)
    assert flat_dtheta.shape == flat.shape
    np.testing.assert_array_equal(flat_dtheta, dtheta.reshape(flat.shape))


@both_dtypes
@both_rules
@pytest.mark.parametrize("out_shape", [(1, 1), (2, 3), (28, 28), (13, 42), (65, 7), (3, 4, 5)])
def test_the_identity_hits_every_pixel_centre_exactly(out_shape, align_corners, dtype):
    d = len(out_shape)
    theta = np.repeat(np.eye(d, d + 1, dtype=dtype)[None], 2, axis=0)
    grid, _ = affine_grid_forward(theta, out_shape, align_corners)
    for axis, size in enumerate(out_shape[::-1]):
        pixels = np.indices(out_shape)[d - 1 - axis]
        for n in range(2):
            np.testing.assert_array_equal(to_pixels(grid[n, ..., axis], size, align_corners), pixels)


def test_x_runs_along_the_width_and_comes_first():
    grid, _ = affine_grid_forward(IDENTITY, (2, 3))
    np.testing.assert_array_equal(grid[0, :, :, 0], [[-1, 0, 1], [-1, 0, 1]])
    np.testing.assert_array_equal(grid[0, :, :, 1], [[-1, -1, -1], [1, 1, 1]])


def test_theta_says_where_to_look():
    look_right = np.array([[[1.0, 0, 0.5], [0, 1, 0]]])
    grid, _ = affine_grid_forward(look_right, (3, 3))
    assert grid[0, 1, 1].tolist() == [0.5, 0]        # the middle of the output shows what is right of the middle
    zoom_in = np.array([[[0.5, 0, 0], [0, 0.5, 0]]])
    assert np.abs(affine_grid_forward(zoom_in, (3, 3))[0]).max() == 0.5      # looking at a smaller part enlarges it


def test_the_depth_comes_last():
    theta = np.zeros((1, 3, 4))
    theta[0, :, 3] = 1, 2, 3
    np.testing.assert_array_equal(affine_grid_forward(theta, (2, 2, 2))[0][0, 0, 0, 0], [1, 2, 3])
    theta[0] = np.eye(3, 4)
    grid, _ = affine_grid_forward(theta, (2, 3, 4))
    np.testing.assert_array_equal(grid[0, :, 0, 0, 2], [-1, 1])              # z along the depth


@both_rules
def test_a_lone_output_point_looks_at_the_middle(align_corners):
    theta = np.array([[[0.5, 0.25, 0.125], [2.0, 3.0, -0.5]]])
    np.testing.assert_array_equal(affine_grid_forward(theta, (1, 1), align_corners)[0], [[[[0.125, -0.5]]]])


@both_rules
def test_each_image_has_its_own_theta(align_corners):
    theta = thetas(2)
    together, _ = affine_grid_forward(theta, (4, 5), align_corners)
    for n in range(3):
        alone, _ = affine_grid_forward(theta[n:n + 1], (4, 5), align_corners)
        np.testing.assert_allclose(alone[0], together[n], rtol=0, atol=1e-15)


def test_the_smallest_and_largest_theta_pass_without_a_warning():
    for theta in (IDENTITY * 1e30, IDENTITY.astype(np.float32) * np.float32(1e30), np.zeros((1, 2, 3))):
        grid, _ = affine_grid_forward(theta, (3, 3))
        assert np.isfinite(grid).all()


@pytest.mark.parametrize("theta, out_shape, error, message", [
    (np.zeros((2, 3)), (4, 4), ValueError, "theta must have shape (N, 2, 3), got (2, 3)"),
    (np.zeros((2, 4)), (4, 4), ValueError, "theta must have shape (N, 6), got (2, 4)"),
    (np.zeros(6), (4, 4), ValueError, "theta must have shape (N, 2, 3), got (6,)"),
    (np.zeros((2, 3, 3)), (4, 4), ValueError, "theta must have shape (N, 2, 3), got (2, 3, 3)"),
    (np.zeros((2, 3, 4)), (4, 4), ValueError, "theta must have shape (N, 2, 3), got (2, 3, 4)"),
    (np.zeros((2, 2, 3)), (4, 4, 4), ValueError, "theta must have shape (N, 3, 4), got (2, 2, 3)"),
    (np.zeros((2, 6)), (4, 4, 4), ValueError, "theta must have shape (N, 12), got (2, 6)"),
    (np.zeros((1, 2, 2, 3)), (4, 4), ValueError, "theta must have shape (N, 2, 3), got (1, 2, 2, 3)"),
    (np.zeros((0, 2, 3)), (4, 4), ValueError, "theta must not be empty: wanted (N, 2, 3)"),
    (np.zeros((0, 6)), (4, 4), ValueError, "got (0, 6)"),
    (np.zeros((1, 2, 3), int), (4, 4), TypeError, "theta must be float32 or float64, got int64; convert it with"),
    (np.zeros((1, 2, 3), np.float16), (4, 4), TypeError, "theta must be float32 or float64, got float16"),
    (np.zeros((1, 2, 3), complex), (4, 4), TypeError, "theta must be float32 or float64, got complex128"),
    (np.zeros((1, 2, 3), object), (4, 4), TypeError, "theta must be float32 or float64, got object"),
    (None, (4, 4), TypeError, "theta must be float32 or float64, got object"),
    ("identity", (4, 4), TypeError, "theta must be float32 or float64, got <U8"),
    (IDENTITY, (4,), ValueError, "out_shape must be (H_out, W_out), positive whole numbers, got (4,)"),
    (IDENTITY, (1, 2, 3, 4), ValueError, "out_shape must be (H_out, W_out), positive whole numbers, got (1, 2, 3, 4)"),
    (IDENTITY, 4, ValueError, "out_shape must be (H_out, W_out), positive whole numbers, got 4"),
    (IDENTITY, (0, 4), ValueError, "positive whole numbers, got (0, 4)"),
    (IDENTITY, (4, -1), ValueError, "positive whole numbers, got (4, -1)"),
    (IDENTITY, (4.0, 4), ValueError, "positive whole numbers, got (4.0, 4)"),
    (IDENTITY, None, ValueError, "out_shape must be (H_out, W_out), positive whole numbers, got None"),
    (np.eye(3, 4)[None], (2, 0, 2), ValueError, "out_shape must be (D_out, H_out, W_out), positive whole numbers"),
])
def test_wrong_arguments(theta, out_shape, error, message):
    with pytest.raises(error) as caught:
        affine_grid_forward(theta, out_shape)
    assert message in str(caught.value)


@pytest.mark.parametrize("value, text", [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_theta_that_is_not_finite_is_named(value, text):
    theta = thetas(2)
    theta[1, 0, 2] = value
    with pytest.raises(ValueError) as caught:
        affine_grid_forward(theta, (4, 4))
    assert str(caught.value) == f"theta must be finite, but 1 of 18 entries are not: theta[1, 0, 2] = {text}"


def test_lists_strides_and_read_only_arrays_are_fine():
    theta = thetas(2)
    wanted, cache = affine_grid_forward(theta, (4, 5))
    for same in (theta.tolist(), np.asfortranarray(theta), np.repeat(theta, 2, axis=2)[:, :, ::2]):
        np.testing.assert_allclose(affine_grid_forward(same, [4, np.int64(5)])[0], wanted, rtol=0, atol=1e-15)
    theta.flags.writeable = False
    grid, cache = affine_grid_forward(theta, (4, 5))
    np.testing.assert_allclose(grid, wanted, rtol=0, atol=1e-15)
    dgrid = np.asfortranarray(wanted)
    dgrid.flags.writeable = False
    np.testing.assert_allclose(affine_grid_backward(dgrid, cache), affine_grid_backward(wanted, cache), rtol=1e-14)


@both_rules
def test_from_pixels_moves_by_pixels(align_corners):
    """The pixel of U that each output pixel looks at, counted from the two middles, is A of its own place."""
    A, in_shape, out_shape = thetas(2, N=2), (6, 9), (5, 4)
    grid, _ = affine_grid_forward(affine_from_pixels(A, in_shape, out_shape, align_corners), out_shape, align_corners)
    for n, i, j in np.ndindex(2, *out_shape):
        x, y = [to_pixels(grid[n, i, j, axis], size, align_corners) - (size - 1) / 2
                for axis, size in enumerate(in_shape[::-1])]
        target = [j - (out_shape[1] - 1) / 2, i - (out_shape[0] - 1) / 2, 1]
        np.testing.assert_allclose([x, y], A[n] @ target, rtol=0, atol=1e-12)


def test_a_rotation_in_pixels_does_not_shear():
    angle = np.radians(30)
    A = np.array([[[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]]])
    s = np.array([pixels_per_unit(9, True), pixels_per_unit(5, True)])
    points = affine_grid_forward(affine_from_pixels(A, (5, 9), (5, 9)), (5, 9))[0][0] * s
    right, down = points[0, 1] - points[0, 0], points[1, 0] - points[0, 0]
    np.testing.assert_allclose([right @ right, down @ down, right @ down], [1, 1, 0], atol=1e-14)
    sheared = affine_grid_forward(A, (5, 9))[0][0] * s
    right, down = sheared[0, 1] - sheared[0, 0], sheared[1, 0] - sheared[0, 0]
    assert abs(right @ down) > 0.5


@both_rules
@pytest.mark.parametrize("in_shape, out_shape", [((6, 9), (5, 4)), ((4, 6, 9), (3, 5, 4))])
def test_from_pixels_counted_from_the_corner(align_corners, in_shape, out_shape):
    """The index of the pixel of U that each output pixel looks at is A of its own index, x first, also in volumes."""
    d = len(in_shape)
    A = np.random.default_rng(3).standard_normal((2, d, d + 1))
    theta = affine_from_pixels(A, in_shape, out_shape, align_corners, origin="corner")
    grid, _ = affine_grid_forward(theta, out_shape, align_corners)
    for n, *index in np.ndindex(2, *out_shape):
        source = [to_pixels(grid[(n, *index, axis)], size, align_corners) for axis, size in enumerate(in_shape[::-1])]
        np.testing.assert_allclose(source, A[n] @ [*index[::-1], 1], rtol=0, atol=1e-12)


def test_a_forward_matrix_is_inverted_first():
    """OpenCV's matrix M of a shift by (2, 1) and a flip moves pixel (x, y) = (1, 0) of U to M (1, 0) in V."""
    M = np.array([[-1.0, 0, 6], [0, 1, 1]])
    inverse = np.linalg.inv(np.vstack([M, [0, 0, 1]]))[None, :2]
    U = np.arange(35.0).reshape(1, 1, 5, 7)
    V = bilinear_sampler_forward(U, affine_grid_forward(
        affine_from_pixels(inverse, (5, 7), (5, 7), origin="corner"), (5, 7))[0])[0]
    x, y = (M @ [1, 0, 1]).astype(int)
    assert V[0, 0, y, x] == U[0, 0, 0, 1]
    np.testing.assert_allclose(V[0, 0, 1:], U[0, 0, :-1, ::-1], atol=1e-12)


def test_from_pixels_takes_volumes_from_the_middle():
    A = np.array([[[1.0, 0, 0, 2], [0, 1, 0, 0], [0, 0, 1, -1]]])                       # 2 pixels along x, -1 along z
    theta = affine_from_pixels(A, (3, 5, 9), (3, 5, 9))
    np.testing.assert_allclose(theta[0, :, 3], [2 / 4, 0, -1 / 1])
    np.testing.assert_array_equal(theta[0, :, :3], np.eye(3))


@both_rules
def test_from_pixels_with_lone_pixels(align_corners):
    theta = affine_from_pixels(IDENTITY, (1, 4), (3, 1), align_corners)
    assert np.isfinite(theta).all()
    grid, _ = affine_grid_forward(theta, (3, 1), align_corners)
    np.testing.assert_array_equal(to_pixels(grid[0, :, 0, 0], 4, align_corners), 1.5)


@pytest.mark.parametrize("signs", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_a_grid_that_overflows_in_one_corner_is_refused(signs):
    theta = np.array([[[0, 1, 0], [*signs, 1]], [[1, 0, 0], [0, 1, 0]]]) * np.array([1e308, 1])[:, None, None]
    assert affine_grid_forward(theta / 2, (4, 5))[0].max() > 1e308
    with pytest.raises(ValueError, match="grid is too large for float64"), np.errstate(over="ignore"):
        affine_grid_forward(theta, (4, 5))


@both_dtypes
def test_from_pixels_keeps_the_dtype_and_its_argument(dtype):
    A = thetas(2, dtype=dtype)
    before = A.copy()
    assert affine_from_pixels(A, (3, 4), (5, 6)).dtype == dtype
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize("A, in_shape, out_shape, message", [
    (np.zeros((2, 6)), (3, 4), (3, 4), "A must have shape (N, 2, 3), got (2, 6)"),
    (IDENTITY, (3,), (3, 4), "in_shape must be (H, W), positive whole numbers, got (3,)"),
    (IDENTITY, (3, 4), (3, 0), "out_shape must be (H, W), positive whole numbers, got (3, 0)"),
    (np.zeros((2, 3, 4)), (3, 4), (2, 3, 4), "in_shape must be (D, H, W), positive whole numbers, got (3, 4)"),
    ([[1.0, 0, 0], [0, 1.0]], (3, 4), (3, 4), "A must be an array or an evenly nested list of numbers, got a list"),
    (np.full((1, 2, 3), 1e308), (3, 4), (30, 40), "theta is too large for float64"),
])
def test_from_pixels_refuses(A, in_shape, out_shape, message):
    with pytest.raises(ValueError) as caught, np.errstate(all="ignore"):
        affine_from_pixels(A, in_shape, out_shape)
    assert message in str(caught.value)


def test_from_pixels_knows_two_origins():
    with pytest.raises(ValueError, match="origin must be one of .*, got 'centre'"):
        affine_from_pixels(IDENTITY, (3, 4), (3, 4), origin="centre")


@pytest.mark.parametrize("out_shape, matrix, wanted", [((4, 5), np.eye(2, 3), "(N, 2, 3)"),
                                                       ((2, 4, 5), np.eye(3, 4), "(N, 3, 4)")])
def test_a_lone_matrix_is_told_that_it_lacks_the_batch(out_shape, matrix, wanted):
    with pytest.raises(ValueError) as caught:
        affine_grid_forward(matrix, out_shape)
    assert str(caught.value) == f"theta must have shape {wanted}, got {matrix.shape}"
