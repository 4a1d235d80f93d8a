"""The lines of the bridge: what this package computes, what PyTorch does, and the option that decides whether they agree.

Each line has two functions. `NAME_ours()` calls this package; `NAME_theirs(torch, option=..)` calls PyTorch, which is
handed to it. Both return {name: array}, in float64. They agree with the option that stands in the function's head, and
differ with the other one, `careless`, most often the default of PyTorch.
"""

from typing import Any, Callable, NamedTuple

import numpy as np

import stn_numpy as stn
from stn_numpy.training.sgd import SGD


class Line(NamedTuple):
    name: str              # what show() is asked for
    here: str              # the call in this package
    there: str             # its counterpart
    convention: str        # what to mind
    ours: Callable
    theirs: Callable
    careless: dict         # the option with which PyTorch answers something else


def numbers(*shape):
    """Numbers between -1 and 1 without a pattern, the same on every machine."""
    return np.sin(1 + 2.7 * np.arange(np.prod(shape)) ** 1.3).reshape(shape)


def variable(torch, array):
    return torch.tensor(array, requires_grad=True)


THETA = np.array([[[0.8, 0.3, 0.1], [-0.2, 0.9, 0.05]]])


# --- Where to look


def affine_grid_ours():
    grid, cache = stn.affine_grid_forward(THETA, (3, 4))
    return {"grid": grid, "dtheta": stn.affine_grid_backward(numbers(1, 3, 4, 2), cache)}


def affine_grid_theirs(torch, say={"align_corners": True}):
    theta = variable(torch, THETA)
    grid = torch.nn.functional.affine_grid(theta, (1, 1, 3, 4), **say)
    grid.backward(torch.tensor(numbers(1, 3, 4, 2)))
    return {"grid": grid, "dtheta": theta.grad}


def sampler_ours():
    V, cache = stn.bilinear_sampler_forward(numbers(1, 2, 4, 5), numbers(1, 3, 3, 2))
    dU, dgrid = stn.bilinear_sampler_backward(numbers(1, 2, 3, 3), cache)
    return {"V": V, "dU": dU, "dgrid": dgrid}


def sampler_theirs(torch, align_corners=True):
    U, grid = variable(torch, numbers(1, 2, 4, 5)), variable(torch, numbers(1, 3, 3, 2))
    V = torch.nn.functional.grid_sample(U, grid, align_corners=align_corners)
    V.backward(torch.tensor(numbers(1, 2, 3, 3)))
    return {"V": V, "dU": U.grad, "dgrid": grid.grad}


def order_ours():
    U = np.array([[[[1.0, 2, 3], [4, 5, 6]]]])                  # 2 rows, 3 columns
    V, _ = stn.bilinear_sampler_forward(U, np.array([[[[1.0, -1]]]]))
    return {"V": V}


def order_theirs(torch, point=(1.0, -1.0)):
    U = torch.tensor([[[[1.0, 2, 3], [4, 5, 6]]]], dtype=torch.float64)
    grid = torch.tensor(point, dtype=torch.float64).reshape(1, 1, 1, 2)
    return {"V": torch.nn.functional.grid_sample(U, grid, align_corners=True)}


def volume_ours():
    V, _ = stn.bilinear_sampler_forward(numbers(1, 1, 2, 3, 4), np.array([[[[[0.9, -0.4, 0.2]]]]]))
    return {"V": V}


def volume_theirs(torch, point=(0.9, -0.4, 0.2)):
    grid = torch.tensor(point, dtype=torch.float64).reshape(1, 1, 1, 1, 3)
    return {"V": torch.nn.functional.grid_sample(torch.tensor(numbers(1, 1, 2, 3, 4)), grid, mode="bilinear",
                                                 align_corners=True)}


# --- Outside, on whole pixels, and half-way


ROW = np.array([3.0, 5, 4, 8, 2]).reshape(1, 1, 1, 5)           # pixel j lies at -1 + j / 2


def points(*x):
    """A grid of points on the row."""
    return np.stack([x, np.zeros(len(x))], axis=-1).reshape(1, 1, -1, 2)


def padding_ours():
    V, _ = stn.bilinear_sampler_forward(ROW, points(-1.75, -1.25, 1.25), padding="border")
    return {"V": V}


def padding_theirs(torch, padding_mode="border"):
    grid = torch.tensor(points(-1.75, -1.25, 1.25))
    return {"V": torch.nn.functional.grid_sample(torch.tensor(ROW), grid, padding_mode=padding_mode, align_corners=True)}


def kinks_ours():
    V, cache = stn.bilinear_sampler_forward(ROW, points(-1, -0.5, 0), padding="border")
    _, dgrid = stn.bilinear_sampler_backward(np.ones_like(V), cache)
    return {"dgrid_x": dgrid[..., 0]}


def kinks_theirs(torch, nudge=1e-9):
    grid = variable(torch, points(-1, -0.5, 0) + nudge)         # a step to the right of the kink
    torch.nn.functional.grid_sample(torch.tensor(ROW), grid, padding_mode="border", align_corners=True).sum().backward()
    return {"dgrid_x": grid.grad[..., 0]}


def nearest_ours():
    V, _ = stn.integer_sampler_forward(ROW, points(-0.75, -0.25, 0.25))
    return {"V": V}


def nearest_theirs(torch, nudge=1e-9):
    grid = torch.tensor(points(-0.75, -0.25, 0.25) + nudge)     # pixels 0.5, 1.5 and 2.5, and a little more
    return {"V": torch.nn.functional.grid_sample(torch.tensor(ROW), grid, mode="nearest", align_corners=True)}


# --- Layers


def linear_ours():
    out, cache = stn.linear_forward(numbers(2, 3), numbers(3, 3), numbers(3))
    _, dW, _ = stn.linear_backward(np.ones((2, 3)), cache)
    return {"out": out, "dW": dW}


def linear_theirs(torch, transpose=True):
    W = variable(torch, numbers(3, 3).T if transpose else numbers(3, 3))
    out = torch.nn.functional.linear(torch.tensor(numbers(2, 3)), W, torch.tensor(numbers(3)))
    out.sum().backward()
    return {"out": out, "dW": W.grad.T if transpose else W.grad}


def relu_ours():
    out, cache = stn.relu_forward(np.array([-1.0, 0, 2]))
    return {"out": out, "dx": stn.relu_backward(np.ones(3), cache)}


def relu_theirs(torch, function="clamp"):
    x = variable(torch, np.array([-1.0, 0, 2]))
    out = x.clamp(min=0) if function == "clamp" else torch.relu(x)
    out.sum().backward()
    return {"out": out, "dx": x.grad}


def conv2d_ours():
    V, _ = stn.conv2d_forward(numbers(1, 2, 4, 5), numbers(3, 2, 3, 3), numbers(3), padding=1)
    return {"V": V}


def conv2d_theirs(torch, turned=False):
    filters = torch.tensor(numbers(3, 2, 3, 3))
    filters = filters.flip(2, 3) if turned else filters
    return {"V": torch.nn.functional.conv2d(torch.tensor(numbers(1, 2, 4, 5)), filters, torch.tensor(numbers(3)), padding=1)}


def average_pool_ours():
    V, _ = stn.average_pool_forward(numbers(1, 1, 5, 5))
    return {"V": V}


def average_pool_theirs(torch, ceil_mode=False):
    return {"V": torch.nn.functional.avg_pool2d(torch.tensor(numbers(1, 1, 5, 5)), 2, ceil_mode=ceil_mode)}


def max_pool_ours():
    V, cache = stn.max_pool_forward(np.array([[[[1.0, 7], [7, 2]]]]))
    return {"V": V, "dU": stn.max_pool_backward(np.ones_like(V), cache)}


def max_pool_theirs(torch, function="max_pool2d"):
    U = variable(torch, np.array([[[[1.0, 7], [7, 2]]]]))
    V = torch.nn.functional.max_pool2d(U, 2) if function == "max_pool2d" else U.amax((2, 3), keepdim=True)
    V.sum().backward()
    return {"V": V, "dU": U.grad}


# --- Loss and descent


LABELS = np.array([2, 0])


def loss_ours():
    loss, cache = stn.softmax_cross_entropy_forward(numbers(2, 3), LABELS)
    return {"loss": loss, "dlogits": stn.softmax_cross_entropy_backward(1.0, cache)}


def loss_theirs(torch, reduction="mean"):
    logits = variable(torch, numbers(2, 3))
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS), reduction=reduction)
    loss.backward()
    return {"loss": loss, "dlogits": logits.grad}


def logits_ours():
    loss, _ = stn.softmax_cross_entropy_forward(numbers(2, 3), LABELS)
    return {"loss": loss}


def logits_theirs(torch, softmax_first=False):
    scores = torch.tensor(numbers(2, 3))
    scores = scores.softmax(dim=1) if softmax_first else scores
    return {"loss": torch.nn.functional.cross_entropy(scores, torch.tensor(LABELS))}


RATES = 0.1, 0.1, 0.01, 0.01


def momentum_ours():
    layer = stn.Linear(2, 1)
    layer.params["W"][...], sgd = [[1], [2]], SGD(layer, momentum=0.9)
    for rate in RATES:
        layer.forward(np.array([[1.0, -2]]))
        layer.backward(np.ones((1, 1)))
        sgd.step(rate)
    return {"W": layer.params["W"].ravel()}


def momentum_theirs(torch, rescale=True):
    W = variable(torch, np.array([1.0, 2]))
    sgd = torch.optim.SGD([W], lr=RATES[0], momentum=0.9)
    for rate in RATES:
        [group] = sgd.param_groups
        if rescale and W in sgd.state:                          # the steps of the past keep their size
            sgd.state[W]["momentum_buffer"] *= group["lr"] / rate
        group["lr"] = rate
        sgd.zero_grad()
        (W @ torch.tensor([1.0, -2], dtype=torch.float64)).backward()
        sgd.step()
    return {"W": W}


def gradients_ours():
    for _ in range(2):
        _, cache = stn.relu_forward(np.array([1.0, 2]))
        dx = stn.relu_backward(np.ones(2), cache)
    return {"dx": dx}


def gradients_theirs(torch, zero_first=True):
    x = variable(torch, np.array([1.0, 2]))
    for _ in range(2):
        x.grad = None if zero_first else x.grad
        torch.relu(x).sum().backward()
    return {"dx": x.grad}


def precision_ours():
    return {"x": np.array([0.1, 0.2])}


def precision_theirs(torch, dtype="float64"):
    return {"x": torch.tensor([0.1, 0.2], dtype=dtype and getattr(torch, dtype))}


# --- A whole network


def _parameters():
    """Of the localisation layer and of the classifier, as this package keeps them."""
    return (0.1 * numbers(20, 6), THETA.ravel()), (numbers(20, 3), numbers(3))


def network_ours():
    network = stn.Sequential(transformer=stn.SpatialTransformer(stn.Linear(20, 6)), classifier=stn.Linear(20, 3))
    for part, values in zip(("transformer.localisation", "classifier"), _parameters()):
        for name, value in zip("Wb", values):
            network.params[f"{part}.{name}"][...] = value
    loss, cache = stn.softmax_cross_entropy_forward(network.forward(numbers(2, 1, 4, 5)), LABELS)
    network.backward(stn.softmax_cross_entropy_backward(1.0, cache))
    return {"loss": loss, "dW": network.grads["transformer.localisation.W"], "db": network.grads["classifier.b"]}


def network_theirs(torch, align_corners=True):
    F, U = torch.nn.functional, torch.tensor(numbers(2, 1, 4, 5))
    localisation, classifier = torch.nn.Linear(20, 6).double(), torch.nn.Linear(20, 3).double()
    with torch.no_grad():
        for layer, (W, b) in zip((localisation, classifier), _parameters()):
            layer.weight.copy_(torch.tensor(W.T))
            layer.bias.copy_(torch.tensor(b))
    theta = localisation(U.flatten(1)).reshape(-1, 2, 3)
    V = F.grid_sample(U, F.affine_grid(theta, U.shape, align_corners=align_corners), align_corners=align_corners)
    loss = F.cross_entropy(classifier(V.flatten(1)), torch.tensor(LABELS))
    loss.backward()
    return {"loss": loss, "dW": localisation.weight.grad.T, "db": classifier.bias.grad}


def _line(name, here, there, convention, **careless: Any):
    return Line(name, here, there, convention, globals()[f"{name}_ours"], globals()[f"{name}_theirs"], careless)


LINES = (
    _line("affine_grid", "affine_grid_forward(theta, (H, W))", "affine_grid(theta, (N, C, H, W), align_corners=True)",
          "align_corners is False there unless you say so; the size has N and C", say={}),
    _line("sampler", "bilinear_sampler_forward(U, grid)", "grid_sample(U, grid, align_corners=True)",
          "align_corners again; say it to both, and the same", align_corners=False),
    _line("order", "grid[..., 0] is x", "grid[..., 0] is x", "x, y in the grid, but H, W in sizes", point=(-1.0, 1.0)),
    _line("volume", "bilinear_sampler_forward", "grid_sample(mode=\"bilinear\")",
          "for volumes too the mode is called bilinear; x, y, z against D, H, W", point=(0.2, -0.4, 0.9)),
    _line("padding", "padding=\"border\"", "padding_mode=\"border\"",
          "the same three names, and \"zeros\" is the default of both", padding_mode="zeros"),
    _line("kinks", "bilinear_sampler_backward", "autograd of grid_sample",
          "on a whole pixel we take the right-hand slope; PyTorch takes 0 on an edge pixel under border and reflection",
          nudge=0.0),
    _line("nearest", "integer_sampler_forward", "grid_sample(mode=\"nearest\")",
          "half-way we go up, floor(x + 1/2); PyTorch goes to the even pixel", nudge=0.0),
    _line("linear", "linear_forward(x, W, b)", "linear(x, W.T, b)", "W is (in, out) here and (out, in) there",
          transpose=False),
    _line("relu", "relu_backward", "x.clamp(min=0)", "at 0 the derivative is 1 here, and 0 in relu there",
          function="relu"),
    _line("conv2d", "conv2d_forward(U, filters, b, padding)", "conv2d(U, filters, b, padding=1)",
          "neither turns the filter round, as a mathematical convolution would; both have (K, C, h, w)", turned=True),
    _line("average_pool", "average_pool_forward(U)", "avg_pool2d(U, 2)",
          "both leave an odd last row out; ceil_mode would keep it", ceil_mode=True),
    _line("max_pool", "max_pool_backward", "max_pool2d(U, 2)",
          "of equal pixels the first gets all of the gradient; amax shares it out", function="amax"),
    _line("loss", "softmax_cross_entropy_forward", "cross_entropy", "both take the mean over the batch, not the sum",
          reduction="sum"),
    _line("logits", "softmax_cross_entropy_forward", "cross_entropy", "both want logits: softmax is inside",
          softmax_first=True),
    _line("momentum", "SGD(network, momentum).step(rate)", "torch.optim.SGD",
          "when the rate changes, past steps keep their size here and are rescaled there", rescale=False),
    _line("gradients", "a backward pass returns gradients", "x.grad", "there a gradient is added to the one before",
          zero_first=False),
    _line("precision", "np.array([0.1])", "torch.tensor([0.1], dtype=torch.float64)",
          "float64 is the default here, float32 there", dtype=None),
    _line("network", "Sequential(SpatialTransformer, Linear)", "the same as a torch.nn.Module",
          "all conventions at once: transposed weights, align_corners twice", align_corners=False),
)
