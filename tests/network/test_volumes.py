"""Three dimensions: a transformer of volumes in a network, and the projection of what it sees to an image (A.3)."""

import numpy as np
import pytest
from network_checks import check_gradients, images, run, shake

from stn_numpy.arrangements import MultiHeadTransformer, Parallel, WithTheta
from stn_numpy.grid.transforms import VOLUME_TRANSFORMS, n_parameters
from stn_numpy.network.modules import MLP, AveragePool, Linear, ProjectDepth, Sequential
from stn_numpy.network.volumes import project_depth_backward, project_depth_forward
from stn_numpy.transformer import SAMPLERS, SpatialTransformer

AFFINE = VOLUME_TRANSFORMS["affine"]


def network(dtype=np.float64, **options):
    """Volumes (N, 2, 2, 3, 4) to 3 numbers, as in the paper: turn, project, read the image."""
    rng = np.random.default_rng(0)
    transformer = SpatialTransformer(MLP([48, 3, 12], rng, dtype), AFFINE, out_shape=(3, 2, 4), **options)
    shake(transformer, rng)
    return Sequential(transformer=transformer, project=ProjectDepth(), pool=AveragePool(),
                      classifier=Linear(4, 3, rng, dtype))


# The projection

def test_a_pixel_is_the_sum_of_the_voxels_behind_it():
    U = images(2, 3, 4, 2, 5)
    V, _ = project_depth_forward(U)
    assert V.shape == (2, 3, 2, 5)
    for n, c, h, w in np.ndindex(V.shape):
        assert V[n, c, h, w] == pytest.approx(sum(U[n, c, d, h, w] for d in range(4)), abs=1e-14)


def test_each_voxel_gets_the_gradient_of_its_pixel():
    U, dV = images(2, 3, 4, 2, 5), images(2, 3, 2, 5, seed=1)
    V, cache = project_depth_forward(U)
    dU = project_depth_backward(dV, cache)
    assert dU.shape == U.shape and dU.flags.writeable
    for d in range(4):
        np.testing.assert_array_equal(dU[:, :, d], dV)
    assert np.vdot(V, dV) == pytest.approx(np.vdot(U, dU), rel=1e-13)


def test_front_and_back_look_the_same_and_a_lone_slice_is_itself():
    U = images(2, 3, 4, 2, 5)
    np.testing.assert_allclose(project_depth_forward(U[:, :, ::-1])[0], project_depth_forward(U)[0], rtol=0, atol=1e-14)
    np.testing.assert_array_equal(project_depth_forward(U[:, :, :1])[0], U[:, :, 0])


def test_the_module_is_its_pair():
    module, U, dV = ProjectDepth(), images(2, 3, 4, 2, 5), images(2, 3, 2, 5, seed=1)
    wanted, cache = project_depth_forward(U)
    np.testing.assert_array_equal(module.forward(U), wanted)
    np.testing.assert_array_equal(module.backward(dV), project_depth_backward(dV, cache))
    assert module.params == module.grads == {}


@pytest.mark.parametrize("U, error, message", [
    (np.zeros((2, 3, 4, 5)), ValueError, "U must have shape (N, C, D, H, W), got (2, 3, 4, 5)"),
    (np.zeros((2, 3, 0, 4, 5)), ValueError, "U must not be empty"),
    (np.full((1, 1, 2, 1, 1), np.inf), ValueError, "U must be finite, but 2 of 2 entries are not"),
    (np.zeros((2, 3, 4, 5, 6), int), TypeError, "U must be float32 or float64, got int64"),
])
def test_wrong_volumes(U, error, message):
    with pytest.raises(error) as caught:
        project_depth_forward(U)
    assert message in str(caught.value)


# A transformer of volumes

@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("sampler", ["bilinear", "integer"])
@pytest.mark.parametrize("name", VOLUME_TRANSFORMS)
def test_at_the_start_it_returns_its_input_exactly(name, sampler, align_corners, dtype):
    transform = VOLUME_TRANSFORMS[name]
    localisation = MLP([2 * 3 * 4 * 5, 4, n_parameters(transform)], rng=0, dtype=dtype)
    transformer = SpatialTransformer(localisation, transform, sampler, align_corners=align_corners)
    U = images(2, 2, 3, 4, 5, dtype=dtype)
    np.testing.assert_array_equal(transformer.forward(U), U)
    assert transformer.grid.shape == (2, 3, 4, 5, 3)


def test_the_affine_identity_is_a_3_by_4_matrix():
    transformer = SpatialTransformer(Linear(24, 12), AFFINE)
    transformer.forward(images(2, 1, 2, 3, 4))
    assert n_parameters(AFFINE) == 12
    np.testing.assert_array_equal(transformer.theta.reshape(2, 3, 4), [np.eye(3, 4)] * 2)


@pytest.mark.parametrize("options", [{}, {"padding": "border", "align_corners": False},
                                     {"padding": "reflection", "sampler": "quadratic_b_spline"}],
                         ids=lambda options: ",".join(map(str, options.values())) or "plain")
def test_gradients_of_a_whole_network(options):
    turned, x = network(**options), images(2, 2, 2, 3, 4)
    assert list(check_gradients(turned, x)) == ["x", *turned.params]
    assert all(np.abs(grad).max() > 1e-2 for grad in turned.grads.values())


def transformer_of(rng, name):
    transform = VOLUME_TRANSFORMS[name]
    return SpatialTransformer(Linear(12, n_parameters(transform), rng), transform, out_shape=(2, 1, 2))


@pytest.mark.parametrize("make, out_shape", [
    (lambda rng: Parallel(transformer_of(rng, "affine"), transformer_of(rng, "attention")), (2, 2, 2, 1, 2)),
    (lambda rng: MultiHeadTransformer(Linear(12, 24, rng), 2, AFFINE, out_shape=(2, 1, 2)), (2, 2, 2, 1, 2)),
    (lambda rng: WithTheta(transformer_of(rng, "affine"), ProjectDepth()), (2, 2 + 12)),
], ids=["Parallel", "MultiHeadTransformer", "WithTheta"])
def test_gradients_of_arrangements(make, out_shape):
    rng = np.random.default_rng(1)
    arrangement, x = make(rng), images(2, 1, 2, 2, 3)
    for part in arrangement.walk():
        if isinstance(part, SpatialTransformer):
            shake(part, rng)
    assert arrangement.forward(x).shape == out_shape
    check_gradients(arrangement, x)


def test_float32_all_the_way():
    exact, single, x = network(), network(np.float32), images(2, 2, 2, 3, 4, dtype=np.float32)
    for name, param in exact.params.items():
        param[...] = single.params[name]
    out, dx, grads = run(single, x)
    exact_out, exact_dx, exact_grads = run(exact, x.astype(float))
    for got, wanted in zip((out, dx, *grads.values()), (exact_out, exact_dx, *exact_grads.values()), strict=True):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_an_extruded_image_seen_from_the_front_is_the_image_times_its_depth(sampler):
    """All slices alike: wherever a transformer looks within the volume, as long as not in depth, D slices add up."""
    rng, U = np.random.default_rng(3), images(2, 1, 4, 5)
    volume = U[:, :, None].repeat(6, axis=2)                                       # (2, 1, 6, 4, 5)
    flat, deep = (SpatialTransformer(Linear(n, p), transform, sampler, padding="border", align_corners=False)
                  for n, p, transform in [(20, 6, "affine"), (120, 12, AFFINE)])
    A = np.eye(2, 3) + 0.2 * rng.standard_normal((2, 3))
    A_3D = np.eye(3, 4)
    A_3D[:2, [0, 1, 3]] = A
    flat.params["localisation.b"][...], deep.params["localisation.b"][...] = A.ravel(), A_3D.ravel()
    seen, _ = project_depth_forward(deep.forward(volume))
    np.testing.assert_allclose(seen, 6 * flat.forward(U), rtol=0, atol=1e-12)


def test_a_quarter_turn_about_the_vertical_brings_the_side_to_the_front():
    """theta looks along x where the output runs along depth: the projection is then what is seen from the side."""
    U = images(1, 1, 4, 3, 4)
    transformer = SpatialTransformer(Linear(48, 12), AFFINE)
    transformer.params["localisation.b"][...] = np.array([[0, 0, 1, 0],            # x_s = z_t
                                                          [0, 1, 0, 0],            # y_s = y_t
                                                          [1, 0, 0, 0]]).ravel()   # z_s = x_t
    seen, _ = project_depth_forward(transformer.forward(U))
    np.testing.assert_allclose(seen[0, 0], U[0, 0].sum(axis=2).T, rtol=0, atol=1e-14)     # (H, D): from the side


@pytest.mark.parametrize("make, message", [
    (lambda: SpatialTransformer(Linear(24, 12)), "the last layer puts out 12 numbers, but 6 are needed"),
    (lambda: SpatialTransformer(Linear(24, 6)).forward(images(2, 1, 2, 3, 4)),
     "theta must have shape (N, 12), got (2, 6)"),
    (lambda: SpatialTransformer(Linear(24, 12), AFFINE).forward(images(2, 1, 6, 4)),
     "theta must have shape (N, 6), got (2, 12)"),
    (lambda: SpatialTransformer(Linear(24, 4), "similarity").forward(images(2, 1, 2, 3, 4)),
     "out_shape must be (H_out, W_out), positive whole numbers, got (2, 3, 4)"),
])
def test_the_plane_and_space_are_not_mixed(make, message):
    with pytest.raises(ValueError) as caught:
        make()
    assert message in str(caught.value)
