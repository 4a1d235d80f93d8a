"""Co-localisation: the task and its boxes, the networks, searches on tiny data, stopping, records and the page."""

import json
import re
import signal

import matplotlib.image
import numpy as np
import pytest
from table1_cells import without_time

from stn_numpy.data import Digits, load_digits
from stn_numpy.experiments import colocalisation as command
from stn_numpy.experiments import colocalisation_networks as networks
from stn_numpy.experiments import colocalisation_reader as reader
from stn_numpy.experiments import colocalisation_results as results
from stn_numpy.experiments import colocalisation_task as task
from stn_numpy.experiments.records import checksum, read_record, read_records, write_record
from stn_numpy.experiments.triplet import triplet_hinge_backward, triplet_hinge_forward
from stn_numpy.grid.restricted import attention_grid_forward

ALL = load_digits()
FEW = Digits(ALL.train_images[:400], ALL.train_labels[:400], ALL.test_images[:60], ALL.test_labels[:60])
PAGE = command.RESULTS.with_name("README.md")


def digits(count, seed=0):
    """Digits drawn at random, float64; no pixel is 0."""
    return 0.1 + 0.9 * np.random.default_rng(seed).random((count, 1, 28, 28))


# The task

def test_digits_lie_whole_in_their_boxes_and_nowhere_else():
    images = digits(5)
    made = task.make_canvases(images, digits(3, 1), np.random.default_rng(0))
    assert made.plain.shape == made.cluttered.shape == (5, 1, 84, 84)
    for image, canvas, (left, top, right, bottom) in zip(images, made.plain, made.boxes):
        assert (right - left, bottom - top) == (28, 28) and -0.5 <= min(left, top) and max(right, bottom) <= 83.5
        rows, columns = slice(int(top + 0.5), int(bottom + 0.5)), slice(int(left + 0.5), int(right + 0.5))
        np.testing.assert_array_equal(canvas[0, rows, columns], image[0])
        assert np.count_nonzero(canvas) == 28 * 28
    assert len(np.unique(made.boxes, axis=0)) == 5


def test_every_place_is_possible():
    boxes = task.make_canvases(np.ones((4000, 1, 28, 28), np.float32), digits(2), np.random.default_rng(0)).boxes
    assert boxes.min(axis=0).tolist() == [-0.5, -0.5, 27.5, 27.5]
    assert boxes.max(axis=0).tolist() == [55.5, 55.5, 83.5, 83.5]


def test_clutter_is_sixteen_pieces_of_others_over_which_the_brighter_is_seen():
    dark, others = np.zeros((300, 1, 28, 28)), np.full((3, 1, 28, 28), 0.5)
    made = task.make_canvases(dark, others, np.random.default_rng(0))
    covered = np.count_nonzero(made.cluttered, axis=(1, 2, 3))
    assert set(np.unique(made.cluttered)) == {0, 0.5} and covered.max() <= 16 * 36
    ways = np.minimum(np.minimum(np.arange(84) + 1, 84 - np.arange(84)), 6)        # to cover a pixel along one axis
    expected = (1 - (1 - np.outer(ways, ways) / 79 ** 2) ** 16).sum()
    assert covered.mean() == pytest.approx(expected, rel=0.02)              # fewer pieces would cover less
    made = task.make_canvases(np.full((20, 1, 28, 28), 0.8), others, np.random.default_rng(0))
    assert ((made.plain == 0.8) <= (made.cluttered == 0.8)).all()


def test_the_strength_of_the_clutter():
    made = task.make_canvases(digits(3), digits(3, 1), np.random.default_rng(0))
    np.testing.assert_array_equal(made.with_clutter(0), made.plain)
    np.testing.assert_array_equal(made.with_clutter(False), made.plain)
    np.testing.assert_allclose(made.with_clutter(1, [2]), made.cluttered[[2]], atol=1e-15)
    assert (made.cluttered != made.plain).mean() > 0.01
    np.testing.assert_allclose(made.with_clutter(0.25), 0.75 * made.plain + 0.25 * made.cluttered)


def test_random_crops_are_pieces_of_their_own_canvas():
    canvases = np.arange(40 * 84 * 84, dtype=float).reshape(40, 1, 84, 84)         # every pixel tells where it was
    crops = task.random_crops(canvases, np.random.default_rng(0))
    corners = crops[:, 0, 0, 0].astype(int)
    image, place = corners // 84 ** 2, corners % 84 ** 2
    assert image.tolist() == list(range(40)) and len(set(place.tolist())) > 30
    np.testing.assert_array_equal(crops[7, 0], canvases[7, 0, place[7] // 84:, place[7] % 84:][:28, :28])


@pytest.mark.parametrize("other, wanted", [
    ((0, 0, 4, 4), 1), ((2, 0, 6, 4), 1 / 3), ((2, 2, 6, 6), 1 / 7), ((1, 1, 3, 3), 1 / 4), ((4, 0, 8, 4), 0),
    ((9, 9, 12, 12), 0), ((-1, -1, 5, 5), 16 / 36), ((9, 1, 12, 3), 0),
])
def test_iou_of_known_boxes(other, wanted):
    box, other = np.array([[0, 0, 4, 4.0]]), np.array([other], float)
    assert task.iou(box, other)[0] == task.iou(other, box)[0] == pytest.approx(wanted)


@pytest.mark.parametrize("points", [28, 56, 2])
def test_the_box_of_a_grid_that_frames_a_digit_is_the_digits_box(points):
    made = task.make_canvases(digits(6), digits(2), np.random.default_rng(3))
    spacing = 28 / points                                      # the pixels from one point to the next
    s = np.full(6, spacing * (points - 1) / 83)
    t = ((made.boxes[:, :2] + made.boxes[:, 2:]) / 2 - 41.5) / 41.5
    for sign in (1, -1):                                       # s < 0 shows the same piece, mirrored
        grid, _ = attention_grid_forward(np.column_stack([sign * s, t]), (points, points))
        np.testing.assert_allclose(task.boxes_of(grid), made.boxes, atol=1e-9)
        np.testing.assert_allclose(task.iou(task.boxes_of(grid), made.boxes), 1)


def test_a_hit_is_an_iou_above_a_half():
    assert results.hit_rate(np.array([0.5, 0.5001, 0.9, 0.1])) == 0.5


# The networks

def test_share_of_ink_makes_all_images_equally_bright_and_refuses_a_black_one():
    V, _ = networks.share_of_ink_forward(np.stack([np.full((1, 3, 4), 0.7), np.eye(3, 4)[None]]))
    np.testing.assert_allclose(V.mean(axis=(1, 2, 3)), 0.1)
    assert V[1, 0, 0, 0] == pytest.approx(0.4) and V[1, 0, 0, 1] == 0
    with pytest.raises(ValueError, match="ink in every image, but image 1 has a mean of 0"):
        networks.share_of_ink_forward(np.array([np.ones((1, 2, 2)), np.zeros((1, 2, 2))]))


@pytest.fixture
def quick(monkeypatch):
    """A classifier that takes a few steps."""
    monkeypatch.setitem(reader.READER, "steps", 12)


@pytest.fixture
def encoder(quick):
    return reader.train_encoder(FEW, 0)[0]


def test_both_parts_of_the_encodings_of_digits_have_the_mean_square_length_asked_for(encoder):
    images = command.as_feature_maps(FEW.train_images, np.float32)
    e = encoder.forward(images)
    assert e.shape == (400, 64 + 11) and e.dtype == np.float32
    for part in (e[:, :64], e[:, 64:]):
        assert np.square(part).sum(axis=1).mean() == pytest.approx(networks.SQUARE, rel=1e-4)


def test_the_parts_of_an_encoding_are_the_first_filters_in_quarters_and_the_answers(encoder):
    images = command.as_feature_maps(FEW.train_images[:3], np.float32)
    e, maps = encoder.forward(images), encoder.children["first"].forward(images)         # maps (3, 16, 10, 10)
    quarters = np.stack([maps[:, :, i:i + 4, j:j + 4].mean(axis=(2, 3)) for i in (0, 4) for j in (0, 4)], axis=2)
    np.testing.assert_allclose(e[:, :64], encoder.scales[0] * quarters.reshape(3, 64), rtol=1e-5)
    np.testing.assert_allclose(e[:, 64:], encoder.scales[1] * encoder.children["rest"].forward(maps), rtol=1e-5)


def some_pieces(count, kinds, monkeypatch):
    """Bright frames on dark canvases, cropped in these of the ways."""
    with monkeypatch.context() as patch:
        patch.setattr(reader, "PIECES", {name: [1 / len(kinds), *reader.PIECES[name][1:]] for name in kinds})
        return reader.pieces(np.ones((count, 1, 28, 28)), np.full(count, 7), np.zeros((1, 1, 28, 28)),
                             np.random.default_rng(0))


def test_pieces_with_a_whole_digit_in_the_middle_have_its_label(monkeypatch):
    crops, answers = some_pieces(200, ["whole"], monkeypatch)
    assert crops.shape == (200, 1, 28, 28) and (answers == 7).all()
    assert crops[:, :, 4:-4, 4:-4].min() > 0.99 and crops.min() == 0      # a piece may be larger than the frame


def test_other_pieces_have_the_eleventh_answer(monkeypatch):
    assert (some_pieces(200, ["beside"], monkeypatch)[1] == reader.NONE).all()
    crops, answers = some_pieces(400, ["sized", "anywhere"], monkeypatch)
    ink = crops.mean(axis=(1, 2, 3))
    assert 0.02 < (answers == 7).mean() < 0.3 and set(answers) == {7, reader.NONE}
    assert ink[answers == 7].min() > 0.55 and ink.min() < 0.01


def test_a_frame_hit_exactly_is_seen_as_it_is_but_for_the_sampling(monkeypatch):
    """Points 1/4 pixel beside each pixel's centre, averaged, are 3/4 of it and 1/8 of each neighbour, in x and in y."""
    monkeypatch.setattr(reader, "PIECES", {"whole": [1, [0, 0], [1, 1]]})
    crops, answers = reader.pieces(digits(4), np.arange(4), np.zeros((1, 1, 28, 28)), np.random.default_rng(0))
    mixing = 0.75 * np.eye(28) + 0.125 * (np.eye(28, k=1) + np.eye(28, k=-1))
    np.testing.assert_allclose(crops, mixing @ digits(4) @ mixing, atol=1e-9)
    assert answers.tolist() == [0, 1, 2, 3]


def test_the_shares_of_the_pieces_add_up():
    assert sum(share for share, *_ in reader.PIECES.values()) == pytest.approx(1)


def test_the_transformer_first_sees_the_whole_of_every_canvas():
    transformer = networks.build_transformer(np.random.default_rng(0))
    made = task.make_canvases(digits(4).astype(np.float32), digits(2), np.random.default_rng(0))
    assert transformer.forward(made.plain).shape == (4, 1, 56, 56)
    box, = np.unique(task.boxes_of(transformer.grid), axis=0)
    assert (box[:2] < -0.5).all() and (box[2:] > 83.5).all()


def small_search(encoder, clutter=False, steps=20, seed=0):
    return command.Search(*command.canvases_of(3, FEW, 0), encoder, clutter, steps, seed)


def test_the_gradient_passes_through_the_fixed_encoder_to_theta(encoder):
    """dL/dtheta of the analytic way against central differences, the encoder in between, in float64."""
    run = small_search(encoder)
    to_float64(run.network)
    images = run.canvases.plain[:4].astype(np.float64)
    e_random = np.random.default_rng(2).standard_normal((4, 75)) / 9
    bias, = [array for array in run.transformer.params.values() if array.shape == (3,)]
    bias[...] = 0.6, 0.13, -0.07

    def loss():
        value, cache = triplet_hinge_forward(run.network.forward(images), e_random, 5.0)
        return value, cache

    run.network.backward(triplet_hinge_backward(1.0, loss()[1])[0], need_dx=False)
    gradient, = [array.copy() for array in run.transformer.grads.values() if array.shape == (3,)]
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
    point, = run.report()
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


def test_the_localisation_net_sees_no_difference_in_brightness():
    transformer = networks.build_transformer(np.random.default_rng(0))
    for array in transformer.params.values():
        array += np.random.default_rng(1).standard_normal(array.shape).astype(np.float32)
    canvases = task.make_canvases(digits(4).astype(np.float32), digits(2), np.random.default_rng(0)).plain
    thetas = []
    for brightness in (1, 2):
        transformer.forward(np.float32(brightness) * canvases)
        thetas.append(transformer.theta)
    np.testing.assert_allclose(*thetas, rtol=1e-5)


def test_half_of_the_classifiers_pieces_have_clutter(monkeypatch):
    monkeypatch.setattr(reader, "PIECES", {"whole": [1, [0, 0], [3, 3]]})
    crops, _ = reader.pieces(np.zeros((400, 1, 28, 28)), np.zeros(400, int), np.ones((1, 1, 28, 28)),
                             np.random.default_rng(0))
    assert 0.4 < (crops.max(axis=(1, 2, 3)) > 0).mean() < 0.6


def test_the_classifier_learns_at_a_rate_that_falls_over_its_second_half(monkeypatch):
    rates = []
    monkeypatch.setattr(reader.SGD, "step", lambda optimiser, rate: rates.append(rate))
    monkeypatch.setitem(reader.READER, "steps", 4)
    reader.train_encoder(FEW, 0)
    np.testing.assert_allclose(rates, 0.03 * np.array([1, 1, 1, 0.5]))


def test_the_classifier_of_an_unaided_search_sees_plain_digits_alone(monkeypatch, quick):
    seen, forward = [], reader.Sequential.forward
    monkeypatch.setattr(reader.Sequential, "forward", lambda net, x: (seen.append(x), forward(net, x))[1])
    encoder, _ = reader.train_encoder(FEW, 0, plain=True)
    images = command.as_feature_maps(FEW.train_images, np.float32)
    batches = [x for x in seen if x.shape == (64, 1, 28, 28)]
    assert len(batches) >= 12 and all((images == image).all(axis=(1, 2, 3)).any() for x in batches[:12] for image in x)
    assert encoder.forward(images[:2]).shape == (2, 64 + 10)


def test_the_digits_searched_are_not_those_that_the_encoder_learned():
    marked = FEW._replace(train_images=np.minimum(FEW.train_images, 100))          # no bright pixel in training
    canvases, new = command.canvases_of(3, marked, 0)
    assert len(canvases.boxes) == (FEW.test_labels == 3).sum() and len(new.boxes) == (FEW.train_labels == 3).sum()
    assert (canvases.plain.max(axis=(1, 2, 3)) > 0.5).all() and new.cluttered.max() < 0.5
    threes = command.as_feature_maps(FEW.test_images[FEW.test_labels == 3], np.float32)
    np.testing.assert_allclose(canvases.plain.sum(axis=(1, 2, 3)), threes.sum(axis=(1, 2, 3)), rtol=1e-4)


# The command

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
def test_bad_options_are_refused(capsys, arguments, words):
    with pytest.raises(SystemExit) as end:
        command.main(arguments)
    assert end.value.code == 2 and words in capsys.readouterr().err


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


# Records, table and page

def made_up(digit=3, clutter=False, hits=0.97, new_hits=0.5, seed=0):
    point = {"step": 10, "hits": hits, "new_hits": new_hits}
    settings = {"steps": 10, "batch_size": 50, "alpha": 1.0, "learning_rate": 0.1, "momentum": 0.9}
    return {"experiment": "colocalisation", "class": digit, "clutter": clutter, "seed": seed, "configuration": settings,
            "curve": [point], "hits": hits, "new_hits": new_hits, "encoder_error": 0.02, "seconds": 1.0,
            "processor_seconds": 1.0, "versions": {}, "machine": {}}


def write(folder, **options):
    return write_record(folder, made_up(**options), results.FORM)


def test_the_table_puts_figures_into_their_cells(tmp_path):
    write(tmp_path)
    write(tmp_path, seed=1, hits=0.91)
    write(tmp_path, digit=8, hits=1.0, new_hits=1.0)
    write(tmp_path, clutter=True, hits=0.8, new_hits=0.2)
    lines = results.table(read_records(tmp_path, results.FORM)).splitlines()
    assert lines[2] == "| 0 | – | – | – | – |"
    assert lines[5] == "| 3 | 94 | 80 | 50 | 20 |" and lines[10] == "| 8 | 100 | – | 100 | – |"
    assert lines[12] == "| mean of those run | 96 | 80 | 67 | 20 |"


def with_checksum(record):
    return json.dumps({**record, "checksum": checksum(record)})


@pytest.mark.parametrize("spoil, wanted", [
    (lambda text: text[:40], "damaged or no record"),
    (lambda text: "[1]", "no record of co-localisation: wanted an object"),
    (lambda text: text.replace("0.97", "0.99"), "its checksum is wrong"),
    (lambda text: json.dumps({**json.loads(text), "experiment": "table1"}), "it is of the experiment 'table1'"),
    (lambda text: with_checksum({**json.loads(text), "hits": 0.99}), "'hits' must be the last of the curve"),
])
def test_damaged_records_are_refused_by_name(tmp_path, spoil, wanted):
    path = write(tmp_path)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(ValueError, match=f"{path.name}.*{wanted}"):
        read_records(tmp_path, results.FORM)


def test_a_record_under_another_name_is_refused(tmp_path):
    moved = write(tmp_path).rename(tmp_path / "colocalisation-translated-4-10-steps-seed-0.json")
    with pytest.raises(ValueError, match="what it holds belongs in colocalisation-translated-3-10-steps-seed-0.json"):
        read_record(moved, results.FORM)


def test_the_picture_shows_truth_and_boxes_moment_by_moment():
    film = results.Film(np.zeros((2, 1, 84, 84)), np.array([[0, 0, 28, 28.0], [9, 9, 37, 37]]),
                        [(step, np.array([[step, 0, 50, 40.0], [1, 1, 2, 2]]), np.zeros((2, 56, 56)))
                         for step in range(11)])
    axes = results.draw(film, "A title").axes
    assert len(axes) == 6 * 4 and axes[0].get_ylabel() == "step 0" and axes[20].get_ylabel() == "step 10"
    truth, box = axes[4].patches
    assert truth.get_bbox().extents.tolist() == [0, 0, 28, 28] and box.get_bbox().extents.tolist() == [2, 0, 50, 40]


def test_the_page_agrees_with_the_records():
    text = PAGE.read_text(encoding="utf-8")
    records = read_records(command.RESULTS, results.FORM)
    assert results.table(records) in text and results.table(records, without_help=True) in text
    section = text[text.index("## Co-localisation"):]
    for alt, name in re.findall(r"!\[([^\]]*)\]\((results/colocalisation[^)]+)\)", section):
        assert len(alt) > 60 and (PAGE.parent / name).read_bytes().startswith(b"\x89PNG")
        read_record((PAGE.parent / name).with_suffix(".json"), results.FORM)
    assert {record["clutter"] for record in records} == {True, False}
