"""Table 1's command: its networks, cells on tiny data, seeds, schedules and options."""

import numpy as np
import pytest
from table1_cells import CAUTIOUSLY, FEW, only_record, train

from stn_numpy.data import Digits
from stn_numpy.experiments import harness, networks, paper, table1
from stn_numpy.network.modules import MLP, AveragePool, Conv2D, MaxPool, ReLU


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    monkeypatch.setattr(table1, "load_digits", lambda: FEW)


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


def test_a_record_of_other_settings_is_kept_and_the_user_told(tmp_path, capsys):
    train(tmp_path)
    before = only_record(tmp_path)
    assert train(tmp_path, "st-fcn-aff", "R", 6, "--learning-rate", "0.2") == 2
    error = capsys.readouterr().err
    assert "holds a training with other settings: learning_rate was 0.1, is now 0.2; give another folder" in error
    assert only_record(tmp_path) == before


def test_a_cell_that_diverges_leaves_no_record_and_the_next_is_trained(tmp_path, capsys):
    assert table1.main(["--rows", "fcn", "--columns", "R,P", "--seeds", "1", "--steps", "6", "--batch-size", "4",
                        "--learning-rate", "1e18", "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "fcn R seed 0" in error and "fcn P seed 0" in error and "try a smaller learning rate" in error
    assert not list(tmp_path.glob("*.json"))


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
        list(paper.COLUMNS), [0, 1, 2], 150_000, 256, "thirds")
    cells = []
    monkeypatch.setattr(table1, "train_cells", lambda found, *_: cells.extend(found) or 0)
    table1.main(["--rows", "fcn,cnn", "--columns", "R,E", "--seeds", "2", "--out", str(tmp_path)])
    assert cells[:5] == [("fcn", "R", 0), ("fcn", "R", 1), ("fcn", "E", 0), ("fcn", "E", 1), ("cnn", "R", 0)]


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


@pytest.mark.parametrize("text, wanted", [("3", [0, 1, 2]), ("1", [0]), ("1,2", [1, 2]), ("1,", [1]), ("4,0", [4, 0])])
def test_seeds_are_a_number_of_them_or_named_with_commas(text, wanted):
    assert table1.parse(["--seeds", text]).seeds == wanted


def test_held_out_digits_judge_in_place_of_the_test_digits_and_the_record_says_so(tmp_path):
    assert train(tmp_path, "fcn", "R", 2, "--held-out") == 0
    [path] = tmp_path.glob("*.json")
    record = only_record(tmp_path)
    assert path.name == "table1-R-fcn-2-steps-held-out-seed-0.json" and record["configuration"]["held_out"] is True
    assert (record["configuration"]["train_digits"], record["configuration"]["test_digits"]) == (20, 4)
    held = table1.hold_out(FEW)
    np.testing.assert_array_equal(np.concatenate([held.train_images, held.test_images]), FEW.train_images)
    np.testing.assert_array_equal(np.concatenate([held.train_labels, held.test_labels]), FEW.train_labels)
    with pytest.raises(ValueError, match="--held-out needs at least 6 digits to train on, got 5"):
        table1.hold_out(Digits(*(array[:5] for array in FEW)))


def test_a_cell_in_use_is_refused_before_any_training(tmp_path, monkeypatch, capsys):
    def second_command(*_):
        monkeypatch.setattr(table1, "train_cells", lambda *_: pytest.fail("it began to train"))
        assert table1.main(["--rows", "fcn,st-fcn-aff", "--columns", "E", "--seeds", "1,", "--learning-rate", "0.2", "--out",
                            str(tmp_path)]) == 2
        raise KeyboardInterrupt

    monkeypatch.setattr(table1, "train_cells", second_command)
    assert table1.main(["--rows", "st-fcn-aff", "--columns", "R,E", "--seeds", "1,2", "--out", str(tmp_path)]) == 130
    assert f"another process is at work on st-fcn-aff E seed 1 in {tmp_path}: wait for it" in capsys.readouterr().err
    assert list((tmp_path / harness.UNFINISHED).iterdir()) == []             # no lock is left


@pytest.mark.parametrize("option, value, wanted", [
    ("--seeds", "1,1", "must name each seed once, got '1,1'"), ("--seeds", ",", "must be a whole number from 0, got ''"),
    ("--seeds", "1,-2", "must be a whole number from 0, got '-2'"), ("--out", "", "must name a folder"),
    ("--mnist", "", "must name a folder"),
    ("--rows", "fcn,st-fcn", "must be some of fcn,cnn,st-fcn-aff,st-fcn-proj,st-fcn-tps,st-cnn-aff,st-cnn-proj,"
     "st-cnn-tps, each once, got 'fcn,st-fcn'"),
    ("--rows", "cnn,cnn", f"must be some of {','.join(networks.ROWS)}, each once, got 'cnn,cnn'"),
    ("--columns", "S", "must be some of R,RTS,P,E,TC, each once, got 'S'"),
    ("--seeds", "0", "must be a whole number from 1 to below 100, got '0'"),
    ("--seeds", "2015", "must be a whole number from 1 to below 100, got '2015'"),
    ("--steps", "99999999999999999999", "must be a whole number from 1 to below 1000000000, got '99999999999999999999'"),
    ("--steps", "1e3", "must be a whole number from 1, got '1e3'"),
    ("--batch-size", "-4", "must be a whole number from 1, got '-4'"),
    ("--learning-rate", "nan", "must be a number above 0, got 'nan'"),
    ("--learning-rate", "inf", "must be a number above 0 to below inf, got 'inf'"),
    ("--localisation-factor", "0", "must be a number above 0, got '0'"),
    ("--schedule", "cosine", "invalid choice: 'cosine' (choose from"),
    ("--momentum", "1", "must be a number from 0 to below 1, got '1'"),
])
def test_bad_options_are_answered_clearly(option, value, wanted, refused):
    assert f"{option}: {wanted}" in refused(table1.main, option, value)


def test_folders_that_cannot_be_used_are_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert train(tmp_path / "file") == 2
    assert f"cannot write to {tmp_path / 'file' / harness.UNFINISHED}, " in capsys.readouterr().err
    assert train(tmp_path, "fcn", "R", 2, "--mnist", str(tmp_path / "nowhere")) == 2
    assert f"There is no folder {tmp_path / 'nowhere'}" in capsys.readouterr().err
