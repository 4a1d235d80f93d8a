"""The gradient checker: does a backward compute the derivative of its forward?

There is a second way to a derivative that does not use the backward: move one entry of an input by a small step and see
how much the output moves. An output has many entries, and a backward gives the gradient of a single number. So both
ways look at one number: with a fixed random doutput, L = sum(doutput * output) and

    dL/dx[i]  ~  (L(.., x[i] + step, ..) - L(.., x[i] - step, ..)) / (2 step)              (central difference)

This takes two forwards for every single entry. That is why networks learn with a backward, and use this to test it.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from . import validate
from .pairs import GradientError, name_inputs, output_and_cache, run_pair

TOLERANCE = 1e-6     # the largest relative error that passes
SMALL = 1e-2         # added to the size of a gradient in a relative error: an error of 1e-6 * 1e-2 always passes
KINK = 1e-4          # the smallest change of a slope, relative to it, that is called a kink
ROUNDING = 1e3       # forwards are taken to be good to this many times the precision of float64


class KinkError(ValueError):
    """The forward has no derivative at the inputs, so nothing can be said there about its backward."""


class Report(NamedTuple):
    """The worst entry of one gradient."""
    relative_error: float    # |analytic - numeric| / (max(|analytic|, |numeric|) + 0.01)
    index: tuple             # where that is
    analytic: float          # what the backward says there
    numeric: float           # what the central difference says there


def gradcheck(forward, backward, inputs, *, step=1e-6, seed=0, names=None):
    """Compare a backward with central differences, on every entry of every input.

    Parameters
    ----------
    forward : forward(*inputs) -> (output, cache)          bind options with functools.partial or a lambda
    backward : backward(doutput, cache) -> gradients       one for each input, in order; a lone one bare
    inputs : tuple of float64 arrays, or dict name -> array in the order of forward's arguments
    step : float                     how far an entry is moved to either side
    seed : int                       draws doutput, normally distributed (with ones, many mistakes would pass)
    names : sequence of str          what messages call the inputs; by default what forward calls them

    Returns
    -------
    reports : dict name -> Report    the worst entry of each gradient

    Convention: an entry passes where |a - n| <= 1e-8 + 1e-6 max(|a|, |n|). Choose inputs that make gradients about 1
    in size: one of 1e-5 is checked to three digits only.

    Raises GradientError where a gradient is wrong or missing, has a wrong shape or dtype, or is not finite; where
    forward gives another output the second time; where an input, doutput or an array in the cache gets changed.
    Raises KinkError where the output has a kink or a jump within a step of the inputs; see _refuse_kinks.
    Raises TypeError or ValueError for inputs that are not float64, are empty or not finite, or so large that a step is
    lost in them.
    """
    inputs, step = name_inputs(forward, inputs, names), validate.number("step", step, above=0)
    output, doutput, gradients = run_pair(forward, backward, inputs, seed)
    rounding = ROUNDING * np.finfo(np.float64).eps * np.abs(doutput * output).sum() / step
    reports = {}
    for name, analytic in zip(inputs, gradients):
        slope = _slope_function(forward, inputs, name, doutput)
        left = _at_every_entry(slope, analytic.shape, -step)
        right = _at_every_entry(slope, analytic.shape, +step)
        numeric = (left + right) / 2
        doubtful = (_relative_error(left, right) > TOLERANCE) | (_relative_error(analytic, numeric) > TOLERANCE)
        for index in map(tuple, np.argwhere(doubtful).tolist()):
            _refuse_kinks(slope, name, index, left[index], right[index], step, rounding)
        reports[name] = _compare(name, analytic, numeric)
    return reports


def one_sided_gradient(forward, inputs, name, doutput, *, side=+1, step=1e-6):
    """The slope of L = sum(doutput * output) to one side, for each entry of one input.

    At a kink, this is what a backward can be compared with. This package takes the right-hand slope there.

    Parameters
    ----------
    forward, inputs, step : as for gradcheck
    name : str or int                which input: its name or its position
    doutput : array like output
    side : +1 or -1                  (L(.., x[i] + step, ..) - L) / step  or  (L - L(.., x[i] - step, ..)) / step

    Returns
    -------
    gradient : array like the input
    """
    inputs, step = name_inputs(validate.function("forward", forward), inputs), validate.number("step", step, above=0)
    if not (validate.is_finite_number(side) and side in (1, -1)):
        raise ValueError(f"side must be +1 or -1, got {side!r}")
    name = list(inputs)[name] if validate.is_whole(name) and 0 <= name < len(inputs) else name
    validate.choice("name", name, inputs)
    doutput = validate.array("doutput", doutput)
    return _at_every_entry(_slope_function(forward, inputs, name, doutput), inputs[name].shape, side * step)


def _slope_function(forward, inputs, name, doutput):
    """slope(index, h) = (L(.., x[index] + h, ..) - L) / h, for an h of either sign."""
    x = inputs[name]
    output, _ = output_and_cache(forward, inputs)
    if np.shape(doutput) != output.shape:
        raise ValueError(f"doutput must have the shape of the output, {output.shape}, got {np.shape(doutput)}")

    def slope(index, h):
        moved = x.copy()
        moved[index] += h
        if moved[index] == x[index]:
            raise ValueError(f"a step of {h:g} is lost in {_entry(name, index)} = {x[index]:g}: take a larger step, "
                             "or a smaller number")
        moved_output = np.asarray(validate.pair("forward", forward(*{**inputs, name: moved}.values()))[0])
        if np.shape(moved_output) != output.shape:
            raise GradientError(f"forward must keep the shape of its output, {output.shape}, got {np.shape(moved_output)} "
                                f"a step away in {_entry(name, index)}")
        if not np.isfinite(moved_output).all():
            raise KinkError(f"the output is not finite at {_entry(name, index)} = {moved[index]:.10g}, a step away: "
                            "move the point off the edge of where forward is defined")
        # The difference is taken before the sum: outputs that did not move then add no rounding error.
        return np.sum(doutput * (moved_output - output)) / (moved[index] - x[index])

    return slope


def _at_every_entry(slope, shape, h):
    gradient = np.empty(shape)
    for index in np.ndindex(shape):
        gradient[index] = slope(index, h)
    return gradient + 0.0      # a slope of -0.0 reads as 0


def _refuse_kinks(slope, name, index, left, right, step, rounding):
    """Raise KinkError if L has a kink or a jump less than a step to the left or right of x[index].

    Slopes to the two sides that differ are no proof: those of a curved function differ too, as at the bottom of x^2,
    where they are -step and +step. So cut the interval into quarters. Over these, the slopes s1 .. s4 of a smooth
    function grow evenly: s1 - 2 s2 + s3 and s2 - 2 s3 + s4 are 0, up to terms of step^2. A kink, wherever it is, makes
    one of them half of right - left or more. Here a quarter is enough, if it is also more than a strong curve (KINK) or
    rounding errors can make.
    """
    near_left, near_right = slope(index, -step / 2), slope(index, step / 2)
    quarters = [2 * left - near_left, near_left, near_right, 2 * right - near_right]
    unevenness = np.abs(np.diff(quarters, n=2)).max()
    steepest = np.abs(quarters).max()
    if unevenness > max(abs(right - left) / 4, KINK * (steepest + SMALL), rounding):
        kind = "jump" if steepest * step > 1e-3 else "kink"
        raise KinkError(
            f"L = sum(doutput * output) has a {kind} within {step:g} of {_entry(name, index)}: its slope is {left:.6g} "
            f"to the left and {right:.6g} to the right, and a central difference is neither. Move the point off the "
            f"{kind}, or test it one-sidedly (one_sided_gradient gives the slopes)")


def _compare(name, analytic, numeric):
    """Report the worst entry, and raise GradientError if it is off."""
    error = _relative_error(analytic, numeric)
    index = tuple(int(i) for i in np.unravel_index(error.argmax(), error.shape))
    report = Report(float(error[index]), index, float(analytic[index]), float(numeric[index]))
    if report.relative_error > TOLERANCE:
        raise GradientError(f"the gradient to {name} is wrong in {np.count_nonzero(error > TOLERANCE)} of {error.size} "
                            f"entries, the worst is {_entry(name, index)}: analytic {report.analytic:.9g} (backward), "
                            f"numeric {report.numeric:.9g} (central difference).{_hint(analytic, numeric)}")
    return report


def _relative_error(a, b):
    return np.abs(a - b) / (np.maximum(np.abs(a), np.abs(b)) + SMALL)


def _hint(analytic, numeric):
    """Say so where the analytic gradient is the numeric one times a factor, or with axes or coordinates swapped."""
    def matches(candidate):
        return candidate.shape == analytic.shape and (_relative_error(analytic, candidate) <= TOLERANCE).all()

    squares = np.vdot(numeric, numeric)
    factor = float(np.vdot(numeric, analytic) / squares) if squares else 0.0
    if numeric.size > 1 and squares and matches(factor * numeric):
        fraction = Fraction(factor).limit_denominator(100)
        text = fraction if abs(float(fraction) - factor) <= 1e-5 * abs(factor) else f"{factor:.6g}"
        return f" Analytic is {text} times numeric everywhere."
    if matches(numeric.T):
        return " Analytic is the transpose of numeric."
    if numeric.shape[-1:] == (2,) and matches(numeric[..., ::-1]):
        return " Analytic is numeric with its last axis the other way round: are x and y swapped?"
    return ""


def _entry(name, index):
    return f"{name}[{', '.join(map(str, index))}]" if index else name
