"""All exercises by id, in the order of the lessons."""

from .exercises_fast import EXERCISES as FAST
from .exercises_sample import EXERCISES as SAMPLE
from .exercises_warp import EXERCISES as WARP

EXERCISES = {exercise.id: exercise for exercise in WARP + SAMPLE + FAST}
