"""The film of digits being straightened as a network learns, made by the package's demonstration."""

from pathlib import Path

import numpy as np

from .moving import moving

FILM = Path(__file__).resolve().parents[3] / "docs" / "straightening.gif"
STEPS, FRAMES = 2400, 40                   # of the demonstration that drew the film
SHOWN = 10                                 # frames kept: most of them early, where most happens


def film():
    """Twelve digits at ten moments of a training, as a moving picture: where the network looks, and what it makes of it.

    Raises FileNotFoundError where the project's folder docs is not beside the package.
    """
    from PIL import Image, ImageSequence

    if not FILM.exists():
        raise FileNotFoundError(f"there is no {FILM}; the film comes with a clone of the project, so install that one "
                                "with  pip install -e .")
    with Image.open(FILM) as animation:
        frames = [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(animation)]
    chosen = np.unique(np.linspace(0, len(frames) - 1, SHOWN).round().astype(int))
    steps = (STEPS * np.linspace(0, 1, FRAMES) ** 2).round().astype(int)[chosen]
    return moving([frames[index] for index in chosen], [f"after {step} steps of training" for step in steps],
                  name="training", alt="Twelve distorted digits, each with the orange box at which a network looks, and "
                  "below each what the network makes of it. At first the box is the whole image and the digits stay "
                  "askew; at the end it lies around each digit, and they are upright, centred and of like size.")
