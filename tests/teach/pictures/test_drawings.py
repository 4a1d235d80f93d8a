"""The pictures: opaque, described, nothing cut off, and the numbers in them are the package's."""

import html
import io
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.text import Text

from stn_numpy.grid.affine import affine_grid_backward, affine_grid_forward
from stn_numpy.grid.coordinates import to_pixels
from stn_numpy.sampler import fast as samplers
from stn_numpy.teach import descent, pictures
from stn_numpy.teach.descent import Path
from stn_numpy.teach.pictures import images

TURN = np.array([[0.8, -0.4, 0.1], [0.3, 0.9, -0.2]])
RANDOM = np.random.default_rng(0)
WIDE = RANDOM.standard_normal((2, 3, 4, 7))
CHANGED = WIDE + (WIDE > 2)
SIZES = 4 ** np.arange(2, 12)

DRAWINGS = {
    "show": lambda: pictures.show(images.ramp(4, 5), "A ramp"),
    "show many": lambda: pictures.show(WIDE, "Two images of three channels"),
    "show digits": lambda: pictures.show(np.stack([images.digit(n)[0, 0] for n in range(7)])),
    "compare": lambda: pictures.compare(CHANGED, WIDE, "Not the same"),
    "compare grids": lambda: pictures.compare(np.zeros((2, 4, 5, 2)), np.ones((2, 4, 5, 2)), grid=True),
    "compare shapes": lambda: pictures.compare(np.ones((2, 3, 2)), np.ones((2, 2, 3))),
    "compare nothing wrong": lambda: pictures.compare(WIDE, WIDE),
    "compare numbers": lambda: pictures.compare(np.float64(1), np.float64(2)),
    "compare NaN": lambda: pictures.compare([[np.nan, 1]], [[0.0, 1]]),
    "inverse_mapping": lambda: pictures.inverse_mapping(images.letter(), TURN),
    "forward_holes": lambda: pictures.forward_holes(images.digit(), 0.7 * TURN),
    "grid_gallery": lambda: pictures.grid_gallery([np.eye(2, 3), 2 * np.eye(2, 3), TURN], images.letter()),
    "grid_gallery named": lambda: pictures.grid_gallery([TURN] * 6, images.digit(), ["a longer name"] * 6),
    "two_rulers": lambda: pictures.two_rulers(4, mark=-0.4),
    "check_anatomy": pictures.check_anatomy,
    "kernel": pictures.kernel,
    "kernel outside": lambda: pictures.kernel(-0.3),
    "fading": pictures.fading,
    "flat_place": pictures.flat_place,
    "flat_place of a large image": lambda: pictures.flat_place((6, 6), (-0.5, 5.5)),
    "cost_of_size": lambda: pictures.cost_of_size(SIZES, {"new": 900 / SIZES + 1, "used": 800 / SIZES + 0.5}),
    "ladder": lambda: pictures.ladder({"loops": {"forward": 56580, "backward": 144479},
                                       "batch": {"forward": 191, "backward": 9.26}}),
    "ladder of one": lambda: pictures.ladder({"a rung": {"both ways": 2e5}, "the next": {"both ways": 3.14}}, "Times"),
    "scatter": pictures.scatter,
    "adjoint": pictures.adjoint,
    "tangents": pictures.tangents,
    "staircase": pictures.staircase,
    "contributions": lambda: pictures.contributions(images.digit(), TURN),
    "contributions of stripes": lambda: pictures.contributions(images.vertical_stripes(), np.eye(2, 3)),
    "errors_by_step": lambda: pictures.errors_by_step(
        np.array([1e-8, 1e-4, 1.0]), {"float64": [1e-2, 0.0, 1.0]}, {"truncation": [1e-16, 1e-8, 1.0]}),
    "kill_matrix": lambda: pictures.kill_matrix({"one\nimage": {"a": True, "b": False}, "two": {"a": True, "b": True}}),
    "rows_read": lambda: pictures.rows_read(np.arange(3), {"a": (np.arange(3.0), np.array([0.0, 1, 2.5]))}),
    "valleys": lambda: pictures.valleys(np.arange(9), {"sharp": abs(np.arange(9) - 4), "flat": np.ones(9)}, 4),
    "landscapes": lambda: pictures.landscapes(
        np.arange(-4.0, 5), {"a bowl": np.arange(81.0).reshape(9, 9)},
        {"a bowl": [Path(np.array([[0.0, 0], [1, 1]]), np.ones(2)), Path(np.array([[0.0, 2], [3, 1]]), np.ones(2))]},
        np.array([1.0, 1.0])),
    "rates": lambda: pictures.rates({0.1: np.geomspace(1, 1e-20, 9), 2.0: np.ones(9)}, 1.0),
    "standing_still": lambda: pictures.standing_still(descent.bar()),
    "runs": lambda: pictures.runs({"A": descent.failed_runs()["A"]._replace(steps=3),
                                   "D": descent.failed_runs()["D"]._replace(steps=3)}),
    "look_and_see": lambda: pictures.look_and_see(images.letter(), TURN),
    "film": lambda: pictures.film().still,
    "landmarks": lambda: pictures.landmarks(images.letter(), TURN, np.eye(2), -np.eye(2)),
    "loss_beside_a_kink": lambda: pictures.loss_beside_a_kink(images.digit()),
    "moving": lambda: pictures.moving([pictures.two_rulers(4, mark=mark) for mark in (-1, 1)], ["mark -1", "mark 1"],
                                      alt="Two rulers, and a mark that moves from one end to the other.").still,
    "flow": lambda: pictures.flow([("x", (3, 1764)), ("h", (3, 32)), ("loss", ())],
                                  [("linear", [("W", (1764, 32)), ("b", (32,))]), ("loss", [])]),
    "flow of many": lambda: pictures.flow([(name, (64, 1, 21, 21)) for name in "ABCDEFG"], [("linear", [])] * 6,
                                          roads=[(0, 4)]),
    "signed": lambda: pictures.signed([WIDE[0, 0], WIDE[1, 2]], ["one", "other"], title="Of either sign"),
    "where_they_look": lambda: pictures.where_they_look(np.repeat(images.digit(), 3, axis=0), [
        np.tile(TURN, (3, 1, 1)), np.zeros((3, 6))], ["turned", "a point"]),
    "curves": lambda: pictures.curves({"one": [3.0, 2, 1], "other": [3.0, 4, 5]}, level=("level", 2.5)),
    "curves smoothed": lambda: pictures.curves({"a run": np.linspace(2, 1, 50)}, mean_of=10, title="A run"),
    "beside_the_paper": lambda: pictures.beside_the_paper({"one": ([4.4, 4.6], 5.2), "other": ([1.0], None)}),
    "checkups": lambda: pictures.checkups({name: ([{"network": network, "step": step, "test_error": 0.9 - step / 20,
                                                    "inside": 1 - step / 10} for step in (0, 5)
                                                   for network in ("FCN", "ST-FCN")], [TURN.reshape(1, 6)] * 2)
                                           for name in ("run A", "run B")}, images.digit()),
    "many_experiments": lambda: pictures.many_experiments([[1.0, 1.1], [1.3, 1.2]], 1.0),
    "undone": lambda: pictures.undone({"as it came": {"a": (np.eye(3), None)}, "way": {"a": (np.eye(3), 0.2)}}),
    "descents": lambda: pictures.descents({"one": [[-2, 0.5], [-1, 0.1]], "other": [[-2, 0.5], [0, 0]]}),
}
HELPERS = {"Moving", "Picture", "explore", "images", "push_forward", "sample_row", "sampling_matrix", "slope_of_row"}


@pytest.fixture(params=DRAWINGS, scope="module")
def picture(request):
    return DRAWINGS[request.param]()


def test_every_drawing_is_looked_at_here():
    assert {name.split()[0] for name in DRAWINGS} == set(pictures.__all__) - HELPERS


def test_png_is_opaque_white_and_as_wide_as_a_notebook(picture):
    pixels = imread(io.BytesIO(picture.png()))                                    # (height, width, 4)
    assert pixels.shape[1] == 900
    assert (pixels[..., 3] == 1).all()
    assert (pixels[[0, 0, -1, -1], [0, -1, 0, -1], :3] == 1).all()


def test_alt_text_says_something_and_comes_with_the_png(picture):
    data, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == picture.alt
    assert len(picture.alt.split()) >= 8 and picture.alt.endswith(".") and "\n" not in picture.alt
    assert data["image/png"] == picture.png()
    assert picture.alt in data["text/plain"]
    assert data["text/html"] == picture.html() and f'<img alt="{html.escape(picture.alt)}"' in picture.html()


def test_no_text_is_cut_off(picture):
    picture.png()
    renderer, page = FigureCanvasAgg(picture.figure).get_renderer(), picture.figure.bbox
    for text in texts_of(picture.figure):
        box = text.get_window_extent(renderer)
        assert box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1, text.get_text()
        assert box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1, text.get_text()


def texts_of(figure):
    """All texts but the labels of ticks, of which matplotlib keeps some that it does not draw."""
    axes = [part for ax in figure.axes for part in (ax, *ax.child_axes)]
    ticks = {label for ax in axes for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_major_ticks()
             for label in (tick.label1, tick.label2)}
    return [text for text in figure.findobj(Text) if text not in ticks and text.get_visible() and text.get_text()]


def test_the_same_drawing_has_the_same_bytes():
    assert pictures.scatter().png() == pictures.scatter().png()


def test_the_readers_own_style_changes_nothing():
    expected = pictures.two_rulers().png()
    with style.context("dark_background"):
        assert pictures.two_rulers().png() == expected


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = ("import sys; from stn_numpy import teach; teach.pictures, teach.microscope, teach.notebooks;"
            "print([name for name in ('matplotlib', 'ipywidgets', 'nbformat', 'IPython') if name in sys.modules])")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# --- Feature maps


def test_alt_text_of_a_small_map_has_its_values():
    assert "row by row: 0 1 2; 3 4 5." in pictures.show(images.ramp(2, 3)).alt


def test_compare_finds_the_first_wrong_element():
    yours = WIDE.copy()
    yours[1, 2, 1, 3] += 1
    yours[1, 2, 3, 0] -= 1
    found = pictures.compare(yours, WIDE).numbers
    assert (found["wrong"], found["first"]) == (2, (1, 2, 1, 3))
    assert found["yours"] == pytest.approx(found["right"] + 1)


def test_compare_keeps_to_the_tolerance():
    assert pictures.compare(WIDE + 1e-4, WIDE, tolerance=1e-3).numbers["first"] is None
    assert pictures.compare(WIDE + 1e-4, WIDE).numbers["wrong"] == WIDE.size
    assert pictures.compare([100.05, 0.005], [100.0, 0], tolerance=1e-3).numbers["first"] == (1,)


def test_compare_counts_nan_as_wrong():
    assert pictures.compare([np.nan, 1.0], [0.0, 1]).numbers["first"] == (0,)


def test_signed_values_have_their_own_colours_around_zero_and_a_bar():
    signed, unsigned = pictures.show(WIDE).figure.axes, pictures.show(images.letter()).figure.axes
    assert {ax.images[0].get_cmap().name for ax in signed} == {"PuOr"}
    assert {sum(ax.images[0].get_clim()) for ax in signed} == {0} and all(ax.child_axes for ax in signed)
    assert {ax.images[0].get_cmap().name for ax in unsigned} == {"gray"}
    assert not any(ax.child_axes for ax in unsigned)
    bounded = pictures.show(WIDE, limits=(0, 1)).figure.axes
    assert {ax.images[0].get_cmap().name for ax in bounded} == {"gray"} and not any(ax.child_axes for ax in bounded)


# --- Warps


def test_inverse_mapping_draws_the_packages_points():
    U = images.letter()
    numbers = pictures.inverse_mapping(U, TURN, out_shape=(5, 6)).numbers
    grid = affine_grid_forward(TURN[None], (5, 6))[0]
    np.testing.assert_array_equal(numbers["V"], samplers.bilinear_sampler_forward(U, grid)[0][0, 0])
    np.testing.assert_array_equal(numbers["x"], to_pixels(grid[0, ..., 0], 7, True))
    np.testing.assert_array_equal(numbers["y"], to_pixels(grid[0, ..., 1], 8, True))


def test_forward_mapping_leaves_holes_and_inverse_mapping_none():
    doubled = pictures.forward_holes(images.ramp(5, 5), 0.5 * np.eye(2, 3)).numbers
    landed = ~np.isnan(doubled["forward"])
    np.testing.assert_array_equal(np.argwhere(landed), [(i, j) for i in (0, 2, 4) for j in (0, 2, 4)])
    np.testing.assert_array_equal(doubled["forward"][landed], images.ramp(5, 5)[0, 0, 1:4, 1:4].ravel())
    assert doubled["holes"] == 16
    assert pictures.forward_holes(images.letter(), np.eye(2, 3)).numbers["holes"] == 0


def test_a_shift_to_outside_is_no_hole():
    shifted = pictures.forward_holes(images.ramp(5, 5), [[1, 0, 1], [0, 1, 0]]).numbers
    assert np.isnan(shifted["forward"]).sum() == 10 and shifted["holes"] == 0


def test_landmarks_belong_where_theta_looks_at_them():
    moved = np.array([[0.2, -0.4], [0.6, 0.1]])
    points = moved @ TURN[:, :2].T + TURN[:, 2]
    assert pictures.landmarks(images.letter(), TURN, points, moved).numbers["furthest"] < 1e-12
    assert pictures.landmarks(images.letter(), TURN, points, points).numbers["furthest"] > 0.1


def test_gallery_shows_what_the_sampler_gives():
    U, thetas = images.digit(), np.stack([np.eye(2, 3), TURN])
    outputs = pictures.grid_gallery(thetas, U, padding="border", align_corners=False).numbers["outputs"]
    grid = affine_grid_forward(thetas, (28, 28), False)[0]
    np.testing.assert_array_equal(outputs, samplers.bilinear_sampler_forward(
        np.repeat(U, 2, axis=0), grid, "border", False)[0][:, 0])


# --- Rulers, kernels, slopes


def test_two_rulers():
    numbers = pictures.two_rulers(4).numbers
    np.testing.assert_allclose(numbers[True], [0, 0.75, 1.5, 2.25, 3])
    np.testing.assert_allclose(numbers[False], [-0.5, 0.5, 1.5, 2.5, 3.5])


@pytest.mark.parametrize("x, weights", [(1.25, [0, 0.75, 0.25, 0]), (-0.3, [0.7, 0, 0, 0]), (3, [0, 0, 0, 1])])
def test_kernel_weights(x, weights):
    np.testing.assert_allclose(pictures.kernel(x).numbers["weights"], weights, atol=1e-12)


def test_zeros_fade_over_one_pixel():
    numbers = pictures.fading((0.6, 1.0, 0.3, 0.8)).numbers
    at = {x: np.argmin(abs(numbers["x"] - x)) for x in (-2, -1, -0.5, 0, 3.5, 4, 5)}
    np.testing.assert_allclose([numbers["zeros"][k] for k in at.values()], [0, 0, 0.3, 0.6, 0.4, 0, 0], atol=1e-12)
    np.testing.assert_allclose([numbers["border"][k] for k in at.values()], [0.6] * 4 + [0.8] * 3, atol=1e-12)
    np.testing.assert_allclose([numbers["reflection"][k] for k in at.values()], [0.3, 1, 0.8, 0.6, 0.55, 0.3, 1],
                               atol=1e-12)


@pytest.mark.parametrize("x, left, right", [(0, 0.2, 0.7), (1, 0.7, -0.5), (4, -0.5, -0.1)])
def test_tangents(x, left, right):
    numbers = pictures.tangents((0.2, 0.9, 0.4, 0.6, 0.1), x).numbers
    slopes = [numbers["left"], numbers["right"], numbers["package"]]
    np.testing.assert_allclose(slopes, [left, right, right], atol=1e-12)


def test_at_the_identity_the_package_sees_the_right_hand_slope_for_targets_on_either_side():
    U, grid = images.digit(), affine_grid_forward(np.eye(2, 3)[None], (28, 28))[0]
    slopes = pictures.loss_beside_a_kink(U).numbers
    for index, goal in enumerate((0.2, -0.2)):
        V, cache = samplers.bilinear_sampler_forward(U, grid)
        dV = V - samplers.bilinear_sampler_forward(U, grid + [goal, 0])[0]
        seen = samplers.bilinear_sampler_backward(dV, cache)[1][..., 0].sum()
        assert slopes["right"][index] == pytest.approx(seen, abs=0.05)
    assert slopes["right"][1] < 0 < slopes["left"][1], "to the left the target lies, and descent goes to the right"


def test_staircase_has_no_slope():
    numbers = pictures.staircase().numbers
    assert set(np.unique(numbers["integer"])) == {0, 0.2, 0.9, 0.4, 0.6, 0.1}
    assert (numbers["integer_slope"] == 0).all()
    assert len(np.unique(numbers["bilinear_slope"].round(9))) > 3


# --- The ways back


def test_scatter_adds_what_the_package_adds():
    dV = RANDOM.standard_normal((5, 6))
    numbers = pictures.scatter(TURN, (4, 5), (5, 6), (2, 3), dV).numbers
    grid = affine_grid_forward(TURN[None], (5, 6))[0]
    cache = samplers.bilinear_sampler_forward(np.zeros((1, 1, 4, 5)), grid)[1]
    np.testing.assert_array_equal(numbers["dU"], samplers.bilinear_sampler_backward(dV[None, None], cache)[0][0, 0])
    assert np.count_nonzero(numbers["one"]) == 4
    assert numbers["one"].sum() == pytest.approx(dV[2, 3])


def test_adjoint_agrees_both_ways_and_is_sparse():
    numbers = pictures.adjoint().numbers
    A, u, v = numbers["A"], numbers["u"], numbers["v"]
    assert A.shape == (6, 12) and (np.count_nonzero(A, axis=1) <= 4).all()
    assert numbers["Au_v"] == pytest.approx(A @ u @ v) and numbers["u_ATv"] == pytest.approx(u @ A.T @ v)
    assert numbers["Au_v"] == pytest.approx(numbers["u_ATv"]) != 0


def test_contributions_add_up_to_dtheta():
    U, dV = images.digit(), RANDOM.standard_normal((9, 8))
    numbers = pictures.contributions(U, TURN, dV, out_shape=(9, 8)).numbers
    grid, grid_cache = affine_grid_forward(TURN[None], (9, 8))
    cache = samplers.bilinear_sampler_forward(U, grid)[1]
    dgrid = samplers.bilinear_sampler_backward(dV[None, None], cache)[1]
    np.testing.assert_array_equal(numbers["dtheta"], affine_grid_backward(dgrid, grid_cache)[0])
    np.testing.assert_allclose(numbers["parts"].sum(axis=(2, 3)), numbers["dtheta"], rtol=1e-10)


def test_vertical_stripes_say_nothing_about_y():
    parts = pictures.contributions(images.vertical_stripes(), 0.9 * np.eye(2, 3)).numbers["parts"]
    assert (parts[1] == 0).all() and (parts[0] != 0).any(axis=(1, 2)).all()
    at_the_edge = pictures.contributions(images.vertical_stripes(), np.eye(2, 3)).numbers["parts"]
    assert (at_the_edge[1, :, -1] != 0).any(), "beyond the last row zeros begin"
    at_the_edge = pictures.contributions(images.vertical_stripes(), np.eye(2, 3), padding="border").numbers["parts"]
    assert (at_the_edge[1] == 0).all()


# --- Fast NumPy


def test_flat_place_finds_the_four_pixels_around_the_point():
    numbers = pictures.flat_place((3, 4), (1.4, 0.6)).numbers
    row = 4 + 2 * 2                                                          # with two pixels of padding on each side
    assert numbers["index"] == (0 + 2) * row + 1 + 2
    assert numbers["corners"] == [numbers["index"] + step for step in (0, 1, row, row + 1)]


def test_a_ladder_says_its_times_in_few_digits():
    alt = pictures.ladder({"loops": {"both": 123456.7}, "batch": {"both": 3.14159}}).alt
    assert "loops: both 123,457; batch: both 3.1." in alt


# --- Sliders


@pytest.fixture(scope="module")
def explorer():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stn_numpy.teach.pictures.sliders.CHANGES", (0.5,))
        return pictures.explore(images.letter())


def test_sliders_move_the_picture_and_start_at_the_identity(explorer):
    *rows, image = explorer.widget().children
    sliders = [slider for row in rows for slider in row.children]
    assert [slider.value for slider in sliders] == [1, 0, 0, 0, 1, 0]
    assert "1 0 0 / 0 1 0" in image.value
    sliders[2].value = 0.5
    assert image.value == pictures.look_and_see(images.letter(), [1, 0, 0.5, 0, 1, 0]).html()


def test_live_sliders_are_shown_only_when_asked_for_and_leave_nothing(explorer, monkeypatch):
    shown, handle = [], SimpleNamespace(updates=[])
    handle.update = lambda data, raw: handle.updates.append(data)
    monkeypatch.setattr("IPython.display.display", lambda widget, display_id: shown.append(widget) or handle)
    assert "widget" not in str(explorer._repr_mimebundle_()[0].keys())
    explorer.live()
    (box,) = shown
    box.children[-1].click()
    assert [set(data) for data in handle.updates] == [{"text/plain"}], "no widget is left in the output"


# --- What they refuse


@pytest.mark.parametrize("draw, message", [
    (lambda: pictures.show(np.ones(3)), "U must have shape"),
    (lambda: pictures.show(np.ones((2, 3, 3)), titles=["one"]), "titles must be one for each of the 2 maps"),
    (lambda: pictures.inverse_mapping(np.ones((2, 1, 3, 3)), TURN), "one image of one channel"),
    (lambda: pictures.inverse_mapping([["a"]], TURN), "U must be an array of numbers"),
    (lambda: pictures.inverse_mapping(np.full((3, 3), np.nan), TURN), "must be finite"),
    (lambda: pictures.inverse_mapping(np.ones((3, 3)), np.ones((3, 2))), "theta must be one affine map"),
    (lambda: pictures.forward_holes(np.ones((3, 3)), np.ones((2, 3))), "must have an inverse"),
    (lambda: pictures.grid_gallery([], np.ones((3, 3))), "one title for each theta"),
    (lambda: pictures.two_rulers(1), "W must be a whole number from 2 to 8"),
    (lambda: pictures.kernel(9), "x from -1 to W"),
    (lambda: pictures.fading([1]), "row must be at least two"),
    (lambda: pictures.tangents(x=7), "x must be a pixel"),
    (lambda: pictures.scatter(pixel=(9, 9)), "pixel must lie in the output"),
    (lambda: pictures.contributions(np.ones((3, 3)), TURN, np.ones((2, 2)), out_shape=(3, 3)), "dV must have"),
    (lambda: pictures.landmarks(np.ones((3, 3)), TURN, np.ones((2, 2)), np.ones((3, 2))), "points and moved"),
    (lambda: images.digit(10), "label must be 0..9"),
    (lambda: pictures.flat_place((9, 9)), "wanted 2 to 6 rows"),
    (lambda: pictures.ladder({"a": {"x": 1, "y": 2}, "b": {"x": 1}}), "the same one or two names"),
])
def test_refusals_say_what_is_wanted(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


# --- Tests


def test_what_the_pictures_of_tests_count():
    assert DRAWINGS["errors_by_step"]().numbers == {"float64": 1e-4}
    matrix = DRAWINGS["kill_matrix"]()
    assert matrix.numbers == {"one\nimage": 1, "two": 2} and "one image catches 1, and these survive: b;" in matrix.alt
    assert DRAWINGS["rows_read"]().numbers == {"a": 0.5}


# --- Descent


def test_a_valley_ends_where_the_loss_no_longer_grows():
    losses = np.array([3.0, 5, 4, 1, 0, 1, 2, 2, 9])
    assert pictures.valleys(np.arange(9), {"a": losses}, 4).numbers["a"] == (1.0, 6.0)


def test_a_path_arrives_within_a_quarter_of_a_pixel():
    assert DRAWINGS["landscapes"]().numbers == {"a bowl": 1}


def test_the_slope_at_a_kink_is_the_right_hand_one():
    np.testing.assert_allclose(pictures.standing_still(descent.bar()).numbers["slopes"], [0, -40], atol=1e-9)
