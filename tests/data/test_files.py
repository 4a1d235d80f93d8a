"""Whole files: what is cut short is refused, and writing leaves the old file or the new one, never a part."""

import gzip
import os

import pytest

from stn_numpy.data.files import unpack, write_whole

PACKED = gzip.compress(b"forty-two bytes that a reader asked to see")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_unpacks_gzip_and_leaves_the_rest_as_it_is():
    assert unpack(PACKED, "file") == b"forty-two bytes that a reader asked to see"
    assert unpack(b"plain", "file") == b"plain"
    assert unpack(b"", "file") == b""


@pytest.mark.parametrize("length", range(2, len(PACKED)))
def test_gzip_cut_short_anywhere_is_refused(length):
    with pytest.raises(ValueError, match="some-file is damaged or truncated, gzip cannot unpack it"):
        unpack(PACKED[:length], "some-file")


def test_writes_a_new_file_and_over_an_old_one(tmp_path):
    for content in (b"first", b"second", b""):
        write_whole(str(tmp_path / "file"), content)
        assert contents(tmp_path) == {"file": content}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_writing_that_stops_half_way_leaves_no_trace(tmp_path, monkeypatch, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(descriptor):
        parts = [name for name in contents(tmp_path) if name != "file"]
        [part] = parts                                                        # two writers have two parts
        assert part.startswith(f"file.{os.getpid()}.") and len(part) == len(f"file.{os.getpid()}.12345678.part")
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(error)) as caught:
        write_whole(path, b"new and longer")
    assert isinstance(error, KeyboardInterrupt) or str(caught.value) == f"[Errno 28] No space left on device: '{path}'"
    assert contents(tmp_path) == {"file": b"old"}


def test_writing_that_cannot_take_the_place_leaves_no_trace(tmp_path, monkeypatch):
    def refuse(source, target):
        assert source.read_bytes() == b"new" and source.parent == target.parent
        raise PermissionError("in use")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "file", b"new")
    assert contents(tmp_path) == {}
