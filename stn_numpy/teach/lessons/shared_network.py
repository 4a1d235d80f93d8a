"""What the lessons on networks share: a linear layer and a localisation net, and what goes wrong on the way back."""

import numpy as np

from .parts import Mistake, Where
from .shared_grid import as_it_is

# --- Ingredients, as they should be


def through_weights(dout, W):
    return dout @ W.T


def through_inputs(dout, x):
    return x.T @ dout


def sum_over_images(dout):
    return dout.sum(axis=0)


def rectified(z):
    return np.maximum(z, 0)


def where_positive(dout, x):
    return dout * (x >= 0)


def after_relu(z, h):
    return h


# --- Ingredients of mistakes


def leaky(z, h=None):
    return np.where(z >= 0, z, z / 10)


def leaky_mask(dh, z):
    return np.where(z >= 0, dh, dh / 10)


# --- Recipes


def linear_backward_recipe(dout, x, W, b, *, upstream=as_it_is, to_x=through_weights, to_W=through_inputs,
                           to_b=sum_over_images):
    dout = upstream(dout)
    return to_x(dout, W), to_W(dout, x), to_b(dout)


def localisation_forward_recipe(x, W1, b1, W2, b2, *, enter=as_it_is, first=as_it_is, bend=rectified, late=False,
                                second=as_it_is, last=as_it_is):
    z = enter(x) @ W1
    h = bend(z) + b1 if late else bend(z + first(b1))
    return last(h @ W2 + second(b2))


def localisation_backward_recipe(dtheta, x, W1, b1, W2, b2, *, upstream=as_it_is, first=as_it_is, mask=where_positive,
                                 activation=after_relu, to_x=through_weights, to_W=through_inputs,
                                 to_b=sum_over_images, bias_after_mask=True):
    z = x @ W1 + first(b1)
    h, dtheta = rectified(z), upstream(dtheta)
    dh = to_x(dtheta, W2)
    dz = mask(dh, z)
    db1 = to_b(dz if bias_after_mask else dh)
    return to_x(dz, W1), to_W(dz, x), db1, to_W(dtheta, activation(z, h)), to_b(dtheta)


# --- Mistakes

FORWARD = "lesson 08, the whole localisation net"
MASK = "lesson 08, a bend"
CHAIN = "lesson 08, the shapes there and back"
SUM_RULE = "lesson 08, one image, one number"
SHARED = "lesson 08, many images share the weights"


def weights_reshaped(right):
    """The weights brought into the shape of their transpose by a reshape."""
    return Mistake("weights_reshaped", "Your numbers are exactly those of weights forced into the shape of their "
                   "transpose by a reshape. That keeps the numbers in their order, and so puts them in wrong places.",
                   f"Look for reshape. The transpose is .T: {right}.", SUM_RULE,
                   ({"to_x": lambda dout, W: dout @ W.reshape(W.shape[::-1])},))


AVERAGED_OVER_BATCH = Mistake(
    "averaged_over_batch",
    "Your numbers are exactly those of a gradient averaged over the batch: the right ones divided "
    "by N, the number of images. The mean belongs to the loss, and what comes from there has it in it already.",
    "Look for / N or .mean() where the parameters' gradients are made.", SHARED,
    ({"to_W": lambda dout, x: through_inputs(dout, x) / len(x), "to_b": lambda dout: dout.mean(axis=0)},
     {"upstream": lambda dout: dout / len(dout)}))

LAST_IMAGE_ONLY = Mistake(
    "last_image_only",
    "Your numbers are exactly those of the last image alone. All images share the parameters, so what "
    "they say adds up.",
    "Look for a = inside a loop over the images that should be +=.", SHARED,
    ({"to_W": lambda dout, x: through_inputs(dout[-1:], x[-1:]), "to_b": lambda dout: dout[-1]},))

LAST_OUTPUT_ONLY = Mistake(
    "last_output_only",
    "Your numbers are exactly those of one output alone. A number that goes to several outputs gets back the sum of what "
    "they say.",
    "Look for a = inside a loop over the outputs that should be +=.", SUM_RULE,
    (Where("It is the last one.", {"to_x": lambda dout, W: through_weights(dout[:, -1:], W[:, -1:])}),
     Where("It is the first one.", {"to_x": lambda dout, W: through_weights(dout[:, :1], W[:, :1])})))

UPSTREAM_OF_LAYERS = Mistake(
    "upstream_ignored",
    "Your numbers are exactly those of an upstream gradient that is 1 everywhere. By the chain rule "
    "every gradient here is multiplied by it.",
    "Look for the upstream gradient, the first argument, in each of your lines.", "lesson 05, the chain rule",
    ({"upstream": np.ones_like},))

OF_CHAIN = (
    Mistake("relu_forgotten",
            "Your numbers are exactly those of a way back without the mask of ReLU: dh goes on as dz. "
            "Either it is missing, or it asks h >= 0, which is always true.",
            "Between dh and dz stands relu_backward, which asks z.", MASK,
            ({"mask": lambda dh, z: dh},)),
    Mistake("mask_of_upstream",
            "Your numbers are exactly those of a mask made from dh, the gradient. What decides is z, "
            "that which ReLU was given.",
            "Look at what your comparison with 0 asks.", MASK, ({"mask": lambda dh, z: dh * (dh > 0)},)),
    Mistake("mask_reversed",
            "Your numbers are exactly those of a mask the other way round: the gradient passes where z "
            "is negative.",
            "Where z is positive the slope of ReLU is 1.", MASK, ({"mask": lambda dh, z: dh * (z < 0)},)),
    Mistake("output_for_mask", "Your numbers are exactly those of dh times h, the output of ReLU. The slope of ReLU is 1 where z "
            "is positive, however large z is.",
            "Look at what you multiply dh by: a condition such as z > 0, not a value.", MASK,
            ({"mask": lambda dh, z: dh * np.maximum(z, 0)},)),
    Mistake("leaky", "Your numbers are exactly those of a leaky ReLU, which lets a tenth of what is negative through.",
            "Nothing of it comes through ReLU, on either way.", MASK,
            (Where("It is so on the way back.", {"mask": leaky_mask}),
             Where("It is so on the way forward.", {"activation": leaky}),
             Where("It is so on both ways.", {"mask": leaky_mask, "activation": leaky}))),
    Mistake("before_relu", "Your dW2 is exactly z.T @ dtheta. The second layer was not given z, but h, what ReLU made "
            "of it.",
            "Each layer's dW has in it what that layer was given.", CHAIN, ({"activation": lambda z, h: z},)),
    Mistake("bias_before_mask", "Your db1 is exactly the sum of dh. b1 stands before ReLU, so its gradient is the sum "
            "of dz.",
            "Look at where you continue with dh, and where with dz.", CHAIN, ({"bias_after_mask": False},)),
    Mistake("bias_missing",
            "Your numbers are exactly those of a net whose first layer has no bias: other units of h are "
            "open then, and other numbers in it.",
            "You need z again on the way back. Is b1 in your line of z?", FORWARD, ({"first": np.zeros_like},)),
    weights_reshaped("dtheta @ W2.T and dz @ W1.T"),
    AVERAGED_OVER_BATCH,
    LAST_IMAGE_ONLY,
    LAST_OUTPUT_ONLY,
    UPSTREAM_OF_LAYERS,
)
