"""What the checker calls an answer with.

Weak probes are the hidden fault of a checker: with a square image, the identity and an upstream gradient of ones, half
of the classic mistakes give the right numbers. So here H, W, the output's size, N and C all differ, every number is
generic, and the sampling points leave the image over each of its four edges, some by less than one pixel (where zero
padding fades) and some by more. A second probe of the samplers lies exactly on the grid lines, where `ceil` and
`floor + 1` part; its sizes make every coordinate exact, so that no rounding pushes a point off its line.
"""

import numpy as np

from ..grid.affine import affine_grid_forward
from ..sampler.neighbours import pad_images
from .lessons.parts import Probe

OUT_SHAPE = (4, 7)
THETA = np.array([[[0.93, -0.34, 0.07], [-0.05, 0.81, 0.10]],
                  [[1.06, 0.37, -0.11], [0.55, 1.22, 0.06]]])
ON_LINES = "points exactly on the pixels and half-way between them"
LEAVING = "points inside and outside the image"


def _numbers(seed, *shape):
    """Random numbers with one decimal, -9 .. 9 and never 0, so that they are easy to read."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, 91, shape) * rng.choice([-1, 1], shape) / 10


U, DV = _numbers(1, 2, 3, 5, 8), _numbers(2, 2, 3, *OUT_SHAPE)
GRID, _ = affine_grid_forward(THETA, OUT_SHAPE)
SMALL_U, SMALL_DV = _numbers(3, 1, 2, 3, 5), _numbers(4, 1, 2, 5, 9)
LINE_GRID, _ = affine_grid_forward(np.eye(2, 3)[None], (5, 9))

BLEND = (Probe((_numbers(5, 6), _numbers(6, 6), 0.25), "one number a for all"),
         Probe((_numbers(7, 6), _numbers(8, 6), np.array([0.1, 0.9, 0.3, 0.6, 0.0, 1.0])), "an a for each element"))

TARGET = (Probe((OUT_SHAPE,), "4 rows and 7 columns"), Probe(((5, 3),), "5 rows and 3 columns"))

POINT = tuple(Probe((theta, x_t, y_t), f"the point ({x_t:g}, {y_t:g})")
              for theta in THETA for x_t, y_t in [(-0.75, 0.5), (0.25, -1.0), (1.0, 0.5)])
FIRST, SECOND = np.array([[[0.8, -0.6, 0.5], [0.4, 1.2, -0.3]], [[1.5, 0.2, -0.4], [-0.7, 0.6, 0.9]]])
COMPOSE = (Probe((FIRST, SECOND), "two transforms"), Probe((SECOND, FIRST), "the same two, exchanged"))
AFFINE = (Probe((THETA, OUT_SHAPE), "two transforms and 4 x 7 points"),)

COORDINATES = np.array([-1.0, -0.62, -0.1, 0.35, 1.0, 1.2])
PIXELS = (Probe((COORDINATES, 8, True), "align_corners=True"), Probe((COORDINATES, 5, False), "align_corners=False"))
GRID_PIXELS = (Probe((GRID, (5, 8)), "an image of 5 rows and 8 columns"),)

PLACES = [(1.3, 2.6), (3.7, 0.2), (0.4, 3.1), (-0.3, 2.6), (4.4, 1.8), (2.2, -0.6), (3.1, 4.3), (-1.6, 3.3), (6.4, 2.2),
          (2.0, 3.0), (4.0, 4.0), (3.0, 1.25), (2.5, 1.4)]
WEIGHTS = tuple(Probe((x, y), f"the point ({x}, {y})") for x, y in [(1.25, 2.5), (2.6, 0.3), (-0.3, 1.2), (-1.8, -0.4),
                                                                    (3.0, 1.7)])
ONE_PIXEL = tuple(Probe((_numbers(9, 5, 5), x, y), f"the point ({x}, {y})") for x, y in PLACES)

SAMPLER = (Probe((U, GRID), LEAVING), Probe((SMALL_U, LINE_GRID), ON_LINES))
SAMPLER_BACKWARD = (Probe((DV, U, GRID), LEAVING), Probe((SMALL_DV, SMALL_U, LINE_GRID), ON_LINES))

SCATTER = (Probe((np.array([0, 2, 2, 5, 1, 2, 5, 0]), _numbers(10, 8), 7), "an index that names some places twice"),)

DPOINT = tuple(Probe((_numbers(11 + i, 2), x_t, y_t), f"the point ({x_t:g}, {y_t:g})")
               for i, (x_t, y_t) in enumerate([(-0.75, 0.5), (0.25, -1.0), (1.0, 0.5)]))
AFFINE_BACKWARD = (Probe((_numbers(14, 2, *OUT_SHAPE, 2), THETA, OUT_SHAPE), "two images and 4 x 7 points"),)
CHAIN = (Probe((DV, U, THETA), LEAVING),)

PADDED = pad_images(U, "border")                                    # (2, 3, 9, 12)
LOWER = np.array([[14, 27, 27, 65, 40, 26], [30, 91, 52, 30, 77, 43]])     # some twice, some beside or below another
GATHER = (Probe((PADDED, LOWER), "two padded images of three channels"),)
SCATTER_CORNERS = (Probe((_numbers(15, 4, 2, 3, 6), LOWER, PADDED.shape), "samples that share pixels"),)
