"""Stations of the grid: target points, source points, pixel coordinates; the exercises of lessons 00 to 03 and 07."""

import numpy as np

WORDS = {"x": ("width", "height"), "y": ("height", "width")}


def target_points(way, out_shape):
    """x and y of the regular grid, each along its axis."""
    H, W = out_shape
    axes = {}
    for name, letter, count, other in (("x", "W", W, H), ("y", "H", H, W)):
        k = np.arange(count)
        axes[name] = 2 * k / max(count - 1, 1) - 1
        way.step(f"k_{name}", k)
        way.right(f"{name}_t", f"the target points' {name}", axes[name], group="the target points")
        way.wrong(f"{name}_t", f"{name} from 0 to 1, and not from -1 to 1", k / max(count - 1, 1))
        way.wrong(f"{name}_t", f"{name} in steps of 2 / {letter}, which fall short of 1", 2 * k / count - 1)
        way.wrong(f"{name}_t", f"{name} under align_corners=False", (2 * k + 1) / count - 1)
        way.wrong(f"{name}_t", f"{name} counted in the steps of the {WORDS[name][1]}", 2 * k / max(other - 1, 1) - 1)
    x, y = np.meshgrid(axes["x"], axes["y"])
    return x, y


def source_points(way, theta, x, y):
    """Eq. 1 for theta (..., 2, 3) and points x, y; theta's entries are made to fit the points."""
    entries = [[theta[..., r, k].reshape(theta.shape[:-2] + (1,) * np.ndim(x)) for k in range(3)] for r in range(2)]
    points = []
    for name, (p, q, t) in zip("xy", entries):
        row = "xy".index(name)
        way.step(f"{name}_s x part", p * x)
        way.step(f"{name}_s y part", q * y)
        way.step(f"{name}_s linear", p * x + q * y)
        points.append(p * x + q * y + t)
        way.right(f"{name}_s", f"the source points' {name}", points[-1], group="the source points")
        way.wrong(f"{name}_s", f"row {row} of theta without its shift", p * x + q * y)
        way.wrong(f"{name}_s", f"row {row} of theta with x and y exchanged", p * y + q * x + t)
        way.wrong(f"{name}_s", f"row {row} of theta with the shift subtracted", p * x + q * y - t)
        way.wrong(f"{name}_s", f"row {row} of theta with its second term subtracted", p * x - q * y + t)
        other = entries[1 - row]
        way.wrong(f"{name}_s", f"row {row} of theta transposed",
                  entries[0][row] * x + entries[1][row] * y + t)
        way.wrong(f"{name}_s", f"row {row} of theta with the shift of row {1 - row}", p * x + q * y + other[2])
        way.wrong(f"{name}_s", f"row {1 - row} of theta, which gives the other coordinate",
                  other[0] * x + other[1] * y + other[2])
    return points


def pixel_coordinates(way, grid, H, W, out_shape=None):
    """From the grid (..., 2) to pixels, align_corners=True."""
    out = dict(zip("yx", out_shape or (None, None)))
    places = {}
    for name, size, other in (("x", W, H), ("y", H, W)):
        g, g_other = (grid[..., "xy".index(letter)] for letter in (name, "yx"["xy".index(name)]))
        own, not_own = WORDS[name]
        right = places[name] = (g + 1) * (size - 1) / 2
        way.step(f"g_{name}", g)
        way.step(f"g_{name} + 1", g + 1)
        way.step(f"(g_{name} + 1) / 2", (g + 1) / 2)
        way.right(name, f"the pixel coordinates {name}", right, group="the pixel coordinates")
        for words, numbers in (
                (f"{name} scaled with the {not_own}, not the {own}", (g + 1) * (other - 1) / 2),
                (f"{name} scaled with {own} / 2, not ({own} - 1) / 2", (g + 1) * size / 2),
                (f"{name} under align_corners=False", ((g + 1) * size - 1) / 2),
                (f"{name} scaled but not moved: 0 stays 0", g * (size - 1) / 2),
                (f"{name} for coordinates that run from 0 to 1", g * (size - 1)),
                (f"{name} from 0 to twice the {own}: the division by 2 is missing", (g + 1) * (size - 1)),
                (f"{name} from the far end: {name} is turned round", (1 - g) * (size - 1) / 2),
                (f"{name} that ends one pixel short", (g + 1) * (size - 2) / 2),
                (f"the grid's {'yx'['xy'.index(name)]}, in pixels of the {own}", (g_other + 1) * (size - 1) / 2),
                (f"{name} clipped into the image", right.clip(0, size - 1)),
                (f"{name} in whole pixels, rounded", np.round(right)),
                (f"{name} plus 1", right + 1)):
            way.wrong(name, words, numbers)
        if out[name]:
            way.wrong(name, f"{name} scaled with the output's {own}, not the image's", (g + 1) * (out[name] - 1) / 2)
    return places["x"], places["y"]


# --- The exercises

def blend_way(way, left, right, a):
    way.step("1 - a", 1 - a)
    way.right("left part", "(1 - a) left", (1 - a) * left, group="the two parts")
    way.right("right part", "a right", a * right, group="the two parts")
    way.step("difference", right - left)
    way.right("a (right - left)", "a (right - left)", a * (right - left))
    way.wrong("left part", "a left, which has the weight of right", a * left, inner=True)
    way.wrong("right part", "(1 - a) right, which has the weight of left", (1 - a) * right, inner=True)
    way.wrong("a (right - left)", "a (left - right), with its sign changed", a * (left - right))
    way.right("answer", "the right answer", (1 - a) * left + a * right)


def target_grid_way(way, out_shape):
    x, y = target_points(way, out_shape)
    way.right("answer", "the right answer", np.stack([x, y], axis=-1))


def map_point_way(way, theta, x_t, y_t):
    x_s, y_s = source_points(way, theta, np.float64(x_t), np.float64(y_t))
    way.right("answer", "the right answer", np.stack([x_s, y_s]))


def compose_way(way, theta_a, theta_b):
    A, t_a, B, t_b = theta_a[:, :2], theta_a[:, 2], theta_b[:, :2], theta_b[:, 2]
    way.right("AB", "A B", A @ B)
    way.right("A t_b", "A t_b", A @ t_b, group="the shift")
    way.right("shift", "A t_b + t_a", A @ t_b + t_a, group="the shift")
    for words, numbers in (("B A, the product in the other order", B @ A), ("A times B entry by entry", A * B),
                           ("A B with A transposed", A.T @ B), ("A B with B transposed", A @ B.T)):
        way.wrong("AB", words, numbers)
    for words, numbers in (("B t_a", B @ t_a), ("A t_a", A @ t_a), ("B t_b", B @ t_b),
                           ("t_b A, from the left", t_b @ A)):
        way.wrong("A t_b", words, numbers, inner=True)
    for words, numbers in (("t_a + t_b, without A", t_a + t_b),
                           ("B t_a + t_b, the shift of the other order", B @ t_a + t_b),
                           ("A (t_a + t_b)", A @ (t_a + t_b)), ("A t_a + t_b", A @ t_a + t_b)):
        way.wrong("shift", words, numbers)
    way.right("answer", "the right answer", np.column_stack([A @ B, A @ t_b + t_a]))


def affine_grid_forward_way(way, theta, out_shape):
    x, y = target_points(way, out_shape)
    x_s, y_s = source_points(way, theta, x, y)
    way.right("answer", "the right answer", np.stack([x_s, y_s], axis=-1))


def to_pixels_way(way, coordinate, size, align_corners):
    s = (size - 1) / 2 if align_corners else size / 2
    way.right("scaled", "the coordinate times the pixels of one unit", s * coordinate)
    way.step("c + 1", coordinate + 1)
    way.step("(c + 1) / 2", (coordinate + 1) / 2)
    way.wrong("scaled", "the coordinate times the pixels of one unit under the other rule",
              ((size - 1) / 2 if not align_corners else size / 2) * coordinate)
    way.right("answer", "the right answer", s * coordinate + (size - 1) / 2)


def grid_to_pixels_way(way, grid, in_shape):
    x, y = pixel_coordinates(way, grid, *in_shape)
    way.right("answer", "the right answer", np.stack([x, y], axis=-1))


def dtheta_of_point_way(way, dpoint, x_t, y_t):
    for row, name in enumerate("xy"):
        for k, (letter, factor) in enumerate((("x_t", x_t), ("y_t", y_t))):
            way.right(f"{row}{k}", f"d{name}_s times {letter}", dpoint[row] * factor, group="the products")
        way.right(f"row {row}", f"d{name}_s times (x_t, y_t, 1)", dpoint[row] * np.array([x_t, y_t, 1]),
                  group="the rows")
        for words, three in (("(y_t, x_t, 1)", (y_t, x_t, 1)), ("(1, x_t, y_t)", (1, x_t, y_t)),
                             ("(x_t, y_t, 0)", (x_t, y_t, 0)), ("(-x_t, -y_t, -1)", (-x_t, -y_t, -1))):
            way.wrong(f"row {row}", f"d{name}_s times {words}", dpoint[row] * np.array(three))


def affine_grid_backward_way(way, dgrid, theta, out_shape):
    x, y = target_points(way, out_shape)
    gradient_to_theta(way, dgrid, x, y)


def gradient_to_theta(way, dgrid, x, y):
    for row, name in enumerate("xy"):
        upstream = dgrid[..., row]
        point = np.stack([np.ones_like(dgrid[..., 0]) * part for part in (x, y, 1)], axis=-1)
        way.right(f"d{name}_s (x, y, 1)", f"d{name}_s times (x_t, y_t, 1)", upstream[..., None] * point,
                  group="the products of all points")
        way.wrong(f"d{name}_s (x, y, 1)", f"d{name}_s times (x_t, y_t, 0)", upstream[..., None] * point * [1, 1, 0])
        way.wrong(f"d{name}_s (x, y, 1)", f"d{name}_s times (y_t, x_t, 1)", upstream[..., None] * point[..., [1, 0, 2]])
        way.wrong(f"d{name}_s (x, y, 1)", f"d{name}_s times (1, x_t, y_t)", upstream[..., None] * point[..., [2, 0, 1]])
        for k, (letter, factor) in enumerate((("x_t", x), ("y_t", y))):
            way.step(f"d{name}_s {letter}", upstream * factor)
            way.step(f"dtheta {row}{k}", (upstream * factor).sum(axis=(1, 2)))
        way.step(f"dtheta {row}2", upstream.sum(axis=(1, 2)))
    target = np.stack([np.broadcast_to(part, np.shape(x)) for part in (x, y, 1)], axis=-1)
    way.step("target", target)
    way.step("products of both rows", np.einsum("nijr,ijk->nijrk", dgrid, target))
    dtheta = np.einsum("nijr,ijk->nrk", dgrid, target)
    way.step("dtheta of each image", *(dtheta[n] for n in range(len(dtheta))))
    way.right("answer", "the right answer", dtheta)
