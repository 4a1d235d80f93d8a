"""Grid generators: from the parameters theta to the points at which U is sampled.

    (x_s, y_s)^T = T_theta(x_t, y_t)

for each point (x_t, y_t) of a regular target grid. The map runs from the *target to the source*: theta says where to
look, not where to move the content. Everything here is in normalised coordinates, -1 .. 1 over the image.
"""

import math
from typing import NamedTuple

import numpy as np

from ..checking import validate
from .coordinates import pixels_per_unit, target_points


class AffineGridCache(NamedTuple):
    target: np.ndarray    # (d + 1, M), the homogeneous target points: all that dtheta needs
    grid_shape: tuple     # (N, H_out, W_out, 2), to check dgrid
    theta_shape: tuple    # (N, 2, 3) or (N, 6): dtheta comes back in the shape theta came in


def affine_grid_forward(theta, out_shape, align_corners=True):
    """Map the target grid through an affine transform for each image.

    [x_s, y_s]^T = A_theta [x_t, y_t, 1]^T                                                            (Eq. 1)

    Parameters
    ----------
    theta : (N, 2, 3) or (N, 6)      the matrix A_theta, row by row; in three dimensions (N, 3, 4) or (N, 12)
    out_shape : (H_out, W_out)       size of the output; in three dimensions (D_out, H_out, W_out)
    align_corners : bool             whether -1 and 1 are centres of the corner pixels or outer edges of the image

    Returns
    -------
    grid : (N, H_out, W_out, 2)      source points (x_s, y_s), normalised; (N, D_out, H_out, W_out, 3) with z_s last
    cache : AffineGridCache

    Convention: target to source; an axis of one output point has it at 0, in the middle. This is PyTorch's affine_grid
    and ONNX's AffineGrid, but for their default, align_corners=False, and that ONNX has no rule for an axis of one
    point if corners are aligned: it divides by the number of points less one.
    Backward: dA[n,r,k] = sum_m dgrid[n,m,r] target[k,m], a sum over all points: each entry of theta moves all of them.

    Raises TypeError for a theta that is not float32 or float64, ValueError for a wrong shape, NaN or infinity.
    """
    out_shape = check_out_shape(out_shape)
    d = len(out_shape)
    flat = np.ndim(theta) == 2 and np.shape(theta) != (d, d + 1)            # a lone matrix lacks only N
    [theta] = validate.arrays(theta=(theta, f"N {d * (d + 1)}" if flat else f"N {d} {d + 1}"))
    target = target_points(out_shape, align_corners, theta.dtype)            # (d + 1, M)
    N = len(theta)
    grid = theta.reshape(N * d, d + 1) @ target                                    # (N d, M)
    grid = np.moveaxis(grid.reshape(N, d, *out_shape), 1, -1)                      # (N, H_out, W_out, d)
    return grid, AffineGridCache(target, grid.shape, theta.shape)


def affine_grid_backward(dgrid, cache):
    """Gradient of affine_grid_forward.

    Parameters
    ----------
    dgrid : (N, H_out, W_out, 2)     dL/dgrid

    Returns
    -------
    dtheta : (N, 2, 3) or (N, 6)     dL/dtheta, in the shape of theta
    """
    dgrid = validate.gradient("dgrid", dgrid, cache.grid_shape, cache.target.dtype)
    N, *_, d = cache.grid_shape
    dgrid = np.moveaxis(dgrid, -1, 1).reshape(N * d, -1)                           # (N d, M)
    return (dgrid @ cache.target.T).reshape(cache.theta_shape)


class BasisGridCache(NamedTuple):
    theta: np.ndarray     # (N, d, K), for dB
    B: np.ndarray         # (K, M), for dtheta
    grid_shape: tuple     # (N, H_out, W_out, 2), to check dgrid


def basis_grid_forward(theta, B, out_shape):
    """Combine K numbers for each target point linearly: the general form T_theta = M_theta B (section 3.2).

    [x_s, y_s]^T = M_theta B[:,m]        for output point m, row by row

    With the rows x_t, y_t, 1 in B this is the affine grid; whatever else stands there can be learned too. The same
    theta always moves all points, B says how far each of them goes along.

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

    Raises TypeError for dtypes other than float32 or float64, ValueError for shapes that do not fit, NaN or infinity.
    """
    out_shape = check_out_shape(out_shape)
    d, M = len(out_shape), math.prod(out_shape)
    theta, B = validate.arrays(theta=(theta, f"N {d} K"), B=(B, f"K {M}"))
    grid = np.moveaxis((theta @ B).reshape(-1, d, *out_shape), 1, -1)              # (N, H_out, W_out, d)
    return grid, BasisGridCache(theta, B, grid.shape)


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
    theta, B, grid_shape = cache
    dgrid = validate.gradient("dgrid", dgrid, grid_shape, B.dtype)
    dgrid = np.moveaxis(dgrid, -1, 1).reshape(*theta.shape[:2], -1)                # (N, d, M)
    return dgrid @ B.T, (theta.swapaxes(1, 2) @ dgrid).sum(axis=0)


def check_out_shape(out_shape):
    """Check the size of an output, in two or three dimensions."""
    return validate.sizes("out_shape", out_shape, "D_out H_out W_out" if np.size(out_shape) == 3 else "H_out W_out")


def affine_from_pixels(A, in_shape, out_shape, align_corners=True):
    """The theta of an affine map that is given in pixels, measured from the middle of each image.

    In normalised coordinates a unit is half the width along x and half the height along y, so a rotation matrix put
    straight into theta shears any image that is not square. In pixels a rotation is a rotation: with
    S = diag(pixels per unit along x, along y),

        x_s = S_in^-1 (A_linear S_out x_t + A_shift).

    Parameters
    ----------
    A : (N, 2, 3)                    source point = A [x, y, 1]^T, in pixels from the middle of source and target
    in_shape, out_shape : (H, W)     sizes of the sampled image and of the output

    Returns
    -------
    theta : (N, 2, 3)                for affine_grid_forward
    """
    [A] = validate.arrays(A=(A, "N 2 3"))
    s_in, s_out = [[pixels_per_unit(size, align_corners) or 1 for size in validate.sizes(name, shape, "H W")[::-1]]
                   for name, shape in (("in_shape", in_shape), ("out_shape", out_shape))]
    return (A * np.array(s_out + [1]) / np.array(s_in)[:, None]).astype(A.dtype)
