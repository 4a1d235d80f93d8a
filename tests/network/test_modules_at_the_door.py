"""What modules refuse, how they say so, and that a forward pass that fails leaves no trace."""

import copy

import numpy as np
import pytest
from network_checks import images, shake

import stn_numpy as stn
from stn_numpy.network.modules import (MLP, AveragePool, Conv2D, Linear, MaxPool, Module, ProjectDepth, ReLU,
                                       Sequential)
from stn_numpy.transformer import SpatialTransformer

# Every kind of module, with an input for it.
MAKE = {
    "Linear": lambda: (Linear(6, 3, rng=0), images(2, 6)),
    "ReLU": lambda: (ReLU(), images(2, 6)),
    "AveragePool": lambda: (AveragePool(), images(2, 1, 4, 4)),
    "MaxPool": lambda: (MaxPool(), images(2, 1, 4, 4)),
    "Conv2D": lambda: (Conv2D(1, 2, 3, rng=0), images(2, 1, 4, 5)),
    "ProjectDepth": lambda: (ProjectDepth(), images(2, 1, 2, 4, 4)),
    "MLP": lambda: (MLP([6, 4, 3], rng=0), images(2, 6)),
    "Sequential": lambda: (Sequential(look=SpatialTransformer(Linear(20, 6, 0)), read=Linear(20, 3, 0)),
                           images(2, 1, 4, 5)),
    "SpatialTransformer": lambda: (SpatialTransformer(MLP([20, 4, 6], 0)), images(2, 1, 4, 5)),
    "MultiHeadTransformer": lambda: (stn.MultiHeadTransformer(Linear(20, 12, 0), 2), images(2, 1, 4, 5)),
    "LearnedGridTransformer": lambda: (stn.LearnedGridTransformer(Linear(20, 6, 0), (3, 4)), images(2, 1, 4, 5)),
    "WithTheta": lambda: (stn.WithTheta(SpatialTransformer(Linear(20, 6, 0)), Linear(20, 3, 0)), images(2, 1, 4, 5)),
    "Parallel": lambda: (stn.Parallel(SpatialTransformer(Linear(20, 6, 0)), ReLU()), images(2, 1, 4, 5)),
}
every_module = pytest.mark.parametrize("name", MAKE)


def made(name):
    module, x = MAKE[name]()
    rng = np.random.default_rng(2)
    for part in module.walk():
        if isinstance(part, SpatialTransformer):
            shake(part, rng)
    return module, x


def refusal(error, call, *args, **named):
    with pytest.raises(error) as caught:
        call(*args, **named)
    return str(caught.value)


# A forward pass that fails

class Fails(ReLU):
    """Lets a number of forward passes through."""
    passes, error = 1, ValueError

    def forward(self, x):
        if self.passes == 0:
            raise self.error("no more")
        self.passes -= 1
        return super().forward(x)


def bad_inputs(x):
    nearly_good = 2 * x
    nearly_good.flat[-1] = np.nan
    return nearly_good, np.ones((3, 0, 2, 3)), [[1.0], 2.0], None


@every_module
def test_after_a_forward_pass_that_fails_comes_the_backward_of_the_one_before(name):
    module, x = made(name)
    dout = images(*module.forward(x).shape, seed=3)
    dx, grads = module.backward(dout), {key: grad.copy() for key, grad in module.grads.items()}
    theta = getattr(module, "theta", None)
    for bad in bad_inputs(x):
        refusal((ValueError, TypeError), module.forward, bad)
        np.testing.assert_array_equal(module.backward(dout), dx)
        for key, grad in module.grads.items():
            np.testing.assert_array_equal(grad, grads[key])
        assert getattr(module, "theta", None) is theta


@pytest.mark.parametrize("make", [
    lambda last: Sequential(Linear(20, 20, 0), Sequential(ReLU(), last)),
    lambda last: stn.Parallel(first=Sequential(ReLU(), AveragePool()), last=Sequential(last, AveragePool())),
    lambda last: stn.WithTheta(SpatialTransformer(Linear(20, 6, 0)), last),
    lambda last: Sequential(SpatialTransformer(Sequential(last, Linear(20, 6, 0)))),
    lambda last: Sequential(stn.MultiHeadTransformer(Linear(20, 12, 0), 2), last),
], ids=["Sequential", "Parallel", "WithTheta", "localisation", "MultiHead"])
def test_it_may_fail_late(make):
    network, x = make(Fails()), images(2, 1, 4, 5)
    dout = images(*network.forward(x).shape, seed=3)
    dx = network.backward(dout)
    assert refusal(ValueError, network.forward, 3 * x[:, :, ::-1] + 1) == "no more"
    np.testing.assert_array_equal(network.backward(dout), dx)


def test_ctrl_c_in_the_middle_of_a_forward_pass_leaves_no_trace_either():
    last, x = Fails(), images(2, 1, 4, 5)
    network, last.error = Sequential(ReLU(), last), KeyboardInterrupt
    network.forward(x)
    dx = network.backward(x)
    with pytest.raises(KeyboardInterrupt):
        network.forward(-x)
    np.testing.assert_array_equal(network.backward(x), dx)


def test_a_first_forward_pass_that_fails_is_none():
    network = Sequential(ReLU(), Linear(6, 3))
    refusal(ValueError, network.forward, images(2, 5))
    assert "needs a forward pass first" in refusal(RuntimeError, network.backward, np.zeros((2, 3)))
    assert "needs a forward pass first" in refusal(RuntimeError, network.children["0"].backward, np.zeros((2, 5)))


# Arguments

@every_module
@pytest.mark.parametrize("wrong", ["false", 0, None, []], ids=str)
def test_need_dx_is_true_or_false(name, wrong):
    module, x = made(name)
    message = refusal(TypeError, module.backward, module.forward(x), wrong)
    assert message.startswith(("need_dx must be True or False", "need_dU must be True or False"))


@every_module
def test_without_need_dx_there_is_none(name):
    module, x = made(name)
    assert module.backward(module.forward(x), need_dx=False) is None


@every_module
def test_a_masked_input_is_refused(name):
    module, x = made(name)
    assert "must not be a masked array" in refusal(TypeError, module.forward, np.ma.masked_array(x, x > 0))


# Parameters are changed in place

@every_module
def test_params_and_grads_cannot_be_replaced(name):
    module, x = made(name)
    module.backward(module.forward(x))
    for kind in ("params", "grads"):
        arrays, before = getattr(module, kind), dict(getattr(module, kind))
        message = "params and grads list a module's own arrays, which cannot be replaced: change them in place"
        for change in (lambda: arrays.__setitem__("W", np.ones(3)), lambda: arrays.update(W=np.ones(3)),
                       lambda: arrays.__delitem__("W"), lambda: arrays.pop("W"), lambda: arrays.popitem(),
                       lambda: arrays.setdefault("V", np.ones(3)), lambda: arrays.__ior__({}), lambda: arrays.clear(),
                       lambda: setattr(module, kind, {})):
            assert refusal(TypeError, change).startswith(message)
        assert dict(getattr(module, kind)) == before


def test_a_step_in_place_through_the_dict_works():
    layer = Linear(3, 2, rng=0)
    before = layer.params["W"].copy()
    layer.params["W"] -= 0.5
    layer.params["b"][...] = 7
    np.testing.assert_array_equal(layer.forward(np.zeros((1, 3))), [[7, 7]])
    np.testing.assert_array_equal(layer.params["W"], before - 0.5)


def test_a_copy_of_the_params_is_a_dict_of_its_own():
    layer = Linear(3, 2, rng=0)
    kept = copy.deepcopy(layer.params)
    layer.params["W"][...] = 0
    assert type(kept) is dict and kept["W"].any()
    kept["W"] = None


# What is made wrongly

@pytest.mark.parametrize("kind", [Sequential, stn.Parallel])
@pytest.mark.parametrize("name", ["a.b", "0", "1", "", "a b", "layer-1"])
def test_the_name_of_a_module_is_a_word(kind, name):
    """With dots or numbers two modules, or two parameters, could come under one name, and one would be lost."""
    message = refusal(ValueError, lambda: kind(Linear(2, 2), **{name: Linear(2, 2)}))
    assert message == f"the name of a module must be a word, as in {kind.__name__}(first=...), got {name!r}"


@pytest.mark.parametrize("make", [lambda rng: Linear(3, 2, rng), lambda rng: MLP([3, 2], rng),
                                  lambda rng: Conv2D(1, 2, 3, rng=rng)], ids=["Linear", "MLP", "Conv2D"])
@pytest.mark.parametrize("rng", [-1, "a", 1.5, True, [None]], ids=str)
def test_rng_is_a_seed_or_a_generator(make, rng):
    assert refusal(ValueError, make, rng) == (
        f"rng must be a numpy Generator, a seed from 0 up, or None for fresh randomness, got {rng!r}")


@pytest.mark.parametrize("make", [lambda dtype: Linear(3, 2, 0, dtype), lambda dtype: MLP([3, 2], 0, dtype),
                                  lambda dtype: Conv2D(1, 2, 3, rng=0, dtype=dtype),
                                  lambda dtype: stn.LearnedGridTransformer(Linear(20, 6), (3, 4), dtype=dtype)],
                         ids=["Linear", "MLP", "Conv2D", "LearnedGridTransformer"])
@pytest.mark.parametrize("dtype", [int, np.float16, complex, bool, "x", None], ids=str)
def test_dtype_is_a_float_type(make, dtype):
    assert refusal(TypeError, make, dtype) == f"dtype must be float32 or float64, got {dtype!r}"


@pytest.mark.parametrize("sizes", [5, None, "45", {4, 5}, {4: 5, 6: 7}, [], [4], iter([4, 5]), np.array(5)],
                         ids=lambda sizes: type(sizes).__name__)
def test_sizes_of_an_mlp(sizes):
    assert refusal(ValueError, MLP, sizes) == (
        f"sizes must name at least inputs and outputs, [n_in, ..., n_out], got {sizes!r}")


@pytest.mark.parametrize("make, error, message", [
    (lambda: MLP([10 ** 9, 10 ** 9]), ValueError, "a layer must not be so large: 1000000000 x 1000000000 is more than"),
    (lambda: Linear(True, 2), ValueError, "the sizes of Linear must be (n_in, n_out), positive whole numbers, got (Tru"),
    (lambda: Conv2D(1, 2.0, 3), ValueError, "the sizes of Conv2D must be (channels_in, channels_out, size), pos"),
    (lambda: stn.LearnedGridTransformer(Linear(20, 6), 5), ValueError, "out_shape must be (H_out, W_out), positive whole"),
    (lambda: Conv2D(1, 2, 3, padding=True), ValueError, "padding must be a whole number of pixels from 0 up, got True"),
    (lambda: Conv2D(1, 2, 3, padding=10 ** 12).forward(images(1, 1, 4, 4)), ValueError,
     "an image with its padding must not be so large"),
    (lambda: SpatialTransformer(Linear(20, 6), align_corners="false"), TypeError, "align_corners must be True or False"),
    (lambda: SpatialTransformer(Linear(20, 6), out_shape={4, 5}), ValueError, "out_shape must be (H_out, W_out)"),
    (lambda: SpatialTransformer(Linear(20, 6), stn.Transform("mine", None, max, np.zeros(6))), TypeError,
     "forward of transform 'mine' must be a function, got None"),
    (lambda: SpatialTransformer(Linear(20, 6), stn.Transform("mine", max, 3, np.zeros(6))), TypeError,
     "backward of transform 'mine' must be a function, got an int"),
    (lambda: SpatialTransformer(Linear(20, 6), stn.Transform("mine", max, min, None)), TypeError,
     "identity must be float32 or float64"),
    (lambda: stn.MultiHeadTransformer(Linear(20, 6), True), ValueError, "heads must be a whole number from 1 up, got True"),
    (lambda: stn.regular_control_points(100, 100), ValueError, "a thin plate spline takes at most 4000"),
    (lambda: stn.thin_plate_spline(images(5000, 2)), ValueError, "a thin plate spline takes at most 4000 control"),
    (lambda: Linear(3, 2).start_at(["a", "b"]), TypeError, "output must be real numbers, got <U1"),
    (lambda: Linear(3, 2).start_at([np.nan, 1]), ValueError, "output must be finite"),
    (lambda: Linear(3, 2).start_at(np.eye(2)), ValueError, "the last layer puts out 2 numbers, but 4 are needed"),
    (lambda: Linear(3, 2).start_at(np.ma.masked_array([1.0, 2], [1, 0])), TypeError, "output must not be a masked array"),
])
def test_what_is_made_wrongly(make, error, message):
    assert refusal(error, make).startswith(message)


@pytest.mark.parametrize("name, wrong, good", [
    ("transform", "tsp", "affine"), ("sampler", "cubik", "cubic"), ("out_shape", 5, (2, 3)), ("padding", "edge", "border"),
    ("align_corners", "no", False)])
def test_options_of_a_transformer_are_checked_whenever_they_are_set(name, wrong, good):
    transformer, U = SpatialTransformer(Linear(20, 6)), images(2, 1, 4, 5)
    assert refusal((ValueError, TypeError), setattr, transformer, name, wrong).startswith(f"{name} must be ")
    setattr(transformer, name, good)
    wanted = SpatialTransformer(Linear(20, 6), **{name: good}).forward(U)
    np.testing.assert_array_equal(transformer.forward(U), wanted)


def test_a_module_of_ones_own_may_keep_anything():
    class Counts(Module):
        def __init__(self):
            super().__init__()
            self.count = 0

        def forward(self, x):
            self.count += 1
            return x

    network = Sequential(counts=Counts(), read=Linear(6, 3))
    network.forward(images(2, 6))
    refusal(ValueError, network.forward, images(2, 5))
    assert network.children["counts"].count == 1


# A module of one's own that returns the wrong thing

class Own(ReLU):
    """Returns what two functions make of what it should return."""

    def __init__(self, forward=lambda out: out, backward=lambda dx: dx):
        super().__init__()
        self.change_forward, self.change_backward = forward, backward

    def forward(self, x):
        return self.change_forward(super().forward(x))

    def backward(self, dout, need_dx=True):
        return self.change_backward(super().backward(dout))


def look(localisation=None):
    return SpatialTransformer(localisation or Linear(20, 6, 0))


PLACES = {
    "Sequential": lambda own: Sequential(own),
    "in front of another": lambda own: Sequential(Linear(20, 20), own, Linear(20, 3)),
    "Parallel": lambda own: stn.Parallel(ReLU(), own),
    "WithTheta": lambda own: stn.WithTheta(look(), own),
    "SpatialTransformer": lambda own: look(Sequential(own, Linear(20, 6))),
    "MultiHeadTransformer": lambda own: stn.MultiHeadTransformer(Sequential(own, Linear(20, 12)), 2),
    "LearnedGridTransformer": lambda own: stn.LearnedGridTransformer(Sequential(own, Linear(20, 6)), (4, 5)),
}
every_place = pytest.mark.parametrize("place", PLACES)
NO_ARRAYS = [(lambda x: None, "None"), (lambda x: x.tolist(), "a list"), (lambda x: (x, None), "a tuple"),
             (lambda x: x.astype(int), "one of int64"), (lambda x: np.ma.masked_array(x), "a MaskedArray")]


@every_place
@pytest.mark.parametrize("change, got", NO_ARRAYS, ids=[got for _, got in NO_ARRAYS])
def test_a_module_of_ones_own_returns_arrays(place, change, got):
    x = images(2, 1, 4, 5)
    message = refusal(TypeError, PLACES[place](Own(forward=change)).forward, x)
    assert message == f"forward of Own must return an array of float32 or float64, got {got}"
    network = PLACES[place](Own(backward=change))
    message = refusal(TypeError, network.backward, np.ones_like(network.forward(x)))
    assert message == f"backward of Own must return an array of float32 or float64, got {got}"


@pytest.mark.parametrize("place", ["Sequential", "Parallel"])
@pytest.mark.parametrize("change", [lambda dx: dx[:1], lambda dx: np.ones(5)])
def test_a_gradient_has_the_shape_of_its_input(place, change):
    network = PLACES[place](Own(backward=change))
    message = refusal(ValueError, network.backward, np.ones_like(network.forward(images(2, 1, 4, 5))))
    assert message.startswith("backward of Own must return an array of shape (2, 1, 4, 5), got (")


@pytest.mark.parametrize("kind", [Sequential, stn.Parallel])
def test_need_dx_is_true_or_false_where_no_module_asks(kind):
    network = kind(Own())
    dout = np.ones_like(network.forward(images(2, 1, 4, 5)))
    assert refusal(TypeError, network.backward, dout, "false") == "need_dx must be True or False, got 'false'"


@pytest.mark.parametrize("place", ["Sequential", "Parallel"])
def test_without_need_dx_it_may_return_none(place):
    network = PLACES[place](Own(backward=lambda dx: None))
    assert network.backward(np.ones_like(network.forward(images(2, 1, 4, 5))), need_dx=False) is None


@pytest.mark.parametrize("make, error, message", [
    (lambda: stn.Parallel(ReLU(), Own(lambda x: x.astype(np.float32))), ValueError, "and one dtype, got 0 (2, 1, 4, 5) of"),
    (lambda: stn.Parallel(Own(lambda x: x[:, 0, 0, 0])), ValueError, "must put out the same sizes except for their"),
    (lambda: stn.Parallel(ReLU(), Own(lambda x: x[:, 0])), ValueError, "must put out the same sizes except for their"),
    (lambda: stn.WithTheta(look(), Own(lambda x: x[:1])), ValueError, "features must have shape (N, F) with N = 2 as"),
    (lambda: stn.WithTheta(look(), Own(lambda x: x * np.nan)), ValueError, "features must be finite"),
    (lambda: stn.WithTheta(look(), Own(lambda x: x.astype(np.float32))), TypeError, "features must have the dtype of theta"),
])
def test_outputs_must_fit_together(make, error, message):
    assert message in refusal(error, make().forward, images(2, 1, 4, 5))


@pytest.mark.parametrize("later, error, message", [
    (np.ones((1, 6)), ValueError, "dtheta_later must have shape (2, 6), got (1, 6)"),
    (np.ones((2, 6), np.float32), TypeError, "dtheta_later must have the dtype of the output, float64, got float32"),
    ("theta", TypeError, "dtheta_later must be float32 or float64"),
])
def test_a_later_gradient_to_theta_is_like_theta(later, error, message):
    transformer = look()
    dV = np.ones_like(transformer.forward(images(2, 1, 4, 5)))
    assert refusal(error, transformer.backward, dV, dtheta_later=later).startswith(message)


class Theta(Module):
    """A localisation net that puts out so many numbers."""

    def __init__(self, *shape):
        super().__init__()
        self.theta = np.ones(shape)

    def start_at(self, output):
        pass

    def forward(self, x):
        return self.theta

    def backward(self, dout, need_dx=True):
        pass


@pytest.mark.parametrize("theta, half", [(None, "forward"), ([[1.0] * 6] * 2, "forward"), (np.ones((2, 6)), "backward")])
def test_a_localisation_net_of_ones_own_returns_arrays(theta, half):
    net, x = Theta(), images(2, 1, 4, 5)
    transformer, net.theta = look(net), theta
    with pytest.raises(TypeError) as caught:
        transformer.backward(transformer.forward(x))
    assert str(caught.value).startswith(f"{half} of Theta must return an array of float32 or float64, got ")


@pytest.mark.parametrize("make, message", [
    (lambda: look(Theta(2, 5)), "theta must have shape (N, 6), got (2, 5)"),
    (lambda: stn.MultiHeadTransformer(Theta(2, 11), 2), "theta must have shape (N, 12), got (2, 11)"),
    (lambda: stn.MultiHeadTransformer(Theta(12), 2), "theta must have shape (N, 12), got (12,)"),
    (lambda: stn.LearnedGridTransformer(Theta(2, 7), (3, 4)), "theta must have shape (N, 6), got (2, 7)"),
])
def test_theta_is_what_the_transform_takes(make, message):
    assert refusal(ValueError, make().forward, images(2, 1, 4, 5)) == message


AFFINE, BILINEAR = stn.TRANSFORMS["affine"], stn.SAMPLERS["bilinear"]


@pytest.mark.parametrize("change, message", [
    ({"transform": AFFINE._replace(forward=lambda *args: None)},
     "forward of transform 'affine' must return (output, cache), got None"),
    ({"transform": AFFINE._replace(backward=lambda *args: None)}, "dtheta must be float32 or float64, got object"),
    ({"sampler": BILINEAR._replace(forward=lambda *args, **named: np.ones((2, 1, 4, 5)))},
     "forward of the sampler must return (output, cache), got an ndarray"),
    ({"sampler": BILINEAR._replace(backward=None)}, "backward of the sampler must be a function, got None"),
    ({"transform": AFFINE._replace(forward=lambda *args: (None, None))},
     "forward of transform 'affine' must return an array of float32 or float64, got None"),
    ({"sampler": BILINEAR._replace(forward=lambda *args, **named: (None, None))},
     "forward of the sampler must return an array of float32 or float64, got None"),
    ({"sampler": BILINEAR._replace(forward=lambda U, grid, **named: (U[:, :, 1:], None))},
     "forward of the sampler must return an array of shape (2, 1, 4, 5), got (2, 1, 3, 5)"),
    ({"sampler": BILINEAR._replace(backward=lambda dV, cache, need_dU: dV)},
     "backward of the sampler must return (dU, dgrid), got an ndarray"),
    ({"sampler": BILINEAR._replace(backward=lambda dV, cache, need_dU: (None, np.zeros((2, 4, 5, 2))))},
     "backward of the sampler must return an array of float32 or float64, got None"),
    ({"sampler": BILINEAR._replace(backward=lambda dV, cache, need_dU: (dV[:1], np.zeros((2, 4, 5, 2))))},
     "backward of the sampler must return an array of shape (2, 1, 4, 5), got (1, 1, 4, 5)"),
    ({"sampler": BILINEAR._replace(backward=lambda dV, cache, need_dU: (dV, np.zeros((4, 5, 2))))},
     "backward of the sampler must return an array of shape (2, 4, 5, 2), got (4, 5, 2)"),
])
def test_a_transform_or_a_sampler_of_ones_own(change, message):
    def forward_and_back():
        transformer = SpatialTransformer(Linear(20, 6, 0), **change)
        transformer.backward(np.ones_like(transformer.forward(images(2, 1, 4, 5))))

    assert refusal((TypeError, ValueError), forward_and_back).startswith(message)


@pytest.mark.parametrize("make, name", [
    (lambda big: stn.Parallel(Own(backward=big), Own(backward=big)), "dx"),
    (lambda big: SpatialTransformer(Sequential(Own(backward=big), Linear(20, 6, 0)), sampler=BILINEAR._replace(
        backward=lambda dV, cache, need_dU: (big(dV), np.zeros((2, 4, 5, 2))))), "dU"),
])
def test_gradients_of_two_roads_that_overflow_together_are_refused(make, name):
    network = make(lambda dx: np.full_like(dx, 1e308))
    dout = np.ones_like(network.forward(images(2, 1, 4, 5)))
    with np.errstate(over="ignore"):
        assert refusal(ValueError, network.backward, dout).startswith(f"{name} is too large for float64")


# What is changed after it was made

def test_a_module_of_ones_own_begins_as_a_module():
    class Forgets(ReLU):
        def __init__(self):
            pass

    for make in (Sequential, stn.WithTheta(look()).__class__, SpatialTransformer, stn.SGD):
        arguments = (look(), Forgets()) if make is stn.WithTheta else (Forgets(),)
        assert refusal(TypeError, make, *arguments) == "Forgets.__init__ must begin with super().__init__()"


@every_place
@pytest.mark.parametrize("child, message", [
    (None, "must be a module such as stn_numpy.MLP, got None"), (np.tanh, "must be a module such as stn_numpy.MLP, got an"),
    ("itself", "stands in two places of this network"), ("the same", "stands in two places of this network")])
def test_a_child_put_in_later_is_a_module_of_its_own(place, child, message):
    network, x = PLACES[place](Own()), images(2, 1, 4, 5)
    parts = network.children
    parts["late"] = {"itself": network, "the same": list(parts.values())[0]}.get(child, child)
    assert message in refusal((TypeError, ValueError), network.forward, x)


def test_the_grid_that_a_transformer_shows_is_read_only():
    """The sampler's cache may hold it: in place, `grid *= 10` for a picture would change the gradient."""
    for make in (look, lambda: stn.MultiHeadTransformer(Linear(20, 12), 2)):
        transformer = make()
        transformer.forward(images(2, 1, 4, 5))
        with pytest.raises(ValueError, match="read-only"):
            transformer.grid *= 10


@pytest.mark.parametrize("name, value", [("transform", "affine"), ("out_shape", (4, 3)), ("align_corners", False)])
def test_a_learned_grid_is_for_one_size_and_one_rule(name, value):
    """Its B has a column for each point, row by row: at another size of as many points they would be mixed up."""
    transformer = stn.LearnedGridTransformer(Linear(20, 6), (3, 4))
    message = refusal(TypeError, setattr, transformer, name, value)
    assert message == f"{name} of a LearnedGridTransformer cannot be set: its B was made for the one that it has"
    transformer.padding = "border"
    assert transformer.forward(images(2, 1, 4, 5)).shape == (2, 1, 3, 4)


def test_heads_are_checked_whenever_they_are_set():
    transformer = stn.MultiHeadTransformer(Linear(20, 12, 0), 2)
    V = transformer.forward(images(2, 1, 4, 5))
    dU = transformer.backward(V)
    assert refusal(ValueError, setattr, transformer, "heads", 0) == "heads must be a whole number from 1 up, got 0"
    transformer.heads = 3
    np.testing.assert_array_equal(transformer.backward(V), dU)                     # that of the forward pass before
    assert refusal(ValueError, transformer.forward, images(2, 1, 4, 5)) == "theta must have shape (N, 18), got (2, 12)"
