"""The thin plate spline: a sheet that is moved at its control points and is as smooth as possible between them.

If a thin steel plate is lifted by given amounts at some points, it takes the form that bends the least. For points c_k
of the plane, that form is a sum of one radial bump for each of them and a plane,

    f(p) = sum_k w_k phi(|p - c_k|) + v_0 + v_x x + v_y y,     phi(r) = r^2 log r^2,   phi(0) = 0,

and its K + 3 coefficients solve a linear system: f(c_k) is the value given at c_k (K equations), and the bumps leave to
the plane what a plane can do, sum w_k = sum w_k x_k = sum w_k y_k = 0 (three more). Here the "lifts" are offsets along
x, and independently offsets along y.

The values stand only on the right-hand side of that system. So it is solved once for each control point, with the value
1 there and 0 at all others. The K solutions b_k say how far each control point takes the rest of the sheet with it.
Then the transform is a matrix product,

    (x_s, y_s) = (x_t, y_t) + sum_k theta_k b_k(x_t, y_t).
"""

import functools
from typing import NamedTuple

import numpy as np

from ..checking import validate
from .coordinates import target_points

TOO_CLOSE = 1e-4      # control points nearer to each other (or to a common line) than this cannot be told apart
MOST_POINTS = 4000    # the system of so many takes seconds to solve; the time grows with the third power


class TPSGridCache(NamedTuple):
    influence: np.ndarray    # (K, M), b_k at each target point: all that dtheta needs
    grid_shape: tuple        # (N, H_out, W_out, 2), to check dgrid
    theta_shape: tuple       # (N, 2K) or (N, K, 2): dtheta comes back in the shape theta came in


def tps_grid_forward(theta, out_shape, align_corners=True, control_points=None):
    """Bend the target grid: theta moves the control points, the rest of the grid follows smoothly.

    x_s = x_t + sum_k theta[n,k,x] b_k(x_t, y_t),     y_s = y_t + sum_k theta[n,k,y] b_k(x_t, y_t)

    Parameters
    ----------
    theta : (N, 2K) or (N, K, 2)     an offset (x, y) for each control point, normalised
    out_shape, align_corners         as in affine_grid_forward, in two dimensions
    control_points : (K, 2)          points (x, y) of the target, normalised; None: regular_control_points(4, 4)

    Returns
    -------
    grid : (N, H_out, W_out, 2)      source points (x_s, y_s), normalised
    cache : TPSGridCache

    Convention: target to source: at control point c_k the output shows what the input has at c_k + theta_k. The
    control points themselves stay where they are. theta holds offsets, not positions: theta = 0 is the identity,
    exactly.
    Backward: dtheta[n,k] = sum_m b_k(m) dgrid[n,m], the transposed matrix product.

    Raises ValueError for control points that are fewer than three, repeated, or all on one line.
    """
    out_shape = validate.out_shape(out_shape, in_space=False)
    points = regular_control_points() if control_points is None else check_control_points(control_points)
    K, theta = len(points), validate.as_array("theta", theta)
    theta = validate.array("theta", theta, f"N {2 * K}" if theta.ndim == 2 else f"N {K} 2")
    target = target_points(out_shape, align_corners, theta.dtype)[:2]              # (2, M)
    influence = _influence(tuple(map(tuple, points.tolist())), out_shape, align_corners, theta.dtype)
    offsets = theta.reshape(-1, K, 2).transpose(0, 2, 1) @ influence               # (N, 2, M)
    grid = np.moveaxis((target + offsets).reshape(-1, 2, *out_shape), 1, -1)       # (N, H_out, W_out, 2)
    validate.results(grid=grid)
    return grid, TPSGridCache(influence, grid.shape, theta.shape)


def tps_grid_backward(dgrid, cache):
    """Gradient of tps_grid_forward.

    Parameters
    ----------
    dgrid : (N, H_out, W_out, 2)     dL/dgrid

    Returns
    -------
    dtheta : (N, 2K) or (N, K, 2)    dL/dtheta, in the shape of theta
    """
    influence, grid_shape, theta_shape = validate.cache(cache, TPSGridCache, "tps_grid_forward")
    dgrid = validate.gradient("dgrid", dgrid, grid_shape, influence.dtype)
    dtheta = (influence @ dgrid.reshape(len(dgrid), -1, 2)).reshape(theta_shape)   # (N, M, 2) -> (N, K, 2)
    validate.results(dtheta=dtheta)
    return dtheta


def regular_control_points(rows=4, columns=4):
    """A regular grid of control points from corner to corner, (rows * columns, 2): row by row, (x, y), normalised."""
    rows, columns = validate.sizes("a grid of control points", (rows, columns), "rows columns")
    _check_count(rows * columns)
    x, y = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
    return check_control_points(np.stack([x.ravel(), y.ravel()], axis=1))


def check_control_points(control_points):
    """Check that a spline through these points is determined, and return them as float64, (K, 2).

    Raises ValueError for a wrong shape, and for points that are too few or too many, repeated, or all on one line.
    """
    points = validate.array("control_points", validate.real("control_points", control_points, np.float64), "K 2")
    K = len(points)
    _check_count(K)
    distances = _distances(points, points)
    distances[np.diag_indices(K)] = np.inf
    if distances.min() < TOO_CLOSE:
        i, j = np.unravel_index(distances.argmin(), distances.shape)
        raise ValueError(f"control points must differ, but control_points[{i}] and control_points[{j}] are both at "
                         f"{tuple(points[i].tolist())}, or nearly so")
    across = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[1]      # spread across the best line
    if across < TOO_CLOSE:
        raise ValueError(f"control points must not all lie on one line, got {points.tolist()}")
    return points


def _check_count(K):
    if not 3 <= K <= MOST_POINTS:
        wanted = "needs at least 3" if K < 3 else f"takes at most {MOST_POINTS}"
        raise ValueError(f"a thin plate spline {wanted} control points, got {K}")


@functools.lru_cache(maxsize=16)
def _influence(control_points, out_shape, align_corners, dtype):
    """b_k at every target point, (K, M), read-only; made once for a layout and a target."""
    target = target_points(out_shape, align_corners, np.dtype(np.float64))[:2].T   # (M, 2)
    influence = (_terms(target, np.array(control_points)) @ _coefficients(control_points)).T.astype(dtype)
    influence.flags.writeable = False
    return influence


@functools.lru_cache(maxsize=16)
def _coefficients(control_points):
    """Solve the spline's system, once for a layout: a column for each b_k, (K + 3, K)."""
    points = np.array(control_points)                                              # (K, 2)
    K = len(points)
    system = np.zeros((K + 3, K + 3))
    system[:K] = _terms(points, points)
    system[K:, :K] = system[:K, K:].T
    return np.linalg.solve(system, np.eye(K + 3, K))


def _terms(p, control_points):
    """What f is made of, at points p (M, 2): K bumps and 1, x, y. Returns (M, K + 3)."""
    squared = _distances(p, control_points) ** 2
    bumps = squared * np.log(np.where(squared > 0, squared, 1))                    # phi(0) = 0
    return np.concatenate([bumps, np.ones((len(p), 1)), p], axis=1)


def _distances(p, q):
    """|p_m - q_k|, (M, K)."""
    return np.hypot(p[:, None, 0] - q[:, 0], p[:, None, 1] - q[:, 1])
