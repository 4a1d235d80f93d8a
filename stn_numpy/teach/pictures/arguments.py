"""What the drawings accept: one image, one theta, one pixel, written in whichever of the usual ways."""

import numbers

import numpy as np

from ...checking import validate


def one_image(U, name="U"):
    """U as (1, 1, H, W) float64, from (H, W) or (1, 1, H, W)."""
    U = _floats(name, U)
    if U.ndim == 2:
        U = U[None, None]
    if U.ndim != 4 or U.shape[:2] != (1, 1):
        raise ValueError(f"{name} must be one image of one channel, (H, W) or (1, 1, H, W), got {U.shape}; "
                         f"choose one with {name}[n:n+1, c:c+1]")
    return validate.arrays(**{name: (U, "N C H W")})[0]


def one_theta(theta):
    """theta as (1, 2, 3) float64, from (2, 3), (6,) or the same with a leading 1."""
    theta = _floats("theta", theta)
    if theta.size != 6 or theta.shape not in ((2, 3), (1, 2, 3), (6,), (1, 6)):
        raise ValueError(f"theta must be one affine map, (2, 3) or (1, 2, 3), got {theta.shape}")
    return validate.arrays(theta=(theta.reshape(1, 2, 3), "N 2 3"))[0]


def one_pixel(pixel, shape, name="pixel"):
    """(row, column) as two whole numbers inside an image of `shape`."""
    pixel = tuple(np.ravel(np.asarray(pixel, dtype=object)))
    if len(pixel) != 2 or not all(isinstance(p, numbers.Integral) for p in pixel):
        raise ValueError(f"{name} must be (row, column), two whole numbers, got {pixel}")
    if not all(0 <= p < size for p, size in zip(pixel, shape)):
        raise ValueError(f"{name} must lie in the output of {shape[0]} rows and {shape[1]} columns, got "
                         f"({pixel[0]}, {pixel[1]})")
    return int(pixel[0]), int(pixel[1])


def one_row(row, name="row", least=2):
    """A row of at least two pixel values as (W,) float64, or of other numbers, and then at least `least` of them."""
    row = _floats(name, row)
    if row.ndim != 1 or row.size < least or not np.isfinite(row).all():
        raise ValueError(f"{name} must be at least {('one finite value', 'two finite values')[least - 1]}, (W,), "
                         f"got shape {row.shape}")
    return row


def _floats(name, value):
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers, got {type(value).__name__}") from error
