"""What the commands do: one function for each, from its options to an exit code."""

import sys
import tempfile
import zipfile
from pathlib import Path

from ...data.files import write_whole
from ..lessons import EXERCISES
from . import grading, handins, papers, reports
from .assignments import for_nbgrader, for_otter
from .checking import complaints, measure
from .executing import NotebookError, execute
from .files import bridges, read, tutorials, write
from .pages import beside, page, slides, title_of, write_index
from .solving import failed_checks, solved
from .starting import set_up
from .tidying import tidy


def run(path, options):
    notebook = read(path)
    if path in tutorials() + bridges():
        set_up(notebook)
    seconds = execute(notebook, path.parent)
    tidy(notebook)
    write(notebook, path)
    return f"executed in {seconds:.0f} s"


def new(path, options):
    """Where a notebook is to be written. Raises ValueError where there is one, since somebody may have worked in it."""
    target = options.out / path.name
    if target.exists():
        raise ValueError(f"{target} is there already: move it away, or give another folder with --out")
    return target


def solve(path, options):
    notebook, target = solved(read(path)), new(path, options)
    execute(notebook, path.parent)
    failed = failed_checks(notebook)
    if failed:
        raise NotebookError("\n  ".join(["its solution does not pass:"] + failed))
    tidy(notebook)
    write(notebook, target)
    return f"solved, in {target}"


def html(path, options):
    target = options.out / f"{path.stem}.html"
    pages = {file.stem for file in options.files}
    write_whole(target, page(read(path), path.stem, pages, options.mathjax).encode())
    return f"rendered, in {target}"


def deck(path, options):
    target = options.out / f"{path.stem}.slides.html"
    write_whole(target, slides(read(path), path.stem, options.mathjax, options.reveal).encode())
    return f"made a deck, in {target}"


def check(path, options):
    notebook = read(path)
    found = complaints(notebook, path.name)
    if found:
        raise NotebookError("\n  ".join(["not fit to be committed:"] + found))
    return "clean: " + ", ".join(f"{count} {name}" for name, count in measure(notebook).items())


def assignment(path, options):
    notebook, target = read(path), new(path, options)
    made = for_nbgrader(notebook) if options.grader == "nbgrader" else for_otter(notebook, path.stem)
    write(made, target)
    return f"written for {options.grader}, in {target}"


def variant(path, options):
    """The paper of one lesson; a lesson without exercises of the kind is left out."""
    paper = papers.paper(read(path), options.variant, options.solved)
    if paper is None:
        return "has no variants"
    target = new(path, options)
    write(paper, target)
    return f"made {'a solved copy' if options.solved else 'a paper'}, in {target}"


def each(action):
    """From a function of one notebook to a command for all of them; a failure costs that notebook only."""
    def command(options):
        everything = tutorials() + (bridges() if action in (run, check, html, deck) else [])
        options.files = [path.resolve() for path in options.files] or everything
        if "out" in options:
            options.out.mkdir(parents=True, exist_ok=True)
        for script in {"mathjax", "reveal"} & set(vars(options)):
            setattr(options, script, beside(getattr(options, script), options.out))
        failed, titles = 0, {}
        for path in options.files:
            try:
                print(f"{path.name}: {action(path, options)}", flush=True)
                titles[path.stem] = path
            except (NotebookError, ValueError, OSError) as error:
                failed += 1
                print(f"{path.name}: {error}", file=sys.stderr, flush=True)
        if action is html:
            write_index(options.out, {name: title_of(read(path), name) for name, path in titles.items()})
            print(f"index in {options.out / 'index.html'}")
        return int(failed > 0)
    return command


def collect(options):
    """Say what is missing in a learner's own notebooks, and pack them."""
    if options.out.exists():
        raise ValueError(f"{options.out} is there already: move it away, or give another name with --out")
    files = options.files or sorted(Path().glob("*.ipynb"))
    if not files:
        raise ValueError("there is no notebook in this folder: name those to hand in")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as store:
        mine = [handins.HandIn("you", path) for path in files]
        for path, rows in zip(files, grading.grade_files(mine, Path(store), variant=options.variant)):
            print(f"{path.name}:")
            for row in rows:
                print(f"  {row.exercise or 'the notebook'}: {row.status}{f' ({row.remarks})' if row.remarks else ''}",
                      flush=True)
    part = options.out.with_name(f"{options.out.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.name)
        part.replace(options.out)
    finally:
        part.unlink(missing_ok=True)
    print(f"packed {', '.join(path.name for path in files)} into {options.out}")
    return 0


def grade(options):
    """Grade a folder into a table, and into pages if they are wanted."""
    if options.out.exists():
        raise ValueError(f"{options.out} is there already: move it away, or give another name with --out")
    if options.html and (options.html / "index.html").exists():
        raise ValueError(f"{options.html} holds pages already: move them away, or give another folder with --html")
    store = options.out.with_name(f"{options.out.stem}-graded")

    def show(done, total, left):
        end = "" if sys.stdout.isatty() and done < total else "\n"
        if sys.stdout.isatty() or done == total or done % 10 == 0:
            start = "\r" if sys.stdout.isatty() else ""
            print(f"{start}{done} of {total} hand-ins, {left:.0f} s left   ", end=end, flush=True)

    rows = grading.grade(options.folder, store, options.seed, options.variant, show)
    write_whole(options.out, reports.as_csv(rows).encode())
    print(reports.as_table(rows))
    print(f"* passed with a remark. The whole table is in {options.out}; {store} keeps what is graded, so that another "
          "call with the same seed is quick, and may be deleted.")
    if options.html:
        reports.write_pages(rows, options.html, _words)
        print(f"pages in {options.html / 'index.html'}")
    return 0


def _words(exercise, mistake):
    """What a mistake of the bank says, "" for one that is not there."""
    known = {each.id: each.says for each in getattr(EXERCISES.get(exercise), "mistakes", ())}
    return known.get(mistake, "")


ACTIONS = {"run": each(run), "check": each(check), "solve": each(solve), "html": each(html), "slides": each(deck),
           "assignment": each(assignment), "variant": each(variant), "collect": collect, "grade": grade}
