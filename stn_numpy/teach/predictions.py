"""predict and reveal: guess before you look.

A prediction makes one look more closely at what happens then. Here a guess is remembered, and the next cell shows it
beside the truth, which the package works out, with the reason.
"""

import numpy as np

from .checker.blanks import is_blank
from .checker.bounds import MOST_PARTS, amount, shown
from .checker.result import Note
from .lessons import PREDICTIONS

_guesses = {}            # prediction id -> the guess, a word or a tuple of numbers

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
        return Note("error", f"{id}: that cannot be a guess.", complaint, f"A guess is {prediction.form}.")
    _guesses[id] = guess if prediction.choices else tuple(_as_numbers(guess).tolist())
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
        known = isinstance(guess, str) and guess.strip().lower() in prediction.choices
        return "" if known else f"You gave {shown(guess)}."
    numbers = _as_numbers(guess)
    if numbers is None or not np.isfinite(numbers).all():
        return f"You gave {shown(guess)}, and not all of that is a number."
    wanted = prediction.count
    if wanted is not None and numbers.size != wanted:
        return f"You gave {numbers.size} numbers, and {wanted} {'is' if wanted == 1 else 'are'} wanted."
    return ""


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
        return guess.strip().lower() == truth
    guess, truth_numbers = _as_numbers(guess), np.ravel(np.asarray(truth, dtype=float))
    if isinstance(truth, list):                              # numbers of entries, in any order
        guess = np.sort(guess)
    return guess.shape == truth_numbers.shape and bool((np.abs(guess - truth_numbers) <= TOLERANCE).all())


def _words(value):
    if isinstance(value, str):
        return f'"{value.strip().lower()}"'                 # in quotes, or a guess of "right" would seem to be praised
    numbers = _as_numbers(value)
    return ", ".join(f"{number + 0:.4g}" for number in numbers) or "none"          # + 0: no minus before a 0
