"""Lesson 03, pixels and coordinates: both rules of align_corners."""

import numpy as np

import stn_numpy as stn

from ...grid import coordinates
from .parts import Exercise, Mistake, Prediction, Probe
from .shared_grid import GRID, as_it_is, first_x_then_y, half, half_less_one, own_sizes, unmoved, unscaled, x_then_y
from .shared_mistakes import RULERS

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
                   sizes=own_sizes, read=first_x_then_y, stack=x_then_y):
    H, W = sizes(*in_shape)
    x, y = read(grid)
    return stack(x * slope(W) + middle(W), y * slope(H) + middle(H))


# --- Mistakes

TO_PIXELS = (
    Mistake("rules_swapped", "The two rules have changed places: your numbers for align_corners=True are those of "
            "False, and the other way round.",
            "Look at the condition. With True, -1 and 1 are the centres of the corner pixels, W - 1 pixels apart; "
            "with False they are the outer edges, W pixels apart.", RULERS,
            ({"slope": half, "edge_slope": lambda size: (size - 1) / 2},)),
    Mistake("one_rule_for_both", "Your function gives the same for both rules: align_corners changes nothing.",
            "Only the slope depends on it: (W - 1) / 2 pixels for one unit with True, W / 2 with False.", RULERS,
            ({"slope": half}, {"edge_slope": lambda size: (size - 1) / 2})),
    Mistake("half_size", "You use W / 2 as the middle of the image. The pixels are numbered 0 to W - 1, so the middle "
            "is (W - 1) / 2, under both rules.",
            "Look for (x + 1) * W / 2. It puts x = 1 at W, which is beyond the last pixel, W - 1.", RULERS,
            ({"slope": half, "middle": half, "edge_middle": half}, {"edge_middle": half},
             {"slope": half, "middle": half})),
    Mistake("middle_missing", "You scale the coordinate but never move it: x = 0 is the middle of the image, "
            "and your function puts it at pixel 0.",
            "Add (W - 1) / 2, the pixel coordinate of the middle.", RULERS,
            ({"middle": unmoved, "edge_middle": unmoved},)),
    Mistake("not_scaled", "The coordinates are still normalised: x = 1 should become pixel W - 1, or W - 1/2.",
            "Multiply by the pixels for one unit, then add the middle.", RULERS,
            ({"slope": unscaled, "edge_slope": unscaled, "middle": unmoved, "edge_middle": unmoved},
             {"slope": unscaled, "edge_slope": unscaled})),
    Mistake("zero_to_one", "Your function takes coordinates that run from 0 to 1. These run from -1 to 1.",
            "Bring them to 0 .. 1 first, (x + 1) / 2, or use the slope and the middle.", RULERS,
            ({"slope": lambda size: size - 1, "edge_slope": lambda size: size, "middle": unmoved,
              "edge_middle": lambda size: -0.5},
             {"slope": lambda size: size - 1, "edge_slope": lambda size: size, "middle": unmoved,
              "edge_middle": unmoved})),
    Mistake("one_pixel_short", "You subtract 1 twice: your last pixel is W - 2, and it should be W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            ({"slope": half_less_one, "middle": half_less_one},)),
    Mistake("counted_from_one", "Everything is one pixel too far: you number the pixels from 1, and arrays are "
            "numbered from 0.",
            "Look for a + 1 that is not inside (x + 1).", RULERS, ({"finish": lambda x: x + 1},)),
    Mistake("rounded", "You round to whole pixels. The place between two pixels is what bilinear sampling needs later.",
            "Look for astype(int), np.floor, np.round or //.", "lesson 03",
            ({"finish": np.floor}, {"finish": np.round}, {"finish": np.trunc})),
)

GRID_TO_PIXELS = (
    Mistake("sizes_swapped", "You scale x with the height and y with the width.",
            "x counts columns, so it belongs with the width W; in_shape is (H, W), the height first.", RULERS,
            ({"sizes": lambda H, W: (W, H)},)),
    Mistake("one_size_for_both", "You use one size for both axes. This image is not square.",
            "x belongs with the width W, y with the height H.", RULERS,
            ({"sizes": lambda H, W: (H, H)}, {"sizes": lambda H, W: (W, W)})),
    Mistake("axes_swapped", "Your answer has y first. The last axis holds (x, y), x first.",
            "Look at the line that joins x and y.", "lesson 01",
            ({"stack": lambda x, y: x_then_y(y, x)},)),
    Mistake("half_size", "You use W / 2 where (W - 1) / 2 belongs: x = 1 should be the centre of the last pixel, "
            "W - 1.", "Look for (x + 1) * W / 2, or for half a pixel that is subtracted.", RULERS,
            ({"slope": half, "middle": half},)),
    Mistake("outer_edges", "Your numbers are right for align_corners=False. Here align_corners is True: x = -1 and "
            "x = 1 are the centres of the first and the last pixel.", "The slope is (W - 1) / 2.", RULERS,
            ({"slope": half},)),
    Mistake("middle_missing", "You scale the coordinates but never move them: 0 is the middle of the image, and you "
            "put it at pixel 0.", "Add (W - 1) / 2 to x, and (H - 1) / 2 to y.", RULERS, ({"middle": unmoved},)),
    Mistake("not_scaled", "The coordinates are not scaled: they are still normalised.",
            "x = 1 should become W - 1.", RULERS, ({"slope": unscaled, "middle": unmoved}, {"slope": unscaled, "middle": unscaled},
                                                   {"slope": unscaled})),
    Mistake("one_pixel_short", "You subtract 1 twice: x = 1 becomes W - 2, and it should become W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            ({"slope": half_less_one, "middle": half_less_one},)),
)

# --- Probes

COORDINATES = np.array([-1.0, -0.62, -0.1, 0.35, 1.0, 1.2])
PIXELS = (Probe((COORDINATES, 8, True), "align_corners=True"), Probe((COORDINATES, 5, False), "align_corners=False"))
GRID_PIXELS = (Probe((GRID, (5, 8)), "an image of 5 rows and 8 columns"),)

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
