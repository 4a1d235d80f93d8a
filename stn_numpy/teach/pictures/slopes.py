"""Slopes of V(x): two at every pixel centre, the right-hand one chosen; and none at all for the integer sampler."""

import numpy as np

from ...grid.affine import affine_grid_forward
from ...sampler.fast import (bilinear_sampler_backward, bilinear_sampler_forward, integer_sampler_backward,
                             integer_sampler_forward)
from .arguments import one_image, one_row
from .interpolation import sample_row
from .maps import number
from .picture import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILLION, Picture, drawn, panels

ROW = (0.2, 0.9, 0.4, 0.6, 0.1)


def slope_of_row(row, x, integer=False):
    """dV/dx, per pixel, at the pixel coordinates x (n,) of one row: the package's dgrid without its scale factor."""
    row, x = np.asarray(row, float), np.asarray(x, float)
    s = (row.size - 1) / 2
    grid = np.zeros((1, 1, x.size, 2))
    grid[0, 0, :, 0] = (x - s) / s
    forward, backward = ((integer_sampler_forward, integer_sampler_backward) if integer else
                         (bilinear_sampler_forward, bilinear_sampler_backward))
    _, cache = forward(row[None, None, None], grid)
    return backward(np.ones((1, 1, 1, x.size)), cache)[1][0, 0, :, 0] / s


@drawn
def tangents(row=ROW, x=1):
    """Draw V(x) along a row with both one-sided tangents at a pixel centre, where V has a kink.

    Parameters
    ----------
    row : (W,)                       pixel values
    x : int                          a pixel, 0 .. W - 1

    Returns
    -------
    picture : Picture                .numbers: "left", "right" and "package", slopes per pixel
    """
    row = one_row(row)
    if x not in range(row.size):
        raise ValueError(f"x must be a pixel, 0..{row.size - 1}, got {x}")
    step = 1 / 64
    left, middle, right = sample_row(row, [x - step, x, x + step])
    slopes = {"left": (middle - left) / step, "right": (right - middle) / step, "package": slope_of_row(row, [x])[0]}
    figure, axes = panels(3.4, title="At a pixel centre V has two slopes; the package takes the right-hand one")
    ax, points = axes[0, 0], np.linspace(-1, row.size, 60 * (row.size + 1) + 1)
    ax.plot(points, sample_row(row, points), color=BLACK, lw=2.2, label="V(x)")
    ax.plot(np.arange(row.size), row, "o", color=BLACK, ms=5)
    for side, reach, colour, style in (("left", (-0.9, 0.35), ORANGE, "--"), ("right", (-0.35, 0.9), BLUE, "-")):
        t = np.array(reach)
        chosen = ", the package's dV/dx" if side == "right" else ""
        ax.plot(x + t, middle + slopes[side] * t, color=colour, lw=3.2, ls=style, alpha=0.85,
                label=f"from the {side}: slope {number(slopes[side])}{chosen}")
    ax.plot(x, middle, "o", color=VERMILLION, ms=9, zorder=5)
    ax.set(xlabel="x in pixels", ylabel="V(x)", xlim=(-1, row.size), xticks=range(-1, row.size + 1))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    alt = (f"V(x) along a row of {row.size} pixels: straight pieces with a kink at every pixel centre. At x = {x} the "
           f"slope is {number(slopes['left'])} from the left and {number(slopes['right'])} from the right; the "
           f"package's derivative is {number(slopes['package'])}.")
    return Picture(figure, alt, {name: float(slope) for name, slope in slopes.items()})


@drawn
def loss_beside_a_kink(U, shift=0.2, reach=0.3):
    """Draw the loss over a shift t_x for a target on either side of the start t_x = 0, where every sample has a kink.

    L(t_x) = 1/2 sum (V(t_x) - V(target))^2,     target = shift, and -shift

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)
    shift, reach : float             of the targets, and of the axis to both sides; normalised

    Returns
    -------
    picture : Picture                .numbers: "left" and "right", the one-sided derivatives at 0, for the target to the
                                     right and the one to the left: two pairs
    """
    U = one_image(U)
    grid = affine_grid_forward(np.eye(2, 3)[None], U.shape[2:])[0]
    t_x, step = np.linspace(-reach, reach, 121), 1e-6
    figure, axes = panels(3.4, 1, 2, "At t_x = 0 every sample has a kink: descent sees the slope on its right", sharey=True)
    slopes = {"left": [], "right": []}
    for ax, goal in zip(axes[0], (shift, -shift)):
        target = bilinear_sampler_forward(U, grid + [goal, 0])[0]

        def loss(t):
            return float(((bilinear_sampler_forward(U, grid + [t, 0])[0] - target) ** 2).sum() / 2)

        slopes["left"].append((loss(0) - loss(-step)) / step)
        slopes["right"].append((loss(step) - loss(0)) / step)
        ax.plot(t_x, [loss(t) for t in t_x], color=BLACK, lw=1.8, label="the loss")
        for side, t, colour, style in (("left", [-0.09, 0], ORANGE, "--"), ("right", [0, 0.09], BLUE, "-")):
            slope = slopes[side][-1]
            ax.plot(t, loss(0) + slope * np.array(t), color=colour, lw=3.5, ls=style,
                    label=f"from the {side}: {number(slope, 0)}")
        ax.plot(0, loss(0), "o", color=VERMILLION, ms=9, zorder=5, label="the start")
        ax.plot(goal, 0, "*", color=GREEN, ms=15, zorder=5, clip_on=False, label="the target")
        ax.set(xlabel="t_x", title=f"target at {number(goal)}")
        ax.legend(loc="lower left" if goal > 0 else "lower right")
    axes[0, 0].set_ylabel("loss L")
    pairs = "; ".join(f"target at {number(goal)}: {number(left, 0)} from the left, {number(right, 0)} from the right"
                      for goal, left, right in zip((shift, -shift), slopes["left"], slopes["right"]))
    return Picture(figure, f"The loss over the shift t_x, with kinks. One-sided derivatives at the start 0: {pairs}.",
                   slopes)


@drawn
def staircase(row=ROW):
    """Draw V(x) and dV/dx of the integer sampler, a staircase with slope zero, beside those of the bilinear one.

    Returns
    -------
    picture : Picture                .numbers: "x", "integer", "bilinear", "integer_slope", "bilinear_slope" (n,)
    """
    row = one_row(row)
    x = np.linspace(-1, row.size, 64 * (row.size + 1) + 1)
    curves = {"x": x, "integer": sample_row(row, x, sampler=integer_sampler_forward), "bilinear": sample_row(row, x),
              "integer_slope": slope_of_row(row, x, integer=True), "bilinear_slope": slope_of_row(row, x)}
    figure, axes = panels(4.4, 2, 2, "The staircase has slope 0 everywhere between its jumps: nothing to learn from",
                          sharex=True, sharey="row")
    for column, name, colour in ((0, "integer", VERMILLION), (1, "bilinear", BLUE)):
        axes[0, column].plot(np.arange(row.size), row, "o", color=BLACK, ms=5)
        axes[0, column].set_title(f"{name} sampler")
        for ax, values in zip(axes[:, column], (curves[name], curves[f"{name}_slope"])):
            ax.axhline(0, color=GREY, lw=0.8)
            _plot_jumps(ax, x, values, colour)
        axes[1, column].set(xlabel="x in pixels", xticks=range(-1, row.size + 1))
    axes[0, 0].set_ylabel("V(x)")
    axes[1, 0].set_ylabel("dV/dx")
    alt = (f"Left: the integer sampler along a row of {row.size} pixels is a staircase, and its slope is 0 everywhere. "
           "Right: the bilinear sampler joins the pixel values by straight lines, each with a slope of its own.")
    return Picture(figure, alt, curves)


def _plot_jumps(ax, x, values, colour):
    """A line that breaks where the values jump; dots climb the jump."""
    ax.plot(x, values, color=colour, lw=0.8, ls=":")
    jumps = np.flatnonzero(np.abs(np.diff(values)) > 0.05) + 1
    ax.plot(np.insert(x, jumps, np.nan), np.insert(values, jumps, np.nan), color=colour, lw=2.4)
