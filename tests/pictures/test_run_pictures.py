"""Pictures of a run: what is drawn is what was handed in, in the right place."""

import numpy as np
from PIL import Image

from stn_numpy.grid.affine import affine_grid_forward
from stn_numpy.pictures.run import class_means, learning_curves, outline, straightening, what_it_sees

IMAGES = np.random.default_rng(0).random((2, 8, 12))


def grids_of(scale):
    theta = np.array([[[scale, 0, 0], [0, scale, 0.0]]] * 2)
    return affine_grid_forward(theta, (4, 5))[0]


def test_an_outline_goes_round_the_border_once_and_is_closed():
    rows, columns = np.meshgrid(np.arange(4.0), np.arange(5.0), indexing="ij")
    line = outline(np.stack([columns, rows], axis=-1))
    np.testing.assert_array_equal(np.abs(np.diff(line, axis=0)).sum(axis=1), 1)       # from neighbour to neighbour
    assert (line[0] == line[-1]).all() and len(line) == 2 * (3 + 4) + 1
    assert {tuple(point) for point in line} == {(x, y) for y in range(4) for x in range(5) if x in (0, 4) or y in (0, 3)}


def test_the_box_lies_where_the_transformer_looks():
    for scale, (x, y) in ((1, (11, 7)), (0.5, (8.25, 5.25))):
        figure = what_it_sees(IMAGES, grids_of(scale), IMAGES[:, :4, :5], [3, 4], [3, 4])
        top, bottom = figure.axes[:2]
        box = top.lines[0].get_xydata()
        np.testing.assert_allclose([box.min(axis=0), box.max(axis=0)], [[11 - x, 7 - y], [x, y]])
        np.testing.assert_array_equal(top.images[0].get_array(), IMAGES[0])
        np.testing.assert_array_equal(bottom.images[0].get_array(), IMAGES[0, :4, :5])


def test_a_wrong_guess_is_marked_and_the_truth_given():
    figure = what_it_sees(IMAGES, grids_of(1), IMAGES, [3, 4], [3, 9])
    right, wrong = (axes.xaxis.label for axes in figure.axes[1::2])
    assert (right.get_text(), wrong.get_text()) == ("3", "9, is 4")
    assert right.get_color() != wrong.get_color()


def test_class_means_are_means_of_their_class_and_a_class_without_images_is_black():
    figure = class_means(IMAGES, 1 - IMAGES, np.array([7, 7]))
    pictures = [axes.images[0].get_array() for axes in figure.axes]
    np.testing.assert_allclose(pictures[2 * 7], IMAGES.mean(axis=0))
    np.testing.assert_allclose(pictures[2 * 7 + 1], 1 - IMAGES.mean(axis=0))
    assert not np.any(pictures[0])
    assert [axes.get_xlabel() for axes in figure.axes[1::2]] == list("0123456789")


def test_learning_curves_show_percent_areas_and_shares():
    rows = [{"step": step, "network": name, "test_error": error, "determinant": area, "inside": inside}
            for step, name, error, area, inside in ((1, "FCN", 0.5, 1, 1), (1, "ST-FCN", 0.4, 0.9, 0.8),
                                                    (2, "FCN", 0.3, 1, 1), (2, "ST-FCN", 0.2, 0.7, 0.6))]
    errors, areas = learning_curves(rows).axes
    assert [line.get_label() for line in errors.lines] == ["FCN", "ST-FCN"]
    np.testing.assert_allclose([line.get_ydata() for line in errors.lines], [[50, 30], [40, 20]])
    np.testing.assert_allclose([line.get_ydata() for line in areas.lines], [[0.9, 0.7], [0.8, 0.6]])
    assert all(list(line.get_xdata()) == [1, 2] for line in (*errors.lines, *areas.lines))


def test_the_film_moves_box_and_output(tmp_path):
    still, black = [np.zeros((2, 4, 5))] * 2, np.zeros((2, 8, 12))
    for name, grids, outputs in (("box", [grids_of(1), grids_of(0.5)], still),
                                 ("output", [grids_of(1)] * 2, [np.zeros((2, 4, 5)), np.ones((2, 4, 5))])):
        path = tmp_path / f"{name}.gif"
        straightening(black, grids, outputs, [0, 9], path, seconds=1)
        with Image.open(path) as film:
            frames = []
            for k in range(film.n_frames):
                film.seek(k)
                frames.append(np.asarray(film.convert("RGB"), float))
        changed = np.abs(frames[-1] - frames[0]).max(axis=-1) > 100
        height = len(changed)
        above, below = changed[height // 5:height // 2].mean(), changed[3 * height // 5:].mean()
        assert (above > 0.005) == (name == "box") and (below > 0.05) == (name == "output")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["box.gif", "output.gif"]
