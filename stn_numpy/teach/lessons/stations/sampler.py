"""Stations of the sampler: the cell of a point, its weights, its neighbours and what they contribute, the slopes."""

import numpy as np

CORNERS = {"00": ("top left", 0, 0), "01": ("top right", 0, 1),
           "10": ("bottom left", 1, 0), "11": ("bottom right", 1, 1)}
PERMUTED = {"those of top right and bottom left exchanged": ("00", "10", "01", "11"),
            "each that of the opposite neighbour": ("11", "10", "01", "00"),
            "left and right exchanged": ("01", "00", "11", "10"), "top and bottom exchanged": ("10", "11", "00", "01")}


def tents(way, x, y, H, W):
    """The kernel max(0, 1 - |t|) between every point and every column, or row."""
    for name, p, size in (("x", x, W), ("y", y, H)):
        t = p[..., None] - np.arange(size)
        way.step(f"distance along {name}", t)
        way.step(f"distance along {name}, turned round", -t)
        way.step(f"|distance| along {name}", np.abs(t))
        way.step(f"1 - |distance| along {name}", 1 - np.abs(t))
        way.right(f"kernel {name}", f"max(0, 1 - |distance|) along {name}", np.maximum(0, 1 - np.abs(t)),
                  group="the kernel's values")
        for words, numbers in ((f"1 - |distance| along {name}, below 0 far away", 1 - np.abs(t)),
                               (f"max(0, 1 - distance) along {name}, without the absolute value", np.maximum(0, 1 - t)),
                               (f"max(0, 1 + distance) along {name}, without the absolute value", np.maximum(0, 1 + t)),
                               (f"max(0, 1 - distance squared) along {name}", np.maximum(0, 1 - t ** 2)),
                               (f"the kernel along {name} with pixels counted from 1",
                                np.maximum(0, 1 - np.abs(t - 1)))):
            way.wrong(f"kernel {name}", words, numbers)


def cell(way, x, y, H=None, W=None):
    """floor, the neighbour after it, and the fractions."""
    for name, letter, p, size in (("x", "a", x, W), ("y", "b", y, H)):
        low = np.floor(p)
        way.right(f"{name}0", f"{name}0 = floor({name})", low, group="the first neighbours")
        way.right(f"{name}1", f"{name}1 = {name}0 + 1", low + 1, group="the second neighbours")
        if size is not None:
            way.step(f"{name}0 clipped", low.clip(0, size - 1))
            way.step(f"{name}1 clipped", (low + 1).clip(0, size - 1))
        for words, numbers in ((f"{name} cut off towards zero", np.trunc(p)),
                               (f"{name} rounded to the nearest", np.round(p)),
                               (f"{name} rounded to the nearest, halves up", np.floor(p + 0.5)),
                               (f"ceil({name}) - 1, which is less than floor({name}) where {name} is whole",
                                np.ceil(p) - 1),
                               (f"{name} rounded up", np.ceil(p))):
            way.wrong(f"{name}0", words, numbers)
        way.wrong(f"{name}1", f"{name}0 - 1, the neighbour on the other side", low - 1)
        way.wrong(f"{name}1", f"ceil({name}), which is {name}0 itself where {name} is whole", np.ceil(p))
        way.right(letter, f"{letter} = {name} - floor({name})", p - low, group="the fractions")
        way.step(f"1 - {letter}", 1 - (p - low))
        way.step(f"{letter} - 1", p - low - 1)
        for words, numbers in (
                (f"{name} less {name} cut off towards zero", p - np.trunc(p)),
                (f"{name} less the nearest whole number", p - np.round(p)),
                *(((f"{name} - {name}0 with {name}0 clipped into the image first", p - low.clip(0, size - 1)),)
                  if size is not None else ())):
            way.wrong(letter, words, numbers)
    return x - np.floor(x), y - np.floor(y)


def weights(way, a, b, masks=None):
    """The four weights by name."""
    along_x, along_y = (1 - a, a), (1 - b, b)
    four = {}
    for key, (corner, dy, dx) in CORNERS.items():
        k_x, k_y = along_x[dx], along_y[dy]
        four[key] = k_x * k_y
        way.right(f"w{key}", f"the weight of the {corner} neighbour", *_masked(four[key], masks and masks[key]),
                  group="the four weights")
        way.wrong(f"w{key}", f"{_factor('a', dx)} + {_factor('b', dy)}: a sum, not the product", k_x + k_y)
    together(way, "weights", "the four weights", four, masks)
    for words, order in PERMUTED.items():
        if masks is not None:
            swapped = {key: four[other] for key, other in zip(four, order)}
            way.wrong("weights", f"the four weights where they lie inside, {words}", *_together(swapped, masks)[2:])
    way.wrong("w00", "1 - a - b, that is 1 - a * 1 - b without brackets", 1 - a - b)
    way.wrong("w01", "a - b, that is a * 1 - b without brackets", a - b)
    way.wrong("w10", "1 - a b, without brackets around 1 - a", 1 - a * b)
    return four


def together(way, id, words, four, masks):
    """What a loop over the four neighbours meets: all four, or those that lie inside."""
    way.right(id, words, *_together(four, masks), group=words)


def _together(four, masks):
    stacked = np.stack(list(four.values()))
    if masks is None:
        return (stacked,)
    inside = np.stack(list(masks.values()))
    return (stacked, np.where(inside, stacked, 0), stacked[inside],
            np.moveaxis(stacked, 0, -1)[np.moveaxis(inside, 0, -1)])


def _factor(letter, far):
    return letter if far else f"(1 - {letter})"


def _masked(values, inside):
    """An array; as it is where only what lies inside counts; and only what lies inside."""
    if inside is None:
        return (values,)
    zeroed = np.where(inside, values, 0)
    return values, zeroed, values[inside]


def insides(x, y, H, W):
    """For each corner, where it lies inside the image."""
    x0, y0 = np.floor(x), np.floor(y)
    return {key: (0 <= x0 + dx) & (x0 + dx < W) & (0 <= y0 + dy) & (y0 + dy < H)
            for key, (_, dy, dx) in CORNERS.items()}


def read(U, row, column):
    """U (N, C, H, W) at points (N, ...): outside 0, or the edge, or what a negative index reads; and what is inside."""
    H, W = U.shape[2:]
    n = np.arange(len(U)).reshape((-1,) + (1,) * (row.ndim - 1))
    row, column = row.astype(int), column.astype(int)
    inside = (0 <= row) & (row < H) & (0 <= column) & (column < W)

    def at(r, c):
        return np.moveaxis(U[n, :, r, c], -1, 1)

    edge = at(row.clip(0, H - 1), column.clip(0, W - 1))
    wrapped = at(np.where(row < 0, row % H, row.clip(0, H - 1)),
                 np.where(column < 0, column % W, column.clip(0, W - 1)))
    return np.where(inside[:, None], edge, 0), edge, wrapped, inside


def values(way, U, x, y):
    """U at each of the four neighbours, and in places that are taken for them."""
    x0, y0 = np.floor(x), np.floor(y)
    found = {}
    for key, (corner, dy, dx) in CORNERS.items():
        zero, edge, wrapped, inside = found[key] = read(U, y0 + dy, x0 + dx)
        way.right(f"U{key}", f"U at the {corner} neighbour", zero, *_chosen(zero, inside), group="the four neighbours")
        for letter, words, numbers in (("E", "at the edge", edge), ("R", "round the end of the image", wrapped)):
            way.right(f"{letter}{key}", f"U at the {corner} neighbour, read {words} where that lies outside", numbers,
                      group=f"the four neighbours, read {words} where they lie outside (there their weight must be 0)")
        way.wrong(f"U{key}", f"U at row x and column y, for the {corner} neighbour", *read(U, x0 + dx, y0 + dy)[:3])
    for key, words, dy, dx in (("01", "U one column to the left of x0, not to the right", 0, -1),
                               ("10", "U one row above y0, not below", -1, 0),
                               ("11", "U one row above and one column to the left", -1, -1)):
        way.wrong(f"U{key}", words, *read(U, y0 + dy, x0 + dx)[:3])
    return found


def _chosen(values, inside):
    """Values (N, C, ...) at the points that lie inside, all channels of a point together, and channel by channel."""
    return (np.moveaxis(values, 1, -1)[inside],)


def contributions(way, four, found):
    """Each weight times its own neighbour, and times another's."""
    parts, masks = {}, {}
    for key, (zero, edge, wrapped, inside) in found.items():
        corner, weight = CORNERS[key][0], four[key][:, None]
        parts[key], masks[key] = weight * zero, np.broadcast_to(inside[:, None], zero.shape)
        way.right(f"c{key}", f"weight times U of the {corner} neighbour", parts[key], *_chosen(parts[key], inside),
                  group="the four contributions")
        for other, not_own in four.items():
            if other != key:
                way.wrong(f"c{key}", f"U at the {corner} neighbour times the weight of the {CORNERS[other][0]} one",
                          *(not_own[:, None] * each for each in (zero, edge, wrapped)),
                          *_chosen(not_own[:, None] * zero, inside), inner=True)
        way.wrong(f"c{key}", f"the {corner} neighbour's weight times the pixel of the edge, where it lies outside",
                  weight * edge, inner=True)
        way.wrong(f"c{key}", f"the {corner} neighbour's weight times what a negative index reads, where it is outside",
                  weight * wrapped, inner=True)
    together(way, "contributions", "the four contributions", parts, masks)
    for words, order in PERMUTED.items():
        swapped = {key: four[other][:, None] * found[key][0] for key, other in zip(found, order)}
        way.wrong("contributions", f"the four contributions with the weights of other neighbours: {words}",
                  *_together(swapped, masks), inner=True)


def slopes(way, a, b, found):
    """dV/dx and dV/dy per pixel, for each channel."""
    U00, U01, U10, U11 = (found[key][0] for key in CORNERS)
    a, b = a[:, None], b[:, None]
    top, bottom, left, right = U01 - U00, U11 - U10, U10 - U00, U11 - U01
    for name, words, difference in (("top", "the upper pair, right less left", top),
                                    ("bottom", "the lower pair, right less left", bottom),
                                    ("left", "the left pair, lower less upper", left),
                                    ("right", "the right pair, lower less upper", right)):
        way.right(name, f"the difference of {words}", difference, group="the four differences")
        way.wrong(name, f"the difference of {words}, with its sign changed", -difference, inner=True)
    result = []
    for name, t, first, second, other in (("x", b, top, bottom, a), ("y", a, left, right, b)):
        slope = (1 - t) * first + t * second
        result.append(slope)
        letter, wrong_letter = ("b", "a") if name == "x" else ("a", "b")
        way.step(f"first part of s{name}", (1 - t) * first)
        way.step(f"second part of s{name}", t * second)
        way.right(f"s{name}", f"the slope dV/d{name}", slope, group="the slopes")
        for words, numbers in (
                (f"dV/d{name} with {wrong_letter} where {letter} belongs", (1 - other) * first + other * second),
                (f"dV/d{name} with the weights 1 - {letter} and {letter} exchanged", t * first + (1 - t) * second),
                (f"dV/d{name} with its sign changed", -slope),
                (f"dV/d{name} without weights: the sum of two differences", first + second),
                (f"dV/d{name} with weights of one half", (first + second) / 2)):
            way.wrong(f"s{name}", words, numbers)
    return result
