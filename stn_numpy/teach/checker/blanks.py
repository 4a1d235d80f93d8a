"""Has the exercise been attempted at all? A blank is `...`, and whoever left it there has made no mistake."""

import ast
import inspect
import textwrap

import numpy as np

from .bounds import MOST_PARTS, first_parts


def is_blank(value):
    """Whether an answer says "nothing yet": `...`, or a container of it, among the first parts that are looked at."""
    parts = [value]
    for part in parts:                       # grows while it is gone through
        if part is ...:
            return True
        if len(parts) <= MOST_PARTS:
            parts += _inside(part)
    return False


def _inside(value):
    """The first parts of a container that may have been left blank, [] for all else."""
    if type(value) in (tuple, list):
        return first_parts(value)
    if type(value) is dict:
        return first_parts(value.values())
    return first_parts(value.flat) if type(value) is np.ndarray and value.dtype == object else []


def gaps(function):
    """The lines of a function's cell or file on which `...` stands for something to fill in.

    An Ellipsis that is an index, as in U[..., 0], is no gap. Returns [] where there is no source to read.
    """
    body = _body(function)
    index = {id(part) for node in ast.walk(body) if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)}
    before = getattr(getattr(function, "__code__", None), "co_firstlineno", 1) - 1
    return [before + node.lineno for node in ast.walk(body)
            if isinstance(node, ast.Constant) and node.value is ... and id(node) not in index]


def does_nothing(function):
    """Whether the body is only a docstring, `pass`, `...`, an empty return or `raise NotImplementedError`."""
    body = _body(function).body
    if not (body and isinstance(body[0], (ast.FunctionDef, ast.Lambda))):
        return False
    return all(_is_empty(statement) for statement in body[0].body)


def _body(function):
    """The function as a syntax tree, or an empty one."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _is_empty(statement):
    if isinstance(statement, ast.Raise):
        return "NotImplementedError" in ast.dump(statement)
    if isinstance(statement, (ast.Expr, ast.Return)):
        return statement.value is None or isinstance(statement.value, ast.Constant) and (
            isinstance(statement, ast.Expr) or statement.value.value in (None, ...))
    return isinstance(statement, ast.Pass)
