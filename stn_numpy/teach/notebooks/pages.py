"""Notebooks as HTML pages."""


def page(notebook, title):
    """A notebook as one HTML page that holds its pictures, those that move too, each with its alt text."""
    from nbconvert import HTMLExporter

    return HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": title}})[0]
