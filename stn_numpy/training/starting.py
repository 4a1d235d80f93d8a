"""What has to be settled while a command starts, before NumPy is loaded: threads, a quiet Ctrl-C, and any console.

BLAS reads its number of threads when NumPy is loaded, and the package, which loads NumPy, is imported before any module
of it runs as a command. So the package imports this file first. It does something only when one of the package's own
commands is being started (``python -m stn_numpy...`` or ``stn-numpy``), nothing when it is imported as a library.
"""

import os
import sys
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
TRAINING = ("stn_numpy", "stn_numpy.__main__", "stn_numpy.experiments")      # commands, or packages of commands


def command_name(argv, full):
    """The command of ours that is being started, such as "stn_numpy.experiments.table1", or None.

    Parameters
    ----------
    argv, full : list of str         sys.argv and sys.orig_argv; while Python looks for the module that `-m` names,
                                     argv[0] is "-m"
    """
    if argv[:1] == ["-m"]:
        place = next((i for i, word in enumerate(full) if word == "-m"), len(full))
        name = full[place + 1] if place + 1 < len(full) else ""
        return name if name.split(".")[0] == "stn_numpy" else None
    return "stn_numpy" if argv and Path(argv[0]).stem == "stn-numpy" else None


def choose_threads(name, environment):
    """Let BLAS use one thread in a command that trains, unless the user has set a number. Returns what to say, or None.

    The matrices here are small. A second thread gains little on an idle machine, and waits for a free core on a busy one.
    """
    if not any(name == own or own.endswith("experiments") and name.startswith(own + ".") for own in TRAINING):
        return None
    if any(variable in environment for variable in THREADS):
        return None
    environment.update(dict.fromkeys(THREADS, "1"))
    return "one BLAS thread, which is about as fast and suits a busy machine; set OMP_NUM_THREADS for another number"


def quiet_interrupt(usual):
    """An excepthook that ends a Ctrl-C in one line, and leaves everything else to the usual one."""
    def hook(kind, error, traceback):
        if issubclass(kind, KeyboardInterrupt):
            print("\nstopped", file=sys.stderr)
        else:
            usual(kind, error, traceback)
    return hook


def forgive(streams):
    """Let a console or a file that does not know a letter of a name show "?" there, where the command would end."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


NOTE = None                              # what a command says of its threads
_name = command_name(sys.argv, sys.orig_argv)
if _name:
    sys.excepthook = quiet_interrupt(sys.excepthook)
    forgive((sys.stdout, sys.stderr))
    NOTE = choose_threads(_name, os.environ)
