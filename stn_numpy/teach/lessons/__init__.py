"""The lessons, one file each: tasks, recipes, mistakes, probes, hints, solutions, predictions, lines to order.

Every `lesson_NN.py` here is found by itself, so a new lesson is one file and one notebook. `parts` says what such a
file is made of; the files `shared_*.py` hold what several lessons share.
"""

import importlib
import pkgutil

import numpy as np

LESSONS = tuple(importlib.import_module(f".{module.name}", __name__)
                for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
                if module.name.startswith("lesson_"))


def _all(kind):
    """What all lessons have of one kind, by id, in the order of the lessons."""
    return {item.id: item for lesson in LESSONS for item in getattr(lesson, kind, ())}


EXERCISES, PREDICTIONS, PUZZLES = map(_all, ("EXERCISES", "PREDICTIONS", "PUZZLES"))

for _exercise in EXERCISES.values():         # the arrays of probes are handed out as copies, and cannot be written to
    for _probe in getattr(_exercise, "probes", ()):
        for _argument in _probe.arguments:
            if isinstance(_argument, np.ndarray):
                _argument.setflags(write=False)
