"""The numbers in the pictures of networks, and what these pictures refuse."""

import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy.teach import pictures
from stn_numpy.teach.pictures import images

TURN = np.array([[0.8, -0.4, 0.1], [0.3, 0.9, -0.2]])


def test_flow_counts_the_parameters_and_says_the_shapes():
    picture = pictures.flow([("x", (3, 4)), ("out", (3, 2))], [("linear", [("W", (4, 2)), ("b", (2,))])])
    assert picture.numbers["parameters"] == 10
    assert "x (3, 4) to out (3, 2)" in picture.alt and "leaves dW (4, 2) and db (2,)" in picture.alt


def test_where_they_look_shows_what_the_sampler_gives():
    U = np.concatenate([images.digit(5), images.digit(7)])
    thetas = np.stack([TURN, np.eye(2, 3)])
    picture = pictures.where_they_look(U, [thetas, thetas[::-1]], ["one", "other"], out_shape=(9, 11))
    grid, _ = stn.affine_grid_forward(thetas, (9, 11))
    for output, one in zip(picture.numbers["outputs"], grid):
        np.testing.assert_array_equal(output, stn.bilinear_sampler_forward(U[:1], one[None])[0][0, 0])


def test_signed_maps_share_one_scale():
    picture = pictures.signed([[[1.0, -2]], [[5.0, 0]]], ["a", "b"])
    assert picture.numbers["largest"] == 5
    assert {tuple(ax.images[0].get_clim()) for ax in picture.figure.axes if ax.images} == {(-5.0, 5.0)}


def test_curves_are_means_of_steps_in_a_row():
    picture = pictures.curves({"one": [4.0, 2, 1, 3], "other": [1.0, 1, 5, 7]}, mean_of=2)
    assert picture.numbers == {"one": 2, "other": 6}
    assert "one from 3 to 2; other from 1 to 6." in picture.alt
    np.testing.assert_array_equal(picture.figure.axes[0].lines[0].get_xydata(), [[1, 3], [2, 1.5], [3, 2]])
    sparse = pictures.curves({"one": [4.0, 2, 1]}, start=300, every=200)
    np.testing.assert_array_equal(sparse.figure.axes[0].lines[0].get_xdata(), [300, 500, 700])


def test_a_descent_ends_at_the_loss_of_its_last_point():
    assert pictures.descents({"one": [[-2, 0.5], [-1, 0.5]]}, (3, 4)).numbers == {"one": 2}


def test_a_row_beside_the_paper_says_seeds_and_means():
    picture = pictures.beside_the_paper({"FCN": ([4.0, 5.0], 5.2), "CNN": ([1.5], None)})
    assert picture.numbers["means"] == [4.5, 1.5]
    assert "FCN 4.5 ± 0.71 from 2 seeds, the paper 5.2; CNN 1.5 from one seed." in picture.alt


def test_bars_that_do_not_reach_the_truth_are_counted():
    picture = pictures.many_experiments([[0.9, 1.1], [1.2, 1.3], [0.7, 0.8]], 1.0)
    assert picture.numbers["missed"] == 2 and "2 of the bars" in picture.alt


@pytest.mark.parametrize("draw, message", [
    (lambda: pictures.beside_the_paper({"FCN": ([], 1.0)}), "the errors of its seeds"),
    (lambda: pictures.many_experiments([[1.0]], 1.0), "two seeds or more"),
    (lambda: pictures.flow([("x", (3,))], []), "two stations or more"),
    (lambda: pictures.flow([("x", (3,)), ("y", (3,))], []), "a step between each two"),
    (lambda: pictures.where_they_look(images.digit(), [np.eye(2, 3)], []), "one title for each set of theta"),
    (lambda: pictures.curves({"one": [1.0, 2]}, mean_of=3), "at least 3 numbers"),
    (lambda: pictures.descents({"one": [1.0, 2]}), "paths of points"),
    (lambda: pictures.signed([[1.0, 2]], ["a"]), r"wanted maps \(H, W\)"),
])
def test_refusals_say_what_is_wanted(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_checkups_give_mirrored_boxes_a_negative_area():
    history = [{"network": network, "step": step, "test_error": 0.5, "inside": 1.0} for network in ("FCN", "ST-FCN")
               for step in (0, 9)]
    before = np.array([[[1.0, 0, 0], [0, 1, 0]]] * 3)
    after = np.array([[[-1.0, 0, 0], [0, 2, 0]]] * 2 + [[[1, 0, 0], [0, 1, 0]]])
    alt = pictures.checkups({"a run": (history, [before, after])}, images.digit()).alt
    assert "area 1 before, area \N{MINUS SIGN}1, 2 of 3 mirrored after" in alt


def test_boxes_that_are_all_the_same_are_said_to_be():
    same, other = np.array([[[1.0, 0, 0], [0, 1, 0]]] * 3), np.arange(18.0).reshape(3, 2, 3) / 9
    alt = pictures.where_they_look(np.repeat(images.digit(), 3, axis=0), [same, other], ["one", "other"]).alt
    assert "on average, the same for all images" in alt and "standard deviations of up to 0.54" in alt
