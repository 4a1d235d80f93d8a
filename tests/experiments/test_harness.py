"""Long training runs: stopping, killing and resuming, checkpoints, time left, and how a command ends."""

import signal

import numpy as np
import pytest
from table1_cells import CAUTIOUSLY, FEW, interrupted, only_record, train, without_time

from stn_numpy.experiments import harness, records, table1
from stn_numpy.training import commandline
from stn_numpy.training.run import Run


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    monkeypatch.setattr(table1, "load_digits", lambda: FEW)


@pytest.mark.parametrize("row", ["st-fcn-aff", "st-cnn-aff"])
def test_a_stopped_cell_goes_on_bit_for_bit(tmp_path, monkeypatch, capsys, row):
    train(tmp_path / "whole", row, "R", 6, *CAUTIOUSLY)
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    assert train(tmp_path / "parts", row, "R", 6, *CAUTIOUSLY) == 130
    assert "stopped; the same command continues from the last checkpoint" in capsys.readouterr().out
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
    monkeypatch.setattr(harness, "clocks", iter(np.arange(0.0, 1000, 25)[:, None] * [1, 0.1]).__next__)
    saved = []
    save = Run.save
    monkeypatch.setattr(Run, "save", lambda run, *args, **extra: (saved.append(run.step), save(run, *args, **extra)))
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    train(tmp_path)
    assert saved == [3, 4]                                                   # 75 s after the start, and at the stop
    train(tmp_path)
    assert only_record(tmp_path)["seconds"] == 4 * 25 + 2 * 25               # four steps, and two


def test_a_checkpoint_of_other_settings_or_a_damaged_one_is_refused(tmp_path, monkeypatch, capsys):
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    train(tmp_path)
    assert train(tmp_path, "st-fcn-aff", "R", 6, "--momentum", "0.5") == 2
    assert "other settings: momentum was 0.9, is now 0.5" in capsys.readouterr().err
    [checkpoint] = (tmp_path / harness.UNFINISHED).iterdir()
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    assert train(tmp_path) == 2
    assert f"{checkpoint} is damaged or no checkpoint" in capsys.readouterr().err


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
    commandline.make_folder(checkpoint.parent)
    checkpoint.write_text("some text")
    assert table1.main(["--rows", "fcn", "--columns", "R,E", "--seeds", "1", "--steps", "2", "--batch-size", "4", "--out",
                        str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert f"{checkpoint} is damaged or no checkpoint: it is not an .npz archive; delete it, or give another" in error
    assert only_record(tmp_path)["column"] == "E"


def test_a_folder_that_cannot_be_written_to_is_named_before_the_work(tmp_path, monkeypatch, capsys):
    def refuse(dir):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(commandline.tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(Run, "advance", lambda run: pytest.fail("it began to work"))
    assert train(tmp_path) == 2
    assert f"cannot write to {tmp_path / harness.UNFINISHED}, Read-only file system" in capsys.readouterr().err


def test_a_training_that_goes_on_elsewhere_says_so_and_its_record_too(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    interrupted(monkeypatch, 3, lambda: signal.raise_signal(signal.SIGINT))
    train(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    train(tmp_path)
    assert "continues on another processor, with other versions or another number of threads" in capsys.readouterr().out
    record = only_record(tmp_path)
    [before] = record["went_on_from"]
    assert (before["machine"]["threads"], record["machine"]["threads"]) == ("3", "4")
    assert before["versions"] == record["versions"] == records.versions()


@pytest.mark.parametrize("error, code, said", [
    (KeyboardInterrupt(), 130, "stopped"), (MemoryError("4 TiB"), 2, "error: there is not enough memory for this (4 TiB)"),
    (OSError(28, "No space left"), 2, "error: [Errno 28] No space left; the same command continues")])
def test_whatever_happens_the_command_ends_in_an_error_message(monkeypatch, tmp_path, capsys, error, code, said):
    def fail():
        raise error

    monkeypatch.setattr(table1, "load_digits", fail)
    assert train(tmp_path) == code
    assert said in capsys.readouterr().err


def test_the_time_left_counts_the_steps_of_this_start_alone(tmp_path, monkeypatch, capsys):
    clocks = iter(np.arange(0.0, 9000, 60)[:, None] * [1, 0.5])
    monkeypatch.setattr(harness, "clocks", clocks.__next__)
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


def test_a_training_that_moves_twice_tells_of_both_places(tmp_path, monkeypatch):
    for threads, step in (("3", 2), ("4", 4)):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        interrupted(monkeypatch, step, lambda: signal.raise_signal(signal.SIGINT))
        train(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    train(tmp_path)
    assert [place["machine"]["threads"] for place in only_record(tmp_path)["went_on_from"]] == ["3", "4"]


def test_a_checkpoint_that_does_not_say_where_it_was_made_is_refused(tmp_path, monkeypatch, capsys):
    interrupted(monkeypatch, 2, lambda: signal.raise_signal(signal.SIGINT))
    save = Run.save
    monkeypatch.setattr(Run, "save", lambda run, path, settings, seconds, made_on: save(run, path, settings,
                                                                                        seconds=seconds))
    train(tmp_path)
    assert train(tmp_path) == 2
    assert "does not say where it was made, and how long it took; delete it, or give another" in capsys.readouterr().err


def test_on_a_terminal_each_step_is_shown_on_the_same_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(harness.sys.stdout, "isatty", lambda: True)
    train(tmp_path)
    out = capsys.readouterr().out
    assert [f"step {step} of 6" in line for step, line in enumerate(out.split("\r")[1:], start=1)] == [True] * 6
