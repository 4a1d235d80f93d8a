"""Which sites of a trace hold the numbers of which stations.

Numbers are compared up to their order and to how often they are repeated, for a loop meets them in an order of its own,
and a row may be kept once or for every row of the image. Whether they stand in the same order is found out afterwards.
Few numbers, or small whole ones, prove nothing: what is not generic counts only where the order is the same.
"""

import itertools
from typing import NamedTuple

import numpy as np

PRECISION = 1e-8                 # relative to a station's largest number
MOST_PASSES = 8                  # of a loop whose passes are looked at one by one
DISTINCT = 4                     # numbers that are not whole, for a match in any order
DISTINCT_IN_ORDER = 3            # numbers of any kind, for a match in the same order
FEWEST = 5                       # numbers in all


class Match(NamedTuple):
    site: int             # number of the site in the trace
    station: str          # id
    in_order: bool        # whether the numbers stand in the station's order, up to the order of the axes
    whole: bool           # whether the site holds nothing else; False for one pass of a loop
    partly: bool = False  # whether the site holds only some of the station's numbers; `whole` if that can be told


class _Row(NamedTuple):
    """Numbers of all calls in one canonical order, and each call's as they came."""
    canonical: np.ndarray
    calls: list
    counts: tuple         # how many of the canonical numbers belong to each call


def _canonical(flat):
    """Sorted, and once only if every number is there k times."""
    ordered = np.sort(flat)
    if len(ordered) < 2:
        return ordered
    precision = PRECISION * max(1.0, abs(ordered[0]), abs(ordered[-1]))
    ends = np.flatnonzero(np.diff(ordered) > precision) + 1
    return ordered[::int(np.gcd.reduce(np.diff(ends, prepend=0, append=len(ordered))))]


def _row(calls):
    parts = [_canonical(np.ravel(call)) for call in calls]
    return _Row(np.concatenate(parts), calls, tuple(map(len, parts)))


class Stations:
    """All forms of all stations, laid out to be compared with many sites.

    Parameters
    ----------
    stations : dict                  id -> one Station for each call
    """

    def __init__(self, stations):
        self.stations, self._by_counts, self._all_numbers = stations, {}, None
        for id, calls in stations.items():
            for form in range(min(len(station.forms) for station in calls)):
                arrays = [station.forms[form] for station in calls]
                if not all(np.isfinite(array).all() for array in arrays):
                    continue
                row = _row(arrays)
                if len(row.canonical) >= 2:
                    self._by_counts.setdefault(row.counts, []).append((id, row))
        self._tables = {counts: np.stack([row.canonical for _, row in rows])
                        for counts, rows in self._by_counts.items()}

    def matches(self, calls):
        """(id, in order) of each station whose numbers these are: one array for each call."""
        if not all(np.isfinite(call).all() for call in calls):
            return []
        row = _row(calls)
        table = self._tables.get(row.counts)
        if table is None:
            return []
        precision = PRECISION * np.maximum(1.0, np.abs(table).max(axis=1))
        same = np.abs(table - row.canonical).max(axis=1) <= precision
        found = []
        for number in np.flatnonzero(same):
            id, station = self._by_counts[row.counts][number]
            in_order = all(_same_order(mine, right) for mine, right in zip(calls, station.calls))
            if _generic(station.canonical, in_order):
                found.append((id, in_order))
        return found


    def holding(self, calls):
        """The right stations of which these are some of the numbers: (id, whether that is worth telling)."""
        numbers = [np.unique(np.ravel(call)) for call in calls]
        if not all(np.isfinite(call).all() for call in numbers) or not _generic(np.concatenate(numbers), False):
            return []
        found = []
        for id, wide, narrow, size in self._pools():
            if all(map(_contained, numbers, wide)):
                found.append((size, id, all(len(call) for call in numbers) and all(map(_contained, numbers, narrow))))
        return [(id, narrowly and size == min(found)[0]) for size, id, narrowly in sorted(found)]

    def _pools(self):
        """(id, numbers of all forms, numbers of the last form, how many these are) of each right station, by call."""
        if self._all_numbers is None:
            self._all_numbers = []
            for id, calls in self.stations.items():
                if not calls[0].instead_of:
                    wide = [np.unique(np.concatenate([form.ravel() for form in station.forms])) for station in calls]
                    narrow = [np.unique(station.forms[-1]) for station in calls]
                    self._all_numbers.append((id, wide, narrow, sum(map(len, narrow))))
        return self._all_numbers

    def is_provable(self, id):
        """Whether a station has numbers enough to be recognised at all."""
        return any(_generic(row.canonical, True)
                   for rows in self._by_counts.values() for other, row in rows if other == id)


def _contained(few, many):
    if not len(few):
        return True
    if len(few) > len(many):
        return False
    places = np.searchsorted(many, few).clip(1, len(many) - 1) if len(many) > 1 else np.zeros(len(few), int)
    nearest = np.minimum(np.abs(many[places] - few), np.abs(many[places - 1] - few))
    return bool((nearest <= PRECISION * max(1.0, np.abs(many).max())).all())


def _generic(numbers, in_order):
    """Whether numbers cannot agree by chance."""
    rounded = np.unique(np.round(numbers, 7))
    broken = int((rounded != np.round(rounded)).sum())
    if in_order:
        many = len(rounded) >= DISTINCT_IN_ORDER and len(numbers) >= FEWEST
        return many or broken >= 3 or broken >= 2 and len(numbers) >= 4
    return broken >= DISTINCT and len(numbers) >= FEWEST


def _same_order(mine, right):
    """Whether numbers stand as in an array, whatever the order of its axes, or repeated along a new one."""
    mine, right = np.ravel(mine), np.squeeze(right)
    for axes in itertools.permutations(range(right.ndim)):
        turned = np.transpose(right, axes)
        if _repeats(mine, turned) or len(mine) < right.size and _is_repeated_by(mine, turned):
            return True
    return False


def _repeats(mine, right):
    """Whether `mine` is an array with a new axis somewhere, along which nothing changes."""
    if right.size == 0 or mine.size % right.size:
        return mine.size == right.size
    k = mine.size // right.size
    splits = range(right.ndim + 1) if k > 1 else (0,)
    outer = [int(np.prod(right.shape[:split])) for split in splits]
    return any(_close(mine.reshape(n, k, -1), right.reshape(n, 1, -1)) for n in outer)


def _is_repeated_by(mine, right):
    """Whether an array holds `mine` again and again, as a column of numbers does in a table of equal rows."""
    return right.size % mine.size == 0 and (_close(right.reshape(-1, mine.size), mine)
                                            or _close(right.reshape(mine.size, -1), mine[:, None]))


def _close(one, other):
    return bool(np.abs(one - other).max(initial=0) <= PRECISION * max(1.0, np.abs(other).max(initial=0)))


def _is_number(value):
    return not isinstance(value, np.ndarray) or value.ndim == 0


def numbers_of(trace, site):
    """All numbers that a site held, as one flat array for each call."""
    return [np.ravel(_joined(call)) for call in trace.values[site]]


def passes(values):
    """Parts of what a site held: each pass of a loop, or of four that take turns, as one array for each call."""
    counts = {len(call) for call in values if call}
    if len(counts) == 1 and 1 < (count := counts.pop()) <= MOST_PASSES:
        for k in range(count):
            yield [np.asarray(call[k], np.float64) if call else np.zeros(0) for call in values]
    elif all(len(call) % 4 == 0 and all(map(_is_number, call)) for call in values):
        for k in range(4):
            yield [np.asarray(call[k::4], np.float64) for call in values]


def _joined(call):
    if len(call) == 1:
        return np.asarray(call[0], np.float64)
    if all(map(_is_number, call)):
        return np.array(call, np.float64)
    return np.concatenate([np.ravel(value) for value in call]).astype(np.float64)


def match(trace, table):
    """All Matches of a trace's sites with a table of Stations, in the order in which the sites had their values."""
    found = []
    for site in trace.order:
        whole, seen = [_joined(call) for call in trace.values[site]], set()
        for calls in itertools.chain([whole], passes(trace.values[site])):
            for id, in_order in table.matches(calls):
                if id not in seen:
                    seen.add(id)
                    found.append(Match(site, id, in_order, calls is whole))
        if not seen:
            found += [Match(site, id, False, narrowly, True) for id, narrowly in table.holding(whole)]
    return found
