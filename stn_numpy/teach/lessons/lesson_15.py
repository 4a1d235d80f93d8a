"""Mistakes of lesson 08: where a corner lies in the flat array, and adding to it."""

from ...sampler.neighbours import PAD
from .parts import Mistake

FLAT = "lesson 08, rung 3"


def _own_width(H, W):
    return W - 2 * PAD


def _own_pixels(H, W):
    return (H - 2 * PAD) * (W - 2 * PAD)


PLACES = (
    Mistake("without_padding", "You count without the padding. The flat array holds the padded images, so a row of it "
            "is W long and an image H W, with H and W the sizes of the padded image.",
            "Look for a step or an offset that is made from the sizes of the image before it was padded.", FLAT,
            ({"row": _own_width}, {"pixels": _own_pixels}, {"row": _own_width, "pixels": _own_pixels})),
    Mistake("height_for_width", "From a pixel to the one below it you go H places. A flat array goes along the rows, "
            "so the pixel below comes one row later, and a row has W pixels.",
            "Look at the step to the two bottom corners.", FLAT, ({"row": lambda H, W: H},)),
    Mistake("image_offset_missing", "Every image uses the first one. index counts from the beginning of its own padded "
            "image, but the flat array has all images in it, one after the other.",
            "Add where each image begins: channel c of image n begins at (n C + c) H W.", FLAT,
            ({"number": lambda n, c, N, C: 0 * n}, {"number": lambda n, c, N, C: c})),
    Mistake("channels_not_counted", "The images begin at the right places only if there is one channel. Before image n "
            "lie n images of C channels each, and before its channel c another c.",
            "Channel c of image n begins at (n C + c) H W.", FLAT,
            ({"number": lambda n, c, N, C: n}, {"number": lambda n, c, N, C: n + c},
             {"number": lambda n, c, N, C: n * C})),
    Mistake("numbered_by_channel", "You number the images as if all first channels came first. In an array "
            "(N, C, H, W) all channels of image 0 come before image 1.",
            "np.arange(N * C).reshape(N, C, 1) numbers them as they lie.", FLAT,
            ({"number": lambda n, c, N, C: c * N + n},)),
    Mistake("offsets_swapped", "Top right and bottom left have changed places: one place further is the pixel to the "
            "right, one row further the pixel below.",
            "The order is top left, top right, bottom left, bottom right: 0, 1, W, W + 1.", FLAT,
            ({"steps": lambda row: (0, row, 1, row + 1)},)),
)


# --- Ways of adding that lose something


def _add_once(flat, places, values):
    for place, value in zip(places, values):
        flat[place] += value


def _add_once_to_all(flat, places, values):
    flat[places] += values


def _assign(flat, places, values):
    for place, value in zip(places, values):
        flat[place] = value


def _assign_all(flat, places, values):
    flat[places] = values


def _to_a_copy(flat, places, values):
    """What is added to dP.flatten(), or to flat[place], never reaches dP."""


ADDING = (
    Mistake("overwritten", "Where several samples share a pixel, only one of them gets through. flat[place] += part "
            "reads all old numbers before it writes any new one.",
            "Use np.add.at(flat, place, part), with a flat place and a flat part.", "lesson 05, Eq. 6",
            ({"put": _add_once}, {"put": _add_once_to_all}, {"put": _assign}, {"put": _assign_all})),
    Mistake("lost_in_a_copy", "All of your dP is 0: what you add goes to a copy of it.",
            "dP.flatten() and flat[place] are copies. dP.reshape(-1) and flat[1:] are views: what you add to them you "
            "add to dP.", FLAT, ({"put": _to_a_copy},)),
)
