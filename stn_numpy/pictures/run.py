"""Pictures of a training run: what the transformer looks at, what it makes of it, and how the errors fall."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from ..data.files import write_whole
from ..grid.coordinates import to_pixels
from .look import INK, NETWORK_STYLES, ORANGE, WRONG, white_figure


def outline(grid):
    """The border of a sampling grid (H, W, 2) as a closed line (K, 2): the box at which the transformer looks."""
    return np.concatenate([grid[0, :], grid[1:, -1], grid[-1, -2::-1], grid[-2::-1, 0]])


def what_it_sees(images, grids, outputs, labels, guesses):
    """A row of inputs with the box at which the transformer looks, and below it the output.

    Parameters
    ----------
    images, outputs : (n, H, W), (n, H', W')
    grids : (n, H', W', 2)           where it looks, normalised, align_corners=True, as in all pictures here
    labels, guesses : (n,)           the true digits, and what the network says
    """
    n = len(images)
    figure = white_figure(1.05 * n + 0.9, 3.1, "Where the spatial transformer looks, its output, and what the network reads")
    for i in range(n):
        top, bottom = figure.add_subplot(2, n, i + 1), figure.add_subplot(2, n, n + i + 1)
        _digit(top, images[i])
        _box(top, grids[i], images[i].shape)
        _digit(bottom, outputs[i])
        right = labels[i] == guesses[i]
        bottom.set_xlabel(f"{guesses[i]}" if right else f"{guesses[i]}, is {labels[i]}", fontsize=9,
                          color=INK if right else WRONG, fontweight="normal" if right else "bold")
        if i == 0:
            top.set_ylabel("input,\nbox: look here", fontsize=9)
            bottom.set_ylabel("output", fontsize=9)
    return figure


def class_means(images, outputs, labels):
    """The mean image of each class, before and after the transformer: the sharper, the better they line up."""
    figure = white_figure(11, 3.0, "The mean of all test digits of a class, before and after the transformer")
    for digit in range(10):
        for row, (name, pictures) in enumerate((("input", images), ("transformed", outputs))):
            axes = figure.add_subplot(2, 10, 10 * row + digit + 1)
            mean = pictures[labels == digit].sum(axis=0) / max(np.count_nonzero(labels == digit), 1)
            _digit(axes, mean, vmax=max(mean.max(), 1e-9))
            if digit == 0:
                axes.set_ylabel(f"mean\n{name}", fontsize=9)
        axes.set_xlabel(f"{digit}", fontsize=9)
    return figure


def learning_curves(history):
    """Test error, and the areas that the transformers look at, against the step."""
    figure = white_figure(9, 3.6)
    errors, areas = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    for name, (colour, line, marker) in zip(dict.fromkeys(row["network"] for row in history), NETWORK_STYLES):
        rows = [row for row in history if row["network"] == name]
        steps = [row["step"] for row in rows]
        errors.plot(steps, [100 * row["test_error"] for row in rows], line, color=colour, marker=marker, ms=4, label=name)
        if any(row["determinant"] != 1 for row in rows):
            areas.plot(steps, [row["determinant"] for row in rows], line, color=colour, marker=marker, ms=4,
                       label=f"{name}: area of the box, det A")
            areas.plot(steps, [row["inside"] for row in rows], ":", color=INK, label=f"{name}: share of samples inside")
    errors.set(xlabel="step", ylabel="test error, %", yscale="log", title="Test error")
    errors.yaxis.set_major_formatter("{x:g}")
    errors.yaxis.set_minor_formatter("{x:g}")
    errors.tick_params(axis="y", which="minor", labelsize=7)
    areas.set(xlabel="step", ylabel="1 = the whole image", title="How much of the image it looks at")
    for axes in (errors, areas):
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(fontsize=8)
    return figure


def straightening(images, grids, outputs, steps, path, seconds=6):
    """An animated GIF: one set of digits, and what the transformer makes of them as training goes on.

    Parameters
    ----------
    images : (n, H, W); grids : (frames, n, H', W', 2); outputs : (frames, n, H', W'); steps : (frames,)
    """
    n = len(images)
    figure = white_figure(0.8 * n + 0.4, 2.5, " ", dpi=90)
    canvas = FigureCanvasAgg(figure)
    boxes, shown = [], []
    for i in range(n):
        top, bottom = figure.add_subplot(2, n, i + 1), figure.add_subplot(2, n, n + i + 1)
        _digit(top, images[i])
        boxes.append(_box(top, grids[0][i], images[i].shape))
        shown.append(_digit(bottom, outputs[0][i]))
    figure.draw_without_rendering()
    figure.set_layout_engine("none")                     # laid out once, not again for each frame
    frames = []
    for step, looks, seen in zip(steps, grids, outputs):
        figure.suptitle(f"step {step}: above where it looks, below its output")
        for i in range(n):
            boxes[i].set_data(*_in_pixels(outline(looks[i]), images[i].shape).T)
            shown[i].set_data(seen[i])
        canvas.draw()
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
    write_whole(path, _gif(frames, seconds))


def _gif(frames, seconds):
    """The bytes of an endless GIF that takes so long, and lingers for a second on the first and the last frame."""
    rate = max(1, round(len(frames) / seconds))
    content = io.BytesIO()
    durations = [1000 / rate + 1000 * (k in (0, len(frames) - 1)) for k in range(len(frames))]
    frames[0].save(content, format="GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return content.getvalue()


def _digit(axes, picture, vmax=1.0):
    axes.set(xticks=[], yticks=[])
    return axes.imshow(picture, cmap="gray", vmin=0, vmax=vmax)


def _box(axes, grid, shape):
    """Draw the box at which the transformer looks; what lies outside the image is cut off at its frame."""
    [line] = axes.plot(*_in_pixels(outline(grid), shape).T, color=ORANGE, lw=1.6)
    axes.set(xlim=(-0.5, shape[1] - 0.5), ylim=(shape[0] - 0.5, -0.5))
    return line


def _in_pixels(points, shape):
    return np.stack([to_pixels(points[:, axis], size, True) for axis, size in enumerate(shape[::-1])], axis=1)
