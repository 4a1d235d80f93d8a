"""Restricted affine transforms: with fewer parameters, a localisation net has less to learn.

    translation   (t_x, t_y)            look elsewhere
    attention     (s, t_x, t_y)         and from nearer (s < 1) or farther away                            (Eq. 2)
    similarity    (a, b, t_x, t_y)      and turned by any angle

Each writes its few parameters into the matrix A_theta, and the affine grid generator does the rest. The backward
takes dA apart again: a parameter that stands in A more than once gets the sum of the gradients at its places.
"""

from typing import NamedTuple

import numpy as np

from ..checking import validate
from .affine import AffineGridCache, affine_grid_backward, affine_grid_forward


class TranslationGridCache(NamedTuple):
    affine: AffineGridCache      # of the grid of A_theta


def translation_grid_forward(theta, out_shape, align_corners=True):
    """Move the target grid.

    A_theta = [[1, 0, t_x],
               [0, 1, t_y]]

    Parameters
    ----------
    theta : (N, 2)                   t_x, t_y, normalised; in three dimensions (N, 3), with t_z
    out_shape, align_corners         as in affine_grid_forward

    Returns
    -------
    grid : (N, H_out, W_out, 2)      source points (x_s, y_s), normalised; in three dimensions with z_s
    cache : TranslationGridCache

    Convention: target to source: t_x > 0 looks further to the right, so the content moves to the left. The identity
    is theta = 0.
    Backward: dt = the last column of dA.
    """
    out_shape = validate.out_shape(out_shape)
    d = len(out_shape)
    theta = validate.array("theta", theta, f"N {d}")
    A = np.zeros((len(theta), d, d + 1), theta.dtype)
    A[:, :, :d] = np.eye(d)
    A[:, :, d] = theta
    grid, affine = affine_grid_forward(A, out_shape, align_corners)
    return grid, TranslationGridCache(affine)


def translation_grid_backward(dgrid, cache):
    """Gradient of translation_grid_forward.

    Parameters
    ----------
    dgrid : (N, H_out, W_out, 2)     dL/dgrid

    Returns
    -------
    dtheta : (N, 2)                  dL/dtheta
    """
    [affine] = validate.cache(cache, TranslationGridCache, "translation_grid_forward")
    dA = affine_grid_backward(dgrid, affine)                                       # (N, d, d + 1)
    return dA[:, :, -1].copy()


class AttentionGridCache(NamedTuple):
    affine: AffineGridCache      # of the grid of A_theta


def attention_grid_forward(theta, out_shape, align_corners=True):
    """Scale the target grid by the same factor along each axis, and move it.

    A_theta = [[s, 0, t_x],
               [0, s, t_y]]                                                                            (Eq. 2)

    Parameters
    ----------
    theta : (N, 3)                   s, t_x, t_y, normalised; in three dimensions (N, 4), with t_z
    out_shape, align_corners         as in affine_grid_forward

    Returns
    -------
    grid : (N, H_out, W_out, 2)      source points (x_s, y_s), normalised; in three dimensions with z_s
    cache : AttentionGridCache

    Convention: target to source: s < 1 looks at a part of the image, so the content grows. In normalised coordinates
    the part has the proportions of the image. The identity is theta = (1, 0, 0).
    Backward: ds = dA[0,0] + dA[1,1], since s stands on the whole diagonal;   dt = the last column of dA.
    """
    out_shape = validate.out_shape(out_shape)
    d = len(out_shape)
    theta = validate.array("theta", theta, f"N {d + 1}")
    s, t = theta[:, 0], theta[:, 1:]
    A = np.zeros((len(theta), d, d + 1), theta.dtype)
    A[:, range(d), range(d)] = s[:, None]
    A[:, :, d] = t
    grid, affine = affine_grid_forward(A, out_shape, align_corners)
    return grid, AttentionGridCache(affine)


def attention_grid_backward(dgrid, cache):
    """Gradient of attention_grid_forward.

    Parameters
    ----------
    dgrid : (N, H_out, W_out, 2)     dL/dgrid

    Returns
    -------
    dtheta : (N, 3)                  dL/dtheta
    """
    [affine] = validate.cache(cache, AttentionGridCache, "attention_grid_forward")
    dA = affine_grid_backward(dgrid, affine)                                       # (N, d, d + 1)
    dt = dA[:, :, -1]
    ds = np.trace(dA[:, :, :-1], axis1=1, axis2=2)
    dtheta = np.concatenate([ds[:, None], dt], axis=1)
    validate.results(dtheta=dtheta)
    return dtheta


class SimilarityGridCache(NamedTuple):
    affine: AffineGridCache      # of the grid of A_theta


def similarity_grid_forward(theta, out_shape, align_corners=True):
    """Rotate, scale and move the target grid.

    A_theta = [[a, -b, t_x],           a = scale * cos(angle)
               [b,  a, t_y]]           b = scale * sin(angle)

    Why a and b rather than scale and angle: A is linear in them, so the gradient has the same size whatever the angle,
    and nothing jumps where an angle passes from 180 to -180 degrees. So a net that should see a digit turned by any
    angle has a continuous answer to learn. Scale and angle follow from them: hypot(a, b) and arctan2(b, a).

    Parameters
    ----------
    theta : (N, 4)                   a, b, t_x, t_y, normalised
    out_shape, align_corners         as in affine_grid_forward

    Returns
    -------
    grid : (N, H_out, W_out, 2)      source points (x_s, y_s), normalised
    cache : SimilarityGridCache

    Convention: target to source. The y axis points down, so an angle > 0 turns the grid clockwise and the content
    anticlockwise. The identity is theta = (1, 0, 0, 0). In normalised coordinates, a rotation shears an image that is
    not square: there, affine_from_pixels makes the theta of a true rotation, for affine_grid_forward.
    Backward: da = dA[0,0] + dA[1,1],   db = dA[1,0] - dA[0,1],   dt = the last column of dA.
    """
    out_shape = validate.out_shape(out_shape, in_space=False)
    theta = validate.array("theta", theta, "N 4")
    a, b, t_x, t_y = theta.T
    A = np.stack([a, -b, t_x,
                  b, a, t_y], axis=1)                                              # (N, 6)
    grid, affine = affine_grid_forward(A, out_shape, align_corners)
    return grid, SimilarityGridCache(affine)


def similarity_grid_backward(dgrid, cache):
    """Gradient of similarity_grid_forward.

    Parameters
    ----------
    dgrid : (N, H_out, W_out, 2)     dL/dgrid

    Returns
    -------
    dtheta : (N, 4)                  dL/dtheta
    """
    [affine] = validate.cache(cache, SimilarityGridCache, "similarity_grid_forward")
    dA = affine_grid_backward(dgrid, affine)                                       # (N, 6)
    (dA00, dA01, dt_x,
     dA10, dA11, dt_y) = dA.T
    dtheta = np.stack([dA00 + dA11, dA10 - dA01, dt_x, dt_y], axis=1)
    validate.results(dtheta=dtheta)
    return dtheta
