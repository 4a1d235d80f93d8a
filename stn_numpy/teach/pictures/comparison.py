"""An answer beside the right one: where the two differ, by how much, and which element is the first."""

import numpy as np

from .maps import draw_map, frame_pixel, number, value_limits
from .picture import Picture, drawn, panels


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
    limits = value_limits(true)
    difference = np.asarray(mine, float) - true
    finite = np.abs(difference[np.isfinite(difference)])
    largest = finite.max(initial=0) or 1.0
    draw_map(row[0], mine, limits=limits, inches=inches)
    draw_map(row[1], true, limits=limits, inches=inches)
    draw_map(row[2], difference, limits=(-largest, largest), inches=inches, colours="PuOr")
    suffix = f" ({name})" if name else ""
    for ax, label in zip(row, (names[0], names[1], f"{names[0]} \N{MINUS SIGN} {names[1]}")):
        ax.set_title(label + suffix)
        if frame is not None:
            frame_pixel(ax, *frame)
