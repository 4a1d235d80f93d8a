"""Exercises of lessons 00 to 03: blending, target grid, affine grid, pixel coordinates."""

from ...grid import affine as grids
from ...grid import coordinates
from . import lesson_02 as grid_mistakes
from . import lesson_03 as pixel_mistakes
from . import shared_grid as recipes_grid
from .. import probes, solutions, truths
from .parts import Exercise

NOT_FLIPPED_TWICE = tuple(mistake for mistake in grid_mistakes.TARGET if mistake.id != "y_flipped")

EXERCISES = (
    Exercise(
        "blend", "00", "left, right, a", "mixed", ("m",),
        "Mix left and right: all of left where a = 0, all of right where a = 1.",
        truths.blend, (solutions.blend,), (), recipes_grid.blend, pixel_mistakes.BLEND, probes.BLEND,
        ("Put a = 0 and a = 1 into your line. Which of the two, left or right, comes out?",
         "At a = 0 all of left is wanted, so its factor must be 1 there, and 0 at a = 1.",
         "The factor of left is 1 - a, and that of right is a."),
        "Bilinear sampling is three of these blends: two along x, and one along y.", "bars"),
    Exercise(
        "target_grid", "01", "out_shape", "grid", ("i", "j", "xy"),
        "For each output pixel its normalised (x, y): x from -1 to 1 along a row, y from -1 to 1 down a column.",
        truths.target_grid, (solutions.target_grid,), (coordinates.pixel_centres, coordinates.target_points),
        recipes_grid.target_grid, grid_mistakes.TARGET + (grid_mistakes.STACKED_SWAPPED,), probes.TARGET,
        ("out_shape is (H_out, W_out): the number of rows comes first. How many different values of x are there?",
         "x belongs to the columns: np.linspace(-1, 1, W). y belongs to the rows: np.linspace(-1, 1, H).",
         "Make an empty (H, W, 2); put x[None, :] into [..., 0] and y[:, None] into [..., 1]."),
        "These are the points (x_t, y_t) that theta will be applied to.", "points"),
    Exercise(
        "map_point", "02", "theta, x_t, y_t", "point", ("xy",),
        "The source point (x_s, y_s) of one target point, with one theta of shape (2, 3).",
        truths.map_point, (solutions.map_point,), (grids.affine_grid_forward,), recipes_grid.map_point,
        grid_mistakes.AFFINE, probes.POINT,
        ("The first row of theta gives x_s, the second gives y_s.",
         "Each row has three numbers: one for x_t, one for y_t, and one that is added as it is.",
         "x_s = theta[0, 0] * x_t + theta[0, 1] * y_t + theta[0, 2], and y_s likewise from row 1."),
        "That is Eq. 1 for one point. The exercise that follows does it for all points of all images.", "points"),
    Exercise(
        "compose", "02", "theta_a, theta_b", "theta", ("r", "k"),
        "One theta (2, 3) that does what theta_b and then theta_a does.",
        truths.compose, (solutions.compose,), (), recipes_grid.compose, grid_mistakes.COMPOSE, probes.COMPOSE,
        ("Write down what b makes of a point p, and put that into a in place of p.",
         "a(b(p)) = A (B p + t_b) + t_a. Multiply out and sort: what stands in front of p, and what is left?",
         "The 2 x 2 part is A @ B, the shift is A @ t_b + t_a. np.column_stack joins them."),
        "The order matters: to shift and then turn is not to turn and then shift.", "image"),
    Exercise(
        "affine_grid_forward", "02", "theta, out_shape", "grid", ("n", "i", "j", "xy"),
        "The source points of all output pixels, for each theta of a batch (N, 2, 3).",
        truths.affine, (solutions.homogeneous_targets, solutions.affine_grid_forward), (grids.affine_grid_forward,),
        recipes_grid.affine_grid,
        grid_mistakes.AFFINE + grid_mistakes.OF_A_BATCH + NOT_FLIPPED_TWICE, probes.AFFINE,
        ("Begin with the target grid of lesson 01. Which number has to stand beside x_t and y_t, so that one "
         "matrix product does all of Eq. 1?",
         "Join x_t, y_t and ones to an array (H, W, 3). Then each source point is theta[n] times such a triple.",
         "np.einsum('nrk,ijk->nijr', theta, target): sum over k, the three numbers of a triple; r is x or y."),
        "theta says where to look: this grid holds the places in the source that the output is read from.", "points"),
    Exercise(
        "to_pixels", "03", "coordinate, size, align_corners", "x", ("m",),
        "Pixel coordinates of normalised coordinates along an axis of size pixels, under either rule.",
        coordinates.to_pixels, (solutions.to_pixels,), (coordinates.to_pixels, coordinates.pixels_per_unit),
        recipes_grid.to_pixels, pixel_mistakes.TO_PIXELS, probes.PIXELS,
        ("A straight line is given by two points. Where is the middle of the image, in both kinds of coordinate?",
         "0 becomes (size - 1) / 2, under both rules. What differs is how many pixels one unit is.",
         "One unit is (size - 1) / 2 pixels with align_corners=True, and size / 2 with False."),
        "The factor in front of the coordinate comes back in lesson 06, as part of the gradient.", "bars"),
    Exercise(
        "grid_to_pixels", "03", "grid, in_shape", "pixels", ("n", "i", "j", "xy"),
        "The points of a grid in pixels of an image of shape in_shape = (H, W), with align_corners=True.",
        truths.grid_to_pixels, (solutions.grid_to_pixels,), (coordinates.to_pixels,), recipes_grid.grid_to_pixels,
        pixel_mistakes.GRID_TO_PIXELS, probes.GRID_PIXELS,
        ("x and y each have their own size. Which of H and W does x count through?",
         "x counts columns, and there are W of them. -1 becomes 0 and 1 becomes W - 1.",
         "x = (grid[..., 0] + 1) * (W - 1) / 2, and y the same with grid[..., 1] and H."),
        "Now the sampler knows between which pixels each point lies.", "points"),
)
