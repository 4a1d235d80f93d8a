"""The networks in the rows of Table 1, each with about 400,000 parameters.

A classifier's hidden layers are as wide as the parameters allow: a network that has a localisation net as well gets a
narrower classifier, so that no row wins by its size. A fully connected classifier (FCN) has two hidden layers; a
convolutional one (CNN) has two layers of filters, each pooled, and one hidden layer.
"""

import math
from typing import NamedTuple

import numpy as np

from ..grid.transforms import n_parameters
from ..network.modules import MLP, AveragePool, Conv2D, MaxPool, ReLU, Sequential
from ..transformer import SpatialTransformer

PARAMETERS = 400_000
LOCALISATION_UNITS = 32
CLASSES = 10
POOLED = ("RTS", "TC")       # the paper halves what the transformer hands on where the digit is small on its canvas
FILTERS = ((9, 32), (7, 64))                 # of a convolutional classifier, layer by layer: size and number
LOCALISATION_FILTERS = ((5, 20), (5, 20))    # of the localisation net in front of it,
UNITS_AFTER_FILTERS = 20                     # and of the units that follow there
SMALLEST = 24                                # height and width from which both layers of FILTERS fit, each pooled


class Row(NamedTuple):
    """A row of the table."""
    title: str
    transform: str | None            # of its spatial transformer; None: it has none
    convolutional: bool = False      # or fully connected


ROWS = {
    "fcn": Row("FCN", None),
    "cnn": Row("CNN", None, convolutional=True),
    "st-fcn-aff": Row("ST-FCN Aff", "affine"),
    "st-fcn-proj": Row("ST-FCN Proj", "projective"),
    "st-fcn-tps": Row("ST-FCN TPS", "tps"),
    "st-cnn-aff": Row("ST-CNN Aff", "affine", convolutional=True),
    "st-cnn-proj": Row("ST-CNN Proj", "projective", convolutional=True),
    "st-cnn-tps": Row("ST-CNN TPS", "tps", convolutional=True),
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
    sizes : dict                     what a record says of it: the sizes of its layers and the number of parameters
    """
    _, transform, convolutional = ROWS[row]
    look, read = (_cnn_localisation, _cnn) if convolutional else (_fcn_localisation, _fcn)
    if transform is None:
        network, sizes = read(image_shape, PARAMETERS, rng, dtype)
        sizes = {"classifier": sizes}
    else:
        network, sizes = _with_transformer(transform, look, read, column in POOLED, image_shape, rng, dtype)
    return network, {**sizes, "parameters": _n_parameters(network)}


def _with_transformer(transform, look, read, pooled, image_shape, rng, dtype):
    """A localisation net made by `look`, and a classifier made by `read` that sees the output, halved or not."""
    localisation, looking = look(image_shape, n_parameters(transform), rng, dtype)
    parts = {"transformer": SpatialTransformer(localisation, transform)}
    if pooled:
        parts["pool"] = AveragePool()
        image_shape = _halved(image_shape)
    parts["classifier"], reading = read(image_shape, PARAMETERS - _n_parameters(localisation), rng, dtype)
    return Sequential(**parts), {"localisation": looking, "pooled": pooled, "classifier": reading}


def _fcn_localisation(image_shape, outputs, rng, dtype):
    """Three fully connected layers; returns the net and its sizes, as all that follow."""
    sizes = [math.prod(image_shape), LOCALISATION_UNITS, LOCALISATION_UNITS, outputs]
    return MLP(sizes, rng, dtype), sizes


def _fcn(image_shape, parameters, rng, dtype):
    """Two hidden layers of the same width."""
    sizes = classifier_sizes(math.prod(image_shape), parameters)
    return MLP(sizes, rng, dtype), sizes


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


def _cnn_localisation(image_shape, outputs, rng, dtype):
    """Two layers of filters, with the image halved before the first and once more before the second; one of units."""
    shape = _halved(image_shape)
    (size1, filters1), (size2, filters2) = LOCALISATION_FILTERS
    seen = math.prod((size - size1 + 1) // 2 - size2 + 1 for size in shape) * filters2
    units = [seen, UNITS_AFTER_FILTERS, outputs]
    net = Sequential(
        half=AveragePool(),
        filters1=Conv2D(1, filters1, size1, 0, rng, dtype), pool=MaxPool(), relu1=ReLU(),
        filters2=Conv2D(filters1, filters2, size2, 0, rng, dtype), relu2=ReLU(),
        units=MLP(units, rng, dtype))
    return net, _in_words(shape, LOCALISATION_FILTERS) + units


def _cnn(image_shape, parameters, rng, dtype):
    """Two layers of filters, each pooled, then [seen, h, 10] with the largest h that the parameters allow.

    (seen + 1) h + (h + 1) 10  =  (seen + 11) h + 10  <=  what the filters leave of the parameters

    Filters stay inside the image. Only an image that is too small for that is padded, by half the size of the filters.
    To pool and then take max(0, x) is the same as the other way round, and cheaper.
    """
    layers, shape, channels = {}, image_shape, 1
    for i, (size, filters) in enumerate(FILTERS, start=1):
        padding = size // 2 if min(image_shape) < SMALLEST else 0
        layers[f"filters{i}"] = Conv2D(channels, filters, size, padding, rng, dtype)
        layers[f"pool{i}"], layers[f"relu{i}"] = MaxPool(), ReLU()
        shape, channels = _halved(n + 2 * padding - size + 1 for n in shape), filters
    seen = math.prod(shape) * channels
    h = (parameters - _n_parameters(Sequential(**layers)) - CLASSES) // (seen + 1 + CLASSES)
    units = [seen, h, CLASSES]
    return Sequential(**layers, units=MLP(units, rng, dtype)), _in_words(image_shape, FILTERS) + units


def _halved(shape):
    return tuple(size // 2 for size in shape)


def _in_words(image_shape, layers):
    """["42x42", "9x9x32", "7x7x64"]: the image, and size and number of the filters in each layer."""
    return ["x".join(map(str, image_shape)), *(f"{size}x{size}x{filters}" for size, filters in layers)]


def _n_parameters(network):
    """Of any module."""
    return sum(param.size for param in network.params.values())
