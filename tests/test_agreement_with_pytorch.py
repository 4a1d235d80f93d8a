"""Agreement with PyTorch's affine_grid and grid_sample, and each point on which we differ on purpose.

The tests need no PyTorch: its answers are in fixtures/pytorch.npz, written by fixtures/make_pytorch_fixture.py.
"""

from pathlib import Path

import numpy as np
import pytest
from sampler_inputs import both_rules, each_padding, run

from stn_numpy.grid.affine import affine_grid_backward, affine_grid_forward

with np.load(Path(__file__).parent / "fixtures" / "pytorch.npz", allow_pickle=False) as file:
    PYTORCH = dict(file)

OURS = {"bilinear": "bilinear", "nearest": "integer"}      # PyTorch's mode -> our kernel
each_mode = pytest.mark.parametrize("mode", OURS)


def assert_agree(ours, pytorch):
    assert ours.dtype == pytorch.dtype == np.float64
    np.testing.assert_allclose(ours, pytorch, rtol=0, atol=1e-10)


@both_rules
@pytest.mark.parametrize("size", ["3x5", "1x4", "4x1", "2x3x4", "1x2x1"])
def test_affine_grid(size, align_corners):
    theta, dgrid = PYTORCH[f"affine_grid/{size}/theta"], PYTORCH[f"affine_grid/{size}/dgrid"]
    grid, cache = affine_grid_forward(theta, [int(n) for n in size.split("x")], align_corners)
    assert_agree(grid, PYTORCH[f"affine_grid/{size}/{align_corners}/grid"])
    assert_agree(affine_grid_backward(dgrid, cache), PYTORCH[f"affine_grid/{size}/{align_corners}/dtheta"])


@both_rules
@each_padding
@each_mode
@pytest.mark.parametrize("shapes", ["image", "volume", "row", "column"])
def test_samplers(shapes, mode, padding, align_corners):
    inputs = [PYTORCH[f"grid_sample/{shapes}/{array}"] for array in ("U", "grid", "dV")]
    results = run(OURS[mode], *inputs, padding=padding, align_corners=align_corners)
    for array, ours in zip(("V", "dU", "dgrid"), results):
        assert_agree(ours, PYTORCH[f"grid_sample/{shapes}/{mode}/{padding}/{align_corners}/{array}"])


def along_a_row(mode, padding, align_corners):
    """x in pixels at every half pixel; V of ours and of PyTorch there; dV/dgrid along x of ours and of PyTorch."""
    x, U, grid = [PYTORCH[f"kinks/{align_corners}/{array}"] for array in ("x", "U", "grid")]
    V, _, dgrid = run(OURS[mode], U, grid, np.ones((1, 1, 1, len(x))), padding=padding, align_corners=align_corners)
    pytorch = [PYTORCH[f"kinks/{align_corners}/{mode}/{padding}/{array}"] for array in ("V", "dgrid")]
    return x, V.ravel(), pytorch[0].ravel(), dgrid[0, 0, :, 0], pytorch[1][0, 0, :, 0]


@both_rules
@each_padding
def test_bilinear_values_agree_on_the_kinks_too(padding, align_corners):
    _, V, pytorch_V, _, _ = along_a_row("bilinear", padding, align_corners)
    assert_agree(V, pytorch_V)


@both_rules
@pytest.mark.parametrize("padding, where", [
    ("zeros", {True: [], False: []}),
    ("border", {True: [0], False: [0]}),
    # Aligned, 5 pixels: mirrors at -8, -4, 0, 4, 8 and 12; x moves backwards in the image over -4..0 and 4..8.
    # By the edges, 4 pixels: mirrors at -4.5, -0.5, 3.5, 7.5 and 11.5; backwards over -4.5..-0.5 and 3.5..7.5.
    ("reflection", {True: [-9, -8, -4, -3, -2, -1, 0, 4, 5, 6, 7, 8, 12, 13, 14],
                    False: [-4, -3, -2, 0, 4, 5, 6, 8]}),
])
def test_where_the_slope_on_a_kink_is_another(padding, where, align_corners):
    """We take the right-hand slope everywhere. PyTorch takes it within the image, but 0 on the edge pixels under border
    and reflection, and the left-hand one where reflection makes x run backwards. Off the kinks, nothing differs."""
    x, V, _, slope, pytorch_slope = along_a_row("bilinear", padding, align_corners)
    from_point_to_point = np.diff(V) / 0.5 * 2             # half a pixel from each to the next, 2 pixels per unit
    left_hand, right_hand = from_point_to_point[:-1], from_point_to_point[1:]
    x, slope, pytorch_slope = x[1:-1], slope[1:-1], pytorch_slope[1:-1]
    assert_agree(slope, right_hand)
    differs = np.abs(slope - pytorch_slope) > 1e-10
    assert x[differs].tolist() == where[align_corners]
    assert ((pytorch_slope == 0) | np.isclose(pytorch_slope, left_hand))[differs].all()


@both_rules
@each_padding
def test_half_way_we_go_up_and_pytorch_to_the_even_pixel(padding, align_corners):
    """Eq. 4 says floor(x + 1/2); PyTorch's "nearest" rounds half to even."""
    x, V, pytorch_V, _, _ = along_a_row("nearest", padding, align_corners)
    if padding == "zeros":
        row = dict(enumerate(PYTORCH[f"kinks/{align_corners}/U"].ravel()))
        assert V.tolist() == [row.get(np.floor(x + 0.5), 0) for x in x]
        assert pytorch_V.tolist() == [row.get(np.round(x), 0) for x in x]
    assert (V == pytorch_V)[x % 1 != 0.5].all()
    about_the_image = (x > -1) & (x < {True: 5, False: 4}[align_corners])
    wanted = {"zeros": {True: [0.5, 2.5, 4.5], False: [0.5, 2.5]}, "border": {True: [0.5, 2.5], False: [0.5, 2.5]},
              "reflection": {True: [0.5, 2.5, 4.5], False: [0.5, 2.5]}}
    assert x[about_the_image & (V != pytorch_V)].tolist() == wanted[padding][align_corners]
