"""The floor: what NumPy itself needs at the least to sample so many values, so that ours / floor means the same anywhere.

A bilinear sampler in NumPy has to fetch four neighbours for each value, and backwards to add to four: four ``take`` and
four ``np.add.at``, here with nothing around them. Everything is as NumPy likes it best: indices are sorted and found
beforehand, and used in slices of 65,536, again and again, with room for what is taken. Nothing is interpolated.
"""

from typing import NamedTuple

import numpy as np

SLICE = 65_536


class Piece(NamedTuple):
    """What is done for one slice of m values."""
    index: np.ndarray      # (m,) of the lower corners, sorted
    corners: list          # four flat views of U, at offsets 0, 1, W, W + 1
    dcorners: list         # such views of dU
    dV: np.ndarray         # (m,)
    room: np.ndarray       # (4, m) for what is taken; the same for all pieces


def forward(case):
    """The four takes for each value of a case; returns a function without arguments, to be timed."""
    todo = pieces(case)
    return lambda: [take(piece) for piece in todo]


def forward_backward(case):
    """The four takes and the four np.add.at."""
    todo = pieces(case)

    def run():
        for piece in todo:
            take(piece)
        for piece in todo:
            add(piece)
    return run


def take(piece):
    for corner, out in zip(piece.corners, piece.room):
        corner.take(piece.index, out=out, mode="clip")


def add(piece):
    for dcorner in piece.dcorners:
        np.add.at(dcorner, piece.index, piece.dV)


def pieces(case):
    """The values of dV one after the other, in slices; each reads its share of U, which is passed through once."""
    W, values = case.U.shape[-1], case.dV.size
    share = max(1, case.U.size * min(SLICE, values) // values)
    U, dU = np.zeros((2, case.U.size + share + W + 1), case.U.dtype)               # the last piece may look beyond U
    U[:case.U.size] = case.U.reshape(-1)
    index = np.sort(np.random.default_rng(0).integers(share, size=min(SLICE, values)))
    room, found = np.empty((4, len(index)), U.dtype), []
    for start in range(0, values, SLICE):
        dV = case.dV.reshape(-1)[start:start + SLICE]
        first = start * case.U.size // values
        corners, dcorners = [[flat[first + offset:] for offset in (0, 1, W, W + 1)] for flat in (U, dU)]
        found.append(Piece(index[:len(dV)], corners, dcorners, dV, room[:, :len(dV)]))
    return found
