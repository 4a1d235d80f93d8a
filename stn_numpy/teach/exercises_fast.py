"""Exercises of lesson 08: gathering and scattering by one flat index."""

from ..sampler import fast as samplers
from ..sampler import neighbours
from . import probes, recipes_fast, solutions, truths
from .lessons import lesson_15 as mistakes_fast
from .lessons.parts import Exercise

EXERCISES = (
    Exercise(
        "gather_corners", "08", "P, index", "corners", ("w", "n", "c", "m"),
        "The pixels at top left, top right, bottom left and bottom right of each sample, (4, N, C, M); P (N, C, H, W) "
        "are padded images, and index (N, M) is the place of the top left pixel in its own flat padded image.",
        truths.gather_corners, (solutions.gather_corners,),
        (neighbours.corner_views, samplers.bilinear_sampler_forward), recipes_fast.gather_corners,
        mistakes_fast.PLACES, probes.GATHER,
        ("All padded images lie in P.reshape(-1), one after the other. Where does channel c of image n begin?",
         "Before it lie n C + c padded images of H W pixels each. np.arange(N * C).reshape(N, C, 1) counts them.",
         "Where flat[place] is the top left pixel, flat[1:][place] is the top right one, and flat[W:][place] the "
         "bottom left one."),
        "One index for each sample, four reads, and no mask.", "image"),
    Exercise(
        "scatter_corners", "08", "dcorners, index, shape", "dP", ("n", "c", "y", "x"),
        "dP, of the given shape (N, C, H, W), padded images of zeros to which each corner's gradient is added; "
        "dcorners is (4, N, C, M) in the order of gather_corners, and index (N, M) as it is there.",
        truths.scatter_corners, (solutions.scatter_corners,),
        (neighbours.corner_views, samplers.bilinear_sampler_backward), recipes_fast.scatter_corners,
        mistakes_fast.PLACES + mistakes_fast.ADDING, probes.SCATTER_CORNERS,
        ("It is the mirror of gather_corners: the same places, but adding where that one reads.",
         "flat = dP.reshape(-1) is a view, so what you add to flat, or to flat[1:], you add to dP.",
         "np.add.at(flat[W:], place.reshape(-1), dcorners[2].reshape(-1)) adds the bottom left corners."),
        "All three arrays of np.add.at have one axis, and so it takes its fast way.", "image"),
)
