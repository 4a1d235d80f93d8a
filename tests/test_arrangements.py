"""Many transformers in one network: side by side, with several heads, one after another, with theta handed on."""

import numpy as np
import pytest
from network_checks import check_gradients, images, run, shake

from stn_numpy.arrangements import MultiHeadTransformer, Parallel, WithTheta
from stn_numpy.grid.transforms import TRANSFORMS, VOLUME_TRANSFORMS, n_parameters
from stn_numpy.network.modules import MLP, AveragePool, Conv2D, Linear, MaxPool, ReLU, Sequential
from stn_numpy.training.run import where_it_looks
from stn_numpy.training.sgd import SGD
from stn_numpy.transformer import SpatialTransformer


def transformers(module):
    return [part for part in module.walk() if isinstance(part, SpatialTransformer)]


def shaken(network, seed=0):
    """The network with all its transformers away from the identity, where every point is on a kink."""
    rng = np.random.default_rng(seed)
    for transformer in transformers(network):
        shake(transformer, rng)
    return network


# Small networks for images (N, 2, 4, 5), one for each arrangement.

def side_by_side(dtype=np.float64, rng=0):
    rng = np.random.default_rng(rng)
    return shaken(Sequential(
        look=Parallel(left=SpatialTransformer(MLP([40, 3, 6], rng, dtype), out_shape=(3, 2)),
                      right=SpatialTransformer(Linear(40, 4, rng, dtype), "similarity", out_shape=(3, 2),
                                               padding="border")),
        classifier=Linear(4 * 3 * 2, 3, rng, dtype)))


def several_heads(dtype=np.float64, rng=0):
    rng = np.random.default_rng(rng)
    return shaken(Sequential(
        look=MultiHeadTransformer(MLP([40, 3, 18], rng, dtype), 3, out_shape=(2, 3)),
        classifier=Linear(6 * 2 * 3, 3, rng, dtype)))


def one_after_another(dtype=np.float64, rng=0):
    rng = np.random.default_rng(rng)
    return shaken(Sequential(
        coarse=SpatialTransformer(Linear(40, 3, rng, dtype), "attention", out_shape=(4, 6)),
        pool=AveragePool(),
        relu=ReLU(),
        fine=SpatialTransformer(Linear(12, 8, rng, dtype), "projective", out_shape=(3, 2)),
        classifier=Linear(12, 3, rng, dtype)), seed=2)


def on_feature_maps(dtype=np.float64, rng=0):
    """A transformer between convolutions, with a convolutional localisation net."""
    rng = np.random.default_rng(rng)
    localisation = Sequential(conv=Conv2D(3, 2, 3, 1, rng, dtype), pool=MaxPool(), relu=ReLU(),
                              last=Linear(4, 6, rng, dtype))
    return shaken(Sequential(
        features=Conv2D(2, 3, 2, 0, rng, dtype),
        look=SpatialTransformer(localisation, out_shape=(3, 3)),
        more=Conv2D(3, 2, 2, 0, rng, dtype),
        classifier=Linear(8, 3, rng, dtype)))


def theta_handed_on(dtype=np.float64, rng=0):
    rng = np.random.default_rng(rng)
    return shaken(Sequential(
        look=WithTheta(SpatialTransformer(Linear(40, 6, rng, dtype), out_shape=(2, 3))),
        classifier=Linear(2 * 2 * 3 + 6, 3, rng, dtype)))


def everything(dtype=np.float64, rng=0):
    rng = np.random.default_rng(rng)
    return shaken(Sequential(
        look=Parallel(Sequential(AveragePool(), ReLU()),
                      MultiHeadTransformer(Linear(40, 4, rng, dtype), 2, "translation", out_shape=(2, 2))),
        again=WithTheta(MultiHeadTransformer(Linear(24, 12, rng, dtype), 2, out_shape=(2, 4)), AveragePool()),
        classifier=MLP([12 * 2 + 12, 4, 3], rng, dtype)), seed=1)


ARRANGEMENTS = [side_by_side, several_heads, one_after_another, on_feature_maps, theta_handed_on, everything]
each_arrangement = pytest.mark.parametrize("make", ARRANGEMENTS, ids=lambda make: make.__name__)


@each_arrangement
def test_gradients_to_the_input_and_to_every_parameter(make):
    network, x = make(), images(2, 2, 4, 5)
    assert list(check_gradients(network, x)) == ["x", *network.params]
    for name, grad in network.grads.items():                                       # no road is blocked
        assert np.abs(grad).max() > 1e-2, name


@each_arrangement
def test_need_dx_false_leaves_out_nothing_but_dx(make):
    network, x = make(), images(2, 2, 4, 5)
    out, dx, grads = run(network, x)
    assert dx.shape == x.shape
    for grad in network.grads.values():
        grad[...] = np.nan
    network.forward(x)
    assert network.backward(images(*out.shape, seed=1), need_dx=False) is None
    for name, grad in network.grads.items():
        np.testing.assert_array_equal(grad, grads[name])


@each_arrangement
def test_float32_all_the_way(make):
    exact, network, x = make(), make(np.float32), images(2, 2, 4, 5)
    for name, param in exact.params.items():
        param[...] = network.params[name]
    out, dx, grads = run(network, x.astype(np.float32))
    exact_out, exact_dx, exact_grads = run(exact, x.astype(np.float32).astype(float))
    for got, wanted in zip((out, dx, *grads.values()), (exact_out, exact_dx, *exact_grads.values()), strict=True):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-3)


@each_arrangement
def test_each_image_goes_its_own_way(make):
    """What comes out for an image does not depend on its companions in the batch."""
    network, x = make(), images(3, 2, 4, 5)
    together = network.forward(x)
    for n in range(3):
        np.testing.assert_allclose(network.forward(x[n:n + 1]), together[n:n + 1], rtol=1e-12, atol=1e-12)


def test_names_of_parameters():
    assert list(side_by_side().params) == [
        "look.left.localisation.layer1.W", "look.left.localisation.layer1.b", "look.left.localisation.layer2.W",
        "look.left.localisation.layer2.b", "look.right.localisation.W", "look.right.localisation.b", "classifier.W",
        "classifier.b"]
    assert list(theta_handed_on().params) == [
        "look.transformer.localisation.W", "look.transformer.localisation.b", "classifier.W", "classifier.b"]
    names = list(everything().params)
    assert {"look.1.localisation.W", "again.transformer.localisation.b"} <= set(names)
    behind = WithTheta(SpatialTransformer(Linear(20, 6)), Linear(20, 7))
    assert [name for name in behind.params if name.startswith("network")] == ["network.W", "network.b"]


def test_the_optimiser_finds_them_by_name():
    factors = SGD(side_by_side(), factors={"look": 0.1, "look.right": 0.01}).factors
    assert factors["look.left.localisation.layer1.W"] == 0.1 and factors["look.right.localisation.W"] == 0.01
    assert factors["classifier.W"] == 1


@pytest.mark.parametrize("make, count", [(side_by_side, 2), (several_heads, 1), (everything, 2)])
def test_training_sees_where_all_of_them_look(make, count):
    network = make()
    assert len(transformers(network)) == count
    for part in transformers(network):
        part.params["localisation.b" if "localisation.b" in part.params else "localisation.layer2.b"][...] *= 0.5
    network.forward(np.zeros((2, 2, 4, 5)))
    inside, _ = where_it_looks(network)
    wanted = np.mean([np.mean(np.all(np.abs(part.grid) <= 1, axis=-1)) for part in transformers(network)])
    assert inside == pytest.approx(wanted)


# Parallel

def test_side_by_side_is_each_by_itself():
    x, dout = images(2, 2, 4, 5), images(2, 8, 4, 5, seed=1)
    modules = [shaken(SpatialTransformer(Linear(40, 6, rng=1))),                   # 2 channels
               shaken(MultiHeadTransformer(Linear(40, 12, rng=2), 2)),             # 4
               shaken(SpatialTransformer(Linear(40, 3, rng=3), "attention"))]      # 2
    alone = np.concatenate([module.forward(x) for module in modules], axis=1)
    dx = sum(module.backward(part) for module, part in zip(modules, np.split(dout, [2, 6], axis=1)))
    grads = [array.copy() for module in modules for array in module.grads.values()]
    together = Parallel(*modules)
    np.testing.assert_array_equal(together.forward(x), alone)
    np.testing.assert_allclose(together.backward(dout), dx, rtol=1e-12)
    for got, grad in zip(together.grads.values(), grads, strict=True):
        np.testing.assert_array_equal(got, grad)


def test_nobody_is_asked_for_a_gradient_that_is_not_needed():
    class Asked(ReLU):
        def backward(self, dout, need_dx=True):
            self.need_dx = need_dx
            return super().backward(dout)

    first, second, x = Asked(), Asked(), images(2, 2, 4, 5)
    both = Parallel(first, second)
    both.backward(both.forward(x), need_dx=False)
    assert first.need_dx is second.need_dx is False


def test_one_by_the_side_of_none():
    alone, x = shaken(SpatialTransformer(Linear(40, 6, rng=0))), images(2, 2, 4, 5)
    out, dx, _ = run(alone, x)
    same_out, same_dx, _ = run(Parallel(alone), x)
    np.testing.assert_array_equal(same_out, out)
    np.testing.assert_array_equal(same_dx, dx)


def test_at_the_start_all_look_at_the_whole():
    U = images(2, 3, 4, 5)
    for arrangement in (Parallel(SpatialTransformer(Linear(60, 6)), SpatialTransformer(Linear(60, 3), "attention")),
                        MultiHeadTransformer(MLP([60, 4, 12]), 2)):
        np.testing.assert_array_equal(arrangement.forward(U), np.concatenate([U, U], axis=1))


# Several heads

@pytest.mark.parametrize("name", TRANSFORMS)
def test_heads_are_transformers_that_share_a_localisation_net(name):
    check_heads(TRANSFORMS[name], (2, 2, 4, 5), (3, 2))


@pytest.mark.parametrize("name", VOLUME_TRANSFORMS)
def test_heads_in_volumes(name):
    check_heads(VOLUME_TRANSFORMS[name], (2, 2, 2, 3, 4), (3, 2, 2))


def check_heads(transform, shape, out_shape, K=3):
    """Compare the heads with K transformers, each of whose localisation nets has its part of the weights."""
    rng, x, n_in, P = np.random.default_rng(4), images(*shape), int(np.prod(shape[1:])), n_parameters(transform)
    heads = MultiHeadTransformer(Linear(n_in, K * P, rng), K, transform, out_shape=out_shape, align_corners=False)
    shake(heads, rng)
    apart = Parallel(*[SpatialTransformer(Linear(n_in, P), transform, out_shape=out_shape, align_corners=False)
                       for _ in range(K)])
    for k in range(K):
        for array in "Wb":
            whole = heads.params[f"localisation.{array}"]
            apart.params[f"{k}.localisation.{array}"][...] = whole[..., k * P:(k + 1) * P]
    out, dx, grads = run(heads, x)
    same_out, same_dx, same_grads = run(apart, x)
    assert out.shape == (shape[0], K * shape[1], *out_shape)
    np.testing.assert_allclose(out, same_out, rtol=0, atol=1e-12)
    np.testing.assert_allclose(dx, same_dx, rtol=0, atol=1e-11)
    for array in "Wb":
        parts = [same_grads[f"{k}.localisation.{array}"] for k in range(K)]
        np.testing.assert_allclose(grads[f"localisation.{array}"], np.concatenate(parts, axis=-1), rtol=0, atol=1e-11)
    grids = np.stack([part.grid for part in transformers(apart)], axis=1)          # (N, K, H_out, W_out, 2)
    assert heads.grid.shape == (shape[0] * K, *out_shape, len(out_shape))
    np.testing.assert_allclose(heads.grid, grids.reshape(heads.grid.shape), rtol=0, atol=1e-12)
    assert len(np.unique(heads.theta[:, :P].round(6), axis=0)) == 2                # another theta for each image


def look_twice_side_by_side():
    return Parallel(*[SpatialTransformer(Linear(288, 2), "translation") for _ in range(2)])


def look_twice_with_two_heads():
    return MultiHeadTransformer(Linear(288, 4), 2, "translation")


@pytest.mark.parametrize("make", [look_twice_side_by_side, look_twice_with_two_heads])
def test_they_part_and_each_finds_its_own_object(make):
    """Each of two channels has a blob. The first view should have the first in its middle, the second the second."""
    y, x = np.mgrid[-1:1:12j, -1:1:12j]
    middle, *blobs = [np.exp(-4 * ((x - x_0) ** 2 + (y - y_0) ** 2)) for x_0, y_0 in [(0, 0), (-0.4, 0.2), (0.4, -0.3)]]
    look, U = make(), np.stack([blobs])                                            # (1, 2, 12, 12)
    for _ in range(150):
        out, dout = look.forward(U), np.zeros((1, 4, 12, 12))
        for channel in (0, 3):                   # the first view of the first channel, the second view of the second
            dout[0, channel] = out[0, channel] - middle
        look.backward(dout, need_dx=False)
        for name, param in look.params.items():
            if name.endswith("b"):
                param -= 0.02 * look.grads[name]
    theta = np.concatenate([part.theta.ravel() for part in transformers(look)])
    np.testing.assert_allclose(theta, [-0.4, 0.2, 0.4, -0.3], rtol=0, atol=0.01)


# Theta handed on

def test_theta_stands_behind_what_is_seen():
    transformer, U = shaken(SpatialTransformer(Linear(40, 6, rng=0), out_shape=(3, 2))), images(2, 2, 4, 5)
    V = transformer.forward(U)
    out = WithTheta(transformer).forward(U)
    assert out.shape == (2, 2 * 3 * 2 + 6)
    np.testing.assert_array_equal(out[:, :12].reshape(V.shape), V)
    np.testing.assert_array_equal(out[:, 12:], transformer.theta)


def test_what_is_seen_may_go_through_a_network_first():
    transformer, U = shaken(SpatialTransformer(Linear(40, 6, rng=0))), images(2, 2, 4, 5)
    network = Sequential(AveragePool(), Linear(8, 3, rng=1))
    out = WithTheta(transformer, network).forward(U)
    np.testing.assert_array_equal(out, np.hstack([network.forward(transformer.forward(U)), transformer.theta]))


def test_both_roads_to_theta():
    """A loss that reads theta alone reaches the localisation net; one that reads V as well adds its own gradient."""
    transformer, U = shaken(SpatialTransformer(Linear(40, 6, rng=0))), images(2, 2, 4, 5)
    handing_on = WithTheta(transformer)
    dout = images(*handing_on.forward(U).shape, seed=1)
    theta_only, V_only = dout.copy(), dout.copy()
    theta_only[:, :-6], V_only[:, -6:] = 0, 0
    grads, dx = {}, {}
    for name, part in (("both", dout), ("theta", theta_only), ("V", V_only)):
        dx[name] = handing_on.backward(part)
        grads[name] = handing_on.grads["transformer.localisation.b"].copy()
    np.testing.assert_allclose(grads["theta"], dout[:, -6:].sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(grads["both"], grads["theta"] + grads["V"], rtol=1e-12)
    np.testing.assert_allclose(dx["both"], dx["theta"] + dx["V"], rtol=1e-10)
    assert np.abs(grads["V"]).min() > 1e-2


def test_a_transformer_alone_takes_a_gradient_to_theta():
    transformer, U = shaken(SpatialTransformer(Linear(40, 6, rng=0))), images(2, 2, 4, 5)
    dV, dtheta = images(*transformer.forward(U).shape, seed=1), images(2, 6, seed=2)
    transformer.backward(dV)
    without = transformer.grads["localisation.b"].copy()
    transformer.backward(dV, dtheta_later=dtheta)
    np.testing.assert_allclose(transformer.grads["localisation.b"], without + dtheta.sum(axis=0), rtol=1e-12)
    with pytest.raises(ValueError, match=r"dtheta_later must have shape \(2, 6\), got \(6,\)"):
        transformer.backward(dV, dtheta_later=dtheta[0])


# Errors

@pytest.mark.parametrize("make, error, message", [
    (lambda: Parallel(), ValueError, "Parallel needs at least one module"),
    (lambda: Parallel(ReLU(), np.tanh), TypeError, "1 must be a module such as stn_numpy.MLP, got an ufunc"),
    (lambda: Sequential(net="MLP"), TypeError, "net must be a module such as stn_numpy.MLP, got a str"),
    (lambda: MultiHeadTransformer(Linear(40, 12), 0), ValueError, "heads must be a whole number from 1 up, got 0"),
    (lambda: MultiHeadTransformer(Linear(40, 12), 1.5), ValueError, "heads must be a whole number from 1 up, got 1.5"),
    (lambda: MultiHeadTransformer(Linear(40, 12), "2"), ValueError, "heads must be a whole number from 1 up, got '2'"),
    (lambda: MultiHeadTransformer(Linear(40, 6), 2), ValueError,
     "the last layer puts out 6 numbers, but 12 are needed"),
    (lambda: MultiHeadTransformer(Linear(40, 6), 2, "afine"), ValueError, "transform must be one of"),
    (lambda: WithTheta(ReLU()), TypeError, "WithTheta hands on the theta of a SpatialTransformer, got a ReLU"),
    (lambda: WithTheta(SpatialTransformer(Linear(40, 6)), np.tanh), TypeError,
     "network must be a module such as stn_numpy.MLP, got an ufunc"),
])
def test_wrong_arrangements(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)


def test_a_module_cannot_stand_in_two_places():
    localisation, transformer = Linear(40, 6), SpatialTransformer(Linear(40, 6))
    with pytest.raises(ValueError, match="the same Linear stands in two places of this network"):
        Parallel(SpatialTransformer(localisation), SpatialTransformer(localisation))
    with pytest.raises(ValueError, match="the same SpatialTransformer stands in two places"):
        Parallel(transformer, transformer)
    with pytest.raises(ValueError, match="the same Linear stands in two places"):
        WithTheta(transformer, transformer.children["localisation"])


def test_outputs_side_by_side_must_fit():
    uneven = Parallel(big=SpatialTransformer(Linear(40, 6)), small=SpatialTransformer(Linear(40, 6), out_shape=(2, 5)))
    with pytest.raises(ValueError) as caught:
        uneven.forward(images(2, 2, 4, 5))
    assert str(caught.value) == ("modules side by side must put out the same sizes except for their channels, axis 1, "
                                 "and one dtype, got big (2, 2, 4, 5) of float64, small (2, 2, 2, 5) of float64: give "
                                 "their transformers one out_shape")


@each_arrangement
def test_backward_before_forward(make):
    with pytest.raises(RuntimeError, match=r"\.backward needs a forward pass first"):
        list(make().children.values())[0].backward(np.zeros((2, 2)))


@pytest.mark.parametrize("shape", [(1, 4, 3, 2), (2, 2, 3, 2), (2, 4, 2, 3), (2, 24), (4, 2, 3, 2)])
@pytest.mark.parametrize("make, wanted", [
    (lambda: Parallel(*[SpatialTransformer(Linear(40, 6), out_shape=(3, 2)) for _ in range(2)]), (2, 4, 3, 2)),
    (lambda: MultiHeadTransformer(Linear(40, 12), 2, out_shape=(3, 2)), (2, 4, 3, 2)),
    (lambda: WithTheta(SpatialTransformer(Linear(40, 6), out_shape=(3, 2))), (2, 18)),
], ids=["Parallel", "MultiHeadTransformer", "WithTheta"])
def test_wrong_upstream_gradients(make, wanted, shape):
    module = make()
    assert module.forward(images(2, 2, 4, 5)).shape == wanted
    with pytest.raises(ValueError, match=r"must have shape"):
        module.backward(np.zeros(shape))
    with pytest.raises(TypeError, match="must have the dtype of the output, float64, got float32"):
        module.backward(np.zeros(wanted, np.float32))
