"""What marked work asks in place of the lessons' exercises: other contracts, other options.

The solutions of the lessons are public. So a paper asks for something close to an exercise that they do not answer:
another order of coordinates or of axes, another padding, another rule. An alternative is made from the exercise itself.
Its arguments are translated *back* to those of the lesson, and the lesson's answer is translated to the one wanted; so
every known mistake of the lesson is a known mistake of the paper too.
"""

import dataclasses
import functools
import inspect
import re

import numpy as np

import stn_numpy as stn

from ..checker.diagnosis import agree, right_answers
from ..checker.variants import answers_of
from ..lessons.parts import Mistake, Where
from ..lessons.shared_grid import as_it_is
from .translations import (HELPERS, channels_first, channels_last, divided, edge_goes_on, edges_at_one, edges_of_the_output,
                           half_size, in_degrees, in_radians, last_flipped, layout, looking_ahead, mirrored, option, pooled,
                           rising_smoothly, sample_with, sampler_with, shift_first, slopes_with, smooth_kernel, smoothly,
                           theta_with, third_row, two_rows)

RULE = "The coordinates -1 and 1 are the outer edges of the image (align_corners=False), not the centres of its pixels."
FLIPPED = "The last axis of a grid, and of its gradient, holds (y, x), not (x, y)."
LAST = "Feature maps and their gradients have the channels last: (N, H, W, C)."
HALF_A_STEP = "-1 and 1 are the outer edges of the output (align_corners=False): its first point lies half a step inside."
PROJECTIVE = "theta has a third row, {}, for a third coordinate w: the point is divided by it (a projective transform)."
COLUMNS = "The result is wanted as (N, 6), column by column of theta: theta_11, theta_21, theta_12, and so on."
SHIFT_FIRST = "The four numbers of a row of theta are t_x, t_y, angle and log_scale, in this order."
DEGREES = "The angle comes in degrees."
SAME_SPREAD = ("Both rows are taken to have the same spread. Its square is ((S_a - 1) s_a^2 + (S_b - 1) s_b^2) / "
               "(S_a + S_b - 2), from the seeds of both.")
POOLED = ("(a.mean() - b.mean()) / np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / "
          "(len(a) + len(b) - 2) * (1 / len(a) + 1 / len(b)))")
KERNEL = smooth_kernel()
SAMPLINGS = (                  # words, options of the package, the ingredients that they stand for: for weights, for slopes
    ("Outside the image the edge pixel continues (the padding called \"border\"), in place of zeros.",
     {"padding": "border"}, {"outside": edge_goes_on}, {}),
    ("Outside, the image is mirrored at the centres of its edge pixels (the padding called \"reflection\"), in place of "
     "zeros.", {"padding": "reflection"}, {"outside": mirrored}, {}),
    ("The two weights along an axis are 1 - s and s, with s = a^2 (3 - 2 a), in place of 1 - a and a: a kernel without "
     "kinks.", {"kernel": KERNEL}, {"weigh": smoothly}, {"slope": rising_smoothly}),
    (RULE, {"align_corners": False}, {"scale": edges_at_one}, {"factor": half_size}))
*WHATEVER_THE_RULE, _ = SAMPLINGS
_, _, SMOOTH, _ = SAMPLINGS


def _options(samplings, arguments, expression, truth, slopes=False):
    """One alternative for each way to sample; `truth` is called with its options, and the expression names them."""
    for words, options, changes, of_slopes in samplings:
        text = ", ".join(f"{name}={value!r}" for name, value in options.items()).replace(repr(KERNEL), "smooth_kernel()")
        yield option(words, arguments, expression.format(text), functools.partial(truth, **options),
                     **changes, **(of_slopes if slopes else {}))


def _sampler():
    return (*_options(SAMPLINGS, "U, grid", "sampler_with(U, grid, {})[0]",
                      lambda U, grid, **options: sampler_with(U, grid, **options)[0]),
            layout(LAST, "U, grid", "np.moveaxis(lesson(np.moveaxis(U, -1, 1), grid), 1, -1)",
                   lambda U, grid: (channels_last(U), grid), lambda U, grid: (channels_first(U), grid),
                   lambda V, *_: channels_last(V)),
            layout(FLIPPED, "U, grid", "lesson(U, grid[..., ::-1])", lambda U, grid: (U, last_flipped(grid))))


def _sampler_backward(part):
    first, last = (((lambda dU, *_: channels_last(dU)), "np.moveaxis({}, 1, -1)") if part == 0 else
                   ((lambda dgrid, *_: dgrid), "{}"))
    return (*_options(SAMPLINGS, "dV, U, grid", f"sampler_with(U, grid, {{}})[1](dV)[{part}]",
                      lambda dV, U, grid, **options: sampler_with(U, grid, **options)[1](dV)[part], slopes=part == 1),
            layout(LAST, "dV, U, grid", last.format("lesson(np.moveaxis(dV, -1, 1), np.moveaxis(U, -1, 1), grid)"),
                   lambda dV, U, grid: (channels_last(dV), channels_last(U), grid),
                   lambda dV, U, grid: (channels_first(dV), channels_first(U), grid), first),
            layout(FLIPPED, "dV, U, grid", "lesson(dV, U, grid[..., ::-1])" + ("[..., ::-1]" if part else ""),
                   lambda dV, U, grid: (dV, U, last_flipped(grid)),
                   answer=(lambda dgrid, *_: last_flipped(dgrid)) if part else (lambda dU, *_: dU)))


def _loss_to_theta():
    return (*_options(WHATEVER_THE_RULE, "dV, U, theta", "theta_with(dV, U, theta, {})", theta_with, slopes=True),
            layout(LAST, "dV, U, theta", "lesson(np.moveaxis(dV, -1, 1), np.moveaxis(U, -1, 1), theta)",
                   lambda dV, U, theta: (channels_last(dV), channels_last(U), theta),
                   lambda dV, U, theta: (channels_first(dV), channels_first(U), theta)),
            layout(COLUMNS, "dV, U, theta", "lesson(dV, U, theta).transpose(0, 2, 1).reshape(len(theta), 6)",
                   answer=lambda dtheta, *_: dtheta.transpose(0, 2, 1).reshape(len(dtheta), 6)))


def _projective(shape, arguments, solution, truth):
    """A third row of theta; the lesson's arguments have two, and the third is made of them."""
    return option(PROJECTIVE.format(shape), arguments, solution, truth, matrix=third_row, output=divided)._replace(
        given=lambda theta, *rest: (third_row(theta), *rest), back=lambda theta, *rest: (two_rows(theta), *rest))


ALTERNATIVES = {
    "map_point": (
        layout("Points are written (y, x): the function takes y_t before x_t and returns (y_s, x_s).",
               "theta, y_t, x_t", "lesson(theta, x_t, y_t)[::-1]", lambda theta, x, y: (theta, y, x),
               answer=lambda point, *_: np.asarray(point)[::-1]),
        layout("theta comes transposed, with shape (3, 2): its columns make x_s and y_s.", "theta, x_t, y_t",
               "lesson(theta.T, x_t, y_t)", lambda theta, x, y: (theta.T, x, y)),
        _projective("(3, 3)", "theta, x_t, y_t", "(lambda p: p[:2] / p[2])(theta @ np.array([x_t, y_t, 1]))",
                    lambda theta, x, y: divided(third_row(theta) @ np.array([x, y, 1], theta.dtype)))),
    "compose": (
        layout("The transform that is wanted does a first and then b.", "theta_a, theta_b", "lesson(theta_b, theta_a)",
               lambda a, b: (b, a)),
        layout("Both transforms come transposed, with shape (3, 2), and the result is wanted in that form.",
               "theta_a, theta_b", "lesson(theta_a.T, theta_b.T).T", lambda a, b: (a.T, b.T),
               answer=lambda theta, *_: theta.T)),
    "affine_grid_forward": (
        layout(FLIPPED, "theta, out_shape", "lesson(theta, out_shape)[..., ::-1]",
               answer=lambda grid, *_: last_flipped(grid)),
        layout("The grid is wanted with its coordinates on axis 1: (N, 2, H_out, W_out).", "theta, out_shape",
               "np.moveaxis(lesson(theta, out_shape), -1, 1)", answer=lambda grid, *_: np.moveaxis(grid, -1, 1)),
        option(HALF_A_STEP, "theta, out_shape", "stn.affine_grid_forward(theta, out_shape, align_corners=False)[0]",
               lambda theta, out_shape: stn.affine_grid_forward(theta, out_shape, align_corners=False)[0],
               axis=edges_of_the_output),
        _projective("(N, 3, 3)", "theta, out_shape",
                    "stn.projective_grid_forward(theta.reshape(-1, 9)[:, :8], out_shape)[0]",
                    lambda theta, out_shape: stn.projective_grid_forward(
                        third_row(theta).reshape(-1, 9)[:, :8], out_shape)[0])),
    "to_pixels": (
        layout("Pixels are counted from 1, as in some other languages: the first pixel has its centre at 1.",
               "coordinate, size, align_corners", "lesson(coordinate, size, align_corners) + 1",
               answer=lambda x, *_: x + 1),
        layout("The coordinate runs from 0 to 1, in place of -1 to 1.", "coordinate, size, align_corners",
               "lesson(2 * coordinate - 1, size, align_corners)",
               lambda coordinate, *rest: ((coordinate + 1) / 2, *rest),
               lambda coordinate, *rest: (2 * coordinate - 1, *rest))),
    "grid_to_pixels": (
        layout("The result is wanted as (row, column): its last axis holds y first.", "grid, in_shape",
               "lesson(grid, in_shape)[..., ::-1]", answer=lambda pixels, *_: last_flipped(pixels)),
        option(RULE, "grid, in_shape",
               "np.stack([stn.to_pixels(grid[..., k], in_shape[1 - k], False) for k in (0, 1)], axis=-1)",
               lambda grid, in_shape: np.stack([stn.to_pixels(grid[..., k], in_shape[1 - k], False) for k in (0, 1)],
                                               axis=-1), slope=half_size)),
    "bilinear_weights": (
        layout("The order is clockwise: top left, top right, bottom right, bottom left.", "x, y",
               "[lesson(x, y)[k] for k in (0, 1, 3, 2)]",
               answer=lambda weights, *_: np.asarray(weights)[[0, 1, 3, 2]]),
        layout("The function takes y first: bilinear_weights(y, x).", "y, x", "lesson(x, y)", lambda x, y: (y, x)),
        option(SMOOTH[0], "x, y", "[sample_with(U.reshape(2, 2), x % 1, y % 1, kernel=smooth_kernel()) for U in np.eye(4)]",
               lambda x, y: np.array([sample_with(U.reshape(2, 2), x % 1, y % 1, kernel=KERNEL)
                                      for U in np.eye(4)]), **SMOOTH[2])),
    "sample_pixel": (
        *_options(WHATEVER_THE_RULE, "U, x, y", "sample_with(U, x, y, {})", sample_with),
        layout("The image is stored column by column: U has shape (W, H), and U[x, y] is a pixel.", "U, x, y",
               "lesson(U.T, x, y)", lambda U, x, y: (U.T, x, y))),
    "bilinear_sampler_forward": _sampler(),
    "scatter_add": (
        layout("Places are counted from the end: index 0 names the last place, 1 the one before it.",
               "index, values, size", "lesson(size - 1 - index, values, size)",
               lambda index, values, size: (size - 1 - index, values, size)),
        layout("Each value is *subtracted* from the place that its index names.", "index, values, size",
               "-lesson(index, values, size)", answer=lambda total, *_: -total)),
    "bilinear_sampler_backward_U": _sampler_backward(0),
    "bilinear_sampler_backward_grid": _sampler_backward(1),
    "slopes": (
        *_options((SMOOTH,), "U, x, y", "slopes_with(U, x, y, {})", slopes_with, slopes=True),
        layout("The slope along y is wanted first.", "U, x, y", "lesson(U, x, y)[::-1]",
               answer=lambda slopes, *_: np.asarray(slopes)[::-1]),
        layout("The image is stored column by column: U has shape (W, H), and U[x, y] is a pixel.", "U, x, y",
               "lesson(U.T, x, y)", lambda U, x, y: (U.T, x, y))),
    "dtheta_of_point": (
        layout("The result is wanted transposed, with shape (3, 2).", "dpoint, x_t, y_t", "lesson(dpoint, x_t, y_t).T",
               answer=lambda dtheta, *_: dtheta.T),
        layout("dpoint holds (dy_s, dx_s).", "dpoint, x_t, y_t", "lesson(dpoint[::-1], x_t, y_t)",
               lambda dpoint, x, y: (dpoint[::-1], x, y))),
    "affine_grid_backward": (
        layout(FLIPPED, "dgrid, theta, out_shape", "lesson(dgrid[..., ::-1], theta, out_shape)",
               lambda dgrid, *rest: (last_flipped(dgrid), *rest)),
        layout(COLUMNS, "dgrid, theta, out_shape",
               "lesson(dgrid, theta, out_shape).transpose(0, 2, 1).reshape(len(theta), 6)",
               answer=lambda dtheta, *_: dtheta.transpose(0, 2, 1).reshape(len(dtheta), 6)),
        option(HALF_A_STEP, "dgrid, theta, out_shape",
               "stn.affine_grid_backward(dgrid, stn.affine_grid_forward(theta, out_shape, align_corners=False)[1])",
               lambda dgrid, theta, out_shape: stn.affine_grid_backward(
                   dgrid, stn.affine_grid_forward(theta, out_shape, align_corners=False)[1]), axis=edges_of_the_output)),
    "loss_to_theta": _loss_to_theta(),
    "linear_backward": (
        layout("W is stored as (K, D), and the layer is x W^T + b. dW is wanted in the shape of W.", "dout, x, W, b",
               "(lambda dx, dW, db: (dx, dW.T, db))(*lesson(dout, x, W.T, b))",
               lambda dout, x, W, b: (dout, x, W.T, b), answer=lambda parts, *_: (parts[0], parts[1].T, parts[2])),
        layout("The images stand in columns: x is (D, N) and dout is (K, N). dx is wanted in the shape of x.",
               "dout, x, W, b", "(lambda dx, dW, db: (dx.T, dW, db))(*lesson(dout.T, x.T, W, b))",
               lambda dout, x, W, b: (dout.T, x.T, W, b), answer=lambda parts, *_: (parts[0].T, parts[1], parts[2]))),
    "relu_backward": (
        layout("The layer is a leaky ReLU: max(x, x / 10), so that below 0 its slope is 1/10.", "dout, x",
               "0.9 * lesson(dout, x) + 0.1 * dout", answer=lambda dx, dout, x: 0.9 * dx + 0.1 * dout),
        layout("The layer keeps what is negative: min(x, 0).", "dout, x", "lesson(dout, -x)",
               lambda dout, x: (dout, -x))),
    "localisation_forward": (
        layout("W1 and W2 are stored transposed.", "x, W1, b1, W2, b2", "lesson(x, W1.T, b1, W2.T, b2)",
               lambda x, W1, b1, W2, b2: (x, W1.T, b1, W2.T, b2)),
        layout("The net has another sign at its end: theta = b2 - relu(x W1 + b1) W2.", "x, W1, b1, W2, b2",
               "lesson(x, W1, b1, -W2, b2)", lambda x, W1, b1, W2, b2: (x, W1, b1, -W2, b2))),
    "localisation_backward": (
        layout("W1 and W2 are stored transposed, and so are dW1 and dW2 to be returned.", "dtheta, x, W1, b1, W2, b2",
               "(lambda dx, dW1, db1, dW2, db2: (dx, dW1.T, db1, dW2.T, db2))(*lesson(dtheta, x, W1.T, b1, W2.T, b2))",
               lambda dtheta, x, W1, b1, W2, b2: (dtheta, x, W1.T, b1, W2.T, b2),
               answer=lambda parts, *_: (parts[0], parts[1].T, parts[2], parts[3].T, parts[4])),
        layout("The net has another sign at its end: theta = b2 - relu(x W1 + b1) W2.", "dtheta, x, W1, b1, W2, b2",
               "(lambda dx, dW1, db1, dW2, db2: (dx, dW1, db1, -dW2, db2))(*lesson(dtheta, x, W1, b1, -W2, b2))",
               lambda dtheta, x, W1, b1, W2, b2: (dtheta, x, W1, b1, -W2, b2),
               answer=lambda parts, *_: (*parts[:3], -parts[3], parts[4]))),
    "softmax_cross_entropy_backward": (
        layout("The loss is the *sum* over the batch, not the mean.", "dloss, logits, labels",
               "len(labels) * lesson(dloss, logits, labels)",
               answer=lambda dlogits, dloss, logits, labels: len(labels) * dlogits),
        layout("The images stand in columns: logits is (K, N), and so is the result.", "dloss, logits, labels",
               "lesson(dloss, logits.T, labels).T", lambda dloss, logits, labels: (dloss, logits.T, labels),
               answer=lambda dlogits, *_: dlogits.T)),
    "softmax": (
        layout("The images stand in columns: logits is (K, N), and so is p.", "logits", "lesson(logits.T).T",
               lambda logits: (logits.T,), answer=lambda p, *_: p.T),
        layout("The logits are divided by 2 first (a temperature of 2).", "logits", "lesson(logits / 2)",
               lambda logits: (2 * logits,), lambda logits: (logits / 2,))),
    "sgd_step": (
        layout("The velocity holds gradients, without rate and sign: v = momentum v + grad, and then learning_rate v "
               "is subtracted from param.", "param, grad, velocity, learning_rate, momentum",
               "(lambda p, v: (p, -v / learning_rate))(*lesson(param, grad, -learning_rate * velocity, learning_rate, "
               "momentum))",
               lambda p, g, v, rate, momentum: (p, g, -v / rate, rate, momentum),
               lambda p, g, v, rate, momentum: (p, g, -rate * v, rate, momentum),
               lambda parts, p, g, v, rate, momentum: (parts[0], -parts[1] / rate)),
        layout("The step climbs: the loss is to be made as large as possible.",
               "param, grad, velocity, learning_rate, momentum",
               "lesson(param, -grad, velocity, learning_rate, momentum)",
               lambda p, g, v, rate, momentum: (p, -g, v, rate, momentum)),
        option("The step looks ahead (Nesterov): param moves by momentum v - learning_rate grad, with the new velocity v.",
               "param, grad, velocity, learning_rate, momentum",
               "(lambda p, v: (param + momentum * v - learning_rate * grad, v))"
               "(*lesson(param, grad, velocity, learning_rate, momentum))",
               lambda p, g, v, rate, momentum: (looking_ahead(p, v, momentum * v - rate * g, g, rate, momentum),
                                                momentum * v - rate * g), move=looking_ahead)),
    "network_backward": (
        layout("W1, W2 and W3 are stored transposed, and so are their gradients to be returned.",
               "dlogits, U, W1, b1, W2, b2, W3, b3",
               "tuple(d.T if d.ndim == 2 else d for d in lesson(dlogits, U, W1.T, b1, W2.T, b2, W3.T, b3))",
               lambda dlogits, U, *params: (dlogits, U, *(param.T for param in params)),
               answer=lambda parts, *_: tuple(np.transpose(part) for part in parts)),
        layout("The classifier has another sign: logits = b3 - V W3.", "dlogits, U, W1, b1, W2, b2, W3, b3",
               "(lambda *d: (*d[:4], -d[4], d[5]))(*lesson(dlogits, U, W1, b1, W2, b2, -W3, b3))",
               lambda dlogits, U, W1, b1, W2, b2, W3, b3: (dlogits, U, W1, b1, W2, b2, -W3, b3),
               answer=lambda parts, *_: (*parts[:4], -parts[4], parts[5]))),
    "turn_scale_matrix": (
        layout(SHIFT_FIRST, "theta", "lesson(theta[:, [2, 3, 0, 1]])", lambda theta: (shift_first(theta),)),
        layout(DEGREES, "theta", "lesson(theta * [np.pi / 180, 1, 1, 1])", lambda theta: (in_degrees(theta),),
               lambda theta: (in_radians(theta),))),
    "turn_scale_backward": (
        layout(SHIFT_FIRST, "dA, theta", "lesson(dA, theta[:, [2, 3, 0, 1]])[:, [2, 3, 0, 1]]",
               lambda dA, theta: (dA, shift_first(theta)), answer=lambda dtheta, *_: shift_first(dtheta)),
        layout(DEGREES, "dA, theta", "lesson(dA, theta * [np.pi / 180, 1, 1, 1]) * [np.pi / 180, 1, 1, 1]",
               lambda dA, theta: (dA, in_degrees(theta)), lambda dA, theta: (dA, in_radians(theta)),
               lambda dtheta, *_: in_radians(dtheta))),
    "mean_and_spread": (
        layout("Each *column* is a row of the table: errors is (S, rows).", "errors", "lesson(errors.T)",
               lambda errors: (errors.T,)),
        layout("errors are fractions; mean and spread are wanted in per cent.", "errors", "lesson(100 * errors)",
               lambda errors: (errors / 100,), lambda errors: (100 * errors,))),
    "distance_of_means": (
        layout("The square of the distance is wanted.", "a, b", "lesson(a, b) ** 2", answer=lambda t, *_: t ** 2),
        option(SAME_SPREAD, "a, b", POOLED, lambda a, b: (a.mean() - b.mean()) / pooled(a, b), variance=as_it_is,
               join=pooled)),
    "seeds_wanted": (
        layout("The variance is given, the square of the spread.", "difference, variance, t",
               "lesson(difference, np.sqrt(variance), t)", lambda difference, spread, t: (difference, spread ** 2, t),
               lambda difference, variance, t: (difference, np.sqrt(variance), t)),
        option("The spread of the second row is twice that of the first, which is given.", "difference, spread, t",
               "np.ceil(5 * (t * spread / difference) ** 2)",
               lambda difference, spread, t: np.ceil(5 * (t * spread / difference) ** 2), factor=5)),
}


def made(exercise, alternative):
    """The exercise that a paper asks in place of a lesson's, with its truth, probes and mistakes."""
    def translated(function):
        def answer(*arguments):
            own = alternative.back(*arguments)
            return alternative.answer(function(*own), *own)
        return answer

    def recipe(*arguments, as_in_the_lesson=False, **changes):
        own = alternative.back(*arguments)
        options = {} if as_in_the_lesson else alternative.changes
        return alternative.answer(exercise.recipe(*own, **{**options, **changes}), *own)

    mistakes = [_carried_over(mistake, alternative.changes) for mistake in exercise.mistakes]
    if alternative.changes:
        mistakes.append(Mistake(
            "as_in_the_lesson", "the lesson's exercise is answered, not this paper's.",
            "Read what this paper asks in place of it.", f"lesson {exercise.lesson}", ({"as_in_the_lesson": True},)))
    probes = tuple(probe._replace(arguments=alternative.given(*probe.arguments)) for probe in exercise.probes)
    paper = dataclasses.replace(exercise, task=f"{exercise.task} {alternative.words}", arguments=alternative.arguments,
                               truth=translated(alternative.truth or exercise.truth), recipe=recipe, probes=probes,
                               also=() if alternative.truth else tuple(
                                   (translated(function), remark) for function, remark in exercise.also),
                               mistakes=())
    if not alternative.changes:                            # the axes are others, so no word on a place would be true
        paper = dataclasses.replace(
            paper, sizes=None, places=None, axes=("place",) * np.ndim(right_answers(paper)[0]),
            parts=tuple(part._replace(axes=("place",) * len(part.axes)) for part in exercise.parts))
    kept = [mistake._replace(changes=tuple(change for change in mistake.changes if _is_wrong(paper, change)))
            for mistake in mistakes]
    return dataclasses.replace(paper, mistakes=tuple(mistake for mistake in kept if mistake.changes))


def _is_wrong(paper, change):
    """Whether a change makes numbers in a paper, and wrong ones: some mistakes are none under its terms."""
    try:
        answers = answers_of(functools.partial(paper.recipe, **_ingredients(change)), paper)
    except (ValueError, IndexError, TypeError):
        return False
    targets = right_answers(paper)
    return [answer.shape for answer in answers] != [target.shape for target in targets] or not agree(answers, targets)


def _carried_over(mistake, taken):
    """A lesson's mistake in a paper: its numbers are known, its words may not fit, so they only name it."""
    return mistake._replace(
        says=f"one that is known from the lesson ({mistake.id}), made under the terms of this paper.",
        look="Compare your code with what the paper asks, line by line.",
        changes=tuple(change for change in mistake.changes if not set(_ingredients(change)) & set(taken)))


def _ingredients(change):
    return change.change if isinstance(change, Where) else change


def solution_of(exercise, alternative):
    """Code that answers the paper: the lesson's solution, its names behind a `lesson_`, and one line."""
    source = "\n\n\n".join(inspect.getsource(function).rstrip() for function in exercise.solution)
    for function in exercise.solution:
        source = re.sub(rf"(?<![\w.]){function.__name__}\b", f"lesson_{function.__name__}", source)
    line = re.sub(r"\blesson\(", f"lesson_{exercise.id}(", alternative.solution)
    helped = any(f"{helper.__name__}(" in line for helper in HELPERS)
    used = "".join(f"{inspect.getsource(helper)}\n\n" for helper in HELPERS) if helped else ""
    return (f"import numpy as np\n\nimport stn_numpy as stn\n\n\n{source}\n\n\n{used}"
            f"def {exercise.id}({alternative.arguments}):\n    return {line}\n")
