"""What a class of the program's own has of `collections.abc.Mapping`: methods that its `__iter__` and `__getitem__` make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import External, Native
from trainlint.semantics.sequences import DictValue, present
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_ABSTRACT = frozenset({"collections.abc.Mapping", "typing.Mapping"})
"""Not those that may be changed: what fills them (a buffer of experience) may not have been seen."""
_READING = frozenset({"keys", "values", "items", "get"})


def mixin(run: Interpreter, instance: Instance, name: str) -> Value | None:
    """The method of this name that the abstract class gives; None if the object's class is no mapping, or for others. What it
    reads is read when it is called."""
    if name not in _READING or not is_mapping(instance):
        return None

    def read(run: Interpreter, args: Args) -> Value:
        found = contents(run, instance)
        if not found.cells:  # what fills it may not have been seen: a buffer of experience
            return Unknown(f"{instance.describe()}.{name}()", method=name)
        return run.call(found.get_attr(run, name), args)

    return Native(name, read)


def is_mapping(instance: Instance) -> bool:
    """Whether its class, or a base of it, extends the abstract class, and makes what that asks for."""
    classes = [c for c in getattr(instance.cls, "mro", ()) if isinstance(c, ClassValue)]
    abstract = any(isinstance(b, External) and b.qualname in _ABSTRACT for c in classes for b in c.bases)
    return abstract and all(any(m in c.namespace for c in classes) for m in ("__iter__", "__getitem__"))


def contents(run: Interpreter, instance: Instance) -> DictValue:
    """Its keys, and what it gives for each of them."""
    items = instance.iterate(run)
    made = DictValue(open=not (items.exact and items.values))
    for key in items.values:
        made.set_item(run, key, instance.get_item(run, present(key)))
    return made
