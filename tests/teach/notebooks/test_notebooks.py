"""The tooling of the notebooks, on small ones; then every tutorial: blank, solved, and as it is committed."""

import html
import inspect
import re
import signal
import sys
from operator import attrgetter

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import stn_numpy as stn
from stn_numpy import teach
from stn_numpy.teach.lessons import LESSONS as LESSONS_IN_CODE
from stn_numpy.teach.notebooks.__main__ import main
from stn_numpy.teach.notebooks.checking import complaints, measure
from stn_numpy.teach.notebooks.executing import execute
from stn_numpy.teach.notebooks.files import TUTORIALS, bridges, code_cells, exercise_of, read, tutorials
from stn_numpy.teach.notebooks.solving import failed_checks
from stn_numpy.teach.notebooks.tidying import WIDGET, noise, tidy

BLANK = "def blend(left, right, a):\n    return ..."
CHECK = 'teach.check("blend", blend)'


def exercise(source=BLANK, name="blend"):
    return new_code_cell(source, metadata={"tags": ["exercise"], "stn": {"exercise": name}})


def lesson(*cells):
    return new_notebook(cells=[new_markdown_cell("# Mend a line"),
                               new_code_cell("import numpy as np\nfrom stn_numpy import teach"), *cells])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of notebooks that is not the working directory."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path


def save(folder, notebook, name="00_small.ipynb"):
    nbformat.write(notebook, folder / name)
    return folder / name


# --- Running and tidying


def test_run_executes_in_place_and_leaves_no_noise(folder, capsys):
    notebook = lesson(exercise(), new_code_cell(CHECK), new_code_cell(
        "import ipywidgets\ndisplay(ipywidgets.FloatSlider())\nteach.pictures.two_rulers()"))
    notebook.metadata["widgets"] = {"state": 1}
    notebook.cells[1].metadata = {"collapsed": False, "execution": {"iopub.status.busy": "2015-12-04"}}
    path = save(folder, notebook)
    assert main(["run", str(path)]) == 0
    ran = read(path)
    assert noise(ran) == [] and complaints(ran, path.name) == []
    assert [cell.id for cell in ran.cells] == [cell.id for cell in notebook.cells]
    assert "not attempted" in ran.cells[3].outputs[0].data["text/plain"]
    assert len(ran.cells[4].outputs) == 1, "the picture, without the slider"
    before = path.read_bytes()
    assert main(["run", str(path)]) == 0 and main(["check", str(path)]) == 0
    assert path.read_bytes() == before
    assert [file.name for file in folder.glob("*.*")] == [path.name]


def test_the_kernel_is_this_python_in_the_notebooks_folder(folder):
    notebook = new_notebook(cells=[new_code_cell("import os, sys\nprint(sys.executable)\nprint(os.getcwd())")])
    execute(notebook, folder)
    assert notebook.cells[0].outputs[0].text.split("\n")[:2] == [sys.executable, str(folder)]


@pytest.mark.parametrize("source, message", [
    ("1 / 0", "ZeroDivisionError"),
    ("import warnings; warnings.warn('old')", "writes to stderr"),
    ("import os; os._exit(1)", "died"),
])
def test_run_fails_and_leaves_the_file_as_it_was(folder, capsys, source, message):
    path = save(folder, new_notebook(cells=[new_code_cell(source)]))
    before = path.read_bytes()
    assert main(["run", str(path)]) == 1
    assert message in capsys.readouterr().err
    assert path.read_bytes() == before


def test_tidy_gives_missing_and_repeated_ids_the_same_each_time():
    def untidy():
        notebook = new_notebook(cells=[new_code_cell(source) for source in "123"])
        notebook.cells[0].id = notebook.cells[1].id = "one"
        del notebook.cells[2]["id"]
        return notebook

    first, second = untidy(), untidy()
    assert any("id of their own" in complaint for complaint in noise(first))
    for notebook in (first, second):
        tidy(notebook)
    names = [cell.id for cell in first.cells]
    assert len(set(names)) == 3 and names[0] == "one"
    assert names == [cell.id for cell in second.cells]


def printed(text):
    return new_code_cell(execution_count=1, outputs=[new_output("stream", name="stdout", text=text)])


@pytest.mark.parametrize("cell, complaint", [
    (printed("/home/someone/x.npy"), "/home/someone"),
    (printed(r"C:\\Users"), "C:"),
    (printed(f"{sys.prefix}/lib"), re.escape(sys.prefix)),
    (printed("<object at 0x7f3a2b1c0d00>"), "0x7f3a2b1c0d00"),
    (printed("DeprecationWarning: old"), "DeprecationWarning:"),
    (new_code_cell(outputs=[new_output("stream", name="stderr", text="oh")]), "stderr"),
    (new_code_cell(outputs=[new_output("error", ename="KeyError", evalue="", traceback=[])]), "KeyError"),
    (new_code_cell(outputs=[new_output("display_data", {WIDGET: {}, "text/plain": "VBox()"})]), "a widget"),
    (new_code_cell(metadata={"execution": {}, "collapsed": True}), "metadata"),
])
def test_noise_is_heard(cell, complaint):
    notebook = new_notebook(cells=[cell])
    tidy(clean := new_notebook(cells=[printed("all is well: 3/4 at 0x10, a/b")]))
    assert noise(clean) == []
    notebook.metadata = clean.metadata
    found = noise(notebook)
    assert any(re.search(complaint, text) for text in found)


# --- What may be committed


def png(alt):
    data = {"text/html": f'<img alt="{html.escape(alt)}" src="x">', "image/png": "", "text/plain": ""}
    return new_output("display_data", data, metadata={"image/png": {"alt": alt}})


def committed(words=1200, lines=50, pictures=5, alt="A picture."):
    notebook = new_notebook(cells=[new_markdown_cell("word " * words), exercise("x = 1\n" * lines)])
    notebook.cells[1].update(execution_count=1, outputs=[png(alt)] * pictures)
    tidy(notebook)
    return notebook


def test_a_lesson_of_the_right_size_is_fit_to_be_committed():
    assert complaints(committed(), "04_bilinear.ipynb") == []
    assert complaints(committed(words=200, pictures=1), "00_start.ipynb") == []


@pytest.mark.parametrize("sizes, complaint", [
    ({"words": 900}, "900 words, wanted 1000 to 1800"),
    ({"words": 1900}, "1900 words, wanted 1000 to 1800"),
    ({"lines": 151}, "151 lines of code, wanted 0 to 150"),
    ({"pictures": 3}, "3 pictures, wanted 4 to 6"),
    ({"pictures": 7}, "7 pictures, wanted 4 to 6"),
    ({"alt": ""}, "a picture without alt text"),
])
def test_a_lesson_of_another_size_is_not(sizes, complaint):
    found = complaints(committed(**sizes), "04_bilinear.ipynb")
    assert found and all(complaint in text for text in found)


def test_a_bridge_needs_no_exercise_and_has_upper_bounds_only():
    notebook = committed(words=200, pictures=0)
    notebook.cells[1].metadata = {}
    assert complaints(notebook, "to_elsewhere.ipynb") == []
    assert complaints(notebook, "04_bilinear.ipynb")[0] == "no exercise"
    assert "1900 words" in complaints(committed(words=1900), "to_elsewhere.ipynb")[0]


def test_cells_out_of_order_are_noticed():
    notebook = committed()
    notebook.cells[1].execution_count = 2
    assert complaints(notebook, "04.ipynb") == ["not executed in order from a fresh start: execution counts [2]"]


def test_an_exercise_needs_both_its_tag_and_its_name():
    notebook = committed()
    notebook.cells[1].metadata = {"tags": ["exercise"]}
    assert "must be a code cell with the tag" in complaints(notebook, "04.ipynb")[0]
    notebook.cells[1].metadata = {}
    assert complaints(notebook, "04.ipynb") == ["no exercise"]


@pytest.mark.parametrize("page, described", [("<img src='x'>", False), ("<img alt='a dot' src='x'>", True)])
def test_pictures_inside_pages_and_prose_count_too(page, described):
    notebook = committed(pictures=2)
    notebook.cells[1].outputs.append(new_output("display_data", {"text/html": page, "image/png": "x"}))
    notebook.cells[0].source += "\n![a drawing](drawing.png)"
    assert measure(notebook)["pictures"] == 4
    assert (complaints(notebook, "04.ipynb") == []) is described


def test_words_are_counted_without_formulas_code_and_addresses():
    prose = "One *two* $a = b$ three.\n\n$$x + y$$\n\n```python\nnot this\n```\n[four](http://no.no/no) <b>five</b>"
    notebook = new_notebook(cells=[new_markdown_cell(prose), new_code_cell("x = 1\n\ny = 2"), new_code_cell(
        "hidden = 1", metadata={"jupyter": {"source_hidden": True}})])
    assert measure(notebook) == {"words": 5, "lines of code": 2, "pictures": 0}


# --- Solving and rendering


def test_solve_writes_a_copy_in_which_every_check_passes(folder, capsys):
    path = save(folder, lesson(exercise(), new_code_cell(CHECK)))
    before = path.read_bytes()
    assert main(["solve", str(path), "--out", str(folder / "new" / "solved")]) == 0
    assert path.read_bytes() == before
    copy = read(folder / "new" / "solved" / path.name)
    assert "..." not in copy.cells[2].source and failed_checks(copy) == []
    assert exercise_of(copy.cells[2]) == "blend"
    assert noise(copy) == []


@pytest.mark.parametrize("cell, message", [
    (exercise("def other(x):\n    return ..."), "defines other, its solution does not"),
    (exercise(name="nothing"), "there is no exercise 'nothing'"),
    (exercise(f"{BLANK}\n{CHECK}"), "a cell of its own"),
])
def test_solve_refuses_what_it_cannot_fill(folder, capsys, cell, message):
    path = save(folder, lesson(cell))
    assert main(["solve", str(path), "--out", str(folder)]) == 1
    assert message in capsys.readouterr().err


def test_a_check_that_does_not_pass_is_reported():
    wrong = new_code_cell("wrong = lambda left, right, a: left\nteach.check('blend', wrong)")
    hidden = new_code_cell("verdict = teach.check('blend', wrong)")
    notebook = lesson(wrong, hidden)
    execute(notebook, ".")
    assert len(failed_checks(notebook)) == 2
    wrong.metadata["tags"] = ["fails-on-purpose"]
    assert len(failed_checks(notebook)) == 1 and "nothing" in failed_checks(notebook)[0]


def test_a_check_that_should_fail_and_passes_is_reported():
    right = new_code_cell("teach.check('blend', lambda left, right, a: (1 - a) * left + a * right)",
                          metadata={"tags": ["fails-on-purpose"]})
    notebook = lesson(right)
    execute(notebook, ".")
    assert len(failed_checks(notebook)) == 1


def test_html_keeps_the_alt_text(folder, capsys):
    path = save(folder, committed(alt="x < 1 & 'y'"))
    assert main(["html", str(path), "--out", str(folder / "pages")]) == 0
    text = (folder / "pages" / "00_small.html").read_text()
    assert text.count("""alt="x &lt; 1 &amp; 'y'\"""") == 5
    assert "No description" not in text


@pytest.mark.parametrize("content", ["", "{}", '{"cells": 3}', "not json"])
def test_a_file_that_is_no_notebook_is_refused(folder, capsys, content):
    (folder / "bad.ipynb").write_text(content)
    for action in (["run"], ["check"], ["solve", "--out", "."], ["html", "--out", "."]):
        assert main([action[0], str(folder / "bad.ipynb"), *action[1:]]) == 1
    assert "bad.ipynb is not a notebook" in capsys.readouterr().err


def test_a_missing_file_is_reported_and_the_others_are_done(folder, capsys):
    path = save(folder, committed(), "04_good.ipynb")
    assert main(["check", str(folder / "none.ipynb"), str(path)]) == 1
    out, err = capsys.readouterr()
    assert "04_good.ipynb: clean" in out and "none.ipynb" in err


def test_without_tutorials_the_command_says_where_they_come_from(folder, capsys, monkeypatch):
    monkeypatch.setattr("stn_numpy.teach.notebooks.files.TUTORIALS", folder)
    assert main(["check"]) == 2
    assert "install the package again" in capsys.readouterr().err


# --- The tutorials


every_lesson = pytest.mark.parametrize("path", tutorials(), ids=lambda path: path.stem)
every_notebook = pytest.mark.parametrize("path", tutorials() + bridges(), ids=lambda path: path.stem)


def test_every_notebook_is_a_lesson_or_a_bridge():
    assert sorted(tutorials() + bridges()) == sorted(TUTORIALS.glob("*.ipynb"))


def test_the_tutorials_are_those_of_the_lesson_files():
    assert [path.name[:2] for path in tutorials()] == [lesson.__name__[-2:] for lesson in LESSONS_IN_CODE]


def test_every_name_that_a_lesson_or_its_hints_tell_is_there():
    told = [cell.source for path in tutorials() + bridges() for cell in read(path).cells]
    told += [inspect.getsource(lesson) for lesson in LESSONS_IN_CODE]
    for package, name in set(re.findall(r"(?<![\w.])(teach|stn)\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)", "\n".join(told))):
        assert attrgetter(name)({"teach": teach, "stn": stn}[package]) is not None


@every_notebook
def test_the_committed_state_is_clean(path):
    assert complaints(read(path), path.name) == []


@every_notebook
def test_run_all_works_while_nothing_is_solved(path, executions):
    notebook = executions[path, False].result()
    again = [[output.get("data", {}).keys() for output in cell.outputs] for cell in code_cells(notebook)]
    assert any(again), "a lesson shows something"


@every_lesson
def test_every_check_passes_in_the_solved_copy(path, executions):
    notebook = executions[path, True].result()
    assert failed_checks(notebook) == []
    assert any("teach.check(" in cell.source for cell in code_cells(notebook))


def test_ctrl_c_while_a_notebook_runs_ends_in_a_word_and_leaves_the_file(tmp_path, capsys):
    path = tmp_path / "long.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell(
        "import os, signal, time\nos.kill(os.getppid(), signal.SIGINT)\ntime.sleep(60)")])))
    before, handlers = path.read_bytes(), [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert main(["run", str(path)]) == 130
    assert "stopped; what is finished is kept" in capsys.readouterr().err and path.read_bytes() == before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
