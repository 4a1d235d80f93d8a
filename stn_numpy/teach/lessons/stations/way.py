"""Stations: what the variables of a function hold on the right way, and on ways that are known to be wrong.

A lesson declares the stations of an exercise as a function of a `Way` and of the exercise's arguments. It says what is
right, and what may stand in its place, in words that end "`x` holds ..." and "`x` has the numbers of ...".
"""

from typing import NamedTuple

import numpy as np


class Station(NamedTuple):
    id: str
    words: str            # "the pixel coordinates x"
    group: str            # what it belongs to: "the pixel coordinates"
    forms: tuple          # arrays, each of which is a way to hold it
    instead_of: str       # id of the right station whose place it takes; "" where it is right itself
    known: bool = False   # right, but nothing to speak of: a mere step
    inner: bool = False   # wrong even in the middle of a calculation, not only as the whole of one


class Way:
    """The stations of one call, collected in the order in which a function would compute them."""

    def __init__(self):
        self.stations = {}

    def right(self, id, words, *forms, group=""):
        """A step of the right way; several `forms` where it may be kept in several."""
        self._add(Station(id, words, group or words, forms, ""))

    def step(self, id, *forms):
        """A step that is right but not worth a word, so that it is not taken for something unknown."""
        self._add(Station(id, "", "", forms, "", known=True))

    def wrong(self, instead_of, words, *forms, inner=False):
        """Numbers that people have in place of a right step.

        `inner` where they are wrong in the middle of a calculation too: no right way has them on the road to more.
        """
        self._add(Station(f"{instead_of}: {words}", words, "", forms, instead_of, inner=inner))

    def _add(self, station):
        forms = tuple(np.asarray(form, np.float64) for form in station.forms)
        self.stations[station.id] = station._replace(forms=forms)


def stations_of(declare, calls):
    """Station ids -> one Station for each call, for those that all calls have.

    Parameters
    ----------
    declare : function of a Way and of an exercise's arguments
    calls : list of tuples           the arguments of each call
    """
    ways = []
    with np.errstate(all="ignore"):
        for arguments in calls:
            way = Way()
            for number, argument in enumerate(arguments):
                if isinstance(argument, np.ndarray):
                    way.step(f"argument {number}", argument)
            declare(way, *arguments)
            ways.append(way.stations)
    return {id: [way[id] for way in ways] for id in ways[0] if all(id in way for way in ways)}
