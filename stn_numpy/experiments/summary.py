"""Our Table 1 beside the paper's, from the records: on the terminal and, if asked, on the results page and as pictures.

    python -m stn_numpy.experiments.summary [--results DIR] [--merge DIR] [--write] [--page FILE]

Nothing is typed in by hand: the page's part between the two markers is written anew by each --write, and a cell that
has no record stays empty.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data.files import write_whole
from ..pictures.look import save
from ..training.commandline import ended, folder_name, make_folder
from . import paper, pictures
from .harness import RESULTS
from .networks import ROWS
from .records import check_same, read_record, read_records
from .table1 import FORM

PAGE = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- table1: begin, written by stn_numpy.experiments.summary -->", "<!-- table1: end -->"
EMPTY = "–"
CHOSEN_RATES = {("st-cnn-aff", "RTS"): 0.02}     # by held-out digits, after other rates had been tried; see the page
ALIKE = ("digits_sha256", "steps", "batch_size", "linear_from", "decay_every", "learning_rate", "momentum")


class Result(NamedTuple):
    """What the seeds of one cell came to, all trained in the same way."""
    records: list          # one a seed

    @property
    def errors(self):
        """Test errors in per cent, (seeds,)."""
        return np.array([100 * record["test_error"] for record in self.records])

    @property
    def configuration(self):
        return self.records[0]["configuration"]

    def __str__(self):
        spread = f" ± {self.errors.std(ddof=1):.2f}" if len(self.errors) > 1 else ""
        return f"{self.errors.mean():.2f}{spread}"

    @property
    def steps(self):
        return self.configuration["steps"]

    @property
    def effort(self):
        """Steps x seeds."""
        return f"{self.steps:,} x {len(self.records)}"


def results_of(records):
    """The Result of each cell that has records, (row, column) -> Result.

    Where a cell was trained in several ways, what was learned on more digits counts, then a rate that held-out digits
    have chosen, then what took more steps, then what has more seeds, then the paper's schedule.
    """
    found = {}
    for result in _results(records):
        cell = result.records[0]["row"], result.records[0]["column"]
        if cell not in found or _precedence(result) > _precedence(found[cell]):
            found[cell] = result
    return found


def _results(records):
    """A Result for each row, column and configuration: seeds that were trained in different ways are never mixed.

    Records of runs that a held-out part of the training digits judged are left out.
    """
    groups = {}
    for record in (record for record in records if "held_out" not in record["configuration"]):
        configuration = json.dumps(record["configuration"], sort_keys=True)
        groups.setdefault((record["row"], record["column"], configuration), []).append(record)
    return [Result(group) for _, group in sorted(groups.items())]


def _precedence(result):
    settings, record = result.configuration, result.records[0]
    chosen = CHOSEN_RATES.get((record["row"], record["column"])) == settings["learning_rate"]
    return settings["train_digits"], chosen, result.steps, len(result.records), "decay_every" in settings


def trained_alike(records):
    """Rows that were trained alike in a column: a list of dicts, row -> Result, each of two rows or more.

    Digits, steps, batches, schedule, rate and momentum agree, so that rows are to be compared. Where a row was trained
    so with several factors for its localisation net, the one with the most seeds counts.
    """
    groups = {}
    for result in _results(records):
        row, column = result.records[0]["row"], result.records[0]["column"]
        alike = json.dumps([result.configuration.get(key) for key in ALIKE])
        group = groups.setdefault((paper.COLUMNS.index(column), -result.steps, alike), {})
        if row not in group or len(result.records) > len(group[row].records):
            group[row] = result
    return [{row: group[row] for row in ROWS if row in group} for _, group in sorted(groups.items()) if len(group) > 1]


def text_table(results):
    """The table for a terminal: three lines a row, the paper's errors, ours, and our steps x seeds."""
    lines = [_text_line("test error, %", paper.COLUMNS)]
    for row in ROWS:
        cells = [results.get((row, column)) for column in paper.COLUMNS]
        lines += [_text_line(f"{ROWS[row].title:<14}paper", [_paper(row, column) for column in paper.COLUMNS]),
                  _text_line(f"{'':<14}ours", [str(cell or EMPTY) for cell in cells]),
                  _text_line(f"{'':<14}steps", [cell.effort if cell else "" for cell in cells])]
    return "\n".join(line.rstrip() for line in lines)


def _text_line(head, cells):
    return f"{head:<20}" + "".join(f"{cell:>14}" for cell in cells)


def _paper(row, column):
    error = paper.TABLE_1[row].get(column)
    return EMPTY if error is None else f"{error:.1f}"


def markdown(records, curves, bars):
    """The page's part: the table, rows trained alike, how each cell was trained; the pictures at these links."""
    results, alike = results_of(records), trained_alike(records)
    parts = [
        "Test error in per cent, **ours** and (in brackets) the paper's, and below them our steps x seeds; ± is the "
        f"standard deviation over seeds, {EMPTY} is a cell that was not run (or is not in the paper).",
        _markdown_rows(["", *paper.COLUMNS], [
            [ROWS[row].title, *(_markdown_cell(results.get((row, column)), _paper(row, column))
                                for column in paper.COLUMNS)] for row in ROWS]),
        f"![Test errors of each cell beside the paper's]({bars})",
        f"![Test error against the step, a panel for each distortion]({curves})"]
    if alike:
        rows = [row for row in ROWS if any(row in group for group in alike)]
        parts += [
            "Cells above may differ in how they were trained. These were trained alike, on the same digits, with the "
            "same steps, batches, schedule, rate and momentum, so that a line compares networks alone:",
            _markdown_rows(["trained alike", *(ROWS[row].title for row in rows)], [
                [_alike_in(group), *(f"**{group[row]}** ({_paper(row, _column(group))})" if row in group else EMPTY
                                     for row in rows)] for group in alike])]
    return "\n\n".join(parts + [
        "How each cell was trained. The schedule is thirds, where the rate falls to a tenth after each third of the "
        "steps, or linear, where it stays for the first half of them and then falls in a straight line to 0; rate and "
        "factor are those of the classifier at the start and of the localisation net as a multiple of it. Sizes are "
        "the widths of the layers, the classifier's last. In training is the error on the last batches, a twentieth "
        "of all, each before its step.",
        _markdown_rows(["cell", "error", "in training", "paper", "steps", "seeds", "batch", "schedule", "rate",
                        "momentum", "factor", "sizes", "parameters", "digits", "processor minutes"],
                       [_how(row, column, results[row, column])
                        for row in ROWS for column in paper.COLUMNS if (row, column) in results])])


def _column(group):
    return next(iter(group.values())).records[0]["column"]


def _alike_in(group):
    """How the rows of a group were trained, in a few words."""
    settings = next(iter(group.values())).configuration
    return f"{_column(group)}, {settings['steps']:,} steps of {settings['batch_size']}, {_schedule(settings)}"


def _schedule(settings):
    return "linear" if "linear_from" in settings else "thirds"


def _markdown_rows(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _markdown_cell(result, paper_error):
    return f"**{result}** ({paper_error})<br>{result.effort}" if result else f"{EMPTY} ({paper_error})"


def _how(row, column, result):
    c = result.configuration
    layers = [c[part] for part in ("localisation", "classifier") if part in c]
    minutes = np.mean([record["processor_seconds"] for record in result.records]) / 60
    learned = 100 * np.mean([record["curve"][-1]["train_error"] for record in result.records])
    return [f"{ROWS[row].title}, {column}", str(result), f"{learned:.2f}", _paper(row, column), f"{result.steps:,}",
            str(len(result.records)), str(c["batch_size"]), _schedule(c),
            f"{c['learning_rate']:g}", f"{c['momentum']:g}",
            EMPTY if c["localisation_factor"] is None else f"{c['localisation_factor']:g}",
            ", ".join(["-".join(map(str, sizes)) for sizes in layers] + (["pooled"] if c.get("pooled") else [])),
            f"{c['parameters']:,}", f"{c['train_digits']:,}", f"{minutes:.0f}"]


def rewrite(page, content):
    """Put content between the markers of a page; a page that is not there yet is made of it alone."""
    page = Path(page)
    try:
        text = page.read_text(encoding="utf-8") if page.exists() else f"# Table 1\n\n{BEGIN}\n{END}\n"
    except UnicodeDecodeError as error:
        raise ValueError(f"{page} is not text in UTF-8: {error}") from error
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"{page} must have once the line {BEGIN} and, below it, once the line {END}")
    before, after = text[:text.index(BEGIN)], text[text.index(END):]
    write_whole(page, f"{before}{BEGIN}\n\n{content}\n\n{after}".encode())


def part_of_page(records, folder, page):
    """What belongs between the markers of a page, with its links to the pictures in the folder of the records."""
    links = [Path(os.path.relpath(folder / name, Path(page).parent)).as_posix() for name in PICTURES]
    return markdown(records, *links)


PICTURES = {"table1-curves.png": pictures.learning_curves, "table1-errors.png": pictures.errors}


def merge(folder, others):
    """Copy the records of another folder into this one, after their checks. Returns the paths of the new ones.

    All are checked before the first is copied: each must be whole, and where a record is there already, it must be of
    the same training and have the same test error. ValueError names the first that does not.
    """
    found = [(path, read_record(path, FORM)) for path in sorted(others.glob("table1-*.json"))]
    if not found:
        raise ValueError(f"there are no records of Table 1 in {others}")
    for path, record in found:
        here = folder / path.name
        if here.exists():
            known = read_record(here, FORM)
            check_same(here, known["configuration"], record["configuration"])
            if known["test_error"] != record["test_error"]:
                raise ValueError(f"{path} has a test error of {record['test_error']:.2%}, {here} of "
                                 f"{known['test_error']:.2%}: keep one of the two")
    new = [path for path, _ in found if not (folder / path.name).exists()]
    make_folder(folder)
    for path in new:
        write_whole(folder / path.name, path.read_bytes())
    return [folder / path.name for path in new]


def parse(arguments):
    """The command line as a Namespace."""
    parser = argparse.ArgumentParser(prog="python -m stn_numpy.experiments.summary",
                                     description="Put our Table 1 beside the paper's, from the records.")
    add = parser.add_argument
    add("--results", metavar="DIR", type=folder_name, default=RESULTS, help="folder of the records (default: %(default)s)")
    add("--merge", metavar="DIR", type=folder_name, help="first copy the records of DIR, made elsewhere, into that folder")
    add("--write", action="store_true", help="write the table into the page, and draw its pictures beside the records")
    add("--page", metavar="FILE", type=Path,
        help="Markdown page whose marked part is written, as by --write (default: the package's own results page for "
             "its own records, else README.md in the folder of the records)")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Run the command; returns the exit code."""
    options = parse(arguments)
    ours = options.results.resolve() == RESULTS.resolve()
    page = options.page or (PAGE if ours else options.results / "README.md")
    return ended(lambda: _summarise(options, page))


def _summarise(options, page):
    """Merge if asked, print the table, write page and pictures if asked; returns the exit code."""
    if options.merge:
        new = merge(options.results, options.merge)
        print(f"merged {len(new)} new records: {', '.join(path.name for path in new) or 'all were there already'}")
    records = read_records(options.results, FORM)
    if not records:
        raise ValueError(f"there are no records of Table 1 in {options.results}; "
                         "python -m stn_numpy.experiments.table1 makes them")
    results = results_of(records)
    print(text_table(results))
    if options.write or options.page:
        rewrite(page, part_of_page(records, options.results, page))
        for name, draw in PICTURES.items():
            save(draw(results), options.results / name)
        print(f"written: {page}, {', '.join(str(options.results / name) for name in PICTURES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
