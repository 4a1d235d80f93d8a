"""Has the exercise been attempted at all? A blank is `...`, and whoever left it there has made no mistake."""

import ast
import inspect
import textwrap


def is_blank(value):
    """Whether an answer says "nothing yet": `...`, or a container of it."""
    if isinstance(value, (tuple, list, dict)):
        return any(is_blank(part) for part in (value.values() if isinstance(value, dict) else value))
    return value is ... or (getattr(value, "dtype", None) == object and any(part is ... for part in value.flat))


def gaps(function):
    """The source lines of a function, counted from its first, on which `...` stands for something to fill in.

    An Ellipsis that is an index, as in U[..., 0], is no gap. Returns [] where there is no source to read.
    """
    body = _body(function)
    index = {id(part) for node in ast.walk(body) if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)}
    return [node.lineno for node in ast.walk(body)
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
