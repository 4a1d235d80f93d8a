"""Where a landmark or a box goes when an image is warped: by the inverse of theta."""

import numpy as np

from ...grid.affine import affine_grid_forward
from ...grid.coordinates import to_pixels
from ...sampler.fast import bilinear_sampler_forward
from .arguments import one_image, one_theta
from .maps import draw_map, value_limits
from .picture import ORANGE, SKY, Picture, drawn, panels


@drawn
def landmarks(U, theta, points, moved, *, out_shape=None, align_corners=True, title=None):
    """Draw points on the input, and on the output where somebody says that they have gone.

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)
    theta : (2, 3) or (1, 2, 3)      target to source
    points : (n, 2)                  normalised (x, y) in the input; joined by a line, the first one has a ring
    moved : (n, 2)                   the same points in the output, normalised
    out_shape : (H_out, W_out)       by default the size of U

    Returns
    -------
    picture : Picture                .numbers: "furthest", how far the worst of `moved` is from where theta looks at its
                                     point, in normalised units
    """
    U, theta = one_image(U), one_theta(theta)
    points, moved = np.asarray(points, float), np.asarray(moved, float)
    if points.ndim != 2 or points.shape[1] != 2 or moved.shape != points.shape:
        raise ValueError(f"points and moved must be (n, 2), and as many, got {points.shape} and {moved.shape}")
    grid = affine_grid_forward(theta, out_shape or U.shape[2:], align_corners)[0]
    V = bilinear_sampler_forward(U, grid, align_corners=align_corners)[0]
    figure, axes = panels(3.6, 1, 2, title or "The same points on the input and on the output")
    for ax, image, places, name in zip(axes[0], (U, V), (points, moved), ("input U", "output V")):
        draw_map(ax, image[0, 0], numbers=False, limits=value_limits(U))
        x, y = [to_pixels(places[:, axis], image.shape[3 - axis], align_corners) for axis in (0, 1)]
        ax.plot(x, y, "o-", color=ORANGE, lw=2, ms=5, clip_on=False)
        ax.plot(x[:1], y[:1], "o", color=SKY, ms=12, mew=2.5, fillstyle="none", clip_on=False)
        ax.set_title(name)
    looked_at = moved @ theta[0, :, :2].T + theta[0, :, 2]
    furthest = float(np.abs(looked_at - points).max())
    verdict = "just where they belong" if furthest < 1e-9 else f"up to {furthest:.2g} units off"
    return Picture(figure, f"{len(points)} points on the input, and on the output, where they are {verdict}.",
                   {"furthest": furthest})
