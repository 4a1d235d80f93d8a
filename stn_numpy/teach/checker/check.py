"""check: judge a learner's function, calmly, whatever it does.

The order of judgement: not attempted; it cannot be run; shape and dtype; it passes; a mistake that is known by name;
how it differs from the right answer. Passing overrules everything that follows it.
"""

import functools
import time

import numpy as np

from ..lessons import EXERCISES
from ..lessons.parts import OpenExercise
from .answers import Unusable, in_form
from .bounds import shortened
from .comparison import Comparison
from .diagnosis import is_single, nearly, right_answers
from .open_tasks import judge_openly
from .pointing import point_out
from .provenance import came_about
from .result import Result
from .running import run
from .trouble import in_another_order, left_behind, no_answer, printed, unfit, unknown
from .variants import arguments_of
from .verdict import verdict

REPAIRS = {}             # exercise -> what the last check of it found to change, for the next hint

SINGLE = "With float32 arguments it stops: {}. It was called with float64 ones in their place."
FEW_DIGITS = ("With float32 arguments its numbers are not right, and with the same ones in float64 they are: something in it "
              "needs more digits, a very small step perhaps. It was called with float64 in their place.")
LOOKING = 2.0            # seconds for bringing an answer into form
USUAL = 5.0              # seconds for all calls of a function


def check(id, function=None, time_limit=USUAL):
    """Judge a learner's function.

    Parameters
    ----------
    id : str                         an exercise's, the name of the function to write
    function : callable              the function itself
    time_limit : float               seconds after which it is stopped

    Returns
    -------
    Result
    """
    exercise = EXERCISES.get(id) if isinstance(id, str) else None
    if exercise is None:
        return unknown(id, function)
    try:
        result = in_another_order(exercise, function, _judge(exercise, function, _seconds(time_limit)))
        REPAIRS[id] = result.repair
        return result
    except KeyboardInterrupt:
        return Result("error", id, f"{id}: interrupted.", "You interrupted the check. Run the cell again to go on.")


def _seconds(limit):
    """A time limit as a float; the usual one in place of what is not a number."""
    try:
        seconds = float(limit)
    except Exception:                        # no number, or too large for a float
        return USUAL
    return USUAL if np.isnan(seconds) else seconds


def _judge(exercise, function, time_limit):
    if isinstance(exercise, OpenExercise):
        return judge_openly(exercise, function, time_limit)
    trouble = unfit(exercise, function)
    if trouble is not None:
        return trouble
    start, answers, values, remarks, changed, right = time.monotonic(), [], [], [], [], True
    for number, probe in enumerate(exercise.probes):
        arguments = arguments_of(probe)
        outcome = run(function, arguments, max(0.1, start + time_limit - time.monotonic()))
        if is_single(probe) and (right and not _is_right(exercise, number, outcome) or isinstance(outcome.error, TypeError)):
            wide = arguments_of(probe, np.float64)
            again = run(function, wide, max(0.1, start + time_limit - time.monotonic()))
            if isinstance(outcome.error, TypeError):         # float64 of its own beside the float32 that came
                said = run(str, (outcome.error,), LOOKING).value or "TypeError"
                arguments, outcome, remarks = wide, again, [*remarks, SINGLE.format(shortened(said))]
            elif outcome.error is None and _is_right(exercise, number, again):
                arguments, outcome, remarks = wide, again, [*remarks, FEW_DIGITS]
        trouble = no_answer(exercise, function, outcome, time_limit, number)
        if trouble is not None:
            return trouble
        changed += _changed(exercise, arguments, probe)
        formed = run(in_form, (exercise, number, outcome.value), LOOKING)       # it may call methods of the learner's
        if formed.value is None:
            return _out_of_form(exercise, outcome, formed)
        found, notes = formed.value
        answers.append(found)
        right = right and nearly(found, [right_answers(view)[number] for view in exercise.views])
        values.append(outcome.value)
        remarks += [text for text in (*notes, *printed(outcome)) if text not in remarks]
    took = time.monotonic() - start
    origin = functools.partial(_origin, exercise, function)
    judged = verdict(exercise, function, answers, list(dict.fromkeys(changed)), remarks, origin)
    return point_out(judged, exercise, function, values, took, start)


def _is_right(exercise, number, outcome):
    """Whether what a function returned to a probe is right."""
    formed = None if outcome.error else run(in_form, (exercise, number, outcome.value), LOOKING).value
    return bool(formed) and nearly(formed[0], [right_answers(view)[number] for view in exercise.views])


def _origin(exercise, function):
    """Sentences on what of the package a function calls; () where it takes long or fails when it is called again."""
    return tuple(run(came_about, (exercise, function), LOOKING).value or ())


def _out_of_form(exercise, outcome, formed):
    """A Result for an answer that cannot be compared: wrong shape or type, or one that will not be looked at."""
    why, shapes = formed.error, None
    if not isinstance(why, Unusable):
        why = Unusable(f"Your function returned something that cannot be looked at, a {type(outcome.value).__name__}.")
    if why.answer is not None:
        shapes = Comparison(why.exercise, why.answer, why.wanted, None, ())
    return Result("shape", exercise.id, f"{exercise.id}: not in the form that is wanted.", str(why),
                  *left_behind(formed), *printed(outcome), f"What is wanted: {exercise.task}", comparison=shapes)


def _changed(exercise, arguments, probe):
    """Names of the arrays among the arguments that the function has written into."""
    names = exercise.arguments.split(", ")
    return [name for name, now, before in zip(names, arguments, probe.arguments)
            if isinstance(now, np.ndarray) and not np.array_equal(now, before, equal_nan=True)]
