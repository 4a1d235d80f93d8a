"""The checker's manners: whatever a learner's function does, the answer is calm, helpful, and never a traceback."""

import inspect
import linecache
import sys
import threading
import time
import warnings

import nbformat
import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy import teach
from stn_numpy.teach.notebooks.executing import execute
from teach_help import solution

ID = "bilinear_sampler_forward"
right = solution("bilinear_sampler_forward")


def forgets_return(U, grid):
    V = right(U, grid)


def raises_deep_inside(U, grid):
    scale = 2

    def helper(x):
        return x["scale"]

    return helper(grid)


@pytest.mark.parametrize("function, status, words", [
    (forgets_return, "shape", "returned None"),
    (lambda U, grid: right(U, grid).transpose(0, 1, 3, 2), "shape", "After np.transpose(..., (0, 1, 3, 2)) your answer would be right"),
    (lambda U, grid: np.moveaxis(right(U, grid), 1, -1), "shape", "After np.transpose(..., (0, 3, 1, 2)) your"),
    (lambda U, grid: right(U, grid)[..., ::-1].transpose(0, 1, 3, 2), "shape", "no order of them is right"),
    (lambda U, grid: right(U, grid).reshape(len(U), -1), "shape", "After reshape((3, 2, 5, 11)) your answer would be right"),
    (lambda U, grid: np.moveaxis(right(U, grid), 1, -1).reshape(3, 55, 2), "shape", "(0, 2, 1)) and then reshape((3, 2, 5, 11))"),
    (lambda U, grid: U[:, :, :5, :11].reshape(3, -1), "shape", "neither a reshape nor another order of the axes"),
    (lambda U, grid: right(U, grid)[0], "shape", "one for each image of the batch"),
    (lambda U, grid: right(U, grid)[:, :1], "shape", "Only axis 1 differs: 1 where 2 is wanted"),
    (lambda U, grid: right(U, grid).sum(), "shape", "It is a single number"),
    (lambda U, grid: np.zeros((7, 7)), "shape", "should have shape (3, 2, 5, 11) - image, channel, row, column"),
    (lambda U, grid: right(U, grid).astype(int), "shape", "Without their fractions the right numbers are"),
    (lambda U, grid: np.ones((len(U), U.shape[1], *grid.shape[1:3]), int), "different", "dtype int64; it should be float64"),
    (lambda U, grid: right(U, grid) > 0, "shape", "dtype bool"),
    (lambda U, grid: right(U, grid).astype(np.float16), "shape", "Three digits are not enough"),
    (lambda U, grid: right(U, grid) + 0j, "shape", "returned complex128"),
    (lambda U, grid: right(U, grid).astype(object), "shape", "returned object"),
    (lambda U, grid: right(U, grid).astype(str), "shape", "should hold real numbers"),
    (lambda U, grid: "V", "shape", "returned a str"),
    (lambda U, grid: {"V": right(U, grid)}, "shape", "returned a dict"),
    (lambda U, grid: object(), "shape", "returned object"),
    (lambda U, grid: (x for x in range(3)), "shape", "returned generator"),
    (lambda U, grid: right, "shape", "returned function"),
    (lambda U, grid: (1, 2, 3), "shape", "returned 3 things: a number, a number, a number"),
    (lambda U, grid: tuple(right(U, grid).swapaxes(0, 1)), "shape", "np.stack([...], axis=1) makes one"),
    (lambda U, grid: (), "shape", "returned 0 things"),
    (lambda U, grid: [[1], [1, 2]], "shape", "returned a list"),
    (lambda U, grid: U, "shape", "should have shape"),
    (lambda U, grid: 1 / 0, "error", "Python says: division by zero"),
    (lambda U, grid: U[..., 99, 0], "error", "Some points lie outside the image"),
    (lambda U, grid: U[:, :, grid[..., 0]], "error", "astype(int)"),
    (lambda U, grid: U + grid, "error", "Print their shapes"),
    (lambda U, grid: undefined, "error", "NameError"),
    (lambda U, grid: sys.exit(), "error", "your function ends the program"),
    (lambda U, grid: exec("raise KeyboardInterrupt"), "error", "stops with KeyboardInterrupt"),
    (raises_deep_inside, "error", 'return x["scale"]'),
    (lambda U: U, "error", "It is called as bilinear_sampler_forward(U, grid), and yours is <lambda>(U)"),
    (lambda U, grid, more: U, "error", "and yours is <lambda>(U, grid, more)"),
    (np.zeros(3), "error", "check wants the function itself"),
    ("right", "error", "You gave a str"),
])
def test_a_function_that_misbehaves(function, status, words):
    result = teach.check(ID, function)
    assert (result.status, bool(result)) == (status, False)
    assert words in " ".join(result.message.split())
    assert "Traceback" not in result.message and result._repr_html_().startswith("<div")


def test_the_line_is_the_learners_own():
    """In a notebook the code of a cell is found in linecache, under the cell's file name."""
    cell = "import numpy as np\n\ndef affine_grid_forward(theta, out_shape):\n    return np.linalg.inv(theta)\n"
    linecache.cache["<cell 7>"] = (len(cell), None, cell.splitlines(keepends=True), "<cell 7>")
    namespace = {}
    exec(compile(cell, "<cell 7>", "exec"), namespace)
    result = teach.check("affine_grid_forward", namespace["affine_grid_forward"])
    assert result.status == "error" and "line 4:  return np.linalg.inv(theta)" in result.message


def test_the_line_is_the_learners_own_where_the_package_raises():
    result = teach.check("affine_grid_forward", lambda theta, out_shape: stn.affine_grid_forward(theta[0], out_shape))
    assert result.status == "error" and "lambda theta, out_shape: stn.affine_grid_forward" in result.message


def test_an_exception_that_cannot_be_printed():
    class Unprintable(Exception):
        def __str__(self):
            raise RuntimeError

    def function(U, grid):
        raise Unprintable

    assert "stops with Unprintable" in teach.check(ID, function).message


def test_an_answer_that_cannot_be_looked_at():
    class Hostile:
        shape = property(lambda self: 1 / 0)

        def __array__(self, *args, **options):
            raise RuntimeError

    assert teach.check(ID, lambda U, grid: Hostile()).status == "shape"


def endless(U, grid):
    k = 0
    while True:
        k += 1


ENDED = threading.Event()        # the end of a function that is left behind; set by the test, or after a minute


def deaf(U, grid):
    """Does not end when it is asked to."""
    while not ENDED.is_set():
        try:
            ENDED.wait(60)
        except:                  # as learners write it  # noqa: E722
            continue


def asleep(U, grid):
    ENDED.wait(60)


@pytest.mark.parametrize("function, left_behind", [(endless, False), (deaf, True), (asleep, True)])
def test_a_function_that_takes_too_long(function, left_behind):
    """The verdict comes while a function that cannot be stopped still runs, and says so."""
    ENDED.clear()
    try:
        result = teach.check(ID, function, time_limit=0.3)
        running = any(thread.name == "learner's function" for thread in threading.enumerate())
    finally:
        ENDED.set()
    assert result.status == "error" and "stopped after 0.3 seconds" in result.message
    assert running == left_behind == ("restart the kernel" in " ".join(result.message.split()))
    while any(thread.name == "learner's function" for thread in threading.enumerate()):
        time.sleep(0.01)


def test_the_sessions_warnings_stay_while_a_function_is_left_behind():
    ENDED.clear()
    before = list(warnings.filters)
    try:
        teach.check(ID, deaf, time_limit=0.1)
        assert warnings.filters == before
    finally:
        ENDED.set()


def test_the_busy_line_is_named():
    message = " ".join(teach.check(ID, endless, time_limit=0.3).message.split())
    first = inspect.getsourcelines(endless)[1]
    assert any(f"it was in line {first + k}:" in message for k in (2, 3))


def test_in_a_notebook(tmp_path):
    """The same in a kernel, where the cells run in the main thread and printing goes its own way."""
    cells = ["from stn_numpy import teach",
             "def blend(left, right, a):\n    while True:\n        pass\n\nteach.check('blend', blend, time_limit=0.3)",
             "import sys\n\ndef blend(left, right, a):\n    sys.exit()\n\nteach.check('blend', blend)",
             "def blend(left, right, a):\n    print('here')\n    return a * left + (1 - a) * right\n\n"
             "teach.check('blend', blend)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    execute(notebook, tmp_path)
    outputs = [cell.outputs for cell in notebook.cells[1:]]
    assert [len(output) for output in outputs] == [1, 1, 1]
    texts = [output[0].data["text/plain"] for output in outputs]
    assert "stopped after 0.3 seconds" in texts[0] and ("line 3: pass" in texts[0] or "line 2: while" in texts[0])
    assert "your function ends the program" in texts[1]
    assert "the two weights have changed places" in texts[2] and "printed:  here" in texts[2]
    assert '<img alt="' in outputs[2][0].data["text/html"]


def test_slow_but_correct_loops_pass():
    def loops(U, grid):
        time.sleep(0.1)
        return right(U, grid)

    assert teach.check(ID, loops).status == "passed"


def test_the_time_limit_is_for_all_calls_together():
    def slow(U, x, y):
        time.sleep(0.2)
        return solution("sample_pixel")(U, x, y)

    assert "stopped after 1 seconds" in teach.check("sample_pixel", slow, time_limit=1).message
    assert teach.check("sample_pixel", slow, time_limit=30).status == "passed"


def test_printing_is_kept_short():
    def chatty(U, grid):
        for i in range(10_000):
            print("value", i)
        return right(U, grid)

    result = teach.check(ID, chatty)
    assert result.status == "passed"
    assert "value 4" in result.message and "value 5\n" not in result.message
    assert "and 9995 more lines" in result.message


def test_nothing_is_printed_by_a_check(capsys):
    teach.check(ID, lambda U, grid: print("out") or print("err", file=sys.stderr) or np.log(-1.0) * right(U, grid))
    assert capsys.readouterr() == ("", "")


def test_an_input_that_is_changed():
    def in_place(coordinate, size, align_corners):
        coordinate += 1
        coordinate *= (size - 1) / 2 if align_corners else size / 2
        coordinate -= 0 if align_corners else 0.5
        return coordinate

    result = teach.check("to_pixels", in_place)
    assert result.status == "changed input" and not result
    assert "changes what it is given: coordinate." in result.message


def test_an_input_that_is_changed_by_a_wrong_answer():
    def wrong_in_place(theta, out_shape):
        theta[:, :, 2] *= -1
        return solution("affine_grid_forward")(theta, out_shape)

    result = teach.check("affine_grid_forward", wrong_in_place)
    assert result.mistakes == ("shift_subtracted",) and "changes what it is given: theta." in result.message


def test_the_checks_own_arguments_cannot_be_spoilt():
    def spoil(U, grid):
        U[...], grid[...] = np.nan, np.nan
        return U

    teach.check(ID, spoil)
    assert teach.check(ID, right).status == "passed"
    arguments = teach.probe(ID)
    arguments[0][...] = 0
    assert teach.check(ID, right).status == "passed"
