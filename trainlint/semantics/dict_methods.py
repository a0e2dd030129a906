"""Methods of dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from trainlint.semantics.containers import any_of
from trainlint.semantics.joins import optional
from trainlint.semantics.mappings import SOME_KEY, contains, copy_dict, dict_item, merge, slot_of
from trainlint.semantics.sequences import SHARED, DictValue, ListValue, TupleValue, may_be_missing, present
from trainlint.semantics.store import MISSING
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DictMethod = Callable[["Interpreter", DictValue, Args], Value]
_NONE = Const(None)


def _get(run: Interpreter, self: DictValue, args: Args) -> Value:
    bound = args.bind("key", "default")
    if "key" not in bound:
        return Unknown("get() without a key")
    return dict_item(run, self, bound["key"], bound.get("default", _NONE))


def _listed(part: str) -> DictMethod:
    def method(run: Interpreter, self: DictValue, args: Args) -> Value:
        if self.watcher is not None:
            self.watcher.whole()
        entries = list(self.cells.values())
        return ListValue([_entry(part, k, v) for k, v in entries], self.origin, self.lists_more)

    return method


def _entry(part: str, key: Value, value: Value) -> Value:
    """What stands for an entry among the keys, values or items; it may be missing."""
    if part == "keys":
        return key
    found = value if part == "values" else TupleValue([present(key), value])
    return optional(found) if may_be_missing(key) else found


def _pop(run: Interpreter, self: DictValue, args: Args) -> Value:
    bound = args.bind("key", "default")
    key = bound.get("key", Unknown("pop() without a key"))
    found = dict_item(run, self, key, bound.get("default"))
    slot = slot_of(run, key)
    if slot is not None and slot in self.cells:
        run.write(self.cells, slot, MISSING)
    return found


def _popitem(run: Interpreter, self: DictValue, args: Args) -> Value:
    if self.open or not self.cells:
        return Unknown("popitem()")
    slot: Hashable = next(reversed(self.cells))
    key, value = self.cells[slot]
    run.write(self.cells, slot, MISSING)
    return TupleValue([key, value])


def _set_default(run: Interpreter, self: DictValue, args: Args) -> Value:
    bound = args.bind("key", "default")
    key, default = bound.get("key", Unknown("a key")), bound.get("default", _NONE)
    slot = slot_of(run, key)
    if slot is not None and slot not in self.cells and not self.open:
        self.set_item(run, key, default)
        return default
    if slot is None and SOME_KEY not in self.cells:
        # No entry gives way to a default: it stands beside them, where there was none.
        known = [value for _, value in self.cells.values()]
        run.write(self.cells, SOME_KEY, (Unknown("a key"), default))
        run.write(self.state, "open", True)
        return any_of([*known, default], "a value under an unknown key")
    found = dict_item(run, self, key, default)
    if slot is not None and (slot not in self.cells or may_be_missing(self.cells[slot][0])):
        self.set_item(run, key, found)
    return found


def _update(run: Interpreter, self: DictValue, args: Args) -> Value:
    for other in args.positional[:1]:
        merge(run, self, other)
    for name, value in args.keywords.items():
        self.set_item(run, Const(name), value)
    if args.open:
        merge(run, self, Unknown("arguments that were not followed"))
    return _NONE


def _clear(run: Interpreter, self: DictValue, args: Args) -> Value:
    for slot in list(self.cells):
        run.write(self.cells, slot, MISSING)
    run.write(self.state, "open", SHARED in self.state)
    return _NONE


def from_keys(run: Interpreter, args: Args) -> Value:
    """`dict.fromkeys(keys, value)`"""
    bound = args.bind("keys", "value")
    items = bound.get("keys", Unknown("keys")).iterate(run)
    made = DictValue(open=not items.exact)
    for key in items.values:
        made.set_item(run, key, bound.get("value", _NONE))
    return made


METHODS: dict[str, DictMethod] = {
    "get": _get,
    "items": _listed("items"),
    "keys": _listed("keys"),
    "values": _listed("values"),
    "pop": _pop,
    "popitem": _popitem,
    "setdefault": _set_default,
    "update": _update,
    "clear": _clear,
    "copy": lambda run, self, args: copy_dict(self),
    "move_to_end": lambda run, self, args: _NONE,
    "fromkeys": lambda run, self, args: from_keys(run, args),
    "__getitem__": lambda run, self, args: self.get_item(run, args.positional[0]),
    "__setitem__": lambda run, self, args: _set_item(run, self, args),
    "__contains__": lambda run, self, args: contains(run, self, args.positional[0]),
}


def _set_item(run: Interpreter, self: DictValue, args: Args) -> Value:
    self.set_item(run, args.positional[0], args.positional[1])
    return _NONE
