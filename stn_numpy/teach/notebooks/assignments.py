"""Notebooks in the form that other graders want: nbgrader's source version, or notes for Otter.

nbgrader itself takes the solution out of a source version and makes the learners' copy (`nbgrader generate_assignment`).
Each exercise becomes a solution cell, each check a cell that is graded automatically and has one point.
"""

import copy

from nbformat import NotebookNode, v4

from .files import exercise_of
from .solving import solved

SCHEMA = 3                   # nbgrader's version of its cell metadata
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def for_nbgrader(notebook, points=1):
    """The source version of an assignment for nbgrader.

    Parameters
    ----------
    notebook : NotebookNode          a lesson, or a paper of a variant
    points : int                     for each exercise

    Returns
    -------
    notebook : NotebookNode          with solutions between nbgrader's marks, and no outputs
    """
    blank, made = copy.deepcopy(notebook), []
    for cell, with_solution in zip(blank.cells, solved(notebook).cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        name = exercise_of(cell)
        made.append(cell)
        if name is None:
            continue
        cell.source = f"{BEGIN}\n{with_solution.source}\n{END}"
        cell.metadata["nbgrader"] = _mark(f"solution-{name}", solution=True)
        made.append(_graded(name, points))
    blank.cells = made
    return blank


def _graded(name, points):
    test = v4.new_code_cell(f'from stn_numpy import teach\n\nverdict = teach.check("{name}", {name})\n'
                            "assert verdict, verdict.message")
    test.id = f"grade-{name}".replace("_", "-")[:64]
    test.metadata["nbgrader"] = _mark(f"grade-{name}", grade=True, points=points)
    return test


def _mark(grade_id, grade=False, solution=False, points=None):
    mark = {"grade": grade, "solution": solution, "locked": not solution, "task": False, "grade_id": grade_id,
            "schema_version": SCHEMA}
    return NotebookNode({**mark, "points": points} if grade else mark)


OTTER = """# Otter

{name} in the form of an Otter assignment: copy the notebook and give each exercise a raw cell `# BEGIN QUESTION` with the
name and points below, the exercise cell between `# BEGIN SOLUTION` and `# END SOLUTION`, and one test cell.

| question | points | test |
|---|---|---|
{rows}

Otter's container needs this package: put `-e .` or the address of a wheel into its `requirements.txt`.
"""


def otter_notes(notebook, name):
    """What an author of an Otter assignment needs to know of a lesson, as Markdown."""
    rows = [f'| {exercise} | 1 | `assert teach.check("{exercise}", {exercise})` |'
            for exercise in filter(None, map(exercise_of, notebook.cells))]
    return OTTER.format(name=name, rows="\n".join(rows))

