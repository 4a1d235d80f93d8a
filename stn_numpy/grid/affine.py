"""The affine grid generator: from the parameters theta to the points at which U is sampled.

    (x_s, y_s)^T = T_theta(x_t, y_t)

for each point (x_t, y_t) of a regular target grid. The map runs from the *target to the source*: theta says where to
look, not where to move the content. Everything here is in normalised coordinates, -1 .. 1 over the image.
"""

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
    and ONNX's AffineGrid, with two differences: their default is align_corners=False, and with aligned corners ONNX
    has no rule for an axis of one point, where it divides by zero.
    Backward: dA[n,r,k] = sum_m dgrid[n,m,r] target[k,m], a sum over all points: each entry of theta moves all of them.
    """
    out_shape = validate.out_shape(out_shape)
    d = len(out_shape)
    theta = validate.as_array("theta", theta)
    flat = theta.ndim == 2 and theta.shape != (d, d + 1)                           # a matrix without its N is not flat
    theta = validate.array("theta", theta, f"N {d * (d + 1)}" if flat else f"N {d} {d + 1}")
    target = target_points(out_shape, align_corners, theta.dtype)                  # (d + 1, M)
    N = len(theta)
    grid = theta.reshape(N * d, d + 1) @ target                                    # (N d, M)
    grid = np.moveaxis(grid.reshape(N, d, *out_shape), 1, -1)                      # (N, H_out, W_out, d)
    corners = [slice(None, None, max(1, size - 1)) for size in out_shape]
    validate.results(grid=grid[(slice(None), *corners)])                           # the points furthest out
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
    target, grid_shape, theta_shape = validate.cache(cache, AffineGridCache, "affine_grid_forward")
    dgrid = validate.gradient("dgrid", dgrid, grid_shape, target.dtype)
    N, *_, d = grid_shape
    dgrid = np.moveaxis(dgrid, -1, 0).reshape(d * N, -1)                           # (d N, M), as samplers store it
    dA = np.stack([dgrid @ row for row in target], axis=-1)                        # (d N, d + 1), quicker than @ target.T
    dtheta = np.moveaxis(dA.reshape(d, N, d + 1), 0, 1).reshape(theta_shape)
    validate.results(dtheta=dtheta)
    return dtheta


ORIGINS = ("middle", "corner")


def affine_from_pixels(A, in_shape, out_shape, align_corners=True, *, origin="middle"):
    """The theta of an affine map that is given in pixels.

    In normalised coordinates a unit is half the width along x and half the height along y, so a rotation matrix put
    straight into theta shears any image that is not square. In pixels a rotation is a rotation. With
    S = diag(pixels per unit along x, along y), and the shift measured from middle to middle,

        x_s = S_in^-1 (A_linear S_out x_t + A_shift),
        A_shift from middles = A_shift from corners + A_linear (size_out - 1) / 2 - (size_in - 1) / 2.

    Parameters
    ----------
    A : (N, 2, 3)                    source point = A [x, y, 1]^T, in pixels; in three dimensions (N, 3, 4), z last
    in_shape, out_shape : (H, W)     sizes of the sampled image and of the output; in three dimensions (D, H, W)
    origin : str                     where pixels are counted from, in the source and in the target: "middle" of the
                                     image, or "corner", the centre of the first pixel, as OpenCV, scikit-image and
                                     array indices count

    Returns
    -------
    theta : (N, 2, 3)                for affine_grid_forward; in three dimensions (N, 3, 4)

    Convention: A runs from the target to the source, as theta does. scikit-image's `warp` takes such a matrix: use its
    first two rows, with origin="corner". OpenCV's warpAffine takes one from the source to the target, which it inverts
    first (unless told WARP_INVERSE_MAP): use the first two rows of np.linalg.inv(np.vstack([M, [0, 0, 1]])).

    Raises ValueError for an unknown origin.
    """
    A = validate.as_array("A", A)
    d = 3 if A.shape[1:] == (3, 4) else 2
    A = validate.array("A", A, f"N {d} {d + 1}")
    validate.choice("origin", origin, ORIGINS)
    sizes = [np.array(validate.sizes(name, shape, "D H W" if d == 3 else "H W")[::-1])          # x, y(, z)
             for name, shape in (("in_shape", in_shape), ("out_shape", out_shape))]
    s_in, s_out = [np.array([pixels_per_unit(size, align_corners) or 1 for size in along]) for along in sizes]
    linear, shift = A[..., :d], A[..., d:]                                                      # (N, d, d), (N, d, 1)
    if origin == "corner":
        middle_in, middle_out = [(along[:, None] - 1) / 2 for along in sizes]                   # (d, 1)
        shift = shift + linear @ middle_out - middle_in
    theta = (np.concatenate([linear * s_out, shift], axis=2) / s_in[:, None]).astype(A.dtype)
    validate.results(theta=theta)
    return theta
