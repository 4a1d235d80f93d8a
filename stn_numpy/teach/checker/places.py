"""Where the wrong numbers are: what they all have in common, in words."""

import numpy as np

AXIS_WORDS = {"n": "image", "c": "channel", "i": "row", "j": "column", "y": "row", "x": "column", "r": "row",
              "k": "column", "m": "element"}
SLOTS = {"xy": ("x", "y"), "w": ("top left", "top right", "bottom left", "bottom right")}     # named one by one
BORDERS = ({"i", "j"}, {"y", "x"})          # axes of a map, which has an edge


def slot_name(axis, index):
    """An index in words: "row 3", "x", "top left"."""
    return SLOTS[axis][index] if axis in SLOTS else f"{AXIS_WORDS.get(axis, axis)} {index}"


def common_place(found, by_probes=True):
    """(a sentence, the place alone) of what all wrong numbers have in common; ("", "") where there is nothing.

    `by_probes` where it is worth saying which of the probes are right.
    """
    words = [*_along_axes(found), *_masks(found)]
    if not words:
        return _probes(found) if by_probes else ("", "")
    locus = ", ".join(words)
    return f"All the wrong numbers are {locus}.", locus


def _along_axes(found):
    """What the indices along each axis have in common: "in image 1", "from row 1 on", "in the last column"."""
    bad = [w for w in found.wrong if w.any()]
    for axis, name in enumerate(found.exercise.axes):
        touched = [(set(np.nonzero(w)[axis].tolist()), w.shape[axis]) for w in bad]
        if any(len(indices) == size for indices, size in touched):
            continue
        yield from filter(None, [_indices(touched, name)])


def _indices(touched, name):
    sets = [indices for indices, _ in touched]
    word = AXIS_WORDS.get(name, name)
    if all(indices == sets[0] for indices in sets):
        names = [slot_name(name, i) for i in sorted(sets[0])]
        if len(names) == 1:
            return f"in {names[0]}"
    if all(indices == {size - 1} for indices, size in touched):
        return f"in the last {word}"
    if all(indices == {0, size - 1} for indices, size in touched):
        return f"in the first and the last {word}"
    if all(indices == set(range(min(indices), size)) for indices, size in touched) and len(set(map(min, sets))) == 1:
        return f"from {slot_name(name, min(sets[0]))} on"
    if len(sets[0]) <= 3 and name in "ncrkwxy" and all(indices == sets[0] for indices in sets):
        return f"in {' and '.join(slot_name(name, i) for i in sorted(sets[0]))}"
    return ""


def _masks(found):
    """The smallest place of those that the exercise knows, or the edge of a map, that holds all wrong numbers."""
    fitting = []
    for words, masks in _known_places(found):
        inside = all(not (w & ~m).any() for w, m in zip(found.wrong, masks))
        if inside and any((~m).any() for w, m in zip(found.wrong, masks) if w.any()):
            everything = all((w == m).all() for w, m in zip(found.wrong, masks))
            fitting.append((sum(int(m.sum()) for m in masks), words, everything))
    if fitting:
        _, words, everything = min(fitting)
        yield f"where {words}" + (", and there all are wrong" if everything else "")


def _known_places(found):
    exercise = found.exercise
    if exercise.places:
        places = [exercise.places(*arguments) for arguments in found.arguments]
        for words in places[0]:
            yield words, [np.broadcast_to(place[words], w.shape) for place, w in zip(places, found.wrong)]
    for border in BORDERS:
        axes = [k for k, name in enumerate(exercise.axes) if name in border]
        if len(axes) == 2:
            yield "the map has its edge", [_edge(w.shape, axes) for w in found.wrong]


def _edge(shape, axes):
    mask = np.zeros(shape, bool)
    for axis in axes:
        index = [slice(None)] * len(shape)
        for end in (0, -1):
            index[axis] = end
            mask[tuple(index)] = True
    return mask


def _probes(found):
    """Whether some probes are right and others are not."""
    words = [probe.words for probe in found.exercise.probes]
    good = [word for word, w in zip(words, found.wrong) if not w.any()]
    bad = [word for word, w in zip(words, found.wrong) if w.any()]
    if not good or len(words) > 6 or len(set(words)) < len(words):
        return "", ""
    others = " and with ".join(bad) if len(bad) < 3 else "the others"
    return f"With {' and with '.join(good)} all is right; with {others} it is not.", ""
