"""Cells of Table 1 on tiny data, for the tests of what trains them, keeps them and shows them."""

from pathlib import Path

from stn_numpy.data import Digits, load_digits
from stn_numpy.experiments import records, table1
from stn_numpy.training.run import Run

FEW = Digits(*(array[:24] for array in load_digits()))
CAUTIOUSLY = "--learning-rate", "0.01"       # at 0.1, batches of 8 throw a fresh convolutional network far off


def train(folder, row="st-fcn-aff", column="R", steps=6, *more):
    return table1.main(["--rows", row, "--columns", column, "--seeds", "1", "--steps", str(steps), "--batch-size", "8",
                        "--out", str(folder), *more])


def only_record(folder):
    [path] = Path(folder).glob("*.json")
    return records.read_record(path, table1.FORM)


def without_time(record):
    """What of a record must not depend on how long it took, nor on stops."""
    return {key: value for key, value in record.items() if key not in ("seconds", "processor_seconds", "checksum")}


def interrupted(monkeypatch, step, how):
    """Let the next run be interrupted as it is about to take that step."""
    advance = Run.advance

    def interrupt(run):
        if run.step == step:
            monkeypatch.setattr(Run, "advance", advance)
            how()
        advance(run)

    monkeypatch.setattr(Run, "advance", interrupt)


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
