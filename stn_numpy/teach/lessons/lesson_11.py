"""Lesson 11, learn where to look: from a wide blur to none, a start and a rate, and cures for runs that fail."""

import numpy as np

from ...network.pooling import average_pool_forward
from ...transformer import SAMPLERS
from ..descent import SETTINGS, Run, bar, blur, canvas, descend, failed_runs, hidden, hidden_run, landscape, look
from .parts import Exercise, Mistake, OpenExercise, Prediction, Probe, Where, entries
from .shared_grid import as_it_is

# --- Solutions


def coarse_to_fine(U, target, start, levels, steps):
    shift = start
    for sigma, rate in levels:
        path = descend(blur(U, sigma), blur(target, sigma), shift, rate, steps)
        shift = path.shifts[-1]
    return shift


START_AND_RATE = 'start_and_rate = {"start": (5, -4), "rate": 0.02}'

CURES = '''\
cures = {"A": {"rate": 0.02},
         "B": {"rate": 0.02},
         "C": {"blur": 1.5},
         "D": {"start": (-0.1, 0)},
         "E": {"sampler": "bilinear"}}'''

# --- Recipe and its ingredients


def blurred(U, target, sigmas):
    return blur(U, sigmas[-1]), blur(target, sigmas[-1])


def follow(U, target, start, levels, steps, *, images=blurred, begin=lambda shift, start: shift, count=as_it_is,
           end=lambda path: path.shifts[-1]):
    """Where the last level ends. `images` is given the sigmas of all levels so far, `begin` where the last one ended."""
    shift, sigmas = start, []
    for sigma, rate in levels:
        sigmas.append(sigma)
        shift = end(descend(*images(U, target, sigmas), begin(shift, start), rate, count(steps)))
    return shift


def coarse_to_fine_recipe(U, target, start, levels, steps, *, order=as_it_is, take=as_it_is, **ingredients):
    return follow(U, target, start, take(order(levels)), steps, **ingredients)


# --- Mistakes


def _blurred_again(U, target, sigmas):
    for sigma in sigmas:
        U, target = blur(U, sigma), blur(target, sigma)
    return U, target


MISTAKES = (
    Mistake("from_the_start_again", "the last level begins at `start`, as if there had been no other before it. What "
            "the blurred images have found is lost.",
            "Each level must begin where the one before it ended: shift = path.shifts[-1], and descend from shift.",
            "lesson 11, from coarse to fine", ({"begin": lambda shift, start: start},)),
    Mistake("target_not_blurred", "U is blurred, and the target is sharp. The lowest loss between two such pictures "
            "need not be at the right place.",
            "Blur both, by the same sigma.", "lesson 11, from coarse to fine",
            ({"images": lambda U, target, sigmas: (blur(U, sigmas[-1]), target)},)),
    Mistake("image_not_blurred", "the target is blurred, and U is sharp.",
            "Blur both, by the same sigma.", "lesson 11, from coarse to fine",
            ({"images": lambda U, target, sigmas: (U, blur(target, sigmas[-1]))},)),
    Mistake("nothing_blurred", "the images are not blurred at all.",
            "descend must get blur(U, sigma) and blur(target, sigma).", "lesson 11, from coarse to fine",
            ({"images": lambda U, target, sigmas: (U, target)},)),
    Mistake("fine_to_coarse", "the levels are taken in reverse order: first the sharp images, from which descent finds "
            "least, and the wide blur last.",
            "Take the levels as they are given.", "lesson 11, from coarse to fine",
            ({"order": lambda levels: levels[::-1]},)),
    Mistake("first_level_only", "the first level alone is descended.",
            "Look for what ends the loop too soon: a return in it, which belongs below, as far to the left as `for`, or a break.",
            "lesson 11, from coarse to fine", ({"take": lambda levels: levels[:1]},)),
    Mistake("last_level_missing", "the last level, the sharpest one, is left out.", "Go through all levels.",
            "lesson 11, from coarse to fine", ({"take": lambda levels: levels[:-1]},)),
    Mistake("exchanged", "sigma and rate have changed places.", "A level is (sigma, rate): for sigma, rate in levels.",
            "lesson 11, from coarse to fine", ({"order": lambda levels: [(rate, sigma) for sigma, rate in levels]},)),
    Mistake("one_rate_for_all", "all levels have the same rate.", "Each level has a rate of its own: hand it on to descend.",
            "lesson 11, from coarse to fine",
            (Where("It is that of the first level.", {"order": lambda levels: [(sigma, levels[0][1]) for sigma, _ in levels]}),
             Where("It is that of the last level.", {"order": lambda levels: [(sigma, levels[-1][1]) for sigma, _ in levels]}),
             Where("It is 0.02.", {"order": lambda levels: [(sigma, 0.02) for sigma, _ in levels]}))),
    Mistake("other_steps", "each level takes another number of steps than `steps`.", "Hand steps on to descend.",
            "lesson 11, from coarse to fine",
            (Where("It is 100, what descend takes where nothing is said.", {"count": lambda steps: 100}),
             Where("It is 10.", {"count": lambda steps: 10}), Where("It is one more.", {"count": lambda steps: steps + 1}))),
    Mistake("mean_of_the_path", "each level hands on the mean of all its shifts.", "path.shifts[-1] is where the level ended.",
            "lesson 11, from coarse to fine", ({"end": lambda path: path.shifts.mean(axis=0)},)),
    Mistake("halved_for_blurred", "the images are halved by average_pool, and not blurred.",
            "descend must get blur(U, sigma) and blur(target, sigma).", "lesson 11, from coarse to fine",
            ({"images": lambda U, target, sigmas: (average_pool_forward(U)[0], average_pool_forward(target)[0])},)),
    Mistake("one_step_less", "each level ends one step early, at its last shift but one.",
            "path.shifts[-1] is the last one, path.shifts[-2] the one before; and each level takes `steps` steps.",
            "lesson 11, from coarse to fine", ({"end": lambda path: path.shifts[-2]},)),
    Mistake("lowest_loss", "each level hands on the shift at which its loss was lowest. That is the last shift, unless the "
            "loss has grown: then descent has gone on from there, and ends elsewhere.",
            "Look for argmin or min. path.shifts[-1] is where the level ended.",
            "lesson 11, from coarse to fine", ({"end": lambda path: path.shifts[np.argmin(path.losses)]},)),
    Mistake("shifts_added", "the shift at which a level ends is added to the one at which it began, as if it were only the "
            "way between the two.",
            "path.shifts are places: shift = path.shifts[-1], without a sum.", "lesson 11, from coarse to fine",
            ({"end": lambda path: path.shifts[0] + path.shifts[-1]},)),
    Mistake("blurred_again", "the images of each level are those of the one before, blurred once more, so that they never "
            "get sharp.",
            "Blur U and target themselves: look for a name that is given a new value in the loop.",
            "lesson 11, from coarse to fine", ({"images": _blurred_again},)),
)

# --- Probes: few steps, so that no two ways end at the same place


def _spots(seed, H, W, light=1):
    """A few soft spots, and the same seen from elsewhere: (1, 1, H, W) each."""
    rng = np.random.default_rng(seed)
    U = light * blur(rng.random((1, 1, H, W)) ** 6, 0.7)
    return U, look(U, (1.3, -0.8))[0]


PROBES = (Probe((*_spots(0, 12, 15), np.array([0.3, 0.2]), ((2.0, 0.9), (1.0, 0.5), (0, 0.2)), 4), "three levels"),
          Probe((*_spots(1, 13, 10, 4), np.array([-0.4, 0.1]), ((1.5, 0.05), (0.5, 0.018)), 3), "two levels of bright images"),
          Probe((*_spots(1, 13, 10), np.array([-0.4, 0.1]), ((1.5, 5.0), (0.5, 2.9)), 3),
                "two levels, and steps that are too long in the second"))

# --- Judges: each runs what the answer says

HIDDEN = hidden_run()
NEAREST = 2.0        # pixels between a start and the place, at least
ARRIVED = 0.25       # pixels from the place that count as arrived, if the last five shifts are all as near
LIMITS = {"rate": (1e-9, 1e3), "blur": (0, 6)}


def _end(run, path):
    """What a path ended with, in words."""
    if not np.isfinite(path.losses[-1]):
        return f"the loss after {run.steps} steps was no longer a finite number"
    passing = run.distance(path) < ARRIVED and not run.rests(path, ARRIVED)
    return (f"the loss after {run.steps} steps was {path.losses[-1] / path.losses[0]:.3f} of what it was at its start, "
            f"{run.distance(path):.2f} pixels from the place{', though not at rest there' if passing else ''}")


def judge_start_and_rate(answer):
    entries(answer, ("start", "rate"))
    start, rate = _checked("start", answer["start"]), _checked("rate", answer["rate"])
    run = HIDDEN._replace(start=start, rate=rate)
    path = run.go()
    away = float(np.hypot(*np.subtract(start, run.place)))
    if away < NEAREST:
        return False, (f"Your start is {away:.2g} pixels from the place itself, and at least {NEAREST:g} are wanted: "
                       "descent is to do the rest."), (), lambda: _picture(path)
    arrived = run.rests(path, ARRIVED)
    words = f"With your start, {away:.2g} pixels from the place, and your rate, {_end(run, path)}"
    return arrived, f"{words}: {'it' if arrived else 'not'} converged.", _tendency(path, arrived), lambda: _picture(path)


def _tendency(path, arrived):
    """A sentence on how the loss went, where it did not arrive."""
    if arrived:
        return ()
    losses = path.losses
    rising = int(np.count_nonzero(np.diff(losses) > 0))
    if not np.isfinite(losses).all() or rising > len(losses) // 4:
        return (f"In {rising} of {len(losses) - 1} steps the loss grew. A loss that grows again and again goes with "
                "steps that are too long.",)
    if losses[-1] > losses[0]:
        return ("The loss ended above its first value: a step that is too long leads away, wherever it ends.",)
    first, last = (100 * (losses[k] - losses[k + 5]) / losses[0] for k in (0, -6))
    if last > first / 100:
        return (f"In the last five steps the loss still fell, by {last:.2g} % of its first value, and by {first:.2g} % in the "
                "first five: it was on its way, with steps that are short for this distance.",)
    return (f"In the first five steps the loss fell by {first:.2g} % of its first value, and in the last five hardly any more: it "
            "comes to rest elsewhere. That happens in another valley, and on flat ground.",)


def _picture(path):
    from ..pictures import landscapes

    shifts = np.arange(-10.0, 11)
    return landscapes(shifts, {"your descent": landscape(*hidden(), shifts)}, {"your descent": [path]}, HIDDEN.place)


def _checked(setting, value):
    """A setting as the run wants it. Raises ValueError, in words for the learner, for what none can be."""
    if setting == "sampler":
        if value not in tuple(SAMPLERS):
            raise ValueError(f"the samplers are {', '.join(map(repr, SAMPLERS))}; you gave {value!r}")
        return value
    if setting == "start":
        if isinstance(value, str) or np.shape(value) != (2,):
            raise ValueError(f"a start is (x, y), two numbers; you gave {value!r}")
        x, y = value
        if not max(abs(float(x)), abs(float(y))) <= 30:
            raise ValueError(f"a start is (x, y) in pixels, each within -30 .. 30; you gave {value}")
        return float(x), float(y)
    low, high = LIMITS[setting]
    if not low <= float(value) <= high:
        raise ValueError(f"a {setting} is a number from {low:g} to {high:g}; you gave {value}")
    return float(value)


def judge_cures(answer):
    runs, said, cured = failed_runs(), [], []
    entries(answer, tuple(runs), needed=False)
    missing = [name for name in runs if name not in answer]
    if missing:
        return False, f"There is no cure for {', '.join(missing)} yet.", ()
    for name, run in runs.items():
        words, good = _try(run, answer[name])
        said.append(f"{name}: {words}")
        cured.append(good)
    return all(cured), f"{sum(cured)} of {len(cured)} runs arrive now.", tuple(said)


def _try(run, change):
    """(what came of one cure, in words; whether it is good)."""
    if not isinstance(change, dict) or len(change) != 1 or not set(change) <= set(SETTINGS):
        return f"wanted is one setting and its new value, such as {{'rate': 0.5}}; you gave {change!r}.", False
    (setting, value), = change.items()
    try:
        value = _checked(setting, value)
    except (TypeError, ValueError) as why:
        return f"{why}.", False
    new = run._replace(**{setting: value})
    gained = np.hypot(*np.subtract(run.start, run.place)) - np.hypot(*np.subtract(new.start, run.place))
    if gained > 1:
        return f"your start is {gained:.2g} pixels nearer to the place; more than 1 is no cure, it is the answer.", False
    path = new.go()
    arrived = new.rests(path, ARRIVED)
    return f"with {setting} {value}, {_end(new, path)}: {'cured' if arrived else 'not cured'}.", arrived


# --- Predictions


def six_pixels():
    run = Run(canvas(5), (6.0, 0.0), start=(0.0, 0.0), rate=0.02)
    return "yes" if run.rests(run.go(), 0.5) else "no"


def kink_side():
    found = [side for side, place in (("left", -0.5), ("right", 0.5))
             if (run := Run(bar(), (place, 0.0), start=(0.0, 0.0), rate=0.02)).rests(run.go(), 0.1)]
    return {0: "neither", 1: found[0] if found else "", 2: "both"}[len(found)]


EXERCISES = (
    Exercise(
        id="coarse_to_fine",
        lesson="11",
        arguments="U, target, start, levels, steps",
        answer="shift",
        axes=("xy",),
        task="The shift (x, y) in pixels at which descent ends that goes through `levels`, pairs (sigma, rate), one "
             "after the other: `steps` steps on images blurred by sigma, each level from where the last one ended.",
        truth=follow,
        solution=("from stn_numpy.teach.descent import blur, descend     # the same as those of the lesson", coarse_to_fine),
        recipe=coarse_to_fine_recipe,
        mistakes=MISTAKES,
        probes=PROBES,
        hints=("descend wants a start. Which start does the first level get, and which the second?",
               "Keep one variable, shift. It is `start` at first; after each level it is where that level's path ended.",
               "shift = descend(blur(U, sigma), blur(target, sigma), shift, rate, steps).shifts[-1], inside the loop."),
        well_done="A wide blur sees far but not sharply, and the sharp images do the rest.",
        picture="bars"),
    OpenExercise(
        id="start_and_rate",
        lesson="11",
        answer="a start and a rate",
        task="A start (x, y) in pixels, at least 2 pixels from the place, and a rate with which 60 steps of descent on "
             "the sharp images come to rest within 0.25 pixels of it.",
        form='{"start": (x, y), "rate": number}',
        judge=judge_start_and_rate,
        solution=(START_AND_RATE,),
        hints=("Draw the landscape of teach.descent.hidden() first. Where is its lowest point?",
               "Look for a point 2 or 3 pixels from the lowest one from which it goes downhill all the way.",
               "For the rate, think of the rates in the lesson: sharp images of this size wanted 0.02 or less."),
        well_done="From no shift, at a rate of 0.02, the same descent ends in another valley."),
    OpenExercise(
        id="cures",
        lesson="11",
        answer="a cure for each of five runs",
        task="For each of the runs A to E one setting with a new value, with which it comes to rest within 0.25 pixels "
             "of the place. A start may come nearer to the place by 1 pixel at most.",
        form='{"A": {"rate": number}, "B": {"blur": sigma}, "C": {"start": (x, y)}, "D": {"sampler": name}, ..}',
        judge=judge_cures,
        solution=(CURES,),
        hints=("Look at each curve of the loss first: does it jump, fall slowly, come to rest, or never move at all?",
               "Two of them never move. Which sampler has slope 0 everywhere, and which picture has slope 0 only on "
               "one side of its pixels?",
               "Of their settings A and B differ in one only: one wants longer steps and the other shorter ones. C sees "
               "too little of its target."),
        well_done="Five different failures, and for each one change that mends it. Often there is more than one."),
)

PREDICTIONS = (
    Prediction(
        id="six_pixels",
        lesson="11",
        question="A digit, and as the target the same digit seen from 6 pixels further to the right. Descent starts "
                 "at no shift, and takes 100 steps of a length that suits these images. Does it end within half a "
                 "pixel of the place?",
        form='"yes" or "no"',
        truth=six_pixels,
        reason="The strokes are only 2 or 3 pixels wide. Six pixels away they lie beside the strokes of the target, "
               "not on them, and a small move to the right improves hardly anything.",
        choices=("yes", "no")),
    Prediction(
        id="kink_side",
        lesson="11",
        question="A white bar on black. In one run the target is the bar seen from half a pixel further to the left, "
                 "in another from half a pixel further to the right. Both start at no shift, where every sample lies "
                 "exactly on a pixel. Which of the two targets does descent find?",
        form='"left", "right", "both" or "neither"',
        truth=kink_side,
        reason="On a pixel there are two slopes, and the package takes the right-hand one. The pixels that differ from "
               "the left-hand target lie on even ground to their right: their right-hand slope is 0, so nothing "
               "moves.",
        choices=("left", "right", "both", "neither")),
)
