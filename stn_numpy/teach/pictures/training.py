"""Training seen from outside: losses by step, and paths of descent."""

import itertools

import numpy as np

from .maps import number
from .picture import BLACK, BLUE, GREEN, GREY, PURPLE, VERMILLION, Picture, drawn, panels

STYLES = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, "-."), (PURPLE, (0, (3, 1, 1, 1))), (BLACK, ":"))


@drawn
def curves(runs, *, mean_of=1, level=None, start=0, every=1, words=("step", "loss"), title=None):
    """Draw numbers by step, such as losses, a line for each run.

    Parameters
    ----------
    runs : dict                      name -> numbers, one for each step
    mean_of : int                    draw means of so many steps in a row, where single ones jump about
    level : (text, number)           a level to compare with, drawn across
    start, every : int               the step of the first number, and how many steps lie between two
    words : (x, y)                   what the axes show

    Returns
    -------
    picture : Picture                .numbers: for each run the mean of its last `mean_of` numbers
    """
    runs = {name: np.asarray(values, float) for name, values in runs.items()}
    if not runs or any(values.ndim != 1 or len(values) < mean_of for values in runs.values()):
        raise ValueError(f"wanted runs of at least {mean_of} numbers each, got shapes "
                         f"{[values.shape for values in runs.values()]}")
    figure, grid = panels(3.4, 1, 1, title or f"The {words[1]} by {words[0]}")
    ax, ends = grid[0, 0], {}
    for (name, values), (colour, line) in zip(runs.items(), itertools.cycle(STYLES)):
        steps, means = _means(values, mean_of)
        ax.plot(start + every * steps, means, ls=line, color=colour, lw=1.8, label=name)
        ends[name] = float(means[-1])
    if level is not None:
        ax.axhline(level[1], color=GREY, lw=1)
        ax.annotate(level[0], (1, level[1]), xycoords=("axes fraction", "data"), xytext=(0, 3),
                    textcoords="offset points", ha="right", color=GREY)
    ax.set(xlabel=words[0], ylabel=words[1])
    ax.grid(alpha=0.3)
    ax.legend()
    alt = f"The {words[1]} against the {words[0]}: " + "; ".join(
        f"{name} from {number(_means(runs[name], mean_of)[1][0], 3)} to {number(end, 3)}" for name, end in ends.items())
    return Picture(figure, f"{alt}.", ends)


@drawn
def descents(paths, steepness=(1.0, 20.0), *, title=None):
    """Draw paths of descent in a valley, L = (a x**2 + b y**2) / 2, a panel for each.

    Parameters
    ----------
    paths : dict                     name -> points (steps, 2)
    steepness : (a, b)

    Returns
    -------
    picture : Picture                .numbers: for each path the loss at its end
    """
    paths = {name: np.asarray(points, float) for name, points in paths.items()}
    if not paths or any(points.ndim != 2 or points.shape[1] != 2 for points in paths.values()):
        raise ValueError(f"wanted paths of points (steps, 2), got {[points.shape for points in paths.values()]}")
    reach = 1.1 * max(np.abs(points).max() for points in paths.values())
    x, y = np.meshgrid(np.linspace(-reach, reach, 81), np.linspace(-reach / 3, reach / 3, 61))
    figure, axes = panels(2.6, 1, len(paths), title or "Descent in a long valley: lines join points of the same loss")
    ends, a_b = {}, np.array(steepness)
    for ax, (name, points) in zip(axes[0], paths.items()):
        ax.contour(x, y, (a_b[0] * x ** 2 + a_b[1] * y ** 2) / 2, levels=12, colors=GREY, linewidths=0.5)
        ax.plot(*points.T, "o-", color=BLUE, ms=3, lw=1.2)
        ax.plot(*points[0], "s", color=VERMILLION, ms=6)
        ends[name] = float((a_b * points[-1] ** 2).sum() / 2)
        ax.set(title=f"{name}: loss {number(ends[name], 3)} after {len(points) - 1} steps", xlabel="x", ylabel="y",
               ylim=(-reach / 3, reach / 3))
    alt = "Paths of descent in a long valley, from a red square: " + "; ".join(
        f"{name} ends at the loss {number(end, 3)}" for name, end in ends.items())
    return Picture(figure, f"{alt}.", ends)


def _means(values, mean_of):
    """Steps and means of `mean_of` numbers in a row, each at the last step of its own."""
    if mean_of == 1:
        return np.arange(len(values)), values
    return np.arange(mean_of - 1, len(values)), np.convolve(values, np.ones(mean_of) / mean_of, mode="valid")
