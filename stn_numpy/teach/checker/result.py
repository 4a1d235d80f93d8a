"""What the lessons' companion says: paragraphs, as plain text in a terminal and as a page in a notebook."""

import html
import sys
import textwrap

from ...pictures.look import BLUE, GREEN, VERMILLION
from .comparison import as_text

COLOURS = {"passed": GREEN, "not attempted": "#666666", "note": BLUE}             # all else is vermilion
SIGNS = {"passed": "\N{HEAVY CHECK MARK}", "not attempted": "\N{HORIZONTAL ELLIPSIS}", "note": "\N{RIGHTWARDS ARROW}"}
OTHERWISE = VERMILLION, "\N{MULTIPLICATION X}"
ASCII = {"\N{HEAVY CHECK MARK}": "[ok]", "\N{MULTIPLICATION X}": "[no]", "\N{HORIZONTAL ELLIPSIS}": "[..]",
         "\N{RIGHTWARDS ARROW}": "[->]"}     # where a console knows no such signs, as some on Windows
WIDTH = 100
NEAR = 2                 # lines of source shown before and after a marked one


class Code(str):
    """A paragraph that keeps its line breaks and its spaces."""


class Listing(Code):
    """Numbered lines of source with some of them marked: all of them on a page, and those around the marks as text.

    Parameters
    ----------
    lines : sequence of (number, text, whether it is marked)
    """

    def __new__(cls, lines):
        marks = [place for place, (_, _, marked) in enumerate(lines) if marked]
        near = [line for place, line in enumerate(lines) if any(abs(place - mark) <= NEAR for mark in marks)]
        listing = super().__new__(cls, "\n".join(map(_numbered, near)))
        listing.lines = tuple(lines)
        return listing


def _numbered(line):
    number, text, marked = line
    return f"{'-->' if marked else '   '} {number:3}  {text}".rstrip()


class Note:
    """Something said to the learner: a headline and paragraphs. Shows itself at the end of a notebook cell.

    Parameters
    ----------
    status : str                     one word for what this is; it chooses the colour and the sign
    headline : str
    paragraphs : str or Code each
    folded : (title, paragraphs)     shown in a notebook behind a title to be clicked, and not at all in a terminal
    """

    def __init__(self, status, headline, *paragraphs, folded=None):
        self.status, self.headline, self.paragraphs, self.folded = status, headline, paragraphs, folded

    @property
    def message(self):
        """Everything in plain text."""
        blocks = [f"{SIGNS.get(self.status, OTHERWISE[1])} {self.headline}", *self.paragraphs]
        return "\n\n".join(_plain(block) for block in blocks)

    def __repr__(self):
        return _for_the_console(self.message)

    def picture(self):
        """The Picture that goes with this, or None."""
        return None

    def _repr_html_(self):
        colour = COLOURS.get(self.status, OTHERWISE[0])
        sign = SIGNS.get(self.status, OTHERWISE[1])
        parts = [f'<p style="margin:0 0 .4em 0"><b><span style="color:{colour}">{sign}</span> '
                 f"{html.escape(self.headline)}</b></p>", *map(_as_html, self.paragraphs), self._picture_html()]
        if self.folded:
            title, paragraphs = self.folded
            parts.append(f"<details><summary>{html.escape(title)}</summary>{''.join(map(_as_html, paragraphs))}"
                         "</details>")
        return (f'<div style="border-left:4px solid {colour};padding:.4em .8em;background:#fff;color:#222;'
                f'max-width:60em">{"".join(parts)}</div>')

    def _picture_html(self):
        picture = self.picture()
        if picture is None:
            return ""
        if self.status == "passed":
            return f"<details><summary>Your answer beside the package's</summary>{picture.html()}</details>"
        return picture.html()


class Result(Note):
    """A judgement of an answer; True where it passed.

    Attributes
    ----------
    status : str                     "passed", "not attempted", "named", "different", "shape", "changed input", "error"
    exercise : str                   its id
    mistakes : tuple of str          ids of the mistakes that were recognised
    line : int or None               the learner's line that the message points at
    locus : str                      where the wrong numbers are, or ""
    repair : str                     the one change that would make all numbers right, or ""
    remarks : tuple of str           what is worth knowing of an answer that passes: how it came about
    """

    def __init__(self, status, exercise, headline, *paragraphs, mistakes=(), comparison=None, line=None, locus="",
                 remarks=(), draw=None):
        super().__init__(status, headline, *paragraphs)
        self.exercise, self.mistakes, self.comparison = exercise, tuple(mistakes), comparison
        self.line, self.locus, self.repair, self.remarks = line, locus, "", tuple(remarks)
        self._draw, self._picture = draw, None

    def __bool__(self):
        return self.status == "passed"

    @property
    def message(self):
        """Everything in plain text; the numbers stand in for the picture."""
        text = super().message
        if self.comparison is None or self or self.status == "shape":
            return text
        return f"{text}\n\n{as_text(self.comparison)}"

    def picture(self):
        if self._picture is None and self._draw is not None:
            self._picture = self._draw()
        elif self._picture is None and self.comparison is not None:
            from ..pictures.comparison import draw
            self._picture = draw(self.comparison)
        return self._picture


def _for_the_console(text):
    """A text that the console can show: with signs of its own where it knows ours, else with ASCII ones."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for sign, stand_in in ASCII.items():
            text = text.replace(sign, stand_in)
        text = text.encode(encoding, "replace").decode(encoding)
    return text


def _plain(block):
    if isinstance(block, Code):
        return block
    return textwrap.fill(block, WIDTH, break_on_hyphens=False, break_long_words=False)


def _as_html(block):
    if isinstance(block, Code):
        inside = "\n".join(map(_marked, block.lines)) if isinstance(block, Listing) else html.escape(block)
        return ('<pre style="margin:.4em 0;background:#f6f6f6;color:#222;padding:.4em .6em;font-family:monospace">'
                f'{inside}</pre>')
    return f'<p style="margin:.4em 0">{html.escape(block)}</p>'


def _marked(line):
    """A line of a Listing; a marked one is bold on a ground of its own, with an arrow for those who see no colour."""
    text = html.escape(_numbered(line))
    return f'<mark style="background:#ffe9a8;color:#222;font-weight:bold">{text}</mark>' if line[2] else text
