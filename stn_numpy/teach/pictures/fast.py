"""Fast NumPy in pictures: where a pixel lies in a flat array, what a call costs by size, and a ladder of times."""

import numpy as np

from ...sampler.neighbours import PAD, corner_views, padded
from .picture import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILLION, Picture, drawn, panels

CORNERS = ("top left", "top right", "bottom left", "bottom right")
COLOURS = (BLUE, ORANGE, GREEN, VERMILLION)


@drawn
def flat_place(in_shape=(3, 4), point=(1.4, 0.6)):
    """Draw a padded image with the places of its pixels in a flat array, and four shifted views of that array.

    Parameters
    ----------
    in_shape : (H, W)                size of the image without its padding
    point : (x, y)                   a sample, in pixels of the image

    Returns
    -------
    picture : Picture                .numbers: "index", of the top left corner, and "corners", the places of all four
    """
    H, W = in_shape
    if not (2 <= H <= 6 and 2 <= W <= 6 and -1 <= point[0] <= W and -1 <= point[1] <= H):
        raise ValueError(f"wanted 2 to 6 rows and columns and a point near them, got {in_shape} and {point}")
    x0, y0 = np.floor(point).astype(int) + PAD
    index = int(y0 * padded(in_shape)[1] + x0)
    places = np.arange(np.prod(padded(in_shape)), dtype=float).reshape(1, *padded(in_shape))
    views = corner_views(places)
    corners = [int(view[index]) for view in views]
    figure, axes = panels(3.9, 1, 2, "One index finds all four corners, in four shifted views of one flat array",
                          gridspec_kw={"width_ratios": [6, 5]})
    _draw_places(axes[0, 0], places[0], point, corners)
    _draw_views(axes[0, 1], views, index)
    names = ", ".join(f"{name} {place}" for name, place in zip(CORNERS, corners))
    alt = (f"Left: an image of {H} x {W} pixels with {PAD} more on each side; in every pixel its place in the flat "
           f"array. The four around the sample are {names}. Right: the flat array from place 0, 1, {W + 2 * PAD} and "
           f"{W + 2 * PAD + 1} on; the entry with index {index} of each is one of the four.")
    return Picture(figure, alt, {"index": index, "corners": corners})


def _draw_places(ax, places, point, corners):
    rows, columns = places.shape
    inside = np.zeros(places.shape)
    inside[PAD:-PAD, PAD:-PAD] = 1
    ax.imshow(inside, cmap="gray", vmin=-6, vmax=1)
    for (i, j), place in np.ndenumerate(places):
        taken = corners.index(place) if place in corners else None
        _cell(ax, j, i, f"{place:.0f}", None if taken is None else COLOURS[taken], aside=0.16)
    ax.plot(point[0] + PAD, point[1] + PAD, "o", color=BLACK, ms=7, mec="white", zorder=5)
    ax.set(title=f"the padded image, {rows} rows of {columns}; the dot is the sample", xlim=(-0.6, columns - 0.4),
           ylim=(rows - 0.4, -0.6))
    ax.set_axis_off()


def _draw_views(ax, views, index):
    """Four lines, one below the other; the column of `index` has the four corners."""
    steps = [int(view[0]) for view in views]
    columns = range(max(index - 2, 0), index + 3)
    for line, (view, colour) in enumerate(zip(views, COLOURS)):
        for column in columns:
            _cell(ax, column, 1.4 * line, f"{view[column]:.0f}", colour if column == index else None)
    ax.set(title="the flat array, from four beginnings on", xlim=(columns[0] - 0.6, columns[-1] + 0.6), ylim=(5, -0.7),
           xlabel="index")
    ax.set_yticks(1.4 * np.arange(4), [f"flat[{step}:]" if step else "flat" for step in steps])
    ax.set_xticks(columns)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _cell(ax, x, y, text, colour, aside=0.0):
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, ec=colour or "#b0b0b0", lw=3 if colour else 0.6,
                           zorder=3 if colour else 2))
    ax.text(x - aside, y - aside, text, ha="center", va="center", fontweight="bold" if colour else "normal")


@drawn
def cost_of_size(sizes, times, marked=32768):
    """Draw the time for one element against the size of the array, both axes logarithmic.

    Parameters
    ----------
    sizes : (n,)                     elements of the array
    times : dict                     what was done -> (n,) nanoseconds for one element
    marked : int                     a size to point at
    """
    sizes = np.asarray(sizes)
    figure, axes = panels(3.4, title="A call on a small array pays for the call, one on a large array for the memory")
    ax = axes[0, 0]
    for (name, values), colour, marker in zip(times.items(), (VERMILLION, BLUE), "os"):
        ax.plot(sizes, values, marker + "-", color=colour, lw=2, label=name)
    ax.axvline(marked, color=GREY, ls="--", lw=1)
    ax.text(marked * 1.1, ax.get_ylim()[1] * 0.7, f"{marked:,} elements", color=GREY, va="top")
    ax.set(xscale="log", yscale="log", xlabel="elements in the array", ylabel="ns for one element")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.9g}")
    ax.legend(loc="upper center", bbox_to_anchor=(0.35, 1))
    parts = "; ".join(f"{name}: {_few(values[0])} at {sizes[0]} elements, {_few(min(values))} at best, "
                      f"{_few(values[-1])} at {sizes[-1]:,}" for name, values in times.items())
    return Picture(figure, f"Nanoseconds for one element by the size of the array. {parts}.", {"sizes": sizes, **times})


@drawn
def ladder(times, title="Nanoseconds for one sample"):
    """Draw times as horizontal bars on a logarithmic axis.

    Parameters
    ----------
    times : dict                     rung -> {what: nanoseconds}, with the same one or two names in each
    """
    names = list(next(iter(times.values())))
    if not 1 <= len(names) <= 2 or any(list(parts) != names for parts in times.values()):
        raise ValueError("times must be {rung: {what: nanoseconds}}, with the same one or two names in each rung")
    height = 0.8 / len(names)
    figure, axes = panels(0.9 + 0.5 * len(times), title=title)
    ax = axes[0, 0]
    for k, (name, colour) in enumerate(zip(names, (BLUE, ORANGE))):
        values = [parts[name] for parts in times.values()]
        bars = ax.barh(np.arange(len(times)) + (k - (len(names) - 1) / 2) * height, values, height, color=colour,
                       label=name)
        ax.bar_label(bars, [_few(value) for value in values], padding=3, fontsize=8.5)
    everything = [value for parts in times.values() for value in parts.values()]
    ax.set(xscale="log", xlim=(min(everything) / 3, max(everything) * 3), xlabel="ns (logarithmic)")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.9g}")
    ax.set_yticks(range(len(times)), times)
    ax.invert_yaxis()
    ax.legend(loc="lower right")
    rungs = "; ".join(f"{rung}: " + ", ".join(f"{name} {_few(value)}" for name, value in parts.items())
                      for rung, parts in times.items())
    return Picture(figure, f"{title}, as bars. {rungs}.", times)


def _few(value):
    """Two or three digits are all that a time is worth."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
