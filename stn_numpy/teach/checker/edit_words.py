"""How a change of a learner's source is told: "`W - 1` instead of `W`", with enough around it to find it."""

import ast

SHORT, LONG = 8, 72              # characters of an expression: too few to be found again, and too many to be shown
CONTEXT = 24                     # of these on either side of a change in a long one


def by_statement(group, node_of):
    """Edits that belong together, those of one statement in one list, in the order of the lines."""
    lists = {}
    for edit in sorted(group, key=lambda edit: edit.line):
        parents = _parents(node_of(edit.source))
        statement = edit.parent
        while not isinstance(statement, ast.stmt):
            statement = parents[statement]
        alone = edit.words != "" or isinstance(edit.new, ast.stmt)             # a whole statement in place of another
        lists.setdefault(id(edit) if alone else id(statement), []).append(edit)
    return list(lists.values())


def words_of(edits, node):
    """`W - 1` instead of `W`, with enough around it to find it in its line; of long expressions the part that changes.

    For edits of one statement; "" for an edit with nothing to say.
    """
    if edits[0].words != "":
        return edits[0].words or ""
    parents = _parents(node)
    olds = [edit.put(edit.new) for edit in edits]
    for edit, old in zip(reversed(edits), reversed(olds)):
        edit.put(old)
    whole = statement = olds[0] if len(edits) == 1 else _around_all([edit.parent for edit in edits], parents)
    while not isinstance(statement, ast.stmt):
        statement = parents[statement]
    line = ast.unparse(statement)
    while isinstance(parents[whole], (ast.expr, ast.keyword)) and (
            len(ast.unparse(whole)) < SHORT or line.count(ast.unparse(whole)) > 1
            or isinstance(whole, (ast.Slice, ast.keyword)) or isinstance(parents[whole], ast.Subscript)):
        whole = parents[whole]
    before = _head(whole)
    for edit in edits:
        edit.put(edit.new)
    after = _head(edits[0].new if len(edits) == 1 and whole is olds[0] else whole)
    for edit, old in zip(reversed(edits), reversed(olds)):
        edit.put(old)
    return _difference(" ".join(before.split()), " ".join(after.split()))


def _head(node):
    """An expression or a statement as text; the first line alone of a loop or a branch."""
    text = ast.unparse(node)
    return text.split("\n")[0].rstrip(":") if hasattr(node, "body") and isinstance(node, ast.stmt) else text


def _parents(node):
    return {child: parent for parent in ast.walk(node) for child in ast.iter_child_nodes(parent)}


def _around_all(nodes, parents):
    """The smallest expression that holds all of these, or the statement."""
    def upwards(node):
        while True:
            yield node
            if isinstance(node, ast.stmt):
                return
            node = parents[node]

    ways = [list(upwards(node)) for node in nodes]
    return next(node for node in ways[0] if all(node in way for way in ways))


def _difference(before, after):
    first = next((k for k, (one, other) in enumerate(zip(before, after)) if one != other), min(len(before), len(after)))
    last = next((k for k, (one, other) in enumerate(zip(before[first:][::-1], after[first:][::-1])) if one != other),
                min(len(before), len(after)) - first)
    start, stop = (max(0, end - CONTEXT) if len(before) > LONG else 0 for end in (first, last))

    def cut(text):
        return f"`{'...' if start else ''}{text[start:len(text) - stop]}{'...' if stop else ''}`"
    return f"{cut(after)} instead of {cut(before)}"
