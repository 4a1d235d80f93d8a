"""A learner's function as a syntax tree, and functions made from such trees in a world of their own.

A function that is made here has copies of the lists, dictionaries and arrays that the learner's function can reach, and
of the learner's helper functions, so that to run it leaves everything as it was.
"""

import ast
import copy
import dis
import inspect
import linecache
import textwrap
import types

import numpy as np

COPIED = (list, dict, set, bytearray, np.ndarray)
MOST_NUMBERS = 1_000_000         # of an array or a list that is copied


class Unreadable(Exception):
    """There is no source that can be trusted, or no safe copy of what the function reaches."""


class Source:
    """The source of one function.

    Attributes
    ----------
    function : the function itself
    node : ast.FunctionDef or ast.Lambda, with the line numbers of its file or cell: as the learner sees them
    lines : list of str              all lines of that file or cell
    """

    def __init__(self, function):
        if not isinstance(function, types.FunctionType):
            raise Unreadable
        self.function = function
        self.lines = linecache.getlines(function.__code__.co_filename, function.__globals__)
        self.node = self._find()

    def _find(self):
        """The one definition that compiles to the function's own code."""
        code = self.function.__code__
        for node in ast.walk(_parse(self.lines, code.co_firstlineno)):
            if isinstance(node, (ast.FunctionDef, ast.Lambda)) and _first_line(node) == code.co_firstlineno:
                if same_code(code_of(node, self.function), code):
                    return node
        raise Unreadable

    @property
    def name(self):
        return self.function.__name__

    def text(self, line):
        """A line of the file."""
        return self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""


def _parse(lines, first):
    """The tree of a whole file or cell; of the one function, where the whole does not parse."""
    try:
        return ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        pass
    try:
        block = textwrap.dedent("".join(inspect.getblock(lines[first - 1:])))
        return ast.increment_lineno(ast.parse(block), first - 1)
    except (SyntaxError, ValueError, IndexError) as error:
        raise Unreadable from error


def _first_line(node):
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])


def code_of(node, function):
    """The code object of a definition, compiled where the function's free variables are known.

    All of the definition has line numbers.
    """
    inner = copy.copy(node)
    if isinstance(node, ast.Lambda):
        body = [ast.copy_location(ast.Return(inner), inner)]
    else:
        inner.decorator_list = []
        body = [inner]
    free = [ast.arg(name) for name in function.__code__.co_freevars]
    outer = ast.parse("def outer(): pass")
    outer.body[0].args.args, outer.body[0].body = free, []
    ast.fix_missing_locations(outer).body[0].body = body
    flags = function.__code__.co_flags & _FUTURES
    module = compile(outer, function.__code__.co_filename, "exec", flags, True)
    return _inner(_inner(module, "outer"), function.__code__.co_name)


_FUTURES = 0x1000000         # annotations that are not evaluated


def _inner(code, name):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType) and constant.co_name == name:
            return constant
    raise Unreadable


def same_code(one, other):
    """Whether two code objects do the same, wherever they stand."""
    if (one.co_varnames, one.co_freevars) != (other.co_varnames, other.co_freevars):
        return False
    steps, others = _steps(one), _steps(other)
    return len(steps) == len(others) and all(
        a == b or isinstance(a[1], types.CodeType) and isinstance(b[1], types.CodeType) and same_code(a[1], b[1])
        for a, b in zip(steps, others))


SAME_STEP = {"LOAD_METHOD": "LOAD_ATTR", "CALL_METHOD": "CALL", "CALL_FUNCTION": "CALL"}
NO_STEP = {"PUSH_NULL", "PRECALL", "CACHE"}      # how a method is called depends on what the file imports


def _steps(code):
    return [(SAME_STEP.get(step.opname, step.opname), None if step.opcode in dis.hasjrel or step.opcode in dis.hasjabs
             else step.argval if isinstance(step.argval, types.CodeType) else repr(step.argval))
            for step in dis.get_instructions(code) if step.opname not in NO_STEP]


class World:
    """Copies of all that a function reaches, and functions made in it.

    Parameters
    ----------
    function : the learner's function
    change : Source -> node          what to make of the definitions of the function and of its helpers
    extra : dict                     names that the changed definitions need besides
    """

    def __init__(self, function, change, extra=()):
        self._home, self._change, self._made = function.__globals__, change, {}
        self.space = dict(function.__globals__)
        self._reached(function)
        self.space.update(extra)
        self.function = self._remake(function)

    def made(self, function):
        """The copy of a function that is in this world."""
        return self._made[function]

    def _reached(self, function):
        """Replace what the function's code names among its globals by copies."""
        for name in sorted(_names(function.__code__)):
            if name in self._home and self.space[name] is self._home[name]:
                self.space[name] = self._copy(self._home[name])

    def _copy(self, value):
        if type(value) in COPIED:
            return _copied(value)
        if isinstance(value, types.FunctionType) and value.__globals__ is self._home:
            return self._remake(value)
        return value

    def _remake(self, function):
        if function in self._made:
            return self._made[function]
        try:
            source = Source(function)
            code = code_of(self._change(source), function)
        except Unreadable:
            if not self._made:                        # the function itself; helpers may stay as they are
                raise
            code = function.__code__
        cells = {name: types.CellType() for name in function.__code__.co_freevars}
        made = types.FunctionType(code, self.space, function.__name__, _copied(function.__defaults__),
                                  tuple(cells[name] for name in code.co_freevars))
        made.__kwdefaults__ = _copied(function.__kwdefaults__)
        self._made[function] = made
        self._reached(function)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            try:
                cells[name].cell_contents = self._copy(cell.cell_contents)
            except ValueError:                        # a variable that has no value yet
                pass
        return made


def _names(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


def _copied(value):
    if isinstance(value, np.ndarray) and value.size > MOST_NUMBERS or (
            isinstance(value, (list, dict, set, tuple)) and len(value) > MOST_NUMBERS):
        raise Unreadable
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise Unreadable from error
