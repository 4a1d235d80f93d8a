"""Grading: each kind of hand-in gets the row that it deserves, and none costs another's."""

import csv
import inspect
import io

import pytest
from made_up_hand_ins import notebook

from stn_numpy.teach import lessons
from stn_numpy.teach.lessons import lesson_00
from stn_numpy.teach.notebooks import grading, papers, reports
from stn_numpy.teach.notebooks.__main__ import main
from stn_numpy.teach.notebooks.grading import Row

BLEND = inspect.getsource(lesson_00.EXERCISES[0].solution[-1])
NAME = lesson_00.EXERCISES[0].id
HEAD = "import numpy as np\n\nfrom stn_numpy import teach\n"


def blend(body, head=HEAD, more=()):
    return notebook(f"def {NAME}(left, right, a):\n    {body}\n", *more, first=head)


HAND_INS = {
    "right": notebook(BLEND, 'teach.predict("wrong_output", 5)', first=HEAD),
    "exchanged": blend("return a * left + (1 - a) * right"),
    "blank": blend("return ..."),
    "raises": blend("return missing"),
    "ends_python": blend("import os; os._exit(3)"),
    "endless": blend("while True: pass", head="while True:\n    try:\n        import numpy as np\n        while True: pass\n"
                     "    except BaseException:\n        pass\n" + f"{NAME} = np"),
    "says_it_passed": blend("return left", head=HEAD + "import stn_numpy.teach.checker.check as c\n"
                            "c.verdict = lambda e, *_: c.Result('passed', e.id, 'passed')\n", more=("c = c",)).replace(
                                "return left", "c; return left"),
    "writes": blend("open('../grades.csv', 'w').write('passed'); return left"),
    "calls_out": blend("import socket; socket.create_connection(('127.0.0.1', 9)); return left"),
    "damaged": notebook(BLEND)[:200],
}


@pytest.fixture(autouse=True)
def exercises_of_the_lessons():
    """Grading replaces the exercises of its process; here other tests want them back."""
    yield
    lessons.EXERCISES.update(papers.ORIGINAL)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hand_ins")
    for name, content in HAND_INS.items():
        (folder / f"{name}.ipynb").write_text(content)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "PROCESSOR_SECONDS", 3)
        rows = grading.grade(folder, folder.parent / "store", seed=3)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    lessons.EXERCISES.update(papers.ORIGINAL)
    return {(row.student, row.exercise): row for row in rows}


@pytest.mark.parametrize("student, status, words", [
    ("right", "passed", ""), ("exchanged", "named", ""), ("blank", "not attempted", ""), ("raises", "error", "missing"),
    ("ends_python", "error", "exit code 3"), ("endless", "error", "seconds"),
    ("says_it_passed", "different", "told that it had passed"), ("writes", "error", "may not write"),
    ("calls_out", "error", "not allowed")])
def test_each_kind_of_answer_gets_its_status(student, status, words, graded):
    row = graded[student, NAME]
    assert row.status == status
    assert words in f"{row.remarks} {row.message}"


def test_mistakes_are_named(graded):
    assert graded["exchanged", NAME].mistakes == "weights_reversed"


def test_a_damaged_notebook_costs_its_own_row_only(graded):
    assert graded["damaged", ""].status == "unreadable"


def test_predictions_are_counted(graded):
    assert graded["right", "prediction wrong_output"].status == "answered"


def test_what_is_graded_is_not_graded_again(tmp_path, monkeypatch):
    folder, store = tmp_path / "in", tmp_path / "store"
    folder.mkdir()
    (folder / "ada.ipynb").write_text(HAND_INS["blank"])
    first = grading.grade(folder, store)
    monkeypatch.setattr(grading, "_judged", lambda *_: pytest.fail("judged again"))
    assert grading.grade(folder, store) == first
    with pytest.raises(BaseException, match="judged again"):
        grading.grade(folder, store, seed=1)


ROWS = [Row("=cmd", "04", "blend", "named", "weights_swapped", "3", "", "a <b> & c"),
        Row("=cmd", "04", "prediction x", "answered"), Row("ada", "04", "blend", "passed", remarks="calls the package"),
        Row("bob", "", "", "unreadable", remarks="the file is empty")]


def test_the_csv_has_the_columns_and_no_formulas():
    lines = list(csv.DictReader(io.StringIO(reports.as_csv(ROWS))))
    assert list(lines[0]) == "student lesson exercise status mistakes line remarks".split()
    assert lines[0]["student"] == "'=cmd" and lines[2]["remarks"] == "calls the package"


def test_the_table_shows_mistakes_remarks_and_predictions():
    head, first, second, third = reports.as_table(ROWS).splitlines()
    assert first.split() == ["=cmd", "weights_swapped", "1", "of", "1"]
    assert second.split() == ["ada", "passed*"] and "the file is empty" in third


def test_pages_escape_what_comes_from_hand_ins(tmp_path):
    reports.write_pages(ROWS, tmp_path, lambda exercise, mistake: "<words>")
    page = (tmp_path / "_cmd.html").read_text()
    assert "a &lt;b&gt; &amp; c" in page and "<b> &" not in page
    index = (tmp_path / "index.html").read_text()
    assert "&lt;words&gt;" in index and 'href="ada.html"' in index and "weights_swapped" in index


def test_the_summary_counts_mistakes():
    assert reports.summary(ROWS)[0] == ("blend", {"named": 1, "passed": 1}, [("weights_swapped", 1)])


def test_the_command_overwrites_nothing(tmp_path, capsys):
    (tmp_path / "grades.csv").write_text("mine")
    assert main(["grade", str(tmp_path), "--out", str(tmp_path / "grades.csv")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "grades.csv").read_text() == "mine"


def test_the_command_grades_a_folder(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text(HAND_INS["blank"])
    assert main(["grade", str(tmp_path / "in"), "--out", str(tmp_path / "g.csv"), "--html", str(tmp_path / "r")]) == 0
    assert "1 of 1 hand-ins" in capsys.readouterr().out
    assert (tmp_path / "g.csv").exists() and (tmp_path / "r" / "ada.html").exists()
