"""How an answer that passes came about: whether it calls the package, or is the lesson's solution word for word."""

import ast
import functools
import inspect
import os
import sys
import types

from ..lessons import EXERCISES
from .running import PACKAGE
from .variants import arguments_of

ORIGINAL = dict(EXERCISES)   # before any variant has taken the place of an exercise
SHORT = 4                    # statements: of fewer, two people may well write the same


def came_about(exercise, function):
    """Sentences on what of the package a function calls that the lesson's solution does not, by the first probe."""
    _, called = calls(function, exercise.probes[:1], arguments_of)
    return [f"It calls {code.co_name} of {os.path.relpath(code.co_filename, os.path.dirname(PACKAGE[:-1]))}."
            for code in called if code not in _usual(exercise.id) and code.co_name != "<module>"]


@functools.lru_cache(maxsize=None)
def _usual(id):
    """What of the package the lesson's solution calls."""
    exercise = ORIGINAL.get(id)
    return calls(exercise.solution[-1], exercise.probes[:1], arguments_of, exercise.solution)[1] if exercise else ()


def calls(function, probes, arguments_of, own=()):
    """What of the package a function calls.

    Parameters
    ----------
    function : callable
    probes : iterable                what it is called with, each turned into arguments by arguments_of
    own : tuple                      functions of the package, which count as the function's own code

    Returns
    -------
    values : list                    what it returned
    codes : dict                     code -> None of the functions that are called from outside the package, in order
    """
    found = {}
    outside = {_call.__code__, *(code for one in own if callable(one) for code in _codes(one.__code__))}

    def inside(frame):
        return frame.f_code.co_filename.startswith(PACKAGE) and frame.f_code not in outside

    def note(frame, event, _):
        if event == "call" and inside(frame) and not inside(frame.f_back):
            found[frame.f_code] = None

    return [_call(function, arguments_of(probe), note) for probe in probes], found


def _call(function, arguments, note):
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        return function(*arguments)
    finally:
        sys.setprofile(before)


def _codes(code):
    """A code and those of the functions and comprehensions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def is_the_solution(source, exercise):
    """Whether a source has a function that is the lesson's solution word for word, but for comments and spaces."""
    [wanted] = ast.parse(inspect.getsource(exercise.solution[-1])).body
    if sum(isinstance(node, ast.stmt) for node in ast.walk(wanted)) <= SHORT:
        return False
    return any(isinstance(node, ast.FunctionDef) and ast.dump(node) == ast.dump(wanted) for node in ast.parse(source).body)
