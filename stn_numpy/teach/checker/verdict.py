"""From answers in the right form to a verdict: do they pass, are they known, how do they differ?"""

from .comparison import compare
from .diagnosis import agree, describe, first_wrong, name_mistakes, other_convention, right_answers
from .result import Result

SIDE_EFFECT = ("Your function changes what it is given: {}. Others may still need that array. `x *= 2`, `x += 1` and "
               "`x[...] = 0` write into x itself; begin with x = x.copy(), or write x = x * 2.")


def verdict(exercise, function, answers, changed, remarks):
    """A Result for answers that all have the right shape.

    Parameters
    ----------
    exercise : Exercise
    function : callable              the learner's
    answers : list                   for each probe a list of arrays, one for each part of the answer
    changed : list of str            names of arguments that the function has written into
    remarks : list of str            what was worth saying on the way
    """
    by_part = [list(column) for column in zip(*answers)]
    wrong = [(view, part) for view, part in zip(exercise.views, by_part) if not agree(part, right_answers(view))]
    if wrong and (remark := other_convention(exercise, [part for parts in answers for part in parts])):
        wrong, remarks = [], [remark, *remarks]
    if changed:
        remarks = [SIDE_EFFECT.format(", ".join(changed)), *remarks]
    comparison = compare(*(wrong[0] if wrong else (exercise.views[0], by_part[0])))
    if not wrong and changed:
        return Result("changed input", exercise.id, f"{exercise.id}: right numbers, but a side effect.", *remarks,
                      comparison=comparison)
    if not wrong:
        return Result("passed", exercise.id, f"{exercise.id}: passed.", exercise.well_done, *remarks,
                      comparison=comparison)
    named = _named_in_parts(exercise, [part for parts in answers for part in parts], wrong)
    if any(ids for _, _, ids in named):
        return _recognised(exercise, named, by_part, remarks, comparison)
    return _unknown(exercise, wrong, by_part, remarks, comparison)


def _named_in_parts(exercise, answers, wrong):
    """(view, its answers, mistakes) of each wrong part; where one mistake explains them all, that one in the first."""
    if exercise.parts:
        ids = name_mistakes(exercise, answers, most=1)
        if ids:
            return [(*wrong[0], ids)]
    return [(view, part, name_mistakes(view, part)) for view, part in wrong]


def _recognised(exercise, named, by_part, remarks, comparison):
    """The mistakes by name, and for parts of a tuple which of them it is that they are in."""
    paragraphs, ids = _right_parts(exercise, by_part), []
    for view, part, found in named:
        mistakes = [mistake for mistake in exercise.mistakes if mistake.id in found]
        prefix = f"{view.answer}: " if exercise.parts and len(named) > 1 else ""
        paragraphs += [f"{prefix}{text}" for text in _paragraphs(mistakes) or [describe(view, part)]]
        paragraphs.append(first_wrong(view, part))
        ids += [id for id in found if id not in ids]
    return Result("named", exercise.id, f"{exercise.id}: not yet, but your numbers say why.", *paragraphs, *remarks,
                  mistakes=ids, comparison=comparison)


def _unknown(exercise, wrong, by_part, remarks, comparison):
    """How the numbers differ, for an answer with no mistake that is known."""
    paragraphs = _right_parts(exercise, by_part)
    for view, part in wrong:
        prefix = f"{view.answer}: " if exercise.parts else ""
        paragraphs += [prefix + describe(view, part), first_wrong(view, part)]
    return Result("different", exercise.id, f"{exercise.id}: not yet.", *paragraphs, *remarks,
                  f"What is wanted: {exercise.task}",
                  f'teach.hint("{exercise.id}") gives a hint, teach.probe("{exercise.id}") the arguments used here.',
                  comparison=comparison)


def _right_parts(exercise, by_part):
    """Which parts of a tuple are right, and which are not, as a list of one sentence or none."""
    if not exercise.parts:
        return []
    right = [view.answer for view, part in zip(exercise.views, by_part) if agree(part, right_answers(view))]
    wrong = [view.answer for view in exercise.views if view.answer not in right]
    verb = {True: "is", False: "are"}
    words = f"{_listed(wrong)} {verb[len(wrong) == 1]} not right"
    return [f"{_listed(right)} {verb[len(right) == 1]} right; {words}." if right else f"{words}."]


def _listed(names):
    """dx, dW1 and db1."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _paragraphs(mistakes):
    """Two paragraphs for each mistake: what it is, and where to look."""
    paragraphs = ["There are two mistakes in it."] if len(mistakes) > 1 else []
    for number, mistake in enumerate(mistakes, start=1):
        start = f"({number}) " if len(mistakes) > 1 else ""
        paragraphs += [f"{start}{mistake.says}", f"{mistake.look} See {mistake.equation}."]
    return paragraphs
