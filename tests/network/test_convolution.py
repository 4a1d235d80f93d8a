"""Convolution against loops that read as its equations, against PyTorch, and at the door.

Its gradients, float32 and memory layouts are checked in test_every_gradient.py, with the cases of gradient_cases.py.
"""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from network_checks import check_gradients, images, run

from stn_numpy.network import convolution
from stn_numpy.network.convolution import conv2d_backward, conv2d_forward
from stn_numpy.network.modules import Conv2D, Linear, MaxPool, ReLU, Sequential
from stn_numpy.transformer import SpatialTransformer

FIXTURE = Path(__file__).parents[1] / "fixtures" / "convolution.npz"

# Shape of x, shape of W, padding: filters high and wide, of one pixel, as large as the image, and larger.
SHAPES = [((2, 3, 5, 6), (4, 3, 2, 3), 0), ((2, 1, 5, 6), (2, 1, 3, 3), 1), ((3, 2, 4, 3), (1, 2, 4, 3), 0),
          ((2, 2, 3, 4), (3, 2, 1, 1), 0), ((1, 2, 3, 4), (3, 2, 1, 2), 2), ((2, 2, 2, 3), (2, 2, 5, 4), 2),
          ((2, 3, 1, 1), (2, 3, 1, 1), 0), ((2, 1, 7, 2), (1, 1, 3, 2), 3)]
each_shape = pytest.mark.parametrize("x_shape, W_shape, padding", SHAPES)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def conv_inputs(x_shape, W_shape):
    return normal(*x_shape), normal(*W_shape, seed=1), normal(W_shape[0], seed=2)


def refusal(error, function, *args, **options):
    with pytest.raises(error) as caught:
        function(*args, **options)
    return str(caught.value)


# conv2d

def terms(x_shape, W_shape, padding):
    """Indices n, k, (c, u, v), (h, w), (i, j) of all products filters[k,c,u,v] U[n,c,h,w] in V[n,k,i,j]."""
    (N, C, H, W), (K, _, h, w), p = x_shape, W_shape, padding
    for n, k, c, i, j, u, v in np.ndindex(N, K, C, H + 2 * p - h + 1, W + 2 * p - w + 1, h, w):
        if 0 <= i + u - p < H and 0 <= j + v - p < W:
            yield n, k, (c, u, v), (i + u - p, j + v - p), (i, j)


def conv2d_loops(U, filters, b, padding):
    """V[n,k,i,j] = b[k] + sum_cuv filters[k,c,u,v] U[n,c,i+u-p,j+v-p]"""
    sizes = [size + 2 * padding - reach + 1 for size, reach in zip(U.shape[2:], filters.shape[2:])]
    V = np.zeros((len(U), len(filters), *sizes)) + b[:, None, None]
    for n, k, (c, u, v), (h, w), (i, j) in terms(U.shape, filters.shape, padding):
        V[n, k, i, j] += filters[k, c, u, v] * U[n, c, h, w]
    return V


def conv2d_backward_loops(dV, U, filters, padding):
    dU, dfilters, db = np.zeros(U.shape), np.zeros(filters.shape), np.zeros(len(filters))
    for n, k, (c, u, v), (h, w), (i, j) in terms(U.shape, filters.shape, padding):
        dU[n, c, h, w] += filters[k, c, u, v] * dV[n, k, i, j]
        dfilters[k, c, u, v] += U[n, c, h, w] * dV[n, k, i, j]
    for n, k, i, j in np.ndindex(dV.shape):
        db[k] += dV[n, k, i, j]
    return dU, dfilters, db


@each_shape
def test_conv2d_equals_loops(x_shape, W_shape, padding):
    U, filters, b = conv_inputs(x_shape, W_shape)
    V, cache = conv2d_forward(U, filters, b, padding)
    wanted = conv2d_loops(U, filters, b, padding)
    assert V.shape == wanted.shape
    np.testing.assert_allclose(V, wanted, rtol=0, atol=1e-13)
    dV = normal(*V.shape, seed=3)
    for got, loop in zip(conv2d_backward(dV, cache), conv2d_backward_loops(dV, U, filters, padding), strict=True):
        assert got.shape == loop.shape
        np.testing.assert_allclose(got, loop, rtol=0, atol=1e-13)


def test_conv2d_by_hand():
    """A filter that takes the pixel to the right from each pixel: it is not turned round."""
    U = np.array([[[[1.0, 5.0, 6.0], [2.0, 4.0, 8.0]]]])
    V, cache = conv2d_forward(U, np.array([[[[-1.0, 1.0]]]]), np.array([0.5]))
    np.testing.assert_array_equal(V, [[[[4.5, 1.5], [2.5, 4.5]]]])
    dU, dfilters, db = conv2d_backward(np.array([[[[1.0, 10.0], [0.0, 0.0]]]]), cache)
    np.testing.assert_array_equal(dU, [[[[-1, -9, 10], [0, 0, 0]]]])
    np.testing.assert_array_equal(dfilters, [[[[51, 65]]]])
    np.testing.assert_array_equal(db, [11])


@pytest.mark.parametrize("padding", [0, 2])
def test_conv2d_is_that_of_pytorch(padding):
    with np.load(FIXTURE, allow_pickle=False) as pytorch:
        V, cache = conv2d_forward(pytorch["x"], pytorch["W"], pytorch["b"], padding)
        np.testing.assert_allclose(V, pytorch[f"conv{padding}_out"], rtol=0, atol=1e-12)
        for name, got in zip("xWb", conv2d_backward(pytorch[f"conv{padding}_dout"], cache)):
            np.testing.assert_allclose(got, pytorch[f"conv{padding}_d{name}"], rtol=0, atol=1e-12)


def test_a_filter_of_one_pixel_is_a_linear_layer_at_each():
    U, filters, b = conv_inputs((2, 3, 4, 5), (6, 3, 1, 1))
    V, _ = conv2d_forward(U, filters, b)
    np.testing.assert_allclose(np.moveaxis(V, 1, -1), np.moveaxis(U, 1, -1) @ filters[:, :, 0, 0].T + b, rtol=1e-12)


def test_padding_is_a_frame_of_zeros():
    U, filters, b = conv_inputs((2, 3, 4, 5), (2, 3, 3, 3))
    framed = np.pad(U, ((0, 0), (0, 0), (2, 2), (2, 2)))
    np.testing.assert_array_equal(conv2d_forward(U, filters, b, padding=2)[0], conv2d_forward(framed, filters, b)[0])


def test_a_shifted_image_gives_a_shifted_output():
    U, filters, b = conv_inputs((2, 3, 7, 8), (4, 3, 3, 2))
    moved = np.roll(U, (2, 1), axis=(2, 3))
    V, moved_V = conv2d_forward(U, filters, b)[0], conv2d_forward(moved, filters, b)[0]
    np.testing.assert_allclose(moved_V[:, :, 2:, 1:], V[:, :, :-2, :-1], rtol=0, atol=1e-13)


def test_conv2d_without_dU():
    _, cache = conv2d_forward(*conv_inputs((2, 3, 4, 5), (6, 3, 2, 2)))
    dV = normal(2, 6, 3, 4, seed=3)
    dU, dfilters, db = conv2d_backward(dV, cache, need_dU=False)
    assert dU is None
    for got, wanted in zip((dfilters, db), conv2d_backward(dV, cache)[1:]):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("entries", [1, 200, 1000])
def test_slicing_is_invisible(monkeypatch, entries):
    U, filters, b = [np.round(4 * array) for array in conv_inputs((5, 2, 4, 5), (3, 2, 3, 2))]      # exact in any order
    dV = np.round(4 * normal(5, 3, 4, 6, seed=3))
    V, cache = conv2d_forward(U, filters, b, 1)
    whole = V, *conv2d_backward(dV, cache)
    monkeypatch.setattr(convolution, "ENTRIES_PER_SLICE", entries)
    for sliced, wanted in zip((conv2d_forward(U, filters, b, 1)[0], *conv2d_backward(dV, cache)), whole, strict=True):
        np.testing.assert_array_equal(sliced, wanted)


def test_memory_does_not_grow_with_the_patches_of_the_batch():
    """All patches of 256 of these images would take 128 MB."""
    filters, b = np.ones((4, 1, 9, 9), np.float32), np.zeros(4, np.float32)
    U = np.ones((256, 1, 48, 48), np.float32)
    tracemalloc.start()
    V, cache = conv2d_forward(U, filters, b)
    gradients = conv2d_backward(V, cache)
    extra = tracemalloc.get_traced_memory()[1] - sum(array.nbytes for array in (V, *gradients))
    tracemalloc.stop()
    assert extra < 12e6


X, W, B = conv_inputs((2, 3, 4, 5), (6, 3, 2, 2))


@pytest.mark.parametrize("error, message, change", [
    (ValueError, "U must have shape (N, C, H, W), got (3, 4, 5)", dict(U=X[0])),
    (ValueError, "filters must have shape (K, C, h, w) with C = 3 as in U, got (6, 2, 2, 2)", dict(filters=W[:, :2])),
    (ValueError, "b must have shape (K,) with K = 6 as in filters, got (5,)", dict(b=B[:5])),
    (ValueError, "U must not be empty", dict(U=X[:0])),
    (ValueError, "filters must be finite", dict(filters=W * np.inf)),
    (TypeError, "U must be float32 or float64, got int64", dict(U=X.astype(np.int64))),
    (TypeError, "b must have the dtype of U, float64, got float32", dict(b=B.astype(np.float32))),
    (ValueError, "padding must be a whole number of pixels from 0 up, got -1", dict(padding=-1)),
    (ValueError, "padding must be a whole number of pixels from 0 up, got 0.5", dict(padding=0.5)),
    (ValueError, "padding must be a whole number of pixels from 0 up, got 'zeros'", dict(padding="zeros")),
    (ValueError, "filters must not be larger than the image with its padding: filters has shape (6, 3, 2, 2), "
     "U (2, 3, 1, 5), padding is 0", dict(U=X[:, :, :1])),
    (ValueError, "filters must not be larger than the image with its padding: filters has shape (6, 3, 2, 2), "
     "U (2, 3, 4, 1), padding is 0", dict(U=X[:, :, :, :1])),
])
def test_conv2d_refuses(error, message, change):
    assert refusal(error, conv2d_forward, **{**dict(U=X, filters=W, b=B), **change}).startswith(message)


# modules

def test_conv2d_as_a_module_is_its_pair():
    layer, x = Conv2D(3, 5, size=3, padding=1, rng=0), images(2, 3, 4, 6)
    layer.params["b"][...] = images(5)
    out, cache = conv2d_forward(x, layer.params["W"], layer.params["b"], padding=1)
    dout = images(*out.shape, seed=1)
    np.testing.assert_array_equal(layer.forward(x), out)
    dx, dW, db = conv2d_backward(dout, cache)
    np.testing.assert_array_equal(layer.backward(dout), dx)
    np.testing.assert_array_equal(layer.grads["W"], dW)
    np.testing.assert_array_equal(layer.grads["b"], db)
    assert layer.backward(dout, need_dx=False) is None


def test_filters_start_with_a_spread_that_keeps_the_variance_through_a_relu():
    params = Conv2D(30, 40, size=5, rng=0).params
    assert params["W"].shape == (40, 30, 5, 5) and params["b"].shape == (40,) and not params["b"].any()
    assert params["W"].std() == pytest.approx(np.sqrt(2 / 750), rel=0.02) and abs(params["W"].mean()) < 1e-3
    np.testing.assert_array_equal(params["W"], Conv2D(30, 40, size=5, rng=0).params["W"])


def st_cnn(dtype=np.float64):
    """A small ST-CNN: a convolutional localisation net, and a convolution before and after the transformer."""
    rng = np.random.default_rng(0)
    localisation = Sequential(Conv2D(2, 3, 3, 0, rng, dtype), MaxPool(), ReLU(), Linear(3 * 2 * 3, 6, rng, dtype))
    network = Sequential(
        filters=Conv2D(1, 2, 3, 1, rng, dtype),
        transformer=SpatialTransformer(localisation, out_shape=(5, 7)),
        more_filters=Conv2D(2, 3, 2, 0, rng, dtype),
        pool=MaxPool(), relu=ReLU(),
        classifier=Linear(3 * 2 * 3, 4, rng, dtype))
    for array in network.params.values():                # off the identity, and off the kink of the ReLU
        array += 0.1 * rng.standard_normal(array.shape)
    return network


def test_an_st_cnn_has_the_right_gradient_to_every_parameter_and_to_its_input():
    network = st_cnn()
    reports = check_gradients(network, images(2, 1, 6, 8))
    assert list(reports) == ["x", *network.params]
    assert all(np.abs(grad).max() > 1e-3 for grad in network.grads.values())      # no road is blocked


def test_an_st_cnn_in_float32():
    out, dx, grads = run(st_cnn(np.float32), images(2, 1, 6, 8, dtype=np.float32))
    assert all(array.dtype == np.float32 for array in (out, dx, *grads.values()))


def test_what_conv2d_refuses_as_a_module():
    for wrong in ((0, 1, 3), (1, 2.5, 3), (1, 1, (3, 3))):
        assert "(channels_in, channels_out, size), positive whole numbers, got" in refusal(ValueError, Conv2D, *wrong)
    assert "C = 2 as in U, got (3, 1, 3, 3)" in refusal(ValueError, Conv2D(1, 3, 3).forward, images(2, 2, 4, 4))
    assert "padding must be a whole number of pixels" in refusal(ValueError, Conv2D, 1, 3, 3, padding="same")
