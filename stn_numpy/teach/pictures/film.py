"""The film of digits being straightened as a network learns, made by the package's demonstration."""

import sysconfig
from pathlib import Path

import numpy as np

from .moving import moving

FILM = Path(__file__).resolve().parents[3] / "docs" / "straightening.gif"
INSTALLED = Path(sysconfig.get_path("data")) / "share" / "stn_numpy" / "docs" / FILM.name     # where a wheel puts it
STEPS, FRAMES = 2400, 40                   # of the demonstration that drew the film
SHOWN = 10                                 # frames kept: most of them early, where most happens


def film():
    """Twelve digits at ten moments of a training, as a moving picture: where the network looks, and what it makes of it.

    Raises FileNotFoundError where the film is neither in a clone nor installed.
    """
    from PIL import Image, ImageSequence

    there = [path for path in (FILM, INSTALLED) if path.exists()]
    if not there:
        raise FileNotFoundError(f"the film is neither {FILM} nor {INSTALLED}: install the package again")
    with Image.open(there[0]) as animation:
        frames = [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(animation)]
    chosen = np.unique(np.linspace(0, len(frames) - 1, SHOWN).round().astype(int))
    steps = (STEPS * np.linspace(0, 1, FRAMES) ** 2).round().astype(int)[chosen]
    return moving([frames[index] for index in chosen], [f"after {step} steps of training" for step in steps],
                  name="training", alt="Twelve distorted digits, each with the orange box at which a network looks, and "
                  "below each what the network makes of it. At first the box is the whole image and the digits stay "
                  "askew; at the end it lies around each digit, and they are upright, centred and of like size.")
