"""A proof by repair: what is said to make all numbers right does so, and nothing is said of what no change mends."""

import linecache
import re
import textwrap

import numpy as np
import pytest

from stn_numpy import teach
from stn_numpy.teach.checker.repair import repair

MADE = []


@pytest.fixture(autouse=True)
def time_enough(monkeypatch):
    """What is found does not depend on how busy the machine is."""
    for name in ("SECONDS", "LONGEST", "ALL"):
        monkeypatch.setattr(f"stn_numpy.teach.checker.pointing.{name}", 60)


def written(name, source):
    """A function as if it stood in a cell of a notebook, with np there."""
    source = textwrap.dedent(source).strip() + "\n"
    MADE.append(cell := f"<cell {len(MADE)} of the test of repairs>")
    linecache.cache[cell] = len(source), None, source.splitlines(True), cell
    space = {"np": np}
    exec(compile(source, cell, "exec"), space)
    return space[name]


BLEND = "def blend(left, right, a):\n    share = 1 - a\n    return {}\n"
SGD = """
    def sgd_step(param, grad, velocity, learning_rate, momentum):
        v = {}
        return {}
"""
BACK = """
    def localisation_backward(dtheta, x, W1, b1, W2, b2):
        z = x @ W1 + b1
        h = np.maximum({z}, 0)
        dz = dtheta @ W2.T * ({mask})
        return dz @ {W1}, x.T @ dz, dz.{sum}(axis=0), h.T @ dtheta, dtheta.{sum}(axis=0)
"""
RIGHT = {"z": "z", "mask": "z > 0", "W1": "W1.T", "sum": "sum"}
ROW = """
    def mended_b(U, x):
        W = len(U)
        x = (x + 1) * {} / 2
        x0 = np.{}(x).astype(int)
        a = x - x0
        framed = np.pad(U, 1)
        return (1 - a) * framed[np.clip(x0 + 1, 0, W + 1)] + a * framed[np.clip(x0 + {}, 0, W + 1)]
"""


@pytest.mark.parametrize("id, source, line, change", [
    ("blend", BLEND.format("share * left - a * right"), 3, "`share * left + a * right` instead of `share * left - a * right`"),
    ("blend", BLEND.format("share * left + a * right / 100"), 3, "`a * right` instead of `a * right / 100`"),
    ("sgd_step", SGD.format("momentum * velocity - learning_rate * grad", "param + velocity, v"), 3,
     "`v` instead of `velocity`"),
    ("sgd_step", SGD.format("momentum * velocity - learning_rate * grad", "v, param + v"), 3,
     "`(param + v, v)` instead of `(v, param + v)`"),
    ("localisation_backward", BACK.format(**{**RIGHT, "mask": "z < 0"}), 4, "z > 0"),
    ("localisation_backward", BACK.format(**{**RIGHT, "z": "-z"}), 3, "`np.maximum(z, 0)` instead of `np.maximum(-z, 0)`"),
    ("localisation_backward", BACK.format(**{**RIGHT, "sum": "mean"}), 5,
     "dz.sum(axis=0), h.T @ dtheta, dtheta.sum(axis=0)"),
    ("mended_b", ROW.format("(W - 2)", "floor", 2), 3, "* (W - 1)"),
    ("mended_b", ROW.format("(W - 1)", "ceil", 2), 4, "`np.floor(x)` instead of `np.ceil(x)`"),
    ("mended_b", ROW.format("(W - 1)", "floor", 1), 7, "x0 + 2, 0"),
    ("localisation_forward", """
        def localisation_forward(x, W1, b1, W2, b2):
            z = x @ W1 + b1
            h = np.abs(z)
            return h @ W2 + b2
     """, 3, "`np.maximum(z, 0)` instead of `np.abs(z)`"),
    ("relu_backward", "def relu_backward(dout, x):\n    return np.where(x > 0, dout, x)", 2, "dout, 0)` instead"),
    ("numeric_gradient", """
        def numeric_gradient(f, x, step):
            gradient = np.zeros_like(x)
            for index in np.ndindex(x.shape):
                more, less = x.copy(), x.copy()
                more[index] = more[index] + step
                less[index] = less[index] - step
                gradient[index] = (f(more) - f(less)) / step
            return gradient
     """, 7, "/ (2 * step)` instead"),
    ("turn_scale_backward", """
        def turn_scale_backward(dA, theta):
            angle, log_scale = theta[:, 0], theta[:, 1]
            a, b = log_scale * np.cos(angle), log_scale * np.sin(angle)
            da = dA[:, 0, 0] + dA[:, 1, 1]
            db = dA[:, 1, 0] - dA[:, 0, 1]
            return np.stack([a * db - b * da, a * da + b * db, dA[:, 0, 2], dA[:, 1, 2]], axis=1)
     """, 3, "np.exp(log_scale) * np.cos(angle)"),
    ("scatter_add", """
        def scatter_add(index, values, size):
            total = np.zeros(size)
            for i, value in zip(index, values):
                total[i] = value
            return total
     """, 4, "total[i] += value"),
])
def test_what_is_told_makes_every_number_right(id, source, line, change):
    source = textwrap.dedent(source).strip()
    result = teach.check(id, written(id, source))
    assert result.line == line and change in result.repair and f"in line {line}" in " ".join(result.message.split())
    lines = source.splitlines()
    for new, old, number in re.findall(r"`([^`]+)` instead of `([^`]+)` in line (\d+)", result.repair):
        shown = lines[int(number) - 1]
        old, new = (old, new) if old in shown else (old.strip(".()"), new.strip(".()"))
        assert old in shown
        lines[int(number) - 1] = shown.replace(old, new, 1)
    assert teach.check(id, written(id, "\n".join(lines)))


LOOP = """
    def sample_pixel(U, x, y):
        value = 0.0
        for h in range(U.shape[0]):
            for w in range(U.shape[1]):
                value += U[h, w] * max(0, 1 - abs(x - w)) * max(0, 1 - abs(y - h))
        {}return value
"""


@pytest.mark.parametrize("steps", [1, 2])
def test_a_return_inside_a_loop_is_told_to_stand_behind_it(steps):
    result = teach.check("sample_pixel", written("sample_pixel", LOOP.format(4 * steps * " ")))
    assert result.line == 6 and "`return value` behind the loop instead of inside it in line 6" in result.repair
    assert teach.check("sample_pixel", written("sample_pixel", LOOP.format("")))


def test_an_argument_that_is_used_nowhere_is_tried_first():
    source = "def localisation_forward(x, W1, b1, W2, b2):\n    return np.maximum(x @ W1 {}, 0) @ W2 + b2\n"
    result = teach.check("localisation_forward", written("localisation_forward", source.format("")))
    assert "x @ W1 + b1" in result.repair


def test_a_change_in_a_helper_is_told_with_its_name():
    function = written("blend", "def half(left, right):\n    return left - right\n\n"
                       "def blend(left, right, a):\n    return half((1 - a) * left, a * right)\n")
    result = teach.check("blend", function)
    assert "One change makes all numbers of this check right. It is in line 2 of `half`" in " ".join(result.message.split())


def test_changes_in_one_line_are_told_as_one_that_can_be_typed():
    source = "def blend(left, right, a):\n    return left + a * (left + right)\n"
    result = teach.check("blend", written("blend", source))
    assert "One change makes" in " ".join(result.message.split()) and "left - a * (left - right)` instead" in result.repair
    new, old = re.search("`([^`]+)` instead of `([^`]+)`", result.repair).groups()
    assert teach.check("blend", written("blend", source.replace(old, new)))


def test_statements_that_change_in_one_loop_are_told_one_by_one():
    source = textwrap.dedent("""
        def numeric_gradient(f, x, step):
            gradient = np.zeros_like(x)
            for index in np.ndindex(x.shape):
                more, less = x.copy(), x.copy()
                more[index] = step
                less[index] = -step
                gradient[index] = (f(more) - f(less)) / (2 * step)
            return gradient
    """).strip()
    repaired = teach.check("numeric_gradient", written("numeric_gradient", source)).repair
    assert all(new != old for new, old in re.findall("`([^`]+)` instead of `([^`]+)`", repaired))
    assert "more[index] += step` instead" in repaired and "less[index] += -step` instead" in repaired


def test_changes_in_two_lines_are_counted():
    source = textwrap.dedent("""
        def sample_pixel(U, x, y):
            H, W = U.shape
            out = 0.0
            for h in range(H - 1):
                for w in range(W - 1):
                    out += U[h, w] * max(0, 1 - abs(x - w)) * max(0, 1 - abs(y - h))
            return out
    """)
    result = teach.check("sample_pixel", written("sample_pixel", source))
    assert "Two changes make all numbers of this check right. They are in lines 4 and 5;" in " ".join(result.message.split())


@pytest.mark.parametrize("source", ["dout / len(dout) * (x > 0)", "np.where(x > 0, 1, 0.1) * dout", "dout * (x > 0) + 1"])
def test_nobody_is_told_to_write_what_nobody_writes(source):
    repaired = teach.check("relu_backward", written("relu_backward", f"def relu_backward(dout, x):\n    return {source}\n")).repair
    new = re.search("With `(.+)` instead of", repaired).group(1)
    assert "len(dout) / len(dout)" not in new and "where(1," not in new and "+ -1" not in new


def test_lines_are_those_of_the_cell():
    result = teach.check("blend", written("blend", "import math\n\n" + BLEND.format("share * left - a * right")))
    assert result.line == 5 and "in line 5" in result.repair and "--> " + "  5" in result.message


def test_a_check_that_has_taken_long_searches_no_more(monkeypatch):
    monkeypatch.setattr("stn_numpy.teach.checker.pointing.ALL", 0)
    result = teach.check("blend", written("blend", BLEND.format("share * left - a * right")))
    assert result.status == "named" and not result.repair and result.line is None


def test_a_hint_tells_the_change_once_and_a_page_hides_it():
    function = written("blend", BLEND.format("share * left - a * right"))
    result = teach.check("blend", function)
    assert "share * left + a * right" not in result.message and "Show the change</summary>" in result._repr_html_()
    assert result.repair == teach.hint("blend").paragraphs[0] and "Hint" in teach.hint("blend").headline
    teach.check("blend", lambda left, right, a: (1 - a) * left + a * right)
    assert "Hint" in teach.hint("blend").headline


def test_nothing_is_told_of_what_no_change_mends():
    result = teach.check("blend", written("blend", BLEND.format("np.sin(left) ** 3 + np.cos(right)")))
    assert not result and not result.repair and "One change" not in result.message


ROUND = """
    def scatter_add(index, values, size):
        total, k = np.zeros(size), 0
        while k < len(index):
            try:
                total[index[k]] {} values[k]
            except IndexError:
                pass
            k += 1
        return total
"""


def test_loops_that_may_never_end_are_mended_too():
    assert "`total[index[k]] += values[k]` instead" in teach.check("scatter_add", written("scatter_add", ROUND.format("="))).repair


def test_a_trial_that_would_never_end_is_given_up():
    function = written("scatter_add", ROUND.format("="))
    assert repair(function, [lambda: (np.array([0, 1]), np.ones(2), 2)], lambda number, value: False, seconds=60) is None


def test_what_comes_of_giving_up_is_no_answer():
    function = written("blend", """
        def blend(left, right, a):
            try:
                while a < 1:
                    a += 0.25
            except Exception as error:
                return np.array([2.0, 2.25] if type(error).__name__ == "TooLong" else [0, 0])
            return 0 * left
    """)
    assert repair(function, [one_call], mixed_rightly, seconds=60) is None


def one_call():
    return np.array([1.0, 2.0]), np.array([5.0, 3.0]), 0.25


def mixed_rightly(number, value):
    return np.allclose(value, [2.0, 2.25])


def test_no_shape_is_multiplied():
    """np.zeros(3 * shape) would be an array of gigabytes."""
    shapes = []

    def made(shape):
        shapes.append(tuple(shape))
        return np.zeros(shape)

    function = written("scatter", "def scatter(U, N, other_shape):\n    shape = U.shape\n    size = (N, *shape)\n"
                       "    return make(shape) + make(U.shape) + make(size[1:]) + make(other_shape) + N\n")
    function.__globals__["make"] = made
    repair(function, [lambda: (np.ones((2, 3)), 3, (2, 3))], lambda number, value: False, seconds=20)
    assert len(shapes) > 50 and all(len(shape) <= 3 for shape in shapes)


def test_no_list_is_put_into_itself():
    """NumPy goes through such a list for ever, and nothing can stop it."""
    function = written("gathered", "def gathered(U):\n    out, more = list(), [U, U]\n    for row in U:\n"
                       "        out.append(row)\n        more.append(row)\n    return out, more\n")
    tried = []

    def is_right(number, value):
        tried.extend(value)
        return False

    repair(function, [lambda: (np.ones((2, 3)),)], is_right, seconds=20)
    assert len(tried) > 4 and all(part is not whole for whole in tried for part in whole if isinstance(whole, list))


def test_all_stays_as_it_was_and_the_time_is_kept():
    function = written("blend", "seen = []\n\ndef blend(left, right, a):\n    seen.append(a)\n"
                       "    return (1 - a) * left - a * right\n")
    code = function.__code__
    assert repair(function, [one_call], mixed_rightly).change.startswith("With `(1 - a) * left + a * right` instead of")
    assert function.__code__ is code and function.__globals__["seen"] == []
    assert repair(function, [one_call], lambda number, value: False, seconds=0.2) is None
    assert repair(function, [one_call], lambda number, value: True, seconds=-1) is None
    assert repair(len, [one_call], mixed_rightly) is None


def test_what_is_right_only_after_other_trials_is_not_told():
    function = written("blend", "kept = [1.0]\n\ndef blend(left, right, a):\n    more = kept[0]\n    kept[0] = 0.0\n"
                       "    return (1 - a) * left + a * right + more\n")
    assert "+ more" in repair(function, [one_call], mixed_rightly).change


@pytest.mark.parametrize("id, source, not_told", [
    ("sample_pixel", """
        def sample_pixel(U, x, y):
            H, W = U.shape
            if x < 0 or x > W - 1 or y < 0 or y > H - 1:
                return 0.0
            framed = np.pad(U, 1)
            i, j = int(np.floor(y)), int(np.floor(x))
            a, b = x - j, y - i
            four = framed[i + 1:i + 3, j + 1:j + 3]
            return (four * np.outer([1 - b, b], [1 - a, a])).sum()
     """, "and"),
    ("turn_scale_matrix", """
        def turn_scale_matrix(theta):
            angle, log_scale, t_x, t_y = theta.T
            a, b = np.exp(log_scale) * np.cos(angle), np.exp(log_scale) * np.sin(angle)
            return np.moveaxis(np.array([[a, b, t_x], [-b, a, t_y]]), 2, 0)
     """, "sin(-"),
    ("localisation_backward", """
        def localisation_backward(dtheta, x, W1, b1, W2, b2):
            z = x @ W1 + b1
            h = np.maximum(z, 0)
            dh = dtheta @ W2.T
            dz = dh * h
            return dz @ W1.T, x.T @ dz, dz.sum(axis=0), h.T @ dtheta, dtheta.sum(axis=0)
     """, "/ z"),
])
def test_no_change_is_told_that_only_takes_another_back(id, source, not_told):
    assert not_told not in teach.check(id, written(id, source)).repair
