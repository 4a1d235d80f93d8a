"""Modules: each is its pair, no more, and a network of them finds its parameters and the right gradients."""

import numpy as np
import pytest
from network_checks import check_gradients, images, run, st_fcn

from stn_numpy.network.layers import (linear_backward, linear_forward, relu_backward, relu_forward,
                                      softmax_cross_entropy_backward, softmax_cross_entropy_forward)
from stn_numpy.network.modules import MLP, AveragePool, Conv2D, Linear, MaxPool, Module, ProjectDepth, ReLU, Sequential
from stn_numpy.network.pooling import average_pool_forward
from stn_numpy.transformer import SpatialTransformer


def test_linear_is_its_pair():
    layer, x, dout = Linear(4, 3, rng=0), images(5, 4), images(5, 3)
    layer.params["b"][...] = 1, 2, 3
    wanted, cache = linear_forward(x, layer.params["W"], layer.params["b"])
    np.testing.assert_array_equal(layer.forward(x), wanted)
    dx, dW, db = linear_backward(dout, cache)
    np.testing.assert_array_equal(layer.backward(dout), dx)
    np.testing.assert_array_equal(layer.grads["W"], dW)
    np.testing.assert_array_equal(layer.grads["b"], db)


def test_linear_flattens_feature_maps_and_gives_their_gradient_their_shape():
    layer, x = Linear(24, 3, rng=0), images(5, 2, 3, 4)
    out, dx, grads = run(layer, x)
    flat_out, flat_dx, flat_grads = run(layer, x.reshape(5, 24))
    assert dx.shape == x.shape
    np.testing.assert_array_equal(out, flat_out)
    np.testing.assert_array_equal(dx.reshape(5, 24), flat_dx)
    np.testing.assert_array_equal(grads["W"], flat_grads["W"])


def test_linear_starts_with_a_spread_that_keeps_the_variance_through_a_relu():
    W = Linear(800, 600, rng=0).params["W"]
    assert W.std() == pytest.approx(np.sqrt(2 / 800), rel=0.01) and abs(W.mean()) < 1e-3


def test_the_same_seed_starts_the_same_network():
    for first, second in zip(MLP([5, 4, 3], rng=7).params.values(), MLP([5, 4, 3], rng=7).params.values()):
        np.testing.assert_array_equal(first, second)
    layers = MLP([4, 4, 4], rng=7).params
    assert (layers["layer1.W"] != layers["layer2.W"]).all()
    generator = np.random.default_rng(7)
    assert (Linear(4, 4, generator).params["W"] != Linear(4, 4, generator).params["W"]).all()
    assert (Linear(4, 4).params["W"] != Linear(4, 4).params["W"]).all()


def test_start_at_puts_out_a_constant():
    for module in (Linear(4, 3, rng=0), MLP([4, 5, 3], rng=0), Sequential(ReLU(), Linear(4, 3))):
        module.start_at([1.0, -2.0, 3.0])
        np.testing.assert_array_equal(module.forward(images(2, 4)), [[1, -2, 3]] * 2)
    assert (MLP([4, 5, 3], rng=0).params["layer1.W"] != 0).all()


def test_relu_and_average_pool_are_their_pairs():
    x, dout = images(2, 3, 4, 6), images(2, 3, 4, 6, seed=1)
    relu = ReLU()
    wanted, cache = relu_forward(x)
    np.testing.assert_array_equal(relu.forward(x), wanted)
    np.testing.assert_array_equal(relu.backward(dout), relu_backward(dout, cache))
    pool = AveragePool()
    np.testing.assert_array_equal(pool.forward(x), average_pool_forward(x)[0])
    assert pool.backward(images(2, 3, 2, 3)).shape == x.shape
    assert relu.params == relu.grads == pool.params == pool.grads == {}


def test_names_of_parameters_and_gradients():
    network = st_fcn()
    names = [f"{part}.{layer}.{array}" for part in ("transformer.localisation", "classifier")
             for layer in ("layer1", "layer2") for array in "Wb"]
    assert list(network.params) == names and network.grads == {}
    run(network, images(2, 1, 6, 8))
    assert list(network.grads) == names
    assert all(network.grads[name].shape == network.params[name].shape for name in names)
    assert list(Sequential(Linear(2, 3), ReLU(), head=Linear(3, 1)).params) == ["0.W", "0.b", "head.W", "head.b"]


def test_parameters_are_changed_in_place():
    network, x = st_fcn(), images(2, 1, 6, 8)
    before, _, _ = run(network, x)
    for name, array in network.params.items():
        array -= 0.1 * network.grads[name]
    assert (network.forward(x) != before).all()
    assert network.params["classifier.layer2.b"] is network.children["classifier"].children["layer2"].params["b"]


def test_an_mlp_is_linear_layers_with_relus_between():
    mlp, x = MLP([4, 5, 6, 3], rng=0), images(7, 4)
    assert list(mlp.children) == ["layer1", "relu1", "layer2", "relu2", "layer3"]
    params, h = mlp.params, x
    for layer in ("layer1", "layer2"):
        h = np.maximum(0, h @ params[f"{layer}.W"] + params[f"{layer}.b"])
    np.testing.assert_allclose(mlp.forward(x), h @ params["layer3.W"] + params["layer3.b"], rtol=1e-14)
    assert list(MLP([4, 3]).children) == ["layer1"]


def test_walk_finds_every_module():
    network = st_fcn()
    kinds = [type(module).__name__ for module in network.walk()]
    assert kinds == ["Sequential", "SpatialTransformer", "MLP", "Linear", "ReLU", "Linear", "AveragePool", "MLP",
                     "Linear", "ReLU", "Linear"]


def test_the_loss_of_an_st_fcn_has_the_right_gradient_to_every_parameter_and_to_the_input():
    network, labels = st_fcn(), [3, 0, 1]

    class Loss(Module):
        """The network and its loss, as one module with one output."""
        params, grads = property(lambda self: network.params), property(lambda self: network.grads)

        def forward(self, x):
            loss, self.cache = softmax_cross_entropy_forward(network.forward(x), labels)
            return loss

        def backward(self, dloss):
            return network.backward(softmax_cross_entropy_backward(dloss, self.cache))

    reports = check_gradients(Loss(), images(3, 1, 6, 8))
    assert list(reports) == ["x", *network.params]
    assert all(np.abs(grad).max() > 1e-3 for grad in network.grads.values())      # no road is blocked


def test_without_dx_the_rest_is_the_same():
    for network, x in ((st_fcn(), images(3, 1, 6, 8)), (MLP([48, 5, 6], rng=0), images(3, 48)),
                       (SpatialTransformer(Linear(48, 6, rng=0)), images(3, 1, 6, 8)), (Linear(48, 2), images(3, 48))):
        out, dx, grads = run(network, x)
        assert dx.shape == x.shape
        for array in network.grads.values():
            array[...] = np.nan
        network.forward(x)
        assert network.backward(images(*out.shape, seed=1), need_dx=False) is None
        for name, grad in network.grads.items():
            np.testing.assert_array_equal(grad, grads[name])


@pytest.mark.parametrize("need_dx, asked", [(True, ["b", "pool", "a", "relu"]), (False, ["b", "pool", "a"])])
def test_without_dx_nobody_before_the_first_parameters_is_asked(monkeypatch, need_dx, asked):
    calls = []
    network = Sequential(relu=ReLU(), a=Conv2D(1, 2, 3, rng=0), pool=AveragePool(), b=Linear(12, 2, rng=0))
    for name, module in network.children.items():
        def backward(dout, need_dx=True, name=name, backward=module.backward):
            calls.append((name, need_dx))
            return backward(dout, need_dx)
        monkeypatch.setattr(module, "backward", backward)
    out = network.forward(images(3, 1, 6, 8))
    assert (network.backward(np.ones_like(out), need_dx) is None) == (not need_dx)
    assert calls == [(name, need_dx or name != "a") for name in asked]


def test_float32_all_the_way():
    network, x = st_fcn(np.float32), images(3, 1, 6, 8, dtype=np.float32)
    assert all(array.dtype == np.float32 for array in network.params.values())
    logits = network.forward(x)
    loss, cache = softmax_cross_entropy_forward(logits, [0, 1, 2])
    dx = network.backward(softmax_cross_entropy_backward(np.float32(1), cache))
    transformer = network.children["transformer"]
    for array in (logits, loss, dx, transformer.theta, transformer.grid, *network.grads.values()):
        assert array.dtype == np.float32
    exact = st_fcn(np.float64)
    for name, array in exact.params.items():
        array[...] = network.params[name]
    np.testing.assert_allclose(logits, exact.forward(x.astype(np.float64)), rtol=0, atol=1e-4)


def test_dtypes_are_not_mixed():
    with pytest.raises(TypeError, match="W must have the dtype of x, float64, got float32"):
        Linear(4, 3, dtype=np.float32).forward(images(2, 4))
    with pytest.raises(TypeError, match="x must be float32 or float64, got int64"):
        st_fcn().forward(np.zeros((2, 1, 6, 8), int))
    network = st_fcn(np.float32)
    network.forward(images(2, 1, 6, 8, dtype=np.float32))
    with pytest.raises(TypeError, match="dout must have the dtype of the output, float32, got float64"):
        network.backward(np.zeros((2, 4)))


MODULES = [(Linear(20, 3), (2, 3)), (ReLU(), (2, 1, 4, 5)), (AveragePool(), (2, 1, 2, 2)),
           (MaxPool(), (2, 1, 2, 2)), (Conv2D(1, 1, 3), (2, 1, 2, 3)), (ProjectDepth(), (2, 1, 2, 2)),
           (MLP([20, 3]), (2, 3)),
           (Sequential(ReLU(), Linear(20, 3)), (2, 3)), (SpatialTransformer(Linear(20, 6)), (2, 1, 4, 5))]


@pytest.mark.parametrize("module, out_shape", MODULES, ids=lambda value: type(value).__name__)
def test_backward_before_forward(module, out_shape):
    with pytest.raises(RuntimeError, match=r"\.backward needs a forward pass first"):
        module.backward(np.zeros(out_shape))


@pytest.mark.parametrize("make, error, message", [
    (lambda: MLP([5]), ValueError, "sizes must name at least inputs and outputs, [n_in, ..., n_out], got [5]"),
    (lambda: MLP([]), ValueError, "sizes must name at least inputs and outputs"),
    (lambda: MLP([5, 0, 3]), ValueError, "the sizes of Linear must be (n_in, n_out), positive whole numbers, got (5, 0)"),
    (lambda: Linear(2.5, 3), ValueError, "positive whole numbers, got (2.5, 3)"),
    (lambda: Sequential(), ValueError, "Sequential needs at least one module"),
    (lambda: Linear(4, 3).start_at(np.zeros(6)), ValueError,
     "the last layer puts out 3 numbers, but 6 are needed"),
])
def test_wrong_networks(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_a_module_cannot_stand_in_two_places():
    relu, localisation = ReLU(), Linear(20, 6)
    message = "the same {} stands in two places of this network, but keeps only one cache: make a second one"
    with pytest.raises(ValueError, match=message.format("ReLU")):
        Sequential(Linear(4, 4), relu, Sequential(Linear(4, 4), relu))
    with pytest.raises(ValueError, match=message.format("Linear")):
        Sequential(SpatialTransformer(localisation), SpatialTransformer(localisation))


def test_a_module_of_your_own_needs_forward_and_backward():
    class Half(Module):
        pass

    with pytest.raises(NotImplementedError, match="Half has no forward"):
        Half().forward(images(2, 4))
    with pytest.raises(NotImplementedError, match="Half has no backward"):
        Half().backward(images(2, 4))


def test_strides_lists_and_read_only_arrays_are_fine():
    network, x = st_fcn(), images(3, 1, 6, 8)
    wanted = network.forward(x)
    strided = np.repeat(x, 2, axis=2)[:, :, ::2]
    strided.flags.writeable = False
    for same in (strided, np.asfortranarray(x), x.tolist()):
        np.testing.assert_allclose(network.forward(same), wanted, rtol=1e-12)
