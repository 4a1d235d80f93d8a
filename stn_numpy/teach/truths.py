"""The right answers: the package's own, brought into the form of each exercise.

The package stays the source of truth, so nothing is worked out here that the package can be asked for.
"""

import numpy as np

from ..grid.affine import affine_grid_backward, affine_grid_forward
from ..grid.coordinates import pixels_per_unit, to_pixels
from ..sampler.fast import bilinear_sampler_backward, bilinear_sampler_forward

LATTICE = (5, 9)     # points at multiples of 1/2 down and 1/4 across, among which the probes of one point are


def _place(x_t, y_t):
    """Row and column of a target point in the LATTICE."""
    return round((y_t + 1) * 2), round((x_t + 1) * 4)


def blend(left, right, a):
    """A row of two pixels, left and right, sampled at a. (a runs from 0 to 1, normalised -1 to 1.)"""
    left, right, a = np.broadcast_arrays(left, right, a)
    row = np.stack([left, right], axis=-1)[:, None, None]                          # (M, 1, 1, 2)
    grid = np.stack([2 * a - 1, np.zeros(len(a))], axis=-1)[:, None, None]         # (M, 1, 1, 2)
    return bilinear_sampler_forward(row, grid)[0].reshape(len(a))


def target_grid(out_shape):
    return affine(np.eye(2, 3)[None], out_shape)[0]


def affine(theta, out_shape):
    return affine_grid_forward(theta, out_shape)[0]


def map_point(theta, x_t, y_t):
    return affine(theta[None], LATTICE)[(0, *_place(x_t, y_t))]


def compose(theta_a, theta_b):
    """With a third row (0, 0, 1) a transform is a matrix, and one after the other their product."""
    a, b = (np.vstack([theta, [0, 0, 1]]) for theta in (theta_a, theta_b))
    return (a @ b)[:2]


def grid_to_pixels(grid, in_shape):
    H, W = in_shape
    return np.stack([to_pixels(grid[..., 0], W, True), to_pixels(grid[..., 1], H, True)], axis=-1)


def _grid_of_one(U, x, y):
    """A pixel position in an image (H, W) as a grid (1, 1, 1, 2)."""
    H, W = U.shape
    return np.array([[[[2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1]]]])


def sample_pixel(U, x, y):
    return bilinear_sampler_forward(U[None, None], _grid_of_one(U, x, y))[0][0, 0, 0, 0]


def bilinear_weights(x, y):
    """The gradient of V to the four pixels is their weights (Eq. 6); four rows and columns of margin are enough."""
    x0, y0, margin = int(np.floor(x)), int(np.floor(y)), 4
    U = np.zeros((9, 9))
    _, cache = bilinear_sampler_forward(U[None, None], _grid_of_one(U, x + margin, y + margin))
    dU, _ = bilinear_sampler_backward(np.ones((1, 1, 1, 1)), cache)
    return dU[0, 0, y0 + margin:y0 + margin + 2, x0 + margin:x0 + margin + 2].ravel()


def slopes(U, x, y):
    _, cache = bilinear_sampler_forward(U[None, None], _grid_of_one(U, x, y))
    _, dgrid = bilinear_sampler_backward(np.ones((1, 1, 1, 1)), cache)
    H, W = U.shape
    return dgrid[0, 0, 0] / np.array([pixels_per_unit(W, True), pixels_per_unit(H, True)])


def bilinear_sampler(U, grid):
    return bilinear_sampler_forward(U, grid)[0]


def bilinear_sampler_gradients(dV, U, grid):
    return bilinear_sampler_backward(dV, bilinear_sampler_forward(U, grid)[1])


def dU(dV, U, grid):
    return bilinear_sampler_gradients(dV, U, grid)[0]


def dgrid(dV, U, grid):
    return bilinear_sampler_gradients(dV, U, grid)[1]


def dtheta(dgrid, theta, out_shape):
    return affine_grid_backward(dgrid, affine_grid_forward(theta, out_shape)[1])


def dtheta_of_point(dpoint, x_t, y_t):
    dgrid = np.zeros((1, *LATTICE, 2))
    dgrid[(0, *_place(x_t, y_t))] = dpoint
    return dtheta(dgrid, np.eye(2, 3)[None], LATTICE)[0]


def loss_to_theta(dV, U, theta):
    out_shape = dV.shape[2:]
    return dtheta(dgrid(dV, U, affine(theta, out_shape)), theta, out_shape)


def scatter_add(index, values, size):
    """Points that lie exactly on the pixels of one row: the gradient to U adds up what each pixel sent out."""
    grid = np.stack([2 * index / (size - 1) - 1, np.zeros(len(index))], axis=-1)[None, None]
    _, cache = bilinear_sampler_forward(np.zeros((1, 1, 1, size)), grid)
    return bilinear_sampler_backward(values[None, None, None], cache)[0].reshape(size)


def _grid_of_corners(index, H, W):
    """The four pixels of each sample as points of a grid, (N, 4, M, 2)."""
    rows, columns = np.divmod(index, W)
    y = np.stack([rows, rows, rows + 1, rows + 1], axis=1)
    x = np.stack([columns, columns + 1, columns, columns + 1], axis=1)
    return np.stack([2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1], axis=-1)


def gather_corners(P, index):
    """Sampling exactly on a pixel reads that pixel."""
    return np.moveaxis(bilinear_sampler(P, _grid_of_corners(index, *P.shape[2:])), 2, 0)


def scatter_corners(dcorners, index, shape):
    return dU(np.moveaxis(dcorners, 0, 2), np.zeros(shape), _grid_of_corners(index, *shape[2:]))
