"""Machine noise: what an execution leaves in a notebook that says nothing to a reader, and how to take it out."""

import hashlib
import re
import sys
import tempfile
from pathlib import Path

from nbformat import NotebookNode

from .executing import PACKAGE_FOLDER
from .files import code_cells, texts_of

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
          "language_info": {"name": "python"}}
CELL_METADATA = ("tags", "stn", "slideshow")         # all that a cell may keep, apart from a hidden source
WIDGET = "application/vnd.jupyter.widget-view+json"

HOME_FOLDER = re.compile(r"(?<![\w/])(/(home|Users|root|tmp|private|var)/[\w.-]+|[A-Z]:\\+\w+)")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
WARNING = re.compile(r"\b\w*Warning:")


def tidy(notebook):
    """Take the noise out of a notebook, in place; its cells, pictures and texts stay."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = NotebookNode({name: NotebookNode(value) for name, value in KERNEL.items()})
    _name_cells(notebook)
    for cell in notebook.cells:
        cell.metadata = _kept(cell.metadata)
    for cell in code_cells(notebook):
        cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]


def noise(notebook):
    """What tidy would take out, and what only the author can: a list of complaints, empty for a clean notebook."""
    complaints = [f"metadata of the notebook: {dict(notebook.metadata)}"] * (notebook.metadata != KERNEL)
    names = [cell.get("id") for cell in notebook.cells]
    if None in names or len(set(names)) < len(names):
        complaints.append("cells without an id of their own")
    for cell in notebook.cells:
        if cell.metadata != _kept(cell.metadata):
            complaints.append(f"cell {cell.get('id')}: metadata {dict(cell.metadata)}")
        for output in cell.get("outputs", []):
            complaints += [f"cell {cell.get('id')}: {complaint}" for complaint in _noise_of_output(output)]
    return complaints


def _kept(metadata):
    kept = {name: metadata[name] for name in CELL_METADATA if metadata.get(name)}
    if metadata.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = NotebookNode(source_hidden=True)
    return NotebookNode(kept)


def _name_cells(notebook):
    """Give an id to each cell that has none, or another's; the same cells get the same ids each time."""
    taken = set()
    for place, cell in enumerate(notebook.cells):
        if not cell.get("id") or cell.id in taken:
            cell.id = hashlib.sha256(f"{place} {cell.source}".encode()).hexdigest()[:8]
        taken.add(cell.id)


def _noise_of_output(output):
    if WIDGET in output.get("data", {}):
        yield "a widget, which means nothing without its kernel"
    if output.output_type == "error" or output.get("name") == "stderr":
        yield f"{output.get('ename', 'stderr')} in the output"
    for text in texts_of(output):
        folders = [folder for folder in _folders_of_this_machine() if folder in text]
        for pattern in (HOME_FOLDER, ADDRESS, WARNING):
            folders += [match.group() for match in pattern.finditer(text)]
        for found in folders:
            yield f"{found!r} in the output"


def _folders_of_this_machine():
    """Absolute paths that an output could betray; none so short that it could be anything else."""
    folders = {str(folder) for folder in (Path.home(), sys.prefix, tempfile.gettempdir(), PACKAGE_FOLDER)}
    return {folder for folder in folders if len(folder) > 4}
