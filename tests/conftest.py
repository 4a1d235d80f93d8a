"""What all tests share: commands that refuse their arguments; and the tutorials, executed in a process of their own,
beside the other tests, and asked how they ended at the very end."""

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor

import pytest

# Two or three processes share the cores, and threads that wait for each other busily would take them from the others.
# Set before NumPy is imported, and for all that the tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

RUNS = {"test_run_all_works_while_nothing_is_solved": False, "test_every_check_passes_in_the_solved_copy": True}


def pytest_configure():
    """A shell lets what it starts in the background ignore Ctrl-C; tests press it, here and in processes of their own."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def refused(capsys):
    """A function that gives a command arguments that it must refuse, and returns what it says."""
    def refuse(main, *arguments):
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        assert stop.value.code == 2
        return capsys.readouterr().err
    return refuse


def is_run(item):
    return getattr(item, "originalname", "") in RUNS


def pytest_collection_modifyitems(items):
    items.sort(key=is_run)


@pytest.fixture(scope="session", autouse=True)
def executions(request):
    """(path, solved or not) -> the future of that notebook, executed, for all that the session's tests want."""
    wanted = [(item.callspec.params["path"], RUNS[item.originalname]) for item in request.session.items if is_run(item)]
    if not wanted:
        yield {}
        return
    from notebook_runs import executed

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield {each: pool.submit(executed, *each) for each in wanted}
        pool.shutdown(cancel_futures=True)
