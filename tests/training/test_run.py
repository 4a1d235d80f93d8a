"""Runs: batches, what is watched on the way, and the loop."""

import numpy as np
import pytest
from training_runs import FEW, networks, new_run

from stn_numpy.data import as_feature_maps
from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.network.layers import softmax_cross_entropy_backward, softmax_cross_entropy_forward
from stn_numpy.network.modules import MLP, Sequential
from stn_numpy.training.distortions import distort
from stn_numpy.training.run import Run, complaints, error_rate, predict, report_steps, train, where_it_looks
from stn_numpy.training.sgd import SGD
from stn_numpy.transformer import SpatialTransformer


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


@pytest.mark.parametrize("theta, seen", [
    ([1, 0, 5, 0, 1, 0], "looks outside the image: 0% of its samples are inside"),
    ([1.5, 0, 0, 0, 1.5, 0], "zooms out: it looks at 2.2 times the area of the image"),
])
def test_a_transformer_that_lost_the_image_is_named_once_with_the_cures(theta, seen):
    run = new_run(schedule=lambda step: 0.0)
    run.networks["ST-FCN"].params["transformer.localisation.layer2.b"][...] = theta
    told = [progress.complaints for progress in train(run, 3, {1, 2, 3}, lambda: False)]
    (line,), *later = told
    assert line.startswith(f"at step 1 the transformer of ST-FCN {seen}") and later == [[], []]
    assert "--localisation-factor" in line and "lesson 11" in line
    assert list(complaints(run.history[-2:])) == ["ST-FCN"]                  # and it is still so at the end


@pytest.mark.parametrize("inside, area", [(0.65, 1.6), (0.3, 1.4), (0.76, 8.3), (0.9, 0.3)])
def test_a_transformer_that_looks_where_it_should_is_not_complained_of(inside, area):
    assert complaints([{"step": 5, "network": "a", "inside": inside, "determinant": area}, {"step": 5}]) == {}


def test_the_loop_reports_where_it_should_and_knows_the_time_that_is_left():
    run, clock = new_run(), iter(range(0, 1000, 10)).__next__
    seen = [(run.step, len(progress.rows), progress.spent, progress.left)
            for progress in train(run, 6, report_steps(6, 2), lambda: run.step == 4, clock)]
    assert seen == [(1, 0, 10, 50), (2, 0, 20, 40), (3, 2, 30, 30), (4, 0, 40, 20)]      # told to stop after step 4
    assert next(train(run, 6, set(), lambda: False, clock)).left == 10 and report_steps(4, 4) == {0, 1, 2, 3, 4}


def test_a_run_that_diverges_stops_and_names_the_learning_rate():
    run = new_run(schedule=lambda step: 1e18)
    with pytest.raises(FloatingPointError, match="FCN diverged by step [1-5]: .* finite.*try a smaller learning rate"):
        for _ in range(6):
            run.advance()


@pytest.mark.parametrize("rate", [-1, float("nan")])
def test_a_schedule_that_gives_no_rate_is_no_divergence(rate):
    with pytest.raises(ValueError, match="learning_rate must be a finite number, 0 or more, got"):
        new_run(schedule=lambda step: rate).advance()


@pytest.mark.parametrize("labels, error, message", [
    (np.zeros((60, 1), int), ValueError, r"labels must have shape \(60,\), one for each row, got \(60, 1\)"),
    (None, TypeError, "labels must be integers, got object"),
    (["seven"] * 60, TypeError, "labels must be integers, got <U5"),
    (np.full(60, 10), ValueError, r"labels must lie in 0\.\.9, got values from 10 to 10"),
])
def test_an_error_rate_needs_a_label_for_each_image(labels, error, message):
    with pytest.raises(error, match=message):
        error_rate(networks()["FCN"], new_run().test_images, labels)


def test_nothing_to_predict_or_to_train_on_is_refused():
    with pytest.raises(ValueError, match=r"images must hold at least one image, got shape \(0, 1, 42, 42\)"):
        predict(networks()["FCN"], np.zeros((0, 1, 42, 42), np.float32))
    with pytest.raises(ValueError, match="batch_size must be a whole number from 1 up, got 0"):
        predict(networks()["FCN"], new_run().test_images, 0)
    with pytest.raises(ValueError, match="batch_size must be a whole number from 1 up, got 0"):
        new_run(batch_size=0)
    for field in ("train_images", "test_images"):
        empty = FEW._replace(**{field: FEW.train_images[:0]})
        with pytest.raises(ValueError, match=f"{field} must hold at least one digit, got none"):
            Run(networks(), empty, "RTS", lambda step: 0.1)


TWICE = networks()["FCN"]


@pytest.mark.parametrize("change, error, message", [
    ({"networks": [TWICE]}, TypeError, "networks must be a dict whose keys are names, got "),
    ({"networks": {3: TWICE}}, TypeError, "networks must be a dict whose keys are names, got {3: "),
    ({"networks": {"a": None}}, TypeError, "network 'a' must be a module such as stn_numpy.MLP, got None"),
    ({"networks": {}}, TypeError, "the parameters of all networks must have one dtype, got no parameters"),
    ({"networks": {"a": TWICE, "b": Sequential(TWICE)}}, ValueError, "networks must not share modules"),
    ({"digits": tuple(FEW)}, TypeError, r"digits must be Digits, as load_digits\(\) gives them, got a tuple"),
    ({"digits": FEW._replace(test_images=None)}, TypeError, "images must be uint8, got object"),
    ({"schedule": 0.1}, TypeError, "schedule must be a function, got a float"),
    ({"factors": [0.1]}, TypeError, r"factors must be a dict whose keys are names, got \[0.1\]"),
    ({"seed": -1}, ValueError, "seed must be a numpy Generator, a seed from 0 up, or None .* got -1"),
    ({"test_seed": "x"}, ValueError, "test_seed must be a numpy Generator, a seed from 0 up, or None .* got 'x'"),
])
def test_what_a_run_is_made_of(change, error, message):
    wanted = {"networks": networks(), "digits": FEW, "distortion": "RTS", "schedule": lambda step: 0.1}
    with pytest.raises(error, match=message):
        Run(**{**wanted, **change})


def test_options_of_a_run_are_checked_whenever_they_are_set():
    run = new_run()
    for name, wrong in (("batch_size", -1), ("batch_size", 2.5), ("distortion", "rts"), ("schedule", 0.1)):
        with pytest.raises((TypeError, ValueError), match=f"{name} must be "):
            setattr(run, name, wrong)
    with pytest.raises(TypeError, match="what this dict holds was fixed when its owner was made"):
        run.networks["CNN"] = TWICE                                                # which would have no optimiser
    run.batch_size = 3
    assert len(run.batch()[1]) == 3


class Odd(MLP):
    """A network that puts out something else."""

    def __init__(self, output):
        super().__init__([4, 3])
        self.output = output

    def forward(self, x):
        return self.output


@pytest.mark.parametrize("output, error, message", [
    (None, TypeError, "what the network puts out must be float32 or float64, got object"),
    (np.ones((6, 3)), ValueError, r"the network must put out a row for each of 7 images, got shape \(6, 3\)"),
    (np.float64(1), ValueError, r"the network must put out a row for each of 7 images, got shape \(\)"),
    (np.full((7, 3), np.nan), ValueError, "what the network puts out must be finite, but 21 of 21 entries are not"),
    (np.ones(7), ValueError, r"logits must have shape \(N, K\), got \(7,\)"),
])
def test_an_error_rate_needs_a_row_of_logits_for_each_image(output, error, message):
    with pytest.raises(error, match=message):
        error_rate(Odd(output), np.ones((7, 4)), np.zeros(7, int))


@pytest.mark.parametrize("call, error, message", [
    (lambda: predict(None, np.ones((7, 4))), TypeError, "network must be a module such as stn_numpy.MLP, got None"),
    (lambda: predict(TWICE, None), ValueError, r"images must hold at least one image, got shape \(\)"),
    (lambda: predict(TWICE, np.ma.masked_array(np.ones((7, 4)), True)), TypeError, "images must not be a masked array"),
    (lambda: where_it_looks("net"), TypeError, "network must be a module such as stn_numpy.MLP, got a str"),
    (lambda: where_it_looks(networks()["ST-FCN"]), RuntimeError, "where_it_looks needs a forward pass first"),
    (lambda: report_steps(10, 0), ValueError, "reports must be a whole number from 1 up, got 0"),
    (lambda: report_steps("10", 2), ValueError, "steps must be a whole number from 1 up, got '10'"),
    (lambda: next(train(new_run(), float("nan"), {1}, bool)), ValueError, "steps must be a whole number from 0 up, got nan"),
    (lambda: next(train(new_run(), 3, {1}, None)), TypeError, "stopped must be a function, got None"),
    (lambda: next(train(new_run(), 3, 1, bool)), TypeError, "reports must be a set of steps, got an int"),
    (lambda: next(train(new_run(), 3, {1}, bool, clock=3)), TypeError, "clock must be a function, got an int"),
    (lambda: distort(np.ones((1, 1, 28, 28)), "R", -1), ValueError, "rng must be a numpy Generator, a seed from 0 up"),
])
def test_what_cannot_be_meant_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


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
