"""The download of MNIST, against a server on the loopback address that fails in every way a mirror can."""

import gzip
import hashlib
import http.client
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stn_numpy.data import mnist
from stn_numpy.data.idx import FILE_NAMES

UNPACKED = {name: f"content of {name} ".encode() * 40 for name in mnist.CHECKSUMS}
PACKED = {name: gzip.compress(content, mtime=0) for name, content in UNPACKED.items()}
CHECKSUMS = {name: hashlib.sha256(content).hexdigest() for name, content in UNPACKED.items()}
FIRST, SECOND, THIRD, LAST = CHECKSUMS


class Mirror(ThreadingHTTPServer):
    """Serves PACKED; `bodies`, `lengths` and `missing` make it lie about single files; `asked` is what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/mnist/"
        self.bodies, self.lengths, self.missing, self.asked = dict(PACKED), {}, set(), []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.removeprefix("/mnist/").removesuffix(".gz")
        self.server.asked.append(name)
        if name in self.server.missing or name not in self.server.bodies:
            self.send_error(404)
            return
        body = self.server.bodies[name]
        self.send_response(200)
        length = self.server.lengths.get(name, len(body))
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Keep the test's output clean."""


@pytest.fixture
def start_mirror(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers = []

    def start():
        server = Mirror()
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def mirror(start_mirror):
    return start_mirror()


def unused_url():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def download(folder, *urls):
    return mnist.main(["--download", str(folder), *(f"--url={url}" for url in urls)], CHECKSUMS)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def whole(*names):
    return {f"{name}.gz": PACKED[name] for name in names}


def test_the_checksums_are_those_of_the_four_files():
    assert set(mnist.CHECKSUMS) == set(FILE_NAMES)
    assert all(len(bytes.fromhex(checksum)) == 32 for checksum in mnist.CHECKSUMS.values())


def test_fetches_the_four_files_into_a_new_folder(tmp_path, mirror, capsys):
    folder = tmp_path / "made" / "here"
    assert download(folder, mirror.url) == 0
    assert contents(folder) == whole(*CHECKSUMS)
    output = capsys.readouterr().out
    assert all(f"{name}.gz: {len(PACKED[name])} bytes, checksum right" in output for name in CHECKSUMS)
    assert f"MNIST is in {folder}" in output


def test_an_address_without_a_final_slash_will_do(tmp_path, mirror):
    assert download(tmp_path, mirror.url.rstrip("/")) == 0
    assert contents(tmp_path) == whole(*CHECKSUMS)


def test_a_server_that_does_not_say_the_length_will_do(tmp_path, mirror):
    mirror.lengths = dict.fromkeys(CHECKSUMS)
    assert download(tmp_path, mirror.url) == 0
    assert contents(tmp_path) == whole(*CHECKSUMS)


def test_another_packing_of_the_same_content_will_do(tmp_path, mirror):
    mirror.bodies[SECOND] = gzip.compress(UNPACKED[SECOND], compresslevel=1, mtime=99)
    assert mirror.bodies[SECOND] != PACKED[SECOND]
    assert download(tmp_path, mirror.url) == 0


def test_the_public_mirrors_are_tried_where_none_is_given(tmp_path, mirror, monkeypatch):
    assert len(mnist.MIRRORS) == 2 and all(url.startswith("https://") for url in mnist.MIRRORS)
    monkeypatch.setattr(mnist, "MIRRORS", (unused_url(), mirror.url))
    assert download(tmp_path) == 0
    assert contents(tmp_path) == whole(*CHECKSUMS)


def test_files_already_there_are_not_fetched_again(tmp_path, mirror, capsys):
    (tmp_path / f"{FIRST}.gz").write_bytes(PACKED[FIRST])
    (tmp_path / SECOND).write_bytes(UNPACKED[SECOND])
    (tmp_path / THIRD.replace("-idx", ".idx")).write_bytes(UNPACKED[THIRD])
    assert download(tmp_path, mirror.url) == 0
    assert mirror.asked == [LAST]
    assert capsys.readouterr().out.count("already there") == 3
    assert download(tmp_path, unused_url()) == 0


@pytest.mark.parametrize("spelling, damaged", [
    (f"{SECOND}.gz", PACKED[SECOND][:-20]),
    (f"{SECOND}.gz", gzip.compress(b"something else")),
    (f"{SECOND}.gz", b""),
    (SECOND, UNPACKED[SECOND][:-1]),
])
def test_a_damaged_file_in_the_folder_is_fetched_again(tmp_path, mirror, capsys, spelling, damaged):
    (tmp_path / spelling).write_bytes(damaged)
    assert download(tmp_path, mirror.url) == 0
    assert "fetching it again" in capsys.readouterr().out
    assert contents(tmp_path)[f"{SECOND}.gz"] == PACKED[SECOND]
    assert mnist.find_file(tmp_path, SECOND).suffix == ".gz"


def assert_stops_at_the_second_file(folder, capsys, url, message):
    """The first file is kept, the second has left nothing, and the reason is said."""
    assert download(folder, url) == 1
    assert contents(folder) == whole(FIRST)
    error = capsys.readouterr().err
    assert f"No mirror gave {SECOND}.gz" in error and f"{url}{SECOND}.gz: {message}" in error


def test_truncated_download(tmp_path, mirror, capsys):
    mirror.lengths[SECOND] = len(PACKED[SECOND]) + 1000
    got = len(PACKED[SECOND])
    assert_stops_at_the_second_file(tmp_path, capsys, mirror.url,
                                    f"truncated, the connection ended after {got} of {got + 1000:,} bytes")


def test_truncated_download_of_unknown_length(tmp_path, mirror, capsys):
    mirror.bodies[SECOND], mirror.lengths[SECOND] = PACKED[SECOND][:-10], None
    assert_stops_at_the_second_file(tmp_path, capsys, mirror.url, "the file is damaged or truncated")


@pytest.mark.parametrize("body", [gzip.compress(b"another file"), b"<html>Please log in</html>", b""])
def test_wrong_checksum(tmp_path, mirror, capsys, body):
    mirror.bodies[SECOND] = body
    assert_stops_at_the_second_file(tmp_path, capsys, mirror.url, "the file has a wrong checksum: sha256 ")


def test_file_not_on_the_server(tmp_path, mirror, capsys):
    mirror.missing.add(SECOND)
    assert_stops_at_the_second_file(tmp_path, capsys, mirror.url, "the server answers 404 Not Found")


def test_a_length_that_is_no_number_counts_as_not_stated(tmp_path, mirror):
    mirror.lengths[SECOND] = "many"
    assert download(tmp_path, mirror.url) == 0
    assert contents(tmp_path)[f"{SECOND}.gz"] == PACKED[SECOND]


def test_connection_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    url = unused_url()
    assert download(tmp_path, url) == 1
    error = capsys.readouterr().err
    assert f"{url}{FIRST}.gz: cannot be reached (" in error and "is there a network?" in error
    assert contents(tmp_path) == {}


def test_address_that_is_none(tmp_path, capsys):
    assert download(tmp_path, "mirror/mnist") == 1
    assert "unknown url type" in capsys.readouterr().err


def test_connection_that_breaks_half_way(tmp_path, mirror, monkeypatch, capsys):
    read = http.client.HTTPResponse.read

    def break_off(response, *args):
        if mirror.asked[-1] == SECOND:
            raise ConnectionResetError("Connection reset by peer")
        return read(response, *args)

    monkeypatch.setattr(http.client.HTTPResponse, "read", break_off)
    assert_stops_at_the_second_file(tmp_path, capsys, mirror.url, "Connection reset by peer")


def test_server_that_falls_silent(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(mnist, "TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert download(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}/") == 1
    assert "timed out" in capsys.readouterr().err
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("fault", ["missing", "cut short", "wrong"])
def test_the_next_mirror_helps_out(tmp_path, start_mirror, fault):
    bad, good = start_mirror(), start_mirror()
    if fault == "missing":
        bad.missing.add(THIRD)
    elif fault == "cut short":
        bad.lengths[THIRD] = 10**6
    else:
        bad.bodies[THIRD] = b"wrong"
    assert download(tmp_path, bad.url, good.url) == 0
    assert good.asked == [THIRD]
    assert contents(tmp_path) == whole(*CHECKSUMS)


def test_every_mirror_that_failed_is_named(tmp_path, start_mirror, capsys):
    first, second = start_mirror(), start_mirror()
    first.missing.add(FIRST)
    second.bodies[FIRST] = b"wrong"
    assert download(tmp_path, first.url, second.url) == 1
    error = capsys.readouterr().err
    assert f"{first.url}{FIRST}.gz: the server answers 404" in error
    assert f"{second.url}{FIRST}.gz: the file has a wrong checksum" in error


def test_ctrl_c_leaves_whole_files_only_and_the_next_run_fetches_the_rest(tmp_path, mirror, monkeypatch, capsys):
    show_progress = mnist._show_progress

    def interrupt(received, total):
        if mirror.asked[-1] == THIRD:
            raise KeyboardInterrupt

    monkeypatch.setattr(mnist, "_show_progress", interrupt)
    assert download(tmp_path, mirror.url) == 130
    assert "the same command fetches the rest" in capsys.readouterr().err
    assert contents(tmp_path) == whole(FIRST, SECOND)

    monkeypatch.setattr(mnist, "_show_progress", show_progress)
    mirror.asked.clear()
    assert download(tmp_path, mirror.url) == 0
    assert mirror.asked == [THIRD, LAST]
    assert contents(tmp_path) == whole(*CHECKSUMS)


def test_a_failed_download_leaves_what_was_there(tmp_path, mirror):
    (tmp_path / f"{SECOND}.gz").write_bytes(b"old")
    mirror.missing.add(SECOND)
    assert download(tmp_path, mirror.url) == 1
    assert contents(tmp_path) == {**whole(FIRST), f"{SECOND}.gz": b"old"}


def test_a_folder_that_is_a_file(tmp_path, capsys):
    path = tmp_path / "file"
    path.write_bytes(b"mine")
    assert download(path, unused_url()) == 1
    assert f"Cannot use the folder {path}" in capsys.readouterr().err
    assert path.read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written_to(tmp_path, mirror, monkeypatch, capsys):
    def refuse(descriptor):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "fsync", refuse)
    assert download(tmp_path, mirror.url) == 1
    error = capsys.readouterr().err
    assert f"Cannot use the folder {tmp_path}" in error and "Permission denied" in error
    assert mirror.asked == [FIRST]


def test_ctrl_c_while_a_file_is_written_leaves_what_was_there(tmp_path, mirror, monkeypatch):
    (tmp_path / f"{FIRST}.gz").write_bytes(b"old")

    def press(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", press)
    assert download(tmp_path, mirror.url) == 130
    assert contents(tmp_path) == {f"{FIRST}.gz": b"old"}


def test_progress_is_shown_on_a_terminal_only(monkeypatch, capsys):
    mnist._show_progress(1_500_000, 9_900_000)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    mnist._show_progress(1_500_000, 9_900_000)
    mnist._show_progress(2_500_000, 0)
    assert capsys.readouterr().out == "  1.5 of 9.9 MB\r  2.5 MB\r"


def test_without_a_folder_the_command_says_what_it_wants(refused):
    assert "--download" in refused(mnist.main)


@pytest.mark.parametrize("module", ["stn_numpy.data.mnist", "stn_numpy.data.make_digits"])
def test_the_commands_run_without_a_warning(module):
    root = Path(mnist.__file__).parents[2]
    run = subprocess.run([sys.executable, "-W", "error", "-m", module, "--help"],
                         cwd=root, capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr == ""
    assert f"usage: python -m {module}" in run.stdout
