"""Slopes of V(x): two at every pixel centre, the right-hand one chosen; and none at all for the integer sampler."""

import numpy as np

from ...sampler.fast import (bilinear_sampler_backward, bilinear_sampler_forward, integer_sampler_backward,
                             integer_sampler_forward)
from .arguments import one_row
from .interpolation import sample_row
from .maps import number
from .picture import BLACK, BLUE, GREY, ORANGE, VERMILLION, Picture, drawn, panels

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
