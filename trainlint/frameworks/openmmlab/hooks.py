"""Hooks of mmengine's runner that a config names: when one may do anything with the network.

Source: mmengine's reference of mmengine.hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.openmmlab.registry import lookup, root
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_WATCHING = frozenset({
    "CheckpointHook", "EMAHook", "EarlyStoppingHook", "EmptyCacheHook", "IterTimerHook", "LoggerHook", "NPUProfilerHook",
    "NaiveVisualizationHook", "ParamSchedulerHook", "ProfilerHook", "RuntimeInfoHook", "DistSamplerSeedHook",
    "SyncBuffersHook",
})  # fmt: skip
"""Hooks of mmengine that leave the network's weights alone while it is trained."""
_BEFORE = ("before_run", "after_load_checkpoint", "before_train", "before_train_epoch", "before_train_iter",
           "_before_epoch", "_before_iter")  # fmt: skip
"""Methods of a hook that run before the first update."""


def touched(run: Interpreter, hooks: Value) -> str | None:
    """When the hooks in a config may do something with the network: `before` the first update, or `after` it; None if not at all."""
    if isinstance(hooks, Const) and hooks.value is None:
        return None
    if not isinstance(hooks, ListValue | TupleValue) or (isinstance(hooks, ListValue) and hooks.open):
        return "before"
    found = {_when(run, hook) for hook in hooks.elements} - {None}
    return "before" if "before" in found else "after" if found else None


def _when(run: Interpreter, hook: Value) -> str | None:
    entry = as_dict(hook)
    kind = entry.strings().get("type", _NONE) if entry is not None else _NONE
    if not isinstance(kind, Const) or not isinstance(kind.value, str):
        return "before"
    if kind.value in _WATCHING:
        return None
    cls = lookup(run, root(run, "HOOKS"), kind.value)
    if not isinstance(cls, ClassValue):
        return "before"
    own = [part for part in cls.mro if isinstance(part, ClassValue)]
    return "before" if any(name in part.namespace for part in own for name in _BEFORE) else "after"
