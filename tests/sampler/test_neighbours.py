"""Slices, padding and its mirror, and the neighbours of a sample, against plain indexing."""

import numpy as np
import pytest

from stn_numpy.sampler import neighbours as module
from stn_numpy.sampler.neighbours import (PAD, Neighbours, corner_views, empty_padded, find_neighbours, image_slices,
                                          pad_images, padded, slices, unpad_gradient)

PADDINGS = ("zeros", "border", "reflection")
both_rules = pytest.mark.parametrize("align_corners", [True, False])
IN_SHAPES = [(3, 5), (1, 4), (1, 1), (2, 3, 4), (1, 2, 1)]


@pytest.mark.parametrize("count, cost", [(1, 1), (7, 3), (10, 1), (10, 10), (3, 11), (5, 1000), (100, 4)])
def test_slices_cover_everything_once_and_stay_small(monkeypatch, count, cost):
    monkeypatch.setattr(module, "SAMPLES_PER_SLICE", 10)
    parts = [list(range(count))[part] for part in slices(count, cost)]
    assert sum(parts, []) == list(range(count))
    assert all(len(part) * cost <= 10 or len(part) == 1 for part in parts)
    assert all((len(part) + 1) * cost > 10 for part in parts[:-1])


@pytest.mark.parametrize("C, size, M, images", [(1, (4, 5), 10, 10), (5, (4, 5), 10, 10), (1, (20, 20), 10, 1),
                                                (2, (4, 20), 1, 5), (1, (2, 4, 5), 1, 10), (9, (9, 9), 101, 1)])
def test_a_slice_holds_so_many_samples_or_four_times_as_many_pixels(monkeypatch, C, size, M, images):
    """Channels do not count: they are gone over one by one."""
    monkeypatch.setattr(module, "SAMPLES_PER_SLICE", 100)
    assert image_slices((20, C, *size), M)[0] == slice(0, images)


@both_rules
@pytest.mark.parametrize("in_shape", IN_SHAPES)
@pytest.mark.parametrize("padding", PADDINGS)
def test_pad_images(in_shape, padding, align_corners):
    """As np.pad; only the pixel after the last may be the mirror's, which is another than the edge if aligned."""
    U = np.random.default_rng(0).standard_normal((2, *in_shape)).astype(np.float32)
    P = empty_padded(3, in_shape, np.float32)
    pad_images(P, U, padding, align_corners)
    assert P.shape == (3, *padded(in_shape)) and P.dtype == np.float32 and not P[2].any()
    after = (slice(None),) + (slice(PAD, 1 - PAD),) * len(in_shape)
    mode = {"zeros": "constant", "border": "edge", "reflection": "reflect" if align_corners else "symmetric"}[padding]
    np.testing.assert_array_equal(P[:2][after], np.pad(U, [(0, 0)] + [(0, 1)] * len(in_shape), mode=mode))
    if mode != "reflect":
        around = [(0, 0)] + [(PAD, PAD)] * len(in_shape)
        np.testing.assert_array_equal(P[:2], np.pad(U, around, mode="constant" if padding == "zeros" else "edge"))


@pytest.mark.parametrize("in_shape", IN_SHAPES)
@pytest.mark.parametrize("padding", PADDINGS)
def test_unpad_gradient_is_the_transpose_of_pad_images(in_shape, padding):
    """Where the mirror is the edge itself; of the other kind of mirror nothing but a slope is read."""
    rng = np.random.default_rng(1)
    U, P = rng.integers(-9, 10, (2, *in_shape)).astype(float), empty_padded(2, in_shape, float)
    pad_images(P, U, padding, align_corners=False)
    dP = rng.integers(-9, 10, P.shape).astype(float)
    before = (P * dP).sum()
    dU = unpad_gradient(dP, padding)
    assert dU.shape == U.shape
    assert before == (U * dU).sum()


def room(d, n, m, dtype=float):
    return Neighbours(np.empty((n, m), np.intp), np.empty((d, n, m), dtype))


def find(pixels, size, padding, align_corners=True, **options):
    """Neighbours on an image of `size` pixels along x and one along y, padded by 2; points in pixels."""
    x = (np.asarray(pixels, float) - (size - 1) / 2) / ((size - 1) / 2 if align_corners else size / 2)
    points, near = np.stack([x, np.zeros_like(x)])[:, None], room(2, 1, len(x))    # (2, 1, m)
    backwards = find_neighbours(points, (1, size), padding, align_corners, near, **options)
    lower = near.index[0] - PAD * (size + 2 * PAD) - PAD                           # y is 0, x counted in the image
    return lower, near.fractions[0, 0], None if backwards is None else backwards[0, 0]


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
    """But not on the mirror itself, where 4.0 turns: it takes the mirror image beyond it."""
    lower, fraction, backwards = find([-2.0, -1.75, -1.0, 0.0, 1.0, 4.0, 4.25, 5.0], 5, "reflection")
    np.testing.assert_array_equal(backwards, [True, True, True, False, False, False, True, True])
    np.testing.assert_array_equal(lower, [1, 1, 0, 0, 1, 4, 3, 2])
    np.testing.assert_array_equal(fraction, [1, 0.75, 1, 0, 0, 0, 0.75, 1])


def test_nearest_rounds_half_up():
    lower, *_ = find([-1.5, -0.75, -0.5, 0.25, 0.5, 1.5, 3.5, 4.25, 4.5, 1e30], 5, "zeros", nearest=True)
    np.testing.assert_array_equal(lower, [-1, -1, 0, 0, 1, 2, 4, 4, 5, 5])
    lower, *_ = find([-1.5, -0.5, 0.5, 1.5, 4.5, 5.5], 5, "reflection", nearest=True)
    np.testing.assert_array_equal(lower, [1, 0, 1, 2, 3, 2])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("in_shape", [(3, 5), (2, 3, 4)])
def test_index_and_views_find_every_corner_of_every_image(in_shape, dtype):
    rng = np.random.default_rng(2)
    d, s = len(in_shape), [(size - 1) / 2 for size in in_shape[::-1]]
    P, near = empty_padded(2, in_shape, dtype), room(d, 2, 6, dtype)
    pad_images(P, rng.standard_normal((2, *in_shape)), "zeros", True)
    pixel = np.stack([rng.integers(-PAD, size + 1, (2, 6)) for size in in_shape[::-1]], axis=-1)   # x, y(, z)
    find_neighbours(np.moveaxis((pixel + 0.25 - s) / s, -1, 0).astype(dtype), in_shape, "zeros", True, near)
    views = corner_views(P)
    assert len(views) == 2 ** d and all(np.shares_memory(view, P) for view in views)
    for corner, view in enumerate(views):
        up = [corner >> axis & 1 for axis in range(d)]                             # x changes fastest
        for n, m in np.ndindex(2, 6):
            at = tuple(int(pixel[n, m, axis]) + PAD + up[axis] for axis in reversed(range(d)))
            assert view[near.index[n, m]] == P[(n, *at)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("in_shape", [(4_999, 4_001), (2 ** 17 - 3, 2 ** 17 - 1)], ids=str)
def test_places_beyond_what_float32_counts(in_shape, dtype):
    """Only the size is needed for an index, no images: beyond 2^24, and beyond 2^34, it is exact."""
    (H, W), near = in_shape, room(2, 3, 1, dtype)
    find_neighbours(np.zeros((2, 3, 1), dtype), in_shape, "zeros", True, near)     # the middle
    row = W + 2 * PAD
    middle = ((H - 1) // 2 + PAD) * row + (W - 1) // 2 + PAD
    assert near.index.ravel().tolist() == [n * (H + 2 * PAD) * row + middle for n in range(3)]
