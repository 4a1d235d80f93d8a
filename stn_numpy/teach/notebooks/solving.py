"""Solved copies: every exercise cell filled with the solution of the bank."""

import ast
import copy

from .. import solution
from .files import code_cells, exercise_of


def solved(notebook):
    """A copy of a notebook in which each exercise cell holds its solution; outputs are those of before.

    Raises ValueError where an exercise cell and its solution do not define the same function.
    """
    notebook = copy.deepcopy(notebook)
    for cell in code_cells(notebook):
        name = exercise_of(cell)
        if name is None:
            continue
        source = solution(name).source
        missing = _functions(cell.source) - _functions(source)
        if missing:
            raise ValueError(f"the exercise cell {name} defines {', '.join(sorted(missing))}, its solution does not")
        cell.source = source.strip()
    return notebook


def _functions(source):
    return {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
