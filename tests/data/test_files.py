"""Whole files: what is cut short is refused, and writing leaves the old file or the new one, never a part."""

import gzip
import os
import pathlib

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


def test_a_link_stays_and_permissions_too(tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "file", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new" and target.stat().st_mode & 0o777 == 0o600
    target.unlink()
    write_whole(link, b"new again")                                           # where the link pointed to nothing
    assert link.is_symlink() and contents(tmp_path / "far") == {"file": b"new again"}


def test_nothing_takes_the_place_of_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"content")
    assert pipe.is_fifo() and os.read(reader, 100) == b"content"
    os.close(reader)


@pytest.mark.parametrize("name", ["", "file/below", "missing/file", ".."])
def test_an_error_names_the_path(tmp_path, name):
    (tmp_path / "file").write_bytes(b"old")
    path = tmp_path / name
    with pytest.raises(OSError) as caught:
        write_whole(path, b"new")
    assert str(caught.value).endswith(f": '{path}'") and contents(tmp_path) == {"file": b"old"}


@pytest.mark.parametrize("wrong", [None, 3, b"bytes", "", " ", "a\0b", ["file"]], ids=str)
def test_a_path_names_a_file(wrong):
    with pytest.raises(TypeError, match="path must name a file, got "):
        write_whole(wrong, b"new")


def test_a_path_may_be_of_another_kind(tmp_path):
    write_whole(pathlib.PurePath(tmp_path / "file"), b"new")
    assert contents(tmp_path) == {"file": b"new"}


def test_writing_that_cannot_take_the_place_leaves_no_trace(tmp_path, monkeypatch):
    def refuse(source, target):
        assert source.read_bytes() == b"new" and source.parent == target.parent
        raise PermissionError("in use")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "file", b"new")
    assert contents(tmp_path) == {}
