"""Limits on what a checker looks at and says, whatever it is handed: endless, enormous, or made to be awkward."""

import itertools
import reprlib

import numpy as np

MOST_NUMBERS = 100_000           # in an answer that is still looked at
MOST_PARTS = 1_000               # of a list that are looked at one by one
DEEPEST = 10                     # lists within lists
LONGEST = 500                    # characters of a message that are said again

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 80


def shown(value):
    """A value as code, the beginning and the end of it; its type where it has no such form."""
    try:
        return _repr.repr(value)
    except Exception:                        # a number of 5,000 digits, or an object that will not be shown
        return f"a {type(value).__name__}"


def shortened(text, most=LONGEST):
    """The beginning of a text that is too long."""
    return text if len(text) <= most else f"{text[:most]} ... and {len(text) - most} more characters"


def listed(words):
    """dx, dW1 and db1."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def first_parts(value):
    """The first parts of anything that can be gone through, in a list."""
    return list(itertools.islice(value, MOST_PARTS))


def amount(value, depth=0):
    """How many numbers there are in an array or in lists within lists; MOST_NUMBERS + 1 where they are more."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, range):
        return min(max(0, -(-(value.stop - value.start) // value.step)), MOST_NUMBERS + 1)
    if isinstance(value, (set, frozenset, dict)):
        return len(value)
    if not isinstance(value, (list, tuple)):
        return 1
    if depth == DEEPEST or len(value) > MOST_NUMBERS:
        return MOST_NUMBERS + 1
    total = 0
    for part in value:
        total += max(1, amount(part, depth + 1))         # an empty list takes its time too
        if total > MOST_NUMBERS:
            return MOST_NUMBERS + 1
    return total
