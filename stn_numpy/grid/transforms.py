"""The transforms by name: what a spatial transformer needs to know of each.

    name           parameters   theta                     at the identity
    "translation"       2       t_x, t_y                  0, 0
    "attention"         3       s, t_x, t_y               1, 0, 0                    (Eq. 2)
    "similarity"        4       a, b, t_x, t_y            1, 0, 0, 0
    "affine"            6       A_theta, row by row       1, 0, 0, 0, 1, 0           (Eq. 1)
    "projective"        8       H_theta, row by row       1, 0, 0, 0, 1, 0, 0, 0
    "tps"              32       offsets of 16 points      0, .., 0
"""

import functools
from typing import NamedTuple

import numpy as np

from ..checking import validate
from .affine import affine_grid_backward, affine_grid_forward
from .projective import projective_grid_backward, projective_grid_forward
from .restricted import (attention_grid_backward, attention_grid_forward, similarity_grid_backward,
                         similarity_grid_forward, translation_grid_backward, translation_grid_forward)
from .tps import check_control_points, regular_control_points, tps_grid_backward, tps_grid_forward


class Transform(NamedTuple):
    """A grid generator, and where a localisation net for it begins."""
    name: str
    forward: callable      # (theta, out_shape, align_corners) -> (grid, cache)
    backward: callable     # (dgrid, cache) -> dtheta
    identity: np.ndarray   # (P,) the theta that changes nothing

    @property
    def n_parameters(self):
        """P, the numbers for each image that a localisation net must put out."""
        return len(self.identity)


def thin_plate_spline(control_points):
    """The transform "tps" with control points of your own.

    Parameters
    ----------
    control_points : (K, 2)          points (x, y), normalised, such as regular_control_points(rows, columns)

    Returns
    -------
    transform : Transform            SpatialTransformer(..., transform=thin_plate_spline(points)), with 2K parameters

    Raises ValueError for control points that are fewer than three, repeated, or all on one line.
    """
    points = check_control_points(control_points)
    forward = functools.partial(tps_grid_forward, control_points=points)
    return Transform("tps", forward, tps_grid_backward, np.zeros(points.size))


TRANSFORMS = {transform.name: transform for transform in (
    Transform("translation", translation_grid_forward, translation_grid_backward, np.zeros(2)),
    Transform("attention", attention_grid_forward, attention_grid_backward, np.array([1.0, 0, 0])),
    Transform("similarity", similarity_grid_forward, similarity_grid_backward, np.array([1.0, 0, 0, 0])),
    Transform("affine", affine_grid_forward, affine_grid_backward, np.eye(2, 3).ravel()),
    Transform("projective", projective_grid_forward, projective_grid_backward, np.eye(3).ravel()[:8]),
    thin_plate_spline(regular_control_points()),
)}

# The same for volumes, SpatialTransformer(..., transform=VOLUME_TRANSFORMS["affine"]). The others have no counterpart.
VOLUME_TRANSFORMS = {transform.name: transform for transform in (
    Transform("translation", translation_grid_forward, translation_grid_backward, np.zeros(3)),
    Transform("attention", attention_grid_forward, attention_grid_backward, np.array([1.0, 0, 0, 0])),
    Transform("affine", affine_grid_forward, affine_grid_backward, np.eye(3, 4).ravel()),
)}


def find_transform(transform):
    """The Transform of a name in TRANSFORMS; a Transform is returned as it is. ValueError for an unknown name."""
    if isinstance(transform, Transform):
        for half in ("forward", "backward"):
            validate.function(f"{half} of transform {transform.name!r}", getattr(transform, half))
        validate.array("identity", transform.identity, "P")
        return transform
    return TRANSFORMS[validate.choice("transform", transform, TRANSFORMS)]


def n_parameters(transform):
    """How many numbers a localisation net must put out: n_parameters("tps") is 32. Takes a Transform, too."""
    return find_transform(transform).n_parameters
