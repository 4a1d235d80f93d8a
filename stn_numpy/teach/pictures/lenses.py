"""The two lenses of the microscope: the neighbourhood of one sampling point, with its sums written out beside it."""

from .maps import draw_map, frame_pixel, number, value_limits
from .picture import BLUE, GREEN, ORANGE, PURPLE, VERMILLION, panels

CORNERS = (BLUE, ORANGE, GREEN, PURPLE)            # top left, top right, bottom left, bottom right
NAMES = ("top left", "top right", "bottom left", "bottom right")
AROUND = 2                                         # pixels of the neighbourhood shown to each side
OUTWARD = 0.22                                     # from a pixel's centre to its number: the point may be at the centre
LIGHTER = 0.25                                     # of the values' range, above the highest: no pixel is white on white
LOST = "outside: lost"


def draw_forward(view):
    """Output pixel, source point, four neighbours with the areas that are their weights, and the sum."""
    (x, y), (i, j), (top, left) = view.point, view.pixel, view.corners[0]
    figure, lens, text = _three_panels(view, f"Output pixel ({i}, {j}) reads four pixels, each by the area opposite it")
    _draw_areas(lens, view)
    lines = [("the source point", None), (f"x = {number(x, 3)},  y = {number(y, 3)}  (pixels)", None),
             (f"a = x \N{MINUS SIGN} {_operand(left)} = {number(x - left, 3)},   "
              f"b = y \N{MINUS SIGN} {_operand(top)} = {number(y - top, 3)}", None),
             ("weight \N{MULTIPLICATION SIGN} value", None)]
    lines += [(f"{name}: {formula} = {number(weight, 3)} \N{MULTIPLICATION SIGN} {number(value)}", colour)
              for name, formula, weight, value, colour in
              zip(NAMES, ("(1-a)(1-b)", "a(1-b)", "(1-a)b", "ab"), view.weights, view.values, CORNERS)]
    _write(text, lines + [(f"V = {number(view.V[i, j], 3)}", VERMILLION)], headings=(0, 3, 8))
    return figure


def draw_backward(view, numbers):
    """The upstream gradient going out to the four neighbours, and the sums that give dx and dy."""
    (i, j), dV = view.pixel, number(numbers["dV"], 3)
    u, v = [number(value) for value in view.values], [_operand(value) for value in view.values]
    title = f"Output pixel ({i}, {j}) sends its gradient to four pixels, and to x and y"
    figure, lens, text = _three_panels(view, title)
    for receiver, share, colour in zip(view.receivers, numbers["dU"], CORNERS):
        if receiver is not None:
            lens.annotate("", receiver[::-1], view.point, arrowprops={
                "arrowstyle": "-|>", "color": colour, "shrinkB": 0,
                "lw": 1 + 3 * abs(share) / max(abs(numbers["dV"]), 1e-9)})
    lens.plot(*view.point, "o", color=VERMILLION, ms=9, mec="white", zorder=6)
    a, b, minus = number(numbers["a"], 3), number(numbers["b"], 3), "\N{MINUS SIGN}"
    lines = [("to the image: dV \N{MULTIPLICATION SIGN} weight", None)]
    lines += [(f"{name}: {dV} \N{MULTIPLICATION SIGN} {number(weight, 3)} = {number(share, 3)}"
               f"{_where(corner, receiver)}", colour) for name, weight, share, corner, receiver, colour in
              zip(NAMES, view.weights, numbers["dU"], view.corners, view.receivers, CORNERS)]
    lines += [("to the coordinates, per pixel", None),
              (f"dx = dV [(1-b)({u[1]} {minus} {v[0]}) + b({u[3]} {minus} {v[2]})] = {number(numbers['dx'], 3)}", None),
              (f"dy = dV [(1-a)({u[2]} {minus} {v[0]}) + a({u[3]} {minus} {v[1]})] = {number(numbers['dy'], 3)}", None),
              (f"with dV = {dV}, a = {a}, b = {b}", None),
              (f"per normalised unit: \N{MULTIPLICATION SIGN} {number(view.scale[0])} and {number(view.scale[1])}, so "
               f"{number(numbers['dgrid'][0], 3)} and {number(numbers['dgrid'][1], 3)}", None)]
    _write(text, lines, headings=(0, 5))
    return figure


def _three_panels(view, title):
    """The output with its pixel framed; the lens on the input, corners framed; room for text."""
    figure, axes = panels(3.6, 1, 3, title, gridspec_kw={"width_ratios": [2, 2.6, 3]})
    output, lens, text = axes[0]
    low, high = value_limits(view.U)
    limits = low, high + LIGHTER * (high - low)
    draw_map(output, view.V, numbers=False, limits=limits)
    frame_pixel(output, *view.pixel)
    output.set_title("output V")
    draw_map(lens, view.U, numbers=False, limits=limits)
    for lines in lens.collections:
        lines.set_clip_on(True)
    (top, left), (H, W) = view.corners[0], view.U.shape
    rows, columns = view.window or (_window(top, H), _window(left, W))
    lens.set(xlim=(columns[0] - 0.5, columns[-1] + 0.5), ylim=(rows[-1] + 0.5, rows[0] - 0.5),
             title="input U" if view.window else "input U, near the point")
    lens.axvspan(columns[0] - 0.5, columns[-1] + 0.5, fc="white", ec="#c4c4c4", hatch="///", lw=0, zorder=-2)
    lens.set_xticks(columns, [number(w) for w in columns])
    lens.set_yticks(rows, [number(h) for h in rows])
    for (h, w), value, colour in zip(view.corners, view.values, CORNERS):
        frame_pixel(lens, h, w, colour, 3)
        lens.text(w + (-OUTWARD if w == left else OUTWARD), h + (-OUTWARD if h == top else OUTWARD), number(value),
                  ha="center", va="center", zorder=7, bbox={"fc": "white", "ec": colour, "pad": 2})
    return figure, lens, text


def _draw_areas(lens, view):
    """The unit square between the four centres, cut at the point: each part has its opposite corner's colour."""
    from matplotlib.patches import Rectangle

    x, y = view.point
    for (h, w), (far_h, far_w), colour in zip(view.corners, view.corners[::-1], CORNERS):
        lens.add_patch(Rectangle((min(x, far_w), min(y, far_h)), abs(x - far_w), abs(y - far_h), fc=colour, ec="white",
                                 zorder=3))
    lens.plot(x, y, "o", color=VERMILLION, ms=9, mec="white", zorder=8)


def _window(first, size):
    """The pixels to show along one axis, around first and first + 1."""
    start, stop = max(min(first, 0), first - AROUND), min(max(first + 1, size - 1), first + 1 + AROUND)
    return range(start, stop + 1)


def _where(corner, receiver):
    """What becomes of the share of a corner outside the image; nothing to say of one inside."""
    if receiver is None:
        return f", {LOST}"
    return "" if receiver == corner else f", to the edge {receiver}"


def _operand(value):
    """A number after a sign: in brackets if it has one of its own."""
    return f"({number(value)})" if value < 0 else number(value)


def _write(ax, lines, headings):
    """Lines of (text, colour or None), from top to bottom."""
    ax.set_axis_off()
    for place, (text, colour) in enumerate(lines):
        height = 0.97 - place * 0.105
        if colour:
            ax.text(0, height, "■", transform=ax.transAxes, va="top", color=colour)
        ax.text(0.06 if colour else 0, height, text, transform=ax.transAxes, va="top",
                fontweight="bold" if place in headings else "normal")
