"""torch.save and torch.load. What a file holds is never known; that something is saved or read is an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.frameworks.torch.checkpoints import read, written
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.optim import StateOf
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_DEPTH = 4


def subjects(value: Value, depth: int = 0) -> list[Any]:
    """The facts (modules, optimizers, schedules) whose objects or states a value holds, each once."""
    if isinstance(value, Instance):
        return [] if value.data is None else [value.data]
    if isinstance(value, StateOf):
        return subjects(value.source, depth)
    inner: list[Value] = []
    if isinstance(value, TupleValue | ListValue):
        inner = list(value.elements)
    elif isinstance(value, DictValue):
        inner = [v for _, v in value.cells.values()]
    elif isinstance(value, UnionValue):
        inner = list(value.alternatives)
    found: list[Any] = []
    for part in inner[:64] if depth < _DEPTH else []:
        found.extend(s for s in subjects(part, depth + 1) if s not in found)
    return found


@LIBRARY.function("torch.save", "torch.jit.save", "torch.serialization.save")
def save(run: Interpreter, args: Args) -> Value:
    """An event for each object whose state is saved (one without a target where none is known)."""
    given = args.bind("obj", "f")
    held = subjects(given["obj"]) if "obj" in given else []
    written(run, given.get("obj"), given.get("f"))
    for subject in held or [None]:
        run.event(EventKind.SAVE, subject)
    return Unknown("torch.save()")


@LIBRARY.function(
    "torch.load",
    "torch.serialization.load",
    "torch.hub.load_state_dict_from_url",
    "torch.utils.model_zoo.load_url",
)
def load(run: Interpreter, args: Args) -> Value:
    """An event; the contents of a checkpoint are unknown."""
    run.event(EventKind.LOAD)
    return read(run, args.bind("f").get("f"))
