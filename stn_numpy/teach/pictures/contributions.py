"""The way back to theta: what each output pixel adds to each of the six entries of dtheta."""

import numpy as np

from ...grid.affine import affine_grid_backward, affine_grid_forward
from ...grid.coordinates import target_points
from ...sampler.fast import bilinear_sampler_backward, bilinear_sampler_forward
from .arguments import one_image, one_theta
from .maps import SIGNED, draw_map, number
from .picture import Picture, drawn, panels

ENTRIES = ("theta_11", "theta_12", "theta_13", "theta_21", "theta_22", "theta_23")
FACTORS = ("x_t", "y_t", "1")


@drawn
def contributions(U, theta, dV=None, *, out_shape=None, padding="zeros", align_corners=True, title=None):
    """Draw, for each of the six entries of theta, what every output pixel adds to its gradient.

    dtheta[r, k] = sum over output pixels of  dgrid_r * (x_t, y_t, 1)_k,   r = x or y

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)
    theta : (2, 3) or (1, 2, 3)
    dV : (H_out, W_out)              upstream gradient; by default 1 everywhere, so L is the sum of the output
    out_shape : (H_out, W_out)       by default the size of dV, or else of U
    padding, align_corners           as in the sampler

    Returns
    -------
    picture : Picture                .numbers: "parts" (2, 3, H_out, W_out) and "dtheta" (2, 3), their sums
    """
    U, theta = one_image(U), one_theta(theta)
    dV = np.ones((1, 1, *(out_shape or U.shape[2:]))) if dV is None else one_image(dV, "dV")
    if out_shape and dV.shape[2:] != tuple(out_shape):
        raise ValueError(f"dV must have the output's shape {tuple(out_shape)}, got {dV.shape[2:]}")
    out_shape = dV.shape[2:]
    parts, dtheta = _split(U, theta, dV, padding, align_corners)
    figure, axes = panels(1.2 + 2 * min(2.4, 2.6 * out_shape[0] / out_shape[1]), 2, 3,
                          title or "Every output pixel has a say in each entry of theta; dtheta is the sum")
    largest = max(float(np.abs(parts).max()), 1e-9)
    for r, k in np.ndindex(2, 3):
        draw_map(axes[r, k], parts[r, k], numbers=out_shape[1] <= 6, inches=2, limits=(-largest, largest),
                 colours=SIGNED)
        axes[r, k].set_title(f"{ENTRIES[3 * r + k]}: dL/d{'xy'[r]}_s \N{MULTIPLICATION SIGN} {FACTORS[k]}\n"
                             f"sum {number(dtheta[r, k], 3)}")
    sums = ", ".join(f"{name} {number(value, 3)}" for name, value in zip(ENTRIES, dtheta.ravel()))
    alt = f"Six maps of the output, one for each entry of theta: what every pixel adds to its gradient. Sums: {sums}."
    return Picture(figure, alt, {"parts": parts, "dtheta": dtheta})


def _split(U, theta, dV, padding, align_corners):
    """The parts (2, 3, H_out, W_out) and their sums (2, 3), the latter by the package's backward."""
    out_shape = dV.shape[2:]
    grid, grid_cache = affine_grid_forward(theta, out_shape, align_corners)
    _, cache = bilinear_sampler_forward(U, grid, padding, align_corners)
    _, dgrid = bilinear_sampler_backward(dV, cache)
    target = target_points(out_shape, align_corners, theta.dtype).reshape(3, *out_shape)
    return np.moveaxis(dgrid[0], -1, 0)[:, None] * target, affine_grid_backward(dgrid, grid_cache)[0]
