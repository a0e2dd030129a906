"""tf.train.Checkpoint and its managers: saving looks only, restoring may bring trained weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class CheckpointClass(LibraryClass):
    """An object that holds networks, optimizers and counters by name."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.keywords.items():
            run.write(instance.attrs, name, value)
        if args.positional:
            run.write(instance.attrs, "root", args.positional[0])

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "restore_or_initialize":
            return Native(f"{self.qualname}.{name}", lambda r, args: _noted(r))
        if name in ("restore", "read"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _restored(r, instance, args))
        if name == "latest_checkpoint" and self is MANAGER:
            return Latest("the latest checkpoint of a manager")
        if name in ("save", "write"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _saved(r))
        return Unknown(f"{name} of a checkpoint")


class Latest(Unknown):
    """The path of the newest checkpoint in the directory that a manager writes to: a first run finds none."""

    __slots__ = ()


def _noted(run: Interpreter) -> Value:
    run.event(EventKind.LOAD)
    return Unknown("the status of a restored checkpoint")


def _restored(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`checkpoint.restore(path)`: what a first run does not find changes nothing, nor do weights that are read when training
    is over."""
    path = args.positional[0] if args.positional else args.keywords.get("save_path")
    trained = any(event.root == run.root for event in run.program.events_of(EventKind.STEP))
    return _noted(run) if trained or isinstance(path, Latest) else restore(run, instance)


def restore(run: Interpreter, instance: Instance) -> Value:
    """The weights of the networks may be trained ones from here on."""
    run.event(EventKind.LOAD)
    for value in instance.attrs.values():
        data = value.data if isinstance(value, Instance) else None
        if isinstance(data, Module):
            for module in (data, *(m for m in data.children.values())):
                run.write(module.state, "pretrained", None)
        elif isinstance(value, Instance) and isinstance(value.cls, CheckpointClass):
            restore(run, value)
    return Unknown("the status of a restored checkpoint")


def _saved(run: Interpreter) -> Value:
    run.event(EventKind.SAVE)
    return Unknown("the path of a checkpoint")


CHECKPOINT = CheckpointClass("tensorflow.train.Checkpoint")
LIBRARY.add(CHECKPOINT, "tensorflow.train.experimental.Checkpoint")
MANAGER = CheckpointClass("tensorflow.train.CheckpointManager")
LIBRARY.add(MANAGER)
LIBRARY.add(CheckpointClass("tensorflow.train.Saver"))
