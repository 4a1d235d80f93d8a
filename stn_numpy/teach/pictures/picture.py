"""A picture with its description, and the look that all pictures of the lessons share.

Notebooks show a `Picture` as an <img> on opaque white, readable on a dark page too, with its alt text in it. Beside it
in the same output stand the PNG alone, for previews that show no HTML, and the alt text as plain text.
"""

import base64
import functools
import html
import io

import numpy as np

from ...pictures.look import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, white_figure  # noqa: F401

WIDTH = 9            # inches: the width of a notebook
DOTS_PER_INCH = 100
COLOURS = 200        # of a PNG with a palette, a third of the size of one without

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
            self._png = as_png(as_pixels(self.figure))
        return self._png

    def html(self):
        """The picture as an <img> that holds its own data, for use inside a page."""
        return (f'<img alt="{html.escape(self.alt)}" src="{data_address(self.png())}" '
                'style="max-width:100%;height:auto;background:#fff;color:#222">')

    def _repr_mimebundle_(self, include=None, exclude=None):
        return ({"text/html": self.html(), "image/png": self.png(), "text/plain": repr(self)},
                {"image/png": {"alt": self.alt}})

    def __repr__(self):
        return f"Picture: {self.alt}"


def drawn(draw):
    """Decorate a drawing function: whatever the reader's own matplotlib style, the picture has the look above."""
    @functools.wraps(draw)
    def draw_in_our_look(*args, **options):
        with _look():
            return draw(*args, **options)
    return draw_in_our_look


def panels(height, rows=1, columns=1, title="", *, inches=WIDTH, **options):
    """A white figure, by default as wide as a notebook, and its axes as an array (rows, columns)."""
    figure = white_figure(inches, height, dpi=None)
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06)
    if title:
        figure.suptitle(title)
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def as_pixels(frame):
    """A Picture, a matplotlib figure or an image as (height, width, 3) of uint8."""
    frame = getattr(frame, "figure", frame)
    if hasattr(frame, "savefig"):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        frame.set_dpi(DOTS_PER_INCH)
        canvas = FigureCanvasAgg(frame)
        with _look():
            canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()
    pixels = np.asarray(frame)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError("a frame must be a Picture, a matplotlib figure or an image (height, width, 3) of uint8, "
                         f"got {type(frame).__name__} of shape {pixels.shape} and dtype {pixels.dtype}")
    return pixels


def as_png(pixels, colours=COLOURS):
    """(height, width, 3) of uint8 as a PNG with a palette: the most frequent colours exactly, others by the nearest."""
    from PIL import Image                                                # comes with matplotlib, which draws through it

    codes = pixels.astype(np.int64) @ np.array([65536, 256, 1])
    found, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    shades = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)       # (n, 3)
    palette = shades[_palette(shades, counts, colours)]                           # (colours, 3)
    nearest = np.array([((palette - shade) ** 2).sum(axis=1).argmin() for shade in shades], np.uint8)
    image = Image.fromarray(nearest[places.reshape(codes.shape)], "P")
    image.putpalette(palette.astype(np.uint8).tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _palette(shades, counts, colours):
    """Indices of the most frequent shades, and then, one by one, of the shade furthest from all those taken."""
    taken = list(np.argsort(-counts, kind="stable")[:max(colours // 2, 2)])
    distance = np.min([((shades - shades[index]) ** 2).sum(axis=1) for index in taken], axis=0)
    while len(taken) < colours and distance.max() > 0:
        taken.append(int(distance.argmax()))
        distance = np.minimum(distance, ((shades - shades[taken[-1]]) ** 2).sum(axis=1))
    return taken


def data_address(png):
    """A PNG as an address that holds the file itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _look():
    import matplotlib

    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    return matplotlib.rc_context({**defaults, **LOOK})
