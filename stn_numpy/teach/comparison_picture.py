"""The picture beside a judgement: yours, right, and the difference."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .comparison import fixed_axes, plane
from .diagnosis import PARTS

YOURS, RIGHT, INK = "#D55E00", "#0072B2", "#222222"       # Okabe and Ito's
NUMBERS_SHOWN = 63       # more numbers than these would not be readable in the cells
POINTS_TITLES = ("yours", "right", "from right to yours")


def draw(comparison):
    """A figure of three panels for a Comparison."""
    kind = comparison.exercise.picture
    if kind == "points":
        return _draw_points(comparison)
    return _draw_bars(comparison) if kind == "bars" and plane(comparison).yours.shape[1] == 1 else _draw_planes(comparison)


def _panels(width, height):
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, 3)


# --- Planes of numbers


def _draw_planes(comparison):
    shown = plane(comparison)
    rows, columns = shown.right.shape
    figure, axes = _panels(10.5, 1.0 + (0.25 * rows if shown.labels else max(1.0, 3.0 * min(rows / columns, 1.2))))
    finite = np.concatenate([part[np.isfinite(part)] for part in (shown.yours, shown.right)])
    low, high = finite.min(), finite.max()
    difference = shown.difference
    most = np.abs(difference[np.isfinite(difference)]).max(initial=0) or 1
    for ax, name, numbers, style in [(axes[0], "yours", shown.yours, dict(cmap="cividis", vmin=low, vmax=high)),
                                     (axes[1], "right", shown.right, dict(cmap="cividis", vmin=low, vmax=high)),
                                     (axes[2], "yours - right", difference, dict(cmap="PuOr", vmin=-most, vmax=most))]:
        image = ax.imshow(numbers, aspect="auto" if shown.labels else "equal", **style)
        ax.set_title(name, fontsize=10)
        _write_numbers(ax, image, numbers)
        _label_axes(ax, shown, comparison.exercise)
    if shown.wrong.any():
        row, column = np.argwhere(shown.wrong)[0]
        for ax in axes:
            ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=YOURS, linewidth=2.5))
    figure.suptitle(f"{shown.title}{' (frame: the first wrong number)' if shown.wrong.any() else ''}", fontsize=11)
    return figure


def _write_numbers(ax, image, numbers):
    if numbers.size > NUMBERS_SHOWN:
        return
    for (row, column), value in np.ndenumerate(numbers):
        red, green, blue, _ = image.cmap(image.norm(value)) if np.isfinite(value) else (1, 1, 1, 1)
        bright = 0.3 * red + 0.6 * green + 0.1 * blue > 0.5
        ax.text(column, row, f"{value:.3g}", ha="center", va="center", fontsize=7, color=INK if bright else "white")


def _label_axes(ax, shown, exercise):
    rows, columns = shown.right.shape
    ax.set_xticks(range(columns), PARTS.get(exercise.axes[-1]) if shown.labels else None)
    ax.set_yticks(range(rows), shown.labels or None)
    ax.tick_params(labelsize=7)
    if shown.labels:
        ax.set_ylabel(f"point ({', '.join(exercise.arguments.split(', ')[-2:])})", fontsize=8)
    else:
        ax.set_xlabel("column", fontsize=8)
        ax.set_ylabel("row", fontsize=8)


# --- Bars


def _draw_bars(comparison):
    shown = plane(comparison)
    yours, right = shown.yours[:, 0], shown.right[:, 0]
    figure, axes = _panels(10.5, max(2.2, 0.7 + 0.24 * len(right)))
    places = np.arange(len(right))
    for ax, name, numbers, colour in [(axes[0], "yours", yours, YOURS), (axes[1], "right", right, RIGHT),
                                      (axes[2], "yours - right", shown.difference[:, 0], INK)]:
        ax.barh(places, np.where(np.isfinite(numbers), numbers, 0), color=colour)
        ax.axvline(0, color=INK, linewidth=0.8)
        ax.set_title(name, fontsize=10)
        ax.set_yticks(places, shown.labels or None)
        ax.invert_yaxis()
        ax.tick_params(labelsize=7)
        ax.set_xlabel(comparison.exercise.answer, fontsize=8)
    both = [0, *yours[np.isfinite(yours)], *right]
    margin = 0.05 * (max(both) - min(both))
    for ax in axes[:2]:
        ax.set_xlim(min(both) - margin, max(both) + margin)
    axes[0].set_ylabel("call" if shown.labels else "place", fontsize=8)
    figure.suptitle(shown.title, fontsize=11)
    return figure


# --- Points


def _draw_points(comparison):
    """Points (x, y) of one image, each row joined by a line, the first point with a ring around it."""
    yours, right = _points_of_one_image(comparison)
    figure, axes = _panels(10.5, 3.7)
    for ax, title in zip(axes, POINTS_TITLES):
        ax.set_title(title, fontsize=10)
    _lattice(axes[0], yours, YOURS, "o")
    _lattice(axes[1], right, RIGHT, "s")
    steps = (yours - right).reshape(-1, 2)
    axes[2].quiver(*right.reshape(-1, 2).T, *steps.T, angles="xy", scale_units="xy", scale=1, color=YOURS, width=0.007)
    axes[2].plot(*right.reshape(-1, 2).T, "s", color=RIGHT, markersize=3.5)
    for ax in axes:
        _frame(ax, comparison, np.concatenate([yours.reshape(-1, 2), right.reshape(-1, 2)]))
    figure.suptitle(f"{comparison.exercise.answer} (ring: the first point; dashed: the image)", fontsize=11)
    return figure


def _points_of_one_image(comparison):
    """Yours and right as (rows, columns, 2)."""
    image = fixed_axes(comparison)[0] if comparison.right.ndim == 4 else None
    return [np.atleast_3d(part[image] if image is not None else part).reshape(
        (-1, 1, 2) if part.ndim == 2 else part.shape[-3:]) for part in (comparison.yours, comparison.right)]


def _lattice(ax, points, colour, marker):
    for row in points:
        ax.plot(row[:, 0], row[:, 1], "-", color=colour, linewidth=0.8, marker=marker, markersize=3.5)
    ax.plot(*points[0, 0], "o", markersize=11, fillstyle="none", color=INK)


def _frame(ax, comparison, points):
    """The same limits in each panel, y downwards, and the outline of the image."""
    if comparison.exercise.id == "grid_to_pixels":
        H, W = comparison.exercise.probes[0].arguments[1]
        corners = np.array([[0, 0], [W - 1, H - 1]])
    else:
        corners = np.array([[-1, -1], [1, 1]])
    ax.add_patch(Rectangle(corners[0], *(corners[1] - corners[0]), fill=False, linestyle="--", edgecolor=INK))
    inside = np.concatenate([points[np.isfinite(points).all(axis=1)], corners])
    (left, top), (right, bottom) = inside.min(axis=0), inside.max(axis=0)
    margin = 0.08 * max(right - left, bottom - top)
    ax.set_xlim(left - margin, right + margin)
    ax.set_ylim(bottom + margin, top - margin)
    ax.set_aspect("equal")
    ax.tick_params(labelsize=7)
    ax.set_xlabel("x", fontsize=8)
    ax.set_ylabel("y (downwards)", fontsize=8)
