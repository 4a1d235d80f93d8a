"""What lesson 13 undoes distortions with, and what the judge of a transform of one's own looks at."""

import json

import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy import teach
from stn_numpy.experiments.harness import RESULTS
from stn_numpy.teach import looking, pictures
from stn_numpy.teach.lessons import EXERCISES


@pytest.mark.parametrize("name", looking.DISTORTIONS)
def test_a_distortion_has_its_inverse(name):
    points = np.random.default_rng(0).uniform(-0.8, 0.8, (50, 2))
    there, back = looking.DISTORTIONS[name]
    np.testing.assert_allclose(back(there(points)), points, atol=1e-12)
    assert np.abs(there(points) - points).max() > 0.1


def test_each_transform_undoes_what_the_lesson_says():
    """More numbers undo more, but a thin plate spline only comes near a perspective and waves."""
    off = {way: {name: looking.undo(way, distortion, (28, 28))[1] for name, distortion in looking.DISTORTIONS.items()}
           for way in looking.WAYS}
    undone = {way: [name for name in found if found[name] < 1e-9] for way, found in off.items()}
    linear = ["zoomed", "turned", "sheared"]
    assert undone == {"attention": ["zoomed"], "affine": linear, "projective": [*linear, "perspective"], "tps": linear}
    assert all(looking.EXACT < off["tps"][name] < 0.5 < 1 < off["affine"][name] for name in ("perspective", "waves"))


def test_undo_is_the_least_squares_fit():
    theta, off = looking.undo("affine", looking.DISTORTIONS["waves"], (12, 9))
    x_y_1 = np.concatenate([looking.regular((12, 9)), np.ones((1, 12, 9, 1))], axis=-1).reshape(-1, 3)
    wanted = looking.DISTORTIONS["waves"].back(looking.regular((12, 9))).reshape(-1, 2)
    A, *_ = np.linalg.lstsq(x_y_1, wanted, rcond=None)
    np.testing.assert_allclose(theta[0], A.T.ravel(), atol=1e-9)
    pixels = (x_y_1 @ A - wanted) * (4, 5.5)
    assert off == pytest.approx(np.sqrt((pixels ** 2).sum(axis=1).mean()), rel=1e-9)


@pytest.mark.parametrize("name", ["attention", "similarity"])
def test_descent_never_climbs_and_finds_the_target(name):
    U, target, theta = looking.task(name)
    found, losses = looking.descend(name, U, target, stn.TRANSFORMS[name].identity[None])
    assert (np.diff(losses) < 0).all() and losses[-1] < 0.01 * losses[0]
    np.testing.assert_allclose(found, theta, atol=0.05)


def test_the_matrix_of_pictures_says_what_is_undone():
    found = {"as it came": {"one": (np.eye(3), None), "other": (np.eye(3), None)},
             "way": {"one": (np.eye(3), 0.2), "other": (np.eye(3), 0.01)}}
    picture = pictures.undone(found)
    assert picture.numbers == {"as it came": [], "way": ["other"]} and picture.alt.endswith("way undoes other.")
    with pytest.raises(ValueError, match="the same distortions for each way"):
        pictures.undone({"a": {"one": (np.eye(3), None)}, "b": {}})


def test_two_transformers_help_with_the_sum_of_two_digits_and_one_helps_less():
    errors = json.loads((RESULTS / "addition-4000-digits-4000-steps-seed-0.json").read_text())["test_errors"]
    assert errors["2xST-FCN Aff"] < errors["ST-FCN Aff"] < errors["FCN"]


# --- The judge of a transform of one's own


def squeeze_forward(theta, out_shape, align_corners=True):
    """x is multiplied by exp(theta)."""
    A = np.zeros((len(theta), 2, 3))
    A[:, 0, 0], A[:, 1, 1] = np.exp(theta[:, 0]), 1
    grid, cache = stn.affine_grid_forward(A, out_shape, align_corners)
    return grid, (A, cache)


def squeeze_backward(dgrid, cache):
    return stn.affine_grid_backward(dgrid, cache[1])[:, :1, 0] * cache[0][:, :1, 0]


OWN = {"forward": squeeze_forward, "backward": squeeze_backward, "identity": np.zeros(1)}


def said(**changes):
    result = teach.check("own_transform", {**OWN, **changes})
    return result.status, " ".join(result.message.split())


def test_a_transform_of_ones_own_that_lacks_something_is_told_what():
    result = teach.check("own_transform", {"forward": OWN["forward"]})
    assert result.status == "shape" and "it has no backward and no identity" in result.message


def moved(move):
    """A transform whose theta, after `move`, is added to the target points."""
    def forward(theta, out_shape, align_corners=True):
        return looking.regular(out_shape) + move(theta)[:, None, None], None

    return {"forward": forward, "backward": lambda dgrid, cache: dgrid.sum(axis=(1, 2)), "identity": np.zeros(2)}


def test_a_transform_without_align_corners_passes_and_is_told_so():
    status, words = said(**moved(lambda theta: theta))
    assert status == "passed" and "With align_corners=False your forward makes the same grid" in words
    assert "align_corners" not in said()[1]


def test_a_factor_in_one_entry_is_told():
    answer = moved(lambda theta: theta)
    answer["backward"] = lambda dgrid, cache: np.stack([dgrid[..., 0].mean(axis=(1, 2)), dgrid[..., 1].sum(axis=(1, 2))], axis=1)
    words = said(**answer)[1]
    assert "Entry 0 of your dtheta is 0.02857 times what small steps give. That is 1 / (H_out W_out)" in words
    assert "Entry 1 of" not in words


def test_a_grid_that_moves_in_jumps_is_not_said_to_stand_still():
    assert "but do so when 1 is: 0, 1" in said(**moved(lambda theta: np.round(theta, 0)))[1]
    assert "when 1 is added to them: 1." in said(**moved(lambda theta: theta * [1, 0]))[1]


def test_another_transform_passes_and_its_training_is_drawn():
    status, words = said()
    assert status == "passed" and "The gradient check passes" in words and "steps of descent the loss went from" in words
    assert teach.check("own_transform", OWN).picture().alt


@pytest.mark.parametrize("changes, status, words", [
    ({"identity": ...}, "not attempted", "not attempted"),
    ({"forward": lambda theta, out_shape, align: (looking.regular(out_shape), None)}, "shape", "must have shape (2, 5, 7, 2)"),
    ({"forward": lambda theta, out_shape, align: looking.regular(out_shape)}, "shape", "(grid, cache), got a ndarray"),
    ({"identity": np.ones(1)}, "different", "should give the target grid itself"),
    ({"identity": np.zeros(2)}, "different", "your grid when 1 is added to them: 1."),
    ({"backward": lambda dgrid, cache: stn.affine_grid_backward(dgrid, cache[1])[:, :1, 0]}, "different",
     "The gradient check does not pass"),
    ({"backward": lambda dgrid, cache: np.zeros((len(dgrid), 2))}, "different", "must have its shape, (2, 1), got (2, 2)"),
    ({"identity": []}, "shape", "1 to 64 numbers"),
    ({"backward": 3}, "shape", "backward must be a function"),
])
def test_what_is_wrong_with_a_transform_is_said(changes, status, words):
    found = said(**changes)
    assert found[0] == status and words in found[1]


def test_the_solution_is_a_turn_and_a_scale():
    names = {"np": np, "stn": stn}
    exec(EXERCISES["own_transform"].solution[0], names)
    theta = np.array([[0.3, -0.4]])
    same = teach.solution("turn_scale_matrix").function(np.array([[-0.4, 0.3, 0, 0]]))
    np.testing.assert_allclose(names["own_forward"](theta, (4, 5))[0], stn.affine_grid_forward(same, (4, 5))[0], atol=1e-12)
    assert teach.check("own_transform", names["own_transform"]).status == "passed"
