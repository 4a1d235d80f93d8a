"""A picture with its description, and the look that all pictures of the lessons share.

Notebooks show a `Picture` as a PNG on opaque white, readable on a dark page too, and keep its alt text beside it: in
the metadata of the output, where nbconvert finds it for the HTML page, and as the plain text of the output.
"""

import base64
import functools
import html
import io

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"       # Okabe and Ito: told apart by all eyes
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#767676"

WIDTH = 9            # inches: the width of a notebook
DOTS_PER_INCH = 100

LOOK = {"font.family": "DejaVu Sans", "font.size": 9.5, "axes.titlesize": 10, "axes.labelsize": 9.5,
        "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "legend.fontsize": 8.5, "figure.titlesize": 11.5,
        "figure.titleweight": "bold", "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
        "image.interpolation": "nearest"}


class Picture:
    """What the drawing functions return: a figure, what it shows in words, and the numbers in it.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    alt : str                        the description, for readers who do not see the picture
    numbers : dict                   the numbers drawn, by name
    """

    def __init__(self, figure, alt, numbers=None):
        self.figure, self.alt, self.numbers = figure, " ".join(alt.split()), dict(numbers or {})
        self._png = None

    def png(self):
        """The picture as the bytes of a PNG file. It is rendered once: a second time the layout would move a little."""
        if self._png is None:
            file = io.BytesIO()
            with _look():
                self.figure.savefig(file, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
            self._png = file.getvalue()
        return self._png

    def html(self):
        """The picture as an <img> that holds its own data, for use inside a page."""
        data = base64.b64encode(self.png()).decode()
        return f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{data}">'

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png(), "text/plain": repr(self)}, {"image/png": {"alt": self.alt}}

    def __repr__(self):
        return f"Picture: {self.alt}"


def drawn(draw):
    """Decorate a drawing function: whatever the reader's own matplotlib style, the picture has the look above."""
    @functools.wraps(draw)
    def draw_in_our_look(*args, **options):
        with _look():
            return draw(*args, **options)
    return draw_in_our_look


def panels(height, rows=1, columns=1, title="", **options):
    """A white figure as wide as a notebook, and its axes as an array (rows, columns)."""
    from matplotlib.figure import Figure

    figure = Figure((WIDTH, height), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06)
    if title:
        figure.suptitle(title)
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def _look():
    import matplotlib

    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    return matplotlib.rc_context({**defaults, **LOOK})
