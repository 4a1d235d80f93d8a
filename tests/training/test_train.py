"""Training: the step, the schedule, what is watched, and checkpoints that resume bit for bit."""

import io
import json
import zipfile

import numpy as np
import pytest

from stn_numpy.data import Digits, as_feature_maps, load_digits
from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.network.layers import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from stn_numpy.network.modules import MLP, Sequential
from stn_numpy.training.distortions import distort
from stn_numpy.training.run import SGD, Run, error_rate, linear_decay, predict, step_decay, where_it_looks
from stn_numpy.transformer import SpatialTransformer

FEW = Digits(*(array[:60] for array in load_digits()))


def networks(seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    transformer = SpatialTransformer(MLP([42 * 42, 6, 6], rng, dtype), out_shape=(10, 12))
    return {"FCN": MLP([42 * 42, 32, 10], rng, dtype),
            "ST-FCN": Sequential(transformer=transformer, classifier=MLP([120, 32, 10], rng, dtype))}


def new_run(seed=0, schedule=step_decay(0.05, 5), **options):
    options = {"batch_size": 16, "factors": {"transformer": 0.1}, "seed": seed, **options}
    return Run(networks(seed), FEW, "RTS", schedule, **options)


def test_a_step_follows_the_formula_of_momentum():
    network = MLP([3, 2], rng=0)
    sgd = SGD(network, momentum=0.5)
    start = network.params["layer1.W"].copy()
    for _ in range(2):
        network.forward(np.ones((1, 3)))
        network.backward(np.array([[1.0, -2.0]]))
        sgd.step(0.1)
    gradient = np.ones((3, 1)) * [1.0, -2.0]                                 # the same at each step
    np.testing.assert_allclose(network.params["layer1.W"], start - 0.1 * gradient - (0.1 + 0.5 * 0.1) * gradient)


def test_a_factor_scales_the_steps_of_its_module_alone():
    plain, slow = networks()["ST-FCN"], networks()["ST-FCN"]
    images = np.random.default_rng(1).random((4, 1, 42, 42), dtype=np.float32)
    dlogits = np.random.default_rng(2).standard_normal((4, 10)).astype(np.float32)
    before = {name: param.copy() for name, param in plain.params.items()}
    for network, factors in ((plain, None), (slow, {"transformer": 0.25})):
        network.forward(images)
        network.backward(dlogits)
        SGD(network, factors=factors).step(0.5)
    moved = 0
    for name in before:
        factor = 0.25 if name.startswith("transformer.") else 1
        full = plain.params[name] - before[name]
        np.testing.assert_allclose(slow.params[name] - before[name], factor * full, atol=1e-6)
        moved += np.abs(full).max() > 1e-4
    assert moved >= 4


def test_a_factor_for_an_unknown_module_is_an_error():
    with pytest.raises(ValueError, match="'transformr', which has no parameters"):
        SGD(networks()["ST-FCN"], factors={"transformr": 0.1})


@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_momentum_out_of_range_is_an_error(momentum):
    with pytest.raises(ValueError, match="momentum must be at least 0 and less than 1"):
        SGD(networks()["FCN"], momentum)


def test_the_schedule_divides_by_ten_after_each_period():
    rate = step_decay(0.01, 50_000)
    np.testing.assert_allclose([rate(0), rate(49_999), rate(50_000), rate(100_000)], [1e-2, 1e-2, 1e-3, 1e-4])


def test_the_schedule_refuses_a_period_of_no_steps():
    with pytest.raises(ValueError, match=r"every must be \(every\), positive whole numbers, got \(0,\)"):
        step_decay(0.1, 0)


def test_the_linear_schedule_stays_and_then_falls_to_zero():
    rate = linear_decay(0.4, 5, 10)
    np.testing.assert_allclose([rate(step) for step in (0, 4, 5, 6, 9, 10)], [0.4, 0.4, 0.4, 0.32, 0.08, 0])
    np.testing.assert_allclose([linear_decay(1.0, 0, 4)(step) for step in range(5)], [1, 0.75, 0.5, 0.25, 0])


@pytest.mark.parametrize("start, end", [(-1, 10), (10, 10), (11, 10), (float("nan"), 10)])
def test_the_linear_schedule_must_end_after_it_starts(start, end):
    with pytest.raises(ValueError, match="start must be at least 0 and before end, got "):
        linear_decay(0.1, start, end)


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("t_x, t_y", [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_where_it_looks_knows_area_and_share_inside(t_x, t_y, align_corners):
    transformer = SpatialTransformer(MLP([80, 6], rng=0), out_shape=(5, 4), align_corners=align_corners)
    network = Sequential(transformer=transformer)
    bias = network.params["transformer.localisation.layer1.b"]
    bias[...] = [0.5, 0.2, t_x, 0.1, 0.8, t_y]                               # half of it beyond an edge
    network.forward(np.zeros((2, 1, 8, 10)))
    inside, determinant = where_it_looks(network)
    grid = affine_grid_forward(bias[None], (5, 4), align_corners)[0]
    assert determinant == pytest.approx(0.5 * 0.8 - 0.2 * 0.1)
    assert inside == np.mean((np.abs(grid) <= 1).all(axis=-1))
    assert 0 < inside < 1
    assert where_it_looks(MLP([3, 2])) == (1.0, 1.0)


def test_error_rate_counts_wrong_labels_across_batches():
    network = MLP([4, 3], rng=3)
    images = np.random.default_rng(0).standard_normal((7, 4))
    logits = network.forward(images)
    labels = logits.argmax(axis=1)
    labels[[1, 5]] = (labels[[1, 5]] + 1) % 3
    np.testing.assert_allclose(predict(network, images, batch_size=3), logits, rtol=1e-12)
    assert error_rate(network, images, labels) == pytest.approx(2 / 7)


def test_training_lowers_the_loss_and_keeps_float32():
    run = new_run(schedule=lambda step: 0.05, batch_size=60)
    first = None
    for _ in range(150):
        run.advance()
        if run.step == 5:
            first = [row["loss"] for row in run.report()]
    last = [row["loss"] for row in run.report()]
    assert all(after < 0.96 * before for before, after in zip(first, last))
    assert {param.dtype for net in run.networks.values() for param in net.params.values()} == {np.dtype(np.float32)}
    assert run.networks["ST-FCN"].forward(run.test_images).dtype == np.float32
    assert [row["network"] for row in run.history] == ["FCN", "ST-FCN"] * 2
    assert set(run.history[0]) == {"step", "network", "loss", "train_error", "test_error", "inside", "determinant"}


def test_each_step_sees_fresh_digits_and_a_report_tells_of_the_steps_since_the_last():
    run, rng, twin = new_run(), np.random.default_rng(0), networks()["FCN"]
    sgd = SGD(twin, momentum=0.9)
    for _ in range(2):
        run.advance()
        row = run.report()[0]
        chosen = rng.integers(len(FEW.train_images), size=16)
        images = distort(as_feature_maps(FEW.train_images[chosen], np.float32), "RTS", rng)
        logits, labels = twin.forward(images), FEW.train_labels[chosen]
        loss, cache = softmax_cross_entropy_forward(logits, labels)
        twin.backward(softmax_cross_entropy_backward(1.0, cache))
        sgd.step(0.05)
        assert row["loss"] == pytest.approx(loss, rel=1e-6)
        assert row["train_error"] == np.mean(logits.argmax(axis=1) != labels)


@pytest.mark.parametrize("field, labels, error, message", [
    ("train_labels", FEW.train_labels[:5], ValueError, r"train_labels must have shape \(60,\), .* got \(5,\)"),
    ("test_labels", FEW.test_labels[:5], ValueError, r"test_labels must have shape \(60,\), .* got \(5,\)"),
    ("train_labels", FEW.train_labels + 9, ValueError, r"train_labels must lie in 0\.\.9, got values from 9 to 18"),
    ("test_labels", FEW.test_labels / 1, TypeError, "test_labels must be integers, got float64"),
])
def test_labels_that_do_not_fit_the_digits_are_refused(field, labels, error, message):
    with pytest.raises(error, match=message):
        Run(networks(), FEW._replace(**{field: labels}), "RTS", lambda step: 0.1)


def test_the_test_set_does_not_depend_on_the_seed_but_training_does():
    one, two = new_run(seed=1), new_run(seed=2)
    np.testing.assert_array_equal(one.test_images, two.test_images)
    one.advance(), two.advance()
    assert one.rng.bit_generator.state != two.rng.bit_generator.state
    np.testing.assert_array_equal(one.networks["FCN"].params["layer1.b"] != two.networks["FCN"].params["layer1.b"], True)


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


def test_a_lost_transformer_is_reported():
    run = new_run()
    run.networks["ST-FCN"].params["transformer.localisation.layer2.b"][2] = 5
    run.advance()
    with pytest.warns(UserWarning, match="ST-FCN looks outside the image, only 0% of its samples"):
        run.report()


def test_a_run_that_diverges_stops_with_a_word_on_the_learning_rate():
    run = new_run(schedule=lambda step: 1e18)
    with pytest.raises(FloatingPointError, match="FCN diverged by step [1-5]: .* finite.*try a smaller learning rate"):
        for _ in range(6):
            run.advance()


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
    elif kind == "other npz":
        np.savez(path, a=np.zeros(3))
    elif kind == "pickle":
        np.savez(path, state=np.array([{"a": 1}], dtype=object))


@pytest.mark.parametrize("kind", ["truncated", "empty", "text", "one array", "flipped", "deflate", "packing",
                                  "other npz", "pickle"])
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


@pytest.mark.parametrize("state, message", [
    ("{", "damaged or no checkpoint: Expecting property name"),
    ("[1]", "not a checkpoint of a run: its state is not history, rng, settings, since_report, step"),
    (json.dumps({"settings": None, "rng": {}}), "not a checkpoint of a run: its state is not history"),
])
def test_a_foreign_state_is_refused_and_changes_nothing(tmp_path, state, message):
    run, path = new_run(), tmp_path / "c.npz"
    run.save(path)
    with np.load(path) as stored:
        np.savez(path, **{**stored, "state": np.array(state)})
    before = run.rng.bit_generator.state
    with pytest.raises(ValueError, match=f"c.npz is {message}"):
        run.load(path)
    assert run.rng.bit_generator.state == before and run.step == 0


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


def test_networks_of_different_dtypes_are_refused():
    with pytest.raises(TypeError, match=r"one dtype, got \['float32', 'float64'\]"):
        Run({"a": MLP([4, 10], 0, np.float32), "b": MLP([4, 10], 0, np.float64)}, FEW, "R", lambda _: 0.1)


def test_step_k_is_taken_at_the_rate_of_k(monkeypatch):
    rates = []
    monkeypatch.setattr(SGD, "step", lambda optimiser, rate: rates.append(rate))
    run = new_run(schedule=lambda step: step + 0.5)
    for _ in range(2):
        run.advance()
    assert rates[::len(run.networks)] == [0.5, 1.5]
