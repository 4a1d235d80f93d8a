"""How an answer that passes came about: whether it calls the package, or is the lesson's solution word for word."""

import ast
import inspect
import sys
import types

from ..checker.running import PACKAGE

SHORT = 4                    # statements: of fewer, two people may well write the same


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
    sys.setprofile(note)
    try:
        return function(*arguments)
    finally:
        sys.setprofile(None)


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
