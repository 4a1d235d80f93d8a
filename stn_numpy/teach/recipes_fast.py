"""Recipes for lesson 08: corners of samples by one flat index, gathered and scattered, ingredient by ingredient.

Called with nothing replaced, each is right. What comes after the * are the ingredients: small functions that a mistake
replaces by a wrong one.
"""

import numpy as np

# --- Ingredients, as they should be


def row_and_padding(H, W):
    """From a pixel to the one below it."""
    return W


def all_pixels(H, W):
    """From a padded image to the next."""
    return H * W


def image_by_image(n, c, N, C):
    """How many padded images come before channel c of image n."""
    return n * C + c


def right_then_down(row):
    """From the top left corner to itself, the top right, the bottom left and the bottom right."""
    return 0, 1, row, row + 1


def add_all(flat, places, values):
    for place, value in zip(places, values):
        np.add.at(flat, place, value)


# --- Recipes


def places(index, shape, *, row=row_and_padding, pixels=all_pixels, number=image_by_image, steps=right_then_down):
    """Where the four corners of each sample lie in the flat array of all padded images, (4, N, C, M)."""
    N, C, H, W = shape
    n, c = np.arange(N)[:, None, None], np.arange(C)[:, None]
    first = number(n, c, N, C) * pixels(H, W) + 0 * (n + c)                        # (N, C, 1)
    return np.stack([index[:, None] + first + step for step in steps(row(H, W))])


def gather_corners(P, index, **choices):
    return P.reshape(-1)[places(index, P.shape, **choices)]


def scatter_corners(dcorners, index, shape, *, put=add_all, **choices):
    dP = np.zeros(shape, dcorners.dtype)
    put(dP.reshape(-1), places(index, shape, **choices), dcorners)
    return dP
