"""Notebooks as files: where the tutorials are, reading, writing whole, and what the cells are."""

import json
import re
import sysconfig
from pathlib import Path

from ...data.files import write_whole

TUTORIALS = Path(__file__).resolve().parents[3] / "tutorials"
INSTALLED = Path(sysconfig.get_path("data")) / "share" / "stn_numpy" / "tutorials"     # where a wheel puts them


def tutorials():
    """The paths of all tutorials, in order: those of the clone, or else those that were installed.

    Raises FileNotFoundError where there are none.
    """
    for folder in (TUTORIALS, INSTALLED):
        found = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
        if found:
            return found
    raise FileNotFoundError(f"no tutorials in {TUTORIALS}, nor in {INSTALLED}: install the package again")


def bridges():
    """The paths of notebooks beside the lessons that lead on from there: no number, and no exercise."""
    return sorted(path for path in tutorials()[0].parent.glob("*.ipynb") if not path.name[:2].isdigit())


def read(path):
    """Read a notebook of format 4. Raises ValueError where the file is not one."""
    from nbformat import v4

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["nbformat"] != 4 or not isinstance(content["cells"], list):
            raise ValueError("wanted \"nbformat\": 4 and a list of cells")
        return v4.reads_json(json.dumps(content))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a notebook of format 4: {error}") from error


def write(notebook, path):
    """Write a notebook, whole or not at all."""
    import nbformat

    nbformat.validate(notebook)
    write_whole(path, (nbformat.writes(notebook).rstrip("\n") + "\n").encode())


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def exercise_of(cell):
    """The id of the exercise that a cell is, or None. Raises ValueError where tag and metadata do not agree."""
    tagged = "exercise" in cell.metadata.get("tags", [])
    name = cell.metadata.get("stn", {}).get("exercise")
    if tagged != (name is not None) or (tagged and cell.cell_type != "code"):
        raise ValueError(f"cell {cell.get('id')} must be a code cell with the tag \"exercise\" and the metadata "
                         f'{{"stn": {{"exercise": ID}}}}, or have neither; it has tags {cell.metadata.get("tags", [])} '
                         f"and the exercise {name!r}")
    return name


def texts_of(output):
    """All text in an output that a reader may see, without the pictures in it."""
    if output.output_type == "stream":
        return [output.text]
    if output.output_type == "error":
        return ["\n".join(output.traceback)]
    texts = [text for kind, text in output.get("data", {}).items() if kind.startswith("text/")]
    return [re.sub(r"data:image/[^\"']+", "", "".join(text)) for text in texts]
