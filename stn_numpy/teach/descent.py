"""What lesson 11 descends with: a picture, the same picture seen from elsewhere, and steps against the slope of the loss.

Shifts are in pixels, (x, y); the transform is a translation, theta = shift / s with s pixels for one normalised unit.
Beyond its border an image continues with its edge pixels, so that nothing fades on the way.
"""

from typing import NamedTuple

import numpy as np

import stn_numpy as stn

from ..transformer import SAMPLERS


class Path(NamedTuple):
    shifts: np.ndarray     # (steps + 1, 2), (x, y) in pixels, from the start on
    losses: np.ndarray     # (steps + 1,)


def look(U, shift, sampler="bilinear"):
    """What a translation by `shift` (2,) pixels sees of U (1, 1, H, W): V, and the caches of sampler and grid."""
    s = _pixels_per_unit(U)
    grid, grid_cache = stn.translation_grid_forward((np.asarray(shift, U.dtype) / s)[None], U.shape[2:])
    V, cache = SAMPLERS[sampler][0](U, grid, padding="border")
    return V, cache, grid_cache


def loss_and_slope(U, target, shift, sampler="bilinear"):
    """L = 1/2 sum (V - target)^2 and dL/dshift (2,), per pixel."""
    V, cache, grid_cache = look(U, shift, sampler)
    _, dgrid = SAMPLERS[sampler][1](V - target, cache)
    dtheta = stn.translation_grid_backward(dgrid, grid_cache)[0]
    return ((V - target) ** 2).sum() / 2, dtheta / _pixels_per_unit(U)


def descend(U, target, start, rate, steps=100, sampler="bilinear"):
    """Take `steps` steps against the slope.

    Parameters
    ----------
    U, target : (1, 1, H, W)
    start : (2,)                     the first shift, (x, y) in pixels
    rate : float                     pixels squared for one unit of loss

    Returns
    -------
    path : Path
    """
    shift, shifts, losses = np.asarray(start, U.dtype), [], []
    for _ in range(steps + 1):
        loss, slope = loss_and_slope(U, target, shift, sampler)
        shifts.append(shift)
        losses.append(loss)
        shift = shift - rate * slope
    return Path(np.array(shifts), np.array(losses))


def blur(U, sigma):
    """Read U (1, 1, H, W) at its own pixels with a wide kernel, a Gaussian of `sigma` pixels (Eq. 3); 0 leaves it."""
    if sigma == 0:
        return U
    grid, _ = stn.affine_grid_forward(np.eye(2, 3, dtype=U.dtype)[None], U.shape[2:])
    return stn.kernel_sampler_forward(U, grid, stn.kernels.gaussian(sigma), padding="border")[0]


def landscape(U, target, shifts):
    """The loss for each pair of shifts along x and y: (n, n), rows for y. `shifts` (n,) in pixels."""
    row, L = np.repeat(U, len(shifts), axis=0), []
    for y in shifts:
        theta = np.stack([shifts, np.full(len(shifts), y)], axis=1) / _pixels_per_unit(U)
        grid, _ = stn.translation_grid_forward(theta, U.shape[2:])
        V, _ = stn.bilinear_sampler_forward(row, grid, padding="border", need_cache=False)
        L.append(((V - target) ** 2).sum(axis=(1, 2, 3)) / 2)
    return np.array(L)


def _pixels_per_unit(U):
    """(s_x, s_y) of a feature map."""
    return np.array([(size - 1) / 2 for size in U.shape[:1:-1]], U.dtype)


# --- Runs that fail


class Run(NamedTuple):
    """A descent with its settings: all that a cure may change."""
    U: np.ndarray          # (1, 1, H, W)
    place: tuple           # (x, y) in pixels: where the target was seen; descent is never told
    start: tuple
    rate: float
    blur: float = 0.0
    sampler: str = "bilinear"
    steps: int = 100

    @property
    def target(self):
        return look(self.U, self.place)[0]

    def go(self):
        """The Path of this run."""
        U, target = blur(self.U, self.blur), blur(self.target, self.blur)
        return descend(U, target, self.start, self.rate, self.steps, self.sampler)

    def distance(self, path):
        """How many pixels from the place a path ended; infinite where it has left all bounds."""
        distance = float(np.hypot(*(path.shifts[-1] - self.place)))
        return distance if np.isfinite(distance) else np.inf

    def rests(self, path, within):
        """Whether the last five shifts all lie so near to the place: steps that are too long may pass it by chance."""
        return bool((np.hypot(*(path.shifts[-5:] - self.place).T) < within).all())


SETTINGS = ("start", "rate", "blur", "sampler")


def canvas(label, which=0):
    """A digit of the bundled set with 6 black pixels more on each side, (1, 1, 40, 40)."""
    from .pictures import images

    return np.pad(images.digit(label, which), ((0, 0), (0, 0), (6, 6), (6, 6)))


def bar():
    """A white bar, 12 pixels wide and as high as the image, (1, 1, 40, 40): its edges are jumps from 0 to 1."""
    U = np.zeros((1, 1, 40, 40))
    U[..., 14:26] = 1
    return U


def hidden_run():
    """The run of the task start_and_rate, as it fails from no shift."""
    return Run(canvas(9), (7.0, -4.0), start=(0.0, 0.0), rate=0.02, steps=60)


def hidden():
    """U and target of that run; where the target was seen is not told."""
    run = hidden_run()
    return run.U, run.target


def failed_runs():
    """Five runs that end away from the place they should find, by name."""
    return {"A": Run(canvas(5), (3.0, 0.0), (0.0, 0.0), rate=0.1),
            "B": Run(canvas(0), (-2.0, 1.0), (0.0, 0.0), rate=0.0003),
            "C": Run(canvas(5), (5.0, -3.0), (0.0, 0.0), rate=0.03),
            "D": Run(bar(), (-0.5, 0.0), (0.0, 0.0), rate=0.02),
            "E": Run(canvas(8), (1.0, 2.0), (0.0, 0.0), rate=0.02, sampler="integer")}
