"""Lesson 12, train a network that looks: put a transformer into it, train it, and find out why a run fails."""

import numpy as np

import stn_numpy as stn

from ...network.modules import Module
from ...training.distortions import distort
from .parts import OpenExercise, Prediction, Verdict, entries
from .shared_grid import numbers

# --- Three runs that fail, and their causes

USUAL = {"start": "identity", "rate": 0.1, "factor": 0.1}              # the settings of the run that goes well
PATIENTS = {"A": {"rate": 1.0}, "B": {"start": "random"}, "C": {"factor": 1.0}}
STARTS = ("identity", "random", "zoomed out")
CURES = {"A": {"rate": 0.1}, "B": {"start": "identity"}, "C": {"factor": 0.1}}
GOOD_RATES, GOOD_FACTORS = (0.01, 0.3), (0.01, 0.3)                    # from, to
WHERE_TO_LOOK = {
    "A": "In run A the plain FCN does badly too, and it has no transformer. What do both networks have in common?",
    "B": "In run B the plain FCN is well. Look at the boxes at step 0: how should they lie before anything is learned?",
    "C": "In run C the plain FCN is well, and the boxes at step 0 lie as they should. Then they leave the image. Which "
         "setting says how far they move in a step?",
}


def patient(letter):
    """The settings of a run that fails, "A", "B" or "C", for the lesson's `experiment`; one of them is the cause."""
    return dict(PATIENTS[letter])


# --- Solutions


def make_transformer(rng):
    localisation = stn.MLP([441, 32, 32, 6], rng, np.float32)
    return stn.SpatialTransformer(localisation)


def st_fcn(transformer, rng):
    return stn.Sequential(half=stn.AveragePool(), transformer=transformer,
                          classifier=stn.MLP([441, 128, 128, 10], rng, np.float32))


# --- Judges

DISTORTED = distort(np.clip(numbers(301, 3, 1, 28, 28) / 9, 0, 1).astype(np.float32), "RTS", 301)     # (3, 1, 42, 42)
HALF = stn.average_pool_forward(DISTORTED)[0]                                                         # (3, 1, 21, 21)


def judge_transformer(make):
    """Does the transformer read 21 x 21 pixels, put out six numbers, begin as the identity, and take its numbers from rng?"""
    transformer = make(np.random.default_rng(0))
    if not isinstance(transformer, stn.SpatialTransformer):
        return Verdict(False, f"Wanted is a stn.SpatialTransformer; your function returned a {_kind(transformer)}.")
    sizes = [param.shape for name, param in transformer.params.items() if name.endswith("W")]
    dtypes = {param.dtype.name for param in transformer.params.values()}
    if dtypes - {"float32"}:
        return Verdict(False, f"Its parameters are {' and '.join(sorted(dtypes))}. In float32 the training takes half of "
                       "the time.")
    try:
        V = transformer.forward(HALF)
    except ValueError as error:
        return Verdict(False, "It cannot read pictures of 21 by 21 pixels in one channel. How many numbers is that? The "
                       f"error message is: {error}.")
    if sizes[-1][1] != 6:
        return Verdict(False, f"Its theta has {sizes[-1][1]} numbers. An affine one has six.")
    if V.shape != HALF.shape:
        return Verdict(False, f"It makes {V.shape} of {HALF.shape}. Later cells count on pictures of 21 by 21 again.")
    if not np.allclose(V, HALF, atol=1e-5):
        return Verdict(False, "It should begin as the identity, and hand on the picture that it was given, unchanged.")
    if sizes != [(441, 32), (32, 32), (32, 6)]:
        return Verdict(False, f"Its localisation net has weights of {sizes}. Later cells count on two hidden layers of 32.")
    transformer.backward(np.random.default_rng(0).standard_normal(V.shape).astype(np.float32))
    return _cut_off(transformer) or _own_numbers(make) or Verdict(
        True, "It reads 441 numbers, decides on six, and begins as the identity.")


def _cut_off(transformer):
    """A Verdict where the last layer of its localisation net got no gradient, else None."""
    last = [grad for name, grad in transformer.grads.items() if name.endswith("W")][-1]
    return None if last.any() else Verdict(False, "No gradient comes back to the localisation net.")


def _own_numbers(make):
    """A Verdict where the first weights are not those of the rng that is given, else None."""
    first, again, other = (make(np.random.default_rng(seed)).params for seed in (0, 0, 1))
    if all(np.array_equal(first[name], other[name]) for name in first):
        return Verdict(False, "Its first weights are the same for every rng. Hand on the rng that your function is given: with "
                       "another seed another network is to begin.")
    if not all(np.array_equal(first[name], again[name]) for name in first):
        return Verdict(False, "For the same seed its first weights are other ones each time. Take all random numbers from the "
                       "rng that your function is given; then a run can be repeated.")
    return None


def judge_st_fcn(build):
    """Is the transformer in the network, between the halving and the classifier?"""
    rng = np.random.default_rng(0)
    transformer = make_transformer(rng)
    network = build(transformer, rng)
    if not isinstance(network, Module):
        return Verdict(False, f"Wanted is a network, such as stn.Sequential; your function returned a {_kind(network)}.")
    if network is transformer:
        return Verdict(False, "Your function returned the transformer alone. Where are the other parts of FCN?")
    if all(part is not transformer for part in network.walk()):
        return Verdict(False, "The transformer that your function is given is not in the network that it returns.")
    try:
        logits = network.forward(DISTORTED)
    except (ValueError, TypeError) as error:
        return Verdict(False, f"Images (3, 1, 42, 42) cannot pass through it. {_place(network, transformer)} "
                       f"The error message is: {error}.")
    if logits.shape != (3, 10):
        return Verdict(False, f"Out of it come {logits.shape}, and logits (3, 10) are wanted. "
                       f"{_place(network, transformer)}")
    if network.children.get("transformer") is not transformer or not {"half", "classifier"} <= set(network.children):
        return Verdict(False, "It works. Give its parts the names that later cells use: half=, transformer= and "
                       "classifier=, inside stn.Sequential.")
    if not isinstance(network.children["half"], stn.AveragePool):
        return Verdict(False, f"Its half is a {_kind(network.children['half'])}, where FCN has an AveragePool.")
    return _judge_depth(network, transformer) or _own_numbers(
        lambda rng: build(make_transformer(rng), rng).children["classifier"]) or Verdict(
        True, "Halved, straightened, read: the transformer stands where pictures go in and pictures come out, and a gradient "
        "reaches it.")


def _judge_depth(network, transformer):
    """A Verdict where no gradient reaches the localisation net, or the classifier is not that of FCN; else None."""
    network.backward(np.ones((3, 10), np.float32))
    trouble = _cut_off(transformer)
    if trouble:
        return trouble
    sizes = [param.shape for name, param in network.children["classifier"].params.items() if name.endswith("W")]
    if sizes != [(441, 128), (128, 128), (128, 10)]:
        return Verdict(False, f"The classifier has weights of {sizes}. Take the one of FCN: only then is it the "
                       "transformer that makes the difference.")
    return None


def _place(network, transformer):
    """Advice by where the transformer stands among the parts of a Sequential."""
    parts = list(network.children.values())
    place = next((k for k, part in enumerate(parts) if part is transformer), None)
    if place is None:
        return "The transformer stands inside another part; let it be a part of its own."
    if not any(isinstance(part, stn.AveragePool) for part in parts):
        return "There is no AveragePool among its parts. FCN halves its images with one, to 21 by 21, before all else."
    if place == 0:
        return "Your transformer comes first, where images are still 42 by 42, and its localisation net reads 21 by 21."
    if any(isinstance(part, (stn.MLP, stn.Linear)) for part in parts[:place]):
        return "Your transformer comes after the classifier. It moves pictures; logits have no place to look at."
    return "Your transformer stands in a good place. Compare the other parts with those of FCN."


def judge_diagnosis(cures):
    """Is the setting changed that made each run fail, and to a value that works?"""
    entries(cures, tuple(PATIENTS), needed=False)
    faults = {letter: _fault(letter, cures[letter]) for letter in PATIENTS if letter in cures}
    well = [letter for letter, fault in faults.items() if fault is None]
    missing = [letter for letter in PATIENTS if letter not in cures]
    if len(well) < len(PATIENTS):
        said = [*filter(None, faults.values())] + ([f"There is no cure for {' and '.join(missing)} yet."] if missing else [])
        return Verdict(False, f"Right for {' and '.join(well)}." if well else "None of them is right yet.", tuple(said))
    return Verdict(True, "All three are right. A had a rate ten times too large, B a random start, and C the factor 1.")


def _fault(letter, cure):
    """Why a cure does not help a run, or None."""
    if not isinstance(cure, dict):
        return f'Run {letter}: give a setting with its value, for instance {{"factor": 0.2}}.'
    (cause,), names = PATIENTS[letter], tuple(cure)
    unknown = [name for name in names if name not in USUAL]
    if unknown:
        return f"Run {letter}: there is no setting {unknown[0]!r}. There are {', '.join(USUAL)}."
    if len(names) != 1:
        return f"Run {letter}: change one setting, the one that is to blame. You gave {len(names)}."
    if names[0] != cause:
        return WHERE_TO_LOOK[letter]
    if cause == "start":
        if cure[cause] not in STARTS:
            return f"Run {letter}: it is the start, and there is no start {cure[cause]!r}. There are {', '.join(STARTS)}."
        return None if cure[cause] == "identity" else f'Run {letter}: the setting is the right one. Which start is safe?'
    if isinstance(cure[cause], bool) or not isinstance(cure[cause], (int, float)) or np.isnan(cure[cause]):
        return f"Run {letter}: it is the {cause}, and it wants a number."
    low, high = GOOD_RATES if cause == "rate" else GOOD_FACTORS
    if low <= cure[cause] <= high:
        return None
    return f"Run {letter}: it is the {cause}, and {cure[cause]} is still too {'large' if cure[cause] > high else 'small'}."


def _kind(value):
    return type(value).__name__


# --- Predictions: what the lesson's own training shows, as it is saved in the notebook


def ahead_after_300():
    return "st-fcn"


def factor_one():
    return "lost"


EXERCISES = (
    OpenExercise(
        id="make_transformer",
        lesson="12",
        arguments="rng",
        answer="transformer",
        task="A transformer for pictures of 21 by 21 pixels, with an affine theta, in float32.",
        judge=judge_transformer,
        hints=("The localisation net reads every pixel of a flattened picture. How many are there?",
               "Its last layer puts out theta, which has as many numbers as a 2 by 3 matrix.",
               "stn.MLP([441, 32, 32, 6], rng, np.float32)."),
        solution=(make_transformer,),
        well_done="stn.SpatialTransformer gives the last layer zero weights and the identity as its bias, as in lesson 08.",
        package=(stn.SpatialTransformer,)),
    OpenExercise(
        id="st_fcn",
        lesson="12",
        arguments="transformer, rng",
        answer="network",
        task="FCN with the transformer in it, as a stn.Sequential of half, transformer and classifier.",
        judge=judge_st_fcn,
        hints=("A transformer takes pictures and hands on pictures. Where in FCN do pictures go from part to part?",
               "Its localisation net reads 21 by 21 pixels. After which part are there so many?",
               "stn.Sequential(half=..., transformer=transformer, classifier=...), with the parts of FCN."),
        solution=(st_fcn,),
        well_done="Nothing else had to change: FCN's parts are the same as before.",
        package=(stn.Sequential,)),
    OpenExercise(
        id="diagnosis",
        lesson="12",
        answer="diagnosis",
        one_by_one=True,
        form='{"A": {"rate": 0.2}, "B": {"factor": 0.2}, "C": {"start": "random"}}',
        task="For each run the one setting that made it fail, with a value that mends it.",
        judge=judge_diagnosis,
        hints=("Begin with FCN, the dashed line. It has no transformer: if it fails too, what is left to blame?",
               "Then look at the boxes at step 0. Before the first step a healthy transformer looks at the whole image, "
               "upright.",
               "If they begin well and then leave, the localisation net's steps are too large beside the classifier's.",
               'One of each: a rate of 0.1, the start "identity", a factor of 0.1. Which for which?'),
        solution=('diagnosis = {"A": {"rate": 0.1}, "B": {"start": "identity"}, "C": {"factor": 0.1}}',),
        well_done="You found three causes in plots alone. That is most of what training networks is."),
)

PREDICTIONS = (
    Prediction(
        id="ahead_after_300",
        lesson="12",
        question="FCN and ST-FCN see the same distorted digits, 128 in a step. Which has the smaller error on the test "
                 "digits after 300 steps?",
        form='"fcn", "st-fcn" or "equal" (to within 2 %)',
        truth=ahead_after_300,
        reason="At the very start neither is ahead: nobody knows yet where to look. Then the boxes begin to follow "
               "the digits, and the classifier sees them in one pose and one place. That is an easier task.",
        choices=("fcn", "st-fcn", "equal")),
    Prediction(
        id="factor_one",
        lesson="12",
        question="The localisation net takes steps of a tenth: its factor is 0.1. With the factor 1 it takes steps as "
                 "large as the classifier's. What becomes of ST-FCN?",
        form='"faster" (it learns sooner where to look), "same" or "lost" (it loses the digits from sight)',
        truth=factor_one,
        reason="At first the classifier knows nothing, so its gradient of theta is mostly noise. Large steps along noise "
               "take the boxes off the digits. Outside the image all is 0 and flat, and no gradient leads back.",
        choices=("faster", "same", "lost")),
)
