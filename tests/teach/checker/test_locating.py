"""The learner's own line: what is said of a function's steps is true of its numbers, or nothing is said."""

import functools
import sys

import numpy as np
import pytest

from stn_numpy import teach
from stn_numpy.teach.checker.diagnosis import is_single
from stn_numpy.teach.checker.locating import NOTHING, locate
from stn_numpy.teach.checker.matching import Stations
from stn_numpy.teach.checker.result import Listing
from stn_numpy.teach.checker.variants import arguments_of
from stn_numpy.teach.lessons.stations import STATIONS
from stn_numpy.teach.lessons.stations.way import stations_of
from teach_help import PROBED, solution
from test_correct_answers import sampler_by_einsum, sampler_by_loops, target_by_mgrid


def located(id, function, answers=None):
    """What is said of a function, as if its answers were wrong."""
    def calls():
        return [arguments_of(probe) for probe in PROBED[id].probes if not is_single(probe)]

    answers = [function(*call) for call in calls()] if answers is None else answers
    return locate(function, Stations(stations_of(STATIONS[id], calls())), calls, answers)


def sentence(id, function):
    return " ".join(teach.check(id, function).message.split())


def line(function, number):
    """A line of a function, counted from its `def`, as it is counted in this file."""
    return function.__code__.co_firstlineno + number - 1


# --- Right functions: no line is found, and what is called right is right


@pytest.mark.parametrize("id", STATIONS)
def test_nothing_is_held_against_the_solution(id):
    assert not located(id, solution(id)).sure


@pytest.mark.parametrize("id, function", [
    ("bilinear_sampler_forward", sampler_by_loops), ("bilinear_sampler_forward", sampler_by_einsum),
    ("target_grid", target_by_mgrid)])
def test_nothing_is_held_against_another_way(id, function):
    assert not located(id, function).sure


@pytest.mark.parametrize("id", STATIONS)
def test_a_random_function_has_no_right_step(id):
    def random(*arguments):
        rng = np.random.default_rng(7)
        x = rng.normal(size=(2, 4, 7))
        y = x + 1
        total = 0
        for k in range(3):
            total += k * y
        return total

    assert located(id, random) == NOTHING


# --- Array code


def weights_exchanged(U, grid):
    N, C, H, W = U.shape
    x = (grid[..., 0] + 1) * (W - 1) / 2
    y = (grid[..., 1] + 1) * (H - 1) / 2
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = x - x0, y - y0
    wa = (1 - a) * (1 - b)
    wb = (1 - a) * b
    wc = a * (1 - b)
    wd = a * b

    def at(r, c):
        ok = (0 <= r) & (r < H) & (0 <= c) & (c < W)
        n = np.arange(N)[:, None, None]
        return np.moveaxis(U[n, :, r.clip(0, H - 1), c.clip(0, W - 1)], -1, 1) * ok[:, None]

    V = wa[:, None] * at(y0, x0)
    V = V + wb[:, None] * at(y0, x0 + 1)
    V = V + wc[:, None] * at(y0 + 1, x0)
    return V + wd[:, None] * at(y0 + 1, x0 + 1)


def test_the_weight_of_another_neighbour():
    result = teach.check("bilinear_sampler_forward", weights_exchanged)
    text = " ".join(result.message.split())
    seven, eight, nine, ten = (line(weights_exchanged, number) for number in (7, 8, 9, 10))
    last = line(weights_exchanged, 18)
    assert result.line == last
    assert f"`wa`, `wb`, `wc` and `wd` (lines {seven}, {eight}, {nine} and {ten}) hold the four weights" in text
    assert (f"`wb[:, None] * at(y0, x0 + 1)` (line {last}) has the numbers of U at the top right neighbour times the weight "
            "of the bottom left one.") in text
    assert f"--> {last:3}      V = V + wb[:, None] * at(y0, x0 + 1)" in result.message


def width_for_both(grid, in_shape):
    H, W = in_shape
    x = (grid[..., 0] + 1) * (W - 1) / 2
    y = (grid[..., 1] + 1) * (W - 1) / 2
    return np.stack([x, y], axis=-1)


def test_a_variable_that_stands_in_for_another():
    text = sentence("grid_to_pixels", width_for_both)
    assert f"This is right: `x` (line {line(width_for_both, 3)}) holds the pixel coordinates x." in text
    assert (f"`y` (line {line(width_for_both, 4)}) has the numbers of y scaled with the width, not the height. Nothing in your function holds "
            "the pixel coordinates y.") in text


def test_an_intermediate_value_is_not_taken_for_a_mistake():
    """(g + 1) (W - 1) has the numbers of a coordinate that was not halved; here it is halved a line later."""
    def plus_a_half(grid, in_shape):
        H, W = in_shape
        x = (grid[..., 0] + 1) * (W - 1)
        x = x / 2 + 0.5
        y = (grid[..., 1] + 1) * (H - 1) / 2
        return np.stack([x, y], axis=-1)

    found = located("grid_to_pixels", plus_a_half)
    assert not any("twice" in text for text in found.sentences)


def test_what_is_added_up_wrongly_afterwards():
    """All steps are right, up to the adding."""
    def buffered(dV, U, grid):
        N, C, H, W = U.shape
        dU = np.zeros(U.shape)
        x, y = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
        x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
        a, b = x - x0, y - y0
        n = np.arange(N)[:, None, None]
        for r, k_y in ((y0, 1 - b), (y0 + 1, b)):
            for c, k_x in ((x0, 1 - a), (x0 + 1, a)):
                w = k_x * k_y * ((0 <= r) & (r < H) & (0 <= c) & (c < W))
                dU[n, :, r.clip(0, H - 1), c.clip(0, W - 1)] += w[..., None] * np.moveaxis(dV, 1, -1)
        return dU

    found = located("bilinear_sampler_backward_U", buffered)
    assert not found.sure
    assert found.sentences[-1] == ("Your answer is not right all the same: look at what is done with "
                                   f"`w[..., None] * np.moveaxis(dV, 1, -1)` (line {line(buffered, 11)}), and after it.")


# --- Loops and helpers


def test_a_loop_over_all_points():
    def cut_off(U, grid):
        N, C, H, W = U.shape
        V = np.zeros((N, C, *grid.shape[1:3]))
        for n, i, j in np.ndindex(grid.shape[:3]):
            x = (grid[n, i, j, 0] + 1) * (W - 1) / 2
            y = (grid[n, i, j, 1] + 1) * (H - 1) / 2
            x0 = int(x)
            y0 = int(y)
            a, b = x - x0, y - y0
            for r, k_y in ((y0, 1 - b), (y0 + 1, b)):
                for c, k_x in ((x0, 1 - a), (x0 + 1, a)):
                    if 0 <= r < H and 0 <= c < W:
                        V[n, :, i, j] += k_x * k_y * U[n, :, r, c]
        return V

    found = located("bilinear_sampler_forward", cut_off)
    five, six, seven = (line(cut_off, number) for number in (5, 6, 7))
    assert found.line == seven and found.sure
    assert f"`x` and `y` (lines {five} and {six}) hold the pixel coordinates" in found.sentences[0]
    assert found.sentences[1].startswith(f"`x0` (line {seven}) has the numbers of x cut off towards zero.")


def test_a_loop_that_leaves_points_out():
    def first_image_only(U, grid):
        N, C, H, W = U.shape
        V = np.zeros((N, C, *grid.shape[1:3]))
        for i, j in np.ndindex(grid.shape[1:3]):
            x = (grid[0, i, j, 0] + 1) * (W - 1) / 2
            V[:, :, i, j] = x
        return V

    found = located("bilinear_sampler_forward", first_image_only)
    words = f"`x` (line {line(first_image_only, 5)}) has only "
    assert words in found.sentences[0] and "different numbers of the pixel coordinates x." in found.sentences[0]
    assert words in sentence("bilinear_sampler_forward", first_image_only) and not found.sure
    assert teach.check("bilinear_sampler_forward", first_image_only).line is None


def blend_of(left, right, weight):
    return weight * left + (1 - weight) * right


def test_a_helper_function_is_followed():
    def blend(left, right, a):
        return blend_of(left, right, a)

    text = " ".join(located("blend", blend).sentences)
    assert f"(line {line(blend_of, 2)} of `blend_of`) has the numbers of a left, which has the weight of right" in text


# --- No effect, and silence where nothing is certain


COUNTED = []


def test_the_session_stays_as_it_was():
    def counting(grid, in_shape):
        COUNTED.append(1)
        return width_for_both(grid, in_shape)

    def tracer(frame, event, argument):
        return None

    before, calls = sys.gettrace(), len(PROBED["grid_to_pixels"].probes)
    sys.settrace(tracer)
    try:
        teach.check("grid_to_pixels", counting)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert len(COUNTED) == calls


def without_source():
    space = {"np": np}
    exec("def to_pixels(c, size, align):\n    x = c * size\n    return x + 1\n", space)
    return space["to_pixels"]


def different_each_time():
    rng = np.random.default_rng(3)

    def to_pixels(coordinate, size, align_corners):
        return coordinate * (size - 1) / 2 + rng.normal()
    return to_pixels


class Callable:
    def __call__(self, coordinate, size, align_corners):
        return coordinate * size


def too_much(coordinate, size, align_corners):
    total = coordinate * 0
    for k in range(400_000):
        total = total + k
    return total


@pytest.mark.parametrize("function", [without_source(), Callable(), functools.partial(width_for_both),
                                      np.add, different_each_time()])
def test_silence_where_nothing_is_certain(function):
    assert located("to_pixels", function, answers=[0, 0]) == NOTHING


def test_silence_where_the_answers_are_not_the_same_again():
    """A function that draws other numbers each time: what one run held says nothing of another's answer."""
    function = different_each_time()
    assert located("to_pixels", function) == NOTHING


def test_silence_where_a_function_computes_too_much():
    assert located("to_pixels", too_much) == NOTHING


def test_silence_where_the_source_is_another():
    """A file that was edited after it was imported."""
    def function(coordinate, size, align_corners):
        return coordinate + 1.5

    function.__code__ = function.__code__.replace(co_consts=(None, 2.5))
    assert located("to_pixels", function) == NOTHING


# --- How it is shown


def test_the_line_is_marked_on_the_page_and_in_the_text():
    result = teach.check("grid_to_pixels", width_for_both)
    four = line(width_for_both, 4)
    assert f"--> {four:3}      y = (grid[..., 1] + 1) * (W - 1) / 2" in result.message
    page = result._repr_html_()
    assert page.count("<mark") == 1 and f"--&gt; {four:3}      y = " in page.split("<mark")[1].split("</mark>")[0]
    assert "def width_for_both(grid, in_shape):" in page


def test_a_listing_shows_what_is_near_the_marks_as_text():
    listing = Listing([(number, f"line {number}", number == 9) for number in range(1, 21)])
    assert listing.splitlines()[0] == "      7  line 7" and listing.splitlines()[2] == "-->   9  line 9"
    assert len(listing.splitlines()) == 5 and len(listing.lines) == 20


# --- What is right only under a condition, and steps on the way to a sum


def sampler_at_the_edge(U, grid):
    N, C, H, W = U.shape
    x, y = (grid[..., 0] + 1) / 2 * (W - 1), (grid[..., 1] + 1) / 2 * (H - 1)
    x0, y0, n = np.floor(x).astype(int), np.floor(y).astype(int), np.arange(N)[:, None, None]
    a, b = (x - x0)[..., None], (y - y0)[..., None]
    U00, U01, U10, U11 = (U[n, :, np.clip(row, 0, H - 1), np.clip(column, 0, W - 1)]
                          for row in (y0, y0 + 1) for column in (x0, x0 + 1))
    return np.moveaxis((1 - b) * ((1 - a) * U00 + a * U01) + b * ((1 - a) * U10 + a * U11), -1, 1)


def test_neighbours_read_at_the_edge_are_right_only_if_their_weight_is_0():
    words = " ".join(located("bilinear_sampler_forward", sampler_at_the_edge).sentences)
    assert "the four neighbours, read at the edge where they lie outside (there their weight must be 0)" in words
    assert not words.endswith("hold the four neighbours.") and "hold the four neighbours;" not in words


# --- No line where nothing is sure


def test_the_end_of_a_range_is_no_step():
    def left_column(U, x, y):
        y0, x0, total = int(np.floor(y)), int(np.floor(x)), 0.0
        for r in range(y0, y0 + 2):
            for c in range(x0, x0 + 1):
                total += c * r
        return total

    assert "`x0 + 1`" not in " ".join(located("sample_pixel", left_column).sentences)


def test_what_a_right_step_was_made_of_is_not_to_blame_for_another():
    def first_row_twice(dpoint, x_t, y_t):
        point = np.array([x_t, y_t, 1])
        rows = [dpoint[0] * point, dpoint[0] * point]
        return np.array(rows)

    found = located("dtheta_of_point", first_row_twice)
    assert not any("`point`" in text for text in found.words) and found.line != line(first_row_twice, 2)


def test_what_comes_of_unknown_numbers_is_not_called_wrong():
    """The floor of x + 1/2 has the numbers of a rounded x, but what is wrong is x."""
    def moved(U, grid):
        H, W = U.shape[2:]
        x, y = (grid[..., 0] + 1) * (W - 1) / 2 + 0.5, (grid[..., 1] + 1) * (H - 1) / 2 + 0.5
        x0, y0 = np.floor(x), np.floor(y)
        return np.stack([x0, y0])

    found = located("bilinear_sampler_forward", moved)
    assert not found.sure and not any("rounded" in text for text in found.sentences)
