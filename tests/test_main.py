"""The demo, as its user meets it: output, pictures, resuming, and what a bad option is answered."""

import errno
import os
import signal
import struct

import matplotlib.image
import numpy as np
import pytest
from PIL import Image

from stn_numpy import __main__ as demo
from stn_numpy.data import Digits, load_digits
from stn_numpy.data.idx import FILE_NAMES
from stn_numpy.training.run import Run
from stn_numpy.transformer import SAMPLERS

SMALL = ["--steps", "6", "--batch-size", "8"]
FEW = Digits(*(array[:60] for array in load_digits()))


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    monkeypatch.setattr(demo, "load_digits", lambda: FEW)


def test_the_demo_prints_a_table_and_draws_pictures(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "load_digits", load_digits)
    assert demo.main([*SMALL, "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    assert "4,000 digits to train on, 1,000 to test on, RTS-distorted to 42 x 42" in out
    rows = [line.split() for line in out.splitlines() if line.startswith(("FCN ", "ST-FCN "))]
    assert [row[0] for row in rows] == ["FCN", "ST-FCN"] and all(row[2].endswith("%") for row in rows)
    names = ["what_it_sees.png", "class_means.png", "learning_curves.png", "straightening.gif"]
    assert sorted(os.listdir(tmp_path / "run")) == sorted([*names, "checkpoint.npz"])
    for name in names:
        assert str(tmp_path / "run" / name) in out
    for name in names[:3]:
        picture = matplotlib.image.imread(tmp_path / "run" / name)
        assert picture.std() > 0.05
        assert (picture[..., 3] == 1).all() and (picture[0, 0, :3] == 1).all()        # opaque, white
    with Image.open(tmp_path / "run" / "straightening.gif") as film:
        assert film.n_frames >= 5


def test_a_stopped_demo_resumes_to_the_same_numbers(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "draw", lambda *_: {})
    demo.main([*SMALL, "--out", str(tmp_path / "whole")])
    advance = Run.advance

    def ctrl_c_in_step_3(run):
        if run.step == 2:
            signal.raise_signal(signal.SIGINT)
        advance(run)

    monkeypatch.setattr(Run, "advance", ctrl_c_in_step_3)
    assert demo.main([*SMALL, "--out", str(tmp_path / "parts")]) == 130
    assert "stopped after step 3" in capsys.readouterr().out
    monkeypatch.setattr(Run, "advance", advance)
    assert demo.main([*SMALL, "--out", str(tmp_path / "parts"), "--resume"]) == 0
    with np.load(tmp_path / "whole" / "checkpoint.npz") as whole, np.load(tmp_path / "parts" / "checkpoint.npz") as parts:
        assert set(whole.files) == set(parts.files)
        for name in whole.files:
            np.testing.assert_array_equal(whole[name], parts[name])


def test_a_second_ctrl_c_interrupts_at_once():
    with demo.CtrlC() as ctrl_c:
        signal.raise_signal(signal.SIGINT)
        assert ctrl_c.pressed
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_run_that_diverges_ends_with_an_error_message_and_no_traceback(tmp_path, capsys):
    assert demo.main([*SMALL, "--learning-rate", "1e18", "--out", str(tmp_path)]) == 1
    assert "try a smaller learning rate" in capsys.readouterr().err


def test_a_transformer_that_lost_the_image_is_named_on_the_way_and_at_the_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "draw", lambda *_: {})
    assert demo.main(["--steps", "24", "--batch-size", "8", "--localisation-factor", "1e3", "--out", str(tmp_path)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "of ST-FCN looks outside the image" in line]
    assert len(lines) == 2 and "at step 24 " in lines[1] and "--localisation-factor" in lines[1]


def test_a_transformer_that_diverges_while_it_is_filmed_is_named(tmp_path, capsys):
    few = ["--steps", "24", "--batch-size", "8"]                             # filmed after step 1, reported after step 2
    assert demo.main([*few, "--localisation-factor", "2e39", "--out", str(tmp_path)]) == 1
    assert "ST-FCN diverged by step 1" in capsys.readouterr().err


def test_ctrl_c_while_pictures_are_drawn_keeps_the_checkpoint(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "draw", lambda *_: signal.raise_signal(signal.SIGINT))
    assert demo.main([*SMALL, "--out", str(tmp_path)]) == 130
    assert "stopped; give the same options with --out and --resume" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["checkpoint.npz"]


def test_a_full_disk_is_answered_with_the_file_and_how_to_resume(tmp_path, monkeypatch, capsys):
    def full_disk(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    assert demo.main([*SMALL, "--out", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert message.startswith(f"error: [Errno 28] No space left on device: '{tmp_path / 'checkpoint.npz'}'; give the same")
    assert "--resume" in message and os.listdir(tmp_path) == []


def test_a_batch_too_large_for_the_memory_ends_with_an_error_message(tmp_path, monkeypatch, capsys):
    def too_large(_):
        raise MemoryError("Unable to allocate 4 TiB")

    monkeypatch.setattr(Run, "advance", too_large)
    assert demo.main([*SMALL, "--out", str(tmp_path)]) == 2
    wanted = "error: there is not enough memory for this (Unable to allocate 4 TiB); a smaller batch"
    assert wanted in capsys.readouterr().err


def test_options_reach_the_run(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(demo, "train_and_film", lambda run, *_: made.append(run))
    options = ["--transform", "attention", "--sampler", "integer", "--momentum", "0.25", "--localisation-factor", "0.5",
               "--steps", "10", "--learning-rate", "0.2", "--batch-size", "7", "--distortion", "R"]
    demo.main([*options, "--seed", "3", "--out", str(tmp_path / "a")])
    demo.main([*options, "--seed", "4", "--out", str(tmp_path / "b")])
    run, other = made
    transformer, sgd = run.networks["ST-FCN"].children["transformer"], run.optimisers["ST-FCN"]
    assert transformer.transform.name == "attention" and transformer.sampler == SAMPLERS["integer"]
    assert sgd.momentum == 0.25 and run.batch_size == 7 and run.distortion == "R"
    assert {name.split(".")[0]: factor for name, factor in sgd.factors.items()} == {"transformer": 0.5, "classifier": 1}
    np.testing.assert_allclose([run.schedule(step) for step in range(10)], [0.2] * 4 + [0.02] * 4 + [0.002] * 2)
    assert run.rng.integers(1 << 60) != other.rng.integers(1 << 60)
    assert (run.networks["FCN"].params["layer1.W"] != other.networks["FCN"].params["layer1.W"]).all()


def test_a_small_mnist_of_few_classes_is_read_and_drawn(tmp_path, capsys):
    for name, array in zip(FILE_NAMES, (np.full((6, 28, 28), 9), np.arange(6), np.ones((4, 28, 28)), np.arange(4))):
        header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
        (tmp_path / name).write_bytes(header + array.astype(np.uint8).tobytes())
    assert demo.main([*SMALL, "--mnist", str(tmp_path), "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    assert "6 digits to train on, 4 to test on" in out and "straightening.gif" in out


def test_the_film_shows_each_class_in_turn():
    class Small:
        networks = {"ST-FCN": None}
        test_labels = np.array([3, 3, 1, 0, 3, 1])
        test_images = np.arange(6)

    film = demo.Film(Small, digits=5)
    assert film.labels.tolist() == [0, 1, 3, 1, 3] and film.images.tolist() == [3, 2, 0, 5, 1]


@pytest.mark.parametrize("option, value, wanted", [
    ("--steps", "0", "must be a whole number from 1, got '0'"),
    ("--steps", "1e3", "must be a whole number from 1, got '1e3'"),
    ("--batch-size", "-4", "must be a whole number from 1"),
    ("--seed", "-1", "must be a whole number from 0"),
    ("--learning-rate", "nan", "must be a number above 0, got 'nan'"),
    ("--learning-rate", "inf", "must be a number above 0"),
    ("--momentum", "1", "must be a number from 0 to below 1"),
    ("--localisation-factor", "fast", "must be a number above 0, got 'fast'"),
    ("--distortion", "S", "(choose from "),
    ("--transform", "affin", "(choose from "),
])
def test_a_bad_option_says_what_is_allowed(option, value, wanted, refused):
    message = refused(demo.main, option, value)
    assert option in message and wanted in message


def test_help_explains_every_option(capsys):
    with pytest.raises(SystemExit) as stop:
        demo.main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for option in vars(demo.parse([])):
        assert f"--{option.replace('_', '-')}" in text


def test_a_missing_data_folder_is_named(tmp_path, capsys):
    assert demo.main(["--mnist", str(tmp_path / "nowhere"), "--out", str(tmp_path / "run")]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error:") and "nowhere" in message and "--download" in message
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("option", ["--mnist", "--out"])
@pytest.mark.parametrize("name", ["", "  "])
def test_a_folder_without_a_name_is_refused(option, name, refused):
    assert f"{option}: must name a folder (. is the current one), got {name!r}" in refused(demo.main, option, name)


def test_pictures_of_others_are_not_written_over(tmp_path, capsys):
    (tmp_path / "what_it_sees.png").write_bytes(b"holidays")
    assert demo.main([*SMALL, "--out", str(tmp_path)]) == 2
    assert f"{tmp_path} already holds what_it_sees.png, which this run would write over" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["what_it_sees.png"]


def test_a_folder_in_use_is_refused_before_any_training(tmp_path, monkeypatch, capsys):
    def second_demo(*_):
        monkeypatch.setattr(demo, "train_and_film", lambda *_: pytest.fail("it began to train"))
        assert demo.main([*SMALL, "--out", str(tmp_path)]) == 2
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "train_and_film", second_demo)
    demo.main([*SMALL, "--out", str(tmp_path)])
    assert f"another process is at work on {tmp_path}: wait for it, or give another folder" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []                                        # the lock is gone


@pytest.mark.parametrize("spoil", [
    lambda film: film.pop("film_grids"), lambda film: film.clear(),
    lambda film: film.update(film_outputs=film["film_outputs"][:, :3]),
    lambda film: film.update(film_steps=film["film_steps"][:1]),
])
def test_a_checkpoint_without_its_film_is_refused(tmp_path, monkeypatch, capsys, spoil):
    monkeypatch.setattr(demo, "draw", lambda *_: {})
    arrays = demo.Film.arrays
    with monkeypatch.context() as patch:
        patch.setattr(demo.Film, "arrays", lambda film: (kept := arrays(film), spoil(kept))[0])
        demo.main([*SMALL, "--out", str(tmp_path)])
    capsys.readouterr()
    assert demo.main([*SMALL, "--out", str(tmp_path), "--resume"]) == 2
    assert "does not hold the film of this run: give another --out" in capsys.readouterr().err


def test_a_finished_run_is_never_overwritten(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "draw", lambda *_: {})
    assert demo.main(SMALL) == 0
    assert demo.main(SMALL) == 0
    assert sorted(os.listdir("runs")) == ["RTS-affine-seed0", "RTS-affine-seed0-2"]
    assert demo.main([*SMALL, "--out", "runs/RTS-affine-seed0"]) == 2
    assert "already holds a run" in capsys.readouterr().err
    assert demo.main([*SMALL, "--out", "runs/none", "--resume"]) == 2
    assert "no checkpoint in" in capsys.readouterr().err
    assert demo.main(["--steps", "7", "--resume"]) == 2
    assert "steps was 6, is now 7" in capsys.readouterr().err


def test_the_table_shows_the_last_errors(capsys):
    class Done:
        networks = {"FCN": demo.MLP([3, 2])}
        history = [{"network": "FCN", "test_error": error} for error in (0.5, 0.125)]
        step, distortion = 9, "R"

    demo.print_summary(Done, 5)
    assert ["FCN", "8", "12.50%"] in [line.split() for line in capsys.readouterr().out.splitlines()]
