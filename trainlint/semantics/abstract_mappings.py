"""What a class of the program's own has of `collections.abc.Mapping`: methods that its `__iter__` and `__getitem__` make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import External, Native
from trainlint.semantics.sequences import DictValue, present
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_ABSTRACT = frozenset({"collections.abc.Mapping", "typing.Mapping"})
_MUTABLE = frozenset({"collections.abc.MutableMapping", "typing.MutableMapping"})
"""Of these only settings are read, whose keys are texts: what fills others (a buffer of experience) may not have been seen."""
_READING = frozenset({"keys", "values", "items", "get"})


def mixin(run: Interpreter, instance: Instance, name: str) -> Value | None:
    """The method of this name that the abstract class gives; None if the object's class is no mapping, or for others. What it
    reads is read when it is called."""
    if name not in _READING or not is_mapping(instance):
        return None

    def read(run: Interpreter, args: Args) -> Value:
        found = contents(run, instance)
        if found is None:
            return Unknown(f"{instance.describe()}.{name}()", method=name)
        return run.call(found.get_attr(run, name), args)

    return Native(name, read)


def is_mapping(instance: Instance) -> bool:
    """Whether its class, or a base of it, extends an abstract class, and makes what that asks for."""
    made = all(any(m in c.namespace for c in _classes(instance)) for m in ("__iter__", "__getitem__"))
    return made and _extends(instance, _ABSTRACT | _MUTABLE)


def _classes(instance: Instance) -> list[ClassValue]:
    return [c for c in getattr(instance.cls, "mro", ()) if isinstance(c, ClassValue)]


def _extends(instance: Instance, names: frozenset[str]) -> bool:
    return any(isinstance(b, External) and b.qualname in names for c in _classes(instance) for b in c.bases)


def contents(run: Interpreter, instance: Instance) -> DictValue | None:
    """Its keys, and what it gives for each of them; None where what fills it may not have been seen."""
    items = instance.iterate(run)
    settings = items.exact and all(isinstance(k, Const) and isinstance(k.value, str) for k in items.values)
    if not items.values or not (settings or _extends(instance, _ABSTRACT)):
        return None
    made = DictValue(open=not items.exact)
    for key in items.values:
        made.set_item(run, key, instance.get_item(run, present(key)))
    return made
