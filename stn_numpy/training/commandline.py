"""What the commands share: types of options, Ctrl-C, folders that only one of them may write to, and how they end."""

import argparse
import contextlib
import errno
import os
import signal
import sys
import tempfile
from pathlib import Path

try:
    import fcntl
except ImportError:                      # Windows
    fcntl = None
    import msvcrt

MOST = 10 ** 9                           # of anything that is counted, such as steps


def number_from(kind, low, high=None, open_at_low=False):
    """An option's type: an int or a float from low, itself allowed or not, up to but not including high."""
    wanted = f"a {'whole number' if kind is int else 'number'} {'above' if open_at_low else 'from'} {low}"
    if high is not None:
        wanted += f" to below {high}"
    most = MOST if kind is int else float("inf")

    def number(text):
        try:
            value = kind(text)
        except ValueError:
            value = float("nan")
        if not low <= value or open_at_low and value == low or high is not None and value >= high:
            raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
        if value >= most:
            raise argparse.ArgumentTypeError(f"must be {wanted} to below {most}, got {text!r}")
        return value
    return number


def names_in(allowed):
    """An option's type: names separated by commas, each one of those allowed and none twice."""
    def names(text):
        chosen = text.split(",")
        if not set(chosen) <= set(allowed) or len(set(chosen)) < len(chosen):
            raise argparse.ArgumentTypeError(f"must be some of {','.join(allowed)}, each once, got {text!r}")
        return chosen
    return names


def folder_name(text):
    """An option's type: the Path of a folder."""
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError(f"must name a folder (. is the current one), got {text!r}")
    return Path(text)


class CtrlC:
    """Notes the first Ctrl-C, so that the step under way is finished and the checkpoint is a whole one.

    A second Ctrl-C interrupts at once, as usual.
    """

    def __enter__(self):
        self.pressed = False
        self._usual = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, *_):
        self.pressed = True
        signal.signal(signal.SIGINT, self._usual)

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, self._usual)


def make_folder(folder):
    """Make a folder, and see that it can be written to: before the work, not after it. ValueError if not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(f"cannot write to {folder}, {error.strerror}: give a folder with --out") from error


@contextlib.contextmanager
def reserved(path, what):
    """Keep a lock file for as long as the block runs, so that no other process works at the same thing.

    The lock belongs to the operating system, which releases it however this process ends: a lock file that a crash
    leaves behind locks nothing. Where a file system knows no locks, there are none.

    Parameters
    ----------
    path : Path                      the lock file; its folder must exist
    what : str                       what it stands for, in the message

    Raises ValueError if another process has it.
    """
    file = _locked(path, what)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):               # Windows removes no open file
            path.unlink()
        file.close()
        with contextlib.suppress(OSError):
            if not fcntl:
                path.unlink()


def _locked(path, what):
    """The lock file, opened and locked. It is opened again if whoever had it removed it meanwhile."""
    while True:
        file = open(path, "a+b")
        try:
            _lock(file)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                return file
            file.close()
            raise ValueError(f"another process is at work on {what}: wait for it, or give another folder with --out"
                             ) from error
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


def _lock(file):
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)


def ended(command, after_a_stop=""):
    """Run a command, a function without arguments. Returns its exit code, also where it ends in an error or Ctrl-C.

    `after_a_stop` says how to resume. It is added where the cause lies outside: Ctrl-C, or a full disk.
    """
    more = f"; {after_a_stop}" if after_a_stop else ""
    try:
        return command()
    except KeyboardInterrupt:
        return _end(130, f"stopped{more}")
    except FloatingPointError as error:
        return _end(1, f"error: {error}")
    except MemoryError as error:
        return _end(2, f"error: there is not enough memory for this ({error}); a smaller batch needs less")
    except OSError as error:
        return _end(2, f"error: {error}{more if error.errno == errno.ENOSPC else ''}")
    except ValueError as error:
        return _end(2, f"error: {error}")


def _end(code, line):
    """Print a last line, below the line of progress if there is one, and return the code."""
    print(f"\n{line}" if sys.stdout.isatty() else line, file=sys.stderr)
    return code
