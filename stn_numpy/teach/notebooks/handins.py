"""What was handed in: finding the notebooks of a folder, reading them, and taking out the code that an exercise needs.

Nothing of a hand-in is run here, and nothing of it is believed: its saved outputs are never looked at.
"""

import ast
import dis
import itertools
import json
import re
import types
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

CELL = "\n\f\n"              # stands between the cells of a program; to Python it is white space
NO_VARIABLES = ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")       # all but tabs and ends of lines
LARGEST = 50 * 2 ** 20       # bytes of a notebook; the lessons have less than 2 MB with all their pictures


class Unreadable(ValueError):
    """A hand-in that is not a notebook, with the reason in plain words."""


class HandIn(NamedTuple):
    student: str
    path: Path               # of a notebook, or of an archive that holds it
    member: str = ""         # its name in the archive

    @property
    def name(self):
        return Path(self.member or self.path).name


class Program(NamedTuple):
    source: str              # the statements that the exercise needs, cell by cell, each in the line in which it stands in
                             # its cell; "" where there are none
    complaint: str           # why there is none, in plain words, "" if nothing is wrong


def find(folder, store=None):
    """All hand-ins of a folder: notebooks or archives beside each other, one a student, or a folder for each student.

    The folder `store`, which keeps what is graded, is no student's. Raises ValueError where there are none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder: give the one that holds the notebooks that were handed in")
    found = []
    for place in sorted(folder.iterdir()):
        if place.name.startswith(".") or store and place.resolve() == Path(store).resolve():
            continue
        files = [path for path in sorted(place.rglob("*")) if ".ipynb_checkpoints" not in path.parts] if (
            place.is_dir()) else [place]
        student, before = whole(place.name if place.is_dir() else place.stem), len(found)
        for path in files:
            if path.suffix == ".ipynb" and not path.is_dir():
                found.append(HandIn(student, path))
            elif path.suffix == ".zip":
                found += [HandIn(student, path, member) for member in _members(path)]
        if place.is_dir() and len(found) == before:               # so that nobody is missing from the table
            found.append(HandIn(student, place))
    if not found:
        raise ValueError(f"nothing to grade in {folder}: wanted files NAME.ipynb or NAME.zip, or a folder for each student")
    return found


def whole(text):
    """A text that any file can hold: the names of files, and what a hand-in says, may have halves of characters in them,
    or such as move the cursor of a console and stop a reader of CSV."""
    return CONTROL.sub("?", text.encode("utf-8", "replace").decode())


def _members(path):
    """Names of the notebooks in an archive; [""] for one that cannot be opened, so that it gets a row too."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sorted(name for name in archive.namelist()
                          if name.endswith(".ipynb") and ".ipynb_checkpoints" not in name) or [""]
    except (OSError, zipfile.BadZipFile):
        return [""]


def read_cells(handin):
    """The cells of a hand-in's notebook as (kind, source, id of its exercise or None). Raises Unreadable."""
    try:
        content = json.loads(_content(handin).decode("utf-8-sig"))
        found = [(cell["cell_type"], _text(cell["source"]), _exercise(cell)) for cell in content["cells"]]
    except Unreadable:
        raise
    except RecursionError as error:
        raise Unreadable("the file is damaged: it is nested too deeply") from error
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise Unreadable("the file is damaged, or no notebook of format 4") from error
    if not any(kind == "code" and source.strip() for kind, source, _ in found):
        raise Unreadable("there is no code in it")
    return found


def _content(handin):
    """The bytes of a notebook. Raises Unreadable for one that is empty or too large, before it is read."""
    if handin.path.is_dir():
        raise Unreadable("there is no notebook in the folder, and no archive")
    if handin.path.suffix == ".zip" and not handin.member:
        raise Unreadable("the archive is damaged, or holds no notebook")
    if handin.member:
        with zipfile.ZipFile(handin.path) as archive:
            _check_size(archive.getinfo(handin.member).file_size)
            with archive.open(handin.member) as file:
                return file.read(LARGEST)
    _check_size(handin.path.stat().st_size)
    return handin.path.read_bytes()


def _check_size(size):
    if size > LARGEST:
        raise Unreadable(f"the file has {size / 2 ** 20:.0f} MB; at most {LARGEST // 2 ** 20} MB are read")
    if size == 0:
        raise Unreadable("the file is empty")


def _text(source):
    text = source if isinstance(source, str) else "".join(source)
    return text.replace("\r\n", "\n").replace("\f", " ")


def _exercise(cell):
    stn = cell.get("metadata", {}).get("stn")
    name = stn.get("exercise") if isinstance(stn, dict) else None
    return name if isinstance(name, str) else None


def exercises_in(cells, known):
    """Ids of the exercises that a notebook has, in order: by its cells' metadata, or else by names of functions."""
    code = [(source, exercise) for kind, source, exercise in cells if kind == "code"]
    found = [exercise for _, exercise in code if exercise in known]
    if not found:                                        # where there is metadata, other functions are helpers
        found = [node.name for source, _ in code for node in _statements(source)
                 if isinstance(node, ast.FunctionDef) and node.name in known]
    return list(dict.fromkeys(found))


def predictions_in(cells):
    """What the notebook predicts: id -> whether a guess stands in the call of teach.predict."""
    found = {}
    for kind, source, _ in cells:
        for node in ast.walk(ast.Module(_statements(source) if kind == "code" else [], [])):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "predict" and node.args):
                continue
            name = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            if isinstance(name, str):
                blank = len(node.args) < 2 or isinstance(node.args[1], ast.Constant) and node.args[1].value is ...
                found[name] = found.get(name, False) or not blank
    return found


def program_of(cells, exercise):
    """The code that an exercise needs: its own function, and whatever that one uses, directly or not.

    Of a name that is bound more than once all bindings are kept, in the order of the notebook, and so is every
    `from .. import *`. Cells that do not parse, calls of the checker, pictures and prints are left out, unless a name
    that is needed is bound by them.

    Parameters
    ----------
    cells : list                     as read_cells returns them
    exercise : str                   id, the name of the function, or of a variable

    Returns
    -------
    Program
    """
    statements, complaint = [], ""
    for number, (kind, source, marked) in enumerate(cells):
        if kind == "code":
            text = _without_magic(source)
            try:
                statements += [(node, ast.get_source_segment(text, _with_decorators(node), padded=True), number)
                               for node in ast.parse(text).body]
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                if exercise in (marked, *_defined(text)):
                    complaint = f"Python cannot read the cell: {getattr(error, 'msg', None) or error}."
    binds = [_bound(node) for node, *_ in statements]
    if not any(exercise in names for names in binds):
        return Program("", complaint)
    variables = {name for (node, *_), names in zip(statements, binds) if not isinstance(node, NO_VARIABLES) for name in names}
    for (node, *_), names in zip(statements, binds):
        names |= _methods_owner(node) & variables
    wanted, todo = set(), ["*", exercise]
    while todo:
        name = todo.pop()
        for k, (node, *_) in enumerate(statements):
            if name in binds[k] and k not in wanted:
                wanted.add(k)
                todo += _needed(node)
    by_cell = itertools.groupby((statements[k] for k in sorted(wanted)), key=lambda statement: statement[2])
    return Program(CELL.join(_laid_out(own) for _, own in by_cell) + "\n", "")


def _laid_out(statements):
    """Statements of one cell, each in its own line of it, if several do not share a line."""
    text = ""
    for node, part, _ in statements:
        text += "\n" * max(bool(text), node.lineno - 1 - text.count("\n")) + part
    return text


def _methods_owner(statement):
    """The name whose method a statement calls, as table.append(3) does, which changes what it names."""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return set()
    node = statement.value.func
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) and node is not statement.value.func else set()


def _needed(statement):
    """Names that a statement reads from outside: those of the globals, not the parameters and variables of functions."""
    try:
        todo = [compile(ast.Module([statement], []), "<hand-in>", "exec")]
    except (SyntaxError, ValueError, RecursionError):
        return {part.id for part in ast.walk(statement) if isinstance(part, ast.Name)}
    names = set()
    while todo:
        code = todo.pop()
        names |= {step.argval for step in dis.get_instructions(code)
                  if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")}
        todo += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return names


def _defined(text):
    """Names of the functions in a text that Python may not be able to read."""
    return re.findall(r"^def (\w+)", text, re.MULTILINE)


def _with_decorators(node):
    """The node, made to begin at its first decorator."""
    decorators = getattr(node, "decorator_list", [])
    if decorators:
        node.lineno, node.col_offset = decorators[0].lineno, decorators[0].col_offset - 1
    return node


def _statements(source):
    try:
        return ast.parse(_without_magic(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _without_magic(source):
    """A cell without the lines that only IPython understands; empty lines stand in for them."""
    if source.lstrip().startswith("%%"):
        return ""
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))


def _bound(statement):
    """Names that a top-level statement binds: by def, class, import, assignment, for, with, or by changing them."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    names = set()
    for node in _walk_outside_functions(statement):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):     # x[0] = 1 changes x
                node = node.value
            names |= {node.id} if isinstance(node, ast.Name) else set()
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return names


def _walk_outside_functions(node):
    yield node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        for child in ast.iter_child_nodes(node):
            yield from _walk_outside_functions(child)
