"""Lesson 05, back to the image: dU, where what meets adds up."""

import numpy as np

import stn_numpy as stn

from ...sampler import plain
from .parts import Exercise, Line, Mistake, Prediction, Probe, Puzzle, Where
from .shared_grid import OTHER, SINGLE, as_it_is, fresh, numbers
from .shared_mistakes import EDGE, SCALING, SUM_FOR_PRODUCT, UPSTREAM, WEIGHTS, batch_mistake, TOO_WIDE, straight, tent
from .shared_sampler import (SAMPLER_BACKWARD, corners, distances, four_corners, gradient, of_all_pixels, one, pixels,
                             sampled, sampler_sizes, true_dU)

# --- Solutions


def scatter_add(index, values, size):
    total = np.zeros(size)
    for place, value in zip(index, values):           # np.add.at(total, index, values) does the same
        total[place] += value
    return total


def bilinear_sampler_backward_U(dV, U, grid):
    N, C, H, W = U.shape
    n = np.arange(N)[:, None, None]
    dV = np.moveaxis(dV, 1, -1)                                      # (N, H_out, W_out, C)
    dU = np.zeros(U.shape)
    for row, column, inside, (k_x, k_y), _ in corners(grid, H, W):
        weight = (k_x * k_y * inside)[..., None]
        np.add.at(dU, (n, slice(None), row, column), weight * dV)    # the mirror of U[n, :, row, column]
    return dU


# --- The package's answers


def true_scatter_add(index, values, size):
    """Points that lie exactly on the pixels of one row: the gradient to U adds up what each pixel sent out.

    The row has 33 pixels, so that no rounding moves a point off its pixel.
    """
    grid = np.stack([index / 16 - 1, np.zeros(len(index))], axis=-1)[None, None].astype(values.dtype)
    _, cache = stn.bilinear_sampler_forward(np.zeros((1, 1, 1, 33), values.dtype), grid)
    return stn.bilinear_sampler_backward(values[None, None, None], cache)[0].reshape(33)[:size]

# --- Recipes


def add_all(dU, contributions):
    for place, values, inside in contributions:
        np.add.at(dU, place, values * inside)


def bilinear_sampler_dU_recipe(dV, U, grid, *, upstream=as_it_is, sent=gradient, put=add_all, times=one,
                               join=np.multiply, kernels=None, finish=lambda dU, contributions: dU, **choices):
    dV = upstream(sent(dV, U, grid))
    if kernels:                                      # every pixel, by Eq. 3, not the four around the point
        return np.einsum("ncij,nijh,nijw->nchw", dV, *of_all_pixels(kernels, distances(grid, *U.shape[2:])))
    dU, dV = np.zeros_like(U), np.moveaxis(dV, 1, -1)
    images = np.arange(len(U))[:, None, None]
    contributions = []
    for (row, column), inside, weights, _ in four_corners(grid, *U.shape[2:], **choices):
        part = join(*weights)[..., None] * dV * times(U, (row, column))              # (N, H_out, W_out, C)
        contributions.append(((images, slice(None), row, column), part, inside[..., None]))
    put(dU, contributions)
    return finish(dU, contributions)


def scatter_add_recipe(index, values, size, *, place=lambda index: index, put=np.add.at, keep=slice(None),
                       finish=lambda total, index: total):
    total = np.zeros(size, values.dtype)
    put(total, place(index)[keep], values[keep])
    return finish(total, index)

# --- Mistakes

def _into(ufunc):
    def put(total, index, values):
        ufunc.at(total, index, values)
    return put


def _largest(total, index, values):
    for place in set(index.tolist()):
        mine = values[index == place]
        total[place] = mine[np.argmax(np.abs(mine))]


def _maximum(total, index, values):
    np.maximum.at(total, index, values)


def _neighbours_only(total, index, values):
    """Only values that follow each other are added up; a place that comes again begins anew."""
    starts = np.flatnonzero(np.concatenate([[True], index[1:] != index[:-1]]))
    total[index[starts]] = np.add.reduceat(values, starts)


def _sorted_values(total, index, values):
    np.add.at(total, index, values[np.argsort(index, kind="stable")])


def _values_at_index(total, index, values):
    np.add.at(total, index, values[np.minimum(index, len(values) - 1)])


OF_SCATTERING = (
    Mistake("overwritten", "where several values go to one place, only the last is kept. They must add up.",
            "total[index] = values overwrites, and total[index] += values reads all old numbers before it writes any "
            "new one. Use np.add.at(total, index, values), or a loop with +=.", "lesson 05",
            ({"put": lambda total, index, values: total.__setitem__(index, values)},)),
    Mistake("first_kept", "where several values go to one place, only the first is kept. They must add up.",
            "Look for a condition that skips places which are filled already.", "lesson 05",
            ({"put": lambda total, index, values: total.__setitem__(index[::-1], values[::-1])},)),
    Mistake("largest_kept", "where several values go to one place, only the largest is kept. They must add up.",
            "Look for max or np.maximum.", "lesson 05", ({"put": _maximum}, {"put": _largest})),
    Mistake("averaged", "the values that go to one place are averaged. Gradients that meet add up.",
            "Look for a division by a count.", "lesson 05",
            ({"finish": lambda total, index: total / np.maximum(np.bincount(index, minlength=len(total)), 1)},)),
    Mistake("counted_only", "it is counted how many values go to each place, and the values themselves are left out.",
            "np.bincount(index) counts; np.bincount(index, weights=values) adds up.", "lesson 05",
            ({"put": lambda total, index, values: np.add.at(total, index, 1)},)),
    Mistake("multiplied_by_count", "each place is multiplied by the number of values that go to it.",
            "Look for a product with a count, or for a loop inside a loop.", "lesson 05",
            ({"finish": lambda total, index: total * np.maximum(np.bincount(index, minlength=len(total)), 1)},)),
    Mistake("subtracted", "the values are subtracted.", "Look for -= or for a minus sign.", "lesson 05",
            ({"put": _into(np.subtract)},)),
    Mistake("one_place_off", "every value goes to the place before or after the one that its index names.",
            "index counts from 0: total[index], neither + 1 nor - 1.", "lesson 05",
            (Where("It is the place before, and from 0 round the end.", {"place": lambda index: index - 1}),)),
    Mistake("numbers_of_entries", "what is added are the numbers of the entries, 0, 1, 2 and so on, and not the values.",
            "Look at the names in your loop: enumerate gives the number first.", "lesson 05",
            ({"put": lambda total, index, values: np.add.at(total, index, np.arange(len(index)).astype(total.dtype))},)),
    Mistake("values_at_index", "index says which value is taken, and not only where it goes: values[index] is added.",
            "The k-th value goes to the place index[k]: loop over both together.", "lesson 05",
            ({"put": _values_at_index},)),
    Mistake("values_sorted", "the values are in the order of sorted places, and the places are not.",
            "Look for np.sort or np.argsort: both or neither.", "lesson 05", ({"put": _sorted_values},)),
    Mistake("only_neighbours_added", "values for one place add up only if they follow each other.",
            "A place may come again later: sort first, or use np.add.at.", "lesson 05", ({"put": _neighbours_only},)),
    Mistake("some_left_out", "not all of the values are used.",
            "Look at the range of your loop, and at where its return stands.", "lesson 05",
            (Where("The first is left out.", {"keep": slice(1, None)}),
             Where("The last is left out.", {"keep": slice(None, -1)}),
             Where("Only the first is used.", {"keep": slice(None, 1)}))),
)



def _assign(dU, contributions):
    for place, values, inside in contributions:
        dU[place] = values * inside


def _add_once(dU, contributions):
    for place, values, inside in contributions:
        dU[place] += values * inside


def _selected(place, values, inside):
    """Only the points whose pixel is inside, as lists."""
    images, _, row, column = place
    keep = inside[..., 0]
    images = np.broadcast_to(images, keep.shape)
    return (images[keep], slice(None), row[keep], column[keep]), values[keep]


def _assign_inside(dU, contributions):
    for contribution in contributions:
        place, values = _selected(*contribution)
        dU[place] = values


def _add_once_inside(dU, contributions):
    for contribution in contributions:
        place, values = _selected(*contribution)
        dU[place] += values


def _assign_point_by_point(dU, contributions):
    """As loops over the points do that assign all four corners of one point before they go to the next."""
    for point in np.ndindex(contributions[0][1].shape[:3]):
        for (_, _, row, column), values, inside in contributions:
            if inside[point][0]:
                dU[point[0], :, row[point], column[point]] = values[point]


def _divide_by_weights(dU, contributions):
    total = np.zeros_like(dU)
    for place, values, inside in contributions:
        np.add.at(total, place, np.ones_like(values) * inside)
    return dU / np.maximum(total, 1)


def _first_channel(dU, contributions):
    return np.concatenate([dU[:, :1], np.zeros_like(dU[:, 1:])], axis=1)


def _each_corner_alone(dU, contributions):
    """Points add up within a corner, but each corner overwrites the ones before it."""
    for place, values, inside in contributions:
        part = np.zeros_like(dU)
        np.add.at(part, place, values * inside)
        touched = np.zeros_like(dU)
        np.add.at(touched, place, inside * np.ones_like(values))
        dU[...] = np.where(touched > 0, part, dU)


def _into_first_image(dU, contributions):
    for (_, channels, row, column), values, inside in contributions:
        np.add.at(dU, (np.zeros_like(row), channels, row, column), values * inside)


def _reshaped(dV, U, grid):
    """dV (N, C, H_out, W_out) read as (N, H_out, W_out, C) without moving an axis."""
    N, C, H, W = dV.shape
    return np.moveaxis(dV.reshape(N, H, W, C), -1, 1)


def _first_image(dV, U, grid):
    return np.broadcast_to(dV[:1], dV.shape)


TO_U = (
    Mistake("overwritten", "where several points read one pixel, only one of them gets through: the others are "
            "overwritten. Each of them must add its part.",
            "dU[index] = part overwrites, and dU[index] += part loses all but one of equal indices, since it reads all "
            "old numbers before it writes. Use np.add.at(dU, index, part), or a loop over the points with +=.",
            "Eq. 6, lesson 05",
            ({"put": _assign}, {"put": _assign_inside}, {"put": _add_once}, {"put": _add_once_inside},
             {"put": _assign_point_by_point}, {"put": _each_corner_alone})),
    UPSTREAM,
    Mistake("averaged", "each pixel's gradient is divided by the number of points that read it. Gradients that meet "
            "add up; nothing is averaged.",
            "Look for a division by a count.", "Eq. 6, lesson 05", ({"finish": _divide_by_weights},)),
    batch_mistake({"finish": lambda dU, contributions: dU / len(dU)}),
    Mistake("one_channel_only", "only the first channel gets a gradient. Every channel is sampled with the same "
            "weights, so each gets its own part of dV.",
            "Look for an index 0 where the channels should be, or for a loop over c that ends early.", "Eq. 6",
            ({"finish": _first_channel},)),
    Mistake("channels_added", "every channel gets the sum of all channels' gradients. Channel c of U is read only by "
            "channel c of V.",
            "Look for a sum over the axis of the channels. (It belongs in dgrid, not here.)", "Eq. 6",
            ({"upstream": lambda dV: np.broadcast_to(dV.sum(axis=1, keepdims=True), dV.shape)},)),
    Mistake("all_into_first_image", "what all images send goes into the first one, and the others stay 0.",
            "Look for dU[0], or for an index n that is missing.", "Eq. 6", ({"put": _into_first_image},)),
    Mistake("first_image_for_all", "every image gets the upstream gradient of the first.",
            "Look for dV[0].", "Eq. 6", ({"sent": _first_image},)),
    Mistake("first_channel_for_all", "every channel gets the upstream gradient of channel 0.",
            "Look for dV[:, 0], or for an index 0 where the channel c belongs.", "Eq. 6",
            ({"sent": lambda dV, U, grid: np.broadcast_to(dV[:, :1], dV.shape)},)),
    Mistake("dV_reshaped", "dV is reshaped from (N, C, H_out, W_out) to (N, H_out, W_out, C), which mixes channels and "
            "places up: a reshape does not move axes.",
            "Use np.moveaxis(dV, 1, -1).", "lesson 05", ({"sent": _reshaped},)),
    Mistake("V_for_dV", "the sampled values V take the place of the upstream gradient dV.",
            "Look for V where dV belongs.", "Eq. 6",
            ({"sent": lambda dV, U, grid: stn.bilinear_sampler_forward(U, grid)[0]},)),
    Mistake("weights_missing", "each of the four pixels gets the whole of dV. It gets dV times its weight: the weights "
            "with which it was read.",
            "Look for (1 - a)(1 - b), a (1 - b), (1 - a) b and a b in your code.", "Eq. 6",
            ({"weigh": lambda x, low, high: (np.ones_like(x), np.ones_like(x))},)),
    Mistake("max_missing", "every pixel of the image gets a part, with a weight 1 - |t| that is negative far away. The "
            "kernel is max(0, 1 - |t|).",
            "Look for np.maximum(0, ...).", "Eq. 5 and Eq. 6", ({"kernels": (straight, straight)}, Where("It is so along x only.", {"kernels": (tent, straight)}),
             Where("It is so along y only.", {"kernels": (straight, tent)}))),
    TOO_WIDE,
    Mistake("multiplied_by_U", "the values of U are multiplied in. V = weight times U, so the derivative with respect to "
            "U is the weight alone.",
            "Look for U in the line that makes dU; only its shape is needed.", "Eq. 6",
            ({"times": pixels},)),
)

# --- Probes

SCATTER = (Probe((np.array([0, 2, 2, 5, 1, 2, 5, 0, 3]), numbers(10, 9), 7), "an index that names some places twice"),
           Probe((np.array([4, 1, 4, 8, 8, 0]), np.float32(numbers(11, 6)), 12), SINGLE),
           Probe((np.array([3, 3, 0, 1, 1, 3, 0, 2, 2, 1, 2, 0]), fresh(12, 12), 4), OTHER, strided=True))


def sizes(dV, U, grid):
    return sampler_sizes(U, grid)

# --- Prediction


def sum_of_dU():
    theta = [[0.7, -0.2, 0.1], [0.15, 0.8, 0.05]]                # stays inside the image
    V, cache, _ = sampled(np.zeros((5, 8)), theta, (4, 7))
    dU, _ = stn.bilinear_sampler_backward(np.ones((1, 1, 4, 7)), cache)
    return float(dU.sum())


EXERCISES = (
    Exercise(
        id="scatter_add",
        lesson="05",
        arguments="index, values, size",
        answer="total",
        axes=("m",),
        task="An array of size zeros, to which each value is added at the place that its index names.",
        truth=true_scatter_add,
        solution=(scatter_add,),
        package=(plain.add_to,),
        recipe=scatter_add_recipe,
        mistakes=OF_SCATTERING,
        probes=SCATTER,
        hints=("Two values may go to the same place. What should stand there then?",
               "total[index] += values looks right, but for an index that occurs twice it keeps only one of the "
               "values.",
               "Use a loop with += over pairs of index and value, or np.add.at(total, index, values)."),
        well_done="Gathering reads; its mirror is scattering, and what meets adds up.",
        picture="bars"),
    Exercise(
        id="bilinear_sampler_backward_U",
        lesson="05",
        arguments="dV, U, grid",
        answer="dU",
        axes=("n", "c", "y", "x"),
        task="dU (N, C, H, W), the gradient of the loss to the image; dV (N, C, H_out, W_out) is the gradient to V.",
        truth=true_dU,
        solution=(corners, bilinear_sampler_backward_U),
        package=(plain.bilinear_sampler_backward,),
        recipe=bilinear_sampler_dU_recipe,
        mistakes=TO_U + SCALING + WEIGHTS + EDGE + (SUM_FOR_PRODUCT,),
        probes=SAMPLER_BACKWARD,
        sizes=sizes,
        hints=("In the forward pass a pixel was read with a weight. Backwards it gets dV, times the same weight.",
               "A pixel may have been read by many points, and each adds its part: this is scatter_add.",
               "For each image n, output pixel (i, j) and each of its four neighbours that is inside: "
               "dU[n, :, row, column] += weight * dV[n, :, i, j], all channels at once."),
        well_done="dU is the transpose of the forward pass: <V(U), R> = <U, dU(R)> for any R."),
)

PREDICTIONS = (
    Prediction(
        id="sum_of_dU",
        lesson="05",
        question="An image with one channel is sampled at 4 x 7 points, all of them inside. The upstream gradient dV "
                 "is 1 everywhere. What do all the numbers of dU add up to?",
        form="a number",
        truth=sum_of_dU,
        reason="Each point hands its 1 to four pixels, in shares that add up to 1. Nothing gets lost, so the sum is "
               "the number of points, 4 times 7.",
        count=1),
)

PUZZLES = (
    Puzzle(
        "scatter_to_dU", "05",
        "Order the lines of a function that makes dU from dV, for one image and one channel: U (H, W), dV (M,), and x, y "
        "(M,), the M sampling points in pixels, all well inside. One line is wrong: leave it out.",
        (Line("    return dU", {5: "it returns what line 5 fills"}),
         Line("    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)", {7: "it is the body of the function"}),
         Line("    for row, column, weight in corners:", {8: "it goes through `corners`, which line 8 makes",
                                                          6: "what is added up in the loop must start at 0 before it"}),
         Line("        dU[row, column] += weight * dV", {},
              "it loses gradients: where two points share a pixel, dU[...] += keeps only one of them"),
         Line("        np.add.at(dU, (row, column), weight * dV)", {3: "it is what the loop does for each corner"}),
         Line("    dU = np.zeros(U.shape)", {7: "it is the body of the function"}),
         Line("def scatter_to_dU(dV, U, x, y):", {}),
         Line("    corners = [(y0, x0, (1 - a) * (1 - b)), (y0, x0 + 1, a * (1 - b)),\n"
              "               (y0 + 1, x0, (1 - a) * b), (y0 + 1, x0 + 1, a * b)]",
              {9: "it uses a and b, which line 9 makes"}),
         Line("    a, b = x - x0, y - y0", {2: "it uses x0 and y0, which line 2 makes"})),
        "Read it once more against the forward pass: where that reads a pixel with a weight, this adds to it, with the "
        "same weight."),
)
