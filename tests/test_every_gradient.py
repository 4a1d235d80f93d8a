"""Every gradient is verified: whatever the package calls NAME_backward has a gradient check that passes.

The package is walked module by module, so a new pair cannot be forgotten: without a case in gradient_cases.py the
first test fails. gradcheck also sees to it that no pair changes what it is given.
"""

import functools
import importlib
import inspect
import pkgutil
import types

import numpy as np
import pytest
from gradient_cases import CASES, NOT_PAIRS, NOT_PAIRS_IN, Case

import stn_numpy
from stn_numpy.checking.gradcheck import GradientError, gradcheck
from stn_numpy.network import layers

ALL_CASES = [pytest.param(name, case, id=f"{name}-{case}") for name, cases in CASES.items() for case in cases]


def modules():
    """All modules of the package but __main__, which would start to train."""
    names = [info.name for info in pkgutil.walk_packages(stn_numpy.__path__, "stn_numpy.", onerror=refuse)]
    return [stn_numpy] + [importlib.import_module(name) for name in names if not name.endswith(".__main__")]


def refuse(name):
    raise ImportError(f"{name} cannot be imported, so its gradients cannot be checked")


def pairs_of(module):
    """"module.NAME" -> (NAME_forward, NAME_backward) of the pairs that a module defines; None for a missing half.

    Left out are names that are imported, and those with an underscore, as they are parts of a public pair.
    """
    pairs = {}
    for attribute, function in vars(module).items():
        name, _, half = attribute.rpartition("_")
        public = name and not name.startswith("_")
        if public and half in ("forward", "backward") and not is_imported(function, module):
            pairs[f"{module.__name__.removeprefix('stn_numpy.')}.{name}"] = pair(module, name)
    return pairs


def pair(module, name):
    return getattr(module, f"{name}_forward", None), getattr(module, f"{name}_backward", None)


def is_imported(function, module):
    return inspect.isfunction(function) and function.__module__ != module.__name__


def all_pairs():
    pairs = {}
    for module in modules():
        pairs.update(pairs_of(module))
    return pairs


def pair_of(case_name):
    module, _, name = case_name.rpartition(".")
    return pair(importlib.import_module(f"stn_numpy.{module}"), name)


def assert_all_have_cases(pairs, cases):
    for name, (forward, backward) in pairs.items():
        assert callable(forward) and callable(backward), f"{name} is half a pair: it needs a _forward and a _backward"
    assert set(pairs) - set(cases) == set(), "pairs without a gradient check: add a case to tests/gradient_cases.py"
    assert set(cases) - set(pairs) == set(), "gradient checks of pairs that are not in the package"
    assert all(cases[name] for name in pairs), "an empty list of cases checks nothing"


def run(name, inputs, options, dtype=np.float64, layout=np.array):
    """The output and the gradients, as a tuple, of a case in this dtype and memory layout."""
    forward, backward = pair_of(name)
    output, cache = forward(*[layout(x.astype(dtype)) for x in inputs], **options)
    doutput = np.asarray(np.random.default_rng(1).standard_normal(np.shape(output)))
    gradients = backward(layout(doutput.astype(dtype)), cache)
    return output, gradients if isinstance(gradients, tuple) else (gradients,)


def read_only_and_strided(x):
    """The same numbers in every other place of a larger array, locked."""
    larger = np.full([2 * size for size in x.shape], np.nan, x.dtype)
    view = larger[(..., *[slice(1, None, 2)] * x.ndim)]
    view[...] = x
    view.flags.writeable = False
    return view


def test_every_pair_has_a_gradient_check():
    pairs = {name: pair for name, pair in all_pairs().items() if not name.startswith(NOT_PAIRS_IN)}
    assert set(NOT_PAIRS) <= set(pairs), "excused, but not in the package"
    assert_all_have_cases({name: pairs[name] for name in pairs if name not in NOT_PAIRS}, CASES)


@pytest.mark.parametrize("name, case", ALL_CASES)
def test_gradient(name, case):
    forward, backward = pair_of(name)
    gradcheck(functools.partial(forward, **case.options), backward, case.make_inputs(np.random.default_rng(0)))


@pytest.mark.parametrize("name, case", ALL_CASES)
def test_float32_in_gives_float32_out(name, case):
    inputs = case.make_inputs(np.random.default_rng(0))
    output, gradients = run(name, inputs, case.options, np.float32)
    exact_output, exact_gradients = run(name, inputs, case.options)
    for got, exact in zip((output, *gradients), (exact_output, *exact_gradients), strict=True):
        assert got.dtype == np.float32 and exact.dtype == np.float64
        np.testing.assert_allclose(got, exact, rtol=1e-3, atol=1e-3 * np.abs(exact).max())


@pytest.mark.parametrize("name, case", ALL_CASES)
def test_read_only_and_strided_arrays_work(name, case):
    inputs = case.make_inputs(np.random.default_rng(0))
    output, gradients = run(name, inputs, case.options, layout=read_only_and_strided)
    usual_output, usual_gradients = run(name, inputs, case.options)
    for got, usual in zip((output, *gradients), (usual_output, *usual_gradients), strict=True):
        np.testing.assert_allclose(got, usual, rtol=1e-12, atol=1e-12)


# These tests are tested: a pair that somebody adds is seen.

def module_with(**functions):
    module = types.ModuleType("stn_numpy.lately_added")
    for name, function in functions.items():
        if inspect.isfunction(function) and function.__module__ == __name__:
            function.__module__ = module.__name__
        setattr(module, name, function)
    return module


def test_the_walk_finds_pairs_in_their_modules():
    found = all_pairs()
    assert found["network.layers.linear"] == (layers.linear_forward, layers.linear_backward)
    assert all(not name.startswith("stn_numpy") for name in found)     # re-exported names belong to their modules
    assert {"stn_numpy", "stn_numpy.network.layers", "stn_numpy.data.idx"} <= {module.__name__ for module in modules()}


@pytest.mark.parametrize("functions, pairs", [
    (dict(bend_forward=lambda x: x, bend_backward=lambda dout, x: dout), ["lately_added.bend"]),
    (dict(bend_forward=functools.partial(max, 0), bend_backward=functools.partial(min, 0)), ["lately_added.bend"]),
    (dict(_bend_forward=lambda x: x, _bend_backward=lambda dout, x: dout), []),
    (dict(linear_forward=gradcheck, linear_backward=gradcheck), []),                     # imported from elsewhere
    (dict(forward=lambda x: x, backward=lambda x: x, look_backwards=lambda x: x), []),
])
def test_what_counts_as_a_pair(functions, pairs):
    assert list(pairs_of(module_with(**functions))) == pairs


def test_a_pair_without_a_case_fails():
    pairs, cases = pairs_of(layers), {name: CASES[name] for name in pairs_of(layers)}
    more_pairs = pairs | pairs_of(module_with(bend_forward=lambda x: x, bend_backward=lambda dout, x: dout))
    more_cases = cases | {"lately_added.bend": [Case(lambda rng: (rng.standard_normal(3),))]}
    assert_all_have_cases(pairs, cases)
    assert_all_have_cases(more_pairs, more_cases)
    with pytest.raises(AssertionError, match="pairs without a gradient check(.|\n)*lately_added.bend"):
        assert_all_have_cases(more_pairs, cases)
    with pytest.raises(AssertionError, match="of pairs that are not in the package(.|\n)*lately_added.bend"):
        assert_all_have_cases(pairs, more_cases)
    with pytest.raises(AssertionError, match="an empty list of cases checks nothing"):
        assert_all_have_cases(more_pairs, cases | {"lately_added.bend": []})


@pytest.mark.parametrize("half", ["bend_forward", "bend_backward"])
def test_half_a_pair_fails(half):
    with pytest.raises(AssertionError, match="lately_added.bend is half a pair"):
        assert_all_have_cases(pairs_of(module_with(**{half: lambda x: x})), {"lately_added.bend": [None]})


def test_a_wrong_gradient_fails(monkeypatch):
    """A backward of the package with its sign turned, through the same test as all others."""
    backward = layers.relu_backward
    monkeypatch.setattr(layers, "relu_backward", lambda dout, cache: -backward(dout, cache))
    with pytest.raises(GradientError, match="Analytic is -1 times numeric everywhere"):
        test_gradient("network.layers.relu", CASES["network.layers.relu"][0])
