"""The learner's own line: where in the function the numbers leave the right way, added to a verdict that is there."""

from ..lessons.stations import STATIONS
from .diagnosis import is_single
from .locating import NOTHING, locate
from .result import Listing
from .running import run
from .variants import arguments_of

LONGEST = 1.0            # seconds that the answers may have taken; slower functions are not run once more
PATIENCE = 1.5           # seconds after which the search for the line is given up


def point_out(result, exercise, function, values, seconds):
    """Add to a Result which steps are right, and the line from which on they are not.

    Parameters
    ----------
    result : Result                  of an answer with wrong numbers; all others are left as they are
    exercise : Exercise
    function : callable              the learner's
    values : list                    what it returned to each probe
    seconds : float                  how long that took

    Returns
    -------
    Result                           the same one
    """
    if result.status not in ("different", "named") or exercise.id not in STATIONS or seconds > LONGEST:
        return result

    precise = [not is_single(probe) for probe in exercise.probes]      # steps are compared to eight digits
    values = [value for value, wanted in zip(values, precise) if wanted]

    def calls():
        return [arguments_of(probe) for probe, wanted in zip(exercise.probes, precise) if wanted]

    found = run(locate, (function, STATIONS[exercise.id], calls, values), PATIENCE).value or NOTHING
    if found.sure or result.status == "different":
        result.line = found.line
        before_the_task(result, *found.sentences, *([Listing(found.source)] if found.source else []))
    return result


def before_the_task(result, *paragraphs):
    """Put paragraphs into a Result before what it says of the task, which comes last."""
    said = list(result.paragraphs)
    at = next((number for number, text in enumerate(said) if text.startswith("What is wanted")), len(said))
    result.paragraphs = (*said[:at], *paragraphs, *said[at:])
