"""What is asked, and with which inputs: the lessons' exercises with fresh inputs, or those of a variant.

The same seed draws the same inputs, the same number makes the same paper.
"""

import dataclasses

import numpy as np

import stn_numpy as stn

from .. import lessons
from ..lessons.parts import Probe
from . import alternatives
from .files import code_cells, exercise_of
from .starting import setup_cell

EDITION = 6                  # of what is asked: a higher one makes stored grades invalid
FRESH = "inputs that were drawn for this grading"
ORIGINAL = dict(lessons.EXERCISES)


def use(seed, variant=None):
    """Let this process judge with fresh inputs, and by the terms of a paper. Returns the exercises by id.

    A process that calls this grades, and does nothing else: the exercises of the lessons are replaced in it.
    """
    rng = np.random.default_rng(seed)
    for name, exercise in ORIGINAL.items():
        if name in DRAW:
            fresh = tuple(Probe(arguments, FRESH) for arguments in DRAW[name](rng))
            exercise = dataclasses.replace(exercise, probes=exercise.probes + fresh)
        choice = chosen(name, variant)
        lessons.EXERCISES[name] = alternatives.made(exercise, choice) if choice else exercise
    return lessons.EXERCISES


def chosen(exercise, variant):
    """The alternative of an exercise that a paper's number picks, or None."""
    there = alternatives.ALTERNATIVES.get(exercise)
    if variant is None or not there:
        return None
    return there[np.random.default_rng([variant, *exercise.encode()]).integers(len(there))]


def paper(notebook, variant, solved=False):
    """The marked work that belongs to a lesson: a notebook with a text and a blank for each exercise, or None.

    Its number stands nowhere in it.
    """
    from nbformat import v4

    asked = [name for name in map(exercise_of, code_cells(notebook)) if chosen(name, variant)]
    if not asked:
        return None
    lesson = ORIGINAL[asked[0]].lesson
    cells = [v4.new_markdown_cell(f"# Lesson {lesson}: marked work\n\nEach exercise is close to one of the lesson, but "
                                  "asks for something else. Write the functions, and hand the notebook in. There is no "
                                  "check here: test your functions with small cases that you can work out by hand."),
             setup_cell(), v4.new_code_cell("import numpy as np\n\nimport stn_numpy as stn")]
    for name in asked:
        exercise, choice = ORIGINAL[name], chosen(name, variant)
        cells.append(v4.new_markdown_cell(f"## `{name}`\n\nIn the lesson: {exercise.task}\n\n**Here: {choice.words}**"))
        source = (alternatives.solution_of(exercise, choice) if solved else
                  f"def {name}({choice.arguments}):\n    return ...")
        cells.append(v4.new_code_cell(source, metadata={"tags": ["exercise"], "stn": {"exercise": name}}))
    for place, cell in enumerate(cells):
        cell.id = f"paper-{place}"
    return v4.new_notebook(cells=cells, metadata=notebook.metadata)


# --- Fresh inputs


def _sizes(rng, count):
    """Sizes that are all different, and none of them 3, which is the batch."""
    return [int(size) for size in rng.permutation([2, 4, 5, 6, 7, 8, 9])[:count]]


def _numbers(rng, *shape):
    return rng.integers(1, 91, shape) * rng.choice([-1, 1], shape) / 10


def _thetas(rng, count):
    """With all their digits: round ones would bring points exactly onto pixels, where the last digit decides a slope."""
    return np.eye(2, 3) + rng.uniform(-0.5, 0.5, (count, 2, 3))


def _lattice_point(rng):
    return float(rng.integers(-4, 5) / 4), float(rng.integers(-2, 3) / 2)


def _sampler(rng):
    C, H, W, H_out, W_out = _sizes(rng, 5)
    grid, _ = stn.affine_grid_forward(_thetas(rng, 3), (H_out, W_out))
    return _numbers(rng, 3, C, H_out, W_out), _numbers(rng, 3, C, H, W), grid


def _place(rng, H, W):
    return tuple(rng.uniform(-1.4, size + 0.4) for size in (W, H))


def _one_pixel(rng):
    H, W = _sizes(rng, 2)
    U = _numbers(rng, H, W)
    return [(U, *map(float, _place(rng, H, W))) for _ in range(8)]


def _chain(rng):
    C, H, W, H_out, W_out = _sizes(rng, 5)
    return [(_numbers(rng, 3, C, H_out, W_out), _numbers(rng, 3, C, H, W), _thetas(rng, 3))]


def _scatter(rng):
    count, size = _sizes(rng, 2)
    count += 9
    return [(rng.integers(0, size, count), _numbers(rng, count), size)]


def _localisation(rng):
    D, hidden, K = _sizes(rng, 3)
    return [(rng.normal(size=(3, K)), rng.normal(size=(3, D)), rng.normal(size=(D, hidden)), rng.normal(size=hidden),
             rng.normal(size=(hidden, K)), rng.normal(size=K))]


def _linear(rng):
    D, K = _sizes(rng, 2)
    return [(_numbers(rng, 3, K), _numbers(rng, 3, D), _numbers(rng, D, K), _numbers(rng, K))]


def _loss(rng):
    [K] = _sizes(rng, 1)
    return [(float(rng.uniform(0.5, 2)), _numbers(rng, 3, K), rng.integers(0, K, 3))]


def _step(rng):
    shape = _sizes(rng, 2)
    return [(*(_numbers(rng, *shape) for _ in range(3)), float(rng.uniform(0.01, 0.2)), float(rng.uniform(0.5, 0.95)))]


def _network(rng):
    """A whole network whose theta is not far from the identity."""
    C, H, W, hidden, K = _sizes(rng, 5)
    W1, W2 = rng.normal(size=(C * H * W, hidden)) / 10, rng.normal(size=(hidden, 6)) / 10
    return [(rng.normal(size=(3, K)), rng.normal(size=(3, C, H, W)), W1, rng.normal(size=hidden), W2,
             np.eye(2, 3).ravel() + rng.normal(size=6) / 10, rng.normal(size=(C * H * W, K)), rng.normal(size=K))]


def _pair(rng):
    shape = _sizes(rng, 2)
    return [(_numbers(rng, *shape), _numbers(rng, *shape))]


def _row(rng):
    [count] = _sizes(rng, 1)
    return [(_numbers(rng, count), _numbers(rng, count), rng.uniform(0, 1, count).round(2))]


def _seeds(rng, *shape):
    """Test errors of seeds in per cent."""
    return (rng.uniform(1, 9) + rng.normal(0, 0.4, shape)).round(2)


def _of_the_lesson(exercise, change):
    """The lesson's own arguments, with a change."""
    return [change(*probe.arguments) for probe in ORIGINAL[exercise].probes]


def _between(rng):
    """A row, and places inside and outside it."""
    count, = _sizes(rng, 1)
    return [(_numbers(rng, count), rng.uniform(-1.3, 1.3, 9).round(2))]


def _corners(rng):
    """Gradients at four corners, places of the top left ones, some of them the same, and the images' shape."""
    C, H, W, M = _sizes(rng, 4)
    rows, columns = rng.integers(0, H - 1, (3, M)), rng.integers(0, W - 1, (3, M))
    index = rows * W + columns
    index[:, 1] = index[:, 0]
    return _numbers(rng, 4, 3, C, M), index, (3, C, H, W)


def _turns(rng, count=3):
    return rng.normal(0, 0.7, (count, 4)).round(2)


DRAW = {
    "blend": _row,
    "target_grid": lambda rng: [(tuple(_sizes(rng, 2)),)],
    "map_point": lambda rng: [(theta, *_lattice_point(rng)) for theta in _thetas(rng, 4)],
    "compose": lambda rng: [tuple(_thetas(rng, 2))],
    "affine_grid_forward": lambda rng: [(_thetas(rng, 3), tuple(_sizes(rng, 2)))],
    "to_pixels": lambda rng: [(rng.uniform(-1.5, 1.5, 7).round(2), size, rule)
                              for size, rule in zip(_sizes(rng, 2), (True, False))],
    "grid_to_pixels": lambda rng: [(rng.uniform(-1.3, 1.3, (3, *_sizes(rng, 2), 2)).round(2), tuple(_sizes(rng, 2)))],
    "bilinear_weights": lambda rng: [tuple(map(float, rng.uniform(-3.5, 3.5, 2).round(2))) for _ in range(4)],
    "sample_pixel": _one_pixel,
    "bilinear_sampler_forward": lambda rng: [_sampler(rng)[1:]],
    "scatter_add": _scatter,
    "bilinear_sampler_backward_U": lambda rng: [_sampler(rng)],
    "slopes": _one_pixel,
    "bilinear_sampler_backward_grid": lambda rng: [_sampler(rng)],
    "dtheta_of_point": lambda rng: [(_numbers(rng, 2), *_lattice_point(rng)) for _ in range(4)],
    "affine_grid_backward": lambda rng: [(lambda size: (_numbers(rng, 3, *size, 2), _thetas(rng, 3), size))(
        tuple(_sizes(rng, 2)))],
    "loss_to_theta": _chain,
    "linear_backward": _linear,
    "relu_backward": _pair,
    "localisation_forward": lambda rng: [arguments[1:] for arguments in _localisation(rng)],
    "localisation_backward": _localisation,
    "softmax_cross_entropy_backward": _loss,
    "softmax": lambda rng: [(_numbers(rng, 3, *_sizes(rng, 1)),)],
    "sgd_step": _step,
    "network_backward": _network,
    "numeric_gradient": lambda rng: _of_the_lesson(
        "numeric_gradient", lambda f, x, step: (f, rng.uniform(-1, 1, len(x)).round(2), step)),
    "mended_a": _between,
    "mended_b": _between,
    "mended_c": _between,
    "coarse_to_fine": lambda rng: _of_the_lesson(
        "coarse_to_fine", lambda U, target, start, *rest: (U, target, start + rng.uniform(-0.2, 0.2, 2).round(2), *rest)),
    "gather_corners": lambda rng: [(lambda _, index, shape: (_numbers(rng, *shape), index))(*_corners(rng))],
    "scatter_corners": lambda rng: [_corners(rng)],
    "turn_scale_matrix": lambda rng: [(_turns(rng),)],
    "turn_scale_backward": lambda rng: [(_numbers(rng, 3, 2, 3), _turns(rng))],
    "mean_and_spread": lambda rng: [(_seeds(rng, *_sizes(rng, 2)),)],
    "distance_of_means": lambda rng: [tuple(_seeds(rng, count) for count in _sizes(rng, 2)) for _ in range(3)],
    "seeds_wanted": lambda rng: [tuple(map(float, rng.uniform((0.1, 0.1, 2), (0.5, 0.5, 4))))
                                 for _ in range(4)],
}
