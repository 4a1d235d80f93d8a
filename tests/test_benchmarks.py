"""The benchmarks run and refuse unequal work. How fast anything is, no test says."""

import numpy as np
import pytest

import loop_references as loops
from benchmarks import rivals, sampler

TINY = (2, 3, 4, 5, 3, 2)
LOOPS = rivals.Rival("loops", "math", lambda math, case: lambda: loop_outputs(case))
WRONG = rivals.Rival("half", "math", lambda math, case: lambda: loop_outputs(case) / 2)
NOWHERE = rivals.Rival("nowhere", "no_such_library.part", None)


def loop_outputs(case):
    return loops.sampler(case.U, case.grid, "bilinear", "zeros", True).astype(np.float32)


def loop_gradients(math, case):
    arguments = case.dV, case.U, case.grid, "bilinear", "zeros", True
    return lambda: (loop_outputs(case), *[gradient.astype(np.float32) for gradient in loops.sampler_backward(*arguments)])


def test_sampler_compares_both_passes_and_names_what_is_missing(capsys):
    passes = {"forward": (sampler.forward, [LOOPS, NOWHERE]),
              "both": (sampler.forward_backward, [LOOPS._replace(prepare=loop_gradients)])}
    ratios = sampler.run(0, shapes=[TINY], passes=passes)
    assert {key: len(values) for key, values in ratios.items()} == {("forward", "loops"): 1, ("both", "loops"): 1}
    printed = capsys.readouterr().out
    assert printed.count("2 x 3 x 4 x 5 -> 3 x 2") == 2 and "not measured: no_such_library\n" in printed


def test_sampler_refuses_a_rival_that_does_other_work():
    with pytest.raises(AssertionError, match="half does other work: V"):
        sampler.run(0, shapes=[TINY], passes={"forward": (sampler.forward, [WRONG])})
