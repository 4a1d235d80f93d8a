"""The lessons' companion on the command line.

    python -m stn_numpy.teach                    what there is
    python -m stn_numpy.teach tutorials DIR      copy the lessons into a folder of your own
    python -m stn_numpy.teach.notebooks --help   for lecturers: execute, solve, render, grade notebooks
"""

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

from ..data.files import write_whole


def copy_tutorials(folder):
    """Copy the lessons into a folder, and say what was done with each. A file that differs is left as it is.

    Returns the number of files that were left, since they hold something else.
    """
    from .notebooks.files import bridges, tutorials

    folder.mkdir(parents=True, exist_ok=True)
    kept = 0
    for path in [*tutorials(), *bridges(), *sorted(tutorials()[0].parent.glob("*.md"))]:
        target, content = folder / path.name, path.read_bytes()
        if not target.exists():
            write_whole(target, content)
            print(f"{target}")
        elif target.read_bytes() == content:
            print(f"{target} is there already")
        else:
            kept += 1
            print(f"{target} is there and differs, so it is left as it is: to have it anew, move yours away first")
    return kept


def main(arguments=None):
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stn_numpy.teach", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", metavar="tutorials")
    action = actions.add_parser("tutorials", help="copy the lessons into a folder of your own",
                                epilog="example: python -m stn_numpy.teach tutorials my_lessons")
    action.add_argument("folder", type=Path, metavar="DIR", help="made if it is not there")
    options = parser.parse_args(arguments)
    if options.action is None:
        parser.print_help()
        return 0
    try:
        copy_tutorials(options.folder)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "jupyter", "lab", str(options.folder)]
    print("Now: ", subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command))
    return 0


if __name__ == "__main__":
    sys.exit(main())
