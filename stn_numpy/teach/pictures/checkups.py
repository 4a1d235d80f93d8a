"""Runs side by side, as one looks at them to find out what is wrong: errors, samples inside, boxes before and after."""

import numpy as np

from ...checking import validate
from .maps import number
from .networks import draw_boxes
from .picture import GREEN, GREY, WIDTH, Picture, drawn, panels
from .training import STYLES

LINES = dict(zip(("ST-FCN", "FCN"), STYLES))             # as `curves` draws the two
FARTHEST = 3.3       # normalised units shown around an image, at most


@drawn
def checkups(runs, U, *, title=None):
    """Draw runs of FCN and ST-FCN in columns: test errors, share of samples inside the image, boxes before and after.

    Parameters
    ----------
    runs : dict                      name -> (history, thetas): a history as a Run keeps it, and theta (n, 6) of the same
                                     images before the first step and after the last one
    U : (1, 1, H, W)                 the image drawn below the boxes, the first of those that theta belongs to

    Returns
    -------
    picture : Picture                .numbers: for each run the last test error of ST-FCN
    """
    [U] = validate.arrays(U=(np.asarray(U, float), "1 1 H W"))
    if not runs or any(len(thetas) != 2 for _, thetas in runs.values()):
        raise ValueError("wanted runs, each with its history and two sets of theta, before and after")
    size = (WIDTH - 0.9) / len(runs)
    heights = [1.7, 1.2, min(size, 2.3), min(size, 2.3)]
    figure, axes = panels(sum(heights) + 1.6, 4, len(runs), title or "Runs side by side", height_ratios=heights)
    words, ends = [], {}
    for column, (name, (history, thetas)) in zip(axes.T, runs.items()):
        errors = {network: [row["test_error"] for row in history if row["network"] == network] for network in LINES}
        looks = [row for row in history if row["network"] == "ST-FCN"]
        if not all(errors.values()):
            raise ValueError(f"run {name} wants rows of FCN and of ST-FCN, got {len(history)} rows")
        steps = [row["step"] for row in looks]
        _errors(column[0], name, steps, errors, column[0] is axes[0, 0])
        _inside(column[1], steps, [row["inside"] for row in looks], column[0] is axes[0, 0])
        for ax, theta, row in zip(column[2:], thetas, (looks[0], looks[-1])):
            draw_boxes(ax, U[0, 0], np.reshape(theta, (-1, 2, 3)), _reach(np.reshape(theta, (-1, 2, 3))))
            ax.set_title(f"step {row['step']}: {_area(theta)}", fontsize=9)
        words.append(_in_words(name, errors, looks, thetas))
        ends[name] = errors["ST-FCN"][-1]
    return Picture(figure, f"{len(runs)} runs in columns, each with test errors, the share of samples inside the image, "
                   "and boxes where it looks before and after. " + " ".join(words), ends)


def _errors(ax, name, steps, errors, first):
    for network, values in errors.items():
        colour, line = LINES[network]
        ax.plot(steps[:len(values)], values, line, color=colour, lw=1.8, label=network)
    ax.set(title=name, ylim=(0, 1))
    ax.grid(alpha=0.3)
    if first:
        ax.set_ylabel("test error")
        ax.legend(loc="lower left")


def _inside(ax, steps, inside, first):
    ax.plot(steps, inside, color=GREEN, lw=1.8)
    ax.set(ylim=(0, 1.05), xlabel="step")
    ax.grid(alpha=0.3)
    if first:
        ax.set_ylabel("share of\nsamples inside", color=GREY)


def _area(theta):
    """The mean area of the boxes in words, in areas of the image, and how many are mirrored and have a negative one."""
    areas = np.linalg.det(np.reshape(theta, (-1, 2, 3))[:, :, :2])
    mirrored = int((areas < 0).sum())
    return f"area {number(areas.mean(), 2)}" + (f"\n{mirrored} of {len(areas)} mirrored" if mirrored else "")


def _reach(theta):
    """How much to show around an image so that most boxes are seen whole."""
    corners = np.abs(theta[:, :, :2]).sum(axis=2) + np.abs(theta[:, :, 2])
    return float(np.clip(np.median(corners) + 0.5, 1.3, FARTHEST))


def _in_words(name, errors, looks, thetas):
    lost = "; ".join(f"{network} from {values[0]:.0%} to {values[-1]:.0%}" for network, values in errors.items())
    before, after = (_area(theta).replace("\n", ", ") for theta in thetas)
    return (f"{name}: test error of {lost}; inside from {looks[0]['inside']:.0%} to {looks[-1]['inside']:.0%}; "
            f"{before} before, {after} after.")
