"""The committed state of a notebook: executed in order, without noise, every picture described, of the right size."""

import re

from .files import code_cells, exercise_of
from .tidying import noise

WORDS = (1000, 1800)     # of a lesson, its prose only
LINES = 150              # of visible code, at most
PICTURES = (4, 6)
INTRODUCTION = "00"      # a short lesson: no lower bounds; nor has a bridge, which has no number and no exercise


def complaints(notebook, lesson):
    """All that is wrong with a notebook as it is committed; empty where nothing is.

    Parameters
    ----------
    notebook : NotebookNode
    lesson : str                     its file's name; that of a lesson begins with its number

    Returns
    -------
    complaints : list of str
    """
    is_lesson = lesson[:2].isdigit()
    found = noise(notebook) + _order(notebook) + _undescribed(notebook)
    try:
        exercises = [exercise_of(cell) for cell in notebook.cells]
    except ValueError as error:
        found.append(str(error))
    else:
        if is_lesson and not any(exercises):
            found.append("no exercise")
    sizes = measure(notebook)
    short = not is_lesson or lesson.startswith(INTRODUCTION)
    for name, (low, high) in (("words", WORDS), ("lines of code", (0, LINES)), ("pictures", PICTURES)):
        low = 0 if short else low
        if not low <= sizes[name] <= high:
            found.append(f"{sizes[name]} {name}, wanted {low} to {high}")
    return found


def measure(notebook):
    """Words of prose, lines of visible code and pictures of a notebook."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    lines = sum(1 for cell in code_cells(notebook) if not cell.metadata.get("jupyter", {}).get("source_hidden")
                for line in cell.source.splitlines() if line.strip())
    return {"words": len(_words(prose)), "lines of code": lines, "pictures": len(list(_pictures(notebook)))}


def _words(prose):
    """Words as a reader counts them: without formulas, code blocks, table rules and addresses of links."""
    for pattern in (r"```.*?```", r"\$\$.*?\$\$", r"\$[^$\n]*\$", r"\]\([^)]*\)", r"<[^>\n]*>"):
        prose = re.sub(pattern, " ", prose, flags=re.DOTALL)
    return re.findall(r"[A-Za-z0-9][\w'.-]*", prose)


def _order(notebook):
    """Executed from top to bottom in one go: the counts of the code cells are 1, 2, 3 .."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        return [f"not executed in order from a fresh start: execution counts {counts}"]
    return []


def _undescribed(notebook):
    return [f"cell {cell}: a picture without alt text" for cell, alt in _pictures(notebook) if not alt.strip()]


def _pictures(notebook):
    """(cell id, alt text) of each picture, whether an output of its own, part of a page, or in the prose."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            html = "".join(data.get("text/html", ""))
            for tag in re.findall(r"<img\b[^>]*>|<svg\b[^>]*>", html):
                yield cell.id, "".join(re.findall(r"""(?:alt|aria-label)=["']([^"']*)["']""", tag))
            for kind in data:
                if kind.startswith("image/") and not html:
                    yield cell.id, output.metadata.get(kind, {}).get("alt", "")
        if cell.cell_type == "markdown":
            for alt in re.findall(r"!\[([^\]]*)\]\(", cell.source):
                yield cell.id, alt
