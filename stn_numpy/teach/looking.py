"""Other ways to look: distortions with their inverses, the theta that undoes them best, and descent with any transform."""

from typing import NamedTuple

import numpy as np

from ..grid.transforms import TRANSFORMS, find_transform
from ..sampler.fast import bilinear_sampler_backward, bilinear_sampler_forward
from .descent import blur, canvas


class Distortion(NamedTuple):
    """Where each point of the distorted picture comes from, and the way back; both take points (..., 2)."""
    there: callable
    back: callable


def by_matrix(H):
    """The Distortion of a matrix (3, 3) that acts on (x, y, 1)."""
    H = np.array(H, float)
    return Distortion(lambda points: _project(H, points), lambda points: _project(np.linalg.inv(H), points))


def _project(H, points):
    X = np.concatenate([points, np.ones_like(points[..., :1])], axis=-1) @ H.T
    return X[..., :2] / X[..., 2:]


def waves(size=0.25, zoom=1.25):
    """Each row slides to the side, by a sine of its height."""
    def slide(y):
        return size * np.sin(np.pi * y)

    return Distortion(lambda p: np.stack([zoom * p[..., 0] + slide(zoom * p[..., 1]), zoom * p[..., 1]], axis=-1),
                      lambda p: np.stack([(p[..., 0] - slide(p[..., 1])) / zoom, p[..., 1] / zoom], axis=-1))


def _turned(degrees, zoom):
    c, s = zoom * np.cos(np.radians(degrees)), zoom * np.sin(np.radians(degrees))
    return [[c, -s, 0], [s, c, 0], [0, 0, 1]]


DISTORTIONS = {
    "zoomed": by_matrix([[1.4, 0, 0.2], [0, 1.4, -0.15], [0, 0, 1]]),
    "turned": by_matrix(_turned(35, 1.25)),
    "sheared": by_matrix([[1.2, 0.55, 0], [0, 1.2, 0], [0, 0, 1]]),
    "perspective": by_matrix([[1.25, 0, 0], [0, 1.25, 0], [0.3, 0.25, 1]]),
    "waves": waves(),
}
WAYS = ("attention", "affine", "projective", "tps")      # from few parameters to many
EXACT = 0.05         # pixels: a distortion counts as undone if points are off by less on average


def seen_at(U, grid):
    return bilinear_sampler_forward(U, grid, padding="border", need_cache=False)[0]


def grid_of(transform, theta, out_shape):
    return find_transform(transform).forward(theta, out_shape, True)[0]


def regular(out_shape):
    """The target grid, (1, H, W, 2)."""
    return grid_of("affine", TRANSFORMS["affine"].identity[None], out_shape)


def undo(transform, distortion, out_shape, steps=12):
    """The theta that undoes a distortion best: least squares over all points of the grid, by Gauss and Newton.

    Parameters
    ----------
    transform : str or Transform
    distortion : Distortion
    out_shape : (H, W)

    Returns
    -------
    theta : (1, P)
    off : float                      how far the points are off, a root of the mean square in pixels
    """
    transform, wanted, h = find_transform(transform), distortion.back(regular(out_shape)), 1e-4
    theta, P = transform.identity[None].astype(float), transform.n_parameters
    for _ in range(steps):
        ahead, behind = (grid_of(transform, theta + side * h * np.eye(P), out_shape) for side in (1, -1))
        J = ((ahead - behind) / (2 * h)).reshape(P, -1).T
        rest = (wanted - grid_of(transform, theta, out_shape)).ravel()
        theta = theta + np.linalg.lstsq(J, rest, rcond=None)[0]
    pixels = (wanted - grid_of(transform, theta, out_shape)) * (np.array(out_shape[::-1]) - 1) / 2
    return theta, float(np.sqrt((pixels ** 2).sum(axis=-1).mean()))


def undone(U, ways=WAYS, distortions=None):
    """What each transform makes of each distortion of U: way -> distortion -> (what is seen (H, W), pixels off)."""
    found = {way: {} for way in ("as it came", *ways)}
    for name, distortion in (distortions or DISTORTIONS).items():
        V = seen_at(U, distortion.there(regular(U.shape[2:])))
        found["as it came"][name] = V[0, 0], None
        for way in ways:
            theta, off = undo(way, distortion, U.shape[2:])
            found[way][name] = seen_at(V, grid_of(way, theta, U.shape[2:]))[0, 0], off
    return found


# --- Descent with any transform


def descend(transform, U, target, theta, steps=60, rate=1.0):
    """Gradient descent on theta (1, P) until U looks like the target; a step that does not help is halved, and again.

    Returns (theta, losses), L = sum (V - target)^2 / 2.
    """
    transform = find_transform(transform)
    losses = []
    for _ in range(steps):
        grid, grid_cache = transform.forward(theta, target.shape[2:], True)
        V, cache = bilinear_sampler_forward(U, grid, padding="border")
        losses.append(_loss(V, target))
        dtheta = transform.backward(bilinear_sampler_backward(V - target, cache)[1], grid_cache)
        while rate > 1e-9 and not _loss(seen_at(U, grid_of(transform, theta - rate * dtheta, target.shape[2:])),
                                        target) < losses[-1]:
            rate /= 2
        if rate <= 1e-9:
            break
        theta, rate = theta - rate * dtheta, 2 * rate
    return theta, np.array([*losses, _loss(seen_at(U, grid_of(transform, theta, target.shape[2:])), target)])


def _loss(V, target):
    return float(((V - target) ** 2).sum() / 2)


def task(transform, size=0.15, seed=0):
    """(U, target, theta) to train a transform on: a blurred digit, and the same seen at a theta near the identity."""
    U = blur(canvas(5), 1.5)
    transform = find_transform(transform)
    theta = transform.identity + size * np.random.default_rng(seed).uniform(0.5, 1, transform.n_parameters)
    return U, seen_at(U, grid_of(transform, theta[None], U.shape[2:])), theta[None]
