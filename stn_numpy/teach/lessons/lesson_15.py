"""Lesson 15, from the equation to fast NumPy: gathering and scattering by one flat index."""

import numpy as np

import stn_numpy as stn

from ...sampler import neighbours
from ...sampler.neighbours import PAD
from .parts import Exercise, Mistake, Prediction, Probe
from .shared_grid import numbers
from .shared_sampler import U, true_dU, true_sampler

# --- Solutions


def gather_corners(P, index):
    N, C, H, W = P.shape                                             # with the padding
    first = np.arange(N * C).reshape(N, C, 1) * H * W                # where each channel of each image begins
    flat, place = P.reshape(-1), index[:, None] + first              # (N, C, M)
    return np.stack([flat[place], flat[1:][place], flat[W:][place], flat[W + 1:][place]])


def scatter_corners(dcorners, index, shape):
    N, C, H, W = shape
    first = np.arange(N * C).reshape(N, C, 1) * H * W
    place = (index[:, None] + first).reshape(-1)                     # flat, as np.add.at likes it
    dP = np.zeros(shape, dcorners.dtype)
    flat = dP.reshape(-1)                                            # a view: what is added to it is added to dP
    for step, dcorner in zip((0, 1, W, W + 1), dcorners):
        np.add.at(flat[step:], place, dcorner.reshape(-1))
    return dP


# --- The package's answers


def _grid_of_corners(index, H, W):
    """The four pixels of each sample as points of a grid, (N, 4, M, 2)."""
    rows, columns = np.divmod(index, W)
    y = np.stack([rows, rows, rows + 1, rows + 1], axis=1)
    x = np.stack([columns, columns + 1, columns, columns + 1], axis=1)
    return np.stack([2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1], axis=-1)


def true_gather_corners(P, index):
    """Sampling exactly on a pixel reads that pixel."""
    return np.moveaxis(true_sampler(P, _grid_of_corners(index, *P.shape[2:])), 2, 0)


def true_scatter_corners(dcorners, index, shape):
    return true_dU(np.moveaxis(dcorners, 0, 2), np.zeros(shape), _grid_of_corners(index, *shape[2:]))


# --- Recipes and their ingredients


def row_and_padding(H, W):
    """From a pixel to the one below it."""
    return W


def all_pixels(H, W):
    """From a padded image to the next."""
    return H * W


def image_by_image(n, c, N, C):
    """How many padded images come before channel c of image n."""
    return n * C + c


def right_then_down(row):
    """From the top left corner to itself, the top right, the bottom left and the bottom right."""
    return 0, 1, row, row + 1


def add_all(flat, places, values):
    for place, value in zip(places, values):
        np.add.at(flat, place, value)


def places(index, shape, *, row=row_and_padding, pixels=all_pixels, number=image_by_image, steps=right_then_down):
    """Where the four corners of each sample lie in the flat array of all padded images, (4, N, C, M)."""
    N, C, H, W = shape
    n, c = np.arange(N)[:, None, None], np.arange(C)[:, None]
    first = number(n, c, N, C) * pixels(H, W) + 0 * (n + c)                        # (N, C, 1)
    return np.stack([index[:, None] + first + step for step in steps(row(H, W))])


def gather_corners_recipe(P, index, **choices):
    return P.reshape(-1)[places(index, P.shape, **choices)]


def scatter_corners_recipe(dcorners, index, shape, *, put=add_all, **choices):
    dP = np.zeros(shape, dcorners.dtype)
    put(dP.reshape(-1), places(index, shape, **choices), dcorners)
    return dP


# --- Mistakes

FLAT = "lesson 15, rung 3"


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

# --- Probes

AROUND = ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD))
PADDED = np.pad(U, AROUND, mode="edge")                              # (2, 3, 9, 12)
LOWER = np.array([[14, 27, 27, 65, 40, 26], [30, 91, 52, 30, 77, 43]])     # some twice, some beside or below another
GATHER = (Probe((PADDED, LOWER), "two padded images of three channels"),)
SCATTER_CORNERS = (Probe((numbers(15, 4, 2, 3, 6), LOWER, PADDED.shape), "samples that share pixels"),)

# --- Predictions


def flat_place():
    U = np.zeros((1, 1, 5, 8))
    U[0, 0, 3, 4] = 1.0
    return int(np.argmax(np.pad(U, AROUND).reshape(-1)))


def largest_step():
    """The one truth that is not worked out: no two machines measure the same, but on all that we know it is this."""
    return "batch"


EXERCISES = (
    Exercise(
        id="gather_corners",
        lesson="15",
        arguments="P, index",
        answer="corners",
        axes=("w", "n", "c", "m"),
        task="The pixels at top left, top right, bottom left and bottom right of each sample, (4, N, C, M); P (N, C, "
             "H, W) are padded images, and index (N, M) is the place of the top left pixel in its own flat padded "
             "image.",
        truth=true_gather_corners,
        solution=(gather_corners,),
        package=(neighbours.corner_views, stn.bilinear_sampler_forward),
        recipe=gather_corners_recipe,
        mistakes=PLACES,
        probes=GATHER,
        hints=("All padded images lie in P.reshape(-1), one after the other. Where does channel c of image n begin?",
               "Before it lie n C + c padded images of H W pixels each. np.arange(N * C).reshape(N, C, 1) counts "
               "them.",
               "Where flat[place] is the top left pixel, flat[1:][place] is the top right one, and flat[W:][place] "
               "the bottom left one."),
        well_done="One index for each sample, four reads, and no mask."),
    Exercise(
        id="scatter_corners",
        lesson="15",
        arguments="dcorners, index, shape",
        answer="dP",
        axes=("n", "c", "y", "x"),
        task="dP, of the given shape (N, C, H, W), padded images of zeros to which each corner's gradient is added; "
             "dcorners is (4, N, C, M) in the order of gather_corners, and index (N, M) as it is there.",
        truth=true_scatter_corners,
        solution=(scatter_corners,),
        package=(neighbours.corner_views, stn.bilinear_sampler_backward),
        recipe=scatter_corners_recipe,
        mistakes=PLACES + ADDING,
        probes=SCATTER_CORNERS,
        hints=("It is the mirror of gather_corners: the same places, but adding where that one reads.",
               "flat = dP.reshape(-1) is a view, so what you add to flat, or to flat[1:], you add to dP.",
               "np.add.at(flat[W:], place.reshape(-1), dcorners[2].reshape(-1)) adds the bottom left corners."),
        well_done="All three arrays of np.add.at have one axis, and so it takes its fast way."),
)

PREDICTIONS = (
    Prediction(
        id="flat_place",
        lesson="15",
        question="An image of 5 rows and 8 columns gets 2 more pixels on each of its four sides, and is then written "
                 "down row by row, as one long line. At which place of this line is the image's pixel in row 3, "
                 "column 4? (The first place is 0.)",
        form="a number",
        truth=flat_place,
        reason="With its padding a row is 12 pixels long, and the pixel is in row 5, column 6 of the padded image: 5 "
               "times 12, and 6 more.",
        count=1),
    Prediction(
        id="largest_step",
        lesson="15",
        question="Which one step makes the sampler faster by the largest factor: from loops to the whole batch at "
                 "once, padding in place of masks, a faster scatter, slices of the batch, or keeping what the "
                 "forward pass has found?",
        form='"batch", "padding", "scatter", "slices" or "kept"',
        truth=largest_step,
        reason="A loop pays Python's price for each sample, many small steps of some hundred nanoseconds each; the "
               "whole batch pays it once. But do not despise the others: their factors multiply.",
        choices=("batch", "padding", "scatter", "slices", "kept")),
)
