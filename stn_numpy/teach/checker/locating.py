"""Where in a learner's function the numbers leave the right way: a sentence or two, each checked against the numbers.

What is said is what variables hold. "`x` (line 4) holds the pixel coordinates x" stands only where all its numbers on
all probes are those, and "`y` (line 5) has the numbers of y scaled with the width" likewise. Whether that is a mistake
is left to the reader, but for this: it is said only of a step whose right numbers occur nowhere in the function.
"""

import ast
import functools
from typing import NamedTuple

import numpy as np

from .bounds import listed
from .matching import match, numbers_of
from .tracing import Enough, trace

NEARLY_ALL = 0.7                 # of the numbers of a step
GROUPS_TOLD = 4                  # of the right steps, the last ones before the trouble
LONGEST = 60                     # characters of an expression that is quoted in a sentence
TOGETHER = ("weights", "contributions")                              # what a loop over four neighbours holds at once


class Located(NamedTuple):
    line: int | None      # in the learner's cell or file; None where all that is known is what is right
    function: str         # name of the function or of the helper in which the line is
    right: tuple          # of sentences, on the steps that are right
    words: tuple          # of sentences, on the line
    source: tuple         # of (number, text, whether it is the line) for each line of that function, or ()
    sure: bool            # whether what that line holds is wrong, and not only unknown

    @property
    def sentences(self):
        return (*self.right, *self.words)


NOTHING = Located(None, "", (), (), (), False)


def locate(function, table, calls, answers):
    """What can be said truthfully about the steps of a wrong answer.

    Parameters
    ----------
    function : the learner's function
    table : Stations                 those of the exercise, for these calls
    calls : function without arguments -> list of tuples, fresh copies of the probes' arguments
    answers : list                   what the function returned before; it must do so again

    Returns
    -------
    Located, NOTHING where there is nothing to say. Never raises an Exception.
    """
    try:
        with np.errstate(all="ignore"):
            traced = trace(function, calls())
            if not all(map(same, traced.answers, answers)):
                return NOTHING
            return _Story(traced, table).told()
    except (Exception, Enough):      # whatever the learner's objects do: then nothing is said
        return NOTHING


def same(one, other):
    """Whether two answers are the same, to the last digit."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    one, other = np.asarray(one), np.asarray(other)
    return one.dtype == other.dtype and one.shape == other.shape and np.array_equal(
        one, other, equal_nan=one.dtype.kind in "fc")


class _Story:
    """The matches of a trace, sorted into what is right, what stands in the place of a right step, and the rest."""

    def __init__(self, traced, table):
        self.sites, self.trace, self.table, self.stations = traced.sites, traced, table, table.stations
        self.matches = match(traced, table)
        self.rank = {site: rank for rank, site in enumerate(traced.order)}
        self.known = {found.site for found in self.matches}
        self.right = self._best(found for found in self.matches if self._is_right(found.station) and not found.partly)
        self.partly = self._best(found for found in self.matches if self._is_right(found.station) and found.partly
                                 and found.station not in self.right)

    def _station(self, id):
        return self.stations[id][0]

    def _is_right(self, id):
        station = self._station(id)
        return not station.instead_of and not station.known

    def _quality(self, found):
        site = self.sites[found.site]
        return found.in_order, bool(site.name), found.whole, not site.part, -self.rank[found.site]

    def _best(self, matches):
        """Station id -> its best match."""
        best = {}
        for found in matches:
            old = best.get(found.station)
            if old is None or self._quality(found) > self._quality(old):
                best[found.station] = found
        return best

    # --- What is not right

    def told(self):
        few = self._some_of()
        troubles = list(filter(None, (self._in_place_of(), few, self._one_missing(), self._disordered())))
        site, words = min(troubles, key=lambda trouble: self.rank[trouble[0]]) if troubles else self._after_the_last()
        sure = bool(troubles) and (few is None or site != few[0])            # to do only what is needed is no mistake
        right = self._right_words(self.rank[site] if site is not None else len(self.rank))
        if site is None:
            return Located(None, "", right, (), (), False) if right else NOTHING
        source = self.sites[site].source
        return Located(self.sites[site].line, source.name, right, words, numbered(source, self.sites[site].line), sure)

    def _in_place_of(self):
        """(site, sentences) of the first numbers that are known to stand in the place of a right step."""
        found = {}
        for each in sorted(self.matches, key=self._fits, reverse=True):
            place = self._station(each.station).instead_of
            if place in self.stations and place not in self.right and place not in self.partly and each.site not in {
                    other.site for other in found.values()} and self._is_last_word(each) and not self._is_of_unknown(each.site):
                found.setdefault(place, each)
        if not found:
            return None
        first = min(found.values(), key=lambda each: self.rank[each.site])
        group = self._station(self._station(first.station).instead_of).group
        told = sorted((each for place, each in found.items() if self._station(place).group == group),
                      key=lambda each: self.rank[each.site])
        return first.site, tuple(self._in_place_words(each) for each in told[:2])

    def _fits(self, found):
        """How well a match explains its site: a like name, then the quality of the match."""
        place, name = self._station(found.station).instead_of, self.sites[found.site].name
        return (bool(name) and name[:1].lower() in place, *self._quality(found))

    def _in_place_words(self, each):
        station = self._station(each.station)
        order = "" if each.in_order or self._is_loop(each.site) else ", in another order"
        return (f"{self.quoted(each.site)} has the numbers of {station.words}{order}. Nothing in your function holds "
                f"{self._station(station.instead_of).words}.")

    def _is_loop(self, site):
        """Whether a site had more than one value in a call, so that it has no order of its own."""
        return any(len(call) > 1 for call in self.trace.values[site])

    def _is_last_word(self, each):
        """Whether a site is a variable's last value or a whole calculation, and is not right for something else."""
        site = self.sites[each.site]
        place = self._station(each.station).instead_of
        if any(right.site == each.site and (right.in_order or not each.in_order) for right in self.matches
               if self._is_right(right.station) and not right.partly
               and not (site.name[:1].lower() == place[0] != right.station[0])):
            return False
        if not site.name:
            return not site.part or self._station(each.station).inner
        return not any(other.name == site.name and other.source is site.source and number in self.rank
                       and self.rank[number] > self.rank[each.site] for number, other in enumerate(self.sites))

    @functools.cached_property
    def _right_sites(self):
        return {each.site for each in self.matches if self._is_right(each.station)}

    def _is_of_unknown(self, site):
        """Whether numbers that are not known go into a site, or into what does: then what is wrong lies before it."""
        source, names = self.sites[site].source, self._read_for(site)
        return any(self.sites[other].name in names and self.sites[other].source is source
                   and (self._is_unknown(other) or other not in self._right_sites and self._is_of_unknown(other))
                   for other in self.trace.order if self.sites[other].name and self.rank[other] < self.rank[site])

    def _read_for(self, site):
        """Names of the variables that are read for a site: in the expression, or for the value of the variable."""
        source, node = self.sites[site].source, self.sites[site].node
        if self.sites[site].name:
            made = next((part for part in ast.walk(source.node) if isinstance(part, (ast.Assign, ast.AnnAssign, ast.For))
                         and part.lineno <= node.lineno <= getattr(part, "iter", part).end_lineno), None)
            node = getattr(made, "iter", None) or getattr(made, "value", None)
        return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} if node is not None else set()

    def _some_of(self):
        """(site, sentences) of the first variable that holds only some of the numbers of a right step."""
        found = [each for each in self.partly.values() if each.whole and not self.sites[each.site].part
                 and not self.sites[each.site].sums]
        if not found:
            return None
        first = min(found, key=lambda each: self.rank[each.site])
        few = sum(len(np.unique(call)) for call in numbers_of(self.trace, first.site))
        many = sum(len(np.unique(station.forms[-1])) for station in self.stations[first.station])
        if few > NEARLY_ALL * many:                  # those that are not needed may be left out
            return None
        words = self._station(first.station).words
        return first.site, (f"{self.quoted(first.site)} has only {few} of the {many} different numbers of {words}.",)

    def _one_missing(self):
        """(site, sentences) where all of a group but one or two are there, and a variable beside them is unknown."""
        for ids in self._groups().values():
            there = [self.right[id] for id in ids if id in self.right]
            missing = [id for id in ids if id not in self.right]
            if not there or not 0 < len(missing) <= 2 or any(
                    id in self.partly or not self.table.is_provable(id) for id in missing):
                continue
            suspects = self._unknown_beside(there)
            if len(suspects) == len(missing):
                words = " and ".join(self._station(id).words for id in missing)
                names = " and ".join(self.quoted(site) for site in suspects)
                return suspects[0], (f"Nothing in your function has the numbers of {words}; those of {names} belong to "
                                     "no step that is known.",)
        return None

    def _unknown_beside(self, found):
        """Variables that hold nothing known, beside the found ones or in the same line, that these were not made of."""
        lines = [self.sites[each.site].line for each in found]
        read = set().union(*(self._read_for(each.site) for each in found))
        source = self.sites[found[0].site].source
        return [site for site in self.trace.order if self.sites[site].name and self.sites[site].name not in read
                and self.sites[site].source is source and min(lines) - 1 <= self.sites[site].line <= max(lines) + 1 and self._is_unknown(site)]

    def _is_unknown(self, site):
        """Whether a site holds nothing known, though it had numbers enough to be a step."""
        if site in self.known or self.sites[site].sums:
            return False
        numbers = np.concatenate(numbers_of(self.trace, site))
        return len(np.unique(numbers[numbers != np.round(numbers)])) >= 3

    def _disordered(self):
        """(site, sentences) of the first array that has all numbers of a right step, in other places."""
        found = [each for each in self.right.values() if not each.in_order and each.whole
                 and not self._is_loop(each.site)]
        if not found:
            return None
        first = min(found, key=lambda each: self.rank[each.site])
        words = self._station(first.station).words
        return first.site, (f"{self.quoted(first.site)} has all numbers of {words}, but in another order.",)

    def _after_the_last(self):
        """(site, sentences) of what is missing among the right steps, or of the last of them."""
        if not self.right:
            return None, ()
        last = max((each.site for each in self.right.values()), key=self.rank.get)
        for group, ids in reversed(self._groups().items()):
            lacking = [id for id in ids if id not in self.right]
            if not lacking or any(id in self.right and self._station(id).group == group for id in TOGETHER):
                break
            if len(lacking) < len(ids) and all(self.table.is_provable(id) and id not in self.partly for id in lacking):
                words = listed([self._station(id).words for id in lacking])
                return last, (f"But nothing in your function has the numbers of {words}.",)
        if group == list(self._groups())[-1]:
            return last, ("Your answer is not right all the same: look at what is done with "
                          f"{self.quoted(last)}, and after it.",)
        return None, ()

    # --- What is right

    def _groups(self):
        """Group -> the ids of its stations."""
        groups = {}
        for id in self.stations:
            if self._is_right(id) and id not in TOGETHER:
                groups.setdefault(self._station(id).group, []).append(id)
        return groups

    def _right_words(self, before):
        """A sentence on the right steps that were computed before a moment, given as a rank."""
        parts = []
        for group, ids in self._groups().items():
            both = [self.right[id] for id in TOGETHER if id in self.right and self._station(id).group == group]
            found = [self.right[id] for id in ids if id in self.right]
            found = found if len(found) == len(ids) else both or found
            told = [each for each in found if self.rank[each.site] < before]
            if told:
                whole = len(told) == len(ids) or told == both
                parts.append(self._held(told, group, whole, len(ids)))
        return (f"This is right: {'; '.join(parts[-GROUPS_TOLD:])}.",) if parts else ()

    def _held(self, found, group, whole, count):
        """`x` and `y` (lines 3 and 4) hold the pixel coordinates."""
        sites = sorted({each.site for each in found}, key=self.rank.get)
        words = group
        if not whole:
            words = f"{len(found)} of {group}" if count > 2 else listed([self._station(each.station).words
                                                                          for each in found])
        return f"{self._all_quoted(sites)} hold{'s' if len(sites) == 1 else ''} {words}"

    def _all_quoted(self, sites):
        if len(sites) > 1 and len({self.sites[site].source.name for site in sites}) == 1:
            lines = sorted({self.sites[site].line for site in sites})
            names = list(dict.fromkeys(f"`{self._text(site)}`" for site in sites))
            return f"{listed(names)} ({self._where(self.sites[sites[0]], lines)})"
        return listed([self.quoted(site) for site in sites])

    def _text(self, site):
        text = " ".join(self.sites[site].text.split())
        return text if len(text) <= LONGEST else text[:LONGEST - 3] + "..."

    def quoted(self, site):
        """`x` (line 4)."""
        return f"`{self._text(site)}` ({self._where(self.sites[site], [self.sites[site].line])})"

    def _where(self, site, lines):
        word = f"line {lines[0]}" if len(lines) == 1 else f"lines {listed([str(line) for line in lines])}"
        return word if site.source.function is self.trace.function else f"{word} of `{site.source.name}`"


def numbered(source, marked):
    """The source of a function: (number, text, whether it is the marked line) for each line."""
    return tuple((line, source.lines[line - 1].rstrip(), line == marked)
                 for line in range(source.node.lineno, source.node.end_lineno + 1))
