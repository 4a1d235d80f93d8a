"""The two rules for what -1 and 1 mean, as two rulers laid along one row of pixels."""

import numpy as np

from ...grid.coordinates import to_pixels
from .maps import number
from .picture import BLUE, GREY, VERMILLION, Picture, drawn, panels

MARKS = np.linspace(-1, 1, 5)
ENDS = "\N{MINUS SIGN}1 and 1 are"


@drawn
def two_rulers(W=4, *, mark=None):
    """Draw a row of W pixels with the ruler of align_corners=True above it and that of False below.

    Parameters
    ----------
    W : int                          2 to 8 pixels
    mark : float                     a normalised coordinate to point out on both rulers

    Returns
    -------
    picture : Picture                .numbers: True and False, the pixel coordinates of -1, -0.5, 0, 0.5, 1 under each
    """
    if not (isinstance(W, int) and 2 <= W <= 8):
        raise ValueError(f"W must be a whole number from 2 to 8, got {W!r}")
    figure, axes = panels(3.3, title=f"The same {W} pixels, two rulers: what do \N{MINUS SIGN}1 and 1 mean?")
    ax = axes[0, 0]
    _draw_pixels(ax, W)
    rulers = {rule: to_pixels(MARKS, W, rule) for rule in (True, False)}
    _draw_ruler(ax, rulers[True], 1.35, BLUE, f"align_corners=True\n{ENDS} the centres\nof the corner pixels")
    _draw_ruler(ax, rulers[False], -1.35, VERMILLION, f"align_corners=False\n{ENDS} the outer\nedges of the image")
    if mark is not None:
        for rule, height in ((True, 1.35), (False, -1.35)):
            x = float(to_pixels(np.float64(mark), W, rule))
            ax.plot(x, height, "D", color="black", ms=8, zorder=5)
            ax.annotate(f"{number(mark)} is pixel {number(x)}", (x, height), (0, 26 if rule else -34),
                        textcoords="offset points", ha="center", fontweight="bold").set_in_layout(False)
    ax.set(xlim=(-0.7 - 0.42 * W, W - 0.5 + 0.12 * W), ylim=(-2.3, 2.3), yticks=[], xticks=[])
    ax.set_axis_off()
    alt = f"A row of {W} pixels, 0 to {W - 1}, between two rulers. " + " ".join(
        f"align_corners={rule}: " + ", ".join(f"{number(m)} is at pixel {number(x)}" for m, x in zip(MARKS, xs)) + "."
        for rule, xs in rulers.items())
    if mark is not None:
        at = [number(float(to_pixels(np.float64(mark), W, rule))) for rule in (True, False)]
        alt += f" The mark {number(mark)} is pixel {at[0]} by the first rule and pixel {at[1]} by the second."
    return Picture(figure, alt, rulers)


def _draw_pixels(ax, W):
    from matplotlib.patches import Rectangle

    for w in range(W):
        ax.add_patch(Rectangle((w - 0.5, -0.5), 1, 1, fc="#f2f2f2" if w % 2 else "#dedede", ec=GREY))
        ax.plot(w, 0, "o", color="black", ms=4)
        ax.text(w, 0.14, str(w), ha="center", va="bottom")
    ax.text(-0.85, 0, "pixel x\n(centre at the dot)", ha="right", va="center")


def _draw_ruler(ax, x, height, colour, name):
    """A ruler with its marks at the pixels x, above (height > 0) or below the row; dots lead from marks to pixels."""
    side = np.sign(height)
    ax.plot(x[[0, -1]], [height, height], color=colour, lw=3, solid_capstyle="butt")
    for mark, position in zip(MARKS, x):
        ax.plot([position] * 2, [height, height - 0.22 * side], color=colour, lw=2)
        ax.plot([position] * 2, [height - 0.22 * side, 0.5 * side], color=colour, lw=0.8, ls=":")
        ax.text(position, height + 0.14 * side, number(mark), ha="center", color=colour,
                va="bottom" if height > 0 else "top", fontweight="bold" if abs(mark) == 1 else "normal")
    ax.text(-0.85, height, name, ha="right", va="center", color=colour, fontsize=8.5)
