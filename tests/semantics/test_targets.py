"""What a target holds is asked of graphs whose branches part and join again and again."""

from __future__ import annotations

import time

from trainlint.facts.fact import known
from trainlint.facts.graph import Node, Op
from trainlint.facts.target_sources import INDEX
from trainlint.facts.targets import describe
from trainlint.model import Location


def _node(op: Op, *inputs: Node, **options: object) -> Node:
    facts = {name: known(value) for name, value in options.items()}
    return Node(op, op.name.lower(), Location("a.py", 1, 1, 1, 2), inputs, options=facts)


def test_branches_that_join_forty_times_are_walked_once() -> None:
    node = _node(Op.DATASET, encoding=INDEX, classes=10)
    for _ in range(40):
        node = _node(Op.CONCAT, node, node)
    start = time.process_time()
    found = describe(node)
    assert time.process_time() - start < 1
    assert (found.encoding, found.classes) == (INDEX, 10)
