"""What dictionaries do: items, operators, and what merging does; their methods are in `dict_methods`."""

from __future__ import annotations

import copy
from collections.abc import Hashable
from typing import TYPE_CHECKING

from trainlint.semantics import abstract_mappings
from trainlint.semantics.choices import chosen
from trainlint.semantics.definitions import BoundMethod
from trainlint.semantics.joins import join, optional
from trainlint.semantics.keys import key_of
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import External, Native
from trainlint.semantics.sequences import (
    BY_OTHERS,
    DictValue,
    ListValue,
    TupleValue,
    UnionValue,
    may_be_missing,
    present,
)
from trainlint.semantics.store import Entries
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

SOME_KEY = ("some key",)
"""The slot of values that were written under keys that are not known."""
_NONE = Const(None)


def as_dict(value: Value) -> DictValue | None:
    """The dictionary that a value is: itself, or the content of an instance of a subclass of dict."""
    if isinstance(value, DictValue):
        return value
    contents = getattr(value.data, "contents", None) if isinstance(value, Instance) else None
    return contents if isinstance(contents, DictValue) else None


def read_mapping(run: Interpreter, value: Value) -> DictValue | None:
    """The same, or what an object of the program gives for each of its `keys()`."""
    if (mapping := as_dict(value)) is not None:
        return mapping.as_given()
    if not isinstance(value, Instance):
        return None
    if run.class_attribute(value.cls, "keys") is None and abstract_mappings.is_mapping(value):
        return abstract_mappings.contents(run, value)
    keys, getter = value.get_attr(run, "keys"), value.get_attr(run, "__getitem__")
    if not (isinstance(keys, BoundMethod) and isinstance(getter, BoundMethod)):
        return None
    items = run.call(keys, Args()).iterate(run)
    made = DictValue(open=not items.exact)
    for key in items.values:
        made.set_item(run, key, run.call(getter, Args([present(key)])))
    return made


def keyword_arguments(run: Interpreter, value: Value) -> tuple[dict[str, Value], bool]:
    """What `**value` gives by name, and whether it may give more.

    Where a condition decides about a name, its value is one that may be missing. So it is where a condition chooses between
    several mappings of which only some hold it: no name that none of them holds can be given.
    """
    if (mapping := read_mapping(run, value)) is not None:
        return _given(mapping), mapping.open
    choices = [as_dict(v) for v in value.alternatives] if isinstance(value, UnionValue) else []
    found = [c for c in choices if c is not None]
    if not found or len(found) < len(choices):
        return {}, True
    given = [_given(c) for c in found]
    named: dict[str, Value] = {}
    for name in dict.fromkeys(n for g in given for n in g):
        held = [g[name] for g in given if name in g]
        joined = held[0]
        for other in held[1:]:
            joined = run.join(joined, other)
        named[name] = joined if len(held) == len(given) else optional(joined)
    return named, any(c.open for c in found)


def _given(mapping: DictValue) -> dict[str, Value]:
    return {
        name: optional(value) if may_be_missing(mapping.cells[name][0]) else value
        for name, value in mapping.strings().items()
    }


def of_arguments(named: dict[str, Value], open: bool) -> DictValue:
    """What `**kwargs` holds of arguments of which some may not have been given."""
    made = DictValue(open=open)
    for name, value in named.items():
        key: Value = Const(name)
        made.cells[name] = (optional(key) if may_be_missing(value) else key, present(value))
    return made


class HashOf(Unknown):
    """What `hash(value)` gives: a number that nobody knows, but the same for equal values."""

    __slots__ = ("key",)

    def __init__(self, key: Hashable) -> None:
        super().__init__("a hash")
        self.key = key


def hash_of(run: Interpreter, args: Args) -> Value:
    """`hash(value)`"""
    key = key_of(args.positional[0]) if args.positional else None
    return HashOf(key) if key is not None else Unknown("a hash")


def _own_hash(run: Interpreter, key: Instance) -> Hashable | None:
    """The slot of an object by the `__hash__` of its class, where it has one of its own that is understood."""
    method = run.class_attribute(key.cls, "__hash__")
    found = run.call(run.bind(method, key), Args()) if method is not None else None
    return ("hash", found.key) if isinstance(found, HashOf) else None


def slot_of(run: Interpreter, key: Value) -> Hashable | None:
    """The slot that a key has in any dictionary; None if it is not known."""
    return (_own_hash(run, key) if isinstance(key, Instance) else None) or key_of(key)


def _slot(run: Interpreter, self: DictValue, key: Value) -> Hashable | None:
    """The slot of a key; None if it is not known. A name of an outside library may be any text, and so may an argument that
    was taken for a tensor."""
    slot = slot_of(run, key)
    if (
        isinstance(key, External | Tensor)
        and slot not in self.cells
        and any(isinstance(k, str) for k in self.cells)
    ):
        return None
    return slot


class MissingItem(Unknown):
    """What a mapping gives for a key that it is sure not to have: reading it raises KeyError."""

    __slots__ = ()


def dict_item(run: Interpreter, self: DictValue, key: Value, default: Value | None) -> Value:
    """`self[key]`, or `self.get(key, default)` where a default is given."""
    if isinstance(key, UnionValue):
        return run.each(key, lambda k: dict_item(run, self, k, default))
    slot = _slot(run, self, key)
    watcher = self.watcher
    if slot is None:
        if watcher is not None:
            watcher.whole()
        return _any_value(run, self)
    found = self.cells.get(slot)
    if watcher is not None and isinstance(slot, str):
        watcher.read(slot)
        if found is None and default is None and not self.open:
            watcher.missing(run, slot)
    if found is not None:
        value = chosen(found[1], key)
        return join(run, value, default) if default is not None and may_be_missing(found[0]) else value
    shown = key.describe()
    some = self.cells.get(SOME_KEY)
    if some is not None and isinstance(some[1], Tensor):  # what a loop over unknown names computed for each
        return some[1] if default is None else join(run, some[1], default)
    if self.open:
        return Unknown(f"key {shown} of a mapping that is not fully known")
    if default is not None:
        return default
    missing = f"key {shown} is not in the mapping"
    return MissingItem(missing) if some is None else Unknown(missing)


def _any_value(run: Interpreter, self: DictValue) -> Value:
    from trainlint.semantics.containers import any_of

    values = [v for _, v in self.cells.values()]
    if self.open and SOME_KEY not in self.cells:
        return Unknown("a value under an unknown key")
    return any_of(values, "a value under an unknown key")


def set_dict_item(run: Interpreter, self: DictValue, key: Value, value: Value) -> None:
    """`self[key] = value`; under an unknown key, any value may have become this one."""
    if may_be_missing(key):
        _set_perhaps(run, self, present(key), value)
        return
    slot = _slot(run, self, key)
    if slot is not None:
        if self.watcher is not None and isinstance(slot, str) and slot in self.cells:
            self.watcher.written(run, slot, self.cells[slot][1], value)
        run.write(self.cells, slot, (key, value))
        return
    for other, (name, old) in list(self.cells.items()):
        run.write(self.cells, other, (name, join(run, old, value)))
    if SOME_KEY not in self.cells:
        run.write(self.cells, SOME_KEY, (Unknown("a key"), value))
    run.write(self.state, "open", True)


def _set_perhaps(run: Interpreter, self: DictValue, key: Value, value: Value) -> None:
    """`if condition: self[key] = value`"""
    slot = _slot(run, self, key)
    known = self.cells.get(slot) if slot is not None else None
    self.set_item(run, key, join(run, known[1], value) if known is not None else value)
    if slot is not None and (known is None or may_be_missing(known[0])) and slot in self.cells:
        run.write(self.cells, slot, (optional(key), self.cells[slot][1]))


def merge(run: Interpreter, self: DictValue, other: Value) -> None:
    """`self.update(other)` for a mapping, pairs, or something unknown (which may change any entry)."""
    source = read_mapping(run, other)
    if source is not None:
        if source.watcher is not None:
            source.watcher.whole()
        for slot, (key, value) in list(source.cells.items()):
            self.set_item(run, Unknown("a key") if slot == SOME_KEY else key, value)
        if source.lists_more:
            _overlay(run, self, source)
        elif source.open and not self.open:
            run.write(self.state, "open", BY_OTHERS)
        return
    if isinstance(other, (TupleValue, ListValue)) or hasattr(other, "compute"):
        items = other.iterate(run)
        if items.exact and all(isinstance(p, TupleValue) and len(p.elements) == 2 for p in items.values):
            for pair in items.values:
                if isinstance(pair, TupleValue):
                    self.set_item(run, pair.elements[0], pair.elements[1])
            return
    if not (isinstance(other, Const) and other.value is None):
        self.set_item(run, Unknown("a key"), Unknown(f"a value of {other.describe()}"))


def _overlay(run: Interpreter, self: DictValue, source: DictValue) -> None:
    """A mapping with keys that are not known was merged in: each entry that it is not seen to hold may be new."""
    unknown = Unknown("a value that a mapping which is not fully known may hold")
    for slot, (name, old) in list(self.cells.items()):
        if slot not in source.cells:
            run.write(self.cells, slot, (name, join(run, old, unknown)))
    if not self.open:
        run.write(self.state, "open", True)


def copy_dict(self: DictValue) -> DictValue:
    """A shallow copy of the same class of mapping."""
    made = copy.copy(self)
    made.cells, made.state = Entries(self.cells), dict(self.state)
    return made


def dict_attribute(run: Interpreter, self: DictValue, name: str) -> Value:
    """A method of a dictionary."""
    from trainlint.semantics.dict_methods import METHODS

    method = METHODS.get(name)
    if method is None:
        return Unknown(f"dict.{name}")
    return Native(f"dict.{name}", lambda r, args: method(r, self, args))


# -- operators


def contains(run: Interpreter, self: DictValue, key: Value) -> Value:
    """`key in self`"""
    slot = _slot(run, self, key)
    if slot is None:
        return Unknown("membership of an unknown key")
    if slot in self.cells:
        there = not may_be_missing(self.cells[slot][0])
        return Const(True) if there else Unknown("a key that a condition may leave out")
    return Unknown("membership in a mapping that is not fully known") if self.open else Const(False)


def dict_binary(run: Interpreter, self: DictValue, op: str, other: Value, reflected: bool) -> Value | None:
    """`in`, `|`, `==` and `!=` of dictionaries."""
    if op == "in":
        return contains(run, self, other)
    if op == "|" and (as_dict(other) is not None or isinstance(other, Unknown)):
        first, second = (as_dict(other), self) if reflected else (self, other)
        made = copy_dict(first) if first is not None else DictValue(open=True)
        merge(run, made, second)
        return made
    if op in ("==", "!=") and isinstance(other, Const):
        return Const(op == "!=")
    if op in ("==", "!=") and isinstance(other, DictValue) and not (self.open or other.open):
        from trainlint.semantics.containers import equal

        answers = [equal(v, other.cells[k][1]) for k, (_, v) in self.cells.items() if k in other.cells]
        if any(may_be_missing(k) for k, _ in (*self.cells.values(), *other.cells.values())):
            return None
        if self.cells.keys() != other.cells.keys() or False in answers:
            return Const(op == "!=")
        return None if None in answers else Const(op == "==")
    return None
