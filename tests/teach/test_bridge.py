"""The bridge to PyTorch: every line of its table against PyTorch's recorded answers, and how lines are shown."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from stn_numpy.teach import bridge
from stn_numpy.teach.notebooks.files import bridges, code_cells, read

every_line = pytest.mark.parametrize("line", bridge.LINES, ids=lambda line: line.name)


@every_line
def test_pytorch_agrees_where_the_convention_is_minded(line):
    ours, theirs = line.ours(), bridge.recorded(line, bridge.AGREE)
    assert ours.keys() == theirs.keys()
    assert {array.dtype for array in theirs.values()} == {np.dtype(np.float64)}
    assert bridge.largest_difference(ours, theirs) < 1e-10


@every_line
def test_pytorch_answers_something_else_where_it_is_not(line):
    assert bridge.largest_difference(line.ours(), bridge.recorded(line, bridge.CARELESS)) > 1e-9


def careless(name):
    [line] = [line for line in bridge.LINES if line.name == name]
    return line.ours(), bridge.recorded(line, bridge.CARELESS)


def test_what_the_conventions_say_of_the_kinks_is_so():
    (ours, theirs) = [answer["dgrid_x"].ravel() for answer in careless("kinks")]
    assert theirs[0] == 0 != ours[0], "0 on the edge pixel"
    assert (theirs[1:] == ours[1:]).all(), "and the right-hand slope within the row"
    ours, theirs = careless("relu")
    assert ours["dx"].tolist() == [0, 1, 1] and theirs["dx"].tolist() == [0, 0, 1]
    ours, theirs = [answer["V"].ravel().tolist() for answer in careless("nearest")]
    assert ours == [5, 4, 8] and theirs == [3, 4, 4], "pixels 1, 2, 3 and pixels 0, 2, 2"
    ours, theirs = careless("max_pool")
    assert ours["dU"].ravel().tolist() == [0, 1, 0, 0] and theirs["dU"].ravel().tolist() == [0, 0.5, 0.5, 0]


def test_what_the_conventions_say_of_loss_and_descent_is_so():
    ours, theirs = careless("loss")
    assert theirs["loss"] == pytest.approx(2 * ours["loss"]), "the sum over a batch of two"
    ours, theirs = careless("gradients")
    assert (theirs["dx"] == 2 * ours["dx"]).all()
    ours, theirs = [abs(answer["W"] - [1, 2]).sum() for answer in careless("momentum")]
    assert theirs < ours, "past steps shrink with the rate"
    assert careless("precision")[1]["x"].dtype == np.float32


def without_pytorch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)


@every_line
def test_a_line_is_shown_with_recorded_answers_where_there_is_no_pytorch(line, capsys, monkeypatch):
    without_pytorch(monkeypatch)
    bridge.show(line.name)
    shown = capsys.readouterr().out
    assert f"def {line.name}_ours(" in shown and f"def {line.name}_theirs(torch" in shown
    assert shown.count("recorded") == 2 and str(line.careless).strip("{}").split(":")[0].strip("'") in shown


def test_where_pytorch_is_it_is_asked(capsys, monkeypatch):
    class Tensor(np.ndarray):
        def detach(self):
            return self

        def numpy(self):
            return np.asarray(self)

    torch = types.ModuleType("torch")
    torch.__version__, torch.float64 = "9.9", "float64"
    torch.tensor = lambda values, dtype: np.array(values, dtype or "float32").view(Tensor)
    monkeypatch.setitem(sys.modules, "torch", torch)
    bridge.show("precision")
    shown = capsys.readouterr().out
    assert "PyTorch 9.9:" in shown and "recorded" not in shown and "difference 0e+00, with dtype=None 3e-09" in shown


def test_a_line_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="name must be one of .*'affine_grid'.* got 'lstm'"):
        bridge.show("lstm")


@pytest.mark.parametrize("name, words", [
    ("nearest", "ROW (1, 1, 1, 5): 3.0000  5.0000  4.0000  8.0000  2.0000\n"),
    ("momentum", "RATES (4,): 0.1000  0.1000  0.0100"),
    ("loss", "LABELS (2,): 2  0"),
    ("average_pool", "with ceil_mode=True another shape"), ("precision", "x        (2,) float32: 0.1000")])
def test_names_in_capitals_shapes_and_types_are_shown(name, words, capsys, monkeypatch):
    without_pytorch(monkeypatch)
    bridge.show(name)
    assert words in capsys.readouterr().out


def test_a_difference_of_shape_is_infinite():
    assert bridge.largest_difference({"V": np.zeros(2)}, {"V": np.zeros(3)}) == np.inf
    assert bridge.largest_difference({"V": np.zeros(2), "U": np.ones(1)}, {"V": np.ones(2), "U": np.ones(1)}) == 1


def test_the_notebook_has_the_table_and_shows_every_line():
    [notebook] = [read(path) for path in bridges() if "pytorch" in Path(path).stem]
    assert any(bridge.table() in cell.source for cell in notebook.cells)
    shown = "\n".join(cell.source for cell in code_cells(notebook))
    assert [line.name for line in bridge.LINES if f'teach.bridge.show("{line.name}")' not in shown] == []
