"""P, E and TC: where their grids look, by how much, and what stands on a cluttered canvas."""

import numpy as np
import pytest

from stn_numpy.data import as_feature_maps, load_digits
from stn_numpy.grid.projective import corner_turns
from stn_numpy.grid.tps import regular_control_points, tps_grid_forward
from stn_numpy.training import distortions
from stn_numpy.training.distortions import DISTORTIONS, distort

SIZES = {"P": (28, 28), "E": (28, 28), "TC": (60, 60)}
by_name = pytest.mark.parametrize("name", SIZES)
HALF = 13.5                                                    # pixels per normalised unit of a digit
MEAN_OF_INVERSE_SCALE = np.log(1 / 0.75) / 0.25                # over scales uniform in 0.75 .. 1
VARIANCE_OF_INVERSE_SCALE = 1 / 0.75 - MEAN_OF_INVERSE_SCALE ** 2


def digits(N, dtype=np.float64):
    return as_feature_maps(load_digits().train_images[:N], dtype)


@pytest.fixture
def grid_of(monkeypatch):
    """grid_of(name, N, size) is the grid at which `distort` samples N images."""
    sample, grids = distortions.bilinear_sampler_forward, []
    monkeypatch.setattr(distortions, "bilinear_sampler_forward",
                        lambda U, grid, **options: grids.append(grid) or sample(U, grid, **options))

    def run(name, N, size=(28, 28)):
        distort(np.ones((N, 1, *size)), name, np.random.default_rng(1))
        return grids.pop()

    return run


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@by_name
def test_sizes_dtypes_and_range(name, dtype):
    V = distort(digits(20, dtype), name, np.random.default_rng(0))
    assert V.shape == (20, 1, *SIZES[name]) and V.dtype == dtype
    assert V.min() >= 0 and 0.9 < V.max() <= 1 + 1e-6
    assert (V.max(axis=(1, 2, 3)) > 0.3).all()                                     # no digit got lost


@by_name
def test_digits_are_fresh_each_time_and_a_seed_will_do(name):
    U, rng = digits(6), np.random.default_rng(3)
    first, second = distort(U, name, rng), distort(U, name, rng)
    assert (first != second).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(distort(U, name, 3), first)



# P

def test_where_the_corners_of_P_look(grid_of):
    """At (+-1, +-1) / scale, moved by N(0, 5 pixels): mean and spread, and no two coordinates with one another."""
    corners = grid_of("P", 4000)[:, [0, 0, -1, -1], [0, -1, -1, 0]]               # clockwise
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    np.testing.assert_allclose(corners.mean(axis=0), MEAN_OF_INVERSE_SCALE * square, atol=0.03)
    np.testing.assert_allclose(corners.var(axis=0), VARIANCE_OF_INVERSE_SCALE + (5 / HALF) ** 2, rtol=0.1)
    outward = (corners * square).reshape(-1, 8)                                    # where a common scale pulls alike
    correlation = np.corrcoef(outward.T)[np.triu_indices(8, k=1)]
    of_the_scale = VARIANCE_OF_INVERSE_SCALE / (VARIANCE_OF_INVERSE_SCALE + (5 / HALF) ** 2)
    np.testing.assert_allclose(correlation, of_the_scale, atol=0.07)


def test_P_keeps_straight_lines_straight(grid_of):
    for grid in grid_of("P", 5):
        for line in (*grid, *grid.swapaxes(0, 1)):
            x, y = (line[1:] - line[0]).T
            np.testing.assert_allclose(x * y[-1], y * x[-1], atol=1e-12)


def test_P_is_a_view_of_a_square_and_never_folded(grid_of):
    grid = grid_of("P", 4000)
    turns = corner_turns(grid[:, [0, 0, -1, -1], [0, -1, -1, 0]])
    assert 0.0999 < (turns.min(axis=1) / turns.max(axis=1)).min() < 0.2
    right, down = grid[:, :-1, 1:] - grid[:, :-1, :-1], grid[:, 1:, :-1] - grid[:, :-1, :-1]
    assert (right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]).min() > 0


def test_improper_corners_are_drawn_again_for_these_images_only(monkeypatch):
    """The first draw folds image 1 over, the second draw for it alone is the square itself."""
    square, calls = distortions.SQUARE, []

    def draw(images, points, spread, rng):
        calls.append(len(images))
        corners = np.tile(square, (len(images), 1, 1))
        if len(calls) == 1:
            corners[1, :2] = corners[1, [1, 0]]
        return corners

    monkeypatch.setattr(distortions, "_moved_points", draw)
    np.testing.assert_allclose(distort(digits(3), "P", 0), digits(3), atol=1e-12)
    assert calls == [3, 1]


# E

def test_where_the_control_points_of_E_look(grid_of):
    """The 16 control points lie on every ninth pixel of 28 x 28. They look at c / scale, moved by N(0, 1.5 pixels)."""
    looks_at = grid_of("E", 3000)[:, ::9, ::9].reshape(-1, 16, 2)
    points = regular_control_points()
    np.testing.assert_allclose(looks_at.mean(axis=0), MEAN_OF_INVERSE_SCALE * points, atol=0.02)
    np.testing.assert_allclose(looks_at.var(axis=0), VARIANCE_OF_INVERSE_SCALE * points ** 2 + (1.5 / HALF) ** 2,
                               rtol=0.12)


def test_E_is_a_thin_plate_spline(grid_of):
    grid = grid_of("E", 4)
    theta = grid[:, ::9, ::9].reshape(-1, 16, 2) - regular_control_points()
    np.testing.assert_allclose(grid, tps_grid_forward(theta, (28, 28))[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name, spread", [("P", 5), ("E", 1.5)])
def test_a_pixel_is_a_pixel_in_images_that_are_not_square(name, spread, grid_of):
    corners = grid_of(name, 800, (55, 109))[:, [0, 0, -1, -1], [0, -1, -1, 0]]
    x, y = corners[:, 0, 0] - corners[:, 3, 0], corners[:, 0, 1] - corners[:, 1, 1]        # the scale drops out
    np.testing.assert_allclose([x.std() * 54, y.std() * 27], np.sqrt(2) * spread, rtol=0.1)



# TC

def constant_images(N):
    """Image n has the value n + 1 everywhere."""
    return np.arange(1.0, N + 1)[:, None, None, None] * np.ones((1, 1, 28, 28))


def test_TC_shows_each_digit_whole_among_patches_of_others():
    V = distort(constant_images(5), "TC", np.random.default_rng(0))[:, 0]
    for n, canvas in enumerate(V, start=1):
        rows, columns = np.nonzero(canvas == n)
        top, left = rows.min(), columns.min()
        inside = np.zeros(canvas.shape, bool)
        inside[top:top + 28, left:left + 28] = True
        assert canvas[inside].min() == n and (canvas[~inside] != n).all()
        assert set(np.unique(canvas)) <= set(range(6))
        assert np.count_nonzero(canvas[~inside]) + np.count_nonzero(canvas[inside] > n) <= 6 * 36
    assert np.count_nonzero(V[4] == 5) == 28 * 28                                  # nothing is brighter than this one


def test_TC_puts_digits_and_patches_everywhere():
    U = np.zeros((2000, 1, 28, 28))
    U[::2] = 1                                                                     # black ones have patches of others
    V = distort(U, "TC", np.random.default_rng(0))[:, 0]
    white = np.argwhere(V[::2] == 1)
    assert white[:, 1:].min() == 0 and white[:, 1:].max() == 59
    corner = V[::2].reshape(1000, -1).argmax(axis=1)
    assert len(np.unique(corner)) > 400                                            # of 33 x 33 places and more
    patches = V[1::2].mean(axis=0)
    assert (patches[[0, 0, -1, -1], [0, -1, 0, -1]] < patches[30, 30]).all()
    assert patches[0].max() > 0 and patches[-1].max() > 0 and patches[:, 0].max() > 0 and patches[:, -1].max() > 0


def test_the_patches_are_6_by_6_and_cut_from_anywhere():
    """Image 0 is black, image 1 has another number in each pixel, which tells where a pixel of a patch is from."""
    U = np.zeros((2, 1, 28, 28))
    U[1, 0] = np.arange(1, 785).reshape(28, 28)
    seen, whole, counts = set(), 0, []
    for seed in range(40):
        canvas = distort(U, "TC", np.random.default_rng(seed))[0, 0]
        rows, columns = np.nonzero(canvas)
        source_rows, source_columns = np.divmod(canvas[rows, columns].astype(int) - 1, 28)
        moves = set(zip(rows - source_rows, columns - source_columns))
        counts.append(len(moves))
        for move in moves:
            of_patch = (rows - source_rows == move[0]) & (columns - source_columns == move[1])
            assert np.ptp(rows[of_patch]) <= 5 and np.ptp(columns[of_patch]) <= 5
            whole += np.count_nonzero(of_patch) == 36
        seen.update(zip(source_rows.tolist(), source_columns.tolist()))
    assert max(counts) == 6 and min(counts) >= 4                                  # one may hide another
    assert whole > 3 * 40
    assert len(seen) > 500 and np.min(list(seen)) == 0 and np.max(list(seen), axis=0).tolist() == [27, 27]


def test_every_other_image_may_lend_a_patch():
    U = np.concatenate([np.zeros((1, 1, 28, 28)), constant_images(4)])
    seen = [distort(U, "TC", seed)[0] for seed in range(5)]
    assert set(np.unique(seen)) == {0, 1, 2, 3, 4}


def test_a_lone_digit_lends_its_own_patches():
    V = distort(np.ones((1, 1, 28, 28)), "TC", np.random.default_rng(0))
    assert 28 * 28 < np.count_nonzero(V) <= 28 * 28 + 6 * 36


@pytest.mark.parametrize("name, shape, message", [
    ("TC", (61, 28), "images of 61 x 28 do not fit on a canvas of 60 x 60"),
    ("TC", (28, 5), "patches of 6 x 6 do not fit on images of 28 x 5"),
])
def test_images_that_do_not_fit(name, shape, message):
    with pytest.raises(ValueError) as caught:
        distort(np.zeros((2, 1, *shape)), name, np.random.default_rng(0))
    assert str(caught.value) == message


def test_an_unknown_distortion_lists_the_known_ones():
    assert list(DISTORTIONS) == ["R", "RTS", "P", "E", "TC"]
    with pytest.raises(ValueError, match="distortion must be one of 'R', 'RTS', 'P', 'E', 'TC', got 'Q'"):
        distort(digits(1), "Q", np.random.default_rng(0))
