"""Slopes by small steps, for lesson 10: the recipe of a numeric gradient, its mistakes and probes."""

import numpy as np

from .parts import Mistake, Probe

# --- Recipe and its ingredients


def _central(f, x, index, step):
    return _moved(f, x, index, step) - _moved(f, x, index, -step)


def _moved(f, x, index, step):
    x = x.copy()
    x[index] += step
    return f(x)


def _never_put_back(f, x, index, step):
    """Differences along a way on which every entry stays moved."""
    for before in np.ndindex(x.shape):
        if before == index:
            return _central(f, x, index, step)
        x = x.copy()
        x[before] -= step
    return 0


def _replaced(f, x, index, step):
    """The difference between x with the step itself at one entry, and with minus the step."""
    more, less = x.copy(), x.copy()
    more[index], less[index] = step, -step
    return f(more) - f(less)


def _whole_row(f, x, index, step):
    """The difference where the whole row of an entry is moved, or the entry alone if x has one axis."""
    return _central(f, x, index[:1], step)


def _all_at_once(f, x, index, step):
    return f(x + step) - f(x - step)


def numeric_gradient_recipe(f, x, step, *, difference=_central, width=lambda step: 2 * step):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        gradient[index] = difference(f, x, index, step) / width(step)
    return gradient

# --- Mistakes

STEPS = "lesson 10, two ways to one slope"

DIFFERENCES = (
    Mistake("forward_difference", "only the step forward is taken, (f(x + step) - f(x)) / step. Its error grows with "
            "the step itself, that of a central difference with its square.",
            "Move the entry to both sides, and divide by 2 * step.", STEPS,
            ({"difference": lambda f, x, index, step: _moved(f, x, index, step) - f(x), "width": lambda step: step},)),
    Mistake("backward_difference", "only the step back is taken, (f(x) - f(x - step)) / step. Its error grows with the "
            "step itself, that of a central difference with its square.",
            "Move the entry to both sides, and divide by 2 * step.", STEPS,
            ({"difference": lambda f, x, index, step: f(x) - _moved(f, x, index, -step), "width": lambda step: step},)),
    Mistake("distance_not_halved", "the difference is divided by one step. From x - step to x + step are two, so the "
            "slopes come out twice too large.", "Divide by 2 * step.", STEPS, ({"width": lambda step: step},)),
    Mistake("multiplied_by_step", "the difference is divided by 2 and multiplied by the step: / 2 * step is read from "
            "left to right.", "Put brackets around 2 * step.", STEPS, ({"width": lambda step: 2 / step},)),
    Mistake("not_divided", "the differences are not divided by the distance between the two points.",
            "Divide by 2 * step.", STEPS, ({"width": lambda step: 1},)),
    Mistake("half_a_distance", "one side stays where it is, and the difference is divided by two steps all the same: "
            "the slopes come out half as large.", "Move `less` as well, by -step.", STEPS,
            ({"difference": lambda f, x, index, step: _moved(f, x, index, step) - f(x)},)),
    Mistake("sign", "the sign is turned round: the value at x - step minus that at x + step.",
            "f(more) comes first.", STEPS, ({"width": lambda step: -2 * step},)),
    Mistake("never_put_back", "each entry stays where it was moved to, so all slopes but the first are taken elsewhere.",
            "Make fresh copies of x for each entry, inside the loop.", STEPS, ({"difference": _never_put_back},)),
    Mistake("all_at_once", "all entries are moved at the same time, so that each number is the sum of all slopes.",
            "Move one entry, more[index], while the others stay.", STEPS, ({"difference": _all_at_once},)),
    Mistake("rows_at_once", "where x has two axes, all entries of a row are moved at the same time, so that each number is "
            "the sum of the slopes of its row.",
            "Go through all indices, np.ndindex(x.shape), and not along the first axis alone.", STEPS,
            ({"difference": _whole_row},)),
    Mistake("entry_replaced", "each entry is replaced by the step, and by minus the step, so all slopes are those around 0.",
            "Move the entry from where it is: more[index] += step, or x[index] + step.", STEPS,
            ({"difference": _replaced},)),
    Mistake("relative_step", "each entry is made larger and smaller by a factor, 1 + step and 1 - step, and the difference is "
            "divided by 2 * step: so each slope is multiplied by its entry, roughly.",
            "Add the step to the entry, and take it away.", STEPS,
            ({"difference": lambda f, x, index, step: _central(f, x, index, step * x[index])},)),
    Mistake("second_difference", "the numbers are second derivatives, (f(more) - 2 f(x) + f(less)) / step^2.",
            "A slope is (f(more) - f(less)) / (2 * step).", STEPS,
            ({"difference": lambda f, x, index, step: _moved(f, x, index, step) - 2 * f(x) + _moved(f, x, index, -step),
              "width": lambda step: step ** 2},)),
    Mistake("half_a_step", "each entry is moved by half a step to either side. That is a good central difference, but of "
            "another step than the one given.",
            "Move by `step` to each side, and divide by 2 * step.", STEPS,
            ({"difference": lambda f, x, index, step: _central(f, x, index, step / 2), "width": lambda step: step},)),
)

# --- Probes


def _cubes(x):
    """A smooth function whose central differences are not its slopes, while a step is as long as the probes' is."""
    return (x ** 3).sum() + (x[1:] * x[:-1] ** 2).sum()


def _waves(x):
    return np.sin(2 * x).sum() + np.exp(x).prod()


GRADIENTS = (Probe((_cubes, np.array([0.7, -0.4, 1.3, 0.2, -0.9, 1.1]), 0.5), "six entries"),
             Probe((_waves, np.array([[0.35, -0.6, 0.15, 0.8], [-0.2, 0.4, -0.75, 0.55]]), 0.3),
                   "another function, of two rows of four entries"))
