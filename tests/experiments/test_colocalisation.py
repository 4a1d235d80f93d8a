"""Co-localisation: the search on tiny data, and the command that runs and stops it."""

import signal

import matplotlib.image
import numpy as np
import pytest
from colocalisation_digits import FEW
from table1_cells import without_time

from stn_numpy.experiments import colocalisation as command
from stn_numpy.experiments import colocalisation_networks as networks
from stn_numpy.experiments import colocalisation_results as results
from stn_numpy.experiments import colocalisation_task as task
from stn_numpy.experiments.records import read_records
from stn_numpy.experiments.triplet import triplet_hinge_backward, triplet_hinge_forward


def small_search(encoder, clutter=False, steps=20, seed=0):
    return command.Search(*command.canvases_of(3, FEW, 0), encoder, clutter, steps, seed)


def test_the_gradient_passes_through_the_fixed_encoder_to_theta(encoder):
    """dL/dtheta of the analytic way against central differences, the encoder in between, in float64."""
    run = small_search(encoder)
    to_float64(run.network)
    images = run.canvases.plain[:4].astype(np.float64)
    e_random = np.random.default_rng(2).standard_normal((4, 75)) / 9
    [bias] = [array for array in run.transformer.params.values() if array.shape == (3,)]
    bias[...] = 0.6, 0.13, -0.07

    def loss():
        value, cache = triplet_hinge_forward(run.network.forward(images), e_random, 5.0)
        return value, cache

    run.network.backward(triplet_hinge_backward(1.0, loss()[1])[0], need_dx=False)
    [gradient] = [array.copy() for array in run.transformer.grads.values() if array.shape == (3,)]
    for i in range(3):
        bias[i] += 1e-7
        above = loss()[0]
        bias[i] -= 2e-7
        below = loss()[0]
        bias[i] += 1e-7
        assert gradient[i] == pytest.approx((above - below) / 2e-7, rel=1e-4)
    assert np.abs(gradient).min() > 1e-3


def to_float64(network):
    for module in network.walk():
        module._params = {name: array.astype(np.float64) for name, array in module._params.items()}


def test_a_search_changes_the_transformer_alone(encoder):
    before = {name: array.copy() for name, array in encoder.params.items()}
    run = small_search(encoder)
    for _ in range(5):
        run.advance()
    assert all((before[name] == array).all() for name, array in encoder.params.items())
    assert all(array.any() for array in run.transformer.params.values())


def test_the_scale_is_held_and_let_go(encoder):
    run = small_search(encoder, steps=20)                     # held in the first 4 steps
    for step in range(6):
        run.advance()
        run.look(run.canvases)
        s, moved = run.transformer.theta[:, 0], run.transformer.theta[:, 1:]
        assert np.ptp(moved) > 0
        assert (s == np.float32(networks.WIDE)).all() if step < 4 else (s != np.float32(networks.WIDE)).any()


def test_long_gradients_are_shortened_together_and_short_ones_left():
    grads = {"W": np.array([[3.0, 0.0]]), "b": np.array([4.0])}
    command._shorten(grads, 0.5)
    np.testing.assert_allclose(np.concatenate([grads["W"][0], grads["b"]]), [0.3, 0, 0.4])
    command._shorten(grads, 0.6)
    np.testing.assert_allclose(grads["b"], [0.4])


def test_clutter_fades_in_and_stays(encoder):
    run = small_search(encoder, clutter=True)
    assert [run._strength(done) for done in (0, 0.4, 0.75, 1)] == [0, 0, 1, 1]
    assert 0 < run._strength(0.5) < run._strength(0.6) < 1
    assert small_search(encoder)._strength(1) == 0
    unaided = command.Search(*command.canvases_of(3, FEW, 0), encoder, True, 20, 0, unaided=True)
    assert [unaided._strength(done) for done in (0, 0.5, 1)] == [1, 1, 1]


def test_a_step_compares_crops_with_random_pieces_of_what_is_seen_then(encoder, monkeypatch):
    run = small_search(encoder, clutter=True)
    run.step, cropped, encoded, rates = 12, [], [], []         # with some of the clutter
    monkeypatch.setattr(command, "random_crops", lambda images, rng: (cropped.append(images),
                                                                      task.random_crops(images, rng))[1])
    monkeypatch.setattr(command.SGD, "step", lambda optimiser, rate: rates.append(rate))
    forward = encoder.forward
    monkeypatch.setattr(encoder, "forward", lambda x: (encoded.append(x), forward(x))[1])
    run.advance()
    chosen = [np.flatnonzero((run.canvases.with_clutter(run._strength(0.6)) == image).all(axis=(1, 2, 3)))
              for image in cropped[0]]
    assert all(len(place) == 1 for place in chosen) and 0 < run._strength(0.6) < 1
    at_random, cropped_by_box = encoded                        # the last to pass is the one that gradients go through
    box = command.AveragePool().forward(run.transformer.forward(cropped[0]))
    np.testing.assert_allclose(cropped_by_box, box, atol=1e-6)
    assert at_random.shape == box.shape and np.abs(at_random - box).max() > 0.1


def test_the_rate_falls_in_the_last_quarter(encoder, monkeypatch):
    rates = []
    monkeypatch.setattr(command.SGD, "step", lambda optimiser, rate: rates.append(rate))
    run = small_search(encoder, steps=8)
    for _ in range(8):
        run.advance()
    np.testing.assert_allclose(rates, 0.006 * np.array([1, 1, 1, 1, 1, 1, 1, 0.5]))


def test_a_report_judges_both_sets_with_all_of_their_clutter(encoder, monkeypatch):
    run, judged = small_search(encoder, clutter=True), []
    monkeypatch.setattr(command, "iou", lambda boxes, truth: (judged.append(truth), task.iou(boxes, truth))[1])
    assert run.report() == [] == run.curve                     # the start is no point of the curve, but a moment of the film
    run.advance()
    [point] = run.report()
    assert run.curve == [point] and {len(truth) for truth in judged} == {len(run.new.boxes), len(run.canvases.boxes)}
    (_, _, _), (step, boxes, crops) = run.film.frames
    shown = len(boxes)
    np.testing.assert_allclose(crops, run.transformer.forward(run.canvases.cluttered)[:shown, 0], atol=1e-6)
    np.testing.assert_allclose(boxes, task.boxes_of(run.transformer.grid)[:shown], atol=1e-4)
    assert step == 1 and np.abs(crops - run.transformer.forward(run.canvases.plain)[:shown, 0]).max() > 0.1


def test_each_point_of_the_curve_has_the_mean_loss_since_the_one_before(encoder, monkeypatch):
    def advance(run):
        run.step += 1
        run._losses.append(float(run.step))

    monkeypatch.setattr(command.Search, "advance", advance)
    monkeypatch.setattr(command, "REPORTS", 2)
    options = command.parse(["--steps", "4"])
    run, _ = command.search(3, False, encoder, FEW, options, command.CtrlC.__new__(Unpressed), "")
    assert [point["loss"] for point in run.curve] == [1.5, 3.5]


class Unpressed(command.CtrlC):
    pressed = False


def test_the_digits_searched_are_not_those_that_the_encoder_learned():
    marked = FEW._replace(train_images=np.minimum(FEW.train_images, 100))          # no bright pixel in training
    canvases, new = command.canvases_of(3, marked, 0)
    assert len(canvases.boxes) == (FEW.test_labels == 3).sum() and len(new.boxes) == (FEW.train_labels == 3).sum()
    assert (canvases.plain.max(axis=(1, 2, 3)) > 0.5).all() and new.cluttered.max() < 0.5
    threes = command.as_feature_maps(FEW.test_images[FEW.test_labels == 3], np.float32)
    np.testing.assert_allclose(canvases.plain.sum(axis=(1, 2, 3)), threes.sum(axis=(1, 2, 3)), rtol=1e-4)


@pytest.fixture
def tiny(monkeypatch, quick):
    monkeypatch.setattr(command, "load_digits", lambda: FEW)


@pytest.fixture
def no_pictures(monkeypatch):
    monkeypatch.setattr(command, "save", lambda figure, path: path.write_bytes(b""))
    monkeypatch.setattr(results, "draw", lambda film, title: None)


def run(folder, *more):
    return command.main(["--steps", "5", "--classes", "3", "--out", str(folder), *more])


@pytest.mark.usefixtures("tiny")
def test_each_set_leaves_a_record_and_a_picture_and_is_then_passed_over(tmp_path, capsys):
    assert run(tmp_path) == 0
    out = capsys.readouterr().out
    assert "1 of 2: translated 3: step 5 of 5, loss" in out and "2 of 2: cluttered 3" in out and "0 s left" in out
    assert "| 3 | " in out and "| the paper | 100 | 75-93 |" in out
    one, two = read_records(tmp_path, results.FORM)
    assert (one["clutter"], two["clutter"], one["class"]) == (True, False, 3)
    assert [point["step"] for point in one["curve"]] == [1, 2, 3, 4, 5]
    assert one["hits"] == one["curve"][-1]["hits"]
    for path in tmp_path.glob("*.json"):
        picture = matplotlib.image.imread(results.picture_path(path))
        assert (picture[..., 3] == 1).all() and (picture[0, 0, :3] == 1).all() and picture.std() > 0.1
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(before) == 4 and run(tmp_path) == 0
    out = capsys.readouterr().out
    assert "translated 3 is finished" in out and "classifier" not in out
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.usefixtures("tiny", "no_pictures")
def test_an_unaided_search_has_records_and_a_table_of_its_own(tmp_path, monkeypatch, capsys):
    strengths, strength = [], command.Search._strength
    monkeypatch.setattr(command.Search, "_strength",
                        lambda search, done: (strengths.append(strength(search, done)), strengths[-1])[1])
    assert run(tmp_path, "--clutter", "yes") == 0 and 0 in strengths
    strengths.clear()
    assert run(tmp_path, "--clutter", "yes", "--unaided") == 0 and set(strengths) == {1}
    assert "1 of 1: unaided-cluttered 3: step 5 of 5" in capsys.readouterr().out
    aided, unaided = read_records(tmp_path, results.FORM)
    assert (results.unaided(aided), results.unaided(unaided)) == (False, True)
    assert "clutter_fades_in" not in unaided["configuration"] and "whole_above" not in unaided["configuration"]
    one, other = results.table([aided, unaided]), results.table([aided, unaided], without_help=True)
    assert one == results.table([aided]) and other == results.table([unaided], without_help=True) != results.table([])


@pytest.mark.usefixtures("tiny", "no_pictures")
def test_a_stop_keeps_what_is_finished_and_the_rest_begins_anew_to_the_same_figures(tmp_path, monkeypatch, capsys):
    assert run(tmp_path / "whole") == 0
    advance, calls = command.Search.advance, []

    def stopped(search):
        calls.append(search)
        if len(calls) == 8:                                   # in the second set
            signal.raise_signal(signal.SIGINT)
        return advance(search)

    monkeypatch.setattr(command.Search, "advance", stopped)
    assert run(tmp_path / "parts") == 130
    assert "stopped; what is finished is kept" in capsys.readouterr().out
    assert len(list((tmp_path / "parts").iterdir())) == 2 and len(calls) == 8
    assert run(tmp_path / "parts") == 0
    whole, parts = (read_records(tmp_path / name, results.FORM) for name in ("whole", "parts"))
    assert list(map(without_time, whole)) == list(map(without_time, parts))


@pytest.mark.usefixtures("tiny", "no_pictures")
def test_seeds_differ(tmp_path):
    for seed in ("0", "1"):
        run(tmp_path, "--clutter", "no", "--seed", seed)
    one, two = read_records(tmp_path, results.FORM)
    assert one["curve"] != two["curve"] and (one["seed"], two["seed"]) == (0, 1)


@pytest.mark.usefixtures("tiny", "no_pictures")
def test_a_record_of_other_settings_is_not_passed_over(tmp_path, monkeypatch, capsys):
    run(tmp_path, "--clutter", "no")
    monkeypatch.setitem(command.SETTINGS, "alpha", 2.0)
    assert run(tmp_path, "--clutter", "no") == 2
    assert "alpha was 1.0, is now 2.0" in capsys.readouterr().err


@pytest.mark.parametrize("arguments, words", [
    (["--classes", "3,3"], "must be some of 0,1,2,3,4,5,6,7,8,9, each once, got '3,3'"),
    (["--classes", "10"], "must be some of 0,1,2,3,4,5,6,7,8,9"), (["--classes", ""], "must be some of 0,1,2,3,4,5,6,7,8,9"),
    (["--clutter", "some"], "invalid choice: 'some'"), (["--steps", "0"], "--steps: must be a whole number from 1"),
    (["--seed", "-1"], "--seed: must be a whole number from 0"),
])
def test_bad_options_are_refused(refused, arguments, words):
    assert words in refused(command.main, *arguments)


def test_the_default_shows_both_settings():
    options = command.parse([])
    assert options.classes == [3, 8] and options.clutter == [False, True]


def test_a_folder_that_cannot_be_made_and_a_class_without_digits(tmp_path, monkeypatch, capsys, quick):
    (tmp_path / "file").write_text("")
    assert run(tmp_path / "file" / "folder") == 2
    assert "cannot write to" in capsys.readouterr().err
    no_threes = FEW._replace(test_labels=np.where(FEW.test_labels == 3, 4, FEW.test_labels))
    monkeypatch.setattr(command, "load_digits", lambda: no_threes)
    assert run(tmp_path) == 2
    assert "at least two digits of class 3 are needed" in capsys.readouterr().err
