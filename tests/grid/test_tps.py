"""The thin plate spline grid: it passes through its control points, bends no more than it must, and solves once."""

import numpy as np
import pytest
from transform_references import CONTROL_POINTS, dtheta_of, grid_of
from transform_references import tps as point_by_point

from stn_numpy.grid import tps
from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.grid.tps import check_control_points, regular_control_points, tps_grid_backward, tps_grid_forward
from stn_numpy.grid.transforms import thin_plate_spline

SCATTERED = np.array([[-0.9, -0.8], [0.7, -0.6], [0.1, 0.2], [-0.4, 0.9], [1.3, 1.1]])    # one outside the image
LAYOUTS = {"16": regular_control_points(), "5": SCATTERED, "3": SCATTERED[:3], "2 x 6": regular_control_points(2, 6)}
every_layout = pytest.mark.parametrize("points", LAYOUTS.values(), ids=LAYOUTS)
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def offsets(points, N=2):
    return 0.2 * np.random.default_rng(len(points)).standard_normal((N, len(points), 2))


@pytest.mark.parametrize("align_corners", [True, False])
@every_layout
def test_forward_and_backward_point_by_point(points, align_corners):
    theta = offsets(points).reshape(2, -1)
    grid, cache = tps_grid_forward(theta, (3, 4), align_corners, points)
    dgrid = np.random.default_rng(1).standard_normal(grid.shape)
    layout = {"control_points": points}
    np.testing.assert_allclose(grid, grid_of(point_by_point, theta, (3, 4), align_corners, **layout), rtol=1e-12)
    np.testing.assert_allclose(tps_grid_backward(dgrid, cache), rtol=1e-11, atol=1e-12,
                               desired=dtheta_of(point_by_point, dgrid, theta, align_corners, **layout))


def test_the_control_points_are_a_grid_of_16_row_by_row():
    np.testing.assert_allclose(regular_control_points(), CONTROL_POINTS, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(regular_control_points(2, 3), [[-1, -1], [0, -1], [1, -1], [-1, 1], [0, 1], [1, 1]])
    theta = offsets(regular_control_points()).reshape(2, 32)
    np.testing.assert_array_equal(tps_grid_forward(theta, (5, 6))[0],
                                  tps_grid_forward(theta, (5, 6), control_points=regular_control_points(4, 4))[0])


@pytest.mark.parametrize("rows, columns", [(2, 2), (4, 4), (3, 7), (10, 10)])
def test_a_control_point_looks_exactly_where_it_is_told(rows, columns):
    """An output of rows x columns has its pixels at the control points. There r = 0, and phi(0) = 0."""
    points = regular_control_points(rows, columns)
    theta = offsets(points, N=3)
    grid, _ = tps_grid_forward(theta, (rows, columns), True, points)
    np.testing.assert_allclose(grid.reshape(3, -1, 2), points + theta, rtol=0, atol=1e-13)


def test_scattered_control_points_look_where_they_are_told():
    """Points at pixel centres of a 7 x 9 output, in any order."""
    centres = np.stack(np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 7)), axis=-1).reshape(-1, 2)
    chosen = np.random.default_rng(5).permutation(63)[:11]
    theta = offsets(centres[chosen])
    grid, _ = tps_grid_forward(theta, (7, 9), True, centres[chosen])
    np.testing.assert_allclose(grid.reshape(2, 63, 2)[:, chosen], centres[chosen] + theta, rtol=0, atol=1e-13)


def test_one_control_point_leaves_the_others_alone():
    theta = np.zeros((1, 16, 2))
    theta[0, 5] = 0.3, -0.1
    moved = (tps_grid_forward(theta, (4, 4))[0] - tps_grid_forward(0 * theta, (4, 4))[0]).reshape(16, 2)
    np.testing.assert_allclose(moved, theta[0], rtol=0, atol=1e-14)


@both_dtypes
@pytest.mark.parametrize("align_corners", [True, False])
@every_layout
def test_zero_offsets_are_the_identity_exactly(points, align_corners, dtype):
    theta = np.zeros((2, len(points), 2), dtype)
    identity = np.repeat(np.eye(2, 3, dtype=dtype)[None], 2, axis=0)
    np.testing.assert_array_equal(tps_grid_forward(theta, (9, 13), align_corners, points)[0],
                                  affine_grid_forward(identity, (9, 13), align_corners)[0])


@every_layout
def test_offsets_of_an_affine_map_give_that_map(points):
    """A plane bends nothing, so it is what the spline takes whenever it can."""
    A = np.eye(2, 3) + 0.3 * np.random.default_rng(6).standard_normal((2, 2, 3))
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    theta = homogeneous @ A.swapaxes(1, 2) - points
    np.testing.assert_allclose(tps_grid_forward(theta, (6, 5), True, points)[0], affine_grid_forward(A, (6, 5))[0],
                               rtol=0, atol=1e-13)


def test_it_is_linear_in_theta():
    one, two = offsets(regular_control_points())
    at = lambda theta: tps_grid_forward(theta[None], (5, 6))[0] - tps_grid_forward(0 * theta[None], (5, 6))[0]
    np.testing.assert_allclose(at(2 * one - 3 * two), 2 * at(one) - 3 * at(two), rtol=0, atol=1e-14)


@pytest.mark.parametrize("align_corners", [True, False])
def test_the_backward_is_the_transposed_of_the_forward(align_corners):
    """<grid(theta) - grid(0), R> = <theta, dtheta(R)>"""
    theta = offsets(SCATTERED)
    grid, cache = tps_grid_forward(theta, (5, 6), align_corners, SCATTERED)
    R = np.random.default_rng(7).standard_normal(grid.shape)
    moved = grid - tps_grid_forward(0 * theta, (5, 6), align_corners, SCATTERED)[0]
    np.testing.assert_allclose((moved * R).sum(), (theta * tps_grid_backward(R, cache)).sum(), rtol=1e-12)


def test_theta_flat_or_by_points():
    theta = offsets(SCATTERED)
    grid, cache = tps_grid_forward(theta, (3, 4), control_points=SCATTERED)
    flat_grid, flat_cache = tps_grid_forward(theta.reshape(2, 10), (3, 4), control_points=SCATTERED)
    np.testing.assert_array_equal(flat_grid, grid)
    dtheta, flat_dtheta = tps_grid_backward(grid, cache), tps_grid_backward(grid, flat_cache)
    assert dtheta.shape == (2, 5, 2) and flat_dtheta.shape == (2, 10)
    np.testing.assert_array_equal(flat_dtheta.reshape(2, 5, 2), dtheta)


def test_the_system_is_solved_once_for_a_layout(monkeypatch):
    points, solve, solved = SCATTERED + 0.01, np.linalg.solve, []
    monkeypatch.setattr(np.linalg, "solve", lambda *args: solved.append(1) or solve(*args))
    for N, out_shape, align_corners in [(1, (3, 4), True), (2, (3, 4), True), (2, (4, 3), True), (2, (3, 4), False)]:
        grid, cache = tps_grid_forward(offsets(points, N), out_shape, align_corners, points.copy())
        tps_grid_backward(grid, cache)
    assert len(solved) == 1
    tps_grid_forward(offsets(points), (3, 4), True, points + 0.01)
    assert len(solved) == 2


def test_the_influence_is_worked_out_once_for_a_layout_and_a_target():
    influence = [tps_grid_forward(offsets(SCATTERED, N), out_shape, align_corners, SCATTERED.copy())[1].influence
                 for N, out_shape, align_corners in [(1, (3, 4), True), (2, (3, 4), True), (2, (3, 4), False)]]
    assert influence[0] is influence[1]
    assert not np.allclose(influence[1], influence[2])


def test_what_is_kept_from_call_to_call_is_locked():
    _, cache = tps_grid_forward(offsets(SCATTERED), (3, 4), control_points=SCATTERED)
    with pytest.raises(ValueError, match="read-only"):
        cache.influence[0, 0] = 1


def test_single_precision_is_lost_only_at_the_end():
    """The system is solved in double precision, whatever theta is."""
    points = regular_control_points(10, 10)
    theta = offsets(points).astype(np.float32)
    grid, cache = tps_grid_forward(theta, (12, 11), True, points)
    exact, exact_cache = tps_grid_forward(theta.astype(float), (12, 11), True, points)
    assert grid.dtype == np.float32
    np.testing.assert_array_equal(cache.influence, exact_cache.influence.astype(np.float32))
    np.testing.assert_allclose(grid, exact, rtol=0, atol=5e-7)
    np.testing.assert_allclose(tps_grid_backward(grid, cache), tps_grid_backward(exact, exact_cache), rtol=0, atol=2e-5)


@pytest.mark.parametrize("as_given", [SCATTERED.tolist(), SCATTERED.astype(np.float32), np.asfortranarray(SCATTERED)])
def test_control_points_in_any_form(as_given):
    theta = offsets(SCATTERED)
    np.testing.assert_allclose(tps_grid_forward(theta, (3, 4), control_points=as_given)[0],
                               tps_grid_forward(theta, (3, 4), control_points=SCATTERED)[0], rtol=0, atol=1e-6)


LINE = [[0.1 * k, 0.2 * k - 0.3] for k in range(5)]


@pytest.mark.parametrize("points, message", [
    ([[0, 0], [1, 0]], "a thin plate spline needs at least 3 control points, got 2"),
    ([[0, 0], [1, 0], [0, 1], [1, 0]], "control_points[1] and control_points[3] are both at (1.0, 0.0), or nearly so"),
    ([[0, 0], [1, 0], [0, 1], [1, 1e-5]], "control_points[1] and control_points[3] are both at (1.0, 0.0)"),
    ([[0, 0], [0, 0], [0, 0]], "control_points[0] and control_points[1] are both at (0.0, 0.0)"),
    (LINE, "control points must not all lie on one line, got [[0.0, -0.3], "),
    ([[0, 0], [1, 1e-5], [2, 0]], "control points must not all lie on one line"),
    ([[0, 0, 1], [1, 0, 1], [0, 1, 1]], "control_points must have shape (K, 2), got (3, 3)"),
    ([0, 1, 2], "control_points must have shape (K, 2), got (3,)"),
    (np.zeros((0, 2)), "control_points must not be empty: wanted (K, 2)"),
    ([[0, 0], [1, 0], [np.nan, 1]], "control_points must be finite, but 1 of 6 entries are not"),
])
def test_degenerate_control_points(points, message):
    grid_of_points = lambda points: tps_grid_forward(np.zeros((1, 6)), (3, 4), control_points=points)
    for refuse in (check_control_points, thin_plate_spline, grid_of_points):
        with pytest.raises(ValueError) as caught:
            refuse(points)
        assert message in str(caught.value)


@pytest.mark.parametrize("rows, columns, message", [
    (1, 4, "control points must not all lie on one line"),
    (1, 2, "a thin plate spline needs at least 3 control points, got 2"),
    (0, 4, "a grid of control points must be (rows, columns), positive whole numbers, got (0, 4)"),
    (2.5, 4, "positive whole numbers, got (2.5, 4)"),
])
def test_degenerate_grids_of_control_points(rows, columns, message):
    with pytest.raises(ValueError) as caught:
        regular_control_points(rows, columns)
    assert message in str(caught.value)


def test_what_is_just_apart_still_works():
    """Ten times as far as what is refused: the points are told apart, and still reached."""
    apart = 10 * tps.TOO_CLOSE
    points = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1], [-1, -1 + apart]])
    theta = 0.01 * offsets(points)
    grid, _ = tps_grid_forward(theta, (2, 2), True, points)
    np.testing.assert_allclose(grid.reshape(2, 4, 2), points[:4] + theta[:, :4], rtol=0, atol=1e-9)


@pytest.mark.parametrize("theta, message", [
    (np.zeros((2, 32)), "theta must have shape (N, 10), got (2, 32)"),
    (np.zeros((2, 4, 2)), "theta must have shape (N, 5, 2), got (2, 4, 2)"),
    (np.zeros((2, 2, 5)), "theta must have shape (N, 5, 2), got (2, 2, 5)"),
    (np.zeros(10), "theta must have shape (N, 5, 2), got (10,)"),
])
def test_theta_that_does_not_fit_the_control_points(theta, message):
    with pytest.raises(ValueError) as caught:
        tps_grid_forward(theta, (3, 4), control_points=SCATTERED)
    assert message in str(caught.value)
