"""The networks of co-localisation: what the localisation net sees, and what an encoding is made of."""

import numpy as np
import pytest
from colocalisation_digits import FEW, digits

from stn_numpy.data import as_feature_maps
from stn_numpy.experiments import colocalisation_networks as networks
from stn_numpy.experiments import colocalisation_task as task


def test_share_of_ink_makes_all_images_equally_bright_and_refuses_a_black_one():
    V, _ = networks.share_of_ink_forward(np.stack([np.full((1, 3, 4), 0.7), np.eye(3, 4)[None]]))
    np.testing.assert_allclose(V.mean(axis=(1, 2, 3)), 0.1)
    assert V[1, 0, 0, 0] == pytest.approx(0.4) and V[1, 0, 0, 1] == 0
    with pytest.raises(ValueError, match="ink in every image, but image 1 has a mean of 0"):
        networks.share_of_ink_forward(np.array([np.ones((1, 2, 2)), np.zeros((1, 2, 2))]))


def test_a_share_of_hardly_any_ink_is_too_large():
    _, cache = networks.share_of_ink_forward(np.full((1, 1, 2, 2), 1e-310))
    with np.errstate(over="ignore"):
        with pytest.raises(ValueError, match="dU is too large for float64"):
            networks.share_of_ink_backward(np.eye(2)[None, None], cache)
        with pytest.raises(ValueError, match="V is too large for float64"):
            networks.share_of_ink_forward(np.array([1e308, -1e308, 1e-300, 0]).reshape(1, 1, 2, 2))


def test_both_parts_of_the_encodings_of_digits_have_the_mean_square_length_asked_for(encoder):
    images = as_feature_maps(FEW.train_images, np.float32)
    e = encoder.forward(images)
    assert e.shape == (400, 64 + 11) and e.dtype == np.float32
    for part in (e[:, :64], e[:, 64:]):
        assert np.square(part).sum(axis=1).mean() == pytest.approx(networks.SQUARE, rel=1e-4)


def test_the_parts_of_an_encoding_are_the_first_filters_in_quarters_and_the_answers(encoder):
    images = as_feature_maps(FEW.train_images[:3], np.float32)
    e, maps = encoder.forward(images), encoder.children["first"].forward(images)         # maps (3, 16, 10, 10)
    quarters = np.stack([maps[:, :, i:i + 4, j:j + 4].mean(axis=(2, 3)) for i in (0, 4) for j in (0, 4)], axis=2)
    np.testing.assert_allclose(e[:, :64], encoder.scales[0] * quarters.reshape(3, 64), rtol=1e-5)
    np.testing.assert_allclose(e[:, 64:], encoder.scales[1] * encoder.children["rest"].forward(maps), rtol=1e-5)


def test_the_transformer_first_sees_the_whole_of_every_canvas():
    transformer = networks.build_transformer(np.random.default_rng(0))
    made = task.make_canvases(digits(4).astype(np.float32), digits(2), np.random.default_rng(0))
    assert transformer.forward(made.plain).shape == (4, 1, 56, 56)
    [box] = np.unique(task.boxes_of(transformer.grid), axis=0)
    assert (box[:2] < -0.5).all() and (box[2:] > 83.5).all()


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
