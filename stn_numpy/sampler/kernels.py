"""Kernels for Eq. 3: how much a pixel counts for a sampling point, by the distance between them.

    V[n,c,i,j] = sum_hw U[n,c,h,w] k(x - w) k(y - h)                                                   (Eq. 3)

The same k serves every axis. Parameters of k (the paper's Phi) are fixed when the kernel is made, as gaussian(sigma)
does. A kernel *interpolates*, that is, gives back U itself at the centres of its pixels, if k is 1 at 0 and 0 at every
other whole number: integer, bilinear and cubic do. The others blur. The weights of one sample sum to 1, so that a
constant image stays constant, for all but the Gaussian.
"""

import math
import numbers
from typing import NamedTuple

import numpy as np

from ..checking import validate

SIGMAS = 0.01, 1000.0     # standard deviations of a Gaussian, in pixels, that can be computed with
LARGEST_RADIUS = 4000     # of a kernel, in pixels


class Kernel(NamedTuple):
    """A function of the distance t = x - w from pixel w to the sampling point x, in pixels.

    Bring your own in five lines, let the checker say whether the slope is that of the weight, and let it train::

        tent = Kernel("wide tent", radius=2,
                      weight=lambda t: (2 - abs(t)) / 4,
                      slope=lambda t: np.where(t < 0, 1 / 4, -1 / 4))
        gradcheck(lambda U, grid: kernel_sampler_forward(U, grid, tent), kernel_sampler_backward, (U, grid))
        transformer = SpatialTransformer(localisation, sampler=tent)

    Convention: where k has a kink or a jump, weight and slope are those to the right of it.
    """
    name: str              # for messages and pictures
    weight: callable       # k(t), entry by entry: an array of -radius <= t < radius in, one of its shape out
    slope: callable        # dk/dt, likewise; 0 everywhere for a kernel of steps, through which nothing is learned
    radius: float          # half the support's width: k counts as 0 unless -radius <= t < radius; a multiple of 1/2

    def __repr__(self):
        return f"<kernel {self.name}>"


def check_kernel(kernel):
    """Raise TypeError for what is not a Kernel, ValueError for a support that is not a positive multiple of 1/2."""
    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a stn_numpy.kernels.Kernel such as kernels.cubic, got {kernel!r}")
    for part in ("weight", "slope"):
        validate.function(f"{part} of kernel {kernel.name!r}", getattr(kernel, part))
    r = kernel.radius
    real = isinstance(r, numbers.Real) and not isinstance(r, bool)
    if not (real and r > 0 and 2 * r % 1 == 0):
        raise ValueError(f"radius of kernel {kernel.name!r} must be a positive multiple of 1/2, got {r!r:.80}")
    if r > LARGEST_RADIUS:
        raise ValueError(f"radius of kernel {kernel.name!r} must be at most {LARGEST_RADIUS} pixels, got {r!r:.80}")
    return kernel


def evaluate(kernel, part, t):
    """The ``"weight"`` or the ``"slope"`` of a kernel at distances t, in t's dtype.

    Raises ValueError for a result of another shape than t, or one that is not real or not finite.
    """
    value = validate.as_array(f"{part} of kernel {kernel.name!r}", getattr(kernel, part)(t))
    if value.shape != t.shape or value.dtype.kind not in "biuf":
        raise ValueError(f"{part} of kernel {kernel.name!r} must return real numbers in the shape of t, {t.shape}, "
                         f"got {value.dtype} in shape {value.shape}")
    if not np.isfinite(value).all():
        bad = np.argmin(np.isfinite(value))
        raise ValueError(f"{part} of kernel {kernel.name!r} must be finite, got {value.flat[bad]} at t = {t.flat[bad]}")
    return value.astype(t.dtype, copy=False)


# Eq. 5: the tent. V is continuous and has a kink on every grid line.
bilinear = Kernel(
    "bilinear", radius=1,
    weight=lambda t: np.maximum(0, 1 - np.abs(t)),
    slope=lambda t: np.where(t < 0, 1, -1))

# Eq. 4: the box, all for the nearest pixel. V jumps half-way between pixels and is flat elsewhere.
integer = Kernel(
    "integer", radius=1 / 2,
    weight=np.ones_like,
    slope=np.zeros_like)

CUBIC_A = -0.75      # the slope of k at t = 1, as in PyTorch and ONNX; -0.5 is the one that would keep a ramp a ramp


def _cubic_weight(t):
    """Cubic convolution (Keys, 1981): two cubics that meet smoothly at |t| = 1, and end smoothly at |t| = 2."""
    a, t = CUBIC_A, np.abs(t)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((t - 5) * t + 8) * t * a - 4 * a
    return np.where(t < 1, near, far)


def _cubic_slope(t):
    a, sign, t = CUBIC_A, np.sign(t), np.abs(t)
    near = (3 * (a + 2) * t - 2 * (a + 3)) * t
    far = ((3 * t - 10) * t + 8) * a
    return sign * np.where(t < 1, near, far)


# V has a continuous slope. Some weights are negative, so V overshoots at edges, beyond the largest value of U.
cubic = Kernel("cubic", radius=2, weight=_cubic_weight, slope=_cubic_slope)


def _b_spline_weight(t):
    """The box convolved with itself twice: three parabolas that meet smoothly at |t| = 1/2."""
    t = np.abs(t)
    return np.where(t < 0.5, 0.75 - t * t, 0.5 * (1.5 - t) ** 2)


def _b_spline_slope(t):
    return np.where(np.abs(t) < 0.5, -2 * t, t - np.copysign(1.5, t))


# V has a continuous slope and never overshoots, and pays with a blur: a pixel keeps 3/4 of itself on each axis.
quadratic_b_spline = Kernel("quadratic_b_spline", radius=1.5, weight=_b_spline_weight, slope=_b_spline_slope)


def gaussian(sigma):
    """The normal density, k(t) = exp(-t^2 / (2 sigma^2)) / (sigma sqrt(2 pi)), cut off at 4 sigma or a little beyond.

    Parameters
    ----------
    sigma : float                    standard deviation in pixels

    Returns
    -------
    kernel : Kernel

    Convention: k is put into Eq. 3 as it stands, and nothing is divided by the sum of the weights. That sum is close
    to 1: from pixel to pixel it swings by about 2 exp(-2 pi^2 sigma^2) to either side, 1.4 % for sigma = 0.5 and 0.01 %
    for 0.7, and what is cut off is at most 0.02 %. A smaller sigma leaves gaps between the pixels. Where k is cut off, it
    jumps by less than 0.04 % of k(0), which the slope leaves out.

    Raises ValueError for a sigma that is not a number from 0.01 to 1000.
    """
    if not SIGMAS[0] <= validate.number("sigma", sigma) <= SIGMAS[1]:
        raise ValueError(f"sigma must be from {SIGMAS[0]:g} to {SIGMAS[1]:g} pixels, got {sigma!r}")

    def weight(t):
        return np.exp(-0.5 * (t / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))

    def slope(t):
        return -t / sigma ** 2 * weight(t)

    return Kernel(f"gaussian({sigma:g})", radius=math.ceil(8 * sigma) / 2, weight=weight, slope=slope)


KERNELS = {kernel.name: kernel for kernel in (bilinear, integer, cubic, quadratic_b_spline)}
