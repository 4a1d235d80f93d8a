"""A transformer that also learns where its output points lie: T_theta = M_theta B with a learned B."""

import numpy as np

from .grid.affine import basis_grid_backward, basis_grid_forward, check_out_shape
from .grid.coordinates import target_points
from .grid.transforms import Transform
from .transformer import SpatialTransformer


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
        out_shape = check_out_shape(out_shape)
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
