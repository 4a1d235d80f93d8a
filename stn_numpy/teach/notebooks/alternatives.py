"""What marked work asks in place of the lessons' exercises: other contracts, other options.

The solutions of the lessons are public. So a paper asks for something close to an exercise that they do not answer:
another order of coordinates or of axes, another padding, another rule. An alternative is made from the exercise itself.
Its arguments are translated *back* to those of the lesson, and the lesson's answer is translated to the one wanted; so
every known mistake of the lesson is a known mistake of the paper too.
"""

import dataclasses
import functools
import inspect

import numpy as np

import stn_numpy as stn

from ..checker.diagnosis import agree, right_answers
from ..checker.variants import answers_of
from ..lessons.parts import Mistake, Where
from .translations import (channels_first, channels_last, edge_goes_on, edges_at_one, gradients, half_size,
                           last_flipped, layout, mirrored, option, sampled, to_theta)

PADDINGS = (("border", "Outside the image the edge pixel continues (the padding called \"border\"), in place of zeros.",
             edge_goes_on),
            ("reflection", "Outside, the image is mirrored at the centres of its edge pixels (the padding called "
             "\"reflection\"), in place of zeros.", mirrored))
RULE = "The coordinates -1 and 1 are the outer edges of the image (align_corners=False), not the centres of its pixels."
FLIPPED = "The last axis of a grid, and of its gradient, holds (y, x), not (x, y)."
LAST = "Feature maps and their gradients have the channels last: (N, H, W, C)."


def _sampler():
    made = [option(words, "U, grid", f"stn.bilinear_sampler_forward(U, grid, padding=\"{name}\")[0]",
                   sampled(padding=name), outside=outside) for name, words, outside in PADDINGS]
    return (*made,
            option(RULE, "U, grid", "stn.bilinear_sampler_forward(U, grid, align_corners=False)[0]",
                   sampled(align_corners=False), scale=edges_at_one),
            layout(LAST, "U, grid", "np.moveaxis(lesson(np.moveaxis(U, -1, 1), grid), 1, -1)",
                   lambda U, grid: (channels_last(U), grid), lambda U, grid: (channels_first(U), grid),
                   lambda V, *_: channels_last(V)),
            layout(FLIPPED, "U, grid", "lesson(U, grid[..., ::-1])", lambda U, grid: (U, last_flipped(grid))))


def _sampler_backward(part):
    call = "stn.bilinear_sampler_backward(dV, stn.bilinear_sampler_forward(U, grid, {})[1])[" + f"{part}]"
    made = [option(words, "dV, U, grid", call.format(f'padding="{name}"'), gradients(part, padding=name),
                   outside=outside) for name, words, outside in PADDINGS]
    rule = {"scale": edges_at_one, **({"factor": half_size} if part else {})}
    first, last = (((lambda dU, *_: channels_last(dU)), "np.moveaxis({}, 1, -1)") if part == 0 else
                   ((lambda dgrid, *_: dgrid), "{}"))
    return (*made,
            option(RULE, "dV, U, grid", call.format("align_corners=False"), gradients(part, align_corners=False), **rule),
            layout(LAST, "dV, U, grid", last.format("lesson(np.moveaxis(dV, -1, 1), np.moveaxis(U, -1, 1), grid)"),
                   lambda dV, U, grid: (channels_last(dV), channels_last(U), grid),
                   lambda dV, U, grid: (channels_first(dV), channels_first(U), grid), first),
            layout(FLIPPED, "dV, U, grid", "lesson(dV, U, grid[..., ::-1])" + ("[..., ::-1]" if part else ""),
                   lambda dV, U, grid: (dV, U, last_flipped(grid)),
                   answer=(lambda dgrid, *_: last_flipped(dgrid)) if part else (lambda dU, *_: dU)))


def _loss_to_theta():
    made = [option(words, "dV, U, theta", f"_to_theta(dV, U, theta, padding=\"{name}\")", to_theta(padding=name),
                   outside=outside) for name, words, outside in PADDINGS]
    return (*made,
            layout(LAST, "dV, U, theta", "lesson(np.moveaxis(dV, -1, 1), np.moveaxis(U, -1, 1), theta)",
                   lambda dV, U, theta: (channels_last(dV), channels_last(U), theta),
                   lambda dV, U, theta: (channels_first(dV), channels_first(U), theta)),
            layout("The result is wanted as (N, 6), column by column of theta: theta_11, theta_21, theta_12, and so on.",
                   "dV, U, theta", "lesson(dV, U, theta).transpose(0, 2, 1).reshape(len(theta), 6)",
                   answer=lambda dtheta, *_: dtheta.transpose(0, 2, 1).reshape(len(dtheta), 6)))


def _transposed(*names):
    return "{} and {} come transposed".format(*names) if len(names) == 2 else f"{names[0]} comes transposed"


ALTERNATIVES = {
    "map_point": (
        layout("Points are written (y, x): the function takes y_t before x_t and returns (y_s, x_s).",
               "theta, y_t, x_t", "lesson(theta, x_t, y_t)[::-1]", lambda theta, x, y: (theta, y, x),
               answer=lambda point, *_: np.asarray(point)[::-1]),
        layout("theta comes transposed, with shape (3, 2): its columns make x_s and y_s.", "theta, x_t, y_t",
               "lesson(theta.T, x_t, y_t)", lambda theta, x, y: (theta.T, x, y))),
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
        option("-1 and 1 are the outer edges of the output (align_corners=False): its first point lies half a pixel "
               "inside.", "theta, out_shape", "stn.affine_grid_forward(theta, out_shape, align_corners=False)[0]",
               lambda theta, out_shape: stn.affine_grid_forward(theta, out_shape, align_corners=False)[0],
               axis=lambda count, size: (2 * np.arange(count) + 1) / size - 1)),
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
        layout("The function takes y first: bilinear_weights(y, x).", "y, x", "lesson(x, y)", lambda x, y: (y, x))),
    "sample_pixel": (
        option(PADDINGS[0][1], "U, x, y", "_sample(U, x, y, padding=\"border\")",
               lambda U, x, y: _sample(U, x, y, padding="border"), outside=edge_goes_on),
        option(PADDINGS[1][1], "U, x, y", "_sample(U, x, y, padding=\"reflection\")",
               lambda U, x, y: _sample(U, x, y, padding="reflection"), outside=mirrored),
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
        layout("The result is wanted as (N, 6), column by column of theta: theta_11, theta_21, theta_12, and so on.",
               "dgrid, theta, out_shape", "lesson(dgrid, theta, out_shape).transpose(0, 2, 1).reshape(len(theta), 6)",
               answer=lambda dtheta, *_: dtheta.transpose(0, 2, 1).reshape(len(dtheta), 6))),
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
               lambda p, g, v, rate, momentum: (p, -g, v, rate, momentum))),
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
}

HELPERS = '''
def _sample(U, x, y, padding):
    H, W = U.shape
    grid = np.array([[[[2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1]]]], U.dtype)
    return stn.bilinear_sampler_forward(U[None, None], grid, padding=padding)[0][0, 0, 0, 0]


def _to_theta(dV, U, theta, padding):
    grid, grid_cache = stn.affine_grid_forward(theta, dV.shape[2:])
    _, cache = stn.bilinear_sampler_forward(U, grid, padding=padding)
    return stn.affine_grid_backward(stn.bilinear_sampler_backward(dV, cache)[1], grid_cache)
'''


def _sample(U, x, y, padding):
    H, W = U.shape
    grid = np.array([[[[2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1]]]], U.dtype)
    return stn.bilinear_sampler_forward(U[None, None], grid, padding=padding)[0][0, 0, 0, 0]


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
                               also=tuple((translated(function), remark) for function, remark in exercise.also),
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
    """Code that answers the paper: the lesson's solution under the name `lesson`, and one line."""
    *helpers, last = exercise.solution
    source = "\n\n".join(inspect.getsource(function).rstrip() for function in (*helpers, last))
    source = source.replace(f"def {exercise.id}(", "def lesson(")
    used = HELPERS if "_sample(" in alternative.solution or "_to_theta(" in alternative.solution else ""
    return (f"import numpy as np\n\nimport stn_numpy as stn\n\n\n{source}\n\n{used}\n\n"
            f"def {exercise.id}({alternative.arguments}):\n    return {alternative.solution}\n")
