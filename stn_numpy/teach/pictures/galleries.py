"""What an image becomes under several theta: the grids on the input, the outputs below."""

import numpy as np

from ...grid.affine import affine_grid_forward
from ...grid.coordinates import pixel_centres
from ...sampler.fast import bilinear_sampler_forward
from .arguments import one_image, one_theta
from .maps import draw_map, number, value_limits
from .picture import ORANGE, SKY, WIDTH, Picture, drawn, panels

BEYOND = 1.15        # normalised units shown outside the image, at most


@drawn
def grid_gallery(thetas, U, titles=None, *, out_shape=None, padding="zeros", align_corners=True, title=None):
    """Draw the sampling grid of several theta on the input, and the output of each below it.

    Parameters
    ----------
    thetas : list of (2, 3), or (n, 2, 3)
    U : (H, W) or (1, 1, H, W)
    titles : list of str             one for each theta; by default its numbers

    Returns
    -------
    picture : Picture                .numbers: "outputs" (n, H_out, W_out)
    """
    U, thetas = one_image(U), [one_theta(theta) for theta in thetas]
    titles = [_matrix(theta) for theta in thetas] if titles is None else list(titles)
    if len(titles) != len(thetas) or not thetas:
        raise ValueError(f"wanted one title for each theta, got {len(titles)} titles and {len(thetas)} theta")
    out_shape, n = out_shape or U.shape[2:], len(thetas)
    grids = [affine_grid_forward(theta, out_shape, align_corners)[0] for theta in thetas]
    outputs = [bilinear_sampler_forward(U, grid, padding, align_corners)[0][0, 0] for grid in grids]
    reach = min(1 + BEYOND, max(1.15, max(np.abs(grid).max() for grid in grids) + 0.1))
    size = min(WIDTH / n, 2.6) - 0.1
    height = 0.75 + size * (1 + out_shape[0] / out_shape[1]) + 0.15 * max(name.count("\n") for name in titles)
    figure, axes = panels(height, 2, n, title or "Where each theta looks (above) and what it sees (below)")
    for ax, theta, name in zip(axes[0], thetas, titles):
        draw_grid(ax, U[0, 0], theta, reach, out_shape, align_corners)
        ax.set_title(name, fontsize=min(10, 100 * size / max(len(line) for line in name.split("\n") + [" " * 9])))
    for ax, V in zip(axes[1], outputs):
        draw_map(ax, V, inches=size, numbers=False, limits=value_limits(U))
        ax.plot([0, V.shape[1] - 1], [0, 0], color=SKY, lw=3, clip_on=False)
        ax.plot(0, 0, "o", color=SKY, ms=6, clip_on=False)
        ax.set(xticks=[], yticks=[])
    for ax in axes[0, 1:]:
        ax.set_yticklabels([])
    alt = (f"{n} sampling grids drawn on the input, and below each the output it gives: "
           + "; ".join(name.replace("\n", " / ") for name in titles) + ".")
    return Picture(figure, alt, {"outputs": np.array(outputs)})


def draw_grid(ax, U, theta, reach, out_shape, align_corners):
    """The input with -1..1 as its axes, the target grid's lines carried to where theta sends them, and its corner."""
    edge_x, edge_y = ((1, 1) if not align_corners else [size / max(size - 1, 1) for size in U.shape[::-1]])
    ax.imshow(U, cmap="gray", extent=(-edge_x, edge_x, edge_y, -edge_y))
    x, y = (pixel_centres(size, align_corners) for size in out_shape[::-1])
    along = np.linspace(-1, 1, 2)
    lines = [(np.full(2, c), along * abs(y[0])) for c in np.linspace(x[0], x[-1], 7)]
    lines += [(along * abs(x[0]), np.full(2, r)) for r in np.linspace(y[0], y[-1], 7)]
    for x_t, y_t in lines:
        x_s, y_s = theta[0] @ np.stack([x_t, y_t, np.ones(2)])
        ax.plot(x_s, y_s, color=ORANGE, lw=1)
    top = theta[0] @ np.array([[x[0], x[-1]], [y[0], y[0]], [1, 1]])
    ax.plot(*top, color=SKY, lw=3)
    ax.plot(*top[:, 0], "o", color=SKY, ms=6)
    ax.set(xlim=(-reach, reach), ylim=(reach, -reach), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    ax.set_facecolor("#e8e8e8")


def _matrix(theta):
    """theta in two short lines."""
    return "\n".join("[" + "  ".join(number(entry) for entry in row) + "]" for row in theta[0])
