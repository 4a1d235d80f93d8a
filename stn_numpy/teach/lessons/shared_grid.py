"""Recipes for lessons 01 to 03 and 07: target points, affine grids and pixel coordinates, ingredient by ingredient.

Called with nothing replaced, each is right. What comes after the * are the ingredients: small functions that a mistake
replaces by a wrong one.
"""

import numpy as np

# --- Ingredients, as they should be


def corner_to_corner(count, size):
    """Normalised coordinates of `count` points of an axis on which `size` pixels run from -1 to 1."""
    return 2 * np.arange(count) / (size - 1) - 1


def own_sizes(H, W):
    return H, W


def as_it_is(value):
    return value


def x_then_y(x, y):
    return np.stack([x, y], axis=-1)


def x_y_one(x, y):
    return np.stack([x, y, np.ones_like(x)], axis=-1)


def first_x_then_y(pairs):
    return pairs[..., 0], pairs[..., 1]


def by_rows(points):
    return points


def all_targets(theta, target):
    return np.broadcast_to(target, (len(theta),) + target.shape)


def sum_over_points(contributions):
    return contributions.sum(axis=(1, 2))


# --- Recipes


def target_grid(out_shape, dtype=np.float64, *, axis=corner_to_corner, divide_by=own_sizes, stack=x_then_y,
                down=as_it_is, fill=by_rows):
    """The regular grid of output points, (H, W, 2) or whatever `stack` makes of x and y."""
    H, W = out_shape
    size_y, size_x = divide_by(H, W)
    x, y = axis(W, size_x).astype(dtype), down(axis(H, size_y).astype(dtype))
    return fill(stack(*np.meshgrid(x, y)))


def map_points(theta, target, *, matrix=as_it_is, output=as_it_is):
    """theta (N, 2, 3) applied to homogeneous points (H, W, 3): (N, H, W, 2)."""
    return output(np.einsum("nrk,ijk->nijr", matrix(theta), target))


def affine_grid(theta, out_shape, *, homogeneous=x_y_one, matrix=as_it_is, output=as_it_is, **target):
    points = target_grid(out_shape, theta.dtype, stack=homogeneous, **target)
    return map_points(theta, points, matrix=matrix, output=output)


def map_point(theta, x_t, y_t, *, homogeneous=x_y_one, matrix=as_it_is, output=as_it_is):
    point = homogeneous(*np.array([[[x_t]], [[y_t]]], theta.dtype))
    return map_points(theta[None], point, matrix=matrix, output=output)[0, 0, 0]


def compose(theta_a, theta_b, *, order=lambda a, b: (a, b), linear=np.matmul,
            shift=lambda a, b: a[:, :2] @ b[:, 2] + a[:, 2]):
    a, b = order(theta_a, theta_b)
    return np.concatenate([linear(a[:, :2], b[:, :2]), shift(a, b)[:, None]], axis=1)


def affine_gradient(dgrid, theta, out_shape, *, upstream=as_it_is, homogeneous=x_y_one, points=all_targets,
                    gather=sum_over_points, finish=as_it_is, **target):
    """dtheta (N, 2, 3) = sum over points of dgrid (N, H, W, 2) times the homogeneous target (H, W, 3)."""
    target = points(theta, target_grid(out_shape, theta.dtype, stack=homogeneous, **target))
    return finish(gather(upstream(dgrid)[..., :, None] * target[..., None, :]))


def dtheta_of_point(dpoint, x_t, y_t, *, upstream=as_it_is, homogeneous=x_y_one, finish=as_it_is):
    target = homogeneous(*np.array([x_t, y_t], dpoint.dtype))
    return finish(upstream(dpoint)[:, None] * target)


def to_pixels(coordinate, size, align_corners, *, slope=lambda size: (size - 1) / 2, edge_slope=lambda size: size / 2,
              middle=lambda size: (size - 1) / 2, edge_middle=lambda size: (size - 1) / 2, finish=as_it_is):
    """Slope times coordinate plus the middle; a slope and a middle for each of the two rules."""
    s, m = (slope(size), middle(size)) if align_corners else (edge_slope(size), edge_middle(size))
    return finish(coordinate * s + m)


def grid_to_pixels(grid, in_shape, *, slope=lambda size: (size - 1) / 2, middle=lambda size: (size - 1) / 2,
                   sizes=own_sizes, read=first_x_then_y, stack=x_then_y):
    H, W = sizes(*in_shape)
    x, y = read(grid)
    return stack(x * slope(W) + middle(W), y * slope(H) + middle(H))


def blend(left, right, a, *, weight_left=lambda a: 1 - a, weight_right=as_it_is, finish=as_it_is):
    return finish(weight_left(a) * left + weight_right(a) * right)
