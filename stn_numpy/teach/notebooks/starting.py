"""The first code cell of a lesson or a bridge: it installs the package where that is missing, as on a hosted notebook."""

from .files import code_cells

NAME = "setup"               # id and tag of the cell
SOURCE = '''# Where the package is missing, as on a hosted notebook, this installs it. Elsewhere it does nothing.
import importlib.util

if importlib.util.find_spec("stn_numpy") is None:
    import pathlib
    import subprocess
    import sys

    address = ""       # of the project or of a wheel, if the folder of the project is not above this notebook
    above = [str(folder) for folder in pathlib.Path.cwd().parents if (folder / "stn_numpy" / "sampler").is_dir()]
    assert address or above, "write the address of the project, or of a wheel of it, into this cell: address = ..."
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", address or above[0]], check=True)
    importlib.invalidate_caches()'''


def setup_cell(count=None):
    """The cell, folded; `count` is its execution count."""
    from nbformat import v4

    cell = v4.new_code_cell(SOURCE, execution_count=count, metadata={"jupyter": {"source_hidden": True}, "tags": [NAME]})
    cell.id = NAME
    return cell


def is_setup(cell):
    return NAME in cell.metadata.get("tags", [])


def set_up(notebook):
    """Put the cell before the first code cell of a notebook, in place of an older one, if it has code at all.

    A notebook that has been executed stays so: the cell prints nothing, and the counts of the others are shifted.
    """
    cells = code_cells(notebook)
    if not cells:
        return
    if is_setup(cells[0]):
        cells[0].source = SOURCE
        return
    for cell in cells:
        cell.execution_count = cell.execution_count and cell.execution_count + 1
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count
    executed = any(cell.execution_count for cell in cells)
    notebook.cells.insert(notebook.cells.index(cells[0]), setup_cell(1 if executed else None))
