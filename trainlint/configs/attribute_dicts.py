"""Dictionaries whose keys are attributes too: OmegaConf, EasyDict, Munch, ml_collections, yacs and their like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trainlint.semantics.builtin_types import fill_dict
from trainlint.semantics.mappings import METHODS, as_dict, dict_attribute
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Native, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_TO_DICT = frozenset({"to_dict", "toDict", "as_dict", "asdict", "todict"})
_SWITCHES = frozenset({"freeze", "defrost", "lock", "unlock", "unlocked", "set_immutable", "set_new_allowed"})


class AttributeDict(DictValue):
    """A dictionary that is also read and written by attribute."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in self.cells:
            return self.get_item(run, Const(name))
        if name in METHODS:
            return dict_attribute(run, self, name)
        if name in _TO_DICT:
            return Native(name, lambda r, args: plain(self))
        if name in _SWITCHES:
            return Native(name, lambda r, args: _NONE)
        if name == "clone":
            return Native(name, lambda r, args: nested(plain(self), type(self)))
        if name in (
            "merge_from_file",
            "merge_from_list",
            "merge_from_other_cfg",
            "update_from_flattened_dict",
        ):
            return Native(name, lambda r, args: _merge_yacs(r, self, name, args))
        return self.get_item(run, Const(name))

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        self.set_item(run, Const(name), nested(value, type(self)))

    def types(self) -> tuple[str, ...] | None:
        return None


class OmegaDict(AttributeDict):
    """OmegaConf's DictConfig, which is no dict."""

    __slots__ = ()

    def types(self) -> tuple[str, ...] | None:
        return ("omegaconf.DictConfig", "object")


def nested(value: Value, kind: type[DictValue]) -> Value:
    """The value with every mapping in it of this kind."""
    if isinstance(value, DictValue) and type(value) is not kind:
        entries: dict[Any, tuple[Value, Value]] = {
            k: (n, nested(v, kind)) for k, (n, v) in value.cells.items()
        }
        return kind(entries, value.origin, value.open)
    if isinstance(value, ListValue) and value.kind == "list":
        return ListValue([nested(e, kind) for e in value.elements], value.origin, value.open)
    return value


def plain(value: Value) -> Value:
    """A copy with plain dictionaries."""
    if isinstance(value, DictValue):
        return DictValue({k: (n, plain(v)) for k, (n, v) in value.cells.items()}, value.origin, value.open)
    if isinstance(value, ListValue) and value.kind == "list":
        return ListValue([plain(e) for e in value.elements], value.origin, value.open)
    return value


def deep_merge(run: Interpreter, target: DictValue, source: Value) -> None:
    """Merge a mapping into another, nested mappings entry by entry."""
    other = as_dict(source)
    if other is None:
        run.call_method(target, "update", source)
        return
    for slot, (key, value) in list(other.cells.items()):
        mine = target.cells.get(slot)
        if mine is not None and isinstance(mine[1], DictValue) and isinstance(value, DictValue):
            deep_merge(run, mine[1], value)
        else:
            target.set_item(run, key, nested(value, type(target)))
    if other.open:
        run.write(target.state, "open", True)


def _merge_yacs(run: Interpreter, self: DictValue, name: str, args: Args) -> Value:
    from trainlint.configs.documents import Reading
    from trainlint.configs.files import load_from

    source = args.positional[0] if args.positional else Unknown("a config")
    if name == "merge_from_file":
        source = load_from(run, source, "yaml", Reading("pyyaml"), paths=True)
    if name == "merge_from_list":
        empty = isinstance(source, ListValue) and not source.elements and not source.open
        source = DictValue() if empty or isinstance(source, Const) else Unknown("a list of overrides")
    deep_merge(run, self, source)
    return _NONE


class AttributeDictClass(LibraryClass):
    """The class of such dictionaries: calling it turns mappings, at any depth, into them."""

    __slots__ = ("kind",)

    def __init__(self, qualname: str, kind: type[DictValue] = AttributeDict) -> None:
        super().__init__(qualname)
        self.kind = kind

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


def attribute_dict(values: Mapping[str, Value], origin: Origin = ()) -> AttributeDict:
    """One with these text keys."""
    return AttributeDict({k: (Const(k), v) for k, v in values.items()}, origin)
