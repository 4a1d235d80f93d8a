"""What a check tells, part by part."""

import numpy as np

from .maps import draw_map, frame_pixel
from .picture import BLUE, GREY, VERMILLION, Picture, drawn, panels

PARTS = (("The verdict", "not yet, or passed", "not yet"),
         ("The mistake, where it is a known one", "what went wrong, in words", "the order is reversed: ..."),
         ("Where to look", "the equation and the place in the lesson", "Eq. 5: the weight of ..."),
         ("The first wrong element", "its index, your value, the right one", "(0, 0, 0, 1): yours 5, right 1"),
         ("A picture", "yours, the right one, the difference", ""))


@drawn
def check_anatomy():
    """Draw the parts of a check's answer, with what each is for.

    Returns
    -------
    picture : Picture
    """
    figure, axes = panels(4.0, title="How to read a check: five parts, from top to bottom")
    ax = axes[0, 0]
    ax.set(xlim=(0, 9), ylim=(0, 5.2))
    ax.set_axis_off()
    heights = (4.75, 4.0, 3.25, 2.5, 0.95)
    _draw_card(ax)
    for place, (height, (name, meaning, example)) in enumerate(zip(heights, PARTS), start=1):
        ax.text(0.55, height, example, va="center", family="DejaVu Sans Mono", fontsize=9.5,
                color=VERMILLION if place == 1 else "black", fontweight="bold" if place == 1 else "normal")
        ax.annotate(f"{place}  {name}", (4.75, height), (5.5, height + 0.1), va="center", fontweight="bold", color=BLUE,
                    arrowprops={"arrowstyle": "-", "color": BLUE})
        ax.text(5.72, height - 0.28, meaning, va="center", color="black")
    _draw_three_maps(ax)
    parts = "; ".join(f"{place}, {name}: {meaning}" for place, (name, meaning, _) in enumerate(PARTS, start=1))
    return Picture(figure, f"The answer of a check as a card with its parts named. {parts}.")


def _draw_card(ax):
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(FancyBboxPatch((0.35, 0.15), 4.4, 4.9, boxstyle="round,pad=0.1", fc="#fbfbfb", ec=GREY))


def _draw_three_maps(ax):
    """An answer in small: yours, the right one and the difference, in small."""
    right = np.arange(6.0).reshape(2, 3)
    yours = np.array([[0.0, 5, 4], [3, 2, 1]])
    looks = (("yours", yours, (0, 5), "gray"), ("right", right, (0, 5), "gray"),
             ("difference", yours - right, (-5, 5), "PuOr"))
    for place, (name, M, limits, colours) in enumerate(looks):
        inset = ax.inset_axes((0.5 + 1.4 * place, 0.35, 1.25, 1.25), transform=ax.transData)
        draw_map(inset, M, inches=1.2, limits=limits, colours=colours)
        inset.set(xticks=[], yticks=[])
        inset.set_title(name, fontsize=8.5)
        frame_pixel(inset, 0, 1)
