"""Layers of an ordinary network: linear, relu and softmax cross-entropy, each as a pair.

N is the number of images (or rows) in a batch. A linear layer turns D numbers into K; for a loss, K is the number of
classes. Only the loss divides by N: the mean over the batch is taken there and nowhere else.

Input and output are called x and out where they need not be feature maps, U and V where they are.
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
    """
    x, W, b = validate.arrays(x=(x, "N D"), W=(W, "D K"), b=(b, "K"))
    out = x @ W + b
    validate.results(out=out)
    return out, LinearCache(x, W)


def linear_backward(dout, cache, need_dx=True):
    """Gradient of linear_forward.

    Parameters
    ----------
    dout : (N, K)                    dL/dout
    need_dx : bool                   False leaves dx out (None), for an x that is data and needs no gradient

    Returns
    -------
    dx : (N, D)                      dL/dx
    dW : (D, K)                      dL/dW
    db : (K,)                        dL/db
    """
    x, W = validate.cache(cache, LinearCache, "linear_forward")
    dout = validate.gradient("dout", dout, (len(x), W.shape[1]), x.dtype)
    dx = dout @ W.T if validate.flag("need_dx", need_dx) else None
    dW, db = x.T @ dout, dout.sum(axis=0)
    validate.results(dx=dx, dW=dW, db=db)
    return dx, dW, db


class ReLUCache(NamedTuple):
    passes: np.ndarray     # bool, in the shape of x: where x >= 0, so where the gradient passes
    dtype: np.dtype        # of x, to check dout


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
    """
    x = validate.array("x", x)
    return np.maximum(x, 0, dtype=x.dtype), ReLUCache(x >= 0, x.dtype)


def relu_backward(dout, cache):
    """Gradient of relu_forward.

    Parameters
    ----------
    dout : like x                    dL/dout

    Returns
    -------
    dx : like x                      dL/dx
    """
    passes, dtype = validate.cache(cache, ReLUCache, "relu_forward")
    return validate.gradient("dout", dout, passes.shape, dtype) * passes


class SoftmaxCrossEntropyCache(NamedTuple):
    probabilities: np.ndarray    # (N, K), softmax of the logits: dlogits is these minus the truth
    labels: np.ndarray           # (N,), the column where the truth is 1


def softmax_cross_entropy_forward(logits, labels):
    """Turn logits into probabilities, and take the mean of -log(probability of the true class).

    p[n,k] = exp(logits[n,k]) / sum_j exp(logits[n,j]),     loss = -1/N sum_n log p[n,labels[n]]

    Adding a number to all logits of a row changes nothing, so the largest is subtracted first. Then no exp overflows,
    and the sum is at least 1, so its logarithm is finite.

    Parameters
    ----------
    logits : (N, K)                  unnormalised log-probabilities of K classes
    labels : (N,)                    whole numbers 0 .. K - 1, the true classes

    Returns
    -------
    loss : scalar of the dtype of the logits; log(K) for logits that are all equal
    cache : SoftmaxCrossEntropyCache

    Convention: the mean over the batch, so that the size of a gradient does not depend on N.
    Backward: dlogits[n,k] = dloss (p[n,k] - [k = labels[n]]) / N.   Labels are not variables and get no gradient.

    Raises TypeError for labels that are not whole numbers, ValueError for labels out of range.
    """
    logits = validate.array("logits", logits, "N K")
    N, K = logits.shape
    labels = validate.labels("labels", labels, N, K)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))           # (N, K)
    loss = -log_p[np.arange(N), labels].mean()
    validate.results(loss=loss)
    return loss, SoftmaxCrossEntropyCache(np.exp(log_p), labels)


def softmax_cross_entropy_backward(dloss, cache):
    """Gradient of softmax_cross_entropy_forward.

    Parameters
    ----------
    dloss : scalar                   dL/dloss: 1 where L is this loss itself

    Returns
    -------
    dlogits : (N, K)                 dL/dlogits
    """
    p, labels = validate.cache(cache, SoftmaxCrossEntropyCache, "softmax_cross_entropy_forward")
    dloss = validate.loss_gradient(dloss, p.dtype)
    N = len(labels)
    dlogits = p.copy()
    dlogits[np.arange(N), labels] -= 1
    dlogits *= dloss / N
    return dlogits
