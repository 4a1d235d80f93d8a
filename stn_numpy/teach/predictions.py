"""predict and reveal: guess before you look.

A prediction makes one look more closely at what happens then. Here a guess is remembered, and the next cell shows it
beside the truth, which the package works out, with the reason.
"""

import numbers

import numpy as np

from .checker.blanks import is_blank
from .checker.bounds import MOST_PARTS, amount, shown
from .checker.result import Note
from .lessons import PREDICTIONS

_guesses = {}            # prediction id -> the guess, a word or a tuple of numbers

LARGEST = 1e9            # of a number that may be a choice
TOLERANCE = 0.005        # of guessed numbers: two decimals are enough


def predict(id, guess=None):
    """Remember a guess, or ask the question where there is none yet (`...`). Returns a Note."""
    prediction = _find(id)
    if prediction is None:
        return _unknown(id)
    if guess is None or is_blank(guess):
        return Note("not attempted", f"{id}: no guess yet.", prediction.question, f"A guess is {prediction.form}.")
    complaint = _complaint(prediction, guess)
    if complaint:
        before = (f"Your guess is still {_words(_guesses[id])}.",) if id in _guesses else ()
        return Note("error", f"{id}: that cannot be a guess.", complaint, f"A guess is {prediction.form}.", *before)
    guess = _choice(guess) if prediction.choices else tuple(_as_numbers(guess).tolist())
    _guesses[id] = guess
    return Note("note", f"{id}: your guess is {_words(guess)}.", prediction.question,
                f'teach.reveal("{id}") shows what is true. Change your guess as often as you like before that.')


def reveal(id):
    """Show the guess beside the truth, with the reason. Returns a Note."""
    prediction = _find(id)
    if prediction is None:
        return _unknown(id)
    truth = prediction.truth()
    answer = (f"The truth: {_words(truth)}.", prediction.reason)
    if id not in _guesses:
        return Note("not attempted", f"{id}: no guess yet.", prediction.question,
                    "Guess first, even if you are not sure, and then run this cell again.",
                    folded=("Show the answer all the same", answer))
    guess = _guesses[id]
    right = _matches(guess, truth)
    verdict = "as you said" if right else "not what you said, and that is when there is most to learn"
    return Note("passed" if right else "note", f"{id}: {verdict}.", prediction.question,
                f"Your guess: {_words(guess)}.", *answer)


def _find(id):
    return PREDICTIONS.get(id) if isinstance(id, str) else None


def _unknown(id):
    return Note("error", f"There is no prediction {shown(id)}.", f"There are: {', '.join(PREDICTIONS)}.")


def _complaint(prediction, guess):
    """Why something cannot be a guess, or ""."""
    if prediction.choices:
        return "" if _choice(guess) in prediction.choices else f"You gave {shown(guess)}."
    values = _as_numbers(guess)
    if values is None or not np.isfinite(values).all():
        return f"You gave {shown(guess)}, and not all of that is a number."
    wanted = prediction.count
    if wanted is not None and values.size != wanted:
        return f"You gave {values.size} numbers, and {wanted} {'is' if wanted == 1 else 'are'} wanted."
    return ""


def _choice(guess):
    """A guess as one of the words to choose from is written; a number may be given as it is."""
    if isinstance(guess, numbers.Real) and not isinstance(guess, bool):
        return f"{float(guess):g}" if abs(guess) < LARGEST else ""
    return guess.strip().lower() if isinstance(guess, str) else None


def _as_numbers(guess):
    """A guess as an array of one axis, or None for what is not numbers or far too many."""
    if amount(guess) > MOST_PARTS:
        return None
    try:
        return np.ravel(np.asarray(sorted(guess) if isinstance(guess, (set, frozenset)) else guess, dtype=float))
    except Exception:                        # no numbers, too large for a float, or an object that refuses
        return None


def _matches(guess, truth):
    if isinstance(truth, str):
        return guess == truth
    guess, truth_numbers = _as_numbers(guess), np.ravel(np.asarray(truth, dtype=float))
    if isinstance(truth, list):                              # numbers of entries, in any order
        guess = np.sort(guess)
    return guess.shape == truth_numbers.shape and bool((np.abs(guess - truth_numbers) <= TOLERANCE).all())


def _words(value):
    if isinstance(value, str):
        return f'"{value}"'                                 # in quotes, or a guess of "right" would seem to be praised
    values = _as_numbers(value)
    return ", ".join(f"{number + 0:.4g}" for number in values) or "none"          # + 0: no minus before a 0
