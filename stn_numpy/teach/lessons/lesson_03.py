"""Lesson 03, pixels and coordinates: both rules of align_corners."""

import numpy as np

import stn_numpy as stn

from ...grid import coordinates
from .parts import Exercise, Mistake, Prediction, Probe, Where
from .shared_grid import (SINGLE, as_it_is, centre, first_x_then_y, fresh, half, half_less_one, own_sizes, unmoved,
                          unscaled, x_then_y)
from .shared_mistakes import RULERS
from .shared_sampler import GRID, of_the_image

# --- Solutions


def to_pixels(coordinate, size, align_corners):
    s = (size - 1) / 2 if align_corners else size / 2                # pixels for one unit
    return s * coordinate + (size - 1) / 2                           # 0 is the middle of the image


def grid_to_pixels(grid, in_shape):
    H, W = in_shape
    x = (grid[..., 0] + 1) * (W - 1) / 2              # x runs along the width
    y = (grid[..., 1] + 1) * (H - 1) / 2              # y runs down the height
    return np.stack([x, y], axis=-1)


# --- The package's answer


def true_grid_to_pixels(grid, in_shape):
    H, W = in_shape
    return np.stack([stn.to_pixels(grid[..., 0], W, True), stn.to_pixels(grid[..., 1], H, True)], axis=-1)


# --- Recipes


def to_pixels_recipe(coordinate, size, align_corners, *, slope=lambda size: (size - 1) / 2, edge_slope=lambda size: size / 2,
              middle=lambda size: (size - 1) / 2, edge_middle=lambda size: (size - 1) / 2, finish=as_it_is):
    """Slope times coordinate plus the middle; a slope and a middle for each of the two rules."""
    s, m = (slope(size), middle(size)) if align_corners else (edge_slope(size), edge_middle(size))
    return finish(coordinate * s + m)


def grid_to_pixels_recipe(grid, in_shape, *, slope=lambda size: (size - 1) / 2, middle=lambda size: (size - 1) / 2,
                          measure=of_the_image, sizes=own_sizes, read=first_x_then_y, stack=x_then_y):
    H, W = sizes(*measure(grid, *in_shape))
    x, y = read(grid)
    return stack(x * slope(W) + middle(W), y * slope(H) + middle(H))


# --- Mistakes


def _last(size):
    return size - 1


TO_PIXELS = (
    Mistake("rules_swapped", "the two rules have changed places: the numbers for align_corners=True are those of False, "
            "and the other way round.",
            "Look at the condition. With True, -1 and 1 are the centres of the corner pixels, W - 1 pixels apart; "
            "with False they are the outer edges, W pixels apart.", RULERS,
            ({"slope": half, "edge_slope": centre},)),
    Mistake("one_rule_for_both", "both rules give the same numbers, and they differ only in the slope.",
            "(W - 1) / 2 pixels for one unit with align_corners=True, W / 2 with False.", RULERS,
            (Where("They are those of False.", {"slope": half}), Where("They are those of True.", {"edge_slope": centre}))),
    Mistake("half_size", "W / 2 is taken as the middle of the image. The pixels are numbered 0 to W - 1, so the middle is "
            "(W - 1) / 2, under both rules.",
            "Look for (x + 1) * W / 2. It puts x = 1 at W, which is beyond the last pixel, W - 1.", RULERS,
            ({"slope": half, "middle": half, "edge_middle": half}, {"middle": half, "edge_middle": half},
             {"edge_middle": half}, {"slope": half, "middle": half}, {"middle": half})),
    Mistake("middle_missing", "the coordinate is scaled but not moved: x = 0 is the middle of the image, and it comes out "
            "at pixel 0.",
            "Add (W - 1) / 2, the pixel coordinate of the middle.", RULERS,
            ({"middle": unmoved, "edge_middle": unmoved},)),
    Mistake("not_scaled", "the coordinates are still normalised: x = 1 should become pixel W - 1, or W - 1/2.",
            "Multiply by the pixels for one unit, then add the middle.", RULERS,
            ({"slope": unscaled, "edge_slope": unscaled, "middle": unmoved, "edge_middle": unmoved},
             {"slope": unscaled, "edge_slope": unscaled})),
    Mistake("zero_to_one", "the coordinates are taken to run from 0 to 1. They run from -1 to 1.",
            "Bring them to 0 .. 1 first, (x + 1) / 2, or use the slope and the middle.", RULERS,
            ({"slope": _last, "edge_slope": as_it_is, "middle": unmoved, "edge_middle": lambda size: -0.5},
             {"slope": _last, "edge_slope": as_it_is, "middle": unmoved, "edge_middle": unmoved})),
    Mistake("half_missing", "x + 1 is multiplied by the size and not halved: from -1 to 1 are two units.",
            "One unit is (W - 1) / 2 pixels with align_corners=True, and W / 2 with False.", RULERS,
            ({"slope": _last, "middle": _last, "edge_slope": as_it_is, "edge_middle": lambda size: size - 0.5},
             {"slope": _last, "middle": _last, "edge_slope": as_it_is, "edge_middle": _last})),
    Mistake("slope_doubled", "one unit is twice too many pixels, W - 1 or W: from -1 to 1 are two units.",
            "One unit is (W - 1) / 2 pixels with align_corners=True, and W / 2 with False.", RULERS,
            ({"slope": _last, "edge_slope": as_it_is},)),
    Mistake("one_pixel_short", "with align_corners=True x = 1 becomes W - 2, and it should be the last pixel, W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            ({"slope": half_less_one, "middle": half_less_one},)),
    Mistake("counted_from_one", "everything is one pixel too far: pixels are numbered from 1, and arrays from 0.",
            "Look for a 1 that is added at the end.", RULERS, ({"finish": lambda x: x + 1},)),
    Mistake("half_pixel_added", "with align_corners=False everything is one pixel too far: half a pixel is added, where "
            "it is subtracted.",
            "x = -1 is the left edge of pixel 0, which is at -1/2: ((x + 1) * W - 1) / 2.", RULERS,
            ({"edge_middle": lambda size: (size + 1) / 2},)),
    Mistake("mirrored", "the coordinate has the opposite sign, so left and right have changed places.",
            "Look for a minus sign, or for 1 - x in place of x + 1.", RULERS,
            ({"slope": lambda size: -centre(size), "edge_slope": lambda size: -half(size)},)),
    Mistake("subtracted_one", "1 is subtracted from the coordinate before it is scaled, where it is added.",
            "x = -1 should become 0: (x + 1) * (W - 1) / 2.", RULERS,
            ({"middle": lambda size: -centre(size), "edge_middle": lambda size: -(size + 1) / 2},)),
    Mistake("backwards", "pixels are turned into normalised coordinates. It is the other way round.",
            "Solve the equation for the pixel coordinate: multiply by the size where you divide.", RULERS,
            ({"slope": lambda size: 2 / (size - 1), "middle": lambda size: -1, "edge_slope": lambda size: 2 / size,
              "edge_middle": lambda size: 1 / size - 1},)),
    Mistake("rounded", "the pixel coordinates are whole numbers. A point may lie between the pixels.",
            "Look for round, int, np.floor or //.", RULERS,
            (Where("They are rounded.", {"finish": np.round}), Where("They are rounded down.", {"finish": np.floor}),
             Where("They are cut off after the point.", {"finish": np.trunc}))),
    Mistake("integer_division", "half a size is rounded down, as // does it.",
            "Use / and not //.", RULERS,
            ({"slope": lambda size: (size - 1) // 2, "middle": lambda size: (size - 1) // 2,
              "edge_slope": lambda size: size // 2, "edge_middle": lambda size: (size - 1) // 2},
             {"slope": lambda size: (size - 1) // 2, "edge_slope": lambda size: size // 2},
             {"middle": lambda size: (size - 1) // 2, "edge_middle": lambda size: (size - 1) // 2})),
    Mistake("one_more", "the size is one too large: W + 1 where W belongs, or W where W - 1 belongs, in both rules.",
            "One unit is (W - 1) / 2 pixels with align_corners=True, and W / 2 with False.", RULERS,
            ({"slope": half, "edge_slope": lambda size: (size + 1) / 2, "middle": half,
              "edge_middle": half},
             {"slope": half, "edge_slope": lambda size: (size + 1) / 2})),
)

GRID_TO_PIXELS = (
    Mistake("sizes_swapped", "x is scaled with the height and y with the width.",
            "in_shape is (H, W). x counts columns, so it belongs with the width W; y counts rows, with the height H.",
            RULERS, ({"sizes": lambda H, W: (W, H)},)),
    Mistake("one_size_for_both", "x and y are scaled with the same size.",
            "x belongs with the width W, y with the height H.", RULERS,
            ({"sizes": lambda H, W: (H, H)}, {"sizes": lambda H, W: (W, W)})),
    Mistake("size_of_the_output", "the pixels are those of an image as large as the grid. Wanted are those of the image that "
            "is read, in_shape.",
            "Look for grid.shape.", RULERS, ({"measure": lambda grid, H, W: grid.shape[1:3]},)),
    Mistake("axes_swapped", "y comes first. The last axis holds (x, y), x first.",
            "Look at the line that joins x and y.", "lesson 01",
            ({"stack": lambda x, y: x_then_y(y, x)},)),
    Mistake("read_swapped", "the grid is taken as (y, x): what is called x in it is scaled as y, and stands first.",
            "grid[..., 0] is x, and grid[..., 1] is y.", "lesson 01",
            ({"read": lambda grid: (grid[..., 1], grid[..., 0])},)),
    Mistake("one_for_both", "the same coordinate is used for x and for y.",
            "grid[..., 0] is x, and grid[..., 1] is y.", "lesson 01",
            ({"read": lambda grid: (grid[..., 0], grid[..., 0])}, {"read": lambda grid: (grid[..., 1], grid[..., 1])})),
    Mistake("half_size", "W / 2 stands where (W - 1) / 2 belongs: x = 1 should be the centre of the last pixel, W - 1.",
            "Look for (x + 1) * W / 2, or for half a pixel that is subtracted.", RULERS,
            ({"slope": half, "middle": half}, {"middle": half})),
    Mistake("outer_edges", "the numbers are right for align_corners=False. Here align_corners is True: x = -1 and x = 1 "
            "are the centres of the first and the last pixel.", "The slope is (W - 1) / 2.", RULERS,
            ({"slope": half},)),
    Mistake("middle_missing", "the coordinates are scaled but not moved: 0 is the middle of the image, and it comes out "
            "at pixel 0.", "Add (W - 1) / 2 to x, and (H - 1) / 2 to y.", RULERS, ({"middle": unmoved},)),
    Mistake("half_missing", "x + 1 is multiplied by W - 1 and not halved: from -1 to 1 are two units.",
            "One unit is (W - 1) / 2 pixels.", RULERS, ({"slope": _last, "middle": _last},)),
    Mistake("slope_doubled", "one unit is W - 1 pixels, twice too many: from -1 to 1 are two units.",
            "One unit is (W - 1) / 2 pixels.", RULERS, ({"slope": _last},)),
    Mistake("not_scaled", "the coordinates are not scaled: they are still normalised.",
            "x = 1 should become W - 1.", RULERS, ({"slope": unscaled, "middle": unmoved},
                                                   {"slope": unscaled, "middle": unscaled}, {"slope": unscaled})),
    Mistake("one_pixel_short", "x = 1 becomes W - 2, and it should become W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            ({"slope": half_less_one, "middle": half_less_one},)),
    Mistake("minus_a_pixel", "x = 1 becomes W - 1, but x = -1 becomes -1: the sizes are W and H, and a whole pixel is "
            "subtracted at the end.",
            "(x + 1) * (W - 1) / 2, with the 1 inside the brackets.", RULERS,
            ({"slope": half, "middle": lambda size: size / 2 - 1},)),
    Mistake("y_flipped", "y is turned upside down: row 0 is at the top, where y is -1.",
            "Look for a minus sign in front of y, or for 1 - y.", "lesson 01",
            ({"read": lambda grid: (grid[..., 0], -grid[..., 1])},)),
    Mistake("backwards", "pixels are turned into normalised coordinates. It is the other way round.",
            "Multiply by the size where you divide.", RULERS,
            ({"slope": lambda size: 2 / (size - 1), "middle": lambda size: -1},)),
)

# --- Probes

COORDINATES = np.array([-1.0, -0.62, -0.1, 0.35, 1.0, 1.2])
CORNERS, EDGES = "align_corners=True", "align_corners=False"
PIXELS = (Probe((COORDINATES, 8, True), CORNERS), Probe((COORDINATES, 5, False), EDGES),
          Probe((np.float32(COORDINATES[1:]), 14, True), f"{CORNERS} and {SINGLE}"),
          Probe((fresh(1, 3, 4), 11, False), f"{EDGES}, and an array of 3 x 4 that is a view of a larger one",
                strided=True))
GRID_PIXELS = (Probe((GRID, (9, 14)), "an image of 9 rows and 14 columns"),
               Probe((np.float32(fresh(2, 3, 2, 8, 2)), (11, 7)), f"{SINGLE}, 11 rows and 7 columns"),
               Probe((fresh(3, 4, 7, 2, 2), (3, 6)), "3 rows and 6 columns, and a grid that is a view of a larger array",
                     strided=True))


def sizes_along(coordinate, size, align_corners):
    return {"size": size}


def sizes_of(grid, in_shape):
    return dict(zip(("H", "W"), in_shape))

# --- Prediction


def pixel_of_minus_one():
    return tuple(float(stn.to_pixels(np.array([-1.0]), 4, align_corners)[0]) for align_corners in (True, False))


EXERCISES = (
    Exercise(
        id="to_pixels",
        lesson="03",
        arguments="coordinate, size, align_corners",
        answer="x",
        axes=("m",),
        task="Pixel coordinates of normalised coordinates along an axis of size pixels, under either rule.",
        truth=coordinates.to_pixels,
        solution=(to_pixels,),
        package=(coordinates.to_pixels, coordinates.pixels_per_unit),
        recipe=to_pixels_recipe,
        mistakes=TO_PIXELS,
        probes=PIXELS,
        sizes=sizes_along,
        hints=("A straight line is given by two points. Where is the middle of the image, in both kinds of "
               "coordinate?",
               "0 becomes (size - 1) / 2, under both rules. What differs is how many pixels one unit is.",
               "One unit is (size - 1) / 2 pixels with align_corners=True, and size / 2 with False."),
        well_done="The factor in front of the coordinate comes back in lesson 06, as part of the gradient.",
        picture="bars"),
    Exercise(
        id="grid_to_pixels",
        lesson="03",
        arguments="grid, in_shape",
        answer="pixels",
        axes=("n", "i", "j", "xy"),
        task="The points of a grid in pixels of an image of shape in_shape = (H, W), with align_corners=True.",
        truth=true_grid_to_pixels,
        solution=(grid_to_pixels,),
        package=(coordinates.to_pixels,),
        recipe=grid_to_pixels_recipe,
        mistakes=GRID_TO_PIXELS,
        probes=GRID_PIXELS,
        sizes=sizes_of,
        hints=("x and y each have their own size. Which of H and W does x count through?",
               "x counts columns, and there are W of them. -1 becomes 0 and 1 becomes W - 1.",
               "x = (grid[..., 0] + 1) * (W - 1) / 2, and y the same with grid[..., 1] and H."),
        well_done="Now the sampler knows between which pixels each point lies.",
        picture="points"),
)

PREDICTIONS = (
    Prediction(
        id="pixel_of_minus_one",
        lesson="03",
        question="An image is W = 4 pixels wide. At which pixel coordinate is x = -1 with align_corners=True, and at "
                 "which with align_corners=False? (The centre of the first pixel is at 0.)",
        form="two numbers, (with True, with False)",
        truth=pixel_of_minus_one,
        reason="With True, -1 is the centre of the first pixel, 0. With False, it is the left edge of that pixel, "
               "half a pixel before its centre.",
        count=2),
)
