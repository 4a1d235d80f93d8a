"""Volumes: from three dimensions back to two.

Samplers and affine grids take volumes (N, C, D, H, W) as they take images. A spatial transformer can turn an object to
face the viewer; its projection is then an image, which an ordinary network reads (A.3).
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

    Convention: the paper says only that the output is flattened over depth (A.3). Here it is a sum: it is the same from
    the front and from the back, it keeps the number of channels, and it gives the whole gradient to each voxel. A
    maximum would give it to one voxel of each ray; a mean would give 1/D of it, and deeper volumes would learn more
    slowly.
    Backward: dU[n,c,d,h,w] = dV[n,c,h,w]: each voxel has weight 1 in its pixel.
    """
    U = validate.array("U", U, "N C D H W")
    V = U.sum(axis=2)
    validate.results(V=V)
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
    depth, shape, dtype = validate.cache(cache, ProjectDepthCache, "project_depth_forward")
    dV = validate.gradient("dV", dV, shape, dtype)
    return dV[:, :, None].repeat(depth, axis=2)
