"""Records: what they hold, and that none is believed which is damaged, changed or foreign, nor written over."""

import json

import pytest
from table1_cells import FEW, interrupted, made_up, only_record, train, without_time

from stn_numpy.experiments import records, summary, table1


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    monkeypatch.setattr(table1, "load_digits", lambda: FEW)


def test_a_record_that_came_up_meanwhile_is_not_written_over(tmp_path, monkeypatch, capsys):
    def other_instance():
        record = made_up("fcn", "R", steps=6)
        records.write_record(tmp_path, record, table1.FORM)

    interrupted(monkeypatch, 3, other_instance)
    assert train(tmp_path, "fcn") == 2
    assert "holds a training with other settings" in capsys.readouterr().err
    assert only_record(tmp_path)["test_error"] == 0.05


def test_a_record_tells_the_digits_apart():
    other = FEW._replace(test_images=255 - FEW.test_images, test_labels=FEW.test_labels[:20])
    one, two = records.digits_stated(FEW), records.digits_stated(other)
    assert (two["train_digits"], two["test_digits"]) == (24, 20) and one["digits_sha256"] != two["digits_sha256"]
    third = records.digits_stated(FEW._replace(train_images=255 - FEW.train_images))
    assert third["digits_sha256"] not in (one["digits_sha256"], two["digits_sha256"])


def test_a_record_comes_back_as_it_was_written(tmp_path):
    path = records.write_record(tmp_path, made_up(), table1.FORM)
    assert path.name == "table1-R-fcn-2000-steps-seed-0.json"
    read = records.read_record(path, table1.FORM)
    assert without_time(read) == without_time(made_up()) and read["seconds"] == 90.0


def test_a_record_names_processor_and_threads_but_neither_host_nor_paths(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    machine = records.machine()
    assert set(machine) == {"processor", "vector_instructions", "cores", "threads"}
    assert machine["processor"] and machine["threads"] == "7"
    assert all(isinstance(name, str) for name in machine["vector_instructions"])


def spoil(path, kind):
    text = path.read_text()
    if kind == "truncated":
        path.write_text(text[:len(text) // 2])
    elif kind == "empty":
        path.write_text("")
    elif kind == "bytes":
        path.write_bytes(b"\xff\xfe\x00")
    elif kind == "figure":
        path.write_text(text.replace('"test_error": 0.05,\n "seconds"', '"test_error": 0.01,\n "seconds"'))
    elif kind == "list":
        path.write_text("[1, 2]")
    elif kind == "foreign":
        path.write_text('{"name": "somebody"}')
    elif kind == "type":
        path.write_text(text.replace('"seed": 0', '"seed": "0"'))
    elif kind == "deep":
        path.write_text("[" * 100_000)
    else:
        record = json.loads(text)
        point = record["curve"][-1]
        change = {"experiment": {"experiment": "addition"}, "row": {"row": "fcnn"}, "empty curve": {"curve": []},
                  "curve of words": {"curve": ["a"]}, "error": {"test_error": 0.04},
                  "beyond": {"test_error": -3.0, "curve": [{**point, "test_error": -3.0}]},
                  "steps": {"configuration": {**record["configuration"], "steps": "many"}},
                  "momentum": {"configuration": {key: value for key, value in record["configuration"].items()
                                                 if key != "momentum"}}}[kind]
        path.write_text(json.dumps({**record, **change, "checksum": records.checksum({**record, **change})}))


@pytest.mark.parametrize("kind, wanted", [
    ("truncated", "damaged or no record"), ("empty", "damaged or no record"), ("bytes", "damaged or no record"),
    ("figure", "its checksum is wrong"), ("list", "wanted an object with experiment, seed, configuration"),
    ("foreign", "'experiment' is missing"), ("type", "'seed' must be of type int, got '0'"),
    ("experiment", "it is of the experiment 'addition'"), ("deep", "damaged or no record"),
    ("row", "there is no row 'fcnn' with a column 'R'"), ("empty curve", "'curve' must hold points with step"),
    ("curve of words", "'curve' must hold points with step"), ("error", "'test_error' must be the last of the curve"),
    ("beyond", "'test_error' must be the last of the curve, from 0 to 1, got -3.0"),
    ("steps", "'steps' must be of type int, got 'many'"), ("momentum", "'momentum' is missing"),
])
def test_the_summary_refuses_a_damaged_or_foreign_record_by_name(tmp_path, capsys, kind, wanted):
    path = records.write_record(tmp_path, made_up(), table1.FORM)
    spoil(path, kind)
    assert summary.main(["--results", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert str(path) in error and wanted in error
    assert [file.name for file in tmp_path.iterdir()] == [path.name]         # nothing was drawn


def test_a_record_under_another_name_is_refused(tmp_path):
    path = records.write_record(tmp_path, made_up(), table1.FORM)
    moved = path.rename(tmp_path / "table1-R-fcn-2000-steps-seed-7.json")
    with pytest.raises(ValueError, match="seed-7.json .*holds belongs in table1-R-fcn-2000-steps-seed-0.json"):
        records.read_record(moved, table1.FORM)


def test_settings_that_only_one_of_two_trainings_has_are_named():
    with pytest.raises(ValueError, match="other settings: decay_every was 7, is now None, linear_from was None, is now 9"):
        records.check_same("path", {"steps": 1, "decay_every": 7}, {"steps": 1, "linear_from": 9})
