"""An answer beside the right one: where the two differ, by how much, and which element is the first."""

import numpy as np

from ..checker.comparison import planes_last, rows_of_calls
from .maps import SIGNED, colours_of, draw_map, frame_pixel, number
from .picture import BLACK, BLUE, VERMILLION, Picture, drawn, panels

BARS = 12            # numbers drawn as bars, at most


@drawn
def compare(yours, right, title="", *, grid=False, tolerance=1e-6, names=("yours", "right")):
    """Draw an answer beside the right one, with the difference, and frame the first element that is wrong.

    Parameters
    ----------
    yours, right : arrays            any number of axes; the last two are drawn, at the first wrong element
    grid : bool                      they are grids (N, H, W, 2) or gradients to grids: draw x above y
    tolerance : float                elements differ where |yours - right| > tolerance max(1, |right|)
    names : (str, str)               what the two are called

    Returns
    -------
    picture : Picture                .numbers: "wrong" (how many), "first" (index, or None), "yours", "right" (there)
    """
    yours, right = np.asarray(yours), np.asarray(right)
    if yours.shape != right.shape:
        return _compare_shapes(yours, right, title, names)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(yours - right) <= tolerance * np.maximum(1, np.abs(right)))
    first = tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else None
    pairs = _matching_maps(yours, right, first, grid)
    H, W = pairs[0][1].shape
    size = min(2.6, 2.6 * W / H, W)
    height = size * H / W + 0.45
    figure, axes = panels(len(pairs) * max(height, 0.9) + 0.4, len(pairs), 3, title)
    for row, (name, mine, true, frame) in zip(axes, pairs):
        _compare_row(row, name, mine, true, frame, names, size)
    numbers = {"wrong": int(wrong.sum()), "first": first}
    if first is not None:
        numbers.update(yours=float(yours[first]), right=float(right[first]))
    return Picture(figure, _describe_difference(title, names, right.size, numbers), numbers)


def _describe_difference(title, names, size, found):
    text = f"{title.rstrip('.')}. " if title else ""
    text += f"Three maps: {names[0]}, {names[1]} and the difference. "
    if found["first"] is None:
        return text + "They agree everywhere."
    return text + (f"{found['wrong']} of {size} elements differ, first at {found['first']}: "
                   f"{names[0]} {number(found['yours'], 4)}, {names[1]} {number(found['right'], 4)}.")


def _compare_shapes(yours, right, title, names):
    figure, axes = panels(2.9, 1, 2, title or "The shapes differ")
    for ax, name, array in zip(axes[0], names, (yours, right)):
        M = np.reshape(array, (-1,) + array.shape[-2:])[0] if array.ndim >= 2 and array.size else None
        M = np.atleast_2d(array) if M is None and array.size else M
        if M is None:
            ax.set_axis_off()
        else:
            draw_map(ax, M, inches=2.2)
        ax.set_title(f"{name}: shape {array.shape}")
    alt = f"{title}. The shapes differ: {names[0]} {yours.shape}, {names[1]} {right.shape}."
    return Picture(figure, alt.lstrip(". "), {"wrong": None, "first": None})


def _matching_maps(yours, right, first, grid):
    """Rows of the comparison: (name, map of yours, map of right, (y, x) of the first wrong element or None)."""
    first_or_start = first or (0,) * right.ndim
    if grid:
        n, i, j, axis = first_or_start
        return [("xyz"[k], yours[n, ..., k], right[n, ..., k], (i, j) if first and k == axis else None)
                for k in range(right.shape[-1])]
    lead, name = first_or_start[:-2], ""
    if lead:
        letters = {2: "nc", 1: "n"}.get(len(lead), "abcdefg")
        name = ", ".join(f"{letter} = {i}" for letter, i in zip(letters, lead))
    mine, true = np.atleast_2d(yours[lead]), np.atleast_2d(right[lead])
    frame = ((0, 0) + first)[-2:] if first else None
    return [(name, mine, true, frame)]


def _compare_row(row, name, mine, true, frame, names, inches):
    colours, limits = colours_of(true)
    difference = np.asarray(mine, float) - true
    finite = np.abs(difference[np.isfinite(difference)])
    largest = finite.max(initial=0) or 1.0
    draw_map(row[0], mine, limits=limits, inches=inches, colours=colours)
    draw_map(row[1], true, limits=limits, inches=inches, colours=colours)
    draw_map(row[2], difference, limits=(-largest, largest), inches=inches, colours=SIGNED)
    suffix = f" ({name})" if name else ""
    for ax, label in zip(row, (names[0], names[1], f"{names[0]} \N{MINUS SIGN} {names[1]}")):
        ax.set_title(label + suffix)
        if frame is not None:
            frame_pixel(ax, *frame)


# --- The picture beside a judgement


def draw(comparison):
    """The picture beside a judgement: a Picture of three panels for a Comparison; of two where the shapes differ, and
    None for points then.
    """
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
