"""check: judge a learner's function, calmly, whatever it does.

The order of judgement: not attempted; it cannot be run; shape and dtype; it passes; a mistake that is known by name;
how it differs from the right answer. Passing overrules everything that follows it.
"""

import difflib
import inspect
import time

import numpy as np

from . import blanks
from .answers import Unusable, as_array
from ..lessons.parts import arguments_of
from .comparison import Comparison, compare
from .diagnosis import agree, describe, first_wrong, name_mistakes, right_answers
from ..lessons.lesson_00 import EXERCISES
from .result import Code, Result
from .running import Stopped, line_of, run

TIPS = (
    ("not supported between", "ellipsis", "There is still a `...` in it."),
    ("unsupported operand", "ellipsis", "There is still a `...` in it."),
    ("IndexError", "must be of integer", "np.floor gives floats; x0 = np.floor(x).astype(int) can be an index."),
    ("IndexError", "out of bounds", "Indices begin at 0: an axis of size 3 has 0, 1 and 2. Is it an image that you "
     "read? Some points lie outside the image: check each index before you read, or clip it. If that is done, are row "
     "and column in the right order, U[..., y, x]?"),
    ("IndexError", "only integers", "np.floor gives floats; int(np.floor(x)) can be an index."),
    ("ValueError", "broadcast", "Two arrays do not fit each other. Print their shapes just before this line."),
    ("ValueError", "matmul", "Two arrays do not fit each other. Print their shapes just before this line."),
    ("ValueError", "truth value", "A condition on a whole array is neither true nor false; use np.where, & and |."),
    ("NameError", "", "Is it defined in the function, or in a cell that has been run?"),
    ("TypeError", "NoneType", "Something is None here: perhaps a function that has no return."),
)


def check(id, function=None, time_limit=5.0):
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
        return unknown(id)
    try:
        return _judge(exercise, function, time_limit)
    except KeyboardInterrupt:
        return Result("error", id, f"{id}: interrupted.", "You interrupted the check. Run the cell again to go on.")


def _judge(exercise, function, time_limit):
    trouble = _unfit(exercise, function)
    if trouble is not None:
        return trouble
    deadline, answers, remarks, changed = time.monotonic() + time_limit, [], [], []
    for probe, wanted in zip(exercise.probes, right_answers(exercise.id)):
        arguments = arguments_of(probe)
        outcome = run(function, arguments, max(0.1, deadline - time.monotonic()))
        trouble = _no_answer(exercise, function, outcome, time_limit)
        if trouble is not None:
            return trouble
        changed += _changed(exercise, arguments, probe)
        try:
            answer, remark = as_array(outcome.value, wanted, exercise)
        except Unusable as why:
            shapes = why.answer is not None and Comparison(exercise, why.answer, wanted, None, ())
            return Result("shape", exercise.id, f"{exercise.id}: not in the form that is wanted.", str(why),
                          *_printed(outcome), f"What is wanted: {exercise.task}", comparison=shapes or None)
        answers.append(answer)
        remarks += [text for text in (remark, *_printed(outcome)) if text and text not in remarks]
    return _verdict(exercise, answers, list(dict.fromkeys(changed)), remarks)


def _verdict(exercise, answers, changed, remarks):
    """All answers are there, in the right shape: do they pass, are they known, how do they differ?"""
    comparison = compare(exercise, answers)
    if changed:
        remarks = [f"Your function changes what it is given: {', '.join(changed)}. Others may still need that array. "
                   "`x *= 2`, `x += 1` and `x[...] = 0` write into x itself; begin with x = x.copy(), or write "
                   "x = x * 2.", *remarks]
    if agree(answers, right_answers(exercise.id)):
        if changed:
            return Result("changed input", exercise.id, f"{exercise.id}: right numbers, but a side effect.", *remarks,
                          comparison=comparison)
        return Result("passed", exercise.id, f"{exercise.id}: passed.", exercise.well_done, *remarks,
                      comparison=comparison)
    ids = name_mistakes(exercise.id, answers)
    if ids:
        named = [mistake for mistake in exercise.mistakes if mistake.id in ids]
        headline = f"{exercise.id}: not yet, but your numbers say why."
        return Result("named", exercise.id, headline, *_named(named), first_wrong(exercise, answers), *remarks,
                      mistakes=ids, comparison=comparison)
    return Result("different", exercise.id, f"{exercise.id}: not yet.", describe(exercise, answers),
                  first_wrong(exercise, answers), *remarks, f"What is wanted: {exercise.task}",
                  f'teach.hint("{exercise.id}") gives a hint, teach.probe("{exercise.id}") the arguments used here.',
                  comparison=comparison)


def _named(mistakes):
    """Two paragraphs for each mistake: what it is, and where to look."""
    paragraphs = ["There are two mistakes in it."] if len(mistakes) > 1 else []
    for number, mistake in enumerate(mistakes, start=1):
        start = f"({number}) " if len(mistakes) > 1 else ""
        paragraphs += [f"{start}{mistake.says}", f"{mistake.look} See {mistake.equation}."]
    return paragraphs


# --- What can go wrong before there is an answer


def unknown(id):
    """A Result for an id that no exercise has."""
    close = difflib.get_close_matches(str(id), EXERCISES, n=1)
    guess = f' Did you mean "{close[0]}"?' if close else ""
    return Result("error", str(id), f"There is no exercise {id!r}.{guess}", f"There are: {', '.join(EXERCISES)}.")


def _not_attempted(exercise, *paragraphs):
    return Result("not attempted", exercise.id, f"{exercise.id}: not attempted yet.", *paragraphs,
                  f"What is wanted: {exercise.task}")


def _unfit(exercise, function):
    """A Result for what is no function of the right arguments, else None."""
    if function is None or function is ...:
        return _not_attempted(exercise)
    if not callable(function):
        return Result("error", exercise.id, f"{exercise.id}: that is not a function.",
                      f"You gave a {type(function).__name__}. check wants the function itself, without brackets:",
                      Code(f'teach.check("{exercise.id}", {exercise.id})'))
    try:
        inspect.signature(function).bind(*exercise.probes[0].arguments)
    except TypeError:
        return Result("error", exercise.id, f"{exercise.id}: it takes other arguments.",
                      f"It is called as {exercise.signature}, and yours is {_signature(function)}.")
    except ValueError:                       # some callables written in C have no signature to look at
        pass
    return None


def _signature(function):
    return f"{getattr(function, '__name__', type(function).__name__)}{inspect.signature(function)}"


def _no_answer(exercise, function, outcome, time_limit):
    """A Result where the function gave no answer, else None."""
    error = outcome.error
    if outcome.stopped:
        return _stopped(exercise, outcome, time_limit)
    if blanks.is_blank(outcome.value) or isinstance(error, NotImplementedError):
        return _not_attempted(exercise)
    if outcome.value is None and error is None and blanks.does_nothing(function):
        return _not_attempted(exercise)
    if outcome.value is None and blanks.gaps(function):
        lines = ", ".join(map(str, blanks.gaps(function)))
        return _not_attempted(exercise, f"There is still a `...` to fill in, in line {lines} of the function.")
    return _raised(exercise, outcome) if error is not None else None


def _stopped(exercise, outcome, time_limit):
    if outcome.stopped == "interrupted":
        return Result("error", exercise.id, f"{exercise.id}: interrupted.", "You interrupted the check.",
                      *_printed(outcome))
    busy = ""
    if isinstance(outcome.error, Stopped):
        number, line = line_of(outcome.error)
        busy = f" When it was stopped it was in line {number}: {line}" if number else ""
    return Result("error", exercise.id, f"{exercise.id}: stopped after {time_limit:g} seconds.",
                  f"The arrays here are small; a loop over all of them takes far less than a second.{busy}",
                  "Is there a while loop whose condition never becomes false?", *_printed(outcome))


def _raised(exercise, outcome):
    """The exception, its message, and the learner's own line."""
    error, name = outcome.error, type(outcome.error).__name__
    if isinstance(error, SystemExit):
        return Result("error", exercise.id, f"{exercise.id}: your function ends the program.",
                      "It calls exit() or sys.exit(). Use return to leave a function.", *_printed(outcome))
    try:
        words = str(error)
    except Exception:                        # an exception that cannot even be printed
        words = ""
    number, line = line_of(error)
    where = [Code(f"line {number}:  {line}")] if number else []
    tips = [tip for kind, part, tip in TIPS if kind in f"{name}: {words}" and part in words][:1]
    return Result("error", exercise.id, f"{exercise.id}: your function stops with {name}.",
                  f"Python says: {words}" if words else "Python says no more than that.", *where, *tips,
                  *_printed(outcome), f'To look closer: arguments = teach.probe("{exercise.id}"), then call your '
                  f"function with *arguments.")


def _changed(exercise, arguments, probe):
    """Names of the arrays among the arguments that the function has written into."""
    names = exercise.arguments.split(", ")
    return [name for name, now, before in zip(names, arguments, probe.arguments)
            if isinstance(now, np.ndarray) and not np.array_equal(now, before, equal_nan=True)]


def _printed(outcome):
    """What the function printed, the beginning of it."""
    if not outcome.printed.strip():
        return []
    first = outcome.printed.splitlines()[:5]
    more = outcome.lines_printed - len(first)
    first += [f"... and {more} more lines"] if more > 0 else []
    return [Code("printed:  " + "\n          ".join(first))]
