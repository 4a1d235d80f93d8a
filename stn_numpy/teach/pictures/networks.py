"""Networks: what flows through one and back, where it looks, and the two roads by which a gradient comes to an image."""

import numpy as np

from ...checking import validate
from ...grid.affine import affine_grid_forward
from ...sampler.fast import bilinear_sampler_forward
from .maps import draw_map, number, value_limits
from .picture import BLACK, BLUE, GREY, ORANGE, SKY, VERMILLION, WIDTH, Picture, drawn, panels

ALONG, ROWS = 10.0, {"forward": 2.0, "back": 1.0, "parameters": 0.0}      # places in the picture of a flow
TOP = 2.3            # of its upper row
LINES = 0.4          # width of an outline among many, in points
BEYOND = 1.8         # normalised units shown outside an image, at most


@drawn
def flow(stations, steps, *, roads=(), title=None):
    """Draw the arrays of a network in a row, with their gradients below them and those of the parameters below these.

    Parameters
    ----------
    stations : list of (name, shape)          from the input to the output; a shape is a tuple
    steps : list of (name, parameters)        what lies between two stations; parameters is a list of (name, shape)
    roads : list of (from, to)                numbers of stations that are joined past those between them

    Returns
    -------
    picture : Picture                         .numbers: "parameters", how many numbers they are together
    """
    if len(stations) < 2 or len(steps) != len(stations) - 1:
        raise ValueError(f"a flow is two stations or more, and a step between each two of them, got {len(stations)} "
                         f"stations and {len(steps)} steps")
    figure, axes = panels(3.3, 1, 1, title or "Forwards the arrays, backwards their gradients: each has the same shape")
    ax, places = axes[0, 0], np.linspace(0, ALONG, len(stations))
    half, size = (0.75, 8) if len(stations) < 6 else (0.62, 7)
    for x, (name, shape) in zip(places, stations):
        _station(ax, x, ROWS["forward"], name, shape, BLUE, size)
        _station(ax, x, ROWS["back"], f"d{name}", shape, VERMILLION, size)
    for start, end, (name, parameters) in zip(places, places[1:], steps):
        _step(ax, start + half, end - half, name, parameters, size)
    for start, end in roads:
        ax.annotate("", (places[end], TOP), (places[start], TOP), arrowprops={
            "arrowstyle": "-|>", "color": BLUE, "lw": 1.6, "connectionstyle": "bar,fraction=-0.06"})
    ax.set(xlim=(-0.9, ALONG + 0.9), ylim=(-0.55, 2.6 + 0.5 * bool(roads)))
    ax.set_axis_off()
    total = sum(int(np.prod(shape)) for _, parameters in steps for _, shape in parameters)
    return Picture(figure, _flow_in_words(stations, steps, roads), {"parameters": total})


@drawn
def where_they_look(U, thetas, titles, *, out_shape=None, title=None):
    """Draw the boxes at which each of many images is looked at, one panel for each set of theta.

    Parameters
    ----------
    U : (N, 1, H, W)                 the images; the first one is drawn under the boxes of all
    thetas : list of (N, 2, 3)       a theta for each image, one list entry for each panel
    titles : list of str             one for each panel
    out_shape : (H_out, W_out)       of what is handed on; by default the size of the images

    Returns
    -------
    picture : Picture                .numbers: "outputs" (panels, H_out, W_out), what the first image becomes
    """
    [U] = validate.arrays(U=(np.asarray(U, float), "N 1 H W"))
    if not thetas or len(titles) != len(thetas):
        raise ValueError(f"wanted one title for each set of theta, got {len(titles)} titles and {len(thetas)} sets")
    thetas = [np.asarray(theta, float).reshape(len(U), 2, 3) for theta in thetas]
    grids = [affine_grid_forward(theta[:1], out_shape or U.shape[2:])[0] for theta in thetas]
    outputs = np.array([bilinear_sampler_forward(U[:1], grid)[0][0, 0] for grid in grids])
    reach = min(BEYOND, max(1.3, max(np.abs(_outlines(theta)).max() for theta in thetas) + 0.1))
    size = min(WIDTH / len(thetas) - 0.3, 2.5)
    figure, axes = panels(2 * size + 1.1, 2, len(thetas),
                          title or f"Where {len(U)} images are looked at (above), and what the first becomes (below)")
    for ax, below, theta, V, name in zip(axes[0], axes[1], thetas, outputs, titles):
        draw_boxes(ax, U[0, 0], theta, reach)
        ax.set_title(name)
        draw_map(below, V, inches=size, numbers=False, limits=value_limits(U[:1]))
        below.set(xticks=[], yticks=[])
    alt = (f"{len(thetas)} panels, each with the boxes at which {len(U)} images are looked at, and the first image as "
           "it is handed on. " + " ".join(_boxes_in_words(name, theta) for name, theta in zip(titles, thetas)))
    return Picture(figure, alt, {"outputs": outputs})


@drawn
def signed(maps, titles, *, title=None):
    """Draw maps of numbers of either sign side by side, all in the same colours, each with a bar that says which is which.

    Parameters
    ----------
    maps : list of (H, W)
    titles : list of str             one for each map

    Returns
    -------
    picture : Picture                .numbers: "largest", the size of the number that has the strongest colour
    """
    maps = [np.asarray(M, float) for M in maps]
    if not maps or len(maps) != len(titles) or any(M.ndim != 2 for M in maps):
        raise ValueError(f"wanted maps (H, W) and a title for each, got shapes {[M.shape for M in maps]} and "
                         f"{len(titles)} titles")
    largest = max(max(float(np.abs(M).max()) for M in maps), 1e-9)
    size = min((WIDTH - 1.2) / len(maps), 3.2)
    figure, axes = panels(size * maps[0].shape[0] / maps[0].shape[1] + 1.0, 1, len(maps), title or "")
    for ax, M, name in zip(axes[0], maps, titles):
        draw_map(ax, M, inches=size, numbers=False, limits=(-largest, largest), colours="PuOr")
        ax.set_title(name)
    alt = f"{title or 'Maps of numbers of either sign'}: " + "; ".join(
        f"{name}: from {number(M.min(), 3)} to {number(M.max(), 3)}" for name, M in zip(titles, maps))
    return Picture(figure, alt.replace("\n", " ") + ".", {"largest": largest})


def _station(ax, x, y, name, shape, colour, size):
    ax.text(x, y, f"{name}\n{_shape(shape)}", ha="center", va="center", fontsize=size, color=BLACK, linespacing=1.4,
            bbox={"boxstyle": "round,pad=0.35", "fc": "white", "ec": colour, "lw": 1.6})


def _step(ax, start, end, name, parameters, size):
    """The arrow there, the arrow back, and below them the gradients that stay with the parameters."""
    middle = (start + end) / 2
    for row, (first, last), colour in (("forward", (start, end), BLUE), ("back", (end, start), VERMILLION)):
        ax.annotate("", (last, ROWS[row]), (first, ROWS[row]), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.6})
    ax.text(middle, ROWS["forward"] + 0.4, name, ha="center", va="center", fontsize=size)
    if parameters:
        ax.annotate("", (middle, 0.35), (middle, ROWS["back"]), arrowprops={"arrowstyle": "-|>", "color": VERMILLION,
                                                                          "lw": 1.6})
        ax.text(middle, ROWS["parameters"], "\n".join(f"d{key} {_shape(shape)}" for key, shape in parameters),
                ha="center", va="center", fontsize=size, linespacing=1.4,
                bbox={"boxstyle": "round,pad=0.35", "fc": "#f6f6f6", "ec": ORANGE, "lw": 1.6})


def _shape(shape):
    return "number" if len(shape) == 0 else f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"


def _flow_in_words(stations, steps, roads):
    """The alt text of a flow."""
    there = " to ".join(f"{name} {_shape(shape)}" for name, shape in stations)
    back = "; ".join(f"{name} leaves " + " and ".join(f"d{key} {_shape(shape)}" for key, shape in parameters)
                     for name, parameters in steps if parameters)
    past = "".join(f", and from {stations[start][0]} to {stations[end][0]} directly" for start, end in roads)
    return (f"A row of arrays, {there}{past}. Below it the row of their gradients, of the same shapes, runs back"
            f"{'; on the way ' + back if back else ''}.")


def draw_outline(ax, theta, shape):
    """The box at which one theta (2, 3) looks, on a map of `shape` drawn by draw_map."""
    x, y = _outlines(theta[None])[0]
    ax.plot((x + 1) * (shape[1] - 1) / 2, (y + 1) * (shape[0] - 1) / 2, color=ORANGE, lw=1.8)
    ax.set(xlim=(-0.5, shape[1] - 0.5), ylim=(shape[0] - 0.5, -0.5))


def _outlines(theta):
    """The corners of the box at which each theta looks, closed, (N, 2, 5)."""
    return theta @ np.array([[-1, 1, 1, -1, -1], [-1, -1, 1, 1, -1], [1, 1, 1, 1, 1]])


def draw_boxes(ax, U, theta, reach):
    """The boxes at which theta (n, 2, 3) look, around an image (H, W), as far as `reach`; the first in its own colour."""
    H, W = U.shape
    edge_x, edge_y = W / max(W - 1, 1), H / max(H - 1, 1)                          # the pixels' outer edges
    ax.imshow(U, cmap="gray", extent=(-edge_x, edge_x, edge_y, -edge_y))
    for n, (x, y) in enumerate(_outlines(theta)):
        first = n == 0
        ax.plot(x, y, color=SKY if first else ORANGE, lw=1.8 if first else LINES, zorder=3 if first else 2)
        if first and max(np.ptp(x), np.ptp(y)) < 0.1:                              # hardly more than a point
            ax.plot(x[0], y[0], "o", color=SKY, ms=6, zorder=3)
    ax.set(xlim=(-reach, reach), ylim=(reach, -reach), xticks=[-1, 0, 1], yticks=[-1, 0, 1], facecolor="#e8e8e8")
    ax.tick_params(colors=GREY)


def _boxes_in_words(name, theta):
    spread = theta.std(axis=0).max()
    mean = " ".join(number(entry) for entry in theta.mean(axis=0).ravel())
    return (f"{name}: theta is {mean} on average" + (f", with standard deviations of up to {number(spread)} from image to "
                                                     "image." if spread else ", the same for all images."))
