"""What the commands share: locks, threads that are chosen before NumPy is loaded, and Ctrl-C while they start."""

import os
import signal
import subprocess
import sys

import pytest

from stn_numpy.training import commandline, starting
from stn_numpy.training.commandline import reserved

HOLD = """
import sys
from pathlib import Path
from stn_numpy.training.commandline import reserved
with reserved(Path(sys.argv[1]), "it"):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_lock_holds_against_another_process_until_that_one_is_killed(tmp_path):
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline().strip() == b"locked"
        with pytest.raises(ValueError, match="another process is at work on it: wait for it, or give another folder"):
            with reserved(path, "it"):
                pass
        other.kill()
        other.wait()
    assert path.exists()                                                     # left behind, and it locks nothing
    with reserved(path, "it"):
        with pytest.raises(ValueError, match="another process is at work"):
            with reserved(path, "it"):
                pass
    assert not path.exists()


def test_a_lock_file_that_its_owner_removes_meanwhile_is_made_again(tmp_path, monkeypatch):
    path, lock, locked = tmp_path / "lock", commandline._lock, []

    def lock_late(file):
        lock(file)
        if not locked:                                                       # opened before it was removed, locked after
            path.unlink()
        locked.append(file)

    monkeypatch.setattr(commandline, "_lock", lock_late)
    with reserved(path, "it"):
        assert path.exists() and len(locked) == 2


@pytest.mark.parametrize("argv, full, name", [
    (["-m"], ["python", "-m", "stn_numpy", "--steps", "5"], "stn_numpy"),
    (["-m"], ["python", "-X", "dev", "-m", "stn_numpy.experiments.table1"], "stn_numpy.experiments.table1"),
    (["-m"], ["python", "-m", "pytest"], None), (["-m"], ["python", "-m", "stn_numpy_of_others"], None),
    (["script.py"], ["python", "script.py"], None), (["-c"], ["python", "-c", "import stn_numpy"], None),
    (["bin/stn-numpy"], ["python", "bin/stn-numpy"], "stn_numpy"), ([""], ["python"], None),
])
def test_a_command_of_ours_is_known_while_it_starts(argv, full, name):
    assert starting.command_name(argv, full) == name


@pytest.mark.parametrize("name", ["stn_numpy", "stn_numpy.experiments.table1"])
def test_a_command_that_trains_takes_one_thread_unless_the_user_has_said(name):
    chosen = {}
    assert "OMP_NUM_THREADS" in starting.choose_threads(name, chosen)
    assert chosen == dict.fromkeys(starting.THREADS, "1")
    for variable in starting.THREADS:
        own = {variable: "4"}
        assert starting.choose_threads(name, own) is None and own == {variable: "4"}


@pytest.mark.parametrize("name", ["stn_numpy.teach.notebooks", "stn_numpy.data.mnist", "stn_numpy.pictures.gallery"])
def test_other_commands_leave_the_threads_alone(name):
    environment = {}
    assert starting.choose_threads(name, environment) is None and environment == {}


def environment():
    return {key: value for key, value in os.environ.items() if key not in starting.THREADS}


def test_the_demo_says_what_it_chose_and_a_library_chooses_nothing(tmp_path):
    said = subprocess.run([sys.executable, "-m", "stn_numpy", "--steps", "1", "--batch-size", "2", "--out", str(tmp_path)],
                          env=environment(), capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[1].startswith("one BLAS thread, ")
    said = subprocess.run([sys.executable, "-c", "import stn_numpy, os; print(os.environ.get('OMP_NUM_THREADS'))"],
                          env=environment(), capture_output=True, text=True, check=True).stdout
    assert said == "None\n"


def test_ctrl_c_while_a_command_is_imported_ends_without_a_traceback(tmp_path):
    (tmp_path / "numpy.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    ended = subprocess.run([sys.executable, "-m", "stn_numpy"], capture_output=True, text=True,
                           env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])})
    assert ended.stderr == "\nstopped\n" and ended.returncode in (-signal.SIGINT, 130)
