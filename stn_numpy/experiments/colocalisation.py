"""Co-localisation (A.2): find the object that all images of a set have in common, without labels or boxes.

    python -m stn_numpy.experiments.colocalisation [--classes 3,8] [--clutter no|yes|both] [--unaided] [--steps N]

100 canvases hold a digit of the same class each. An attention transformer crops them, a fixed encoder e, made of
activations of a classifier, says what is in the crops, and the triplet hinge loss asks that crops look more like each
other than like random pieces of their own canvases. Neither labels nor boxes of these canvases are used, except to
count hits for the record.

The gradient passes through the encoder, whose parameters stay as they are: a backward pass always computes all
gradients, and what learns is decided by the optimiser, which is given the transformer alone.
"""

import argparse
import contextlib
import sys
import time

import numpy as np

from ..data import as_feature_maps, load_digits
from ..network.modules import AveragePool, Sequential
from ..pictures.look import save
from ..training.commandline import CtrlC, ended, folder_name, make_folder, names_in, number_from, reserved
from ..training.run import report_steps, train
from ..training.sgd import SGD
from . import colocalisation_results as results
from .colocalisation_networks import ENCODING_TITLE, LOOKER_TITLE, SQUARE, WIDE, build_transformer
from .colocalisation_reader import PIECES, PLAIN_TITLE, READER, READER_TITLE, WHOLE, train_encoder
from .colocalisation_task import boxes_of, iou, make_canvases, random_crops
from .harness import RESULTS, clocks, say_threads
from .records import check_same, digits_stated, machine, read_record, read_records, versions, write_record
from .triplet import triplet_hinge_backward, triplet_hinge_forward

DIGITS, BATCH = 100, 50                  # canvases, each with a digit of its own, and how many are compared in a step
NEW = 200                                # other canvases of the class, with other digits, for judging alone
REPORTS = 20
SETTINGS = {"alpha": 1.0, "learning_rate": 0.006, "momentum": 0.9,
            "falls_after": 0.75,         # the share of the steps after which the rate falls, in a straight line to 0
            "longest_gradient": 0.25,    # a longer one, over all parameters, is shortened to this
            "scale_held": 0.2,           # the share of the steps in which only t_x and t_y learn
            "clutter_fades_in": [0.4, 0.75]}     # from no clutter to all of it between these shares of the steps


class Search:
    """An attention transformer that learns where a set of canvases looks alike.

    Parameters
    ----------
    canvases : Canvases
    new : Canvases                   others of the class, for judging alone
    encoder : Encoder
    clutter : bool                   whether there is clutter in the end, or never
    steps : int
    seed                             for numpy.random.default_rng
    unaided : bool                   whether all of the clutter is there from the start; else it is faded in

    `curve` and `film` grow with each report.
    """

    def __init__(self, canvases, new, encoder, clutter, steps, seed, unaided=False):
        self.canvases, self.new, self.clutter, self.steps, self.step = canvases, new, clutter, steps, 0
        self.unaided = unaided
        self.rng = np.random.default_rng(seed)
        self.transformer, self.encoder = build_transformer(self.rng), encoder
        self.network = Sequential(transformer=self.transformer, pool=AveragePool(), encoder=encoder)
        self.optimiser = SGD(self.transformer, SETTINGS["momentum"])
        self.curve, self.film = [], results.Film(canvases.with_clutter(clutter), canvases.boxes, [])
        self._losses = []

    def advance(self):
        """One step on a batch."""
        chosen = self.rng.permutation(len(self.canvases.boxes))[:BATCH]
        N, done = len(chosen), self.step / self.steps
        images = self.canvases.with_clutter(self._strength(done), chosen)
        e_random = self.encoder.forward(random_crops(images, self.rng))      # first, since a module keeps one cache
        loss, cache = triplet_hinge_forward(self.network.forward(images), e_random, SETTINGS["alpha"])
        de, _ = triplet_hinge_backward(1 / (N * (N - 1)), cache)             # a random crop depends on no parameter
        self.network.backward(de, need_dx=False)
        if done < SETTINGS["scale_held"]:
            _hold_scale(self.transformer)
        _shorten(self.transformer.grads, SETTINGS["longest_gradient"])
        self.optimiser.step(SETTINGS["learning_rate"] * min(1, (1 - done) / (1 - SETTINGS["falls_after"])))
        self.step += 1
        self._losses.append(float(loss) / (N * (N - 1)))             # the mean over pairs

    def _strength(self, done):
        """Of the clutter, when this share of the steps is done."""
        if self.unaided:
            return float(self.clutter)
        begin, end = SETTINGS["clutter_fades_in"]
        return float(np.clip((done - begin) / (end - begin), 0, 1)) * self.clutter

    def look(self, canvases):
        """Boxes (N, 4) and crops (N, 56, 56) of canvases with all the clutter that there is in the end."""
        crops = self.transformer.forward(canvases.with_clutter(self.clutter))
        return boxes_of(self.transformer.grid), crops[:, 0]

    def report(self):
        """Look at all canvases: a moment of the film and, except at step 0, a point of the curve. Returns [point]."""
        new_boxes, _ = self.look(self.new)
        boxes, crops = self.look(self.canvases)
        self.film.frames.append((self.step, boxes[:results.SHOWN], crops[:results.SHOWN]))
        if self.step == 0:
            return []
        overlap = iou(boxes, self.canvases.boxes)
        point = {"step": self.step, "loss": float(np.mean(self._losses)), "hits": results.hit_rate(overlap),
                 "iou": round(float(overlap.mean()), 4), "scale": round(float(self.transformer.theta[:, 0].mean()), 4),
                 "new_hits": results.hit_rate(iou(new_boxes, self.new.boxes))}
        self.curve.append(point)
        self._losses = []
        return [point]


def _hold_scale(transformer):
    """Let s have no gradient: theta is (s, t_x, t_y), so it is the first column of the last layer."""
    for gradient in transformer.grads.values():
        gradient[..., 0] = 0


def _shorten(grads, longest):
    """Scale gradients down together, in place, if they are longer than this."""
    length = np.sqrt(sum(np.square(gradient).sum() for gradient in grads.values()))
    for gradient in grads.values():
        gradient *= min(1, longest / max(length, 1e-12))


def canvases_of(digit, digits, seed):
    """The canvases to be searched and new ones, Canvases each. No digit on the former was seen by the encoder."""
    rng = np.random.default_rng([seed, digit])
    train, test = (as_feature_maps(images, np.float32) for images in (digits.train_images, digits.test_images))
    own, new = test[digits.test_labels == digit][:DIGITS], train[digits.train_labels == digit][:NEW]
    if min(len(own), len(new)) < 2:
        raise ValueError(f"at least two digits of class {digit} are needed to learn on and two to judge by, "
                         f"got {len(own)} and {len(new)}")
    return make_canvases(own, train, rng), make_canvases(new, train, rng)


def search(digit, clutter, encoder, digits, options, ctrl_c, place):
    """Search the canvases of a class. Returns the Search, and seconds (2,); it has fewer steps after a Ctrl-C."""
    own_seed = [options.seed, digit, 1 if clutter else 2]                    # [.., 0] would be the seed of the canvases
    run = Search(*canvases_of(digit, digits, options.seed), encoder, clutter, options.steps, own_seed, options.unaided)
    run.report()
    spent = np.zeros(2)
    for progress in train(run, options.steps, report_steps(options.steps, REPORTS), lambda: ctrl_c.pressed, clocks):
        spent = progress.spent
        for point in progress.rows:
            _show(f"{place}: step {run.step} of {options.steps}, loss {point['loss']:.3f}, "
                  f"{point['hits']:.0%} found", progress.left[0])
    return run, spent


def _show(line, left):
    print(f"{line}, {left:.0f} s left", flush=True)


def configuration(clutter, digits, options):
    """What a record's figures depend on."""
    fading = clutter and not options.unaided
    settings = {name: value for name, value in SETTINGS.items() if fading or name != "clutter_fades_in"}
    learned = ({"classifier": PLAIN_TITLE, "classifier_pieces": results.PLAIN} if options.unaided else
               {"classifier": READER_TITLE, "classifier_pieces": PIECES, "whole_above": WHOLE})
    return {"steps": options.steps, "digits_sha256": digits_stated(digits)["digits_sha256"], "digits": DIGITS,
            "batch_size": BATCH, **settings, "scale_at_start": WIDE, "localisation": LOOKER_TITLE,
            "encoding": ENCODING_TITLE, "encoding_square": SQUARE, "classifier_learning": dict(READER), **learned,
            "dtype": "float32"}


def record_to_be(digit, clutter, digits, options):
    """The part of a record that is known before the search."""
    return {"experiment": "colocalisation", "class": digit, "clutter": clutter, "seed": options.seed,
            "configuration": configuration(clutter, digits, options)}


def run_all(digits, options):
    """Every class and setting asked for that has no record yet. Returns the exit code: 0, or 130 after a Ctrl-C."""
    todo = [record_to_be(digit, clutter, digits, options) for clutter in options.clutter for digit in options.classes]
    paths = [options.out / results.FORM.name(record) for record in todo]
    encoder = None
    with contextlib.ExitStack() as held:
        for path in paths:
            held.enter_context(reserved(path.with_suffix(".lock"), path))
        ctrl_c = held.enter_context(CtrlC())
        for number, (record, path) in enumerate(zip(todo, paths), start=1):
            place = f"{number} of {len(todo)}: {results.setting(record)} {record['class']}"
            if path.exists():
                check_same(path, read_record(path, results.FORM)["configuration"], record["configuration"])
                print(f"{place} is finished, see {path.name}", flush=True)
                continue
            if encoder is None:
                encoder, encoder_error = _learn_to_read(digits, options)
            run, seconds = search(record["class"], record["clutter"], encoder, digits, options, ctrl_c, place)
            if run.step < options.steps:
                print("stopped; what is finished is kept, the same command starts the search under way again")
                return 130
            _finish(path, record, run, seconds, encoder_error)
    print(results.table(read_records(options.out, results.FORM), options.unaided))
    return 0


def _learn_to_read(digits, options):
    print("training the classifier whose activations are compared ...", flush=True)
    begun, steps = time.monotonic(), READER["steps"]

    def show(step):
        if step % 400 == 0:
            _show(f"classifier: step {step} of {steps}", (time.monotonic() - begun) / step * (steps - step))

    encoder, error = train_encoder(digits, options.seed, options.unaided, show)
    print(f"it misreads {error:.1%} of the test digits", flush=True)
    return encoder, error


def _finish(path, record, run, seconds, encoder_error):
    """Draw the picture, then write the record, so that a record stands for both."""
    title = f"{results.setting(record).capitalize().replace('-', ', ')}, class {record['class']}"
    save(results.draw(run.film, title), results.picture_path(path))
    last = run.curve[-1]
    write_record(path.parent, {
        **record, "curve": run.curve, "hits": last["hits"], "new_hits": last["new_hits"],
        "encoder_error": encoder_error, "seconds": round(seconds[0], 1), "processor_seconds": round(seconds[1], 1),
        "versions": versions(), "machine": machine()}, results.FORM)


def parse(arguments):
    """The command line as a Namespace."""
    parser = argparse.ArgumentParser(
        prog="python -m stn_numpy.experiments.colocalisation", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Find the digit that all images of a set have in common, without labels or boxes "
                    "(co-localisation). A set leaves a record and a picture; one that has a record is skipped.")
    add = parser.add_argument
    add("--classes", type=names_in("0123456789"), default="3,8",
        help="digits to be found, one set each, separated by commas")
    add("--clutter", choices=("no", "yes", "both"), default="both", help="among pieces of other digits, or alone")
    add("--unaided", action="store_true", help="nothing from outside: the classifier has learned plain digits alone, and "
                                               "all of the clutter is there from the start")
    add("--steps", type=number_from(int, 1), default=1000, help="of gradient descent, for each set")
    add("--seed", type=number_from(int, 0), default=0, help="of canvases, weights and batches")
    add("--out", metavar="DIR", type=folder_name, default=RESULTS, help="where records and pictures go")
    options = parser.parse_args(arguments)
    options.classes = [int(name) for name in options.classes]
    options.clutter = {"no": [False], "yes": [True], "both": [False, True]}[options.clutter]
    return options


def main(arguments=None):
    """Run the command; returns the exit code."""
    options = parse(arguments)

    def command():
        make_folder(options.out)
        say_threads()
        return run_all(load_digits(), options)
    return ended(command, "what is finished is kept, the same command does the rest")


if __name__ == "__main__":
    sys.exit(main())
