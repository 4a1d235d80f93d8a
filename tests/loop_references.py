"""The equations as loops: slow, plain, and sharing nothing with the package that they test.

Each sum of the paper is a loop here, over every pixel of the image, and each kernel is a function of one number. An
axis of the image has the same rule whichever it is, so images and volumes are read by the same lines: `point` below is
(x, y) or (x, y, z), `pixel` is (h, w) or (d, h, w), the other way round.
"""

import math
from fractions import Fraction

import numpy as np


def bilinear(t):
    """k(t) = max(0, 1 - |t|)                                                                         (Eq. 5)"""
    return max(0, 1 - abs(t))


def bilinear_slope(t):
    """The right-hand derivative of k: rising over -1 <= t < 0, falling over 0 <= t < 1."""
    return 1 if -1 <= t < 0 else -1 if 0 <= t < 1 else 0


def integer(t):
    """delta(floor(x + 1/2) - w) as a function of t = x - w                                           (Eq. 4)"""
    return 1 if math.floor(t + 0.5) == 0 else 0


def integer_slope(t):
    """V is constant between its jumps."""
    return 0


KERNELS = {"bilinear": (bilinear, bilinear_slope), "integer": (integer, integer_slope)}


def target_coordinate(j, size, align_corners):
    """Where pixel j of an axis lies, normalised, as an exact fraction."""
    if align_corners:
        return Fraction(2 * j, size - 1) - 1 if size > 1 else Fraction(0)
    return Fraction(2 * j + 1, size) - 1


def pixels_per_unit(size, align_corners):
    return (size - 1) / 2 if align_corners else size / 2


def to_pixel(coordinate, size, align_corners):
    """-1 and 1 are the middles of the first and the last pixel, or the outer edges of the image."""
    if align_corners:
        return (coordinate + 1) / 2 * (size - 1)
    return (coordinate + 1) / 2 * size - 0.5


def place(x, size, padding, align_corners):
    """Bring x into the image as the padding says.

    Returns the place and how it moves when x moves to the right: +1 with it, -1 against it, 0 not at all.
    """
    direction = 1
    if padding == "zeros":
        return x, direction
    if padding == "reflection":
        first, last = (0, size - 1) if align_corners else (-0.5, size - 0.5)
        if first == last:
            return first, 0
        while not (first <= x < last if direction > 0 else first < x <= last):
            wall = first if x < first or (x == first and direction < 0) else last
            x, direction = 2 * wall - x, -direction
    inside = 0 <= x < size - 1 if direction > 0 else 0 < x <= size - 1
    return min(max(x, 0), size - 1), direction if inside else 0


def ahead(x, direction, w):
    """How far x is ahead of pixel w, counted as it moves: where it moves back in the image, that is w - x."""
    return w - x if direction < 0 else x - w


def affine_grid(theta, out_shape, align_corners):
    """grid[n,i,j] = A_theta [x_t, y_t, 1]^T                                                          (Eq. 1)"""
    N, d, _ = theta.shape
    grid = np.zeros((N, *out_shape, d))
    for n in range(N):
        for pixel in np.ndindex(*out_shape):
            target = target_point(pixel, out_shape, align_corners)
            for r in range(d):
                for k in range(d + 1):
                    grid[n][pixel][r] += theta[n, r, k] * target[k]
    return grid


def affine_grid_backward(dgrid, align_corners):
    """dA[n,r,k] = sum_ij dgrid[n,i,j,r] target[i,j,k]"""
    N, *out_shape, d = dgrid.shape
    dtheta = np.zeros((N, d, d + 1))
    for n in range(N):
        for pixel in np.ndindex(*out_shape):
            target = target_point(pixel, out_shape, align_corners)
            for r in range(d):
                for k in range(d + 1):
                    dtheta[n, r, k] += dgrid[n][pixel][r] * target[k]
    return dtheta


def target_point(pixel, out_shape, align_corners):
    """(x_t, y_t, 1) of the pixel (h, w)."""
    axes = [float(target_coordinate(j, size, align_corners)) for j, size in zip(pixel, out_shape)]
    return axes[::-1] + [1.0]


def sampler(U, grid, kernel, padding, align_corners):
    """V[n,c,i,j] = sum_h sum_w U[n,c,h,w] k(x - w) k(y - h)                                          (Eq. 3)"""
    k, _ = KERNELS[kernel]
    N, C, *in_shape = U.shape
    V = np.zeros((N, C, *grid.shape[1:-1]))
    for n, *out in np.ndindex(grid.shape[:-1]):
        point = source_point(grid[(n, *out)], in_shape, padding, align_corners)
        for pixel in np.ndindex(*in_shape):
            weight = math.prod(k(ahead(*x, w)) for x, w in zip(point, pixel[::-1]))
            for c in range(C):
                V[(n, c, *out)] += U[n, c][pixel] * weight
    return V


def sampler_backward(dV, U, grid, kernel, padding, align_corners):
    """dU[n,c,h,w] = sum_ij dV[n,c,i,j] k(x - w) k(y - h)                                             (Eq. 6)

    dgrid_x[n,i,j] = s_x sum_c dV[n,c,i,j] sum_hw U[n,c,h,w] k'(x - w) k(y - h)                       (Eq. 7)

    with right-hand derivatives: where x moves back when the coordinate moves on, that is -1 times the left-hand k'.
    """
    k, slope = KERNELS[kernel]
    N, C, *in_shape = U.shape
    dU, dgrid = np.zeros(U.shape), np.zeros(grid.shape)
    for n, *out in np.ndindex(grid.shape[:-1]):
        point = source_point(grid[(n, *out)], in_shape, padding, align_corners)
        for pixel in np.ndindex(*in_shape):
            t = [x - w for (x, _), w in zip(point, pixel[::-1])]
            weights = [k(ahead(*x, w)) for x, w in zip(point, pixel[::-1])]
            for c in range(C):
                dU[n, c][pixel] += dV[(n, c, *out)] * math.prod(weights)
                for axis, (_, direction) in enumerate(point):
                    dweight = slope(direction * t[axis]) if direction else 0
                    others = math.prod(weights[:axis] + weights[axis + 1:])
                    s = pixels_per_unit(in_shape[::-1][axis], align_corners)
                    dgrid[(n, *out)][axis] += s * dV[(n, c, *out)] * U[n, c][pixel] * dweight * others
    return dU, dgrid


def source_point(coordinates, in_shape, padding, align_corners):
    """(x, y) in pixels, each with the direction in which it moves."""
    return [place(to_pixel(float(coordinate), size, align_corners), size, padding, align_corners)
            for coordinate, size in zip(coordinates, in_shape[::-1])]
