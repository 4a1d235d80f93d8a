"""Runs of the tutorials, started with the session: they take as long as half of the tests, and a second core is idle."""

import re

from nbformat.v4 import new_code_cell

from stn_numpy.teach.notebooks.executing import execute
from stn_numpy.teach.notebooks.files import code_cells, read
from stn_numpy.teach.notebooks.solving import solved


def executed(path, solve):
    """The notebook at `path`, executed in few steps, with its solutions filled in if `solve`."""
    notebook = in_few_steps(solved(read(path)) if solve else read(path))
    execute(notebook, path.parent)
    return notebook


def in_few_steps(notebook):
    """The notebook with short trainings and moving pictures of few frames: what was committed was run in full."""
    for cell in code_cells(notebook):
        cell.source = re.sub(r"^steps = \d+$", "steps = 12", cell.source, flags=re.MULTILINE)
    notebook.cells.insert(0, new_code_cell("from stn_numpy.teach.pictures import sliders\n"
                                           "sliders.CHANGES = (0, sliders.STILL)"))
    return notebook
