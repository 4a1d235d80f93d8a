"""Mistakes of lessons 00 and 03 to 06: blending two values, normalised and pixel coordinates, and the sampler.

The sampler's mistakes are shared by its forward, by its two gradients and by their small versions of one point; each
exercise picks those that can be made there.
"""

import numpy as np

from .parts import Mistake
from .shared_grid import x_then_y

RULERS = "lesson 03, the two rulers"


def _half_less_one(size):
    return (size - 2) / 2


def _half(size):
    return size / 2


def _one(size):
    return 1


def _zero(size):
    return 0


BLEND = (
    Mistake("brackets_missing", "You compute 1 - a * left + ..., without brackets. Python multiplies before it "
            "subtracts, so left gets the weight -a, and a 1 is added.",
            "Put brackets around 1 - a.", "lesson 00",
            ({"weight_left": np.negative, "finish": lambda mixed: 1 + mixed},)),
    Mistake("weights_reversed", "The two weights have changed places: you give a to left and 1 - a to right. With "
            "a = 0 your function gives right, and it should give left.",
            "Try a = 0 and a = 1 by hand, then exchange a and 1 - a.", "lesson 00",
            ({"weight_left": lambda a: a, "weight_right": lambda a: 1 - a},)),
    Mistake("one_minus_missing", "You add a times right to the whole of left. What right gains, left must lose: the "
            "two weights add up to 1.",
            "Look at the factor in front of left.", "lesson 00", ({"weight_left": lambda a: 1},)),
    Mistake("plain_average", "You take the plain average, whatever a is.", "Look for 0.5 or for a division by 2.",
            "lesson 00", ({"weight_left": lambda a: 0.5, "weight_right": lambda a: 0.5},)),
    Mistake("difference_reversed", "You go away from right: left + a (left - right). To get from left to right, add "
            "a times (right - left).",
            "Look at the order of the difference.", "lesson 00",
            ({"weight_left": lambda a: 1 + a, "weight_right": lambda a: -a},)),
)

TO_PIXELS = (
    Mistake("rules_swapped", "The two rules have changed places: your numbers for align_corners=True are those of "
            "False, and the other way round.",
            "Look at the condition. With True, -1 and 1 are the centres of the corner pixels, W - 1 pixels apart; "
            "with False they are the outer edges, W pixels apart.", RULERS,
            ({"slope": _half, "edge_slope": lambda size: (size - 1) / 2},)),
    Mistake("one_rule_for_both", "Your function gives the same for both rules: align_corners changes nothing.",
            "Only the slope depends on it: (W - 1) / 2 pixels for one unit with True, W / 2 with False.", RULERS,
            ({"slope": _half}, {"edge_slope": lambda size: (size - 1) / 2})),
    Mistake("half_size", "You use W / 2 as the middle of the image. The pixels are numbered 0 to W - 1, so the middle "
            "is (W - 1) / 2, under both rules.",
            "Look for (x + 1) * W / 2. It puts x = 1 at W, which is beyond the last pixel, W - 1.", RULERS,
            ({"slope": _half, "middle": _half, "edge_middle": _half}, {"edge_middle": _half},
             {"slope": _half, "middle": _half})),
    Mistake("middle_missing", "You scale the coordinate but never move it: x = 0 is the middle of the image, "
            "and your function puts it at pixel 0.",
            "Add (W - 1) / 2, the pixel coordinate of the middle.", RULERS,
            ({"middle": _zero, "edge_middle": _zero},)),
    Mistake("not_scaled", "The coordinates are still normalised: x = 1 should become pixel W - 1, or W - 1/2.",
            "Multiply by the pixels for one unit, then add the middle.", RULERS,
            ({"slope": _one, "edge_slope": _one, "middle": _zero, "edge_middle": _zero},
             {"slope": _one, "edge_slope": _one})),
    Mistake("zero_to_one", "Your function takes coordinates that run from 0 to 1. These run from -1 to 1.",
            "Bring them to 0 .. 1 first, (x + 1) / 2, or use the slope and the middle.", RULERS,
            ({"slope": lambda size: size - 1, "edge_slope": lambda size: size, "middle": _zero,
              "edge_middle": lambda size: -0.5},
             {"slope": lambda size: size - 1, "edge_slope": lambda size: size, "middle": _zero,
              "edge_middle": _zero})),
    Mistake("one_pixel_short", "You subtract 1 twice: your last pixel is W - 2, and it should be W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            ({"slope": _half_less_one, "middle": _half_less_one},)),
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
            ({"slope": _half, "middle": _half},)),
    Mistake("outer_edges", "Your numbers are right for align_corners=False. Here align_corners is True: x = -1 and "
            "x = 1 are the centres of the first and the last pixel.", "The slope is (W - 1) / 2.", RULERS,
            ({"slope": _half},)),
    Mistake("middle_missing", "You scale the coordinates but never move them: 0 is the middle of the image, and you "
            "put it at pixel 0.", "Add (W - 1) / 2 to x, and (H - 1) / 2 to y.", RULERS, ({"middle": _zero},)),
    Mistake("not_scaled", "The coordinates are not scaled: they are still normalised.",
            "x = 1 should become W - 1.", RULERS, ({"slope": _one, "middle": _zero}, {"slope": _one, "middle": _one},
                                                   {"slope": _one})),
    Mistake("one_pixel_short", "You subtract 1 twice: x = 1 becomes W - 2, and it should become W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            ({"slope": _half_less_one, "middle": _half_less_one},)),
)


# --- The sampler: from coordinates to the image

ROW_AND_COLUMN_SWAPPED = Mistake(
    "axes_swapped", "x and y have changed places: you read U[x, y]. An array is indexed [row, column], and y counts "
    "the rows, so it is U[y, x].",
    "Look at each pair of square brackets after U.", "lesson 01",
    ({"read": lambda grid: (grid[..., 1], grid[..., 0])},))



def _scale(slope, middle):
    return {"scale": lambda coordinate, size: coordinate * slope(size) + middle(size)}


def _centre(size):
    return (size - 1) / 2


SCALING = (
    Mistake("axes_swapped", "You read the grid as (y, x). Its last axis holds (x, y): grid[..., 0] is x and counts "
            "columns, grid[..., 1] is y and counts rows.",
            "Look at the lines that take x and y out of the grid, and at the order of the indices: U[n, c, row, "
            "column] is U[n, c, y, x].", "lesson 01, Eq. 3",
            ({"read": lambda grid: (grid[..., 1], grid[..., 0])},)),
    Mistake("y_flipped", "You turn y upside down. y grows downwards, as the row number does.",
            "Look for a minus sign in front of y, or for H - 1 - y.", "lesson 01, Eq. 3",
            ({"read": lambda grid: (grid[..., 0], -grid[..., 1])},)),
    Mistake("sizes_swapped", "You scale x with the height and y with the width.",
            "Look at U.shape: it is (N, C, H, W), the height before the width. x counts columns: use W.", RULERS,
            ({"sizes": lambda H, W: (W, H)},)),
    Mistake("not_scaled", "You use the normalised coordinates, -1 to 1, as if they were pixels: the whole of the "
            "output is read from the corner of the image.",
            "Turn x into pixels first: (x + 1) * (W - 1) / 2.", RULERS,
            (_scale(_one, _zero), _scale(_one, _one))),
    Mistake("half_size", "You use W / 2 where (W - 1) / 2 belongs: (x + 1) * W / 2 puts x = 1 at W, beyond the last "
            "pixel, W - 1.",
            "Look at the line that turns x into pixels.", RULERS, (_scale(_half, _half),)),
    Mistake("outer_edges", "You use the rule of align_corners=False, ((x + 1) * W - 1) / 2. Here align_corners is "
            "True: x = -1 and x = 1 are the centres of the first and the last pixel.",
            "Look at the line that turns x into pixels: (x + 1) * (W - 1) / 2.", RULERS, (_scale(_half, _centre),)),
    Mistake("middle_missing", "You scale x but never move it: x = 0 is the middle of the image, and you put it at "
            "pixel 0.", "Add (W - 1) / 2, the pixel coordinate of the middle.", RULERS, (_scale(_centre, _zero),)),
    Mistake("one_pixel_short", "You subtract 1 twice: x = 1 becomes W - 2, and it should become W - 1.",
            "Look for a name such as max_x that is W - 1 already, and loses another 1 later.", RULERS,
            (_scale(_half_less_one, _half_less_one),)),
)
