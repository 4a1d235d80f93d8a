"""Grading: each kind of hand-in gets the row that it deserves, and none costs another's."""

import csv
import inspect
import io
import json
import os
import select
import sys
import threading
import time

import pytest
from made_up_hand_ins import notebook

from stn_numpy.teach import lessons
from stn_numpy.teach.lessons import lesson_00
from stn_numpy.teach.notebooks import grading, handins, judging, papers, reports, serving
from stn_numpy.teach.notebooks.__main__ import main
from stn_numpy.teach.notebooks.grading import Row

BLEND = inspect.getsource(lesson_00.EXERCISES[0].solution[-1])
NAME, PROBES = lesson_00.EXERCISES[0].id, len(lesson_00.EXERCISES[0].probes) + 1
HEAD = "import numpy as np\n\nfrom stn_numpy import teach\n"


FORGED = {"status": "passed", "message": "", "mistakes": [], "remarks": [], "line": None, "answers": None}


def blend(body, head=HEAD, more=()):
    return notebook(f"def {NAME}(left, right, a):\n    {body}\n", *more, first=head)


def into_all_open_files(what, then="os._exit(0)"):
    """A hand-in that writes an answer of its own in place of the judge's."""
    return blend("return number", head="import os\nfor number in range(31):\n    try:\n        os.write(number, "
                 f"{what})\n    except OSError:\n        if number == 30: {then}\n")


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
    "imports": blend("return helper(left)", head="from not_there import helper\n"),
    "calls": notebook(f"from stn_numpy.teach.lessons.lesson_00 import {NAME}", first=HEAD, names=[NAME]),
    "sleeps": blend("return nap", head="import time\nnap = time.sleep(100)\n"),
    "right_once": blend(f"calls.append(a); return (1 - a) * left + a * right + (len(calls) > {PROBES})",
                        head="calls = []\n"),
    "forges": into_all_open_files(json.dumps(FORGED).encode()),
    "forges_numbers": into_all_open_files(json.dumps({**FORGED, "answers": [["<f8", [2 ** 60], "00"]]}).encode()),
    "forges_nonsense": into_all_open_files(b"[" * 10_000),
    "floods": into_all_open_files(bytes(2 ** 16), """
            while True: [os.write(k, bytes(2 ** 16)) for k in (3, 4, 5, 6) if os.path.exists(f'/proc/self/fd/{k}')]"""),
    "half_a_character": blend(r"raise ValueError('\ud800')"),
    "writes": blend("open('../grades.csv', 'w').write('passed'); return left"),
    "fills_the_disk": blend("[open(str(k), 'w') for k in range(10 ** 6)]; return left"),
    "breaks_the_checker": blend("j; return left", head="import stn_numpy.teach.notebooks.judging as j\ndef check(*_):\n"
                                "    raise OverflowError\nj.check = check\n"),
    "calls_out": blend("import socket; socket.create_connection(('127.0.0.1', 9)); return left"),
    "kills": blend("import os; os.kill(os.getppid(), 9); return left"),
    "calls_c": blend("import ctypes; ctypes.pythonapi.getpid(); return left"),
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
        patch.setattr(grading, "PROCESSOR_SECONDS", 1)
        patch.setattr(grading, "SECONDS", 5)
        rows = grading.grade(folder, folder.parent / "store", seed=3)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    lessons.EXERCISES.update(papers.ORIGINAL)
    return {(row.student, row.exercise): row for row in rows}


@pytest.mark.parametrize("student, status, words", [
    ("right", "passed", ""), ("exchanged", "named", ""), ("blank", "not attempted", ""), ("raises", "error", "missing"),
    ("ends_python", "error", "exit code 3"), ("endless", "error", "seconds"),
    ("imports", "error", "not_there"), ("calls", "passed", "calls blend of stn_numpy"),
    ("sleeps", "error", "still running after 5 seconds"), ("right_once", "different", "called again"),
    ("says_it_passed", "different", "told that it had passed"), ("forges", "different", "told that it had passed"),
    ("forges_numbers", "different", "told that it had passed"), ("forges_nonsense", "error", "ended before it was judged"),
    ("floods", "error", "used up"), ("half_a_character", "error", "Python says: ?"), ("writes", "error", "may not write"),
    ("fills_the_disk", "error", "more than 20 files"), ("breaks_the_checker", "error", "the checker itself failed"),
    ("calls_out", "error", "not allowed"), ("kills", "error", "not allowed"), ("calls_c", "error", "not allowed")])
def test_each_kind_of_answer_gets_its_status(student, status, words, graded):
    row = graded[student, NAME]
    assert row.status == status
    assert words in row.remarks


def test_mistakes_are_named(graded):
    assert graded["exchanged", NAME].mistakes == "weights_reversed"


def test_a_line_is_counted_in_its_cell():
    cells = ["import numpy as np", "\n\ndef blend(left, right, a):\n    return a * left + (1 - a) * right"]
    with grading.Judges(0, None) as judges:
        assert judges.ask(NAME, handins.CELL.join(cells))["line"] == 4


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


def program(student, folder):
    path = folder / "a.ipynb"
    path.write_text(HAND_INS[student])
    return handins.program_of(handins.read_cells(handins.HandIn("a", path)), NAME).source


SMALL_STEPS = """import numpy as np
def read(U, x, y):
    rows, columns = (np.maximum(0, 1 - abs(place - np.arange(size))) for place, size in zip((y, x), U.shape))
    return rows.astype(U.dtype) @ U @ columns.astype(U.dtype)
def slopes(U, x, y):
    return (read(U, x + 1e-6, y) - read(U, x, y)) / 1e-6, (read(U, x, y + 1e-6) - read(U, x, y)) / 1e-6
"""
RIGHT_START = 'start_and_rate = {"start": (5, -4), "rate": np.float64(0.02)}'
PATCHED = ("from stn_numpy.teach.lessons import EXERCISES\nEXERCISES['start_and_rate'].__dict__['judge'] = "
           "lambda answer: (True, 'well done')\n" + RIGHT_START.replace("0.02", "1e-6"))


@pytest.mark.parametrize("source, status", [(RIGHT_START, "passed"), (PATCHED, "different")])
def test_a_plain_value_is_judged_where_nothing_else_of_the_hand_in_is(source, status):
    with grading.Judges(0, None) as judges:
        facts = judges.ask("start_and_rate", f"import numpy as np\n{source}")
    assert facts["status"] == status and not facts["remarks"]


def test_small_steps_pass_and_the_row_says_so():
    with grading.Judges(0, None) as judges:
        facts = judges.ask("slopes", SMALL_STEPS)
    assert facts["status"] == "passed" and "finite differences?" in facts["remarks"][0]


def test_where_nothing_forks_each_exercise_gets_a_new_python(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "FORKS", False)
    with grading.Judges(0, None) as judges:
        assert judges.ask(NAME, program("exchanged", tmp_path))["mistakes"] == ["weights_reversed"]


def test_to_close_ends_what_is_at_work_and_what_comes_after_it(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "AT_ONCE", 1)
    outcomes, judges = [], grading.Judges(0, None)

    def ask():
        for _ in range(2):
            try:
                outcomes.append(judges.ask(NAME, program("sleeps", tmp_path)))
            except grading.Closed:
                outcomes.append("closed")

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    while not judges._started:
        time.sleep(0.01)
    judges.close()
    asking.join(20)
    assert outcomes == ["closed", "closed"]


def test_a_judge_that_ends_costs_one_exercise(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "AT_ONCE", 1)
    with grading.Judges(0, None) as judges:
        assert judges.ask(NAME, program("right", tmp_path))["status"] == "passed"
        judges._started[0].kill()
        judges._started[0].wait()
        assert judges.ask(NAME, program("right", tmp_path))["remarks"] == ["the process that judges it ended"]
        assert judges.ask(NAME, program("right", tmp_path))["status"] == "passed"


def test_what_a_fork_leaves_behind_is_ended_with_it(monkeypatch):
    alive, end = os.pipe()

    def leave_a_child(task, exercise, outlet):
        if os.fork():
            os._exit(0)
        os.close(outlet)
        time.sleep(100)

    look = select.select
    monkeypatch.setattr(serving, "judge_and_end", leave_a_child)
    monkeypatch.setattr(serving.select, "select", lambda files, *rest: look([files[0]], *rest))
    assert serving._fork({"clock": 10}, None) == (0, b"")
    os.close(end)
    assert look([alive], [], [], 10)[0] and os.read(alive, 1) == b""
    os.close(alive)


def test_numbers_are_judged_again_where_there_are_all_of_them():
    exercise = lesson_00.EXERCISES[0]
    numbers = judging._answers(exercise, exercise.truth)
    assert serving._judged_again(exercise, numbers)
    for wrong in (numbers[:-1], numbers + numbers[:1], numbers[::-1], [("O", *numbers[0][1:]), *numbers[1:]]):
        assert not serving._judged_again(exercise, wrong)


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


def test_the_command_grades_a_folder_whatever_the_names_and_the_console(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for name in ("ada", "Łukasz", os.fsdecode(b"half \xff")):
        (tmp_path / "in" / f"{name}.ipynb").write_text(HAND_INS["blank"])
    console = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(console, "ascii", write_through=True))
    assert main(["grade", str(tmp_path / "in"), "--out", str(tmp_path / "g.csv"), "--html", str(tmp_path / "r")]) == 0
    assert b"3 of 3 hand-ins" in console.getvalue() and b"\n?ukasz" in console.getvalue()
    assert "Łukasz" in (tmp_path / "g.csv").read_text(encoding="utf-8") and (tmp_path / "r" / "ada.html").exists()
