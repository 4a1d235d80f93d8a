"""Lesson 15, from the equation to fast NumPy: gathering and scattering by one flat index."""

import numpy as np

import stn_numpy as stn

from ...sampler import neighbours
from ...sampler.neighbours import PAD
from .parts import Exercise, Mistake, Prediction, Probe, Where
from .shared_grid import OTHER, SINGLE, fresh, numbers
from .shared_sampler import U, true_sampler, true_dU

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
    return np.moveaxis(true_sampler(P, _grid_of_corners(index, *P.shape[2:]).astype(P.dtype)), 2, 0)


def true_scatter_corners(dcorners, index, shape):
    dtype = dcorners.dtype
    return true_dU(np.moveaxis(dcorners, 0, 2), np.zeros(shape, dtype), _grid_of_corners(index, *shape[2:]).astype(dtype))


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


def gather_corners_recipe(P, index, *, by_columns=False, **choices):
    flat = np.swapaxes(P, 2, 3).reshape(-1) if by_columns else P.reshape(-1)
    return flat[places(index, P.shape, **choices) % flat.size]


def scatter_corners_recipe(dcorners, index, shape, *, put=add_all, by_columns=False, **choices):
    dP = np.zeros(shape, dcorners.dtype)
    put(dP.reshape(-1), places(index, shape, **choices) % dP.size, dcorners)
    if by_columns:
        N, C, H, W = shape
        return np.swapaxes(dP.reshape(N, C, W, H), 2, 3)
    return dP


# --- Mistakes

FLAT = "lesson 15, rung 3"


PLACES = (
    Mistake("without_padding", "the padding is not counted. The flat array holds the padded images, so a row of it is W "
            "long and an image H W, with H and W the sizes of the padded image.",
            "Look for a step or an offset that is made from the sizes of the image before it was padded.", FLAT,
            (*({"row": lambda H, W, p=p: W - 2 * p} for p in (PAD, 1)),
             *({"pixels": lambda H, W, p=p: (H - 2 * p) * (W - 2 * p)} for p in (PAD, 1)),
             {"row": lambda H, W: W - 2 * PAD, "pixels": lambda H, W: (H - 2 * PAD) * (W - 2 * PAD)})),
    Mistake("height_for_width", "from a pixel to the one below it are H places. A flat array goes along the rows, so the "
            "pixel below comes one row later, and a row has W pixels.",
            "Look at the step to the two bottom corners.", FLAT, ({"row": lambda H, W: H},)),
    Mistake("image_offset_missing", "every image uses the first one. index counts from the beginning of its own padded "
            "image, but the flat array has all images in it, one after the other.",
            "Add where each image begins: channel c of image n begins at (n C + c) H W.", FLAT,
            ({"number": lambda n, c, N, C: 0 * n}, {"number": lambda n, c, N, C: c})),
    Mistake("channels_not_counted", "channel c of image n is looked for at the place of another. Before it lie n images "
            "of C channels each and c channels of its own, and not all of them are counted.",
            "Channel c of image n begins at (n C + c) H W.", FLAT,
            ({"number": lambda n, c, N, C: n}, {"number": lambda n, c, N, C: n + c},
             {"number": lambda n, c, N, C: n * C})),
    Mistake("pixels_not_counted", "the images are counted, but not their pixels: channel c of image n begins at n C + c, "
            "or one row or one column further for each.",
            "Multiply by H W, the number of pixels of a padded image.", FLAT,
            ({"pixels": lambda H, W: 1}, {"pixels": lambda H, W: W}, {"pixels": lambda H, W: H})),
    Mistake("numbered_by_channel", "the images are numbered as if all first channels came first. In an array "
            "(N, C, H, W) all channels of image 0 come before image 1.",
            "np.arange(N * C).reshape(N, C, 1) numbers them as they lie.", FLAT,
            ({"number": lambda n, c, N, C: c * N + n},)),
    Mistake("offsets_swapped", "corners have changed places: one place further is the pixel to the right, one row further "
            "the pixel below.",
            "The order is top left, top right, bottom left, bottom right: 0, 1, W, W + 1.", FLAT,
            ({"steps": lambda row: (0, row, 1, row + 1)}, {"steps": lambda row: (0, 1, row + 1, row)})),
    Mistake("wrong_neighbours", "some corners are other neighbours than they should be.",
            "From the top left corner, the others are 1, W and W + 1 places further.", FLAT,
            (Where("Left stands for right.", {"steps": lambda row: (0, -1, row, row - 1)}),
             Where("Up stands for down.", {"steps": lambda row: (0, 1, -row, 1 - row)}),
             Where("The bottom ones are one pixel too far to the right.", {"steps": lambda row: (0, 1, row + 1, row + 2)}),
             Where("The bottom ones are one pixel too far to the left.", {"steps": lambda row: (0, 1, row - 1, row)}),
             Where("The bottom ones are two and three places to the right.", {"steps": lambda row: (0, 1, 2, 3)}),
             Where("The bottom right one is to the left of the bottom left one.", {"steps": lambda row: (0, 1, row, row - 1)}),
             Where("The top right one is to the left of the top left one.", {"steps": lambda row: (0, -1, row, row + 1)}),
             Where("The bottom right one is the bottom left one.", {"steps": lambda row: (0, 1, row, row)}),
             Where("The bottom ones are the top ones.", {"steps": lambda row: (0, 1, 0, 1)}),
             Where("All are one pixel too far to the right.", {"steps": lambda row: (1, 2, row + 1, row + 2)}))),
    Mistake("column_by_column", "the flat array goes down the columns. NumPy's order is along the rows.",
            "Look for order='F', or for a transpose before ravel or reshape.", FLAT, ({"by_columns": True},)),
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


def _some(*which):
    return lambda flat, places, values: add_all(flat, places[list(which)], values[list(which)])


def _all_to_top_left(flat, places, values):
    for value in values:
        np.add.at(flat, places[0], value)


ADDING = (
    Mistake("overwritten", "where several samples share a pixel, only one of them gets through. flat[place] += part "
            "reads all old numbers before it writes any new one, and flat[place] = part forgets the old ones.",
            "Use np.add.at(flat, place, part), with a flat place and a flat part.", "lesson 05, Eq. 6",
            ({"put": _add_once}, {"put": _add_once_to_all}, {"put": _assign}, {"put": _assign_all})),
    Mistake("lost_in_a_copy", "all of dP is 0, as if what is added went to a copy of it.",
            "dP.flatten() and flat[place] are copies. dP.reshape(-1) and flat[1:] are views: what you add to them you "
            "add to dP.", FLAT, ({"put": _to_a_copy},)),
    Mistake("corners_lost", "not all four corners are added.", "Four corners, four calls of np.add.at.", FLAT,
            (Where("Only the top left one is.", {"put": _some(0)}),
             Where("The bottom right one is missing.", {"put": _some(0, 1, 2)}),
             Where("The bottom ones are missing.", {"put": _some(0, 1)}))),
    Mistake("all_to_one", "all four corners' gradients go to the top left pixel.",
            "Each corner has its own place: 0, 1, W and W + 1 further.", FLAT, ({"put": _all_to_top_left},)),
    Mistake("averaged", "each gradient is divided by 4. Gradients that meet add up.", "Look for mean, or for / 4.",
            "lesson 05, Eq. 6", ({"put": lambda flat, places, values: add_all(flat, places, values / 4)},)),
    Mistake("subtracted", "the gradients are subtracted.", "Look for -= or for a minus sign.", "lesson 05, Eq. 6",
            ({"put": lambda flat, places, values: add_all(flat, places, -values)},)),
)

# --- Probes


def _tops(seed, N, M, H, W):
    """Places of M top left pixels in each of N padded images, some of them twice or side by side."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(0, H - 1, (N, M)), rng.integers(0, W - 1, (N, M))
    place = rows * W + columns
    place[:, 1] = place[:, 0]
    place[:, 2] = place[:, 0] + (1 if W > 4 else 0) * (columns[:, 0] < W - 2)
    return place


AROUND = ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD))
PADDED = np.pad(U[..., :7, :], AROUND, mode="edge")                             # (3, 2, 11, 18)
SINGLE_PADDED = np.float32(numbers(16, 3, 4, 9, 7))
OTHER_PADDED = fresh(17, 6, 5, 7, 13)
INDICES = [_tops(seed, len(P), M, *P.shape[2:]) for seed, M, P in ((18, 8, PADDED), (19, 6, SINGLE_PADDED),
                                                              (20, 14, OTHER_PADDED))]
GATHER = (Probe((PADDED, INDICES[0]), "three padded images of two channels"),
          Probe((SINGLE_PADDED, INDICES[1]), SINGLE), Probe((OTHER_PADDED, INDICES[2]), OTHER, strided=True))
SCATTER_CORNERS = (Probe((numbers(15, 4, 3, 2, 8), INDICES[0], PADDED.shape), "samples that share pixels"),
                   Probe((np.float32(numbers(21, 4, 3, 4, 6)), INDICES[1], SINGLE_PADDED.shape), SINGLE),
                   Probe((fresh(22, 4, 6, 5, 14), INDICES[2], OTHER_PADDED.shape), OTHER, strided=True))


def sizes_of_gather(P, index):
    return dict(zip(("N", "C", "H", "W", "M"), (*P.shape, index.shape[1])))


def sizes_of_scatter(dcorners, index, shape):
    return dict(zip(("N", "C", "H", "W", "M"), (*shape, index.shape[1])))

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
        sizes=sizes_of_gather,
        hints=("All padded images lie in P.reshape(-1), one after the other. Where does channel c of image n begin?",
               "Before it lie n C + c padded images of H W pixels each. np.arange(N * C).reshape(N, C, 1) counts "
               "them.",
               "Where flat[place] is the top left pixel, flat[1:][place] is the top right one, and flat[W:][place] "
               "the bottom left one."),
        well_done="With a frame around the image one index for each sample and four reads are enough, and no mask is needed."),
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
        sizes=sizes_of_scatter,
        hints=("It is the mirror of gather_corners: the same places, but adding where that one reads.",
               "flat = dP.reshape(-1) is a view, so what you add to flat, or to flat[1:], you add to dP.",
               "np.add.at(flat[W:], place.reshape(-1), dcorners[2].reshape(-1)) adds the bottom left corners."),
        well_done="If all three arrays of your np.add.at have one axis, it takes its fast way."),
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
                 "once, padding in place of masks, a faster scatter, slices of the batch, or what the package does "
                 "besides?",
        form='"batch", "padding", "scatter", "slices" or "package"',
        truth=largest_step,
        reason="A loop pays Python's price for each sample, many small steps of some hundred nanoseconds each; the "
               "whole batch pays it once. But do not despise the others: their factors multiply.",
        choices=("batch", "padding", "scatter", "slices", "package")),
)
