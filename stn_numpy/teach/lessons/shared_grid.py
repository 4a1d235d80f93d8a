"""What the lessons on grids share: ingredients of their recipes, target points, and the package's affine grid.

Called with nothing replaced, each recipe is right. What comes after the * are its ingredients: small functions that a
mistake replaces by a wrong one.

Weak probes are the hidden fault of a checker: with a square image, the identity and an upstream gradient of ones, half
of the classic mistakes give the right numbers. So in every lesson all sizes differ and are unrelated, there are three
images, every number is generic, one probe is float32, and one has other sizes and arrays that are not contiguous.
"""

import numpy as np

import stn_numpy as stn

# --- What solutions share


def homogeneous_targets(out_shape):
    H, W = out_shape
    x, y = np.meshgrid(np.linspace(-1, 1, W), np.linspace(-1, 1, H))
    return np.stack([x, y, np.ones_like(x)], axis=-1)                # (H_out, W_out, 3)


# --- The package's answers

LATTICE = (5, 9)     # points at multiples of 1/2 down and 1/4 across, among which the probes of one point are


def lattice_place(x_t, y_t):
    """Row and column of a target point in the LATTICE."""
    return round((y_t + 1) * 2), round((x_t + 1) * 4)


def true_affine(theta, out_shape):
    return stn.affine_grid_forward(theta, out_shape)[0]


def true_dtheta(dgrid, theta, out_shape):
    return stn.affine_grid_backward(dgrid, stn.affine_grid_forward(theta, out_shape)[1])


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


# --- Ingredients of mistakes: what a size becomes


def half_less_one(size):
    return (size - 2) / 2


def half(size):
    return size / 2


def unscaled(size):
    return 1


def unmoved(size):
    return 0


def centre(size):
    return (size - 1) / 2


# --- Recipes


def target_grid_recipe(out_shape, dtype=np.float64, *, axis=corner_to_corner, divide_by=own_sizes, stack=x_then_y,
                       down=as_it_is, across=as_it_is, fill=by_rows):
    """The regular grid of output points, (H, W, 2) or whatever `stack` makes of x and y."""
    H, W = out_shape
    size_y, size_x = divide_by(H, W)
    x, y = across(axis(W, size_x).astype(dtype)), down(axis(H, size_y).astype(dtype))
    return fill(stack(*np.meshgrid(x, y)))


def map_points(theta, target, *, matrix=as_it_is, output=as_it_is):
    """theta (N, 2, 3) applied to homogeneous points (H, W, 3): (N, H, W, 2)."""
    return output(np.einsum("nrk,ijk->nijr", matrix(theta), target))


def affine_grid_recipe(theta, out_shape, *, homogeneous=x_y_one, matrix=as_it_is, output=as_it_is, **target):
    points = target_grid_recipe(out_shape, theta.dtype, stack=homogeneous, **target)
    return map_points(theta, points, matrix=matrix, output=output)


def affine_gradient_recipe(dgrid, theta, out_shape, *, upstream=as_it_is, homogeneous=x_y_one, points=all_targets,
                           gather=sum_over_points, finish=as_it_is, **target):
    """dtheta (N, 2, 3) = sum over points of dgrid (N, H, W, 2) times the homogeneous target (H, W, 3)."""
    target = points(theta, target_grid_recipe(out_shape, theta.dtype, stack=homogeneous, **target))
    return finish(gather(upstream(dgrid)[..., :, None] * target[..., None, :]))


# --- Probes

OUT_SHAPE, OTHER_SHAPE = (5, 11), (8, 6)
THETA = np.array([[[0.93, -0.34, 0.07], [-0.05, 0.81, 0.10]],
                  [[1.06, 0.37, -0.11], [0.55, 1.22, 0.06]],
                  [[-0.71, 0.52, 0.23], [0.44, 0.67, -0.35]]])
OTHER_THETA = np.random.default_rng(20).uniform(-1, 1, (3, 2, 3)).round(3)
SINGLE, OTHER = "float32 arguments", "other sizes, and arrays that are views of larger ones"


def numbers(seed, *shape):
    """Random numbers with one decimal, -9 .. 9 and never 0, so that they are easy to read."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, 91, shape) * rng.choice([-1, 1], shape) / 10


def fresh(seed, *shape):
    """Random numbers with all their digits."""
    return np.random.default_rng(seed).standard_normal(shape)
