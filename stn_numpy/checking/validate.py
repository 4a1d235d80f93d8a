"""The public door: what comes in is checked here, once, before any mathematics.

Each check says what was received and what is wanted, in the symbols of the docstrings. Shapes are written as those
docstrings write them, ``"N C H W"``. A letter stands for any positive size, and for the same size wherever it occurs
in one call: so a grid made for another batch than U is noticed, and the message names N.
"""

import math
import numbers

import numpy as np

FLOAT_TYPES = (np.dtype(np.float32), np.dtype(np.float64))
MOST_NUMBERS = 2 ** 31    # in one image of an output, or in a layer's weights: 16 GiB of them
MOST_AXES = 64            # of an array


def arrays(**named):
    """Check floating-point arrays together and return them as ndarrays, in the order given.

    Parameters
    ----------
    **named : name=(array, shape)    shape such as ``"N C H W"``; a number in it stands for itself

    Raises
    ------
    TypeError     for a masked array, for a dtype other than float32 or float64, or for two different ones in one call
    ValueError    for what is not an array, a wrong number of axes, a wrong, empty or contradictory size, NaN or infinity
    """
    sizes, checked, first = {}, [], None
    for name, (value, shape) in named.items():
        value = as_array(name, value)
        _check_dtype(name, value, first)
        _check_shape(name, value.shape, shape.split(), sizes)
        _check_finite(name, value)
        first = first or (name, value.dtype)
        checked.append(value)
    return checked


def shape(name, value, wanted):
    """Check only the shape, as `arrays` does, and return the value as an ndarray."""
    value = as_array(name, value)
    _check_shape(name, value.shape, wanted.split(), {})
    return value


def array(name, value, shape=None):
    """Check one floating-point array as `arrays` does and return it as an ndarray; without `shape`, of any shape."""
    value = as_array(name, value)
    _check_dtype(name, value, None)
    if shape is not None:
        _check_shape(name, value.shape, shape.split(), {})
    elif value.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {value.shape}")
    _check_finite(name, value)
    return value


def gradient(name, value, shape, dtype):
    """Check an upstream gradient: it has the shape and the dtype of the output it belongs to, and is finite."""
    value = as_array(name, value)
    _check_dtype(name, value, None)
    if value.shape != shape:
        _check_shape(name, value.shape, [str(size) for size in shape], {})
    _check_finite(name, value)
    if value.dtype != dtype:
        raise TypeError(f"{name} must have the dtype of the output, {np.dtype(dtype)}, got {value.dtype}")
    return value


def loss_gradient(dloss, dtype):
    """Check dL/dloss, any real number, and return it in the dtype of the loss."""
    return gradient("dloss", real("dloss", dloss, dtype), (), dtype)


def real(name, value, dtype):
    """Real numbers of any kind, as an array of this dtype."""
    value = as_array(name, value)
    if value.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be real numbers, got {value.dtype}")
    with np.errstate(over="ignore"):          # too large for float32 is infinite, and refused as such
        return value.astype(dtype)


def as_array(name, value):
    """`value` as an ndarray of any dtype. TypeError for a masked array, ValueError for what NumPy makes no array of."""
    if type(value) is np.ndarray:
        return value
    if _has_mask(value):
        raise TypeError(f"{name} must not be a masked array, whose mask would be lost: fill the masked entries "
                        f"first, as {name}.filled(0) does, or leave them out")
    try:
        return np.asarray(value)
    except Exception as error:        # objects may bring an __array__ of their own, which may raise anything
        raise ValueError(f"{name} must be an array or an evenly nested list of numbers, got {a_kind_of(value)} of "
                         f"which NumPy says: {error}") from None


def _has_mask(value, depth=0):
    """Tell whether a value is a masked array, or holds one at any depth that an array can have."""
    if isinstance(value, (list, tuple)):
        return depth < MOST_AXES and any(_has_mask(part, depth + 1) for part in value)
    return isinstance(value, np.ndarray) and hasattr(value, "mask")


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
    if not _is_finite(value):
        bad = np.argwhere(~np.isfinite(value))
        index = tuple(int(i) for i in bad[0])
        raise ValueError(f"{name} must be finite, but {len(bad)} of {value.size} entries are not: "
                         f"{name}[{', '.join(map(str, index))}] = {value[index]}")


def _is_finite(value):
    # One pass, and BLAS is the fastest: a sum of squares is NaN or infinite if any entry is. Only then is it worth
    # finding out if it merely overflowed.
    flat = value.ravel(order="K")
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return np.isfinite(np.dot(flat, flat)) or np.isfinite(value).all()


def results(**named):
    """Check that what comes out of a pair is finite, as what went in was: name=array, or None for what was left out.

    Raises ValueError for a result too large for its dtype: infinity, or the NaN that infinity soon becomes.
    """
    for name, value in named.items():
        if value is not None and not _is_finite(value):
            raise ValueError(f"{name} is too large for {value.dtype}: all inputs are finite, but numbers of this size "
                             f"overflow where they are multiplied or added")


def cache(value, wanted, forward):
    """Check at the door of a backward that its cache is of the type that its own forward makes, and return it."""
    if type(value) is not wanted:
        raise TypeError(f"cache must be what {forward} returned as its second value, got {a_kind_of(value)}")
    return value


def labels(name, value, count, classes):
    """Check `count` integer labels in 0 .. classes - 1 and return them as an array of indices."""
    value = as_array(name, value)
    if value.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers, got {value.dtype}")
    if value.shape != (count,):
        raise ValueError(f"{name} must have shape ({count},), one for each row, got {value.shape}")
    if value.min() < 0 or value.max() >= classes:
        raise ValueError(f"{name} must lie in 0..{classes - 1}, got values from {value.min()} to {value.max()}")
    return value.astype(np.intp)


def function(name, value):
    """Check what is to be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {a_kind_of(value)}")
    return value


def pair(who, value, wanted="(output, cache)"):
    """Check what a function of somebody else's returned: a tuple of two."""
    if not (isinstance(value, tuple) and len(value) == 2):
        raise TypeError(f"{who} must return {wanted}, got {a_kind_of(value)}")
    return value


def returned(who, value, shape=None):
    """Check what a function of somebody else's returned: an array of floats, and of this shape where it is known."""
    if type(value) is not np.ndarray or value.dtype not in FLOAT_TYPES:
        kind = f"one of {value.dtype}" if type(value) is np.ndarray else a_kind_of(value)
        raise TypeError(f"{who} must return an array of float32 or float64, got {kind}")
    if shape is not None and value.shape != shape:
        raise ValueError(f"{who} must return an array of shape {shape}, got {value.shape}")
    return value


def mapping(name, value):
    """Check a dict whose keys are names."""
    if not (isinstance(value, dict) and all(isinstance(key, str) for key in value)):
        raise TypeError(f"{name} must be a dict whose keys are names, got {value!r:.80}")
    return value


def choice(name, value, allowed):
    """Check that an option is one of the allowed names."""
    if not (isinstance(value, str) and value in allowed):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r:.80}")
    return value


def flag(name, value):
    """Check that an option is True or False: a string such as "false" would count as true."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {value!r:.80}")
    return value


def number(name, value, above=-math.inf):
    """Check a finite real number, larger than `above`."""
    if not (is_finite_number(value) and value > above):
        larger = "" if above == -math.inf else f" above {above:g}"
        raise ValueError(f"{name} must be a finite number{larger}, got {value!r:.80}")
    return value


def is_finite_number(value):
    """Tell whether a value is a real number, not True or False, and neither NaN nor infinite as a float."""
    try:
        return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:             # an int that is too large for a float
        return False


def whole(name, value, least, unit=""):
    """Check a whole number from `least` up, and return it as an int."""
    if not (is_whole(value) and value >= least):
        raise ValueError(f"{name} must be a whole number{unit} from {least} up, got {value!r:.80}")
    return int(value)


def sizes(name, value, meaning):
    """Check a sequence of positive whole numbers, such as out_shape; `meaning` is ``"H_out W_out"``."""
    wanted, found = meaning.split(), listed(value)
    if len(found) != len(wanted) or not all(is_whole(size) and size > 0 for size in found):
        raise ValueError(f"{name} must be ({', '.join(wanted)}), positive whole numbers, got {value!r:.80}")
    return tuple(int(size) for size in found)


def out_shape(value, in_space=True):
    """Check the size of an output, in two dimensions, or if `in_space` is True also in three."""
    three = in_space and len(listed(value)) == 3
    return room_for("out_shape", sizes("out_shape", value, "D_out H_out W_out" if three else "H_out W_out"))


def room_for(name, shape):
    """Refuse an array of this shape that is so large that it must be a mistake."""
    if math.prod(shape) > MOST_NUMBERS:
        raise ValueError(f"{name} must not be so large: {' x '.join(map(str, shape)):.80} is more than {MOST_NUMBERS}")
    return shape


def listed(value):
    """A tuple, list or array as a tuple. Anything else, such as a set, which has no order, as a tuple of one."""
    listed = isinstance(value, (tuple, list)) or isinstance(value, np.ndarray) and value.ndim > 0
    return tuple(value) if listed else (value,)


def is_whole(value):
    """Tell whether a value is a whole number of any kind, not True or False."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def generator(rng, name="rng"):
    """A numpy Generator of a Generator, a seed, or None."""
    try:
        if not isinstance(rng, bool):
            return np.random.default_rng(rng)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"{name} must be a numpy Generator, a seed from 0 up, or None for fresh randomness, got {rng!r:.80}")


def float_type(dtype):
    """float32 or float64 as a numpy dtype."""
    try:
        if dtype is not None and np.dtype(dtype) in FLOAT_TYPES:
            return np.dtype(dtype)
    except TypeError:
        pass
    raise TypeError(f"dtype must be float32 or float64, got {dtype!r:.80}")


class Checked:
    """For a class with options: each is checked whenever it is set, not only when an object is made."""
    OPTIONS = {}             # name -> function that checks a value and returns it

    def __setattr__(self, name, value):
        super().__setattr__(name, self.OPTIONS[name](value) if name in self.OPTIONS else value)


def _refuse_change(*args, **named):
    raise TypeError("what this dict holds was fixed when its owner was made: make a new one")


class Fixed(dict):
    """A dict that stays as it is."""
    __setitem__ = __delitem__ = __ior__ = update = pop = popitem = clear = setdefault = _refuse_change

    def __reduce__(self):
        return Fixed, (dict(self),)


def a_kind_of(value):
    """What messages call a value: None, or "a list", "an ndarray", "a LinearCache"."""
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0].lower() in 'aeiou' or name == 'ndarray' else 'a'} {name}"
