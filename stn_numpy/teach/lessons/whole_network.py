"""What goes wrong on the way back through a whole network, classifier, transformer and localisation net (lesson 09)."""

import numpy as np

import stn_numpy as stn

from .shared_grid import as_it_is
from .parts import Mistake, Where, pick
from .shared_network import (AVERAGED_OVER_BATCH, LAST_IMAGE_ONLY, OF_CHAIN, leaky, leaky_mask, linear_backward_recipe,
                             localisation_backward_recipe, localisation_forward_recipe, rectified, sum_over_images,
                             through_inputs)

# --- Recipe


def rows_of_two_and_three(theta):
    return theta.reshape(len(theta), 2, 3)


def one_row_each(dtheta):
    return dtheta.reshape(len(dtheta), 6)


def glimpse(U, V):
    return V


def original(U, V):
    return U


def as_it_comes(dV, V):
    return dV


def network_backward_recipe(dlogits, U, W1, b1, W2, b2, W3, b3, *, read=glimpse, slopes=as_it_is, entries=one_row_each,
                            to_theta=as_it_is, upstream=as_it_is, to_W=through_inputs, to_b=sum_over_images,
                            forward=as_it_is, second=as_it_is, bend=rectified, sent=as_it_comes, localise=original,
                            aligned=True, padding="zeros", placed=as_it_is, **choices):
    N, x = len(U), U.reshape(len(U), -1)
    layers = {"to_W": to_W, "to_b": to_b}
    theta = rows_of_two_and_three(localisation_forward_recipe(x, W1, forward(b1), W2, second(b2), bend=bend))
    grid, grid_cache = stn.affine_grid_forward(placed(theta), U.shape[2:], align_corners=aligned)
    V, sampler_cache = stn.bilinear_sampler_forward(U, grid, padding=padding, align_corners=aligned)
    dV, dW3, db3 = linear_backward_recipe(upstream(dlogits), read(U, V).reshape(N, -1), W3, b3, **layers)
    _, dgrid = stn.bilinear_sampler_backward(sent(dV.reshape(V.shape), V), sampler_cache)
    dtheta = to_theta(entries(stn.affine_grid_backward(slopes(dgrid), grid_cache)))
    x = localise(U, V).reshape(N, -1)
    return localisation_backward_recipe(dtheta, x, W1, b1, W2, b2, **layers, **choices)[1:] + (dW3, db3)


# --- Mistakes


def _pixels(dgrid):
    """(W - 1) / 2 and (H - 1) / 2, for x and y."""
    return (np.array(dgrid.shape[2:0:-1], dgrid.dtype) - 1) / 2


def _the_same(rows, join):
    return np.broadcast_to(join(rows, axis=0), rows.shape)


WHOLE = "lesson 09, the whole network"

OF_NETWORK = (
    Mistake("theta_cut_off", "Your dW1, db1, dW2 and db2 are all 0: nothing comes back to the localisation net. Such a "
            "network never learns where to look.",
            "The sampler gives two gradients. dgrid is the one that goes on to theta.", WHOLE,
            ({"to_theta": np.zeros_like},)),
    Mistake("image_for_glimpse", "Your dW3 is exactly that of a classifier that reads U. It reads V, what the "
            "transformer has handed on.",
            "Each layer's dW has in it what that layer was given.", WHOLE, ({"read": lambda U, V: U},)),
    Mistake("identity_theta", "Your numbers are exactly those of a grid of the identity, whatever theta is.",
            "Forward once more: theta is what the localisation net gives, (N, 6) brought to (N, 2, 3).", WHOLE,
            ({"placed": lambda theta: np.broadcast_to(np.eye(2, 3, dtype=theta.dtype), theta.shape)},)),
    Mistake("glimpse_for_image", "Your dW1 is exactly that of a localisation net that reads V. It reads U, and decides what V is.",
            "On the way back each layer needs what it was given on the way forward: x = U.reshape(N, -1).", WHOLE,
            ({"localise": lambda U, V: V},)),
    Mistake("V_for_dV", "Your numbers are exactly those of the sampler's backward with V in place of dV.",
            "What goes back through the sampler is dV, from linear_backward of the classifier.", WHOLE,
            ({"sent": lambda dV, V: V},)),
    Mistake("relu_missing_forward", "Your numbers are exactly those of a theta that is made without ReLU.",
            "Forward once more: theta is made of h, and not of z.", WHOLE,
            (Where("On the way back ReLU is there.", {"bend": as_it_is}),
             Where("dW2 is made without it, too.", {"bend": as_it_is, "activation": lambda z, h: z}))),
    Mistake("leaky", "Your numbers are exactly those of a network with a leaky ReLU, which lets a tenth through.",
            "ReLU lets nothing of it through: np.maximum(z, 0).", WHOLE,
            (Where("It is so on both ways.", {"bend": leaky, "activation": leaky, "mask": leaky_mask}),
             Where("It is so on the way forward.", {"bend": leaky, "activation": leaky}))),
    Mistake("factor", "Your numbers are exactly those of a dgrid with another factor than (W - 1) / 2 along x and (H - 1) / 2 "
            "along y.",
            "stn.bilinear_sampler_backward has it in its dgrid. By the chain rule it belongs there once.", "lesson 06, Eq. 7",
            (Where("It is there twice.", {"slopes": lambda dgrid: dgrid * _pixels(dgrid)}),
             Where("It is missing.", {"slopes": lambda dgrid: dgrid / _pixels(dgrid)}))),
    Mistake("dx_dy_swapped", "Your numbers are exactly those of a dgrid with x and y exchanged.",
            "dgrid[..., 0] is x, along the width, and belongs to the first row of theta.", "lesson 06, Eq. 7",
            ({"slopes": lambda dgrid: dgrid[..., ::-1]},)),
    Mistake("theta_by_columns", "Your numbers are exactly those of a dtheta written down column by column. The six "
            "numbers of the localisation net are theta row by row.",
            "Look for .T or order='F'. dtheta.reshape(N, 6) is row by row.", "lesson 07",
            ({"entries": lambda dtheta: one_row_each(np.swapaxes(dtheta, 1, 2))},)),
    Mistake("one_gradient_for_all", "Your numbers are exactly those of one dtheta for all images, what they say added up or "
            "averaged.",
            "Each image has a theta of its own: dtheta is (N, 6), and the sum over the images comes in dW and db.", WHOLE,
            ({"entries": lambda dtheta: _the_same(one_row_each(dtheta), np.sum)},
             {"entries": lambda dtheta: _the_same(one_row_each(dtheta), np.mean)})),
    Mistake("mean_over_points", "Your numbers are exactly those of a mean of dtheta over the points of the grid. One "
            "theta moves all points, and what they say adds up.",
            "Look for .mean() or a division by H * "
            "W.", "lesson 07, the sum over the points", ({"slopes": lambda dgrid: dgrid / dgrid[0, ..., 0].size},)),
    Mistake("bias_missing", "Your numbers are exactly those of a network without one of its biases on the way forward: theta "
            "is another one then, and with it all that follows.",
            "Forward once more: is b1 in your line of z, and b2 in the one of theta?", WHOLE,
            (Where("It is b1.", {"forward": np.zeros_like, "first": np.zeros_like}),
             Where("It is b1, and only where theta is made.", {"forward": np.zeros_like}),
             Where("It is b1, and only where the mask of ReLU is made.", {"first": np.zeros_like}),
             Where("It is b2.", {"second": np.zeros_like}))),
    Mistake("other_rule", "Your numbers are exactly those of grid and sampler with align_corners=False.",
            "The network of the worked example leaves it at True.", WHOLE, ({"aligned": False},)),
    Mistake("border", "Your numbers are exactly those of a sampler that goes on at the edge of the image. Here everything "
            "outside the image is 0.",
            "Look for padding=.", WHOLE, ({"padding": "border"}, {"padding": "reflection"})),
    *pick(OF_CHAIN, "relu_forgotten", "mask_of_upstream", "mask_reversed", "before_relu", "bias_before_mask", "last_output_only",
          "output_for_mask"),
    AVERAGED_OVER_BATCH,
    LAST_IMAGE_ONLY,
    Mistake("upstream_ignored", "Your numbers are exactly those of a dlogits that is 1 everywhere.",
            "Your first step back begins with dlogits.", "lesson 05, the chain rule", ({"upstream": np.ones_like},)),
)

