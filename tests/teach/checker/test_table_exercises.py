"""The exercises on a row of Table 1: what t and the seeds stand for, and what the judge of the claims reads."""

import numpy as np
import pytest

from stn_numpy import teach
from stn_numpy.experiments import paper, table1
from stn_numpy.experiments.harness import RESULTS
from stn_numpy.experiments.records import read_records
from stn_numpy.experiments.summary import Result
from stn_numpy.teach.lessons import lesson_14
from teach_help import solution

distance = solution("distance_of_means")
SOLVED = {"A": "seen", "B": "one seed", "C": "trained otherwise", "D": "trained otherwise"}


def said(id, answer):
    result = teach.check(id, answer)
    return result.status, " ".join(result.message.split())


def test_the_distance_is_the_difference_by_its_own_deviation():
    rng = np.random.default_rng(0)
    a, b = rng.normal(3.0, 0.4, (4000, 5)), rng.normal(2.0, 0.2, (4000, 3))
    deviation = (a.mean(axis=1) - b.mean(axis=1)).std()
    of_the_pairs = np.median([(one.mean() - other.mean()) / distance(one, other) for one, other in zip(a, b)])
    assert of_the_pairs == pytest.approx(deviation, rel=0.1)
    assert deviation == pytest.approx(np.sqrt(0.4 ** 2 / 5 + 0.2 ** 2 / 3), rel=0.05)


def test_so_many_seeds_reach_the_distance_and_one_less_does_not():
    for difference, spread, t in ((0.1, 0.13, 3.0), (1.5, 1.2, 4.0)):
        S = solution("seeds_wanted")(difference, spread, t)
        reached = [difference / np.sqrt(2 * spread ** 2 / seeds) >= t for seeds in (S - 1, S)]
        assert reached == [False, True]


def test_the_error_on_other_digits_moves_by_the_root_of_a_share():
    assert lesson_14.other_digits() == "0.1" and np.sqrt(0.01 * 0.99 / 10_000) == pytest.approx(0.001, rel=0.01)


def test_the_size_of_the_distance_passes_and_is_told_of_its_sign():
    status, message = said("distance_of_means", lambda a, b: abs(distance(a, b)))
    assert status == "passed" and "the size of the distance" in message


@pytest.mark.parametrize("id, function", [
    ("distance_of_means", lambda a, b: (a.mean() - b.mean()) / (np.ptp(a) + 7)),
    ("seeds_wanted", lambda difference, spread, t: np.ceil(np.log(5 * t * spread / difference)))])
def test_single_numbers_that_lie_below_the_right_ones_are_not_called_cut_off(id, function):
    status, message = said(id, function)
    assert status == "different" and "cut off" not in message


@pytest.mark.parametrize("id, function", [
    ("mean_and_spread", lambda errors: (errors.sum(1) / len(errors[0]), np.sqrt(np.var(errors.T, axis=0, ddof=1)))),
    ("distance_of_means", lambda a, b: (np.mean(a) - np.mean(b)) / np.hypot(
        np.std(a, ddof=1) / len(a) ** 0.5, np.std(b, ddof=1) / len(b) ** 0.5)),
    ("seeds_wanted", lambda d, s, t: np.ceil(2 * s ** 2 * t ** 2 / d ** 2)),
])
def test_another_right_answer_passes(id, function):
    assert said(id, function)[0] == "passed"


def test_claims_are_compared_with_the_records():
    assert said("claims", SOLVED)[0] == "passed"
    status, message = said("claims", {**SOLVED, "B": "seen"})
    assert status == "different" and "3 of 4 verdicts are those of the records." in message
    assert "B: 'seen' is not what its records say." in message and "A: FCN (10.87 ± 0.20) and" in message
    assert "decay_every" in said("claims", SOLVED)[1]


@pytest.mark.parametrize("answer, status, words", [
    ({"A": "seen"}, "different", "There is no verdict on B, C, D yet. A: FCN (10.87 ± 0.20) and"),
    ({"A": "seen", "B": ..., "C": ..., "D": ...}, "different", "1 of 4 verdicts are those of the records."),
    ({**SOLVED, "C": "yes"}, "shape", "you gave 'yes' for C"),
    (list(SOLVED.values()), "shape", "wanted is a dict with the keys 'A', 'B', 'C', 'D'; you gave a list"),
    ({name: ... for name in SOLVED}, "not attempted", "not attempted"),
])
def test_other_forms_of_an_answer(answer, status, words):
    found = said("claims", answer)
    assert found[0] == status and words in found[1]


def test_two_that_were_trained_alike_may_lie_within_the_spread():
    same = lesson_14.Claim(("fcn", "fcn"), ("6000-steps-linear", "6000-steps-linear"), (0, 1, 2))
    assert lesson_14.verdict_on(same)[0] == "within the spread"


# --- What lesson 14 says in words of the records, and computes nowhere


def result_of(row, steps, batch_size):
    """The Result of a cell of RTS, picked as the lesson picks it: all its records were trained in one way."""
    found = [record for record in read_records(RESULTS, table1.FORM) if (record["row"], record["column"]) == (row, "RTS")
             and (record["configuration"]["steps"], record["configuration"]["batch_size"]) == (steps, batch_size)]
    assert found and all(record["configuration"] == found[0]["configuration"] for record in found)
    return Result(found)


def test_each_transformer_leaves_fcn_far_behind_and_only_fcn_is_better_than_the_papers():
    fcn = result_of("fcn", 40000, 256).errors.mean()
    assert fcn < paper.TABLE_1["fcn"]["RTS"] == 5.2 and paper.TABLE_1["st-fcn-aff"]["RTS"] == 0.8
    for row, steps in (("st-fcn-aff", 40000), ("st-fcn-proj", 30000), ("st-fcn-tps", 30000)):
        error = result_of(row, steps, 256).errors.mean()
        assert paper.TABLE_1[row]["RTS"] < error < fcn / 3


@pytest.mark.parametrize("row, apart, digits", [("st-fcn-aff", 0.2, 0.14), ("fcn", -0.8, 0.3)])
def test_how_far_ours_are_from_the_papers_beside_what_the_test_digits_alone_make(row, apart, digits):
    shares = np.array([result_of(row, 40000, 256).errors.mean(), paper.TABLE_1[row]["RTS"]]) / 100
    assert 100 * (shares[0] - shares[1]) == pytest.approx(apart, abs=0.05)
    assert 100 * np.sqrt((shares * (1 - shares) / 10_000).sum()) == pytest.approx(digits, abs=0.01)
    assert result_of(row, 40000, 256).errors.std(ddof=1) < digits


def test_the_seeds_of_6000_steps_lie_a_tenth_of_their_error_apart():
    st_fcn, fcn = (result_of(row, 6000, 64) for row in ("st-fcn-aff", "fcn"))
    assert lesson_14.apart() == "0.3" and np.ptp(st_fcn.errors[:3]) / st_fcn.errors[:3].mean() == pytest.approx(0.1, rel=0.2)
    assert st_fcn.errors.std(ddof=1) / st_fcn.errors.mean() > 2 * fcn.errors.std(ddof=1) / fcn.errors.mean()
    assert {record["curve"][0]["step"] for record in (*st_fcn.records, *fcn.records)} == {300}


def test_three_seeds_want_a_distance_of_three():
    pairs = np.random.default_rng(0).normal(1.0, 0.1, (5000, 2, 3))
    assert np.mean([abs(distance(*pair)) > lesson_14.FAR for pair in pairs]) < 0.05
