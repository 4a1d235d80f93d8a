"""The bundled digits: what is in them, where they come from, and that they can be made again."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from stn_numpy import data
from stn_numpy.data import Digits, as_feature_maps, load_digits, make_digits

FOLDER = Path(data.__file__).parent


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture
def small_mnist():
    """A stand-in for MNIST: 300 and 200 images, each with its index in its first two pixels."""
    def images(n):
        result = np.zeros((n, 28, 28), np.uint8)
        result[:, 0, 0], result[:, 0, 1] = np.divmod(np.arange(n), 256)
        return result

    rng = np.random.default_rng(0)
    labels = [rng.permutation(np.arange(n) % 10).astype(np.uint8) for n in (300, 200)]
    return Digits(images(300), labels[0], images(200), labels[1])


def test_bundled_digits_have_the_promised_shapes_and_type(digits):
    assert [array.shape for array in digits] == [(4000, 28, 28), (4000,), (1000, 28, 28), (1000,)]
    assert all(array.dtype == np.uint8 for array in digits)


def test_bundled_digits_are_balanced(digits):
    assert np.bincount(digits.train_labels).tolist() == [400] * 10
    assert np.bincount(digits.test_labels).tolist() == [100] * 10


def test_bundled_digits_are_shuffled(digits):
    first_thousand = np.bincount(digits.train_labels[:1000], minlength=10)
    assert first_thousand.min() > 70 and first_thousand.max() < 130


def test_no_bundled_digit_is_there_twice(digits):
    every = np.concatenate([digits.train_images, digits.test_images])
    assert len({image.tobytes() for image in every}) == 5000


def test_bundled_digits_are_white_on_black_and_fit_their_labels(digits):
    assert digits.train_images.min() == 0 and digits.train_images.max() == 255
    assert digits.train_images.mean() < 64
    # The mean image of each class recognises three test digits in four: labels and images belong together.
    means = np.stack([digits.train_images[digits.train_labels == c].mean(axis=0) for c in range(10)])
    distances = ((digits.test_images[:, None] - means) ** 2).sum(axis=(2, 3))  # (1000, 10)
    assert np.mean(distances.argmin(axis=1) == digits.test_labels) > 0.75


def test_bundled_file_is_small_and_the_one_its_readme_names():
    content = (FOLDER / "digits.npz").read_bytes()
    assert len(content) < 1_000_000
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\b[0-9a-f]{64}\b", readme) == [hashlib.sha256(content).hexdigest()]
    assert "LeCun" in readme and "CC BY-SA 3.0" in readme


def test_digits_may_be_written_to_without_touching_the_next_load(digits):
    images = load_digits().train_images
    images[:] = 7
    np.testing.assert_array_equal(load_digits().train_images, digits.train_images)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_feature_maps_have_one_channel_from_0_to_1(dtype):
    images = np.array([[[0, 51, 255]], [[255, 0, 102]]], np.uint8)  # (2, 1, 3)
    U = as_feature_maps(images, dtype)
    assert U.dtype == dtype and U.shape == (2, 1, 1, 3)
    np.testing.assert_array_equal(U[:, 0, 0], np.array([[0, 0.2, 1], [1, 0, 0.4]], dtype))


@pytest.mark.parametrize("images, dtype, error, message", [
    (np.zeros((2, 3, 3)), np.float64, TypeError, "images must be uint8, got float64"),
    (np.zeros((2, 9), np.uint8), np.float64, ValueError, r"shape \(N, H, W\), got \(2, 9\)"),
    (np.zeros((2, 3, 3), np.uint8), np.int64, TypeError, "dtype must be float32 or float64, got <class 'numpy.int64'>"),
    ([np.ma.masked_array(np.zeros((3, 3), np.uint8), True)], np.float64, TypeError, "images must not be a masked array"),
    ([[[1]], [[1, 2]]], np.float64, ValueError, "images must be an array or an evenly nested list of numbers, got a list"),
    (None, np.float64, TypeError, "images must be uint8, got object"),
])
def test_feature_maps_refuse_what_is_no_image(images, dtype, error, message):
    with pytest.raises(error, match=message):
        as_feature_maps(images, dtype)


def test_drawing_takes_as_many_of_each_class_without_repetition(small_mnist):
    drawn = make_digits.draw_digits(small_mnist, train_per_class=12, test_per_class=5)
    assert np.bincount(drawn.train_labels).tolist() == [12] * 10
    assert np.bincount(drawn.test_labels).tolist() == [5] * 10
    for images, labels, all_labels in [(drawn.train_images, drawn.train_labels, small_mnist.train_labels),
                                       (drawn.test_images, drawn.test_labels, small_mnist.test_labels)]:
        index = images[:, 0, 0].astype(int) * 256 + images[:, 0, 1]
        assert len(set(index.tolist())) == len(index)
        assert np.any(np.diff(index) < 0) and np.any(np.diff(labels.astype(int)) < 0)
        np.testing.assert_array_equal(all_labels[index], labels)


def test_drawing_depends_on_the_seed_alone(small_mnist):
    def draw(seed):
        return make_digits.pack(make_digits.draw_digits(small_mnist, 12, 5, seed=seed))

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_drawing_refuses_more_digits_than_there_are(small_mnist):
    with pytest.raises(ValueError, match="21 digits of class 0 are wanted, there are 20"):
        make_digits.draw_digits(small_mnist, train_per_class=12, test_per_class=21)


def test_packing_carries_no_date(small_mnist, monkeypatch):
    today = make_digits.pack(small_mnist)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert make_digits.pack(small_mnist) == today


def test_packing_the_bundled_digits_keeps_every_array(digits, tmp_path):
    path = tmp_path / "again.npz"
    path.write_bytes(make_digits.pack(digits))
    with np.load(path, allow_pickle=False) as arrays:
        assert tuple(arrays.files) == Digits._fields
        for name, array in zip(Digits._fields, digits):
            np.testing.assert_array_equal(arrays[name], array)
            assert arrays[name].dtype == array.dtype


def test_command_writes_the_file_it_names(small_mnist, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_digits, "load_mnist", lambda folder: small_mnist)
    monkeypatch.setattr(make_digits, "draw_digits", lambda mnist: mnist)
    path = tmp_path / "digits.npz"
    assert make_digits.main(["--mnist", "anywhere", "--output", str(path)]) == 0
    assert path.read_bytes() == make_digits.pack(small_mnist)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in capsys.readouterr().out


def test_command_without_mnist_says_how_to_get_it(tmp_path, capsys):
    path = tmp_path / "digits.npz"
    assert make_digits.main(["--mnist", str(tmp_path / "nowhere"), "--output", str(path)]) == 1
    assert "--download" in capsys.readouterr().err
    assert not path.exists()
