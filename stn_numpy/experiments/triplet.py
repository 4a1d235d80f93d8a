"""The triplet hinge loss of co-localisation (A.2): objects should look alike, and unlike a piece of background."""

from typing import NamedTuple

import numpy as np

from ..checking import validate


class TripletHingeCache(NamedTuple):
    e: np.ndarray          # (N, K), for the directions in which to pull and push
    e_random: np.ndarray   # (N, K), likewise
    active: np.ndarray     # (N, N) of 0 and 1 in the dtype of e: which pairs still cost something


def triplet_hinge_forward(e, e_random, alpha=1.0):
    """Compare what is seen in each image with what is seen in all others, and with a random piece of the same image.

    margin[n,m] = |e[n] - e[m]|^2 - |e[n] - e_random[n]|^2 + alpha
    loss        = sum_n sum_{m != n} max(0, margin[n,m])

    Parameters
    ----------
    e : (N, K)                       encoding of what the transformer hands on, for each image; N at least 2
    e_random : (N, K)                encoding of a random crop of the same image
    alpha : float                    by how much nearer to e[n] every e[m] should be than e_random[n]; in squared units
                                     of e, so it means nothing without knowing how long the encodings are

    Returns
    -------
    loss : scalar of the dtype of e, a sum over N (N - 1) ordered pairs, as in the paper
    cache : TripletHingeCache

    Convention: at the kink, margin = 0, the derivative of the hinge is the right-hand one, 1, as in relu_forward.
    Backward: with a[n,m] = 1 where margin[n,m] >= 0 and n != m, else 0,
        de[n]        = 2 sum_m (a[n,m] + a[m,n]) (e[n] - e[m])  -  2 sum_m a[n,m] (e[n] - e_random[n])
        de_random[n] = 2 sum_m a[n,m] (e[n] - e_random[n]):   e[n] stands in its own pairs and in those of the others.

    Raises ValueError for a lone image and for an alpha that is not a finite number.
    """
    e, e_random = validate.arrays(e=(e, "N K"), e_random=(e_random, "N K"))
    if len(e) < 2:
        raise ValueError(f"e must hold at least two images to compare, got {len(e)}")
    validate.number("alpha", alpha)
    to_others = np.square(e[:, None] - e).sum(axis=2)                              # (N, N)
    to_random = np.square(e - e_random).sum(axis=1)                                # (N,)
    margin = to_others - to_random[:, None] + e.dtype.type(alpha)                  # (N, N)
    active = (margin >= 0).astype(e.dtype)
    np.fill_diagonal(active, 0)                                                    # m != n
    loss = (active * margin).sum()
    validate.results(loss=loss)
    return loss, TripletHingeCache(e, e_random, active)


def triplet_hinge_backward(dloss, cache):
    """Gradient of triplet_hinge_forward.

    Parameters
    ----------
    dloss : scalar                   dL/dloss: 1 / (N (N - 1)) for the mean over pairs

    Returns
    -------
    de : (N, K)                      dL/de
    de_random : (N, K)               dL/de_random
    """
    e, e_random, active = validate.cache(cache, TripletHingeCache, "triplet_hinge_forward")
    dloss = validate.loss_gradient(dloss, e.dtype)
    either = active + active.T                                                     # (N, N)
    pull = either.sum(axis=1, keepdims=True) * e - either @ e                      # sum_m either[n,m] (e[n] - e[m])
    push = active.sum(axis=1, keepdims=True) * (e - e_random)
    de, de_random = 2 * dloss * (pull - push), 2 * dloss * push
    validate.results(de=de, de_random=de_random)
    return de, de_random
