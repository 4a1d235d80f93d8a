"""The projective transform, or homography: how a flat picture looks from the side.

Straight lines stay straight, but parallel ones may meet. Target points get a third coordinate w, and x and y are
divided by it. The points with w = 0 are the horizon, which is mapped to infinity. Points beyond it have w < 0: they lie
behind the viewer.
"""

from typing import NamedTuple

import numpy as np

from ..checking import validate
from .coordinates import target_points

MIN_W = 2.0 ** -10      # about 1e-3; nearer to the horizon than this, w is held


class ProjectiveGridCache(NamedTuple):
    target: np.ndarray    # (3, M), the homogeneous target points
    theta: np.ndarray     # (N, 8), from which X, Y and w are computed again; a copy, it is small
    grid_shape: tuple     # (N, H_out, W_out, 2), to check dgrid


def projective_grid_forward(theta, out_shape, align_corners=True):
    """Map the target grid through a homography for each image.

    [X, Y, w]^T = H_theta [x_t, y_t, 1]^T,     x_s = X / w,  y_s = Y / w,

    H_theta = [[theta_11, theta_12, theta_13],
               [theta_21, theta_22, theta_23],
               [theta_31, theta_32,     1   ]]

    Near the horizon, w is held at MIN_W or -MIN_W, whichever it is nearer to (MIN_W, if w = 0), so that nothing is
    ever divided by 0. For nearly every theta, points so close to the horizon lie far outside the image.

    Parameters
    ----------
    theta : (N, 8)                   H_theta row by row, without its last entry: the first six are an affine theta
    out_shape, align_corners         as in affine_grid_forward, in two dimensions

    Returns
    -------
    grid : (N, H_out, W_out, 2)      source points (x_s, y_s), normalised
    cache : ProjectiveGridCache

    Convention: target to source; the middle of the target has w = 1. The identity is theta = (1, 0, 0, 0, 1, 0, 0, 0).
    Where w is held, -MIN_W <= w < MIN_W, its derivative is 0 (at both ends the right-hand one is taken).
    Backward: dX = dx_s / w,   dY = dy_s / w,   dw = -(dx_s x_s + dy_s y_s) / w, or 0 where w is held,
              dH[n,r,k] = sum_m d(X, Y, w)[n,r,m] target[k,m].
    """
    out_shape = validate.out_shape(out_shape, in_space=False)
    theta = validate.array("theta", theta, "N 8")
    target = target_points(out_shape, align_corners, theta.dtype)                  # (3, M)
    XY, w, _ = _project(theta, target)
    grid = np.moveaxis((XY / w).reshape(-1, 2, *out_shape), 1, -1)                 # (N, H_out, W_out, 2)
    validate.results(grid=grid)
    return grid, ProjectiveGridCache(target, theta.copy(), grid.shape)


def projective_grid_backward(dgrid, cache):
    """Gradient of projective_grid_forward.

    Parameters
    ----------
    dgrid : (N, H_out, W_out, 2)     dL/dgrid

    Returns
    -------
    dtheta : (N, 8)                  dL/dtheta
    """
    target, theta, grid_shape = validate.cache(cache, ProjectiveGridCache, "projective_grid_forward")
    dgrid = validate.gradient("dgrid", dgrid, grid_shape, theta.dtype)
    dpoints = np.moveaxis(dgrid, -1, 1).reshape(len(theta), 2, -1)                 # (N, 2, M)
    XY, w, held = _project(theta, target)
    dXY = dpoints / w
    dw = np.where(held, 0, -(dXY * (XY / w)).sum(axis=1, keepdims=True))           # (N, 1, M)
    dH = np.concatenate([dXY, dw], axis=1) @ target.T                              # (N, 3, 3)
    validate.results(dtheta=dH)
    return dH.reshape(-1, 9)[:, :8]                                                # the last entry is fixed


def _project(theta, target):
    """X and Y (N, 2, M), w (N, 1, M), and where w is held away from 0 (N, 1, M)."""
    H = np.concatenate([theta, np.ones_like(theta[:, :1])], axis=1).reshape(-1, 3, 3)
    homogeneous = H @ target                                                       # (N, 3, M)
    XY, w = homogeneous[:, :2], homogeneous[:, 2:]
    held = (w >= -MIN_W) & (w < MIN_W)
    return XY, np.where(held, np.where(w < 0, -MIN_W, MIN_W).astype(w.dtype), w), held


def projective_from_points(target, source):
    """The theta that maps four points to four points: where each corner of a quadrilateral looks.

    Let the first three points, in homogeneous coordinates, be the columns of Q (target) and S (source). Every
    H = S diag(w) Q^-1 maps these three to their places, since (u w, v w, w) is the same point for any w. The fourth
    point fixes the three w: if q_4 = Q a and s_4 = S b, then H q_4 = S diag(w) a, and that is s_4 for w = b / a.

    Parameters
    ----------
    target, source : (N, 4, 2)       points (x, y), normalised, in the same order

    Returns
    -------
    theta : (N, 8)                   for projective_grid_forward

    Raises ValueError where three of the four points lie on a line, or where the middle of the target image would be on
    the horizon: there w = 0, but theta means h_33 = 1, so w = 1 in the middle.
    """
    target, source = validate.arrays(target=(target, "N 4 2"), source=(source, "N 4 2"))
    _refuse_lines("target", target)
    _refuse_lines("source", source)
    Q, q_4 = _homogeneous(target)
    S, s_4 = _homogeneous(source)
    w = np.linalg.solve(S, s_4) / np.linalg.solve(Q, q_4)                          # (N, 3, 1); the fourth point has 1
    H = S @ (w * np.linalg.inv(Q))                                                 # (N, 3, 3)
    bad = np.flatnonzero(np.abs(H[:, 2, 2]) <= 1e-6 * np.abs(w).max(axis=(1, 2), initial=1))
    if len(bad):
        raise ValueError(f"no theta maps target[{bad[0]}] to source[{bad[0]}]: the middle of the target image would "
                         "lie on the horizon, but with h_33 = 1 it has w = 1")
    with np.errstate(over="ignore"):
        theta = (H / H[:, 2:, 2:]).reshape(-1, 9)[:, :8].astype(target.dtype)
    validate.results(theta=theta)
    return theta


def _homogeneous(points):
    """Columns (x, y, 1) of the first three points, (N, 3, 3), and of the fourth, (N, 3, 1), in float64."""
    columns = np.concatenate([points, np.ones((len(points), 4, 1))], axis=2).swapaxes(1, 2)
    return columns[:, :, :3], columns[:, :, 3:]


def corner_turns(points):
    """Twice the area of the triangle at each corner of quadrilaterals (N, 4, 2), positive where it turns from x to y.

    A quadrilateral is convex where its four turns have one sign; a turn of 0 means three points on a line. Since four
    points have only four triangles, these are all there are.
    """
    before, after = points - np.roll(points, 1, axis=1), np.roll(points, -1, axis=1) - points
    return before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]         # (N, 4)


def _refuse_lines(name, points):
    largest = np.abs(points).max(axis=(1, 2), keepdims=True)                       # of any size: nothing overflows
    scaled = points / np.where(largest > 0, largest, 1)
    spread = np.ptp(scaled, axis=(1, 2))[:, None]                                  # (N, 1)
    bad = np.argwhere(np.abs(corner_turns(scaled)) <= 1e-6 * spread ** 2)
    if len(bad):
        n, corner = bad[0]
        raise ValueError(f"three of the four points {name}[{n}] lie on a line (those around point {corner}): "
                         f"{points[n].tolist()}")
