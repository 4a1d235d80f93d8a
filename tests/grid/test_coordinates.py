"""The two rulers, the target grid and the mirrors: against the definitions, exactly where exactness is promised."""

import functools
from fractions import Fraction

import loop_references as loops
import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy.grid.coordinates import pixel_centres, pixels_per_unit, reflect, target_points, to_pixels

SIZES = [1, 2, 3, 4, 5, 7, 10, 28, 42, 63, 64, 65, 100, 1000, 4097]
both_rules = pytest.mark.parametrize("align_corners", [True, False])
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


@pytest.mark.parametrize("size, align_corners, first_and_last", [
    (5, True, (0, 4)), (2, True, (0, 1)), (1, True, (0, 0)),
    (5, False, (-0.5, 4.5)), (2, False, (-0.5, 1.5)), (1, False, (-0.5, 0.5)),
])
def test_what_minus_one_and_one_mean(size, align_corners, first_and_last):
    np.testing.assert_array_equal(to_pixels(np.array([-1.0, 1.0]), size, align_corners), first_and_last)


@both_rules
@pytest.mark.parametrize("size", SIZES)
def test_the_map_is_the_definition(size, align_corners):
    coordinate = np.random.default_rng(size).uniform(-3, 3, 50)
    wanted = [loops.to_pixel(c, size, align_corners) for c in coordinate]
    np.testing.assert_allclose(to_pixels(coordinate, size, align_corners), wanted, rtol=0, atol=2e-14 * size)


@both_rules
@pytest.mark.parametrize("size", SIZES)
def test_pixels_per_unit_is_the_slope_of_the_map(size, align_corners):
    left, right = to_pixels(np.array([-0.5, 0.5]), size, align_corners)
    assert right - left == pixels_per_unit(size, align_corners) == loops.pixels_per_unit(size, align_corners)


@both_dtypes
@both_rules
@pytest.mark.parametrize("size", SIZES)
def test_the_centre_of_pixel_j_comes_out_as_j_exactly(size, align_corners, dtype):
    centres = pixel_centres(size, align_corners, dtype)
    assert centres.dtype == dtype
    x = to_pixels(centres, size, align_corners)
    assert x.dtype == dtype
    np.testing.assert_array_equal(x, np.arange(size))


@both_rules
@pytest.mark.parametrize("size", SIZES)
def test_other_ways_to_compute_the_centres_give_j_exactly_too(size, align_corners):
    exact = np.array([float(loops.target_coordinate(j, size, align_corners)) for j in range(size)])
    end = (1 if size > 1 else 0) if align_corners else 1 - 1 / size
    for dtype in (np.float64, np.float32):
        for centres in (exact.astype(dtype), np.linspace(-end, end, size, dtype=dtype)):
            np.testing.assert_array_equal(to_pixels(centres, size, align_corners), np.arange(size))


@both_dtypes
@both_rules
@pytest.mark.parametrize("size", SIZES[1:])
def test_a_shift_by_whole_pixels_gives_whole_pixels(size, align_corners, dtype):
    centres = pixel_centres(size, align_corners, dtype)
    for shift in {1 - size, -(size // 2), -1, 1, size // 3, size - 1}:
        x = to_pixels(centres + dtype(shift / pixels_per_unit(size, align_corners)), size, align_corners)
        wanted = np.arange(size) + shift
        inside = (0 <= wanted) & (wanted < size)
        np.testing.assert_array_equal(x[inside], wanted[inside])


@both_dtypes
@both_rules
@pytest.mark.parametrize("size", SIZES)
def test_the_rounding_is_as_small_as_is_said(size, align_corners, dtype):
    coordinate = np.random.default_rng(0).uniform(-1, 1, 200).astype(dtype)
    exact = [Fraction(float(c)) * Fraction(pixels_per_unit(size, align_corners)) + Fraction(size - 1, 2)
             for c in coordinate]
    error = [abs(Fraction(float(x)) - wanted) for x, wanted in zip(to_pixels(coordinate, size, align_corners), exact)]
    assert max(error) <= 5 * max(pixels_per_unit(size, align_corners), 1) * np.finfo(dtype).eps


@both_dtypes
@both_rules
@pytest.mark.parametrize("size", [1, 2, 5, 64])
def test_huge_coordinates_keep_their_sign_and_raise_no_warning(size, align_corners, dtype):
    largest = np.finfo(dtype).max
    x = to_pixels(np.array([-largest, -1e30, 1e30, largest], dtype), size, align_corners)
    if pixels_per_unit(size, align_corners) == 0:
        np.testing.assert_array_equal(x, 0)
    else:
        assert (x[:2] < -1e29).all() and (x[2:] > 1e29).all()


def test_to_pixels_leaves_its_argument_alone():
    coordinate = np.array([0.25, 0.5])
    coordinate.flags.writeable = False
    to_pixels(coordinate, 5, True)
    np.testing.assert_array_equal(coordinate, [0.25, 0.5])


@both_rules
@pytest.mark.parametrize("out_shape", [(3, 4), (1, 5), (4, 1), (1, 1), (2, 3, 4), (1, 2, 1)])
def test_target_points_are_the_pixel_centres_row_by_row(out_shape, align_corners):
    target = target_points(out_shape, align_corners, np.dtype(np.float64))
    wanted = [loops.target_point(pixel, out_shape, align_corners) for pixel in np.ndindex(*out_shape)]
    np.testing.assert_allclose(target, np.transpose(wanted), rtol=0, atol=1e-15)


def test_target_points_are_made_once_and_cannot_be_spoilt():
    target = target_points((3, 4), True, np.dtype(np.float64))
    assert target_points((3, 4), True, np.dtype(np.float64)) is target
    with pytest.raises(ValueError, match="read-only"):
        target[0, 0] = 7


@both_dtypes
def test_target_points_have_the_dtype_asked_for(dtype):
    assert target_points((3, 4), False, np.dtype(dtype)).dtype == dtype


@both_dtypes
@both_rules
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_reflect_walks_from_mirror_to_mirror(size, align_corners, dtype):
    x = np.arange(-4 * size - 4, 4 * size + 4, 0.25, dtype=dtype)      # on the mirrors, on pixels, and between
    folded, backwards = reflect(x, size, align_corners)
    assert folded.dtype == dtype
    first, last = (0, size - 1) if align_corners else (-0.5, size - 0.5)
    assert first <= folded.min() and folded.max() <= last
    ahead, _ = reflect(x + dtype(0.125), size, align_corners)
    np.testing.assert_array_equal(ahead - folded, np.where(backwards, -0.125, 0.125) if first < last else 0)
    assert first < last or not backwards.any()


@both_rules
def test_reflect_by_hand(align_corners):
    x = np.array([-3.0, -0.75, 0.0, 1.5, 2.25, 3.0, 4.5])
    wanted = [1, 0.75, 0, 1.5, 1.75, 1, 0.5] if align_corners else [2, -0.25, 0, 1.5, 2.25, 2, 0.5]
    turned = [0, 1, 0, 0, 1, 1, 0] if align_corners else [1, 1, 0, 0, 0, 1, 1]
    folded, backwards = reflect(x, 3, align_corners)
    np.testing.assert_array_equal(folded, wanted)
    np.testing.assert_array_equal(backwards, np.array(turned, bool))


@both_dtypes
@both_rules
@pytest.mark.parametrize("size", [1, 2, 7])
def test_reflect_keeps_the_infinite_inside(size, align_corners, dtype):
    x = np.array([-np.inf, -1e30, 1e30, np.inf], dtype)
    folded, _ = reflect(x, size, align_corners)
    assert (folded >= -0.5).all() and (folded <= size - 0.5).all()


def test_whole_numbers_and_lists_are_not_truncated():
    with pytest.raises(TypeError, match="coordinate must be float32 or float64, got int64"):
        to_pixels(np.array([0, 1], np.int64), 4, True)
    np.testing.assert_array_equal(to_pixels([0.0, 1.0], 4, True), [1.5, 3.0])
    assert to_pixels(0.5, 5, True) == 3.0


@pytest.mark.parametrize("value", ["false", 1, None, 0.0])
@pytest.mark.parametrize("forward, inputs", [
    (stn.affine_grid_forward, (np.eye(2, 3)[None], (4, 5))),
    (stn.projective_grid_forward, (np.zeros((1, 8)), (4, 5))),
    (stn.tps_grid_forward, (np.zeros((1, 16, 2)), (4, 5))),
    (stn.bilinear_sampler_forward, (np.zeros((1, 1, 3, 4)), np.zeros((1, 4, 5, 2)))),
    (stn.integer_sampler_forward, (np.zeros((1, 1, 3, 4)), np.zeros((1, 4, 5, 2)))),
    (functools.partial(stn.kernel_sampler_forward, kernel=stn.kernels.cubic),
     (np.zeros((1, 1, 3, 4)), np.zeros((1, 4, 5, 2)))),
])
def test_a_rule_that_is_neither_true_nor_false_is_refused(forward, inputs, value):
    forward(*inputs, align_corners=np.bool_(False))
    with pytest.raises(TypeError, match=f"align_corners must be True or False, got {value!r}"):
        forward(*inputs, align_corners=value)


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("width", [2 ** 20 + 1, 2 ** 21 - 1, 2 ** 21])
def test_the_identity_is_exact_in_float32_up_to_this_width(width, align_corners):
    x = to_pixels(pixel_centres(width, align_corners, np.float32), width, align_corners)
    np.testing.assert_array_equal(x, np.arange(width))


@pytest.mark.parametrize("size, align_corners, error, message", [
    (0, True, ValueError, "size must be a whole number from 1 up, got 0"),
    (-2, True, ValueError, "size must be a whole number from 1 up, got -2"),
    (2.5, True, ValueError, "size must be a whole number from 1 up, got 2.5"),
    ("4", True, ValueError, "size must be a whole number from 1 up, got '4'"),
    (True, True, ValueError, "size must be a whole number from 1 up, got True"),
    pytest.param(10 ** 400, True, ValueError, "an axis must not be so large: 1000", id="huge"),
    (4, [True], TypeError, "align_corners must be True or False, got [True]"),
])
def test_wrong_sizes(size, align_corners, error, message):
    for call in (pixels_per_unit, pixel_centres, lambda *args: to_pixels(np.zeros(3), *args)):
        with pytest.raises(error) as caught:
            call(size, align_corners)
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize("sizes, got", [
    (np.array([4, 0]), "0"), (np.array([4.0]), "4.0"), (np.array(["a"]), "'a'"),
    (np.ma.masked_array([4, 5], [1, 0]), "masked"),
])
def test_wrong_arrays_of_sizes(sizes, got):
    for call in (pixels_per_unit, lambda *args: to_pixels(np.zeros(3), *args)):
        with pytest.raises(ValueError, match=rf"size must be a whole number from 1 up, got .*{got}"):
            call(sizes, True)


def test_centres_are_floats():
    with pytest.raises(TypeError, match="dtype must be float32 or float64, got <class 'int'>"):
        pixel_centres(5, True, int)


def test_an_array_of_sizes_is_no_number_of_pixels():
    with pytest.raises(ValueError, match="size must be a whole number from 1 up, got array"):
        pixel_centres(np.array([3, 4]), True)


@pytest.mark.parametrize("coordinate, error, message", [
    (np.zeros(3, np.float16), TypeError, "coordinate must be float32 or float64, got float16"),
    (np.ma.masked_array([0.1, 0.2], [0, 1]), TypeError, "coordinate must not be a masked array"),
    (np.array([0.1, np.nan]), ValueError, "coordinate must be finite, but 1 of 2 entries are not"),
    (np.inf, ValueError, "coordinate must be finite"),
    ([[0.1], [0.2, 0.3]], ValueError, "coordinate must be an array or an evenly nested list of numbers"),
])
def test_wrong_coordinates(coordinate, error, message):
    with pytest.raises(error) as caught:
        to_pixels(coordinate, 4, True)
    assert str(caught.value).startswith(message)
