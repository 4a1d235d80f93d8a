"""Lesson 14, a row of Table 1: mean and spread over seeds, whether two rows differ, and what may be said of them."""

import functools
from typing import NamedTuple

import numpy as np

from .parts import Exercise, Mistake, OpenExercise, Part, Prediction, Probe, Where, entries
from .shared_grid import as_it_is

# --- Solutions


def mean_and_spread(errors):
    mean = errors.mean(axis=1)
    spread = errors.std(axis=1, ddof=1)
    return mean, spread


def distance_of_means(a, b):
    return (a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))


def seeds_wanted(difference, spread, t):
    return np.ceil(2 * (t * spread / difference) ** 2)


CLAIMS_SOLVED = '''\
claims = {"A": "seen",
          "B": "one seed",
          "C": "trained otherwise",
          "D": "trained otherwise"}'''

# --- Recipes


def by_one_less(errors):
    return errors.std(axis=1, ddof=1)


def as_deviation(spread, S):
    return spread


def spread_recipe(errors, *, middle=functools.partial(np.mean, axis=1), deviation=by_one_less, finish=as_deviation):
    return middle(errors), finish(deviation(errors), errors.shape[1])


def in_turn(a, b):
    return a, b


def of_the_mean(row):
    return row.var(ddof=1) / len(row)


def added(var_a, var_b):
    return np.sqrt(var_a + var_b)


def distance_recipe(a, b, *, order=in_turn, middle=np.mean, variance=of_the_mean, join=added, both=None, finish=as_it_is):
    first, second = order(a, b)
    return finish((middle(first) - middle(second)) / (both(a, b) if both else join(variance(a), variance(b))))


def absolute_distance(a, b):
    return abs(distance_of_means(a, b))


def squared(ratio):
    return ratio ** 2


def t_times_spread(difference, spread, t):
    return t * spread / difference


def seeds_recipe(difference, spread, t, *, factor=2, ratio=t_times_spread, power=squared, whole=np.ceil):
    return whole(factor * power(ratio(difference, spread, t)))


# --- Mistakes

SPREAD, DIFFER = "lesson 14, the spread of the seeds", "lesson 14, the exercise on two rows"
STD = "errors.std(axis=1, ddof=1)"



def _around(middle, errors, count):
    """The root of the squared deviations from another middle than the mean, added up and divided by a count."""
    return np.sqrt(((errors - middle(errors, axis=1, keepdims=True)) ** 2).sum(axis=1) / count)


def _nothing(errors, **axis):
    return 0


def _mean_of_all(errors, **axis):
    return errors.mean()


def _median_deviation(errors, middle):
    return np.median(np.abs(errors - middle(errors, axis=1, keepdims=True)), axis=1)


OF_SPREAD = (
    Mistake("divided_by_S", "the squares are divided by S, where S - 1 is wanted. The mean was made of the same seeds, "
            "so it lies nearer to them than the true one does, and the spread comes out too small.",
            "NumPy divides by S - ddof: give it ddof=1.", SPREAD,
            ({"deviation": lambda errors: errors.std(axis=1)},)),
    Mistake("variance", "the spread is the square of the right one, a variance.",
            "A standard deviation is its square root, in per cent like the errors themselves.", SPREAD,
            ({"finish": lambda spread, S: spread ** 2},)),
    Mistake("standard_error", "the spread is divided by the root of S. That is the uncertainty of the *mean*; here we "
            "want to know how far single seeds lie apart.",
            "Leave out the division by sqrt(S); it comes in the next exercise.", SPREAD,
            ({"finish": lambda spread, S: spread / np.sqrt(S)},)),
    Mistake("divided_after_the_root", "the root is taken first, and then divided by S - 1.",
            "Under the root stands the sum of the squares divided by S - 1.", SPREAD,
            ({"finish": lambda spread, S: spread / np.sqrt(S - 1)},)),
    Mistake("absolute_deviation", "the spread is the mean of the absolute deviations, not made of their squares.",
            f"Square the deviations: {STD}.", SPREAD,
            ({"deviation": lambda errors: np.abs(errors - errors.mean(axis=1, keepdims=True)).mean(axis=1)},)),
    Mistake("half_the_range", "the spread is half of what lies between the largest and the smallest error. That grows with "
            "the number of seeds.",
            f"Take the standard deviation, {STD}.", SPREAD,
            ({"deviation": lambda errors: np.ptp(errors, axis=1) / 2},)),
    Mistake("around_the_median", "the deviations are those from the median, where those from the mean are wanted.",
            f"{STD} takes the mean itself.", SPREAD,
            ({"deviation": lambda errors: _around(np.median, errors, errors.shape[1] - 1)},
             {"deviation": lambda errors: _around(np.median, errors, errors.shape[1])})),
    Mistake("divided_by_another", "the squares are divided by another number than S - 1.",
            "S is the number of seeds in a row, errors.shape[1]; and the mean that was made of them takes one away.", SPREAD,
            (Where("It is S - 2.", {"deviation": lambda errors: errors.std(axis=1, ddof=2)}),
             Where("It is S + 1.", {"deviation": lambda errors: errors.std(axis=1, ddof=-1)}),
             Where("It is the number of rows.", {"deviation": lambda errors: _around(np.mean, errors, len(errors))}),
             Where("It is the number of rows less one.", {"deviation": lambda errors: _around(np.mean, errors, len(errors) - 1)}))),
    Mistake("around_zero", "the mean is not taken away: the squares are those of the errors themselves.",
            "A spread is made of the distances from the mean.", SPREAD,
            ({"deviation": lambda errors: _around(_nothing, errors, errors.shape[1] - 1)},
             {"deviation": lambda errors: _around(_nothing, errors, errors.shape[1])})),
    Mistake("around_all", "the deviations are those from the mean of all rows together.",
            "Each row has a mean of its own: errors.mean(axis=1, keepdims=True).", SPREAD,
            ({"deviation": lambda errors: _around(_mean_of_all, errors, errors.shape[1] - 1)},
             {"deviation": lambda errors: _around(_mean_of_all, errors, errors.shape[1])})),
    Mistake("median_deviation", "the spread is the median of the absolute deviations.",
            f"Square the deviations: {STD}.", SPREAD,
            ({"deviation": lambda errors: _median_deviation(errors, np.mean)},
             {"deviation": lambda errors: _median_deviation(errors, np.median)})),
    Mistake("all_rows_together", "every row has the number of all rows together.",
            "Each row has its own: axis=1.", SPREAD,
            ({"deviation": lambda errors: np.full(len(errors), errors.std(ddof=1))},
             {"deviation": lambda errors: np.full(len(errors), errors.std())},
             {"middle": lambda errors: np.full(len(errors), errors.mean())})),
    Mistake("range", "the spread is the largest error less the smallest. That grows with the number of seeds.",
            f"Take the standard deviation, {STD}.", SPREAD,
            ({"deviation": lambda errors: np.ptp(errors, axis=1)},)),
    Mistake("median", "the mean is a median, the error in the middle.", "errors.mean(axis=1).", SPREAD,
            ({"middle": functools.partial(np.median, axis=1)},)),
)


def _pooled(a, b):
    common = (((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / (len(a) + len(b) - 2)
    return np.sqrt(common * (1 / len(a) + 1 / len(b)))


OF_DISTANCE = (
    Mistake("sign", "the sign is the other one, that of b less a.", "a comes first.", DIFFER,
            ({"order": lambda a, b: (b, a)},)),
    Mistake("divided_by_S", "the variances are divided by S, where S - 1 is wanted.",
            "var(ddof=1), or std(ddof=1) ** 2.", DIFFER, ({"variance": lambda row: row.var() / len(row)},)),
    Mistake("spread_of_seeds", "the denominator is made of s² itself, the spread of single seeds. Means are compared "
            "here, and the mean of S seeds has only s² / S.",
            "Divide each variance by the number of its seeds.", DIFFER, ({"variance": lambda row: row.var(ddof=1)},)),
    Mistake("errors_added", "the two standard errors are simply added. Independent uncertainties add up as squares.",
            "np.sqrt(first ** 2 + second ** 2).", DIFFER, ({"join": lambda a, b: np.sqrt(a) + np.sqrt(b)},)),
    Mistake("errors_averaged", "the denominator is the mean of the two standard errors. A difference of two means is less "
            "certain than each of them.",
            "np.sqrt(first ** 2 + second ** 2).", DIFFER, ({"join": lambda a, b: (np.sqrt(a) + np.sqrt(b)) / 2},)),
    Mistake("larger_alone", "the denominator is the larger of the two standard errors.",
            "np.sqrt(first ** 2 + second ** 2).", DIFFER, ({"join": lambda a, b: np.sqrt(max(a, b))},)),
    Mistake("divided_after_the_root", "each standard deviation is divided by S, where the root of S belongs.",
            "Divide the variances by S: the root comes after.", DIFFER,
            ({"variance": lambda row: row.var(ddof=1) / len(row) ** 2},)),
    Mistake("lengths_exchanged", "the variance of a is divided by the number of seeds of b, and that of b by those of a.",
            "s_a² / S_a + s_b² / S_b.", DIFFER,
            ({"both": lambda a, b: np.sqrt(a.var(ddof=1) / len(b) + b.var(ddof=1) / len(a))},)),
    Mistake("variances_subtracted", "one variance is taken from the other. A difference is as uncertain as a sum: the two "
            "do not know of each other.", "Variances are added.", DIFFER,
            ({"join": lambda a, b: np.sqrt(np.abs(a - b))},)),
    Mistake("deviation_for_variance", "under the root stand standard deviations, divided by S, where variances belong.",
            "var(ddof=1), or std(ddof=1) ** 2.", DIFFER, ({"variance": lambda row: row.std(ddof=1) / len(row)},)),
    Mistake("medians", "medians are compared, where means are wanted.", "a.mean() - b.mean().", DIFFER,
            ({"middle": np.median},)),
    Mistake("pooled", "both rows are given one variance, made of all seeds together, as for two rows that are known to "
            "spread alike. Here each keeps its own.",
            "s_a² / S_a + s_b² / S_b.", DIFFER,
            ({"both": _pooled}, {"both": lambda a, b: np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / (len(a) + len(b)))},
             {"both": lambda a, b: np.concatenate([a, b]).std(ddof=1)})),
    Mistake("mean_of_variances", "the difference is given in units of the spread of single seeds. Means are compared "
            "here, and the mean of S seeds has only s² / S.",
            "Divide each variance by the number of its seeds.", DIFFER,
            ({"both": lambda a, b: np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)},
             {"both": lambda a, b: _pooled(a, b) / np.sqrt(1 / len(a) + 1 / len(b))})),
    Mistake("one_less_twice", "the variances are divided by S - 1 once more, where the mean of S seeds has s² / S.",
            "var(ddof=1) has the S - 1 in it; then divide by len(a).", DIFFER,
            ({"variance": lambda row: row.var(ddof=1) / (len(row) - 1)},)),
    Mistake("root_forgotten", "the divisor is the sum of the variances, without its root.",
            "np.sqrt of the sum.", DIFFER, ({"join": lambda a, b: a + b},)),
    Mistake("first_only", "the denominator holds the uncertainty of a alone.",
            "The mean of b is uncertain as well.", DIFFER, ({"join": lambda a, b: np.sqrt(a)},)),
    Mistake("second_only", "the denominator holds the uncertainty of b alone.",
            "The mean of a is uncertain as well.", DIFFER, ({"join": lambda a, b: np.sqrt(b)},)),
)

def _without_sign_too(mistakes):
    """Each mistake but that of the sign in answers that give the size of the distance alone, as well."""
    return tuple(mistake if mistake.id == "sign" else mistake._replace(changes=mistake.changes + tuple(
        Where("The sign is left out, which is as good.", {**change, "finish": abs}) for change in mistake.changes))
        for mistake in mistakes)


OF_SEEDS = (
    Mistake("one_row_only", "only one of the two means is uncertain, so that half of the seeds are wanted.",
            "Both rows have S seeds: under the root stands spread² / S twice.", DIFFER, ({"factor": 1},)),
    Mistake("both_rows_counted", "the seeds of both rows are counted, twice as many as each row wants.",
            "S is the number of seeds in each of the two rows.", DIFFER, ({"factor": 4},)),
    Mistake("root_of_two", "the 2 of the two rows is there as its root.",
            "Variances add up: 2 spread² / S under the root, and squared it is a 2 again.", DIFFER,
            ({"factor": np.sqrt(2)},)),
    Mistake("distance_missing", "they are those for t = 1: the distance t that is wanted is not asked.",
            "Look for t in your line.", DIFFER, ({"ratio": lambda difference, spread, t: spread / difference},)),
    Mistake("partly_squared", "one of the three is not squared, and the other two are.",
            "Solve difference = t * sqrt(2 * spread**2 / S) for S: everything but the 2 is squared.", DIFFER,
            (Where("It is t.", {"ratio": lambda difference, spread, t: np.sqrt(t) * spread / difference}),
             Where("It is the spread.", {"ratio": lambda difference, spread, t: t * np.sqrt(spread) / difference}),
             Where("It is the difference.", {"ratio": lambda difference, spread, t: t * spread / np.sqrt(difference)}))),
    Mistake("turned_over", "the ratio stands upside down: a larger difference would want more seeds.",
            "Solve t = difference / sqrt(2 * spread**2 / S) for S.", DIFFER,
            ({"power": lambda ratio: ratio ** -2.0}, {"ratio": lambda difference, spread, t: t * difference / spread})),
    Mistake("rounded_too_early", "the ratio is rounded up before it is squared, which makes too many.",
            "Round up at the very end.", DIFFER, ({"power": lambda ratio: np.ceil(ratio) ** 2},)),
    Mistake("not_squared", "the ratio is not squared.",
            "Solve difference = t * sqrt(2 * spread**2 / S) for S: the root goes, and everything else is squared.", DIFFER,
            ({"power": as_it_is}, {"power": as_it_is, "factor": np.sqrt(2)})),
    Mistake("rounded_down", "the number is rounded down: with so few seeds the distance is not reached.",
            "Round up: np.ceil.", DIFFER, ({"whole": np.floor},)),
    Mistake("rounded_to_the_nearest", "the number is rounded to the nearest whole one, which is sometimes too few.",
            "Round up: np.ceil.", DIFFER, ({"whole": np.rint},)),
    Mistake("not_whole", "they are not whole. Nobody trains half a seed, and fewer do not reach the distance.",
            "Round up: np.ceil.", DIFFER, ({"whole": as_it_is},)),
    Mistake("one_too_many", "one is added in any case, even where the number is whole already.",
            "np.ceil leaves whole numbers as they are.", DIFFER, ({"whole": lambda S: np.floor(S) + 1},)),
)

# --- Probes

SPREAD_PROBES = (
    Probe((np.array([[10.9, 11.4, 10.2, 10.7], [2.8, 3.3, 2.6, 3.25]]),), "two rows of four seeds"),
    Probe((np.array([[1.1, 0.7, 1.3, 0.8, 1.25], [4.0, 4.6, 4.3, 4.9, 3.5], [22.0, 20.0, 23.5, 39.0, 21.5],
                     [28.0, 45.5, 28.5, 46.0, 29.5], [7.5, 9.0, 8.25, 6.0, 7.0], [13.0, 12.5, 17.0, 11.0, 14.5]]),),
          "six rows of five seeds"))
DISTANCE_PROBES = (
    Probe((np.array([10.9, 11.4, 10.2]), np.array([8.8, 9.3, 8.6])), "three seeds each"),
    Probe((np.array([1.1, 0.7, 1.3, 0.8, 1.25]), np.array([2.4, 0.8])), "five seeds against two"),
    Probe((np.array([4.0, 4.9]), np.array([3.5, 3.9, 3.1, 4.6])), "two seeds against four"))
SEEDS_PROBES = tuple(Probe(arguments, "a difference of {:g}, a spread of {:g} and t = {:g}".format(*arguments)) for arguments
                     in ((0.1, 0.13, 3.0), (0.07, 0.1, 2.0), (1.5, 1.2, 4.0), (0.3, 0.05, 3.0), (1.0, 1.0, 2.0)))

# --- What may be said of two rows


class Claim(NamedTuple):
    """That the second of two cells of the column RTS is better than the first: rows, names of files, seeds."""
    rows: tuple
    names: tuple
    seeds: tuple


CLAIMS = {
    "A": Claim(("fcn", "st-fcn-aff"), ("6000-steps-linear", "6000-steps-linear"), (0, 1, 2)),
    "B": Claim(("cnn", "st-cnn-aff"), ("3000-steps", "3000-steps"), (0,)),
    "C": Claim(("fcn", "st-fcn-aff"), ("40000-steps", "40000-steps-linear"), (0, 1, 2)),
    "D": Claim(("st-cnn-aff", "st-fcn-aff"), ("20000-steps-linear", "40000-steps-linear"), (0,)),
}
VERDICTS = ("seen", "one seed", "trained otherwise", "within the spread")
FAR = 3.0            # distance of two means from which on we say that they differ


def results_of_claim(claim):
    """The Result of both cells, read from their records."""
    from ...experiments.harness import RESULTS
    from ...experiments.records import read_record
    from ...experiments.summary import Result
    from ...experiments.table1 import FORM

    return [Result([read_record(RESULTS / f"table1-RTS-{row}-{name}-seed-{seed}.json", FORM) for seed in claim.seeds])
            for row, name in zip(claim.rows, claim.names)]


def verdict_on(claim):
    """(the verdict, what it is made of in words): first whether they were trained alike, then seeds, then distance."""
    from ...experiments.networks import ROWS
    from ...experiments.summary import ALIKE

    first, second = results_of_claim(claim)
    differ = [key for key in ALIKE if first.configuration.get(key) != second.configuration.get(key)]
    who = " and ".join(f"{ROWS[row].title} ({result})" for row, result in zip(claim.rows, (first, second)))
    if differ:
        return "trained otherwise", f"{who} differ in {', '.join(differ)} as well"
    if len(claim.seeds) == 1:
        return "one seed", f"{who} have one seed each, so nothing is known of their spread"
    t = distance_of_means(first.errors, second.errors)
    return ("seen" if abs(t) >= FAR else "within the spread"), f"{who} were trained alike, and are t = {t:.0f} apart"


def judge_claims(answer):
    entries(answer, tuple(CLAIMS), needed=False)
    missing = [name for name in CLAIMS if name not in answer]
    right, said = 0, [f"There is no verdict on {', '.join(missing)} yet."] if missing else []
    for name, claim in CLAIMS.items():
        if name in missing:
            continue
        if answer[name] not in VERDICTS:
            raise ValueError(f"a verdict is one of {', '.join(map(repr, VERDICTS))}; you gave {answer[name]!r} for {name}")
        verdict, words = verdict_on(claim)
        good = answer[name] == verdict
        right += good
        said.append(f"{name}: {words}." if good else f"{name}: {answer[name]!r} is not what its records say.")
    return right == len(CLAIMS), f"{right} of {len(CLAIMS)} verdicts are those of the records.", tuple(said)


# --- Predictions


def apart():
    """The three seeds of ST-FCN Aff on RTS after 6,000 steps: the largest error less the smallest, about."""
    errors = results_of_claim(CLAIMS["A"])[1].errors
    return min(("0.03", "0.3", "3"), key=lambda guess: abs(np.log(np.ptp(errors) / float(guess))))


def other_digits():
    """The standard deviation of the error on 10,000 digits, each read wrongly with probability 1 %, about."""
    errors = 100 * np.random.default_rng(0).binomial(10_000, 0.01, 2000) / 10_000
    return min(("0.01", "0.1", "1"), key=lambda guess: abs(np.log(errors.std() / float(guess))))


def best_of_three():
    errors = np.random.default_rng(0).normal(1.0, 0.1, (2000, 3))
    bias = errors.min(axis=1).mean() - 1.0
    return "low" if bias < -0.01 else "high" if bias > 0.01 else "right"


EXERCISES = (
    Exercise(
        id="mean_and_spread",
        lesson="14",
        arguments="errors",
        answer="mean, spread",
        parts=(Part("mean", ("row",)), Part("spread", ("row",))),
        task="The mean and the standard deviation over seeds of each row, for errors (rows, S) of S seeds each.",
        truth=mean_and_spread,
        solution=(mean_and_spread,),
        recipe=spread_recipe,
        mistakes=OF_SPREAD,
        probes=SPREAD_PROBES,
        sizes=lambda errors: {"rows": len(errors), "S": errors.shape[1]},
        hints=("Each row has its own mean. Along which axis do the seeds lie?",
               "Deviations from the row's mean, squared, added up, divided by S - 1, and the root of that.",
               "errors.std(axis=1, ddof=1)."),
        well_done="A figure without a spread says what happened once; these two say what to expect.",
        picture="bars"),
    Exercise(
        id="distance_of_means",
        lesson="14",
        arguments="a, b",
        answer="t",
        task="How far apart the means of a (S_a,) and b (S_b,) are, in units of the uncertainty of their difference.",
        truth=distance_of_means,
        also=((absolute_distance, "You give the size of the distance; with a sign it would say which of the two is "
               "larger, too."),),
        solution=(distance_of_means,),
        recipe=distance_recipe,
        mistakes=_without_sign_too(OF_DISTANCE),
        probes=DISTANCE_PROBES,
        hints=("The lesson has the uncertainty of one mean. What is the variance of a difference of two numbers that "
               "know nothing of each other?",
               "Variances add up, for a difference as for a sum: s_a² / S_a + s_b² / S_b.",
               "(a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))."),
        well_done="Statisticians call this Welch's t.",
        picture="bars"),
    Exercise(
        id="seeds_wanted",
        lesson="14",
        arguments="difference, spread, t",
        answer="S",
        task="The smallest whole number S of seeds in each of two rows of this spread with which means that are "
             "`difference` apart have the distance t.",
        truth=seeds_wanted,
        solution=(seeds_wanted,),
        recipe=seeds_recipe,
        mistakes=OF_SEEDS,
        probes=SEEDS_PROBES,
        hints=("Write the distance of two means for S_a = S_b = S and s_a = s_b = spread.",
               "t = difference / sqrt(2 spread² / S). Solve it for S.",
               "np.ceil(2 * (t * spread / difference) ** 2)."),
        well_done="Half the difference takes four times the seeds.",
        picture="bars"),
    OpenExercise(
        id="claims",
        lesson="14",
        answer="what the records say of four claims",
        one_by_one=True,
        task="For each claim A to D the first of these that is true: 'trained otherwise', 'one seed', 'within the "
             "spread' (t below 3), or else 'seen'.",
        form='{"A": "seen", "B": "within the spread", ..}',
        judge=judge_claims,
        solution=(CLAIMS_SOLVED,),
        hints=("Ask three things in turn: were the two trained alike? Has each more than one seed? Is t 3 or more?",
               "Print cell(..) of both, and compare steps, batch and schedule in the output.",
               "Two of the four compare networks that were trained in different ways."),
        well_done="Only one of four claims is shown by what is there. The others may be true all the same."),
)

PREDICTIONS = (
    Prediction(
        id="apart",
        lesson="14",
        question="One network, ST-FCN, trained three times on RTS for 6,000 steps. Only the seed differs. How many "
                 "percentage points lie between the best and the worst of the three?",
        form='"0.03", "0.3" or "3"',
        truth=apart,
        reason="The records say so. That is a tenth of the error itself, from nothing but other random numbers.",
        choices=("0.03", "0.3", "3")),
    Prediction(
        id="other_digits",
        lesson="14",
        question="A trained network misreads 1 % of 10,000 test digits. Test it on 10,000 other digits of the same kind. "
                 "By how many percentage points will the error typically change?",
        form='"0.01", "0.1" or "1"',
        truth=other_digits,
        reason="About 100 errors, give or take their root, 10: that is 0.1 % of 10,000.",
        choices=("0.01", "0.1", "1")),
    Prediction(
        id="best_of_three",
        lesson="14",
        question="Somebody trains three seeds and reports the smallest of the three test errors. Compared with what "
                 "another seed will give, is that figure too low, right, or too high, on average?",
        form='"low", "right" or "high"',
        truth=best_of_three,
        reason="The smallest of several draws lies below their mean, and the more draws there are, the further.",
        choices=("low", "right", "high")),
)
