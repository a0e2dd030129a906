"""Dictionaries whose keys are attributes too: OmegaConf, EasyDict, Munch, ml_collections, yacs and their like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from trainlint.semantics.builtin_types import TYPES, Contents, contents, fill_dict
from trainlint.semantics.dict_methods import METHODS
from trainlint.semantics.mappings import SOME_KEY, as_dict, dict_attribute, merge
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value
from trainlint.semantics.watching import together

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_TO_DICT = frozenset({"to_dict", "toDict", "as_dict", "asdict", "todict"})
_SWITCHES = frozenset({"freeze", "defrost", "lock", "unlock", "unlocked", "set_immutable", "set_new_allowed"})

_MERGES = frozenset({"merge_from_file", "merge_from_list", "merge_from_dict", "merge_from_other_cfg", "merge_with",
                     "update_from_flattened_dict"})  # fmt: skip
_COPIES = frozenset({"clone", "copy", "deepcopy", "__deepcopy__", "copy_and_resolve_references"})
_OWN = _TO_DICT | _SWITCHES | _MERGES | {"update", "get_ref"}


class AttributeDict(DictValue):
    """A dictionary that is also read and written by attribute. sure: classes of its objects that are known, where not all are."""

    __slots__ = ()
    sure: ClassVar[tuple[str, ...]] = ("object",)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in self.cells:
            return self.get_item(run, Const(name))
        if name == "update":
            return Native(name, lambda r, args: _update(r, self, args))
        if name == "get_ref":
            return Native(name, lambda r, args: self.get_item(r, args.positional[0]))
        if name in METHODS:
            return dict_attribute(run, self, name)
        if name in _TO_DICT:
            return Native(name, lambda r, args: plain(self))
        if name in _SWITCHES:
            return Native(name, lambda r, args: _NONE)
        if name == "clone":
            return Native(name, lambda r, args: nested(plain(self), type(self)))
        if name in _MERGES:
            from trainlint.configs.yacs import merge_yacs

            return Native(name, lambda r, args: merge_yacs(r, self, name, args))
        return self.get_item(run, Const(name))

    def has_attr(self, name: str) -> bool | None:
        if name in self.cells:
            if self.watcher is not None:
                self.watcher.read(name)
            return True
        return None if self.open or name in METHODS or name.startswith("_") else False

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        self.set_item(run, Const(name), nested(value, type(self)))

    def types(self) -> tuple[str, ...] | None:
        return None


def nested(value: Value, kind: type[DictValue]) -> Value:
    """The value with every mapping in it of this kind; objects of the program's own classes stay as they are."""
    if isinstance(value, DictValue) and type(value) is not kind:
        entries: dict[Any, tuple[Value, Value]] = {
            k: (n, nested(v, kind)) for k, (n, v) in value.cells.items()
        }
        made = kind(entries, value.origin, value.state["open"])
        made.watcher = value.watcher
        return made
    if isinstance(value, ListValue) and value.kind == "list":
        if all(isinstance(e, Const) for e in value.elements):
            return value
        return ListValue([nested(e, kind) for e in value.elements], value.origin, value.open)
    return value


def plain(value: Value) -> Value:
    """A copy with plain dictionaries."""
    if isinstance(value, Instance) and isinstance(inner := as_dict(value), AttributeDict):
        value = inner
    if isinstance(value, DictValue):
        copied = DictValue(
            {k: (n, plain(v)) for k, (n, v) in value.cells.items()}, value.origin, value.state["open"]
        )
        copied.watcher = value.watcher
        return copied
    if isinstance(value, ListValue) and value.kind == "list":
        return ListValue([plain(e) for e in value.elements], value.origin, value.open)
    return value


def deep_merge(run: Interpreter, target: DictValue, source: Value) -> None:
    """Merge a mapping into another, nested mappings entry by entry."""
    other = as_dict(source)
    if other is None and isinstance(source, Unknown):
        _unsettle(run, target, source)
        return
    if other is None:
        merge(run, target, source)
        return
    target.watcher = together(target.watcher, other.watcher)
    for slot, (key, value) in list(other.cells.items()):
        mine = as_dict(target.cells[slot][1]) if slot in target.cells else None
        if mine is not None and as_dict(value) is not None:
            deep_merge(run, mine, value)
        else:
            target.set_item(run, key, nested(value, type(target)))
    if other.open:
        run.write(target.state, "open", True)


def _unsettle(run: Interpreter, target: DictValue, source: Unknown) -> None:
    """After something unknown was merged in, sections are sections still, and no setting is known."""
    for slot, (key, value) in list(target.cells.items()):
        section = as_dict(value)
        if section is not None:
            _unsettle(run, section, source)
        elif slot != SOME_KEY:
            target.set_item(run, key, Unknown(f"a value of {source.describe()}"))
    run.write(target.state, "open", True)


def _update(run: Interpreter, self: DictValue, args: Args) -> Value:
    """`update()`: values become what this class makes of them; ml_collections and addict merge what is nested."""
    for other in args.positional[:1]:
        deep_merge(run, self, other)
    for name, value in args.keywords.items():
        self.set_item(run, Const(name), nested(value, type(self)))
    if args.open:
        merge(run, self, Unknown("arguments that were not followed"))
    return _NONE


class AttributeDictClass(LibraryClass):
    """The class of such dictionaries: calling it turns mappings, at any depth, into them. An object of a local class
    that inherits from it holds one (`class CfgNode(yacs.config.CfgNode)`)."""

    __slots__ = ("kind",)

    def __init__(self, qualname: str, kind: type[DictValue] = AttributeDict) -> None:
        super().__init__(qualname, (TYPES["dict"],))
        self.kind = kind

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        instance.data = Contents(self.kind())

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        inner = contents(instance)
        if isinstance(inner, DictValue):
            deep_merge(run, inner, fill_dict(run, DictValue(), args))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        inner = contents(instance)
        if not isinstance(inner, DictValue):
            return None
        if name == "__setattr__":
            return Native(name, lambda r, args: _set(r, self, instance, args))
        if name in _COPIES:
            return Native(name, lambda r, args: _copied(r, instance, inner))
        known = name in inner.cells or name in METHODS or name in _OWN
        return inner.get_attr(run, name) if known or (inner.open and not name.startswith("__")) else None

    def keeps(self, run: Interpreter, instance: Instance, name: str, value: Value) -> bool:
        inner = contents(instance)
        if not isinstance(inner, DictValue) or name.startswith("__"):
            return False
        inner.set_item(run, Const(name), nested(value, self.kind))
        return True

    def call(self, run: Interpreter, args: Args) -> Value:
        made = self.kind()
        fill_dict(run, made, args)
        return nested(plain(made), self.kind)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in ("fromDict", "from_dict", "load_cfg"):
            return Native(name, lambda r, args: self.call(r, args))
        if name == "__name__":
            return Const(self.qualname.rpartition(".")[2])
        return Unknown(f"{self.qualname}.{name}")


def _set(run: Interpreter, cls: AttributeDictClass, instance: Instance, args: Args) -> Value:
    """`super().__setattr__(name, value)`"""
    bound = args.bind("name", "value")
    name = bound.get("name")
    if isinstance(name, Const) and "value" in bound:
        cls.keeps(run, instance, str(name.value), bound["value"])
    return _NONE


def _copied(run: Interpreter, instance: Instance, inner: DictValue) -> Value:
    """A copy of an object of a local class, with all that it holds."""
    made = Instance(instance.cls, run.here, dict(instance.attrs))
    made.data = Contents(type(inner)())
    for _, (key, value) in inner.cells.items():
        part = as_dict(value) if isinstance(value, Instance) else None
        if isinstance(value, Instance) and part is not None:
            copied: Value = _copied(run, value, part)
        else:
            copied = nested(plain(value), type(inner))
        made.data.contents.set_item(run, key, copied)
    if inner.open:
        run.write(made.data.contents.state, "open", inner.state["open"])
    return made


def attribute_dict(values: Mapping[str, Value], origin: Origin = ()) -> AttributeDict:
    """One with these text keys."""
    return AttributeDict({k: (Const(k), v) for k, v in values.items()}, origin)
