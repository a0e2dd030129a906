"""What a network consists of, as lists: parameters(), modules(), children() and their kin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from trainlint.frameworks.torch.tree import (
    children,
    incomplete,
    named_parameters,
    own_parameters,
    walk,
)
from trainlint.semantics.builtin_attributes import UNNAMED, leave_open, unnamed
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Method = Callable[["Interpreter", Instance, Args], Value]


class Parts(ListValue):
    """The modules or parameters of a network, which loops visit one by one however many they are."""

    __slots__ = ()

    def iterate(self, run: Interpreter) -> Items:
        items = super().iterate(run)
        items.over = "modules"
        return items


def _parts(values: Iterable[Value], open_: bool = False) -> Value:
    return Parts(list(values), open=open_, kind="generator")


def _pairs(entries: Mapping[str, Value], open_: bool = False) -> Value:
    return _parts([TupleValue([_name(k), v]) for k, v in entries.items()], open_)


def _name(path: str) -> Value:
    return Unknown("a name that is not known") if UNNAMED in path else Const(path)


def _unseen(instance: Instance) -> bool:
    """Whether nothing of the module is shown, so that not even a part of a loop over it is known."""
    return bool(instance.data.symbolic) and not children(instance)


def _parameters(run: Interpreter, instance: Instance, args: Args) -> Value:
    if not _recursive(run, args, 0):
        return _parts(own_parameters(instance).values())
    return _parts(named_parameters(run, instance)[0].values())


def _named_parameters(run: Interpreter, instance: Instance, args: Args) -> Value:
    prefix = args.bind("prefix").get("prefix")
    text = prefix.value if isinstance(prefix, Const) and isinstance(prefix.value, str) else ""
    if not _recursive(run, args, 1):
        return _pairs({f"{text}.{k}" if text else k: v for k, v in own_parameters(instance).items()})
    return _pairs(named_parameters(run, instance, text)[0])


def _recursive(run: Interpreter, args: Args, position: int) -> bool:
    names = ("recurse",) if position == 0 else ("prefix", "recurse")
    value = args.bind(*names).get("recurse")
    return not (isinstance(value, Const) and value.value is False)


def _modules(run: Interpreter, instance: Instance, args: Args) -> Value:
    return _parts([m for _, m in walk(instance)], _unseen(instance))


def _named_modules(run: Interpreter, instance: Instance, args: Args) -> Value:
    return _pairs(dict(walk(instance)), _unseen(instance))


def _children(run: Interpreter, instance: Instance, args: Args) -> Value:
    return _parts(children(instance).values(), _unseen(instance))


def _named_children(run: Interpreter, instance: Instance, args: Args) -> Value:
    return _pairs(children(instance), _unseen(instance))


def _buffers(run: Interpreter, instance: Instance, args: Args) -> Value:
    return ListValue(open=True)


class Submodules(DictValue):
    """`module._modules`: what is put there becomes a part of the module, and one whose name is not known is found again by
    that name."""

    __slots__ = ("owner",)

    def __init__(self, owner: Instance) -> None:
        entries = {name: (_name(name), child) for name, child in children(owner).items()}
        super().__init__(entries, open=incomplete(owner))
        self.owner = owner

    def __copy__(self) -> DictValue:
        return DictValue(self.cells, self.origin, self.open)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        part = None if isinstance(key, Const) else self.owner.attrs.get(unnamed(key))
        return part or super().get_item(run, key)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        super().set_item(run, key, value)
        register(run, self.owner, key, value)


def register(run: Interpreter, instance: Instance, name: Value, value: Value) -> None:
    """Make something a part of a module by its name, known or not."""
    if isinstance(name, Const) and isinstance(name.value, str):
        run.set_instance_attribute(instance, name.value, value)
        return
    leave_open(run, instance)
    if not isinstance(value, Const):
        run.set_instance_attribute(instance, unnamed(name), value)


def _child_dict(run: Interpreter, instance: Instance) -> Value:
    return Submodules(instance)


def _parameter_dict(run: Interpreter, instance: Instance) -> Value:
    tensors: dict[str, Value] = dict(own_parameters(instance))
    return DictValue.of(tensors, open=incomplete(instance))


METHODS: dict[str, Method] = {
    "parameters": _parameters,
    "named_parameters": _named_parameters,
    "modules": _modules,
    "named_modules": _named_modules,
    "children": _children,
    "named_children": _named_children,
    "buffers": _buffers,
    "named_buffers": _buffers,
}

PROPERTIES: dict[str, Callable[[Interpreter, Instance], Value | None]] = {
    "_modules": _child_dict,
    "_parameters": _parameter_dict,
}


def _clip_gradients(run: Interpreter, instance: Instance) -> Value | None:
    """`model.clip_grad_norm_(1.0)`: a network whose weights are sharded takes the norm over all of its pieces."""
    if not str(instance.data.state.get("wrapped")).endswith("FullyShardedDataParallel"):
        return None

    def clip(r: Interpreter, args: Args) -> Value:
        bound = args.bind("max_norm", "norm_type").get("max_norm", Unknown("a bound"))
        parameters = r.call_method(instance, "parameters")
        return r.call(r.library_name("torch.nn.utils.clip_grad_norm_"), Args([parameters, bound]))

    return Native("clip_grad_norm_", clip)


ADDED: dict[str, Callable[[Interpreter, Instance], Value | None]] = {"clip_grad_norm_": _clip_gradients}
"""What a network has only where a wrapper was put around it."""
