"""The lessons' companion: it judges an answer and names the mistake, hints, shows solutions, remembers predictions.

    from stn_numpy import teach

In a notebook each call goes at the end of its cell, and what it returns shows itself: as a page with a picture there,
as plain text in a terminal. No call raises, whatever it is given: a cell that is still blank never stops a notebook.

    teach.check("to_pixels", to_pixels)      judge the learner's function (the function itself, not what it returns)
    teach.hint("to_pixels")                  a hint; each further call gives the next one; hint("to_pixels", 2) that one
    teach.solution("to_pixels")              a solution in the learner's own terms, and where the package has it
    teach.use("to_pixels", to_pixels)        the learner's function where it passes, else the package's, for later cells
    teach.probe("to_pixels")                 the arguments with which check calls the function, to try it by hand
    teach.predict("shift_right", "left")     remember a guess; predict("shift_right") asks the question
    teach.reveal("shift_right")              the guess beside the truth, with the reason
    teach.order("scatter_to_dU")             lines of code to put in order; order("scatter_to_dU", [3, 1, 2]) judges one
    teach.contents()                         a table of all exercises, predictions and lines to order, lesson by lesson

`check` returns a Result: `status` ("passed", "not attempted", "named", "different", "shape", "changed input" or
"error"), `exercise`, `mistakes` (their ids), `line`, `locus`, `remarks`, `message`, and `picture()`; it counts as True
where the answer passed. A Solution has the code of its exercise cell as `source`. `...` in place of an answer, a guess or an
order means "not attempted yet".

Exercises: the id is the name of the function to write. A gradient takes the upstream gradient and then whatever the
forward took. Functions return the bare value; (value, cache) is good too, and where several gradients are wanted a
tuple of them. Images are zero outside and align_corners is True unless it is an argument.

Each lesson is one file of `lessons`; `checker` judges, `pictures` draws, `notebooks` runs and solves the notebooks.
What lesson 10 tries tests on is in teach.wrong_samplers, what lesson 11 descends with in teach.descent, what lesson 13
undoes distortions with in teach.looking, what lesson 15 measures with in teach.ladder, and each function beside that of
PyTorch in teach.bridge.
"""

import importlib

from . import bridge, descent, ladder, looking
from .checker.check import check
from .guiding import contents, hint, probe, solution, use
from .lessons import wrong_samplers
from .ordering import order
from .predictions import predict, reveal

DRAWING = ("microscope", "pictures", "notebooks")


def __getattr__(name):
    """Import the parts that draw when they are first asked for: the checker works without a picture being drawn."""
    if name in DRAWING:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["bridge", "check", "contents", "descent", "hint", "ladder", "looking", "order", "predict", "probe",
           "reveal", "solution", "use", "wrong_samplers", *DRAWING]


def __dir__():
    return sorted({*globals(), *DRAWING})
