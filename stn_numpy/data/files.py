"""Whole files: bytes unpacked in full or not at all, and written in full or not at all.

A file cut short by a lost connection or a Ctrl-C must never pass for a whole one; the two functions here see to it.
"""

import contextlib
import gzip
import os
import secrets
import shutil
import zlib
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"


def as_path(name, value, wanted="a file"):
    """`value` as a Path. TypeError where it is not text, a Path or the like that names something."""
    text = os.fspath(value) if isinstance(value, (str, os.PathLike)) else ""
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise TypeError(f"{name} must name {wanted}, got {value!r:.80}")
    return Path(text)


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
    A link stays and what it points to is written; a file keeps its permissions. A device or a pipe is written to directly.

    Raises OSError, which names path, where the disk is full or the folder cannot be written to, TypeError for a path that
    is not text or a Path.
    """
    path = as_path("path", path)
    if path.exists() and not path.is_file():
        path.write_bytes(content)                        # nothing takes the place of /dev/null; a folder is refused
        return
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    part = target.with_name(f"{target.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    except OSError as error:
        raise type(error)(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with contextlib.suppress(OSError):               # it would hide what went wrong before
            part.unlink()
