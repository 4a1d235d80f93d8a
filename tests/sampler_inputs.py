"""What the tests of the samplers share: the pairs, the options, and inputs that could show a mistake."""

import loop_references as loops
import numpy as np
import pytest

from stn_numpy.sampler import fast as samplers

PAIRS = {"bilinear": (samplers.bilinear_sampler_forward, samplers.bilinear_sampler_backward),
         "integer": (samplers.integer_sampler_forward, samplers.integer_sampler_backward)}
PADDINGS = ("zeros", "border", "reflection")

each_kernel = pytest.mark.parametrize("kernel", PAIRS)
each_padding = pytest.mark.parametrize("padding", PADDINGS)
both_rules = pytest.mark.parametrize("align_corners", [True, False])
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def run(kernel, U, grid, dV, pairs=PAIRS, **options):
    """V, dU, dgrid."""
    forward, backward = pairs[kernel]
    V, cache = forward(U, grid, **options)
    return V, *backward(dV, cache)


def random_inputs(in_shape, out_shape, N=2, C=3, seed=0):
    """U, grid and dV that float32 holds exactly, half of the points about the image and half far around it."""
    rng = np.random.default_rng(seed)
    reach = rng.choice([1.2, 4.0], (N, *out_shape, 1))
    grid = reach * rng.uniform(-1, 1, (N, *out_shape, len(in_shape)))
    arrays = rng.standard_normal((N, C, *in_shape)), grid, rng.standard_normal((N, C, *out_shape))
    return [array.astype(np.float32).astype(np.float64) for array in arrays]


def whole_inputs(in_shape, out_shape, align_corners, N=2, C=3, seed=0):
    """Whole-numbered U and dV, and a grid at multiples of 1/8 pixel, partly outside.

    Where pixels per unit are a power of two, all products and sums of these are exact, in whatever order.
    """
    rng = np.random.default_rng(seed)
    pixels = np.stack([rng.integers(-16, 8 * size + 16, (N, *out_shape)) / 8 for size in in_shape[::-1]], axis=-1)
    U, dV = [rng.integers(-9, 10, (N, C, *shape)).astype(float) for shape in (in_shape, out_shape)]
    return U, from_pixels(pixels, in_shape, align_corners), dV


def from_pixels(pixels, in_shape, align_corners):
    """Normalised coordinates of points in pixels, last axis (x, y(, z)); 0 along an aligned axis of one pixel."""
    sizes = np.array(in_shape[::-1])
    s = np.array([loops.pixels_per_unit(size, align_corners) for size in sizes])
    return (pixels - (sizes - 1) / 2) / np.where(s == 0, np.inf, s)
