"""Arrangements of many spatial transformers in one network.

    one after another     Sequential(transformer, transformer, ...), or further apart, on feature maps
    side by side          Parallel(transformer, transformer, ...), each with a localisation net of its own
    several heads         MultiHeadTransformer(localisation, heads): one localisation net says where all of them look
    theta handed on       WithTheta(transformer): the layers after it see where it looked, too

As many objects can be looked at one by one as there are transformers side by side, or heads.
"""

import numbers

import numpy as np

from .checking import validate
from .grid.basis import basis_grid_backward, basis_grid_forward
from .grid.coordinates import target_points
from .grid.transforms import Transform, find_transform
from .network.modules import Container
from .transformer import SpatialTransformer


class Parallel(Container):
    """Modules side by side: each sees the whole input, and their outputs are stacked, channel upon channel.

        out = [a(x), b(x), ...]      (N, C_a + C_b + ..., H, W)

    Made like a Sequential, `Parallel(a, b)` or with names, `Parallel(left=a, right=b)`. The outputs may differ in the
    number of their channels (their axis 1), and in nothing else.
    """

    def __init__(self, *modules, **named):
        super().__init__(*modules, **named)
        self._cache = None

    def forward(self, x):
        outs = [module.forward(x) for module in self.children.values()]
        self._check_shapes([out.shape for out in outs])
        self._ends = np.cumsum([out.shape[1] for out in outs])                     # where each one's channels end
        out = np.concatenate(outs, axis=1)
        self._cache = out.shape, out.dtype
        return out

    def backward(self, dout, need_dx=True):
        """x goes down several roads: dx is the sum of what comes back from each."""
        dout = validate.gradient("dout", dout, *self._used(self._cache))
        douts = np.split(dout, self._ends[:-1], axis=1)
        dxs = [module.backward(part, need_dx) for module, part in zip(self.children.values(), douts)]
        return sum(dxs) if need_dx else None

    def _check_shapes(self, shapes):
        if len({shape[:1] + shape[2:] for shape in shapes}) > 1:
            found = ", ".join(f"{name} {shape}" for name, shape in zip(self.children, shapes))
            raise ValueError(f"modules side by side must put out the same sizes but for their channels, axis 1, "
                             f"got {found}: give their transformers one out_shape")


class MultiHeadTransformer(SpatialTransformer):
    """One localisation net says where several heads look: all see the same U, each through its own part of theta.

        theta = localisation(U),    V = [sampler(U, T_theta[0:P]), sampler(U, T_theta[P:2P]), ...]

    To sample the same U at many grids is to sample it at one long grid, on which they lie one below the other.

    Parameters
    ----------
    localisation : Module            from U (N, C, H, W) to theta (N, heads P), one head's parameters after the other's
    heads : int                      K, how many places to look at
    transform, sampler, out_shape, padding, align_corners      as in SpatialTransformer, the same for each head

    V is (N, heads C, H_out, W_out), one head's channels after the other's. After a forward pass `theta` and `grid`
    (N heads, H_out, W_out, 2) hold where the heads looked. All of them start at the identity; they part as soon as
    the layers after them make different use of them.
    """

    def __init__(self, localisation, heads, transform="affine", sampler="bilinear", out_shape=None, padding="zeros",
                 align_corners=True):
        if not (isinstance(heads, numbers.Integral) and heads > 0):
            raise ValueError(f"heads must be a whole number from 1 up, got {heads!r}")
        self.heads = int(heads)
        self._one, self._views_shape = find_transform(transform), None
        together = Transform(f"{heads} x {self._one.name}", self._grids_forward, self._grids_backward,
                             np.tile(self._one.identity, self.heads))
        super().__init__(localisation, together, sampler, out_shape, padding, align_corners)

    def _grids_forward(self, theta, out_shape, align_corners):
        """All heads' grids as one, (N, heads H_out, W_out, 2)."""
        heads = theta.reshape(len(theta) * self.heads, self._one.n_parameters)
        grids, cache = self._one.forward(heads, out_shape, align_corners)          # (N heads, H_out, W_out, 2)
        return grids.reshape(len(theta), self.heads * grids.shape[1], *grids.shape[2:]), cache

    def _grids_backward(self, dgrid, cache):
        dgrids = dgrid.reshape(len(dgrid) * self.heads, -1, *dgrid.shape[2:])
        return self._one.backward(dgrids, cache).reshape(len(dgrid), -1)

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

    The localisation net chooses an affine theta for each image, as ever. What theta acts on is no longer the regular
    grid but B, which all images share and which begins as the regular grid: as training goes on, output points may
    crowd where detail matters and thin out elsewhere, like the cones of an eye.

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
        self._d = len(out_shape)
        transform = Transform("learned grid", self._grid_forward, self._grid_backward,
                              np.eye(self._d, self._d + 1).ravel())
        super().__init__(localisation, transform, sampler, out_shape, padding, align_corners)
        self._params = {"B": target_points(out_shape, align_corners, np.dtype(dtype)).copy()}

    def _grid_forward(self, theta, out_shape, align_corners):
        """The transform of this module. The rule of align_corners is in what B began with."""
        return basis_grid_forward(theta.reshape(-1, self._d, self._d + 1), self._params["B"], out_shape)

    def _grid_backward(self, dgrid, cache):
        dtheta, self._grads["B"] = basis_grid_backward(dgrid, cache)
        return dtheta.reshape(len(dtheta), -1)


class WithTheta(Container):
    """Hand theta on to later layers, beside what is seen.

        V, theta = transformer(U),      out = [network(V), theta]      (N, F + P)

    V shows an object the right way up and no longer where it was, nor how it was turned; theta knows.

    Parameters
    ----------
    transformer : SpatialTransformer
    network : Module or None         what V goes through before it meets theta, such as a convolutional part; its
                                     output, or V itself, is flattened to F numbers for each image
    """

    def __init__(self, transformer, network=None):
        if not isinstance(transformer, SpatialTransformer):
            raise TypeError(f"WithTheta hands on the theta of a SpatialTransformer, got {type(transformer).__name__}")
        super().__init__(transformer=transformer, **({} if network is None else {"network": network}))
        self._cache = None

    def forward(self, U):
        transformer, *network = self.children.values()
        features = transformer.forward(U)
        for module in network:
            features = module.forward(features)
        self._features_shape = features.shape
        out = np.concatenate([features.reshape(len(features), -1), transformer.theta], axis=1)
        self._cache = out.shape, out.dtype
        return out

    def backward(self, dout, need_dx=True):
        """theta reaches the loss by two roads, through what is seen and by itself; the transformer adds them."""
        transformer, *network = self.children.values()
        dout = validate.gradient("dout", dout, *self._used(self._cache))
        dfeatures, dtheta = np.split(dout, [-transformer.theta.shape[1]], axis=1)
        dfeatures = dfeatures.reshape(self._features_shape)
        for module in network:
            dfeatures = module.backward(dfeatures)
        return transformer.backward(dfeatures, need_dx, dtheta)
