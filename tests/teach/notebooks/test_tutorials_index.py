"""The entry to the course, tutorials/README.md: the lessons, functions, tests and commands that it names are there, and
the lessons keep to their common form."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from stn_numpy import teach
from stn_numpy.teach.notebooks.__main__ import main
from stn_numpy.teach.notebooks.files import TUTORIALS, read, tutorials

ROOT = Path(__file__).parents[3]
README = (TUTORIALS / "README.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in README.splitlines()
        if re.match(r"\| (?!-|lesson |equation |step )", line)]
WAY = [row for row in ROWS if len(row) == 3]                 # lesson, what it gives, minutes
INDEX = [row for row in ROWS if len(row) == 5]               # equation, what it says, lesson, function, test
ROWS_WITHOUT_A_NUMBER = ["to pixels", "back to theta", "linear", "ReLU", "the two roads to U",
                         "softmax cross-entropy", "SGD"]
HEADINGS = ["You will be able to", "What you need", "Predict", "Worked example", "Half-filled example", "Exercise",
            "Check", "What if yours failed?", "Key points", "The equations of this lesson, in code and tests",
            "On your own", "Further reading"]


def link(cell):
    """The file that a cell links to."""
    [file] = re.findall(r"\]\(([^)]+)\)", cell)
    return TUTORIALS / file


def code(cell):
    """What stands in backquotes in a cell, perhaps on two lines: "`stn_numpy.grid.affine`<br>`.affine_grid_forward`"."""
    return "".join(re.findall(r"`([^`]+)`", cell))


def prose(path):
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def equations_in(text):
    """The numbers of the paper's equations that a text mentions: "Eq. 1", "Eqs. 5, 6 and 7", "Eqs. 3-5"."""
    found = set()
    for numbers in re.findall(r"\bEqs?\. (\d(?:(?:, | and |-| to )\d)*)", text):
        for first, last in re.findall(r"(\d)(?:(?:-| to )(\d))?", numbers):
            found |= set(range(int(first), int(last or first) + 1))
    return found


def function_of(name):
    """What a dotted name stands for: stn.affine_grid_forward, stn_numpy.grid.affine.affine_grid_forward."""
    first, *parts = re.sub(r"^stn\.", "stn_numpy.", name).split(".")
    found = importlib.import_module(first)
    for part in parts:
        if not hasattr(found, part):
            importlib.import_module(f"{found.__name__}.{part}")
        found = getattr(found, part)
    return found


def is_a_test(name):
    """Whether there is a test file::name."""
    file, function = re.fullmatch(r"(tests/(?:\w+/)?test_\w+\.py)::(test_\w+)", name).groups()
    return re.search(rf"^def {function}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE) is not None


def test_each_equation_of_the_paper_has_a_row():
    assert [row[0] for row in INDEX][:7] == [f"Eq. {number}" for number in range(1, 8)]
    assert [row[0] for row in INDEX][7:] == ROWS_WITHOUT_A_NUMBER


@pytest.mark.parametrize("row", INDEX, ids=lambda row: row[0])
def test_a_row_of_the_index_is_true(row):
    name, _, lesson, function, test = row
    assert link(lesson).exists() and callable(function_of(code(function)))
    assert link(lesson).name.startswith(re.match(r"\[(\d\d)\]", lesson)[1])
    assert is_a_test(code(test))
    if name.startswith("Eq."):
        assert int(name[-1]) in equations_in(prose(link(lesson)))


def test_mentions_of_equations_are_found():
    assert equations_in("By Eq. 1, and Eqs. 3-5 or Eqs. 6 and 7; not section 2, nor Eq. x.") == {1, 3, 4, 5, 6, 7}


def test_the_way_leads_through_all_lessons_in_order():
    assert [link(row[0]) for row in WAY] == tutorials()


@pytest.mark.parametrize("path", tutorials(), ids=lambda path: path.stem)
def test_a_lesson_has_the_common_form(path):
    text, minutes = prose(path), {link(lesson): minutes for lesson, _, minutes in WAY}[path]
    assert text.startswith(f"# Lesson {path.name[:2]}: ")
    assert f"*About {minutes} minutes.*" in text
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("path", tutorials(), ids=lambda path: path.stem)
def test_what_a_lesson_names_is_there(path):
    text = prose(path)
    tests = re.findall(r"(tests/(?:\w+/)?test_\w+\.py)(?:`<br>`)?(::test_\w+)", text)
    assert tests and all(is_a_test("".join(parts)) for parts in tests)
    for name in re.findall(r"`(stn(?:_numpy)?(?:\.\w+)+)", text):
        assert function_of(name) is not None
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target.startswith("http") or (TUTORIALS / target).exists(), target


def test_the_check_that_is_shown_is_what_a_check_says():
    source, shown = re.findall(r"```(?:python)?\n(.*?)```", README, re.DOTALL)
    names = {"teach": teach}
    exec(source, names)
    assert teach.check("blend", names["blend"]).message.startswith(shown.strip())


def test_each_command_is_one_that_there_is(capsys):
    commands = re.findall(r"-m stn_numpy\.teach\.notebooks (.+)", README)
    assert {command.split()[0] for command in commands} == {"solve", "html", "run", "check"}
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main([*shlex.split(command), "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize("path", tutorials(), ids=lambda path: path.stem)
def test_the_lines_of_code_that_a_lesson_quotes_are_in_the_source(path):
    source = " ".join(" ".join(file.read_text(encoding="utf-8").split())
                      for file in (ROOT / "stn_numpy").rglob("*.py"))
    rows = [line for line in prose(path).splitlines() if line.startswith("|") and "`tests/" in line]
    quoted = [line for row in rows for line in re.findall(r"`([^`]+)`", row.partition("`tests/")[0])
              if not re.fullmatch(r"[\w.]+", line)]                                # a mere name is not a line of code
    assert rows and [line for line in quoted if " ".join(line.split()) not in source] == []
