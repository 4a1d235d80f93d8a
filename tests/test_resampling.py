"""Another size out than in: what is read and what is missed, aliasing, and average pooling after the transformer."""

import numpy as np
import pytest
from network_checks import check_gradients, images, shake

from stn_numpy.network.modules import MLP, AveragePool, Linear, Sequential
from stn_numpy.pictures.gallery import sampled_down, striped
from stn_numpy.transformer import SpatialTransformer


def identity(in_shape, out_shape, align_corners, channels=2, **options):
    """A transformer that looks at the whole image, and its output size."""
    return SpatialTransformer(Linear(channels * int(np.prod(in_shape)), 6), out_shape=out_shape,
                              align_corners=align_corners, **options)


# In a network

@pytest.mark.parametrize("pool", [True, False])
@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("out_shape", [(2, 3), (7, 6), (2, 9), (5, 2)],
                         ids=["smaller", "larger", "lower_and_wider", "higher_and_narrower"])
def test_gradients_of_a_network(out_shape, align_corners, pool):
    rng = np.random.default_rng(2)
    transformer = SpatialTransformer(MLP([20, 3, 6], rng), out_shape=out_shape, align_corners=align_corners)
    shake(transformer, rng)
    H, W = (out_shape[0] // 2, out_shape[1] // 2) if pool else out_shape
    network = Sequential(transformer=transformer, **({"pool": AveragePool()} if pool else {}),
                         classifier=Linear(H * W, 3, rng))
    check_gradients(network, images(2, 1, 4, 5))
    assert all(np.abs(grad).max() > 1e-2 for grad in network.grads.values())


def test_twice_the_size_and_then_pooled_is_a_slight_blur():
    """Points a quarter pixel to either side of each centre: 3/4 of the pixel and 1/8 of each of its neighbours."""
    U = images(2, 2, 4, 5)
    network = Sequential(identity((4, 5), (8, 10), False, padding="border"), AveragePool())
    P = np.pad(U, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    for axis in (2, 3):
        before, here, after = (np.take(P, range(start, start + U.shape[axis]), axis) for start in range(3))
        P = before / 8 + 3 / 4 * here + after / 8
    np.testing.assert_allclose(network.forward(U), P, rtol=0, atol=1e-14)


# What is read, and what is missed

def test_half_the_size_is_average_pooling():
    """With align_corners=False, the points lie in the middle of four pixels, which have a quarter each."""
    U, dV = images(2, 2, 6, 8), images(2, 2, 3, 4, seed=1)
    half, pool = identity((6, 8), (3, 4), False), AveragePool()
    np.testing.assert_allclose(half.forward(U), pool.forward(U), rtol=0, atol=1e-14)
    np.testing.assert_allclose(half.backward(dV), pool.backward(dV), rtol=0, atol=1e-14)


def test_a_quarter_of_the_size_reads_a_quarter_of_the_pixels():
    """The kernel is as wide as ever, so of sixteen pixels only the middle four are read, and only they learn."""
    U, dV = images(2, 2, 8, 12), images(2, 2, 2, 3, seed=1)
    quarter = identity((8, 12), (2, 3), False)
    blocks = U.reshape(2, 2, 2, 4, 3, 4)                                           # (N, C, i, h, j, w)
    np.testing.assert_allclose(quarter.forward(U), blocks[:, :, :, 1:3, :, 1:3].mean(axis=(3, 5)), rtol=0, atol=1e-14)
    wanted = np.zeros_like(blocks)
    wanted[:, :, :, 1:3, :, 1:3] = dV[:, :, :, None, :, None] / 4
    np.testing.assert_allclose(quarter.backward(dV), wanted.reshape(U.shape), rtol=0, atol=1e-14)


def test_pooling_after_the_transformer_reads_all_of_them():
    U, dV = images(2, 2, 8, 12), images(2, 2, 2, 3, seed=1)
    network = Sequential(identity((8, 12), (4, 6), False), AveragePool())
    np.testing.assert_allclose(network.forward(U), U.reshape(2, 2, 2, 4, 3, 4).mean(axis=(3, 5)), rtol=0, atol=1e-14)
    np.testing.assert_allclose(network.backward(dV), dV.repeat(4, axis=2).repeat(4, axis=3) / 16, rtol=0, atol=1e-14)


def test_a_larger_output_goes_straight_from_pixel_to_pixel():
    U = images(2, 2, 3, 4)
    V = identity((3, 4), (9, 13), True).forward(U)                                 # four points a pixel
    np.testing.assert_array_equal(V[:, :, ::4, ::4], U)
    np.testing.assert_allclose(np.diff(V[:, :, ::4], n=2, axis=3)[..., [0, 1, 2, 4, 5, 6, 8, 9, 10]], 0, atol=1e-14)
    np.testing.assert_allclose(np.diff(V[..., ::4], n=2, axis=2)[:, :, [0, 1, 2, 4, 5, 6]], 0, atol=1e-14)


# Aliasing

def waves(k, W=128):
    """(1, 1, 8, W): k whole waves over the width, a cosine in the pixels' centres."""
    return np.tile(np.cos(2 * np.pi * k * (np.arange(W) + 0.5) / W), (1, 1, 8, 1))


@pytest.mark.parametrize("k, seen", [(5, 5), (15, 15), (20, 12), (27, 5), (32, 0), (37, 5), (48, 16)])
def test_waves_too_fine_for_the_output_come_out_as_coarse_ones(k, seen):
    """32 pixels hold 16 waves at most; k waves more or less than a multiple of 32 look the same in them."""
    V = sampled_down(waves(k), (2, 32))[0, 0, 0]
    strength = np.abs(np.fft.rfft(V)) / np.array([32] + 15 * [16] + [32])          # amplitudes of 0 .. 16 waves
    assert strength.argmax() == seen
    np.testing.assert_allclose(np.delete(strength, seen), 0, atol=1e-13)
    if seen not in (0, 16):
        assert strength[seen] == pytest.approx(np.cos(np.pi * k / 128), rel=1e-12)      # the mean of two neighbours


@pytest.mark.parametrize("k", [5, 15, 20, 27, 37])
def test_pooling_damps_them(k):
    """The mean over four pixels multiplies a wave by cos(pi f) cos(2 pi f), f in waves a pixel: 0 at a wave in four."""
    V = sampled_down(waves(k), (2, 32), pools=1)[0, 0, 0]
    f, strength = k / 128, np.abs(np.fft.rfft(V)).max() / 16
    assert strength == pytest.approx(abs(np.cos(np.pi * f) * np.cos(2 * np.pi * f)), rel=1e-12)
    np.testing.assert_allclose(sampled_down(waves(32), (2, 32), pools=1), 0, atol=1e-13)


def test_pooling_saves_coarse_stripes_and_fades_fine_ones():
    """On the picture of the gallery: contrast where the output can show the stripes, and where it cannot."""
    stripes = striped((28, 256))
    straight, pooled = (sampled_down(stripes, (7, 64), pools)[0, 0, 0] for pools in (0, 1))
    assert pooled[:12].std() > 0.9 * straight[:12].std() > 0.25
    assert pooled[35:55].std() < 0.25 * straight[35:55].std() and straight[35:55].std() > 0.15


# sampled_down

@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sampled_down_to_the_same_size_changes_nothing(dtype):
    U = images(2, 3, 4, 5, dtype=dtype)
    V = sampled_down(U, (4, 5))
    assert V.dtype == dtype
    np.testing.assert_array_equal(V, U)


def test_sampled_down_with_two_poolings():
    U = images(2, 3, 16, 24)
    means = U.reshape(2, 3, 2, 8, 3, 8).mean(axis=(3, 5))
    np.testing.assert_allclose(sampled_down(U, (2, 3), pools=2), means, rtol=0, atol=1e-14)
