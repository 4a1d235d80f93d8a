"""The gallery: every transform, kernel and distortion is shown, as it is; the pictures are made, and opaque."""

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.style import context

from stn_numpy.data import load_digits
from stn_numpy.grid.transforms import TRANSFORMS
from stn_numpy.pictures import gallery
from stn_numpy.sampler.kernels import CUBIC_A, gaussian
from stn_numpy.training.distortions import DISTORTIONS
from stn_numpy.transformer import SAMPLERS

ROW = np.array([0.3, 0.9, 0.1, 0.6])


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in (axes.title, axes.xaxis.label, axes.yaxis.label)]


def test_every_transform_is_shown():
    figure = gallery.transforms()
    assert set(gallery.THETAS) == set(TRANSFORMS)
    for name, transform in TRANSFORMS.items():
        assert np.size(gallery.THETAS[name]) == transform.n_parameters
        assert f"{name}\n{transform.n_parameters} parameters" in texts(figure)
    seen = [axes.images[0].get_array() for axes in figure.axes[len(TRANSFORMS):]]
    assert all(np.abs(first - second).max() > 0.5 for i, first in enumerate(seen) for second in seen[:i])


def test_the_grid_is_drawn_where_it_lies():
    """The first pixel's centre is at -1, and the blue upper edge of the translated grid is that of the image, moved."""
    axes = gallery.transforms().axes[0]
    edge = axes.lines[-1].get_xydata()
    np.testing.assert_allclose(edge[[0, -1]], np.array([[-1, -1], [1, -1]]) + gallery.THETAS["translation"])
    left, right, bottom, top = axes.images[0].get_extent()
    half_a_pixel = (right - left) / 28 / 2
    np.testing.assert_allclose([left + half_a_pixel, right - half_a_pixel, bottom - half_a_pixel], [-1, 1, 1])
    assert axes.get_ylim()[0] > axes.get_ylim()[1]                                 # y points down


def test_every_kernel_is_shown():
    figure = gallery.kernels()
    assert all(name in texts(figure) for name in [*SAMPLERS, "gaussian(0.5)"])
    for axes in figure.axes[:len(SAMPLERS) + 1]:                                   # a dot for each pixel
        dots = axes.lines[1]
        assert dots.get_marker() == "o" and dots.get_xdata().tolist() == list(range(7))
    curve = figure.axes[list(SAMPLERS).index("cubic")].lines[0]                    # goes through all of them
    for j, value in enumerate(dots.get_ydata()):
        assert curve.get_ydata()[curve.get_xdata() == j] == pytest.approx(value)


@pytest.mark.parametrize("sampler", [*SAMPLERS, gaussian(0.5)], ids=str)
def test_the_curves_of_a_kernel(sampler):
    x, V, slope = gallery.along_a_row(ROW, sampler)
    assert np.nanmin(x) == -2 and np.nanmax(x) == pytest.approx(5) and len(x) == len(V) == len(slope)
    np.testing.assert_array_equal(np.isnan(V), np.isnan(x))
    pieces = np.split(np.arange(len(x)), np.flatnonzero(np.isnan(x)))              # smooth ones
    for piece in [piece[~np.isnan(x[piece])] for piece in pieces]:
        rise = np.gradient(V[piece], x[piece], edge_order=2)
        np.testing.assert_allclose(slope[piece], rise, rtol=0, atol=0.02)


def test_the_curves_at_the_pixels():
    values = {}
    for sampler in SAMPLERS:
        x, V, slope = gallery.along_a_row(ROW, sampler)
        at = [int(np.flatnonzero(x == j)[0]) for j in range(-1, 5)]
        values[sampler] = V[at], slope[at]
    for sampler in ("integer", "bilinear", "cubic"):                               # they interpolate
        np.testing.assert_allclose(values[sampler][0], [0, *ROW, 0], atol=1e-12)
    np.testing.assert_allclose(values["bilinear"][1], np.diff([0, *ROW, 0, 0]), atol=1e-12)         # to the right
    np.testing.assert_array_equal(values["integer"][1], 0)
    neighbours = np.array([0, 0, *ROW, 0, 0])
    np.testing.assert_allclose(values["cubic"][1], -CUBIC_A * (neighbours[2:] - neighbours[:-2]), atol=1e-12)
    np.testing.assert_allclose(values["quadratic_b_spline"][0][1:5],
                               neighbours[1:5] / 8 + 0.75 * ROW + neighbours[3:7] / 8, atol=1e-12)


def test_every_distortion_is_shown_below_the_original():
    figure = gallery.distortions()
    shown = np.reshape(figure.axes, (1 + len(DISTORTIONS), 10))
    pictures = [[axes.images[0].get_array().data for axes in row] for row in shown]
    digits = load_digits()
    for k, original in enumerate(pictures[0]):                                     # the k-th is a k
        first = digits.test_images[np.flatnonzero(digits.test_labels == k)[0]]
        np.testing.assert_allclose(original, first / 255, atol=1e-12)
    sizes = {"original": 28, "R": 28, "RTS": 42, "P": 28, "E": 28, "TC": 60}
    assert [axes.get_ylabel() for axes in shown[:, 0]] == [f"{name}\n{s} x {s}" for name, s in sizes.items()]
    for images, size in zip(pictures, sizes.values()):
        assert {image.shape for image in images} == {(size, size)}
    for name in ("R", "P", "E"):                                                   # the same digit, but not as it was
        for before, after in zip(pictures[0], pictures[list(sizes).index(name)]):
            assert np.abs(after - before).max() > 0.5
    for before, after in zip(pictures[0], pictures[-1]):                           # TC: whole, somewhere on the canvas
        windows = np.lib.stride_tricks.sliding_window_view(after, before.shape)
        assert (windows >= before).all(axis=(2, 3)).any() and after.sum() > before.sum()


def test_stripes_get_finer_as_promised():
    stripes = gallery.striped((3, 4096))[0, 0]
    assert stripes.min() >= 0 and stripes.max() <= 1
    np.testing.assert_array_equal(stripes[0], stripes[2])
    signs = np.flatnonzero(np.diff(np.sign(stripes[0] - 0.5)))                     # two for each stripe
    assert len(signs) / 2 == pytest.approx(4096 * (gallery.COARSEST + gallery.FINEST) / 2, abs=1)
    near = gallery._too_fine(4096)
    assert np.sum(np.abs(signs - near) < 200) / 2 == pytest.approx(400 / 8, abs=2)


@pytest.mark.parametrize("name", gallery.PICTURES)
def test_pictures_are_opaque_in_any_style(name, tmp_path):
    draw, _ = gallery.PICTURES[name]
    with context("dark_background"), matplotlib.rc_context({"savefig.transparent": True}):
        figure = draw()
        gallery.save(figure, tmp_path / name)
    pixels = imread(tmp_path / name)
    assert pixels.shape[2] == 3 or (pixels[..., 3] == 1).all()
    np.testing.assert_array_equal(pixels[[0, 0, -1, -1], [0, -1, 0, -1], :3], 1)
    assert (tmp_path / name).stat().st_size < 200_000
    assert {text.get_color() for axes in figure.axes for text in (axes.title, axes.xaxis.label)} == {"black"}


@pytest.mark.parametrize("name", gallery.PICTURES)
def test_nothing_is_cut_off_and_titles_do_not_touch(name):
    figure = gallery.PICTURES[name][0]()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    whole = figure.bbox
    found = [axes.title for axes in figure.axes if axes.title.get_text() or axes._left_title.get_text()]
    boxes = [text.get_window_extent() for text in [*found, figure._suptitle]]
    for i, box in enumerate(boxes):
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1 and box.y1 <= whole.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_the_command(tmp_path, capsys):
    folder = tmp_path / "new" / "pictures"
    assert gallery.main(["--out", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(gallery.PICTURES)
    printed = capsys.readouterr().out
    assert all(f"{folder / name}   " in printed for name in gallery.PICTURES)


def test_a_folder_that_cannot_be_made(tmp_path, capsys, refused):
    (tmp_path / "file").write_text("")
    assert gallery.main(["--out", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert "must name a folder" in refused(gallery.main, "--out", "")
