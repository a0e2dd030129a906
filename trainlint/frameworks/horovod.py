"""Horovod: several workers run the program, and an optimizer averages their gradients before its own step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.observers import Observed
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("horovod")
PLACES = ("torch", "keras", "tensorflow", "tensorflow.keras")


def _same(run: Interpreter, args: Args) -> Value:
    """What wraps an optimizer or a tape leaves its facts as they are."""
    given = args.keywords.get("optimizer", args.keywords.get("tape"))
    return args.positional[0] if args.positional else given or Unknown("what horovod wraps")


def _nothing(run: Interpreter, args: Args) -> Value:
    return Const(None)


def _workers(run: Interpreter, args: Args) -> Value:
    return Unknown("the workers of a run with horovod")


def _observes(run: Interpreter, args: Args) -> Value:
    return Observed("a callback of horovod")


for _place in PLACES:
    for _name in ("DistributedOptimizer", "DistributedGradientTape", "DistributedAdasumOptimizer"):
        LIBRARY.function(f"horovod.{_place}.{_name}")(_same)
    for _name in ("init", "shutdown", "broadcast_parameters", "broadcast_optimizer_state", "broadcast_variables",
                  "broadcast_global_variables", "join"):  # fmt: skip
        LIBRARY.function(f"horovod.{_place}.{_name}")(_nothing)
    for _name in ("size", "rank", "local_rank", "local_size"):
        LIBRARY.function(f"horovod.{_place}.{_name}")(_workers)
    for _name in ("BroadcastGlobalVariablesCallback", "MetricAverageCallback"):
        LIBRARY.function(f"horovod.{_place}.callbacks.{_name}")(_observes)
