"""What is kept and shown of MNIST addition: the record, the table beside the paper's, and the pictures.

A record has the form of those of Table 1 (see records.py), with one curve and a test error for all networks, and

    follows    network -> for each of its transformers how closely the middle of its box follows the digit in either
               channel: a correlation over test pairs, 1 where it moves with the digit, 0 where it does not
"""

import numpy as np
from matplotlib.patches import Rectangle

from ..grid.coordinates import pixel_centres, to_pixels
from ..pictures.look import BLUE, GREEN, INK, ORANGE, WRONG, white_figure
from ..pictures.run import outline
from . import paper
from .records import Form

SHOWN = 5                                # test pairs in the picture, the first ones
WATCHED = 1000                           # test pairs over which it is found out what the boxes follow
GAP = 2                                  # pixels between the two channels of a pair
STYLES = {"FCN": (ORANGE, "--", "s"), "ST-FCN Aff": (GREEN, "-.", "^"), "2xST-FCN Aff": (BLUE, "-", "o")}
BOXES = {1: ((GREEN, "-"),), 2: ((BLUE, "-"), (ORANGE, "--"))}       # colours and lines, by the number of transformers


def _name(record):
    settings = record["configuration"]
    return f"addition-{settings['train_digits']}-digits-{settings['steps']}-steps-seed-{record['seed']}.json"


def _fault(record):
    """What is wrong with a record that is whole and was not changed, or None."""
    if record["test_errors"].keys() != record["configuration"]["networks"].keys():
        return f"'test_errors' must name the networks of the configuration, got {', '.join(record['test_errors'])}"
    return None


FORM = Form(experiment="addition", title="MNIST addition", name=_name, fault=_fault,
            kinds={"test_errors": dict, "follows": dict},
            settings={"steps": int, "batch_size": int, "learning_rate": float, "momentum": float, "schedule": str,
                      "localisation_factor": float, "networks": dict, "test_pairs": int, "train_digits": int,
                      "test_digits": int})


def picture_paths(record):
    """Where the pictures of a record are kept, given its own path: what the transformers look at, and the curves."""
    return [record.with_name(f"{record.stem}-{name}.png") for name in ("looks", "curves")]


def in_words(record):
    """A record in Markdown, as the results page has it: errors, what the boxes follow, and how it was trained."""
    c = record["configuration"]
    how = (f"{c['steps']:,} steps of {c['batch_size']} pairs, seed {record['seed']}, {c['train_digits']:,} digits to "
           f"learn from; rate {c['learning_rate']:g}, {c['schedule']}; momentum {c['momentum']:g}; factor "
           f"{c['localisation_factor']:g} for the localisation nets; {record['processor_seconds'] / 60:.0f} minutes "
           f"of a processor for all networks. Tested on {c['test_pairs']:,} pairs of {c['test_digits']:,} digits. "
           f"Sizes of the layers: {'; '.join(_sizes(*built) for built in c['networks'].items())}.")
    return "\n\n".join([table(record), _table_of_follows(record), how])


def _sizes(name, sizes):
    layers = ["-".join(map(str, sizes[part])) for part in ("localisation", "classifier") if part in sizes]
    return f"{name} {', '.join(layers)} ({sizes['parameters']:,} parameters)"


def table(record):
    """Our errors beside the paper's, in Markdown; a row that was not run stays empty."""
    ours = {name: f"**{100 * error:.1f}**" for name, error in record["test_errors"].items()}
    rows = [f"| {name} | {ours.get(name, '–')} | {error:.1f} |" for name, error in paper.TABLE_4.items()]
    return "\n".join(["| test error, % | ours | the paper's |", "| --- | --- | --- |", *rows])


def _table_of_follows(record):
    rows = [f"| {name}, box {i} | {first:.2f} | {second:.2f} |" for name, boxes in record["follows"].items()
            for i, (first, second) in enumerate(boxes, start=1)]
    return "\n".join(["| follows | the first digit | the second |", "| --- | --- | --- |", *rows])


def follows(run):
    """How closely each box follows each digit, network -> (transformers, channels), as lists."""
    pairs = run.test_images[:WATCHED]
    digits = np.stack([_places(pairs[:, channel]) for channel in range(pairs.shape[1])])             # (C, N, 2)
    found = {}
    for name, transformers in _transformers(run).items():
        for transformer in transformers:
            transformer.forward(pairs)
            middle = transformer.theta[:, [2, 5]]                                # of an affine box: its shift
            found.setdefault(name, []).append([_correlation(middle, place) for place in digits])
    return found


def _transformers(run):
    return {name: list(network.children["transformer"].children.values())
            for name, network in run.networks.items() if "transformer" in network.children}


def _places(images):
    """Centres of mass of images (N, H, W), (N, 2) in normalised coordinates (x, y)."""
    mass = images.sum(axis=(1, 2))
    return np.stack([images.sum(axis=other) @ pixel_centres(size, True, images.dtype) / mass
                     for other, size in ((1, images.shape[2]), (2, images.shape[1]))], axis=1)


def _correlation(a, b):
    """Of points (N, 2) with points (N, 2), both coordinates together; 0 if either set does not move."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    spread = np.sqrt((a * a).sum() * (b * b).sum())
    return round(float((a * b).sum() / spread), 4) if spread > 0 else 0.0


def looks(run):
    """The first test pairs: where each transformer looks, what it sees in both channels, and the sum that is read."""
    pairs, digits = run.test_images[:SHOWN], run.test_digits[:SHOWN]
    rows = [row for name in _transformers(run) for row in _rows_of(run, name, pairs)]
    figure = white_figure(2.5 * SHOWN + 0.6, 1.38 * len(rows) + 0.5,
                          "Each pair is one image with two channels, shown side by side; a transformer has one box for "
                          "both of them")
    panels = figure.subplots(len(rows), SHOWN)
    for line, (title, shown, grids, sums) in zip(panels, rows):
        line[0].set_ylabel(title, fontsize=9)
        for i, axes in enumerate(line):
            _pair(axes, shown[i])
            for grid, (colour, style) in zip(grids, BOXES.get(len(grids), ())):
                _boxes(axes, grid[i], shown.shape[2:], colour, style)
            if sums is not None:
                _say(axes, digits[i], sums[i])
    return figure


def _rows_of(run, name, pairs):
    """Rows of the picture, (title, pairs of images to show, boxes upon them, sums below or None)."""
    network, transformers = run.networks[name], _transformers(run)[name]
    sums = network.forward(pairs).argmax(axis=1)
    seen = [transformer.forward(pairs) for transformer in transformers]
    yield f"{name}:\nwhere it looks", pairs, [transformer.grid for transformer in transformers], None
    for i, (views, (_, line)) in enumerate(zip(seen, BOXES[len(seen)])):
        which = "" if len(seen) == 1 else f"box {i + 1} ({'solid' if line == '-' else 'dashed'})\n"
        yield f"{which}hands on", views, [], sums if i == len(seen) - 1 else None


def _pair(axes, channels):
    """Two channels (2, H, W) side by side."""
    between = np.full((channels.shape[1], GAP), np.nan)
    axes.imshow(np.hstack([channels[0], between, channels[1]]), cmap="gray", vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _boxes(axes, grid, shape, colour, style):
    """The same box in both channels; what lies outside an image is cut off at its edge."""
    x, y = (to_pixels(outline(grid)[:, axis], size, True) for axis, size in enumerate(shape[::-1]))
    for left in (0, shape[1] + GAP):
        [line] = axes.plot(x + left, y, style, color=colour, lw=1.8)
        line.set_clip_path(Rectangle((left - 0.5, -0.5), shape[1], shape[0], transform=axes.transData))
    axes.set(xlim=(-0.5, 2 * shape[1] + GAP - 0.5), ylim=(shape[0] - 0.5, -0.5))


def _say(axes, digits, said):
    right = digits.sum() == said
    axes.set_xlabel(f"{digits[0]} + {digits[1]}: reads {said}" + ("" if right else f", is {digits.sum()}"), fontsize=9,
                    color=INK if right else WRONG, fontweight="normal" if right else "bold")


def curves(record):
    """Test error against the step, a line for each network; at the right edge, triangles: the paper's."""
    figure = white_figure(8, 4)
    axes = figure.subplots()
    for name, (colour, line, marker) in STYLES.items():
        points = [row for row in record["curve"] if row["network"] == name]
        axes.plot([row["step"] for row in points], [100 * row["test_error"] for row in points], line, color=colour,
                  marker=marker, ms=4,
                  label=f"{name}: {100 * points[-1]['test_error']:.1f} % (paper: {paper.TABLE_4[name]} %)")
        axes.plot(1.02, paper.TABLE_4[name], "<", color=colour, clip_on=False, transform=axes.get_yaxis_transform())
    axes.set(xlabel="step", ylabel="test error, %", ylim=(0, 100),
             title="MNIST addition: test error as training goes on (triangles: where the paper ended)")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=len(STYLES), fontsize=9)
    return figure
