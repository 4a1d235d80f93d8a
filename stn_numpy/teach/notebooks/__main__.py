"""The command line of the tooling; see the package's docstring."""

import argparse
import sys
from pathlib import Path

from ...training.starting import forgive
from . import __doc__ as description

NEEDS_JUPYTER = ("this needs Jupyter, which comes with  pip install -r requirements.txt  (a bare install of the package "
                 "leaves it out); missing is")


def main(arguments=None):
    """Run one action; returns 0, 1 where it failed for some notebook, 2 for arguments that cannot be used, 130 at Ctrl-C."""
    options = _parser().parse_args(arguments)
    forgive((sys.stdout, sys.stderr))
    try:
        from . import actions
        return actions.ACTIONS[options.action](options)
    except ModuleNotFoundError as error:
        print(f"error: {NEEDS_JUPYTER} {error.name}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; what is finished is kept", file=sys.stderr)
        return 130
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _parser():
    parser = argparse.ArgumentParser(prog="python -m stn_numpy.teach.notebooks", description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name, words, example, out=None):
        """A subcommand; `out` is what its option --out is for."""
        made = actions.add_parser(name, help=words, description=words, epilog=f"example: python -m "
                                  f"stn_numpy.teach.notebooks {name} {example}")
        if out:
            made.add_argument("--out", type=Path, required=True, metavar="PATH", help=out)
        return made.add_argument

    for name, words, example, out in (
            ("run", "execute notebooks in place, and tidy them", "", None),
            ("check", "say whether notebooks are fit to be committed", "", None),
            ("solve", "make solved copies, executed", "--out solved", "folder for the copies"),
            ("html", "make pages to read without Jupyter, and an index", "--out pages", "folder for the pages"),
            ("slides", "make a deck of the cells that are marked for it", "--out decks", "folder for the decks"),
            ("assignment", "write lessons in the form of another grader", "--for nbgrader --out source",
             "folder for the notebooks"),
            ("variant", "make notebooks for marked work, which the public solutions do not answer",
             "--variant 7 --out paper", "folder for the notebooks")):
        add = action(name, words, example, out)
        add("files", nargs="*", type=Path, metavar="NOTEBOOK", help="by default all lessons")
        if name in ("html", "slides"):
            add("--mathjax", metavar="PATH", help="a local copy of MathJax 3 or later, its file tex-svg.js, or an address "
                                                 "(default: the network's)")
        if name == "slides":
            add("--reveal", metavar="PATH", help="a local copy of reveal.js, a folder or an address (default: the network's)")
        if name == "assignment":
            add("--for", dest="grader", choices=("nbgrader", "otter"), required=True, help="which grader")
        if name == "variant":
            add("--variant", type=_whole, required=True, metavar="N", help="number of the paper; the same makes the same")
            add("--solved", action="store_true", help="make solved copies instead")

    add = action("collect", "run the checks once, say what is missing, and pack notebooks into one archive",
                 "--out hand_in.zip", "the archive")
    add("files", nargs="*", type=Path, metavar="NOTEBOOK", help="by default all notebooks of this folder")
    add("--variant", type=_whole, metavar="N", help="number of the paper, if it is one")

    add = action("grade", "grade a folder of hand-ins", "hand_ins --out grades.csv --html report --seed 3",
                 "the table, a CSV file")
    add("folder", type=Path, metavar="FOLDER", help="notebooks or archives, one a student, or a folder for each student")
    add("--seed", type=_whole, default=0, metavar="S", help="draws the inputs that functions are called with (%(default)s)")
    add("--variant", type=_whole, metavar="N", help="number of the paper, if the notebooks are those of a variant")
    add("--html", type=Path, metavar="DIR", help="also write a page for the class and one for each student")
    return parser


def _whole(text):
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2 ** 31:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 up, got {text!r}")
    return value


if __name__ == "__main__":
    sys.exit(main())
