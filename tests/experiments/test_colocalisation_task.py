"""The task of co-localisation: canvases, clutter, and whether a box hits."""

import numpy as np
import pytest
from colocalisation_digits import digits

from stn_numpy.experiments import colocalisation_task as task
from stn_numpy.grid.restricted import attention_grid_forward


def test_digits_lie_whole_in_their_boxes_and_nowhere_else():
    images = digits(5)
    made = task.make_canvases(images, digits(3, 1), np.random.default_rng(0))
    assert made.plain.shape == made.cluttered.shape == (5, 1, 84, 84)
    for image, canvas, (left, top, right, bottom) in zip(images, made.plain, made.boxes):
        assert (right - left, bottom - top) == (28, 28) and -0.5 <= min(left, top) and max(right, bottom) <= 83.5
        rows, columns = slice(int(top + 0.5), int(bottom + 0.5)), slice(int(left + 0.5), int(right + 0.5))
        np.testing.assert_array_equal(canvas[0, rows, columns], image[0])
        assert np.count_nonzero(canvas) == 28 * 28
    assert len(np.unique(made.boxes, axis=0)) == 5


def test_every_place_is_possible():
    boxes = task.make_canvases(np.ones((4000, 1, 28, 28), np.float32), digits(2), np.random.default_rng(0)).boxes
    assert boxes.min(axis=0).tolist() == [-0.5, -0.5, 27.5, 27.5]
    assert boxes.max(axis=0).tolist() == [55.5, 55.5, 83.5, 83.5]


def test_clutter_is_sixteen_pieces_of_others_over_which_the_brighter_is_seen():
    dark, others = np.zeros((300, 1, 28, 28)), np.full((3, 1, 28, 28), 0.5)
    made = task.make_canvases(dark, others, np.random.default_rng(0))
    covered = np.count_nonzero(made.cluttered, axis=(1, 2, 3))
    assert set(np.unique(made.cluttered)) == {0, 0.5} and covered.max() <= 16 * 36
    ways = np.minimum(np.minimum(np.arange(84) + 1, 84 - np.arange(84)), 6)        # to cover a pixel along one axis
    expected = (1 - (1 - np.outer(ways, ways) / 79 ** 2) ** 16).sum()
    assert covered.mean() == pytest.approx(expected, rel=0.02)              # fewer pieces would cover less
    made = task.make_canvases(np.full((20, 1, 28, 28), 0.8), others, np.random.default_rng(0))
    assert ((made.plain == 0.8) <= (made.cluttered == 0.8)).all()


def test_the_strength_of_the_clutter():
    made = task.make_canvases(digits(3), digits(3, 1), np.random.default_rng(0))
    np.testing.assert_array_equal(made.with_clutter(0), made.plain)
    np.testing.assert_array_equal(made.with_clutter(False), made.plain)
    np.testing.assert_allclose(made.with_clutter(1, [2]), made.cluttered[[2]], atol=1e-15)
    assert (made.cluttered != made.plain).mean() > 0.01
    np.testing.assert_allclose(made.with_clutter(0.25), 0.75 * made.plain + 0.25 * made.cluttered)


def test_random_crops_are_pieces_of_their_own_canvas():
    canvases = np.arange(40 * 84 * 84, dtype=float).reshape(40, 1, 84, 84)         # every pixel tells where it was
    crops = task.random_crops(canvases, np.random.default_rng(0))
    corners = crops[:, 0, 0, 0].astype(int)
    image, place = corners // 84 ** 2, corners % 84 ** 2
    assert image.tolist() == list(range(40)) and len(set(place.tolist())) > 30
    np.testing.assert_array_equal(crops[7, 0], canvases[7, 0, place[7] // 84:, place[7] % 84:][:28, :28])


@pytest.mark.parametrize("other, wanted", [
    ((0, 0, 4, 4), 1), ((2, 0, 6, 4), 1 / 3), ((2, 2, 6, 6), 1 / 7), ((1, 1, 3, 3), 1 / 4), ((4, 0, 8, 4), 0),
    ((9, 9, 12, 12), 0), ((-1, -1, 5, 5), 16 / 36), ((9, 1, 12, 3), 0),
])
def test_iou_of_known_boxes(other, wanted):
    box, other = np.array([[0, 0, 4, 4.0]]), np.array([other], float)
    assert task.iou(box, other)[0] == task.iou(other, box)[0] == pytest.approx(wanted)


@pytest.mark.parametrize("points", [28, 56, 2])
def test_the_box_of_a_grid_that_frames_a_digit_is_the_digits_box(points):
    made = task.make_canvases(digits(6), digits(2), np.random.default_rng(3))
    spacing = 28 / points                                      # the pixels from one point to the next
    s = np.full(6, spacing * (points - 1) / 83)
    t = ((made.boxes[:, :2] + made.boxes[:, 2:]) / 2 - 41.5) / 41.5
    for sign in (1, -1):                                       # s < 0 shows the same piece, mirrored
        grid, _ = attention_grid_forward(np.column_stack([sign * s, t]), (points, points))
        np.testing.assert_allclose(task.boxes_of(grid), made.boxes, atol=1e-9)
        np.testing.assert_allclose(task.iou(task.boxes_of(grid), made.boxes), 1)
