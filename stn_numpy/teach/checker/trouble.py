"""What can go wrong before there is an answer to judge: no such exercise, a blank, no function, an exception, no end."""

import difflib
import inspect
import types

from ..lessons import EXERCISES
from ..lessons.parts import OpenExercise
from . import blanks
from .bounds import shortened, shown
from .result import Code, Result
from .running import PATIENCE, Stopped, line_of, lines_of, run

TIPS = (
    ("not supported between", "ellipsis", "There is still a `...` in it."),
    ("unsupported operand", "ellipsis", "There is still a `...` in it."),
    ("IndexError", "must be of integer", "np.floor gives floats; x0 = np.floor(x).astype(int) can be an index."),
    ("IndexError", "out of bounds", "Indices begin at 0: an axis of size 3 has 0, 1 and 2."),
    ("IndexError", "only integers", "np.floor gives floats; int(np.floor(x)) can be an index."),
    ("ValueError", "broadcast", "Two arrays do not fit each other. Print their shapes just before this line."),
    ("ValueError", "matmul", "Two arrays do not fit each other. Print their shapes just before this line."),
    ("ValueError", "truth value", "A condition on a whole array is neither true nor false; use np.where, & and |."),
    ("NameError", "", "Is it defined in the function, or in a cell that has been run?"),
    ("TypeError", "NoneType", "Something is None here: perhaps a function that has no return."),
)


OUTSIDE = ("Is it an image that you read? Some points lie outside the image: check each index before you read, or clip it. "
           "If that is done, are row and column in the right order, U[..., y, x]?")


def unknown(id, function=None):
    """A Result for an id that no exercise has; `function` is what came with it, for the two may have changed places."""
    if callable(id):
        name = function if isinstance(function, str) and function in EXERCISES else _name(id)
        return Result("error", "", "The name of the exercise comes first, and then the function:",
                      Code(f'teach.check("{name}", {name})'))
    close = difflib.get_close_matches(id[:100], EXERCISES, n=1) if isinstance(id, str) else ()
    guess = f' Did you mean "{close[0]}"?' if close else ""
    return Result("error", shortened(id, 100) if isinstance(id, str) else shown(id),
                  f"There is no exercise {shown(id)}.{guess}", f"There are: {', '.join(EXERCISES)}.")


def _name(function):
    """The name of a function, where it has one that can be said."""
    name = function.__name__ if isinstance(function, types.FunctionType) else ""
    return name if name in EXERCISES else "blend"


def not_attempted(exercise, *paragraphs):
    """The result for a function with nothing in it yet: what is wanted, after these paragraphs."""
    return Result("not attempted", exercise.id, f"{exercise.id}: not attempted yet.", *paragraphs,
                  f"What is wanted: {exercise.task}")


def unfit(exercise, function):
    """A Result for what is not a function of the right arguments, else None."""
    if function is None or function is ...:
        return not_attempted(exercise)
    if not callable(function):
        return Result("error", exercise.id, f"{exercise.id}: that is not a function.",
                      f"You gave a {type(function).__name__}. check wants the function itself, without brackets:",
                      Code(f'teach.check("{exercise.id}", {exercise.id})'))
    try:
        inspect.signature(function).bind(*exercise.arguments.split(", "))
    except TypeError:
        return Result("error", exercise.id, f"{exercise.id}: it takes other arguments.",
                      f"It is called as {exercise.signature}, and yours is {shortened(_signature(function))}.")
    except Exception:                        # some callables have no signature to look at
        pass
    return None


def in_another_order(exercise, function, result):
    """The Result; one that says so for a function that did not pass and takes the right arguments in another order."""
    if isinstance(exercise, OpenExercise) or result.status not in ("named", "different", "shape", "error"):
        return result
    try:
        names = list(inspect.signature(function).parameters)
    except Exception:                        # no function, or none that has a signature
        return result
    wanted = exercise.arguments.split(", ")
    if names == wanted or sorted(names) != sorted(wanted):
        return result
    mine, given = next((name, other) for name, other in zip(names, wanted) if name != other)
    return Result("error", exercise.id, f"{exercise.id}: it takes its arguments in another order.",
                  f"It is called as {exercise.signature}, and yours is {shortened(_signature(function))}: its {mine} is given "
                  f"the {given}.", f"What is wanted: {exercise.task}")


def _signature(function):
    name = getattr(function, "__name__", type(function).__name__)
    try:
        return f"{name}{inspect.signature(function)}"
    except Exception:                        # nor one that can be shown, where a default value will not be
        return f"another, {name}"


def no_answer(exercise, function, outcome, time_limit, number=0):
    """A Result where the function gave no answer to the probe of this number, else None."""
    error = outcome.error
    if outcome.stopped:
        return _stopped(exercise, outcome, time_limit)
    if blanks.is_blank(outcome.value) or isinstance(error, NotImplementedError):
        return not_attempted(exercise)
    if outcome.value is None and error is None and blanks.does_nothing(function):
        return not_attempted(exercise)
    if outcome.value is None and blanks.gaps(function):
        *first, last = map(str, sorted(set(blanks.gaps(function))))
        lines = f"lines {', '.join(first)} and {last}" if first else f"line {last}"
        return not_attempted(exercise, f"There is still a `...` to fill in, in {lines}.")
    return _raised(exercise, function, outcome, number) if error is not None else None


def probe_words(id, number):
    """How to get the arguments of a probe."""
    return f'teach.probe("{id}"{f", {number}" if number else ""})'


def _stopped(exercise, outcome, time_limit):
    if outcome.stopped == "interrupted":
        return Result("error", exercise.id, f"{exercise.id}: interrupted.", "You interrupted the check.",
                      *printed(outcome))
    busy = ""
    if isinstance(outcome.error, Stopped):
        number, line = line_of(outcome.error)
        busy = f" When it was stopped it was in line {number}: {line}" if number else ""
    return Result("error", exercise.id, f"{exercise.id}: stopped after {time_limit:g} seconds.",
                  f"The arrays here are small; a loop over all of them takes far less than a second.{busy}",
                  "Is there a while loop whose condition never becomes false?", *left_behind(outcome),
                  *printed(outcome))


def left_behind(outcome):
    """What to do about a function that could not be stopped, as a list of one sentence or none."""
    return ["It could not be stopped: it waits for something, or it catches what is to stop it (is there an `except:` "
            "in a loop?). It still runs in the background and makes everything slow: restart the kernel."
            ] if outcome.alive else []


def _raised(exercise, function, outcome, number):
    """The exception, its message, and the learner's own line; that of a helper too, where it arose in one."""
    error, name = outcome.error, type(outcome.error).__name__
    if isinstance(error, SystemExit):
        return Result("error", exercise.id, f"{exercise.id}: your function ends the program.",
                      "It calls exit() or sys.exit(). Use return to leave a function.", *printed(outcome))
    words = run(str, (error,), PATIENCE).value or ""                    # "" for one that cannot even be printed
    where = [Code("\n".join(f"line {line}{f', in `{name}`' if name else ''}:  {text}" for line, name, text in lines))
             ] if (lines := lines_of(error, function)) else []
    tips = [tip for kind, part, tip in TIPS if kind in f"{name}: {words}" and part in words][:1]
    if isinstance(error, IndexError) and "out of bounds" in words and "U" in exercise.arguments.split(", "):
        tips.append(OUTSIDE)
    return Result("error", exercise.id, f"{exercise.id}: your function stops with {name}.",
                  f"Python says: {shortened(words)}" if words else "Python says no more than that.", *where, *tips,
                  *printed(outcome), f"To look closer: arguments = {probe_words(exercise.id, number)}, then call your "
                  "function with *arguments.")


def printed(outcome):
    """What the function printed, the beginning of it."""
    if not outcome.printed.strip():
        return []
    first = outcome.printed.splitlines()[:5]
    more = outcome.lines_printed - len(first)
    first += [f"... and {more} more lines"] if more > 0 else []
    return [Code("printed:  " + "\n          ".join(first))]
