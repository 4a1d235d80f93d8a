"""Solved copies: every exercise cell filled with the solution of the bank, and every check passed."""

import ast
import copy

from ... import teach
from ..checker.result import SIGNS
from .files import code_cells, exercise_of, texts_of

ON_PURPOSE = "fails-on-purpose"      # the tag of a cell whose check is meant to fail, solved or not


def solved(notebook):
    """A copy of a notebook in which each exercise cell holds its solution; outputs are those of before.

    Raises ValueError where an exercise is not in the bank, where its cell defines a function that the solution does
    not, or where it holds its own check.
    """
    notebook = copy.deepcopy(notebook)
    for cell in code_cells(notebook):
        name = exercise_of(cell)
        if name is None:
            continue
        if "teach." in cell.source:
            raise ValueError(f"the exercise cell {name} must hold nothing but the exercise: its check needs a cell of "
                             "its own")
        source = getattr(teach.solution(name), "source", None)
        if source is None:
            raise ValueError(f"there is no exercise {name!r}; teach.contents() has them all")
        missing = _functions(cell.source) - _functions(source)
        if missing:
            raise ValueError(f"the exercise cell {name} defines {', '.join(sorted(missing))}, its solution does not")
        cell.source = source.strip()
    return notebook


def failed_checks(notebook):
    """The check cells of an executed notebook whose verdict is not the one wanted: a list of complaints."""
    found = []
    for cell in code_cells(notebook):
        if "teach.check(" not in cell.source:
            continue
        verdicts = [text for output in cell.outputs for text in texts_of(output)]
        passed = any(text.startswith(SIGNS["passed"]) for text in verdicts)
        if passed == (ON_PURPOSE in cell.metadata.get("tags", [])):
            verdict = verdicts[0] if verdicts else "nothing: let it be the last line of its cell"
            found.append(f"cell {cell.id}: {cell.source.splitlines()[-1]} gives {verdict}")
    return found


def _functions(source):
    return {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
