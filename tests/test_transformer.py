"""The spatial transformer: it starts as the identity, learns by both roads, and can stand anywhere in a network."""

import numpy as np
import pytest
from network_checks import check_gradients, images, run, shake
from sampler_inputs import PAIRS

from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.grid.transforms import TRANSFORMS, VOLUME_TRANSFORMS, n_parameters
from stn_numpy.network.modules import MLP, AveragePool, Linear, ReLU, Sequential
from stn_numpy.transformer import Sampler, SpatialTransformer


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("sampler", ["bilinear", "integer"])
def test_at_the_start_a_transformer_returns_its_input_exactly(sampler, align_corners, padding, dtype):
    localisation = MLP([3 * 7 * 9, 4, 6], rng=0, dtype=dtype)
    transformer = SpatialTransformer(localisation, sampler=sampler, padding=padding, align_corners=align_corners)
    U = images(2, 3, 7, 9, dtype=dtype)
    np.testing.assert_array_equal(transformer.forward(U), U)
    np.testing.assert_array_equal(transformer.theta, [[1, 0, 0, 0, 1, 0]] * 2)
    assert transformer.grid.shape == (2, 7, 9, 2)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_starts_at_the_identity(name):
    transformer, U = SpatialTransformer(MLP([63, 4, n_parameters(name)], rng=0), name), images(2, 1, 7, 9)
    np.testing.assert_allclose(transformer.forward(U), U, rtol=0, atol=1e-11)


def test_at_the_start_the_localisation_net_already_learns():
    """Zero weights in the last layer hold back the layers before it, for one step; its own gradient is not zero."""
    transformer = SpatialTransformer(MLP([63, 4, 6], rng=0))
    _, _, grads = run(transformer, images(2, 1, 7, 9))
    assert np.abs(grads["localisation.layer2.W"]).max() > 0.1
    np.testing.assert_array_equal(grads["localisation.layer1.W"], 0)


def test_out_shape_is_free():
    transformer = SpatialTransformer(Linear(40, 6), out_shape=[7, np.int64(3)])
    assert transformer.forward(images(2, 2, 4, 5)).shape == (2, 2, 7, 3)
    assert transformer.forward(images(3, 1, 8, 5)).shape == (3, 1, 7, 3)           # of any size that Linear can read
    same = SpatialTransformer(Linear(40, 6))
    assert same.forward(images(2, 2, 4, 5)).shape == (2, 2, 4, 5)
    assert same.forward(images(2, 1, 8, 5)).shape == (2, 1, 8, 5)


def test_a_transformer_remembers_where_it_looked():
    transformer = SpatialTransformer(Linear(20, 6))
    assert transformer.theta is None and transformer.grid is None
    transformer.params["localisation.b"][2] = 0.5
    transformer.forward(images(2, 1, 4, 5))
    np.testing.assert_array_equal(transformer.theta[:, 2], 0.5)
    assert transformer.grid[0, 0, 0].tolist() == [-0.5, -1]


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("padding, align_corners", [("zeros", True), ("border", False), ("reflection", True)])
def test_every_transform_learns_through_a_transformer(name, padding, align_corners):
    rng = np.random.default_rng(3)
    transformer = SpatialTransformer(MLP([24, 3, n_parameters(name)], rng), name, out_shape=(2, 5), padding=padding,
                                     align_corners=align_corners)
    shake(transformer, rng)
    check_gradients(transformer, images(2, 2, 3, 4))


def test_a_transformer_amid_feature_maps_of_many_channels():
    rng = np.random.default_rng(5)
    network = Sequential(AveragePool(), ReLU(), SpatialTransformer(Linear(8 * 6, 6, rng), out_shape=(3, 2)),
                         Linear(8 * 6, 3, rng))
    shake(network.children["2"], rng)
    check_gradients(network, images(2, 8, 4, 6))


def test_two_transformers_in_a_row():
    rng = np.random.default_rng(6)
    network = Sequential(first=SpatialTransformer(Linear(24, 6, rng), out_shape=(2, 3)),
                         second=SpatialTransformer(Linear(12, 6, rng), padding="border"))
    for transformer in network.children.values():
        shake(transformer, rng)
    check_gradients(network, images(2, 2, 3, 4))


@pytest.mark.parametrize("name", VOLUME_TRANSFORMS)
def test_a_transformer_of_volumes(name):
    transform, rng = VOLUME_TRANSFORMS[name], np.random.default_rng(7)
    transformer = SpatialTransformer(Linear(48, transform.n_parameters, rng), transform, out_shape=(3, 2, 2))
    start = transformer.forward(images(2, 2, 2, 3, 4))
    assert start.shape == (2, 2, 3, 2, 2)
    shake(transformer, rng)
    check_gradients(transformer, images(2, 2, 2, 3, 4))


@pytest.mark.parametrize("sampler", PAIRS)
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align_corners", [True, False])
def test_a_transformer_is_its_three_parts(align_corners, padding, sampler):
    localisation, U = MLP([40, 3, 6], rng=0), images(2, 2, 4, 5)
    transformer = SpatialTransformer(localisation, "affine", sampler, (3, 6), padding, align_corners)
    shake(transformer, np.random.default_rng(9))
    transformer.params["localisation.layer2.b"][2] += 0.7                          # look partly outside
    theta = localisation.forward(U)
    grid, _ = affine_grid_forward(theta, (3, 6), align_corners)
    V, _ = PAIRS[sampler][0](U, grid, padding, align_corners)
    np.testing.assert_array_equal(transformer.forward(U), V)
    np.testing.assert_array_equal(transformer.theta, theta)
    np.testing.assert_array_equal(transformer.grid, grid)


def test_both_roads_to_U():
    """dU is the sum of what comes through the sampled values and of what comes through the localisation net."""
    transformer, U = SpatialTransformer(Linear(40, 6, rng=0)), images(2, 2, 4, 5)
    shake(transformer, np.random.default_rng(8))
    V, dU, grads = run(transformer, U)
    dV = images(*V.shape, seed=1)
    grid_cache, sampler_cache, *_ = transformer._caches
    through_values, dgrid = transformer.sampler.backward(dV, sampler_cache)
    dtheta = transformer.transform.backward(dgrid, grid_cache)
    through_theta = (dtheta @ transformer.params["localisation.W"].T).reshape(U.shape)
    np.testing.assert_allclose(dU, through_values + through_theta, rtol=1e-12)
    assert np.abs(through_values).max() > 0.1 and np.abs(through_theta).max() > 0.1
    np.testing.assert_allclose(grads["localisation.b"], dtheta.sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("need_dx", [True, False])
def test_neither_road_is_taken_where_nobody_asks_for_dU(need_dx):
    asked = {}

    class Curious(Linear):
        def backward(self, dout, need_dx=True):
            asked["localisation"] = need_dx
            return super().backward(dout, need_dx)

    def backward(dV, cache, need_dU=True):
        asked["values"] = need_dU
        return PAIRS["bilinear"][1](dV, cache, need_dU)

    transformer, U = SpatialTransformer(Curious(40, 6, rng=0)), images(2, 2, 4, 5)
    transformer.sampler = Sampler(PAIRS["bilinear"][0], backward)
    dU = transformer.backward(transformer.forward(U), need_dx)
    assert asked == {"localisation": need_dx, "values": need_dx}
    assert (dU is None) != need_dx


def test_the_integer_sampler_gives_the_localisation_net_nothing_to_learn():
    transformer = SpatialTransformer(Linear(20, 6, rng=0), sampler="integer")
    shake(transformer, np.random.default_rng(8))
    _, dU, grads = run(transformer, images(2, 1, 4, 5))
    assert (grads["localisation.W"] == 0).all() and (grads["localisation.b"] == 0).all()
    assert np.abs(dU).max() > 0


@pytest.mark.parametrize("make, error, message", [
    (lambda: SpatialTransformer(Linear(20, 5)), ValueError, "the last layer puts out 5 numbers, but 6 are needed"),
    (lambda: SpatialTransformer(MLP([20, 3, 12])), ValueError, "the last layer puts out 12 numbers, but 6 are needed"),
    (lambda: SpatialTransformer(Sequential(Linear(20, 6), ReLU())), TypeError,
     "a localisation net must end with a layer that has a bias to start at, such as Linear, got ReLU"),
    (lambda: SpatialTransformer([20, 6]), TypeError, "localisation must be a module such as stn_numpy.MLP, got a list"),
    (lambda: SpatialTransformer(Linear), TypeError, "localisation must be a module such as stn_numpy.MLP, got a type"),
    (lambda: SpatialTransformer(Linear(20, 6), "afine"), ValueError, "transform must be one of 'translation', "),
    (lambda: SpatialTransformer(Linear(20, 6), sampler="nearest"), ValueError,
     "sampler must be one of 'bilinear', 'integer', 'cubic', 'quadratic_b_spline', got 'nearest'"),
    (lambda: SpatialTransformer(Linear(20, 6), padding="edge"), ValueError,
     "padding must be one of 'zeros', 'border', 'reflection', got 'edge'"),
    (lambda: SpatialTransformer(Linear(20, 6), out_shape=(4,)), ValueError,
     "out_shape must be (H_out, W_out), positive whole numbers, got (4,)"),
    (lambda: SpatialTransformer(Linear(20, 6), out_shape=28), ValueError, "out_shape must be (H_out, W_out)"),
])
def test_wrong_transformers(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


@pytest.mark.parametrize("x, message", [
    (np.zeros((0, 1, 4, 5)), "U must not be empty: wanted (N, C, H, W) with every size at least 1, got (0, 1, 4, 5)"),
    (np.zeros((2, 1, 4, 6)), "W must have shape (D, K) with D = 24 as in x, got (20, 6)"),
    (np.float64(3), "U must have shape (N, C, H, W), got ()"),
    (np.zeros((1, 4, 5)), "U must have shape (N, C, H, W), got (1, 4, 5)"),
    (np.full((2, 1, 4, 5), np.nan), "x must be finite, but 40 of 40 entries are not"),
    (np.zeros((2, 20)), "U must have shape (N, C, H, W), got (2, 20)"),
])
def test_wrong_inputs_of_a_transformer(x, message):
    transformer = SpatialTransformer(Linear(20, 6), out_shape=(3, 3))
    with pytest.raises(ValueError) as caught:
        transformer.forward(x)
    assert message in str(caught.value)


def test_wrong_dV_of_a_transformer():
    transformer = SpatialTransformer(Linear(20, 6), out_shape=(3, 3))
    transformer.forward(images(2, 1, 4, 5))
    with pytest.raises(ValueError) as caught:
        transformer.backward(np.zeros((2, 1, 4, 5)))
    assert "dV must have shape (2, 1, 3, 3), got (2, 1, 4, 5)" in str(caught.value)
