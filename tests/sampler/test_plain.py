"""The textbook samplers: everywhere the numbers of the fast ones, which test_samplers.py compares with the loops, and
those of PyTorch. Their gradients, float32 and memory layouts are checked in test_every_gradient.py."""

from pathlib import Path

import numpy as np
import pytest
from sampler_inputs import (PAIRS, both_rules, each_kernel, each_padding, from_pixels, random_inputs, run,
                            whole_inputs)

from stn_numpy.sampler import plain

PLAIN = {"bilinear": (plain.bilinear_sampler_forward, plain.bilinear_sampler_backward),
         "integer": (plain.integer_sampler_forward, plain.integer_sampler_backward)}
SHAPES = [((4, 5), (6, 7)), ((5, 4), (2, 3)), ((1, 4), (3, 5)), ((4, 1), (2, 3)), ((1, 1), (3, 4)), ((3, 9), (1, 1)),
          ((41, 60), (30, 40))]
with np.load(Path(__file__).parents[1] / "fixtures" / "pytorch.npz", allow_pickle=False) as file:
    PYTORCH = dict(file)


def halves(in_shape, out_shape, align_corners):
    """Points at multiples of half a pixel, on kinks and half-way, up to six images beyond either edge."""
    rng = np.random.default_rng(2)
    pixels = np.stack([rng.integers(-12 * size, 14 * size, (2, *out_shape)) / 2 for size in in_shape[::-1]], axis=-1)
    return from_pixels(pixels, in_shape, align_corners)


def far(in_shape, out_shape, align_corners):
    return np.random.default_rng(3).choice([-1.7e308, -1e30, -1, 0, 1, 1e30, 1.7e308], (2, *out_shape, 2))


@both_rules
@each_padding
@each_kernel
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_the_numbers_are_those_of_the_fast_samplers(shapes, kernel, padding, align_corners):
    """About the image and far around it, at multiples of 1/8 pixel, on kinks and half-way, in mirrors, at the end of
    what a float can hold."""
    U, random, dV = random_inputs(*shapes)
    eighths = whole_inputs(*shapes, align_corners)[1]
    for grid in (random, eighths, halves(*shapes, align_corners), far(*shapes, align_corners)):
        options = {"padding": padding, "align_corners": align_corners}
        fast = run(kernel, U, grid, dV, **options)
        for name, got, wanted in zip(("V", "dU", "dgrid"), run(kernel, U, grid, dV, PLAIN, **options), fast):
            np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12, err_msg=name)


@both_rules
@each_padding
@pytest.mark.parametrize("mode, kernel", [("bilinear", "bilinear"), ("nearest", "integer")])
@pytest.mark.parametrize("shapes", ["image", "row", "column"])
def test_the_numbers_are_those_of_pytorch(shapes, mode, kernel, padding, align_corners):
    inputs = [PYTORCH[f"grid_sample/{shapes}/{array}"] for array in ("U", "grid", "dV")]
    results = run(kernel, *inputs, PLAIN, padding=padding, align_corners=align_corners)
    for array, ours in zip(("V", "dU", "dgrid"), results):
        pytorch = PYTORCH[f"grid_sample/{shapes}/{mode}/{padding}/{align_corners}/{array}"]
        np.testing.assert_allclose(ours, pytorch, rtol=0, atol=1e-10)


@each_kernel
@pytest.mark.parametrize("change", [dict(U=np.ones((2, 3, 4))), dict(U=np.ones((2, 3, 4, 5), int)),
                                    dict(U=np.full((2, 3, 4, 5), np.inf)), dict(grid=np.zeros((1, 6, 7, 2))),
                                    dict(grid=np.zeros((2, 6, 7, 2), np.float32)), dict(padding="edge"),
                                    dict(align_corners=1)], ids=str)
def test_what_it_refuses_and_how_is_what_the_fast_one_does(kernel, change):
    arguments = {"U": np.ones((2, 3, 4, 5)), "grid": np.zeros((2, 6, 7, 2)), **change}
    with pytest.raises((TypeError, ValueError)) as fast:
        PAIRS[kernel][0](**arguments)
    with pytest.raises(fast.type) as caught:
        PLAIN[kernel][0](**arguments)
    assert str(caught.value) == str(fast.value)


@each_kernel
def test_it_is_for_images_only(kernel):
    with pytest.raises(ValueError, match=r"U must have shape \(N, C, H, W\), got \(1, 1, 2, 3, 4\)"):
        PLAIN[kernel][0](np.ones((1, 1, 2, 3, 4)), np.zeros((1, 1, 1, 1, 3)))
    _, cache = PLAIN[kernel][0](np.ones((2, 3, 4, 5)), np.zeros((2, 6, 7, 2)))
    with pytest.raises(ValueError, match=r"dV must have shape \(2, 3, 6, 7\), got \(2, 3, 7, 6\)"):
        PLAIN[kernel][1](np.ones((2, 3, 7, 6)), cache)
