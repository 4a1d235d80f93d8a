"""Which transform can undo which distortion: a matrix of what is seen."""

from ..looking import EXACT
from .maps import number
from .picture import BLACK, BLUE, Picture, drawn, panels


@drawn
def undone(found, *, title=None):
    """Draw what each transform makes of each distortion.

    Parameters
    ----------
    found : dict                     way -> distortion -> (V (H, W), pixels off or None), as teach.looking.undone gives

    Returns
    -------
    picture : Picture                .numbers: way -> the distortions that it undoes
    """
    columns = list(next(iter(found.values()), {}))
    if not columns or any(list(row) != columns for row in found.values()):
        raise ValueError(f"wanted the same distortions for each way, got {[list(row) for row in found.values()]}")
    figure, axes = panels(1.62 * len(found) + 0.5, len(found), len(columns),
                          title or "What each transform, at its best, makes of each distortion")
    undoes = {}
    for line, (way, row) in zip(axes, found.items()):
        undoes[way] = [name for name, (_, off) in row.items() if off is not None and off < EXACT]
        for ax, (name, (V, off)) in zip(line, row.items()):
            ax.imshow(V, cmap="gray", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(True)
            good = name in undoes[way]
            ax.spines[:].set(color=BLUE if good else BLACK, lw=3 if good else 0.8)
            words = "" if off is None else "undone" if good else f"off by {number(off, 2)} pixels"
            ax.set_xlabel(words, color=BLUE if good else BLACK)
        line[0].set_ylabel(way)
    for ax, name in zip(axes[0], columns):
        ax.set_title(name)
    parts = "; ".join(f"{way} undoes {', '.join(names) or 'none of them'}" for way, names in undoes.items()
                      if any(off is not None for _, off in found[way].values()))
    return Picture(figure, f"A matrix of pictures, distortions from left to right: {', '.join(columns)}. {parts}.", undoes)
