"""order: lines of code that are all right, in the wrong order.

Putting them in order teaches as much as writing them, in less time. Any order is good in which each line comes after
those that it needs.
"""

import numbers

from .checker.blanks import is_blank
from .checker.bounds import first_parts, shown
from .checker.result import Code, Note
from .checker.running import PATIENCE, run
from .lessons import PUZZLES


def order(id, numbers_in_order=None):
    """Show lines to order, or judge an order such as [3, 1, 2]. Returns a Note."""
    puzzle = PUZZLES.get(id) if isinstance(id, str) else None
    if puzzle is None:
        return Note("error", f"There are no lines to order called {shown(id)}.", f"There are: {', '.join(PUZZLES)}.")
    if numbers_in_order is None or is_blank(numbers_in_order):
        return Note("not attempted", f"{id}: not attempted yet.", puzzle.task, _numbered(puzzle),
                    f'Answer with the numbers of the lines: teach.order("{id}", [7, ...])')
    given = _whole_numbers(numbers_in_order)
    complaint = "Give a list of whole numbers, such as [7, 2, 9]." if given is None else _complaint(puzzle, given)
    if complaint:
        return Note("different", f"{id}: not yet.", complaint, _numbered(puzzle))
    return Note("passed", f"{id}: passed.", Code(assembled(puzzle, given)), puzzle.well_done)


def assembled(puzzle, given):
    """The lines in an order, as code."""
    return "\n".join(puzzle.lines[number - 1].text for number in given)


def _numbered(puzzle):
    return Code("\n".join(f"{number:2}  {line.text}".replace("\n", "\n    ")
                          for number, line in enumerate(puzzle.lines, start=1)))


def _whole_numbers(value):
    value = run(first_parts, (value,), PATIENCE).value
    return value if value and all(isinstance(part, numbers.Integral) for part in value) else None


def _complaint(puzzle, given):
    """What is wrong with an order, the first thing only, or ""."""
    count = len(puzzle.lines)
    for place, number in enumerate(given):
        if not 1 <= number <= count:
            return f"There is no line {shown(number)}; they are numbered 1 to {count}."
        if number in given[:place]:
            return f"Line {number} occurs twice."
        line = puzzle.lines[number - 1]
        if line.wrong:
            return f"Line {number} does not belong in: {line.wrong}."
        for needed, why in line.needs.items():
            if needed not in given[:place]:
                early = "comes too early" if needed in given else f"needs line {needed}, which is missing"
                return f"Line {number} {early}: {why}."
    missing = [number for number, line in enumerate(puzzle.lines, start=1) if not line.wrong and number not in given]
    return f"So far every line is in a good place. Still to come: {', '.join(map(str, missing))}." if missing else ""
