"""From here to PyTorch: each function beside its counterpart, with PyTorch itself, or with answers recorded from it.

`lines` has the table. `show` runs a line of it: PyTorch computes where it is installed; elsewhere its answers come from
answers.npz, which tests/fixtures/make_bridge_fixture.py has written. The package never needs PyTorch.
"""

import inspect
from pathlib import Path

import numpy as np

from .lines import LINES

ANSWERS = Path(__file__).with_name("answers.npz")
AGREE, CARELESS = "agree", "careless"
MANY = 6                     # numbers of an array that are printed


def compute(line, torch, which):
    """PyTorch's results for a line, {name: array}: with the option that agrees, or with the careless one."""
    results = line.theirs(torch, **(line.careless if which == CARELESS else {}))
    return {name: result.detach().numpy() for name, result in results.items()}


def recorded(line, which):
    """The same, from the file."""
    with np.load(ANSWERS, allow_pickle=False) as file:
        start = f"{line.name}/{which}/"
        return {name.removeprefix(start): file[name] for name in file.files if name.startswith(start)}


def largest_difference(ours, theirs):
    """Between the results of two functions; infinite where their shapes differ."""
    return max(float(np.abs(mine - theirs[name]).max()) if np.shape(mine) == theirs[name].shape else np.inf
               for name, mine in ours.items())


def show(name):
    """Print both functions of a line, what they compute, and what PyTorch answers with the other option.

    Parameters
    ----------
    name : str                       of a line, as in `table`

    Raises ValueError for any other name.
    """
    found = [line for line in LINES if line.name == name]
    if not found:
        raise ValueError(f"name must be one of {[line.name for line in LINES]}, got {name!r}")
    [line] = found
    source, answers = _answers(line)
    ours = line.ours()
    for function in (line.ours, line.theirs):
        print(inspect.getsource(function))
    for key, value in _constants(line).items():
        print(f"{key} {_in_words(value)}\n")
    option = ", ".join(f"{key}={value!r}" for key, value in line.careless.items())
    for title, results in (("here", ours), (source, answers[AGREE]), (f"{source}, with {option}", answers[CARELESS])):
        print(f"{title}:")
        for key, value in results.items():
            print(f"    {key:8} {_in_words(value)}")
    careless = largest_difference(ours, answers[CARELESS])
    print(f"largest difference {largest_difference(ours, answers[AGREE]):.0e}, with {option} "
          f"{f'{careless:.2g}' if np.isfinite(careless) else 'another shape'}")


def table():
    """All lines as a table in Markdown."""
    rows = [("line", "here", "in PyTorch", "mind")]
    rows += [(line.name, f"`{line.here}`", f"`{line.there}`", line.convention) for line in LINES]
    rows.insert(1, ("---",) * 4)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _constants(line):
    """What the functions of a line use by a name in capitals: {name: value}."""
    known = {name: value for name, value in line.ours.__globals__.items() if name.isupper() and not callable(value)}
    used = line.ours.__code__.co_names + line.theirs.__code__.co_names
    return {name: known[name] for name in dict.fromkeys(used) if name in known}


def _answers(line):
    """Where PyTorch's results come from, and the results by option."""
    try:
        import torch
    except ImportError:
        with np.load(ANSWERS, allow_pickle=False) as file:
            version = file["pytorch_version"]
        return f"PyTorch {version}, recorded", {which: recorded(line, which) for which in (AGREE, CARELESS)}
    return f"PyTorch {torch.__version__}", {which: compute(line, torch, which) for which in (AGREE, CARELESS)}


def _in_words(value):
    value = np.asarray(value)
    first = "  ".join(f"{number:.4f}" if value.dtype.kind == "f" else f"{number}" for number in value.ravel()[:MANY])
    dtype = " float32" if value.dtype == np.float32 else ""
    return f"{value.shape}{dtype}: {first}{' ..' if value.size > MANY else ''}"
