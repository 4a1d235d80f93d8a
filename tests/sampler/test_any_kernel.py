"""The sampler for any kernel: against the sum of Eq. 3 over an image continued without end, against the specialised
samplers, PyTorch and ONNX; and what a learner's own kernel does. Its gradients, float32 and memory layouts are checked
in test_every_gradient.py, with the cases of gradient_cases.py."""

import functools
import itertools
import math
import tracemalloc
from pathlib import Path

import loop_references as loops
import numpy as np
import pytest
from sampler_inputs import (PADDINGS, PAIRS, both_dtypes, both_rules, each_padding, from_pixels, random_inputs,
                            whole_inputs)

from stn_numpy import MLP, SpatialTransformer
from stn_numpy.checking.gradcheck import GradientError, gradcheck, one_sided_gradient
from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.grid.restricted import translation_grid_forward
from stn_numpy.sampler import kernels, neighbours
from stn_numpy.sampler.any_kernel import kernel_pair, kernel_sampler_backward, kernel_sampler_forward
from stn_numpy.sampler.kernels import Kernel, gaussian

FIXTURES = Path(__file__).parents[1] / "fixtures"

# Unlike all others it is not even, so that it matters to which side of a point a pixel lies.
LOPSIDED = Kernel("lopsided", radius=1.5, weight=lambda t: (1.5 - t) ** 2 / 9, slope=lambda t: -2 * (1.5 - t) / 9)
NAMED = [kernels.bilinear, kernels.integer, kernels.cubic, kernels.quadratic_b_spline]
OTHERS = [gaussian(0.5), LOPSIDED]
each_named = pytest.mark.parametrize("kernel", NAMED, ids=repr)
each_kernel = pytest.mark.parametrize("kernel", NAMED + OTHERS, ids=repr)


def run(kernel, U, grid, dV, **options):
    """V, dU, dgrid."""
    V, cache = kernel_sampler_forward(U, grid, kernel, **options)
    return V, *kernel_sampler_backward(dV, cache)


# Eq. 3 as loops

def stands_at(w, size, padding, align_corners):
    """Which pixel of an axis stands at w, one step at a time; None for a zero."""
    if padding == "border":
        return min(max(w, 0), size - 1)
    step = 0 if align_corners else 1                     # does the mirror stand on the last pixel, or beyond it?
    while padding == "reflection" and size + step > 1 and not 0 <= w < size:
        w = -w - step if w < 0 else 2 * (size - 1) - w + step
    if padding == "reflection" and size + step == 1:
        return 0
    return w if 0 <= w < size else None


def along_axis(x, size, kernel, padding, align_corners):
    """(pixel, weight, slope) of all places of an axis where the kernel is not zero and the image neither."""
    found = []
    for w in range(math.floor(x) - 4, math.floor(x) + 6):
        pixel, t = stands_at(w, size, padding, align_corners), np.array([x - w])
        if pixel is not None and -kernel.radius <= t < kernel.radius:
            found.append((pixel, float(kernel.weight(t)[0]), float(kernel.slope(t)[0])))
    return found


def sampler_loops(U, grid, dV, kernel, padding, align_corners):
    """V[n,c,i,j] = sum_hw U[n,c,h,w] k(x - w) k(y - h), and its derivatives, pixel by pixel about each point."""
    N, C, *in_shape = U.shape
    sizes = in_shape[::-1]
    s = [loops.pixels_per_unit(size, align_corners) for size in sizes]
    V, dU, dgrid = np.zeros(dV.shape), np.zeros(U.shape), np.zeros(grid.shape)
    for n, *out in np.ndindex(grid.shape[:-1]):
        axes = [along_axis(loops.to_pixel(float(coordinate), size, align_corners), size, kernel, padding, align_corners)
                for coordinate, size in zip(grid[(n, *out)], sizes)]
        for in_reach in itertools.product(*axes):
            pixel, weights, slopes = zip(*in_reach)
            for c in range(C):
                u, dv = (n, c, *pixel[::-1]), dV[(n, c, *out)]
                V[(n, c, *out)] += U[u] * math.prod(weights)
                dU[u] += dv * math.prod(weights)
                for axis, slope in enumerate(slopes):
                    dweight = slope * math.prod(weights[:axis] + weights[axis + 1:])
                    dgrid[(n, *out)][axis] += s[axis] * dv * U[u] * dweight
    return V, dU, dgrid


SHAPES = [((4, 5), (3, 2)), ((3, 4), (4, 5)), ((1, 4), (2, 3)), ((4, 1), (2, 3)), ((1, 1), (2, 2)), ((5, 3), (1, 1)),
          ((2, 3, 4), (2, 1, 2)), ((1, 3, 1), (1, 2, 2))]


@both_rules
@each_padding
@each_kernel
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_forward_and_backward_are_the_loops(shapes, kernel, padding, align_corners):
    inputs = random_inputs(*shapes, C=2)
    results = run(kernel, *inputs, padding=padding, align_corners=align_corners)
    wanted = sampler_loops(*inputs, kernel, padding, align_corners)
    for name, got, loop in zip(("V", "dU", "dgrid"), results, wanted):
        assert got.shape == loop.shape
        np.testing.assert_allclose(got, loop, rtol=0, atol=1e-12, err_msg=name)


# The specialised samplers

@both_dtypes
@both_rules
@each_padding
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("d", [2, 3])
def test_its_instances_are_the_specialised_samplers_on_kinks(d, name, padding, align_corners, dtype):
    """With == on whole-numbered images, at multiples of 1/8 pixel: on the kinks, at the border, in the mirror."""
    in_shape = {True: (3, 2, 5), False: (4, 2, 8)}[align_corners][-d:]
    U, grid, dV = [array.astype(dtype) for array in whole_inputs(in_shape, (7, 6, 5)[-d:], align_corners)]
    forward, backward = PAIRS[name]
    V, cache = forward(U, grid, padding, align_corners)
    results = run(getattr(kernels, name), U, grid, dV, padding=padding, align_corners=align_corners)
    for got, specialised in zip(results, (V, *backward(dV, cache))):
        np.testing.assert_array_equal(got, specialised)


@both_dtypes
@both_rules
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("shapes", [((9, 7), (40, 50)), ((3, 4, 5), (6, 8, 10))], ids=str)
def test_its_instances_are_the_specialised_samplers(shapes, name, align_corners, dtype):
    """Sums of the same products, in another order."""
    U, grid, dV = [array.astype(dtype) for array in random_inputs(*shapes, N=5)]
    forward, backward = PAIRS[name]
    V, cache = forward(U, grid, align_corners=align_corners)
    results = run(getattr(kernels, name), U, grid, dV, align_corners=align_corners)
    for got, specialised in zip(results, (V, *backward(dV, cache))):
        tolerance = 1e-12 if dtype == np.float64 else 8 * np.finfo(dtype).eps * np.abs(specialised).max()
        np.testing.assert_allclose(got, specialised, rtol=0, atol=tolerance)


def test_half_way_in_the_mirror():
    """Three pixels with mirrors on the outer two. Half-way between the images of 2 and 1, up is 1, further out."""
    U, x = np.arange(3.0).reshape(1, 1, 1, 3), np.array([0.5, 1.5, 2.5, 3.5])
    grid = from_pixels(np.stack([x, 0 * x], axis=-1), (1, 3), True)[None, None]
    V, _ = kernel_sampler_forward(U, grid, kernels.integer, "reflection")
    np.testing.assert_array_equal(V.ravel(), [1, 2, 1, 0])
    V, _ = PAIRS["integer"][0](U, grid, "reflection")
    np.testing.assert_array_equal(V.ravel(), [1, 2, 1, 0])


# PyTorch and ONNX

@both_rules
@each_padding
def test_cubic_is_that_of_pytorch(padding, align_corners):
    with np.load(FIXTURES / "bicubic.npz", allow_pickle=False) as pytorch:
        results = run(kernels.cubic, pytorch["U"], pytorch["grid"], pytorch["dV"], padding=padding,
                      align_corners=align_corners)
        for name, result in zip(("V", "dU", "dgrid"), results):
            np.testing.assert_allclose(result, pytorch[f"{name}_{padding}_{align_corners}"], rtol=0, atol=1e-10)


ONNX_MODES = {"linear": kernels.bilinear, "nearest": kernels.integer, "cubic": kernels.cubic}


@both_rules
@each_padding
@pytest.mark.parametrize("mode", ONNX_MODES)
@pytest.mark.parametrize("d", [2, 3])
def test_agreement_with_onnx(d, mode, padding, align_corners):
    """But that with a cubic and "border", ONNX moves a coordinate outside -1 .. 1 to the middle of the edge pixel."""
    with np.load(FIXTURES / "onnx.npz", allow_pickle=False) as onnx:
        U, grid, wanted = onnx[f"U{d}"], onnx[f"grid{d}"], onnx[f"{mode}{d}_{padding}_{align_corners}"]
    V, _ = kernel_sampler_forward(U, grid, ONNX_MODES[mode], padding, align_corners)
    if (mode, padding) == ("cubic", "border"):
        assert np.abs(V - wanted).max() > 0.05
        sizes = np.array(U.shape[:1:-1])
        last = (sizes - 1) / 2 / [loops.pixels_per_unit(size, align_corners) for size in sizes]
        moved = np.where(np.abs(grid) > 1, np.sign(grid) * last, grid)
        V, _ = kernel_sampler_forward(U, moved, ONNX_MODES[mode], padding, align_corners)
    np.testing.assert_allclose(V, wanted, rtol=0, atol=1e-12)


# What must hold whatever the image

@both_dtypes
@both_rules
@each_padding
@each_named
@pytest.mark.parametrize("in_shape", [(1, 3), (13, 42), (3, 4, 5)], ids=str)
def test_the_identity(in_shape, kernel, padding, align_corners, dtype):
    """An interpolating kernel returns U exactly, the spline a blur of it."""
    d, U = len(in_shape), np.random.default_rng(0).standard_normal((2, 3, *in_shape)).astype(dtype)
    theta = np.repeat(np.eye(d, d + 1, dtype=dtype)[None], 2, axis=0)
    grid, _ = affine_grid_forward(theta, in_shape, align_corners)
    V, _ = kernel_sampler_forward(U, grid, kernel, padding, align_corners)
    if kernel is kernels.quadratic_b_spline:
        wanted = U.astype(float)
        for axis, size in zip(range(2, 2 + d), in_shape):
            wanted = sum(weight * take_at(wanted, axis, np.arange(size) + w, padding, align_corners)
                         for weight, w in ((1 / 8, -1), (3 / 4, 0), (1 / 8, 1)))
        np.testing.assert_allclose(V, wanted, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-14)
    else:
        np.testing.assert_array_equal(V, U)


def take_at(array, axis, ws, padding, align_corners):
    """The array continued along one axis, at places ws."""
    at = [stands_at(int(w), array.shape[axis], padding, align_corners) for w in ws]
    taken = np.moveaxis(array.take([i or 0 for i in at], axis), axis, -1) * [i is not None for i in at]
    return np.moveaxis(taken, -1, axis)


@both_rules
@each_named
@pytest.mark.parametrize("padding", ["border", "reflection"])
@pytest.mark.parametrize("shapes", [((4, 5), (6, 7)), ((2, 3, 4), (3, 4, 2))], ids=str)
def test_a_constant_image_looks_the_same_from_everywhere(shapes, padding, kernel, align_corners):
    U, grid, dV = random_inputs(*shapes)
    V, dU, dgrid = run(kernel, np.ones_like(U), grid, dV, padding=padding, align_corners=align_corners)
    np.testing.assert_allclose(V, 1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(dgrid, 0, rtol=0, atol=1e-13)
    axes = tuple(range(2, U.ndim))
    np.testing.assert_allclose(dU.sum(axes), dV.sum(axes), rtol=0, atol=1e-12)


@both_rules
@each_padding
@each_kernel
@pytest.mark.parametrize("shapes", [((3, 5), (4, 6)), ((2, 3, 5), (3, 2, 4))], ids=str)
def test_dU_is_the_transpose_of_sampling(shapes, kernel, padding, align_corners):
    U, grid, dV = random_inputs(*shapes)
    V, dU, _ = run(kernel, U, grid, dV, padding=padding, align_corners=align_corners)
    assert np.vdot(V, dV) == pytest.approx(np.vdot(U, dU), rel=1e-12)


@pytest.mark.parametrize("kernel, wanted", [(kernels.bilinear, 1), (kernels.quadratic_b_spline, 1),
                                            (kernels.integer, 0), (kernels.cubic, 1.5)], ids=str)
def test_the_slope_of_a_ramp_on_its_pixels(kernel, wanted):
    """1, right on the grid lines of the bilinear kernel, too. The cubic is too steep there: -2 a = 1.5."""
    U = np.broadcast_to(np.arange(9.0), (1, 1, 9, 9)).copy()
    grid, _ = affine_grid_forward(np.eye(2, 3)[None], (9, 9))
    _, _, dgrid = run(kernel, U, grid, np.ones_like(U))
    slope = dgrid[0, 2:-2, 2:-2] / loops.pixels_per_unit(9, True)
    np.testing.assert_allclose(slope[..., 0], wanted, rtol=0, atol=1e-14)
    np.testing.assert_allclose(slope[..., 1], 0, rtol=0, atol=1e-14)


@both_rules
@each_padding
@pytest.mark.parametrize("kernel", [kernels.bilinear, kernels.cubic, kernels.quadratic_b_spline], ids=repr)
def test_on_kinks_the_slope_is_the_right_hand_one(kernel, padding, align_corners):
    """Points on pixels, half-way between them, at the border and outside; a kink or not."""
    x = np.arange(-8, 18) / 2
    points = np.stack([x, np.roll(x, 5)], axis=-1)[None, :, None]
    grid = from_pixels(points, (3, 5), align_corners)
    U = np.random.default_rng(0).standard_normal((1, 2, 3, 5))
    dV = np.random.default_rng(1).standard_normal((1, 2, *grid.shape[1:3]))
    forward = functools.partial(kernel_sampler_forward, kernel=kernel, padding=padding, align_corners=align_corners)
    _, cache = forward(U, grid)
    wanted = one_sided_gradient(forward, {"U": U, "grid": grid}, "grid", dV)
    np.testing.assert_allclose(kernel_sampler_backward(dV, cache)[1], wanted, rtol=0, atol=1e-4)


@both_dtypes
@both_rules
@each_kernel
@pytest.mark.parametrize("in_shape", [(3, 5), (1, 4), (2, 3, 4)], ids=str)
def test_huge_coordinates(in_shape, kernel, align_corners, dtype):
    """They see what a point on a pixel sees where the image is zero, or its edge, or somewhere in the mirror."""
    d = len(in_shape)
    U = np.random.default_rng(0).uniform(1, 2, (1, 2, *in_shape)).astype(dtype)
    total = kernels.evaluate(kernel, "weight", np.arange(math.ceil(-kernel.radius), kernel.radius)).sum() ** d
    for huge in (1e30, -1e30, np.finfo(dtype).max, -np.finfo(dtype).max):
        grid = np.full((1,) + (1,) * d + (d,), huge, dtype)
        for padding in PADDINGS:
            V, dU, dgrid = run(kernel, U, grid, np.ones((1, 2) + (1,) * d, dtype), padding=padding,
                               align_corners=align_corners)
            lone = align_corners and 1 in in_shape       # an axis without length, on which every point is inside
            if padding == "zeros" and not lone:
                assert not V.any() and not dU.any() and not dgrid.any()
            elif padding == "border" and not lone:
                corner = U[(0, slice(None)) + (-1 if huge > 0 else 0,) * d]
                np.testing.assert_allclose(V.reshape(2), total * corner, rtol=1e-6)
            elif padding == "reflection":
                assert dU.sum() == pytest.approx(2 * total, rel=1e-6) and np.isfinite(dgrid).all()
                assert np.vdot(U, dU) == pytest.approx(V.sum(), rel=1e-6)


@both_dtypes
def test_reflection_is_exact_at_any_distance(dtype):
    """With 5 pixels the aligned mirrors repeat every 8: 2^60 pixels are 0, a multiple of 8 in both dtypes."""
    U = np.arange(10.0, 15, dtype=dtype).reshape(1, 1, 1, 5)
    far = np.array([[[[2.0 ** 59, 0], [-(2.0 ** 59), 0], [2.0 ** 14 + 0.5, 0], [2.0 ** 23, 0]]]], dtype)
    for kernel in (kernels.bilinear, kernels.integer, kernels.cubic):
        V, _ = kernel_sampler_forward(U, far, kernel, "reflection")       # x = 2^60, -2^60, 2^15 + 3, 2^24 + 2
        np.testing.assert_array_equal(V.ravel(), [10, 10, 13, 12])


@pytest.mark.parametrize("kernel", [kernels.integer, kernels.cubic], ids=repr)
@pytest.mark.parametrize("samples", [1, 60, 500])
@pytest.mark.parametrize("shapes", [((4, 5), (4, 3)), ((2, 3, 4), (2, 3, 2))], ids=str)
def test_slicing_is_invisible(monkeypatch, shapes, samples, kernel):
    U, grid, dV = random_inputs(*shapes, N=5)
    whole = run(kernel, U, grid, dV)
    monkeypatch.setattr(neighbours, "SAMPLES_PER_SLICE", samples)
    for sliced, wanted in zip(run(kernel, U, grid, dV), whole):
        np.testing.assert_allclose(sliced, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kernel", [kernels.bilinear, gaussian(1)], ids=repr)
def test_memory_grows_neither_with_the_batch_nor_with_the_kernel(kernel):
    def peak(N):
        U, grid = np.ones((N, 1, 32, 32), np.float32), np.zeros((N, 32, 32, 2), np.float32)
        tracemalloc.start()
        results = run(kernel, U, grid, np.ones_like(U))
        extra = tracemalloc.get_traced_memory()[1] - sum(array.nbytes for array in results)
        tracemalloc.stop()
        return extra

    small = peak(64)
    assert peak(128) < 1.2 * small and small < 10e6


def test_only_the_support_is_visited():
    """Of 10,000 pixels each point meets three by three, the kernel is asked three times along each axis."""
    asked = []
    spy = Kernel("spy", weight=lambda t: asked.append(t) or np.ones_like(t), slope=np.zeros_like, radius=1.5)
    V, _ = kernel_sampler_forward(np.ones((1, 1, 100, 100)), np.zeros((1, 1, 4, 2)), spy)
    assert [t.size for t in asked] == [3 * 4, 3 * 4] and (V == 9).all()
    assert all((-1.5 <= t).all() and (t < 1.5).all() for t in asked)


def test_without_dU():
    U, grid, dV = random_inputs((4, 5), (3, 6))
    _, cache = kernel_sampler_forward(U, grid, kernels.cubic)
    dU, dgrid = kernel_sampler_backward(dV, cache, need_dU=False)
    assert dU is None
    np.testing.assert_array_equal(dgrid, kernel_sampler_backward(dV, cache)[1])


# A kernel of one's own

WIDE_TENT = Kernel("wide tent", radius=2,
                   weight=lambda t: (2 - abs(t)) / 4,
                   slope=lambda t: np.where(t < 0, 1 / 4, -1 / 4))


def off_kinks(in_shape, out_shape):
    """U and a grid whose points lie 0.1 pixels or more from the nearest half pixel."""
    rng = np.random.default_rng(0)
    pixels = np.stack([rng.integers(-2, 2 * size + 2, out_shape) / 2 for size in in_shape[::-1]], axis=-1)
    grid = from_pixels(pixels + rng.uniform(0.1, 0.4, pixels.shape), in_shape, True)
    return rng.standard_normal((2, 2, *in_shape)), np.stack([grid, grid[::-1]])


def test_the_kernel_of_the_docstring_passes_the_checker():
    forward = lambda U, grid: kernel_sampler_forward(U, grid, WIDE_TENT)
    gradcheck(forward, kernel_sampler_backward, off_kinks((4, 5), (3, 2)))


def test_the_kernel_of_the_docstring_trains():
    """Asked for what it would see elsewhere, the transformer finds the way there, each image's own."""
    y, x = np.mgrid[:9, :11]
    U = np.stack([np.exp(-((x - middle) ** 2 + (y - 4) ** 2) / 8) for middle in (3, 7)])[:, None]
    theta = np.array([[0.25, -0.15], [-0.1, 0.2]])
    wanted, _ = kernel_sampler_forward(U, translation_grid_forward(theta, (9, 11))[0], WIDE_TENT)
    transformer = SpatialTransformer(MLP([99, 2], rng=0), "translation", WIDE_TENT)
    losses = []
    for _ in range(200):
        error = transformer.forward(U) - wanted
        losses.append((error ** 2).sum() / 2)
        transformer.backward(error)
        for name, array in transformer.params.items():
            array -= 0.004 * transformer.grads[name]
    assert losses[-1] < 1e-4 * losses[0]
    np.testing.assert_allclose(transformer.theta, theta, atol=0.01)


def test_a_wrong_slope_is_found():
    wrong = WIDE_TENT._replace(slope=lambda t: np.where(t < 0, 1 / 4, 1 / 4))
    with pytest.raises(GradientError, match="the gradient to grid is wrong"):
        gradcheck(lambda U, grid: kernel_sampler_forward(U, grid, wrong), kernel_sampler_backward,
                  off_kinks((4, 5), (3, 2)))


def test_a_weight_cannot_change_what_the_slope_is_given():
    in_place = WIDE_TENT._replace(weight=lambda t: (2 - np.abs(t, out=t)) / 4)
    with pytest.raises(ValueError, match="read-only"):
        kernel_sampler_forward(*off_kinks((4, 5), (3, 2)), in_place)


# In a spatial transformer

def localisation():
    return MLP([2 * 6 * 5, 4, 6], rng=0)


@pytest.mark.parametrize("sampler, kernel", [("cubic", kernels.cubic), (gaussian(0.5), gaussian(0.5)),
                                             ("quadratic_b_spline", kernels.quadratic_b_spline)], ids=str)
@pytest.mark.parametrize("padding, align_corners", [("zeros", True), ("border", False)])
def test_a_transformer_takes_a_name_or_a_kernel(sampler, kernel, padding, align_corners):
    U = np.random.default_rng(1).standard_normal((2, 2, 6, 5))
    transformer = SpatialTransformer(localisation(), sampler=sampler, padding=padding, align_corners=align_corners)
    transformer.params["localisation.layer2.b"][...] += [0.1, 0.2, -0.1, 0.3, -0.2, 0.1]
    V = transformer.forward(U)
    np.testing.assert_array_equal(V, kernel_sampler_forward(U, transformer.grid, kernel, padding, align_corners)[0])
    dV = np.random.default_rng(2).standard_normal(V.shape)
    dU = transformer.backward(dV)
    wanted = one_sided_gradient(lambda x: (transformer.forward(x), None), (U,), "x", dV)
    np.testing.assert_allclose(dU, wanted, rtol=0, atol=1e-4)


def test_what_a_transformer_refuses_as_a_sampler():
    names = "'bilinear', 'integer', 'cubic', 'quadratic_b_spline'"
    for wrong in ("lanczos", None, np.sinc):
        with pytest.raises(ValueError, match=f"sampler must be one of {names}, got"):
            SpatialTransformer(localisation(), sampler=wrong)
    with pytest.raises(ValueError, match="radius of kernel 'wide tent' must be a positive multiple of 1/2, got 0"):
        SpatialTransformer(localisation(), sampler=WIDE_TENT._replace(radius=0))


# The door

U, GRID, DV = np.ones((2, 3, 4, 5)), np.zeros((2, 6, 7, 2)), np.ones((2, 3, 6, 7))


@pytest.mark.parametrize("error, message, change", [
    (ValueError, "U must have shape (N, C, H, W), got (3, 4, 5)", dict(U=U[0])),
    (ValueError, "grid must have shape (N, H_out, W_out, 2) with N = 2 as in U, got (1, 6, 7, 2)", dict(grid=GRID[:1])),
    (ValueError, "grid must have shape (N, D_out, H_out, W_out, 3), got (2, 6, 7, 2)", dict(U=U[..., None])),
    (ValueError, "U must be finite", dict(U=U * np.nan)),
    (ValueError, "grid must be finite", dict(grid=GRID + np.inf)),
    (ValueError, "U must not be empty", dict(U=U[:0])),
    (TypeError, "U must be float32 or float64, got int64", dict(U=U.astype(np.int64))),
    (TypeError, "grid must have the dtype of U, float64, got float32", dict(grid=GRID.astype(np.float32))),
    (ValueError, "padding must be one of 'zeros', 'border', 'reflection', got 'wrap'", dict(padding="wrap")),
    (TypeError, "kernel must be a stn_numpy.kernels.Kernel such as kernels.cubic, got 'cubic'", dict(kernel="cubic")),
    (ValueError, "radius of kernel 'wide tent' must be a positive multiple of 1/2, got -1",
     dict(kernel=WIDE_TENT._replace(radius=-1))),
    (ValueError, "weight of kernel 'wide tent' must return real numbers in the shape of t, (4, 2, 1, 42), got float64 "
     "in shape ()", dict(kernel=WIDE_TENT._replace(weight=np.sum))),
])
def test_what_forward_refuses(error, message, change):
    with pytest.raises(error) as caught:
        kernel_sampler_forward(**{**dict(U=U, grid=GRID, kernel=kernels.cubic), **change})
    assert str(caught.value).startswith(message)


def test_what_backward_refuses():
    _, cache = kernel_sampler_forward(U, GRID, WIDE_TENT._replace(slope=lambda t: t / 0))
    with pytest.raises(ValueError, match=r"dV must have shape \(2, 3, 6, 7\), got \(2, 3, 7, 6\)"):
        kernel_sampler_backward(DV.swapaxes(2, 3), cache)
    with pytest.raises(TypeError, match="dV must have the dtype of the output, float64, got float32"):
        kernel_sampler_backward(DV.astype(np.float32), cache)
    with pytest.raises(ValueError, match="slope of kernel 'wide tent' must be finite"), np.errstate(all="ignore"):
        kernel_sampler_backward(DV, cache)


def test_a_pair_for_one_kernel_is_called_like_the_specialised_samplers():
    forward, backward = kernel_pair(kernels.cubic)
    V, cache = forward(*random_inputs((4, 5), (3, 6))[:2], padding="border", align_corners=False)
    assert cache[2:] == (kernels.cubic, "border", False) and backward is kernel_sampler_backward
