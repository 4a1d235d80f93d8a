"""Open tasks: the answer, a function or a plain value, is tried out by a judge of the exercise's own."""

import functools

from ..lessons.parts import Verdict
from . import blanks
from .bounds import MOST_NUMBERS, amount, shortened
from .result import Code, Result
from .running import PATIENCE, line_of, run
from .trouble import no_answer, not_attempted, printed, unfit

LONGEST = 1000           # characters of what a judge says, which may quote the answer


def judge_openly(exercise, answer, time_limit):
    """A Result for an answer to an OpenExercise. The judge runs under guard, as it calls what the learner wrote."""
    if exercise.arguments is None:
        if exercise.one_by_one and type(answer) is dict:
            answer = {name: value for name, value in answer.items() if not blanks.is_blank(value)} or None
        if answer is None or blanks.is_blank(answer):
            return not_attempted(exercise)
        if amount(answer) > MOST_NUMBERS or hasattr(type(answer), "__next__"):
            return _unfit(exercise, f"It has more than {MOST_NUMBERS:,} numbers, or lists that have no end.")
    else:
        trouble = unfit(exercise, answer)
        if trouble is not None:
            return trouble
        if blanks.does_nothing(answer):
            return not_attempted(exercise)
        answer = _noticing_blanks(answer)
    outcome = run(exercise.judge, (answer,), time_limit)
    if _is_the_judges(outcome, exercise):
        return _unfit_value(exercise, outcome)
    trouble = no_answer(exercise, answer, outcome, time_limit)
    if trouble is not None:
        return trouble
    verdict = Verdict(*outcome.value)
    said = [shortened(text, LONGEST) for text in (verdict.message, *verdict.remarks)]
    status = "passed" if verdict.passed else "different"
    more = [exercise.well_done] if verdict.passed and exercise.well_done else []
    more += [] if verdict.passed else [f"What is wanted: {exercise.task}",
                                       f'teach.hint("{exercise.id}") gives a hint.']
    return Result(status, exercise.id, f"{exercise.id}: {'passed' if verdict.passed else 'not yet'}.", *said, *more,
                  *printed(outcome), remarks=verdict.remarks, draw=verdict.draw)


def _noticing_blanks(function):
    """The learner's function; where a `...` comes out of it, it counts as not attempted, not as a wrong answer."""
    @functools.wraps(function)
    def watched(*arguments, **options):
        value = function(*arguments, **options)
        if blanks.is_blank(value) or (value is None and blanks.gaps(function)):
            raise NotImplementedError
        return value
    return watched


def _is_the_judges(outcome, exercise):
    """Whether it is the judge that stumbled over the answer, and no line of the learner's."""
    if outcome.error is None or outcome.stopped or isinstance(outcome.error, NotImplementedError):
        return False
    return exercise.arguments is None or line_of(outcome.error)[0] is None


def _unfit_value(exercise, outcome):
    """The judge could make nothing of the value."""
    error = outcome.error
    said = shortened(run(str, (error,), PATIENCE).value or "it cannot be said why")
    number, line = line_of(error)
    where = [Code(f"line {number}:  {line}")] if number else []
    return _unfit(exercise, f"It cannot be judged as it is: {type(error).__name__}: {said}.", *where, *printed(outcome))


def _unfit(exercise, words, *paragraphs):
    """A value has another form than the one wanted."""
    form = [f"An answer looks like {exercise.form}."] if exercise.form else []
    return Result("shape", exercise.id, f"{exercise.id}: not in the form that is wanted.", words, *form,
                  *paragraphs, f"What is wanted: {exercise.task}")
