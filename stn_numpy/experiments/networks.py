"""The networks in the rows of Table 1, each with about 400,000 parameters.

A classifier has three layers, two of them hidden and as wide as the parameters allow: a network that has a
localisation net as well gets a narrower classifier, so that no row wins by its size.
"""

import math
from typing import NamedTuple

import numpy as np

from ..modules import MLP, AveragePool, Sequential
from ..transformer import SpatialTransformer
from ..transforms import n_parameters

PARAMETERS = 400_000
LOCALISATION_UNITS = 32
CLASSES = 10
POOLED = ("RTS", "TC")       # the paper halves what the transformer hands on where the digit is small on its canvas


class Row(NamedTuple):
    """A row of the table."""
    title: str
    transform: str | None     # of its spatial transformer; None: it has none


ROWS = {
    "fcn": Row("FCN", None),
    "st-fcn-aff": Row("ST-FCN Aff", "affine"),
    "st-fcn-proj": Row("ST-FCN Proj", "projective"),
    "st-fcn-tps": Row("ST-FCN TPS", "tps"),
}


def build(row, column, image_shape, rng, dtype=np.float32):
    """The network of one cell of the table.

    Parameters
    ----------
    row, column : str                a name in ROWS, a name in stn_numpy.DISTORTIONS
    image_shape : (H, W)             of the distorted digits
    rng : numpy.random.Generator     of the weights

    Returns
    -------
    network : Module                 from images (N, 1, H, W) to logits (N, 10)
    sizes : dict                     what a record says of it: the widths of its layers and the number of parameters
    """
    pixels, transform = math.prod(image_shape), ROWS[row].transform
    if transform is None:
        sizes = {"classifier": classifier_sizes(pixels, PARAMETERS)}
        network = MLP(sizes["classifier"], rng, dtype)
    else:
        network, sizes = _with_transformer(transform, column in POOLED, image_shape, rng, dtype)
    return network, {**sizes, "parameters": sum(param.size for param in network.params.values())}


def _with_transformer(transform, pooled, image_shape, rng, dtype):
    pixels, theta = math.prod(image_shape), n_parameters(transform)
    looking = [pixels, LOCALISATION_UNITS, LOCALISATION_UNITS, theta]
    seen = math.prod(size // 2 for size in image_shape) if pooled else pixels
    reading = classifier_sizes(seen, PARAMETERS - count(looking))
    parts = {"transformer": SpatialTransformer(MLP(looking, rng, dtype), transform)}
    if pooled:
        parts["pool"] = AveragePool()
    network = Sequential(**parts, classifier=MLP(reading, rng, dtype))
    return network, {"localisation": looking, "pooled": pooled, "classifier": reading}


def count(sizes):
    """Weights and biases of an MLP."""
    return sum((n_in + 1) * n_out for n_in, n_out in zip(sizes[:-1], sizes[1:]))


def classifier_sizes(inputs, parameters, classes=CLASSES):
    """[inputs, h, h, classes] with the largest h that takes no more than so many parameters.

    (inputs + 1) h + (h + 1) h + (h + 1) classes  =  h^2 + (inputs + 2 + classes) h + classes  <=  parameters
    """
    half = inputs + 2 + classes
    h = (math.isqrt(half * half + 4 * (parameters - classes)) - half) // 2
    return [inputs, h, h, classes]
