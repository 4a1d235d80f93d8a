"""What a learner's function computed on its way: every value of every variable, and of every expression, with its line.

The function's own source is compiled once more, with a call around each expression and after each assignment that keeps
a copy of the value. That says exactly which line made which value, in loops and in helper functions too, and needs no
tracer: a debugger or a coverage tool that traces the session is neither disturbed nor in the way.
"""

import ast
import copy
from typing import NamedTuple

import numpy as np

from .source import World

KEEP = "__stn_kept__"            # the name under which the changed function finds the recorder
MOST_CALLS = 300_000             # values kept in one run of all probes
MOST_NUMBERS = 2_000_000         # numbers in them
LARGEST = 20_000                 # numbers in one array that is kept


LONGEST_LIST = 64                # parts of a list or tuple that is kept


def _as_numbers(parts):
    """A list of numbers, or of arrays of one shape, as an array; None for all else."""
    if not all(isinstance(part, (float, int, np.ndarray, np.number)) for part in parts):
        return None
    if len({np.shape(part) for part in parts}) > 1 or any(np.size(part) > LARGEST for part in parts):
        return None
    array = np.array(parts)
    return array if array.dtype.kind in "fiu" and array.size <= LARGEST else None


class Enough(BaseException):
    """Raised inside the function where it computes more than can be kept."""


class Site(NamedTuple):
    """A place in the source at which values are kept."""
    name: str             # of the variable that is assigned, "" for an expression within a line
    line: int             # of the file or cell
    source: object        # Source of the function or of the helper that holds it
    node: ast.AST         # the expression or the variable
    part: bool            # whether it is part of a larger calculation in its line
    sums: bool            # whether it is a variable that is added to, += and the like

    @property
    def text(self):
        """The variable's name, or the expression as the learner wrote it."""
        return self.name or ast.get_source_segment("".join(self.source.lines), self.node) or ""


class Trace(NamedTuple):
    function: object      # the learner's function
    sites: list           # of Site, in the order of the source
    values: list          # for each site a list for each call: of the arrays and numbers that it had, in order
    order: list           # numbers of the sites in the order in which they first had a value
    answers: list         # what the function returned to each call


class _Recorder:
    def __init__(self):
        self.values, self.order, self._calls, self._numbers = [], [], 0, 0

    def begin(self, count):
        """A new call of the function: empty lists for all sites."""
        self.values.append([[] for _ in range(count)])

    def __call__(self, site, value):
        kind = type(value)
        if kind is float or kind is int or kind is bool:
            kept, size = value, 1
        elif isinstance(value, np.generic):
            kept, size = (value.item(), 1) if value.dtype.kind in "fiub" else (None, 0)
        elif isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.size <= LARGEST:
            kept, size = np.array(value), value.size
        elif isinstance(value, (list, tuple)) and 1 < len(value) <= LONGEST_LIST:
            kept = _as_numbers(value)
            size = 0 if kept is None else kept.size
        else:
            return value
        if kept is not None:
            self._calls, self._numbers = self._calls + 1, self._numbers + size
            if self._calls > MOST_CALLS or self._numbers > MOST_NUMBERS:
                raise Enough
            if not self.values[-1][site]:
                self.order.append(site)
            self.values[-1][site].append(kept)
        return value


class _Marking(ast.NodeTransformer):
    """Puts a call of the recorder around each expression, and one after each assignment."""

    def __init__(self, source, sites):
        self.source, self.sites, self.inside = source, sites, False

    def _site(self, name, node, part=False, sums=False):
        self.sites.append(Site(name, node.lineno, self.source, copy.copy(node), part, sums))
        return len(self.sites) - 1

    def _call(self, number, node, place):
        call = ast.Call(ast.Name(KEEP, ast.Load()), [ast.Constant(number), node], [])
        return ast.fix_missing_locations(ast.copy_location(call, place))

    def _around(self, node):
        """The expression, kept; what is in it first, so that sites stand in the order in which they are computed."""
        place, inside = copy.copy(node), self.inside
        self.inside = isinstance(node, (ast.BinOp, ast.UnaryOp))
        self.generic_visit(node)
        self.inside = inside
        if all(isinstance(part, (ast.Constant, ast.operator, ast.unaryop, ast.BinOp, ast.UnaryOp))
               for part in ast.walk(node)):
            return node
        return self._call(self._site("", place, inside), node, place)

    def visit_Call(self, node):
        """The ends of a range are no steps; what it counts is kept with the loop's variable."""
        return node if isinstance(node.func, ast.Name) and node.func.id == "range" else self._around(node)

    visit_BinOp = visit_IfExp = visit_Compare = visit_BoolOp = visit_UnaryOp = _around

    def visit_Subscript(self, node):
        return self._around(node) if isinstance(node.ctx, ast.Load) else self.generic_visit(node)

    def visit_NamedExpr(self, node):
        node.value = self.visit(node.value)
        return self._call(self._site(node.target.id, node.target), node, node)

    def visit_JoinedStr(self, node):
        return node

    def visit_arguments(self, node):
        return node

    def visit_match_case(self, node):
        node.body = [line for part in node.body for line in self._as_list(self.visit(part))]
        return node

    @staticmethod
    def _as_list(made):
        return made if isinstance(made, list) else [made]

    def visit_FunctionDef(self, node):
        node.body = [line for part in node.body for line in self._as_list(self.visit(part))]
        return node

    def visit_AnnAssign(self, node):
        if node.value is None:
            return node
        node.value = self.visit(node.value)
        return self._then_kept(node, [node.target])

    def visit_Assign(self, node):
        if _makes_empty(node.value):                 # what is in it then is left over from something else
            return node
        self.generic_visit(node)
        return self._then_kept(node, node.targets)

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        return self._then_kept(node, [node.target], True)

    def visit_For(self, node):
        self.generic_visit(node)
        node.body = [*self._kept(node.target, node), *node.body]
        return node

    def _then_kept(self, node, targets, sums=False):
        return [node, *(line for target in targets for line in self._kept(target, node, sums))]

    def _kept(self, target, place, sums=False):
        """Statements that keep what the names in a target have now."""
        names = [part for part in ast.walk(target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
        return [ast.copy_location(ast.Expr(self._call(self._site(name.id, name, sums=sums),
                                                      ast.Name(name.id, ast.Load()), name)), place) for name in names]


def _makes_empty(node):
    return isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")).startswith("empty")


def trace(function, calls):
    """Run a copy of a function and keep what it computes.

    Parameters
    ----------
    function : the learner's function
    calls : list of tuples           the arguments of each call; they may be written into

    Returns
    -------
    Trace

    Raises Unreadable where there is no source, and whatever the function raises.
    """
    sites, recorder = [], _Recorder()

    def marked(source):
        return ast.fix_missing_locations(_Marking(source, sites).visit(copy.deepcopy(source.node)))

    world = World(function, marked, {KEEP: recorder})
    answers = []
    for arguments in calls:
        recorder.begin(len(sites))
        answers.append(world.function(*arguments))
    values = [[call[number] for call in recorder.values] for number in range(len(sites))]
    return Trace(function, sites, values, list(dict.fromkeys(recorder.order)), answers)
