"""Arrangements of many spatial transformers in one network.

    one after another     Sequential(transformer, transformer, ...), or further apart, on feature maps
    side by side          Parallel(transformer, transformer, ...), each with a localisation net of its own
    several heads         MultiHeadTransformer(localisation, heads): one localisation net says where all of them look
    theta handed on       WithTheta(transformer): the layers after it see where it looked, too

and one whose grid is learned, LearnedGridTransformer(localisation, out_shape). Transformers side by side, or heads, can
look at several objects at once, each at one.
"""

import math

import numpy as np

from .checking import validate
from .grid.basis import basis_grid_backward, basis_grid_forward
from .grid.coordinates import target_points
from .grid.transforms import TRANSFORMS, VOLUME_TRANSFORMS
from .network.modules import Container, back_through, through
from .transformer import SpatialTransformer


class Parallel(Container):
    """Modules side by side: each sees the whole input, and their outputs are stacked, channel upon channel.

        out = [a(x), b(x), ...]      (N, C_a + C_b + ..., H, W)

    Made like a Sequential, `Parallel(a, b)` or with names, `Parallel(left=a, right=b)`. The outputs may have different
    numbers of channels (axis 1); all other sizes must be the same.
    """

    def __init__(self, *modules, **named):
        super().__init__(*modules, **named)
        self._cache = None

    def forward(self, x):
        x = validate.as_array("x", x)
        with self._all_or_nothing():
            outs = [through(module, x) for module in self.children.values()]
            self._check_alike(outs)
            out = np.concatenate(outs, axis=1)
            ends = np.cumsum([part.shape[1] for part in outs])                     # where each one's channels end
            self._cache = out.shape, out.dtype, ends, x.shape
        return out

    def backward(self, dout, need_dx=True):
        """x goes down several roads: dx is the sum of what comes back from each."""
        shape, dtype, ends, x_shape = self._used(self._cache)
        dout, need_dx = validate.gradient("dout", dout, shape, dtype), validate.flag("need_dx", need_dx)
        douts = np.split(dout, ends[:-1], axis=1)
        dxs = [back_through(module, part, need_dx, x_shape) for module, part in zip(self.children.values(), douts)]
        dx = sum(dxs) if need_dx else None
        validate.results(dx=dx)
        return dx

    def _check_alike(self, outs):
        if len({(*out.shape[:1], *out.shape[2:], out.ndim, out.dtype) for out in outs}) > 1 or outs[0].ndim < 2:
            found = ", ".join(f"{name} {out.shape} of {out.dtype}" for name, out in zip(self.children, outs))
            raise ValueError(f"modules side by side must put out the same sizes except for their channels, axis 1, and "
                             f"one dtype, got {found}: give their transformers one out_shape")


class MultiHeadTransformer(SpatialTransformer):
    """One localisation net says where several heads look: all see the same U, each through its own part of theta.

        theta = localisation(U),    V = [sampler(U, T_theta[0:P]), sampler(U, T_theta[P:2P]), ...]

    Sampling the same U at many grids is sampling it at one long grid, in which they lie one below the other.

    Parameters
    ----------
    localisation : Module            from U (N, C, H, W) to theta (N, heads P), one head's parameters after the other's
    heads : int                      K, how many places to look at
    transform, sampler, out_shape, padding, align_corners      as in SpatialTransformer, the same for each head

    V is (N, heads C, H_out, W_out), one head's channels after the other's. After a forward pass `theta` and `grid`
    (N heads, H_out, W_out, 2) hold where the heads looked. All of them start at the identity. They begin to differ when
    the layers after them use them differently.
    """
    OPTIONS = {**SpatialTransformer.OPTIONS, "heads": lambda value: validate.whole("heads", value, 1)}

    def __init__(self, localisation, heads, transform="affine", sampler="bilinear", out_shape=None, padding="zeros",
                 align_corners=True):
        self.heads, self._views_shape = heads, None
        super().__init__(localisation, transform, sampler, out_shape, padding, align_corners)

    def _identity(self):
        return np.tile(self.transform.identity, self.heads)

    def _grid_forward(self, theta, out_shape):
        """All heads' grids as one, (N, heads H_out, W_out, 2)."""
        theta = validate.array("theta", theta, f"N {self.heads * self.transform.n_parameters}")
        theta = theta.reshape(len(theta) * self.heads, -1)
        grids, cache = super()._grid_forward(theta, out_shape)                     # (N heads, H_out, W_out, 2)
        return grids.reshape(-1, self.heads * grids.shape[1], *grids.shape[2:]), cache

    def _grid_backward(self, dgrid, cache):
        N, _, K, *size = self._views_shape
        dgrids = dgrid.reshape(N * K, *size, -1)                                   # (N heads, H_out, W_out, 2)
        return super()._grid_backward(dgrids, cache).reshape(N, -1)

    def forward(self, U):
        V = super().forward(U)                                                     # (N, C, heads H_out, W_out)
        N, C, rows, *others = V.shape
        self._views_shape = N, C, self.heads, rows // self.heads, *others
        views = V.reshape(self._views_shape).swapaxes(1, 2)                        # (N, heads, C, H_out, W_out)
        self.grid = self.grid.reshape(N * self.heads, -1, *self.grid.shape[2:])
        return views.reshape(N, self.heads * C, *views.shape[3:])

    def backward(self, dV, need_dx=True, dtheta_later=None):
        N, C, K, *size = self._used(self._views_shape)
        dV = validate.gradient("dV", dV, (N, K * C, *size), self.theta.dtype)
        dviews = dV.reshape(N, K, C, *size).swapaxes(1, 2)                         # (N, C, heads, H_out, W_out)
        return super().backward(dviews.reshape(N, C, K * size[0], *size[1:]), need_dx, dtheta_later)


class LearnedGridTransformer(SpatialTransformer):
    """A SpatialTransformer whose target grid is a parameter.

    As in an affine transformer, the localisation net chooses a theta for each image. But theta no longer acts on the
    regular grid. It acts on B, which all images share and which begins as the regular grid. During training, output
    points may crowd where detail matters and thin out elsewhere, like the cones of an eye.

        T_theta = M_theta B

    Parameters
    ----------
    localisation : Module            from U (N, C, H, W) to theta (N, 6); in three dimensions (N, 12)
    out_shape : (H_out, W_out)       size of the output: B has a column for each of its points, so it must be known
    sampler, padding, align_corners  as in SpatialTransformer
    dtype                            float64 or float32, of B

    It has one parameter of its own, B (3, H_out W_out), with rows x_t, y_t, 1 at the beginning.
    """

    def __init__(self, localisation, out_shape, sampler="bilinear", padding="zeros", align_corners=True,
                 dtype=np.float64):
        out_shape = validate.out_shape(out_shape)
        transforms = {2: TRANSFORMS, 3: VOLUME_TRANSFORMS}[len(out_shape)]
        super().__init__(localisation, transforms["affine"], sampler, out_shape, padding, align_corners)
        self._params = {"B": target_points(out_shape, align_corners, validate.float_type(dtype)).copy()}

    def __setattr__(self, name, value):
        if name in ("transform", "out_shape", "align_corners") and self._params:
            raise TypeError(f"{name} of a LearnedGridTransformer cannot be set: its B was made for the one that it has")
        super().__setattr__(name, value)

    def _grid_forward(self, theta, out_shape):
        """The rule of align_corners is in what B began with."""
        d = len(out_shape)
        theta = validate.array("theta", theta, f"N {d * (d + 1)}")
        return basis_grid_forward(theta.reshape(-1, d, d + 1), self._params["B"], out_shape)

    def _grid_backward(self, dgrid, cache):
        dtheta, self._grads["B"] = basis_grid_backward(dgrid, cache)
        return dtheta.reshape(len(dtheta), -1)


class WithTheta(Container):
    """Hand theta on to later layers, together with what is seen.

        V, theta = transformer(U),      out = [network(V), theta]      (N, F + P)

    V shows an object the right way up. It no longer shows where the object was, nor how it was turned; theta does.

    Parameters
    ----------
    transformer : SpatialTransformer
    network : Module or None         what V goes through before it meets theta, such as a convolutional part; its
                                     output, or V itself, is flattened to F numbers for each image
    """

    def __init__(self, transformer, network=None):
        if not isinstance(transformer, SpatialTransformer):
            raise TypeError(f"WithTheta hands on the theta of a SpatialTransformer, got {validate.a_kind_of(transformer)}")
        super().__init__(transformer=transformer, **({} if network is None else {"network": network}))
        self._cache = None

    def forward(self, U):
        transformer, *network = self.children.values()
        with self._all_or_nothing():
            features = transformer.forward(U)
            for module in network:
                features = through(module, features)
            flat = features.reshape(*features.shape[:1], -1)
            out = np.concatenate(validate.arrays(theta=(transformer.theta, "N P"), features=(flat, "N F"))[::-1], axis=1)
            self._cache = out.shape, out.dtype, features.shape
        return out

    def backward(self, dout, need_dx=True):
        """theta reaches the loss by two roads, through what is seen and by itself; the transformer adds them."""
        transformer, *network = self.children.values()
        shape, dtype, features_shape = self._used(self._cache)
        dout = validate.gradient("dout", dout, shape, dtype)
        dfeatures, dtheta = np.split(dout, [math.prod(features_shape[1:])], axis=1)
        dfeatures = dfeatures.reshape(features_shape)
        for module in network:
            dfeatures = back_through(module, dfeatures, need_dx=True)
        return transformer.backward(dfeatures, need_dx, dtheta)
