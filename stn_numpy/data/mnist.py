"""Get the whole of MNIST: python -m stn_numpy.data.mnist --download DIR

The bundled digits are enough to see a spatial transformer learn; the paper's figures need all 70,000. The four files
come from public mirrors over the network, so nothing is believed until its checksum is right: a file is kept in
memory, verified, and only then put in its place. A download that stops half-way is started again by the same command,
which fetches only the files that are not there yet.
"""

import argparse
import hashlib
import http.client
import sys
import urllib.error
import urllib.request

from .files import as_path, unpack, write_whole
from .idx import FILE_NAMES, find_file

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

# sha256 of each file unpacked: mirrors pack them differently. Small files first, so that a mirror or a folder that
# does not work shows at once.
CHECKSUMS = {
    FILE_NAMES.test_labels: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    FILE_NAMES.train_labels: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    FILE_NAMES.test_images: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    FILE_NAMES.train_images: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
}

TIMEOUT = 30  # seconds without data before the next mirror is tried
CHUNK = 1 << 16  # bytes read between two lines of progress


class DownloadError(OSError):
    """A file could not be fetched from a mirror, or from any of them."""


def download_mnist(folder, mirrors=MIRRORS, checksums=CHECKSUMS):
    """Fetch those of MNIST's files that are not in folder yet, or not whole, and print what is done.

    Parameters
    ----------
    folder : str or Path             made if it is not there
    mirrors : sequence of str        addresses of folders with the .gz files, tried in this order
    checksums : dict                 from the name of each file to the sha256 of its unpacked content

    Raises DownloadError where no mirror has a file, OSError where folder cannot be written to, TypeError where it is
    not text or a Path.
    """
    folder = as_path("folder", folder, "a folder for the four files")
    folder.mkdir(parents=True, exist_ok=True)
    for name, checksum in checksums.items():
        if _is_there(folder, name, checksum):
            print(f"{name}: already there")
            continue
        content = _fetch_from_any(name, checksum, mirrors)
        write_whole(folder / f"{name}.gz", content)
        print(f"{name}.gz: {len(content):,} bytes, checksum right")


def _is_there(folder, name, checksum):
    """Tell whether folder has the file, whole, in any of its spellings."""
    path = find_file(folder, name)
    if path is None:
        return False
    try:
        verify(path.read_bytes(), checksum, path)
    except ValueError as error:
        print(f"{error}; fetching it again")
        return False
    return True


def _fetch_from_any(name, checksum, mirrors):
    """Return the packed bytes of one file from the first mirror that gives them right."""
    failures = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{name}.gz"
        print(f"{name}.gz: fetching from {mirror}", flush=True)
        try:
            content = fetch(url)
            verify(content, checksum, "the file")
            return content
        except (OSError, http.client.HTTPException, ValueError) as error:
            failures.append(f"  {url}: {error}")
    raise DownloadError("\n".join([f"No mirror gave {name}.gz:", *failures]))


def fetch(url):
    """Return the bytes at url, showing progress on a terminal.

    Raises DownloadError where the server cannot be reached, refuses, or stops half-way; OSError or HTTPException
    where the connection breaks in another way.
    """
    content = bytearray()
    with _open(url) as response:
        stated = response.headers.get("Content-Length", "")
        total = int(stated) if stated.isdecimal() else 0                 # 0: the server does not say
        while chunk := response.read(CHUNK):
            content += chunk
            _show_progress(len(content), total)
    if len(content) < total:
        raise DownloadError(f"truncated, the connection ended after {len(content):,} of {total:,} bytes")
    return bytes(content)


def _open(url):
    """Open url, or raise a DownloadError in plain words."""
    try:
        return urllib.request.urlopen(url, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        raise DownloadError(f"the server answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise DownloadError(f"cannot be reached ({error.reason}); is there a network?") from error


def _show_progress(received, total):
    """Show how far a download is on a line that the next one overwrites; nothing where output is not a terminal."""
    if sys.stdout.isatty():
        of_total = f" of {total / 1e6:.1f}" if total else ""
        print(f"  {received / 1e6:.1f}{of_total} MB", end="\r", flush=True)


def verify(content, checksum, name):
    """Raise ValueError, calling the bytes name, unless content unpacked has that sha256."""
    found = hashlib.sha256(unpack(content, name)).hexdigest()
    if found != checksum:
        raise ValueError(f"{name} has a wrong checksum: sha256 {found}, wanted {checksum}")


def main(argv=None, checksums=CHECKSUMS):
    """Run the command; return its exit code: 0 done, 1 something went wrong, 130 stopped by Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m stn_numpy.data.mnist",
        description="Fetch the four files of MNIST (11 MB) and verify them. Files already there are kept.")
    parser.add_argument("--download", metavar="DIR", required=True, help="folder to put the files in")
    parser.add_argument("--url", action="append", metavar="URL",
                        help="where to fetch from, in place of the public mirrors: the address of a folder with the "
                             "four .gz files; may be given several times, tried in order")
    options = parser.parse_args(argv)
    try:
        download_mnist(options.download, options.url or MIRRORS, checksums)
    except KeyboardInterrupt:
        print("\nStopped. What has been fetched so far is whole; the same command fetches the rest.", file=sys.stderr)
        return 130
    except DownloadError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, TypeError) as error:
        print(f"Cannot use the folder {options.download}: {error}", file=sys.stderr)
        return 1
    print(f"MNIST is in {options.download}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
