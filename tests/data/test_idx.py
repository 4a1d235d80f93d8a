"""IDX files: what is read, and that a damaged or foreign file is refused in plain words."""

import gzip
import struct

import numpy as np
import pytest

from stn_numpy.data import load_mnist, make_digits, mnist, read_idx
from stn_numpy.data.files import write_whole
from stn_numpy.data.idx import FILE_NAMES, spellings
from stn_numpy.data.mnist import download_mnist


def idx_bytes(array, type_code=8):
    header = bytes([0, 0, type_code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
WHOLE = idx_bytes(ARRAY)
PACKED = gzip.compress(WHOLE, mtime=0)


def arrays_of_mnist():
    """Six training and four test images of noise with labels, by file name."""
    rng = np.random.default_rng(0)
    return {FILE_NAMES.train_images: rng.integers(0, 256, (6, 28, 28)),
            FILE_NAMES.train_labels: np.array([0, 9, 3, 3, 5, 1]),
            FILE_NAMES.test_images: rng.integers(0, 256, (4, 28, 28)),
            FILE_NAMES.test_labels: np.array([8, 0, 2, 9])}


def write_mnist(folder, arrays, spelling=0):
    for name, array in arrays.items():
        path = folder / spellings(name)[spelling]
        content = idx_bytes(array)
        path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


@pytest.mark.parametrize("name, content", [("plain", WHOLE), ("packed.gz", PACKED), ("packed-by-another-name", PACKED)])
def test_reads_plain_and_packed(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    numbers = read_idx(tmp_path / name)
    assert numbers.dtype == np.uint8 and numbers.flags.writeable
    np.testing.assert_array_equal(numbers, ARRAY)
    np.testing.assert_array_equal(read_idx(str(tmp_path / name)), ARRAY)


@pytest.mark.parametrize("shape", [(5,), (2, 3), (0,), (0, 28, 28), (300,)])
def test_reads_any_shape(tmp_path, shape):
    array = (np.arange(np.prod(shape)) % 251).astype(np.uint8).reshape(shape)
    (tmp_path / "file").write_bytes(idx_bytes(array))
    np.testing.assert_array_equal(read_idx(tmp_path / "file"), array)


@pytest.mark.parametrize("content, message", [
    (b"", "is not an IDX file of bytes: it starts with nothing, wanted 00 00 08"),
    (b"\0\0", "it starts with 00 00, wanted"),
    (b"\0\0\x08", "it starts with 00 00 08, wanted"),
    (b"<html>", "it starts with 3c 68 74 6d, wanted"),
    (idx_bytes(ARRAY, type_code=0x0D), "it starts with 00 00 0d 03, wanted"),
    (b"\0\0\x08\0\7", "it starts with 00 00 08 00, wanted"),
    (b"\0\0\x08\x04" + bytes(16), "it starts with 00 00 08 04, wanted"),
    (WHOLE[:10], "is truncated: its header takes 16 bytes, the file has 10"),
    (WHOLE[:-1], r"is truncated: shape \(2, 3, 4\) wants 24 bytes after the header, there are 23"),
    (WHOLE + b"x", r"is too long: shape \(2, 3, 4\) wants 24 bytes after the header, there are 25"),
    (b"\0\0\x08\3" + b"\xff" * 12, "is truncated: shape .* wants 79228162458924105385300197375 bytes"),
    (PACKED[:-9], "is damaged or truncated, gzip cannot unpack it"),
    (PACKED[:5], "is damaged or truncated, gzip cannot unpack it"),
    (PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], "is damaged or truncated, gzip cannot unpack it: CRC"),
    (PACKED[:12] + b"\xff\xff" + PACKED[14:], "is damaged or truncated, gzip cannot unpack it"),
    (PACKED + b"more", "is damaged or truncated, gzip cannot unpack it"),
    (gzip.compress(WHOLE[:-1], mtime=0), "is truncated: shape"),
])
def test_refuses_what_is_not_a_whole_idx_file(tmp_path, content, message):
    path = tmp_path / "some-file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"some-file {message}" if message.startswith("is") else message):
        read_idx(path)


@pytest.mark.parametrize("spelling", range(4))
def test_loads_mnist_under_each_spelling(tmp_path, spelling):
    arrays = arrays_of_mnist()
    write_mnist(tmp_path, arrays, spelling)
    digits = load_mnist(tmp_path)
    assert all(array.dtype == np.uint8 for array in digits)
    for name, array in zip(FILE_NAMES, digits):
        np.testing.assert_array_equal(array, arrays[name])


def test_spellings_are_the_ones_in_use():
    assert spellings("t10k-labels-idx1-ubyte") == ("t10k-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte",
                                                   "t10k-labels.idx1-ubyte.gz", "t10k-labels.idx1-ubyte")


def test_a_missing_folder_is_named_with_the_command_that_makes_it(tmp_path):
    folder = tmp_path / "nowhere"
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist(folder)
    assert f"There is no folder {folder}" in str(caught.value)
    assert f"python -m stn_numpy.data.mnist --download {folder}" in str(caught.value)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_missing_file_is_named_with_the_command_that_fetches_it(tmp_path, name):
    arrays = arrays_of_mnist()
    del arrays[name]
    write_mnist(tmp_path, arrays)
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist(tmp_path)
    assert all(spelling in str(caught.value) for spelling in spellings(name))
    assert f"python -m stn_numpy.data.mnist --download {tmp_path}" in str(caught.value)


@pytest.mark.parametrize("name, array, message", [
    (FILE_NAMES.train_labels, np.zeros(5), r"train-labels.* one label for each of the 6 images .*got shape \(5,\)"),
    (FILE_NAMES.test_labels, np.zeros((4, 1)), r"t10k-labels.* for each of the 4 images .*got shape \(4, 1\)"),
    (FILE_NAMES.train_labels, np.array([0, 1, 2, 10, 4, 5]), "train-labels.* must hold labels 0..9, got 10"),
    (FILE_NAMES.test_labels, np.array([0, 255, 2, 10]), "t10k-labels.* must hold labels 0..9, got 255"),
    (FILE_NAMES.train_images, np.zeros((6, 784)), r"train-images.* of shape \(n, 28, 28\), got \(6, 784\)"),
    (FILE_NAMES.test_images, np.zeros((4, 32, 32)), r"t10k-images.* of shape \(n, 28, 28\), got \(4, 32, 32\)"),
    (FILE_NAMES.test_images, np.zeros((0, 28, 28)), r"t10k-images.* of shape \(n, 28, 28\), got \(0, 28, 28\)"),
])
def test_images_and_labels_that_do_not_fit_are_refused(tmp_path, name, array, message):
    write_mnist(tmp_path, {**arrays_of_mnist(), name: array})
    with pytest.raises(ValueError, match=message):
        load_mnist(tmp_path)


@pytest.mark.parametrize("name", [None, "", " ", 5, b"bytes", "a\0b"])
@pytest.mark.parametrize("call, wanted", [
    (load_mnist, "folder must name the folder with the four files of MNIST"), (read_idx, "path must name a file"),
    (lambda name: write_whole(name, b""), "path must name a file"),
    (download_mnist, "folder must name a folder for the four files")],
    ids=["load_mnist", "read_idx", "write_whole", "download"])
def test_what_is_no_name_is_refused(name, call, wanted):
    with pytest.raises(TypeError) as caught:
        call(name)
    assert str(caught.value) == f"{wanted}, got {name!r}"


def test_the_commands_refuse_what_is_no_name(capsys):
    assert mnist.main(["--download", ""]) == 1 and make_digits.main(["--mnist", ""]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("Cannot use the folder") and second.startswith("folder must name the folder")
