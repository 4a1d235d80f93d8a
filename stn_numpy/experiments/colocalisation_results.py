"""What is kept and shown of co-localisation: records, the table beside the paper's, and the picture of a search.

A record holds, beside what those of Table 1 hold (see records.py):

    class, clutter   which digit was to be found, and whether among pieces of other digits
    curve            a list of points: step, loss (mean over pairs since the point before), hits, iou (mean),
                     scale (mean s), new_hits
    hits             share of the canvases searched whose box has an IoU above 0.5 with the digit's frame, 0 .. 1
    new_hits         the same of canvases that the transformer did not learn on
    encoder_error    test error of the classifier that the encoder is a piece of
"""

from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle

from ..pictures.look import BLUE, INK, ORANGE, SHADE, white_figure
from .colocalisation_task import CANVAS, HIT
from .records import Form

PAPER = {False: "100", True: "75-93"}    # per cent of boxes right, without and with clutter
PLAIN = "plain digits alone"             # what the classifier of an unaided search has learned
SHOWN = 5                                # canvases in a picture
ROWS = 6                                 # and moments of the search


class Film(NamedTuple):
    """What the picture of a search is drawn from."""
    canvases: np.ndarray     # (N, 1, 84, 84)
    truth: np.ndarray        # (N, 4) frames of the digits
    frames: list             # (step, boxes (SHOWN, 4), crops (SHOWN, h, w)), one a report


def unaided(record):
    """Whether a search had no knowledge from outside."""
    return record["configuration"].get("classifier_pieces") == PLAIN


def setting(record):
    """The paper's word for the canvases, and whether they were searched without help."""
    return ("unaided-" if unaided(record) else "") + ("cluttered" if record["clutter"] else "translated")


def hit_rate(overlap):
    """Share of boxes whose IoU with the digit's frame is above 0.5."""
    return round(float(np.mean(overlap > HIT)), 4)


def _name(record):
    return (f"colocalisation-{setting(record)}-{record['class']}-{record['configuration']['steps']}-steps-"
            f"seed-{record['seed']}.json")


def _fault(record):
    """What is wrong with a record that is whole and was not changed, or None."""
    for key in ("hits", "new_hits"):
        if not 0 <= record[key] <= 1 or not record["curve"] or record["curve"][-1].get(key) != record[key]:
            return f"{key!r} must be the last of the curve, from 0 to 1, got {record[key]}"
    return None


FORM = Form(experiment="colocalisation", title="co-localisation", name=_name, fault=_fault,
            kinds={"class": int, "clutter": bool, "hits": float, "new_hits": float, "encoder_error": float},
            settings={"steps": int, "batch_size": int, "alpha": float, "learning_rate": float, "momentum": float})


def picture_path(record):
    """Where the picture of a search is kept, given the path of its record."""
    return record.with_suffix(".png")


def table(records, without_help=False):
    """Our hits beside the paper's, in Markdown: a row for each class, the mean of its seeds; – was not run."""
    records = [record for record in records if unaided(record) == without_help]
    lines = ["| found, % | translated | cluttered | translated, new canvases | cluttered, new canvases |",
             "| --- | --- | --- | --- | --- |"]
    wanted = [(clutter, key) for key in ("hits", "new_hits") for clutter in (False, True)]
    for digit in range(10):
        cells = [_mean(records, digit, clutter, key) for clutter, key in wanted]
        lines.append(f"| {digit} | " + " | ".join(cells) + " |")
    means = [_mean(records, None, clutter, key) for clutter, key in wanted]
    return "\n".join([*lines, "| mean of those run | " + " | ".join(means) + " |",
                      f"| the paper | {PAPER[False]} | {PAPER[True]} | – | – |"])


def _mean(records, digit, clutter, key):
    found = [100 * record[key] for record in records
             if record["clutter"] == clutter and digit in (None, record["class"])]
    return f"{np.mean(found):.0f}" if found else "–"


def draw(film, title):
    """A few canvases with the true frame and the box, moment by moment, and beside them what the transformer sees."""
    moments = [film.frames[i] for i in np.unique(np.linspace(0, len(film.frames) - 1, ROWS).round().astype(int))]
    n = min(SHOWN, len(film.truth))
    figure = white_figure(1.12 * 2 * n + 0.8, 1.14 * len(moments) + 0.9,
                          f"{title}: where it looks (solid orange; dashed blue: the truth, never told), and what it sees")
    panels = figure.subplots(len(moments), 2 * n, squeeze=False)
    for line, (step, boxes, crops) in zip(panels, moments):
        line[0].set_ylabel(f"step {step}", fontsize=9)
        for i in range(n):
            _canvas(line[i], film.canvases[i, 0], film.truth[i], boxes[i])
            line[n + i].imshow(crops[i], cmap="gray", vmin=0, vmax=1)
            line[n + i].set(xticks=[], yticks=[])
    return figure


def _canvas(axes, canvas, truth, box):
    """One canvas on a grey margin, since a box may leave it."""
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=1)
    for (left, top, right, bottom), colour, line in ((truth, BLUE, "--"), (box, ORANGE, "-")):
        axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, color=colour, ls=line, lw=1.5))
    margin = 0.17 * CANVAS
    axes.set(xticks=[], yticks=[], xlim=(-margin, CANVAS + margin), ylim=(CANVAS + margin, -margin))
    axes.set_facecolor(SHADE)
    for spine in axes.spines.values():
        spine.set_color(INK)
