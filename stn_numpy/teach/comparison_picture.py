"""The picture beside a judgement: yours, right, and the difference."""

import numpy as np

from .checker.comparison import planes_last, rows_of_calls
from .pictures import compare
from .pictures.picture import BLACK, BLUE, VERMILLION, Picture, drawn, panels

BARS = 12


def draw(comparison):
    """A Picture of three panels for a Comparison; of two where the shapes differ, and None for points then."""
    yours, right, exercise = comparison.yours, comparison.right, comparison.exercise
    if yours.shape != right.shape:
        return None if exercise.picture == "points" else compare(yours, right)
    if exercise.picture == "points":
        return _draw_points(comparison)
    if exercise.picture == "bars":
        return _draw_bars(comparison)
    without_rounding = np.where(comparison.wrong, yours, right)
    if exercise.axes[-1] == "xy":
        return compare(without_rounding, right, exercise.answer, grid=True, tolerance=1e-12)
    parts = [planes_last(exercise, part) for part in (without_rounding, right)]
    return compare(*parts, exercise.answer, tolerance=1e-12)


# --- Bars, for lists of numbers


@drawn
def _draw_bars(comparison):
    """Horizontal bars with their numbers; of many calls the first that are wrong."""
    labels, yours, right, wrong = rows_of_calls(comparison, BARS)
    figure, axes = panels(0.9 + 0.21 * len(labels), 1, 3, comparison.exercise.answer, sharey=True)
    difference = np.where(wrong, yours - right, 0)
    drawn_values = np.nan_to_num([yours, right, difference], nan=0, posinf=0, neginf=0)
    low, high = drawn_values.min(initial=0), drawn_values.max(initial=0)
    margin = 0.3 * (high - low) or 1
    names = ("yours", "right", "yours \N{MINUS SIGN} right")
    for ax, name, numbers, lengths in zip(axes[0], names, (yours, right, difference), drawn_values):
        colours = [VERMILLION if bad and name != "right" else BLUE for bad in wrong]
        bars = ax.barh(range(len(labels)), lengths, color=colours)
        ax.bar_label(bars, [f"{value + 0.0:.4g}" for value in numbers], padding=2, fontsize=8)
        ax.axvline(0, color=BLACK, lw=0.8)
        ax.set(title=name, xlim=(low - margin, high + margin), xticks=[])
    axes[0, 0].set_yticks(range(len(labels)), labels)
    axes[0, 0].invert_yaxis()
    rows = "; ".join(f"{label}: {mine:.4g} and {true:.4g}" for label, mine, true in zip(labels, yours, right))
    return Picture(figure, f"Bars: yours, right and the difference. Yours and the right number of each are {rows}.")


# --- Points, for grids


@drawn
def _draw_points(comparison):
    """Points (x, y) of one image, each row joined by a line, the first point with a ring around it."""
    yours, right = _points_of_one_image(comparison)
    figure, axes = panels(3.3, 1, 3, f"{comparison.exercise.answer} (ring: the first point; dashed: the image)")
    _lattice(axes[0, 0], yours, VERMILLION, "o")
    _lattice(axes[0, 1], right, BLUE, "s")
    steps = (yours - right).reshape(-1, 2)
    axes[0, 2].quiver(*right.reshape(-1, 2).T, *steps.T, angles="xy", scale_units="xy", scale=1, color=VERMILLION,
                      width=0.007)
    axes[0, 2].plot(*right.reshape(-1, 2).T, "s", color=BLUE, markersize=3.5)
    for ax, title in zip(axes[0], ("yours", "right", "from right to yours")):
        ax.set_title(title)
        _frame(ax, comparison.exercise, np.concatenate([yours.reshape(-1, 2), right.reshape(-1, 2)]))
    bad = int(comparison.wrong.any(axis=-1).sum())
    first = "The points agree." if not bad else (
        f"{bad} of {comparison.wrong[..., 0].size} points differ. The first of these points is at "
        f"({yours[0, 0, 0]:.3g}, {yours[0, 0, 1]:.3g}) and belongs at ({right[0, 0, 0]:.3g}, {right[0, 0, 1]:.3g}).")
    return Picture(figure, f"Points of the image drawn from your numbers, from the right ones, and arrows from the "
                           f"right ones to yours. {first}")


def _points_of_one_image(comparison):
    """Yours and right as (rows, columns, 2), of the first image that has a wrong point."""
    parts = comparison.yours, comparison.right
    if comparison.right.ndim == 4:
        image = int(np.argmax(comparison.wrong.any(axis=(1, 2, 3))))
        parts = [part[image] for part in parts]
    return [part[:, None] if part.ndim == 2 else part for part in parts]


def _lattice(ax, points, colour, marker):
    for row in points:
        ax.plot(row[:, 0], row[:, 1], "-", color=colour, linewidth=0.8, marker=marker, markersize=3.5)
    ax.plot(*points[0, 0], "o", markersize=11, fillstyle="none", color=BLACK)


def _frame(ax, exercise, points):
    """The same limits in each panel, y downwards, and the outline of the image."""
    from matplotlib.patches import Rectangle

    corners = np.array([[-1.0, -1.0], [1.0, 1.0]])
    if exercise.id == "grid_to_pixels":
        H, W = exercise.probes[0].arguments[1]
        corners = np.array([[0.0, 0.0], [W - 1, H - 1]])
    ax.add_patch(Rectangle(corners[0], *(corners[1] - corners[0]), fill=False, linestyle="--", edgecolor=BLACK))
    points = np.concatenate([points[np.isfinite(points).all(axis=1)], corners])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * (high - low).max()
    ax.set(xlim=(low[0] - margin, high[0] + margin), ylim=(high[1] + margin, low[1] - margin), aspect="equal",
           xlabel="x", ylabel="y (downwards)")
