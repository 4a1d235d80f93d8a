"""The classifier of co-localisation: the pieces that it learns, and their answers."""

import numpy as np
import pytest
from colocalisation_digits import FEW, digits

from stn_numpy.data import as_feature_maps
from stn_numpy.experiments import colocalisation_reader as reader


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
    images = as_feature_maps(FEW.train_images, np.float32)
    batches = [x for x in seen if x.shape == (64, 1, 28, 28)]
    assert len(batches) >= 12 and all((images == image).all(axis=(1, 2, 3)).any() for x in batches[:12] for image in x)
    assert encoder.forward(images[:2]).shape == (2, 64 + 10)
