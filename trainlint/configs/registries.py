"""fvcore's Registry: classes and functions by the names that configs call them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.omegaconf import DICTS
from trainlint.semantics.library import Library
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[Library] = []  # the names belong to omegaconf.py's library
_NONE = Const(None)


class RegistryClass(LibraryClass):
    """`R = Registry("MODELS")`, `@R.register()`, `R.register(Net)`, `R.get(name)`; `data` is the table."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        instance.data = DictValue()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "register":
            return Native("Registry.register", lambda r, args: _register(r, instance, args))
        if name == "get":
            return Native("Registry.get", lambda r, args: _get(r, instance, args))
        return instance.data if name == "_obj_map" else None

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        table: DictValue = instance.data
        return run.call_method(table, "items").iterate(run)

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        table: DictValue = instance.data
        return table.binary(run, op, other, reflected) if op == "in" else None


def _register(run: Interpreter, registry: Instance, args: Args) -> Value:
    def keep(r: Interpreter, value: Value) -> Value:
        name = r.get_attr(value, "__name__")
        if isinstance(name, Const):
            registry.data.set_item(r, name, value)
        return value

    given = args.bind("obj").get("obj", _NONE)
    if not isinstance(given, Const):
        return keep(run, given)
    return Native("Registry.register", lambda r, more: keep(r, more.bind("cls").get("cls", _NONE)))


def _get(run: Interpreter, registry: Instance, args: Args) -> Value:
    name = args.bind("name").get("name", Unknown("a name"))
    found: Value = registry.data.get_item(run, name)
    return found


DICTS.add(RegistryClass("fvcore.common.registry.Registry"), "detectron2.utils.registry.Registry")
