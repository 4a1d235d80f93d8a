"""The spatial transformer: localisation net, grid generator and sampler, wired into one module of a network."""

import warnings
from typing import NamedTuple

from .checking import validate
from .grid.coordinates import PADDINGS
from .grid.describe import PIXELS, looks_like_pixels, some_points
from .grid.transforms import find_transform
from .network.modules import Module, back_through, check_module, through
from .sampler.any_kernel import kernel_pair
from .sampler.fast import (bilinear_sampler_backward, bilinear_sampler_forward, integer_sampler_backward,
                           integer_sampler_forward)
from .sampler.kernels import KERNELS, Kernel


class Sampler(NamedTuple):
    """A sampler's pair."""
    forward: callable      # (U, grid, padding=, align_corners=) -> (V, cache)
    backward: callable     # (dV, cache, need_dU) -> (dU, dgrid)


SAMPLERS = {
    **{name: Sampler(*kernel_pair(kernel)) for name, kernel in KERNELS.items()},
    "bilinear": Sampler(bilinear_sampler_forward, bilinear_sampler_backward),      # specialised, and so faster
    "integer": Sampler(integer_sampler_forward, integer_sampler_backward),
}


def find_sampler(sampler):
    """The Sampler of a name in SAMPLERS, or that of a Kernel; a Sampler as it is. ValueError for an unknown name."""
    if isinstance(sampler, Sampler):
        for half in Sampler._fields:
            validate.function(f"{half} of the sampler", getattr(sampler, half))
        return sampler
    if isinstance(sampler, Kernel):
        return Sampler(*kernel_pair(sampler))
    return SAMPLERS[validate.choice("sampler", sampler, SAMPLERS)]


class SpatialTransformer(validate.Checked, Module):
    """Look at the feature map, decide where to look, and hand on what is seen there.

        theta = localisation(U),   grid = T_theta(target grid),   V = sampler(U, grid)

    It can stand anywhere in a network. It starts as the identity: the localisation net's last layer gets zero weights
    and the identity's parameters as its bias.

    Parameters
    ----------
    localisation : Module            from U (N, C, H, W) to theta (N, P)
    transform : str or Transform     a name in stn_numpy.TRANSFORMS, or thin_plate_spline(control_points);
                                     for volumes (N, C, D, H, W) one of VOLUME_TRANSFORMS, VOLUME_TRANSFORMS["affine"]
    sampler : str or Kernel          a name in SAMPLERS, or a kernel such as stn_numpy.kernels.gaussian(0.5)
    out_shape : (H_out, W_out)       size of the output; None: that of the input
    padding, align_corners           as in the sampler

    After a forward pass `theta` (N, P) and `grid` (N, H_out, W_out, 2), read-only, hold where it looked;
    stn_numpy.describe_grid says it in words. Warns once where a grid seems to be in pixels. Options may be set later on.
    """
    OPTIONS = {
        "transform": find_transform,
        "sampler": find_sampler,
        "out_shape": lambda value: None if value is None else validate.out_shape(value),
        "padding": lambda value: validate.choice("padding", value, PADDINGS),
        "align_corners": lambda value: validate.flag("align_corners", value),
    }

    def __init__(self, localisation, transform="affine", sampler="bilinear", out_shape=None, padding="zeros",
                 align_corners=True):
        super().__init__()
        self.children = {"localisation": check_module("localisation", localisation)}
        self.transform, self.sampler, self.out_shape = transform, sampler, out_shape
        self.padding, self.align_corners = padding, align_corners
        self.theta = self.grid = self._caches = None
        self._warned = False
        localisation.start_at(self._identity())

    def forward(self, U):
        U = validate.as_array("U", U)
        validate.shape("U", U, "N C D H W" if U.ndim == 5 else "N C H W")
        with self._all_or_nothing():
            self.theta = through(self.children["localisation"], U)
            grid, grid_cache = self._grid_forward(self.theta, self.out_shape or U.shape[2:])
            V, sampler_cache = self._sampler_forward(U, grid)
            self._caches = grid_cache, sampler_cache, U.shape, grid.shape
            self.grid = grid.view()
            self.grid.flags.writeable = False                                      # a sampler's cache may hold the grid
        if not self._warned and looks_like_pixels(some_points(self.grid), U.shape[2:]):
            self._warned = True
            warnings.warn(PIXELS, stacklevel=2)
        return V

    def backward(self, dV, need_dx=True, dtheta_later=None):
        """U reaches V by two roads, as the values sampled and as what the localisation net sees: dU is the sum.

        `dtheta_later` (N, P) is the gradient from layers that read theta itself; see stn_numpy.arrangements.WithTheta.
        """
        grid_cache, sampler_cache, U_shape, grid_shape = self._used(self._caches)
        dU_by_values, dgrid = self._sampler_backward(dV, sampler_cache, need_dx, U_shape, grid_shape)
        dtheta = validate.gradient("dtheta", self._grid_backward(dgrid, grid_cache), self.theta.shape, self.theta.dtype)
        if dtheta_later is not None:
            dtheta = dtheta + validate.gradient("dtheta_later", dtheta_later, dtheta.shape, dtheta.dtype)
        dU_by_theta = back_through(self.children["localisation"], dtheta, need_dx, U_shape)
        dU = dU_by_values + dU_by_theta if need_dx else None
        validate.results(dU=dU)
        return dU

    # Sampler and transform as this module uses them; what somebody's own ones return is checked. A subclass may put
    # something of its own around the transform.

    def _sampler_forward(self, U, grid):
        who = "forward of the sampler"
        V, cache = validate.pair(who, self.sampler.forward(U, grid, padding=self.padding, align_corners=self.align_corners))
        return validate.returned(who, V, U.shape[:2] + grid.shape[1:-1]), cache

    def _sampler_backward(self, dV, cache, need_dU, U_shape, grid_shape):
        who, need_dU = "backward of the sampler", validate.flag("need_dx", need_dU)
        dU, dgrid = validate.pair(who, self.sampler.backward(dV, cache, need_dU), "(dU, dgrid)")
        dU = validate.returned(who, dU, U_shape) if need_dU else None
        return dU, validate.returned(who, dgrid, grid_shape)

    def _identity(self):
        return self.transform.identity

    def _grid_forward(self, theta, out_shape):
        who = f"forward of transform {self.transform.name!r}"
        grid, cache = validate.pair(who, self.transform.forward(theta, out_shape, self.align_corners))
        return validate.returned(who, grid), cache

    def _grid_backward(self, dgrid, cache):
        return self.transform.backward(dgrid, cache)
