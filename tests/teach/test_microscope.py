"""The microscope: what it writes beside one pixel is what the package computes there."""

import numpy as np
import pytest

from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.grid.coordinates import PADDINGS
from stn_numpy.sampler.fast import bilinear_sampler_backward, bilinear_sampler_forward
from stn_numpy.teach import microscope

U = np.random.default_rng(0).standard_normal((5, 8))
THETA = np.array([[1.3, -0.4, 0.2], [0.5, 1.2, -0.3]])          # leaves the image on every side
OUT_SHAPE = (4, 7)
PIXELS = [(0, 0), (1, 5), (2, 3), (3, 6), (3, 0)]


@pytest.fixture(params=[(padding, rule) for padding in PADDINGS for rule in (True, False)])
def options(request):
    return {"padding": request.param[0], "align_corners": request.param[1]}


def run_package(options, dV=None):
    grid = affine_grid_forward(THETA[None], OUT_SHAPE, options["align_corners"])[0]
    V, cache = bilinear_sampler_forward(U[None, None], grid, **options)
    if dV is None:
        return V[0, 0]
    dU, dgrid = bilinear_sampler_backward(dV[None, None], cache)
    return dU[0, 0], dgrid[0]


@pytest.mark.parametrize("pixel", PIXELS)
def test_forward_numbers(options, pixel):
    numbers = microscope.forward(U, THETA, pixel, out_shape=OUT_SHAPE, **options).numbers
    assert numbers["V"] == pytest.approx(run_package(options)[pixel], abs=1e-12)
    assert numbers["V"] == pytest.approx(np.dot(numbers["weights"], numbers["values"]), abs=1e-12)
    assert sum(numbers["weights"]) == pytest.approx(1)
    a, b = numbers["a"], numbers["b"]
    np.testing.assert_allclose(numbers["weights"], [(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b])


@pytest.mark.parametrize("pixel", PIXELS)
def test_backward_numbers(options, pixel):
    dV = np.zeros(OUT_SHAPE)
    dV[pixel] = -1.7
    dU, dgrid = run_package(options, dV)
    numbers = microscope.backward(U, THETA, pixel, -1.7, out_shape=OUT_SHAPE, **options).numbers
    spread = np.zeros_like(U)
    for receiver, share in zip(numbers["receivers"], numbers["dU"]):
        if receiver is not None:
            spread[receiver] += share
    np.testing.assert_allclose(spread, dU, atol=1e-12)
    np.testing.assert_allclose(numbers["dgrid"], dgrid[pixel], atol=1e-12)
    a, b, (u00, u01, u10, u11) = numbers["a"], numbers["b"], numbers["values"]
    assert numbers["dx"] == pytest.approx(-1.7 * ((1 - b) * (u01 - u00) + b * (u11 - u10)), abs=1e-12)
    assert numbers["dy"] == pytest.approx(-1.7 * ((1 - a) * (u10 - u00) + a * (u11 - u01)), abs=1e-12)
    s_x, s_y = (3.5, 2) if options["align_corners"] else (4, 2.5)
    np.testing.assert_allclose(np.abs(numbers["dgrid"]), [abs(numbers["dx"]) * s_x, abs(numbers["dy"]) * s_y],
                               atol=1e-12)


def test_what_falls_outside_goes_nowhere_and_is_said_to_be_lost():
    picture = microscope.backward(U, [[1, 0, -0.1], [0, 1, -0.2]], (0, 0))
    assert picture.numbers["corners"][0] == (-1, -1) and picture.numbers["receivers"] == [None, None, None, (0, 0)]
    assert "nowhere, outside the image" in picture.alt and "(-1, -1)" not in picture.alt
    arrows = [text for text in picture.figure.axes[1].texts if text.get_text() == ""]
    assert len(arrows) == 1
    assert sum("outside: lost" in text.get_text() for text in picture.figure.axes[2].texts) == 3


def test_no_pixel_of_the_microscope_is_white_on_white():
    for image in microscope.forward(U, THETA, (2, 3)).figure.axes[1].images:
        assert image.norm(U.max()) <= 0.8


def test_corners_and_point_of_an_example():
    numbers = microscope.forward(U, [[1, 0, 2 / 7 * 0.25], [0, 1, 0.25]], (2, 3)).numbers
    assert numbers["corners"] == [(2, 3), (2, 4), (3, 3), (3, 4)]
    assert (numbers["x"], numbers["y"]) == (pytest.approx(3.25), pytest.approx(2.5))
    np.testing.assert_allclose(numbers["weights"], [0.375, 0.125, 0.375, 0.125])


def test_upstream_gradient_may_be_given_whole():
    dV = np.random.default_rng(1).standard_normal(OUT_SHAPE)
    whole = microscope.backward(U, THETA, (2, 3), dV[None, None], out_shape=OUT_SHAPE)
    assert whole.numbers == microscope.backward(U, THETA, (2, 3), dV[2, 3], out_shape=OUT_SHAPE).numbers


def test_both_describe_their_numbers():
    forward, backward = (look(U, THETA, (2, 3), out_shape=OUT_SHAPE) for look in
                         (microscope.forward, microscope.backward))
    assert "Output pixel (2, 3) looks at" in forward.alt
    for number in ("upstream gradient 1", "dL/dx", "dL/dy"):
        assert number in backward.alt
    for picture in (forward, backward):
        assert picture.png().startswith(b"\x89PNG")


def test_arguments_are_left_as_they_were():
    image, theta, dV = U.copy(), THETA.copy(), np.ones(OUT_SHAPE)
    microscope.backward(image, theta, (2, 3), dV, out_shape=OUT_SHAPE)
    assert np.array_equal(image, U) and np.array_equal(theta, THETA) and (dV == 1).all()


@pytest.mark.parametrize("arguments, message", [
    ((U, THETA, (5, 0)), r"pixel must lie in the output of 5 rows and 8 columns, got \(5, 0\)"),
    ((U, THETA, (-1, 0)), "pixel must lie in the output"),
    ((U, THETA, 3), r"pixel must be \(row, column\)"),
    ((U, THETA, (1.5, 2)), r"pixel must be \(row, column\)"),
    ((U[None], THETA, (0, 0)), "U must be one image of one channel"),
    ((np.ones((2, 1, 5, 8)), THETA, (0, 0)), "choose one with"),
    (("U", THETA, (0, 0)), "U must be an array of numbers, got str"),
    ((np.full((5, 8), np.inf), THETA, (0, 0)), "U must be finite"),
    ((U, THETA.T, (0, 0)), r"theta must be one affine map, \(2, 3\)"),
    ((U, THETA * np.nan, (0, 0)), "theta must be finite"),
])
def test_refusals_say_what_is_wanted(arguments, message):
    for look in (microscope.forward, microscope.backward):
        with pytest.raises(ValueError, match=message):
            look(*arguments)


@pytest.mark.parametrize("dV, message", [
    ("much", "dV must be a number"),
    (np.ones((3, 3)), r"dV must be one number, or of the output's shape \(5, 8\), got \(3, 3\)"),
    (np.nan, "dV must be finite"),
])
def test_refusals_of_upstream_gradients(dV, message):
    with pytest.raises(ValueError, match=message):
        microscope.backward(U, THETA, (0, 0), dV)


def test_refuses_an_unknown_padding():
    with pytest.raises(ValueError, match="padding must be one of"):
        microscope.forward(U, THETA, (0, 0), padding="mirror")
