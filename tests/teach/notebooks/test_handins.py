"""Hand-ins are found and read without being run or believed, and an exercise gets just the code that it needs."""

import json
import zipfile

import pytest
from made_up_hand_ins import HAND_INS, IDS, SAMPLE_PIXEL, notebook

from stn_numpy.teach.lessons import EXERCISES
from stn_numpy.teach.notebooks import handins


def cells_of(*sources, **options):
    content = json.loads(notebook(*sources, first="import numpy as np\n", **options))
    return [(cell["cell_type"], cell["source"], cell["metadata"].get("stn", {}).get("exercise"))
            for cell in content["cells"]]


def run(program):
    names = {}
    exec(program.source, names)
    return names


def test_finds_notebooks_archives_and_folders(tmp_path):
    (tmp_path / "ada.ipynb").write_text(HAND_INS["right"])
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "04.ipynb").write_text(HAND_INS["right"])
    (tmp_path / "bob" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "bob" / ".ipynb_checkpoints" / "04.ipynb").write_text(HAND_INS["right"])
    with zipfile.ZipFile(tmp_path / "cleo.zip", "w") as archive:
        archive.writestr("lessons/05.ipynb", HAND_INS["right"])
    (tmp_path / "dan.zip").write_bytes(b"no archive")
    (tmp_path / "notes.txt").write_text("not a hand-in")
    for empty in ("eve.ipynb", "grades-graded"):
        (tmp_path / empty).mkdir()
    (tmp_path / "fay.ipynb").symlink_to(tmp_path / "nowhere")
    found = handins.find(tmp_path, tmp_path / "grades-graded")
    assert [(handin.student, handin.name) for handin in found] == [
        ("ada", "ada.ipynb"), ("bob", "04.ipynb"), ("cleo", "05.ipynb"), ("dan", "dan.zip"), ("eve.ipynb", "eve.ipynb"),
        ("fay", "fay.ipynb")]
    for handin, words in zip(found[4:], ("no notebook in the folder", "cannot be read")):
        with pytest.raises(handins.Unreadable, match=words):
            handins.read_cells(handin)
    assert handins.exercises_in(handins.read_cells(found[2]), EXERCISES) == list(IDS)
    with pytest.raises(handins.Unreadable, match="the archive is damaged"):
        handins.read_cells(found[3])


@pytest.mark.parametrize("folder, words", [("", "nothing to grade"), ("missing", "is not a folder")])
def test_a_folder_without_hand_ins_is_refused(folder, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        handins.find(tmp_path / folder)


@pytest.mark.parametrize("kind, words", [
    ("empty", "is empty"), ("damaged", "damaged, or no notebook"), ("no_cells", "no code"), ("not_a_list", "damaged")])
def test_what_cannot_be_read_says_why(kind, words, tmp_path):
    (tmp_path / "x.ipynb").write_text(HAND_INS[kind])
    with pytest.raises(handins.Unreadable, match=words):
        handins.read_cells(handins.HandIn("x", tmp_path / "x.ipynb"))


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    with open(tmp_path / "x.ipynb", "wb") as file:
        file.truncate(200 * 2 ** 20)
    with pytest.raises(handins.Unreadable, match="200 MB; at most 50 MB"):
        handins.read_cells(handins.HandIn("x", tmp_path / "x.ipynb"))


def test_a_file_that_begins_with_the_mark_of_windows_is_read(tmp_path):
    (tmp_path / "a.ipynb").write_text(HAND_INS["right"], encoding="utf-8-sig")
    assert handins.read_cells(handins.HandIn("a", tmp_path / "a.ipynb"))


def test_what_a_hand_in_says_cannot_move_a_cursor():
    assert handins.whole("a\x00\x1b[31m\n\tb\ud800") == "a??[31m\n\tb?"


def test_a_deeply_nested_file_is_refused(tmp_path):
    (tmp_path / "x.ipynb").write_text("[" * 100_000)
    with pytest.raises(handins.Unreadable, match="damaged"):
        handins.read_cells(handins.HandIn("x", tmp_path / "x.ipynb"))


def test_the_code_of_an_exercise_is_what_its_function_uses():
    program = handins.program_of(cells_of(
        "scale = 2", "other = 1 / 0", "def helper(x):\n    return scale * x",
        "%matplotlib inline\nprint(1 / 0)", "def blend(left, right, a):\n    return helper(left)", "x = [1 / 0]"), "blend")
    assert run(program)["blend"](3, 0, 0) == 6
    assert "1 / 0" not in program.source


def test_order_does_not_matter_and_the_last_definition_counts():
    program = handins.program_of(cells_of(
        "def blend(left, right, a):\n    return 1", "def blend(left, right, a):\n    return below()",
        "def below():\n    return table['a']", "table = {}", "table['a'] = 5"), "blend")
    assert run(program)["blend"](0, 0, 0) == 5


def test_what_a_method_adds_and_what_a_star_brings_is_kept():
    program = handins.program_of(cells_of(
        "from math import *", "table = {}", "table.update(a=floor(5.5))", "np.testing.assert_equal(1, 2)", "plt.show()",
        "def blend(left, right, a):\n    return table['a'] + np.floor(0)"), "blend")
    assert run(program)["blend"](0, 0, 0) == 5


def test_each_statement_stands_in_its_own_line_of_its_cell():
    first, second = "x = 1\n\n\nk = 2; m = k", "print(3)\n@str\ndef sample_pixel(U):\n\n    return m"
    source = handins.program_of(cells_of(first, second), "sample_pixel").source
    assert source.split(handins.CELL) == ["\n\n\nk = 2\nm = k", "\n@str\ndef sample_pixel(U):\n\n    return m\n"]
    assert "x" not in run(handins.program_of(cells_of(first, second), "sample_pixel"))


def test_names_of_parameters_pull_nothing_in():
    program = handins.program_of(cells_of("a = 1 / 0", "def blend(left, right, a):\n    return [a for left in right]"),
                                 "blend")
    assert "1 / 0" not in program.source


def test_a_cell_that_does_not_parse_costs_only_its_own_exercise():
    cells = cells_of("def blend(left, right, a:\n    return 0", "def map_point(theta, x, y):\n    return 0")
    assert "never closed" in handins.program_of(cells, "blend").complaint or handins.program_of(cells, "blend").complaint
    assert handins.program_of(cells, "map_point").source


def test_exercises_are_found_by_metadata_or_else_by_name():
    sources = "def other_name(U, x, y):\n    return 0", SAMPLE_PIXEL
    assert handins.exercises_in(cells_of(*sources, names=("bilinear_weights", None)), EXERCISES) == ["bilinear_weights"]
    assert handins.exercises_in(cells_of(*sources), EXERCISES) == ["sample_pixel"]


def test_predictions_are_answered_or_not():
    cells = cells_of('teach.predict("four_weights", ...)', 'teach.predict("weights_outside", (0, 1))',
                     'teach.predict("stripes")', 'print("four_weights")')
    assert handins.predictions_in(cells) == {"four_weights": False, "weights_outside": True, "stripes": False}
