"""ModuleDict and ParameterDict: modules under names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.containers import any_of, elements, is_open, keys, open_up, put
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

UNNAMED = "*"
"""The attribute that holds the module put last under a name that is not known; it stands for all such."""


class DictClass(ModuleClass):
    """ModuleDict and ParameterDict."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.data.state["holder"] = True
        self._update(run, instance, args)

    def _update(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        given = args.positional[0] if args.positional else args.keywords.get("modules")
        if isinstance(given, DictValue):
            for name, value in given.strings().items():
                put(run, instance, name, value)
            if given.open:
                open_up(run, instance)
        elif given is not None and not isinstance(given, Const):
            self._pairs(run, instance, given)
        return Const(None)

    def _pairs(self, run: Interpreter, instance: Instance, given: Value) -> None:
        items = given.iterate(run)
        for pair in items.values:
            parts = pair.elements if isinstance(pair, TupleValue | ListValue) else ()
            if len(parts) == 2 and isinstance(parts[0], Const):
                put(run, instance, str(parts[0].value), parts[1])
        if not items.exact:
            open_up(run, instance)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        def native(answer: Value) -> Value:
            return Native(f"{self.qualname}.{name}", lambda r, args: answer)

        open_ = is_open(instance)
        unnamed = instance.attrs.get(UNNAMED)
        if name == "keys":
            return native(ListValue([Const(k) for k in keys(instance)], open=open_))
        if name == "values":
            return native(ListValue([*elements(instance), *([unnamed] if unnamed else [])], open=open_))
        if name == "items":
            pairs = [TupleValue([Const(k), instance.attrs[k]]) for k in keys(instance)]
            pairs += [TupleValue([Unknown("a module's name"), unnamed])] if unnamed else []
            return native(ListValue(pairs, open=open_))
        if name == "update":
            return Native(f"{self.qualname}.update", lambda r, args: self._update(r, instance, args))
        return super().attribute(run, instance, name)

    def assign(self, run: Interpreter, instance: Instance, name: str, value: Value) -> None:
        """A submodule under any name is an element, `self.add_module("head", layer)` of a subclass too."""
        super().assign(run, instance, name, value)
        known = keys(instance)
        if is_module(value) and name not in known and name != UNNAMED:
            run.write(instance.data.state, "keys", (*known, name))

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        unnamed = instance.attrs.get(UNNAMED)
        if isinstance(key, Const):
            return instance.attrs.get(str(key.value), unnamed or Unknown("element"))
        return any_of(run, [*elements(instance), *([unnamed] if unnamed else [])])

    def assign_item(self, run: Interpreter, instance: Instance, key: Value, value: Value) -> bool:
        if isinstance(key, Const):
            put(run, instance, str(key.value), value)
        else:
            open_up(run, instance)
            if is_module(value):
                run.set_instance_attribute(instance, UNNAMED, value)
        return True

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        known: list[Value] = [Const(k) for k in keys(instance)]
        known += [Unknown("a module's name")] if UNNAMED in instance.attrs else []
        exact = not is_open(instance)
        return Items(known, exact, length=len(known) if exact else None)

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        return None if is_open(instance) else len(keys(instance))

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        if op == "in" and isinstance(other, Const) and not is_open(instance):
            return Const(str(other.value) in keys(instance))
        return None


LIBRARY.add(DictClass("torch.nn.ModuleDict", (NN_MODULE,)))
LIBRARY.add(DictClass("torch.nn.ParameterDict", (NN_MODULE,)))
