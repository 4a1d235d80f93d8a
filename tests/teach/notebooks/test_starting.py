"""Starts elsewhere: the first cell of a lesson, which installs the package where that is missing and does nothing if it is
there; Binder; a room without a network."""

import importlib.util
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from nbformat import v4

from stn_numpy.teach.notebooks import pages
from stn_numpy.teach.notebooks.checking import measure
from stn_numpy.teach.notebooks.files import TUTORIALS, bridges, code_cells, read, tutorials, write
from stn_numpy.teach.notebooks.starting import SOURCE, is_setup, set_up


@pytest.fixture
def calls(monkeypatch):
    """What the cell runs, in place of running it."""
    found = []
    monkeypatch.setattr(subprocess, "run", lambda command, **options: found.append((command, options)))
    return found


@pytest.fixture
def missing(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "stn_numpy" else find_spec(name))


def test_it_does_nothing_where_the_package_is(calls):
    exec(SOURCE, {})
    assert calls == []


def test_it_installs_the_project_above_the_notebook(calls, missing, monkeypatch):
    monkeypatch.chdir(TUTORIALS)
    exec(SOURCE, {})
    assert calls == [([sys.executable, "-m", "pip", "install", "-q", str(TUTORIALS.parent)], {"check": True})]


def test_it_installs_from_an_address_or_asks_for_one(calls, missing, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError, match="write the address of the project, or of a wheel"):
        exec(SOURCE, {})
    assert calls == []
    exec(SOURCE.replace('address = ""', 'address = "stn_numpy.whl"'), {})
    assert calls[0][0][-1] == "stn_numpy.whl"


def executed():
    output = v4.new_output("execute_result", {"text/plain": "3"}, execution_count=1)
    return v4.new_notebook(cells=[v4.new_markdown_cell("# Lesson"), v4.new_code_cell("3", execution_count=1, outputs=[output]),
                                  v4.new_code_cell("4", execution_count=2)])


def test_an_executed_notebook_stays_executed_and_has_the_cell_once():
    notebook = executed()
    set_up(notebook)
    set_up(notebook)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == [1, 2, 3] and cells[1].outputs[0].execution_count == 2
    assert [is_setup(cell) for cell in cells] == [True, False, False] and notebook.cells[0].cell_type == "markdown"
    assert measure(notebook)["lines of code"] == 2, "the folded cell is not counted"


def test_an_older_cell_is_replaced_and_a_blank_notebook_stays_blank():
    notebook = v4.new_notebook(cells=[v4.new_code_cell("3")])
    set_up(notebook)
    notebook.cells[0].source = "old"
    set_up(notebook)
    assert [cell.source for cell in notebook.cells] == [SOURCE, "3"]
    assert notebook.cells[0].execution_count is None
    empty = v4.new_notebook(cells=[v4.new_markdown_cell("only text")])
    set_up(empty)
    assert len(empty.cells) == 1


def test_a_page_leaves_it_out():
    notebook = executed()
    set_up(notebook)
    assert "find_spec" not in pages.page(notebook, "x") and len(notebook.cells) == 4


def test_run_puts_it_into_lessons_and_bridges_only(tmp_path, monkeypatch):
    from stn_numpy.teach.notebooks import actions

    monkeypatch.setattr(actions, "execute", lambda notebook, folder: 0)
    for name in ("00_a", "01_b", "bridge"):
        write(v4.new_notebook(cells=[v4.new_code_cell("3")]), tmp_path / f"{name}.ipynb")
    monkeypatch.setattr(actions, "tutorials", lambda: [tmp_path / "00_a.ipynb"])
    monkeypatch.setattr(actions, "bridges", lambda: [tmp_path / "bridge.ipynb"])
    for name in ("00_a", "01_b", "bridge"):
        actions.run(tmp_path / f"{name}.ipynb", SimpleNamespace())
    assert all(is_setup(read(tmp_path / f"{name}.ipynb").cells[0]) for name in ("00_a", "bridge"))
    assert len(read(tmp_path / "01_b.ipynb").cells) == 1


@pytest.mark.parametrize("path", tutorials() + bridges(), ids=lambda path: path.stem)
def test_every_lesson_begins_with_it(path):
    assert code_cells(read(path))[0].source == SOURCE


ROOT = TUTORIALS.parent


def requirements(path):
    """The lines of a requirements file: those that it includes are read from its own folder, a path from where pip runs."""
    found = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        found += requirements(path.parent / line[3:]) if line.startswith("-r ") else [line] * bool(line)
    return found


def test_binder_installs_the_project_and_jupyter_with_a_python_that_is_allowed():
    wanted = requirements(ROOT / ".binder" / "requirements.txt")
    assert "-e ." in wanted and any(line.startswith("jupyter") for line in wanted)
    [minor] = re.fullmatch(r"python-3\.(\d+)\n", (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8")).groups()
    [lowest] = re.findall(r'^requires-python = ">=3\.(\d+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert int(minor) >= int(lowest)


def test_the_link_to_binder_opens_a_lesson():
    page = (TUTORIALS / "instructor" / "README.md").read_text(encoding="utf-8")
    [opened] = re.findall(r"mybinder\.org/v2/gh/OWNER/NAME/HEAD\?labpath=([\w/.]+)", page)
    assert ROOT / opened in tutorials()


def test_the_download_for_a_room_without_a_network_is_what_is_required_but_the_project_itself():
    """`-r requirements.txt` in its place never ends: for -e . pip packs the folder with the archive that it is writing."""
    page = (TUTORIALS / "README.md").read_text(encoding="utf-8")
    [named] = re.findall(r"^    python3 -m pip download -d wheels setuptools (.+)$", page, re.M)
    assert named.split() == [re.match(r"\w+", line)[0] for line in requirements(ROOT / "requirements.txt") if line[0] != "-"]
