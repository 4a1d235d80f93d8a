"""Grids from a basis: T_theta = M_theta B, the general form of which the affine grid is one case (section 3.2)."""

import math
from typing import NamedTuple

import numpy as np

from ..checking import validate


class BasisGridCache(NamedTuple):
    theta: np.ndarray     # (N, d, K), for dB; a copy, it is small
    B: np.ndarray         # (K, M), for dtheta; a copy, since a learned B may be changed in place
    grid_shape: tuple     # (N, H_out, W_out, 2), to check dgrid


def basis_grid_forward(theta, B, out_shape):
    """Combine K numbers for each target point linearly: the general form T_theta = M_theta B (section 3.2).

    [x_s, y_s]^T = M_theta B[:,m]        for output point m, row by row

    With the rows x_t, y_t, 1 in B this is the affine grid. Other rows can be chosen, or learned. theta moves all points
    together; B says how far each of them goes.

    Parameters
    ----------
    theta : (N, 2, K)                M_theta for each image; in three dimensions (N, 3, K)
    B : (K, M)                       K numbers for each of the M = H_out W_out points; one B for all images
    out_shape : (H_out, W_out)       size of the output; in three dimensions (D_out, H_out, W_out)

    Returns
    -------
    grid : (N, H_out, W_out, 2)      source points (x_s, y_s), normalised; in three dimensions with z_s
    cache : BasisGridCache

    Convention: target to source.
    Backward: dtheta[n,r,k] = sum_m dgrid[n,m,r] B[k,m],    dB[k,m] = sum_nr theta[n,r,k] dgrid[n,m,r].
    """
    out_shape = validate.out_shape(out_shape)
    d, M = len(out_shape), math.prod(out_shape)
    theta, B = validate.arrays(theta=(theta, f"N {d} K"), B=(B, f"K {M}"))
    grid = np.moveaxis((theta @ B).reshape(-1, d, *out_shape), 1, -1)              # (N, H_out, W_out, d)
    validate.results(grid=grid)
    return grid, BasisGridCache(theta.copy(), B.copy(), grid.shape)


def basis_grid_backward(dgrid, cache):
    """Gradient of basis_grid_forward.

    Parameters
    ----------
    dgrid : (N, H_out, W_out, 2)     dL/dgrid

    Returns
    -------
    dtheta : (N, 2, K)               dL/dtheta
    dB : (K, M)                      dL/dB, summed over the images, which share B
    """
    theta, B, grid_shape = validate.cache(cache, BasisGridCache, "basis_grid_forward")
    dgrid = validate.gradient("dgrid", dgrid, grid_shape, B.dtype)
    dgrid = np.moveaxis(dgrid, -1, 1).reshape(*theta.shape[:2], -1)                # (N, d, M)
    dtheta, dB = dgrid @ B.T, (theta.swapaxes(1, 2) @ dgrid).sum(axis=0)
    validate.results(dtheta=dtheta, dB=dB)
    return dtheta, dB
