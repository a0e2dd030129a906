"""Keys that are not there: KeyError, and `__missing__` of a dictionary's own class.

Source: https://docs.python.org/3/reference/datamodel.html#object.__missing__ (`get()` and `in` do not ask it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.mappings import SOME_KEY, MissingItem, slot_of
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, UnionValue, may_be_missing
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def read_item(run: Interpreter, base: Value, key: Value) -> Value:
    """`base[key]` as the program writes it: a key that is sure to be missing leads to the handler around it."""
    found = run.get_item(base, key)
    if type(found) is MissingItem:
        run.frame.fails("KeyError", run)
        return Unknown(found.why)
    return found


def item_or_missing(run: Interpreter, instance: Instance, inner: DictValue, key: Value) -> Value:
    """`instance[key]` for an object of a class that inherits from a dictionary; inner: what it holds."""
    method = run.class_attribute(instance.cls, "__missing__")
    if method is None:
        return inner.get_item(run, key)
    if isinstance(key, UnionValue):
        return run.each(key, lambda k: item_or_missing(run, instance, inner, k))
    there = _is_there(run, inner, key)
    if there:
        return inner.get_item(run, key)

    def missing() -> Value:
        return run.call(run.bind(method, instance), Args([key]))

    if there is False:
        return missing()
    return run.alternatives([lambda: inner.get_item(run, key), missing])


def _is_there(run: Interpreter, inner: DictValue, key: Value) -> bool | None:
    """Whether a key is in the dictionary; None where that is not known. What was put under an unknown key is taken to be
    what is read under one."""
    slot = slot_of(run, key)
    if slot is None:
        return True if SOME_KEY in inner.cells else None if inner.cells or inner.open else False
    if slot in inner.cells:
        return None if may_be_missing(inner.cells[slot][0]) else True
    return None if inner.open else False
