"""The bank of mistakes: each is found, under its own name, and none is taken for another or for the right answer."""

import itertools
from functools import partial

import numpy as np
import pytest

from stn_numpy import teach
from stn_numpy.teach.checker.diagnosis import TOLERANCES, name_mistakes, right_answers
from stn_numpy.teach.checker.variants import answers_of, doubles, singles
from stn_numpy.teach.lessons.parts import Where
from teach_help import PROBED as EXERCISES

CHANGES = [pytest.param(exercise, mistake, change, id=f"{exercise.id}-{mistake.id}-{i}")
           for exercise in EXERCISES.values() for mistake in exercise.mistakes
           for i, change in enumerate(mistake.changes)]
BY_ID = [pytest.param(exercise, id=exercise.id) for exercise in EXERCISES.values()]

DEMANDED = {     # what the project promises to know by name: where, and what
    "target_grid": "axes_swapped",
    "affine_grid_forward": "axes_swapped theta_inverted theta_reshaped y_flipped",
    "to_pixels": "half_size not_scaled",
    "grid_to_pixels": "half_size not_scaled sizes_swapped",
    "bilinear_sampler_forward": "axes_swapped half_size not_scaled sizes_swapped truncation ceil weights_reversed "
                                "clipped_first nearest border",
    "bilinear_sampler_backward_U": "overwritten upstream_ignored averaged_over_batch one_channel_only",
    "bilinear_sampler_backward_grid": "sign dx_dy_swapped factor_missing one_channel_only averaged_over_batch ceil "
                                      "upstream_ignored",
    "affine_grid_backward": "mean_over_points source_for_target averaged_over_batch",
    "linear_backward": "weights_reshaped inputs_reshaped averaged_over_batch last_image_only upstream_ignored",
    "relu_backward": "mask_forgotten mask_of_upstream mask_reversed output_for_mask",
    "localisation_backward": "relu_forgotten mask_of_upstream before_relu bias_before_mask averaged_over_batch",
    "softmax_cross_entropy_backward": "no_maximum truth_forgotten N_forgotten N_twice sign upstream_ignored",
    "sgd_step": "momentum_forgotten momentum_on_param rate_outside rate_twice uphill velocity_subtracted velocity_not_kept",
    "network_backward": "theta_cut_off image_for_glimpse relu_forgotten before_relu averaged_over_batch",
    "gather_corners": "without_padding image_offset_missing offsets_swapped",
    "scatter_corners": "without_padding image_offset_missing offsets_swapped overwritten",
}


OVERFLOWS = {"no_maximum", "largest_of_all", "shifted_above_alone", "shifted_by_another"}     # known by their NaN or infinity
MAY_OVERFLOW = OVERFLOWS | {"logarithm", "sign_of_the_logits"}           # log 0, if p is made first; exp of the difference


def in_a_row(answers):
    return np.concatenate([np.ravel(answer) for answer in answers]).astype(float)


def largest_apart(rows, row):
    """The largest difference from each row: NaN in both is none, and NaN in one alone is an infinite one."""
    both, one = np.isnan(rows) & np.isnan(row), np.isnan(rows) ^ np.isnan(row)
    return np.where(both, 0, np.where(one, np.inf, np.abs(rows - row))).max(axis=-1)


def test_what_was_promised_is_there():
    for exercise, ids in DEMANDED.items():
        assert set(ids.split()) <= {mistake.id for mistake in EXERCISES[exercise].mistakes}, exercise


@pytest.mark.parametrize("exercise, mistake, change", CHANGES)
def test_each_mistake_is_diagnosed_under_its_own_name(exercise, mistake, change):
    where, choices = change if isinstance(change, Where) else ("", change)
    result = teach.check(exercise.id, partial(exercise.recipe, **choices))
    assert (result.status, result.mistakes) == ("named", (mistake.id,))
    message = " ".join(result.paragraphs)
    assert mistake.says in message and mistake.look in message and where in message


@pytest.mark.parametrize("exercise", BY_ID)
def test_the_solution_passes(exercise):
    result = teach.check(exercise.id, exercise.solution[-1])
    assert result and result.status == "passed" and result.mistakes == ()
    assert exercise.solution[-1].__name__ == exercise.id


@pytest.mark.parametrize("exercise", BY_ID)
def test_a_recipe_without_a_mistake_is_right(exercise):
    assert teach.check(exercise.id, exercise.recipe).status == "passed"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("exercise", BY_ID)
def test_mistakes_and_the_solution_differ_by_more_than_a_thousand_tolerances(exercise, dtype):
    right = answers_of(exercise.recipe, exercise, dtype)
    rows = [(("right",), in_a_row(right))]
    rows += [(variant.mistakes, in_a_row(variant.answers)) for variant in singles(exercise, dtype)]
    margin = 1000 * TOLERANCES[np.dtype(dtype)] * np.abs(rows[0][1]).max()
    for (one, a), (other, b) in itertools.combinations(rows, 2):
        if one != other:
            assert largest_apart(a, b) > margin, (one, other)


@pytest.mark.parametrize("exercise, both", [
    ("affine_grid_forward", {"theta_inverted", "axes_swapped"}),
    ("bilinear_sampler_forward", {"half_size", "truncation"}),
    ("bilinear_sampler_backward_U", {"overwritten", "axes_swapped"}),
    ("bilinear_sampler_backward_grid", {"sign", "factor_missing"}),
    ("affine_grid_backward", {"mean_over_points", "source_for_target"}),
    ("scatter_corners", {"image_offset_missing", "overwritten"}),
])
def test_two_mistakes_at_once_are_both_named(exercise, both):
    exercise = EXERCISES[exercise]
    change = {}
    for mistake in exercise.mistakes:
        if mistake.id in both:
            change.update(next(change for change in mistake.changes if isinstance(change, dict)))
    result = teach.check(exercise.id, partial(exercise.recipe, **change))
    assert set(result.mistakes) == both
    assert "Your numbers are exactly those of two mistakes." in result.message


@pytest.mark.parametrize("exercise", BY_ID)
def test_random_wrong_answers_are_not_recognised(exercise):
    rng = np.random.default_rng(0)
    right = right_answers(exercise)
    scale = max(np.abs(answer).max() for answer in right)
    for trial in range(60):
        noise = [rng.standard_normal(answer.shape) * scale for answer in right]
        strength = 10.0 ** rng.uniform(-3, 0)                     # from nearly right to nothing but noise
        answers = [strength * part + (trial % 2) * answer for part, answer in zip(noise, right)]
        assert name_mistakes(exercise, answers) == (), trial


@pytest.mark.parametrize("exercise", [e for e in EXERCISES.values() if right_answers(e)[0].size > 10],
                         ids=lambda exercise: exercise.id)
def test_right_numbers_in_random_order_are_not_recognised(exercise):
    rng = np.random.default_rng(1)
    for _ in range(20):
        answers = [rng.permuted(answer.ravel()).reshape(answer.shape) for answer in right_answers(exercise)]
        assert name_mistakes(exercise, answers) == ()


@pytest.mark.parametrize("exercise", BY_ID)
def test_every_variant_has_the_right_shape_and_no_accidents(exercise):
    shapes = [answer.shape for answer in right_answers(exercise)]
    first = shapes[:len(exercise.parts) or 1]
    for variant in singles(exercise):
        assert [answer.shape for answer in variant.answers] == shapes, variant.mistakes
        finite = all(np.isfinite(answer).all() for answer in variant.answers)
        assert finite or MAY_OVERFLOW & set(variant.mistakes), variant.mistakes
        assert not (finite and OVERFLOWS & set(variant.mistakes)), variant.mistakes
    for change in doubles(exercise):
        assert [answer.shape for answer in change.answers(exercise, exercise.probes[:1])] == first, change.mistakes


@pytest.mark.parametrize("exercise", BY_ID)
def test_what_is_said_can_be_read(exercise):
    assert len(exercise.hints) >= 2 and exercise.task.endswith(".") and exercise.well_done.endswith(".")
    ids = [mistake.id for mistake in exercise.mistakes]
    assert len(ids) == len(set(ids))
    for mistake in exercise.mistakes:
        assert mistake.says.rstrip(")").endswith((".", "?")) and mistake.look.rstrip(")").endswith((".", "?"))
        assert any(word in mistake.equation for word in ("Eq. ", "lesson"))
