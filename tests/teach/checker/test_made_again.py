"""Mistakes as people write them, whole functions: the names they are told under, in every exercise where they are likely."""

import re

import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy import teach
from stn_numpy.teach.descent import blur, descend
from stn_numpy.teach.lessons import EXERCISES
from teach_help import solution

softmax, network_backward = solution("softmax"), solution("network_backward")


def tent(t):
    return np.maximum(0, 1 - abs(t))


def sampled_by(weight):
    """A sample_pixel that gives all pixels of the image the weight of a kernel."""
    def sample_pixel(U, x, y):
        return sum(U[i, j] * weight(x - j) * weight(y - i) for i, j in np.ndindex(U.shape))
    return sample_pixel


def slopes_by(weight, end):
    """Eq. 7 as loops over all pixels, whose slopes end at a distance, or not at all."""
    def slopes(U, x, y):
        def s(t):
            return 0 if abs(t) >= end else 1 if t <= 0 else -1
        places = list(np.ndindex(U.shape))
        return (sum(U[i, j] * weight(y - i) * s(x - j) for i, j in places),
                sum(U[i, j] * weight(x - j) * s(y - i) for i, j in places))
    return slopes


def overwritten_sampler(U, grid):
    N, C, H, W = U.shape
    x, y = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
    n, x0, y0 = np.arange(N)[:, None, None], np.floor(x).astype(int), np.floor(y).astype(int)
    for row, b in ((y0, 1 - y + y0), (y0 + 1, y - y0)):
        for column, a in ((x0, 1 - x + x0), (x0 + 1, x - x0)):
            weight = a * b * ((0 <= row) & (row < H) & (0 <= column) & (column < W))
            V = weight[..., None] * U[n, :, row.clip(0, H - 1), column.clip(0, W - 1)]
    return np.moveaxis(V, -1, 1)


def overwritten_slopes(U, x, y):
    (H, W), x0, y0 = U.shape, int(np.floor(x)), int(np.floor(y))
    for row, b, up in ((y0, 1 - y + y0, -1), (y0 + 1, y - y0, 1)):
        for column, a, right in ((x0, 1 - x + x0, -1), (x0 + 1, x - x0, 1)):
            if 0 <= row < H and 0 <= column < W:
                slopes = right * b * U[row, column], up * a * U[row, column]
    return slopes if -1 <= x0 < W and -1 <= y0 < H else (0.0, 0.0)


def copied_pixel(U, x, y):
    row, column = int(x // 1), int(y // 1)
    row, column = column, row
    return U[row, column] if 0 <= row < U.shape[0] and 0 <= column < U.shape[1] else 0.0


def last_output(dout, x, W, b):
    for k in range(len(b)):
        dx = dout[:, k:k + 1] * W[:, k]
    return dx, x.T @ dout, dout.sum(axis=0)


def lowest_loss(U, target, start, levels, steps):
    for sigma, rate in levels:
        path = descend(blur(U, sigma), blur(target, sigma), start, rate, steps)
        start = path.shifts[np.argmin(path.losses)]
    return start


def base_two(dloss, logits, labels):
    p = 2 ** (logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return dloss * (p - np.eye(p.shape[1])[labels]) / len(p)


def without_b2(dlogits, U, W1, b1, W2, b2, W3, b3):
    return network_backward(dlogits, U, W1, b1, W2, 0 * b2, W3, b3)


def linear_theta(dlogits, U, W1, b1, W2, b2, W3, b3):
    N, x = len(U), U.reshape(len(U), -1)
    z = x @ W1 + b1
    h = np.maximum(z, 0)
    grid, grid_cache = stn.affine_grid_forward((z @ W2 + b2).reshape(N, 2, 3), U.shape[2:])
    V, cache = stn.bilinear_sampler_forward(U, grid)
    dgrid = stn.bilinear_sampler_backward((dlogits @ W3.T).reshape(V.shape), cache)[1]
    dtheta = stn.affine_grid_backward(dgrid, grid_cache).reshape(N, 6)
    dz = dtheta @ W2.T * (h > 0)
    return x.T @ dz, dz.sum(0), h.T @ dtheta, dtheta.sum(0), V.reshape(N, -1).T @ dlogits, dlogits.sum(0)


def one_variance(a, b):
    squares = ((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()
    return (a.mean() - b.mean()) / np.sqrt(squares / (len(a) + len(b) - 2))


def padded_network(dlogits, U, W1, b1, W2, b2, W3, b3):
    N, x = len(U), U.reshape(len(U), -1)
    h = np.maximum(x @ W1 + b1, 0)
    grid, grid_cache = stn.affine_grid_forward((h @ W2 + b2).reshape(N, 2, 3), U.shape[2:])
    V, cache = stn.bilinear_sampler_forward(U, grid, padding="border")
    dgrid = stn.bilinear_sampler_backward((dlogits @ W3.T).reshape(V.shape), cache)[1]
    dtheta = stn.affine_grid_backward(dgrid, grid_cache).reshape(N, 6)
    dz = dtheta @ W2.T * (h > 0)
    return x.T @ dz, dz.sum(0), h.T @ dtheta, dtheta.sum(0), V.reshape(N, -1).T @ dlogits, dlogits.sum(0)


@pytest.mark.parametrize("id, function, mistake", [
    ("sample_pixel", sampled_by(lambda t: 1 - abs(t)), "max_missing"),
    ("slopes", slopes_by(lambda t: 1 - abs(t), 1), "max_missing"), ("slopes", slopes_by(tent, np.inf), "max_missing"),
    ("sample_pixel", copied_pixel, "one_pixel_copied"), ("slopes", overwritten_slopes, "overwritten"),
    ("bilinear_sampler_forward", overwritten_sampler, "overwritten"), ("linear_backward", last_output, "last_output_only"),
    ("coarse_to_fine", lowest_loss, "lowest_loss"), ("softmax", lambda logits: softmax(logits * np.log(2)), "other_base"),
    ("softmax_cross_entropy_backward", base_two, "other_base"), ("network_backward", without_b2, "bias_missing"),
    ("network_backward", padded_network, "border"),
    ("softmax", lambda logits: softmax(logits) / np.linalg.norm(softmax(logits), axis=1, keepdims=True), "other_sum"),
    ("turn_scale_matrix", lambda theta: solution("turn_scale_matrix")(theta * [1, np.log(2), 1, 1]), "other_base"),
    ("distance_of_means", lambda a, b: (np.median(a) - np.median(b)) / np.sqrt(
        a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)), "medians"),
    ("mean_and_spread", lambda errors: (errors.mean(axis=1), np.median(np.abs(
        errors - errors.mean(axis=1, keepdims=True)), axis=1)), "median_deviation"),
    ("seeds_wanted", lambda difference, spread, t: np.ceil(2 * (spread / difference) ** 2), "distance_missing"),
    ("sgd_step", lambda p, g, v, rate, m: (p - rate * g, m * v - rate * g), "param_without_momentum"),
    ("network_backward", linear_theta, "relu_missing_forward"), ("distance_of_means", one_variance, "mean_of_variances"),
    ("coarse_to_fine", lambda *arguments: solution("coarse_to_fine")(*arguments[:-1], 100), "other_steps"),
    ("turn_scale_matrix", lambda theta: solution("turn_scale_matrix")(theta[:, [1, 0, 2, 3]]), "numbers_exchanged"),
])
def test_it_is_told_under_its_name(id, function, mistake):
    result = teach.check(id, function)
    assert (result.status, result.mistakes) == ("named", (mistake,))


@pytest.mark.parametrize("parts, words", [
    (lambda dW1, db1, dW2, db2, dW3, db3: (dW1, None, dW2, None, dW3, db3), "db1 and db2 are None in what your function"),
    (lambda dW1, db1, dW2, db2, dW3, db3: (dW1, dW2, db2, dW3, db3), "By their shapes yours are dW1, dW2, db2, dW3 and db3; "
     "db1 is missing."),
    (lambda dW1, db1, dW2, db2, dW3, db3: (dW1, db1, dW2, db2, np.eye(2), dW3, db3), "number 5, of shape (2, 2), is one"),
    (lambda dW1, db1, dW2, db2, dW3, db3: (dW1, 0 * db1, dW2, db2, dW3, db3), "All of your db1 is 0."),
    (lambda dW1, db1, dW2, db2, dW3, db3: [dW1] * 3, "Your function returned 3 things."),
])
def test_a_gradient_that_is_left_out_is_told(parts, words):
    result = teach.check("network_backward", lambda *arguments: parts(*network_backward(*arguments)))
    assert not result and words in " ".join(result.message.split())


# --- What is said of numbers that have no name


def linear(change):
    return lambda dout, x, W, b: change(*solution("linear_backward")(dout, x, W, b), W)


@pytest.mark.parametrize("id, function, words, not_said", [
    ("linear_backward", linear(lambda dx, dW, db, W: (dx, dW + 0.01 * W, db)), "the right ones plus 0.01 times W", "digits"),
    ("linear_backward", linear(lambda dx, dW, db, W: (dx, np.round(dW, 3), db)), "rounded to 3 places after", "small step"),
    ("linear_backward", linear(lambda dx, dW, db, W: (dx, dW, np.ones_like(db))), "All your numbers are 1.", "two mistakes"),
    ("linear_backward", linear(lambda dx, dW, db, W: (dx, dW * (1 + 1e-4 * np.sign(dW)), db)), "agrees with the right one to",
     "rounded to"),
    ("relu_backward", lambda dout, x: dout * (x.mean(axis=0) >= 0), "that of dout or 0, as it should be; but", "rounded"),
    ("relu_backward", lambda dout, x: x * (dout > 0), "the right ones for dout and x in each other's place.", "rounded"),
    ("linear_backward", linear(lambda dx, dW, db, W: (dx, dW, len(W) * db)), "the right ones times D.", "two mistakes"),
    ("turn_scale_backward", lambda dA, theta: solution("turn_scale_backward")(dA, theta) / len(dA), "times 1 / N.", "in turn"),
    ("mean_and_spread", lambda errors: (errors.mean(axis=1), np.sqrt(errors.var(axis=1) * errors.shape[1] / 2)),
     "differs from call to call: 1.225, 1.414 in turn", "two mistakes"),
    ("relu_backward", lambda dout, x: (x > 0) * 1.0, "that is the slope of ReLU alone", "two mistakes"),
    ("softmax", lambda logits: softmax(-logits), "exactly those of exp(-logit)", "two mistakes"),
    ("numeric_gradient", lambda f, x, step: 0 * x, "All of your gradient is 0.", "multiplied"),
    ("sgd_step", lambda param, velocity, grad, learning_rate, momentum: (param, velocity), "its velocity is given the grad.",
     "mistake"),
    ("affine_grid_forward", lambda theta, out_shape: solution("affine_grid_forward")(
        np.concatenate([theta[:, :, :2], theta[:, ::-1, 2:]], axis=2), out_shape), "theta_23 is added to x_s", "two mistakes"),
    ("compose", lambda a, b: np.column_stack([b[:, :2] @ a[:, :2], a[:, :2] @ a[:, 2] + b[:, 2]]), "the 2 x 2 part is B A",
     "is right"),
    ("dtheta_of_point", lambda dpoint, x_t, y_t: np.outer(np.full(2, dpoint[0]), [x_t, y_t, 1]) + [[0] * 3, [0, 0, dpoint[1] - dpoint[0]]],
     "It is so in column 0 and column 1. The rest is right.", "two mistakes"),
    ("localisation_forward", lambda x, W1, b1, W2, b2: np.abs(x @ W1 + b1) @ W2,
     "as if it were the only one. (1) a net without one of its biases. Look", ") Your numbers"),
])
def test_what_is_said_holds(id, function, words, not_said):
    message = " ".join(teach.check(id, function).message.split())
    assert words in message and not_said not in message


def test_a_size_of_one_is_no_accident():
    def network(dlogits, U, *parameters):
        dW1, db1, dW2, db2, *last = network_backward(dlogits, U, *parameters)
        return tuple(part / U[0, 0].size for part in (dW1, db1, dW2, db2)) + tuple(last)

    assert teach.check("network_backward", network).mistakes == ("mean_over_points",)
    result = teach.check("turn_scale_backward", lambda dA, theta: solution("turn_scale_backward")(dA, theta) * len(dA) ** 1.5)
    assert "differs from call to call: 5.196, 1, 11.18 in turn" in " ".join(result.message.split())


def test_a_sum_without_its_first_image_is_told_by_images():
    def relu(dout, x):
        return dout * (x > 0) * (np.arange(len(x)) > 0)[:, None]

    message = " ".join(teach.check("relu_backward", relu).message.split())
    assert "in some other way" not in message and "image 0" in message


@pytest.mark.parametrize("id", [id for id, exercise in EXERCISES.items() if getattr(exercise, "mistakes", ())])
def test_no_text_indexes_an_argument_that_has_fewer_axes(id):
    exercise = EXERCISES[id]
    axes = dict(zip(exercise.arguments.split(", "), map(np.ndim, exercise.probes[0].arguments)))
    for mistake in exercise.mistakes:
        for name, index in re.findall(r"\b(\w+)\[([^\[\]]*)\]", f"{mistake.says} {mistake.look}"):
            assert index.count(",") < max(axes.get(name, 9), 1) or index.startswith(".."), (mistake.id, name, index)
