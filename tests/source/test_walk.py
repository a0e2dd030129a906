"""The walk that leaves out what holds no code finds everything else."""

from __future__ import annotations

import ast

from trainlint.source.walk import children, walk

TEXT = """
def f(a, *, b, c=1, **rest) -> int:
    global x
    match a:
        case True | None:
            return {**rest, "k": [y for y in b if y > 1]}
        case {"key": [1, *others], **more}:
            with open(others) as file, more:
                yield f"{file!r:>{c}}"
        case Point(x=0) as p if p is not None:
            lambda z, /, *w: (z := w)[1:2, ...]
    try:
        del a.b, a[0]
    except* (ValueError, OSError) as error:
        raise error from None
"""


def test_every_node_is_met_but_contexts_and_operators() -> None:
    tree = ast.parse(TEXT)
    left_out = ast.expr_context | ast.operator | ast.cmpop | ast.unaryop | ast.boolop
    expected = [node for node in ast.walk(tree) if not isinstance(node, left_out)]
    found = walk(tree)
    assert len(found) == len(expected) and {id(n) for n in found} == {id(n) for n in expected}


def test_children_are_those_directly_below() -> None:
    (call,) = (n for n in ast.walk(ast.parse("f(a, *b, c=1, **d)")) if isinstance(n, ast.Call))
    assert [type(n).__name__ for n in children(call)] == ["Name", "Name", "Starred", "keyword", "keyword"]
