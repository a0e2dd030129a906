"""What a program hands to unseen code to be called back: slots of signals, handlers of events, functions to launch.

A program whose own statements train nothing, and that gives control to such code, trains in what it has handed over. These are
run when its own run is over, in the order in which they were handed over: what is connected first mostly prepares.
"""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module
from trainlint.semantics.budget import MAX_STEPS_ALONE, SOFT_STEPS_TRAINING
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Value
from trainlint.semantics.worth import leads_to_backward
from trainlint.source.words import words_of

if TYPE_CHECKING:
    from trainlint.semantics.programs import Evaluation

_HANDED = "what was handed to unseen code to be called"
MOST_HANDED = 48
"""Functions that are kept; programs of many parts that send signals to each other connect about thirty."""


def note(memo: dict[str, Any], args: Args) -> None:
    """Keep the functions among the arguments of a call that is not followed."""
    for value in args.values():
        function = value.function if isinstance(value, BoundMethod) else value
        if not isinstance(function, FunctionValue):
            continue
        kept: dict[object, tuple[FunctionValue, Value]] = memo.setdefault(_HANDED, {})
        receiver = getattr(value, "receiver", None)
        if len(kept) < MOST_HANDED:
            kept.setdefault((function.node, id(receiver)), (function, value))


def _may_train(function: FunctionValue, value: Value) -> bool:
    """Whether the words of a function, or those of the object whose method it is, lead to `backward()`; or whether it is one
    call that is put off (`guarded(lambda: main(args))`)."""
    receiver = getattr(value, "receiver", None)
    if isinstance(function.node, ast.Lambda) and isinstance(function.node.body, ast.Call):
        return not ast.unparse(function.node.args)
    if not isinstance(receiver, Instance):
        tree = function.module.source.tree
        return tree is not None and leads_to_backward(tree, function.node)
    return any(
        isinstance(part, ClassValue) and "backward" in words_of(part.node)
        for held in (receiver, *receiver.attrs.values())
        if isinstance(held, Instance) and not isinstance(held.data, Module)
        for part in getattr(held.cls, "mro", ())
    )


def run_handed(evaluation: Evaluation) -> None:
    """Run what the program has handed over and not called itself, as one run, until one of them trains."""
    handed = evaluation.run.memo.get(_HANDED)
    if not handed or not evaluation.program.complete or _trains(evaluation):
        return
    run = evaluation.run
    evaluation.rest_until = run.steps - run.imported + MAX_STEPS_ALONE
    action = partial(_call_back, evaluation, list(handed.values()))
    evaluation.attempt(_HANDED, MAX_STEPS_ALONE, action, soft=SOFT_STEPS_TRAINING)


def _call_back(evaluation: Evaluation, handed: list[tuple[FunctionValue, Value]]) -> None:
    run = evaluation.run
    for function, value in handed:
        if function.node in run.reached or not _may_train(function, value):
            continue
        run.call(value, run.symbols.arguments(run, function, skip_first=isinstance(value, BoundMethod)))
        if _trains(evaluation):
            return


def _trains(evaluation: Evaluation) -> bool:
    return bool(evaluation.program.events_of(EventKind.STEP, EventKind.BACKWARD))
