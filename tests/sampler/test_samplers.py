"""The bilinear and the integer sampler: against the double sum of Eq. 3, and what must hold whatever the image.

Where exactness is promised it is tested with ==: on whole-numbered images, at coordinates that are multiples of 1/8
pixel, every product and every sum is exact.
"""

import functools
import tracemalloc

import loop_references as loops
import numpy as np
import pytest
from sampler_inputs import PAIRS, both_dtypes, both_rules, each_kernel, each_padding, random_inputs, run, whole_inputs

from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.sampler import fast as samplers
from stn_numpy.sampler import neighbours

# Output smaller, equal, larger; axes of one pixel, axes of one point; volumes.
SHAPES = [((4, 5), (3, 2)), ((4, 5), (4, 5)), ((3, 4), (5, 7)), ((1, 4), (3, 3)), ((4, 1), (2, 5)), ((1, 1), (2, 2)),
          ((5, 3), (1, 6)), ((5, 3), (1, 1)),
          ((2, 3, 4), (3, 2, 2)), ((2, 3, 4), (2, 3, 4)), ((2, 2, 3), (4, 3, 1)), ((1, 3, 1), (2, 2, 3))]


@functools.lru_cache(maxsize=None)
def loop_results(kernel, shapes, padding, align_corners):
    U, grid, dV = random_inputs(*shapes)
    return (loops.sampler(U, grid, kernel, padding, align_corners),
            *loops.sampler_backward(dV, U, grid, kernel, padding, align_corners))


@both_dtypes
@both_rules
@each_padding
@each_kernel
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_forward_and_backward_are_the_loops(shapes, kernel, padding, align_corners, dtype):
    U, grid, dV = [array.astype(dtype) for array in random_inputs(*shapes)]
    results = run(kernel, U, grid, dV, padding=padding, align_corners=align_corners)
    tolerance = {np.float64: 1e-12, np.float32: 2e-4}[dtype]
    for name, result, wanted in zip(("V", "dU", "dgrid"), results,
                                    loop_results(kernel, shapes, padding, align_corners)):
        assert result.dtype == dtype and result.shape == wanted.shape
        np.testing.assert_allclose(result, wanted, rtol=0, atol=tolerance, err_msg=name)


@both_dtypes
@both_rules
@each_padding
@each_kernel
@pytest.mark.parametrize("in_shape", [(1, 1), (1, 6), (2, 3), (7, 5), (28, 28), (13, 42), (42, 60), (101, 3),
                                      (3, 4, 5), (1, 2, 6)], ids=str)
def test_the_identity_returns_U_exactly(in_shape, kernel, padding, align_corners, dtype):
    d, U = len(in_shape), np.random.default_rng(0).standard_normal((2, 3, *in_shape)).astype(dtype)
    theta = np.repeat(np.eye(d, d + 1, dtype=dtype)[None], 2, axis=0)
    grid, _ = affine_grid_forward(theta, in_shape, align_corners)
    V, _ = PAIRS[kernel][0](U, grid, padding, align_corners)
    np.testing.assert_array_equal(V, U)


@both_dtypes
@both_rules
@each_kernel
@pytest.mark.parametrize("dx, dy", [(2, 0), (0, 1), (-1, 3), (3, -2), (0, 0)])
def test_a_shift_by_whole_pixels_is_slicing(dx, dy, kernel, align_corners, dtype):
    H, W = 7, 10
    U = np.random.default_rng(1).standard_normal((2, 3, H, W)).astype(dtype)
    s = [loops.pixels_per_unit(size, align_corners) for size in (W, H)]
    theta = np.array([[[1, 0, dx / s[0]], [0, 1, dy / s[1]]]] * 2, dtype)
    grid, _ = affine_grid_forward(theta, (H, W), align_corners)
    around = np.pad(U, [(0, 0), (0, 0), (3, 3), (3, 3)])
    V, _ = PAIRS[kernel][0](U, grid, "zeros", align_corners)
    np.testing.assert_array_equal(V, around[:, :, 3 + dy:3 + dy + H, 3 + dx:3 + dx + W])
    around = np.pad(U, [(0, 0), (0, 0), (3, 3), (3, 3)], mode="edge")
    V, _ = PAIRS[kernel][0](U, grid, "border", align_corners)
    np.testing.assert_array_equal(V, around[:, :, 3 + dy:3 + dy + H, 3 + dx:3 + dx + W])


def test_x_runs_along_the_width():
    U = np.arange(15.0).reshape(1, 1, 3, 5)
    assert samplers.bilinear_sampler_forward(U, np.array([[[[0.5, -1.0]]]]))[0].item() == 3       # U[h=0, w=3]
    assert samplers.bilinear_sampler_forward(U, np.array([[[[-1.0, 0.5]]]]))[0].item() == 7.5     # U[h=1.5, w=0]


@both_dtypes
@both_rules
@each_kernel
@pytest.mark.parametrize("padding", ["border", "reflection"])
@pytest.mark.parametrize("shapes", [((4, 5), (6, 7)), ((2, 3, 4), (3, 4, 2))], ids=str)
def test_weights_sum_to_one(shapes, padding, kernel, align_corners, dtype):
    U, grid, dV = [array.astype(dtype) for array in random_inputs(*shapes)]
    V, dU, dgrid = run(kernel, np.ones_like(U), grid, dV, padding=padding, align_corners=align_corners)
    np.testing.assert_allclose(V, 1, rtol=0, atol=4 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(dgrid, 0)              # a constant image looks the same from everywhere
    axes = tuple(range(2, U.ndim))
    np.testing.assert_allclose(dU.sum(axes), dV.sum(axes), rtol=0, atol=1e3 * np.finfo(dtype).eps)


@both_rules
@each_padding
@each_kernel
@pytest.mark.parametrize("shapes", [((3, 5), (4, 6)), ((2, 3, 5), (3, 2, 4))], ids=str)
def test_dU_is_the_transpose_of_sampling(shapes, kernel, padding, align_corners):
    U, grid, dV = random_inputs(*shapes)
    V, dU, _ = run(kernel, U, grid, dV, padding=padding, align_corners=align_corners)
    assert np.vdot(V, dV) == pytest.approx(np.vdot(U, dU), rel=1e-12)


@each_padding
@each_kernel
def test_points_that_share_a_pixel_add_up(kernel, padding):
    U = np.random.default_rng(0).standard_normal((2, 2, 3, 5))
    grid = np.zeros((2, 4, 6, 2))                        # 24 points, all on the middle pixel
    dV = np.random.default_rng(1).integers(-9, 10, (2, 2, 4, 6)).astype(float)
    _, dU, _ = run(kernel, U, grid, dV, padding=padding)
    wanted = np.zeros_like(U)
    wanted[:, :, 1, 2] = dV.sum(axis=(2, 3))
    np.testing.assert_array_equal(dU, wanted)


@each_kernel
def test_dU_of_outside_points(kernel):
    U, grid, dV = np.ones((1, 1, 3, 5)), np.full((1, 2, 2, 2), 9.0), np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    for padding, corner in (("zeros", 0), ("border", 10)):
        _, dU, dgrid = run(kernel, U, grid, dV, padding=padding)
        assert dU[0, 0, -1, -1] == corner == dU.sum()
        np.testing.assert_array_equal(dgrid, 0)


@each_padding
@each_kernel
def test_channels_and_images_do_not_mix(kernel, padding):
    U, grid, dV = random_inputs((4, 5), (3, 6), N=3, C=4)
    V, dU, dgrid = run(kernel, U, grid, dV, padding=padding)
    order = [2, 0, 3, 1]
    V_mixed, dU_mixed, dgrid_mixed = run(kernel, U[:, order], grid, dV[:, order], padding=padding)
    np.testing.assert_array_equal(V_mixed, V[:, order])
    np.testing.assert_array_equal(dU_mixed, dU[:, order])
    np.testing.assert_allclose(dgrid_mixed, dgrid, rtol=0, atol=1e-13)
    for n in range(3):
        for result, wanted in zip(run(kernel, U[n:n + 1], grid[n:n + 1], dV[n:n + 1], padding=padding),
                                  (V, dU, dgrid)):
            np.testing.assert_array_equal(result[0], wanted[n])
    alone = [run(kernel, U[:, c:c + 1], grid, dV[:, c:c + 1], padding=padding)[2] for c in range(4)]
    np.testing.assert_allclose(sum(alone), dgrid, rtol=0, atol=1e-13)      # all channels share the points


@pytest.mark.parametrize("samples", [1, 4, 17, 60, 200])
@both_rules
@each_padding
@each_kernel
@pytest.mark.parametrize("d", [2, 3])
def test_slicing_is_invisible(monkeypatch, d, kernel, padding, align_corners, samples):
    in_shape = {True: (3, 2, 5), False: (4, 2, 8)}[align_corners][-d:]
    inputs = whole_inputs(in_shape, (3, 4, 2)[-d:], align_corners, N=9)
    whole = run(kernel, *inputs, padding=padding, align_corners=align_corners)
    monkeypatch.setattr(neighbours, "SAMPLES_PER_SLICE", samples)
    for sliced, wanted in zip(run(kernel, *inputs, padding=padding, align_corners=align_corners), whole):
        np.testing.assert_array_equal(sliced, wanted)


@pytest.mark.parametrize("need_cache", [True, False])
@pytest.mark.parametrize("size_out", [64, 4])
@each_kernel
def test_working_memory_does_not_grow_with_the_batch(monkeypatch, kernel, size_out, need_cache):
    """Beside what is handed over: results, and the cache from forward to backward. Few samples of large images too."""
    monkeypatch.setattr(neighbours, "SAMPLES_PER_SLICE", 4_096)
    forward, backward = PAIRS[kernel]
    options = {} if need_cache or kernel == "integer" else {"need_cache": False}

    def extra(function, *arguments, **options):
        tracemalloc.start()
        results = function(*arguments, **options)
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return results, peak - kept

    def working(N):
        U, grid = np.ones((N, 1, 64, 64), np.float32), np.zeros((N, size_out, size_out, 2), np.float32)
        (V, cache), forwards = extra(forward, U, grid, **options)
        return max(forwards, extra(backward, V, cache)[1]) if cache else forwards

    assert working(64) < 1.2 * working(16)


def test_a_cache_that_nobody_needs_is_not_made():
    U, grid, _ = random_inputs((4, 5), (3, 2))
    V, cache = samplers.bilinear_sampler_forward(U, grid, need_cache=False)
    assert cache is None
    np.testing.assert_array_equal(V, samplers.bilinear_sampler_forward(U, grid)[0])


@both_dtypes
@both_rules
@each_kernel
@pytest.mark.parametrize("in_shape", [(3, 5), (1, 4), (2, 3, 4)], ids=str)
def test_huge_coordinates_are_outside(in_shape, kernel, align_corners, dtype):
    d = len(in_shape)
    U = np.random.default_rng(0).uniform(1, 2, (1, 2, *in_shape)).astype(dtype)
    for huge in (dtype(1e30), np.finfo(dtype).max):
        for sign, corner in ((1, -1), (-1, 0)):
            grid = np.full((1,) + (1,) * d + (d,), sign * huge, dtype)
            for padding, wanted in (("zeros", [0, 0]), ("border", U[(0, slice(None)) + (corner,) * d])):
                V, dU, dgrid = run(kernel, U, grid, np.ones((1, 2) + (1,) * d, dtype), padding=padding,
                                   align_corners=align_corners)
                np.testing.assert_array_equal(V.reshape(2), wanted)
                np.testing.assert_array_equal(dgrid, 0)
                assert dU.sum() == (0 if padding == "zeros" else 2)


@both_dtypes
@both_rules
@each_kernel
@pytest.mark.parametrize("in_shape", [(3, 5), (1, 4), (2, 3, 4)], ids=str)
def test_huge_coordinates_are_reflected_into_the_image(in_shape, kernel, align_corners, dtype):
    d = len(in_shape)
    U = np.random.default_rng(0).uniform(1, 2, (1, 2, *in_shape)).astype(dtype)
    for huge in (1e30, -1e30, np.finfo(dtype).max, -np.finfo(dtype).max):
        grid = np.full((1,) + (1,) * d + (d,), huge, dtype)
        V, dU, dgrid = run(kernel, U, grid, np.ones((1, 2) + (1,) * d, dtype), padding="reflection",
                           align_corners=align_corners)
        assert (U.min() <= V).all() and (V <= U.max()).all() and np.isfinite(dgrid).all()
        assert dU.sum() == pytest.approx(2)


@both_dtypes
@each_kernel
def test_reflection_is_exact_at_any_distance(kernel, dtype):
    """With 5 pixels the aligned mirrors repeat every 8: 2^60 pixels are 0, a multiple of 8 in both dtypes."""
    U = np.arange(10.0, 15, dtype=dtype).reshape(1, 1, 1, 5)
    far = np.array([[[[2.0 ** 59, 0], [-(2.0 ** 59), 0], [2.0 ** 14 + 0.5, 0], [-(2.0 ** 14), 0.25]]]], dtype)
    V, _ = PAIRS[kernel][0](U, far, "reflection")        # x = 2^60, -2^60, 2^15 + 3, -2^15 + 2
    np.testing.assert_array_equal(V.ravel(), [10, 10, 13, 12])


@both_dtypes
@each_padding
@each_kernel
def test_an_aligned_lone_pixel_is_always_hit(kernel, padding, dtype):
    """With align_corners=True an axis of one pixel has no length: every coordinate is on it, and has no slope."""
    U = np.array([2.0, 3.0], dtype).reshape(1, 2, 1, 1)
    grid = np.random.default_rng(0).uniform(-9, 9, (1, 3, 4, 2)).astype(dtype)
    V, dU, dgrid = run(kernel, U, grid, np.ones((1, 2, 3, 4), dtype), padding=padding)
    np.testing.assert_array_equal(V, np.broadcast_to(U, V.shape))
    np.testing.assert_array_equal(dU, np.full_like(U, 12))
    np.testing.assert_array_equal(dgrid, 0)


def test_between_edges_a_lone_pixel_fades():
    """With align_corners=False an axis of one pixel runs from -1/2 to 1/2: x = coordinate / 2."""
    U, x = np.full((1, 1, 1, 1), 8.0), np.array([-2, -1, 0, 1, 1.5, 2])
    grid = np.stack([x, 0 * x], axis=-1)[None, None]
    V, _ = samplers.bilinear_sampler_forward(U, grid, "zeros", align_corners=False)
    np.testing.assert_array_equal(V[0, 0, 0], [0, 4, 8, 4, 2, 0])
