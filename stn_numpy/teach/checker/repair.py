"""A proof by repair: the smallest change of the learner's own source with which every number is right.

Nothing is guessed. One expression after another is put in place of one that is there, in a copy of the function, and the
copy is called with the arguments of the check. Only a change after which all answers are right is told. Where single
changes are not enough, the same change is tried in all places alike: in the line of x and in that of y.

A changed loop may never end. In the copies each loop begins with a call that counts its rounds, and a trial that needs
far more of them than the function itself is over.
"""

import ast
import copy
import time
from typing import NamedTuple

import numpy as np

from .bounds import listed
from .edit_words import by_statement, words_of
from .edits import FAR, alike, edits_of, returns_moved
from .source import Source, World, code_of

SECONDS = 1.0                    # of processor time, for trying out changes
WAIT = 2.0                       # times as many seconds by the clock, on a machine that is busy
ROUNDS = 10, 1000                # of loops in a trial: so many times those of the function itself, and so many more
COUNT = "__stn_round__"          # the name under which a changed function finds what counts them
processor_time = getattr(time, "thread_time", time.monotonic)        # a browser has no clock for a thread


class Repair(NamedTuple):
    line: int             # the first that changes, in the learner's cell or file
    source: Source        # of the function that holds it
    count: int            # of changes that are told
    where: str            # "line 4", "lines 4 and 5", "line 3 of `helper`"
    change: str           # "With `W - 1` instead of `W` in line 4 all numbers of this check would be right."


class TooLong(Exception):
    """Raised inside a changed function that goes round and round."""


class _Rounds:
    """Counts the rounds of all loops of a trial. What a function gives after too many is no answer, whatever it catches."""

    def __init__(self, latest):
        self.count, self.most, self.latest, self.over = 0, float("inf"), latest, False

    def __call__(self):
        self.count += 1
        if self.count > self.most or time.monotonic() > self.latest:
            self.over = True
            raise TooLong


class _Copies:
    """The learner's function and its helpers as trees to be changed, and as functions made of them.

    Parameters
    ----------
    function : the learner's function
    latest : float                   when all trials are over, by time.monotonic
    """

    def __init__(self, function, latest):
        self.function, self.nodes, self.rounds = function, {}, _Rounds(latest)
        self.world = World(function, self.node, {COUNT: self.rounds})

    def node(self, source):
        """The tree of a function; each of its loops counts its rounds."""
        if source.function not in self.nodes:
            self.nodes[source.function] = source, _counting(copy.deepcopy(source.node))
        return self.nodes[source.function][1]

    def call(self, arguments, function=None):
        """The answer of the function as it is now. Raises TooLong, and all that the function raises."""
        self.rounds.count, self.rounds.over = 0, False
        with np.errstate(all="ignore"):
            value = (function or self.world.function)(*arguments)
        if self.rounds.over:
            raise TooLong
        return value

    def changed(self, group):
        """The codes that the functions had before the edits that their trees have now."""
        olds = {}
        for source in {edit.source for edit in group}:
            made = self.world.made(source.function)
            olds[made], made.__code__ = made.__code__, code_of(self.node(source), source.function)
        return olds

    def anew(self):
        """The function as it is now, in a world of its own."""
        return World(self.function, self.node, {COUNT: self.rounds}).function


def _counting(node):
    for loop in [part for part in ast.walk(node) if isinstance(part, (ast.For, ast.While))]:
        loop.body.insert(0, ast.copy_location(ast.Expr(ast.Call(ast.Name(COUNT, ast.Load()), [], [])), loop))
    return ast.fix_missing_locations(node)


def repair(function, probes, is_right, suspect=None, seconds=SECONDS, patience=None):
    """A change that makes a wrong function right, or None. Raises no Exception.

    Parameters
    ----------
    function : the learner's function
    probes : list of functions without arguments -> tuple, fresh copies of a probe's arguments
    is_right : (number of the probe, value) -> bool
    suspect : int or None            the line to begin with
    seconds : float                  of processor time for all of it
    patience : float                 of seconds by the clock, WAIT times as many where it is not given
    """
    end = processor_time() + seconds
    latest = time.monotonic() + (WAIT * seconds if patience is None else patience)
    try:
        copies = _Copies(function, latest)
        order = _by_cost(copies, probes)
    except Exception:                                # no source to read, or a copy that cannot be run
        return None
    for group in _groups(copies.nodes.values(), suspect):
        if processor_time() > end or time.monotonic() > latest:
            return None
        for edit in group:
            if isinstance(edit.new, ast.AST):
                ast.fix_missing_locations(edit.new)
        old = [edit.put(edit.new) for edit in group]
        mends = _mends(copies, group, probes, order, is_right) and _holds(copies, probes, is_right)
        for edit, node in zip(reversed(group), reversed(old)):
            edit.put(node)
        if mends:
            return _told(copies, group)
    return None


def _groups(nodes, suspect):
    """Groups of edits that are made together, the likeliest first: near the suspect, and not far-fetched."""
    for source, node in nodes:
        yield from returns_moved(source, node)
    edits = [edit for source, node in nodes for edit in edits_of(source, node)]
    edits.sort(key=lambda edit: (edit.rank, abs(edit.line - suspect) if suspect else 0))
    for some in ([edit for edit in edits if edit.rank < FAR], [edit for edit in edits if edit.rank >= FAR]):
        yield from ([edit] for edit in some)
        yield from alike(some)


def _by_cost(copies, probes):
    """The numbers of the probes, the fastest first; from here on it is known how many rounds the loops need."""
    took, rounds = [], 0
    for arguments in probes:
        start = processor_time()
        copies.call(arguments())
        took.append(processor_time() - start)
        rounds = max(rounds, copies.rounds.count)
    copies.rounds.most = ROUNDS[0] * rounds + ROUNDS[1]
    return sorted(range(len(probes)), key=took.__getitem__)


def _mends(copies, group, probes, order, is_right):
    """Whether all answers are right, now that these edits are made. The functions stay as they were."""
    olds = {}
    try:
        olds = copies.changed(group)
        return all(is_right(number, copies.call(probes[number]())) for number in order)
    except Exception:                                # most changes make no sense
        return False
    finally:
        for made, code in olds.items():
            made.__code__ = code


def _holds(copies, probes, is_right):
    """Whether the answers are right in a world of their own too, where nothing was tried out before."""
    try:
        again = copies.anew()
        return all(is_right(number, copies.call(arguments(), again)) for number, arguments in enumerate(probes))
    except Exception:
        return False


def _told(copies, group):
    """In words; edits of one statement are told as one change of it."""
    parts = {}
    for edits in by_statement(group, copies.node):
        words = words_of(edits, copies.node(edits[0].source))
        if words:
            parts[f"{words} in line {edits[0].line}"] = edits[0].line
    source = group[0].source
    inside = "" if source.function is copies.function else f" of `{source.name}`"
    numbers = list(dict.fromkeys(parts.values()))
    where = f"line{'s' * (len(numbers) > 1)} {listed([str(number) for number in numbers])}{inside}"
    return Repair(numbers[0], source, len(parts), where, f"With {', and '.join(parts)}{inside} all numbers of this check would be right.")
