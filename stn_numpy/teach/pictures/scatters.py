"""The way back to the image: upstream gradients spread to the pixels that were read, and add up there."""

import numpy as np

from ...grid.affine import affine_grid_forward
from ...grid.coordinates import to_pixels
from ...sampler.fast import bilinear_sampler_backward, bilinear_sampler_forward
from .arguments import one_pixel, one_theta
from .maps import SIGNED, draw_map, frame_pixel, number
from .picture import BLUE, GREY, VERMILLION, Picture, drawn, panels

ZOOM_OUT = ((1.1, 0.2, 0.1), (-0.15, 0.8, 0.05))


@drawn
def scatter(theta=ZOOM_OUT, in_shape=(4, 5), out_shape=(5, 6), pixel=(2, 3), dV=None):
    """Draw how one upstream gradient splits into four, and how all of them add up to dU.

    Parameters
    ----------
    theta : (2, 3)
    in_shape, out_shape : (H, W)     sizes of the input and of the output
    pixel : (row, column)            the output pixel that is followed
    dV : (H_out, W_out)              upstream gradient; by default 1 everywhere

    Returns
    -------
    picture : Picture                .numbers: "dV", "one" (in_shape, what the one pixel sends) and "dU" (in_shape)
    """
    grid = affine_grid_forward(one_theta(theta), out_shape)[0]
    dV = np.ones(grid.shape[1:3]) if dV is None else np.asarray(dV, float)
    pixel = one_pixel(pixel, dV.shape)
    only = np.zeros(dV.shape)
    only[pixel] = dV[pixel]
    one, dU = _back_to_image(only, grid, in_shape), _back_to_image(dV, grid, in_shape)
    x, y = (to_pixels(grid[0, ..., axis], in_shape[1 - axis], True) for axis in (0, 1))
    figure, axes = panels(3.1, 1, 3, "One upstream gradient splits into four; parts that meet in a pixel add up")
    draw_map(axes[0, 0], dV, inches=2.5, limits=_around_zero(dV), colours=SIGNED)
    frame_pixel(axes[0, 0], *pixel)
    axes[0, 0].set_title("dV, upstream")
    _draw_one(axes[0, 1], one, x, y, pixel, _around_zero(dU))
    draw_map(axes[0, 2], dU, inches=2.5, limits=_around_zero(dU), colours=SIGNED)
    axes[0, 2].set_title("dU: all parts added up")
    shares = ", ".join(f"{number(one[h, w], 3)} to ({h}, {w})" for h, w in np.argwhere(one))
    alt = (f"Output pixel {pixel} sends its upstream gradient {number(dV[pixel])} to the pixels around its sampling "
           f"point: {shares}. Added over all output pixels this gives dU, which sums to {number(dU.sum())}.")
    return Picture(figure, alt, {"dV": dV, "one": one, "dU": dU})


@drawn
def adjoint(theta=ZOOM_OUT, in_shape=(3, 4), out_shape=(2, 3), seed=0):
    """Draw sampling as a sparse matrix A, V = A U, and going back as its transpose: <A u, v> = <u, A^T v>.

    Returns
    -------
    picture : Picture                .numbers: "A" (H_out W_out, H W), "u", "v", "Au_v" and "u_ATv"
    """
    grid = affine_grid_forward(one_theta(theta), out_shape)[0]
    A = sampling_matrix(grid, in_shape)
    rng = np.random.default_rng(seed)
    u, v = rng.integers(-3, 4, A.shape[1]).astype(float), rng.integers(-3, 4, A.shape[0]).astype(float)
    left = float((bilinear_sampler_forward(u.reshape(1, 1, *in_shape), grid)[0].ravel() * v).sum())
    right = float((u * _back_to_image(v.reshape(out_shape), grid, in_shape).ravel()).sum())
    figure, axes = panels(4.9, 2, 1, "Sampling is a matrix A, at most four weights a row; going back is its transpose",
                          gridspec_kw={"height_ratios": [7, 1]})
    ax = axes[0, 0]
    draw_map(ax, A, inches=7.6, decimals=2, colours=SIGNED, limits=(-1, 1))
    ax.set(title="A: a row for each output pixel, a column for each input pixel",
           ylabel="output (i, j)", xlabel="input (h, w)")
    ax.set_yticks(range(len(A)), [f"({k // out_shape[1]}, {k % out_shape[1]})" for k in range(len(A))])
    ax.set_xticks(range(A.shape[1]), [f"({k // in_shape[1]}, {k % in_shape[1]})" for k in range(A.shape[1])])
    _write_both_ways(axes[1, 0], left, right)
    alt = (f"The sampling matrix, {A.shape[0]} rows for output pixels and {A.shape[1]} columns for input pixels; "
           f"{np.count_nonzero(A)} of its {A.size} entries are not 0. For random u and v, A u times v is "
           f"{number(left, 4)}, and u times A transposed v is {number(right, 4)}: the same.")
    return Picture(figure, alt, {"A": A, "u": u, "v": v, "Au_v": left, "u_ATv": right})


def sampling_matrix(grid, in_shape):
    """The bilinear sampler at a grid (1, H_out, W_out, 2) as a matrix: V.ravel() = A @ U.ravel()."""
    count = int(np.prod(in_shape))
    images = np.eye(count).reshape(count, 1, *in_shape)
    return bilinear_sampler_forward(images, np.repeat(grid, count, axis=0))[0].reshape(count, -1).T


def _back_to_image(dV, grid, in_shape):
    """dU (H, W) of one upstream gradient (H_out, W_out), by the package's backward."""
    cache = bilinear_sampler_forward(np.zeros((1, 1, *in_shape)), grid)[1]
    return bilinear_sampler_backward(np.asarray(dV, float)[None, None], cache)[0][0, 0]


def _around_zero(M):
    largest = max(float(np.abs(M).max()), 1e-9)
    return -1.6 * largest, 1.6 * largest


def _draw_one(ax, one, x, y, pixel, limits):
    """What one output pixel sends to U, with arrows, among the sampling points x, y of all."""
    draw_map(ax, one, numbers=False, limits=limits, colours=SIGNED)
    ax.plot(x.ravel(), y.ravel(), ".", color=GREY, ms=4, clip_on=False)
    for h, w in np.argwhere(one):
        ax.annotate("", (w, h), (x[pixel], y[pixel]),
                    arrowprops={"arrowstyle": "-|>", "color": VERMILLION, "lw": 1.6, "shrinkB": 12})
        ax.text(w, h, number(one[h, w]), ha="center", va="center", bbox={"fc": "white", "ec": "none", "pad": 1.5})
    ax.plot(x[pixel], y[pixel], "o", color=VERMILLION, ms=8, mec="white", clip_on=False)
    ax.set_title("the framed pixel's four parts\n(dots: all sampling points)")


def _write_both_ways(ax, left, right):
    """The two ways to one number, as two lines."""
    ax.set_axis_off()
    lines = ((1.0, f"forward, then compare with v:   ⟨A u, v⟩  =  {number(left, 4)}", BLUE),
             (0.1, f"v back to the image, then compare with u:   ⟨u, Aᵀ v⟩  =  {number(right, 4)}", VERMILLION))
    for height, text, colour in lines:
        ax.text(0.5, height, text, ha="center", va="center", transform=ax.transAxes, fontsize=12, color=colour)
