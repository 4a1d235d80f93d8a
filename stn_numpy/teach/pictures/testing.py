"""Tests in pictures: errors of small steps, probes against wrong samplers, and what a row reads as."""

import numpy as np

from .maps import number
from .picture import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILLION, Picture, drawn, panels

COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, BLACK)
MARKERS = "os^Dv"
LOWEST = 1e-17       # where a logarithmic axis begins: an error of 0 is drawn here


@drawn
def errors_by_step(steps, curves, guides=None, title="The error of a central difference, by its step"):
    """Draw relative errors over the size of a step, both on logarithmic axes.

    Parameters
    ----------
    steps : (n,)
    curves : dict                    name -> (n,) relative errors
    guides : dict, optional          name -> (n,) what the error should be by theory, dashed
    title : str

    Returns
    -------
    picture : Picture                .numbers: name -> the step with the smallest error
    """
    figure, axes = panels(3.9, title=title)
    ax, best = axes[0, 0], {}
    for (name, errors), colour, marker in zip(curves.items(), COLOURS, MARKERS):
        errors = np.asarray(errors, float)
        best[name] = float(steps[np.nanargmin(errors)])
        ax.plot(steps, np.maximum(errors, LOWEST), color=colour, marker=marker, ms=4, lw=1.6, label=name)
    for (name, errors), style in zip((guides or {}).items(), ("--", ":", "-.")):
        ax.plot(steps, errors, color=GREY, ls=style, lw=2, label=name)
    ax.set(xscale="log", yscale="log", xlabel="step", ylabel="relative error", ylim=(LOWEST / 3, 30))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    parts = "; ".join(f"{name}: {np.nanmin(errors):.1g} at a step of {best[name]:.1g}, {errors[0]:.1g} at {steps[0]:.1g}, "
                      f"{errors[-1]:.1g} at {steps[-1]:.1g}" for name, errors in curves.items())
    return Picture(figure, f"The relative error by the size of the step. The smallest error of each curve, and "
                   f"those at both ends. {parts}.", best)


@drawn
def kill_matrix(caught):
    """Draw which probe catches which wrong sampler.

    Parameters
    ----------
    caught : dict                    name of a probe -> dict name of a sampler -> bool

    Returns
    -------
    picture : Picture                .numbers: name of a probe -> how many it catches
    """
    probes, samplers = list(caught), list(next(iter(caught.values())))
    figure, axes = panels(0.36 * len(samplers) + 1.5, title="Which probe catches which wrong sampler?")
    ax = axes[0, 0]
    for j, probe in enumerate(probes):
        for i, sampler in enumerate(samplers):
            hit = caught[probe][sampler]
            ax.add_patch(_cell(j, i, BLUE if hit else "#f3e3d3"))
            ax.text(j, i, "caught" if hit else "survives", ha="center", va="center", fontsize=8,
                    color="white" if hit else "#8a3b00")
    counts = {probe: sum(caught[probe].values()) for probe in probes}
    ax.set(xlim=(-0.5, len(probes) - 0.5), ylim=(len(samplers) - 0.5, -0.5), yticks=range(len(samplers)),
           yticklabels=samplers, xticks=range(len(probes)),
           xticklabels=[f"{probe}\n{counts[probe]} of {len(samplers)}" for probe in probes])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    parts = "; ".join(f"{probe} catches {counts[probe]}, and these survive: "
                      f"{', '.join(name for name in samplers if not caught[probe][name]) or 'none'}"
                      for probe in probes).replace("\n", " ")
    return Picture(figure, f"A table of {len(probes)} probes and {len(samplers)} wrong samplers. {parts}.", counts)


def _cell(j, i, colour):
    from matplotlib.patches import Rectangle

    return Rectangle((j - 0.48, i - 0.46), 0.96, 0.92, color=colour, lw=0)


@drawn
def rows_read(x, curves):
    """Draw what samplers read along a row, each beside what it should read.

    Parameters
    ----------
    x : (n,)                         normalised
    curves : dict                    name -> ((n,) read, (n,) wanted)

    Returns
    -------
    picture : Picture                .numbers: name -> the largest difference
    """
    figure, axes = panels(3.2, 1, len(curves), "What each of them reads from a ramp", sharey=True)
    apart = {}
    for ax, (name, (read, wanted)) in zip(axes[0], curves.items()):
        apart[name] = float(np.abs(np.subtract(read, wanted)).max())
        ax.axvspan(-1, 1, color="#eef3f7", lw=0)
        ax.plot(x, wanted, color=GREY, lw=4, alpha=0.7, label="wanted")
        ax.plot(x, read, color=VERMILLION, lw=1.8, label="read")
        ax.set(title=name, xlabel="x, normalised")
    axes[0, 0].set_ylabel("V")
    axes[0, 0].legend(loc="upper left")
    parts = "; ".join(f"{name} is off by up to {number(size)}" for name, size in apart.items())
    return Picture(figure, f"Values read from a ramp along x, each beside those wanted; the row itself is shaded. "
                   f"{parts}.", apart)
