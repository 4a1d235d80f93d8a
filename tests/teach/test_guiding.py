"""Hints, solutions, probes, predictions and lines to order."""

import itertools

import numpy as np
import pytest

import stn_numpy
from stn_numpy import teach
from stn_numpy.teach import guiding, ordering, predictions
from stn_numpy.teach.lessons import PREDICTIONS, PUZZLES
from teach_help import PROBED as EXERCISES


@pytest.fixture(autouse=True)
def a_fresh_start(monkeypatch):
    monkeypatch.setattr(guiding, "_hints_given", {})
    monkeypatch.setattr(guiding, "REPAIRS", {})
    monkeypatch.setattr(predictions, "_guesses", {})


# --- Hints, solutions, probes


@pytest.mark.parametrize("id", EXERCISES)
def test_each_call_gives_the_next_hint_and_the_last_again(id):
    hints = EXERCISES[id].hints
    said = [teach.hint(id).paragraphs[0] for _ in range(len(hints) + 1)]
    assert said == [*hints, hints[-1]]
    assert f'teach.solution("{id}")' in teach.hint(id).message


def test_a_hint_by_its_number():
    assert teach.hint("to_pixels", 2).paragraphs[0] == EXERCISES["to_pixels"].hints[1]
    assert teach.hint("to_pixels").paragraphs[0] == EXERCISES["to_pixels"].hints[2]
    assert teach.hint("to_pixels", 99).paragraphs[0] == EXERCISES["to_pixels"].hints[-1]
    assert teach.hint("to_pixels", -5).paragraphs[0] == EXERCISES["to_pixels"].hints[0]
    assert teach.hint("to_pixels", "x").headline == "Hint 2 of 3 for to_pixels"


@pytest.mark.parametrize("id", EXERCISES)
def test_the_source_of_a_solution_fills_an_exercise_cell(id):
    solution = teach.solution(id)
    namespace = {"np": np, "stn": stn_numpy}
    exec(solution.source, namespace)
    assert teach.check(id, namespace[id]).status == "passed"
    assert f"def {id}({EXERCISES[id].arguments}):" in solution.message
    assert teach.check(id, solution.function).status == "passed"


def test_use_takes_what_passes_and_the_packages_answer_else(capsys):
    def yours(dout, x):
        return np.where(x > 0, dout, 0)

    assert teach.use("relu_backward", yours) is yours
    assert teach.use("relu_backward", lambda dout, x: dout) is EXERCISES["relu_backward"].truth
    assert teach.use("relu_backward", ...) is teach.use("relu_backward") is EXERCISES["relu_backward"].truth
    assert teach.use("nothing", yours) is yours
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "relu_backward: yours" and rest[0] == "relu_backward: our own, until yours passes"
    assert "There is no exercise 'nothing'" in " ".join(rest)


def test_a_solution_shows_the_packages_own_source():
    page = teach.solution("affine_grid_backward")._repr_html_()
    assert "<details><summary>The package&#x27;s own source</summary>" in page
    assert "def affine_grid_backward(dgrid, cache):" in page


@pytest.mark.parametrize("id", EXERCISES)
def test_a_probe_is_what_a_check_calls_with(id):
    exercise = EXERCISES[id]
    for number, probe in enumerate(exercise.probes):
        for mine, theirs in zip(teach.probe(id, number), probe.arguments, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert "number 0 to" in teach.probe(id, len(exercise.probes)).message
    assert "number 0 to" in teach.probe(id, "first").message


@pytest.mark.parametrize("call", [teach.hint, teach.solution, teach.probe])
@pytest.mark.parametrize("id", ["nothing", None, 7, []])
def test_unknown_ids(call, id):
    assert "There is no exercise" in call(id).message


def test_the_contents_name_everything():
    message = teach.contents().message
    for id in [*EXERCISES, *PREDICTIONS, *PUZZLES]:
        assert id in message
    for exercise in EXERCISES.values():
        assert exercise.signature in message


# --- Predictions

WRONG = {"wrong_output": 12.5, "shift_right": "right", "two_times_identity": "in", "pixel_of_minus_one": (-0.5, 0),
         "four_weights": (0.25, 0.25, 0.25, 0.25), "weights_outside": (0.7, 0.3), "sum_of_dU": 1, "edge_sign": "zero",
         "stripes": [11, 12, 13], "zero_start": "noise", "identity_start": (0, 0, 0, 0, 0, 0), "first_step": [3, 4],
         "untrained_loss": 0.1, "row_of_dlogits": 1, "batch_twice": "half",
         "simplest_for_perspective": "affine", "fine_stripes": "even grey",
         "in_series": "second", "ahead_after_300": "equal", "factor_one": "same",
         "apart": "3", "other_digits": "1", "best_of_three": "right",
         "survivor": "factor", "six_pixels": "yes", "kink_side": "both", "flat_place": 28, "largest_step": "slices"}
TRUE = {"wrong_output": 17.5, "shift_right": "Left ", "two_times_identity": "out", "pixel_of_minus_one": [0, -0.5],
        "four_weights": np.array([0.375, 0.125, 0.375, 0.125]), "weights_outside": (0.3, 0.7), "sum_of_dU": 28,
        "edge_sign": "positive", "stripes": [23, 21, 22], "zero_start": "grey ", "identity_start": [1, 0, 0, 0, 1, 0],
        "first_step": [2, 1], "untrained_loss": 2.3, "row_of_dlogits": 0, "batch_twice": "same",
        "simplest_for_perspective": "Projective", "fine_stripes": "wide stripes ",
        "in_series": "First", "ahead_after_300": " ST-FCN", "factor_one": "Lost",
        "apart": "0.3", "other_digits": " 0.1", "best_of_three": "Low",
        "survivor": "Scale", "six_pixels": " no", "kink_side": "Right", "flat_place": 5 * 12 + 6, "largest_step": " Batch"}


@pytest.mark.parametrize("id", PREDICTIONS)
def test_a_guess_is_remembered_and_shown_beside_the_truth(id):
    for guesses, status in ((WRONG, "note"), (TRUE, "passed")):
        assert teach.predict(id, guesses[id]).status == "note"
        shown = teach.reveal(id)
        assert shown.status == status
        assert "Your guess: " in shown.message and "The truth: " in shown.message
        assert PREDICTIONS[id].reason in shown.paragraphs
    assert "The truth" not in teach.predict(id, WRONG[id])._repr_html_()


def test_a_guess_of_right_does_not_look_like_praise():
    assert teach.predict("shift_right", "Right").headline == 'shift_right: your guess is "right".'


@pytest.mark.parametrize("id", PREDICTIONS)
@pytest.mark.parametrize("guess", [..., None, (..., ...)])
def test_without_a_guess_the_answer_stays_folded(id, guess):
    asked = teach.predict(id, guess)
    assert asked.status == "not attempted" and PREDICTIONS[id].question in asked.paragraphs
    shown = teach.reveal(id)
    assert shown.status == "not attempted" and "The truth" not in shown.message
    assert "<details>" in shown._repr_html_() and "The truth" in shown._repr_html_()


@pytest.mark.parametrize("id, guess, words", [
    ("shift_right", "sideways", 'A guess is "left"'), ("shift_right", 3, "You gave 3"),
    ("sum_of_dU", "many", "not all of that is a number"), ("sum_of_dU", np.nan, "not all of that is a number"),
    ("four_weights", (1, 2), "You gave 2 numbers, and 4 are wanted"), ("sum_of_dU", (1, 2), "and 1 is wanted"),
    ("four_weights", object(), "not all of that is a number")])
def test_what_cannot_be_a_guess(id, guess, words):
    assert words in " ".join(teach.predict(id, guess).message.split())
    assert teach.reveal(id).status == "not attempted"


@pytest.mark.parametrize("guess", [0.1, "0.1", np.float32(0.1)])
def test_a_choice_that_is_a_number_may_be_given_as_one(guess):
    teach.predict("other_digits", guess)
    assert teach.reveal("other_digits").status == "passed"
    refused = teach.predict("other_digits", 0.2)
    assert refused.status == "error" and 'Your guess is still "0.1".' in refused.message


def test_entries_may_be_given_as_a_set():
    teach.predict("stripes", {23, 21, 22})
    assert teach.reveal("stripes").status == "passed"


@pytest.mark.parametrize("call", [teach.predict, teach.reveal])
def test_unknown_predictions(call):
    for id in ("nothing", None, []):
        assert "There is no prediction" in call(id).message


# --- Lines to order

GOOD = [7, 2, 9, 6, 8, 3, 5, 1]


@pytest.mark.parametrize("given, words", [
    (GOOD[::-1], "Line 1 comes too early: it returns what line 5 fills."),
    ([7, 2, 9, 6, 3, 8, 5, 1], "Line 3 comes too early: it goes through `corners`"),
    ([7, 9, 2, 6, 8, 3, 5, 1], "Line 9 comes too early: it uses x0 and y0"),
    ([7, 2, 9, 8, 3, 5, 6, 1], "Line 3 comes too early: what is added up in the loop must start at 0"),
    ([7, 2, 9, 6, 8, 3, 4, 1], "Line 4 does not belong in: it loses gradients"),
    ([7, 2, 9, 6, 8, 3, 5], "Still to come: 1."),
    ([7, 3], "Line 3 needs line 8, which is missing"),
    ([7, 2, 2], "Line 2 occurs twice"), ([0], "There is no line 0"), ([99], "There is no line 99"),
    ("723", "Give a list of whole numbers"), (5, "Give a list of whole numbers"), ([], "Give a list of whole numbers"),
    ([7.5], "Give a list of whole numbers")])
def test_an_order_that_is_not_good(given, words):
    result = teach.order("scatter_to_dU", given)
    assert result.status == "different" and words in " ".join(result.message.split())


@pytest.mark.parametrize("given", [None, ..., [...]])
def test_an_order_not_attempted(given):
    result = teach.order("scatter_to_dU", given)
    assert result.status == "not attempted" and " 9      a, b = x - x0, y - y0" in result.message


def test_every_order_that_is_accepted_works():
    """All orders of the good lines are tried: those that are accepted give dU, and there are several."""
    puzzle, rng = PUZZLES["scatter_to_dU"], np.random.default_rng(0)
    x, y, dV = rng.uniform(0.1, 6.9, 30), rng.uniform(0.1, 3.9, 30), rng.standard_normal(30)
    grid = np.stack([2 * x / 7 - 1, 2 * y / 4 - 1], axis=-1)[None, None]
    _, cache = stn_numpy.bilinear_sampler_forward(np.zeros((1, 1, 5, 8)), grid)
    wanted = stn_numpy.bilinear_sampler_backward(dV[None, None, None], cache)[0][0, 0]
    accepted = 0
    for given in itertools.permutations(GOOD):
        if not ordering._complaint(puzzle, list(given)):
            accepted += 1
            namespace = {"np": np}
            exec(ordering.assembled(puzzle, given), namespace)
            np.testing.assert_allclose(namespace["scatter_to_dU"](dV, np.zeros((5, 8)), x, y), wanted, atol=1e-12)
    assert accepted == 4
    passed = teach.order("scatter_to_dU", np.array(GOOD))
    assert passed.status == "passed" and "np.add.at(dU, (row, column), weight * dV)" in passed.message


def test_unknown_lines():
    for id in ("nothing", None, []):
        assert "There are no lines to order" in teach.order(id).message


def test_an_unknown_part():
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        teach.chekc
    assert {"check", "microscope", "pictures"} <= set(dir(teach))
