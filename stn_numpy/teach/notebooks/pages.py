"""Notebooks as HTML pages."""

import copy
import html

from nbformat import NotebookNode

from .files import code_cells


def page(notebook, title):
    """A notebook as one HTML page, its pictures in it and each with its alt text."""
    from nbconvert import HTMLExporter

    described = copy.deepcopy(notebook)
    for cell in code_cells(described):
        for output in cell.outputs:
            _describe(output)
    return HTMLExporter().from_notebook_node(described, {"metadata": {"name": title}})[0]


def _describe(output):
    """Turn a PNG with alt text in its metadata into an <img> that has it; nbconvert's own template drops the text."""
    alt = output.get("metadata", {}).get("image/png", {}).get("alt")
    if alt:
        image = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{output.data["image/png"].strip()}">'
        output.data = NotebookNode({"text/html": image})
