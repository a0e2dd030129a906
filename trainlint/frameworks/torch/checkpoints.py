"""Weights as values: a network's state_dict(), and what a file of weights holds."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.facts.checkpoints import Checkpoint, LostUpdate, Saved, WholeLoad
from trainlint.facts.graph import Module, Node, Op, Parameter
from trainlint.facts.updates import REST
from trainlint.frameworks.torch.tree import instances
from trainlint.semantics.handing import Watched, is_parameter, is_read
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DROPPED = "dropped"
UNUSED = "unused"
_LOOKS = frozenset({"items", "keys", "values", "update", "get", "pop", "setdefault"})
"""Methods of a dictionary that hand it on to nobody."""
_MEASURES = frozenset({"shape", "size", "dtype", "numel", "ndim", "dim"})
"""Attributes of a tensor that change nothing."""


class StateDict(DictValue):
    """The weights of a network, as state_dict() gives them: changing the dictionary changes no network."""

    __slots__ = ("source",)

    def __init__(self, source: Module, entries: dict[str, Value]) -> None:
        super().__init__({k: (Const(k), v) for k, v in entries.items()}, open=True)
        self.source = source

    @property
    def changed(self) -> bool:
        """Whether other weights were put into it."""
        return bool(self.state.get("changed"))

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = super().get_attr(run, name)
        if name != "update":
            return found

        def update(run: Interpreter, args: Args) -> Value:
            self._change(run)
            return run.call(found, args)

        return Native("dict.update", update)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        self._change(run)
        super().set_item(run, key, value)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        found = super().get_item(run, key)
        return found if isinstance(key, Const) else SomeWeight(self.source, found)

    def _change(self, run: Interpreter) -> None:
        run.write(self.state, "changed", True)
        name = _receiver(run.frame.at)
        if name is None or is_parameter(run, name) or is_read(run, name, _hands_on):
            return
        lost = LostUpdate(run.here, self.source, name)
        if lost not in run.program.lost_updates:
            run.program.lost_updates.append(lost)


_COPIES = frozenset({Op.CAST, Op.DETACH})


def source_of(state: Value | None) -> Module | None:
    """The network whose weights a dictionary holds, as `state_dict()` gave them; or the first layer of one whose weights were
    copied one by one (`{name: weight.cpu() for name, weight in net.state_dict().items()}`)."""
    if isinstance(state, StateDict):
        return None if state.changed else state.source
    weights = state.strings() if isinstance(state, DictValue) else {}
    owners = [_owner(each) for name, each in weights.items() if isinstance(each, Tensor) and name != REST]
    return None if None in owners else next(iter(owners), None)


def _owner(weight: Tensor) -> Module | None:
    """The layer that a weight is of, or a copy of it."""
    node: Node | None = weight.node
    while node is not None and node.op in _COPIES and len(node.inputs) == 1:
        node = node.inputs[0]
    fact = node.options.get("parameter") if node is not None and node.op is Op.PARAMETER else None
    return fact.value.module if fact is not None and isinstance(fact.value, Parameter) else None


class SomeWeight(Unknown):
    """A weight of a network by a name that is not known: `net.state_dict()[name].copy_(weights[name])`, for every name of a
    file, gives the network that file's weights."""

    __slots__ = ("among", "source")

    def __init__(self, source: Module, among: Value) -> None:
        super().__init__("a weight of a network")
        self.source, self.among = source, among

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in ("data", "copy_"):
            return self if name == "data" else Native("Tensor.copy_", self._copy)
        return self.among.get_attr(run, name)

    def _copy(self, run: Interpreter, args: Args) -> Value:
        from trainlint.frameworks.torch.pretrained import take

        given = args.positional[0] if args.positional else Const(None)
        network = next((i for i in instances(run) if i.data is self.source), None)
        if network is not None and isinstance(given, Unknown) and not isinstance(given, SomeWeight):
            take(run, network, None if run.trying() else True)
        return self


def _receiver(node: ast.AST | None) -> str | None:
    """The name in `name.update(...)` and `name[key] = ...`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func
    base = node.value if isinstance(node, ast.Attribute | ast.Subscript) else None
    return base.id if isinstance(base, ast.Name) else None


def _hands_on(node: ast.Name, parent: ast.AST, around: ast.AST | None) -> bool:
    """Whether a reading of the dictionary's name may let others have it."""
    if isinstance(parent, ast.Attribute):
        return parent.attr not in _LOOKS
    if isinstance(parent, ast.Subscript) and parent.value is node:
        measured = isinstance(around, ast.Attribute) and around.attr in _MEASURES
        return not isinstance(parent.ctx, ast.Store) and not measured
    return not (isinstance(parent, ast.Compare) and node in parent.comparators) and not isinstance(
        parent, ast.For | ast.comprehension
    )


TAKEN = "taken"
"""Key of a checkpoint's state: code has taken something out of it."""


class CheckpointValue(Watched):
    """All that a file of weights holds."""

    __slots__ = ("fact",)

    def __init__(self, fact: Checkpoint) -> None:
        super().__init__("checkpoint")
        self.fact = fact

    def dropped(self, run: Interpreter) -> None:
        # A function that has given its parts to a network may return it for nothing.
        if not self.fact.state.get(TAKEN):
            run.write(self.fact.state, UNUSED, DROPPED)

    def bound(self, run: Interpreter, name: str) -> None:
        unread = not name.startswith("_") and not is_read(run, name)
        run.write(self.fact.state, UNUSED, name if unread else None)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        run.write(self.fact.state, TAKEN, True)
        if isinstance(key, Const) and isinstance(key.value, str):
            self.fact.keys.append(key.value)
            return CheckpointPart(self.fact, key.value)
        return super().get_item(run, key)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "get":
            return Native(
                "dict.get", lambda r, args: self.get_item(r, args.bind("key").get("key", Const(None)))
            )
        return super().get_attr(run, name)

    def given_to(self, run: Interpreter, module: Module, strict: bool | None) -> None:
        """`module.load_state_dict(itself)`"""
        load = WholeLoad(run.here, module, strict)
        run.write(self.fact.state, "loads", (*self.fact.loads, load))


class CheckpointPart(Unknown):
    """What stands under one key of a file of weights."""

    __slots__ = ("key", "whole")

    def __init__(self, whole: Checkpoint, key: str) -> None:
        super().__init__("checkpoint")
        self.whole, self.key = whole, key


def read(run: Interpreter, path: Value | None) -> CheckpointValue:
    """The value of a file that is read."""
    fact = Checkpoint(run.here, run.fact(path), run.root)
    run.program.checkpoints.append(fact)
    return CheckpointValue(fact)


def written(run: Interpreter, value: Value | None, path: Value | None) -> None:
    """Note what is written; keys of a dictionary only where a network's weights stand under one of them."""
    keys: tuple[str, ...] | None = None
    if isinstance(value, DictValue) and not isinstance(value, StateDict) and not value.open:
        entries = value.strings()
        weights = any(isinstance(v, StateDict) or _is_network(v) for v in entries.values())
        keys = tuple(entries) if weights and len(entries) == len(value.cells) else None
    saved = Saved(run.here, run.fact(path), keys)
    if saved not in run.program.saved:
        run.program.saved.append(saved)


def _is_network(value: Value) -> bool:
    return isinstance(value, Instance) and isinstance(value.data, Module)
