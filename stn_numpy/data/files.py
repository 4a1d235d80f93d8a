"""Whole files: bytes unpacked in full or not at all, and written in full or not at all.

A file cut short by a lost connection or a Ctrl-C must never pass for a whole one; the two functions here see to it.
"""

import gzip
import os
import secrets
import zlib
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"


def as_path(name, value, wanted="a file"):
    """`value` as a Path. TypeError where it is not text or a Path that names something."""
    if not isinstance(value, (str, Path)) or not str(value).strip() or "\0" in str(value):
        raise TypeError(f"{name} must name {wanted}, got {value!r}")
    return Path(value)


def unpack(content, name):
    """Return content unpacked if it is gzip, and as it is if not.

    Parameters
    ----------
    content : bytes
    name : str or Path               where the bytes come from, for the message

    Raises ValueError where gzip data is damaged or cut short.
    """
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{name} is damaged or truncated, gzip cannot unpack it: {error}") from error


def write_whole(path, content):
    """Write content to path such that path holds, at any moment, what it held before or all of content.

    The bytes go to a temporary file beside path, NAME.PROCESS.RANDOM.part, are on the disk before it takes path's place
    in one step, and so outlive a power cut. Only if the process is killed on the way does the temporary file stay behind.

    Raises OSError, which names path, where the disk is full or the folder cannot be written to, TypeError for a path that
    is not text or a Path.
    """
    path = as_path("path", path)
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise type(error)(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        part.unlink(missing_ok=True)
