"""From answers in the right form to a verdict: do they pass, are they known, how do they differ?

A verdict says what the numbers are, never what the code is: many codes give one set of numbers.
"""

import re

import numpy as np

from .bounds import listed
from .comparison import compare
from .description import describe, first_wrong
from .diagnosis import EXACT, agree, digits, explanations, nearly, other_convention, right_answers, wrong_places
from .result import Result
from .trouble import probe_words

SIDE_EFFECT = ("Your function changes what it is given: {}. Others may still need that array. `x *= 2`, `x += 1` and "
               "`x[...] = 0` write into x itself; begin with x = x.copy(), or write x = x * 2.")
ROUNDED = ("Your numbers are right to {} digits. What was rounded on the way: is something float32, or are these "
           "finite differences?")


def verdict(exercise, function, answers, changed, remarks, origin=tuple):
    """A Result for answers that all have the right shape.

    Parameters
    ----------
    exercise : Exercise
    function : callable              the learner's
    answers : list                   for each probe a list of arrays, one for each part of the answer
    changed : list of str            names of arguments that the function has written into
    remarks : list of str            what was worth saying on the way
    origin : function without arguments -> tuple of sentences on how an answer that passes came about
    """
    by_part = [list(column) for column in zip(*answers)]
    wrong = [(view, part) for view, part in zip(exercise.views, by_part) if not nearly(part, right_answers(view))]
    other = other_convention(exercise, [part for parts in answers for part in parts]) if wrong else ""
    if other:
        wrong = []
    if changed:
        remarks = [SIDE_EFFECT.format(", ".join(changed)), *remarks]
    comparison = compare(*(wrong[0] if wrong else (exercise.views[0], by_part[0])))
    if not wrong and changed:
        return Result("changed input", exercise.id, f"{exercise.id}: right numbers, but a side effect.", *remarks,
                      comparison=comparison)
    if not wrong:
        provenance = (*origin(), *((other,) if other else _precision(exercise, by_part)))
        return Result("passed", exercise.id, f"{exercise.id}: passed.", exercise.well_done, *provenance, *remarks,
                      comparison=comparison, remarks=(*provenance, *remarks))
    named = _explained(exercise, [part for parts in answers for part in parts], wrong)
    if any(found for _, _, found in named):
        return _recognised(exercise, named, by_part, remarks, comparison)
    return _unknown(exercise, function, wrong, by_part, remarks, comparison)


def _precision(exercise, by_part):
    """A sentence on how many digits are right, where it is fewer than float64 gives."""
    count = min(digits(part, right_answers(view)) for view, part in zip(exercise.views, by_part))
    return (ROUNDED.format(count),) if 0 < count < EXACT else ()


def _explained(exercise, answers, wrong):
    """(view, its answers, explanations) of each wrong part; where one or two mistakes explain them all, those in the first.

    A part that is all 0 while others are not says nothing of where that comes from; and two mistakes together are told of
    one part alone only where the others are right, for they would be seen in these as well.
    """
    if exercise.parts:
        found = explanations(exercise, answers, most=1) or (len(wrong) > 1 and explanations(exercise, answers))
        if found:
            return [(*wrong[0], found)]
        return [(view, part, explanations(view, part, most=2 if len(wrong) == 1 and not _is_one_number(part) else 1)
                 if any(map(np.any, part)) else []) for view, part in wrong]
    return [(view, part, explanations(view, part)) for view, part in wrong]


def _is_one_number(part):
    """Whether a part is one and the same number everywhere: many pairs of mistakes could make that."""
    return len(np.unique(np.concatenate([answer.ravel() for answer in part]))) == 1


def _recognised(exercise, named, by_part, remarks, comparison):
    """The mistakes by name, and for parts of a tuple which of them it is that they are in."""
    paragraphs, ids, locus = _right_parts(exercise, by_part), [], ""
    for names, view, part, found in _grouped(named):
        prefix = f"{listed(names)}: " if exercise.parts and len(names) < len(named) else ""
        description = describe(view, part)
        locus = locus or description.locus
        paragraphs += [f"{prefix}{text}" for text in _paragraphs(exercise, found) or filter(None, [str(description)])]
        paragraphs.append(first_wrong(view, part))
        ids += [id for id in (found[0].mistakes if found else ()) if id not in ids]
    return Result("named", exercise.id, f"{exercise.id}: not yet, but your numbers say why.", *paragraphs, *remarks,
                  mistakes=ids, comparison=comparison, locus=locus)


def _grouped(named):
    """(names of the parts, the first of them, its answers, explanations): parts with one explanation are told of once."""
    groups = []
    for view, part, found in named:
        group = next((group for group in groups if found and group[3] == found), None)
        if group:
            group[0].append(view.answer)
        else:
            groups.append(([view.answer], view, part, found))
    return groups


def _unknown(exercise, function, wrong, by_part, remarks, comparison):
    """How the numbers differ, for an answer with no mistake that is known."""
    paragraphs, locus = _right_parts(exercise, by_part), ""
    first = next(number for number, bad in enumerate(wrong_places(wrong[0][1], right_answers(wrong[0][0]))) if bad.any())
    for view, part in wrong:
        other = next((other for other in exercise.views if other is not view and _agrees(part, right_answers(other))), None)
        if other:
            paragraphs.append(f"Your {view.answer} has the numbers that {other.answer} should have.")
            continue
        prefix = f"{view.answer}: " if exercise.parts else ""
        description = describe(view, part)
        locus = locus or description.locus
        paragraphs += [prefix + text for text in filter(None, [str(description)])] + [first_wrong(view, part)]
    return Result("different", exercise.id, f"{exercise.id}: not yet.", *paragraphs, *remarks,
                  f"What is wanted: {exercise.task}",
                  f'teach.hint("{exercise.id}") gives a hint, {probe_words(exercise.id, first)} the arguments used here.',
                  comparison=comparison, locus=locus)


def _agrees(part, targets):
    """Whether answers are those of another part, whose shapes may be others."""
    return [answer.shape for answer in part] == [target.shape for target in targets] and agree(part, targets)


def _right_parts(exercise, by_part):
    """Which parts of a tuple are right, and which are not, as a list of one sentence or none."""
    if not exercise.parts:
        return []
    right = [view.answer for view, part in zip(exercise.views, by_part) if agree(part, right_answers(view))]
    wrong = [view.answer for view in exercise.views if view.answer not in right]
    verb = {True: "is", False: "are"}
    words = f"{listed(wrong)} {verb[len(wrong) == 1]} not right"
    return [f"{listed(right)} {verb[len(right) == 1]} right; {words}." if right else f"{words}."]


def _paragraphs(exercise, found):
    """What the numbers are, and where such numbers come from; then what else gives the same numbers, if anything."""
    if not found:
        return []
    mistakes = {mistake.id: mistake for mistake in exercise.mistakes}
    first = [mistakes[id] for id in found[0].mistakes]
    if len(first) == 1:
        lead = "Your numbers are exactly those of this mistake: " if first[0].says[0].islower() else ""
        if found[0].before:
            lead = f"{found[0].before}, and this holds: {'they are exactly those of this mistake: ' if lead else ''}"
        says = f"{lead}{first[0].says}"
        paragraphs = [f"{says} {found[0].where}".strip(), f"{first[0].look} See {first[0].equation}."]
    else:
        paragraphs = [f"Your numbers are exactly those of two mistakes. {found[0].where}".strip() +
                      " Each is told as if it were the only one."]
        for number, mistake in enumerate(first, start=1):
            paragraphs += [f"({number}) {_in_a_list(mistake)}", f"{mistake.look} See {mistake.equation}."]
    others = [other for other in found[1:] if other.mistakes != found[0].mistakes]
    if others:
        same = [" together with: ".join(_in_a_list(mistakes[id]) for id in other.mistakes) for other in others[:2]]
        paragraphs.append(f"The same numbers also come from this: {' Or from this: '.join(same)}")
    return paragraphs


def _in_a_list(mistake):
    """What a mistake says, without a beginning that is true only where it is the one mistake."""
    return re.sub("^Your numbers are exactly (those of )?", "", mistake.says)
