"""What all pictures share: white figures, colours that all eyes can tell apart, and files that are whole.

Every picture has an opaque white background, so that it reads on a dark page too. Matplotlib is loaded only when
something is drawn, so that the colours can be had without it.
"""

import io

from ..data.files import write_whole

INK, GREY, SHADE, WRONG = "#222222", "#767676", "#E4E4E4", "#B00020"       # SHADE: outside the image; WRONG: a misreading
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"     # Okabe and Ito's colours
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
NETWORK_STYLES = ((ORANGE, "--", "s"), (BLUE, "-", "o"), (GREEN, "-.", "^"))   # colour, line and marker, told apart in grey


def white_figure(width, height, title="", dpi=100):
    """A white Figure of this size in inches, with a title above its panels; dpi None is Matplotlib's setting."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, facecolor="white", layout="constrained")
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def save(figure, path):
    """Write a figure as a PNG, whole or not at all."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=130, facecolor="white")
    write_whole(path, content.getvalue())
