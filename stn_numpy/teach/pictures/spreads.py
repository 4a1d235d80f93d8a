"""Figures that come with a spread: a row of Table 1 seed by seed, and what many small experiments would have found."""

import numpy as np

from .maps import number
from .picture import BLACK, BLUE, ORANGE, VERMILLION, Picture, drawn, panels

LOGARITHMIC = 4      # where the largest error is so many times the smallest, the axis is logarithmic


@drawn
def beside_the_paper(rows, *, title=None):
    """Draw the test errors of networks, seed by seed, beside the paper's.

    Parameters
    ----------
    rows : dict                      name -> (errors of its seeds in per cent, the paper's error or None)

    Returns
    -------
    picture : Picture                .numbers: "means", for each row
    """
    rows = {name: (np.asarray(errors, float), paper) for name, (errors, paper) in rows.items()}
    if not rows or any(errors.ndim != 1 or errors.size == 0 for errors, _ in rows.values()):
        raise ValueError("wanted for each row the errors of its seeds, (S,), and the paper's, got shapes "
                         f"{[errors.shape for errors, _ in rows.values()]}")
    figure, axes = panels(0.42 * len(rows) + 1.5, 1, 1, title or "Test error, ours seed by seed and the paper's")
    ax = axes[0, 0]
    for place, (errors, paper) in enumerate(rows.values()):
        _row(ax, place, errors, paper, place == 0)
    shown = np.concatenate([np.append(errors, paper or errors) for errors, paper in rows.values()])
    if shown.max() > LOGARITHMIC * shown.min():
        ax.set_xscale("log")
        ticks = [tick for tick in (0.5, 1, 2, 5, 10, 20, 50, 100) if shown.min() / 2 < tick < 2 * shown.max()]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
    ax.set(yticks=range(len(rows)), ylim=(len(rows) - 0.4, -0.6), xlabel="test error, %")
    ax.set_yticklabels(list(rows))
    ax.grid(axis="x", alpha=0.3)
    ax.margins(x=0.12)
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    alt = "Test errors in per cent, ours and the paper's: " + "; ".join(
        f"{name} {_in_words(errors)}{f', the paper {paper:g}' if paper else ''}" for name, (errors, paper) in rows.items())
    return Picture(figure, f"{alt}.", {"means": [float(errors.mean()) for errors, _ in rows.values()]})


@drawn
def many_experiments(errors, truth, *, title=None):
    """Draw what many small experiments would each report: a mean and its spread over a few seeds.

    Parameters
    ----------
    errors : (experiments, S)        the errors of the seeds of each
    truth : float                    the mean over all seeds that there could be

    Returns
    -------
    picture : Picture                .numbers: "missed", how many bars do not reach the truth
    """
    errors = np.asarray(errors, float)
    if errors.ndim != 2 or errors.shape[1] < 2:
        raise ValueError(f"wanted errors (experiments, seeds) of two seeds or more, got shape {errors.shape}")
    means, spreads = errors.mean(axis=1), errors.std(axis=1, ddof=1)
    missed = np.abs(means - truth) > spreads
    figure, axes = panels(3.4, 1, 1, title or "Many experiments with the same network: mean and spread of a few seeds")
    ax = axes[0, 0]
    for misses, colour, marker, label in ((False, BLUE, "o", "reaches the truth"), (True, VERMILLION, "s", "does not")):
        places = np.flatnonzero(missed == misses)
        ax.errorbar(places + 1, means[places], spreads[places], fmt=marker, color=colour, ms=4, lw=1.4, label=label)
    ax.axhline(truth, color=BLACK, lw=1.2, label="the mean over all seeds that there could be")
    ax.set(xlabel="experiment", ylabel="test error, %")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    alt = (f"{len(errors)} experiments of {errors.shape[1]} seeds each. Their spreads reach from "
           f"{number(spreads.min(), 3)} to {number(spreads.max(), 3)}, and {int(missed.sum())} of the bars, mean and "
           f"spread, do not reach the truth, {number(truth, 3)}.")
    return Picture(figure, alt, {"missed": int(missed.sum())})


def _row(ax, place, errors, paper, first):
    """One row: a dot for each seed, a tick at the mean, a bar for the spread, and the paper's line."""
    spread = errors.std(ddof=1) if len(errors) > 1 else 0.0
    mean = errors.mean()
    ax.plot(errors, np.full(len(errors), place), "o", mfc="none", mec=BLUE, ms=7, label="a seed of ours" * first)
    ax.plot([mean - spread, mean + spread], [place, place], color=ORANGE, lw=3, zorder=1,
            label="our mean and spread" * first)
    ax.plot(mean, place, "|", color=BLUE, ms=16, mew=2)
    if paper:
        ax.plot([paper, paper], [place - 0.36, place + 0.36], color=BLACK, lw=2.4, label="the paper" * first)
    ax.annotate(f"{mean:.2f}{f' ± {spread:.2f}' if spread else ''}", (1, place), xycoords=("axes fraction", "data"),
                xytext=(6, 0), textcoords="offset points", ha="left", va="center", fontsize=8.5)


def _in_words(errors):
    if len(errors) == 1:
        return f"{number(errors[0])} from one seed"
    return f"{number(errors.mean())} ± {number(errors.std(ddof=1))} from {len(errors)} seeds"
