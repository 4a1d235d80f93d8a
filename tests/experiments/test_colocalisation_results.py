"""The records of co-localisation, their table, their picture, and the page."""

import json
import re

import numpy as np
import pytest

from stn_numpy.experiments import colocalisation_results as results
from stn_numpy.experiments.harness import RESULTS
from stn_numpy.experiments.records import checksum, read_record, read_records, write_record

PAGE = RESULTS.with_name("README.md")


def test_a_hit_is_an_iou_above_a_half():
    assert results.hit_rate(np.array([0.5, 0.5001, 0.9, 0.1])) == 0.5


def made_up(digit=3, clutter=False, hits=0.97, new_hits=0.5, seed=0):
    point = {"step": 10, "hits": hits, "new_hits": new_hits}
    settings = {"steps": 10, "batch_size": 50, "alpha": 1.0, "learning_rate": 0.1, "momentum": 0.9}
    return {"experiment": "colocalisation", "class": digit, "clutter": clutter, "seed": seed, "configuration": settings,
            "curve": [point], "hits": hits, "new_hits": new_hits, "encoder_error": 0.02, "seconds": 1.0,
            "processor_seconds": 1.0, "versions": {}, "machine": {}}


def write(folder, **options):
    return write_record(folder, made_up(**options), results.FORM)


def test_the_table_puts_figures_into_their_cells(tmp_path):
    write(tmp_path)
    write(tmp_path, seed=1, hits=0.91)
    write(tmp_path, digit=8, hits=1.0, new_hits=1.0)
    write(tmp_path, clutter=True, hits=0.8, new_hits=0.2)
    lines = results.table(read_records(tmp_path, results.FORM)).splitlines()
    assert lines[2] == "| 0 | – | – | – | – |"
    assert lines[5] == "| 3 | 94 | 80 | 50 | 20 |" and lines[10] == "| 8 | 100 | – | 100 | – |"
    assert lines[12] == "| mean of those run | 96 | 80 | 67 | 20 |"


def with_checksum(record):
    return json.dumps({**record, "checksum": checksum(record)})


@pytest.mark.parametrize("spoil, wanted", [
    (lambda text: text[:40], "damaged or no record"),
    (lambda text: "[1]", "no record of co-localisation: wanted an object"),
    (lambda text: text.replace("0.97", "0.99"), "its checksum is wrong"),
    (lambda text: json.dumps({**json.loads(text), "experiment": "table1"}), "it is of the experiment 'table1'"),
    (lambda text: with_checksum({**json.loads(text), "hits": 0.99}), "'hits' must be the last of the curve"),
])
def test_damaged_records_are_refused_by_name(tmp_path, spoil, wanted):
    path = write(tmp_path)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(ValueError, match=f"{path.name}.*{wanted}"):
        read_records(tmp_path, results.FORM)


def test_a_record_under_another_name_is_refused(tmp_path):
    moved = write(tmp_path).rename(tmp_path / "colocalisation-translated-4-10-steps-seed-0.json")
    with pytest.raises(ValueError, match="what it holds belongs in colocalisation-translated-3-10-steps-seed-0.json"):
        read_record(moved, results.FORM)


def test_the_picture_shows_truth_and_boxes_moment_by_moment():
    film = results.Film(np.zeros((2, 1, 84, 84)), np.array([[0, 0, 28, 28.0], [9, 9, 37, 37]]),
                        [(step, np.array([[step, 0, 50, 40.0], [1, 1, 2, 2]]), np.zeros((2, 56, 56)))
                         for step in range(11)])
    axes = results.draw(film, "A title").axes
    assert len(axes) == 6 * 4 and axes[0].get_ylabel() == "step 0" and axes[20].get_ylabel() == "step 10"
    truth, box = axes[4].patches
    assert truth.get_bbox().extents.tolist() == [0, 0, 28, 28] and box.get_bbox().extents.tolist() == [2, 0, 50, 40]


def test_the_page_agrees_with_the_records():
    text = PAGE.read_text(encoding="utf-8")
    records = read_records(RESULTS, results.FORM)
    assert results.table(records) in text and results.table(records, without_help=True) in text
    section = text[text.index("## Co-localisation"):]
    for alt, name in re.findall(r"!\[([^\]]*)\]\((results/colocalisation[^)]+)\)", section):
        assert len(alt) > 60 and (PAGE.parent / name).read_bytes().startswith(b"\x89PNG")
        read_record((PAGE.parent / name).with_suffix(".json"), results.FORM)
    assert {record["clutter"] for record in records} == {True, False}
