"""Modules that a module keeps in plain lists, tuples and dicts, where torch does not look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.coverage import UNREGISTERED, Unregistered
from trainlint.facts.graph import Module
from trainlint.frameworks.torch.tree import alternatives, inner_values, instances, is_module
from trainlint.model import Location
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PLACES = "containers"
"""Key of a module's state: (attribute, where it was assigned) for each attribute that held a container."""
DEEPEST = 2
_OWN = (
    "parameters",
    "named_parameters",
    "children",
    "named_children",
    "_apply",
    "__setattr__",
    "__getattr__",
)
"""Methods with which a class may say itself what belongs to it."""


def note_container(run: Interpreter, instance: Instance, name: str) -> None:
    """A list, tuple or dict becomes an attribute; what is put into it may come later."""
    if instance.data is None:
        return
    noted: tuple[tuple[str, Location], ...] = instance.data.state.get(PLACES, ())
    if not any(name == other for other, _ in noted):
        run.write(instance.data.state, PLACES, (*noted, (name, run.here)))


def finish(run: Interpreter) -> None:
    """Record, at the program's end, what stands in containers of modules that are otherwise known."""
    for instance in instances(run):
        module: Module = instance.data
        places = module.state.get(PLACES, ())
        if not places or any(run.class_attribute(instance.cls, name) is not None for name in _OWN):
            continue
        found = [_kept(instance, name, place) for name, place in places if name not in instance.plain_names()]
        module.state[UNREGISTERED] = tuple(each for each in found if each is not None)


def _kept(instance: Instance, name: str, place: Location) -> Unregistered | None:
    value = instance.attrs.get(name)
    if isinstance(value, UnionValue):
        value = next(
            (v for v in alternatives(value) if isinstance(v, ListValue | TupleValue | DictValue)), value
        )
    if not isinstance(value, ListValue | TupleValue | DictValue):
        return None
    modules = tuple(dict.fromkeys(_modules(value, 0)))
    kind = "dict" if isinstance(value, DictValue) else "list" if isinstance(value, ListValue) else "tuple"
    more = isinstance(value, ListValue) and value.open
    return Unregistered(name, kind, place, modules, more) if modules else None


def _modules(value: Value, depth: int) -> list[Module]:
    if is_module(value):
        return [value.data]
    if depth > DEEPEST:
        return []
    return [m for inner in inner_values(value) for m in _modules(inner, depth + 1)]
