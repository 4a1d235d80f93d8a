"""Exercises of lessons 04 to 07: the bilinear sampler, and the chain of gradients back to theta."""

from ...grid import affine as grids
from ...sampler import fast as samplers
from . import lesson_06 as gradient
from . import lesson_02 as mistakes_grid
from . import lesson_03 as pixels
from . import lesson_04 as sampling
from . import lesson_07 as theta_mistakes
from . import shared_grid as recipes_grid, shared_sampler as recipes_sampler
from .. import probes, solutions, truths
from .parts import Exercise


def _pick(mistakes, *ids):
    return tuple(mistake for mistake in mistakes if mistake.id in ids)


def _without(mistakes, *ids):
    return tuple(mistake for mistake in mistakes if mistake.id not in ids)


SHARED_WITH_SLOPES = _pick(sampling.WEIGHTS, "truncation", "rounded") + _pick(sampling.EDGE, "border", "wraps_round",
                                                                              "cut_at_edge")
TARGETS = _without(mistakes_grid.TARGET, "y_flipped")
CHAIN = _without(gradient.TO_GRID, "averaged_over_batch") + _pick(gradient.SLOPES, "sign", "weights_missing",
                                                                  "weights_reversed")

EXERCISES = (
    Exercise(
        "bilinear_weights", "04", "x, y", "weights", ("w",),
        "The four weights of the point (x, y), in pixels: top left, top right, bottom left, bottom right.",
        truths.bilinear_weights, (solutions.bilinear_weights,), (samplers.bilinear_sampler_forward,),
        recipes_sampler.bilinear_weights, sampling.WEIGHTS + (sampling.SUM_FOR_PRODUCT,), probes.WEIGHTS,
        ("How far is the point from the pixel on its left, and from the pixel above it?",
         "a = x - floor(x) is that distance along x. The left pixel gets 1 - a: all, where a is 0.",
         "Multiply the weight along x with the weight along y: (1 - a)(1 - b) for the top left, and so on."),
        "The four always add up to 1.", "bars"),
    Exercise(
        "sample_pixel", "04", "U, x, y", "value", (),
        "The value of one image U (H, W) at the point (x, y), in pixels. Outside the image there is 0.",
        truths.sample_pixel, (solutions.sample_pixel,), (samplers.bilinear_sampler_forward,),
        recipes_sampler.sample_pixel,
        (pixels.ROW_AND_COLUMN_SWAPPED,) + sampling.WEIGHTS + sampling.EDGE, probes.ONE_PIXEL,
        ("Find the four pixels around the point, and their weights.",
         "Add up weight times U[row, column], but only for those of the four that are inside the image.",
         "Rows are y0 and y0 + 1, columns x0 and x0 + 1. Skip one where not 0 <= row < H or not 0 <= column < W."),
        "Bilinear sampling is this, for every point of the grid and every channel.", "bars"),
    Exercise(
        "bilinear_sampler_forward", "04", "U, grid", "V", ("n", "c", "i", "j"),
        "U (N, C, H, W) sampled at all points of grid (N, H_out, W_out, 2), zeros outside.",
        truths.bilinear_sampler, (solutions.corners, solutions.bilinear_sampler_forward),
        (samplers.bilinear_sampler_forward,), recipes_sampler.bilinear_sampler,
        pixels.SCALING + sampling.WEIGHTS + sampling.EDGE, probes.SAMPLER,
        ("Turn grid into pixels first (lesson 03). From there on it is sample_pixel, for arrays.",
         "x0 = np.floor(x).astype(int) is an array. Clip the indices so that they can be read, and let the weight "
         "be 0 where the pixel was outside.",
         "With n = np.arange(N)[:, None, None], U[n, :, row, column] reads one pixel for every point, channels last."),
        "Now every output pixel is a sum of four input pixels, and of that we can take derivatives.", "image"),
    Exercise(
        "scatter_add", "05", "index, values, size", "total", ("m",),
        "An array of size zeros, to which each value is added at the place that its index names.",
        truths.scatter_add, (solutions.scatter_add,), (samplers._scatter_add,), recipes_sampler.scatter_add,
        gradient.SCATTER, probes.SCATTER,
        ("Two values may go to the same place. What should stand there then?",
         "total[index] += values looks right, but for an index that occurs twice it keeps only one of the values.",
         "Use a loop with += over pairs of index and value, or np.add.at(total, index, values)."),
        "Gathering reads; its mirror is scattering, and what meets adds up.", "bars"),
    Exercise(
        "bilinear_sampler_backward_U", "05", "dV, U, grid", "dU", ("n", "c", "y", "x"),
        "dU (N, C, H, W), the gradient of the loss to the image; dV (N, C, H_out, W_out) is the gradient to V.",
        truths.dU, (solutions.corners, solutions.bilinear_sampler_backward_U), (samplers.bilinear_sampler_backward,),
        recipes_sampler.bilinear_sampler_dU,
        gradient.TO_U + pixels.SCALING + _without(sampling.WEIGHTS, "rounded") + sampling.EDGE,
        probes.SAMPLER_BACKWARD,
        ("In the forward pass a pixel was read with a weight. Backwards it gets dV, times the same weight.",
         "A pixel may have been read by many points, and each adds its part: this is scatter_add.",
         "np.add.at(dU, (n, slice(None), row, column), part), with part (N, H_out, W_out, C) the weight times dV."),
        "dU is the transpose of the forward pass: <V(U), R> = <U, dU(R)> for any R.", "image"),
    Exercise(
        "slopes", "06", "U, x, y", "slopes", ("xy",),
        "dV/dx and dV/dy of one image U (H, W) at the point (x, y), for a step of one pixel; right-hand at a kink.",
        truths.slopes, (solutions.slopes,), (samplers.bilinear_sampler_backward,), recipes_sampler.slopes,
        (gradient.SWAPPED,) + gradient.SLOPES + SHARED_WITH_SLOPES, probes.ONE_PIXEL,
        ("Write V with a and b, and differentiate to a. b is a constant while x changes.",
         "Along x: the difference right minus left, once for the upper pair of pixels and once for the lower.",
         "dV/dx = (1 - b)(U01 - U00) + b (U11 - U10), where a pixel outside the image is 0."),
        "Beside an edge of the image this slope says which way to move.", "bars"),
    Exercise(
        "bilinear_sampler_backward_grid", "06", "dV, U, grid", "dgrid", ("n", "i", "j", "xy"),
        "dgrid (N, H_out, W_out, 2), the gradient of the loss to the normalised sampling points.",
        truths.dgrid, (solutions.corners, solutions.bilinear_sampler_backward_grid),
        (samplers.bilinear_sampler_backward,), recipes_sampler.bilinear_sampler_dgrid,
        gradient.TO_GRID + gradient.SLOPES + _without(pixels.SCALING, "y_flipped", "outer_edges", "middle_missing")
        + SHARED_WITH_SLOPES, probes.SAMPLER_BACKWARD,
        ("Each point is read by all channels. Chain rule: slope times dV, added up over the channels.",
         "The slopes are per pixel, and grid is normalised. How many pixels is one unit?",
         "dgrid[..., 0] = (W - 1) / 2 * sum over c of dV * ((1 - b)(U01 - U00) + b (U11 - U10))."),
        "This is the road by which a network learns where to look.", "image"),
    Exercise(
        "dtheta_of_point", "07", "dpoint, x_t, y_t", "dtheta", ("r", "k"),
        "What one point adds to dtheta (2, 3); dpoint is (dx_s, dy_s), the gradient to its source point.",
        truths.dtheta_of_point, (solutions.dtheta_of_point,), (grids.affine_grid_backward,),
        recipes_grid.dtheta_of_point, theta_mistakes.ONE_POINT, probes.DPOINT,
        ("x_s = theta_11 x_t + theta_12 y_t + theta_13. What is its derivative to theta_11? To theta_13?",
         "Each entry of theta is multiplied by x_t, by y_t or by 1, and belongs to x_s or to y_s.",
         "Row r, column k: dpoint[r] times (x_t, y_t, 1)[k]. np.outer makes such a table."),
        "dtheta of an image is the sum of these tables over its points.", "image"),
    Exercise(
        "affine_grid_backward", "07", "dgrid, theta, out_shape", "dtheta", ("n", "r", "k"),
        "dtheta (N, 2, 3), the gradient of the loss to theta; dgrid (N, H_out, W_out, 2) is the gradient to grid.",
        truths.dtheta, (solutions.homogeneous_targets, solutions.affine_grid_backward),
        (grids.affine_grid_backward,), recipes_grid.affine_gradient,
        theta_mistakes.ONE_POINT + theta_mistakes.ALL_POINTS + TARGETS, probes.AFFINE_BACKWARD,
        ("Each entry of theta moves all points of its image. What happens to gradients that meet?",
         "Add up dtheta_of_point over all points of the image. The target points are those of the forward pass.",
         "np.einsum('nijr,ijk->nrk', dgrid, target), with target (H_out, W_out, 3) holding (x_t, y_t, 1)."),
        "theta itself was not needed: the grid is a linear function of theta.", "image"),
    Exercise(
        "loss_to_theta", "07", "dV, U, theta", "dtheta", ("n", "r", "k"),
        "dtheta (N, 2, 3) from dV (N, C, H_out, W_out): the whole chain, through the sampler and the grid.",
        truths.loss_to_theta, (solutions.loss_to_theta,),
        (samplers.bilinear_sampler_backward, grids.affine_grid_backward), recipes_sampler.loss_to_theta,
        CHAIN + _pick(theta_mistakes.ALL_POINTS, "mean_over_points", "only_the_last_point", "summed_over_batch",
                      "source_for_target"), probes.CHAIN,
        ("Go forward first: theta to grid, grid to V. Then go back through the same two steps, in reverse.",
         "dV to dgrid is lesson 06; dgrid to dtheta is the exercise before this one.",
         "out_shape is dV.shape[2:]. You may use the package's pairs, stn.affine_grid_forward and so on."),
        "That is the whole chain of a spatial transformer, from the loss to theta.", "image"),
)
