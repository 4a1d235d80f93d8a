"""Stochastic gradient descent with momentum, and the schedules of its learning rate."""

import numbers

import numpy as np

from ..checking import validate
from ..network.modules import check_module


def _momentum(value):
    if not 0 <= _number("momentum", value) < 1:
        raise ValueError(f"momentum must be at least 0 and less than 1, got {value}")
    return float(value)


class SGD(validate.Checked):
    """Gradient descent with momentum on the parameters of one network.

        velocity = momentum * velocity - learning_rate * factor * gradient,     parameter += velocity

    Parameters
    ----------
    network : Module
    momentum : float                 0 for plain gradient descent
    factors : dict                   name of a module -> factor on the learning rate of its parameters, such as
                                     {"transformer": 0.1}: a localisation net wants smaller steps than a classifier

    `momentum` may be set later on; `factors`, name of a parameter -> its factor, may not.

    Convention: the velocity holds steps, each already multiplied by the rate of its own time. PyTorch's SGD keeps
    gradients in its velocity and multiplies their sum by the present rate, velocity = momentum * velocity + gradient,
    parameter -= learning_rate * velocity. Both are the same while the rate is constant. When the rate falls, the steps
    remembered here keep their old size until momentum forgets them; in PyTorch they shrink at once.

    Raises TypeError where network is not a module, factors not a dict, or momentum or a factor not a number, ValueError
    where momentum is not in 0 .. 1 (1 excluded), or a factor is negative, not finite, or of a module without parameters.
    """

    OPTIONS = {"momentum": _momentum}

    def __init__(self, network, momentum=0.0, factors=None):
        self.network, self.momentum = network, momentum
        self.velocity = {name: np.zeros_like(param) for name, param in check_module("network", network).params.items()}
        found = {name: 1.0 for name in self.velocity}
        for module, factor in validate.mapping("factors", {} if factors is None else factors).items():
            _rate(f"the factor of {module!r}", factor)
            names = [name for name in found if name.startswith(module + ".")]
            if not names:
                raise ValueError(f"factors names {module!r}, which has no parameters; there are {list(found)}")
            found.update(dict.fromkeys(names, factor))
        self.factors = validate.Fixed(found)

    def step(self, learning_rate):
        """Change every parameter in place by the gradients of the last backward pass.

        Raises RuntimeError before the first backward pass, or where the network has got other parameters since, TypeError
        where the rate is not a number, ValueError where it is negative or not finite, or where a gradient is not finite.
        Nothing is changed then. Raises ValueError where a parameter becomes too large for its dtype.
        """
        _rate("learning_rate", learning_rate)
        params, grads = self.network.params, self.network.grads
        if _shapes(params) != _shapes(self.velocity):
            raise RuntimeError(f"the network has other parameters than when this SGD was made: {_shapes(self.velocity)} "
                               f"then, {_shapes(params)} now; make an SGD for it as it is now")
        for name, param in params.items():
            if name not in grads:
                raise RuntimeError(f"SGD.step needs a backward pass first: {name} has no gradient yet")
            validate.gradient(f"the gradient of {name}", grads[name], param.shape, param.dtype)
        for name, param in params.items():
            velocity = self.velocity[name]
            velocity *= self.momentum
            velocity -= learning_rate * self.factors[name] * grads[name]
            param += velocity
            validate.results(**{name: param})


def step_decay(learning_rate, every, factor=0.1):
    """The paper's schedule: the rate is multiplied by `factor` after each `every` steps. Returns rate(step)."""
    _rate("learning_rate", learning_rate)
    _rate("factor", factor)
    every = validate.whole("every", every, 1)
    return lambda step: learning_rate * factor ** (_rate("step", step) // every)


def linear_decay(learning_rate, start, end):
    """The rate stays up to step `start`, then falls in a straight line to 0 at step `end`. Returns rate(step).

    Where steps are few, none of them is spent at a rate too small to change much, as in the last part of step_decay.
    From step `end` on the rate is 0.
    """
    _rate("learning_rate", learning_rate)
    if not 0 <= _number("start", start) < _rate("end", end):
        raise ValueError(f"start must be at least 0 and before end, got {start} and {end}")
    return lambda step: learning_rate * max(0, min(1, (end - _rate("step", step)) / (end - start)))


def _shapes(arrays):
    return {name: array.shape for name, array in arrays.items()}


def _rate(name, value):
    """Check a finite number that is not negative."""
    if _number(name, value) < 0 or not validate.is_finite_number(value):
        raise ValueError(f"{name} must be a finite number, 0 or more, got {value!s:.80}")
    return value


def _number(name, value):
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r:.80}")
    return value
