"""The summary of Table 1: which record counts, the table, the pictures and the page."""

import matplotlib.image
import numpy as np
import pytest
from table1_cells import made_up

from stn_numpy.experiments import networks, paper, records, summary, table1


def cnn_made_up():
    record = made_up("cnn", "RTS", error=0.0077)
    sizes = {"classifier": ["42x42", "9x9x32", "7x7x64", 1600, 184, 10], "parameters": 399_474}
    return {**record, "configuration": {**record["configuration"], **sizes, "localisation_factor": None}}


def write_made_up(folder):
    for record in (made_up(error=0.05), made_up(seed=1, error=0.07),
                   cnn_made_up(), made_up("st-fcn-aff", "RTS", error=0.0123, linear=True),
                   made_up("st-fcn-aff", "RTS", error=0.5, steps=1000),
                   made_up("fcn", "P", error=0.4, steps=500, digits=4000),
                   made_up("fcn", "P", error=0.035, steps=200)):
        records.write_record(folder, record, table1.FORM)


@pytest.fixture
def no_pictures(monkeypatch):
    monkeypatch.setattr(summary, "save", lambda *_: None)


@pytest.mark.usefixtures("no_pictures")
def test_the_summary_puts_the_right_figures_into_the_right_cells(tmp_path, capsys):
    write_made_up(tmp_path)
    assert summary.main(["--results", str(tmp_path)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["FCN", "paper", "2.1", "5.2", "3.1", "3.2", "13.2"]
    assert lines[2] == ["ours", "6.00", "±", "1.41", "–", "3.50", "–", "–"]
    assert lines[3] == ["steps", "2,000", "x", "2", "200", "x", "1"]
    assert lines[4] == ["CNN", "paper", "1.2", "0.8", "1.5", "1.4", "3.5"]
    assert lines[5] == ["ours", "–", "0.77", "–", "–", "–"]
    assert lines[8] == ["ours", "–", "1.23", "–", "–", "–"]
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert ("| FCN | **6.00 ± 1.41** (2.1)<br>2,000 x 2 | – (5.2) | **3.50** (3.1)<br>200 x 1 | – (3.2) | – (13.2) |\n"
            "| CNN | – (1.2) | **0.77** (0.8)<br>2,000 x 1 | – (1.5) | – (1.4) | – (3.5) |\n"
            "| ST-FCN Aff | – (1.2) | **1.23** (0.8)<br>2,000 x 1 | – (1.5) | – (2.7) | – (2.0) |") in page
    how = "FCN, R | 6.00 ± 1.41 | 3.00 | 2.1 | 2,000 | 2 | 256 | thirds | 0.1 | 0.9 | – | 784-349-349-10 | 399,615 | 60,000 | 2"
    assert how in page
    assert "ST-FCN Aff, RTS | 1.23 | 0.61 | 0.8 | 2,000 | 1 | 256 | linear | 0.1 | 0.9 | 0.1 |" in page
    assert "42x42-9x9x32-7x7x64-1600-184-10 | 399,474" in page


def test_the_pictures_are_opaque_and_show_what_was_run(tmp_path):
    write_made_up(tmp_path)
    summary.main(["--results", str(tmp_path)])
    for name in summary.PICTURES:
        picture = matplotlib.image.imread(tmp_path / name)
        assert (picture[..., 3] == 1).all() and (picture[0, 0, :3] == 1).all() and picture.std() > 0.05
    results = summary.results_of(records.read_records(tmp_path, table1.FORM))
    panels = summary.pictures.errors(results).axes
    assert [[bar.get_height() for bar in panel.patches] for panel in panels] == [
        pytest.approx([6.0]), pytest.approx([0.77, 1.23]), pytest.approx([3.5]), [], []]
    solid, hollow = panels[0].patches[0], panels[1].patches[0]
    assert solid.get_facecolor() == solid.get_edgecolor() == hollow.get_edgecolor() != hollow.get_facecolor()
    assert (solid.get_hatch(), hollow.get_hatch()) == (None, "///")
    curves = summary.pictures.learning_curves(results).axes
    points = [[500, 4.92], [1000, 3.69], [1500, 2.46], [2000, 1.23]]
    cnn, _, st_fcn, _ = curves[1].lines                                      # each with the paper's triangle
    np.testing.assert_allclose(st_fcn.get_xydata(), points)
    assert cnn.get_markerfacecolor() == "white" != st_fcn.get_markerfacecolor()
    assert [line.get_ydata()[0] for line in curves[1].lines if line.get_marker() == "<"] == [0.8, 0.8]
    whisker, = [line for line in panels[0].lines if line.get_marker() == "_"]
    np.testing.assert_allclose(whisker.get_ydata(), [5, 7])
    in_the_paper = [line.get_ydata()[0] for line in panels[1].lines]
    assert in_the_paper == [paper.TABLE_1[row]["RTS"] for row in networks.ROWS]
    legend, = curves[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["FCN", "CNN", "ST-FCN Aff"]
    assert [[text.get_text() for text in panel.texts] for panel in curves] == [[], [], [], ["not run"], ["not run"]]


@pytest.mark.usefixtures("no_pictures")
def test_rows_that_were_trained_alike_stand_side_by_side(tmp_path):
    write_made_up(tmp_path)
    for record in (made_up("fcn", "RTS", error=0.0456), made_up("fcn", "RTS", seed=1, error=0.0656)):
        records.write_record(tmp_path, record, table1.FORM)
    summary.main(["--results", str(tmp_path)])
    assert ("| trained alike | FCN | CNN |\n| --- | --- | --- |\n"
            "| RTS, 2,000 steps of 256, thirds | **5.56 ± 1.41** (5.2) | **0.77** (0.8) |\n\n") in (
                tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", ["digits_sha256", "steps", "batch_size", "learning_rate", "linear_from", "decay_every",
                                 "momentum"])
def test_rows_are_alike_only_where_each_setting_agrees(key):
    one, two = made_up("fcn"), made_up("st-fcn-aff")
    group, = summary.trained_alike([one, two])
    assert list(group) == ["fcn", "st-fcn-aff"]
    two["configuration"][key] = 1
    assert summary.trained_alike([one, two]) == []


def test_columns_come_in_their_order_and_longer_trainings_first():
    cells = [("R", 1000), ("R", 2000), ("E", 500), ("RTS", 10)]
    made = [made_up(row, column, steps=steps) for column, steps in cells for row in ("fcn", "st-fcn-aff")]
    groups = [group["fcn"].records[0] for group in summary.trained_alike(made)]
    assert [(record["column"], record["configuration"]["steps"]) for record in groups] == [
        ("R", 2000), ("R", 1000), ("RTS", 10), ("E", 500)]


def test_columns_and_factors_are_not_mixed_up_where_rows_are_compared():
    assert summary.trained_alike([made_up("fcn", "R"), made_up("st-fcn-aff", "E")]) == []
    other = [made_up("st-fcn-aff", seed=seed, error=0.3) for seed in (1, 2)]
    for record in other:
        record["configuration"]["localisation_factor"] = 0.5
    group, = summary.trained_alike([made_up("fcn"), made_up("st-fcn-aff"), *other])
    np.testing.assert_allclose(group["st-fcn-aff"].errors, [30, 30])


@pytest.mark.parametrize("linear", [True, False])
def test_more_seeds_count_more_and_then_the_paper_s_schedule(linear):
    few, more = made_up(linear=linear), [made_up(seed=seed, linear=not linear) for seed in (1, 2)]
    assert summary.results_of([few, *more])["fcn", "R"].records == more
    assert "decay_every" in summary.results_of([few, more[0]])["fcn", "R"].configuration


@pytest.mark.usefixtures("no_pictures")
def test_the_page_keeps_what_stands_outside_the_markers(tmp_path):
    write_made_up(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"above\n{summary.BEGIN}\nstale 9.99\n{summary.END}\nbelow\n")
    summary.main(["--results", str(tmp_path), "--page", str(page)])
    text = page.read_text(encoding="utf-8")
    assert text.startswith("above\n") and text.endswith("below\n") and "9.99" not in text and "**1.23**" in text
    summary.main(["--results", str(tmp_path), "--page", str(page)])
    assert page.read_text(encoding="utf-8") == text


@pytest.mark.usefixtures("no_pictures")
def test_a_page_without_markers_or_a_folder_without_records_is_refused(tmp_path, capsys):
    assert summary.main(["--results", str(tmp_path)]) == 2
    assert f"there are no records of Table 1 in {tmp_path}" in capsys.readouterr().err
    write_made_up(tmp_path)
    (tmp_path / "page.md").write_text("precious")
    assert summary.main(["--results", str(tmp_path), "--page", str(tmp_path / "page.md")]) == 2
    assert "must have once the line <!-- table1: begin" in capsys.readouterr().err
    assert (tmp_path / "page.md").read_text() == "precious"
    (tmp_path / "page.md").write_text(f"{summary.END}\n{summary.BEGIN}\n")
    assert summary.main(["--results", str(tmp_path), "--page", str(tmp_path / "page.md")]) == 2
    assert not list(tmp_path.glob("*.png"))


def test_the_committed_page_agrees_with_the_committed_records():
    part = summary.part_of_page(records.read_records(summary.RESULTS, table1.FORM), summary.RESULTS, summary.PAGE)
    assert f"{summary.BEGIN}\n\n{part}\n\n{summary.END}" in summary.PAGE.read_text(encoding="utf-8")
    for name in summary.PICTURES:
        assert (summary.RESULTS / name).read_bytes().startswith(b"\x89PNG")
