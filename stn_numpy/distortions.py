"""The paper's distorted digits (Table 1), drawn with our own grids and sampler.

    R     rotated by -90 .. 90 degrees
    RTS   rotated by -45 .. 45 degrees, scaled by 0.7 .. 1.2, put at a random place on a 42 x 42 canvas

All draws are uniform, and come from the generator that is handed in: the same seed gives the same digits.
"""

import numpy as np

from . import validate
from .grids import affine_from_pixels, affine_grid_forward
from .samplers import bilinear_sampler_forward


def rotated(images, rng):
    """R: rotation about the middle. (N, 1, 28, 28) -> (N, 1, 28, 28)."""
    angle = rng.uniform(-90, 90, len(images))
    return _similar(images, angle, np.ones(len(images)), np.zeros((len(images), 2)), images.shape[2:])


def rotated_translated_scaled(images, rng, canvas=(42, 42)):
    """RTS: rotation and scale about the digit's middle, then a place on the canvas, so that the frame stays inside.

    (N, 1, 28, 28) -> (N, 1, 42, 42). The frame is that of the digit at scale 1.
    """
    N = len(images)
    angle, scale = rng.uniform(-45, 45, N), rng.uniform(0.7, 1.2, N)
    room = (np.array(canvas) - images.shape[2:])[::-1] / 2                         # pixels to each side, (x, y)
    return _similar(images, angle, scale, rng.uniform(-room, room, (N, 2)), canvas)


def _similar(images, angle, scale, shift, out_shape):
    """Rotate by `angle` degrees, scale, and move by `shift` pixels (x, y); each (N,), (N,) and (N, 2).

    The content is to move by p -> scale R p + shift, so the sampler must look at the inverse of that:
    p_source = R^T (p_target - shift) / scale.
    """
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    inverse = np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1) / scale[:, None, None]          # (N, 2, 2)
    A = np.concatenate([inverse, -inverse @ shift[:, :, None]], axis=2)                              # (N, 2, 3)
    theta = affine_from_pixels(A.astype(images.dtype), images.shape[2:], out_shape)
    return bilinear_sampler_forward(images, affine_grid_forward(theta, out_shape)[0])[0]


DISTORTIONS = {"R": rotated, "RTS": rotated_translated_scaled}


def distort(images, name, rng):
    """Distort a batch of digits.

    Parameters
    ----------
    images : (N, C, H, W)            float32 or float64
    name : str                       one of DISTORTIONS
    rng : numpy.random.Generator     all randomness comes from here

    Returns
    -------
    distorted : (N, C, H', W')       in the dtype of the images

    Raises ValueError for an unknown name or a wrong shape.
    """
    images, = validate.arrays(images=(images, "N C H W"))
    return DISTORTIONS[validate.choice("distortion", name, DISTORTIONS)](images, rng)
