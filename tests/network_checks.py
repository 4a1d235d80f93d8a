"""What the tests of modules and transformers share: a small network, and the gradient check of a whole one."""

import numpy as np

from stn_numpy.checking.gradcheck import gradcheck
from stn_numpy.network.modules import MLP, AveragePool, Sequential
from stn_numpy.transformer import SpatialTransformer


def images(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def st_fcn(dtype=np.float64, seed=0):
    """A small ST-FCN: 6 x 8 images, four classes, the transformer off the identity (where every point is on a kink)."""
    rng = np.random.default_rng(seed)
    network = Sequential(
        transformer=SpatialTransformer(MLP([48, 5, 6], rng, dtype), out_shape=(4, 6)),
        pool=AveragePool(),
        classifier=MLP([6, 7, 4], rng, dtype))
    shake(network.children["transformer"], rng)
    return network


def shake(transformer, rng):
    """Move the localisation net away from its start, so that theta is another for each image."""
    for array in transformer.children["localisation"].params.values():
        array += 0.1 * rng.standard_normal(array.shape)


def run(module, x, seed=1):
    """A forward and a backward pass: out, dx and a copy of the gradients."""
    out = module.forward(x)
    dx = module.backward(images(*out.shape, dtype=out.dtype, seed=seed))
    return out, dx, {name: grad.copy() for name, grad in module.grads.items()}


def check_gradients(module, x):
    """gradcheck of a whole module: to its input and to each of its parameters.

    The step is ten times the usual one, since rounding errors grow on the way through a network.
    """
    def forward(x, *values):
        for array, value in zip(module.params.values(), values):
            array[...] = value
        return module.forward(x), None

    def backward(dout, cache):
        dx = module.backward(dout)
        assert list(module.grads) == list(module.params)
        return dx, *module.grads.values()

    start = {name: array.copy() for name, array in module.params.items()}
    return gradcheck(forward, backward, {"x": x, **start}, step=1e-5)
