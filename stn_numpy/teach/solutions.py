"""Solutions of the exercises as a learner would write them: short, and in the lessons' own terms.

`teach.solution(id)` shows these functions, and the solved copies of the notebooks are filled with them. The package
itself has the same formulas at full speed; the tests hold the two together.
"""

import numpy as np

import stn_numpy as stn


def blend(left, right, a):
    return (1 - a) * left + a * right


def target_grid(out_shape):
    H, W = out_shape
    x = np.linspace(-1, 1, W)                         # along the width
    y = np.linspace(-1, 1, H)                         # down the height
    grid = np.empty((H, W, 2))
    grid[..., 0] = x[None, :]                         # the same x in every row
    grid[..., 1] = y[:, None]                         # the same y in every column
    return grid


def map_point(theta, x_t, y_t):
    x_s = theta[0, 0] * x_t + theta[0, 1] * y_t + theta[0, 2]
    y_s = theta[1, 0] * x_t + theta[1, 1] * y_t + theta[1, 2]
    return x_s, y_s


def compose(theta_a, theta_b):
    A, t_a = theta_a[:, :2], theta_a[:, 2]
    B, t_b = theta_b[:, :2], theta_b[:, 2]
    linear = A @ B
    shift = A @ t_b + t_a                             # a moves what b has moved already
    return np.column_stack([linear, shift])           # (2, 3)


def homogeneous_targets(out_shape):
    H, W = out_shape
    x, y = np.meshgrid(np.linspace(-1, 1, W), np.linspace(-1, 1, H))
    return np.stack([x, y, np.ones_like(x)], axis=-1)                # (H_out, W_out, 3)


def affine_grid_forward(theta, out_shape):
    target = homogeneous_targets(out_shape)
    return np.einsum("nrk,ijk->nijr", theta, target)                 # row r of theta gives coordinate r


def to_pixels(coordinate, size, align_corners):
    s = (size - 1) / 2 if align_corners else size / 2                # pixels for one unit
    return s * coordinate + (size - 1) / 2                           # 0 is the middle of the image


def grid_to_pixels(grid, in_shape):
    H, W = in_shape
    x = (grid[..., 0] + 1) * (W - 1) / 2              # x runs along the width
    y = (grid[..., 1] + 1) * (H - 1) / 2              # y runs down the height
    return np.stack([x, y], axis=-1)


def bilinear_weights(x, y):
    a = x - np.floor(x)                               # how far to the right of the left pixels
    b = y - np.floor(y)                               # how far below the top pixels
    return (1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b


def sample_pixel(U, x, y):
    H, W = U.shape
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    a, b = x - x0, y - y0
    value = 0.0
    for row, k_y in [(y0, 1 - b), (y0 + 1, b)]:
        for column, k_x in [(x0, 1 - a), (x0 + 1, a)]:
            if 0 <= row < H and 0 <= column < W:      # outside the image there is 0
                value += k_x * k_y * U[row, column]
    return value


def corners(grid, H, W):
    """For each of the four pixels around every point: where it is, its weights along x and y, and their slopes."""
    x = (grid[..., 0] + 1) * (W - 1) / 2                             # (N, H_out, W_out), in pixels
    y = (grid[..., 1] + 1) * (H - 1) / 2
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = x - x0, y - y0
    for row, k_y, slope_y in [(y0, 1 - b, -1), (y0 + 1, b, 1)]:
        for column, k_x, slope_x in [(x0, 1 - a, -1), (x0 + 1, a, 1)]:
            inside = (0 <= row) & (row < H) & (0 <= column) & (column < W)
            yield row.clip(0, H - 1), column.clip(0, W - 1), inside, (k_x, k_y), (slope_x, slope_y)


def bilinear_sampler_forward(U, grid):
    N, C, H, W = U.shape
    n = np.arange(N)[:, None, None]
    V = np.zeros(grid.shape[:3] + (C,))                              # (N, H_out, W_out, C)
    for row, column, inside, (k_x, k_y), _ in corners(grid, H, W):
        V += (k_x * k_y * inside)[..., None] * U[n, :, row, column]
    return np.moveaxis(V, -1, 1)                                     # (N, C, H_out, W_out)


def scatter_add(index, values, size):
    total = np.zeros(size)
    for place, value in zip(index, values):           # np.add.at(total, index, values) does the same
        total[place] += value
    return total


def bilinear_sampler_backward_U(dV, U, grid):
    N, C, H, W = U.shape
    n = np.arange(N)[:, None, None]
    dV = np.moveaxis(dV, 1, -1)                                      # (N, H_out, W_out, C)
    dU = np.zeros(U.shape)
    for row, column, inside, (k_x, k_y), _ in corners(grid, H, W):
        weight = (k_x * k_y * inside)[..., None]
        np.add.at(dU, (n, slice(None), row, column), weight * dV)    # the mirror of U[n, :, row, column]
    return dU


def slopes(U, x, y):
    H, W = U.shape
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    a, b = x - x0, y - y0

    def pixel(row, column):
        return U[row, column] if 0 <= row < H and 0 <= column < W else 0.0

    top_left, top_right = pixel(y0, x0), pixel(y0, x0 + 1)
    bottom_left, bottom_right = pixel(y0 + 1, x0), pixel(y0 + 1, x0 + 1)
    dV_dx = (1 - b) * (top_right - top_left) + b * (bottom_right - bottom_left)
    dV_dy = (1 - a) * (bottom_left - top_left) + a * (bottom_right - top_right)
    return dV_dx, dV_dy


def bilinear_sampler_backward_grid(dV, U, grid):
    N, C, H, W = U.shape
    n = np.arange(N)[:, None, None]
    dx, dy = np.zeros(grid.shape[:3]), np.zeros(grid.shape[:3])      # in pixels
    for row, column, inside, (k_x, k_y), (slope_x, slope_y) in corners(grid, H, W):
        pull = inside * (np.moveaxis(dV, 1, -1) * U[n, :, row, column]).sum(axis=-1)    # sum over channels
        dx += slope_x * k_y * pull
        dy += slope_y * k_x * pull
    return np.stack([dx * (W - 1) / 2, dy * (H - 1) / 2], axis=-1)   # pixels for one unit of the grid


def dtheta_of_point(dpoint, x_t, y_t):
    return np.outer(dpoint, [x_t, y_t, 1])


def affine_grid_backward(dgrid, theta, out_shape):
    target = homogeneous_targets(out_shape)
    return np.einsum("nijr,ijk->nrk", dgrid, target)                 # sum over all points of each image


def loss_to_theta(dV, U, theta):
    grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:])
    V, sampler_cache = stn.bilinear_sampler_forward(U, grid)
    dU, dgrid = stn.bilinear_sampler_backward(dV, sampler_cache)
    return stn.affine_grid_backward(dgrid, grid_cache)


def gather_corners(P, index):
    N, C, H, W = P.shape                                             # with the padding
    first = np.arange(N * C).reshape(N, C, 1) * H * W                # where each channel of each image begins
    flat, place = P.reshape(-1), index[:, None] + first              # (N, C, M)
    return np.stack([flat[place], flat[1:][place], flat[W:][place], flat[W + 1:][place]])


def scatter_corners(dcorners, index, shape):
    N, C, H, W = shape
    first = np.arange(N * C).reshape(N, C, 1) * H * W
    place = (index[:, None] + first).reshape(-1)                     # flat, as np.add.at likes it
    dP = np.zeros(shape, dcorners.dtype)
    flat = dP.reshape(-1)                                            # a view: what is added to it is added to dP
    for step, dcorner in zip((0, 1, W, W + 1), dcorners):
        np.add.at(flat[step:], place, dcorner.reshape(-1))
    return dP
