"""The summary of Table 1: which record counts, the table, the pictures and the page."""

import matplotlib.image
import numpy as np
import pytest
from table1_cells import made_up

from stn_numpy.data import load_digits
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
    assert summary.main(["--results", str(tmp_path), "--write"]) == 0
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
    how = ("FCN, R | 6.00 ± 1.41 | 3.00 | 2.1 | 2,000 | 2 | 256 | thirds | 0.1 | 0.9 | – | 784-349-349-10 | "
           "399,615 | 60,000 | 2")
    assert how in page
    assert "ST-FCN Aff, RTS | 1.23 | 0.61 | 0.8 | 2,000 | 1 | 256 | linear | 0.1 | 0.9 | 0.1 |" in page
    assert "42x42-9x9x32-7x7x64-1600-184-10 | 399,474" in page


def test_the_pictures_are_opaque_and_show_what_was_run(tmp_path):
    write_made_up(tmp_path)
    summary.main(["--results", str(tmp_path), "--write"])
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
    [whisker] = [line for line in panels[0].lines if line.get_marker() == "_"]
    np.testing.assert_allclose(whisker.get_ydata(), [6 - 2 ** 0.5, 6 + 2 ** 0.5])
    assert [text.get_text() for text in panels[0].texts] == ["6.00\n±1.41"]
    in_the_paper = [line.get_ydata()[0] for line in panels[1].lines]
    assert in_the_paper == [paper.TABLE_1[row]["RTS"] for row in networks.ROWS]
    [legend] = curves[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["FCN", "CNN", "ST-FCN Aff"]
    assert [[text.get_text() for text in panel.texts] for panel in curves] == [[], [], [], ["not run"], ["not run"]]


@pytest.mark.usefixtures("no_pictures")
def test_rows_that_were_trained_alike_stand_side_by_side(tmp_path):
    write_made_up(tmp_path)
    for record in (made_up("fcn", "RTS", error=0.0456), made_up("fcn", "RTS", seed=1, error=0.0656)):
        records.write_record(tmp_path, record, table1.FORM)
    summary.main(["--results", str(tmp_path), "--write"])
    assert ("| trained alike | FCN | CNN |\n| --- | --- | --- |\n"
            "| RTS, 2,000 steps of 256, thirds | **5.56 ± 1.41** (5.2) | **0.77** (0.8) |\n\n") in (
                tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", ["digits_sha256", "steps", "batch_size", "learning_rate", "linear_from", "decay_every",
                                 "momentum"])
def test_rows_are_alike_only_where_each_setting_agrees(key):
    one, two = made_up("fcn"), made_up("st-fcn-aff")
    [group] = summary.trained_alike([one, two])
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
    [group] = summary.trained_alike([made_up("fcn"), made_up("st-fcn-aff"), *other])
    np.testing.assert_allclose(group["st-fcn-aff"].errors, [30, 30])


@pytest.mark.parametrize("linear", [True, False])
def test_more_seeds_count_more_and_then_the_paper_s_schedule(linear):
    few, more = made_up(linear=linear), [made_up(seed=seed, linear=not linear) for seed in (1, 2)]
    assert summary.results_of([few, *more])["fcn", "R"].records == more
    assert "decay_every" in summary.results_of([few, more[0]])["fcn", "R"].configuration


def test_a_rate_that_held_out_digits_chose_counts_before_steps(monkeypatch):
    long, short = made_up(), made_up()
    short["configuration"] = {**short["configuration"], "steps": 10, "learning_rate": 0.007}
    assert summary.results_of([long, short])["fcn", "R"].records == [long]
    monkeypatch.setitem(summary.CHOSEN_RATES, ("fcn", "R"), 0.007)
    assert summary.results_of([long, short])["fcn", "R"].records == [short]


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
    assert summary.main(["--results", str(tmp_path), "--write"]) == 2
    assert f"there are no records of Table 1 in {tmp_path}" in capsys.readouterr().err
    write_made_up(tmp_path)
    begin, end = summary.BEGIN, summary.END
    for text in ("precious", f"{begin}\n{begin}\n{end}\n", f"{begin}\n{end}\n{end}\n", f"{end}\n{begin}\n"):
        (tmp_path / "page.md").write_text(text)
        assert summary.main(["--results", str(tmp_path), "--page", str(tmp_path / "page.md")]) == 2
        assert "must have once the line <!-- table1: begin" in capsys.readouterr().err
        assert (tmp_path / "page.md").read_text() == text
    (tmp_path / "page.md").write_text(f"{summary.END}\n{summary.BEGIN}\n")
    assert summary.main(["--results", str(tmp_path), "--page", str(tmp_path / "page.md")]) == 2
    (tmp_path / "page.md").write_bytes(b"\xff")
    assert summary.main(["--results", str(tmp_path), "--page", str(tmp_path / "page.md")]) == 2
    assert f"{tmp_path / 'page.md'} is not text in UTF-8" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.png"))


def test_unless_it_is_asked_the_summary_writes_nothing(tmp_path, capsys):
    write_made_up(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert summary.main(["--results", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "6.00 ± 1.41" in out and "written" not in out and sorted(tmp_path.iterdir()) == before


def test_what_held_out_digits_judged_is_never_shown():
    judged = made_up(error=0.001)
    judged["configuration"]["held_out"] = True
    assert summary.results_of([judged]) == {} == summary.results_of([])
    assert str(summary.results_of([judged, made_up()])["fcn", "R"]) == "5.00"
    assert summary.trained_alike([judged, made_up("st-fcn-aff")]) == []


def test_records_made_elsewhere_are_merged(tmp_path, capsys):
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder, seed in ((here, 0), (elsewhere, 0), (elsewhere, 1)):
        folder.mkdir(exist_ok=True)
        records.write_record(folder, made_up(seed=seed, error=0.05 + 0.02 * seed), table1.FORM)
    assert summary.main(["--results", str(here), "--merge", str(elsewhere)]) == 0
    out = capsys.readouterr().out
    assert "merged 1 new records: table1-R-fcn-2000-steps-seed-1.json\n" in out and "6.00 ± 1.41" in out
    assert summary.main(["--results", str(here), "--merge", str(elsewhere)]) == 0
    assert "merged 0 new records: all were there already" in capsys.readouterr().out


@pytest.mark.parametrize("spoil, wanted", [
    (lambda record: {**record, "test_error": 0.04, "curve": [{**record["curve"][-1], "test_error": 0.04}]},
     "has a test error of 4.00%"),
    (lambda record: {**record, "configuration": {**record["configuration"], "momentum": 0.5}},
     "other settings: momentum was 0.9, is now 0.5"),
    (None, "damaged or no record"),
])
def test_one_record_that_does_not_fit_stops_the_merge_before_anything_is_copied(tmp_path, capsys, spoil, wanted):
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here, elsewhere):
        folder.mkdir()
    records.write_record(here, made_up(), table1.FORM)
    records.write_record(elsewhere, made_up("cnn"), table1.FORM)             # comes first, and is fit to be copied
    if spoil:
        records.write_record(elsewhere, spoil(made_up()), table1.FORM)
    else:
        (elsewhere / "table1-R-fcn-2000-steps-seed-0.json").write_text("{")
    before = sorted(here.iterdir())
    assert summary.main(["--results", str(here), "--merge", str(elsewhere)]) == 2
    assert wanted in capsys.readouterr().err and sorted(here.iterdir()) == before
    assert summary.main(["--results", str(here), "--merge", str(tmp_path)]) == 2
    assert f"there are no records of Table 1 in {tmp_path}" in capsys.readouterr().err


def test_every_record_of_the_package_is_on_its_page():
    known = records.read_records(summary.RESULTS, table1.FORM)
    shown = [*summary.results_of(known).values(), *(result for group in summary.trained_alike(known)
                                                    for result in group.values())]
    names = {table1.FORM.name(record) for result in shown for record in result.records}
    assert names == {path.name for path in summary.RESULTS.glob("table1-*.json")}


def test_a_record_made_before_the_rooms_is_that_of_todays_command():
    record = records.read_record(summary.RESULTS / "table1-RTS-st-fcn-aff-40000-steps-linear-seed-0.json", table1.FORM)
    options = table1.parse(["--steps", "40000", "--schedule", "linear"])
    _, settings = table1.prepare(table1.Cell("st-fcn-aff", "RTS", 0), load_digits(), options)
    other_digits = ("train_digits", "test_digits", "digits_sha256")
    assert record["test_error"] == 0.0091
    assert {key: record["configuration"][key] for key in settings if key not in other_digits} == {
        key: value for key, value in settings.items() if key not in other_digits}


def test_the_committed_page_agrees_with_the_committed_records():
    part = summary.part_of_page(records.read_records(summary.RESULTS, table1.FORM), summary.RESULTS, summary.PAGE)
    assert f"{summary.BEGIN}\n\n{part}\n\n{summary.END}" in summary.PAGE.read_text(encoding="utf-8")
    for name in summary.PICTURES:
        assert (summary.RESULTS / name).read_bytes().startswith(b"\x89PNG")
