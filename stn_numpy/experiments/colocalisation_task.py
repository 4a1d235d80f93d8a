"""The task of co-localisation (A.2): canvases that all show the same digit somewhere, and whether a box hits it.

A pixel is a square around its centre: pixel 0 covers -1/2 .. 1/2. Boxes are (left, top, right, bottom) edges in such
pixels of the canvas, so the 28 x 28 frame of a digit pasted with its upper left pixel at (row, column) is the box
(column - 1/2, row - 1/2, column + 27 1/2, row + 27 1/2). That whole frame, not the ink in it, is what is to be found.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..grid.coordinates import to_pixels

CANVAS, FRAME = 84, 28
CROPS, CROP = 16, 6                      # clutter: how many pieces of other digits, and their size
HIT = 0.5                                # a box is right when its IoU with the digit's frame is above this


class Canvases(NamedTuple):
    """The same digits at the same places, alone and among clutter."""
    plain: np.ndarray        # (N, 1, 84, 84), the translated digit
    cluttered: np.ndarray    # (N, 1, 84, 84), with 16 pieces of other digits; the brighter one is seen
    boxes: np.ndarray        # (N, 4), the frames of the digits: the truth, for judging alone

    def with_clutter(self, strength, chosen=slice(None)):
        """The chosen canvases with clutter of a strength from 0, none, to 1, all of it."""
        plain, cluttered = self.plain[chosen], self.cluttered[chosen]
        return plain + plain.dtype.type(strength) * (cluttered - plain)


def make_canvases(images, others, rng):
    """Put each digit at a random place, whole, and clutter around it.

    Parameters
    ----------
    images : (N, 1, 28, 28)          digits of the class to be found
    others : (M, 1, 28, 28)          digits that the clutter is cut from
    rng : numpy.random.Generator
    """
    N = len(images)
    plain = np.zeros((N, 1, CANVAS, CANVAS), images.dtype)
    rows, columns = rng.integers(0, CANVAS - FRAME, (2, N), endpoint=True)
    _paste(plain, images[:, 0], rows, columns)
    cluttered = plain.copy()
    pieces = sliding_window_view(others[:, 0], (CROP, CROP), axis=(1, 2))          # (M, places, places, 6, 6)
    for _ in range(CROPS):
        row, column = rng.integers(0, FRAME - CROP, (2, N), endpoint=True)
        piece = pieces[rng.integers(len(others), size=N), row, column]
        _paste(cluttered, piece, *rng.integers(0, CANVAS - CROP, (2, N), endpoint=True))
    corners = np.stack([columns, rows], axis=1) - 0.5
    return Canvases(plain, cluttered, np.concatenate([corners, corners + FRAME], axis=1))


def _paste(canvases, pieces, rows, columns):
    """Put pieces (N, h, w) on canvases (N, 1, H, W), their upper left pixels at these rows and columns."""
    places = sliding_window_view(canvases[:, 0], pieces.shape[1:], axis=(1, 2), writeable=True)
    place = np.arange(len(pieces)), rows, columns
    places[place] = np.maximum(places[place], pieces)


def random_crops(canvases, rng):
    """A 28 x 28 piece of each canvas, from a random place: (N, 1, 84, 84) -> (N, 1, 28, 28)."""
    places = sliding_window_view(canvases, (FRAME, FRAME), axis=(2, 3))
    rows, columns = rng.integers(0, CANVAS - FRAME, (2, len(canvases)), endpoint=True)
    return places[np.arange(len(canvases)), :, rows, columns]


def boxes_of(grid):
    """The boxes (N, 4) that an attention transformer's sampling grids (N, h, w, 2), h, w > 1, cover of the canvas.

    Each sampling point stands for a square as wide as the points are apart; the box is what all squares cover.
    """
    first, last = (to_pixels(grid[:, i, i].astype(np.float64), CANVAS, True) for i in (0, -1))       # (N, 2)
    half = (last - first) / (np.array(grid.shape[2:0:-1]) - 1) / 2
    edges = np.stack([first - half, last + half])                                                    # (2, N, 2)
    return np.concatenate([edges.min(axis=0), edges.max(axis=0)], axis=1)          # also where s < 0 mirrors


def iou(boxes, others):
    """Intersection over union of boxes (N, 4) with boxes (N, 4), (N,): 1 where they agree, 0 where they do not meet."""
    upper_left = np.maximum(boxes[:, :2], others[:, :2])
    lower_right = np.minimum(boxes[:, 2:], others[:, 2:])
    shared = np.clip(lower_right - upper_left, 0, None).prod(axis=1)
    areas = [(b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes, others)]
    return shared / (areas[0] + areas[1] - shared)
