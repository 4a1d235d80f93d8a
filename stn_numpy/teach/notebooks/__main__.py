"""The command line of the tooling; see the package's docstring."""

import argparse
import sys
from pathlib import Path

from ...data.files import write_whole
from . import __doc__ as description
from .checking import complaints, measure
from .executing import NotebookError, execute
from .files import read, tutorials, write
from .pages import page
from .solving import failed_checks, solved
from .tidying import tidy


def run(path):
    notebook = read(path)
    execute(notebook, path.parent)
    tidy(notebook)
    write(notebook, path)
    return "executed"


def solve(path, out):
    notebook = solved(read(path))
    execute(notebook, path.parent)
    failed = failed_checks(notebook)
    if failed:
        raise NotebookError("\n  ".join(["its solution does not pass:"] + failed))
    tidy(notebook)
    write(notebook, out / path.name)
    return f"solved, in {out / path.name}"


def html(path, out):
    target = out / f"{path.stem}.html"
    write_whole(target, page(read(path), path.stem).encode())
    return f"rendered, in {target}"


def check(path):
    notebook = read(path)
    found = complaints(notebook, path.name)
    if found:
        raise NotebookError("\n  ".join(["not fit to be committed:"] + found))
    return "clean: " + ", ".join(f"{count} {name}" for name, count in measure(notebook).items())


def main(arguments=None):
    """Do one thing to each notebook; returns 0, or 1 where it failed for any of them."""
    options = _parser().parse_args(arguments)
    action = {"run": run, "solve": solve, "html": html, "check": check}[options.action]
    more = {"out": options.out} if "out" in options else {}
    try:
        files = [path.resolve() for path in options.files] or tutorials()
        if more:
            options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    failed = 0
    for path in files:
        try:
            print(f"{path.name}: {action(path, **more)}", flush=True)
        except (NotebookError, ValueError, OSError) as error:
            failed += 1
            print(f"{path.name}: {error}", file=sys.stderr, flush=True)
    return int(failed > 0)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m stn_numpy.teach.notebooks", description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True, metavar="{run,solve,html,check}")
    for name in ("run", "solve", "html", "check"):
        action = actions.add_parser(name)
        action.add_argument("files", nargs="*", type=Path, metavar="NOTEBOOK", help="by default all of tutorials/")
        if name in ("solve", "html"):
            action.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the results go")
    return parser


if __name__ == "__main__":
    sys.exit(main())
