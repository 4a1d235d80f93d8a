"""Checkpoints: they resume bit for bit, and none is believed that is damaged, changed or foreign."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from training_runs import FEW, networks, new_run

from stn_numpy.data import Digits, load_digits
from stn_numpy.network.modules import MLP
from stn_numpy.training.run import Run

FIXTURE = Path(__file__).parents[1] / "fixtures" / "old_checkpoint.npz"

def test_a_resumed_run_continues_bit_for_bit(tmp_path):
    whole, first = new_run(), new_run()
    for _ in range(9):
        whole.advance()
        if whole.step == 3:
            whole.report()
    for _ in range(4):
        first.advance()
        if first.step == 3:
            first.report()
    first.save(tmp_path / "c.npz", {"a": 1}, film=np.arange(3))
    second = new_run(seed=99)                                                # all of it is replaced
    extra = second.load(tmp_path / "c.npz", {"a": 1})
    for _ in range(5):
        second.advance()
    assert second.report() == whole.report()
    assert second.history == whole.history
    np.testing.assert_array_equal(extra["film"], np.arange(3))
    for name, network in whole.networks.items():
        for key, param in network.params.items():
            np.testing.assert_array_equal(param, second.networks[name].params[key])
            np.testing.assert_array_equal(whole.optimisers[name].velocity[key], second.optimisers[name].velocity[key])


def damaged(path, kind):
    content = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(content[:len(content) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("no checkpoint at all")
    elif kind == "one array":
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(3))
        path.write_bytes(buffer.getvalue())
    elif kind == "flipped":
        with zipfile.ZipFile(io.BytesIO(content)) as stored:
            start = stored.infolist()[3].header_offset + 200
        path.write_bytes(content[:start] + bytes([content[start] ^ 255]) + content[start + 1:])
    elif kind == "deflate":
        with np.load(path) as stored:
            np.savez_compressed(path, **stored)
        content = path.read_bytes()
        path.write_bytes(content[:3000] + bytes(200) + content[3200:])
    elif kind == "packing":
        place = content.rindex(b"PK\x01\x02") + 10                            # the method of the last array
        path.write_bytes(content[:place] + b"\x63" + content[place + 1:])
    elif kind == "other file":
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("readme.txt", b"not an array")
    elif kind == "huge":                                                      # an array of 10^14 numbers, it says
        header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000000,), }".ljust(117) + b"\n"
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("extra/huge.npy", b"\x93NUMPY\x01\x00v\x00" + header)
    elif kind == "other npz":
        np.savez(path, a=np.zeros(3))
    elif kind == "pickle":
        np.savez(path, state=np.array([{"a": 1}], dtype=object))


@pytest.mark.parametrize("kind", ["truncated", "empty", "text", "one array", "flipped", "deflate", "packing", "other file",
                                  "huge", "other npz", "pickle"])
def test_a_damaged_checkpoint_is_refused_and_changes_nothing(tmp_path, kind):
    path = tmp_path / "c.npz"
    run = new_run()
    run.save(path)
    damaged(path, kind)
    before = {name: param.copy() for name, param in run.networks["FCN"].params.items()}
    with pytest.raises(ValueError, match="c.npz is (damaged or no checkpoint|not a checkpoint of these networks)"):
        run.load(path)
    for name, param in run.networks["FCN"].params.items():
        np.testing.assert_array_equal(param, before[name])


def test_a_network_may_have_any_name(tmp_path):
    def run_of(name):
        return Run({name: networks()["FCN"]}, FEW, "RTS", lambda step: 0.1, batch_size=2)

    for name in ("extra", "a/b", ""):
        run, path = run_of(name), tmp_path / "c.npz"
        run.advance()
        run.save(path, extra=np.arange(3))
        twin = run_of(name)
        assert twin.load(path)["extra"].tolist() == [0, 1, 2]
        np.testing.assert_array_equal(twin.networks[name].params["layer1.W"], run.networks[name].params["layer1.W"])


def rewritten(path, state, checksum=None):
    """Put another state into a checkpoint, with this checksum or, as in the earliest ones, none."""
    with np.load(path) as stored:
        arrays = {**stored, "state": np.array(state)}
    del arrays["checksum"]
    np.savez(path, **arrays, **({"checksum": np.array(checksum)} if checksum else {}))


def state_of(path):
    with np.load(path) as stored:
        return json.loads(str(stored["state"]))


def refused(run, path, message):
    """The checkpoint is refused with this message, and the run is as it was."""
    before = run.rng.bit_generator.state, {name: array.copy() for name, array in run.networks["FCN"].params.items()}
    with pytest.raises(ValueError, match=message):
        run.load(path)
    assert (run.rng.bit_generator.state, run.step, run.history) == (before[0], 0, [])
    for name, array in run.networks["FCN"].params.items():
        np.testing.assert_array_equal(array, before[1][name])


@pytest.mark.parametrize("state, message", [
    ("{", "damaged or no checkpoint: Expecting property name"),
    ("[1]", "not a checkpoint of a run: its state is not history, rng, settings, since_report, step"),
    (json.dumps({"settings": None, "rng": {}}), "not a checkpoint of a run: its state is not history"),
])
def test_a_foreign_state_is_refused_and_changes_nothing(tmp_path, state, message):
    run, path = new_run(), tmp_path / "c.npz"
    run.save(path)
    rewritten(path, state)
    refused(run, path, f"c.npz is {message}")


ROW = {"step": 1, "network": "FCN", "loss": 1.0, "train_error": 0.5, "test_error": 0.5, "inside": 1.0, "determinant": 1.0}


@pytest.mark.parametrize("change, message", [
    ({"step": "2"}, "'step' must be a whole number, 0 or more, got '2'"), ({"step": -1}, "'step' must be a whole number"),
    ({"step": 1.5}, "'step' must be a whole number"), ({"history": {}}, "'history' must be rows with determinant, inside"),
    ({"history": [{"step": 1}]}, "'history' must be rows with"),
    ({"history": [{**ROW, "network": "CNN"}]}, "'history' must be"),
    ({"history": [{**ROW, "test_error": "low"}]}, "'history' must be rows"),
    ({"history": [{**ROW, "step": 9}]}, "'history' must end at step 2 or before"),
    ({"since_report": {"FCN": []}}, "'since_report' must hold losses and errors of FCN, ST-FCN"),
    ({"since_report": {"FCN": [[1]], "ST-FCN": []}}, "'since_report' must hold"),
    ({"rng": {"bit_generator": "MT19937"}}, "'rng' is not the state of a random generator"),
    ({"rng": None}, "'rng' is not the state"),
])
def test_a_state_that_cannot_be_is_refused_and_changes_nothing(tmp_path, change, message):
    run, path = new_run(), tmp_path / "c.npz"
    run.save(path)
    rewritten(path, json.dumps({**state_of(path), "step": 2, **change}))
    refused(run, path, f"c.npz is damaged or no checkpoint: {message}")


def test_a_state_that_was_edited_by_hand_is_noticed(tmp_path):
    run, path = new_run(), tmp_path / "c.npz"
    run.save(path)
    with np.load(path) as stored:
        checksum = str(stored["checksum"])
    rewritten(path, json.dumps({**state_of(path), "step": 5}), checksum)
    refused(run, path, "its checksum is wrong, so something in it was changed")
    rewritten(path, json.dumps({**state_of(path), "step": 0}), checksum)     # as it was
    run.load(path)


@pytest.mark.parametrize("change", [
    lambda arrays: arrays.update({"FCN/param/layer1.b": arrays["FCN/param/layer1.b"] + 1}),
    lambda arrays: arrays.update({"FCN/velocity/layer1.b": arrays["FCN/velocity/layer1.b"] * np.nan}),
    lambda arrays: arrays.update({"extra/film": arrays["extra/film"][::-1]}),
    lambda arrays: arrays.update({"extra/film": arrays["extra/film"].view(float)}),
    lambda arrays: arrays.update({"extra/more": np.zeros(3)}), lambda arrays: arrays.pop("extra/film")],
    ids=["param", "velocity", "extra", "dtype", "another", "missing"])
def test_an_array_that_was_edited_by_hand_is_noticed(tmp_path, change):
    run, path = new_run(), tmp_path / "c.npz"
    run.save(path, film=np.arange(3.0).view(np.int64))
    with np.load(path) as stored:
        arrays = dict(stored)
    change(arrays)
    np.savez(path, **arrays)
    refused(run, path, "its checksum is wrong, so something in it was changed")


def test_a_checksum_of_the_state_alone_still_counts(tmp_path):
    run, path = new_run(), tmp_path / "c.npz"
    run.save(path)
    with np.load(path) as stored:
        text = str(stored["state"])
    rewritten(path, text, hashlib.sha256(text.encode()).hexdigest())
    run.load(path)


@pytest.mark.parametrize("settings", [
    "R", 3, {"a": np.ones(3)}, {"a": {1, 2}}, {"a": float("nan")}, {"a": (1, 2)}, {3: 4}], ids=str)
def test_settings_that_would_not_come_back_are_refused_at_once(tmp_path, settings):
    run = new_run()
    for call in (run.save, run.load):
        with pytest.raises(TypeError, match="settings must be None or a dict of plain values"):
            call(tmp_path / "c.npz", settings)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("film, error, message", [
    (None, TypeError, "film must be an array of numbers or text, got None"),
    ({"a": 1}, TypeError, "film must be an array of numbers or text, got a dict"),
    ([[1], [1, 2]], ValueError, "film must be an array or an evenly nested list"),
    (np.ma.masked_array([1, 2], [0, 1]), TypeError, "film must not be a masked array"),
])
def test_extra_arrays_that_would_not_come_back_are_refused_at_once(tmp_path, film, error, message):
    with pytest.raises(error, match=message):
        new_run().save(tmp_path / "c.npz", film=film)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [None, "", 3, b"c.npz"])
def test_a_checkpoint_needs_a_name(path):
    for call in (new_run().save, new_run().load):
        with pytest.raises(TypeError, match=f"path must name a file, got {path!r}"):
            call(path)


def test_a_checkpoint_made_before_the_rooms_still_loads():
    few = Digits(*(array[:60] for array in load_digits()))
    run = Run({"FCN": MLP([784, 3, 10], 1, np.float32)}, few, "R", lambda step: 0.05, batch_size=8)
    extra = run.load(FIXTURE, {"distortion": "R"})
    assert run.step == 4 and [row["step"] for row in run.history] == [3] and list(extra) == ["film_steps"]
    twin = Run({"FCN": MLP([784, 3, 10], np.random.default_rng(0), np.float32)}, few, "R", lambda step: 0.05, 8)
    for _ in range(4):
        twin.advance()
    for name, param in twin.networks["FCN"].params.items():                  # today's trainer comes to the same place
        np.testing.assert_allclose(run.networks["FCN"].params[name], param, atol=1e-5)
    assert run.rng.bit_generator.state == twin.rng.bit_generator.state


def test_a_checkpoint_of_other_networks_or_settings_is_refused(tmp_path):
    run = new_run()
    run.save(tmp_path / "c.npz", {"distortion": "RTS"})
    with pytest.raises(ValueError, match="other settings: distortion was RTS, is now R$"):
        run.load(tmp_path / "c.npz", {"distortion": "R"})
    other = Run({"FCN": MLP([42 * 42, 9, 10], 0, np.float32), "ST-FCN": networks()["ST-FCN"]}, FEW, "RTS", lambda _: 0.1)
    with pytest.raises(ValueError, match=r"other networks: FCN/param/layer1.W is float32 \(1764, 32\) there"):
        other.load(tmp_path / "c.npz", {"distortion": "RTS"})
    with pytest.raises(FileNotFoundError):
        run.load(tmp_path / "missing.npz")


def test_saving_leaves_no_temporary_file_and_no_broken_checkpoint(tmp_path, monkeypatch):
    run, path = new_run(), tmp_path / "c.npz"
    run.save(path)
    whole = path.read_bytes()

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="no space left"):
        run.save(path)
    assert path.read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]
