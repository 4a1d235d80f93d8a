"""Pictures of Table 1: all cells beside the paper's, and the learning curves."""

from matplotlib.ticker import MaxNLocator

from ..pictures.look import BLUE, GREEN, INK, ORANGE, PURPLE, white_figure
from . import paper
from .networks import ROWS

STYLES = {None: (ORANGE, "--", "s"), "affine": (BLUE, "-", "o"), "projective": (GREEN, "-.", "^"),
          "tps": (PURPLE, ":", "D")}                     # of a row, by its transform; the convolutional ones are hollow


def errors(results):
    """A bar for each cell with the spread over its seeds, a line across it where the paper is; no bar, no record."""
    figure, panels = _panels("Test error, ours (bars; ± and whiskers: standard deviation over seeds) "
                             "and the paper's (black lines)", 3.4)
    for axes, column in zip(panels, paper.COLUMNS):
        for place, row in enumerate(ROWS):
            if (row, column) in results:
                _bar(axes, place, results[row, column].errors, ROWS[row], paper.TABLE_1[row].get(column, 0))
            if column in paper.TABLE_1[row]:
                axes.plot([place - 0.42, place + 0.42], [paper.TABLE_1[row][column]] * 2, color=INK, lw=2)
        axes.set(title=column, xticks=range(len(ROWS)), xlim=(-0.6, len(ROWS) - 0.4))
        axes.set_xticklabels([row.title for row in ROWS.values()], rotation=60, ha="right", rotation_mode="anchor",
                             fontsize=8)
        axes.set_ylim(0, 1.2 * axes.get_ylim()[1])
    panels[0].set_ylabel("test error, %")
    return figure


def _bar(axes, place, found, row, in_paper):
    """A bar with its height above it, or above the paper's line if that is where the figure would stand."""
    colour, inside = _colours(row)
    axes.bar(place, found.mean(), width=0.7, edgecolor=colour, facecolor=inside,
             hatch="///" if row.convolutional else None)
    mean, spread = found.mean(), found.std(ddof=1) if len(found) > 1 else 0.0
    label = f"{mean:.2f}"
    if spread:
        axes.plot([place] * 2, [mean - spread, mean + spread], color=INK, lw=1, marker="_")
        label += f"\n±{spread:.2f}"
    top = mean + spread
    crossed = in_paper < (1.25 if spread else 1.1) * top                      # the line would go through the label
    axes.annotate(label, (place, max(top, in_paper) if crossed else top), xytext=(0, 3),
                  textcoords="offset points", ha="center", fontsize=6.2, linespacing=0.9)


def _colours(row):
    """Of a row's outlines, and of what is inside them."""
    colour = STYLES[row.transform][0]
    return colour, "white" if row.convolutional else colour


def learning_curves(results):
    """Test error against the step, a panel for each column and a line for each seed; triangles: the paper's errors."""
    figure, panels = _panels("Test error as training goes on (triangles: where the paper ended)", 3.4)
    shown = {}
    for axes, column in zip(panels, paper.COLUMNS):
        for row in ROWS:
            _, line, marker = STYLES[ROWS[row].transform]
            colour, inside = _colours(ROWS[row])
            for record in results[row, column].records if (row, column) in results else []:
                steps = [point["step"] for point in record["curve"]]
                in_per_cent = [100 * point["test_error"] for point in record["curve"]]
                [shown[row]] = axes.plot(steps, in_per_cent, line, color=colour, marker=marker, ms=4, mfc=inside)
                axes.plot(1.04, paper.TABLE_1[row].get(column, float("nan")), marker="<", color=colour, mfc=inside,
                          clip_on=False, transform=axes.get_yaxis_transform())
        _errors_axis(axes, column)
    rows = [row for row in ROWS if row in shown]
    figure.legend([shown[row] for row in rows], [ROWS[row].title for row in rows], loc="outside lower center",
                  ncols=len(ROWS))
    panels[0].set_ylabel("test error, %")
    return figure


def _errors_axis(axes, title):
    axes.set(title=title, xlabel="step", yscale="log", ylim=(0.4, 100))
    axes.set_yticks([0.5, 1, 2, 5, 10, 20, 50, 100], minor=False)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    if not axes.lines:
        axes.text(0.5, 0.5, "not run", transform=axes.transAxes, ha="center", va="center")
        axes.set_xticks([])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))


def _panels(title, height):
    """A figure with a panel for each column of the table."""
    figure = white_figure(13.5, height, title)
    return figure, figure.subplots(1, len(paper.COLUMNS))
