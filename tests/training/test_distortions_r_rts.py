"""R and RTS: what is drawn is measured in the pictures themselves, by blobs of which each channel holds one."""

import numpy as np
import pytest

from stn_numpy.data import as_feature_maps, load_digits
from stn_numpy.training.distortions import DISTORTIONS, distort, rotated, rotated_translated_scaled

both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def digits(count, dtype=np.float64):
    return as_feature_maps(load_digits().test_images[:count]).astype(dtype)


def blobs(count, H=28, W=28, radius=6):
    """Images of two channels: a soft blob in the middle, and one `radius` pixels to the right of it."""
    y, x = np.mgrid[:H, :W]
    pair = [np.exp(-((x - (W - 1) / 2 - right) ** 2 + (y - (H - 1) / 2) ** 2) / (2 * 1.5 ** 2))
            for right in (0, radius)]
    return np.repeat(np.array(pair)[None], count, axis=0)


def centres(images):
    """Centres of mass (x, y) of each channel, in pixels from the middle, (N, C, 2)."""
    H, W = images.shape[2:]
    y, x = np.mgrid[:H, :W]
    mass = images.sum(axis=(2, 3))
    return np.stack([((x - (W - 1) / 2) * images).sum(axis=(2, 3)) / mass,
                     ((y - (H - 1) / 2) * images).sum(axis=(2, 3)) / mass], axis=-1)


def angles(arrows):
    return np.degrees(np.arctan2(arrows[:, 1], arrows[:, 0]))


def assert_uniform(drawn, low, high):
    """As many below each value as a uniform draw has, but for 5 %; and nothing outside."""
    assert low - 0.01 * (high - low) < drawn.min() and drawn.max() < high + 0.01 * (high - low)
    share_below = (np.arange(len(drawn)) + 0.5) / len(drawn)
    np.testing.assert_allclose((np.sort(drawn) - low) / (high - low), share_below, rtol=0, atol=0.05)


class Always:
    """Stands for a generator: draws what it is told instead, whatever the range, and keeps the ranges."""

    def __init__(self, *draws):
        self.draws, self.ranges = list(draws), []

    def uniform(self, low, high, size):
        self.ranges.append((low, high))
        return np.broadcast_to(self.draws.pop(0), size)


@pytest.mark.parametrize("H, W", [(28, 28), (20, 30)])
def test_R_turns_about_the_middle(H, W):
    before, after = blobs(1000, H, W), centres(rotated(blobs(1000, H, W), np.random.default_rng(0)))
    np.testing.assert_allclose(after[:, 0], 0, atol=0.02)                          # the middle stays
    arrows = after[:, 1] - after[:, 0]
    np.testing.assert_allclose(np.hypot(*arrows.T), 6, atol=0.02)                  # no scaling, and no shear
    assert_uniform(angles(arrows), -90, 90)
    assert rotated(before, np.random.default_rng(0)).shape == before.shape


def test_R_by_a_quarter_turn():
    images = digits(3)
    np.testing.assert_allclose(rotated(images, Always(90)), np.rot90(images, -1, axes=(2, 3)), atol=1e-10)
    np.testing.assert_allclose(rotated(images, Always(-90)), np.rot90(images, 1, axes=(2, 3)), atol=1e-10)
    np.testing.assert_array_equal(rotated(images, Always(0)), images)


def test_RTS_turns_scales_and_moves_as_it_says():
    images = blobs(1000)
    distorted = rotated_translated_scaled(images, np.random.default_rng(0))
    assert distorted.shape == (1000, 2, 42, 42)
    after = centres(distorted)
    arrows = after[:, 1] - after[:, 0]
    angle, scale, (x, y) = angles(arrows), np.hypot(*arrows.T) / 6, after[:, 0].T
    assert_uniform(angle, -45, 45)
    assert_uniform(scale, 0.7, 1.2)
    assert_uniform(x, -7, 7)
    assert_uniform(y, -7, 7)
    assert np.abs(np.corrcoef([angle, scale, x, y]) - np.eye(4)).max() < 0.1       # each drawn on its own
    mass = distorted.sum(axis=(2, 3)) / images.sum(axis=(2, 3))
    np.testing.assert_allclose(mass, np.stack([scale, scale], axis=1) ** 2, rtol=0.06)     # nothing is lost


@pytest.mark.parametrize("side", [-1, 1])
def test_RTS_keeps_the_frame_on_the_canvas(side):
    """At scale 1, the furthest moves put the image into the corners, whole."""
    rng, images = Always(0, 1, side * np.array([7, 7])), np.random.default_rng(0).random((2, 3, 28, 28))
    distorted = rotated_translated_scaled(images, rng)
    assert [np.abs(limits).max() for limits in rng.ranges] == [45, 1.2, 7]
    corner = slice(0, 28) if side < 0 else slice(14, 42)
    np.testing.assert_allclose(distorted[:, :, corner, corner], images, atol=1e-10)
    assert distorted.sum() == pytest.approx(images.sum())


def test_RTS_on_another_canvas():
    rng, images = Always(0, 1, [5, 2]), np.random.default_rng(0).random((2, 1, 28, 28))
    distorted = rotated_translated_scaled(images, rng, canvas=(32, 38))
    np.testing.assert_array_equal(rng.ranges[2][1], [5, 2])                        # (38 - 28) / 2 and (32 - 28) / 2
    np.testing.assert_allclose(distorted[:, :, 4:, 10:], images, atol=1e-10)


@pytest.mark.parametrize("name, canvas", [("RTS", (42, 42)), ("TC", (60, 60))])
def test_images_exactly_as_large_as_the_canvas_are_taken(name, canvas):
    images = np.random.default_rng(0).random((3, 1, *canvas))
    assert distort(images, name, 0).shape == images.shape
    if name == "TC":                                                               # the only place is where it was
        assert (distort(images, name, 0) >= images).all()


@pytest.mark.parametrize("name", DISTORTIONS)
class TestEvery:
    """What holds for each of the paper's distortions."""

    def test_the_seed_decides(self, name):
        first, again, other = [distort(digits(5), name, np.random.default_rng(seed)) for seed in (1, 1, 2)]
        np.testing.assert_array_equal(first, again)
        assert (first != other).any(axis=(1, 2, 3)).all()

    def test_each_image_is_distorted_in_its_own_way(self, name):
        same = np.repeat(digits(1), 5, axis=0)
        distorted = distort(same, name, np.random.default_rng(0)).reshape(5, -1)
        assert len(np.unique(distorted, axis=0)) == 5

    @both_dtypes
    def test_dtype_range_and_arguments_are_kept(self, name, dtype):
        images = digits(5, dtype)
        before = images.copy()
        distorted = distort(images, name, np.random.default_rng(0))
        assert distorted.dtype == dtype and distorted.ndim == 4
        assert -1e-6 < distorted.min() and 0.5 < distorted.max() < 1 + 1e-6
        np.testing.assert_array_equal(images, before)

    def test_float32_is_float64_but_for_rounding(self, name):
        exact, rounded = [distort(digits(5, dtype), name, np.random.default_rng(0)) for dtype in (float, np.float32)]
        np.testing.assert_allclose(rounded, exact, rtol=0, atol=2e-3)

    def test_one_image_and_many_channels(self, name):
        assert distort(digits(1), name, np.random.default_rng(0)).shape[:2] == (1, 1)
        three = distort(np.repeat(digits(2), 3, axis=1), name, np.random.default_rng(0))
        np.testing.assert_array_equal(three[:, 0], three[:, 1])
        np.testing.assert_array_equal(three[:, 0], three[:, 2])

    def test_read_only_and_strided_images_are_fine(self, name):
        images = np.repeat(digits(3), 2, axis=3)[..., ::2]
        images.flags.writeable = False
        np.testing.assert_array_equal(distort(images, name, np.random.default_rng(0)),
                                      distort(digits(3), name, np.random.default_rng(0)))


@pytest.mark.parametrize("images, name, error, message", [
    (np.zeros((2, 1, 28, 28)), "rts", ValueError, "distortion must be one of 'R', 'RTS', "),
    (np.zeros((2, 1, 28, 28)), None, ValueError, "got None"),
    (np.zeros((2, 28, 28)), "R", ValueError, "images must have shape (N, C, H, W), got (2, 28, 28)"),
    (np.zeros((0, 1, 28, 28)), "R", ValueError, "images must not be empty"),
    (np.zeros((2, 1, 28, 28), np.uint8), "R", TypeError, "images must be float32 or float64, got uint8"),
    (np.full((2, 1, 28, 28), np.nan), "RTS", ValueError, "images must be finite"),
    (np.zeros((2, 1, 28, 43)), "RTS", ValueError, "images of 28 x 43 do not fit on a canvas of 42 x 42"),
])
def test_wrong_arguments(images, name, error, message):
    with pytest.raises(error) as caught:
        distort(images, name, np.random.default_rng(0))
    assert message in str(caught.value)
