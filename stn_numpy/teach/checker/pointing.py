"""The learner's own line: where in the function the numbers leave the right way, added to a verdict that is there."""

import functools
import time

import numpy as np

from ..lessons.stations import STATIONS
from ..lessons.stations.way import stations_of
from .answers import Unusable, in_form
from .diagnosis import agree, is_single, right_answers
from .locating import NOTHING, locate, numbered
from .matching import Stations
from .repair import SECONDS, WAIT, repair
from .result import Listing
from .running import run
from .variants import arguments_of

LONGEST = 1.0            # seconds that the answers may have taken; slower functions are not run once more
PATIENCE = 1.5           # seconds after which the search for the line is given up
SPARE = 1.0              # seconds for the last trial of a change, which may be slow
NAMED = 0.4              # of the time for trying out changes, where the mistake has its name already
COUNTS = {2: "Two", 3: "Three", 4: "Four"}
ALL = 3.5                # seconds for a whole check, after which no search goes on


def point_out(result, exercise, function, values, seconds, start):
    """Add to a Result which steps are right, and the line from which on they are not.

    Parameters
    ----------
    result : Result                  of an answer with wrong numbers; all others are left as they are
    exercise : Exercise
    function : callable              the learner's
    values : list                    what it returned to each probe
    seconds : float                  how long that took
    start : float                    when the check began, by time.monotonic

    Returns
    -------
    Result                           the same one
    """
    if result.status not in ("different", "named") or seconds > LONGEST:
        return result
    end = start + ALL
    found = _located(exercise, function, values, end) if exercise.id in STATIONS else NOTHING
    trying = SECONDS * (NAMED if result.status == "named" else 1)
    mended = None if found.sure else _mended(exercise, function, found.line, trying, end)
    if mended:
        result.line, result.repair = mended.line, mended.change
        result.folded = "Show the change", (mended.change,)
        right = found.right if result.status == "different" else ()
        count = "One change makes" if mended.count == 1 else f"{COUNTS.get(mended.count, mended.count)} changes make"
        it = "It is" if mended.count == 1 else "They are"
        before_the_task(result, *right, f"{count} all numbers of this check right. {it} in {mended.where}; "
                        f'teach.hint("{exercise.id}") tells which.',
                        Listing(numbered(mended.source, mended.line)))
    elif found.sure:
        result.line = found.line
        before_the_task(result, *found.sentences, Listing(found.source))
    elif result.status == "different":
        before_the_task(result, *found.sentences)
    return result


@functools.lru_cache(maxsize=None)
def _stations(exercise):
    """The stations of an exercise, for the probes that are float64: steps are compared to eight digits."""
    return Stations(stations_of(STATIONS[exercise.id], [arguments_of(probe) for probe in _precise(exercise)]))


def _precise(exercise):
    return [probe for probe in exercise.probes if not is_single(probe)]


def _located(exercise, function, values, end):
    def calls():
        return [arguments_of(probe) for probe in _precise(exercise)]

    values = [value for value, probe in zip(values, exercise.probes) if not is_single(probe)]
    patience = min(PATIENCE, end - time.monotonic())
    return run(locate, (function, _stations(exercise), calls, values), patience).value or NOTHING


def _mended(exercise, function, suspect, seconds, end):
    """A Repair of the function, or None."""
    probes = [functools.partial(arguments_of, probe, np.float64) for probe in exercise.probes]

    def is_right(number, value):
        try:
            found, _ = in_form(exercise, number, value)
        except Unusable:
            return False
        return agree(found, [right_answers(view)[number] for view in exercise.views])

    patience = min(WAIT * seconds, end - time.monotonic())
    return run(repair, (function, probes, is_right, suspect, seconds, patience), patience + SPARE).value


def before_the_task(result, *paragraphs):
    """Put paragraphs into a Result before what it says of the task, which comes last."""
    said = list(result.paragraphs)
    at = next((number for number, text in enumerate(said) if text.startswith("What is wanted")), len(said))
    result.paragraphs = (*said[:at], *paragraphs, *said[at:])
