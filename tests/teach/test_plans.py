"""The lecturer's plans add up, and name lessons that there are."""

import re
from pathlib import Path

import pytest

INSTRUCTOR = Path(__file__).parents[2] / "tutorials" / "instructor"
README = (INSTRUCTOR / "README.md").read_text(encoding="utf-8")
PLANS = (INSTRUCTOR / "plans.md").read_text(encoding="utf-8")
TABLES = re.findall(r"((?:^\|.*\n)+)\n\*\*(\d+) minutes\.\*\*", PLANS, re.MULTILINE)


@pytest.mark.parametrize("table, total", TABLES, ids=[total for _, total in TABLES])
def test_a_plan_adds_up(table, total):
    minutes = re.findall(r"^\| (\d+) \|", table, re.MULTILINE)
    assert sum(map(int, minutes)) == int(total)


def test_each_length_that_is_promised_has_a_plan():
    assert [int(total) for _, total in TABLES] == [120, 240, 480, 360, 285]
    assert PLANS.count("| minutes | what | how |") == len(TABLES)


def test_lessons_are_called_as_in_the_course():
    course = (INSTRUCTOR.parent / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d\d .+?) \|", README, re.MULTILINE) == re.findall(r"^\| \[(\d\d .+?)\]", course, re.MULTILINE)
