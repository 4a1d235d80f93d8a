"""Lesson 08, the network that decides: a linear layer, ReLU, and the way back through a whole localisation net."""

import numpy as np

import stn_numpy as stn

from .parts import Exercise, Mistake, Part, Prediction, Probe, Where
from .shared_grid import as_it_is, fresh, numbers
from .shared_network import (AVERAGED_OVER_BATCH, FORWARD, LAST_IMAGE_ONLY, LAST_OUTPUT_ONLY, MASK, OF_CHAIN, SUM_RULE,
                             UPSTREAM_OF_LAYERS, linear_backward_recipe, localisation_backward_recipe,
                             localisation_forward_recipe, rectified, through_weights, weights_reshaped,
                             where_positive)

# --- Solutions


def localisation_forward(x, W1, b1, W2, b2):
    z = x @ W1 + b1                                   # (N, hidden)
    h = np.maximum(z, 0)
    return h @ W2 + b2                                # theta, (N, 6)


def linear_backward(dout, x, W, b):
    dx = dout @ W.T                                   # x[n, d] goes to all K outputs of image n
    dW = x.T @ dout                                   # W[d, k] is shared by all images
    db = dout.sum(axis=0)                             # and so is b[k]
    return dx, dW, db


def relu_backward(dout, x):
    return dout * (x > 0)                             # all of dout where x is positive, and nothing elsewhere


def localisation_backward(dtheta, x, W1, b1, W2, b2):
    z = x @ W1 + b1                                   # forward once more, for what each step was given
    h = np.maximum(z, 0)
    dh, dW2, db2 = linear_backward(dtheta, h, W2, b2)
    dz = dh * (z > 0)
    dx, dW1, db1 = linear_backward(dz, x, W1, b1)
    return dx, dW1, db1, dW2, db2


# --- The package's answers


def true_linear_backward(dout, x, W, b):
    return stn.linear_backward(dout, stn.linear_forward(x, W, b)[1])


def true_localisation_forward(x, W1, b1, W2, b2):
    h, _ = stn.relu_forward(stn.linear_forward(x, W1, b1)[0])
    return stn.linear_forward(h, W2, b2)[0]


def true_localisation_backward(dtheta, x, W1, b1, W2, b2):
    z, z_cache = stn.linear_forward(x, W1, b1)
    h, h_cache = stn.relu_forward(z)
    theta, theta_cache = stn.linear_forward(h, W2, b2)
    dh, dW2, db2 = stn.linear_backward(dtheta, theta_cache)
    dx, dW1, db1 = stn.linear_backward(stn.relu_backward(dh, h_cache), z_cache)
    return dx, dW1, db1, dW2, db2


def true_relu_backward(dout, x):
    return stn.relu_backward(dout, stn.relu_forward(x)[1])


# --- Recipes


def relu_backward_recipe(dout, x, *, upstream=as_it_is, mask=where_positive, finish=as_it_is):
    return finish(mask(upstream(dout), x))


# --- Mistakes

OF_FORWARD = (
    Mistake("relu_missing", "Your numbers are exactly those of two linear layers with nothing between them. Such a "
            "pair can only do what one linear layer can.",
            "Look at what the second layer is given: it should be h, and not z.", FORWARD, ({"bend": as_it_is},)),
    Mistake("relu_at_the_end", "Your numbers are exactly those of a net with a ReLU after the last layer too. No entry "
            "of theta could be negative then, and nothing could turn left or move up.",
            "Look at your last line: theta is what the second layer gives, as it is.", FORWARD,
            ({"last": rectified},)),
    Mistake("bias_missing", "Your numbers are exactly those of a net without one of its biases.",
            "Look for b1 in the line of z, and for b2 in the line of theta.", FORWARD,
            ({"first": np.zeros_like}, {"second": np.zeros_like}, {"first": np.zeros_like, "second": np.zeros_like})),
    Mistake("other_bend", "Your numbers are exactly those of a net that bends z in another way: by its absolute value, "
            "or by keeping what is negative.",
            "ReLU keeps what is positive and puts 0 in place of the rest: np.maximum(z, 0).", FORWARD,
            ({"bend": np.abs}, {"bend": lambda z: np.minimum(z, 0)})),
    Mistake("squashed", "Your numbers are exactly those of a net that squashes z between two ends, by 1 / (1 + exp(-z)), by "
            "tanh or by a clip.",
            "ReLU has one end only, 0: np.maximum(z, 0).", FORWARD,
            ({"bend": lambda z: 1 / (1 + np.exp(-z))}, {"bend": np.tanh}, {"bend": lambda z: np.clip(z, 0, 1)},
             {"bend": lambda z: np.clip(z, -1, 1)})),
    Mistake("smoothed", "Your numbers are exactly those of a net with a smooth bend, log(1 + exp(z)), z / (1 + exp(-z)) or "
            "exp(z) - 1 below 0.",
            "ReLU has a kink: np.maximum(z, 0).", FORWARD,
            ({"bend": lambda z: np.log1p(np.exp(z))}, {"bend": lambda z: z / (1 + np.exp(-z))},
             {"bend": lambda z: np.where(z > 0, z, np.exp(z) - 1)})),
    Mistake("bias_after_relu", "Your numbers are exactly those of a net that adds b1 after ReLU: what is negative in x @ W1 "
            "is lost before the bias has been heard.",
            "z = x @ W1 + b1 comes first, with its bias, and then np.maximum(z, 0).", FORWARD, ({"late": True},)),
    Mistake("input_bent", "Your numbers are exactly those of a net whose input x goes through ReLU too.",
            "ReLU stands between the two layers. Images may have negative numbers.", FORWARD,
            ({"enter": rectified}, {"enter": rectified, "bend": as_it_is})),
    Mistake("leaky", "Your numbers are exactly those of the leaky ReLU of the worked example: a tenth of what is negative in z "
            "comes through.",
            "ReLU lets nothing of it through: np.maximum(z, 0).", FORWARD,
            ({"bend": lambda z: np.where(z >= 0, z, 0.1 * z)},)),
    Mistake("mask_for_relu", "Your numbers are exactly those of a net that hands on 1 where z is positive, and not z "
            "itself.",
            "z > 0 is a mask, for the way back. Forwards it is np.maximum(z, 0), or z * (z > 0).", FORWARD,
            ({"bend": lambda z: (z > 0).astype(z.dtype)},)),
)

OF_LINEAR = (
    weights_reshaped("dout @ W.T"),
    Mistake("inputs_reshaped", "Your numbers are exactly those of dout.T @ x, which has the axes the other way round, "
            "forced by a reshape into the shape of W. A reshape does not swap axes.",
            "x.T @ dout has the right shape from the start: (D, N) times (N, K).", "lesson 08, many images share the "
            "weights", ({"to_W": lambda dout, x: (dout.T @ x).reshape(x.shape[1], dout.shape[1])},)),
    AVERAGED_OVER_BATCH,
    LAST_IMAGE_ONLY,
    LAST_OUTPUT_ONLY,
    UPSTREAM_OF_LAYERS,
    Mistake("mean_over_outputs", "Your dx is exactly the right one divided by the number of outputs, as if a mean were "
            "taken over them. A number that goes to several outputs gets back the sum of what they say.",
            "Look for .mean() or a division where dx is made.", SUM_RULE,
            ({"to_x": lambda dout, W: through_weights(dout, W) / W.shape[1]},)),
)

OF_RELU = (
    Mistake("mask_forgotten",
            "Your dx is exactly dout: nothing is held back anywhere. Either the mask is missing, or it "
            "is true everywhere, as max(0, x) >= 0 is.",
            "Ask for each number: was x positive on the way forward?", MASK, ({"mask": lambda dout, x: dout},)),
    Mistake("mask_of_upstream", "Your numbers are exactly those of a mask made from dout: what is negative in dout is "
            "lost. A gradient may be negative; what decides is x.",
            "Look at what your comparison with 0 asks, x or dout. (np.maximum(dout, 0) is ReLU forward, on "
            "dout.)", MASK,
            ({"mask": lambda dout, x: dout * (dout > 0)},)),
    Mistake("rectified_too", "Your numbers are the right ones with what is negative in dout lost: the gradient passes where "
            "x and dout are both positive.",
            "x alone decides. A gradient may be negative.", MASK,
            ({"mask": lambda dout, x: np.maximum(dout, 0) * (x >= 0)},)),
    Mistake("mask_reversed",
            "Your numbers are exactly those of a mask the other way round: the gradient passes where x "
            "is negative.",
            "Where x is positive, out = x, so the slope there is 1.", MASK,
            ({"mask": lambda dout, x: dout * (x < 0)},)),
    Mistake("mask_alone", "Your dx is 1 where x is positive and 0 elsewhere: that is the slope of ReLU alone.",
            "By the chain rule it is to be multiplied by dout.", MASK,
            ({"upstream": np.ones_like}, {"upstream": np.ones_like, "mask": lambda dout, x: dout * (x > 0)})),
    Mistake("output_for_mask", "Your numbers are exactly those of dout times max(0, x), the output. The slope of ReLU "
            "is 1 where x is positive, however large x is.",
            "Look at what you multiply dout by: a condition such as x > 0, not a value.", MASK,
            ({"mask": lambda dout, x: dout * np.maximum(x, 0)},)),
    Mistake("sign_of_x", "Your numbers are exactly those of dout times the sign of x: where x is negative, -dout comes "
            "back. That is the slope of |x|.",
            "Where x is negative ReLU gives 0 and stays at 0, so its slope is 0, and not -1.", MASK,
            ({"mask": lambda dout, x: dout * np.sign(x)},)),
    Mistake("leaky", "Your numbers are exactly those of the leaky ReLU of the worked example: a tenth of dout comes "
            "back where x is negative.",
            "Of ReLU nothing comes back there: put 0 in place of 0.1.", MASK,
            ({"mask": lambda dout, x: dout * np.where(x >= 0, 1, 0.1)},)),
    Mistake("closed_passes_x", "Your dx is x itself where x is negative, where 0 belongs.",
            "The last argument of np.where is what stands where the condition is false: 0.", MASK,
            ({"mask": lambda dout, x: np.where(x >= 0, dout, x)},)),
    Mistake("added_for_multiplied", "Your numbers are exactly those of dout plus the slope of ReLU.",
            "By the chain rule the two are multiplied.", MASK,
            ({"mask": lambda dout, x: dout + (x >= 0)}, {"mask": lambda dout, x: dout + (x > 0)})),
    Mistake("smooth_slope", "Your numbers are exactly those of dout times the slope of a smooth bend.",
            "ReLU has a kink: its slope is 1 where x is positive, and 0 where x is negative.", MASK,
            (Where("It is 1 / (1 + exp(-x)), the slope of log(1 + exp(x)).", {"mask": lambda dout, x: dout / (1 + np.exp(-x))}),
             Where("It is 1 - tanh(x)^2, the slope of tanh.", {"mask": lambda dout, x: dout * (1 - np.tanh(x) ** 2)}))),
    Mistake("averaged_over_batch", "Your numbers are exactly the right ones divided by N, the number of images. Each "
            "image keeps its own gradient here.",
            "Look for / N or .mean().", MASK, ({"finish": lambda dx: dx / len(dx)},)),
)

# --- Probes: three images in the first and five in the last, and sizes that all differ

LINEAR = (Probe((numbers(81, 3, 4), numbers(82, 3, 5), numbers(83, 5, 4), numbers(84, 4)),
                "three images, 5 inputs and 4 outputs"),
          Probe((fresh(85, 5, 6), fresh(86, 5, 2), fresh(87, 2, 6), fresh(88, 6)), "five images, 2 inputs and 6 outputs"))
OFF_THE_KINK = np.arange(30).reshape(5, 6) % 7 > 0          # where x is 0, any slope is right; dout is 0 there
RELU = (Probe((numbers(91, 3, 4), numbers(92, 3, 4)), "three images and 4 numbers of either sign"),
        Probe((fresh(93, 5, 6) * OFF_THE_KINK, fresh(94, 5, 6) * OFF_THE_KINK), "five images, and a few places where x and "
              "dout are 0"))


def _net(draw, seed, divisor, N, D, hidden, P):
    """x, W1, b1, W2, b2 of a net for N images, its weights made smaller by a divisor."""
    x, W1, b1, W2, b2 = (draw(seed + k, *shape) for k, shape in
                         enumerate([(N, D), (D, hidden), (hidden,), (hidden, P), (P,)]))
    return x, W1 / divisor, b1, W2 / divisor, b2


NET = (Probe(_net(numbers, 101, 10, 3, 7, 5, 6), "three images, 7 inputs and 5 hidden units"),
       Probe(_net(fresh, 111, 1, 5, 4, 8, 2), "five images, 4 inputs, 8 hidden units and a theta of two numbers"))
NET_BACKWARD = tuple(Probe((numbers(121 + k, len(probe.arguments[0]), probe.arguments[-1].size), *probe.arguments),
                           probe.words) for k, probe in enumerate(NET))



def sizes_of_linear(dout, x, W, b):
    return {"N": len(x), "D": len(W), "K": len(b)}


def sizes_of_relu(dout, x):
    return {"N": len(x), "K": x.shape[1]}


def sizes_of_net(x, W1, b1, W2, b2):
    return {"N": len(x), "D": len(W1), "hidden": len(b1)}


def sizes_of_net_backward(dtheta, *net):
    return sizes_of_net(*net)

# --- Predictions


def _untrained(W2, b2):
    """A digit, and what an untrained transformer with this last layer makes of it."""
    rng = np.random.default_rng(0)
    U = rng.random((1, 1, 6, 7))
    W1 = rng.standard_normal((42, 8))
    theta = true_localisation_forward(U.reshape(1, -1), W1, np.zeros(8), W2, b2)
    grid, _ = stn.affine_grid_forward(theta.reshape(1, 2, 3), (6, 7))
    return U, theta[0], stn.bilinear_sampler_forward(U, grid)[0]


def zero_start():
    U, _, V = _untrained(np.zeros((8, 6)), np.zeros(6))
    return "grey" if np.ptp(V) == 0 and V.max() > 0 else "digit" if np.allclose(U, V) else "noise"


def identity_start():
    return tuple(_untrained(np.zeros((8, 6)), np.array([1.0, 0, 0, 0, 1, 0]))[1])


def first_step():
    """Which of dW1, db1, dW2, db2 are 0 where the last layer's weights are."""
    x, W1, b1, W2, b2 = _net(numbers, 101, 10, 3, 7, 5, 6)
    gradients = true_localisation_backward(numbers(121, 3, 6), x, W1, b1, np.zeros_like(W2), b2)[1:]
    return [k for k, gradient in enumerate(gradients, start=1) if not gradient.any()]


EXERCISES = (
    Exercise(
        id="localisation_forward",
        lesson="08",
        arguments="x, W1, b1, W2, b2",
        answer="theta",
        axes=("n", "k"),
        task="theta (N, 6) of N flattened images x (N, D): a linear layer, ReLU, and another linear layer.",
        truth=true_localisation_forward,
        solution=(localisation_forward,),
        package=(stn.linear_forward, stn.relu_forward),
        recipe=localisation_forward_recipe,
        mistakes=OF_FORWARD,
        probes=NET,
        sizes=sizes_of_net,
        hints=("z is there. What becomes of the numbers in it that are negative?",
               "h = np.maximum(z, 0), and the second layer is like the first, with W2 and b2.",
               "theta = h @ W2 + b2."),
        well_done="These few lines decide where a spatial transformer looks."),
    Exercise(
        id="linear_backward",
        lesson="08",
        arguments="dout, x, W, b",
        answer="dx, dW, db",
        parts=(Part("dx", ("n", "k")), Part("dW", ("r", "k")), Part("db", ("k",))),
        task="dx (N, D), dW (D, K) and db (K,) from dout (N, K), for out = x @ W + b.",
        truth=true_linear_backward,
        solution=(linear_backward,),
        package=(stn.linear_backward,),
        recipe=linear_backward_recipe,
        mistakes=OF_LINEAR,
        probes=LINEAR,
        sizes=sizes_of_linear,
        hints=("Write out[n, k] as a sum over d. Which of the out[n, k] has x[n, d] in it, and which has W[d, k]?",
               "x[n, d] is in the whole row n of out, so dx[n, d] is a sum over k. W[d, k] and b[k] are in the whole "
               "column k, so their gradients are sums over n.",
               "The shapes leave little choice: (N, D) from (N, K) and W (D, K); (D, K) from x (N, D) and (N, K).",
               "dx = dout @ W.T, dW = x.T @ dout, db = dout.sum(axis=0)."),
        well_done="Every fully connected network goes back by these three gradients."),
    Exercise(
        id="relu_backward",
        lesson="08",
        arguments="dout, x",
        answer="dx",
        axes=("n", "k"),
        task="dx, of the shape of x, from dout, for out = max(0, x).",
        truth=true_relu_backward,
        solution=(relu_backward,),
        package=(stn.relu_backward,),
        recipe=relu_backward_recipe,
        mistakes=OF_RELU,
        probes=RELU,
        sizes=sizes_of_relu,
        hints=("Leaky ReLU has the slopes 1 and 0.1. Which two has ReLU?",
               "Where x is positive dout comes back as it is, and where x is negative nothing does.",
               "dout * (x > 0): True counts as 1, False as 0."),
        well_done="A unit that was closed on the way forward is closed on the way back. Where x is exactly 0 there is a kink: "
                  "this package gives dout there, the right-hand slope, and PyTorch 0. Both are good."),
    Exercise(
        id="localisation_backward",
        lesson="08",
        arguments="dtheta, x, W1, b1, W2, b2",
        answer="dx, dW1, db1, dW2, db2",
        parts=(Part("dx", ("n", "k")), Part("dW1", ("r", "k")), Part("db1", ("k",)), Part("dW2", ("r", "k")),
               Part("db2", ("k",))),
        task="dx, dW1, db1, dW2, db2 from dtheta (N, 6), for theta = relu(x @ W1 + b1) @ W2 + b2.",
        truth=true_localisation_backward,
        solution=(linear_backward, localisation_backward),
        package=(stn.linear_backward, stn.relu_backward),
        recipe=localisation_backward_recipe,
        mistakes=OF_CHAIN,
        probes=NET_BACKWARD,
        sizes=sizes_of_net_backward,
        hints=("Go forward first, for z and h. Then back through three steps: linear, ReLU, linear.",
               "The second layer was given h: linear_backward(dtheta, h, W2, b2) gives dh, dW2, db2.",
               "dz = relu_backward(dh, z), and then linear_backward(dz, x, W1, b1)."),
        well_done="Now dtheta of lesson 07 reaches every weight of the net that decides where to look."),
)

PREDICTIONS = (
    Prediction(
        id="zero_start",
        lesson="08",
        question="The last layer of a localisation net is all zeros, weights and bias. What does the transformer hand "
                 "on, whatever digit it is shown?",
        form='"digit" (the digit as it was), "grey" (one even grey) or "noise"',
        truth=zero_start,
        reason="theta is 0 in all six entries, so every output pixel looks at the same point: x_s = y_s = 0, the "
               "middle of the image. All of the output has that one value.",
        choices=("digit", "grey", "noise")),
    Prediction(
        id="identity_start",
        lesson="08",
        question="The last layer has zero weights, and (1, 0, 0, 0, 1, 0) as its bias. What is theta, for any image?",
        form="six numbers, row by row",
        truth=identity_start,
        reason="Whatever h is, h times 0 is 0, and the bias is left: the identity. Every image is handed on as it is.",
        count=6),
    Prediction(
        id="first_step",
        lesson="08",
        question="With that start, zero weights in the last layer only, dtheta comes back for the first time. Which of "
                 "the gradients are 0: 1 dW1, 2 db1, 3 dW2, 4 db2?",
        form="a list of numbers from 1 to 4, such as [1, 2]",
        truth=first_step,
        reason="dh = dtheta W2^T is 0, and with it all that lies before it. dW2 = h^T dtheta is not: h is not 0. After "
               "one step W2 is no longer 0, and from then on the first layer learns too."),
)
