"""Other correct answers pass too: loops, einsum, float32, and what the package itself returns."""

import math

import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy import teach
from stn_numpy.teach.checker.variants import arguments_of
from teach_help import PROBED as EXERCISES

BY_ID = [pytest.param(exercise, id=exercise.id) for exercise in EXERCISES.values()]


def kernel(t):
    return max(0.0, 1.0 - abs(t))


def slope(t):
    """The right-hand derivative of the kernel."""
    return 1.0 if -1 <= t < 0 else -1.0 if 0 <= t < 1 else 0.0


def terms(U, grid):
    """Eq. 5 to the letter: every output point against every pixel, five loops deep."""
    N, C, H, W = U.shape
    for n, i, j in np.ndindex(grid.shape[:3]):
        x, y = (grid[n, i, j, 0] + 1) / 2 * (W - 1), (grid[n, i, j, 1] + 1) / 2 * (H - 1)
        for h, w in np.ndindex(H, W):
            yield n, i, j, h, w, x - w, y - h


def sampler_by_loops(U, grid):
    V = np.zeros(U.shape[:2] + grid.shape[1:3])
    for n, i, j, h, w, x, y in terms(U, grid):
        V[n, :, i, j] += U[n, :, h, w] * kernel(x) * kernel(y)
    return V


def dU_by_loops(dV, U, grid):
    dU = np.zeros_like(U)
    for n, i, j, h, w, x, y in terms(U, grid):
        dU[n, :, h, w] += dV[n, :, i, j] * kernel(x) * kernel(y)
    return dU


def dgrid_by_loops(dV, U, grid):
    dgrid, (H, W) = np.zeros_like(grid), U.shape[2:]
    for n, i, j, h, w, x, y in terms(U, grid):
        pull = dV[n, :, i, j] @ U[n, :, h, w]
        dgrid[n, i, j, 0] += pull * slope(x) * kernel(y) * (W - 1) / 2
        dgrid[n, i, j, 1] += pull * kernel(x) * slope(y) * (H - 1) / 2
    return dgrid


def hats(coordinate, size):
    """Weights of all pixels along an axis, for every point: a matrix in place of gathering."""
    return np.maximum(0, 1 - np.abs(((coordinate + 1) / 2 * (size - 1))[..., None] - np.arange(size)))


def sampler_by_einsum(U, grid):
    H, W = U.shape[2:]
    return np.einsum("nchw,nijh,nijw->ncij", U, hats(grid[..., 1], H), hats(grid[..., 0], W))


def dU_by_einsum(dV, U, grid):
    H, W = U.shape[2:]
    return np.einsum("ncij,nijh,nijw->nchw", dV, hats(grid[..., 1], H), hats(grid[..., 0], W))


def sampler_with_the_left_neighbour_at_a_whole_number(U, grid):
    """ceil(x) - 1 and ceil(x): V is the same, since it is continuous; only its slope would be another."""
    N, C, H, W = U.shape
    padded, n = np.pad(U, ((0, 0), (0, 0), (9, 9), (9, 9))), np.arange(N)[:, None, None]
    x, y = (grid[..., 0] + 1) / 2 * (W - 1), (grid[..., 1] + 1) / 2 * (H - 1)
    x1, y1 = np.ceil(x).astype(int), np.ceil(y).astype(int)
    a, b = (x1 - x)[..., None], (y1 - y)[..., None]
    rows = [(1 - a) * padded[n, :, row + 9, x1 + 9] + a * padded[n, :, row + 9, x1 + 8] for row in (y1, y1 - 1)]
    return np.moveaxis((1 - b) * rows[0] + b * rows[1], -1, 1)


def affine_by_loops(theta, out_shape):
    H, W = out_shape
    grid = np.zeros((len(theta), H, W, 2))
    for n, i, j in np.ndindex(len(theta), H, W):
        grid[n, i, j] = theta[n] @ [2 * j / (W - 1) - 1, 2 * i / (H - 1) - 1, 1]
    return grid


def dtheta_by_loops(dgrid, theta, out_shape):
    H, W = out_shape
    dtheta = np.zeros_like(theta)
    for n, i, j in np.ndindex(len(theta), H, W):
        dtheta[n] += np.outer(dgrid[n, i, j], [2 * j / (W - 1) - 1, 2 * i / (H - 1) - 1, 1])
    return dtheta


def dtheta_by_matmul(dgrid, theta, out_shape):
    x, y = np.meshgrid(np.linspace(-1, 1, out_shape[1]), np.linspace(-1, 1, out_shape[0]))
    target = np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return np.swapaxes(dgrid.reshape(len(dgrid), -1, 2), 1, 2) @ target.T


def target_by_mgrid(out_shape):
    H, W = out_shape
    y, x = np.mgrid[-1:1:H * 1j, -1:1:W * 1j]
    return np.stack([x, y], axis=-1)


def pixels_by_cases(coordinate, size, align_corners):
    return (coordinate + 1) / 2 * (size - 1) if align_corners else ((coordinate + 1) * size - 1) / 2


def one_pixel(U, x, y):
    return sum(U[h, w] * kernel(x - w) * kernel(y - h) for h, w in np.ndindex(U.shape))


def one_slope(U, x, y):
    return [sum(U[h, w] * slope(x - w) * kernel(y - h) for h, w in np.ndindex(U.shape)),
            sum(U[h, w] * kernel(x - w) * slope(y - h) for h, w in np.ndindex(U.shape))]


def four_weights(x, y):
    return [kernel(x - w) * kernel(y - h) for h in (math.floor(y), math.floor(y) + 1)
            for w in (math.floor(x), math.floor(x) + 1)]


def corners_by_loops(P, index):
    N, C, H, W = P.shape
    corners = np.zeros((4, N, C, index.shape[1]))
    for k, n, c, m in np.ndindex(corners.shape):
        row, column = divmod(index[n, m], W)
        corners[k, n, c, m] = P[n, c, row + k // 2, column + k % 2]
    return corners


def corners_by_take_along_axis(P, index):
    N, C, H, W = P.shape
    images = P.reshape(N, C, H * W)
    return np.stack([np.take_along_axis(images, index[:, None] + step, axis=2) for step in (0, 1, W, W + 1)])


def pixels_by_loops(dcorners, index, shape):
    dP = np.zeros(shape)
    for k, n, c, m in np.ndindex(dcorners.shape):
        row, column = divmod(index[n, m], shape[3])
        dP[n, c, row + k // 2, column + k % 2] += dcorners[k, n, c, m]
    return dP


def pixels_by_bincount(dcorners, index, shape):
    N, C, H, W = shape
    place = index[:, None] + np.arange(N * C).reshape(N, C, 1) * H * W + np.array([0, 1, W, W + 1]).reshape(4, 1, 1, 1)
    return np.bincount(place.ravel(), dcorners.ravel(), N * C * H * W).reshape(shape)


@pytest.mark.parametrize("id, function", [
    ("blend", lambda left, right, a: left + a * (right - left)),
    ("target_grid", target_by_mgrid),
    ("map_point", lambda theta, x_t, y_t: theta @ np.array([x_t, y_t, 1])),
    ("compose", lambda a, b: (np.vstack([a, [0, 0, 1]]) @ np.vstack([b, [0, 0, 1]]))[:2]),
    ("affine_grid_forward", affine_by_loops),
    ("affine_grid_forward", stn.affine_grid_forward),
    ("to_pixels", pixels_by_cases),
    ("to_pixels", stn.to_pixels),
    ("grid_to_pixels", lambda grid, in_shape: (grid + 1) / 2 * (np.array(in_shape[::-1]) - 1)),
    ("bilinear_weights", four_weights),
    ("sample_pixel", one_pixel),
    ("bilinear_sampler_forward", sampler_by_loops),
    ("bilinear_sampler_forward", sampler_by_einsum),
    ("bilinear_sampler_forward", sampler_with_the_left_neighbour_at_a_whole_number),
    ("bilinear_sampler_forward", stn.bilinear_sampler_forward),
    ("scatter_add", lambda index, values, size: np.bincount(index, values, size)),
    ("scatter_add", lambda index, values, size: np.eye(size)[index].T @ values),
    ("bilinear_sampler_backward_U", dU_by_loops),
    ("bilinear_sampler_backward_U", dU_by_einsum),
    ("bilinear_sampler_backward_U",
     lambda dV, U, grid: stn.bilinear_sampler_backward(dV, stn.bilinear_sampler_forward(U, grid)[1])),
    ("slopes", one_slope),
    ("bilinear_sampler_backward_grid", dgrid_by_loops),
    ("bilinear_sampler_backward_grid",
     lambda dV, U, grid: stn.bilinear_sampler_backward(dV, stn.bilinear_sampler_forward(U, grid)[1])),
    ("dtheta_of_point", lambda dpoint, x_t, y_t: dpoint[:, None] * np.array([x_t, y_t, 1])),
    ("affine_grid_backward", dtheta_by_loops),
    ("affine_grid_backward", dtheta_by_matmul),
    ("affine_grid_backward",
     lambda dgrid, theta, out_shape: stn.affine_grid_backward(dgrid, stn.affine_grid_forward(theta, out_shape)[1])),
    ("loss_to_theta", lambda dV, U, theta: dtheta_by_loops(
        dgrid_by_loops(dV, U, affine_by_loops(theta, dV.shape[2:])), theta, dV.shape[2:])),
    ("gather_corners", corners_by_loops),
    ("gather_corners", corners_by_take_along_axis),
    ("scatter_corners", pixels_by_loops),
    ("scatter_corners", pixels_by_bincount),
])
def test_another_correct_answer_passes(id, function):
    result = teach.check(id, function)
    assert result.status == "passed", result


def in_form(exercise, value, form):
    """An answer with `form` applied to it, or to each part of it."""
    return tuple(map(form, value)) if exercise.parts else form(value)


@pytest.mark.parametrize("exercise", BY_ID)
def test_the_solution_in_float32_passes(exercise):
    def in_float32(*arguments):
        small = [np.float32(a) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in arguments]
        return in_form(exercise, exercise.solution[-1](*small), np.float32)

    result = teach.check(exercise.id, in_float32)
    assert result.status == "passed", result
    assert "float32" in result.message


@pytest.mark.parametrize("exercise", BY_ID)
def test_a_mistake_in_float32_is_named(exercise):
    change = exercise.mistakes[0].changes[0]

    def in_float32(*arguments):
        small = [np.float32(a) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in arguments]
        return in_form(exercise, exercise.recipe(*small, **change), np.float32)

    assert teach.check(exercise.id, in_float32).mistakes == (exercise.mistakes[0].id,)


@pytest.mark.parametrize("exercise", BY_ID)
def test_a_cache_beside_the_answer_is_no_matter(exercise):
    def with_cache(*arguments):
        return in_form(exercise, exercise.solution[-1](*arguments), np.asarray), {"kept": 1}

    result = teach.check(exercise.id, with_cache)
    assert result.status == "passed", result


@pytest.mark.parametrize("exercise", BY_ID)
@pytest.mark.parametrize("kind", [list, tuple])
def test_lists_and_tuples_of_numbers_pass(exercise, kind):
    def nested(value):
        return kind(map(nested, value)) if isinstance(value, list) else value

    result = teach.check(exercise.id, lambda *arguments: in_form(
        exercise, exercise.solution[-1](*arguments), lambda value: nested(np.asarray(value).tolist())))
    assert result.status == "passed", result


def test_the_answer_is_found_among_several():
    result = teach.check("bilinear_sampler_forward", lambda U, grid: (grid, sampler_by_einsum(U, grid), "more"))
    assert result.status == "passed" and "number 2 was taken as V" in " ".join(result.message.split())


def test_float64_of_ones_own_beside_float32_is_no_mistake():
    def own_grid(dV, U, theta):
        grid = affine_by_loops(theta, dV.shape[2:])
        _, dgrid = stn.bilinear_sampler_backward(dV, stn.bilinear_sampler_forward(U, grid)[1])
        return dtheta_by_loops(dgrid, theta, dV.shape[2:])

    result = teach.check("loss_to_theta", own_grid)
    assert result and "With float32 arguments it stops: grid must have the dtype of U" in " ".join(result.remarks)


def test_the_probes_are_strong():
    """What makes a probe strong is written in probes.py; here it is held to it."""
    dV, U, grid = arguments_of(EXERCISES["bilinear_sampler_backward_grid"].probes[0])
    N, C, H, W = U.shape
    assert len({N, C, H, W, *grid.shape[1:3]}) == 6
    x, y = (grid[..., 0] + 1) / 2 * (W - 1), (grid[..., 1] + 1) / 2 * (H - 1)
    for coordinate, size in ((x, W), (y, H)):
        assert np.abs(2 * coordinate - np.round(2 * coordinate)).min() > 0.02, "too close to a kink"
        assert ((-1 < coordinate) & (coordinate < 0)).any() and ((size - 1 < coordinate) & (coordinate < size)).any()
        assert coordinate.min() < -1 and coordinate.max() > size
    assert 0.5 < np.mean((0 < x) & (x < W - 1) & (0 < y) & (y < H - 1)) < 0.8
    _, small_U, lines = arguments_of(EXERCISES["bilinear_sampler_backward_grid"].probes[1])
    twice = (lines + 1) * (np.array(small_U.shape[:1:-1]) - 1)
    assert np.array_equal(twice, np.round(twice)), "exactly on the pixels and half-way between"
