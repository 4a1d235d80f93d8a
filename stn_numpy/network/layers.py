"""Layers of an ordinary network: linear, relu and softmax cross-entropy, each as a pair.

N is the number of images (or rows) in a batch, D and K are the numbers that go into and come out of a linear layer; K
is also the number of classes. The mean over the batch is taken in one place: the loss divides by N, nothing else does.
"""

from typing import NamedTuple

import numpy as np

from ..checking import validate


class LinearCache(NamedTuple):
    x: np.ndarray          # (N, D), for dW
    W: np.ndarray          # (D, K), for dx


def linear_forward(x, W, b):
    """Multiply each row of x by W and add b.

    out[n,k] = sum_d x[n,d] W[d,k] + b[k]

    Parameters
    ----------
    x : (N, D)                       one row for each image
    W : (D, K)                       weights; a column for each output
    b : (K,)                         biases

    Returns
    -------
    out : (N, K)
    cache : LinearCache

    Convention: W is (D, K), applied from the right. (PyTorch keeps its transpose.)
    Backward: dx = dout W^T,   dW = x^T dout,   db[k] = sum_n dout[n,k]: x[n] acts on one row, W and b on all.

    Raises TypeError for dtypes other than float32 or float64, ValueError for shapes that do not fit, NaN or infinity.
    """
    x, W, b = validate.arrays(x=(x, "N D"), W=(W, "D K"), b=(b, "K"))
    return x @ W + b, LinearCache(x, W)


def linear_backward(dout, cache, need_dx=True):
    """Gradient of linear_forward.

    Parameters
    ----------
    dout : (N, K)                    dL/dout
    need_dx : bool                   False leaves dx out (None), where x is data and nobody asks for it

    Returns
    -------
    dx : (N, D)                      dL/dx
    dW : (D, K)                      dL/dW
    db : (K,)                        dL/db
    """
    x, W = cache
    dout = validate.gradient("dout", dout, (len(x), W.shape[1]), x.dtype)
    return dout @ W.T if need_dx else None, x.T @ dout, dout.sum(axis=0)


class ReLUCache(NamedTuple):
    x: np.ndarray          # any shape; where it is negative, nothing passes


def relu_forward(x):
    """Keep what is positive, entry by entry.

    out = max(0, x)

    Parameters
    ----------
    x : any shape

    Returns
    -------
    out : like x
    cache : ReLUCache

    Convention: at the kink, x = 0, the derivative is the right-hand one, 1. (PyTorch takes the left-hand one, 0.)
    Backward: dx = dout where x >= 0, else 0.

    Raises TypeError for dtypes other than float32 or float64, ValueError for an empty x, NaN or infinity.
    """
    x, = validate.arrays(x=(x, " ".join(map(str, np.shape(x)))))
    return np.maximum(x, 0, dtype=x.dtype), ReLUCache(x)


def relu_backward(dout, cache):
    """Gradient of relu_forward.

    Parameters
    ----------
    dout : like x                    dL/dout

    Returns
    -------
    dx : like x                      dL/dx
    """
    dout = validate.gradient("dout", dout, cache.x.shape, cache.x.dtype)
    return dout * (cache.x >= 0)


class SoftmaxCrossEntropyCache(NamedTuple):
    probabilities: np.ndarray    # (N, K), softmax of the logits: dlogits is these less the truth
    labels: np.ndarray           # (N,), where the truth is 1


def softmax_cross_entropy_forward(logits, labels):
    """Turn logits into probabilities, and take the mean of -log(probability of the true class).

    p[n,k] = exp(logits[n,k]) / sum_j exp(logits[n,j]),     loss = -1/N sum_n log p[n,labels[n]]

    Adding a number to all logits of a row changes nothing, so the largest is subtracted first: no exp overflows, and
    the sum is at least 1, so that its logarithm is good too.

    Parameters
    ----------
    logits : (N, K)                  unnormalised log-probabilities of K classes
    labels : (N,)                    whole numbers 0 .. K - 1, the true classes

    Returns
    -------
    loss : scalar of the dtype of the logits, in nats; log(K) for logits that are all equal
    cache : SoftmaxCrossEntropyCache

    Convention: the mean over the batch, so that the size of a gradient does not depend on N.
    Backward: dlogits[n,k] = dloss (p[n,k] - [k = labels[n]]) / N.   The labels are no variables and get no gradient.

    Raises TypeError for logits that are not float32 or float64 and for labels that are not whole numbers, ValueError
    for shapes that do not fit, for labels out of range, NaN or infinity.
    """
    logits, = validate.arrays(logits=(logits, "N K"))
    N, K = logits.shape
    labels = validate.labels("labels", labels, N, K)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))           # (N, K)
    loss = -log_p[np.arange(N), labels].mean()
    return loss, SoftmaxCrossEntropyCache(np.exp(log_p), labels)


def softmax_cross_entropy_backward(dloss, cache):
    """Gradient of softmax_cross_entropy_forward.

    Parameters
    ----------
    dloss : scalar                   dL/dloss: 1 where the loss is what is to be made small

    Returns
    -------
    dlogits : (N, K)                 dL/dlogits
    """
    p, labels = cache
    dloss = validate.gradient("dloss", np.asarray(dloss, p.dtype), (), p.dtype)
    N = len(labels)
    dlogits = p.copy()
    dlogits[np.arange(N), labels] -= 1
    dlogits *= dloss / N
    return dlogits
