"""Descent in pictures: valleys of a loss, landscapes with paths, rates, the slope at a kink, and runs that fail."""

import numpy as np

from .. import descent
from .maps import number
from .picture import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, Picture, drawn, panels

COLOURS = (VERMILLION, ORANGE, BLUE, GREEN, PURPLE, BLACK)
ARRIVED = 0.25       # pixels: how near is near enough


@drawn
def valleys(shifts, curves, place):
    """Draw losses along one axis, each divided by its largest value.

    Parameters
    ----------
    shifts : (n,)                    in pixels
    curves : dict                    name -> (n,) losses
    place : float                    where the target was seen

    Returns
    -------
    picture : Picture                .numbers: name -> (left, right), the ends of the valley around the place
    """
    figure, axes = panels(3.4, title="A blur takes away the ripples and widens the valley around the place")
    ax, ends = axes[0, 0], {}
    for (name, losses), colour, style in zip(curves.items(), COLOURS, ("-", "--", "-.", ":", "-", "-")):
        ends[name] = valley(shifts, losses, place)
        ax.plot(shifts, np.asarray(losses) / np.max(losses), color=colour, lw=2.2, ls=style, label=name)
    ax.axvline(place, color=GREY, lw=1)
    ax.set(xlabel="shift along x, in pixels (vertical line: the place)", ylabel="L / largest L", ylim=(0, 1.05))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    parts = "; ".join(f"{name}: it falls towards the place from {number(left)} to {number(right)}"
                      for name, (left, right) in ends.items())
    alt = f"Loss by the shift along x. Each curve is 0 at the place, {number(place)}. {parts}."
    return Picture(figure, alt, ends)


def valley(shifts, losses, place):
    """(left, right): how far on each side of the place the losses grow without a break."""
    shifts, losses = np.asarray(shifts), np.asarray(losses)
    bottom = left = right = int(np.abs(shifts - place).argmin())
    while left > 0 and losses[left - 1] > losses[left]:
        left -= 1
    while right < bottom + len(shifts[bottom:]) - 1 and losses[right + 1] > losses[right]:
        right += 1
    return float(shifts[left]), float(shifts[right])


@drawn
def landscapes(shifts, losses, paths, place):
    """Draw the loss over shifts along x and y, dark where it is low, with paths of descent.

    Parameters
    ----------
    shifts : (n,)                    in pixels, for both axes
    losses : dict                    name -> (n, n), rows for y
    paths : dict                     name -> list of descent.Path
    place : (2,)                     where the target was seen

    Returns
    -------
    picture : Picture                .numbers: name -> how many paths arrive
    """
    figure, axes = panels(4.6, 1, len(losses), "Where descent arrives, and where it ends elsewhere", sharey=True)
    arrived, low, high = {}, shifts[0], shifts[-1]
    for ax, (name, L) in zip(axes[0], losses.items()):
        ax.contourf(shifts, shifts, L, 20, cmap="gray")
        arrived[name] = sum(_draw_path(ax, path, place) for path in paths[name])
        ax.plot(*place, "*", color=GREEN, ms=15, mec="white", zorder=6)
        ax.set(title=f"{name}: {arrived[name]} of {len(paths[name])} arrive", xlabel="shift along x, in pixels",
               xlim=(low, high), ylim=(high, low), aspect="equal")
    axes[0, 0].set_ylabel("shift along y, in pixels (down)")
    parts = "; ".join(f"{name}: {arrived[name]} of {len(paths[name])} paths end there" for name in losses)
    alt = (f"Maps of the loss, dark where it is low, with paths of descent: a dot where each starts, blue where it "
           f"arrives at the star, orange where it does not. The star is the place, ({number(place[0])}, "
           f"{number(place[1])}). {parts}.")
    return Picture(figure, alt, arrived)


def _draw_path(ax, path, place):
    """Whether the path arrives."""
    arrives = bool(np.hypot(*(path.shifts[-1] - place)) < ARRIVED)
    ax.plot(*path.shifts.T, color=BLUE if arrives else ORANGE, lw=2.4, zorder=4)
    ax.plot(*path.shifts[0], "o", color=BLUE if arrives else ORANGE, ms=6, mec="white", zorder=5)
    return arrives


@drawn
def rates(curves, limit):
    """Draw losses by step on a logarithmic axis, one curve for each rate; the rates above the limit are dashed.

    Parameters
    ----------
    curves : dict                    rate -> (steps,) losses
    limit : float                    2 / largest curvature
    """
    figure, axes = panels(3.6, title=f"Below the limit of {limit:.3g} the loss falls; above it, it cannot settle")
    ax = axes[0, 0]
    for (rate, losses), colour in zip(curves.items(), COLOURS):
        ax.plot(np.maximum(losses, 1e-12), color=colour, lw=2.2, ls="--" if rate > limit else "-",
                label=f"rate {rate:.3g}")
    ax.set(yscale="log", xlabel="step", ylabel="L (logarithmic, cut off at 1e-12)")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    parts = "; ".join(f"rate {rate:.3g}: from {losses[0]:.3g} to {losses[-1]:.2g}" for rate, losses in curves.items())
    return Picture(figure, f"Loss by step. The limit is {limit:.3g}. {parts}.")


@drawn
def standing_still(U, places=(-0.5, 0.5), reach=1.0):
    """Draw L around no shift for a bar, the target to its left and to its right, with the right-hand slope there.

    Parameters
    ----------
    U : (1, 1, H, W)
    places : two floats              where the target is seen, along x
    reach : float                    how far to draw, in pixels

    Returns
    -------
    picture : Picture                .numbers: "slopes", the package's dL/dshift along x at no shift, one for each place
    """
    figure, axes = panels(3.3, 1, 2, "At no shift the package takes the right-hand slope", sharey=True)
    shifts, slopes = np.linspace(-reach, reach, 81), []
    for ax, place in zip(axes[0], places):
        target = descent.look(U, (place, 0.0))[0]
        losses = [descent.loss_and_slope(U, target, (shift, 0.0))[0] for shift in shifts]
        at_zero, (slope, _) = descent.loss_and_slope(U, target, (0.0, 0.0))
        slopes.append(float(slope))
        t = np.array([0, 0.25 * reach])
        ax.plot(shifts, losses, color=BLACK, lw=2.2)
        ax.plot(t, at_zero + slope * t, color=BLUE, lw=3.2)
        ax.plot(0, at_zero, "o", color=VERMILLION, ms=9, zorder=5)
        ax.set(title=f"target at {number(place)}: slope {number(slope)}", xlabel="shift along x, in pixels")
    axes[0, 0].set_ylabel("L")
    parts = "; ".join(f"with the target at {number(place)} it is {number(slope)}" for place, slope in
                      zip(places, slopes))
    alt = (f"L by the shift along x, a dot at no shift, where L has a kink, and the right-hand slope there: {parts}.")
    return Picture(figure, alt, {"slopes": slopes})


@drawn
def runs(runs):
    """Draw runs: above, what is seen at the end minus the target; below, the loss by step.

    Parameters
    ----------
    runs : dict                      name -> descent.Run

    Returns
    -------
    picture : Picture                .numbers: name -> how many pixels from the place it ended
    """
    figure, axes = panels(4.3, 2, len(runs), gridspec_kw={"height_ratios": [1.1, 1]})
    paths = {name: run.go() for name, run in runs.items()}
    distances = {name: runs[name].distance(path) for name, path in paths.items()}
    for k, (name, run) in enumerate(runs.items()):
        path = paths[name]
        V = descent.look(run.U, path.shifts[-1], run.sampler)[0]
        axes[0, k].imshow((V - run.target)[0, 0], cmap="PuOr", vmin=-1, vmax=1)
        axes[0, k].set(title=name, xticks=[], yticks=[])
        axes[0, k].spines[:].set_visible(True)
        axes[1, k].plot(path.losses, color=BLUE, lw=2)
        axes[1, k].set(xlabel="step", ylim=(0, 1.1 * max(path.losses)))
    axes[0, 0].set_ylabel("V \N{MINUS SIGN} target")
    axes[1, 0].set_ylabel("L")
    parts = "; ".join(f"{name}: {number(distances[name])} pixels from the place, loss from {path.losses[0]:.3g} to "
                      f"{path.losses[-1]:.3g}" for name, path in paths.items())
    alt = (f"{len(runs)} runs. Above, what is seen at the end minus the target, purple where it is brighter and orange "
           f"where it is darker; below, the loss by step. {parts}.")
    return Picture(figure, alt, distances)
