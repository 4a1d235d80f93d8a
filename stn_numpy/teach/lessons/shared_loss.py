"""What goes wrong in the loss of lesson 09: recipes of softmax and of its gradient, and their mistakes."""

import numpy as np

from .parts import Mistake, Where
from .shared_grid import as_it_is

# --- Recipes


def largest_of_row(logits):
    return logits.max(axis=1, keepdims=True)


def one_of_each_row(p, labels):
    y = np.zeros_like(p)
    y[np.arange(len(p)), labels] = 1
    return p - y


def over_N(dlogits):
    return dlogits / len(dlogits)


def the_same(e, logits):
    return e


def softmax_recipe(logits, *, largest=largest_of_row, total=1, exponential=np.exp, summed=the_same, finish=as_it_is,
                   whole=None):
    if whole:
        return whole(logits)
    e = exponential(logits - largest(logits))
    return finish(e / summed(e, logits).sum(axis=total, keepdims=True))


def loss_backward_recipe(dloss, logits, labels, *, upstream=as_it_is, largest=largest_of_row, total=1, exponential=np.exp,
                         probabilities=None, truth=one_of_each_row, mean=over_N, finish=as_it_is):
    p = (probabilities or (lambda logits: softmax_recipe(logits, largest=largest, total=total, exponential=exponential))
         )(logits)
    return finish(upstream(dloss) * mean(truth(p, labels)))


# --- Mistakes

SOFTMAX = "lesson 09, from numbers to probabilities"
HUGE = "lesson 09, huge numbers"
GRADIENT = "lesson 09, the gradient"
BATCH = "lesson 09, a batch"

TOTALS = (
    Mistake("over_the_batch", "Your numbers are exactly those of a softmax over the images: each column adds up to 1, "
            "where each row should.",
            "Look at the axis of your sum. The classes of one image stand in a row, axis 1.", SOFTMAX, ({"total": 0},)),
    Mistake("over_everything",
            "Your numbers are exactly those of a softmax over the whole batch: all of it together adds "
            "up to 1, where each row should.",
            "Look for a sum without an axis; it wants axis=1, keepdims=True.", SOFTMAX, ({"total": (0, 1)},)),
)
NO_MAXIMUM = Mistake(
    "no_maximum",
    "With small logits your numbers are right, with huge ones they are NaN: exactly those of a softmax from "
    "which no maximum is subtracted. exp(1000) is infinity, and infinity by infinity is no number.",
    "Subtract each row's largest logit before np.exp. The probabilities stay the same.", HUGE,
    ({"largest": lambda logits: 0},))


def smallest_of_row(logits):
    return logits.min(axis=1, keepdims=True)


def mean_of_row(logits):
    return logits.mean(axis=1, keepdims=True)


SHIFTED_BY_ANOTHER = Mistake(
    "shifted_by_another",
    "Your numbers are right until a row's largest logit lies far above the others; then they are NaN. They are exactly those "
    "of a softmax that subtracts another number than the largest.",
    "Subtract each row's largest logit: then no shifted one is above 0, and no exp overflows.", HUGE,
    (Where("It is the smallest of each row.", {"largest": smallest_of_row}),
     Where("It is the mean of each row.", {"largest": mean_of_row})))


def logarithms(logits):
    """log p without a detour by p, so that it is finite where p is 0."""
    shifted = logits - largest_of_row(logits)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


BASES = {2: np.exp2, 10: lambda z: 10 ** z}
OTHER_BASE = Mistake(
    "other_base", "Your numbers are exactly those of a softmax with another base, where e belongs.",
    "Look for np.exp2, 2 ** or 10 **; np.exp has the base e, and only with that is the gradient p - y.", SOFTMAX,
    tuple(Where(f"It is {base}.", {"exponential": power}) for base, power in BASES.items()))

OF_SOFTMAX = TOTALS + (
    OTHER_BASE,
    Mistake("other_sum", "Your numbers are exactly those of e divided by the root of the sum of its squares, or by its mean. "
            "A row of probabilities adds up to 1.",
            "Divide by e.sum(axis=1, keepdims=True).", SOFTMAX,
            ({"finish": lambda p: p / np.sqrt((p ** 2).sum(axis=1, keepdims=True))},
             {"finish": lambda p: p * p.shape[1]})),
    Mistake("sign_of_the_logits", "Your numbers are exactly those of exp(-logit): the largest logit gets the smallest "
            "probability.",
            "Look for a minus sign in front of the logits, or for the largest less each.", SOFTMAX,
            ({"largest": smallest_of_row, "exponential": lambda z: np.exp(-z)}, {"exponential": lambda z: np.exp(-z)})),
    Mistake("exponential_missing",
            "Your numbers are exactly those of the logits, shifted or as they come, divided by their sum: np.exp is "
            "missing. Logits may be negative, and so might such probabilities be.",
            "Look for np.exp in the line of e.", SOFTMAX,
            ({"exponential": as_it_is, "largest": largest_of_row},
             {"exponential": as_it_is, "largest": lambda logits: 0})),
    Mistake("each_by_itself", "Your numbers are exactly 1 / (1 + exp(-logit)) of each logit by itself. The numbers of a row do "
            "not add up to 1 then.",
            "That is for two classes and the difference of their logits. Here each e is divided by the sum of its row.", SOFTMAX,
            ({"largest": lambda logits: 0, "exponential": lambda z: 1 / (1 + np.exp(-z)),
              "summed": lambda e, logits: np.full(e.shape, 1 / e.shape[1])},
             Where("That is so of the shifted logits.",
                   {"whole": lambda logits: 1 / (1 + np.exp(largest_of_row(logits) - logits))}))),
    Mistake("largest_alone", "Your numbers are exactly 1 for the largest logit of each row, and 0 for the others.",
            "Each logit gets a share: e divided by the sum of its row.", SOFTMAX,
            ({"whole": lambda logits: np.eye(logits.shape[1])[logits.argmax(axis=1)]},)),
    Mistake("not_divided",
            "Your numbers are exactly those of e, before it is divided by its sum. They do not add up to 1.",
            "Divide each row by its own sum.", SOFTMAX,
            ({"finish": lambda p: p / p.max(axis=1, keepdims=True)},)),
    Mistake("shifted_above_alone", "Your numbers are exactly those of shifted logits above the line and unshifted ones "
            "below it. The shift cancels only if it is in both.",
            "Divide e by its own sum.", HUGE, ({"summed": lambda e, logits: np.exp(logits)},)),
    Mistake("largest_of_all", "Your numbers are exactly those of a softmax that subtracts the largest logit of the whole "
            "batch. In a row far below it every exp is 0, and 0 by 0 is no number.",
            "Each row has a largest logit of its own: logits.max(axis=1, keepdims=True).", HUGE,
            ({"largest": lambda logits: logits.max()},)),
    Mistake("logarithm", "Your numbers are exactly the logarithms of the probabilities.",
            "The logarithm belongs to the loss. Here p itself is wanted.", SOFTMAX,
            ({"finish": np.log}, {"whole": logarithms})),
)


def _through_softmax(p, dp):
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))


OF_LOSS = TOTALS + (
    NO_MAXIMUM,
    SHIFTED_BY_ANOTHER._replace(changes=SHIFTED_BY_ANOTHER.changes[:1]),        # of a mean no probe here is far enough
    OTHER_BASE,
    Mistake("other_logarithm", "Your numbers are exactly those of a logarithm with another base in the loss.",
            "The logarithm of the loss is the natural one, with slope 1 / p.", GRADIENT,
            (Where("It is 2.", {"finish": lambda d: d / np.log(2)}), Where("It is 10.", {"finish": lambda d: d / np.log(10)}))),
    Mistake("truth_forgotten",
            "Your numbers are exactly those of p alone, from which the truth was not subtracted. Each "
            "logit of an image would be pushed down, the right one too.",
            "At the label of each row the gradient is p - 1.", GRADIENT, ({"truth": lambda p, labels: p},)),
    Mistake("label_alone", "Your numbers are exactly right at the label of each row, and 0 elsewhere. The wrong classes "
            "are to be pushed down, too, each by its p.",
            "Nothing is to be multiplied by y; take p - y.", GRADIENT,
            ({"truth": lambda p, labels: one_of_each_row(p, labels) * (p - one_of_each_row(p, labels))},)),
    Mistake("N_forgotten", "Your numbers are exactly N times the right ones, the gradient of a sum over the batch. The "
            "loss is the mean over the batch.",
            "Look for the division by N, the number of rows.", BATCH, ({"mean": as_it_is},)),
    Mistake("N_twice", "Your numbers are exactly those of a gradient divided by N twice.",
            "One mean belongs to the loss, and one division here. Look for a second / N or .mean().", BATCH,
            ({"mean": lambda dlogits: dlogits / len(dlogits) ** 2},)),
    Mistake("K_for_N", "Your numbers are exactly those of a gradient divided by the number of classes, not of images.",
            "The mean is over the images, len(logits). (np.mean without an axis would divide by both.)", BATCH,
            ({"mean": lambda dlogits: dlogits / dlogits.shape[1]},)),
    Mistake("N_times_K", "Your numbers are exactly those of a gradient divided by N and by the number of classes.",
            "The mean is over the images alone, len(logits). Look for .size or a .mean() without an axis.", BATCH,
            ({"mean": lambda dlogits: dlogits / dlogits.size},)),
    Mistake("sign",
            "Your numbers are exactly the right ones with the other sign: y - p in place of p - y. A step against "
            "such a gradient makes the loss larger.",
            "With more of a wrong logit the loss grows, so its gradient, p, is positive.", GRADIENT,
            ({"finish": np.negative},)),
    Mistake("upstream_ignored", "Your numbers are exactly those of dloss = 1. By the chain rule the gradient is "
            "multiplied by what comes from above.",
            "Look for dloss in your function.", "lesson 05, the chain rule", ({"upstream": lambda dloss: 1.0},)),
    Mistake("every_row", "Your numbers are exactly those of dlogits[:, labels] -= 1, which takes 1 from every row in "
            "every column that is anybody's label.",
            "Pair row n with its own label: dlogits[np.arange(N), labels] -= 1.", GRADIENT,
            ({"truth": lambda p, labels: p - np.isin(np.arange(p.shape[1]), labels)},)),
    Mistake("argmax_for_label", "Your numbers are exactly those of labels that are the most probable class of each row, and not "
            "those that are given.",
            "Look for argmax. What is right does not depend on p: take labels.", GRADIENT,
            ({"truth": lambda p, labels: one_of_each_row(p, p.argmax(axis=1))},)),
    Mistake("squared_error", "Your numbers are exactly those of another loss, the squared differences of p and y added up.",
            "The loss here is -log p of the label; its gradient is p - y, and nothing more.", GRADIENT,
            (Where("They went back through softmax.", {"truth": lambda p, labels: _through_softmax(
                p, 2 * one_of_each_row(p, labels))}),
             Where("The slope of softmax is p (1 - p) in them.", {"truth": lambda p, labels: 2 * one_of_each_row(
                 p, labels) * p * (1 - p)}))),
    Mistake("slope_twice",
            "Your numbers are exactly those of (p - y) times p (1 - p). The slope of softmax is in p - y "
            "already.",
            "Nothing more is to be multiplied than dloss and 1/N.", GRADIENT,
            ({"truth": lambda p, labels: one_of_each_row(p, labels) * p * (1 - p)},)),
    Mistake("stopped_at_p", "Your numbers are exactly those of -y/p, the gradient to the probabilities. It has yet to "
            "go back through softmax, to the logits.",
            "Put -log p and softmax together before you differentiate, as in the worked example.", GRADIENT,
            ({"truth": lambda p, labels: (one_of_each_row(p, labels) - p) / np.maximum(p, 1e-300)},)),
    Mistake("logits_for_p", "Your numbers are exactly those of the logits in place of p, less 1 at the label.",
            "First make probabilities of the logits.", SOFTMAX, ({"probabilities": as_it_is, "largest": largest_of_row},)),
)
