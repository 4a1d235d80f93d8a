"""What all transforms have in common: each against its equations point by point, its identity, its name, bad input."""

import numpy as np
import pytest
from transform_references import POINT_BY_POINT, dtheta_of, grid_of

import stn_numpy as stn
from stn_numpy.checking.gradcheck import gradcheck
from stn_numpy.grid.coordinates import to_pixels
from stn_numpy.grid.transforms import (TRANSFORMS, VOLUME_TRANSFORMS, Transform, find_transform, n_parameters,
                                       thin_plate_spline)

TRIANGLE = np.array([[-1.0, -1], [1, -1], [0, 1]])
ALL = [*TRANSFORMS.values(), thin_plate_spline(TRIANGLE)]
every_transform = pytest.mark.parametrize("transform", ALL, ids=[t.name for t in ALL[:-1]] + ["tps of 3 points"])
by_name = pytest.mark.parametrize("name", TRANSFORMS)
both_rules = pytest.mark.parametrize("align_corners", [True, False])
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def thetas(transform, N=2, spread=0.3, dtype=np.float64):
    """Random thetas around the identity."""
    rng = np.random.default_rng(transform.n_parameters)
    return (transform.identity + spread * rng.standard_normal((N, transform.n_parameters))).astype(dtype)


def test_the_names_and_their_numbers_of_parameters():
    assert {name: n_parameters(name) for name in TRANSFORMS} == {
        "translation": 2, "attention": 3, "similarity": 4, "affine": 6, "projective": 8, "tps": 32}
    assert {name: n_parameters(t) for name, t in VOLUME_TRANSFORMS.items()} == {
        "translation": 3, "attention": 4, "affine": 12}
    assert set(TRANSFORMS) == set(POINT_BY_POINT)
    for name, transform in [*TRANSFORMS.items(), *VOLUME_TRANSFORMS.items()]:
        assert transform.name == name and transform.identity.shape == (transform.n_parameters,)


def test_a_transform_is_found_by_its_name_or_given():
    assert find_transform("similarity") is TRANSFORMS["similarity"]
    mine = Transform("mine", max, min, np.zeros(5))
    assert find_transform(mine) is mine and n_parameters(mine) == 5
    assert n_parameters(thin_plate_spline(TRIANGLE)) == 6


@pytest.mark.parametrize("name", ["rotation", "TPS", "", None, 6, ("affine",), stn.affine_grid_forward])
def test_an_unknown_name_lists_the_known_ones(name):
    wanted = "must be one of 'translation', 'attention', 'similarity', 'affine', 'projective', 'tps', got "
    for refuse in (find_transform, n_parameters, lambda name: stn.SpatialTransformer(stn.MLP([4, 6]), name)):
        with pytest.raises(ValueError) as caught:
            refuse(name)
        assert str(caught.value) == f"transform {wanted}{name!r}"


@both_dtypes
@both_rules
@by_name
@pytest.mark.parametrize("out_shape", [(4, 5), (1, 3), (2, 1)])
def test_forward_and_backward_point_by_point(name, align_corners, dtype, out_shape):
    transform = TRANSFORMS[name]
    theta = thetas(transform, dtype=dtype)
    grid, cache = transform.forward(theta, out_shape, align_corners)
    dgrid = np.random.default_rng(0).standard_normal(grid.shape).astype(dtype)
    dtheta = transform.backward(dgrid, cache)
    assert grid.dtype == dtheta.dtype == dtype
    point = POINT_BY_POINT[name]
    tolerance = {np.float64: 1e-12, np.float32: 2e-5}[dtype]
    np.testing.assert_allclose(grid, grid_of(point, theta, out_shape, align_corners), tolerance, tolerance)
    np.testing.assert_allclose(dtheta, dtheta_of(point, dgrid, theta, align_corners), tolerance, tolerance)


@both_dtypes
@both_rules
@every_transform
@pytest.mark.parametrize("out_shape", [(5, 8), (28, 28), (1, 7)])
def test_the_identity_hits_every_pixel_centre_exactly(transform, align_corners, dtype, out_shape):
    theta = np.repeat(transform.identity[None], 2, axis=0).astype(dtype)
    grid, cache = transform.forward(theta, out_shape, align_corners)
    assert grid.shape == (2, *out_shape, 2)
    rows, columns = np.indices(out_shape)
    for n in range(2):
        np.testing.assert_array_equal(to_pixels(grid[n, ..., 0], out_shape[1], align_corners), columns)
        np.testing.assert_array_equal(to_pixels(grid[n, ..., 1], out_shape[0], align_corners), rows)


@both_dtypes
@pytest.mark.parametrize("transform", VOLUME_TRANSFORMS.values(), ids=VOLUME_TRANSFORMS)
def test_the_identity_of_volumes_returns_them_exactly(transform, dtype):
    U = np.random.default_rng(0).standard_normal((2, 3, 4, 5, 6)).astype(dtype)
    transformer = stn.SpatialTransformer(stn.MLP([360, transform.n_parameters], 0, dtype), transform)
    np.testing.assert_array_equal(transformer.forward(U), U)


@both_dtypes
@both_rules
@every_transform
def test_a_spatial_transformer_begins_with_the_identity(transform, align_corners, dtype):
    U = np.random.default_rng(0).standard_normal((2, 3, 6, 7)).astype(dtype)
    localisation = stn.MLP([3 * 6 * 7, 5, n_parameters(transform)], rng=0, dtype=dtype)
    transformer = stn.SpatialTransformer(localisation, transform, align_corners=align_corners)
    V = transformer.forward(U)
    np.testing.assert_array_equal(V, U)
    assert V.dtype == dtype and transformer.backward(V).dtype == dtype


@every_transform
def test_the_gradient_through_a_spatial_transformer(transform):
    """To U, by both roads. Coordinates are rounded to 1e-14 pixels, so a step must be longer than usual."""
    rng = np.random.default_rng(1)
    transformer = stn.SpatialTransformer(stn.MLP([2 * 5 * 6, n_parameters(transform)], 0), transform, out_shape=(3, 4))
    for param in transformer.params.values():
        param += 0.02 * rng.standard_normal(param.shape)
    gradcheck(lambda U: (transformer.forward(U), None), lambda dV, _: transformer.backward(dV),
              (rng.standard_normal((2, 2, 5, 6)),), step=1e-5)
    dtheta = [grad for name, grad in transformer.grads.items() if name.endswith(".b")]
    assert np.abs(dtheta).min() > 1e-3                                             # the second road was open


@every_transform
def test_too_few_outputs_of_the_localisation_net(transform):
    P = transform.n_parameters
    with pytest.raises(ValueError, match=f"the last layer puts out {P + 1} numbers, but {P} are needed"):
        stn.SpatialTransformer(stn.MLP([4, P + 1]), transform)


@every_transform
@pytest.mark.parametrize("more", [-1, 1])
def test_theta_of_a_wrong_size(transform, more):
    P = transform.n_parameters
    with pytest.raises(ValueError) as caught:
        transform.forward(np.zeros((2, P + more)), (4, 4))
    assert str(caught.value) == f"theta must have shape (N, {P}), got (2, {P + more})"


@every_transform
@pytest.mark.parametrize("theta, error, message", [
    (lambda theta: theta[0], ValueError, "theta must have shape (N, "),
    (lambda theta: theta[:0], ValueError, "theta must not be empty: wanted (N, "),
    (lambda theta: theta.astype(int), TypeError, "theta must be float32 or float64, got int64"),
    (lambda theta: theta.astype(object), TypeError, "theta must be float32 or float64, got object"),
    (lambda theta: None, TypeError, "theta must be float32 or float64, got object"),
    (lambda theta: theta * np.nan, ValueError, "theta must be finite, but "),
    (lambda theta: np.where(theta == theta[1, -1], np.inf, theta), ValueError, "theta[1, "),
])
def test_bad_thetas(transform, theta, error, message):
    with pytest.raises(error) as caught:
        transform.forward(theta(thetas(transform)), (4, 4))
    assert message in str(caught.value)


@every_transform
@pytest.mark.parametrize("out_shape", [4, (4,), (4, 0), (4.0, 4), (1, 2, 3, 4), None])
def test_bad_out_shapes(transform, out_shape):
    with pytest.raises(ValueError, match=r"out_shape must be \(H_out, W_out\), positive whole numbers, got"):
        transform.forward(thetas(transform), out_shape)


@pytest.mark.parametrize("name", ["similarity", "projective", "tps"])
def test_what_has_no_counterpart_in_three_dimensions_says_so(name):
    with pytest.raises(ValueError, match=r"out_shape must be \(H_out, W_out\), .*, got \(2, 3, 4\)"):
        TRANSFORMS[name].forward(thetas(TRANSFORMS[name]), (2, 3, 4))


@every_transform
def test_each_image_has_its_own_theta(transform):
    theta = thetas(transform, N=3)
    together, _ = transform.forward(theta, (4, 5))
    for n in range(3):
        np.testing.assert_allclose(transform.forward(theta[n:n + 1], (4, 5))[0][0], together[n], rtol=0, atol=1e-14)


@every_transform
def test_what_a_caller_does_to_its_grid_stays_there(transform):
    """Target points and splines are kept from call to call: nobody may write into them through a grid."""
    theta = np.repeat(transform.identity[None], 2, axis=0)
    grid, _ = transform.forward(theta, (4, 5))
    before = grid.copy()
    grid[...] = 7
    np.testing.assert_array_equal(transform.forward(theta, (4, 5))[0], before)
