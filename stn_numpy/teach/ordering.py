"""order: lines of code that are all right, in the wrong order.

Putting them in order teaches as much as writing them, in less time. Any order is good in which each line comes after
those that it needs.
"""

import numbers
from typing import NamedTuple

from .checker.blanks import is_blank
from .checker.result import Code, Note


class Line(NamedTuple):
    text: str
    needs: dict           # number of a line that must come before -> why
    wrong: str = ""       # why the line does not belong in at all


class Puzzle(NamedTuple):
    id: str
    lesson: str
    task: str
    lines: tuple          # of Line, shown in this order and numbered from 1
    well_done: str


SCATTER_TO_DU = Puzzle(
    "scatter_to_dU", "05",
    "Order the lines of a function that makes dU from dV, for one image and one channel: U (H, W), dV (M,), and x, y "
    "(M,), the M sampling points in pixels, all well inside. One line is wrong: leave it out.",
    (Line("    return dU", {5: "it returns what line 5 fills"}),
     Line("    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)", {7: "it is the body of the function"}),
     Line("    for row, column, weight in corners:", {8: "it goes through `corners`, which line 8 makes",
                                                      6: "what is added up in the loop must start at 0 before it"}),
     Line("        dU[row, column] += weight * dV", {},
          "it loses gradients: where two points share a pixel, dU[...] += keeps only one of them"),
     Line("        np.add.at(dU, (row, column), weight * dV)", {3: "it is what the loop does for each corner"}),
     Line("    dU = np.zeros(U.shape)", {7: "it is the body of the function"}),
     Line("def scatter_to_dU(dV, U, x, y):", {}),
     Line("    corners = [(y0, x0, (1 - a) * (1 - b)), (y0, x0 + 1, a * (1 - b)),\n"
          "               (y0 + 1, x0, (1 - a) * b), (y0 + 1, x0 + 1, a * b)]",
          {9: "it uses a and b, which line 9 makes"}),
     Line("    a, b = x - x0, y - y0", {2: "it uses x0 and y0, which line 2 makes"})),
    "Read it once more against the forward pass: where that reads a pixel with a weight, this adds to it, with the "
    "same weight.")

PUZZLES = {puzzle.id: puzzle for puzzle in (SCATTER_TO_DU,)}


def order(id, numbers_in_order=None):
    """Show lines to order, or judge an order such as [3, 1, 2]. Returns a Note."""
    puzzle = PUZZLES.get(id) if isinstance(id, str) else None
    if puzzle is None:
        return Note("error", f"There are no lines to order called {id!r}.", f"There are: {', '.join(PUZZLES)}.")
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
    try:
        value = list(value)
    except TypeError:
        return None
    return value if value and all(isinstance(part, numbers.Integral) for part in value) else None


def _complaint(puzzle, given):
    """What is wrong with an order, the first thing only, or ""."""
    count = len(puzzle.lines)
    for place, number in enumerate(given):
        if not 1 <= number <= count:
            return f"There is no line {number}; they are numbered 1 to {count}."
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
