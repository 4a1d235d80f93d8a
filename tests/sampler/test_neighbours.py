"""Slices, padding and its mirror, and the neighbours of a sample, against plain indexing."""

import numpy as np
import pytest

from stn_numpy.sampler import neighbours as module
from stn_numpy.sampler.neighbours import (PAD, corner_views, image_slices, in_every_channel, neighbours, pad_images,
                                          slices, unpad_gradient)

PADDINGS = ("zeros", "border", "reflection")
IN_SHAPES = [(3, 5), (1, 4), (1, 1), (2, 3, 4), (1, 2, 1)]


@pytest.mark.parametrize("count, cost", [(1, 1), (7, 3), (10, 1), (10, 10), (3, 11), (5, 1000), (100, 4)])
def test_slices_cover_everything_once_and_stay_small(monkeypatch, count, cost):
    monkeypatch.setattr(module, "SAMPLES_PER_SLICE", 10)
    parts = [list(range(count))[part] for part in slices(count, cost)]
    assert sum(parts, []) == list(range(count))
    assert all(len(part) * cost <= 10 or len(part) == 1 for part in parts)
    assert all((len(part) + 1) * cost > 10 for part in parts[:-1])


@pytest.mark.parametrize("C, size, M, images", [(1, (4, 5), 10, 10), (5, (4, 5), 10, 2), (1, (20, 20), 10, 1),
                                                (2, (4, 20), 1, 2), (1, (2, 4, 5), 1, 10), (9, (9, 9), 99, 1)])
def test_a_slice_holds_so_many_samples_or_four_times_as_many_pixels(monkeypatch, C, size, M, images):
    monkeypatch.setattr(module, "SAMPLES_PER_SLICE", 100)
    assert image_slices((20, C, *size), M)[0] == slice(0, images)


@pytest.mark.parametrize("in_shape", IN_SHAPES)
@pytest.mark.parametrize("padding", PADDINGS)
def test_pad_images(in_shape, padding):
    U = np.random.default_rng(0).standard_normal((2, 3, *in_shape)).astype(np.float32)
    around = [(0, 0), (0, 0)] + [(PAD, PAD)] * len(in_shape)
    P = pad_images(U, padding)
    assert P.dtype == np.float32 and P.flags.c_contiguous
    np.testing.assert_array_equal(P, np.pad(U, around, mode="constant" if padding == "zeros" else "edge"))


@pytest.mark.parametrize("in_shape", IN_SHAPES)
@pytest.mark.parametrize("padding", PADDINGS)
def test_unpad_gradient_is_the_transpose_of_pad_images(in_shape, padding):
    rng = np.random.default_rng(1)
    U = rng.integers(-9, 10, (2, 3, *in_shape)).astype(float)
    P = pad_images(U, padding)
    dP = rng.integers(-9, 10, P.shape).astype(float)
    before = dP.copy()
    dU = unpad_gradient(dP, padding)
    assert dU.shape == U.shape
    assert (P * dP).sum() == (U * dU).sum()
    np.testing.assert_array_equal(dP, before)


def find(pixels, size, padding, align_corners=True, **options):
    """Neighbours on a one-channel image of `size` pixels along x and one along y, padded by 2; points in pixels."""
    x = (np.asarray(pixels, float) - (size - 1) / 2) / ((size - 1) / 2 if align_corners else size / 2)
    points = np.stack([x, np.zeros_like(x)])[:, None]                              # (2, 1, m)
    near = neighbours(points, (1, 1, 1 + 2 * PAD, size + 2 * PAD), padding, align_corners, **options)
    lower = near.index[0] - PAD * (size + 2 * PAD) - PAD                           # y is 0, x counted in the image
    return lower, near.fractions[0, 0], None if near.backwards is None else near.backwards[0, 0]


def test_the_lower_corner_is_the_floor():
    lower, fraction, backwards = find([-1.5, -1, -0.75, 0, 0.5, 3.25, 4, 4.5, 5], 5, "zeros")
    np.testing.assert_array_equal(lower, [-2, -1, -1, 0, 0, 3, 4, 4, 5])
    np.testing.assert_array_equal(fraction, [0.5, 0, 0.25, 0, 0.5, 0.25, 0, 0.5, 0])
    assert backwards is None


@pytest.mark.parametrize("padding", ["zeros", "border"])
def test_far_points_stay_in_the_padding(padding):
    lower, fraction, _ = find([-1e300, -1e30, -3, 7, 1e30, 1e300], 5, padding)
    np.testing.assert_array_equal(lower, [-2, -2, -2, 5, 5, 5])
    np.testing.assert_array_equal(fraction, 0)


def test_a_reflected_point_takes_the_pixel_below_where_it_moves_backwards():
    lower, fraction, backwards = find([-2.0, -1.75, -1.0, 0.0, 1.0, 4.0, 4.25, 5.0], 5, "reflection")
    np.testing.assert_array_equal(backwards, [True, True, True, False, False, True, True, True])
    np.testing.assert_array_equal(lower, [1, 1, 0, 0, 1, 3, 3, 2])
    np.testing.assert_array_equal(fraction, [1, 0.75, 1, 0, 0, 1, 0.75, 1])


def test_nearest_rounds_half_up():
    lower, *_ = find([-1.5, -0.75, -0.5, 0.25, 0.5, 1.5, 3.5, 4.25, 4.5, 1e30], 5, "zeros", nearest=True)
    np.testing.assert_array_equal(lower, [-1, -1, 0, 0, 1, 2, 4, 4, 5, 5])
    lower, *_ = find([-1.5, -0.5, 0.5, 1.5, 4.5, 5.5], 5, "reflection", nearest=True)
    np.testing.assert_array_equal(lower, [1, 0, 1, 2, 3, 2])


@pytest.mark.parametrize("in_shape", [(3, 5), (2, 3, 4)])
def test_index_and_views_find_every_corner_of_every_image_and_channel(in_shape):
    rng = np.random.default_rng(2)
    d, s = len(in_shape), [(size - 1) / 2 for size in in_shape[::-1]]
    P = pad_images(rng.standard_normal((2, 3, *in_shape)), "zeros")
    pixel = np.stack([rng.integers(-PAD, size + 1, (2, 6)) for size in in_shape[::-1]], axis=-1)   # x, y(, z)
    near = neighbours(np.moveaxis((pixel + 0.25 - s) / s, -1, 0), P.shape, "zeros", True)
    assert near.index.shape == (2, 6) and near.fractions.shape == (d, 2, 6)
    index, views = in_every_channel(near.index, P.shape), corner_views(P)
    assert index.shape == (2, 3, 6) and index.dtype == np.intp
    assert len(views) == 2 ** d and all(np.shares_memory(view, P) for view in views)
    for corner, view in enumerate(views):
        up = [corner >> axis & 1 for axis in range(d)]                             # x changes fastest
        for n, c, m in np.ndindex(2, 3, 6):
            at = tuple(int(pixel[n, m, axis]) + PAD + up[axis] for axis in reversed(range(d)))
            assert view[index[n, c, m]] == P[(n, c, *at)]


def test_places_beyond_what_32_bits_count():
    """Only shapes are needed for an index, no images: three of 2^20 channels, 64 x 64 pixels with their padding."""
    shape = (3, 2 ** 20, 64, 64)
    index = neighbours(np.zeros((2, 3, 1)), shape, "zeros", True).index            # the middle, between 31 and 32
    assert index.ravel().tolist() == [n * 2 ** 32 + 31 * 64 + 31 for n in range(3)]
    last = in_every_channel(index, shape)[2, -1, 0]
    assert last == 3 * 2 ** 32 - 64 * 64 + 31 * 64 + 31
