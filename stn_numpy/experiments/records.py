"""What is kept of a finished training: one small JSON file, written whole, that says what its figures depend on.

Every record holds

    experiment       such as "table1"
    seed
    configuration    digits, steps, batch size, rates, sizes of the network: two runs agree in it or are not alike
    curve            a list of reports, one a dict; as in stn_numpy.training.run.Run.history for those that a Run makes
    seconds          of training, on the clock
    processor_seconds    the same, but only while the processor worked for us
    versions         of Python, NumPy and this package
    machine          processor, its vector instructions (not in the earliest records, empty with NumPy 1.25), number of
                     cores, and of threads that were allowed
    went_on_from     only if the training was stopped and resumed elsewhere: versions and machine of before, a list
    checksum         sha256 of all the rest, so that a changed or damaged figure is noticed

and what its experiment adds to that, see its Form. Versions and machine are there because rounding depends on them:
another processor, or another number of threads, adds up in another order, and training lets that difference grow.
"""

import hashlib
import json
import os
import platform
from pathlib import Path
from typing import Callable, NamedTuple

import numpy as np

from .. import __version__
from ..data.files import write_whole
from ..training.checkpoint import differences

KINDS = {"experiment": str, "seed": int, "configuration": dict, "curve": list, "seconds": float,
         "processor_seconds": float, "versions": dict, "machine": dict, "checksum": str}


class Form(NamedTuple):
    """What the records of one experiment look like."""
    experiment: str          # as it stands in the record, and begins the file's name
    title: str               # in words
    kinds: dict              # what a record holds beside KINDS, key -> type
    settings: dict           # what its configuration holds at least, key -> type
    name: Callable           # record -> the name of its file
    fault: Callable          # record -> what else is wrong with it, or None


def write_record(folder, record, form):
    """Write a finished record into a folder, with its checksum; returns its path.

    A record that is there already is left as it is if it is of the same training. ValueError if it is of another.
    """
    path = Path(folder) / form.name(record)
    if path.exists():
        check_same(path, read_record(path, form)["configuration"], record["configuration"])
        return path
    content = json.dumps({**record, "checksum": checksum(record)}, indent=1, allow_nan=False) + "\n"
    write_whole(path, content.encode())
    return path


def check_same(path, there, here):
    """ValueError, which says how they differ, if a record there has another configuration than a training here."""
    changed = differences(there, here)
    if changed:
        raise ValueError(f"{path} holds a training with other settings: {changed}; "
                         "give another folder with --out to keep both")


def read_record(path, form):
    """Read one record. ValueError, which names the file, if it is damaged, changed, or none of that experiment."""
    path = Path(path)
    try:
        record = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged or no record: {error}") from error
    fault = _fault(record, form)
    if not fault and path.name != form.name(record):
        fault = f"what it holds belongs in {form.name(record)}"
    if fault:
        raise ValueError(f"{path} is damaged or no record of {form.title}: {fault}")
    return record


def read_records(folder, form):
    """All records of an experiment in a folder, in the order of their names. ValueError for one that is damaged."""
    return [read_record(path, form) for path in sorted(Path(folder).glob(f"{form.experiment}-*.json"))]


def checksum(record):
    """sha256 of a record without its checksum; neither spaces nor the order of the keys matter."""
    rest = {key: value for key, value in record.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _fault(record, form):
    """What is wrong with a record, or None."""
    wanted = {**KINDS, **form.kinds}
    if not isinstance(record, dict):
        return f"wanted an object with {', '.join(wanted)}"
    if "experiment" in record and record["experiment"] != form.experiment:
        return f"it is of the experiment {record['experiment']!r}"
    fault = _wrong_kind(record, wanted)
    if fault:
        return fault
    if record["checksum"] != checksum(record):
        return "its checksum is wrong, so something in it was changed"
    return _wrong_kind(record["configuration"], form.settings) or form.fault(record)


def _wrong_kind(holder, kinds):
    """What is missing from a dict, or of another type than it should be; None if nothing is."""
    for key, kind in kinds.items():
        if key not in holder:
            return f"{key!r} is missing"
        if not isinstance(holder[key], kind):
            return f"{key!r} must be of type {kind.__name__}, got {holder[key]!r:.40}"
    return None


def digits_stated(digits):
    """What a record says of the digits that were learned: how many, and a fingerprint."""
    fingerprint = hashlib.sha256(b"".join(array.tobytes() for array in digits)).hexdigest()
    return {"train_digits": len(digits.train_labels), "test_digits": len(digits.test_labels),
            "digits_sha256": fingerprint[:16]}


def versions():
    """Of what the figures may depend on, apart from our own code."""
    return {"python": platform.python_version(), "numpy": np.__version__, "stn_numpy": __version__}


def machine():
    """The processor, without anything that would tell one machine from another of its kind."""
    return {"processor": _processor(), "vector_instructions": _vector_instructions(),
            "cores": os.cpu_count(), "threads": os.environ.get("OMP_NUM_THREADS", "all")}


def _vector_instructions():
    """Those that NumPy has found and uses; an empty list before NumPy 1.26, which does not tell them to a program."""
    try:
        return np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    except TypeError:
        return []


def _processor():
    """The processor's name: Linux says it in a file of its own, other systems through Python."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
