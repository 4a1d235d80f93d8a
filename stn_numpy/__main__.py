"""The demo: a plain network and one with a spatial transformer learn the same distorted digits, side by side."""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from .data import load_digits, load_mnist
from .grid.transforms import TRANSFORMS, n_parameters
from .network.modules import MLP, Sequential
from .pictures import run as pictures
from .pictures.look import save
from .training import starting
from .training.commandline import CtrlC, ended, folder_name, make_folder, number_from, reserved
from .training.distortions import DISTORTIONS, distort
from .training.run import Run, complaints, predict, report_steps, train
from .training.sgd import step_decay
from .transformer import SAMPLERS, SpatialTransformer

REPORTS, FRAMES, FILM_DIGITS = 12, 40, 12
CHECKPOINT, LOCK = "checkpoint.npz", "in-use.lock"
PICTURES = ("what_it_sees.png", "class_means.png", "learning_curves.png", "straightening.gif")
RESUMING = "give the same options with --out and --resume to continue from the last checkpoint, if there is one"


def parse(arguments):
    """The command line as a Namespace."""
    parser = argparse.ArgumentParser(
        prog="python -m stn_numpy",
        description="Train FCN (fully connected) and ST-FCN (the same behind a spatial transformer) side by side on "
                    "distorted digits, print their errors and draw what the transformer learned to look at. "
                    "Defaults stand in brackets.")
    add = parser.add_argument
    add("--distortion", choices=DISTORTIONS, default="RTS",
        help="R: rotated; RTS: rotated, translated and scaled; P: projected; E: elastic; TC: translated and cluttered "
             "(%(default)s)")
    add("--transform", choices=TRANSFORMS, default="affine", help="what the transformer may do (%(default)s)")
    add("--sampler", choices=SAMPLERS, default="bilinear",
        help="how it reads the image; nothing is learned through integer, whose gradient is zero (%(default)s)")
    add("--steps", type=number_from(int, 1), default=2400, help="number of training steps (%(default)s)")
    add("--batch-size", type=number_from(int, 1), default=256,
        help="digits in a step, distorted afresh each time (%(default)s)")
    add("--learning-rate", type=number_from(float, 0, open_at_low=True), default=0.1,
        help="divided by 10 after 2/5 and again after 4/5 of the steps (%(default)s)")
    add("--momentum", type=number_from(float, 0, 1), default=0.9,
        help="share of the last step that is kept; 0 for plain SGD (%(default)s)")
    add("--localisation-factor", type=number_from(float, 0, open_at_low=True), default=0.1,
        help="the localisation net's learning rate, as a multiple of the classifier's (%(default)s)")
    add("--seed", type=number_from(int, 0), default=0,
        help="of weights, batches and distortions; the test set stays the same (%(default)s)")
    add("--mnist", metavar="DIR", type=folder_name,
        help="train on the whole of MNIST, read from DIR, instead of the bundled 5,000 digits")
    add("--out", metavar="DIR", type=folder_name, help="where results go; by default a new folder under runs/")
    add("--resume", action="store_true", help="continue the run in --out, or the last one of the same name")
    return parser.parse_args(arguments)


def networks(image_shape, transform, sampler, rng, dtype=np.float32):
    """FCN, and ST-FCN, whose transformer puts out 28 x 28: on larger images it has fewer weights than FCN."""
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

    def restore(self, film_steps=None, film_grids=None, film_outputs=None):
        """Take the arrays of a checkpoint. ValueError where they are not those of this film."""
        like = self.network.children["transformer"]
        like.forward(self.images)
        n = np.size(film_steps)
        if film_steps is None or np.shape(film_steps) != (n,) or np.shape(film_grids) != (n, *like.grid.shape) or (
                np.shape(film_outputs) != (n, *like.grid.shape[:-1])):
            raise ValueError("the checkpoint does not hold the film of this run: give another --out to begin anew")
        self.steps, self.grids, self.outputs = film_steps.tolist(), list(film_grids), list(film_outputs)


def train_and_film(run, film, steps, checkpoint, settings):
    """Train up to `steps` or to a Ctrl-C, showing progress and keeping checkpoints."""
    frames = set((steps * np.linspace(0, 1, FRAMES) ** 2).round().astype(int).tolist())
    if run.step == 0:
        film.take(0)
    with CtrlC() as ctrl_c:
        for progress in train(run, steps, report_steps(steps, REPORTS), lambda: ctrl_c.pressed):
            if run.step in frames:
                with run.named_if_it_diverges("ST-FCN"):
                    film.take(run.step)
            if progress.rows:
                _print_report(progress, steps)
                run.save(checkpoint, settings, **film.arrays())
            elif sys.stdout.isatty():
                print(f"\rstep {run.step} of {steps}, {_duration(progress.left)} left ", end="", flush=True)
        run.save(checkpoint, settings, **film.arrays())


def _print_report(progress, steps):
    rows, clear = progress.rows, "\r" if sys.stdout.isatty() else ""
    errors = "   ".join(f"{row['network']} loss {row['loss']:.3f}, test error {row['test_error']:6.2%}" for row in rows)
    looks = f"looks at {rows[-1]['determinant']:.2f} of the image's area, {rows[-1]['inside']:.0%} of samples inside"
    print(f"{clear}step {rows[0]['step']:>5} of {steps}   {errors}   {looks}   {_duration(progress.left)} left", flush=True)
    for line in progress.complaints:
        print(line, flush=True)


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def draw(run, film, folder):
    """Write the pictures; returns their paths, each with what it shows."""
    network = run.networks["ST-FCN"]
    guesses = predict(network, film.images).argmax(axis=1)
    outputs = predict(network.children["transformer"], run.test_images)[:, 0]
    images = run.test_images[:, 0]
    sees, means, curves, film_path = (folder / name for name in PICTURES)
    save(pictures.what_it_sees(film.images[:, 0], film.grids[-1], film.outputs[-1], film.labels, guesses), sees)
    save(pictures.class_means(images, outputs, run.test_labels), means)
    save(pictures.learning_curves(run.history), curves)
    pictures.straightening(film.images[:, 0], film.grids, film.outputs, film.steps, film_path)
    return {sees: "where it looks in test digits, and what it makes of them",
            means: "the mean digit of each class, before and after", curves: "errors and areas, step by step",
            film_path: "digits being straightened as training goes on"}


def print_summary(run, seconds):
    """The closing table, one row a network, and what is wrong with where the transformer looks."""
    print(f"\n{'network':<10}{'weights':>10}{'test error':>13}")
    last = run.history[-len(run.networks):]
    for row in last:
        weights = sum(param.size for param in run.networks[row["network"]].params.values())
        print(f"{row['network']:<10}{weights:>10,}{row['test_error']:>12.2%}")
    print(f"{run.step} steps on {run.distortion} digits; this session took {_duration(seconds)}.\n")
    for line in complaints(last).values():
        print(f"{line}\n")


def choose_folder(options):
    """--out, or a new folder under runs/; to resume, the last one that is there."""
    if options.out:
        if not options.resume:
            make_folder(options.out)
        return options.out
    base = Path("runs") / f"{options.distortion}-{options.transform}-seed{options.seed}"
    names = [base, *(base.with_name(f"{base.name}-{k}") for k in range(2, 1000))]
    if options.resume:
        there = [name for name in names if name.exists()]
        return there[-1] if there else base
    make_folder(base.parent)
    for name in names:
        try:
            name.mkdir()
            return name
        except FileExistsError:
            continue
    raise ValueError(f"there are too many folders named {base}: give one with --out")


def refuse_to_overwrite(folder, resume):
    """ValueError where a folder holds a run that is not to be resumed, pictures of anything else, or nothing to resume."""
    if (folder / CHECKPOINT).exists():
        if not resume:
            raise ValueError(f"{folder} already holds a run: --resume continues it, another --out keeps both")
    elif resume:
        raise ValueError(f"there is no checkpoint in {folder} to resume")
    else:
        there = [name for name in PICTURES if (folder / name).exists()]
        if there:
            raise ValueError(f"{folder} already holds {', '.join(there)}, which this run would write over: "
                             "give another --out")


def main(arguments=None):
    """Run the demo; returns the exit code."""
    options = parse(arguments)
    return ended(lambda: run_demo(options), RESUMING)


def run_demo(options):
    """Choose a folder that nobody else uses, and train there; returns the exit code."""
    digits = load_mnist(options.mnist) if options.mnist else load_digits()
    folder = choose_folder(options)
    if options.resume:
        refuse_to_overwrite(folder, resume=True)         # before a folder that is not there is locked
    with reserved(folder / LOCK, folder):
        refuse_to_overwrite(folder, options.resume)
        return run_in(folder, digits, options)


def prepare(digits, options):
    """A fresh run, its film, and the settings that must agree when it is resumed."""
    probe = distort(np.zeros((1, 1, 28, 28), np.float32), options.distortion, np.random.default_rng(0))
    built = networks(probe.shape[2:], options.transform, options.sampler, np.random.default_rng(options.seed))
    run = Run(built, digits, options.distortion,
              step_decay(options.learning_rate, max(1, round(0.4 * options.steps))), options.batch_size,
              options.momentum, {"transformer": options.localisation_factor}, options.seed)
    settings = {name: value for name, value in vars(options).items() if name not in ("out", "resume")}
    return run, Film(run), {**settings, "mnist": options.mnist and str(options.mnist)}


def run_in(folder, digits, options):
    """Train, print the table and draw the pictures; returns the exit code."""
    started = time.monotonic()
    run, film, settings = prepare(digits, options)
    if options.resume:
        film.restore(**run.load(folder / CHECKPOINT, settings))
    height, width = run.test_images.shape[2:]
    print(f"{len(run.images):,} digits to train on, {len(run.test_images):,} to test on, {options.distortion}-distorted "
          f"to {height} x {width}; results go to {folder}", flush=True)
    if starting.NOTE:
        print(starting.NOTE, flush=True)
    train_and_film(run, film, options.steps, folder / CHECKPOINT, settings)
    if run.step < options.steps:
        print(f"\nstopped after step {run.step}; give the same options with --out {folder} --resume to continue")
        return 130
    print_summary(run, time.monotonic() - started)
    for path, meaning in draw(run, film, folder).items():
        print(f"{path}   {meaning}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
