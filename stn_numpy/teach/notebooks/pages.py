"""Notebooks as pages and as decks of slides: to read, hand out and show without Jupyter.

A page holds its pictures itself, each with its alt text. Only equations need a script, MathJax, which comes from the
network unless a local copy is named; decks need reveal.js likewise.
"""

import copy
import html
import re
import shutil
from pathlib import Path

from ...data.files import write_whole
from .starting import is_setup

# Long lines of code and wide tables scroll or wrap inside the page, on a phone too.
NARROW = """<style>
@media (max-width: 700px) {
  body.jp-Notebook {padding: 0 .5em} .jp-InputPrompt, .jp-OutputPrompt {display: none}
}
.jp-InputArea-editor pre, .jp-OutputArea-output pre {white-space: pre-wrap; overflow-wrap: anywhere}
.jp-RenderedHTMLCommon table {display: block; overflow-x: auto} .jp-RenderedHTMLCommon img {max-width: 100%; height: auto}
</style>"""


# What needs no network once the scripts lie beside the page: nbconvert's own templates fetch require.js and others.
MATHJAX = """{% block html_head_js_mathjax %}
<script>window.MathJax = {tex: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]], processEscapes: true, tags: "ams"}}</script>
<script src="{{ resources.mathjax_url }}"></script>
{% endblock %}"""
PAGE = "{% extends 'index.html.j2' %}{% block html_head_js %}{% endblock %}{% block html_head_js_mermaidjs %}{% endblock %}"
DECK = """{% extends 'index.html.j2' %}{% block html_head_js %}{% endblock %}{% block html_head_css %}<style>
:root {--jp-content-font-size1: 18px; --jp-ui-font-size1: 18px; --jp-code-font-size: 15px}
.reveal .jp-InputPrompt, .reveal .jp-OutputPrompt {display: none}
.reveal pre {white-space: pre-wrap; overflow-wrap: anywhere}
.reveal .jp-InputArea-editor {max-height: 170px; overflow-y: auto}
.reveal .jp-OutputArea img {max-height: 440px; width: auto; margin: 0}
</style>{% endblock %}{% block footer_js %}
<script src="{{ reveal_url_prefix }}/dist/reveal.js"></script>
<script src="{{ reveal_url_prefix }}/plugin/notes/notes.js"></script>
<script>
Reveal.initialize({controls: true, progress: true, history: true, slideNumber: true, plugins: [RevealNotes],
                   width: 1100, height: 700});
function scrollLongSlide() {
  const slide = Reveal.getCurrentSlide(), room = 0.95 * Reveal.getConfig().height;
  if (slide.scrollHeight > room) Object.assign(slide.style, {height: room + "px", overflowY: "auto", top: "0"});
}
for (const event of ["ready", "slidechanged"]) Reveal.addEventListener(event, scrollLongSlide);
</script>
{% endblock %}"""


def page(notebook, title, pages=frozenset(), mathjax=None):
    """A notebook as one HTML page, without the cell that installs what is missing.

    Parameters
    ----------
    notebook : NotebookNode
    title : str
    pages : set of str               names of the notebooks, without .ipynb, whose pages stand beside this one
    mathjax : str or None            address of MathJax from version 3 on; None for the network's

    Returns
    -------
    page : str
    """
    from nbconvert import HTMLExporter

    notebook = copy.deepcopy(notebook)
    notebook.cells = [cell for cell in notebook.cells if not is_setup(cell)]
    text = _exported(HTMLExporter, PAGE, notebook, title, mathjax)
    return _linked(text.replace("</head>", f"{NARROW}</head>", 1), pages)


def slides(notebook, title, mathjax=None, reveal=None):
    """A deck of the cells that are marked for it, with Jupyter's own metadata: {"slideshow": {"slide_type": ..}}.

    Unmarked cells are left out. Raises ValueError for a notebook without any marked cell.
    """
    from nbconvert import SlidesExporter

    deck = copy.deepcopy(notebook)
    deck.cells = [cell for cell in deck.cells if slide_type(cell) not in (None, "skip", "notes")]
    if not deck.cells:
        raise ValueError("no cell of it is marked for a slide: in Jupyter, the property inspector sets the slide type")
    return _exported(SlidesExporter, DECK, deck, title, mathjax, **({"reveal_url_prefix": reveal} if reveal else {}))


def _exported(exporter, template, notebook, title, mathjax, **options):
    if mathjax:
        template, options = template + MATHJAX, {**options, "mathjax_url": mathjax}
    return exporter(raw_template=template, **options).from_notebook_node(notebook, {"metadata": {"name": title}})[0]


def slide_type(cell):
    """"slide", "subslide", "fragment", "skip" or "notes", or None where a cell is not marked."""
    return cell.metadata.get("slideshow", {}).get("slide_type") or None


def write_index(folder, titles):
    """index.html, a list of the pages beside it: {file name without .html: title}."""
    items = "".join(f'<li><a href="{name}.html">{html.escape(title)}</a></li>' for name, title in titles.items())
    text = ('<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The lessons</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><style>:root{color-scheme:light}'
            "body{font:18px/1.6 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em;background:#fff;"
            'color:#222}a{color:#004f86}</style></head><body><h1>The lessons</h1><p>Spatial Transformer Networks, step '
            f"by step.</p><ul>{items}</ul></body></html>\n")
    write_whole(folder / "index.html", text.encode())


def title_of(notebook, otherwise):
    """The first heading of a notebook."""
    for cell in notebook.cells:
        found = re.search(r"^# (.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if found:
            return found[1].strip()
    return otherwise


def beside(script, folder):
    """The address of a script for pages in a folder: a local file or folder is copied there, an address stays."""
    if script is None or re.match(r"https?://", script):
        return script
    source = Path(script)
    if not source.exists():
        raise ValueError(f"there is no {script}: give the address or the path of a copy")
    target = folder / source.name
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.resolve() != target.resolve():
        shutil.copyfile(source, target)
    return source.name


def _linked(text, pages):
    """Links to notebooks and to the course page lead to pages, where there are some."""
    def target(match):
        name, place = match[1], match[2] or ""
        return f'href="{name}.html{place}"' if name in pages else match[0]

    text = re.sub(r'href="([\w-]+)\.ipynb(#[^"]*)?"', target, text)
    return text.replace('href="README.md"', 'href="index.html"') if pages else text
