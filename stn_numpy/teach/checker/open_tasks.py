"""Open tasks: the answer, a function or a plain value, is tried out by a judge of the exercise's own."""

import functools

from ..lessons.parts import Verdict
from . import blanks
from .result import Result
from .running import line_of, run
from .trouble import no_answer, not_attempted, printed, unfit


def judge_openly(exercise, answer, time_limit):
    """A Result for an answer to an OpenExercise. The judge runs under guard, as it calls what the learner wrote."""
    if exercise.arguments is None:
        if answer is None or blanks.is_blank(answer):
            return not_attempted(exercise)
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
    status = "passed" if verdict.passed else "different"
    more = [exercise.well_done] if verdict.passed and exercise.well_done else []
    more += [] if verdict.passed else [f"What is wanted: {exercise.task}",
                                       f'teach.hint("{exercise.id}") gives a hint.']
    return Result(status, exercise.id, f"{exercise.id}: {'passed' if verdict.passed else 'not yet'}.", verdict.message,
                  *verdict.remarks, *more, *printed(outcome), remarks=verdict.remarks, draw=verdict.draw)


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
    """The judge could make nothing of the value: it has another form than the one wanted."""
    error = outcome.error
    words = f"It cannot be judged as it is: {type(error).__name__}: {error}."
    form = [f"An answer looks like {exercise.form}."] if exercise.form else []
    return Result("shape", exercise.id, f"{exercise.id}: not in the form that is wanted.", words, *form,
                  *printed(outcome), f"What is wanted: {exercise.task}")
