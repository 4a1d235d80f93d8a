"""The projective grid: what it keeps of a picture, the guard near the horizon, and homographies from four points."""

import numpy as np
import pytest
from transform_references import dtheta_of, grid_of, projective

from stn_numpy.checking.gradcheck import KinkError, gradcheck, one_sided_gradient
from stn_numpy.grid.affine import affine_grid_backward, affine_grid_forward
from stn_numpy.grid.projective import (MIN_W, corner_turns, projective_from_points, projective_grid_backward,
                                       projective_grid_forward)

SQUARE = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def theta_of(x=(1, 0, 0), y=(0, 1, 0), w=(0, 0)):
    return np.array([[*x, *y, *w]], float)


@pytest.mark.parametrize("align_corners", [True, False])
def test_without_its_last_two_entries_it_is_affine(align_corners):
    A = np.random.default_rng(0).standard_normal((3, 6))
    theta = np.concatenate([A, np.zeros((3, 2))], axis=1)
    grid, cache = projective_grid_forward(theta, (4, 5), align_corners)
    affine_grid, affine_cache = affine_grid_forward(A, (4, 5), align_corners)
    np.testing.assert_allclose(grid, affine_grid, rtol=0, atol=1e-15)
    dgrid = np.random.default_rng(1).standard_normal(grid.shape)
    np.testing.assert_allclose(projective_grid_backward(dgrid, cache)[:, :6], affine_grid_backward(dgrid, affine_cache),
                               rtol=0, atol=1e-14)


def test_straight_lines_stay_straight_and_parallel_ones_meet():
    grid, _ = projective_grid_forward(theta_of(w=(0, 0.5)), (5, 5))
    for line in (*grid[0], *grid[0].swapaxes(0, 1)):
        steps = line[1:] - line[0]
        np.testing.assert_allclose(steps[:, 0] * steps[-1, 1], steps[:, 1] * steps[-1, 0], atol=1e-15)
    widths = grid[0, :, -1, 0] - grid[0, :, 0, 0]
    np.testing.assert_allclose(widths, 2 / (1 + 0.5 * np.linspace(-1, 1, 5)))      # narrower from top to bottom


def test_a_chain_of_two_is_the_product_of_their_matrices():
    rng = np.random.default_rng(2)
    first, second = (np.eye(3) + 0.1 * rng.standard_normal((3, 3)) for _ in range(2))
    product = first @ second
    points, _ = projective_grid_forward((second / second[2, 2]).reshape(1, 9)[:, :8], (3, 4))
    both, _ = projective_grid_forward((product / product[2, 2]).reshape(1, 9)[:, :8], (3, 4))
    homogeneous = first @ np.concatenate([points[0], np.ones((3, 4, 1))], axis=-1)[..., None]
    np.testing.assert_allclose(both[0], homogeneous[..., :2, 0] / homogeneous[..., 2:, 0], rtol=1e-13)


# Near the horizon. With theta_31 = w_7, the point x_t = 1 has w = 1 + w_7 and x_t = -1 has w = 1 - w_7.

@both_dtypes
@pytest.mark.parametrize("w, held_at", [
    (0.0, MIN_W), (2.0 ** -20, MIN_W), (MIN_W / 2, MIN_W), (MIN_W, MIN_W), (2 * MIN_W, 2 * MIN_W),
    (-2.0 ** -20, -MIN_W), (-MIN_W / 2, -MIN_W), (-MIN_W, -MIN_W), (-2 * MIN_W, -2 * MIN_W), (-1.0, -1.0),
])
def test_w_is_held_and_keeps_its_sign(w, held_at, dtype):
    theta = theta_of(x=(0.5, 0, 0.25), y=(0, 1, 0.5), w=(w - 1, 0)).astype(dtype)
    grid, _ = projective_grid_forward(theta, (1, 2))
    assert grid.dtype == dtype
    np.testing.assert_array_equal(grid[0, 0, 1], [0.75 / held_at, 0.5 / held_at])


@both_dtypes
def test_whatever_theta_nothing_is_divided_by_zero(dtype):
    thetas = np.concatenate([np.zeros((1, 8)), theta_of(w=(-1, 0)), theta_of(w=(1, 1)), theta_of(w=(0, -3)),
                             np.full((1, 8), 1e30), np.full((1, 8), 1e-30)]).astype(dtype)
    grid, cache = projective_grid_forward(thetas, (9, 9))
    assert np.isfinite(grid).all()
    assert np.isfinite(projective_grid_backward(np.ones_like(grid), cache)).all()


def near_the_horizon(w):
    return theta_of(x=(0.01, 0, 0.02), y=(0, 0.01, -0.03), w=(w - 1, 0.25))


@pytest.mark.parametrize("w", [MIN_W / 2, -MIN_W / 2, MIN_W / 100])
def test_the_gradient_where_w_is_held(w):
    theta = near_the_horizon(w)
    reports = gradcheck(lambda theta: projective_grid_forward(theta, (1, 2)), projective_grid_backward, (theta,))
    assert abs(reports["theta"].analytic) > 1e-3
    grid, cache = projective_grid_forward(theta, (1, 2))
    dgrid = np.array([[[[0.0, 0], [1, 2]]]])                                       # only the point with w = w
    dtheta = projective_grid_backward(dgrid, cache)
    np.testing.assert_array_equal(dtheta[0, 6:], 0)                                # nothing passes through w
    np.testing.assert_array_equal(dtheta[0, :6], np.array([1, 0, 1, 2, 0, 2]) / np.copysign(MIN_W, w))
    np.testing.assert_allclose(dtheta, dtheta_of(projective, dgrid, theta), rtol=1e-13)
    np.testing.assert_allclose(grid, grid_of(projective, theta, (1, 2)), rtol=1e-13)


@pytest.mark.parametrize("w, passes", [(MIN_W, True), (-MIN_W, False)])
def test_at_the_ends_of_the_guard_the_slope_is_the_right_hand_one(w, passes):
    theta, dgrid = near_the_horizon(w), np.array([[[[0.0, 0], [1e-3, 2e-3]]]])
    forward = lambda theta: projective_grid_forward(theta, (1, 2))
    dtheta = projective_grid_backward(dgrid, forward(theta)[1])
    right = one_sided_gradient(forward, (theta,), "theta", dgrid, side=+1, step=1e-9)
    left = one_sided_gradient(forward, (theta,), "theta", dgrid, side=-1, step=1e-9)
    np.testing.assert_allclose(dtheta, right, rtol=1e-4, atol=1e-6)
    assert abs(left[0, 6] - right[0, 6]) > 1                                       # the kink is really there
    assert (abs(dtheta[0, 6]) > 1) == passes


def test_on_the_horizon_itself_there_is_no_slope():
    """From one side to the other the picture jumps from one end of the world to the other."""
    with pytest.raises(KinkError, match="has a jump"):
        gradcheck(lambda theta: projective_grid_forward(theta, (1, 2)), projective_grid_backward,
                  (near_the_horizon(0.0),))


# Homographies from four points.

def quadrilaterals(N, spread=0.2):
    return SQUARE + spread * np.random.default_rng(3).standard_normal((N, 4, 2))


@both_dtypes
def test_four_points_go_where_they_should(dtype):
    target, source = quadrilaterals(6)[:3].astype(dtype), quadrilaterals(6)[3:].astype(dtype)
    theta = projective_from_points(target, source)
    assert theta.dtype == dtype and theta.shape == (3, 8)
    for n, k in np.ndindex(3, 4):
        mapped, _ = projective(theta[n].astype(float), *target[n, k])
        np.testing.assert_allclose(mapped, source[n, k], rtol=0, atol={np.float64: 1e-13, np.float32: 1e-6}[dtype])


def test_the_corners_of_the_output_look_at_the_four_points():
    source = quadrilaterals(2)
    grid, _ = projective_grid_forward(projective_from_points(np.tile(SQUARE, (2, 1, 1)), source), (3, 4))
    corners = grid[:, [0, 0, -1, -1], [0, -1, -1, 0]]
    np.testing.assert_allclose(corners, source, rtol=0, atol=1e-13)


def test_a_square_to_itself_is_the_identity():
    theta = projective_from_points(SQUARE[None], SQUARE[None])
    np.testing.assert_allclose(theta, [[1, 0, 0, 0, 1, 0, 0, 0]], rtol=0, atol=1e-15)


def test_there_and_back():
    target, source = quadrilaterals(2)[:1], quadrilaterals(2)[1:]
    there, back = projective_from_points(target, source), projective_from_points(source, target)
    H, G = (np.append(theta[0], 1).reshape(3, 3) for theta in (there, back))
    product = H @ G
    np.testing.assert_allclose(product / product[2, 2], np.eye(3), rtol=0, atol=1e-12)


def test_scale_does_not_matter():
    target, source = quadrilaterals(2)[:1], quadrilaterals(2)[1:]
    theta = projective_from_points(target, source)
    small = projective_from_points(1e-3 * target, 1e-3 * source)
    np.testing.assert_allclose(small * [1, 1, 1e3, 1, 1, 1e3, 1e-3, 1e-3], theta, rtol=1e-9)


def test_corner_turns_are_twice_the_areas_of_the_triangles():
    np.testing.assert_array_equal(corner_turns(SQUARE[None]), [[4, 4, 4, 4]])
    np.testing.assert_array_equal(corner_turns(SQUARE[None, ::-1]), [[-4, -4, -4, -4]])
    dart = np.array([[[-1.0, -1], [1, -1], [1, 1], [0.5, -0.5]]])                  # the last corner pushed inwards
    assert (np.sign(corner_turns(dart)) == [[1, 1, 1, -1]]).all()


@pytest.mark.parametrize("line", [
    [[0, 0], [1, 0], [2, 0], [0, 1]],
    [[0, 0], [1, 1e-8], [2, 0], [0, 1]],
    [[0, 0], [1, 1], [0, 1], [2, 2]],
    [[0, 0], [0, 0], [1, 0], [0, 1]],
    [[1, 1], [1, 1], [1, 1], [1, 1]],
])
def test_three_points_on_a_line_are_refused(line):
    line = np.array([SQUARE, line], float)
    with pytest.raises(ValueError, match=r"three of the four points target\[1\] lie on a line"):
        projective_from_points(line, np.array([SQUARE, SQUARE]))
    with pytest.raises(ValueError, match=r"three of the four points source\[1\] lie on a line"):
        projective_from_points(np.array([SQUARE, SQUARE]), line)


def test_the_middle_on_the_horizon_is_refused():
    """A trapezium whose sides meet in (0, -3) is a square whose horizon is at y = -3. Now move it by 3."""
    trapezium = np.array([[[-0.5, -1], [0.5, -1], [1, 1], [-1, 1]]])
    w_x, w_y = projective_from_points(trapezium, SQUARE[None])[0, 6:]
    assert abs(w_x) < 1e-12 and -1 / w_y == pytest.approx(-3)                      # there is w = 0
    moved = trapezium + [0, 3]
    for nearly in (0, 1e-8, -1e-8):
        with pytest.raises(ValueError, match=r"no theta maps target\[0\] to source\[0\]: the middle of the target"):
            projective_from_points(moved + [0, nearly], SQUARE[None])
    projective_from_points(moved + [0, 0.01], SQUARE[None])


def test_the_cache_keeps_theta_as_it_was():
    theta = theta_of(x=(0.8, 0.1, 0.2), w=(0.1, -0.2))
    grid, cache = projective_grid_forward(theta, (3, 4))
    wanted = projective_grid_backward(grid, cache)
    theta[...] = 0
    np.testing.assert_array_equal(projective_grid_backward(grid, cache), wanted)


@pytest.mark.parametrize("size", [1e-200, 1e-100, 1e100, 1e200])
def test_points_of_any_size_are_no_line(size):
    """An area of 1e-400 is 0, and one of 1e400 infinite; neither says that points lie on a line."""
    square = np.array([SQUARE], float)
    np.testing.assert_allclose(projective_from_points(square, square * size), [[size, 0, 0, 0, size, 0, 0, 0]],
                               rtol=1e-12, atol=1e-12 * size)
    np.testing.assert_allclose(projective_from_points(square * size, square * size), [[1, 0, 0, 0, 1, 0, 0, 0]], atol=1e-12)


def test_a_theta_that_is_too_large_is_refused():
    square = np.array([SQUARE], np.float32)
    with pytest.raises(ValueError, match="theta is too large for float32: all inputs are finite"):
        projective_from_points(square * np.float32(1e-20), square * np.float32(1e20))


def four_points(h_33):
    """Target and source with w = (100, -900 + 10 h_33, about 2) in the first three points, and h_33 in the middle."""
    target = np.array([[0.1, 0.05], [-0.9, -0.45], [0.5, -0.8]])                   # the middle is 0.9 and 0.1 of two
    source, a = np.array([[-1.0, -1], [1, -1], [0, 1]]), np.array([0.01, 0.002, 0.988])
    b = np.array([100, -900 + 10 * h_33, 0]) * a
    b[2] = 1 - b.sum()
    return np.vstack([target, a @ target])[None], np.vstack([source, b @ source])[None]


def test_how_near_the_horizon_is_measured_by_the_largest_w_of_either_sign():
    with pytest.raises(ValueError, match="would lie on the horizon"):
        projective_from_points(*four_points(3e-4))                                 # below 1e-6 times 900
    for h_33 in (3e-3, -3e-3, -5.0):
        target, source = four_points(h_33)
        theta = projective_from_points(target, source)
        for point, wanted in zip(target[0], source[0]):
            np.testing.assert_allclose(projective(theta[0], *point)[0], wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("target, source, error, message", [
    (SQUARE, SQUARE[None], ValueError, "target must have shape (N, 4, 2), got (4, 2)"),
    (SQUARE[None], SQUARE[None, :3], ValueError, "source must have shape (N, 4, 2), got (1, 3, 2)"),
    (SQUARE[None], quadrilaterals(2), ValueError, "source must have shape (N, 4, 2) with N = 1 as in target"),
    (SQUARE[None], SQUARE[None].astype(np.float32), TypeError, "source must have the dtype of target, float64"),
    (SQUARE[None] * np.nan, SQUARE[None], ValueError, "target must be finite"),
])
def test_wrong_points(target, source, error, message):
    with pytest.raises(error) as caught:
        projective_from_points(target, source)
    assert message in str(caught.value)
