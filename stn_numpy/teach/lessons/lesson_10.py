"""Lesson 10, test the tests: small steps, a probe that no wrong sampler survives, and three mistakes to mend."""

import numpy as np

import stn_numpy as stn

from ...sampler import plain
from . import wrong_samplers
from .parts import Exercise, Mistake, OpenExercise, Prediction, Probe, entries, pick
from .shared_grid import centre, fresh, half, half_less_one, numbers
from .shared_mistakes import EDGE, WEIGHTS
from .shared_sampler import neighbours
from .small_steps import DIFFERENCES, GRADIENTS, numeric_gradient_recipe

# --- Solutions


def numeric_gradient(f, x, step):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        more, less = x.copy(), x.copy()
        more[index] += step
        less[index] -= step
        gradient[index] = (f(more) - f(less)) / (2 * step)
    return gradient


def mended_a(U, x):
    W = len(U)
    x = (x + 1) * (W - 1) / 2
    x0 = np.floor(x).astype(int)
    x1 = x0 + 1
    left, right = x1 - x, x - x0                                     # before the clip
    x0, x1 = np.clip(x0, 0, W - 1), np.clip(x1, 0, W - 1)
    return left * U[x0] + right * U[x1]


def mended_b(U, x):
    max_x = len(U) - 1
    x = (x + 1) * max_x / 2
    x0 = np.floor(x).astype(int)
    a = x - x0
    framed = np.pad(U, 1)
    i, last = x0 + 1, max_x + 2
    return (1 - a) * framed[np.clip(i, 0, last)] + a * framed[np.clip(i + 1, 0, last)]


def mended_c(U, x):
    W = len(U)
    x = ((x + 1) * W - 1) / 2
    x0 = np.floor(x).astype(int)
    a = x - x0
    framed = np.pad(U, 1)
    i, last = x0 + 1, W + 1
    return (1 - a) * framed[np.clip(i, 0, last)] + a * framed[np.clip(i + 1, 0, last)]


PROBE = '''\
def from_pixels(x, y, H, W):
    return np.stack([2 * np.array(x) / (W - 1) - 1, 2 * np.array(y) / (H - 1) - 1], axis=-1)

my_probe = {"U": np.random.default_rng(0).standard_normal((2, 2, 3, 5)),     # N, C, H and W, H not W
            "grid": np.stack([[from_pixels([2, 1.3, 1.6], [1, 0.4, 0.6], 3, 5)],          # on a pixel; two share one
                              [from_pixels([-0.4, 2.2, 3], [0.6, 1.1, 1], 3, 5)]])}       # just outside'''

# --- Recipes and their ingredients


def outer_edges(coordinate, size):
    return ((coordinate + 1) * size - 1) / 2


def edge_goes_on(x, index, size):
    return np.clip(index, 0, size - 1), np.ones_like(index, bool)


def _two_inside(low, high, size):
    """Both neighbours inside, however far outside the point is."""
    low = np.clip(low, 0, size - 2)
    return low, low + 1


def _fraction(x, low, high):
    a = x - np.floor(x)
    return 1 - a, a


def _scaled(slope):
    return lambda coordinate, size: (coordinate + 1) * slope(size)


def read_row(U, x, **axis):
    """U (W,) read between its pixels at x, normalised."""
    return sum(weight * inside * U[place] for place, inside, weight, _ in neighbours(x, len(U), **axis))


def mended_a_recipe(U, x, **axis):
    return read_row(U, x, **{"outside": edge_goes_on, **axis})


def mended_b_recipe(U, x, **axis):
    return read_row(U, x, **axis)


def mended_c_recipe(U, x, **axis):
    return read_row(U, x, **{"scale": outer_edges, **axis})


def true_row(U, x, **options):
    """The package's sampler on an image of one row."""
    grid = np.stack([x, np.zeros_like(x)], axis=-1)[None, None]
    return stn.bilinear_sampler_forward(U[None, None, None], grid, **options)[0][0, 0, 0]


def true_a(U, x):
    return true_row(U, x, padding="border")


def true_c(U, x):
    return true_row(U, x, align_corners=False)


# --- Mistakes

BUGS = "lesson 10, three mistakes from real life"

UNMENDED = "Compare the two ends: which pixel should x = -1 be, which x = 1, and what becomes of them here?"
ALIGNED = "align_corners is True here: x = -1 and x = 1 are the centres of the first and the last pixel."
ZEROS = Mistake("zeros_outside", "everything outside is 0. Here the outer pixel goes on for ever beyond the edge.",
                "A clipped index keeps its weight.", BUGS,
                ({"outside": lambda x, index, size: (np.clip(index, 0, size - 1), (0 <= index) & (index < size))},))
HALF_SIZE = Mistake("half_size", "W / 2 stands where (W - 1) / 2 belongs, so x = 1 is one pixel beyond the last.",
                    UNMENDED, BUGS, ({"scale": _scaled(half)},))
SHORT = Mistake("one_pixel_short", "the last pixel is W - 2: x = 1 falls short of W - 1 by one.", UNMENDED, BUGS,
                ({"scale": _scaled(half_less_one)},))
NOT_HALVED = Mistake("half_missing", "x + 1 is multiplied by W - 1 and not halved: from -1 to 1 are two units.", UNMENDED,
                     BUGS, ({"scale": _scaled(lambda size: size - 1)},))
OTHER_RULE = Mistake("outer_edges", "the pixels are those of align_corners=False, ((x + 1) W - 1) / 2.", ALIGNED, BUGS,
                     ({"scale": outer_edges},))
CENTRES = Mistake("centres", "the pixels are those of align_corners=True, (x + 1)(W - 1) / 2. Here -1 and 1 are the outer "
                  "edges of the row.", "The line that turns x into pixels was right; leave it.", BUGS,
                  ({"scale": _scaled(centre)},))
TOO_SOON = Mistake("clipped_first", "the weights are made from clipped neighbours. Where both are clipped to one pixel, "
                   "that pixel gets no weight or too little.",
                   "Make the weights while x0 and x1 are still what floor gave.", BUGS,
                   ({"early": lambda low, high, size: (np.clip(low, 0, size - 1), np.clip(high, 0, size - 1)),
                     "weigh": lambda x, low, high: (high - x, x - low)},))
NO_LEFT = Mistake("left_end_held", "x is not let below pixel 0, so the first pixel goes on to the left. Outside the row "
                  "everything is 0.", "Do not clip x; ask whether a pixel is inside.", BUGS,
                  ({"scale": lambda coordinate, size: np.maximum(outer_edges(coordinate, size), 0)},))
FRACTION_ONLY = Mistake("fraction_of_int", "the left neighbour is right, but a is what int leaves over: it is negative "
                        "where x is.", "Take a = x - x0 with the x0 of np.floor.", BUGS,
                        ({"weigh": lambda x, low, high: (1 - (x - np.trunc(x)), x - np.trunc(x))},))
def _in_one_dimension(mistakes):
    """Without changes along x or y alone: a row has only one axis."""
    return tuple(mistake._replace(changes=tuple(change for change in mistake.changes if isinstance(change, dict)))
                 for mistake in mistakes)


EXTRAPOLATED = Mistake("extrapolated", "beyond the edge the row goes on in a straight line through its last two pixels. "
                       "Here the outer pixel goes on.",
                       "A weight must not leave 0 to 1: look at x - x0 where x0 was clipped.", BUGS,
                       ({"early": _two_inside},))
ONE_TO_THE_LEFT = Mistake("one_to_the_left", "the pixels that are read are one further to the left than those that belong "
                          "to the weights.", "In a row with one more pixel at its left end, pixel i is at i + 1.", BUGS,
                          ({"early": lambda low, high, size: (low - 1, low), "weigh": _fraction},))
NO_SIGN = Mistake("fraction_without_sign", "x0 is rounded towards zero, and the sign of a is taken away: at -0.5 the row is "
                  "read as at 0.5.", "The pixel to the left of -0.5 is -1: use np.floor, and a is right by itself.", BUGS,
                  ({"lower": np.trunc, "weigh": lambda x, low, high: (1 - np.abs(x - low), np.abs(x - low))},))
ONE_LESS_CUT = Mistake("one_less_cut", "x0 is x - 1 without its fraction. The numbers are right below pixel 1, and from there "
                       "on x0 is one too small.", "Use np.floor for x0: it goes down on both sides of 0.", BUGS,
                       ({"lower": lambda x: np.trunc(x - 1)},))
UP = Mistake("ceil_for_floor", "x0 is the pixel to the right of x, and the next one is read with it.",
             "np.floor goes down to the pixel on the left, also where x is negative. np.ceil goes up.", BUGS,
             ({"lower": np.ceil},))
CUT_BUT_A = Mistake("cut_but_fraction_right", "a is right, but x0 is rounded towards zero, so that left of pixel 0 the "
                    "neighbours lie one too far to the right.", "Use np.floor for x0, and then a = x - x0.", BUGS,
                    ({"lower": np.trunc, "weigh": _fraction},))
IN_WEIGHTS = _in_one_dimension(pick(WEIGHTS, "weights_reversed", "rounded", "nearest"))
IN_ALL = IN_WEIGHTS + _in_one_dimension(pick(EDGE, "border", "wraps_round", "cut_at_edge"))

# --- Probes


X = np.array([-1.0, -0.83, -0.31, 0.0, 0.27, 0.55, 0.9, 1.0, -1.07, -1.19, 1.08, 1.17, -1.6, 1.7])
ROWS = (Probe((numbers(103, 9), X), "points inside and outside the row"),
        Probe((fresh(104, 6), np.array([-0.93, -0.44, 0.13, 0.71, 0.97, 1.13, -1.21])), "a row of other length",
              strided=True))

# --- The probe that the learner designs

MOST_POINTS, MOST_PIXELS = 6, 100


def judge_probe(answer):
    U, grid = (np.asarray(entries(answer, ("U", "grid"))[name], np.float64) for name in ("U", "grid"))
    if U.size > MOST_PIXELS:
        raise ValueError(f"U may have {MOST_PIXELS} numbers, yours has {U.size}")
    if grid.size > 2 * MOST_POINTS:
        raise ValueError(f"grid may have {MOST_POINTS} points, yours has {grid.size // 2}")
    stn.bilinear_sampler_forward(U, grid)             # refuses what no sampler could read, and says why
    alive = wrong_samplers.survivors(U, grid)
    count = len(wrong_samplers.WRONG)
    words = f"Your probe catches {count - len(alive)} of {count} wrong samplers."
    return not alive, words, ("These survive: " + "; ".join(alive) + ".",) if alive else ()


# --- Prediction

CHOICES = {"factor": "dgrid: factor missing", "overwritten": "dU: shared pixels overwritten",
           "scale": "W / 2 for (W - 1) / 2", "channel": "dgrid: first channel only"}


def survivor():
    """The one of the choices that passes the gradient check."""
    rng = np.random.default_rng(10)
    U, grid = rng.standard_normal((2, 2, 4, 6)), rng.uniform(-1.2, 1.2, (2, 2, 3, 2))
    return " ".join(choice for choice, name in CHOICES.items()
                    if not wrong_samplers.fails_gradcheck(wrong_samplers.WRONG[name], U, grid))


def _mending(letter, task, truth, solution, recipe, mistakes, hints, well_done):
    return Exercise(id=f"mended_{letter}", lesson="10", arguments="U, x", answer="V", axes=("point",), task=task,
                    truth=truth, solution=(solution,), package=(plain.bilinear_sampler_forward,), recipe=recipe,
                    mistakes=mistakes, probes=ROWS, hints=hints, well_done=well_done, picture="bars")


EXERCISES = (
    Exercise(
        id="numeric_gradient",
        lesson="10",
        arguments="f, x, step",
        answer="gradient",
        axes=("entry",),
        task="The gradient of f, a function that makes one number of an array, at x, by central differences: each entry "
             "is moved by `step` to either side while the others stay.",
        truth=numeric_gradient_recipe,
        solution=(numeric_gradient,),
        recipe=numeric_gradient_recipe,
        mistakes=DIFFERENCES,
        probes=GRADIENTS,
        sizes=lambda f, x, step: {"step": step},
        hints=("`more` and `less` are copies of x. One entry of each is moved.",
               "Between x - step and x + step there are two steps.",
               "gradient[index] = (f(more) - f(less)) / (2 * step)"),
        well_done="It needs nothing but f, so it can test any backward, and it costs two calls of f for each entry.",
        picture="bars"),
    OpenExercise(
        id="my_probe",
        lesson="10",
        answer="a probe for all",
        task=f"An image U (N, C, H, W) of at most {MOST_PIXELS} numbers and a grid (N, H_out, W_out, 2) of at most "
             f"{MOST_POINTS} points in all, for which each wrong sampler gives other numbers than the right one.",
        form='{"U": array, "grid": array}',
        judge=judge_probe,
        solution=(PROBE,),
        hints=("Take each survivor by itself. At which point, or for which sizes, do its numbers differ from the right "
               "ones?",
               "Sizes: two images, two channels, and H, W, H_out and W_out all different. Values: random.",
               "Points: one exactly on a pixel (choose W - 1 and H - 1 as powers of two), two inside one cell of four "
               "pixels, and one less than a pixel outside on the left."),
        well_done="Six points are enough, if each is there for a reason."),
    _mending(
        "a", "What row_a should give: the row U (W,) read between its pixels at x, where -1 and 1 are the centres of the "
        "first and the last pixel, and the outer pixels go on beyond the edge.", true_a, mended_a, mended_a_recipe,
        (HALF_SIZE, TOO_SOON, NOT_HALVED, OTHER_RULE, SHORT, ZEROS, EXTRAPOLATED) + IN_WEIGHTS,
        ("There are two mistakes in it as it came. Read a ramp at x = -1 and at x = 1, and print x0 and x1.",
         "As it came, the ramp is stretched: which pixel does x = 1 become? And the last value is 0: what are the two "
         "weights there?",
         "Scale with (W - 1) / 2, and make the weights x1 - x and x - x0 before the two are clipped."),
        "Two mistakes at once: the wrong scale, and weights made after the clip."),
    _mending(
        "b", "What row_b should give: the row U (W,) read between its pixels at x, where -1 and 1 are the centres of the "
        "first and the last pixel, and 0 outside.", true_row, mended_b, mended_b_recipe,
        (SHORT, HALF_SIZE, NOT_HALVED, OTHER_RULE, ONE_TO_THE_LEFT) + IN_ALL,
        ("Read a ramp. The first value is right. Which pixel is read at x = 1?",
         "What is max_x already, and what is taken from it once more?",
         "x = (x + 1) * max_x / 2"),
        "A name such as max_x holds W - 1 already; whoever reads it in a hurry takes another 1 away."),
    _mending(
        "c", "What row_c should give: the row U (W,) read between its pixels at x, where -1 and 1 are the outer edges of "
        "the row, as for align_corners=False, and 0 outside.", true_c, mended_c, mended_c_recipe,
        _in_one_dimension(pick(WEIGHTS, "truncation")) + (CENTRES, NO_LEFT, FRACTION_ONLY, NO_SIGN, UP, ONE_LESS_CUT, CUT_BUT_A)
        + IN_ALL,
        ("It is right nearly everywhere. Read a ramp close to its left end.",
         "What is int(-0.5), and which pixel lies to the left of -0.5?",
         "x0 = np.floor(x).astype(int)"),
        "A cast to int cuts the digits off, towards zero; np.floor goes down."),
)

PREDICTIONS = (
    Prediction(
        id="survivor",
        lesson="10",
        question="Four samplers are wrong. \"factor\": dgrid lacks the factor (W - 1) / 2. \"overwritten\": where two "
                 "points read one pixel, dU keeps one part only. \"scale\": forward and backward both use W / 2 in place "
                 "of (W - 1) / 2. \"channel\": dgrid has the first channel only. Which of them passes the gradient check?",
        form='"factor", "overwritten", "scale" or "channel"',
        truth=survivor,
        reason="The check asks only whether the backward is the derivative of the forward. Here it is: of a wrong "
               "forward.",
        choices=tuple(CHOICES)),
)
