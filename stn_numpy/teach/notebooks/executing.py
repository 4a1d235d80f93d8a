"""Execution: all cells of a notebook, in order, by the Python that runs this."""

import os
import re
import signal
import sys
import time
from pathlib import Path

from .files import code_cells, texts_of

PACKAGE_FOLDER = Path(__file__).resolve().parents[3]
SECONDS_PER_CELL = 600
COLOUR_CODE = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(Exception):
    """A notebook that does not run as it should."""


def execute(notebook, folder):
    """Run all cells in place, with `folder` as the working directory.

    The kernel is this very Python with this very package, whatever kernels are registered on the machine. Returns the
    seconds that it took.

    Raises NotebookError where a cell raises, writes to stderr (which is where warnings go) or takes too long.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(notebook, kernel_manager_class=_own_kernel(), timeout=SECONDS_PER_CELL,
                            record_timing=False, store_widget_state=False, coalesce_streams=True,
                            resources={"metadata": {"path": str(folder)}})
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    started = time.monotonic()
    try:
        client.execute(env=_environment())
    except Exception as error:
        if hasattr(client, "_async_cleanup_kernel_future"):      # nbclient takes Ctrl-C for itself, and leaves this behind
            for number, handler in handlers.items():
                signal.signal(number, handler)
            raise KeyboardInterrupt from None
        if not isinstance(error, (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError)):
            raise
        raise NotebookError(COLOUR_CODE.sub("", str(error)).strip()) from error
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.get("name") == "stderr":
                raise NotebookError(f"cell {cell.id} writes to stderr:\n{texts_of(output)[0].strip()}")
    return time.monotonic() - started


def _own_kernel():
    """The class of a kernel manager that knows one kernel: sys.executable."""
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]

    class OwnKernel(AsyncKernelManager):
        kernel_spec = KernelSpec(display_name="Python 3", language="python", argv=command)

    return OwnKernel


def _environment():
    """Ours, with the folder of this package first on Python's path."""
    paths = [str(PACKAGE_FOLDER)] + os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
