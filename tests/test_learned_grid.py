"""A transformer whose grid is learned: it begins as the regular grid, and every gradient reaches B."""

import numpy as np
import pytest

import stn_numpy as stn
from stn_numpy.arrangements import LearnedGridTransformer
from stn_numpy.checking.gradcheck import gradcheck
from stn_numpy.grid.coordinates import target_points


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("in_shape", [(5, 6), (3, 4, 5)])
def test_it_begins_with_the_identity(in_shape, align_corners, dtype):
    U = np.random.default_rng(3).standard_normal((2, 3, *in_shape)).astype(dtype)
    localisation = stn.MLP([U[0].size, {2: 6, 3: 12}[len(in_shape)]], 0, dtype)
    transformer = LearnedGridTransformer(localisation, in_shape, align_corners=align_corners, dtype=dtype)
    V = transformer.forward(U)
    np.testing.assert_array_equal(V, U)
    assert transformer.backward(V).dtype == transformer.grads["B"].dtype == V.dtype == dtype


def shaken_transformer():
    rng = np.random.default_rng(4)
    transformer = LearnedGridTransformer(stn.MLP([2 * 5 * 6, 6], 0), (3, 4))
    for param in transformer.params.values():
        param += 0.02 * rng.standard_normal(param.shape)
    return transformer, rng.standard_normal((2, 2, 5, 6))


def test_the_gradient_to_the_grid_and_to_the_image():
    transformer, U = shaken_transformer()

    def forward(U, B):
        transformer.params["B"][...] = B
        return transformer.forward(U), None

    def backward(dV, _):
        dU = transformer.backward(dV)
        return dU, transformer.grads["B"].copy()

    gradcheck(forward, backward, (U, transformer.params["B"].copy()), step=1e-5)


def test_the_grid_is_a_parameter_like_any_other():
    transformer, U = shaken_transformer()
    assert set(transformer.params) == {"B", "localisation.layer1.W", "localisation.layer1.b"}
    regular = target_points((3, 4), True, np.dtype(float))
    other = LearnedGridTransformer(stn.MLP([60, 6], 0), (3, 4))
    np.testing.assert_array_equal(other.params["B"], regular)                       # each module has a B of its own
    wanted = np.random.default_rng(5).standard_normal((2, 2, 3, 4))
    losses = []
    for _ in range(30):
        difference = transformer.forward(U) - wanted
        losses.append((difference ** 2).sum())
        transformer.backward(difference)
        transformer.params["B"][...] -= 0.01 * transformer.grads["B"]
    assert losses[-1] < 0.8 * losses[0]
    np.testing.assert_array_equal(target_points((3, 4), True, np.dtype(float)), regular)
