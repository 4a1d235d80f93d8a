"""Table 1 of the paper: networks with and without a spatial transformer, on distorted digits.

    python -m stn_numpy.experiments.table1 --mnist DIR --rows fcn,st-fcn-aff --columns R,RTS --seeds 3 --steps 150000

A cell is one row, one column and one seed. Cells are trained one after the other; each leaves a record when it is
finished, and a checkpoint on the way, so that the same command continues where it was stopped, or killed, and comes to
the same figures, bit for bit. Seeds are the innermost loop, then columns, then rows. Convolutional rows are trained
only where they are named: each of their steps takes many times as long as one of a fully connected network.

Choices, such as that of a learning rate, are made with --held-out: a sixth of the training digits is not learned from,
but judges in place of the test digits. Such runs leave records too, which the table never shows.
"""

import argparse
import contextlib
import itertools
import sys
from typing import NamedTuple

import numpy as np

from ..data import Digits, load_digits, load_mnist
from ..training.commandline import CtrlC, ended, folder_name, make_folder, names_in, number_from, reserved
from ..training.distortions import distort
from ..training.run import Run
from ..training.sgd import linear_decay, step_decay
from . import paper
from .harness import RESULTS, RESUMING, UNFINISHED, descend, say_threads
from .networks import ROWS, build
from .records import Form, check_same, digits_stated, read_record, write_record

FULLY_CONNECTED = [name for name, row in ROWS.items() if not row.convolutional]
SCHEDULES = ("thirds", "linear")
MOST_SEEDS = 100                         # who gives more means a seed, and not how many


def _name(record):
    settings = record["configuration"]
    how = ("-linear" if "linear_from" in settings else "") + ("-held-out" if "held_out" in settings else "")
    return f"table1-{record['column']}-{record['row']}-{settings['steps']}-steps{how}-seed-{record['seed']}.json"


def _fault(record):
    """What is wrong with a record that is whole and was not changed, or None."""
    if record["row"] not in ROWS or record["column"] not in paper.COLUMNS:
        return f"there is no row {record['row']!r} with a column {record['column']!r}"
    wanted = {"step": int, "train_error": float, "test_error": float}
    for point in record["curve"] or [None]:
        if not isinstance(point, dict) or not all(isinstance(point.get(key), kind) for key, kind in wanted.items()):
            return f"'curve' must hold points with {', '.join(wanted)}, got {point!r:.60}"
    if "localisation_factor" not in record["configuration"]:                 # it is None without a localisation net
        return "'localisation_factor' is missing"
    if not record["test_error"] == record["curve"][-1]["test_error"] or not 0 <= record["test_error"] <= 1:
        return f"'test_error' must be the last of the curve, from 0 to 1, got {record['test_error']}"
    return None


FORM = Form(experiment="table1", title="Table 1", name=_name, fault=_fault,
            kinds={"row": str, "column": str, "test_error": float},
            settings={"steps": int, "batch_size": int, "learning_rate": float, "momentum": float, "classifier": list,
                      "parameters": int, "train_digits": int, "digits_sha256": str})


class Cell(NamedTuple):
    """One training of one network."""
    row: str
    column: str
    seed: int

    def __str__(self):
        return f"{self.row} {self.column} seed {self.seed}"


def parse(arguments):
    """The command line as a Namespace."""
    parser = argparse.ArgumentParser(
        prog="python -m stn_numpy.experiments.table1", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Train cells of the paper's Table 1, each to a record of its own. Cells that have a record are "
                    "skipped, one that was interrupted is resumed: simply give the same command again.")
    add = parser.add_argument
    add("--mnist", metavar="DIR", type=folder_name,
        help="train on the whole of MNIST, read from DIR, instead of the bundled 5,000 digits")
    add("--rows", type=names_in(ROWS), default=",".join(FULLY_CONNECTED),
        help=f"networks, separated by commas, of {', '.join(ROWS)}; a convolutional one takes many times as long, so "
             "name it if you want it")
    add("--columns", type=names_in(paper.COLUMNS), default=",".join(paper.COLUMNS), help="distortions, likewise")
    add("--seeds", type=seeds, default=str(paper.SEEDS),
        help="how many networks a cell is the mean of, seeds 0, 1, ..; or which seeds, with commas: 1,2 or, for one, 1,")
    add("--steps", type=number_from(int, 1), default=paper.STEPS, help="of gradient descent")
    add("--schedule", choices=SCHEDULES, default="thirds",
        help="the learning rate falls to 1/10 after each third of the steps, as the paper's, or stays for half of "
             "them and then falls in a straight line to 0, which gets further in few steps")
    add("--batch-size", type=number_from(int, 1), default=paper.BATCH_SIZE, help="digits in a step")
    add("--learning-rate", type=number_from(float, 0, open_at_low=True), default=0.1, help="of the first steps")
    add("--momentum", type=number_from(float, 0, 1), default=0.9, help="0 for the paper's plain gradient descent")
    add("--localisation-factor", type=number_from(float, 0, open_at_low=True), default=0.1,
        help="the localisation net's learning rate, as a multiple of the classifier's")
    add("--held-out", action="store_true",
        help="let the last sixth of the training digits judge in place of the test digits: for choosing a rate or a "
             "schedule; the table never shows such records")
    add("--out", metavar="DIR", type=folder_name, default=RESULTS, help="where records and checkpoints go")
    return parser.parse_args(arguments)


def seeds(text):
    """An option's type: seeds as a list. "3" are three of them, 0, 1 and 2; "1,2" are these two, and "1," is one."""
    count = number_from(int, 1, MOST_SEEDS)
    if "," not in text:
        return list(range(count(text)))
    names = text.removesuffix(",").split(",")
    found = [number_from(int, 0)(name) for name in names]
    if len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"must name each seed once, got {text!r}")
    return found


def hold_out(digits):
    """The digits with the last sixth of the training digits in place of the test digits."""
    n = len(digits.train_images) // 6
    if n == 0:
        raise ValueError(f"--held-out needs at least 6 digits to train on, got {len(digits.train_images)}")
    images, labels = digits.train_images, digits.train_labels
    return Digits(images[:-n], labels[:-n], images[-n:], labels[-n:])


def _of_the_options(options):
    """What of a configuration the options alone decide, and the record's name depends on."""
    decay = {"decay_every": -(-options.steps // 3)} if options.schedule == "thirds" else {
        "linear_from": options.steps // 2}
    return {"steps": options.steps, "batch_size": options.batch_size, "learning_rate": options.learning_rate,
            **decay, "momentum": options.momentum, **({"held_out": True} if options.held_out else {})}


def record_path(cell, options):
    """Where the record of a cell belongs."""
    return options.out / _name({**cell._asdict(), "configuration": _of_the_options(options)})


def prepare(cell, digits, options):
    """The fresh network of a cell, and the configuration that its record will state."""
    shape = distort(np.zeros((1, 1, 28, 28), np.float32), cell.column, np.random.default_rng(0)).shape[2:]
    network, sizes = build(cell.row, cell.column, shape, np.random.default_rng([cell.seed, 1]))
    factor = options.localisation_factor if ROWS[cell.row].transform else None
    return network, {**_of_the_options(options), "localisation_factor": factor, "dtype": "float32", **sizes,
                     **digits_stated(digits)}


def schedule_of(settings):
    """The function step -> learning rate that a configuration states."""
    if "linear_from" in settings:
        return linear_decay(settings["learning_rate"], settings["linear_from"], settings["steps"])
    return step_decay(settings["learning_rate"], settings["decay_every"])


def train_cell(cell, digits, options, ctrl_c, place):
    """Train a cell to its record, from its checkpoint if there is one. Returns False if a Ctrl-C came before the end.

    `place` is what a line of progress begins with, such as "cell 2 of 6".
    """
    network, settings = prepare(cell, digits, options)
    path = record_path(cell, options)
    checkpoint = options.out / UNFINISHED / f"{path.stem}.npz"
    if path.exists():
        check_same(path, read_record(path, FORM)["configuration"], settings)
        print(f"{place}: {cell} is finished, see {path.name}", flush=True)
    else:
        run = Run({cell.row: network}, digits, cell.column, schedule_of(settings), options.batch_size,
                  options.momentum, {"transformer": options.localisation_factor}, cell.seed)
        spent = descend(run, settings, checkpoint, ctrl_c, f"{place}: {cell}")
        if run.step < options.steps:
            return False
        write_record(options.out, _record_of(cell, settings, run, spent), FORM)
    checkpoint.unlink(missing_ok=True)
    return True


def _record_of(cell, settings, run, spent):
    curve = [{key: value for key, value in row.items() if key != "network"} for row in run.history]
    return {"experiment": "table1", **cell._asdict(), "configuration": settings, "curve": curve,
            "test_error": curve[-1]["test_error"], **spent}


def train_cells(cells, digits, options):
    """Train one cell after the other. Returns the exit code: 0, 1 or 2 if a cell failed, 130 after a Ctrl-C.

    A cell that fails, since it diverges (1) or since its record or its checkpoint cannot be used (2), is left out.
    """
    code = 0
    with CtrlC() as ctrl_c:
        for number, cell in enumerate(cells, start=1):
            try:
                finished = train_cell(cell, digits, options, ctrl_c, f"cell {number} of {len(cells)}")
            except (FloatingPointError, ValueError) as error:
                print(f"\nerror: {cell}: {error}", file=sys.stderr)
                code, finished = max(code, 1 if isinstance(error, FloatingPointError) else 2), True
            if sys.stdout.isatty():
                print()
            if not finished:
                print(f"stopped; {RESUMING}")
                return 130
    return code


def main(arguments=None):
    """Run the command; returns the exit code."""
    options = parse(arguments)
    cells = [Cell(*names) for names in itertools.product(options.rows, options.columns, options.seeds)]

    def command():
        digits = load_mnist(options.mnist) if options.mnist else load_digits()
        digits = hold_out(digits) if options.held_out else digits
        unfinished = options.out / UNFINISHED
        make_folder(unfinished)
        say_threads()
        with contextlib.ExitStack() as locks:
            for cell in cells:
                lock = unfinished / f"{record_path(cell, options).stem}.lock"
                locks.enter_context(reserved(lock, f"{cell} in {options.out}"))
            return train_cells(cells, digits, options)
    return ended(command, RESUMING)


if __name__ == "__main__":
    sys.exit(main())
