"""Table 1's harness: cells on tiny data, stopping and killing and going on, records, the summary and its page."""

import json
import signal
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from stn_numpy.data import Digits, load_digits
from stn_numpy.experiments import harness, networks, paper, records, summary, table1
from stn_numpy.modules import MLP, AveragePool, Conv2D, MaxPool, ReLU
from stn_numpy.train import Run

FEW = Digits(*(array[:24] for array in load_digits()))


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    monkeypatch.setattr(table1, "load_digits", lambda: FEW)


CAUTIOUSLY = "--learning-rate", "0.01"       # at 0.1, batches of 8 throw a fresh convolutional network far off


def train(folder, row="st-fcn-aff", column="R", steps=6, *more):
    return table1.main(["--rows", row, "--columns", column, "--seeds", "1", "--steps", str(steps), "--batch-size", "8",
                        "--out", str(folder), *more])


def only_record(folder):
    path, = Path(folder).glob("*.json")
    return records.read_record(path, table1.FORM)


def without_time(record):
    return {key: value for key, value in record.items() if key not in ("seconds", "processor_seconds", "checksum")}


@pytest.mark.parametrize("column", paper.COLUMNS)
@pytest.mark.parametrize("row", networks.ROWS)
def test_each_cell_trains_to_a_record(tmp_path, row, column):
    assert train(tmp_path, row, column, 2, *CAUTIOUSLY) == 0
    record = only_record(tmp_path)
    assert (record["row"], record["column"], record["seed"]) == (row, column, 0)
    assert [point["step"] for point in record["curve"]] == [1, 2]
    assert record["test_error"] == record["curve"][-1]["test_error"]
    configuration = record["configuration"]
    assert configuration["train_digits"] == configuration["test_digits"] == 24
    assert 0.98 * networks.PARAMETERS < configuration["parameters"] <= networks.PARAMETERS
    assert list((tmp_path / harness.UNFINISHED).iterdir()) == []


def test_networks_have_the_sizes_that_the_records_state():
    network, sizes = networks.build("st-fcn-tps", "RTS", (42, 42), np.random.default_rng(0))
    assert sizes["localisation"] == [42 * 42, 32, 32, 32] and sizes["classifier"][0] == 21 * 21 and sizes["pooled"]
    shapes = [param.shape for name, param in network.params.items() if name.endswith("W")]
    assert shapes == [pair for part in ("localisation", "classifier") for pair in zip(sizes[part], sizes[part][1:])]
    assert sizes["parameters"] == sum(param.size for param in network.params.values())
    assert {param.dtype for param in network.params.values()} == {np.dtype(np.float32)}
    images = np.random.default_rng(1).random((3, 1, 42, 42), dtype=np.float32)
    network.forward(images)
    np.testing.assert_allclose(network.children["transformer"].forward(images), images, atol=1e-5)
    assert networks.build("st-fcn-aff", "R", (28, 28), np.random.default_rng(0))[1]["pooled"] is False


def layers_of(network):
    """The shapes of all weights, in the words of a record, without the images that come in."""
    return ["x".join(map(str, (*W.shape[2:], len(W)))) if W.ndim == 4 else W.shape
            for name, W in network.params.items() if name.endswith("W")]


@pytest.mark.parametrize("column, size, seen, framed", [
    ("R", 28, 28, 0), ("RTS", 42, 21, 1), ("TC", 60, 30, 0)])
def test_convolutional_networks_have_the_sizes_that_the_records_state(column, size, seen, framed):
    network, sizes = networks.build("st-cnn-aff", column, (size, size), np.random.default_rng(0))
    transformer, classifier = network.children["transformer"], network.children["classifier"]
    assert sizes["pooled"] is (column in networks.POOLED)
    for module, part, image in ((transformer, "localisation", size // 2), (classifier, "classifier", seen)):
        square, first, second, *units = sizes[part]
        assert square == f"{image}x{image}" and layers_of(module) == [first, second, *zip(units, units[1:])]
    assert sizes["localisation"][1:3] == ["5x5x20", "5x5x20"] and sizes["localisation"][4:] == [20, 6]
    assert sizes["classifier"][1:3] == ["9x9x32", "7x7x64"] and sizes["classifier"][-1] == 10
    images = np.random.default_rng(1).random((3, 1, size, size), dtype=np.float32)
    assert network.forward(images).shape == (3, 10)
    np.testing.assert_array_equal(transformer.forward(images), images)
    halved = transformer.children["localisation"].children["half"].forward(images)
    np.testing.assert_allclose(halved[:, 0, 0, 0], images[:, 0, :2, :2].mean(axis=(1, 2)), rtol=1e-6)
    looked_at = classifier.children["filters1"].forward(np.ones((1, 1, seen, seen), np.float32))
    assert looked_at.shape[2] == (seen if framed else seen - 8)


def test_a_network_without_transformer_sees_the_whole_image():
    network, sizes = networks.build("cnn", "RTS", (42, 42), np.random.default_rng(0))
    assert sizes["classifier"][:4] == ["42x42", "9x9x32", "7x7x64", 64 * 5 * 5]
    assert layers_of(network)[:3] == ["9x9x32", "7x7x64", (1600, sizes["classifier"][4])]
    assert set(sizes) == {"classifier", "parameters"}


def test_unless_they_are_named_convolutional_rows_are_not_trained(capsys):
    assert table1.parse([]).rows == ["fcn", "st-fcn-aff", "st-fcn-proj", "st-fcn-tps"]
    assert table1.parse(["--rows", "cnn,st-cnn-aff"]).rows == ["cnn", "st-cnn-aff"]
    with pytest.raises(SystemExit):
        table1.parse(["--help"])
    assert "a convolutional one takes many times as long" in " ".join(capsys.readouterr().out.split())


def test_the_paper_has_a_figure_for_each_row_and_column_but_some_of_tc():
    assert set(paper.TABLE_1) == set(networks.ROWS)
    assert {(row, column) for row in networks.ROWS for column in paper.COLUMNS if column not in paper.TABLE_1[row]} == {
        (f"st-{kind}-{transform}", "TC") for kind in ("fcn", "cnn") for transform in ("proj", "tps")}
    for column in paper.COLUMNS:
        errors = [paper.TABLE_1[row][column] for row in ("fcn", "cnn", "st-cnn-aff")]
        assert errors == sorted(errors, reverse=True)


def test_a_seed_changes_weights_and_batches_but_not_the_test_digits(tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(table1, "descend", lambda run, *_: runs.append(run))
    for seed in (0, 1):
        table1.train_cell(table1.Cell("fcn", "R", seed), FEW, table1.parse(["--out", str(tmp_path)]), None, "")
    one, two = runs
    assert (one.networks["fcn"].params["layer1.W"] != two.networks["fcn"].params["layer1.W"]).mean() > 0.99
    assert one.rng.bit_generator.state != two.rng.bit_generator.state
    np.testing.assert_array_equal(one.test_images, two.test_images)


def test_several_cells_are_trained_seed_by_seed_and_finished_ones_passed_over(tmp_path, capsys):
    arguments = ["--rows", "fcn", "--columns", "R,E", "--seeds", "2", "--steps", "1", "--batch-size", "4", "--out",
                 str(tmp_path)]
    assert table1.main(arguments) == 0
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [
        f"table1-{column}-fcn-1-steps-seed-{seed}.json" for column in "ER" for seed in (0, 1)]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("cell 1 of 4: fcn R seed 0: step 1 of 1, test error ")
    assert lines[0].endswith(" 0 min left")
    before = {path: path.read_bytes() for path in tmp_path.glob("*.json")}
    assert table1.main(arguments) == 0
    assert "cell 4 of 4: fcn E seed 1 is finished, see table1-E-fcn-1-steps-seed-1.json" in capsys.readouterr().out
    assert before == {path: path.read_bytes() for path in tmp_path.glob("*.json")}


def test_the_schedule_is_the_paper_s_or_a_straight_line_and_the_record_says_which(tmp_path, monkeypatch):
    runs = []
    descend = table1.descend
    monkeypatch.setattr(table1, "descend", lambda run, *rest: (runs.append(run), descend(run, *rest))[1])
    train(tmp_path / "thirds", "fcn", "R", 8)
    train(tmp_path / "linear", "fcn", "R", 8, "--schedule", "linear")
    thirds, linear = [[run.schedule(step) for step in range(8)] for run in runs]
    np.testing.assert_allclose(thirds, [0.1] * 3 + [0.01] * 3 + [0.001] * 2)
    np.testing.assert_allclose(linear, [0.1] * 5 + [0.075, 0.05, 0.025])
    assert only_record(tmp_path / "thirds")["configuration"]["decay_every"] == 3
    configuration = only_record(tmp_path / "linear")["configuration"]
    assert configuration["linear_from"] == 4 and "decay_every" not in configuration


def interrupted(monkeypatch, step, how):
    """Let the next run be interrupted as it is about to take that step."""
    advance = Run.advance

    def interrupt(run):
        if run.step == step:
            monkeypatch.setattr(Run, "advance", advance)
            how()
        advance(run)

    monkeypatch.setattr(Run, "advance", interrupt)


@pytest.mark.parametrize("row", ["st-fcn-aff", "st-cnn-aff"])
def test_a_stopped_cell_goes_on_bit_for_bit(tmp_path, monkeypatch, capsys, row):
    train(tmp_path / "whole", row, "R", 6, *CAUTIOUSLY)
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    assert train(tmp_path / "parts", row, "R", 6, *CAUTIOUSLY) == 130
    assert "stopped; the same command goes on from here" in capsys.readouterr().out
    assert not list((tmp_path / "parts").glob("*.json"))
    assert train(tmp_path / "parts", row, "R", 6, *CAUTIOUSLY) == 0
    out = capsys.readouterr().out
    assert "step 4 of 6" not in out and "step 5 of 6" in out                 # the stop came after the whole of step 4
    assert without_time(only_record(tmp_path / "parts")) == without_time(only_record(tmp_path / "whole"))


class Killed(BaseException):
    """Nothing catches it, like the end of the process."""


def test_a_cell_killed_between_two_checkpoints_goes_on_bit_for_bit(tmp_path, monkeypatch):
    train(tmp_path / "whole", "st-fcn-tps", "E", 60)
    saved = []
    save = Run.save
    monkeypatch.setattr(harness, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(Run, "save", lambda run, *args, **extra: run.step % 25 or (saved.append(run.step),
                                                                                  save(run, *args, **extra)))

    def kill():
        raise Killed

    interrupted(monkeypatch, 31, kill)
    with pytest.raises(Killed):
        train(tmp_path / "parts", "st-fcn-tps", "E", 60)
    assert saved == [25]
    assert train(tmp_path / "parts", "st-fcn-tps", "E", 60) == 0
    assert saved == [25, 50]
    assert without_time(only_record(tmp_path / "parts")) == without_time(only_record(tmp_path / "whole"))


def test_checkpoints_come_by_the_clock_and_time_adds_up_over_stops(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "_clocks", iter(np.arange(0.0, 1000, 25).repeat(2).reshape(-1, 2)).__next__)
    saved = []
    save = Run.save
    monkeypatch.setattr(Run, "save", lambda run, *args, **extra: (saved.append(run.step), save(run, *args, **extra)))
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    train(tmp_path)
    assert saved == [3, 4]                                                   # 75 s after the start, and at the stop
    train(tmp_path)
    assert only_record(tmp_path)["seconds"] == 4 * 25 + 2 * 25 + 25          # four steps, two, and the look at the end


def test_a_checkpoint_of_other_settings_or_a_damaged_one_is_refused(tmp_path, monkeypatch, capsys):
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    train(tmp_path)
    assert train(tmp_path, "st-fcn-aff", "R", 6, "--momentum", "0.5") == 2
    assert "other settings: momentum was 0.9, is now 0.5" in capsys.readouterr().err
    checkpoint, = (tmp_path / harness.UNFINISHED).iterdir()
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    assert train(tmp_path) == 2
    assert f"{checkpoint} is damaged or no checkpoint" in capsys.readouterr().err


def test_a_record_of_other_settings_is_kept_and_the_user_told(tmp_path, capsys):
    train(tmp_path)
    before = only_record(tmp_path)
    assert train(tmp_path, "st-fcn-aff", "R", 6, "--learning-rate", "0.2") == 2
    error = capsys.readouterr().err
    assert "holds this cell with other settings: learning_rate was 0.1, is now 0.2; give another folder" in error
    assert only_record(tmp_path) == before


@pytest.mark.filterwarnings("ignore:step .* looks outside the image")
def test_a_cell_that_diverges_leaves_no_record_and_the_next_is_trained(tmp_path, capsys):
    assert table1.main(["--rows", "fcn", "--columns", "R,P", "--seeds", "1", "--steps", "6", "--batch-size", "4",
                        "--learning-rate", "1e18", "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "fcn R seed 0" in error and "fcn P seed 0" in error and "try a smaller learning rate" in error
    assert not list(tmp_path.glob("*.json"))


def test_after_a_divergence_a_smaller_rate_can_be_given(tmp_path, monkeypatch, capsys):
    def diverge():
        raise FloatingPointError("fcn diverged")

    monkeypatch.setattr(harness, "CHECKPOINT_SECONDS", -1)                   # a checkpoint at each step
    interrupted(monkeypatch, 3, diverge)
    assert train(tmp_path, "fcn") == 1
    assert "error: fcn R seed 0: fcn diverged" in capsys.readouterr().err
    assert list((tmp_path / harness.UNFINISHED).iterdir()) == []
    assert train(tmp_path, "fcn", "R", 6, "--learning-rate", "0.05") == 0


def test_a_cell_whose_checkpoint_cannot_be_used_is_left_out_and_the_next_is_trained(tmp_path, capsys):
    checkpoint = tmp_path / harness.UNFINISHED / "table1-R-fcn-2-steps-seed-0.npz"
    harness.make_folder(checkpoint.parent)
    checkpoint.write_text("some text")
    assert table1.main(["--rows", "fcn", "--columns", "R,E", "--seeds", "1", "--steps", "2", "--batch-size", "4", "--out",
                        str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert f"{checkpoint} is damaged or no checkpoint: it is no .npz archive; delete it, or give another" in error
    assert only_record(tmp_path)["column"] == "E"


def test_a_record_that_came_up_meanwhile_is_not_written_over(tmp_path, monkeypatch, capsys):
    def other_instance():
        record = made_up("fcn", "R", steps=6)
        records.write_record(tmp_path, record, table1.FORM)

    interrupted(monkeypatch, 3, other_instance)
    assert train(tmp_path, "fcn") == 2
    assert "holds this cell with other settings" in capsys.readouterr().err
    assert only_record(tmp_path)["test_error"] == 0.05


def test_a_folder_that_cannot_be_written_to_is_named_before_the_work(tmp_path, monkeypatch, capsys):
    def refuse(dir):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(harness.tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(Run, "advance", lambda run: pytest.fail("it began to work"))
    assert train(tmp_path) == 2
    assert f"cannot write to {tmp_path / harness.UNFINISHED}, Read-only file system" in capsys.readouterr().err


def test_a_training_that_goes_on_elsewhere_says_so_and_its_record_too(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    train(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    train(tmp_path)
    assert "goes on on another processor, with other versions or another number of threads" in capsys.readouterr().out
    record = only_record(tmp_path)
    before, = record["went_on_from"]
    assert (before["machine"]["threads"], record["machine"]["threads"]) == ("3", "4")
    assert before["versions"] == record["versions"] == records.versions()


@pytest.mark.parametrize("error, code, said", [
    (KeyboardInterrupt(), 130, "stopped"), (MemoryError("4 TiB"), 2, "error: there is not enough memory for this: 4 TiB"),
    (OSError(28, "No space left"), 2, "error: [Errno 28] No space left")])
def test_whatever_happens_the_command_ends_in_a_word(monkeypatch, tmp_path, capsys, error, code, said):
    def fail():
        raise error

    monkeypatch.setattr(table1, "load_digits", fail)
    assert train(tmp_path) == code
    assert said in capsys.readouterr().err


def test_options_reach_the_run(tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(table1, "descend", lambda run, settings, *_: runs.append((run, settings)))
    options = table1.parse(["--out", str(tmp_path), "--momentum", "0.7", "--localisation-factor", "0.3"])
    for row in ("st-fcn-aff", "fcn"):
        table1.train_cell(table1.Cell(row, "R", 3), FEW, options, None, "")
    (run, settings), (_, plain) = runs
    optimiser = run.optimisers["st-fcn-aff"]
    assert optimiser.momentum == settings["momentum"] == 0.7
    assert {name.split(".")[0]: factor for name, factor in optimiser.factors.items()} == {
        "transformer": 0.3, "classifier": 1}
    assert settings["localisation_factor"] == 0.3 and plain["localisation_factor"] is None
    wanted, _ = networks.build("st-fcn-aff", "R", (28, 28), np.random.default_rng([3, 1]))
    np.testing.assert_array_equal(run.networks["st-fcn-aff"].params["classifier.layer1.W"],
                                  wanted.params["classifier.layer1.W"])


def test_the_default_is_the_whole_table_as_long_as_the_paper_s_seeds_innermost(tmp_path, monkeypatch):
    options = table1.parse([])
    assert (options.columns, options.seeds, options.steps, options.batch_size, options.schedule) == (
        list(paper.COLUMNS), 3, 150_000, 256, "thirds")
    cells = []
    monkeypatch.setattr(table1, "train_cells", lambda found, *_: cells.extend(found) or 0)
    table1.main(["--rows", "fcn,cnn", "--columns", "R,E", "--seeds", "2", "--out", str(tmp_path)])
    assert cells[:5] == [("fcn", "R", 0), ("fcn", "R", 1), ("fcn", "E", 0), ("fcn", "E", 1), ("cnn", "R", 0)]


def test_the_time_left_counts_the_steps_of_this_start_alone(tmp_path, monkeypatch, capsys):
    clocks = iter(np.arange(0.0, 9000, 60)[:, None] * [1, 0.5])
    monkeypatch.setattr(harness, "_clocks", clocks.__next__)
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    train(tmp_path, "fcn")
    assert capsys.readouterr().out.splitlines()[0].endswith(" 5 min left")
    train(tmp_path, "fcn")
    assert capsys.readouterr().out.splitlines()[0].endswith(" 1 min left")   # step 5 of 6, the first one here
    record = only_record(tmp_path)
    assert record["processor_seconds"] == record["seconds"] / 2


def test_what_was_trained_to_the_end_needs_only_its_record(tmp_path, monkeypatch):
    write = table1.write_record

    def fail_once(*_):
        monkeypatch.setattr(table1, "write_record", write)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(table1, "write_record", fail_once)
    assert train(tmp_path) == 2
    monkeypatch.setattr(Run, "advance", lambda run: pytest.fail("it trained again"))
    assert train(tmp_path) == 0
    assert only_record(tmp_path)["test_error"] >= 0


def test_layers_are_what_the_records_say():
    network, _ = networks.build("st-cnn-aff", "RTS", (42, 42), np.random.default_rng(0))
    assert type(network.children["pool"]) is AveragePool
    assert [type(module) for module in network.children["classifier"].children.values()] == [
        Conv2D, MaxPool, ReLU, Conv2D, MaxPool, ReLU, MLP]
    localisation = network.children["transformer"].children["localisation"]
    assert [type(module) for module in localisation.children.values()] == [
        AveragePool, Conv2D, MaxPool, ReLU, Conv2D, ReLU, MLP]
    images = np.random.default_rng(1).random((4, 1, 42, 42), dtype=np.float32)
    network.forward(images)
    network.backward(np.random.default_rng(2).standard_normal((4, 10)).astype(np.float32))
    bias = network.grads["transformer.localisation.units.layer2.b"]
    assert np.abs(bias).max() > 1e-6                                         # an integer sampler's would be 0


def test_a_record_tells_the_digits_apart():
    other = FEW._replace(test_images=255 - FEW.test_images, test_labels=FEW.test_labels[:20])
    one, two = records.digits_stated(FEW), records.digits_stated(other)
    assert (two["train_digits"], two["test_digits"]) == (24, 20) and one["digits_sha256"] != two["digits_sha256"]


@pytest.mark.parametrize("option, value, wanted", [
    ("--rows", "fcn,st-fcn", "must be some of fcn,cnn,st-fcn-aff,st-fcn-proj,st-fcn-tps,st-cnn-aff,st-cnn-proj,"
     "st-cnn-tps, each once, got 'fcn,st-fcn'"),
    ("--rows", "cnn,cnn", f"must be some of {','.join(networks.ROWS)}, each once, got 'cnn,cnn'"),
    ("--columns", "S", "must be some of R,RTS,P,E,TC, each once, got 'S'"),
    ("--seeds", "0", "must be a whole number from 1, got '0'"),
    ("--steps", "99999999999999999999", "must be a whole number from 1 to below 1000000000, got '99999999999999999999'"),
    ("--steps", "1e3", "must be a whole number from 1, got '1e3'"),
    ("--batch-size", "-4", "must be a whole number from 1, got '-4'"),
    ("--learning-rate", "nan", "must be a number above 0, got 'nan'"),
    ("--learning-rate", "inf", "must be a number above 0, got 'inf'"),
    ("--localisation-factor", "0", "must be a number above 0, got '0'"),
    ("--schedule", "cosine", "invalid choice: 'cosine' (choose from"),
    ("--momentum", "1", "must be a number from 0 to below 1, got '1'"),
])
def test_bad_options_are_answered_clearly(option, value, wanted, capsys):
    with pytest.raises(SystemExit) as stop:
        table1.main([option, value])
    assert stop.value.code == 2
    assert f"{option}: {wanted}" in capsys.readouterr().err


def test_folders_that_cannot_be_used_are_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert train(tmp_path / "file") == 2
    assert f"cannot write to {tmp_path / 'file' / harness.UNFINISHED}, " in capsys.readouterr().err
    assert train(tmp_path, "fcn", "R", 2, "--mnist", str(tmp_path / "nowhere")) == 2
    assert f"There is no folder {tmp_path / 'nowhere'}" in capsys.readouterr().err


def made_up(row="fcn", column="R", seed=0, error=0.05, steps=2000, digits=60_000, linear=False):
    """A record as a finished cell would leave it."""
    curve = [{"step": steps * k // 4, "loss": 1.0, "train_error": error / 2, "test_error": error * (5 - k),
              "inside": 1.0, "determinant": 1.0} for k in (1, 2, 3, 4)]
    decay = {"linear_from": steps // 2} if linear else {"decay_every": 7}
    configuration = {"steps": steps, "batch_size": 256, "learning_rate": 0.1, **decay, "momentum": 0.9,
                     "localisation_factor": None if row == "fcn" else 0.1, "dtype": "float32",
                     "classifier": [784, 349, 349, 10], "parameters": 399_615, "train_digits": digits,
                     "test_digits": 10_000, "digits_sha256": "0" * 16}
    return {"experiment": "table1", "row": row, "column": column, "seed": seed, "configuration": configuration,
            "curve": curve, "test_error": error, "seconds": 90.0, "processor_seconds": 120.0,
            "versions": records.versions(), "machine": records.machine()}


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
    with pytest.raises(ValueError, match="seed-7.json .*holds belongs into table1-R-fcn-2000-steps-seed-0.json"):
        records.read_record(moved, table1.FORM)


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
    monkeypatch.setattr(summary.plots, "save", lambda *_: None)


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
    group, = summary.same_effort([one, two])
    assert list(group) == ["fcn", "st-fcn-aff"]
    two["configuration"][key] = 1
    assert summary.same_effort([one, two]) == []


def test_columns_and_factors_are_not_mixed_up_where_rows_are_compared():
    assert summary.same_effort([made_up("fcn", "R"), made_up("st-fcn-aff", "E")]) == []
    other = [made_up("st-fcn-aff", seed=seed, error=0.3) for seed in (1, 2)]
    for record in other:
        record["configuration"]["localisation_factor"] = 0.5
    group, = summary.same_effort([made_up("fcn"), made_up("st-fcn-aff"), *other])
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
    assert not list(tmp_path.glob("*.png"))


def test_the_committed_page_agrees_with_the_committed_records():
    part = summary.part_of_page(records.read_records(summary.RESULTS, table1.FORM), summary.RESULTS, summary.PAGE)
    assert f"{summary.BEGIN}\n\n{part}\n\n{summary.END}" in summary.PAGE.read_text(encoding="utf-8")
    for name in summary.PICTURES:
        assert (summary.RESULTS / name).read_bytes().startswith(b"\x89PNG")
