"""What is kept of a finished cell: one small JSON file, written whole, that says all that its figures depend on.

    experiment       "table1"
    row, column, seed
    configuration    digits, steps, batch size, rates, sizes of the network: two cells agree in it or are not one cell
    curve            a list of reports, as in stn_numpy.train.Run.history
    test_error       0 .. 1, that of the last report
    seconds          of training, on the clock
    processor_seconds    the same, but only while the processor worked for us
    versions         of Python, NumPy and this package
    machine          processor, number of cores, and of threads that were allowed (OMP_NUM_THREADS)
    checksum         sha256 of all the rest, so that a changed or damaged figure is noticed
"""

import hashlib
import json
import os
import platform
from pathlib import Path

import numpy as np

from .. import __version__
from ..data.files import write_whole

KINDS = {"experiment": str, "row": str, "column": str, "seed": int, "configuration": dict, "curve": list,
         "test_error": float, "seconds": float, "processor_seconds": float, "versions": dict,
         "machine": dict, "checksum": str}


def record_path(folder, row, column, steps, seed):
    """Where the record of a cell is kept: its file's name says which cell it is."""
    return Path(folder) / f"table1-{column}-{row}-{steps}-steps-seed-{seed}.json"


def write_record(folder, record):
    """Write the record of a finished cell into a folder, with its checksum; returns its path."""
    path = _proper_path(folder, record)
    content = json.dumps({**record, "checksum": checksum(record)}, indent=1, allow_nan=False) + "\n"
    write_whole(path, content.encode())
    return path


def read_record(path):
    """Read one record. ValueError, which names the file, if it is damaged, changed, or no record of Table 1."""
    path = Path(path)
    try:
        record = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} is damaged or no record: {error}") from error
    fault = _fault(record)
    if not fault and path.name != _proper_path(path.parent, record).name:
        fault = f"what it holds belongs into {_proper_path(path.parent, record).name}"
    if fault:
        raise ValueError(f"{path} is damaged or no record of Table 1: {fault}")
    return record


def read_records(folder):
    """All records of Table 1 in a folder, in the order of their names. ValueError for one that is damaged."""
    return [read_record(path) for path in sorted(Path(folder).glob("table1-*.json"))]


def checksum(record):
    """sha256 of a record without its checksum; neither spaces nor the order of the keys matter."""
    rest = {key: value for key, value in record.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _fault(record):
    """What is wrong with a record, or None."""
    if not isinstance(record, dict):
        return f"wanted an object with {', '.join(KINDS)}"
    for key, kind in KINDS.items():
        if key not in record:
            return f"{key!r} is missing"
        if not isinstance(record[key], kind):
            return f"{key!r} must be of type {kind.__name__}, got {record[key]!r:.40}"
    if record["experiment"] != "table1":
        return f"it is of the experiment {record['experiment']!r}"
    if record["checksum"] != checksum(record):
        return "its checksum is wrong, so something in it was changed"
    return None


def _proper_path(folder, record):
    return record_path(folder, record["row"], record["column"], record["configuration"].get("steps"), record["seed"])


def digits_in_words(digits):
    """What a record says of the digits that were learnt, a fingerprint included."""
    fingerprint = hashlib.sha256(b"".join(array.tobytes() for array in digits)).hexdigest()
    return {"train_digits": len(digits.train_labels), "test_digits": len(digits.test_labels),
            "digits_sha256": fingerprint[:16]}


def versions():
    """Of what the figures may depend on, apart from our own code."""
    return {"python": platform.python_version(), "numpy": np.__version__, "stn_numpy": __version__}


def machine():
    """The processor, without anything that would tell one machine from another of its kind."""
    return {"processor": _processor(), "cores": os.cpu_count(), "threads": os.environ.get("OMP_NUM_THREADS", "all")}


def _processor():
    """The processor's name: Linux says it in a file of its own, other systems through Python."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
