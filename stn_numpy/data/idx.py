"""The IDX files in which MNIST is published: how to read one, and the four that make up the data set.

An IDX file is a header and then the numbers, nothing else:

    bytes 0, 1    zero
    byte  2       type of the numbers; 8 means unsigned byte, the only one MNIST uses
    byte  3       how many axes
    4 per axis    its length, big-endian
"""

import math
import struct
from pathlib import Path

import numpy as np

from .digits import Digits
from .files import as_path, unpack

# The name of each of the four files, in the order of the fields of `Digits`.
FILE_NAMES = Digits(
    train_images="train-images-idx3-ubyte",
    train_labels="train-labels-idx1-ubyte",
    test_images="t10k-images-idx3-ubyte",
    test_labels="t10k-labels-idx1-ubyte",
)


def read_idx(path):
    """Read an IDX file of unsigned bytes, plain or packed with gzip.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    numbers : uint8 array            of the shape in the file's header

    Raises TypeError for a path that is not text or a Path, ValueError where the file is not IDX, is truncated, too long,
    or damaged gzip.
    """
    content = unpack(as_path("path", path).read_bytes(), path)
    if content[:3] != b"\0\0\x08" or content[3:4] not in (b"\1", b"\2", b"\3"):
        start = content[:4].hex(" ") or "nothing"
        raise ValueError(f"{path} is not an IDX file of bytes: it starts with {start}, "
                         "wanted 00 00 08 and the number of axes, 01 to 03")
    axes = content[3]
    header = 4 + 4 * axes
    if len(content) < header:
        raise ValueError(f"{path} is truncated: its header takes {header} bytes, the file has {len(content)}")
    shape = struct.unpack(f">{axes}I", content[4:header])
    wanted, got = math.prod(shape), len(content) - header
    if got != wanted:
        fault = "truncated" if got < wanted else "too long"
        raise ValueError(f"{path} is {fault}: shape {shape} wants {wanted} bytes after the header, there are {got}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape).copy()  # the copy can be written to


def find_file(folder, name):
    """Return the path of MNIST's file of that name in folder, or None.

    The form that the download writes comes first. `train-images.idx3-ubyte` is how some programs unpack it.
    """
    for spelling in spellings(name):
        path = Path(folder) / spelling
        if path.is_file():
            return path
    return None


def spellings(name):
    """Return the four names under which one of MNIST's files is met, e.g. for train-images-idx3-ubyte."""
    dotted = name.replace("-idx", ".idx")
    return f"{name}.gz", name, f"{dotted}.gz", dotted


def load_mnist(folder):
    """Load the whole of MNIST from its four IDX files, each plain or .gz.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    digits : Digits                  60,000 for training, 10,000 for testing in the original files

    Raises TypeError for a folder that is not text or a Path, FileNotFoundError where the folder or a file is missing,
    ValueError where a file is damaged or images and labels do not fit together.
    """
    folder = as_path("folder", folder, "the folder with the four files of MNIST")
    paths = Digits(*(_path_of(folder, name) for name in FILE_NAMES))
    digits = Digits(*(read_idx(path) for path in paths))
    _check(digits.train_images, digits.train_labels, paths.train_images, paths.train_labels)
    _check(digits.test_images, digits.test_labels, paths.test_images, paths.test_labels)
    return digits


def _path_of(folder, name):
    """Return where name is in folder; if it is not, say what was looked for and how to get it."""
    path = find_file(folder, name)
    if path is not None:
        return path
    advice = f"Get MNIST with: python -m stn_numpy.data.mnist --download {folder}"
    if not Path(folder).is_dir():
        raise FileNotFoundError(f"There is no folder {folder} to read MNIST from. {advice}")
    raise FileNotFoundError(f"Folder {folder} has none of {', '.join(spellings(name))}. {advice}")


def _check(images, labels, images_path, labels_path):
    """Raise ValueError unless images are digits and labels are theirs."""
    if images.ndim != 3 or images.shape[1:] != (28, 28) or len(images) == 0:
        raise ValueError(f"{images_path} must hold images of shape (n, 28, 28), got {images.shape}")
    if labels.shape != (len(images),):
        raise ValueError(f"{labels_path} must hold one label for each of the {len(images)} images "
                         f"in {images_path}, got shape {labels.shape}")
    if labels.max() > 9:
        raise ValueError(f"{labels_path} must hold labels 0..9, got {labels.max()}")
