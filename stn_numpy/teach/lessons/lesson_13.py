"""Lesson 13, other ways to look: angle and log-scale, their backward, and a transform of the learner's own, trained."""

import numpy as np

from ...checking.gradcheck import gradcheck
from ...grid.transforms import Transform
from .. import looking
from .parts import Exercise, Mistake, OpenExercise, Prediction, Probe, Where, entries
from .shared_grid import as_it_is

# --- Solutions


def turn_scale_matrix(theta):
    angle, log_scale, t_x, t_y = theta.T
    a, b = np.exp(log_scale) * np.cos(angle), np.exp(log_scale) * np.sin(angle)
    return np.stack([a, -b, t_x, b, a, t_y], axis=1).reshape(-1, 2, 3)


def turn_scale_backward(dA, theta):
    angle, log_scale, _, _ = theta.T
    a, b = np.exp(log_scale) * np.cos(angle), np.exp(log_scale) * np.sin(angle)
    da, db = dA[:, 0, 0] + dA[:, 1, 1], dA[:, 1, 0] - dA[:, 0, 1]
    return np.stack([a * db - b * da, a * da + b * db, dA[:, 0, 2], dA[:, 1, 2]], axis=1)


OWN_SOLVED = '''\
def own_forward(theta, out_shape, align_corners=True):
    s, angle = np.exp(theta[:, 0]), theta[:, 1]
    A = np.zeros((len(theta), 2, 3))
    A[:, 0, 0], A[:, 0, 1] = s * np.cos(angle), -s * np.sin(angle)
    A[:, 1, 0], A[:, 1, 1] = s * np.sin(angle), s * np.cos(angle)
    grid, cache = stn.affine_grid_forward(A, out_shape, align_corners)
    return grid, (A, cache)

def own_backward(dgrid, cache):
    A, cache = cache
    dA = stn.affine_grid_backward(dgrid, cache)
    dlog = (dA * A).sum(axis=(1, 2))
    dangle = (dA[:, 1] * A[:, 0] - dA[:, 0] * A[:, 1]).sum(axis=1)
    return np.stack([dlog, dangle], axis=1)

own_transform = {"forward": own_forward, "backward": own_backward, "identity": np.zeros(2)}'''

# --- Recipes and their ingredients


def shared(theta, scale=np.exp):
    """a = scale cos(angle) and b = scale sin(angle)."""
    return scale(theta[:, 1]) * np.cos(theta[:, 0]), scale(theta[:, 1]) * np.sin(theta[:, 0])


def rows(a, b):
    return a, -b, b, a


def row_by_row(xx, xy, t_x, yx, yy, t_y):
    return xx, xy, t_x, yx, yy, t_y


def matrix_recipe(theta, *, numbers=as_it_is, scale=np.exp, unit=as_it_is, entries=rows, shift=lambda t, theta: t,
                  order=row_by_row, pair=lambda a, b, theta: (a, b)):
    theta = numbers(np.concatenate([unit(theta[:, :1]), theta[:, 1:]], axis=1))
    xx, xy, yx, yy = entries(*pair(*shared(theta, scale), theta))
    t_x, t_y = shift(theta[:, 2:], theta).T
    return np.stack(order(xx, xy, t_x, yx, yy, t_y), axis=1).reshape(-1, 2, 3)


def both_places(dA):
    return dA[:, 0, 0] + dA[:, 1, 1], dA[:, 1, 0] - dA[:, 0, 1]


def to_angle(a, b, da, db):
    return a * db - b * da


def to_log_scale(a, b, da, db, theta):
    return a * da + b * db


def backward_recipe(dA, theta, *, numbers=as_it_is, size=np.exp, collect=both_places, angle=to_angle, scale=to_log_scale,
                    shift=lambda dt, theta: dt, order=as_it_is):
    theta = numbers(theta)
    a, b = shared(theta, size)
    da, db = collect(dA)
    dt_x, dt_y = shift(dA[:, :, 2], theta).T
    return order(np.stack([angle(a, b, da, db), scale(a, b, da, db, theta), dt_x, dt_y], axis=1))


def exchanged(theta):
    """angle and log_scale in each other's place."""
    return theta[:, [1, 0, 2, 3]]


# --- Mistakes

FORWARD, BACKWARD = "lesson 13, angle and log-scale", "lesson 13, back to angle and log-scale"

OF_MATRIX = (
    Mistake("scale_for_its_logarithm", "the second number is taken as the scale itself, not as its logarithm. At the "
            "identity it is 0, so everything would shrink to one point.",
            "The scale is np.exp(log_scale).", FORWARD, ({"scale": as_it_is},)),
    Mistake("scale_missing", "the scale is 1, whatever log_scale says.", "Multiply cos and sin by np.exp(log_scale).", FORWARD,
            ({"scale": np.ones_like}, Where("It is so for a alone.", {"pair": lambda a, b, theta: (a / np.exp(theta[:, 1]), b)}),
             Where("It is so for b alone.", {"pair": lambda a, b, theta: (a, b / np.exp(theta[:, 1]))}))),
    Mistake("numbers_exchanged", "angle and log_scale have changed places.", "theta has the rows angle, log_scale, t_x, t_y.",
            FORWARD, ({"numbers": exchanged},)),
    Mistake("other_base", "the scale is a power of 2 or of 10, or 1 + log_scale. log_scale is its natural logarithm.",
            "The scale is np.exp(log_scale).", FORWARD,
            ({"scale": np.exp2}, {"scale": lambda log_scale: 10 ** log_scale}, {"scale": lambda log_scale: 1 + log_scale})),
    Mistake("degrees", "the angle is taken in degrees.", "np.cos and np.sin want radians, and so does this theta.", FORWARD,
            ({"unit": np.radians},)),
    Mistake("made_degrees", "the angle is turned into degrees first.", "np.cos and np.sin want radians, and so does this "
            "theta.", FORWARD, ({"unit": np.degrees},)),
    Mistake("turned_back", "the angle has the other sign: the minus stands below the diagonal, not above it.",
            "Row x is a, -b, t_x; row y is b, a, t_y.", FORWARD, ({"entries": lambda a, b: (a, b, -b, a)},)),
    Mistake("minus_forgotten", "both entries beside the diagonal are +b. Such a matrix does not turn, it shears.",
            "Row x is a, -b, t_x.", FORWARD, ({"entries": lambda a, b: (a, b, b, a)},)),
    Mistake("sine_for_cosine", "cos and sin have changed places: a has the sine, and b the cosine.",
            "At the angle 0 nothing turns, and a must be the scale: cos 0 = 1.", FORWARD,
            ({"entries": lambda a, b: (b, -a, a, b)},)),
    Mistake("shifts_last", "the six numbers stand in the order a, -b, b, a, t_x, t_y. Row x wants its shift at its end.",
            "np.stack([a, -b, t_x, b, a, t_y], axis=1).", FORWARD,
            ({"order": lambda xx, xy, t_x, yx, yy, t_y: (xx, xy, yx, yy, t_x, t_y)},)),
    Mistake("shift_scaled", "the shift is multiplied by the scale, too.", "t_x and t_y stand in A as they are.", FORWARD,
            ({"shift": lambda t, theta: t * np.exp(theta[:, 1:2])},)),
    Mistake("inverse_scale", "the scale is exp(-log_scale), one divided by the right one.",
            "Theta maps the target to the source: np.exp(log_scale), without a minus.", FORWARD,
            ({"scale": lambda log_scale: np.exp(-log_scale)},)),
)

OF_BACKWARD = (
    Mistake("one_place_only", "the gradient to a comes from one place of A, and that to b from one place. Each stands in A "
            "twice.", "da = dA[0, 0] + dA[1, 1], and db = dA[1, 0] - dA[0, 1].", BACKWARD,
            ({"collect": lambda dA: (dA[:, 0, 0], dA[:, 1, 0])},
             Where("It is so for a alone.", {"collect": lambda dA: (dA[:, 0, 0], dA[:, 1, 0] - dA[:, 0, 1])}),
             Where("It is so for b alone.", {"collect": lambda dA: (dA[:, 0, 0] + dA[:, 1, 1], dA[:, 1, 0])}))),
    Mistake("one_of_two_only", "the gradient to log_scale comes from a alone, or from b alone. The scale is in both.",
            "dlog_scale = a da + b db.", BACKWARD,
            (Where("It comes from a.", {"scale": lambda a, b, da, db, theta: a * da}),
             Where("It comes from b.", {"scale": lambda a, b, da, db, theta: b * db}))),
    Mistake("half_of_the_angle", "the gradient to the angle comes from a alone, or from b alone. The angle is in both.",
            "dangle = a db - b da.", BACKWARD,
            (Where("It comes from a.", {"angle": lambda a, b, da, db: -b * da}),
             Where("It comes from b.", {"angle": lambda a, b, da, db: a * db}))),
    Mistake("sign_of_db", "the gradient to b has the other sign.", "In A stand b below the diagonal, and -b above it: db = "
            "dA[1, 0] - dA[0, 1].", BACKWARD,
            ({"collect": lambda dA: (dA[:, 0, 0] + dA[:, 1, 1], dA[:, 0, 1] - dA[:, 1, 0])},)),
    Mistake("shift_scaled", "the gradients to t_x and t_y are multiplied by the scale.", "t_x and t_y stand in A as they are.",
            BACKWARD, ({"shift": lambda dt, theta: dt * np.exp(theta[:, 1:2])},)),
    Mistake("inverse_scale", "a and b are made with exp(-log_scale).", "The scale is np.exp(log_scale), as on the way forward.",
            BACKWARD, ({"size": lambda log_scale: np.exp(-log_scale)},)),
    Mistake("numbers_exchanged", "angle and log_scale have changed places.", "theta has the rows angle, log_scale, t_x, t_y, and "
            "so has dtheta.", BACKWARD,
            (Where("It is so where a and b are made.", {"numbers": exchanged}),
             Where("It is so in dtheta.", {"order": exchanged}),
             Where("It is so in both.", {"numbers": exchanged, "order": exchanged}))),
    Mistake("slopes_exchanged", "the gradient to the angle is b db - a da: a and b have changed places in it.",
            "da/dangle = -b, and db/dangle = a.", BACKWARD, ({"angle": lambda a, b, da, db: b * db - a * da},)),
    Mistake("minus_forgotten", "dA[0, 1] is added to the gradient to b. In A there stands -b at that place.",
            "db = dA[1, 0] - dA[0, 1].", BACKWARD,
            ({"collect": lambda dA: (dA[:, 0, 0] + dA[:, 1, 1], dA[:, 1, 0] + dA[:, 0, 1])},)),
    Mistake("scale_for_its_logarithm", "the second gradient is the one to the scale itself. One more factor leads to its "
            "logarithm.", "d scale / d log_scale = scale: multiply by np.exp(log_scale).", BACKWARD,
            ({"scale": lambda a, b, da, db, theta: (a * da + b * db) / np.exp(theta[:, 1])},)),
    Mistake("scale_missing", "the gradient to the angle lacks the scale, as if cos and sin alone stood in A.",
            "da/dangle = -b and db/dangle = a, both with the scale in them.", BACKWARD,
            ({"angle": lambda a, b, da, db: (a * db - b * da) / np.hypot(a, b)},)),
    Mistake("da_and_db_added", "the second gradient is da + db. log_scale acts on a with the slope a, and on b with the "
            "slope b.", "dlog_scale = a da + b db.", BACKWARD, ({"scale": lambda a, b, da, db, theta: da + db},)),
    Mistake("sign_of_the_angle", "the gradient to the angle has the other sign.",
            "d cos = -sin, d sin = cos: da/dangle = -b, and db/dangle = a.", BACKWARD,
            ({"angle": lambda a, b, da, db: b * da - a * db},)),
    Mistake("cosine_for_sine", "the gradient to the angle is the one to log_scale. The derivative of cos is -sin, and "
            "that of sin is cos.", "da/dangle = -b, and db/dangle = a.", BACKWARD,
            ({"angle": lambda a, b, da, db: a * da + b * db},)),
    Mistake("minus_of_the_cosine", "the derivative of cos is taken as +sin in the gradient to the angle.",
            "da/dangle = -b.", BACKWARD, ({"angle": lambda a, b, da, db: a * db + b * da},)),
)

# --- Probes


def _probes(seed):
    rng = np.random.default_rng(seed)
    for N, digits, words in ((3, 2, "three images"), (1, 2, "one image"), (5, 15, "five images")):
        yield rng.normal(0, 1, (N, 2, 3)).round(digits), rng.normal(0, 0.7, (N, 4)).round(digits), words


MATRIX_PROBES = tuple(Probe((theta,), words) for _, theta, words in _probes(0))
BACKWARD_PROBES = tuple(Probe((dA, theta), words) for dA, theta, words in _probes(1))

# --- The judge of a transform of one's own

SMALL = 5, 7         # out_shape of the gradient check
LEARNED = 0.5        # of its first value: what the loss must fall below


def judge_own_transform(answer):
    """The identity, the gradient check, and a training, in this order: the first that fails is what is said."""
    transform = _as_transform(answer)
    theta, P = transform.identity[None], transform.n_parameters
    for N in (1, 2):
        _check_forward(transform.forward(np.repeat(theta, N, axis=0), SMALL, True), N)
    off = np.abs(looking.grid_of(transform, theta, SMALL) - looking.regular(SMALL)).max()
    if not off < 1e-9:
        return False, (f"With `identity` as theta your forward should give the target grid itself, and it is up to "
                       f"{off:.2g} away from it.")
    inputs = (transform.identity + np.random.default_rng(0).normal(0, 0.2, (2, P)),)
    small, large = (_idle(transform, inputs[0], step) for step in (0.01, 1.0))
    if large:
        return False, ("These entries of theta do not change your grid when 1 is added to them: "
                       f"{', '.join(map(str, large))}.")
    if small:
        return False, (f"These entries of theta do not change your grid when 0.01 is added to them, but do so when 1 is: "
                       f"{', '.join(map(str, small))}. A grid that moves in jumps has no slope, and descent needs one.")
    try:
        report = gradcheck(lambda theta: transform.forward(theta, SMALL, True), transform.backward, inputs)
    except (AssertionError, TypeError, ValueError) as error:
        one_by_one = "is wrong in" in str(error) and "everywhere" not in str(error)
        factors = _factors(transform, inputs[0]) if one_by_one else ()
        return False, f"The gradient check does not pass: {error}", factors
    worst = max(one.relative_error for one in report.values())
    U, target, _ = looking.task(transform)
    found, losses = looking.descend(transform, U, target, theta)
    words = (f"The gradient check passes; the largest relative error is {worst:.1g}. In {len(losses) - 1} steps of descent "
             f"the loss went from {losses[0]:.3g} to {losses[-1]:.3g}.")
    learned = bool(losses[-1] < LEARNED * losses[0])
    unasked = np.array_equal(*(transform.forward(theta, SMALL, aligned)[0] for aligned in (True, False)))
    remarks = (BOTH_RULES,) * unasked if learned else (
        f"Wanted is less than {LEARNED:g} times the first loss: choose numbers of which a small change makes a small change of "
        "the picture.",)
    return learned, words, remarks, lambda: _picture(transform, U, target, found)


BOTH_RULES = ("With align_corners=False your forward makes the same grid as with True. A network that is built with False would "
              "read beside its pixels: hand align_corners on to stn.affine_grid_forward.")


def _check_forward(made, N):
    """Refuse what is not (grid, cache), a grid for each of N images."""
    if not isinstance(made, tuple) or len(made) != 2:
        raise ValueError(f"forward must return (grid, cache), got a {type(made).__name__}")
    if np.shape(made[0]) != (N, *SMALL, 2):
        raise ValueError(f"for {N} theta and out_shape {SMALL} the grid must have shape {(N, *SMALL, 2)}, "
                         f"got {np.shape(made[0])}")


def _idle(transform, theta, step):
    """The entries of theta that a step leaves without effect on the grid."""
    grids = [transform.forward(theta + move, SMALL, True)[0] for move in (0, *step * np.eye(transform.n_parameters))]
    return [k for k, grid in enumerate(grids[1:]) if np.allclose(grids[0], grid, atol=1e-12)]


def _factors(transform, theta):
    """A sentence for each entry of dtheta that is one multiple of the slopes by small steps, for all images."""
    step, said = 1e-6, []
    grid, cache = transform.forward(theta.copy(), SMALL, True)
    dgrid = np.random.default_rng(1).standard_normal(grid.shape)
    dtheta = transform.backward(dgrid, cache)
    for k, move in enumerate(step * np.eye(transform.n_parameters)):
        ahead, behind = (transform.forward(theta + side * move, SMALL, True)[0] for side in (1, -1))
        slopes = ((ahead - behind) * dgrid).sum(axis=(1, 2, 3)) / (2 * step)
        factors = dtheta[:, k] / slopes
        if np.ptp(factors) < 1e-5 * np.abs(factors).max() and abs(factors[0] - 1) > 1e-5:
            a_mean = bool(abs(np.prod(SMALL) * factors[0] - 1) < 1e-4)
            said.append(f"Entry {k} of your dtheta is {factors[0]:.4g} times what small steps give."
                        + " That is 1 / (H_out W_out), as a mean makes it." * a_mean)
    return tuple(said)


def _as_transform(answer):
    entries(answer, ("forward", "backward", "identity"))
    identity = np.array(answer["identity"], dtype=float)
    if identity.ndim != 1 or not 1 <= identity.size <= 64 or not np.isfinite(identity).all():
        raise ValueError(f"identity must be 1 to 64 numbers, (P,), got shape {identity.shape}")
    for half in ("forward", "backward"):
        if not callable(answer[half]):
            raise TypeError(f"{half} must be a function, got {type(answer[half]).__name__}")
    return Transform("own", answer["forward"], answer["backward"], identity)


def _picture(transform, U, target, theta):
    from ..pictures import show

    seen = looking.seen_at(U, looking.grid_of(transform, theta, target.shape[2:]))
    return show(np.stack([U[0, 0], target[0, 0], seen[0, 0]]), "Your transform has learned",
                titles=["U", "target", "what it sees now"], numbers=False)


# --- Predictions


def simplest_for_perspective():
    distortion = looking.DISTORTIONS["perspective"]
    return next(way for way in looking.WAYS if looking.undo(way, distortion, (28, 28))[1] < looking.EXACT)


def fine_stripes():
    """Waves of 5 pixels, read at every fourth pixel: how many waves are left to see in 16 samples."""
    samples = np.cos(2 * np.pi * np.arange(0, 64, 4) / 5)
    waves = int(np.abs(np.fft.rfft(samples))[1:].argmax()) + 1
    return "wide stripes" if np.ptp(samples) > 0.5 and waves < 64 / 5 - 1 else "even grey"


def in_series():
    """Whose matrix stands on the left in the product that sees what two transformers in series see."""
    first, second = np.array([[0.0, -1, 0.2], [1, 0, 0], [0, 0, 1]]), np.array([[1.0, 0, 0.5], [0, 0.8, 0], [0, 0, 1]])
    p = np.array([0.3, -0.4, 1.0])
    looked = first @ (second @ p)              # the second output point looks into V, and from there into U
    return "first" if np.allclose(first @ second @ p, looked) else "second"


EXERCISES = (
    Exercise(
        id="turn_scale_matrix",
        lesson="13",
        arguments="theta",
        answer="A",
        axes=("n", "r", "k"),
        task="A (N, 2, 3) of theta (N, 4), the rows angle, log_scale, t_x, t_y: a = exp(log_scale) cos(angle), "
             "b = exp(log_scale) sin(angle), and the rows a, -b, t_x and b, a, t_y.",
        truth=turn_scale_matrix,
        solution=(turn_scale_matrix,),
        recipe=matrix_recipe,
        mistakes=OF_MATRIX,
        probes=MATRIX_PROBES,
        sizes=lambda theta: {"N": len(theta)},
        hints=("angle, log_scale, t_x, t_y = theta.T gives four arrays (N,).",
               "scale = np.exp(log_scale); a = scale * np.cos(angle); b = scale * np.sin(angle).",
               "np.stack([a, -b, t_x, b, a, t_y], axis=1).reshape(-1, 2, 3)."),
        well_done="Four numbers that mean something: an angle, a zoom and a place."),
    Exercise(
        id="turn_scale_backward",
        lesson="13",
        arguments="dA, theta",
        answer="dtheta",
        axes=("n", "k"),
        task="dtheta (N, 4) of dA (N, 2, 3), for the matrices of turn_scale_matrix.",
        truth=turn_scale_backward,
        solution=(turn_scale_backward,),
        recipe=backward_recipe,
        mistakes=OF_BACKWARD,
        probes=BACKWARD_PROBES,
        sizes=lambda dA, theta: {"N": len(theta)},
        hints=("First go back to a and b. Each stands in A twice, and b once with a minus.",
               "da = dA[:, 0, 0] + dA[:, 1, 1]; db = dA[:, 1, 0] - dA[:, 0, 1]. Then the chain rule to angle and log_scale.",
               "The angle gets a db - b da, log_scale gets a da + b db, and the shifts are the last column of dA."),
        well_done="The same two steps lead back from any matrix to any numbers: collect, then the chain rule."),
    OpenExercise(
        id="own_transform",
        lesson="13",
        answer="a transform of your own",
        task="A transform of your own, with its backward. With `identity` as theta it gives the target grid; `gradcheck` "
             "passes; and in 60 steps of descent the loss falls below half.",
        form='{"forward": own_forward, "backward": own_backward, "identity": (P,) numbers}',
        judge=judge_own_transform,
        solution=(OWN_SOLVED,),
        hints=("Choose your numbers first. At which of their values does nothing change? That is `identity`.",
               "own_forward makes A of theta and calls stn.affine_grid_forward. own_backward calls "
               "stn.affine_grid_backward and goes on from dA to your numbers, with what the cache has kept.",
               "Test it yourself: stn.gradcheck(lambda theta: own_forward(theta, (5, 7)), own_backward, (theta,))."),
        well_done="It fits into any network: stn.SpatialTransformer(localisation, stn.Transform('own', own_forward, "
                  "own_backward, identity))."),
)

PREDICTIONS = (
    Prediction(
        id="simplest_for_perspective",
        lesson="13",
        question="A sheet of paper, photographed at a slant: parallel lines of the sheet meet in the picture. Which of "
                 "these, from few numbers to many, is the first that can undo this exactly?",
        form='"attention", "affine", "projective" or "tps"',
        truth=simplest_for_perspective,
        reason="An affine map keeps parallel lines parallel, and a division is needed to make them meet. A thin plate "
               "spline has more numbers, but only comes near.",
        choices=("attention", "affine", "projective", "tps")),
    Prediction(
        id="fine_stripes",
        lesson="13",
        question="Stripes, one every 5 pixels. A bilinear sampler makes a picture of a quarter of the size, so it reads "
                 "at every fourth pixel. What is there to see?",
        form='"wide stripes" or "even grey"',
        truth=fine_stripes,
        reason="The samples drift slowly through the waves, 4/5 of a wave further each time, and make a wave of their "
               "own, five samples long.",
        choices=("wide stripes", "even grey")),
    Prediction(
        id="in_series",
        lesson="13",
        question="Two transformers in series, with the matrices A1 and A2 (3 x 3): the first sees U, the second what the "
                 "first puts out. One transformer with the product of the two matrices sees the same. Whose matrix stands "
                 "on the left, the first one's or the second one's?",
        form='"first" or "second"',
        truth=in_series,
        reason="A point of the last output looks through A2 into the middle picture, and from there through A1 into U: "
               "A1 (A2 p).",
        choices=("first", "second")),
)
