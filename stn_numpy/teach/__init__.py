"""The lessons' companion: it judges an answer and names the mistake, hints, shows solutions, remembers predictions.

    from stn_numpy import teach

In a notebook each call goes at the end of its cell, and what it returns shows itself: as a page with a picture there,
as plain text in a terminal. No call raises, whatever it is given: a cell that is still blank never stops a notebook.

    teach.check("to_pixels", to_pixels)      judge the learner's function (the function itself, not what it returns)
    teach.hint("to_pixels")                  a hint; each further call gives the next one; hint("to_pixels", 2) that one
    teach.solution("to_pixels")              a solution in the learner's own terms, and where the package has it
    teach.probe("to_pixels")                 the arguments with which check calls the function, to try it by hand
    teach.predict("shift_right", "left")     remember a guess; predict("shift_right") asks the question
    teach.reveal("shift_right")              the guess beside the truth, with the reason
    teach.order("scatter_to_dU")             lines of code to put in order; order("scatter_to_dU", [3, 1, 2]) judges one
    teach.contents()                         a table of all exercises, predictions and lines to order

`check` returns a Result: `status` ("passed", "not attempted", "named", "different", "shape", "changed input" or
"error"), `exercise`, `mistakes` (ids of the bank), `message`, and `picture()`; it counts as True where the answer
passed. A Solution has the code of its exercise cell as `source`. `...` in place of an answer, a guess or an
order means "not attempted yet".

Exercises: the id is the name of the function to write. A gradient takes the upstream gradient and then whatever the
forward took. Functions return the bare value; (value, cache) is good too. Images are zero outside and
align_corners is True unless it is an argument.

    lesson  function                                        returns
    00      blend(left, right, a)                           (1 - a) left + a right, for arrays of one shape
    01      target_grid(out_shape)                          (H_out, W_out, 2) normalised (x, y) of each output pixel
    02      map_point(theta, x_t, y_t)                      (x_s, y_s) for one theta (2, 3) and one target point
            compose(theta_a, theta_b)                       (2, 3), the transform that does b first and then a
            affine_grid_forward(theta, out_shape)           grid (N, H_out, W_out, 2)
    03      to_pixels(coordinate, size, align_corners)      pixel coordinates along one axis, any shape
            grid_to_pixels(grid, in_shape)                  (N, H_out, W_out, 2), (x, y) in pixels; in_shape is (H, W)
    04      bilinear_weights(x, y)                          weights of top left, top right, bottom left, bottom right
            sample_pixel(U, x, y)                           one number; U (H, W), x and y in pixels
            bilinear_sampler_forward(U, grid)               V (N, C, H_out, W_out)
    05      scatter_add(index, values, size)                (size,), each value added to the place its index names
            bilinear_sampler_backward_U(dV, U, grid)        dU (N, C, H, W)
    06      slopes(U, x, y)                                 dV/dx, dV/dy at one point, per pixel; U (H, W)
            bilinear_sampler_backward_grid(dV, U, grid)     dgrid (N, H_out, W_out, 2)
    07      dtheta_of_point(dpoint, x_t, y_t)               (2, 3), what one point adds; dpoint is (dx_s, dy_s)
            affine_grid_backward(dgrid, theta, out_shape)   dtheta (N, 2, 3)
            loss_to_theta(dV, U, theta)                     dtheta (N, 2, 3), all the way from the output's gradient
    08      gather_corners(P, index)                        (4, N, C, M), the pixels around each sample; P is padded
            scatter_corners(dcorners, index, shape)         dP of that shape, each corner's gradient added to its pixel

Predictions, with the form of a guess:

    00      wrong_output       a number
    01      shift_right        "left", "right", "up", "down" or "nowhere"
    02      two_times_identity "in" or "out"
    03      pixel_of_minus_one (with align_corners=True, with False)
    04      four_weights       (top left, top right, bottom left, bottom right)
            weights_outside    (left, right)
    05      sum_of_dU          a number
    06      edge_sign          "positive", "negative" or "zero"
    07      stripes            numbers of the entries of theta, 1 to 6 row by row, whose gradient is 0, such as [1, 2]
    08      flat_place         a number
            largest_step       "batch", "padding", "scatter", "slices" or "kept"

Lines to order: scatter_to_dU (lesson 05).

What lesson 08 measures with is in teach.ladder.
"""

import importlib

from . import ladder
from .checker.check import check
from .guiding import contents, hint, probe, solution
from .ordering import order
from .predictions import predict, reveal

DRAWING = ("microscope", "pictures", "notebooks")


def __getattr__(name):
    """Import the parts that draw when they are first asked for: the checker works without a picture being drawn."""
    if name in DRAWING:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["check", "contents", "hint", "ladder", "order", "predict", "probe", "reveal", "solution", *DRAWING]


def __dir__():
    return sorted({*globals(), *DRAWING})
