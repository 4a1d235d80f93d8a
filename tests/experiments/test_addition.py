"""MNIST addition: its pairs, networks, command, record and pictures, and the figures on the results page."""

import re
import signal

import matplotlib.image
import numpy as np
import pytest
from table1_cells import FEW, interrupted, without_time

from stn_numpy.arrangements import Parallel
from stn_numpy.data import Digits, as_feature_maps
from stn_numpy.experiments import addition, addition_results, harness, networks, paper, records
from stn_numpy.network.modules import AveragePool, Module
from stn_numpy.training.distortions import distort

PAGE = addition.RESULTS.with_name("README.md")
NAMES = ["FCN", "ST-FCN Aff", "2xST-FCN Aff"]


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(addition, "load_digits", lambda: FEW)
    monkeypatch.setattr(addition, "TEST_PAIRS", 30)


def train(folder, *more, steps=4):
    return addition.main(["--steps", str(steps), "--batch-size", "4", "--out", str(folder), *more])


def only_record(folder):
    [path] = folder.glob("*.json")
    return records.read_record(path, addition_results.FORM)


def fresh_run(*more):
    return addition.prepare(FEW, addition.parse(["--batch-size", "5", *more]))[0]


def test_the_label_of_a_pair_is_the_sum_of_the_digits_in_its_channels():
    images, labels = as_feature_maps(FEW.train_images), FEW.train_labels.astype(int)
    chosen = np.array([[0, 1], [2, 2], [7, 3]])
    pairs, sums = addition.pair_up(images, labels, chosen, np.random.default_rng(3))
    assert pairs.shape == (3, 2, 42, 42)
    alone = distort(images[[0, 1, 2, 2, 7, 3]], "RTS", np.random.default_rng(3))[:, 0]
    np.testing.assert_array_equal(pairs, np.stack([alone[0::2], alone[1::2]], axis=1))
    assert sums.tolist() == [labels[0] + labels[1], 2 * labels[2], labels[7] + labels[3]]
    assert np.abs(pairs[1, 0] - pairs[1, 1]).max() > 0.1                     # one digit twice, distorted twice


def test_what_a_step_learns_from_are_pairs_of_training_digits_and_their_sums(monkeypatch):
    run, met = fresh_run(), []
    run.images = np.ones_like(run.images) * run.labels[:, None, None, None]  # every pixel of a digit says its label
    monkeypatch.setattr(addition, "distort", lambda images, name, rng: np.tile(images[:, :, :1, :1], (1, 1, 42, 42)))
    monkeypatch.setattr(run, "_descend", lambda *learned: (met.append(learned), (0.0, 0.0))[1])
    for _ in range(3):
        run.advance()
    assert [name for name, _, _ in met] == NAMES * 3 and run.step == 3
    for _, pairs, sums in met:
        assert pairs.shape == (5, 2, 42, 42)
        np.testing.assert_array_equal(pairs[:, :, 0, 0].sum(axis=1), sums)
    assert met[0][1] is met[1][1] is met[2][1]                               # all networks learn from the same pairs
    assert not np.array_equal(met[0][1], met[3][1])
    assert any(np.any(pairs[:, 0] != pairs[:, 1]) for _, pairs, _ in met)


def test_test_pairs_are_those_of_every_seed_and_use_each_digit_about_as_often():
    one, two = fresh_run("--seed", "0"), fresh_run("--seed", "1")
    np.testing.assert_array_equal(one.test_images, two.test_images)
    assert one.test_images.shape == (30, 2, 42, 42) and one.test_images.dtype == np.float32
    np.testing.assert_array_equal(one.test_labels, one.test_digits.sum(axis=1))
    times, of_class = np.bincount(one.test_digits.ravel(), minlength=10), np.bincount(FEW.test_labels, minlength=10)
    assert (times >= 2 * of_class).all() and (times <= 3 * of_class).all()   # 60 places for 24 digits
    assert one.rng.bit_generator.state != two.rng.bit_generator.state
    for name in NAMES:
        weights = [run.networks[name].params for run in (one, two)]
        assert any((weights[0][key] != weights[1][key]).mean() > 0.99 for key in weights[0] if key.endswith("W"))


@pytest.mark.parametrize("transformers", [0, 1, 2])
def test_networks_have_the_sizes_that_the_record_states(transformers):
    network, sizes = addition.build(transformers, np.random.default_rng(0))
    assert 0.98 * networks.PARAMETERS < sizes["parameters"] <= networks.PARAMETERS
    shapes = [param.shape for name, param in network.params.items() if name.endswith("W")]
    looking = list(zip(sizes["localisation"], sizes["localisation"][1:])) * transformers if transformers else []
    assert shapes == looking + list(zip(sizes["classifier"], sizes["classifier"][1:]))
    pairs = np.random.default_rng(1).random((3, 2, 42, 42), dtype=np.float32)
    assert network.forward(pairs).shape == (3, 19)
    if transformers:
        eyes = network.children["transformer"]
        assert isinstance(eyes, Parallel) and len(eyes.children) == transformers
        np.testing.assert_allclose(eyes.forward(pairs), np.tile(pairs, (1, transformers, 1, 1)), atol=1e-5)


def test_the_rate_falls_over_the_second_half_and_is_another_for_the_localisation_nets():
    run = fresh_run("--steps", "10", "--learning-rate", "0.4", "--localisation-factor", "0.25")
    assert [run.schedule(step) for step in (0, 3, 5, 6, 10)] == pytest.approx([0.4, 0.4, 0.4, 0.32, 0])
    factors = run.optimisers["2xST-FCN Aff"].factors
    assert {name.split(".")[0]: factor for name, factor in factors.items()} == {"transformer": 0.25, "classifier": 1}
    assert set(run.optimisers["FCN"].factors.values()) == {1}


def test_a_few_steps_leave_a_record_and_two_opaque_pictures(tmp_path, capsys):
    assert train(tmp_path, "--seed", "5") == 0
    out, record = capsys.readouterr().out, only_record(tmp_path)
    assert re.search(r"^FCN / ST-FCN Aff / 2xST-FCN Aff: step 4 of 4, test error ([\d.]+% / ){2}[\d.]+%, 0 min left$",
                     out, re.MULTILINE)
    assert addition_results.in_words(record) in out
    assert record["seed"] == 5 and record["configuration"]["train_digits"] == 24
    assert list(record["test_errors"]) == list(record["configuration"]["networks"]) == NAMES
    last = {row["network"]: row["test_error"] for row in record["curve"] if row["step"] == 4}
    assert last == record["test_errors"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(f"addition-24-digits-4-steps-seed-5{end}" for end in ("-curves.png", "-looks.png", ".json")), "unfinished"]
    assert not list((tmp_path / "unfinished").iterdir())
    for path in tmp_path.glob("*.png"):
        picture = matplotlib.image.imread(path)
        assert (picture[..., 3] == 1).all() and (picture[0, 0, :3] == 1).all() and picture.std() > 0.05


def test_a_stopped_training_goes_on_bit_for_bit_and_a_finished_one_is_left_alone(tmp_path, monkeypatch, capsys):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(whole)
    interrupted(monkeypatch, 1, lambda: signal.raise_signal(signal.SIGINT))
    assert train(parts) == 130
    assert "stopped; the same command continues from the last checkpoint" in capsys.readouterr().out
    assert [path.name for path in parts.iterdir()] == ["unfinished"]
    assert train(parts) == 0
    assert "step 2 of 4" not in capsys.readouterr().out
    assert without_time(only_record(parts)) == without_time(only_record(whole))
    before = {path: path.read_bytes() for path in parts.glob("*.*")}
    assert train(parts) == 0
    assert "this is finished, see " in capsys.readouterr().out
    assert {path: path.read_bytes() for path in parts.glob("*.*")} == before


def test_other_settings_than_those_of_a_record_or_a_checkpoint_are_refused(tmp_path, monkeypatch, capsys):
    interrupted(monkeypatch, 1, lambda: signal.raise_signal(signal.SIGINT))
    train(tmp_path)
    assert train(tmp_path, "--learning-rate", "0.2") == 2
    assert "other settings: learning_rate was 0.1, is now 0.2" in capsys.readouterr().err
    train(tmp_path)
    assert train(tmp_path, "--localisation-factor", "0.5") == 2
    assert "localisation_factor was 0.1, is now 0.5; give another folder with --out" in capsys.readouterr().err


def test_a_training_that_diverges_says_so_and_leaves_no_record(tmp_path, capsys):
    assert train(tmp_path, "--learning-rate", "1e18") == 1
    assert re.search("error: .* diverged by step .* try a smaller learning rate", capsys.readouterr().err)
    assert not list(tmp_path.glob("*.*"))


@pytest.mark.parametrize("option, value, wanted", [
    ("--steps", "0", "must be a whole number from 1, got '0'"),
    ("--batch-size", "1.5", "must be a whole number from 1, got '1.5'"),
    ("--learning-rate", "-1", "must be a number above 0, got '-1'"),
    ("--localisation-factor", "nan", "must be a number above 0, got 'nan'"),
    ("--seed", "-1", "must be a whole number from 0, got '-1'"),
])
def test_bad_options_are_answered_clearly(option, value, wanted, refused):
    assert f"{option}: {wanted}" in refused(addition.main, option, value)


def test_folders_that_cannot_be_used_are_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert train(tmp_path / "file") == 2
    assert f"cannot write to {tmp_path / 'file' / harness.UNFINISHED}, " in capsys.readouterr().err
    assert train(tmp_path, "--mnist", str(tmp_path / "nowhere")) == 2
    assert f"There is no folder {tmp_path / 'nowhere'}" in capsys.readouterr().err


def test_a_damaged_or_foreign_record_is_refused_by_name(tmp_path):
    train(tmp_path)
    [path] = tmp_path.glob("*.json")
    text = path.read_text()
    for spoiled, wanted in ((text[:40], "damaged or no record"), ("[1]", "no record of MNIST addition"),
                            (text.replace('"seed": 0', '"seed": 1'), "its checksum is wrong"),
                            (text.replace('"addition"', '"table1"'), "it is of the experiment 'table1'")):
        path.write_text(spoiled)
        with pytest.raises(ValueError, match=f"{path.name} .*{wanted}"):
            records.read_record(path, addition_results.FORM)


def test_a_record_names_the_errors_of_the_networks_that_it_states(tmp_path):
    train(tmp_path)
    record = only_record(tmp_path)
    record["test_errors"].pop("FCN")
    del record["checksum"]
    path = records.write_record(tmp_path / "..", {**record, "seed": 9}, addition_results.FORM)
    with pytest.raises(ValueError, match="'test_errors' must name the networks .*, got ST-FCN Aff, 2xST-FCN Aff"):
        records.read_record(path, addition_results.FORM)


def test_pairs_to_test_on_are_made_of_test_digits_and_momentum_is_stated():
    dark = FEW._replace(test_images=np.minimum(FEW.test_images, 100))
    run, settings = addition.prepare(dark, addition.parse(["--batch-size", "5"]))
    assert run.test_images.max() < 0.5 < run.batch()[0].max()
    assert {optimiser.momentum for optimiser in run.optimisers.values()} == {settings["momentum"]} == {0.9}
    assert type(run.networks["ST-FCN Aff"].children["pool"]) is AveragePool


def test_with_mnist_the_digits_are_those_of_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(addition, "load_mnist", lambda folder: Digits(*(array[:20] for array in FEW)))
    assert train(tmp_path, "--mnist", "somewhere") == 0
    assert only_record(tmp_path)["configuration"]["train_digits"] == 20


def test_the_curves_are_the_test_errors_of_each_network_with_the_papers_at_the_edge():
    curve = [{"step": 1, "network": name, "test_error": 0.1 * k, "train_error": 0.9} for k, name in enumerate(NAMES, 1)]
    [axes] = addition_results.curves({"curve": curve}).axes
    np.testing.assert_allclose([line.get_ydata()[0] for line in axes.lines], [10, 47.7, 20, 22.6, 30, 9.0])


def test_follows_tells_which_digit_a_box_goes_along_with():
    run = fresh_run()
    second = run.networks["2xST-FCN Aff"].children["transformer"].children["1"]
    middles = run.test_images[:, 0] / run.test_images[:, 0].sum(axis=(1, 2), keepdims=True)
    axis = np.linspace(-1, 1, 42, dtype=np.float32)
    x, y = (middles * axis).sum(axis=(1, 2)), (middles * axis[:, None]).sum(axis=(1, 2))

    class FollowsTheFirst(Module):
        def forward(self, U):
            nothing, half = np.zeros_like(x), np.full_like(x, 0.5)
            return np.stack([half, nothing, 0.3 * x, nothing, half, 0.3 * y], axis=1)

    second.children["localisation"] = FollowsTheFirst()
    found = addition_results.follows(run)
    assert list(found) == NAMES[1:] and found["ST-FCN Aff"] == [[0.0, 0.0]]  # it still stands where it began
    still, moving = found["2xST-FCN Aff"]
    assert still == [0.0, 0.0] and moving[0] == pytest.approx(1, abs=1e-3) and abs(moving[1]) < 0.7


def test_the_picture_says_what_was_read_and_keeps_boxes_inside_their_channel():
    run = fresh_run()
    lucky = run.networks["ST-FCN Aff"].forward(run.test_images[:5])[0].argmax()
    run.test_digits[0] = lucky // 2, lucky - lucky // 2                      # one sum is to be right
    figure = addition_results.looks(run)
    said = [axes.get_xlabel() for axes in figure.axes if axes.get_xlabel()]
    read = [run.networks[name].forward(run.test_images[:5]).argmax(axis=1) for name in NAMES[1:]]
    for text, (a, b), guess in zip(said, np.tile(run.test_digits[:5], (2, 1)), np.concatenate(read), strict=True):
        assert text == f"{a} + {b}: reads {guess}" + (f", is {a + b}" if guess != a + b else "")
    assert said[0].endswith(f"reads {lucky}")
    boxes = [len(axes.lines) for axes in figure.axes]
    assert boxes == [2] * 5 + [0] * 5 + [4] * 5 + [0] * 10
    right, left = figure.axes[0].lines[1], 42 + addition_results.GAP
    np.testing.assert_allclose(right.get_xdata().min(), left, atol=1e-4)
    seen = figure.axes[0].transData.inverted().transform(right.get_clip_box())
    np.testing.assert_allclose(np.sort(seen, axis=0), [[left - 0.5, -0.5], [left + 41.5, 41.5]], atol=1e-6)


def test_the_table_puts_ours_beside_the_papers_and_leaves_the_rest_empty():
    lines = addition_results.table({"test_errors": {"FCN": 0.5, "2xST-FCN Aff": 0.1234}}).splitlines()
    assert "| FCN | **50.0** | 47.7 |" in lines and "| 2xST-FCN Aff | **12.3** | 9.0 |" in lines
    assert "| ST-FCN Aff | – | 22.6 |" in lines and len(lines) == 2 + len(paper.TABLE_4)


def test_the_results_page_holds_the_figures_of_the_committed_records_and_the_pictures_of_the_longest():
    page = PAGE.read_text(encoding="utf-8")
    found = {path: records.read_record(path, addition_results.FORM) for path in addition.RESULTS.glob("addition-*.json")}
    assert found and all(addition_results.in_words(record) in page for record in found.values())
    longest = max(found, key=lambda path: found[path]["configuration"]["steps"])
    for picture in addition_results.picture_paths(longest):
        [description] = re.findall(rf"!\[([^\]]*)\]\(results/{picture.name}\)", page)
        assert len(description) > 40 and picture.read_bytes().startswith(b"\x89PNG")
