"""Pictures that move without Python: frames drawn beforehand, and a slider that chooses one of them.

The slider works wherever a page may run its script: in a notebook whose cell has been run, and in the exported pages.
Elsewhere, as on a page that strips scripts or in a notebook that is opened for the first time, a still picture of some
of the frames stands in the same place.
"""

import hashlib
import html
import json
import string

import numpy as np

from .picture import DOTS_PER_INCH, Picture, as_pixels, as_png, data_address, drawn

COLOURS = 48         # of a frame: few enough for a small file
ACROSS = 900         # pixels: the width of a still picture
STILLS = 4           # frames in a still picture, at most
LABEL = 26           # pixels: the height of a line of text above a frame

BOX = 'style="background:#fff;color:#222;padding:8px;max-width:900px;box-sizing:border-box"'
IMAGE = 'style="display:block;max-width:100%;height:auto;background:#fff;color:#222"'
SCRIPT = string.Template("""
(() => {
  const frames = $frames, labels = $labels, alts = $alts, names = $names, start = $start;
  for (const box of document.querySelectorAll('[data-moving="$key"]:not([data-started])')) {
    box.setAttribute("data-started", "");
    const image = box.querySelector("img"), text = document.createElement("output");
    text.style.cssText = "display:block;font:bold 15px sans-serif;margin:4px 0";
    const sliders = names.map((name, axis) => {
      const line = document.createElement("label"), slider = document.createElement("input");
      slider.type = "range";
      slider.min = 0;
      slider.max = (axis === 0 ? frames : frames[0]).length - 1;
      slider.value = start[axis];
      slider.setAttribute("aria-label", name);
      slider.setAttribute("data-lm-suppress-shortcuts", "true");      // or JupyterLab would take its arrow keys
      slider.style.cssText = "flex:1 1 160px;max-width:420px;accent-color:#0072B2";
      slider.oninput = show;
      line.style.cssText = "display:flex;flex-wrap:wrap;gap:8px;align-items:center;font:14px sans-serif";
      line.hidden = slider.max === "0";
      if (line.hidden) line.style.display = "none";
      line.append(name, slider);
      box.insertBefore(line, image);
      return slider;
    });
    box.insertBefore(text, image);
    function show() {
      const row = sliders[0].value, column = sliders[1].value;
      image.src = "data:image/png;base64," + frames[row][column];
      image.alt = alts[row][column];
      text.textContent = labels[row][column];
      for (const slider of sliders) slider.setAttribute("aria-valuetext", labels[row][column]);
    }
    show();
  }
})();
""")


class Moving:
    """What `moving` returns: shows itself in a notebook as a slider over frames, and elsewhere as a still picture.

    Attributes
    ----------
    still : Picture                  some of the frames, for readers whose page runs no script
    alt : str                        the description of the whole
    parts : dict                     "frames" (PNG files in base 64), "labels" and "alts", each (rows, columns);
                                     "names" of the two sliders and "start", (row, column)
    """

    def __init__(self, still, parts):
        self.still, self.alt, self.parts = still, still.alt, parts

    def html(self):
        """One page fragment: the still picture, and the script that puts sliders and frames in its place."""
        parts = {name: json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
                 for name, value in self.parts.items()}
        key = hashlib.sha256("".join(parts.values()).encode()).hexdigest()[:12]
        image = f'<img alt="{html.escape(self.alt)}" src="{data_address(self.still.png())}" {IMAGE}>'
        names = html.escape(", ".join(filter(None, self.parts["names"])))
        return (f'<div data-moving="{key}" role="group" aria-label="{names}" {BOX}>{image}</div>'
                f"<script>{SCRIPT.substitute(parts, key=key)}</script>")

    def _repr_mimebundle_(self, include=None, exclude=None):
        data, metadata = self.still._repr_mimebundle_()
        return {**data, "text/html": self.html()}, metadata

    def __repr__(self):
        return f"Moving picture: {self.alt}"


def moving(frames, labels, *, alt, name="frame", start=0, still=None, colours=COLOURS):
    """Put frames under a slider that moves without Python, with a still picture for pages without scripts.

    Parameters
    ----------
    frames : list of frames          a frame is a Picture, a matplotlib figure or an image (height, width, 3) of uint8;
                                     or a list of such lists, all of one length: then there are two sliders
    labels : list of str             one for each frame, in the same form: shown above it, and read out with the slider
    alt : str                        the description of the whole; a Picture among the frames keeps its own as well
    name : str                       what the slider moves; two names where there are two sliders, rows first
    start : int                      the frame shown first; (row, column) where there are two sliders
    still : Picture                  stands in where no script runs; by default a few of the frames
    colours : int                    of a frame, 2 to 256: fewer make a smaller notebook

    Returns
    -------
    picture : Moving                 .still is the Picture without sliders, .html() the whole

    Raises ValueError where frames and labels do not fit each other, or alt is empty.

    Example: moving([draw(x) for x in (0, 1, 2)], ["x = 0", "x = 1", "x = 2"], alt="A point that moves.", name="x")
    """
    two = isinstance(frames[0], (list, tuple)) if len(frames) else False
    rows, texts = (frames, labels) if two else ([frames], [labels])
    names, start = (list(name), list(start or (0, 0))) if two else (["", name], [0, start])
    if not rows[0] or {len(row) for row in rows} != {len(rows[0])}:
        raise ValueError("frames must be a list of frames, or a list of such lists, all of one length and none empty")
    if [len(row) for row in texts] != [len(row) for row in rows]:
        raise ValueError(f"labels must be one for each frame: wanted {len(rows)} x {len(rows[0])}, "
                         f"got {' + '.join(str(len(row)) for row in texts)}")
    if not (isinstance(alt, str) and alt.strip()):
        raise ValueError("alt must describe the picture in words")
    if len(names) != 2 or not (0 <= start[0] < len(rows) and 0 <= start[1] < len(rows[0])):
        raise ValueError(f"wanted two names and a start within {len(rows)} x {len(rows[0])} frames, "
                         f"got {names} and {start}")
    pixels = [[as_pixels(frame) for frame in row] for row in rows]
    texts = [[str(text) for text in row] for row in texts]
    alts = [[getattr(frame, "alt", f"{alt} {text}") for frame, text in zip(*pair)] for pair in zip(rows, texts)]
    if still is None:
        still = _some_of(sum(pixels, []), sum(texts, []), alt)
    small = [[data_address(as_png(frame, colours)).split(",")[1] for frame in row] for row in pixels]
    return Moving(Picture(still.figure, alt),
                  {"frames": small, "labels": texts, "alts": alts, "names": names, "start": start})


@drawn
def _some_of(frames, labels, alt):
    """A Picture of up to four frames, evenly chosen, beside each other where they fit, each below its label."""
    from matplotlib.figure import Figure

    chosen = np.unique(np.linspace(0, len(frames) - 1, STILLS).round().astype(int))
    width, height = max(frame.shape[1] for frame in frames), max(frame.shape[0] for frame in frames) + LABEL
    columns = max(1, min(ACROSS // width, len(chosen)))
    chosen = chosen if columns > 1 else chosen[[0, len(chosen) // 2, -1]][:len(chosen)]
    rows = -(-len(chosen) // columns)
    figure = Figure((max(ACROSS, width) / DOTS_PER_INCH, rows * height / DOTS_PER_INCH), dpi=DOTS_PER_INCH,
                    facecolor="white")
    for place, index in enumerate(chosen):
        row, column = divmod(place, columns)
        left, top = column * width, (rows - row) * height
        figure.figimage(frames[index], left, top - LABEL - len(frames[index]))
        figure.text((left + 8) / figure.bbox.width, (top - LABEL / 2) / figure.bbox.height, labels[index],
                    va="center", fontweight="bold")
    return Picture(figure, alt)
