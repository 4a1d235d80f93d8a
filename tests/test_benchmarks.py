"""The benchmarks run, need no other library, and refuse to compare unequal work. How fast anything is, no test says."""

import benchmarks.__main__ as command
import loop_references as loops
import numpy as np
import pytest
from benchmarks import convolution, floor, growth, rivals, sampler, step, timing

TINY = (2, 3, 4, 5, 3, 2)
NOWHERE = rivals.Rival("nowhere", "no_such_library.part", None)


def loop_forward(math, case):
    return lambda: loops.sampler(case.U, case.grid, "bilinear", "zeros", True).astype(np.float32)


def loop_forward_backward(math, case):
    arguments = case.dV, case.U, case.grid, "bilinear", "zeros", True
    return lambda: (loop_forward(math, case)(), *[g.astype(np.float32) for g in loops.sampler_backward(*arguments)])


def half_of_dU(math, case):
    V, dU, dgrid = loop_forward_backward(math, case)()
    return lambda: (V, dU / 2, dgrid)


def one_pass(name, *opponents):
    return {name: sampler.PASSES[name]._replace(rivals=list(opponents))}


def test_sampler_compares_both_passes_and_names_what_is_missing(capsys):
    passes = (one_pass("forward", rivals.Rival("loops", "math", loop_forward), NOWHERE)
              | one_pass("forward + backward", rivals.Rival("loops", "math", loop_forward_backward), NOWHERE))
    ratios = sampler.run(0, shapes=[TINY, TINY], passes=passes)
    assert list(ratios) == [("forward", "loops"), ("forward + backward", "loops")]
    assert all(np.shape(values) == (2, 2) and np.min(values) > 0 for values in ratios.values())
    printed = capsys.readouterr().out
    assert printed.count("2 x 3 x 4 x 5 -> 3 x 2") == 4 and "not measured: nowhere\n" in printed


def test_sampler_refuses_a_rival_that_does_other_work():
    with pytest.raises(AssertionError, match="half does other work: dU"):
        sampler.run(0, shapes=[TINY], passes=one_pass("forward + backward", rivals.Rival("half", "math", half_of_dU)))


def test_without_any_rival_the_floor_is_the_other_side(capsys):
    ratios = sampler.run(0, shapes=[TINY], passes=one_pass("forward", NOWHERE))
    assert list(ratios) == [("forward", "NumPy's floor")]
    assert "forward: ours / NumPy's floor" in capsys.readouterr().out


def test_the_floor_takes_and_adds_four_times_for_each_value(monkeypatch):
    monkeypatch.setattr(floor, "SLICE", 16)
    case, counted = rivals.make_case(*TINY), []
    for piece in floor.pieces(case):
        floor.take(piece)
        starts = [corner.ctypes.data for corner in piece.corners]
        assert [(start - starts[0]) // case.U.itemsize for start in starts] == [0, 1, 5, 6]           # W = 5
        np.testing.assert_array_equal(piece.room, [corner[piece.index] for corner in piece.corners])
        assert (np.diff(piece.index) >= 0).all() and len(piece.index) == piece.room.shape[1]
        piece.dcorners[0].base[:] = 0
        floor.add(piece)
        assert piece.dcorners[0].base.sum() == pytest.approx(4 * piece.dV.sum(dtype=float), abs=1e-4)
        counted.append(len(piece.index))
    assert counted == [16, 16, 4] and sum(counted) == case.dV.size


def test_the_floor_stays_in_its_arrays_where_the_last_piece_is_short(monkeypatch):
    monkeypatch.setattr(floor, "SLICE", 16)                                        # 7 values are left for the last one
    floor.forward_backward(rivals.make_case(1, 1, 1, 23, 1, 23))()


@pytest.mark.parametrize("run, called", [(floor.forward, ["take"] * 3),
                                         (floor.forward_backward, ["take"] * 3 + ["add"] * 3)])
def test_the_floor_goes_over_all_pieces(monkeypatch, run, called):
    calls = []
    monkeypatch.setattr(floor, "SLICE", 16)
    for name in ("take", "add"):
        monkeypatch.setattr(floor, name, lambda piece, name=name: calls.append(name))
    run(rivals.make_case(*TINY))()
    assert calls == called


def test_the_cases_rotate_and_scale_as_they_say():
    A = rivals.make_case(200, 1, 2, 2, 2, 2).theta[:, :, :2]
    scale = np.sqrt(np.linalg.det(A))
    angle = np.degrees(np.arctan2(A[:, 1, 0], A[:, 0, 0]))
    np.testing.assert_allclose(A @ A.transpose(0, 2, 1), scale[:, None, None]**2 * np.eye(2), atol=1e-5)
    assert 0.8 <= scale.min() < 0.82 and 1.18 < scale.max() <= 1.2 and -30 <= angle.min() < -28 < 28 < angle.max() <= 30


def test_the_matrices_of_pixels_read_where_the_grid_does():
    case = rivals.make_case(*TINY)
    target = np.stack([*np.meshgrid(np.arange(2), np.arange(3)), np.ones((3, 2))]).reshape(3, -1)
    x, y, _ = (rivals.pixel_matrices(case) @ target).transpose(1, 0, 2).reshape(3, 2, 3, 2)
    np.testing.assert_allclose([x, y], rivals.pixels_of(case, np.float64), atol=1e-5)


def test_a_slow_rival_gets_a_piece_of_the_same_work():
    case, given = rivals.make_case(2, 3, 8, 8, 6, 6), []
    piece = rivals.some_points(case, points=4)
    np.testing.assert_array_equal(sampler.forward(piece), sampler.forward(case)[:1, :1, 3:4, :4])
    slow = rivals.Rival("slow", "math", lambda _, case: given.append(case) or loop_forward(_, case), rivals.some_points)
    sampler.run(0, shapes=[TINY], passes=one_pass("forward", slow))
    assert [case.dV.shape for case in given] == [(1, 1, 1, 2)]


def test_the_time_of_a_piece_is_multiplied_up(monkeypatch):
    monkeypatch.setattr(timing, "duration", {"ours": 6.0, "theirs": 2.0}.get)
    assert timing.compare("ours", "theirs", 0, scale=10) == (6, 20, 0.3, 0.3, 0.3, timing.FEWEST, None)


def test_the_floor_is_timed_by_turns_with_both_sides(monkeypatch):
    calls, seconds = [], {"ours": 6.0, "floor": 3.0, "theirs": 2.0}
    monkeypatch.setattr(timing, "duration", lambda function: calls.append(function) or seconds[function])
    result = timing.compare("ours", "theirs", 0, scale=10, floor="floor")
    assert result == (6, 20, 0.3, 0.3, 0.3, timing.FEWEST, 2)
    assert calls[3:9] == ["theirs", "floor", "ours", "ours", "floor", "theirs"]
    assert timing.row("label", result).endswith(" 2")


def test_a_comparison_takes_turns_and_settles_before_each_timed_call():
    calls = []
    result = timing.compare(lambda: calls.append("ours"), lambda: calls.append("theirs"), 0,
                            settle=lambda function: calls.append("settle"))
    assert result.pairs == timing.FEWEST and calls[:2] == ["ours", "theirs"]
    assert set(calls[2::2]) == {"settle"}
    assert calls[3::2] == (["theirs", "ours", "ours", "theirs"] * timing.FEWEST)[:2 * timing.FEWEST]
    assert result.low <= result.ratio <= result.high


def test_geometric_mean():
    assert timing.geometric_mean([0.5, 2, 8]) == pytest.approx(2)


@pytest.fixture(scope="module")
def few_digits():
    return step.make_batches(batches=2, batch_size=4)


def twin(math, network, batches):
    return step.ours(network, batches)


def out_of_turn(math, network, batches):
    return step.ours(network, batches[::-1])


def one_bias_apart(math, network, batches):
    side, name = step.ours(network, batches), "classifier.layer2.b"
    return side._replace(params=lambda: {**side.params(), name: side.params()[name] + 0.001})


def test_step_compares_and_says_where_the_time_goes(few_digits, capsys):
    result = step.run(0, rival=step.Rival("twin", "math", twin), batches=few_digits)
    assert result.pairs == timing.FEWEST
    printed = capsys.readouterr().out
    assert all(what in printed for what in [*step.WHERE, "the rest", "ours / twin"])


def test_step_does_without_the_rival(few_digits, capsys):
    assert step.run(0, rival=NOWHERE, batches=few_digits) is None
    assert "not compared: nowhere" in capsys.readouterr().out


@pytest.mark.parametrize("prepare, what", [(out_of_turn, "losses"), (one_bias_apart, "classifier.layer2.b")])
def test_step_refuses_a_rival_that_does_other_work(few_digits, prepare, what):
    with pytest.raises(AssertionError, match=f"other does other work: it.* {what}"):
        step.run(0, rival=step.Rival("other", "math", prepare), batches=few_digits)


SMALL = {"with dU": convolution.Layer((2, 3, 6, 5), (4, 3, 3, 2), 1),
         "of data": convolution.Layer((2, 1, 5, 5), (2, 1, 3, 3), 0, False)}


def loop_convolution(math, case):
    """Pixel by pixel, from the equations of the docstring."""
    p, (N, K, H_out, W_out), (*_, h, w) = case.layer.padding, case.dV.shape, case.filters.shape
    P = np.pad(case.U, ((0, 0), (0, 0), (p, p), (p, p))).astype(float)
    V, dP, dfilters = np.zeros(case.dV.shape), np.zeros(P.shape), np.zeros(case.filters.shape)
    for n, k, i, j in np.ndindex(N, K, H_out, W_out):
        patch = np.s_[n, :, i:i + h, j:j + w]
        V[n, k, i, j] = case.b[k] + (case.filters[k] * P[patch]).sum()
        dP[patch] += case.dV[n, k, i, j] * case.filters[k]
        dfilters[k] += case.dV[n, k, i, j] * P[patch]
    dU = dP[:, :, p:dP.shape[2] - p, p:dP.shape[3] - p] if case.layer.need_dU else None
    return lambda: (V, dU, dfilters, case.dV.sum(axis=(0, 2, 3)))


def test_convolution_compares_each_layer(capsys):
    results = convolution.run(0, SMALL, convolution.Rival("loops", "math", loop_convolution))
    assert list(results) == list(SMALL) and all(result.floors > 0 for result in results.values())
    assert "ours / loops" in capsys.readouterr().out


def test_without_a_rival_the_products_are_the_other_side(capsys):
    convolution.run(0, SMALL, NOWHERE)
    printed = capsys.readouterr().out
    assert "ours / the products alone" in printed and "not measured: nowhere" in printed


@pytest.mark.parametrize("spoil, what", [(lambda V, dU, *rest: (V, dU / 2, *rest), "dU differs"),
                                         (lambda V, dU, *rest: (V, None, *rest), "dU is left out")])
def test_convolution_refuses_a_rival_that_does_other_work(spoil, what):
    rival = convolution.Rival("half", "math", lambda math, case: lambda: spoil(*loop_convolution(math, case)()))
    with pytest.raises(AssertionError, match=f"half does other work: {what}"):
        convolution.run(0, SMALL, rival)


def test_the_products_are_those_of_the_convolution(monkeypatch):
    monkeypatch.setattr(convolution, "_slices", lambda N, entries: [slice(0, 1), slice(1, 2)])
    case, made = convolution.make_case(SMALL["with dU"]), []
    monkeypatch.setattr(convolution, "_patches", lambda *a, real=convolution._patches: made.append(real(*a)) or made[-1])
    convolution.products(case)()
    rows = case.filters.reshape(4, -1)
    V = np.stack([(rows @ patches + case.b[:, None]).reshape(case.dV.shape[1:]) for patches in made])
    np.testing.assert_allclose(V, convolution.ours(case)[0], rtol=1e-5, atol=1e-5)


def test_growth_finds_exponents(capsys):
    exponents = growth.run(0, shapes={"N": [(N, 1, 4, 4, 3, 3) for N in (2, 20, 200)]})
    assert np.isfinite(exponents["N"]).all() and "200 x 1 x 4 x 4 -> 3 x 3" in capsys.readouterr().out
    assert growth.exponent([1, 10, 100], [3, 300, 30_000]) == pytest.approx(2)


def test_working_memory_counts_neither_inputs_nor_what_is_handed_over():
    results, working = growth.traced(lambda x: [x + np.ones(1000)], np.ones(1000))
    np.testing.assert_array_equal(results, np.full((1, 1000), 2))
    assert 8_000 <= working < 10_000


def test_command_runs_a_part_in_a_process_of_its_own(capfd):
    command.main(["startup", "--seconds", "0"])
    printed = capfd.readouterr().out
    assert f"NumPy {np.__version__}" in printed and "=== startup" in printed
    assert "beyond NumPy" in printed and "packages: none\nthe slowest: " in printed and " ms, " in printed


def test_command_runs_all_parts_and_the_step_on_one_thread_and_on_all(monkeypatch, capsys):
    runs = []
    monkeypatch.setattr(command, "run_alone", lambda *arguments: runs.append(arguments))
    monkeypatch.setattr(command, "processors", lambda: 3)
    command.main([])
    assert [(part, threads) for part, _, threads, _ in runs] == [
        ("sampler", 1), ("step", 1), ("step", 3), ("convolution", 1), ("growth", 1), ("startup", 1)]
    command.main(["growth", "--seconds", "7", "--processor-time"])
    assert runs[-2][1:] == (8.0, 1, "perf_counter") and runs[-1] == ("growth", 7.0, 1, "process_time")
    with pytest.raises(SystemExit):
        command.main(["nonsense"])
    assert "the parts are sampler, step" in capsys.readouterr().err


def test_threads_and_clock_are_set_before_numpy_is_imported(monkeypatch, capfd):
    child = ("import os, sys; print('numpy' in sys.modules, '{part}', '{clock}', {seconds}, "
             "os.environ['OMP_NUM_THREADS'], os.environ['OPENBLAS_NUM_THREADS'])")
    monkeypatch.setattr(command, "CHILD", child)
    command.run_alone("step", 1.5, 3, "process_time")
    assert capfd.readouterr().out == "False step process_time 1.5 3 3\n"


def test_a_part_that_fails_ends_the_command(monkeypatch):
    monkeypatch.setattr(command, "CHILD", "raise SystemExit(3)")
    with pytest.raises(SystemExit, match="step did not come to its end"):
        command.run_alone("step", 0, 1, "perf_counter")
