"""The public door: what is let in, and what is said to the rest. Each message names what came and what is wanted."""

import numpy as np
import pytest

from stn_numpy.checking import validate

U, GRID = np.ones((2, 3, 4, 5)), np.zeros((2, 6, 7, 2))


def refusal(error, check, *args, **named):
    with pytest.raises(error) as caught:
        check(*args, **named)
    return str(caught.value)


# arrays

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_come_back_in_order_and_as_they_are(dtype):
    image, grid = U.astype(dtype), GRID.astype(dtype)
    checked = validate.arrays(U=(image, "N C H W"), grid=(grid, "N H_out W_out 2"))
    assert checked[0] is image and checked[1] is grid and len(checked) == 2


def test_lists_of_floats_become_arrays():
    [x] = validate.arrays(x=([[1.0, 2.0]], "N D"))
    assert x.dtype == np.float64
    np.testing.assert_array_equal(x, [[1, 2]])


def test_read_only_and_strided_arrays_are_let_in():
    x = np.ones((4, 6))[::2, ::-3]
    x.flags.writeable = False
    assert validate.arrays(x=(x, "N D"))[0] is x


@pytest.mark.parametrize("value, got", [
    (np.ones((2, 3), int), "int64"), (np.ones((2, 3), bool), "bool"), (np.ones((2, 3), np.float16), "float16"),
    (np.ones((2, 3), complex), "complex128"), (np.array([[None] * 3] * 2), "object"), (None, "object"),
    (np.array([["1.0"]]), "<U3"), ([[1, 2, 3]], "int64"),
])
def test_other_dtypes(value, got):
    message = refusal(TypeError, validate.arrays, x=(value, "N D"))
    assert message == f"x must be float32 or float64, got {got}; convert it with np.asarray(x, dtype=np.float64)"


def test_two_dtypes_in_one_call():
    message = refusal(TypeError, validate.arrays, U=(U, "N C H W"), grid=(GRID.astype(np.float32), "N H_out W_out 2"))
    assert message == "grid must have the dtype of U, float64, got float32"


@pytest.mark.parametrize("shape, wanted, text", [
    ((2,), "N D", "(N, D)"), ((2, 3, 4), "N D", "(N, D)"), ((), "N D", "(N, D)"),
    ((2, 3), "N", "(N,)"), ((2, 3), "2 D K", "(2, D, K)"), ((1,), "", "()"),
])
def test_wrong_number_of_axes(shape, wanted, text):
    assert refusal(ValueError, validate.arrays, x=(np.ones(shape), wanted)) == f"x must have shape {text}, got {shape}"


def test_a_symbol_is_one_size_in_one_call():
    message = refusal(ValueError, validate.arrays, U=(U, "N C H W"), grid=(GRID[:1], "N H_out W_out 2"))
    assert message == "grid must have shape (N, H_out, W_out, 2) with N = 2 as in U, got (1, 6, 7, 2)"
    assert "x must have shape (D, D) with D = 2 as in x, got (2, 3)" in refusal(
        ValueError, validate.arrays, x=(np.ones((2, 3)), "D D"))
    for _ in range(2):      # and forgotten in the next
        validate.arrays(x=(np.ones((2, 3)), "N D"))
        validate.arrays(x=(np.ones((4, 5)), "N D"))


def test_a_number_is_that_size():
    message = refusal(ValueError, validate.arrays, grid=(np.zeros((2, 6, 7, 3)), "N H_out W_out 2"))
    assert message == "grid must have shape (N, H_out, W_out, 2), got (2, 6, 7, 3)"


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_empty(shape):
    message = refusal(ValueError, validate.arrays, x=(np.ones(shape), "N D"))
    assert message == f"x must not be empty: wanted (N, D) with every size at least 1, got {shape}"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_not_finite(bad, dtype):
    x = np.ones((3, 4), dtype)
    x[1, 2] = x[2, 0] = bad
    message = refusal(ValueError, validate.arrays, theta=(x, "N D"))
    assert message == f"theta must be finite, but 2 of 12 entries are not: theta[1, 2] = {bad}"


def test_infinities_that_cancel():
    message = refusal(ValueError, validate.arrays, x=(np.array([np.inf, -np.inf]), "N"))
    assert message == "x must be finite, but 2 of 2 entries are not: x[0] = inf"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_numbers_are_finite_though_their_sum_is_not(dtype):
    largest = np.full((2, 3), np.finfo(dtype).max)
    assert validate.arrays(x=(largest, "N D"))[0] is largest


# labels

@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels(dtype):
    labels = validate.labels("labels", np.array([0, 9, 3], dtype), 3, 10)
    assert labels.dtype == np.intp
    np.testing.assert_array_equal(labels, [0, 9, 3])
    np.testing.assert_array_equal(validate.labels("labels", [0, 9, 3], 3, 10), [0, 9, 3])


@pytest.mark.parametrize("value, error, message", [
    ([0.0, 1.0], TypeError, "labels must be integers, got float64"),
    ([True, False], TypeError, "labels must be integers, got bool"),
    (["0", "1"], TypeError, "labels must be integers, got <U1"),
    ([0, 1, 2], ValueError, "labels must have shape (2,), one for each row, got (3,)"),
    ([[0], [1]], ValueError, "labels must have shape (2,), one for each row, got (2, 1)"),
    (1, ValueError, "labels must have shape (2,), one for each row, got ()"),
    ([0, 10], ValueError, "labels must lie in 0..9, got values from 0 to 10"),
    ([-1, 9], ValueError, "labels must lie in 0..9, got values from -1 to 9"),
])
def test_wrong_labels(value, error, message):
    assert refusal(error, validate.labels, "labels", value, 2, 10) == message


# choice and sizes

def test_choice():
    assert validate.choice("padding", "border", ("zeros", "border")) == "border"


@pytest.mark.parametrize("value", ["Border", "", "bord", None, 0, True, ["zeros"], np.zeros(2)])
def test_wrong_choice(value):
    message = refusal(ValueError, validate.choice, "padding", value, ("zeros", "border"))
    assert message == f"padding must be one of 'zeros', 'border', got {value!r}"


@pytest.mark.parametrize("value", [(3, 4), [3, 4], np.array([3, 4]), (np.int32(3), np.uint8(4))])
def test_sizes(value):
    sizes = validate.sizes("out_shape", value, "H_out W_out")
    assert sizes == (3, 4) and type(sizes) is tuple and {type(size) for size in sizes} == {int}


@pytest.mark.parametrize("value", [(3,), (3, 4, 5), (3, 0), (-3, 4), (3.0, 4.0), ("3", "4"), 7, None, (3, None), "ab"])
def test_wrong_sizes(value):
    message = refusal(ValueError, validate.sizes, "out_shape", value, "H_out W_out")
    assert message == f"out_shape must be (H_out, W_out), positive whole numbers, got {value!r}"


@pytest.mark.parametrize("value", [3, -0.5, np.float32(2), np.int8(1)])
def test_number(value):
    assert validate.number("alpha", value) is value


def test_a_check_of_tiny_numbers_raises_nothing_of_its_own():
    """It squares them, and the reader may have asked NumPy to raise where a number becomes too small."""
    with np.errstate(all="raise"):
        for size in (1e-200, 1e200):
            validate.array("x", np.full(3, size))


@pytest.mark.parametrize("check, arguments", [
    (validate.choice, ("zeros", "border")), (validate.flag, ()), (validate.number, ()), (validate.whole, (1,)),
    (validate.sizes, "H W"), (validate.mapping, ())])
@pytest.mark.parametrize("value", [list(range(10 ** 4)), "x" * 10 ** 4, -10 ** 4000], ids=["list", "str", "int"])
def test_a_message_stays_short(check, arguments, value):
    arguments = (arguments,) if check in (validate.choice, validate.sizes) else arguments
    assert len(refusal((TypeError, ValueError), check, "option", value, *arguments)) < 200


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), True, "1", 1j, None, np.ones(1), 0.5])
def test_wrong_number(value):
    assert refusal(ValueError, validate.number, "alpha", value, above=1) == (
        f"alpha must be a finite number above 1, got {value!r}")


# gradient

@pytest.mark.parametrize("shape", [(2, 3), (4,), ()])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradient(shape, dtype):
    dV = np.ones(shape, dtype)
    assert validate.gradient("dV", dV, shape, dtype) is dV


@pytest.mark.parametrize("dV, error, message", [
    (np.ones((3, 2)), ValueError, "dV must have shape (2, 3), got (3, 2)"),
    (np.ones((1, 3)), ValueError, "dV must have shape (2, 3), got (1, 3)"),
    (np.ones(3), ValueError, "dV must have shape (2, 3), got (3,)"),
    (np.ones((2, 3), int), TypeError, "dV must be float32 or float64, got int64; convert it with"),
    (np.ones((2, 3), np.float32), TypeError, "dV must have the dtype of the output, float64, got float32"),
    (np.full((2, 3), np.nan), ValueError, "dV must be finite, but 6 of 6 entries are not: dV[0, 0] = nan"),
])
def test_wrong_gradient(dV, error, message):
    assert refusal(error, validate.gradient, "dV", dV, (2, 3), np.float64).startswith(message)
