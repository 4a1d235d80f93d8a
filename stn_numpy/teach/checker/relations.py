"""How wrong numbers relate to the right ones, in words that hold for every one of them."""

import itertools

import numpy as np

from .diagnosis import agree

FORMULAS = {"{}": lambda s: s, "1 / {}": lambda s: 1 / s, "{} - 1": lambda s: s - 1, "1 / ({} - 1)": lambda s: 1 / (s - 1),
            "({} - 1) / 2": lambda s: (s - 1) / 2, "2 / ({} - 1)": lambda s: 2 / (s - 1), "{} / 2": lambda s: s / 2,
            "2 / {}": lambda s: 2 / s, "({0} - 1) / {0}": lambda s: (s - 1) / s, "{0} / ({0} - 1)": lambda s: s / (s - 1)}


def same(answers, candidates):
    """Whether answers are these numbers, all of them finite."""
    return all(np.isfinite(candidate).all() for candidate in candidates) and agree(answers, candidates)


def relation(answers, targets, sizes=()):
    """Words that end the sentence "Your numbers ...", true of all of them, or "".

    Parameters
    ----------
    answers, targets : lists of arrays      one for each probe
    sizes : list of dicts                   name -> size, for each probe
    """
    if agree(answers, targets):
        return "are right"
    if not any(answer.any() for answer in answers):
        return "are 0"
    factor, numbers = factor_between(answers, targets), sum(answer.size for answer in answers)
    if factor is not None and abs(factor + 1) < 1e-6:
        return "have the opposite sign"
    if numbers < 2:                                  # any number is a factor times any other
        return ""
    if len(values := np.unique(np.concatenate([answer.ravel() for answer in answers]))) == 1 and np.isfinite(values[0]):
        return f"are {values[0]:.4g}"
    if factor is not None:
        return f"are {factor:.4g} times the right ones"
    offset = _offset(answers, targets)
    if offset is not None:
        return f"are the right ones {'plus' if offset > 0 else 'minus'} {abs(offset):.4g}"
    line = _line(answers, targets)
    if line is not None and numbers > 3:
        return f"are {line[0]:.4g} times the right ones, {'plus' if line[1] > 0 else 'minus'} {abs(line[1]):.4g}"
    return _by_sizes(answers, targets, sizes)


def _precise(answers, targets):
    """All numbers of both in a row, those that are float32 left out if there are others: they have few digits."""
    double = [pair for pair in zip(answers, targets) if pair[0].size and all(part.dtype == np.float64 for part in pair)]
    pairs = double or list(zip(answers, targets))
    return (np.concatenate([pair[k].ravel() for pair in pairs]).astype(float) for k in (0, 1))


def factor_between(answers, targets):
    """The one factor between the two, or None."""
    mine, right = _precise(answers, targets)
    factor = _fit(mine, right)
    return factor if factor and same(answers, [factor * target for target in targets]) else None


def _fit(mine, right):
    length = float(right @ right)
    return float(mine @ right) / length if length and np.isfinite(mine).all() else 0.0


def _offset(answers, targets):
    with np.errstate(all="ignore"):
        mine, right = _precise(answers, targets)
        offset = float((mine - right).mean())
    return offset if np.isfinite(offset) and same(answers, [target + offset for target in targets]) else None


def _line(answers, targets):
    """(slope, offset) of one straight line through all pairs of numbers, or None."""
    mine, right = _precise(answers, targets)
    if not np.isfinite(mine).all() or np.ptp(right) == 0 or np.ptp(mine) == 0:
        return None
    slope = float(np.cov(right, mine)[0, 1] / np.var(right, ddof=1))
    offset = float(mine.mean() - slope * right.mean())
    return (slope, offset) if same(answers, [slope * target + offset for target in targets]) else None


def _by_sizes(answers, targets, sizes):
    """A factor that differs from probe to probe as a formula of the sizes does, alone or times another, or ""."""
    factors = [_fit(a.ravel(), t.ravel()) for a, t in zip(answers, targets)]
    if not sizes or min(t.size for t in targets) < 2 or not all(factors) or not same(answers, [f * t for f, t in zip(factors, targets)]):
        return ""
    for sign, words in ((1, ""), (-1, " with the opposite sign")):
        for formula, values in _formulas(sizes):
            if np.allclose(sign * np.array(values), factors, rtol=1e-4, atol=0):
                return f"are the right ones{words} times {formula}"
    each = ", ".join(f"{factor:.4g}" for factor in factors)
    return f"are the right ones times a factor that differs from call to call: {each} in turn"


def _formulas(sizes):
    """(words, value for each probe) of simple formulas of one size, and of products of two, three and four sizes."""
    names = list(sizes[0])
    for name, (form, formula) in itertools.product(names, FORMULAS.items()):
        yield form.format(name), [formula(size[name]) for size in sizes]
    for count in (2, 3, 4):
        for several in itertools.combinations(names, count):
            product = [float(np.prod([size[name] for name in several])) for size in sizes]
            yield " ".join(several), product
            yield f"1 / ({' '.join(several)})", [1 / value for value in product]
    for one, other in itertools.permutations(names, 2):
        yield f"({one} - 1) / ({other} - 1)", [(size[one] - 1) / (size[other] - 1) for size in sizes]
        yield f"{one} / {other}", [size[one] / size[other] for size in sizes]
