"""What lecturers hand out: pages and an index, decks, assignments for other graders, copies of the lessons, archives."""

import os
import re
import shlex
import subprocess
import sys
import zipfile

import pytest
from nbformat import v4

from stn_numpy.teach.__main__ import main as teach_main
from stn_numpy.teach.notebooks import pages
from stn_numpy.teach.notebooks.__main__ import main
from stn_numpy.teach.notebooks.files import exercise_of, read, tutorials, write
from stn_numpy.teach.notebooks.starting import is_setup


@pytest.fixture
def lesson(tmp_path):
    """A small lesson on disk."""
    made = v4.new_notebook(cells=[
        v4.new_markdown_cell("# Lesson 00: Begin\n\nNext is [01](01_more.ipynb#predict), see [the course](README.md).",
                             metadata={"slideshow": {"slide_type": "slide"}}),
        v4.new_code_cell("def blend(left, right, a):\n    return ...", metadata={"tags": ["exercise"],
                                                                               "stn": {"exercise": "blend"}}),
        v4.new_code_cell("from stn_numpy import teach\nteach.check('blend', blend)"),
        v4.new_markdown_cell("not on a slide")])
    write(made, tmp_path / "00_begin.ipynb")
    write(v4.new_notebook(cells=[v4.new_markdown_cell("# Lesson 01: More")]), tmp_path / "01_more.ipynb")
    return tmp_path / "00_begin.ipynb"


def test_links_between_pages_lead_to_pages_and_there_is_an_index(lesson, tmp_path, capsys):
    assert main(["html", str(lesson), str(tmp_path / "01_more.ipynb"), "--out", str(tmp_path / "p")]) == 0
    text = (tmp_path / "p" / "00_begin.html").read_text()
    assert 'href="01_more.html#predict"' in text and 'href="index.html"' in text and ".ipynb#" not in text
    assert "white-space: pre-wrap" in text
    index = (tmp_path / "p" / "index.html").read_text()
    assert 'href="00_begin.html">Lesson 00: Begin<' in index and 'href="01_more.html">Lesson 01: More<' in index


def test_a_page_alone_keeps_its_links(lesson):
    assert 'href="01_more.ipynb#predict"' in pages.page(read(lesson), "x")


def test_a_local_copy_of_mathjax_is_put_beside_the_pages(lesson, tmp_path, capsys):
    (tmp_path / "mathjax.js").write_text("// a copy")
    assert main(["html", str(lesson), "--out", str(tmp_path / "p"), "--mathjax", str(tmp_path / "mathjax.js")]) == 0
    assert (tmp_path / "p" / "mathjax.js").read_text() == "// a copy"
    assert 'src="mathjax.js' in (tmp_path / "p" / "00_begin.html").read_text()
    assert main(["html", str(lesson), "--out", str(tmp_path / "p"), "--mathjax", "missing.js"]) == 2
    assert "there is no missing.js" in capsys.readouterr().err


@pytest.mark.parametrize("action, name", [("html", "00_begin.html"), ("slides", "00_begin.slides.html")])
def test_with_local_copies_nothing_is_fetched(lesson, tmp_path, action, name):
    (tmp_path / "tex-svg.js").write_text("// a copy")
    (tmp_path / "reveal" / "dist").mkdir(parents=True)
    copies = ["--mathjax", str(tmp_path / "tex-svg.js")] + ["--reveal", str(tmp_path / "reveal")] * (action == "slides")
    assert main([action, str(lesson), "--out", str(tmp_path / "o"), *copies]) == 0
    text = (tmp_path / "o" / name).read_text()
    fetched = re.findall(r"""<(?:script|link)[^>]*(?:src|href)=["']([^"']+)|import .*from ["']([^"']+)""", text)
    assert [one or other for one, other in fetched] == [
        *(["reveal/dist/reveal.css"] if action == "slides" else []), "tex-svg.js",
        *(["reveal/dist/theme/simple.css", "reveal/dist/reveal.js", "reveal/plugin/notes/notes.js"] * (action == "slides"))]
    assert r'inlineMath: [["$", "$"], ["\\(", "\\)"]]' in text        # the way in which notebooks write equations


def test_a_deck_holds_the_marked_cells_only(lesson, tmp_path, capsys):
    assert main(["slides", str(lesson), "--out", str(tmp_path / "d")]) == 0
    text = (tmp_path / "d" / "00_begin.slides.html").read_text()
    assert "Lesson 00" in text and "not on a slide" not in text
    assert main(["slides", str(tmp_path / "01_more.ipynb"), "--out", str(tmp_path / "d")]) == 1
    assert "no cell of it is marked" in capsys.readouterr().err


MARKED = [path for path in tutorials() if any(pages.slide_type(cell) for cell in read(path).cells)]


@pytest.mark.parametrize("path", MARKED, ids=lambda path: path.stem)
def test_a_marked_lesson_has_a_deck_of_title_aims_pictures_and_key_points(path):
    cells = [cell for cell in read(path).cells if not is_setup(cell)]
    deck = {number: cell for number, cell in enumerate(cells) if pages.slide_type(cell)}
    starts = [cell.source.split("\n")[0] for cell in deck.values() if pages.slide_type(cell) == "slide"]
    assert starts[0].startswith("# Lesson") and {"## You will be able to", "## Key points"} <= set(starts)
    fragments = [number for number, cell in deck.items() if pages.slide_type(cell) == "fragment"]
    assert fragments and all(number - 1 in deck and "image/png" in deck[number].outputs[-1].data for number in fragments)


def test_the_first_lesson_has_a_deck():
    assert tutorials()[0] in MARKED


def test_an_assignment_for_nbgrader_has_its_marks(lesson, tmp_path, capsys):
    assert main(["assignment", str(lesson), "--for", "nbgrader", "--out", str(tmp_path / "a")]) == 0
    made = read(tmp_path / "a" / "00_begin.ipynb")
    marks = [cell.metadata.nbgrader for cell in made.cells if "nbgrader" in cell.metadata]
    assert [(mark.grade, mark.solution, mark.locked, mark.grade_id) for mark in marks] == [
        (False, True, False, "solution-blend"), (True, False, True, "grade-blend")]
    assert all(mark.schema_version == 3 and mark.task is False for mark in marks) and marks[1].points == 1
    source = next(cell.source for cell in made.cells if cell.metadata.get("nbgrader", {}).get("solution"))
    assert source.startswith("def blend(left, right, a):\n    return ...\n\n\n### BEGIN SOLUTION\n"), "learners keep the blank"
    assert source.endswith("\n### END SOLUTION")
    grades_the_solution_only(source, made.cells[2].source)


def grades_the_solution_only(solution, test):
    names = {}
    exec(solution, names)
    exec(test, names)
    for wrong in ("left", "..."):
        exec(f"def blend(left, right, a):\n    return {wrong}", names)
        with pytest.raises(AssertionError, match="blend"):
            exec(test, names)


def test_an_assignment_for_otter_has_its_marks(lesson, tmp_path, capsys):
    assert main(["assignment", str(lesson), "--for", "otter", "--out", str(tmp_path / "a")]) == 0
    cells = read(tmp_path / "a" / "00_begin.ipynb").cells
    assert [cell.source.partition("\n")[0] for cell in cells if cell.cell_type == "raw"] == [
        "# ASSIGNMENT CONFIG", "# BEGIN QUESTION", "# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN TESTS", "# END TESTS",
        "# END QUESTION"]
    assert "name: blend\npoints: 1" in cells[2].source
    kept = cells[4].source.partition('""" # BEGIN PROMPT\n')[2]
    assert kept == 'def blend(left, right, a):\n    return ...\n""" # END PROMPT', "learners keep the blank"
    grades_the_solution_only(cells[4].source, cells[7].source)


def test_no_blank_ends_a_prompt_of_otter_early():
    for path in tutorials():
        assert not any('"""' in cell.source for cell in read(path).cells if exercise_of(cell)), path.name


@pytest.mark.parametrize("command", [["assignment", "--for", "nbgrader"], ["assignment", "--for", "otter"], ["variant", "--variant", "7"], ["solve"]])
def test_a_notebook_that_is_there_is_not_written_over(tmp_path, capsys, command):
    lesson = tutorials()[4]
    (tmp_path / lesson.name).write_text("somebody's work")
    assert main([*command, str(lesson), "--out", str(tmp_path)]) == 1
    assert (tmp_path / lesson.name).read_text() == "somebody's work"
    assert "is there already: move it away" in capsys.readouterr().err


def test_collect_says_what_is_missing_and_packs(lesson, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["collect", "00_begin.ipynb", "--out", "mine/in.zip"]) == 0
    assert "blend: not attempted" in capsys.readouterr().out
    with zipfile.ZipFile("mine/in.zip") as archive:
        assert archive.read("00_begin.ipynb") == lesson.read_bytes()
    assert main(["collect", "00_begin.ipynb", "--out", "mine/in.zip"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_lessons_are_copied_but_never_over_an_edited_one(tmp_path, capsys):
    assert teach_main(["tutorials", str(tmp_path / "my lessons")]) == 0
    command = capsys.readouterr().out.splitlines()[-1].removeprefix("Now:  ")
    assert os.name == "nt" or shlex.split(command)[-1] == str(tmp_path / "my lessons")
    copy = tmp_path / "my lessons" / tutorials()[0].name
    assert copy.read_bytes() == tutorials()[0].read_bytes()
    copy.write_text("my answers")
    assert teach_main(["tutorials", str(tmp_path / "my lessons")]) == 0
    assert copy.read_text() == "my answers" and f"{copy} is there and differs" in capsys.readouterr().out


def test_a_console_of_windows_shows_names_that_it_has_no_letters_for(tmp_path):
    done = subprocess.run([sys.executable, "-m", "stn_numpy.teach", "tutorials", str(tmp_path / "Łukasz")],
                          capture_output=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert done.returncode == 0 and b"?ukasz" in done.stdout and not done.stderr


def test_the_companion_says_what_it_offers(capsys):
    assert teach_main([]) == 0
    assert "tutorials DIR" in capsys.readouterr().out


def test_without_jupyter_the_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    monkeypatch.delitem(sys.modules, "stn_numpy.teach.notebooks.actions", raising=False)
    for name in ("pages", "tidying", "solving", "assignments"):
        monkeypatch.delitem(sys.modules, f"stn_numpy.teach.notebooks.{name}", raising=False)
    assert main(["html", "--out", "nowhere"]) == 2
    assert "pip install -r requirements.txt" in capsys.readouterr().err
