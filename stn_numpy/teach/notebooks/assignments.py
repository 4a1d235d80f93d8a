"""Notebooks in the form that other graders want: the source versions of nbgrader and of Otter.

From these, `nbgrader generate_assignment` and `otter assign` make the learners' copies, each exercise blank again. Each
exercise becomes a solution cell, followed by a check that is graded automatically and has one point.
"""

import copy

from nbformat import NotebookNode, v4

from .files import exercise_of
from .solving import solved

SCHEMA = 3                   # nbgrader's version of its cell metadata


def for_nbgrader(notebook, points=1):
    """The source version of an assignment for nbgrader.

    Parameters
    ----------
    notebook : NotebookNode          a lesson
    points : int                     for each exercise

    Returns
    -------
    notebook : NotebookNode          with solutions between nbgrader's marks, and no outputs
    """
    def graded(name, cell, blank):
        cell.source = f"{blank}\n\n\n### BEGIN SOLUTION\n{cell.source}\n### END SOLUTION"
        cell.metadata["nbgrader"] = _mark(f"solution-{name}", solution=True)
        test = _test(name)
        test.metadata["nbgrader"] = _mark(f"grade-{name}", grade=True, points=points)
        return [cell, test]

    return _made(notebook, graded)


def _mark(grade_id, grade=False, solution=False, points=None):
    mark = {"grade": grade, "solution": solution, "locked": not solution, "task": False, "grade_id": grade_id,
            "schema_version": SCHEMA}
    return NotebookNode({**mark, "points": points} if grade else mark)


def for_otter(notebook, name, points=1):
    """The source version of an assignment for Otter; `name` is its own, other arguments are those of for_nbgrader."""
    def graded(exercise, cell, blank):
        cell.source = (f'# BEGIN SOLUTION NO PROMPT\n{cell.source}\n# END SOLUTION\n'
                       f'""" # BEGIN PROMPT\n{blank}\n""" # END PROMPT')
        return [_raw(f"# BEGIN QUESTION\nname: {exercise}\npoints: {points}"), _raw("# BEGIN SOLUTION"), cell,
                _raw("# END SOLUTION"), _raw("# BEGIN TESTS"), _test(exercise), _raw("# END TESTS"), _raw("# END QUESTION")]

    made = _made(notebook, graded)
    made.cells.insert(0, _raw(f"# ASSIGNMENT CONFIG\nname: {name}\nexport_cell: false\ncheck_all_cell: false"))
    for place, cell in enumerate(made.cells):
        cell.id = f"otter-{place}"
    return made


def _raw(text):
    return v4.new_raw_cell(text)


def _made(notebook, graded):
    """A copy without outputs, in which each exercise is what graded(name, cell with its solution, source of the blank) gives."""
    made, cells = copy.deepcopy(notebook), []
    for blank, cell in zip(notebook.cells, solved(notebook).cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        name = exercise_of(cell)
        cells += [cell] if name is None else graded(name, cell, blank.source)
    made.cells = cells
    return made


def _test(name):
    test = v4.new_code_cell(f'from stn_numpy import teach\n\nverdict = teach.check("{name}", {name})\n'
                            "assert verdict, verdict.message")
    test.id = f"grade-{name}".replace("_", "-")[:64]
    return test
