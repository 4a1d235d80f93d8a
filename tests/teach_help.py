"""The exercises of the lessons, as the tests of the checker go through them."""

from stn_numpy.teach.lessons import EXERCISES
from stn_numpy.teach.lessons.parts import Exercise, OpenExercise

PROBED = {id: exercise for id, exercise in EXERCISES.items() if isinstance(exercise, Exercise)}
OPEN = {id: exercise for id, exercise in EXERCISES.items() if isinstance(exercise, OpenExercise)}


def solution(id):
    """The function that solves an exercise."""
    return EXERCISES[id].solution[-1]
