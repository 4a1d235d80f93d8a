"""Small changes of a learner's source that may mend it: what to put in place of what.

An operator, a sign, a number, a name for another in reach, the order of two, brackets, a function around; `+=` for `=`,
and a `return` that moves behind its loop. Whether a change mends anything is found out in repair.py; edit_words.py
tells it.
"""

import ast
import copy
import itertools
import re
from typing import NamedTuple

from .source import Source

FAR = 2                          # rank from which on changes are tried last
FEW = 10                         # names that are multiplied with every other
TOGETHER = 6                     # places at most in which one change is made at once
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
OTHERS = {"floor": ("ceil", "round"), "ceil": ("floor",), "round": ("floor",), "rint": ("floor",), "trunc": ("floor",),
          "sum": ("mean",), "mean": ("sum",), "max": ("sum",), "std": ("var",), "var": ("std",), "minimum": ("maximum",),
          "maximum": ("minimum",), "min": ("max",), "repeat": ("tile",), "tile": ("repeat",), "sin": ("cos",),
          "cos": ("sin",), "ones": ("zeros",), "zeros": ("ones",), "log": ("exp",), "vstack": ("hstack",), "subtract": ("add",),
          "multiply": ("add",)}
AROUND = ("({}) / 2", "2 * ({})", "np.floor({})", "np.exp({})", "np.sqrt({})", "np.abs({})", "np.maximum({}, 0)", "-({})")
PAIRS = {"W": "H", "H": "W", "a": "b", "b": "a", "i": "j", "j": "i"}          # whole names of x and of y


class Edit(NamedTuple):
    source: Source        # of the function or of the helper that holds the place
    parent: ast.AST
    field: str            # of the parent, in which
    place: int | None     # the expression stands alone, or at this place of a list
    new: ast.AST
    line: int             # of the file or cell, as the learner sees it
    rank: int             # how far-fetched it is
    words: str | None = ""  # what it changes, where that is not seen from the expressions; None for nothing to say

    def put(self, node):
        """Put a node into the place of this edit; returns what was there."""
        held = getattr(self.parent, self.field)
        if self.place is None:
            setattr(self.parent, self.field, node)
            return held
        old, held[self.place] = held[self.place], node
        return old


NOT_TOUCHED = ("targets", "target", "decorator_list", "returns", "annotation", "func")


def edits_of(source, node):
    """All single changes of a definition."""
    names = sorted({part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
                   | {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)})
    names = [name for name in names if name not in _tuples(node)]
    read = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}
    unused = [name for name in names if name not in read]
    arrays = _products(node)
    for parent in ast.walk(node):
        if isinstance(parent, (ast.arguments, ast.JoinedStr)):
            continue
        for field, value in ast.iter_fields(parent):
            for place, old in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if field not in NOT_TOUCHED:
                    yield from (Edit(source, parent, field, place, new, old.lineno, rank)
                                for rank, new in _instead(old, parent, names, unused, arrays) if _makes_sense(new, parent, field))


def _makes_sense(new, parent, field):
    """Whether somebody might write this: no x / x, no x - x, no condition that is a number or never holds, no change that
    only takes back another: a minus in a sine, a function of a whole array of which one part is read."""
    if isinstance(new, ast.BoolOp) and isinstance(new.op, ast.And) and _never(new.values):
        return False
    if isinstance(new, ast.UnaryOp) and isinstance(parent, ast.Call) and getattr(parent.func, "attr", "") in ("sin", "cos"):
        return False
    if isinstance(new, ast.Call) and isinstance(parent, ast.Subscript) and field == "value":
        return False
    if isinstance(new, ast.Call) and getattr(new.func, "attr", "") == "where":
        return not isinstance(new.args[0], ast.Constant)
    if isinstance(parent, ast.BinOp):
        other = parent.left if field == "right" else parent.right
        if isinstance(parent.op, (ast.Div, ast.Sub)) and ast.dump(other) == ast.dump(new):
            return False
    return not (isinstance(new, ast.BinOp) and isinstance(new.op, (ast.Div, ast.Sub, ast.FloorDiv))
                and ast.dump(new.left) == ast.dump(new.right))


def _never(conditions):
    """Whether something is to be below 0 and, beyond some size, large as well."""
    compared = [(ast.dump(one.left), type(one.ops[0]), one.comparators[0]) for one in conditions
                if isinstance(one, ast.Compare)]
    below = {left for left, kind, end in compared if kind in (ast.Lt, ast.LtE) and isinstance(end, ast.Constant)}
    return any(left in below and kind in (ast.Gt, ast.GtE) for left, kind, _ in compared)


def _tuples(node):
    """Names that may hold a shape or a list, which are not put anywhere else.

    A shape times a number is a longer one, and an array of it fills the memory; so does one of a list that holds itself.
    """
    assigned = [(target, part.value) for part in ast.walk(node) if isinstance(part, ast.Assign) for target in part.targets]
    return ({target.id for target, value in assigned if isinstance(target, ast.Name) and _is_tuple(value)}
            | {part.value.id for part in ast.walk(node) if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)
               and part.attr in ("append", "extend", "insert")}
            | {part.arg for part in ast.walk(node) if isinstance(part, ast.arg) and "shape" in part.arg})


def _products(node):
    """Names of matrix products and of ReLU, by which nobody divides: that would only take back another factor."""
    return {target.id for part in ast.walk(node) if isinstance(part, ast.Assign) for target in part.targets
            if isinstance(target, ast.Name) and ("@" in ast.unparse(part.value) or "maximum" in ast.unparse(part.value))}


def _is_tuple(node):
    return isinstance(node, (ast.Tuple, ast.List, ast.ListComp)) or "shape" in ast.unparse(node)


def returns_moved(source, node):
    """Groups of edits that put a `return` behind a loop in which it is the last line."""
    lists = [(parent, field, value) for parent in ast.walk(node) for field, value in ast.iter_fields(parent)
             if isinstance(value, list)]
    for loop in (part for part in ast.walk(node) if isinstance(part, ast.For) and isinstance(part.body[-1], ast.Return)):
        back, outer = loop.body[-1], loop
        while holder := next((one for one in lists if outer in one[2]), None):
            parent, field, held = holder
            if isinstance(outer, ast.For):
                at = held.index(outer) + 1
                yield [Edit(source, loop, "body", None, loop.body[:-1] or [ast.Pass()], back.lineno, 0, None),
                       Edit(source, parent, field, None, [*held[:at], back, *held[at:]], back.lineno, 0,
                            f"`{ast.unparse(back)}` behind the loop instead of inside it")]
            outer = parent


def _instead(old, parent, names, unused=(), arrays=()):
    """(rank, node) of what may be put in place of a node."""
    if isinstance(old, ast.AugAssign) and isinstance(old.op, (ast.Add, ast.Sub)):
        yield 0, ast.copy_location(ast.Assign([old.target], old.value), old)
        yield 0, _with(old, op=ast.Sub() if isinstance(old.op, ast.Add) else ast.Add())
    elif isinstance(old, ast.Assign) and isinstance(old.targets[0], ast.Subscript):
        yield 0, ast.copy_location(ast.AugAssign(old.targets[0], ast.Add(), old.value), old)
    elif isinstance(old, ast.BinOp):
        yield from _other_operations(old)
    elif isinstance(old, ast.UnaryOp):
        yield 0, old.operand
    elif isinstance(old, ast.BoolOp):
        yield 0, _with(old, op=ast.Or() if isinstance(old.op, ast.And) else ast.And())
    elif isinstance(old, ast.Compare) and type(old.ops[0]) in COMPARISONS:
        yield from _other_comparisons(old)
    elif isinstance(old, (ast.Tuple, ast.List)) and 2 <= len(old.elts) <= 6 and isinstance(old.ctx, ast.Load):
        for i, j in itertools.combinations(range(len(old.elts)), 2):
            parts = list(old.elts)
            parts[i], parts[j] = parts[j], parts[i]
            yield 0, _with(old, elts=parts)
    elif isinstance(old, ast.Call):
        yield from _other_calls(old)
    elif isinstance(old, ast.Attribute) and old.attr == "T":
        yield 0, old.value
    elif isinstance(old, ast.Constant) and type(old.value) is bool:
        yield 0, ast.copy_location(ast.Constant(not old.value), old)
    elif isinstance(old, ast.Constant) and type(old.value) in (int, float):
        yield from _other_numbers(old)
    elif isinstance(old, ast.Name) and isinstance(old.ctx, ast.Load) and old.id in names:
        yield from ((1, _with(old, id=name)) for name in names if name != old.id)
        yield from ((2, made) for made in _made(old, "1 - {}", "{} - 1", "{} + 1", "{} / 2", "2 * {}", "{}.T", *AROUND))
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Div) and parent.right is old:
            yield from ((1, made) for made in _made(old, "2 * {}"))
        yield from ((3, made) for name in names[:FEW] for made in _made(old, f"{name} * {{}}"))
    if isinstance(old, ast.expr) and getattr(parent, "test", None) is old and not isinstance(old, ast.Compare):
        yield 0, ast.copy_location(ast.UnaryOp(ast.Not(), old), old)
    if isinstance(old, ast.expr) and not _is_tuple(old):
        yield from _joined_with(old, parent, names, unused, arrays)


def _joined_with(old, parent, names, unused, arrays):
    """The same for a whole right-hand side, or a product: with another variable, or a function around it."""
    statement = isinstance(parent, (ast.Return, ast.Assign, ast.AugAssign))
    if statement or isinstance(getattr(old, "op", None), ast.MatMult):
        for name in unused:
            yield from ((1, made) for made in _made(old, f"{{}} + {name}", f"({{}}) * {name}", f"({{}}) / {name}",
                                                    f"{{}} - {name}"))
    if statement:
        yield from ((2, made) for made in _made(old, *AROUND))
        for name in names:
            masked = 2 if isinstance(old, ast.Name) else 3                     # as in dz = dh
            yield from ((masked, made) for made in _made(old, f"{{}} * ({name} > 0)"))
            yield from ((3, made) for made in _made(old, f"({{}}) * {name}", f"{{}} + {name}", f"{{}} - {name}",
                                                    f"({{}}) / len({name})"))
            if name not in arrays:
                yield from ((3, made) for made in _made(old, f"({{}}) / {name}"))


def _other_comparisons(old):
    for kind in COMPARISONS:
        if kind is not type(old.ops[0]):
            yield 0, _with(old, ops=[kind(), *old.ops[1:]])
    if type(old.ops[-1]) in COMPARISONS and len(old.ops) > 1:
        yield 0, _with(old, ops=[*old.ops[:-1], ast.LtE() if isinstance(old.ops[-1], ast.Lt) else ast.Lt()])


def _other_numbers(old):
    v = old.value
    for value in dict.fromkeys((v + 1, v - 1, 2 * v, v / 2 if isinstance(v, float) or v % 2 else v // 2, 0, 1, 2)):
        if value != v:
            yield 1, ast.copy_location(ast.Constant(value), old)


def _other_operations(old):
    yield 0, old.left
    yield 0, old.right
    if _is_tuple(old):
        return
    for kind in ARITHMETIC:
        if type(old.op) in ARITHMETIC and kind is not type(old.op):
            yield 0, _with(old, op=kind())
    if isinstance(old.op, (ast.Sub, ast.Div, ast.MatMult)):
        yield 0, _with(old, left=old.right, right=old.left)
    if isinstance(old.op, ast.FloorDiv):
        yield 0, _with(old, op=ast.Div())
    if isinstance(old.op, ast.MatMult):
        yield 0, _with(old, op=ast.Mult())
        yield from ((1, made) for made in _made(old, "({}).T"))
    if isinstance(old.op, ast.Mult):
        yield 1, _with(old, op=ast.MatMult())
    for side, inner in (("right", old.right), ("left", old.left)):          # brackets that are missing, as in 1 - a * b
        if isinstance(inner, ast.BinOp):
            if side == "right":
                yield 0, _with(inner, left=_with(old, right=inner.left), right=inner.right)
            else:
                yield 0, _with(inner, right=_with(old, left=inner.right), left=inner.left)


def _other_calls(old):
    name = getattr(old.func, "attr", getattr(old.func, "id", ""))
    for other in OTHERS.get(name, ()):
        if isinstance(old.func, ast.Attribute):
            yield 0, _with(old, func=_with(old.func, attr=other))
    inner = getattr(old.func, "value", None)                                   # np.subtract.at
    for other in OTHERS.get(getattr(inner, "attr", ""), ()):
        yield 0, _with(old, func=_with(old.func, value=_with(inner, attr=other)))
    if name == "where" and len(old.args) == 3:
        yield 0, _with(old, args=[*old.args[:2], ast.copy_location(ast.Constant(0), old)])
    if name in ("abs", "tanh") and len(old.args) == 1:
        yield from ((0, made) for made in _made(old.args[0], "np.maximum({}, 0)"))
    if name == "int" and len(old.args) == 1:
        yield from ((0, made) for made in _made(old.args[0], "int(np.floor({}))"))
    if name == "astype":
        yield from ((0, _with(old, func=_with(old.func, value=made))) for made in _made(old.func.value, "np.floor({})"))
    if len(old.args) >= 2:
        yield 0, _with(old, args=[old.args[1], old.args[0], *old.args[2:]])
        yield 0, _with(old, args=old.args[:-1])
    for number in range(len(old.keywords)):
        yield 0, _with(old, keywords=old.keywords[:number] + old.keywords[number + 1:])
    if len(old.args) >= 1:
        yield 1, old.args[0]
    if isinstance(old.func, ast.Attribute) and not isinstance(old.func.value, ast.Name):
        yield 1, old.func.value
    if name in ("sum", "mean", "max", "std", "var", "argmax") and not old.keywords and len(old.args) <= 1:
        for axis in (0, 1, -1):
            yield 1, _with(old, keywords=[ast.keyword("axis", ast.Constant(axis))])
    if name in ("std", "var") and not any(keyword.arg == "ddof" for keyword in old.keywords):
        yield 0, _with(old, keywords=[*old.keywords, ast.keyword("ddof", ast.Constant(1))])


def _with(node, **fields):
    """A node like another, with some fields of its own."""
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _made(node, *templates):
    """Expressions made from another, where the braces are."""
    for template in templates:
        whole = ast.parse(template.format("_0_"), mode="eval").body
        yield ast.copy_location(_Filling(node).visit(whole), node)


class _Filling(ast.NodeTransformer):
    def __init__(self, node):
        self.node = node

    def visit_Name(self, node):
        return self.node if node.id == "_0_" else node


def alike(edits):
    """Groups of edits that are one change in several places: for x and for y, or the same once more."""
    groups = {}
    for edit in edits:
        old = edit.put(edit.new)
        edit.put(old)
        words = _changed_words(ast.unparse(old), ast.unparse(edit.new))
        groups.setdefault(min(words, _other_axis(words)), []).append(edit)
    for group in groups.values():
        if 2 <= len(group) <= TOGETHER and len({(id(edit.parent), edit.field, edit.place) for edit in group}) == len(group):
            yield group


def _changed_words(before, after):
    """What changes in a text, without what stands around it: "mean for sum"."""
    before, after = (re.findall(r"\w+|\W", text) for text in (before, after))
    for _ in range(2):                               # at the end, and then at the beginning
        while before and after and before[-1] == after[-1]:
            before.pop(), after.pop()
        before, after = before[::-1], after[::-1]
    return f"{''.join(after)} for {''.join(before)}"


def _other_axis(words):
    """The words with the names of x and of y exchanged: "x0" is "y0", "dx" is "dy", and W is H."""
    def other(found):
        name = found.group()
        return PAIRS.get(name) or name.translate(str.maketrans("xy", "yx"))
    return re.sub(r"\b[A-Za-z_]\w*", other, words)
