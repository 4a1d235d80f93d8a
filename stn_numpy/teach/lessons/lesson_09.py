"""Lesson 09, loss and one step: softmax cross-entropy, SGD, and the way back through a whole network."""

import numpy as np

import stn_numpy as stn

from ...network.modules import Linear
from ...training.sgd import SGD
from .lesson_08 import (linear_backward, localisation_backward, true_linear_backward, true_localisation_backward,
                        true_localisation_forward)
from .parts import Exercise, Mistake, Part, Prediction, Probe
from .shared_grid import fresh, numbers
from .shared_loss import (NO_MAXIMUM, OF_LOSS, OF_SOFTMAX, SHIFTED_BY_ANOTHER, loss_backward_recipe, softmax_recipe)
from .whole_network import OF_NETWORK, network_backward_recipe

# --- Solutions


def softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    return e / e.sum(axis=1, keepdims=True)


def softmax_cross_entropy_backward(dloss, logits, labels):
    N = len(labels)
    dlogits = softmax(logits)                         # p
    dlogits[np.arange(N), labels] -= 1                # p - y: one label for each row
    return dloss * dlogits / N                        # the loss is a mean over the batch


def sgd_step(param, grad, velocity, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * grad
    return param + velocity, velocity


def network_backward(dlogits, U, W1, b1, W2, b2, W3, b3):
    N, x = len(U), U.reshape(len(U), -1)
    h = np.maximum(x @ W1 + b1, 0)                                              # forward once more
    grid, grid_cache = stn.affine_grid_forward((h @ W2 + b2).reshape(N, 2, 3), U.shape[2:])
    V, sampler_cache = stn.bilinear_sampler_forward(U, grid)
    dV, dW3, db3 = linear_backward(dlogits, V.reshape(N, -1), W3, b3)           # and back, station by station
    _, dgrid = stn.bilinear_sampler_backward(dV.reshape(V.shape), sampler_cache)
    dtheta = stn.affine_grid_backward(dgrid, grid_cache).reshape(N, 6)
    _, dW1, db1, dW2, db2 = localisation_backward(dtheta, x, W1, b1, W2, b2)
    return dW1, db1, dW2, db2, dW3, db3


# --- The package's answers


def true_softmax(logits):
    return stn.softmax_cross_entropy_forward(logits, np.zeros(len(logits), int))[1].probabilities


def true_softmax_cross_entropy_backward(dloss, logits, labels):
    return stn.softmax_cross_entropy_backward(dloss, stn.softmax_cross_entropy_forward(logits, labels)[1])


def true_sgd_step(param, grad, velocity, learning_rate, momentum):
    """The package's SGD changes parameters in place: here those of a layer whose only input is 0, so that db = dout."""
    layer = Linear(1, param.size, dtype=param.dtype)
    sgd, now = SGD(layer, momentum), layer.params["b"]
    now[...], sgd.velocity["b"][...] = param.ravel(), velocity.ravel()
    layer.forward(np.zeros((1, 1), param.dtype))
    layer.backward(grad.reshape(1, -1))
    sgd.step(learning_rate)
    return now.reshape(param.shape), sgd.velocity["b"].reshape(param.shape)


def true_network_backward(dlogits, U, W1, b1, W2, b2, W3, b3):
    N, x = len(U), U.reshape(len(U), -1)
    theta = true_localisation_forward(x, W1, b1, W2, b2).reshape(N, 2, 3)
    grid, grid_cache = stn.affine_grid_forward(theta, U.shape[2:])
    V, sampler_cache = stn.bilinear_sampler_forward(U, grid)
    dV, dW3, db3 = true_linear_backward(dlogits, V.reshape(N, -1), W3, b3)
    _, dgrid = stn.bilinear_sampler_backward(dV.reshape(V.shape), sampler_cache)
    dtheta = stn.affine_grid_backward(dgrid, grid_cache).reshape(N, 6)
    return true_localisation_backward(dtheta, x, W1, b1, W2, b2)[1:] + (dW3, db3)


# --- Recipes


def move_by(velocity, grad, learning_rate, momentum):
    return momentum * velocity - learning_rate * grad


def by_the_new_one(param, old, new, grad, learning_rate, momentum):
    return param + new


def new_one(old, new):
    return new


def sgd_recipe(param, grad, velocity, learning_rate, momentum, *, change=move_by, move=by_the_new_one, keep=new_one):
    new = change(velocity, grad, learning_rate, momentum)
    return move(param, velocity, new, grad, learning_rate, momentum), keep(velocity, new)


# --- Mistakes

STEP = "lesson 09, a step, and momentum"

OF_STEP = (
    Mistake("momentum_forgotten",
            "Your numbers are exactly those of a step without momentum: the old velocity is thrown "
            "away.",
            "The new velocity begins with momentum * velocity.", STEP,
            ({"change": lambda v, g, rate, m: -rate * g},)),
    Mistake("momentum_on_grad", "Your numbers are exactly those of velocity - learning_rate * momentum * grad: the momentum "
            "shrinks the gradient, and the old velocity stays whole.",
            "momentum belongs to the old velocity, learning_rate to the gradient.", STEP,
            ({"change": lambda v, g, rate, m: v - rate * m * g},)),
    Mistake("velocity_kept_whole", "Your numbers are exactly those of a momentum of 1: the old velocity never shrinks.",
            "The new velocity begins with momentum * velocity.", STEP,
            ({"change": lambda v, g, rate, m: v - rate * g},)),
    Mistake("rate_for_momentum", "Your numbers are exactly those of learning_rate * velocity - momentum * grad: rate and "
            "momentum have changed places.",
            "momentum belongs to the old velocity, learning_rate to the gradient.", STEP,
            ({"change": lambda v, g, rate, m: rate * v - m * g},)),
    Mistake("momentum_on_param", "Your param is exactly momentum * param + velocity. Momentum shrinks the velocity. A "
            "parameter that it shrinks too is drawn to 0 in each step.",
            "Look at what momentum is multiplied by: it should be the old velocity alone.", STEP,
            ({"move": lambda p, old, new, g, rate, m: m * p + new},)),
    Mistake("rate_outside",
            "Your numbers are exactly those of another convention, velocity = momentum * velocity + grad "
            "and param - rate * velocity, which PyTorch uses. It is good too. But it keeps another velocity: here the "
            "rate is inside it.",
            "Move the rate into the line of the velocity, and the minus with it.", STEP,
            ({"change": lambda v, g, rate, m: m * v + g, "move": lambda p, old, new, g, rate, m: p - rate * new},)),
    Mistake("rate_twice",
            "Your numbers are exactly those of a rate that is multiplied in twice, inside the velocity and "
            "outside.",
            "With the rate inside, param moves by the velocity as it is.", STEP,
            ({"move": lambda p, old, new, g, rate, m: p + rate * new},)),
    Mistake("rate_on_all", "Your numbers are exactly those of learning_rate * (momentum * velocity - grad): the rate makes "
            "the old velocity smaller, too.",
            "The rate belongs to grad alone: the old velocity has it in it already.", STEP,
            ({"change": lambda v, g, rate, m: rate * (m * v - g)},)),
    Mistake("rate_forgotten", "Your numbers are exactly those of a learning rate of 1.",
            "grad is multiplied by learning_rate where the velocity is made.", STEP,
            ({"change": lambda v, g, rate, m: m * v - g},)),
    Mistake("uphill", "Your numbers are exactly those of + learning_rate * grad in the velocity: the step goes uphill.",
            "The gradient points to where the loss grows. The velocity takes it with a minus.", STEP,
            ({"change": lambda v, g, rate, m: m * v + rate * g},)),
    Mistake("velocity_subtracted", "Your param is exactly param - velocity, with the velocity that has the minus in it "
            "already.",
            "One minus is enough: param + velocity.", STEP,
            ({"move": lambda p, old, new, g, rate, m: p - new},)),
    Mistake("counted_downhill",
            "Your numbers are exactly those of a velocity counted the other way, momentum * velocity "
            "+ rate * grad, which is then subtracted. That is good on its own, but the velocity that is handed in here "
            "is counted along the move.",
            "Let the velocity be what is added to param.", STEP,
            ({"change": lambda v, g, rate, m: m * v + rate * g, "move": lambda p, old, new, g, rate, m: p - new},)),
    Mistake("old_velocity_moves", "Your param is exactly param plus the old velocity: this step's gradient counts only "
            "from the next step on.",
            "First make the new velocity, and then move by it.", STEP,
            ({"move": lambda p, old, new, g, rate, m: p + old},)),
    Mistake("velocity_not_kept", "The velocity that you return is the old one. The next step will not know of this "
            "gradient.",
            "Return the new velocity beside the new param.", STEP, ({"keep": lambda old, new: old},)),
    Mistake("averaged_gradient",
            "Your numbers are exactly those of a running mean, in which the gradient has the weight 1 - momentum. Here it "
            "enters in full.",
            "Look for 1 - momentum.", STEP,
            ({"change": lambda v, g, rate, m: m * v - (1 - m) * rate * g},
             {"change": lambda v, g, rate, m: m * v + (1 - m) * g,
              "move": lambda p, old, new, g, rate, m: p - rate * new})),
    Mistake("param_without_momentum", "Your param is exactly param - rate * grad, the step without a velocity.",
            "param moves by the new velocity: param + velocity.", STEP,
            ({"move": lambda p, old, new, g, rate, m: p - rate * g},)),
    Mistake("not_moved", "Your param is the old one. A step adds the new velocity to it.",
            "Look at what you return, and at where param + velocity goes.", STEP,
            ({"move": lambda p, old, new, g, rate, m: p},)),
    Mistake("divided_by_rate", "Your numbers are exactly those of grad / learning_rate.",
            "A small rate makes small steps: multiply.", STEP, ({"change": lambda v, g, rate, m: m * v - g / rate},)),
    Mistake("momentum_on_both", "Your numbers are exactly those of momentum * (velocity - learning_rate * grad): the gradient "
            "is made smaller, too.",
            "momentum belongs to the old velocity alone.", STEP,
            ({"change": lambda v, g, rate, m: m * (v - rate * g)},)),
    Mistake("one_gradient_for_all", "Your numbers are exactly those of one gradient for all entries, the mean of grad.",
            "Each entry of param has an entry of grad of its own: look for .mean().", STEP,
            ({"change": lambda v, g, rate, m: m * v - rate * g.mean()},)),
    Mistake("looking_ahead", "Your param is exactly param + momentum * velocity - rate * grad with the new velocity, a "
            "step that looks one ahead (Nesterov's). Wanted is the plain one.",
            "param moves by the new velocity, and by nothing else.", STEP,
            ({"move": lambda p, old, new, g, rate, m: p + m * new - rate * g},)),
)


# --- Probes: three images in the first, another number in the last, and sizes that all differ

LOGITS = numbers(201, 3, 5) / 5
HUGE_LOGITS = np.array([[1000.0, 998.5, 999.5, 998.0], [-801.0, -800.0, -801.5, -800.5], [750.5, 752.0, 750.0, 751.0],
                        [-700.0, 20.0, 19.5, 18.0], [20.5, 18.5, -699.0, 19.0]])
FAR_APART = [3000.0, 2.0, 1.0, 0.0]                  # so far that a mean does not help
SOFTMAX_PROBES = (Probe((LOGITS,), "three images and five classes"),
                  Probe((np.array([*HUGE_LOGITS, FAR_APART]),), "six images and huge logits"))
LOSS_PROBES = (Probe((0.7, LOGITS, np.array([4, 0, 2])), "three images and five classes"),
               Probe((2.5, HUGE_LOGITS, np.array([1, 3, 1, 3, 0])), "five images and huge logits"))
STEP_PROBES = (Probe((numbers(211, 3, 4), numbers(212, 3, 4), numbers(213, 3, 4) / 2, 0.1, 0.9),
                     "a rate of 0.1 and a momentum of 0.9"),
               Probe((fresh(214, 5, 2), 5 * fresh(215, 5, 2), 3 * fresh(216, 5, 2), 0.03, 0.6),
                     "a rate of 0.03 and a momentum of 0.6"))


def _network(draw, seed, divisor, N, C, H, W, hidden, K):
    """dlogits, U and six parameters, made smaller by a divisor, with theta not far from the identity."""
    shapes = [(N, K), (N, C, H, W), (C * H * W, hidden), (hidden,), (hidden, 6), (6,), (C * H * W, K), (K,)]
    dlogits, U, W1, b1, W2, b2, W3, b3 = (draw(seed + k, *shape) / divisor for k, shape in enumerate(shapes))
    return dlogits, U, W1 / 5, b1 / 5, W2 / 2, b2 / 5 + np.array([1.0, 0, 0, 0, 1, 0]), W3, b3


NETWORK_PROBES = (Probe(_network(numbers, 221, 10, 3, 2, 5, 4, 6, 7), "three images of two channels"),
                  Probe(_network(fresh, 231, 2, 4, 1, 6, 7, 5, 8), "four images of one channel"))



def sizes_of_logits(logits):
    return {"N": len(logits), "K": logits.shape[1]}


def sizes_of_loss(dloss, logits, labels):
    return {**sizes_of_logits(logits), "dloss": dloss}


def sizes_of_network(dlogits, U, W1, b1, W2, b2, W3, b3):
    return dict(zip(("N", "C", "H", "W", "hidden", "K"), (*U.shape, len(b1), len(b3))))

# --- Predictions


def untrained_loss():
    return float(stn.softmax_cross_entropy_forward(np.zeros((1, 10)), np.zeros(1, int))[0])


def row_of_dlogits():
    return round(float(true_softmax_cross_entropy_backward(1.0, LOGITS, np.array([4, 0, 2]))[1].sum()), 9)


def batch_twice():
    once = true_softmax_cross_entropy_backward(1.0, LOGITS, np.array([4, 0, 2]))
    twice = true_softmax_cross_entropy_backward(1.0, np.tile(LOGITS, (2, 1)), np.array([4, 0, 2] * 2))
    x = numbers(241, 3, 4)
    factor = (np.tile(x, (2, 1)).T @ twice / (x.T @ once)).mean()
    return {1.0: "same", 2.0: "twice", 0.5: "half"}[round(factor, 9)]


EXERCISES = (
    Exercise(
        id="softmax",
        lesson="09",
        arguments="logits",
        answer="p",
        axes=("n", "k"),
        task="p (N, K), the probabilities of K classes for each of N images; each row adds up to 1.",
        truth=true_softmax,
        solution=(softmax,),
        package=(stn.softmax_cross_entropy_forward,),
        recipe=softmax_recipe,
        mistakes=OF_SOFTMAX + (NO_MAXIMUM, SHIFTED_BY_ANOTHER),
        probes=SOFTMAX_PROBES,
        sizes=sizes_of_logits,
        hints=("e to the power of each shifted logit makes all of them positive: np.exp(shifted).",
               "Each row is divided by its own sum: e.sum(axis=1, keepdims=True) is (N, 1)."),
        well_done="No exp has overflowed, though one logit was 3000: with the largest of each row subtracted, no shifted logit "
                  "is above 0."),
    Exercise(
        id="softmax_cross_entropy_backward",
        lesson="09",
        arguments="dloss, logits, labels",
        answer="dlogits",
        axes=("n", "k"),
        task="dlogits (N, K), for loss = the mean over N images of -log p[n, labels[n]]; dloss is a number.",
        truth=true_softmax_cross_entropy_backward,
        solution=(softmax, softmax_cross_entropy_backward),
        package=(stn.softmax_cross_entropy_backward,),
        recipe=loss_backward_recipe,
        mistakes=OF_LOSS,
        probes=LOSS_PROBES,
        sizes=sizes_of_loss,
        hints=("For two classes the gradient was p0 and p1 - 1, with the label 1. What is it for K classes?",
               "It is p - y, where y is 1 at the label of each row and 0 elsewhere. Then there is the mean, and dloss.",
               "p[np.arange(N), labels] -= 1 takes 1 from one place in each row.",
               "dloss * (p - y) / N."),
        well_done="The only 1/N of the whole network is this one."),
    Exercise(
        id="sgd_step",
        lesson="09",
        arguments="param, grad, velocity, learning_rate, momentum",
        answer="param, velocity",
        parts=(Part("param", ("r", "k")), Part("velocity", ("r", "k"))),
        task="The new param and the new velocity; the arrays that come in stay as they are.",
        truth=true_sgd_step,
        solution=(sgd_step,),
        package=(SGD.step,),
        recipe=sgd_recipe,
        mistakes=OF_STEP,
        probes=STEP_PROBES,
        hints=("First the new velocity: a part of the old one, and the gradient's push on top.",
               "velocity = momentum * velocity - learning_rate * grad makes a new array; += would write into the old.",
               "Then param + velocity."),
        well_done="With momentum = 0 this is plain gradient descent."),
    Exercise(
        id="network_backward",
        lesson="09",
        arguments="dlogits, U, W1, b1, W2, b2, W3, b3",
        answer="dW1, db1, dW2, db2, dW3, db3",
        parts=(Part("dW1", ("r", "k")), Part("db1", ("k",)), Part("dW2", ("r", "k")), Part("db2", ("k",)),
               Part("dW3", ("r", "k")), Part("db3", ("k",))),
        task="The gradients of all six parameters, for the network of the worked example.",
        truth=true_network_backward,
        solution=(linear_backward, localisation_backward, network_backward),
        package=(stn.SpatialTransformer.backward,),
        recipe=network_backward_recipe,
        mistakes=OF_NETWORK,
        probes=NETWORK_PROBES,
        sizes=sizes_of_network,
        hints=("Go forward first and keep the two caches. Then walk back through the stations of the picture.",
               "The classifier: linear_backward(dlogits, V.reshape(N, -1), W3, b3) gives dV, dW3 and db3. Bring dV "
               "back into the shape of V.",
               "The sampler gives dU and dgrid; dgrid goes on: stn.affine_grid_backward(dgrid, grid_cache) is (N, 2, "
               "3).",
               "dtheta.reshape(N, 6) is what your localisation_backward of lesson 08 begins with; leave out its dx."),
        well_done="Every gradient of a spatial transformer network, from the loss to the weights that decide where to look."),
)

PREDICTIONS = (
    Prediction(
        id="untrained_loss",
        lesson="09",
        question="A classifier of ten digits is untrained: it gives every class the same probability. What is its "
                 "loss, -log p of the true class? (log is the natural logarithm; two decimals will do.)",
        form="a number",
        truth=untrained_loss,
        reason="Each p is 1/10, and -log(1/10) = log 10. A loss much larger than that at the start is a sign of "
               "something wrong.",
        count=1),
    Prediction(
        id="row_of_dlogits",
        lesson="09",
        question="dlogits is the gradient of the loss to the logits. What do the numbers of one row of it add up to?",
        form="a number",
        truth=row_of_dlogits,
        reason="The same number added to all logits of a row changes no probability, so it does not change the loss. A "
               "step in that direction has the slope 0, and this slope is the sum.",
        count=1),
    Prediction(
        id="batch_twice",
        lesson="09",
        question="Every image of a batch is put into it a second time, so that N is twice as large. What happens to "
                 "dW? The loss is the mean over the batch.",
        form='"same", "twice" or "half"',
        truth=batch_twice,
        reason="dW is a sum over twice as many images, and each of them has half the weight, 1/(2N). That is why the "
               "mean is taken: the size of a step does not depend on the size of the batch.",
        choices=("same", "twice", "half")),
)
