"""Networks: wiring, and no mathematics.

A module keeps the cache of its last forward pass for the backward pass that follows, and owns parameters: `params` and
`grads` are dicts with the same keys, and a gradient is there after a backward pass. A module made of modules finds
them under its children's names, ``"transformer.localisation.layer1.W"``. Parameters are changed in place,
``module.params["W"][...] = W``.

A forward pass that fails leaves no trace: the backward pass after it is still that of the last one that succeeded.
"""

import contextlib
import math

import numpy as np

from ..checking import validate
from .convolution import conv2d_backward, conv2d_forward
from .layers import linear_backward, linear_forward, relu_backward, relu_forward
from .pooling import average_pool_backward, average_pool_forward, max_pool_backward, max_pool_forward
from .volumes import project_depth_backward, project_depth_forward


def _refuse_assignment(*args, **named):
    raise TypeError("params and grads list a module's own arrays, which cannot be replaced: change them in place, "
                    "params[name][...] = new")


class Arrays(dict):
    """A module's parameters or gradients by name: the arrays change in place, none is put in, replaced or taken out."""

    def __setitem__(self, name, array):
        if self.get(name) is not array:                  # params[name] -= step ends here too, with the same array
            _refuse_assignment()

    __delitem__ = __ior__ = update = pop = popitem = clear = setdefault = _refuse_assignment

    def __reduce__(self):
        return dict, (dict(self),)                       # a copy is a plain dict


def check_module(name, value):
    """TypeError for what is not a module."""
    if not isinstance(value, Module):
        raise TypeError(f"{name} must be a module such as stn_numpy.MLP, got {validate.a_kind_of(value)}")
    if "children" not in vars(value):
        raise TypeError(f"{type(value).__name__}.__init__ must begin with super().__init__()")
    return value


def through(module, x):
    """What a module puts out. TypeError for no array of floats: one of the reader's own may have forgotten to return."""
    return validate.returned(f"forward of {type(module).__name__}", module.forward(x))


def back_through(module, dout, need_dx, x_shape=None):
    """The gradient to a module's input, likewise checked; None where nobody needs it."""
    dx = module.backward(dout, need_dx)
    return validate.returned(f"backward of {type(module).__name__}", dx, x_shape) if need_dx else None


class Module:
    """A piece of a network: `forward(x)`, then `backward(dout)`, which returns dx and fills `grads`."""

    def __init__(self):
        self.children = {}
        self._params, self._grads = {}, {}

    @property
    def params(self):
        """Own parameters and the children's, name -> array. The arrays are the module's own: change them in place."""
        return self._collect("_params", "params")

    @property
    def grads(self):
        """Gradients of the last backward pass, under the same names as the parameters."""
        return self._collect("_grads", "grads")

    params, grads = params.setter(_refuse_assignment), grads.setter(_refuse_assignment)

    def _collect(self, own, of_child):
        found = dict(getattr(self, own))
        for name, child in self.children.items():
            found.update({f"{name}.{key}": array for key, array in getattr(child, of_child).items()})
        return Arrays(found)

    def walk(self):
        """Yield this module and all modules in it."""
        yield self
        for name, child in self.children.items():
            yield from check_module(name, child).walk()

    def parts(self):
        """This module and all in it, a list. ValueError where one of them stands in two places.

        A module keeps one cache: in two places, the second forward pass would overwrite that of the first.
        """
        found = []
        for part in self.walk():
            if part in found:
                raise ValueError(f"the same {type(part).__name__} stands in two places of this network, but keeps only "
                                 "one cache: make a second one")
            found.append(part)
        return found

    def forward(self, x):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, dout, need_dx=True):
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    def start_at(self, output):
        raise TypeError(f"a localisation net must end with a layer that has a bias to start at, such as Linear, "
                        f"got {type(self).__name__}")

    def _used(self, cache):
        """The cache of the forward pass. RuntimeError if there was none."""
        if cache is None:
            raise RuntimeError(f"{type(self).__name__}.backward needs a forward pass first")
        return cache

    @contextlib.contextmanager
    def _all_or_nothing(self):
        """For the forward pass of a module made of modules: if one of them fails, all are put back as they were."""
        before = [(vars(part), vars(part).copy()) for part in self.parts()]
        try:
            yield
        except BaseException:                            # Ctrl-C too
            for state, kept in before:
                state.clear()
                state.update(kept)
            raise


class Linear(Module):
    """Fully connected layer, x W + b. Feature maps are flattened, all axes but the first.

    Parameters
    ----------
    n_in, n_out : int    numbers of inputs and outputs
    rng                  a numpy Generator, a seed, or None for fresh randomness
    dtype                float64 or float32, of the parameters and so of all that passes through
    """

    def __init__(self, n_in, n_out, rng=None, dtype=np.float64):
        super().__init__()
        n_in, n_out = validate.sizes("the sizes of Linear", (n_in, n_out), "n_in n_out")
        self._params = _weights(n_in, (n_in, n_out), n_out, rng, dtype)
        self._cache = None

    def forward(self, x):
        x = validate.as_array("x", x)
        rows = x.reshape(*x.shape[:1], math.prod(x.shape[1:]))                     # (N, n_in)
        out, cache = linear_forward(rows, self._params["W"], self._params["b"])
        self._cache = cache, x.shape
        return out

    def backward(self, dout, need_dx=True):
        cache, shape = self._used(self._cache)
        dx, self._grads["W"], self._grads["b"] = linear_backward(dout, cache, need_dx)
        return dx.reshape(shape) if need_dx else None

    def start_at(self, output):
        """Begin with zero weights and `output` as the bias: whatever comes in, `output` comes out."""
        W, b = self._params["W"], self._params["b"]
        output = validate.array("output", validate.real("output", output, b.dtype))
        if output.size != b.size:
            raise ValueError(f"the last layer puts out {b.size} numbers, but {output.size} are needed")
        W[...], b[...] = 0, output.ravel()


class Conv2D(Module):
    """Convolution of feature maps (N, C, H, W) with K filters of size x size pixels.

    Parameters
    ----------
    channels_in, channels_out : int  C and K
    size : int                       height and width of the filters, in pixels
    padding : int                    rows and columns of zeros around each image; size // 2 keeps its size, if odd
    rng, dtype                       as in Linear

    Its parameters are called W, the filters, and b.
    """

    def __init__(self, channels_in, channels_out, size, padding=0, rng=None, dtype=np.float64):
        super().__init__()
        C, K, size = validate.sizes("the sizes of Conv2D", (channels_in, channels_out, size),
                                    "channels_in channels_out size")
        self._params = _weights(C * size * size, (K, C, size, size), K, rng, dtype)
        self._padding, self._cache = validate.whole("padding", padding, 0, " of pixels"), None

    def forward(self, x):
        out, self._cache = conv2d_forward(x, self._params["W"], self._params["b"], self._padding)
        return out

    def backward(self, dout, need_dx=True):
        dx, self._grads["W"], self._grads["b"] = conv2d_backward(dout, self._used(self._cache), need_dx)
        return dx


def _weights(n_in, shape, n_out, rng, dtype):
    """Random W of this shape, each output of which sees n_in numbers, and b = 0, (n_out,)."""
    dtype = validate.float_type(dtype)
    spread = np.sqrt(2 / n_in)                           # keeps the variance through a ReLU (He et al., 2015)
    W = spread * validate.generator(rng).standard_normal(validate.room_for("a layer", shape))
    return {"W": W.astype(dtype), "b": np.zeros(n_out, dtype)}


class WithoutParameters(Module):
    """A pair without parameters as a module: a subclass names its `pair`, (forward, backward)."""
    pair = None

    def __init__(self):
        super().__init__()
        self._cache = None

    def forward(self, x):
        out, self._cache = self.pair[0](x)
        return out

    def backward(self, dout, need_dx=True):
        cache = self._used(self._cache)
        return self.pair[1](dout, cache) if validate.flag("need_dx", need_dx) else None


class ReLU(WithoutParameters):
    """max(0, x)."""
    pair = relu_forward, relu_backward


class AveragePool(WithoutParameters):
    """Means of 2 x 2 pixels: halves a feature map, as the paper does after the transformer."""
    pair = average_pool_forward, average_pool_backward


class MaxPool(WithoutParameters):
    """The largest of 2 x 2 pixels each: halves a feature map, as the paper does between convolutions."""
    pair = max_pool_forward, max_pool_backward


class ProjectDepth(WithoutParameters):
    """Sums over depth: from volumes (N, C, D, H, W) to images (N, C, H, W), after a transformer of volumes (A.3)."""
    pair = project_depth_forward, project_depth_backward


class Container(Module):
    """Modules in a network, known by their numbers or by names: (a, b) or (transformer=a, classifier=b)."""

    def __init__(self, *modules, **named):
        super().__init__()
        for name in named:
            if not name.isidentifier():
                raise ValueError(f"the name of a module must be a word, as in {type(self).__name__}(first=...), "
                                 f"got {name!r}")
        self.children = {**{str(i): module for i, module in enumerate(modules)}, **named}
        if not self.children:
            raise ValueError(f"{type(self).__name__} needs at least one module")
        self.parts()


class Sequential(Container):
    """Modules one after the other: Sequential(a, b), or with names, Sequential(transformer=a, classifier=b)."""
    _x_shape = None                                      # of the last forward pass

    def forward(self, x):
        out = x = validate.as_array("x", x)
        with self._all_or_nothing():
            for module in self.children.values():
                out = through(module, out)
            self._x_shape = x.shape
        return out

    def backward(self, dout, need_dx=True):
        """Without need_dx, go back only as far as there are parameters."""
        validate.flag("need_dx", need_dx)
        modules = list(self.children.values())
        for i in reversed(range(len(modules))):
            need_earlier = need_dx or any(earlier.params for earlier in modules[:i])
            dout = back_through(modules[i], dout, need_earlier, None if i else self._x_shape)
            if not need_earlier:
                break
        return dout

    def start_at(self, output):
        """Let the last module begin with a constant output."""
        list(self.children.values())[-1].start_at(output)


class MLP(Sequential):
    """Linear layers with ReLUs between them; `MLP([784, 32, 32, 6])` is a localisation net for 28 x 28 digits.

    Parameters
    ----------
    sizes : numbers of inputs, of each hidden layer's units, and of outputs; rng, dtype as in Linear
    """

    def __init__(self, sizes, rng=None, dtype=np.float64):
        if len(validate.listed(sizes)) < 2:
            raise ValueError(f"sizes must name at least inputs and outputs, [n_in, ..., n_out], got {sizes!r:.80}")
        rng, layers = validate.generator(rng), {}
        for i, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
            layers[f"layer{i}"] = Linear(n_in, n_out, rng, dtype)
            layers[f"relu{i}"] = ReLU()
        layers.popitem()                                 # none after the last layer
        super().__init__(**layers)
