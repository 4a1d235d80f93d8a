"""The law of pairs: what every forward and backward of this package keeps to, and what it asks of its caller.

    output, cache = NAME_forward(inputs..., options)
    gradients     = NAME_backward(doutput, cache)        # one per array input, in order; a lone one bare

- Both are pure functions: the same inputs give the same output, and nothing that they are given is changed.
- What goes in is checked. TypeError for arrays that are not float32 or float64, or not all of one dtype, and for masked
  arrays; ValueError for shapes that do not fit, empty arrays, NaN, infinity, and numbers so large that a result would
  overflow. What else a function refuses, its docstring says.
- A cache is only for the backward of the forward that made it, which refuses any other.
- **Leave inputs alone until the backward has run.** A cache may hold the very array that was an input, not a copy, which
  would cost as much memory again: where x or W is changed in place before the backward pass, the gradient is that of
  the changed one. Outputs and gradients are the caller's: no cache holds them, and they may be changed at once.

The gradient checker runs a pair through the checks below before it looks at the numbers.
"""

import inspect

import numpy as np

from . import validate


class GradientError(AssertionError):
    """A backward is not the derivative of its forward, or the two break the law of pairs."""


def run_pair(forward, backward, inputs, seed):
    """Run forward and backward once, with a random doutput, and check that they keep the law.

    Parameters
    ----------
    forward, backward : the pair
    inputs : dict name -> float64 array, in the order of forward's arguments
    seed : int                       draws doutput from the normal distribution

    Returns
    -------
    output, doutput : arrays of the same shape
    gradients : tuple of arrays      one for each input, of its shape

    Raises GradientError where the law is broken.
    """
    validate.function("forward", forward)
    validate.function("backward", backward)
    before = _contents(inputs)
    output, cache = output_and_cache(forward, inputs)
    again, _ = output_and_cache(forward, inputs)
    _check_unchanged("forward", before, inputs)
    if not np.array_equal(output, again):
        raise GradientError("forward gives another output the second time, from the same inputs")
    doutput = validate.generator(seed, "seed").standard_normal(output.shape)
    given = {**inputs, "doutput": doutput, "cache": cache}
    before = _contents(given)
    gradients = _as_tuple(backward(doutput, cache), inputs)
    _check_unchanged("backward", before, given)
    return output, doutput, gradients


def output_and_cache(forward, inputs):
    """(output, cache) of a forward; the output is copied, since the next call may write into the same memory."""
    result = forward(*inputs.values())
    if not (isinstance(result, tuple) and len(result) == 2):
        raise GradientError(f"forward must return (output, cache), got {type(result).__name__}")
    _check_floats("the output", result[0])
    return np.array(result[0]), result[1]


def name_inputs(forward, inputs, names=None):
    """Copies of the inputs in a dict by name: the names given, the dict's own, or those of forward's parameters."""
    if not isinstance(inputs, (tuple, list, dict)):
        raise TypeError(f"inputs must be a tuple or a dict of arrays, got {type(inputs).__name__}; a lone x is (x,)")
    if isinstance(inputs, dict):
        names, inputs = names or list(inputs), list(inputs.values())
    if names is not None and not (isinstance(names, (tuple, list)) and all(isinstance(name, str) for name in names)):
        raise TypeError(f"names must be a sequence of strings, got {names!r}")
    names = list(names or _parameter_names(forward, len(inputs)))
    if not inputs or len(names) != len(inputs) or len(set(names)) != len(names):
        raise ValueError(f"wanted one or more inputs, each with a name of its own, got {len(inputs)}, named {names}")
    for name, x in zip(names, inputs):
        dtype = getattr(x, "dtype", type(x).__name__)
        if dtype != np.float64:
            raise TypeError(f"{name} must be a float64 array, got {dtype}: small differences need its precision")
        validate.array(name, x)
    return {name: np.array(x) for name, x in zip(names, inputs)}


def _parameter_names(forward, count):
    try:
        parameters = inspect.signature(forward).parameters.values()
    except (TypeError, ValueError):       # some callables written in C tell nothing
        parameters = ()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return names[:count] if len(names) >= count else [f"input {i}" for i in range(count)]


def _as_tuple(gradients, inputs):
    """The gradients as a tuple, after checking their number, shapes, dtypes and that they are finite."""
    names, lone = ", ".join(inputs), len(inputs) == 1
    if isinstance(gradients, tuple) == lone:
        wanted = "its gradient bare, not in a tuple" if lone else f"a tuple of {len(inputs)} gradients"
        raise GradientError(f"of a forward of {names}, backward must return {wanted}; got {type(gradients).__name__}")
    gradients = (gradients,) if lone else gradients
    if len(gradients) != len(inputs):
        raise GradientError(f"backward must return {len(inputs)} gradients, to {names}, got {len(gradients)}")
    for (name, x), gradient in zip(inputs.items(), gradients):
        _check_floats(f"the gradient to {name}", gradient)
        if gradient.shape != x.shape:
            raise GradientError(f"the gradient to {name} must have its shape, {x.shape}, got {gradient.shape}")
    return gradients


def _check_floats(what, value):
    if not isinstance(value, (np.ndarray, np.generic)):
        raise GradientError(f"{what} must be an array, got {type(value).__name__}")
    validate.as_array(what, value)
    if value.dtype != np.float64:
        raise GradientError(f"{what} must be float64, as the inputs are, got {value.dtype}")
    bad = np.count_nonzero(~np.isfinite(value))
    if bad:
        raise GradientError(f"{what} must be finite, but {bad} of {value.size} entries are not")


def _contents(value, name=""):
    """All arrays in a value, at any depth of tuples, lists and dicts: name -> what can be compared to the last bit."""
    if isinstance(value, np.ndarray):
        return {name: (value.shape, value.dtype, value.tobytes())}
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, (tuple, list)):
        value = dict(enumerate(value))
    found = {}
    if isinstance(value, dict):
        for key, part in value.items():
            found.update(_contents(part, f"{name}.{key}" if name else str(key)))
    return found


def _check_unchanged(who, before, value):
    after = _contents(value)
    changed = [name for name in before if after.get(name) != before[name]]
    if changed:
        raise GradientError(f"{who} must not change what it is given, but it changed {', '.join(changed)}")
