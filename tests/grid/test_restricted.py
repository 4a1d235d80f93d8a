"""Translation, attention and similarity: affine grids of their matrices, in which direction, and volumes."""

import numpy as np
import pytest

from stn_numpy.grid.affine import affine_from_pixels, affine_grid_backward, affine_grid_forward
from stn_numpy.grid.restricted import (attention_grid_backward, attention_grid_forward, similarity_grid_backward,
                                       similarity_grid_forward, translation_grid_backward, translation_grid_forward)

MATRICES = [
    (translation_grid_forward, [0.3, -0.2], [[1, 0, 0.3], [0, 1, -0.2]]),
    (attention_grid_forward, [0.7, 0.3, -0.2], [[0.7, 0, 0.3], [0, 0.7, -0.2]]),
    (similarity_grid_forward, [0.7, 0.4, 0.3, -0.2], [[0.7, -0.4, 0.3], [0.4, 0.7, -0.2]]),
    (translation_grid_forward, [0.3, -0.2, 0.1], [[1, 0, 0, 0.3], [0, 1, 0, -0.2], [0, 0, 1, 0.1]]),
    (attention_grid_forward, [0.7, 0.3, -0.2, 0.1], [[0.7, 0, 0, 0.3], [0, 0.7, 0, -0.2], [0, 0, 0.7, 0.1]]),
]


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("forward, theta, A", MATRICES)
def test_it_is_the_affine_grid_of_its_matrix(forward, theta, A, align_corners):
    out_shape = (3, 4, 5)[-len(A):]
    grid, _ = forward(np.array([theta]), out_shape, align_corners)
    np.testing.assert_array_equal(grid, affine_grid_forward(np.array([A], float), out_shape, align_corners)[0])


@pytest.mark.parametrize("forward, backward, places", [
    (translation_grid_forward, translation_grid_backward, [[(0, 2)], [(1, 2)]]),
    (attention_grid_forward, attention_grid_backward, [[(0, 0), (1, 1)], [(0, 2)], [(1, 2)]]),
    (translation_grid_forward, translation_grid_backward, [[(0, 3)], [(1, 3)], [(2, 3)]]),
    (attention_grid_forward, attention_grid_backward, [[(0, 0), (1, 1), (2, 2)], [(0, 3)], [(1, 3)], [(2, 3)]]),
])
def test_dtheta_gathers_from_the_places_in_the_matrix(forward, backward, places):
    d = places[-1][0][1]
    out_shape = (3, 4, 5)[-d:]
    grid, cache = forward(np.ones((2, len(places))), out_shape)
    dgrid = np.random.default_rng(0).standard_normal(grid.shape)
    dA = affine_grid_backward(dgrid, affine_grid_forward(np.zeros((2, d, d + 1)), out_shape)[1])
    wanted = np.array([[sum(matrix[place] for place in where) for where in places] for matrix in dA])
    np.testing.assert_allclose(backward(dgrid, cache), wanted, rtol=1e-13)


@pytest.mark.parametrize("forward, backward, P", [
    (attention_grid_forward, attention_grid_backward, 3), (similarity_grid_forward, similarity_grid_backward, 4)])
def test_a_sum_of_two_gradients_that_overflows_is_refused(forward, backward, P):
    grid, cache = forward(np.ones((1, P)), (2, 2))
    dgrid = np.array([[[[-1, -1], [1, -1]], [[-1, 1], [1, 1]]]]) * 3e307           # dA[0,0] and dA[1,1] are 1.2e308
    assert np.isfinite(backward(dgrid / 2, cache)).all()
    with pytest.raises(ValueError, match="dtheta is too large for float64"), np.errstate(over="ignore"):
        backward(dgrid, cache)


def test_a_translation_looks_to_the_right_and_down():
    grid, _ = translation_grid_forward(np.array([[0.5, 0.25]]), (3, 3))
    assert grid[0, 1, 1].tolist() == [0.5, 0.25]


def test_attention_below_1_looks_at_a_part():
    grid, _ = attention_grid_forward(np.array([[0.5, 0.25, 0.0]]), (3, 5))
    assert grid[0, :, :, 0].min() == -0.25 and grid[0, :, :, 0].max() == 0.75
    assert grid[0, :, :, 1].min() == -0.5 and grid[0, :, :, 1].max() == 0.5


def test_a_similarity_turns_the_grid_clockwise():
    """By 90 degrees: the right edge of the output looks at the lower edge of the input (y points down)."""
    grid, _ = similarity_grid_forward(np.array([[0.0, 1, 0, 0]]), (3, 3))
    assert grid[0, 1, 2].tolist() == [0, 1] and grid[0, 2, 1].tolist() == [-1, 0]


@pytest.mark.parametrize("scale, degrees", [(1, 0), (0.5, 30), (1.25, -135), (2, 180)])
def test_scale_and_angle_of_a_similarity(scale, degrees):
    a, b = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    grid, _ = similarity_grid_forward(np.array([[a, b, 0.1, -0.3]]), (5, 5))
    to_the_right = grid[0, 2, 4] - grid[0, 2, 0]                                   # 2 normalised units in the target
    np.testing.assert_allclose(to_the_right, 2 * scale * np.array([np.cos(np.radians(degrees)),
                                                                   np.sin(np.radians(degrees))]), atol=1e-15)
    lengths = np.linalg.norm(np.diff(grid[0], axis=1), axis=-1), np.linalg.norm(np.diff(grid[0], axis=0), axis=-1)
    np.testing.assert_allclose(np.concatenate([x.ravel() for x in lengths]), scale / 2, rtol=1e-14)


def test_the_gradient_of_a_similarity_does_not_depend_on_the_angle():
    dgrid = np.random.default_rng(0).standard_normal((1, 4, 4, 2))
    gradients = [similarity_grid_backward(dgrid, similarity_grid_forward(np.array([[a, b, 0, 0]]), (4, 4))[1])
                 for a, b in ((1.0, 0.0), (-1.0, 1e-9), (-1.0, -1e-9), (0.0, 0.0))]
    for gradient in gradients[1:]:
        np.testing.assert_array_equal(gradient, gradients[0])
    assert np.abs(gradients[0]).min() > 0.01


def test_a_similarity_shears_an_image_that_is_not_square():
    s = np.array([4.0, 2.0])                                                       # pixels per unit of a 5 x 9 image
    cos, sin = np.cos(0.5), np.sin(0.5)

    def cosine_of_the_corner(grid):
        right, down = (grid[0, 0, 1] - grid[0, 0, 0]) * s, (grid[0, 1, 0] - grid[0, 0, 0]) * s
        return right @ down / np.linalg.norm(right) / np.linalg.norm(down)

    assert abs(cosine_of_the_corner(similarity_grid_forward(np.array([[cos, sin, 0, 0]]), (5, 9))[0])) > 0.5
    theta = affine_from_pixels(np.array([[[cos, -sin, 0], [sin, cos, 0]]]), (5, 9), (5, 9))
    assert abs(cosine_of_the_corner(affine_grid_forward(theta, (5, 9))[0])) < 1e-14
