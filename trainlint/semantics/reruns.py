"""What a script is run again for, from its top: flags that were off, a function that took all the steps."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.semantics import guards
from trainlint.semantics.scripts import is_script
from trainlint.semantics.worth import TRAINING
from trainlint.source.words import words_of

if TYPE_CHECKING:
    from trainlint.semantics.programs import Evaluation

MAX_FLAGS = 3
MOST_TRIED = 200_000
"""Flags that are tried, and steps of a run that is worth another one."""


def flags_left(evaluation: Evaluation) -> list[ast.AST]:
    """The flags that were off in a script that did not train: one of them may be what trains."""
    run = evaluation.run
    left = list(run.memo.get(guards.LEFT, ()))
    script = is_script(evaluation.source) or any(isinstance(node.test, ast.Attribute) for node in left)
    worth = script and run.steps <= MOST_TRIED and evaluation.program.complete
    return [] if evaluation.trains or not worth else left[:MAX_FLAGS]


def objectives_left(evaluation: Evaluation) -> list[ast.AST]:
    """The flags that were off in the loops of a script that makes updates of no gradients at all: each objective has to
    be asked for (`if args.mlm: ... loss.backward()`)."""
    program, left = evaluation.program, evaluation.run.memo.get(guards.LEFT, {})
    idle = program.events_of(EventKind.STEP) and not program.events_of(EventKind.BACKWARD)
    if not idle or evaluation.run.steps > MOST_TRIED or not program.complete:
        return []
    return [node for node, looped in left.items() if looped][:MAX_FLAGS]


def tried(flags: list[ast.AST]) -> list[tuple[ast.AST, ...]]:
    """One flag after the other, and none again where no one helped."""
    return [*((flag,) for flag in flags), ()] if flags else []


def costliest(evaluation: Evaluation) -> list[ast.AST]:
    """What took most of the steps of a script that ran out of them before it trained: the innermost function that took
    more than half (a table of what each layer of a network costs, a network of every name that an option may have).
    Nothing where that is what trains."""
    run = evaluation.run
    if evaluation.trains or not evaluation.exhausted:
        return []
    half = {node: steps for node, steps in run.steps_of.items() if steps > run.steps / 2}
    inner = min(half, key=lambda node: half[node], default=None)
    return [inner] if inner is not None and TRAINING.isdisjoint(words_of(inner)) else []
