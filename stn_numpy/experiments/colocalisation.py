"""Co-localisation (A.2): find what a set of images has in common, given nothing but that there is something.

    python -m stn_numpy.experiments.colocalisation [--classes 3,8] [--clutter no|yes|both] [--steps N] [--seed S]

100 canvases hold a digit of the same class each. An attention transformer crops them, a fixed encoder e, made of
activations of a classifier, says what is in the crops, and the triplet hinge loss asks that crops look more like each
other than like random pieces of their own canvases. Neither labels nor boxes of these canvases are used, except to
count hits for the record.

The gradient passes through the encoder, whose parameters stay as they are: a backward pass always computes all
gradients, and what learns is decided by the optimiser, which is given the transformer alone.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from ..__main__ import CtrlC
from ..data import as_feature_maps, load_digits
from ..network.modules import AveragePool, Sequential
from ..pictures.run import save
from ..training.run import SGD
from . import colocalisation_results as results
from .colocalisation_networks import ENCODING_TITLE, LOOKER_TITLE, SQUARE, WIDE, build_transformer
from .colocalisation_reader import PIECES, READER, READER_TITLE, WHOLE, train_encoder
from .colocalisation_task import boxes_of, iou, make_canvases, random_crops
from .harness import RESULTS, ended, make_folder, number_from
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
    encoder : Encoder
    clutter : bool                   whether clutter is faded in, or stays away
    steps : int
    seed                             for numpy.random.default_rng
    """

    def __init__(self, canvases, encoder, clutter, steps, seed):
        self.canvases, self.clutter, self.steps, self.step = canvases, clutter, steps, 0
        self.rng = np.random.default_rng(seed)
        self.transformer, self.encoder = build_transformer(self.rng), encoder
        self.network = Sequential(transformer=self.transformer, pool=AveragePool(), encoder=encoder)
        self.optimiser = SGD(self.transformer, SETTINGS["momentum"])

    def advance(self):
        """One step on a batch; returns the loss, the mean over pairs."""
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
        return float(loss) / (N * (N - 1))

    def _strength(self, done):
        """Of the clutter, when this share of the steps is done."""
        begin, end = SETTINGS["clutter_fades_in"]
        return float(np.clip((done - begin) / (end - begin), 0, 1)) * self.clutter

    def look(self, canvases):
        """Boxes (N, 4) and crops (N, 56, 56) of canvases with all the clutter that there is in the end."""
        crops = self.transformer.forward(canvases.with_clutter(self.clutter))
        return boxes_of(self.transformer.grid), crops[:, 0]

    def report(self, losses, new):
        """A point of the learning curve, and the boxes and crops behind it."""
        new_boxes, _ = self.look(new)
        boxes, crops = self.look(self.canvases)
        overlap = iou(boxes, self.canvases.boxes)
        point = {"step": self.step, "loss": float(np.mean(losses)), "hits": results.hit_rate(overlap),
                 "iou": round(float(overlap.mean()), 4), "scale": round(float(self.transformer.theta[:, 0].mean()), 4),
                 "new_hits": results.hit_rate(iou(new_boxes, new.boxes))}
        return point, boxes, crops


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
    """Search the canvases of a class. Returns the curve, the film's frames, and seconds; fewer points after Ctrl-C."""
    canvases, new = canvases_of(digit, digits, options.seed)
    own_seed = [options.seed, digit, 1 if clutter else 2]                    # [.., 0] would be the seed of the canvases
    run = Search(canvases, encoder, clutter, options.steps, own_seed)
    reports = set(np.linspace(0, options.steps, REPORTS + 1).round().astype(int).tolist())
    curve, film, losses = [], results.Film(canvases.with_clutter(clutter), canvases.boxes, []), []
    begun = time.monotonic(), time.process_time()
    while not ctrl_c.pressed:
        if run.step in reports:
            point, boxes, crops = run.report(losses or [np.nan], new)
            film.frames.append((run.step, boxes[:results.SHOWN], crops[:results.SHOWN]))
            if run.step:
                curve.append(point)
                _show(f"{place}: step {run.step} of {options.steps}, loss {point['loss']:.3f}, "
                      f"{point['hits']:.0%} found", run.step, options.steps, begun[0])
            losses = []
        if run.step == options.steps:
            break
        losses.append(run.advance())
    return curve, film, (time.monotonic() - begun[0], time.process_time() - begun[1])


def _show(line, done, steps, begun):
    left = (time.monotonic() - begun) / done * (steps - done)
    print(f"{line}, {left:.0f} s left", flush=True)


def configuration(clutter, digits, options):
    """What a record's figures depend on."""
    settings = dict(SETTINGS) if clutter else {k: v for k, v in SETTINGS.items() if k != "clutter_fades_in"}
    return {"steps": options.steps, "digits_sha256": digits_stated(digits)["digits_sha256"], "digits": DIGITS,
            "batch_size": BATCH, **settings, "scale_at_start": WIDE, "localisation": LOOKER_TITLE,
            "encoding": ENCODING_TITLE, "encoding_square": SQUARE, "classifier": READER_TITLE,
            "classifier_learning": dict(READER), "classifier_pieces": PIECES, "whole_above": WHOLE, "dtype": "float32"}


def run_all(digits, options):
    """Every class and setting asked for that has no record yet. Returns the exit code: 0, or 130 after a Ctrl-C."""
    encoder = None
    todo = [(digit, clutter) for clutter in options.clutter for digit in options.classes]
    with CtrlC() as ctrl_c:
        for number, (digit, clutter) in enumerate(todo, start=1):
            place = f"{number} of {len(todo)}: {results.setting(clutter)} {digit}"
            record = {"experiment": "colocalisation", "class": digit, "clutter": clutter, "seed": options.seed,
                      "configuration": configuration(clutter, digits, options)}
            path = options.out / results.FORM.name(record)
            if path.exists():
                check_same(path, read_record(path, results.FORM)["configuration"], record["configuration"])
                print(f"{place} is finished, see {path.name}", flush=True)
                continue
            if encoder is None:
                encoder, encoder_error = _learn_to_read(digits, options.seed)
            curve, film, seconds = search(digit, clutter, encoder, digits, options, ctrl_c, place)
            if not curve or curve[-1]["step"] < options.steps:
                print("stopped; what is finished is kept, the same command begins the class under way anew")
                return 130
            _finish(path, record, curve, film, seconds, encoder_error)
    print(results.table(read_records(options.out, results.FORM)))
    return 0


def _learn_to_read(digits, seed):
    print("training the classifier whose activations are compared ...", flush=True)
    begun, steps = time.monotonic(), READER["steps"]

    def show(step):
        if step % 400 == 0:
            _show(f"classifier: step {step} of {steps}", step, steps, begun)

    encoder, error = train_encoder(digits, seed, show)
    print(f"it misreads {error:.1%} of the test digits", flush=True)
    return encoder, error


def _finish(path, record, curve, film, seconds, encoder_error):
    """Draw the picture, then write the record, so that a record stands for both."""
    title = f"{results.setting(record['clutter']).capitalize()}, class {record['class']}"
    save(results.draw(film, title), results.picture_path(path))
    write_record(path.parent, {
        **record, "curve": curve, "hits": curve[-1]["hits"], "new_hits": curve[-1]["new_hits"],
        "encoder_error": encoder_error, "seconds": round(seconds[0], 1), "processor_seconds": round(seconds[1], 1),
        "versions": versions(), "machine": machine()}, results.FORM)


def _classes(text):
    """An option's type: classes separated by commas, each once."""
    names = text.split(",")
    if not set(names) <= set("0123456789") or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"must be some of 0,1,..,9, each once, got {text!r}")
    return [int(name) for name in names]


def parse(arguments):
    """The command line as a Namespace."""
    parser = argparse.ArgumentParser(
        prog="python -m stn_numpy.experiments.colocalisation", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Find the digit that all images of a set have in common, without labels or boxes "
                    "(co-localisation). A set leaves a record and a picture; one that has a record is passed over.")
    add = parser.add_argument
    add("--classes", type=_classes, default="3,8", help="digits to be found, one set each, separated by commas")
    add("--clutter", choices=("no", "yes", "both"), default="both", help="among pieces of other digits, or alone")
    add("--steps", type=number_from(int, 1), default=1000, help="of gradient descent, for each set")
    add("--seed", type=number_from(int, 0), default=0, help="of canvases, weights and batches")
    add("--out", metavar="DIR", type=Path, default=RESULTS, help="where records and pictures go")
    options = parser.parse_args(arguments)
    options.clutter = {"no": [False], "yes": [True], "both": [False, True]}[options.clutter]
    return options


def main(arguments=None):
    """Run the command; returns the exit code."""
    options = parse(arguments)

    def command():
        make_folder(options.out)
        return run_all(load_digits(), options)
    return ended(command)


if __name__ == "__main__":
    sys.exit(main())
