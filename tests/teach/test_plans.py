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
    assert [int(total) for _, total in TABLES] == [120, 240, 480, 360, 270]
    assert PLANS.count("| minutes | what | how |") == len(TABLES)


@pytest.mark.parametrize("meeting, minutes", [("Day", 240), ("Week", 90)])
def test_each_day_and_each_meeting_fills_its_time(meeting, minutes):
    plan = next(table for table, _ in TABLES if f"| {meeting} 1:" in table)
    totals = {}
    for took, number in re.findall(rf"^\| (\d+) \| {meeting} (\d):", plan, re.MULTILINE):
        totals[number] = totals.get(number, 0) + int(took)
    assert len(totals) > 1 and set(totals.values()) == {minutes}


def test_a_lesson_that_is_taken_whole_has_the_minutes_that_it_asks_for():
    course = (INSTRUCTOR.parent / "README.md").read_text(encoding="utf-8")
    asks = dict(re.findall(r"^\| \[(\d\d) .*\| (\d+) \|$", course, re.MULTILINE))
    whole = re.findall(r"^\| (\d+) \| (?:\w+ \d: )?Lesson (\d\d) \| whole", PLANS, re.MULTILINE)
    assert whole and all(minutes == asks[lesson] for minutes, lesson in whole)


def test_no_week_has_twice_the_homework_of_another():
    homework = next(table for table, _ in TABLES if "due before week 2" in table)
    weeks = {}
    for took, number in re.findall(r"^\| (\d+) \| Week (\d):", homework, re.MULTILINE):
        weeks[number] = weeks.get(number, 0) + int(took)
    assert list(weeks) == ["1", "2", "3", "4"] and max(weeks.values()) < 2 * min(weeks.values())


def test_lessons_are_called_as_in_the_course():
    course = (INSTRUCTOR.parent / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d\d .+?) \|", README, re.MULTILINE) == re.findall(r"^\| \[(\d\d .+?)\]", course, re.MULTILINE)
