"""The public door: what comes in is checked here, once, before any mathematics.

Each check says what was received and what is wanted, in the symbols of the docstrings. Shapes are written as those
docstrings write them, ``"N C H W"``: a letter may stand for any positive size, but for the same size wherever it
occurs in one call, so a grid made for another batch than U is noticed by name.
"""

import numbers

import numpy as np

FLOAT_TYPES = (np.dtype(np.float32), np.dtype(np.float64))


def arrays(**named):
    """Check floating-point arrays together and return them as ndarrays, in the order given.

    Parameters
    ----------
    **named : name=(array, shape)    shape such as ``"N C H W"``; a number in it stands for itself

    Raises
    ------
    TypeError     for a dtype other than float32 or float64, or for two different ones in one call
    ValueError    for a wrong number of axes, a wrong, an empty or a contradictory size, NaN or infinity
    """
    sizes, checked, first = {}, [], None
    for name, (value, shape) in named.items():
        value = np.asarray(value)
        _check_dtype(name, value, first)
        _check_shape(name, value.shape, shape.split(), sizes)
        _check_finite(name, value)
        first = first or (name, value.dtype)
        checked.append(value)
    return checked


def _check_dtype(name, value, first):
    if value.dtype not in FLOAT_TYPES:
        raise TypeError(f"{name} must be float32 or float64, got {value.dtype}; convert it with "
                        f"np.asarray({name}, dtype=np.float64)")
    if first and value.dtype != first[1]:
        raise TypeError(f"{name} must have the dtype of {first[0]}, {first[1]}, got {value.dtype}")


def _check_shape(name, got, wanted, sizes):
    """Bind each symbol of `wanted` to a size, or compare it with the size that an earlier array gave it."""
    wanted_text = "(" + ", ".join(wanted) + ("," if len(wanted) == 1 else "") + ")"
    if len(got) != len(wanted):
        raise ValueError(f"{name} must have shape {wanted_text}, got {got}")
    for symbol, size in zip(wanted, got):
        if size == 0:
            raise ValueError(f"{name} must not be empty: wanted {wanted_text} with every size at least 1, got {got}")
        known = (int(symbol), "") if symbol.isdigit() else sizes.setdefault(symbol, (size, name))
        if size != known[0]:
            where = f" with {symbol} = {known[0]} as in {known[1]}" if known[1] else ""
            raise ValueError(f"{name} must have shape {wanted_text}{where}, got {got}")


def _check_finite(name, value):
    # One pass: a sum is NaN or infinite if any entry is. Only then is it worth finding out which one, and whether
    # the sum merely overflowed.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(value.sum()):
            return
    bad = np.argwhere(~np.isfinite(value))
    if len(bad):
        index = tuple(int(i) for i in bad[0])
        raise ValueError(f"{name} must be finite, but {len(bad)} of {value.size} entries are not: "
                         f"{name}[{', '.join(map(str, index))}] = {value[index]}")


def labels(name, value, count, classes):
    """Check `count` integer labels in 0 .. classes - 1 and return them as an array of indices."""
    value = np.asarray(value)
    if value.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers, got {value.dtype}")
    if value.shape != (count,):
        raise ValueError(f"{name} must have shape ({count},), one for each row, got {value.shape}")
    if value.min() < 0 or value.max() >= classes:
        raise ValueError(f"{name} must lie in 0..{classes - 1}, got values from {value.min()} to {value.max()}")
    return value.astype(np.intp)


def choice(name, value, allowed):
    """Check that an option is one of the allowed names."""
    if not (isinstance(value, str) and value in allowed):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value


def sizes(name, value, meaning):
    """Check a tuple of positive whole numbers, such as out_shape; `meaning` is ``"H_out W_out"``."""
    wanted = meaning.split()
    try:
        value = tuple(value)
    except TypeError:
        value = (value,)
    if len(value) != len(wanted) or not all(isinstance(v, numbers.Integral) and v > 0 for v in value):
        raise ValueError(f"{name} must be ({', '.join(wanted)}), positive whole numbers, got {value}")
    return tuple(int(v) for v in value)


def out_shape(value):
    """Check the size of an output, in two or three dimensions."""
    return sizes("out_shape", value, "D_out H_out W_out" if np.size(value) == 3 else "H_out W_out")


def gradient(name, value, shape, dtype):
    """Check an upstream gradient: it has the shape and the dtype of the output it belongs to, and is finite."""
    value, = arrays(**{name: (value, " ".join(map(str, shape)))})
    if value.dtype != dtype:
        raise TypeError(f"{name} must have the dtype of the output, {np.dtype(dtype)}, got {value.dtype}")
    return value
