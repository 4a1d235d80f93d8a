"""Volumes: from three dimensions back to two.

Samplers and affine grids take volumes (N, C, D, H, W) as they take images. What a spatial transformer has turned to
face the viewer can then be looked at from the front, and an ordinary network for images goes on from there (A.3).
"""

from typing import NamedTuple

import numpy as np

from ..checking import validate


class ProjectDepthCache(NamedTuple):
    depth: int             # D of U, which V no longer shows
    shape: tuple           # (N, C, H, W) of V, to check dV
    dtype: np.dtype        # of U, likewise


def project_depth_forward(U):
    """Flatten volumes to images: each pixel is the sum of the voxels behind it, as in an X-ray.

    V[n,c,h,w] = sum_d U[n,c,d,h,w]

    Parameters
    ----------
    U : (N, C, D, H, W)              volumes

    Returns
    -------
    V : (N, C, H, W)
    cache : ProjectDepthCache

    Convention: the paper says only that the output is flattened over depth (A.3). A sum it is here, because it is the
    same from the front and from the back, keeps the number of channels, and gives each voxel its share of the gradient:
    a maximum would give it to one voxel of each ray, a mean 1/D of it, so that a deeper volume would learn more slowly.
    Backward: dU[n,c,d,h,w] = dV[n,c,h,w]: each voxel has weight 1 in its pixel.

    Raises TypeError for dtypes other than float32 or float64, ValueError for wrong shapes, NaN or infinity.
    """
    U, = validate.arrays(U=(U, "N C D H W"))
    V = U.sum(axis=2)
    return V, ProjectDepthCache(U.shape[2], V.shape, U.dtype)


def project_depth_backward(dV, cache):
    """Gradient of project_depth_forward.

    Parameters
    ----------
    dV : (N, C, H, W)                dL/dV

    Returns
    -------
    dU : (N, C, D, H, W)             dL/dU
    """
    dV = validate.gradient("dV", dV, cache.shape, cache.dtype)
    return dV[:, :, None].repeat(cache.depth, axis=2)
