"""The bilinear kernel: the weight of a pixel by its distance, and how V(x) goes on outside the image."""

import numpy as np

from ...grid.coordinates import PADDINGS
from ...sampler.fast import bilinear_sampler_forward
from .arguments import one_row
from .maps import number
from .picture import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, Picture, drawn, panels

TENTS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION)


def sample_row(row, x, padding="zeros", sampler=bilinear_sampler_forward):
    """V at the pixel coordinates x, (n,), of one row of pixel values, (W,): the package's sampler on a 1 x W image."""
    row, x = np.asarray(row, float), np.asarray(x, float)
    grid = np.zeros((1, 1, x.size, 2))
    grid[0, 0, :, 0] = (x.ravel() - (row.size - 1) / 2) / ((row.size - 1) / 2)
    return sampler(row[None, None, None], grid, padding)[0].reshape(x.shape)


@drawn
def kernel(x=1.25, W=4):
    """Draw k(t) = max(0, 1 - |t|), and the tents of W pixels with the weights that they give the point x.

    Returns
    -------
    picture : Picture                .numbers: "weights" (W,), of the pixels 0 .. W - 1
    """
    if not (W in range(2, 7) and -1 <= x <= W):
        raise ValueError(f"wanted W from 2 to 6 and x from -1 to W, got W = {W}, x = {x}")
    weights = np.array([sample_row(pixel, [x])[0] for pixel in np.eye(W)])
    figure, axes = panels(2.9, 1, 2, "A pixel's weight falls with its distance, to 0 at the next pixel",
                          gridspec_kw={"width_ratios": [2, 3]})
    t = np.linspace(-2, 2, 401)
    axes[0, 0].plot(t, np.maximum(0, 1 - abs(t)), color="black", lw=2)
    axes[0, 0].set(xlabel="t = x \N{MINUS SIGN} w, distance to pixel w", ylabel="k(t)", ylim=(0, 1.25), xlim=(-2, 2),
                   title="the kernel k(t) = max(0, 1 \N{MINUS SIGN} |t|)")
    _draw_tents(axes[0, 1], x, weights)
    near = [w for w in range(W) if weights[w] > 0]
    for w in near:
        axes[0, 0].plot(x - w, weights[w], "o", color=TENTS[w % 6], ms=8, zorder=4)
        axes[0, 0].annotate(f"w = {w}", (x - w, weights[w]), (8, 2) if x > w else (-8, 2), textcoords="offset points",
                            ha="left" if x > w else "right")
    text = " and ".join(f"pixel {w} the weight {number(weights[w])}" for w in near) or "no pixel any weight"
    alt = (f"Left: the kernel, a tent of height 1 and half-width 1. Right: the tents of {W} pixels; "
           f"x = {number(x)} gives {text}.")
    return Picture(figure, alt, {"weights": weights})


@drawn
def fading(row=(0.6, 1.0, 0.3, 0.8), *, title=None):
    """Draw V(x) from -2 to W + 1 under the three paddings: "zeros" fades over one pixel, it does not cut.

    Returns
    -------
    picture : Picture                .numbers: "x" (n,), and V(x) under "zeros", "border", "reflection"
    """
    row = one_row(row)
    x = np.linspace(-2, row.size + 1, 60 * (row.size + 3) + 1)
    V = {padding: sample_row(row, x, padding) for padding in PADDINGS}
    title = title or 'Outside the image: "zeros" fades over one pixel, it does not cut'
    figure, axes = panels(2.9, 1, 3, title, sharey=True)
    for ax, (padding, values), colour in zip(axes[0], V.items(), (VERMILLION, BLUE, GREEN)):
        ax.axvspan(-0.5, row.size - 0.5, color="#ebebeb", lw=0)
        ax.plot(x, values, color=colour, lw=2.2)
        ax.plot(np.arange(row.size), row, "o", color="black", ms=5)
        ax.set(title=f'"{padding}"', xlabel="x in pixels", xticks=range(-2, row.size + 2))
        ax.axhline(0, color=GREY, lw=0.8)
    for start in (-1, row.size - 1):
        axes[0, 0].axvspan(start, start + 1, color=ORANGE, alpha=0.3, lw=0)
    axes[0, 0].set_ylabel("V(x)")
    alt = (f"V(x) along a row of {row.size} pixels and beyond it. Under zeros it falls in a straight line from each "
           f"outer pixel to 0 one pixel further out; under border it stays at the outer values, {number(row[0])} and "
           f"{number(row[-1])}; under reflection it runs back through the row.")
    return Picture(figure, alt, {"x": x, **V})


def _draw_tents(ax, x, weights):
    W = len(weights)
    for w in range(W):
        t = np.array([w - 1, w, w + 1])
        ax.plot(t, [0, 1, 0], color=TENTS[w % 6], lw=2 if weights[w] > 0 else 1.2)
        ax.text(w, 1.04, f"w = {w}", color=TENTS[w % 6], ha="center", va="bottom")
        if weights[w] > 0:
            ax.plot(x, weights[w], "o", color=TENTS[w % 6], ms=8, zorder=4)
            ax.annotate(number(weights[w]), (x, weights[w]), (8, 0), textcoords="offset points", va="center",
                        fontweight="bold", bbox={"fc": "white", "ec": "none", "pad": 1})
    ax.plot([x, x], [0, 1], color="black", lw=1, ls="--")
    ax.set(xlabel="x in pixels", ylim=(0, 1.25), xlim=(-1.1, W + 0.1), xticks=range(-1, W + 1),
           title=f"the point x = {number(x)} on the tents of {W} pixels: weights sum to {number(weights.sum())}")
