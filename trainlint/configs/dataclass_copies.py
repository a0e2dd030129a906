"""What data classes (and attrs) are turned into: dictionaries, tuples, and copies with other values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.configs.dataclasses import LIBRARY, fields_of, is_dataclass
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[TableLibrary] = []  # its functions stand in the library of data classes
_NONE = Const(None)


def as_mapping(run: Interpreter, value: Value) -> Value:
    """A data class's instance as a dictionary, nested ones too; other values as they are. Of a data class itself, as
    OmegaConf reads it, attributes count that a derived class sets without an annotation, which its constructor ignores."""
    set_again: dict[str, Value] = {}
    if isinstance(value, ClassValue) and is_dataclass(value):
        set_again = _set_again(value)
        value = run.instantiate(value, Args())
    if isinstance(value, Instance) and is_dataclass(value.cls):
        entries = {
            f.name: as_mapping(run, set_again.get(f.name, value.attrs[f.name]))
            for f in fields_of(value.cls)
            if f.name in value.attrs
        }
        return DictValue.of(entries)
    if isinstance(value, ListValue):
        return ListValue([as_mapping(run, e) for e in value.elements], value.origin, value.open, value.kind)
    if isinstance(value, TupleValue):
        return TupleValue([as_mapping(run, e) for e in value.elements], value.origin, value.open)
    if type(value) is DictValue:
        cells: dict[Any, tuple[Value, Value]] = {
            k: (n, as_mapping(run, v)) for k, (n, v) in value.cells.items()
        }
        copied = DictValue(cells, value.origin, value.open)
        copied.watcher = value.watcher
        return copied
    return value


def _set_again(cls: ClassValue) -> dict[str, Value]:
    """The fields to which a derived class gives another value without an annotation: `class Large(Small): width = 512`."""
    found: dict[str, Value] = {}
    for field in fields_of(cls):
        owner = next((p for p in cls.mro if field.name in getattr(p, "namespace", ())), None)
        if isinstance(owner, ClassValue) and field.name not in owner.state.get("annotations", {}):
            found[field.name] = owner.namespace[field.name]
    return found


def _flat(value: Instance) -> DictValue:
    """`attr.asdict(config, recurse=False)`: what is in its fields stays what it is."""
    fields = fields_of(value.cls) if isinstance(value.cls, ClassValue) else []
    return DictValue.of({f.name: value.attrs[f.name] for f in fields if f.name in value.attrs})


@LIBRARY.function("dataclasses.asdict", "attr.asdict", "attrs.asdict")
def _asdict(run: Interpreter, args: Args) -> Value:
    value = args.positional[0] if args.positional else _NONE
    if isinstance(value, Instance) and is_dataclass(value.cls):
        whole = args.keywords.get("recurse", Const(True)).truth(run) is not False
        return as_mapping(run, value) if whole else _flat(value)
    return Unknown("asdict() of what is no known data class")


@LIBRARY.function("dataclasses.astuple", "attr.astuple", "attrs.astuple")
def _astuple(run: Interpreter, args: Args) -> Value:
    made = _asdict(run, args)
    return TupleValue([v for _, v in made.cells.values()]) if isinstance(made, DictValue) else made


@LIBRARY.function("dataclasses.replace", "attr.evolve", "attrs.evolve", "copy.replace")
def _replace(run: Interpreter, args: Args) -> Value:
    value = args.positional[0] if args.positional else _NONE
    if isinstance(value, Instance) and any(cls.qualname != "object" for cls in value.library_classes()):
        made = Instance(value.cls, value.location, dict(value.attrs))
        made.data = value.data
        changed = {name: Unknown(f"{name} may be replaced") for name in made.attrs} if args.open else {}
        for name, new in (changed | args.keywords).items():
            run.write(made.attrs, name, new)
        return made
    if (
        not isinstance(value, Instance)
        or not isinstance(value.cls, ClassValue)
        or not is_dataclass(value.cls)
    ):
        return Unknown("replace() of what is no known data class")
    kept = {f.name: value.attrs[f.name] for f in fields_of(value.cls) if f.init and f.name in value.attrs}
    return run.instantiate(value.cls, Args([], kept | args.keywords, args.open))
