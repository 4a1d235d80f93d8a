"""Inverse and forward mapping: who asks, and who is left out."""

import itertools

import numpy as np

from ...grid.affine import affine_grid_forward
from ...grid.coordinates import pixel_centres, to_pixels
from ...sampler.fast import bilinear_sampler_forward
from .arguments import one_image, one_theta
from .maps import draw_map, frame_pixel, number, write_number
from .picture import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION, Picture, drawn, panels

ARROWS = (VERMILLION, SKY, GREEN, PURPLE, ORANGE)


@drawn
def inverse_mapping(U, theta, pixels=None, *, out_shape=None, align_corners=True, title=None):
    """Draw arrows from pixels of the output to the points of the input where they look their values up.

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)       the input
    theta : (2, 3) or (1, 2, 3)
    pixels : list of (row, column)   of the output, that get an arrow; by default four
    out_shape : (H_out, W_out)       by default the size of U

    Returns
    -------
    picture : Picture                .numbers: "V", "x" and "y" (H_out, W_out), the source points in pixels
    """
    U, theta = one_image(U), one_theta(theta)
    V, x, y = _warp(U, theta, out_shape or U.shape[2:], align_corners)
    H, W = V.shape
    pixels = pixels or [(0, 0), (0, W - 1), (H // 2, W // 2), (H - 1, W // 3)]
    figure, axes = panels(4.2, 1, 2, title or "Every output pixel asks: where in the input do I look?")
    draw_map(axes[0, 0], V, inches=2.8, numbers=False)
    draw_map(axes[0, 1], U[0, 0], inches=2.8, numbers=False)
    axes[0, 0].set_title("output V (the target)")
    axes[0, 1].set_title("input U (the source), with all sampling points")
    axes[0, 1].yaxis.tick_right()                                                  # out of the arrows' way
    axes[0, 1].plot(x.ravel(), y.ravel(), "o", color=BLUE, ms=4, mec="white", mew=0.6, clip_on=False)
    for (i, j), colour in zip(pixels, itertools.cycle(ARROWS)):
        frame_pixel(axes[0, 0], i, j, colour)
        write_number(axes[0, 0], i, j, V)
        _arrow(figure, axes[0, 0], (j + 0.5, i), axes[0, 1], (x[i, j], y[i, j]), colour)
    for ax in axes[0]:
        _same_scale(ax, x, y, np.maximum(U.shape[2:], V.shape))
    points = "; ".join(f"({i}, {j}) looks at x = {number(x[i, j])}, y = {number(y[i, j])}" for i, j in pixels)
    alt = f"Output beside input, with arrows from output pixels to the points where they look in the input: {points}."
    return Picture(figure, alt, {"V": V, "x": x, "y": y})


@drawn
def forward_holes(U, theta, *, align_corners=True, title=None):
    """Draw forward mapping, which leaves holes, beside inverse mapping, which cannot.

    Forward: each input pixel is moved to where the inverse of theta puts it, and painted on the nearest output pixel.

    Parameters
    ----------
    U : (H, W) or (1, 1, H, W)
    theta : (2, 3) or (1, 2, 3)      target to source, with an inverse

    Returns
    -------
    picture : Picture                .numbers: "forward" (H, W) with NaN at the holes, "inverse" (H, W), "holes"
    """
    from matplotlib.colors import ListedColormap

    U, theta = one_image(U), one_theta(theta)
    V, x, y = _warp(U, theta, U.shape[2:], align_corners)
    pushed = push_forward(U[0, 0], theta[0], align_corners)
    inside = (x >= 0) & (x <= U.shape[3] - 1) & (y >= 0) & (y <= U.shape[2] - 1)
    holes = int((np.isnan(pushed) & inside).sum())
    figure, axes = panels(3.5, 1, 3, title or "Pushing pixels forward leaves holes; looking them up cannot")
    names = ("input U", f"forward: {holes} holes (orange)", "inverse: every pixel has a value")
    for ax, M, name in zip(axes[0], (U[0, 0], np.nan_to_num(pushed), V), names):
        draw_map(ax, M, inches=2.5, numbers=False)
        ax.set_title(name)
    axes[0, 1].imshow(np.where(np.isnan(pushed) & inside, 1, np.nan), cmap=ListedColormap([ORANGE]))
    alt = (f"Three images: the input; forward mapping, in which {holes} output pixels inside the picture receive "
           "nothing and stay holes; inverse mapping, in which every output pixel has a value.")
    return Picture(figure, alt, {"forward": pushed, "inverse": V, "holes": holes})


def push_forward(U, theta, align_corners=True):
    """Forward mapping, for comparison only: U (H, W) to (H, W), NaN where no input pixel lands."""
    H, W = U.shape
    y, x = np.meshgrid(pixel_centres(H, align_corners), pixel_centres(W, align_corners), indexing="ij")
    if abs(np.linalg.det(theta[:, :2])) < 1e-9:
        raise ValueError("theta must have an inverse here: its left 2 x 2 part has determinant 0")
    target = np.linalg.solve(theta[:, :2], np.stack([x.ravel(), y.ravel()]) - theta[:, 2:])
    columns = np.floor(to_pixels(target[0], W, align_corners) + 0.5).astype(int)
    rows = np.floor(to_pixels(target[1], H, align_corners) + 0.5).astype(int)
    inside = (rows >= 0) & (rows < H) & (columns >= 0) & (columns < W)
    pushed = np.full((H, W), np.nan)
    pushed[rows[inside], columns[inside]] = U.ravel()[inside]
    return pushed


def _warp(U, theta, out_shape, align_corners):
    """V (H_out, W_out), and the source points x, y in pixels."""
    grid = affine_grid_forward(theta, out_shape, align_corners)[0]
    V = bilinear_sampler_forward(U, grid, align_corners=align_corners)[0]
    return (V[0, 0], to_pixels(grid[0, ..., 0], U.shape[3], align_corners),
            to_pixels(grid[0, ..., 1], U.shape[2], align_corners))



def _arrow(figure, from_axes, start, to_axes, end, colour):
    """An arrow from a point of one panel to a point of another."""
    from matplotlib.patches import ConnectionPatch

    arrow = ConnectionPatch(start, end, "data", "data", axesA=from_axes, axesB=to_axes, arrowstyle="-|>",
                            color=colour, lw=1.8, mutation_scale=14, shrinkB=0)
    arrow.set_in_layout(False)
    figure.add_artist(arrow)
    to_axes.plot(*end, "o", color=colour, ms=7, mec="white", clip_on=False)


def _same_scale(ax, x, y, size):
    """Axes wide enough for the images and for the points outside, the same for both panels."""
    ax.set_xlim(min(-0.5, x.min() - 0.3), max(size[1] - 0.5, x.max() + 0.3))
    ax.set_ylim(max(size[0] - 0.5, y.max() + 0.3), min(-0.5, y.min() - 0.3))
