"""A gallery: what each transform, each kernel and each distortion does, and what aliasing is.

    python -m stn_numpy.pictures.gallery --out DIR

writes the pictures. What they show is computed by the package's own grids, samplers and pooling.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from matplotlib.style import context

from ..data import as_feature_maps, load_digits
from ..grid.affine import affine_grid_forward
from ..grid.coordinates import pixels_per_unit
from ..grid.tps import regular_control_points
from ..grid.transforms import TRANSFORMS
from ..network.pooling import average_pool_forward
from ..sampler.fast import bilinear_sampler_forward
from ..sampler.kernels import gaussian
from ..training.commandline import ended, folder_name, make_folder
from ..training.distortions import DISTORTIONS, distort
from ..transformer import SAMPLERS, find_sampler
from .look import BLUE, INK, ORANGE, SHADE, save, white_figure

THETAS = {                                 # for each transform, something that it can do and those before it cannot
    "translation": [0.35, 0.2],
    "attention": [0.65, 0.1, -0.1],
    "similarity": [0.75, 0.42, 0.05, 0],
    "affine": [0.8, -0.45, 0.05, 0.1, 0.75, 0],
    "projective": [0.8, -0.15, 0, 0.05, 0.75, 0.05, 0.05, 0.34],
    "tps": 0.13 * np.sin(regular_control_points()[:, ::-1] * [3, 3.5]),
}


@context("default")
def transforms(digit=7):
    """Each transform's grid on one of the bundled digits, and below it what is seen there. Returns a Figure."""
    U = as_feature_maps(load_digits().test_images[digit:digit + 1], np.float64)
    figure = white_figure(2.05 * len(TRANSFORMS), 4.5)
    axes = figure.subplots(2, len(TRANSFORMS))
    for (above, below), (name, transform) in zip(axes.T, TRANSFORMS.items()):
        theta = np.reshape(THETAS[name], (1, -1))
        grid, _ = transform.forward(theta, U.shape[2:])
        _draw_grid(above, U[0, 0], grid[0])
        if name == "tps":
            above.plot(*(regular_control_points() + theta.reshape(-1, 2)).T, "o", color=BLUE, ms=3.5)
        above.set_title(f"{name}\n{transform.n_parameters} parameters", fontsize=10)
        below.imshow(bilinear_sampler_forward(U, grid)[0][0, 0], cmap="gray", vmin=0, vmax=1, extent=(-1, 1, 1, -1))
        below.plot([-1, 1], [-1, -1], color=BLUE, lw=4)
        below.set(xticks=[], yticks=[], xlim=(-1.35, 1.35), ylim=(1.35, -1.35))
        below.set_frame_on(False)
    axes[0, 0].set_ylabel("where it looks", fontsize=10)
    axes[1, 0].set_ylabel("what it sees", fontsize=10)
    figure.suptitle("What each transform can do: one theta for each (blue: the upper edge of the output)", fontsize=12)
    return figure


def _draw_grid(axes, U, grid):
    """An image in normalised coordinates, and every third line of a sampling grid (H, W, 2) on it."""
    edge = 1 + 1 / (U.shape[0] - 1)                                                # of the outermost pixels
    axes.imshow(U, cmap="gray", vmin=0, vmax=1, extent=(-edge, edge, edge, -edge))
    axes.set_facecolor(SHADE)
    for line in [*grid[::3], *grid.swapaxes(0, 1)[::3]]:
        axes.plot(*line.T, color=ORANGE, lw=0.9)
    axes.plot(*grid[0].T, color=BLUE, lw=3)
    axes.set(xticks=[], yticks=[], xlim=(-1.45, 1.45), ylim=(1.45, -1.45))


@context("default")
def kernels():
    """The value V(x) between the pixels of a row, and its slope, for each kernel. Returns a Figure."""
    chosen = {**dict(zip(SAMPLERS, SAMPLERS)), "gaussian(0.5)": gaussian(0.5)}
    row = np.array([0.3, 0.9, 0.6, 0.1, 0.2, 1.0, 0.5])
    figure = white_figure(2.5 * len(chosen), 4.4)
    axes = figure.subplots(2, len(chosen), sharex=True, sharey="row")
    for (above, below), (name, sampler) in zip(axes.T, chosen.items()):
        x, V, slope = along_a_row(row, sampler)
        above.plot(x, V, color=BLUE, lw=1.6, solid_capstyle="butt")
        above.plot(row, "o", color=INK, ms=4)
        below.plot(x, slope, color=ORANGE, lw=1.6, solid_capstyle="butt")
        above.set_title(name, fontsize=11)
        below.set_xlabel("x, pixels")
        for panel in (above, below):
            panel.axhline(0, color=INK, lw=0.6)
            panel.set_xticks(range(len(row)), minor=True)
            panel.grid(alpha=0.3, which="both", axis="x")
            panel.axvspan(-2, -0.5, color=SHADE)
            panel.axvspan(len(row) - 0.5, len(row) + 1, color=SHADE)
            panel.set_xlim(-2, len(row) + 1)
    axes[0, 0].set_ylabel("V(x)")
    axes[1, 0].set_ylabel("dV/dx, per pixel")
    figure.suptitle("A row of seven pixels (dots; zeros outside, shaded), read between the pixels with each kernel, "
                    "and the slope that learning sees", fontsize=12)
    return figure


def along_a_row(row, sampler, steps=24):
    """Read a row of pixels everywhere from x = -2 to two pixels behind its end.

    Parameters
    ----------
    row : (W,)                       values of the pixels
    sampler : str or Kernel          as in SpatialTransformer

    Returns
    -------
    x, V, slope : (K,)               in pixels, V(x) and dV/dx; NaN stands wherever V or its slope could jump
    """
    forward, backward = find_sampler(sampler)
    U = np.tile(row, (1, 1, 9, 1))                                                 # in y all alike: only x matters
    knots = np.arange(-2, len(row) + 1, 0.5)
    x = (knots[:, None] + np.linspace(0, 0.5 - 1e-9, steps)).ravel()
    s = pixels_per_unit(len(row), True)
    grid = np.stack([(x - (len(row) - 1) / 2) / s, np.zeros_like(x)], axis=-1)[None, None]    # (1, 1, K, 2)
    V, cache = forward(U, grid)
    _, dgrid = backward(np.ones_like(V), cache)
    curves = x, V.ravel(), dgrid[..., 0].ravel() / s
    return tuple(np.insert(curve, np.arange(steps, len(x), steps), np.nan) for curve in curves)


@context("default")
def distortions(seed=0):
    """One bundled digit of each class, and below it what each of the paper's distortions makes of it. A Figure."""
    digits = load_digits()
    chosen = [np.flatnonzero(digits.test_labels == k)[0] for k in range(10)]
    originals = as_feature_maps(digits.test_images[chosen], np.float64)
    rows = {"original": originals, **{name: distort(originals, name, seed) for name in DISTORTIONS}}
    figure = white_figure(8.4, 5.6)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    axes = figure.subplots(len(rows), len(chosen))
    for panels, (name, images) in zip(axes, rows.items()):
        for panel, image in zip(panels, images[:, 0]):
            panel.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            panel.set(xticks=[], yticks=[])
        height, width = images.shape[2:]
        panels[0].set_ylabel(f"{name}\n{height} x {width}", rotation=0, ha="right", va="center", labelpad=8)
    figure.suptitle("What each distortion makes of the same ten digits (sizes in pixels)", fontsize=12)
    return figure


@context("default")
def aliasing():
    """Stripes sampled down to a quarter: straight, and at twice that size with average pooling. Returns a Figure."""
    stripes, output = striped((28, 256)), (7, 64)
    rows = {"256 pixels wide: stripes, finer and finer": stripes,
            "sampled down to 64: false stripes where the true ones are too fine": sampled_down(stripes, output),
            "sampled down to 128, then average-pooled to 64: too fine stripes fade": sampled_down(stripes, output, 1)}
    figure = white_figure(9, 4.6)
    for panel, (name, picture) in zip(figure.subplots(len(rows), 1, sharex=True), rows.items()):
        panel.imshow(picture[0, 0], cmap="gray", vmin=0, vmax=1, extent=(0, 256, 28, 0), interpolation="nearest")
        panel.axvline(_too_fine(256), color=ORANGE, lw=2.5)
        panel.set_title(name, fontsize=10, loc="left")
        panel.set_yticks([])
    panel.set_xlabel("pixels of the input; right of the orange line, a pair of stripes is narrower than two "
                     "pixels of the output")
    figure.suptitle("Aliasing: what a smaller output makes of detail that it cannot show", fontsize=12)
    return figure


COARSEST, FINEST = 1 / 32, 1 / 3           # of the stripes, in stripes a pixel


def striped(shape):
    """An image (1, 1, H, W) of stripes that get finer from the left to the right, values 0 .. 1."""
    H, W = shape
    x = np.arange(W) + 0.5
    phase = COARSEST * x + (FINEST - COARSEST) * x ** 2 / (2 * W)                  # its slope is the stripes per pixel
    return np.tile(0.5 + 0.5 * np.cos(2 * np.pi * phase), (1, 1, H, 1))


def _too_fine(W, period=8):
    """Where the stripes of `striped` get finer than one in `period` pixels."""
    return W * (1 / period - COARSEST) / (FINEST - COARSEST)


def sampled_down(U, out_shape, pools=0):
    """Images at another size: sampled at 2^pools times that size, and then averaged 2 by 2 `pools` times.

    Parameters
    ----------
    U : (N, C, H, W)
    out_shape : (H_out, W_out)       size of the result
    pools : int                      0 to sample straight away

    Returns
    -------
    V : (N, C, H_out, W_out)

    Convention: align_corners=False, so that each pixel of the output stands for an equal part of the input.
    """
    identity = np.eye(2, 3, dtype=U.dtype)[None].repeat(len(U), axis=0)
    grid, _ = affine_grid_forward(identity, [size * 2 ** pools for size in out_shape], align_corners=False)
    V, _ = bilinear_sampler_forward(U, grid, align_corners=False)
    for _ in range(pools):
        V, _ = average_pool_forward(V)
    return V


PICTURES = {
    "transforms.png": (transforms, "each transform's grid on one digit, and what is seen there"),
    "kernels.png": (kernels, "what each kernel reads between pixels, and its slope"),
    "distortions.png": (distortions, "ten digits, and what each distortion makes of them"),
    "aliasing.png": (aliasing, "stripes sampled down, with and without average pooling"),
}


def main(arguments=None):
    """Write the pictures; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stn_numpy.pictures.gallery", description=__doc__.splitlines()[0])
    parser.add_argument("--out", metavar="DIR", type=folder_name, default=Path("gallery"), help="folder for the pictures")
    folder = parser.parse_args(arguments).out

    def command():
        make_folder(folder)
        for name, (draw, meaning) in PICTURES.items():
            save(draw(), folder / name)
            print(f"{folder / name}   {meaning}")
        return 0
    return ended(command)


if __name__ == "__main__":
    sys.exit(main())
