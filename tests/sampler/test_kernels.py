"""The kernels as functions of one number, against their definitions; and what is refused as a kernel."""

import math

import numpy as np
import pytest

from stn_numpy.sampler import kernels
from stn_numpy.sampler.kernels import KERNELS, Kernel, check_kernel, evaluate, gaussian

SMOOTH = {"cubic": kernels.cubic, "quadratic_b_spline": kernels.quadratic_b_spline, "gaussian": gaussian(0.7)}
ALL = {"bilinear": kernels.bilinear, "integer": kernels.integer, **SMOOTH}
each_kernel = pytest.mark.parametrize("kernel", ALL.values(), ids=ALL)


# The definitions, each as a function of one number.

def tent(t):
    return 1 - abs(t)


def box(t):
    return 1


def keys_cubic(t):
    """Keys (1981), with a = -3/4, multiplied out."""
    t = abs(t)
    return 1.25 * t ** 3 - 2.25 * t ** 2 + 1 if t < 1 else -0.75 * t ** 3 + 3.75 * t ** 2 - 6 * t + 3


def box_three_times(t):
    """Box * box * box, by the formula with truncated powers: 1/2 sum_i (-1)^i binomial(3, i) max(0, t + 3/2 - i)^2."""
    return sum((-1) ** i * math.comb(3, i) * max(0, t + 1.5 - i) ** 2 for i in range(4)) / 2


def normal_density(t):
    return math.exp(-(t / 0.7) ** 2 / 2) / math.sqrt(2 * math.pi * 0.7 ** 2)


DEFINITIONS = [tent, box, keys_cubic, box_three_times, normal_density]


def support(kernel, per_pixel):
    """Distances all over the support, -radius <= t < radius."""
    return np.arange(-kernel.radius * per_pixel, kernel.radius * per_pixel) / per_pixel


def taps(kernel, fraction):
    """The distances x - w of a point at this fraction of the way between two pixels to all pixels in its reach."""
    w = np.arange(-12.0, 14)
    return (fraction - w)[(-kernel.radius <= fraction - w) & (fraction - w < kernel.radius)]


@pytest.mark.parametrize("kernel, definition", list(zip(ALL.values(), DEFINITIONS)), ids=ALL)
def test_weights_are_those_of_the_definition(kernel, definition):
    t = support(kernel, 64)
    np.testing.assert_allclose(evaluate(kernel, "weight", t), [definition(one) for one in t], rtol=0, atol=1e-14)


@each_kernel
def test_slopes_are_right_hand_derivatives(kernel):
    t = support(kernel, 64)                                  # the kinks among them
    slope, h = evaluate(kernel, "slope", t), 2.0 ** -26
    quotient = (evaluate(kernel, "weight", t + h) - evaluate(kernel, "weight", t)) / h
    np.testing.assert_allclose(slope, quotient, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kernel", SMOOTH.values(), ids=SMOOTH)
def test_smooth_kernels_have_slopes_without_jumps(kernel):
    t = support(kernel, 1024)
    assert np.abs(np.diff(evaluate(kernel, "slope", t))).max() < 0.01
    assert abs(evaluate(kernel, "slope", t)[[0, -1]]).max() < 0.01


@each_kernel
@pytest.mark.parametrize("fraction", [0, 1 / 8, 1 / 3, 1 / 2, 0.9])
def test_a_constant_image_stays_constant(kernel, fraction):
    """The weights of one sample sum to 1 and their slopes to 0; nearly so for the Gaussian."""
    tolerance = 2e-4 if kernel.name.startswith("gaussian") else 1e-14
    assert evaluate(kernel, "weight", taps(kernel, fraction)).sum() == pytest.approx(1, abs=tolerance)
    assert evaluate(kernel, "slope", taps(kernel, fraction)).sum() == pytest.approx(0, abs=10 * tolerance)


@each_kernel
def test_as_many_pixels_have_a_weight_wherever_the_point_is(kernel):
    counts = {len(taps(kernel, fraction)) for fraction in np.arange(64) / 64}
    assert counts == {2 * kernel.radius}


@each_kernel
def test_who_interpolates(kernel):
    """One at its own pixel and zero at all others, or a blur."""
    weights = evaluate(kernel, "weight", taps(kernel, 0))
    own = taps(kernel, 0) == 0
    assert np.array_equal(weights, own) == (kernel.name in ("bilinear", "integer", "cubic"))
    if kernel.name == "quadratic_b_spline":
        np.testing.assert_array_equal(weights, [1 / 8, 3 / 4, 1 / 8])


@each_kernel
def test_who_overshoots(kernel):
    weights = evaluate(kernel, "weight", support(kernel, 64))
    assert (weights.min() < 0) == (kernel.name == "cubic")


@each_kernel
def test_kernels_are_even(kernel):
    t = (np.arange(1, 32 * kernel.radius) - 0.5) / 32        # off the kinks
    np.testing.assert_allclose(evaluate(kernel, "weight", -t), evaluate(kernel, "weight", t), rtol=1e-15)
    np.testing.assert_allclose(evaluate(kernel, "slope", -t), -evaluate(kernel, "slope", t), rtol=1e-15)


@pytest.mark.parametrize("kernel", [*KERNELS.values(), gaussian(0.3), gaussian(1.3), gaussian(5)], ids=repr)
def test_the_support_is_the_whole_kernel(kernel):
    """The area is 1 within it, and only the kernels with a jump have a weight left at its ends."""
    t = support(kernel, 1024) + 1 / 2048
    assert evaluate(kernel, "weight", t).sum() / 1024 == pytest.approx(1, abs=1e-4)
    ends, top = evaluate(kernel, "weight", np.array([-kernel.radius, 0]))
    assert ends == 1 if kernel is kernels.integer else abs(ends) < 4e-4 * top


@pytest.mark.parametrize("sigma, error, cut_off", [(0.5, 0.0144, 3e-4), (0.7, 1.26e-4, 6e-5), (1, 5.4e-9, 2e-4)])
def test_how_far_the_weights_of_a_gaussian_are_from_one(sigma, error, cut_off):
    """As its docstring states: most on a pixel, least between two."""
    sums = [evaluate(gaussian(sigma), "weight", taps(gaussian(sigma), fraction)).sum() for fraction in (0, 0.5)]
    np.testing.assert_allclose(sums, [1 + error, 1 - error], rtol=0, atol=cut_off)
    assert 2 * math.exp(-2 * math.pi ** 2 * sigma ** 2) == pytest.approx(error, rel=0.01)


def test_a_small_gaussian_reaches_one_pixel():
    assert gaussian(0.1).radius == 0.5 and gaussian(1).radius == 4 and gaussian(1.1).radius == 4.5


@pytest.mark.parametrize("sigma", [0, -1, 1e-200, 0.009, 1001, 1e300])
def test_sigma_is_a_number_of_pixels(sigma):
    with pytest.raises(ValueError, match="sigma must be from 0.01 to 1000 pixels, got"):
        gaussian(sigma)


@pytest.mark.parametrize("sigma", [math.inf, math.nan, None, "1", 1j, True, pytest.param(10 ** 400, id="huge")])
def test_sigma_is_a_number(sigma):
    with pytest.raises(ValueError, match="sigma must be a finite number, got"):
        gaussian(sigma)


@pytest.mark.parametrize("sigma", [0.01, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_smallest_and_the_largest_gaussian_can_be_computed_with(sigma, dtype):
    t = np.linspace(-gaussian(sigma).radius, gaussian(sigma).radius, 9, endpoint=False, dtype=dtype)
    for part in ("weight", "slope"):
        assert np.isfinite(evaluate(gaussian(sigma), part, t)).all()


@pytest.mark.parametrize("radius, message", [
    (True, "must be a positive multiple of 1/2, got True"), (0.3, "must be a positive multiple of 1/2, got 0.3"),
    (math.nan, "must be a positive multiple of 1/2, got nan"),
    pytest.param(10 ** 400, "must be at most 4000 pixels", id="huge"),
    (1e9, "must be at most 4000 pixels, got 1000000000.0")])
def test_a_radius_is_no_flag_and_not_huge(radius, message):
    with pytest.raises(ValueError, match=f"radius of kernel 'flat' {message}"):
        check_kernel(Kernel("flat", np.ones_like, np.zeros_like, radius))


@each_kernel
@pytest.mark.parametrize("part", ["weight", "slope"])
def test_float32_stays_float32(kernel, part):
    t = support(kernel, 16).reshape(2, -1, 4)
    got = evaluate(kernel, part, t.astype(np.float32))
    assert got.dtype == np.float32 and got.shape == t.shape
    np.testing.assert_allclose(got, evaluate(kernel, part, t), rtol=0, atol=1e-5)


def test_names():
    assert list(KERNELS) == ["bilinear", "integer", "cubic", "quadratic_b_spline"]
    assert all(getattr(kernels, name) is kernel for name, kernel in KERNELS.items())
    assert repr(kernels.cubic) == "<kernel cubic>" and repr(gaussian(0.5)) == "<kernel gaussian(0.5)>"


# What a learner's own kernel is told.

def own(weight=np.ones_like, slope=np.zeros_like, radius=1):
    return Kernel("mine", weight, slope, radius)


@pytest.mark.parametrize("radius", [0, -1, 0.3, 1.25, math.nan, math.inf, "2", None, 1j, [1]])
def test_a_radius_is_a_positive_multiple_of_a_half(radius):
    with pytest.raises(ValueError, match="radius of kernel 'mine' must be a positive multiple of 1/2, got"):
        check_kernel(own(radius=radius))


@pytest.mark.parametrize("radius", [0.5, 1, 1.5, np.float32(2), np.int64(3)])
def test_radii_that_are_good(radius):
    assert check_kernel(own(radius=radius)).radius == radius


@pytest.mark.parametrize("kernel", ["cubic", None, np.ones_like, (np.ones_like, np.zeros_like, 1)])
def test_what_is_no_kernel(kernel):
    with pytest.raises(TypeError, match="kernel must be a stn_numpy.kernels.Kernel such as kernels.cubic, got"):
        check_kernel(kernel)


@pytest.mark.parametrize("part", ["weight", "slope"])
def test_parts_are_functions(part):
    with pytest.raises(TypeError, match=f"{part} of kernel 'mine' must be a function, got a float"):
        check_kernel(own(**{part: 0.5}))


@pytest.mark.parametrize("part", ["weight", "slope"])
@pytest.mark.parametrize("function, message", [
    (lambda t: 1.0, r"must return real numbers in the shape of t, (2, 3), got float64 in shape ()"),
    (lambda t: t[0], r"must return real numbers in the shape of t, (2, 3), got float64 in shape (3,)"),
    (lambda t: t + 1j, r"must return real numbers in the shape of t, (2, 3), got complex128 in shape (2, 3)"),
    (lambda t: None, r"must return real numbers in the shape of t, (2, 3), got object in shape ()"),
    (lambda t: np.where(t > 0, np.nan, t), r"must be finite, got nan at t = 0.5"),
    (lambda t: np.where(t < 0, np.inf, t), r"must be finite, got inf at t = -0.5"),
])
def test_what_a_function_returns(part, function, message):
    with pytest.raises(ValueError) as caught:
        evaluate(own(**{part: function}), part, np.array([[-0.5, 0, 0.5]] * 2))
    assert str(caught.value) == f"{part} of kernel 'mine' {message}"


@pytest.mark.parametrize("function", [lambda t: t < 0, lambda t: np.sign(t).astype(int), lambda t: np.float16(t)])
def test_other_real_numbers_are_converted(function):
    t = np.array([-0.5, 0.5], np.float32)
    got = evaluate(own(weight=function), "weight", t)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, function(t))
