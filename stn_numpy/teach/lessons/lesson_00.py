"""Lesson 00, start here: mend one line."""

import numpy as np

import stn_numpy as stn

from .parts import Exercise, Mistake, Prediction, Probe, Where
from .shared_grid import OTHER, SINGLE, as_it_is, fresh, numbers

# --- Solution


def blend(left, right, a):
    return (1 - a) * left + a * right


# --- The package's answer


def true_blend(left, right, a):
    """A row of two pixels, left and right, sampled at a. (a runs from 0 to 1, normalised -1 to 1.)"""
    left, right, a = np.broadcast_arrays(left, right, a)
    row = np.stack([left, right], axis=-1)[:, None, None]                          # (M, 1, 1, 2)
    grid = np.stack([2 * a - 1, np.zeros(len(a))], axis=-1)[:, None, None].astype(row.dtype)
    return stn.bilinear_sampler_forward(row, grid)[0].reshape(len(a))


# --- Recipe


def blend_recipe(left, right, a, *, weight_left=lambda a: 1 - a, weight_right=as_it_is, finish=as_it_is):
    return finish(weight_left(a) * left + weight_right(a) * right)


# --- Mistakes

MISTAKES = (
    Mistake("brackets_missing", "1 - a * left + a * right, without brackets. Python multiplies before it subtracts, so "
            "left gets the weight -a, and a 1 is added.",
            "Put brackets around 1 - a.", "lesson 00",
            ({"weight_left": np.negative, "finish": lambda mixed: 1 + mixed},)),
    Mistake("weights_reversed", "the two weights have changed places: left gets a, and right gets 1 - a.",
            "Try a = 0 and a = 1 by hand: with a = 0 left is wanted. Then exchange a and 1 - a.", "lesson 00",
            ({"weight_left": lambda a: a, "weight_right": lambda a: 1 - a},)),
    Mistake("one_minus_missing", "a times right is added to the whole of left. What right gains, left must lose: the "
            "two weights add up to 1.",
            "Look at the factor in front of left.", "lesson 00", ({"weight_left": lambda a: 1},)),
    Mistake("plain_average", "the plain average comes out, whatever a is.", "Look for 0.5 or for a division by 2.",
            "lesson 00", ({"weight_left": lambda a: 0.5, "weight_right": lambda a: 0.5},)),
    Mistake("difference_reversed", "the mixture goes away from right: left + a (left - right). To get from left to "
            "right, add a times (right - left).",
            "Look at the order of the difference.", "lesson 00",
            ({"weight_left": lambda a: 1 + a, "weight_right": lambda a: -a},)),
    Mistake("subtracted", "a times right is subtracted from (1 - a) times left, where it is added.",
            "Look at the sign between the two.", "lesson 00", ({"weight_right": np.negative},)),
    Mistake("one_term_missing", "only one of the two counts, with its right weight.", "Two terms are added.",
            "lesson 00",
            (Where("It is left that counts.", {"weight_right": lambda a: 0 * a}),
             Where("It is right that counts.", {"weight_left": lambda a: 0 * a}))),
    Mistake("nearest", "one of the two is copied whole, the nearer one, and nothing is mixed.",
            "Look for a comparison of a with 0.5, or for round.", "lesson 00",
            ({"weight_left": lambda a: np.where(np.less(a, 0.5), 1, 0), "weight_right":
              lambda a: np.where(np.less(a, 0.5), 0, 1)},)),
    Mistake("sizes_of_both", "a is the weight of both, left and right: a (left + right).",
            "The factor of left is 1 - a.", "lesson 00", ({"weight_left": as_it_is},)),
)

# --- Probes

PROBES = (Probe((numbers(5, 6), numbers(6, 6), 0.25), "one number a for all"),
          Probe((numbers(7, 8), numbers(8, 8), np.array([0.1, 0.9, 0.3, 0.6, 0.0, 1.0, 0.45, 0.7])),
                "an a for each element"),
          Probe((np.float32(numbers(9, 4)), np.float32(numbers(10, 4)), np.float32([0.2, 0.7, 0.55, 0.9])), SINGLE),
          Probe((fresh(11, 11), fresh(12, 11), fresh(13, 11) % 1), OTHER, strided=True))

# --- Prediction


def wrong_output():
    """What the faulty line of lesson 00 gives."""
    left, right, a = 10.0, 20.0, 0.25
    return a * left + (1 - a) * right


EXERCISES = (
    Exercise(
        id="blend",
        lesson="00",
        arguments="left, right, a",
        answer="mixed",
        axes=("m",),
        task="Mix left and right: all of left where a = 0, all of right where a = 1.",
        truth=true_blend,
        solution=(blend,),
        recipe=blend_recipe,
        mistakes=MISTAKES,
        probes=PROBES,
        hints=("Put a = 0 and a = 1 into your line. Which of the two, left or right, comes out?",
               "At a = 0 all of left is wanted, so its factor must be 1 there, and 0 at a = 1.",
               "The factor of left is 1 - a, and that of right is a."),
        well_done="Bilinear sampling is three of these blends: two along x, and one along y.",
        picture="bars"),
)

PREDICTIONS = (
    Prediction(
        id="wrong_output",
        lesson="00",
        question="blend(left, right, a) should give left where a is 0 and right where a is 1. The faulty line says: "
                 "return a * left + (1 - a) * right. What does it make of blend(10, 20, 0.25)?",
        form="a number",
        truth=wrong_output,
        reason="0.25 times 10 and 0.75 times 20. The right answer is 12.5, close to left, since a is close to 0: the "
               "two weights have changed places.",
        count=1),
)
