"""Lightning Fabric: a loop of one's own, whose network, optimizer and loss go through the Fabric object."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Optimizer
from trainlint.frameworks.lightning.library import LIBRARY, named
from trainlint.frameworks.lightning.optimization import parameters
from trainlint.frameworks.lightning.plan import mixed_precision
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch import autograd, clip
from trainlint.frameworks.torch.tree import is_module, walk
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
FABRIC = "lightning.fabric.Fabric"


class FabricClass(LibraryClass):
    """lightning.fabric.Fabric; attrs: precision as given."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        named(run, "lightning-fabric")
        names = ("accelerator", "strategy", "devices", "num_nodes", "precision")
        bound = args.bind(*names, "plugins", "callbacks", "loggers")
        run.write(instance.attrs, "<precision>", bound.get("precision", _NONE))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = _METHODS.get(name)
        if method is not None:
            return Native(f"{FABRIC}.{name}", lambda r, args: method(r, instance, args))
        if name in ("device", "global_rank", "local_rank", "node_rank", "world_size", "is_global_zero"):
            return Unknown(f"fabric.{name}")
        if name in ("logger", "loggers", "strategy", "accelerator", "_loggers"):
            return Observed(f"fabric.{name}")
        return None


Method = Callable[["Interpreter", Instance, Args], Value]


def _setup(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`fabric.setup(model, *optimizers)`: the same objects; the model alone, or a tuple."""
    given = [v for k, v in args.keywords.items() if k in ("module", "model")] + list(args.positional)
    if args.open:
        return Unknown("fabric.setup()")
    _announce(run, instance)
    return given[0] if len(given) == 1 else TupleValue(given)


def _setup_many(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`setup_optimizers(...)`, `setup_dataloaders(...)`: one as it is, several as a list."""
    if args.open:
        return Unknown("what Fabric sets up")
    return args.positional[0] if len(args.positional) == 1 else ListValue(args.positional)


def _announce(run: Interpreter, instance: Instance) -> None:
    """Forward passes of a network that is set up run in Fabric's precision."""
    enabled = mixed_precision(instance.attrs.get("<precision>", _NONE))
    if enabled is not False:
        run.event(EventKind.AUTOCAST, location=instance.location, enabled=enabled)


def _backward(run: Interpreter, instance: Instance, args: Args) -> Value:
    loss = args.bind("tensor").get("tensor", Unknown("the loss is not given"))
    return autograd.backward(
        run, loss, Args([], {k: v for k, v in args.keywords.items() if k.endswith("_graph")})
    )


def _clip(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`fabric.clip_gradients(model, optimizer, clip_val=None, max_norm=None)`: by value or by norm."""
    bound = args.bind("module", "optimizer", "clip_val", "max_norm", "norm_type")
    optimizer = bound.get("optimizer")
    held = isinstance(optimizer, Instance) and isinstance(optimizer.data, Optimizer)
    subject = parameters(run, optimizer) if held else bound.get("module")
    for name, kind in (("max_norm", "norm"), ("clip_val", "value")):
        limit = bound.get(name, _NONE)
        if not (isinstance(limit, Const) and limit.value is None):
            clip.record(run, kind, subject, limit)
            break
    return Unknown("the norm of the gradients")


def _launch(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`fabric.launch(function, *args)`: calls function(fabric, *args); without a function nothing is run."""
    if not args.positional:
        return _NONE
    return run.call(args.positional[0], Args([instance, *args.positional[1:]], args.keywords, args.open))


def _load(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`fabric.load(path, state)` goes on from a checkpoint: whether of this run or of another is not known."""
    return _loaded(run, args.bind("path", "state").get("state"), None)


def _load_raw(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`fabric.load_raw(path, object)`: weights from elsewhere."""
    return _loaded(run, args.bind("path", "obj").get("obj"), True)


def _loaded(run: Interpreter, given: Value | None, pretrained: bool | None) -> Value:
    for value in _objects(given):
        if is_module(value):
            for _, part in walk(value):
                run.write(part.data.state, "pretrained", pretrained)
            run.event(EventKind.LOAD, value.data)
    return Unknown("what is left of a checkpoint")


def _objects(value: Value | None) -> list[Value]:
    cells = getattr(value, "cells", None)
    if isinstance(cells, dict) and not isinstance(value, ListValue | Instance):
        return [pair[1] for pair in cells.values() if isinstance(pair, tuple) and len(pair) == 2]
    return [value] if value is not None else []


def _save(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.event(EventKind.SAVE)
    return _NONE


def _same(run: Interpreter, instance: Instance, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("nothing is gathered")


def _nothing(run: Interpreter, instance: Instance, args: Args) -> Value:
    return _NONE


def _autocast(run: Interpreter, instance: Instance, args: Args) -> Value:
    _announce(run, instance)
    return Unknown("fabric.autocast()")


def _context(run: Interpreter, instance: Instance, args: Args) -> Value:
    return Unknown("a context of Fabric")


_METHODS: dict[str, Method] = {
    "setup": _setup,
    "setup_module": _setup,
    "setup_model": _setup,
    "setup_optimizers": _setup_many,
    "setup_dataloaders": _setup_many,
    "backward": _backward,
    "clip_gradients": _clip,
    "launch": _launch,
    "load": _load,
    "load_raw": _load_raw,
    "save": _save,
    "autocast": _autocast,
    **dict.fromkeys(
        ("no_backward_sync", "init_module", "init_tensor", "sharded_model", "rank_zero_first"), _context
    ),
    **dict.fromkeys(("to_device", "all_reduce", "all_gather", "broadcast"), _same),
    **dict.fromkeys(("print", "log", "log_dict", "barrier", "call", "seed_everything", "__init__"), _nothing),
}
FABRIC_CLASS = FabricClass(FABRIC)
LIBRARY.add(FABRIC_CLASS)


class LiteClass(FabricClass):
    """LightningLite of version 1: subclassed, with the loop in run()."""

    __slots__ = ()


LIBRARY.add(LiteClass("lightning.lite.LightningLite", (FABRIC_CLASS,)))
