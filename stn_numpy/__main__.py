"""The demo: a plain network and one with a spatial transformer learn the same distorted digits, side by side."""

import argparse
import signal
import sys
import time
from pathlib import Path

import numpy as np

from .data import load_digits, load_mnist
from .grid.transforms import TRANSFORMS, n_parameters
from .network.modules import MLP, Sequential
from .pictures import run as plots
from .training.distortions import DISTORTIONS, distort
from .training.run import Run, predict, step_decay
from .transformer import SAMPLERS, SpatialTransformer

REPORTS, FRAMES, FILM_DIGITS = 12, 40, 12


def parse(arguments):
    """The command line as a Namespace."""
    parser = argparse.ArgumentParser(
        prog="python -m stn_numpy",
        description="Train FCN (fully connected) and ST-FCN (the same behind a spatial transformer) side by side on "
                    "distorted digits, print their errors and draw what the transformer learnt to look at. "
                    "Defaults stand in brackets.")
    add = parser.add_argument
    add("--distortion", choices=DISTORTIONS, default="RTS",
        help="R: rotated; RTS: rotated, translated and scaled; P: projected; E: elastic; TC: translated and cluttered "
             "(%(default)s)")
    add("--transform", choices=TRANSFORMS, default="affine", help="what the transformer may do (%(default)s)")
    add("--sampler", choices=SAMPLERS, default="bilinear",
        help="how it reads the image; nothing is learnt through integer, whose gradient is zero (%(default)s)")
    add("--steps", type=_whole, default=2400, help="number of training steps (%(default)s)")
    add("--batch-size", type=_whole, default=256, help="digits in a step, distorted afresh each time (%(default)s)")
    add("--learning-rate", type=_positive, default=0.1,
        help="divided by 10 after 2/5 and again after 4/5 of the steps (%(default)s)")
    add("--momentum", type=_momentum, default=0.9,
        help="share of the last step that is kept; 0 for plain SGD (%(default)s)")
    add("--localisation-factor", type=_positive, default=0.1,
        help="the localisation net's learning rate, as a multiple of the classifier's (%(default)s)")
    add("--seed", type=_seed, default=0,
        help="of weights, batches and distortions; the test set stays the same (%(default)s)")
    add("--mnist", metavar="DIR", help="learn on the whole of MNIST, read from DIR, not on the bundled 5,000 digits")
    add("--out", metavar="DIR", type=Path, help="where results go; by default a new folder under runs/")
    add("--resume", action="store_true", help="go on with the run in --out, or with the last one of the same name")
    return parser.parse_args(arguments)


def _whole(text):
    return _number(text, int, lambda value: value >= 1, "a whole number, 1 or more")


def _seed(text):
    return _number(text, int, lambda value: value >= 0, "a whole number, 0 or more")


def _positive(text):
    return _number(text, float, lambda value: 0 < value < float("inf"), "a number greater than 0")


def _momentum(text):
    return _number(text, float, lambda value: 0 <= value < 1, "a number from 0 up to, not including, 1")


def _number(text, kind, allowed, wanted):
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not allowed(value):
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
    return value


def networks(image_shape, transform, sampler, rng, dtype=np.float32):
    """FCN, and ST-FCN, whose transformer hands on 28 x 28: on larger images it has fewer weights than FCN."""
    pixels = int(np.prod(image_shape))
    n_theta = n_parameters(transform)
    transformer = SpatialTransformer(MLP([pixels, 32, 32, n_theta], rng, dtype), transform, sampler, (28, 28))
    return {"FCN": MLP([pixels, 128, 128, 10], rng, dtype),
            "ST-FCN": Sequential(transformer=transformer, classifier=MLP([28 * 28, 128, 128, 10], rng, dtype))}


class Film:
    """Where the transformer looks at a few test digits, as training goes on."""

    def __init__(self, run, digits=FILM_DIGITS):
        self.network = run.networks["ST-FCN"]
        of_class = [np.flatnonzero(run.test_labels == label) for label in range(10)]
        in_turn = [places[k] for k in range(digits) for places in of_class if k < len(places)]       # 0 .. 9, 0 .. 9, ..
        chosen = in_turn[:digits]
        self.images, self.labels = run.test_images[chosen], run.test_labels[chosen]
        self.steps, self.grids, self.outputs = [], [], []

    def take(self, step):
        transformer = self.network.children["transformer"]
        outputs = transformer.forward(self.images)[:, 0]
        self.steps.append(step)
        self.grids.append(transformer.grid.copy())
        self.outputs.append(outputs)

    def arrays(self):
        return {"film_steps": np.array(self.steps), "film_grids": np.array(self.grids),
                "film_outputs": np.array(self.outputs)}

    def restore(self, film_steps, film_grids, film_outputs):
        self.steps, self.grids, self.outputs = film_steps.tolist(), list(film_grids), list(film_outputs)


class CtrlC:
    """Notes the first Ctrl-C, so that the step under way is finished and the checkpoint is a whole one.

    A second Ctrl-C interrupts at once, as usual.
    """

    def __enter__(self):
        self.pressed = False
        self._usual = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, *_):
        self.pressed = True
        signal.signal(signal.SIGINT, self._usual)

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, self._usual)


def train(run, film, steps, checkpoint, settings):
    """Train up to `steps` or to a Ctrl-C, showing progress and keeping checkpoints."""
    reports = set(np.linspace(0, steps, REPORTS + 1).round().astype(int).tolist())
    frames = set((steps * np.linspace(0, 1, FRAMES) ** 2).round().astype(int).tolist())
    started, first = time.monotonic(), run.step
    with CtrlC() as ctrl_c:
        while run.step < steps and not ctrl_c.pressed:
            if run.step == 0:
                film.take(0)
            run.advance()
            if run.step in frames:
                with run.named_if_it_diverges("ST-FCN"):
                    film.take(run.step)
            left = (time.monotonic() - started) / (run.step - first) * (steps - run.step)
            if run.step in reports:
                _print_report(run.report(), steps, left)
                run.save(checkpoint, settings, **film.arrays())
            elif sys.stdout.isatty():
                print(f"\rstep {run.step} of {steps}, {_duration(left)} left ", end="", flush=True)
        run.save(checkpoint, settings, **film.arrays())


def _print_report(rows, steps, left):
    clear = "\r" if sys.stdout.isatty() else ""
    errors = "   ".join(f"{row['network']} loss {row['loss']:.3f}, test error {row['test_error']:6.2%}" for row in rows)
    looks = f"looks at {rows[-1]['determinant']:.2f} of the image's area, {rows[-1]['inside']:.0%} of samples inside"
    print(f"{clear}step {rows[0]['step']:>5} of {steps}   {errors}   {looks}   {_duration(left)} left", flush=True)


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def draw(run, film, folder):
    """Write the pictures; returns their paths, each with what it shows."""
    network = run.networks["ST-FCN"]
    guesses = predict(network, film.images).argmax(axis=1)
    outputs = predict(network.children["transformer"], run.test_images)[:, 0]
    images = run.test_images[:, 0]
    pictures = {
        "what_it_sees.png": ("where it looks in test digits, and what it makes of them",
                             plots.what_it_sees(film.images[:, 0], film.grids[-1], film.outputs[-1], film.labels,
                                                guesses)),
        "class_means.png": ("the mean digit of each class, before and after",
                            plots.class_means(images, outputs, run.test_labels)),
        "learning_curves.png": ("errors and areas, step by step", plots.learning_curves(run.history)),
    }
    for name, (_, figure) in pictures.items():
        plots.save(figure, folder / name)
    plots.straightening(film.images[:, 0], film.grids, film.outputs, film.steps, folder / "straightening.gif")
    said = {folder / name: meaning for name, (meaning, _) in pictures.items()}
    return {**said, folder / "straightening.gif": "digits being straightened as training goes on"}


def print_table(run, seconds):
    """The closing table: one row a network."""
    print(f"\n{'network':<10}{'weights':>10}{'test error':>13}")
    for name, network in run.networks.items():
        row = [row for row in run.history if row["network"] == name][-1]
        weights = sum(param.size for param in network.params.values())
        print(f"{name:<10}{weights:>10,}{row['test_error']:>12.2%}")
    print(f"{run.step} steps on {run.distortion} digits; this session took {_duration(seconds)}.\n")


def choose_folder(options):
    """--out, or the next free folder under runs/ (the last one there is, to resume)."""
    if options.out:
        folder = options.out
        if (folder / "checkpoint.npz").exists() and not options.resume:
            raise ValueError(f"{folder} already holds a run: --resume goes on with it, another --out keeps both")
    else:
        base = Path("runs") / f"{options.distortion}-{options.transform}-seed{options.seed}"
        names = [base, *(base.with_name(f"{base.name}-{k}") for k in range(2, 1000))]
        free = next(k for k, name in enumerate(names) if not name.exists())
        folder = names[max(free - 1, 0) if options.resume else free]
    if options.resume and not (folder / "checkpoint.npz").exists():
        raise ValueError(f"there is no checkpoint in {folder} to resume")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main(arguments=None):
    """Run the demo; returns the exit code."""
    try:
        return run_demo(parse(arguments))
    except KeyboardInterrupt:
        print("\nstopped; --resume goes on from the last checkpoint, if there is one", file=sys.stderr)
        return 130
    except (OSError, FloatingPointError) as error:       # a full disk, or a learning rate that is too large
        print(f"\nerror: {error}", file=sys.stderr)
        return 1


def run_demo(options):
    """Train, print the table and draw the pictures; returns the exit code."""
    started = time.monotonic()
    try:
        digits = load_mnist(options.mnist) if options.mnist else load_digits()
        folder = choose_folder(options)
        rng = np.random.default_rng(options.seed)
        probe = np.zeros((1, 1, 28, 28), np.float32)
        shape = distort(probe, options.distortion, np.random.default_rng(0)).shape[2:]
        run = Run(networks(shape, options.transform, options.sampler, rng), digits, options.distortion,
                  step_decay(options.learning_rate, max(1, round(0.4 * options.steps))), options.batch_size,
                  options.momentum, {"transformer": options.localisation_factor}, options.seed)
        film = Film(run)
        settings = {name: value for name, value in vars(options).items() if name not in ("out", "resume")}
        if options.resume:
            film.restore(**run.load(folder / "checkpoint.npz", settings))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(run.images):,} digits to learn on, {len(run.test_images):,} to test on, {options.distortion}-distorted "
          f"to {shape[0]} x {shape[1]}; results go to {folder}", flush=True)
    train(run, film, options.steps, folder / "checkpoint.npz", settings)
    if run.step < options.steps:
        print(f"\nstopped after step {run.step}; go on with the same options and --out {folder} --resume")
        return 130
    print_table(run, time.monotonic() - started)
    for path, meaning in draw(run, film, folder).items():
        print(f"{path}   {meaning}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
