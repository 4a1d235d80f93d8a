"""Table 1 of the paper: networks with and without a spatial transformer, on distorted digits.

    python -m stn_numpy.experiments.table1 --mnist DIR --rows fcn,st-fcn-aff --columns R,RTS --seeds 3 --steps 150000

A cell is one row, one column and one seed. Cells are trained one after the other; each leaves a record when it is
finished, and a checkpoint on the way, so that the same command goes on where it was stopped, or killed, and comes to
the same figures, bit for bit. Seeds are the innermost loop, then columns, then rows. Convolutional rows are trained
only where they are named: a step of theirs takes many times that of a fully connected one.
"""

import argparse
import itertools
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..__main__ import CtrlC
from ..data import load_digits, load_mnist
from ..distortions import distort
from ..train import Run, linear_decay, step_decay
from . import paper
from .networks import ROWS, build
from .records import digits_in_words, machine, read_record, record_path, versions, write_record

RESULTS = Path(__file__).with_name("results")
FULLY_CONNECTED = [name for name, row in ROWS.items() if not row.convolutional]
SCHEDULES = ("thirds", "linear")
REPORTS = 20                             # points of a learning curve
CHECKPOINT_SECONDS = 60
UNFINISHED = "unfinished"                # folder of the checkpoints, inside that of the records


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
                    "passed over, one that was interrupted is gone on with: simply give the same command again.")
    add = parser.add_argument
    add("--mnist", metavar="DIR", help="learn on the whole of MNIST, read from DIR, not on the bundled 5,000 digits")
    add("--rows", type=_names_in(ROWS), default=",".join(FULLY_CONNECTED),
        help=f"networks, separated by commas, of {', '.join(ROWS)}; a convolutional one takes many times as long, so "
             "name it if you want it")
    add("--columns", type=_names_in(paper.COLUMNS), default=",".join(paper.COLUMNS), help="distortions, likewise")
    add("--seeds", type=number_from(int, 1), default=paper.SEEDS, help="how many networks a cell is the mean of")
    add("--steps", type=number_from(int, 1), default=paper.STEPS, help="of gradient descent")
    add("--schedule", choices=SCHEDULES, default="thirds",
        help="the learning rate falls to 1/10 after each third of the steps, as the paper's, or stays for half of "
             "them and then falls in a straight line to 0, which gets further in few steps")
    add("--batch-size", type=number_from(int, 1), default=paper.BATCH_SIZE, help="digits in a step")
    add("--learning-rate", type=number_from(float, 0, open_at_low=True), default=0.1, help="of the first steps")
    add("--momentum", type=number_from(float, 0, 1), default=0.9, help="0 for the paper's plain gradient descent")
    add("--localisation-factor", type=number_from(float, 0, open_at_low=True), default=0.1,
        help="the localisation net's learning rate, as a multiple of the classifier's")
    add("--out", metavar="DIR", type=Path, default=RESULTS, help="where records and checkpoints go")
    return parser.parse_args(arguments)


def _names_in(allowed):
    """An option's type: names separated by commas, each one of those allowed and none twice."""
    def names(text):
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in allowed]
        if unknown or len(set(chosen)) < len(chosen):
            raise argparse.ArgumentTypeError(f"must be some of {','.join(allowed)}, each once, got {text!r}")
        return chosen
    return names


def number_from(kind, low, high=float("inf"), open_at_low=False):
    """An option's type: an int or a float from low, itself allowed or not, up to but not including high."""
    def number(text):
        try:
            value = kind(text)
        except ValueError:
            value = float("nan")
        if not low <= value < high or open_at_low and value == low:
            wanted = (f"a {'whole ' * (kind is int)}number {'above' if open_at_low else 'from'} {low}"
                      f"{'' if high == float('inf') else f' to below {high}'}")
            raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
        return value
    return number


def prepare(cell, digits, options):
    """The fresh network of a cell, and the configuration that its record will state."""
    shape = distort(np.zeros((1, 1, 28, 28), np.float32), cell.column, np.random.default_rng(0)).shape[2:]
    network, sizes = build(cell.row, cell.column, shape, np.random.default_rng([cell.seed, 1]))
    factor = options.localisation_factor if ROWS[cell.row].transform else None
    decay = {"decay_every": -(-options.steps // 3)} if options.schedule == "thirds" else {
        "linear_from": options.steps // 2}
    return network, {"steps": options.steps, "batch_size": options.batch_size, "learning_rate": options.learning_rate,
                     **decay, "momentum": options.momentum, "localisation_factor": factor, "dtype": "float32", **sizes,
                     **digits_in_words(digits)}


def schedule_of(settings):
    """The function step -> learning rate that a configuration states."""
    if "linear_from" in settings:
        return linear_decay(settings["learning_rate"], settings["linear_from"], settings["steps"])
    return step_decay(settings["learning_rate"], settings["decay_every"])


def train_cell(cell, digits, options, ctrl_c, place):
    """Train a cell to its record, from its checkpoint if there is one. Returns False if a Ctrl-C came before the end.

    `place` is what a line of progress begins with, such as "cell 2 of 6".
    """
    path = record_path(options.out, cell.row, cell.column, options.steps, cell.seed)
    checkpoint = options.out / UNFINISHED / f"{path.stem}.npz"
    network, settings = prepare(cell, digits, options)
    if path.exists():
        check_same(path, read_record(path)["configuration"], settings)
        print(f"{place}: {cell} is finished, see {path.name}", flush=True)
    else:
        run = Run({cell.row: network}, digits, cell.column, schedule_of(settings), options.batch_size,
                  options.momentum, {"transformer": options.localisation_factor}, cell.seed)
        seconds = descend(run, settings, checkpoint, ctrl_c, f"{place}: {cell}")
        if run.step < options.steps:
            return False
        write_record(options.out, _record_of(cell, settings, run, seconds))
    checkpoint.unlink(missing_ok=True)
    return True


def check_same(path, there, here):
    changed = [f"{key} was {there.get(key)}, is now {here.get(key)}" for key in {**there, **here}
               if there.get(key) != here.get(key)]
    if changed:
        raise ValueError(f"{path} holds this cell with other settings: {', '.join(changed)}; "
                         "give another folder with --out to keep both")


def _record_of(cell, settings, run, seconds):
    curve = [{key: value for key, value in row.items() if key != "network"} for row in run.history]
    clock, processor = seconds.round(1).tolist()
    return {"experiment": "table1", **cell._asdict(), "configuration": settings, "curve": curve,
            "test_error": curve[-1]["test_error"], "seconds": clock, "processor_seconds": processor,
            "versions": versions(), "machine": machine()}


def descend(run, settings, checkpoint, ctrl_c, place):
    """Train from the checkpoint on, to the last step or a Ctrl-C; returns the seconds that the cell took so far.

    Neither when a checkpoint is written nor how often we are stopped makes a difference to the figures: reports are
    made at fixed steps, and all the rest is in the checkpoint. `place` is what a line of progress begins with.
    """
    steps, spent = settings["steps"], np.zeros(2)
    if checkpoint.exists():
        spent = run.load(checkpoint, settings)["seconds"]
    reports = set(np.linspace(0, steps, REPORTS + 1).round().astype(int).tolist())
    first, begun = run.step, _clocks()
    saved = begun
    while run.step < steps and not ctrl_c.pressed:
        run.advance()
        if run.step in reports:
            run.report()
        now = _clocks()
        _show(place, run, steps, (now - begun)[0] / (run.step - first), run.step in reports)
        if (now - saved)[0] > CHECKPOINT_SECONDS or ctrl_c.pressed or run.step == steps:
            run.save(checkpoint, settings, seconds=spent + now - begun)
            saved = now
    return spent + _clocks() - begun


def _clocks():
    """Seconds on the clock, and of the processor, which works for other programs in between."""
    return np.array([time.monotonic(), time.process_time()])


def _show(place, run, steps, seconds_a_step, reported):
    """One line of progress: written over at each step on a terminal, a new one at each report in a file."""
    on_terminal = sys.stdout.isatty()
    if on_terminal or reported:
        latest = " / ".join(f"{row['test_error']:.2%}" for row in run.history[-len(run.networks):])
        error = f", test error {latest}" if latest else ""
        line = f"{place}: step {run.step} of {steps}{error}, {(steps - run.step) * seconds_a_step / 60:.0f} min left"
        print(f"\r{line}  " if on_terminal else line, end="" if on_terminal else "\n", flush=True)


def train_cells(cells, digits, options):
    """Train one cell after the other. Returns the exit code: 0, 1 if one diverged, 130 after a Ctrl-C."""
    code = 0
    with CtrlC() as ctrl_c:
        for number, cell in enumerate(cells, start=1):
            try:
                finished = train_cell(cell, digits, options, ctrl_c, f"cell {number} of {len(cells)}")
            except FloatingPointError as error:
                print(f"\nerror: {cell}: {error}; going on with the next cell", file=sys.stderr)
                code, finished = 1, True
            if sys.stdout.isatty():
                print()
            if not finished:
                print("stopped; the same command goes on from here")
                return 130
    return code


def make_folder(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot write to {folder.parent}, {error.strerror}: give a folder with --out") from error


def main(arguments=None):
    """Run the command; returns the exit code."""
    options = parse(arguments)
    cells = [Cell(*names) for names in itertools.product(options.rows, options.columns, range(options.seeds))]
    try:
        digits = load_mnist(options.mnist) if options.mnist else load_digits()
        make_folder(options.out / UNFINISHED)
        return train_cells(cells, digits, options)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
