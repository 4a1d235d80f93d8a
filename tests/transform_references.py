"""The transforms one point at a time: where (x, y) looks, and the slope of that to each parameter.

Each function takes the theta of one image and one target point, and returns the source point and the slopes,
[[dx_s/dtheta_1, ..], [dy_s/dtheta_1, ..]], as they stand on paper. Grids and gradients are loops over them.
"""

import math

import numpy as np
from loop_references import target_point


def translation(theta, x, y):
    t_x, t_y = theta
    return (x + t_x, y + t_y), [[1, 0], [0, 1]]


def attention(theta, x, y):
    s, t_x, t_y = theta
    return (s * x + t_x, s * y + t_y), [[x, 1, 0], [y, 0, 1]]


def similarity(theta, x, y):
    a, b, t_x, t_y = theta
    return (a * x - b * y + t_x, b * x + a * y + t_y), [[x, -y, 1, 0], [y, x, 0, 1]]


def affine(theta, x, y):
    a, b, t_x, c, d, t_y = theta
    return (a * x + b * y + t_x, c * x + d * y + t_y), [[x, y, 1, 0, 0, 0], [0, 0, 0, x, y, 1]]


def projective(theta, x, y, min_w=2 ** -10):
    h1, h2, h3, h4, h5, h6, h7, h8 = theta
    X, Y, w = h1 * x + h2 * y + h3, h4 * x + h5 * y + h6, h7 * x + h8 * y + 1
    moves = 1
    if abs(w) < min_w:
        w, moves = math.copysign(min_w, w), 0
    of_w = moves / w ** 2
    return (X / w, Y / w), [[x / w, y / w, 1 / w, 0, 0, 0, -X * x * of_w, -X * y * of_w],
                            [0, 0, 0, x / w, y / w, 1 / w, -Y * x * of_w, -Y * y * of_w]]


CONTROL_POINTS = [(x, y) for y in (-1, -1 / 3, 1 / 3, 1) for x in (-1, -1 / 3, 1 / 3, 1)]


def tps(theta, x, y, control_points=CONTROL_POINTS):
    """The spline as it is defined: coefficients for these very offsets, then its terms at the point."""
    K = len(control_points)
    offsets = np.reshape(theta, (K, 2))
    source = [x + spline(control_points, offsets[:, 0], x, y), y + spline(control_points, offsets[:, 1], x, y)]
    slopes = np.zeros((2, 2 * K))
    for k in range(K):
        slopes[0, 2 * k] = slopes[1, 2 * k + 1] = spline(control_points, np.eye(K)[k], x, y)
    return source, slopes


def spline(points, values, x, y):
    """f(x, y) of the thin plate spline with these values at these points."""
    K = len(points)
    system, right = np.zeros((K + 3, K + 3)), np.zeros(K + 3)
    for i, (x_i, y_i) in enumerate(points):
        for j, (x_j, y_j) in enumerate(points):
            system[i, j] = phi(math.dist((x_i, y_i), (x_j, y_j)))
        system[i, K:] = 1, x_i, y_i
        system[K:, i] = 1, x_i, y_i
        right[i] = values[i]
    *weights, v_0, v_x, v_y = np.linalg.solve(system, right)
    bumps = sum(w * phi(math.dist((x, y), point)) for w, point in zip(weights, points))
    return bumps + v_0 + v_x * x + v_y * y


def phi(r):
    return r ** 2 * math.log(r ** 2) if r > 0 else 0


POINT_BY_POINT = {"translation": translation, "attention": attention, "similarity": similarity, "affine": affine,
                  "projective": projective, "tps": tps}


def grid_of(transform, theta, out_shape, align_corners=True, **options):
    """grid[n,i,j] = T_theta[n](x_t, y_t)"""
    grid = np.zeros((len(theta), *out_shape, 2))
    for n, i, j in np.ndindex(grid.shape[:3]):
        x, y, _ = target_point((i, j), out_shape, align_corners)
        grid[n, i, j], _ = transform(theta[n], x, y, **options)
    return grid


def dtheta_of(transform, dgrid, theta, align_corners=True, **options):
    """dtheta[n,p] = sum_ij dgrid_x[n,i,j] dx_s/dtheta_p + dgrid_y[n,i,j] dy_s/dtheta_p"""
    dtheta = np.zeros(theta.shape)
    for n, i, j in np.ndindex(dgrid.shape[:3]):
        x, y, _ = target_point((i, j), dgrid.shape[1:3], align_corners)
        _, slopes = transform(theta[n], x, y, **options)
        dtheta[n] += dgrid[n, i, j] @ np.array(slopes)
    return dtheta
