"""Checkpoints: a run as one .npz file without pickles, written whole or not at all, and checked when it is read.

    state          a JSON text: settings, step, history, since_report, rng
    checksum       sha256 of all the rest (of that text alone in earlier checkpoints, not there in the earliest)
    NETWORK/param/NAME, NETWORK/velocity/NAME
    extra/NAME     whatever else the run was asked to keep
"""

import hashlib
import io
import json
import numbers
import tokenize
import zipfile
import zlib

import numpy as np

from ..checking import validate
from ..data.files import as_path, write_whole

STATE = {"settings", "step", "history", "since_report", "rng"}
ROW = {"step", "network", "loss", "train_error", "test_error", "inside", "determinant"}       # of a history


def write_checkpoint(path, state, arrays, extra):
    """Write a state, a dict of plain values with the keys STATE, and two dicts of arrays.

    Raises TypeError for settings or extra arrays that could not be read back as they are.
    """
    check_settings(state["settings"])
    text, content = json.dumps(state), io.BytesIO()
    arrays = arrays | {f"extra/{name}": _plain_array(name, array) for name, array in extra.items()}
    np.savez(content, state=np.array(text), checksum=np.array(_checksum(text, arrays)), **arrays)
    write_whole(path, content.getvalue())


def read_checkpoint(path, wanted, networks, settings):
    """Read a checkpoint of these networks, made with these settings.

    Parameters
    ----------
    path : str or Path
    wanted : dict                    arrays that it must hold, by name, in shape and dtype
    networks : list of str           names of the networks
    settings : dict or None          those of the run that resumes

    Returns
    -------
    state : dict
    arrays, extra : dict

    Raises ValueError, which names the file, where it is damaged, was changed, or is of other networks or settings.
    """
    check_settings(settings)
    arrays = _read_arrays(path)
    text, checksum = arrays.pop("state", None), arrays.pop("checksum", None)
    sums = {_checksum(str(text), arrays), _checksum(str(text), {})}
    extra = {name.removeprefix("extra/"): arrays.pop(name) for name in list(arrays)
             if name.startswith("extra/") and name not in wanted}                  # a network may be called "extra"
    if text is None or set(arrays) != set(wanted):
        raise ValueError(f"{path} is not a checkpoint of these networks: it holds {sorted(arrays)}")
    for key, array in wanted.items():
        if arrays[key].shape != array.shape or arrays[key].dtype != array.dtype:
            raise ValueError(f"{path} is of other networks: {key} is {arrays[key].dtype} {arrays[key].shape} there, "
                             f"{array.dtype} {array.shape} here")
    if checksum is not None and str(checksum) not in sums:
        raise ValueError(f"{path} is damaged or no checkpoint: its checksum is wrong, so something in it was changed")
    state = _read_state(str(text), path)
    if state["settings"] != settings:
        raise ValueError(f"{path} was made with other settings: {differences(state['settings'], settings)}")
    fault = _fault(state, networks)
    if fault:
        raise ValueError(f"{path} is damaged or no checkpoint: {fault}")
    return state, arrays, extra


def differences(there, here):
    """In what two dicts of settings differ, in words."""
    there, here = there or {}, here or {}
    return ", ".join(f"{name} was {there.get(name)}, is now {here.get(name)}"
                     for name in {**there, **here} if there.get(name) != here.get(name))


def check_settings(settings):
    """TypeError for settings that a checkpoint would not give back as they are: it keeps them as JSON."""
    try:
        plain = settings is None or isinstance(settings, dict) and json.loads(json.dumps(settings)) == settings
    except (TypeError, ValueError, RecursionError):
        plain = False
    if not plain:
        raise TypeError("settings must be None or a dict of plain values, which are text, finite numbers, True, False, "
                        f"None, and lists and dicts of them with text as keys; got {settings!r:.80}")


def _plain_array(name, value):
    array = validate.as_array(name, value)
    if array.dtype.hasobject:
        raise TypeError(f"{name} must be an array of numbers or text, got {validate.a_kind_of(value)}")
    return array


def _checksum(text, arrays):
    found = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        found.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        found.update(np.ascontiguousarray(arrays[name]))
    return found.hexdigest()


def _read_arrays(path):
    content = as_path("path", path).read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ValueError(f"{path} is damaged or no checkpoint: it is not an .npz archive")
    try:
        stored = np.load(io.BytesIO(content), allow_pickle=False)
        arrays = {name: stored[name] for name in stored.files}
    except (zipfile.BadZipFile, EOFError, MemoryError, RuntimeError, ValueError, tokenize.TokenError, zlib.error) as error:
        raise ValueError(f"{path} is damaged or no checkpoint: {error}") from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            raise ValueError(f"{path} is damaged or no checkpoint: {name} in it is not an array")
    return arrays


def _read_state(text, path):
    try:
        state = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged or no checkpoint: {error}") from error
    if not isinstance(state, dict) or set(state) != STATE:
        raise ValueError(f"{path} is not a checkpoint of a run: its state is not {', '.join(sorted(STATE))}")
    return state


def _fault(state, networks):
    """What is wrong with a state that has all of its keys, or None."""
    step, history, since = state["step"], state["history"], state["since_report"]
    if not validate.is_whole(step) or step < 0:
        return f"'step' must be a whole number, 0 or more, got {step!r:.40}"
    if not (isinstance(history, list) and all(_is_row(row, networks) for row in history)):
        return f"'history' must be rows with {', '.join(sorted(ROW))}"
    if any(not 0 <= row["step"] <= step for row in history):
        return f"'history' must end at step {step} or before"
    if not (isinstance(since, dict) and list(since) == list(networks) and all(map(_are_pairs, since.values()))):
        return f"'since_report' must hold losses and errors of {', '.join(networks)}"
    try:
        np.random.default_rng().bit_generator.state = state["rng"]
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        return f"'rng' is not the state of a random generator: {error}"
    return None


def _is_row(row, networks):
    """Tell whether a row of a history names a network, and has a number for everything else."""
    return (isinstance(row, dict) and set(row) == ROW and row["network"] in networks
            and _are_numbers(row[key] for key in ROW - {"network"}))


def _are_pairs(pairs):
    """Tell whether these are pairs of numbers, a loss and a share of errors each."""
    return isinstance(pairs, list) and all(isinstance(pair, list) and len(pair) == 2 and _are_numbers(pair)
                                           for pair in pairs)


def _are_numbers(values):
    return all(isinstance(value, numbers.Real) for value in values)
