"""What a lesson file is made of: exercises with their mistakes and probes, predictions, and lines to order.

An exercise has a *recipe*: a textbook version of the function to write, whose ingredients can be exchanged by keyword.
A mistake is an exchange of one ingredient (or of two that belong together), so a learner who makes two mistakes at
once is found by exchanging both.
"""

import dataclasses
import functools
from typing import Callable, NamedTuple


class Mistake(NamedTuple):
    id: str
    says: str             # what the wrong numbers are; it follows "Your numbers are exactly those of this mistake."
    look: str             # where such numbers usually come from
    equation: str         # equation or lesson that holds the right form
    changes: tuple        # of dicts ingredient -> replacement; several where different code makes one mistake


class Where(NamedTuple):
    """A change that makes the mistake in one place only, in x or in row 1 alone."""
    words: str            # a sentence, "It is so along x only."
    change: dict


class Probe(NamedTuple):
    arguments: tuple      # what the function is called with; copies are handed out
    words: str            # what is special about it, to end the sentence "With ..."
    strided: bool = False      # hand out arrays that are not contiguous


class Part(NamedTuple):
    name: str             # of one gradient among several, "dW"
    axes: tuple           # names of its axes, as in an Exercise


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Exercise:
    """A function to write, judged by its numbers on fixed probes."""

    id: str               # the name of the function to write
    lesson: str           # "04"
    arguments: str        # "U, grid"
    answer: str           # name of what comes back, "V", or "dx, dW, db" where it is a tuple of `parts`
    axes: tuple = ()      # names of its axes, for "the first wrong number is V[n=0, c=1, ...]"
    parts: tuple = ()     # of Part, where the function returns a tuple: each is judged by itself, and named
    task: str             # what is wanted, one sentence
    truth: Callable       # the package's answer to the same arguments
    solution: tuple       # functions to show: helpers first, the last one is the answer
    package: tuple = ()   # the package's functions that hold the same formula
    recipe: Callable      # the arguments, and each ingredient by keyword
    mistakes: tuple       # of Mistake
    probes: tuple         # of Probe
    hints: tuple          # from a nudge to the formula
    well_done: str        # said when the answer passes
    also: tuple = ()      # of (function, remark): answers by another convention, which pass too, with the remark
    picture: str = "image"     # "image", "points" (x, y) or "bars"
    sizes: Callable = None     # (arguments) -> {"W": 9}, to say of a factor that it is 1 / W
    places: Callable = None    # (arguments) -> {"a neighbour lies outside": mask}, to say where numbers are wrong

    @property
    def signature(self):
        return f"{self.id}({self.arguments})"

    @functools.cached_property
    def views(self):
        """An exercise for each part of a tuple, the same probes and mistakes seen through it; else this one alone."""
        if not self.parts:
            return (self,)
        return tuple(dataclasses.replace(self, answer=part.name, axes=part.axes, parts=(), truth=_nth(self.truth, k),
                                         recipe=_nth(self.recipe, k)) for k, part in enumerate(self.parts))


def _nth(function, k):
    return lambda *arguments, **choices: function(*arguments, **choices)[k]


class Verdict(NamedTuple):
    passed: bool
    message: str          # one paragraph: what is right, or what is not and where to look
    remarks: tuple = ()   # more sentences
    draw: Callable = None      # () -> a Picture, drawn only when it is looked at


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class OpenExercise:
    """A task without one right answer: a rate that converges, three runs diagnosed, a transform of one's own.

    The answer is a function, or a plain value such as a dict, an array or a choice; `judge` tries it out.
    """

    id: str
    lesson: str
    task: str
    judge: Callable       # (answer) -> Verdict, or (passed, message, remarks); runs as guarded as a learner's function
    hints: tuple
    solution: tuple       # functions, and lines of code as strings, that fill the exercise's cell
    well_done: str = ""   # said when the answer passes
    arguments: str = None      # "x, y" where the answer is a function, else None: a value
    one_by_one: bool = False   # the entries of a dict are judged as they come; the judge gets those that are no `...`
    form: str = ""        # what a value looks like, '{"start": (x, y), "rate": number}'
    answer: str = ""      # name of what is wanted, for the table of contents
    package: tuple = ()

    @property
    def signature(self):
        return self.id if self.arguments is None else f"{self.id}({self.arguments})"


class Prediction(NamedTuple):
    id: str
    lesson: str
    question: str
    form: str             # what a guess looks like
    truth: Callable       # () -> a number, a tuple, a sorted list of entries, or one of the choices
    reason: str
    choices: tuple = ()   # words to choose from, or () where numbers are wanted
    count: int = None     # how many numbers, where that is fixed


class Line(NamedTuple):
    text: str
    needs: dict           # number of a line that must come before -> why
    wrong: str = ""       # why the line does not belong in at all


class Puzzle(NamedTuple):
    id: str
    lesson: str
    task: str
    lines: tuple          # of Line, shown in this order and numbered from 1
    well_done: str


def entries(answer, names, needed=True):
    """The entries of a plain answer, a dict. Raises ValueError for another type, and for names that are not wanted or missing."""
    listed = ", ".join(map(repr, names))
    if not isinstance(answer, dict):
        raise ValueError(f"wanted is a dict with the keys {listed}; you gave a {type(answer).__name__}")
    for name in answer:
        if name not in names:
            raise ValueError(f"there is no {name!r} here, only {listed}")
    missing = [name for name in names if name not in answer]
    if missing and needed:
        raise ValueError(f"it has no {' and no '.join(missing)}")
    return answer


def pick(mistakes, *ids):
    return tuple(mistake for mistake in mistakes if mistake.id in ids)


def without(mistakes, *ids):
    return tuple(mistake for mistake in mistakes if mistake.id not in ids)
