"""Variants and fresh inputs: the same number makes the same paper, and the public solutions do not answer it."""

import dataclasses
import functools
import json

import numpy as np
import pytest

from stn_numpy.teach import lessons
from stn_numpy.teach.checker.answers import Unusable
from stn_numpy.teach.checker.check import in_form
from stn_numpy.teach.checker.variants import arguments_of
from stn_numpy.teach.checker.verdict import verdict
from stn_numpy.teach.lessons import lesson_14
from stn_numpy.teach.notebooks import alternatives, papers
from stn_numpy.teach.notebooks.alternatives import ALTERNATIVES
from stn_numpy.teach.notebooks.files import read, tutorials
from stn_numpy.teach.notebooks.papers import DRAW, ORIGINAL

ALL = [(name, k) for name, choices in ALTERNATIVES.items()
       if name in ORIGINAL for k in range(len(choices))]


@pytest.fixture(autouse=True)
def exercises_of_the_lessons():
    yield
    lessons.EXERCISES.update(ORIGINAL)


@functools.cache
def made(name, k):
    return alternatives.made(ORIGINAL[name], ALTERNATIVES[name][k])


def passes(exercise, function):
    """Whether a function passes; which mistake it makes otherwise is left out, as it takes the longest."""
    try:
        with np.errstate(all="ignore"):
            values = [function(*arguments_of(probe)) for probe in exercise.probes]
        formed = [in_form(exercise, number, value)[0] for number, value in enumerate(values)]
    except (ValueError, IndexError, TypeError, Unusable):
        return False
    return bool(verdict(dataclasses.replace(exercise, mistakes=()), function, formed, [], []))


def test_every_exercise_has_fresh_inputs_and_those_of_the_marked_lessons_have_alternatives():
    judged = {name: exercise.lesson for name, exercise in ORIGINAL.items() if hasattr(exercise, "recipe")}
    assert {name for name, lesson in judged.items() if "02" <= lesson <= "09" or lesson in ("13", "14")} <= set(ALTERNATIVES)
    assert set(judged) <= set(DRAW)
    assert all(len(choices) > 1 for choices in ALTERNATIVES.values())


@pytest.mark.parametrize("name, k", ALL)
def test_an_alternative_asks_for_something_else(name, k):
    """Its own solution and its recipe pass; the lesson's solution does not."""
    exercise = made(name, k)
    names = {}
    exec(alternatives.solution_of(ORIGINAL[name], ALTERNATIVES[name][k]), names)
    assert passes(exercise, names[name])
    assert passes(exercise, exercise.recipe)
    assert not passes(exercise, ORIGINAL[name].solution[-1])


@pytest.mark.parametrize("name, k", ALL)
def test_mistakes_of_the_lesson_fail_in_a_paper(name, k):
    exercise = made(name, k)
    assert exercise.mistakes
    for mistake in exercise.mistakes[:3]:
        change = getattr(mistake.changes[0], "change", mistake.changes[0])
        assert not passes(exercise, lambda *arguments: exercise.recipe(*arguments, **change)), mistake.id


def test_what_passes_in_the_lesson_by_another_convention_does_not_answer_another_rule():
    assert passes(ORIGINAL["distance_of_means"], lesson_14.absolute_distance)
    assert not any(passes(made("distance_of_means", k), lesson_14.absolute_distance) for k in (0, 1))


@pytest.mark.parametrize("name", [name for name in DRAW if name in ORIGINAL])
def test_fresh_inputs_follow_the_seed(name):
    first, again, other = (papers.use(seed)[name].probes for seed in (4, 4, 5))
    added = first[len(ORIGINAL[name].probes):]
    assert added and all(_equal(a, b) for a, b in zip(first, again))
    assert not all(_equal(a, b) for a, b in zip(first, other))
    assert passes(papers.use(4)[name], ORIGINAL[name].solution[-1])


@pytest.mark.parametrize("seed", [107, 111])
def test_no_fresh_point_lies_where_its_last_digit_decides(seed):
    """With thetas of two digits these two did."""
    exercise = papers.use(seed)["bilinear_sampler_backward_grid"]
    assert passes(exercise, exercise.solution[-1])


def _equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.arguments, other.arguments))


def test_the_same_number_makes_the_same_paper_which_does_not_name_it():
    notebook = read(tutorials()[4])
    first, again = (json.dumps(papers.paper(notebook, 31415)) for _ in range(2))
    assert first == again and "31415" not in first
    assert len({papers.chosen("bilinear_sampler_forward", number).words for number in range(20)}) > 3


def test_a_paper_holds_blanks_and_no_answers():
    paper = papers.paper(read(tutorials()[4]), 1)
    exercises = [cell for cell in paper.cells if cell.metadata.get("stn")]
    assert [cell.metadata.stn.exercise for cell in exercises] == ["bilinear_weights", "sample_pixel",
                                                                  "bilinear_sampler_forward"]
    assert all(cell.source.endswith("return ...") for cell in exercises)
    solved = papers.paper(read(tutorials()[4]), 1, solved=True)
    assert not any("return ..." in cell.source for cell in solved.cells if cell.metadata.get("stn"))


@pytest.mark.parametrize("lesson", [8, 9])
def test_the_cells_of_a_solved_paper_leave_each_others_functions_alone(lesson):
    cells = [cell for cell in papers.paper(read(tutorials()[lesson]), 7, solved=True).cells if cell.metadata.get("stn")]
    names = {}
    for cell in cells:
        exec(cell.source, names)
    for name in (cell.metadata.stn.exercise for cell in cells):
        assert passes(alternatives.made(ORIGINAL[name], papers.chosen(name, 7)), names[name]), name


def test_a_lesson_without_alternatives_has_no_paper():
    assert papers.paper(read(tutorials()[1]), 1) is None
