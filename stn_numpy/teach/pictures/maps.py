"""Feature maps as they are: every pixel a square, its number in it."""

import numpy as np

from .picture import BLACK, VERMILLION, Picture, drawn, panels

COLUMNS = 5
SIGNED = "PuOr"      # colours of values of both signs: orange below 0, white at 0, purple above
BAR = 0.5            # inches: no colour bar beside a lower map, whose numbers are written into it


@drawn
def show(U, title="", *, titles=None, numbers=None, decimals=None, limits=None, alt=None):
    """Draw feature maps, one panel for each image and channel.

    Parameters
    ----------
    U : (H, W), (C, H, W) or (N, C, H, W)
    title : str                      of the whole picture
    titles : list of str             one for each panel; by default the image and the channel, where there are several
    numbers : bool                   write the values into the pixels; by default where they are readable
    decimals : int                   of these values; by default as many as they need, up to two
    limits : (low, high)             values drawn darkest and lightest; by default those of all maps together, or, if
                                     some are negative, as far to both sides of 0. A low of 0 or more draws in grey
    alt : str                        the description; by default made from the title, the size and the values

    Returns
    -------
    picture : Picture
    """
    U, names, channels = _as_maps(U)
    titles = names if titles is None else list(titles)
    if len(titles) != len(U):
        raise ValueError(f"titles must be one for each of the {len(U)} maps, got {len(titles)}")
    columns = min(channels if channels > 1 else len(U), COLUMNS)
    rows = -(-len(U) // columns)
    size = min(8.4 / columns, 2.6 * max(1, U.shape[2] / U.shape[1]))
    height = rows * (size * U.shape[1] / U.shape[2] + 0.45) + (0.4 if title else 0.1)
    figure, axes = panels(height, rows, columns, title)
    colours, usual = colours_of(U if limits is None else np.array(limits))
    for ax, M, name in zip(axes.flat, U, titles):
        draw_map(ax, M, numbers=numbers, decimals=decimals, limits=limits or usual, inches=size, colours=colours)
        ax.set_title(name)
    for ax in axes.flat[len(U):]:
        ax.set_axis_off()
    return Picture(figure, alt or _describe(title, U, titles), {"U": U})


def draw_map(ax, M, *, numbers=None, decimals=None, limits=None, inches=2.6, colours="gray"):
    """Draw one map (H, W) on ax: pixel centres at whole numbers, x to the right, y down; NaN and infinity in words.
    Signed colours get a bar."""
    M = np.asarray(M, float)
    H, W = M.shape
    low, high = limits or value_limits(M)
    ax.imshow(M, cmap=_shades(colours), vmin=low, vmax=high)
    ax.set_xticks(_ticks(W), [str(t) for t in _ticks(W)])
    ax.set_yticks(_ticks(H), [str(t) for t in _ticks(H)])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    if max(H, W) <= 16:
        ax.hlines(np.arange(H + 1) - 0.5, -0.5, W - 0.5, color="#9a9a9a", lw=0.6, clip_on=False)
        ax.vlines(np.arange(W + 1) - 0.5, -0.5, H - 0.5, color="#9a9a9a", lw=0.6, clip_on=False)
    if colours == SIGNED and inches * H / W >= BAR:
        _draw_bar(ax, low, high, W)
        inches *= 0.85
    decimals = _decimals(M) if decimals is None else decimals
    longest = max(len(number(value, decimals)) for value in M.flat)
    size = min(9.5, 72 * inches / W / (0.75 * max(2.2, longest)))
    if numbers or (numbers is None and size >= 6):
        for y, x in np.ndindex(H, W):
            write_number(ax, y, x, M, decimals, limits=limits, size=max(size, 5), colours=colours)


def colours_of(*arrays):
    """The colours and limits of arrays: grey from the lowest to the highest value, or signed, as far to both sides."""
    low, high = value_limits(*arrays)
    if low >= 0:
        return "gray", (low, high)
    return SIGNED, (-max(high, -low), max(high, -low))


def _draw_bar(ax, low, high, W):
    """A colour bar as high as the map, of about the same width whatever the map's."""
    side = ax.inset_axes([1.02, 0, min(0.05, 0.6 / W), 1])
    bar = ax.figure.colorbar(ax.images[-1], cax=side, ticks=[low, 0, high])
    bar.ax.set_yticklabels([number(tick) for tick in (low, 0, high)], fontsize=7.5)
    bar.outline.set_visible(False)


def write_number(ax, y, x, M, decimals=2, *, limits=None, size=9.5, colours="gray"):
    """Write the value of one pixel of the map M into it, in black or white, whichever reads better."""
    low, high = limits or value_limits(M)
    ax.text(x, y, number(M[y, x], decimals), ha="center", va="center", fontsize=size,
            color=_ink(M[y, x], low, high, colours))


def frame_pixel(ax, y, x, colour=VERMILLION, width=2.4):
    """Frame one pixel of a map."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, ec=colour, lw=width, zorder=4, clip_on=False))


def number(value, decimals=2):
    """A value as short as it reads well: at most `decimals`, no trailing zeros, no minus before 0."""
    if not np.isfinite(value):
        return str(float(value))
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text.replace("-", "\N{MINUS SIGN}")


def value_limits(*arrays):
    """(lowest, highest) of all finite values, never equal."""
    values = np.concatenate([np.ravel(array) for array in arrays])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    return (low, high) if high > low else (min(low, 0.0), max(high, 0.0) or 1.0)


def _as_maps(U):
    """The maps (n, H, W) of U, a name for each, and the number of channels."""
    U = np.asarray(U)
    if U.ndim not in (2, 3, 4) or 0 in U.shape:
        raise ValueError(f"U must have shape (H, W), (C, H, W) or (N, C, H, W), got {U.shape}")
    U = U.reshape((1,) * (4 - U.ndim) + U.shape)
    N, C, H, W = U.shape
    names = [", ".join([f"image {n}"] * (N > 1) + [f"channel {c}"] * (C > 1)) for n in range(N) for c in range(C)]
    return U.reshape(N * C, H, W), names, C


def _describe(title, U, titles):
    text = f"{title.rstrip('.')}. " if title else ""
    text += f"{len(U)} feature map{'s' * (len(U) > 1)} of {U.shape[1]} rows and {U.shape[2]} columns"
    text += f" ({'; '.join(titles)})" if any(titles) else ""
    if U.size <= 40:
        return text + ", row by row: " + "; ".join(" ".join(map(number, row)) for M in U for row in M) + "."
    low, high = value_limits(U)
    return f"{text}, values from {number(low)} to {number(high)}."


def _shades(name):
    import matplotlib

    return matplotlib.colormaps[name].with_extremes(bad="#f3d9ea")


def _ink(value, low, high, colours):
    """Black or white, whichever reads better on the colour of this value."""
    if not np.isfinite(value):
        return BLACK
    share = np.clip((value - low) / (high - low), 0, 1)
    dark = share < 0.5 if colours == "gray" else abs(share - 0.5) > 0.28
    return "white" if dark else BLACK


def _ticks(size):
    return list(range(0, size, 1 if size <= 10 else 2 if size <= 16 else -(-size // 5)))


def _decimals(M):
    """The fewest decimals, 0 to 2, that show every value exactly; 2 where none does."""
    M = M[np.isfinite(M)]
    return next((d for d in (0, 1) if np.allclose(M, np.round(M, d), rtol=0, atol=1e-9)), 2)
