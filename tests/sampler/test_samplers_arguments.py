"""What the samplers take, leave alone and refuse, and in which words."""

import numpy as np
import pytest
from sampler_inputs import PAIRS, both_dtypes, each_kernel, each_padding, random_inputs, run

import stn_numpy as stn


def test_defaults_are_zeros_and_aligned_corners():
    U, grid, dV = random_inputs((4, 5), (3, 6))
    for kernel, (forward, _) in PAIRS.items():
        np.testing.assert_array_equal(forward(U, grid)[0], forward(U, grid, "zeros", True)[0])


@both_dtypes
@each_padding
@each_kernel
def test_without_dU_the_rest_is_the_same(kernel, padding, dtype):
    U, grid, dV = [array.astype(dtype) for array in random_inputs((4, 5), (3, 6))]
    forward, backward = PAIRS[kernel]
    V, cache = forward(U, grid, padding)
    nothing, dgrid = backward(dV, cache, need_dU=False)
    assert nothing is None
    np.testing.assert_array_equal(dgrid, backward(dV, cache)[1])


@both_dtypes
@each_padding
@each_kernel
def test_arguments_and_cache_stay_as_they_are(kernel, padding, dtype):
    U, grid, dV = [array.astype(dtype) for array in random_inputs((4, 5), (3, 6))]
    copies = [array.copy() for array in (U, grid, dV)]
    forward, backward = PAIRS[kernel]
    V, cache = forward(U, grid, padding)
    first = backward(dV, cache)
    for array, copy in zip((U, grid, dV), copies):
        np.testing.assert_array_equal(array, copy)
    for again, once in zip(backward(dV, cache), first):
        np.testing.assert_array_equal(again, once)


@each_padding
@each_kernel
def test_strides_lists_and_read_only_arrays_are_fine(kernel, padding):
    arrays = random_inputs((4, 5), (3, 6))
    wanted = run(kernel, *arrays, padding=padding)
    strided = [np.repeat(array, 2, axis=1)[:, ::2] for array in arrays]
    backwards = [array[..., ::-1].copy()[..., ::-1] for array in arrays]
    fortran = [np.asfortranarray(array) for array in arrays]
    read_only = [array.copy() for array in arrays]
    for array in strided + backwards + fortran + read_only:
        array.flags.writeable = False
    for same in (strided, backwards, fortran, read_only, [array.tolist() for array in arrays]):
        for result, same_result in zip(run(kernel, *same, padding=padding), wanted):
            assert result.flags.writeable
            np.testing.assert_allclose(result, same_result, rtol=0, atol=1e-13)
    shared = np.broadcast_to(arrays[0][:1, :1], arrays[0].shape)            # one image, stride 0
    np.testing.assert_array_equal(run(kernel, shared, *arrays[1:], padding=padding)[0],
                                  run(kernel, shared.copy(), *arrays[1:], padding=padding)[0])


U, GRID = np.zeros((2, 3, 4, 5)), np.zeros((2, 6, 7, 2))
VOLUME, GRID_3D = np.zeros((2, 3, 2, 4, 5)), np.zeros((2, 3, 6, 7, 3))


@each_kernel
@pytest.mark.parametrize("U, grid, error, message", [
    (U[0], GRID, ValueError, "U must have shape (N, C, H, W), got (3, 4, 5)"),
    (U[None, None], GRID, ValueError, "U must have shape (N, C, H, W), got (1, 1, 2, 3, 4, 5)"),
    (None, GRID, TypeError, "U must be float32 or float64, got object"),
    (U, GRID[0], ValueError, "grid must have shape (N, H_out, W_out, 2), got (6, 7, 2)"),
    (U, GRID[..., :1], ValueError, "grid must have shape (N, H_out, W_out, 2), got (2, 6, 7, 1)"),
    (U, np.moveaxis(GRID, -1, 1), ValueError, "grid must have shape (N, H_out, W_out, 2), got (2, 2, 6, 7)"),
    (U, GRID_3D, ValueError, "grid must have shape (N, H_out, W_out, 2), got (2, 3, 6, 7, 3)"),
    (VOLUME, GRID, ValueError, "grid must have shape (N, D_out, H_out, W_out, 3), got (2, 6, 7, 2)"),
    (VOLUME, GRID_3D[..., :2], ValueError, "grid must have shape (N, D_out, H_out, W_out, 3), got (2, 3, 6, 7, 2)"),
    (U, GRID[:1], ValueError, "grid must have shape (N, H_out, W_out, 2) with N = 2 as in U, got (1, 6, 7, 2)"),
    (VOLUME[:1], GRID_3D, ValueError, "with N = 1 as in U, got (2, 3, 6, 7, 3)"),
    (U[:0], GRID[:0], ValueError,
     "U must not be empty: wanted (N, C, H, W) with every size at least 1, got (0, 3, 4, 5)"),
    (U[:, :0], GRID, ValueError, "U must not be empty"),
    (U[..., :0], GRID, ValueError, "U must not be empty"),
    (U, GRID[:, :0], ValueError, "grid must not be empty: wanted (N, H_out, W_out, 2)"),
    (U.astype(int), GRID, TypeError, "U must be float32 or float64, got int64; convert it with np.asarray(U, dtype="),
    (U.astype(np.uint8), GRID, TypeError, "U must be float32 or float64, got uint8"),
    (U.astype(bool), GRID, TypeError, "U must be float32 or float64, got bool"),
    (U.astype(np.float16), GRID, TypeError, "U must be float32 or float64, got float16"),
    (U.astype(complex), GRID, TypeError, "U must be float32 or float64, got complex128"),
    (U.astype(object), GRID, TypeError, "U must be float32 or float64, got object"),
    (U, GRID.astype(int), TypeError, "grid must be float32 or float64, got int64"),
    (U, GRID.astype(object), TypeError, "grid must be float32 or float64, got object"),
    (U.astype(np.float32), GRID, TypeError, "grid must have the dtype of U, float32, got float64"),
    (U, GRID.astype(np.float32), TypeError, "grid must have the dtype of U, float64, got float32"),
])
def test_wrong_arrays(kernel, U, grid, error, message):
    with pytest.raises(error) as caught:
        PAIRS[kernel][0](U, grid)
    assert message in str(caught.value)


@both_dtypes
@each_padding
@each_kernel
@pytest.mark.parametrize("value, text", [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_what_is_not_finite_is_named(kernel, padding, dtype, value, text):
    U, grid, dV = [array.astype(dtype) for array in random_inputs((4, 5), (3, 6))]
    forward, backward = PAIRS[kernel]
    _, cache = forward(U, grid, padding)
    grid[1, 2, 0, 1], dV[0, 1, 2, 3] = value, value
    with pytest.raises(ValueError) as caught:
        forward(U, grid, padding)
    assert str(caught.value) == f"grid must be finite, but 1 of 72 entries are not: grid[1, 2, 0, 1] = {text}"
    U[1, 0, 3, 4] = value
    with pytest.raises(ValueError) as caught:
        forward(U, grid, padding)
    assert str(caught.value) == f"U must be finite, but 1 of 120 entries are not: U[1, 0, 3, 4] = {text}"
    with pytest.raises(ValueError) as caught:
        backward(dV, cache)
    assert str(caught.value) == f"dV must be finite, but 1 of 108 entries are not: dV[0, 1, 2, 3] = {text}"


@each_kernel
@pytest.mark.parametrize("padding", ["reflect", "Zeros", "", None, 0, ["zeros"]])
def test_unknown_paddings(kernel, padding):
    with pytest.raises(ValueError) as caught:
        PAIRS[kernel][0](U, GRID, padding=padding)
    assert str(caught.value) == f"padding must be one of 'zeros', 'border', 'reflection', got {padding!r}"


@each_kernel
@pytest.mark.parametrize("dV, error, message", [
    (np.zeros((2, 3, 4, 5)), ValueError, "dV must have shape (2, 3, 6, 7), got (2, 3, 4, 5)"),
    (np.zeros((2, 3, 42)), ValueError, "dV must have shape (2, 3, 6, 7), got (2, 3, 42)"),
    (np.zeros((1, 3, 6, 7)), ValueError, "dV must have shape (2, 3, 6, 7), got (1, 3, 6, 7)"),
    (1.0, ValueError, "dV must have shape (2, 3, 6, 7), got ()"),
    (np.zeros((2, 3, 6, 7), np.float32), TypeError, "dV must have the dtype of the output, float64, got float32"),
    (np.zeros((2, 3, 6, 7), int), TypeError, "dV must be float32 or float64, got int64"),
    (None, TypeError, "dV must be float32 or float64, got object"),
])
def test_wrong_dV(kernel, dV, error, message):
    forward, backward = PAIRS[kernel]
    _, cache = forward(U, GRID)
    with pytest.raises(error) as caught:
        backward(dV, cache)
    assert message in str(caught.value)


def test_the_cache_that_was_not_made_is_asked_for():
    V, cache = stn.bilinear_sampler_forward(U, GRID, need_cache=False)
    with pytest.raises(TypeError, match="got None: call it with need_cache=True"):
        stn.bilinear_sampler_backward(V, cache)
