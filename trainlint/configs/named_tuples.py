"""Named tuples: of collections, and classes that extend typing's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainlint.configs.dataclasses import fields_of, own_fields
from trainlint.configs.namespaces import LIBRARY
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.library import Library
from trainlint.semantics.named_values import NamedValues
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.definitions import ClassValue
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[Library] = []
"""Entries of the library of namespaces; none of its own."""


class NamedTupleValue(NamedValues):
    """An instance of a named tuple."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "_asdict":
            return Native(
                name, lambda r, args: DictValue.of(dict(zip(self.names, self.elements, strict=True)))
            )
        if name == "_replace":
            return Native(name, lambda r, args: self._replaced(args))
        if name == "_fields":
            return TupleValue([Const(n) for n in self.names])
        return super().get_attr(run, name)

    def _replaced(self, args: Args) -> Value:
        pairs = zip(self.names, self.elements, strict=True)
        return NamedTupleValue(self.names, [args.keywords.get(n, v) for n, v in pairs])


class NamedTupleClass(LibraryClass):
    """What collections.namedtuple() returns."""

    __slots__ = ("defaults", "names")
    made_whole = True

    def __init__(self, name: str, names: Sequence[str], defaults: dict[str, Value]) -> None:
        super().__init__(name)
        self.names, self.defaults = tuple(names), defaults

    def call(self, run: Interpreter, args: Args) -> Value:
        bound = args.bind(*self.names)
        return NamedTupleValue(
            self.names, [bound.get(n) or self.defaults.get(n) or Unknown(f"field {n}") for n in self.names]
        )

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "_fields":
            return TupleValue([Const(n) for n in self.names])
        if name == "_make":
            return Native(name, lambda r, args: self.call(r, Args(args.positional[0].iterate(r).values)))
        return Unknown(f"{self.qualname}.{name}")

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        made = self.call(run, args)
        for name in self.names if isinstance(made, NamedTupleValue) else ():
            run.write(instance.attrs, name, made.get_attr(run, name))

    def _tuple(self, instance: Instance) -> NamedTupleValue:
        """What an instance of a subclass holds."""
        fields = [instance.attrs.get(n) or Unknown(f"field {n}") for n in self.names]
        return NamedTupleValue(self.names, fields)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return self._tuple(instance).get_attr(run, name) if name in ("_asdict", "_fields") else None

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        return Items(list(self._tuple(instance).elements), True, length=len(self.names))

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        return self._tuple(instance).get_item(run, key)


@LIBRARY.function("collections.namedtuple", "typing.namedtuple")
def _namedtuple(run: Interpreter, args: Args) -> Value:
    bound = args.bind("typename", "field_names", "rename=", "defaults=")
    fields = bound.get("field_names", Const(None))
    if isinstance(fields, Const) and isinstance(fields.value, str):
        names = fields.value.replace(",", " ").split()
    else:
        values = fields.iterate(run).values
        names = [v.value for v in values if isinstance(v, Const) and isinstance(v.value, str)]
        if not names or len(names) < len(values):
            return Unknown("a named tuple whose fields are not known")
    defaults = bound["defaults"].iterate(run).values if "defaults" in bound else []
    named = dict(zip(names[len(names) - len(defaults) :], defaults, strict=False)) if defaults else {}
    return NamedTupleClass(bound.get("typename", Const("tuple")).describe().strip("'"), names, named)


class TypedTupleClass(LibraryClass):
    """typing.NamedTuple as a base class: annotated names are the fields; called, it makes a class of pairs."""

    __slots__ = ()
    made_whole = True

    def call(self, run: Interpreter, args: Args) -> Value:
        """`NamedTuple("Options", [("rate", float), ...])`"""
        bound = args.bind("typename", "fields")
        rows = bound.get("fields", TupleValue(())).iterate(run)
        names = [row.elements[0] for row in rows.values if isinstance(row, TupleValue) and row.elements]
        texts = [n.value for n in names if isinstance(n, Const) and isinstance(n.value, str)]
        if not texts or len(texts) < len(rows.values) or not rows.exact:
            return Unknown("a named tuple whose fields are not known")
        return NamedTupleClass(bound.get("typename", Const("tuple")).describe().strip("'"), texts, {})

    def class_created(self, run: Interpreter, cls: ClassValue) -> None:
        """Give the class its fields."""
        run.write(cls.state, "fields", tuple(own_fields(cls)))

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        fields = fields_of(instance.cls)
        bound = args.bind(*(f.name for f in fields))
        for field in fields:
            value = bound.get(field.name) or field.default or Unknown(f"field {field.name}")
            run.write(instance.attrs, field.name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "_asdict":
            return Native(name, lambda r, args: DictValue.of(dict(instance.attrs)))
        return None

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        values = [instance.attrs[f.name] for f in fields_of(instance.cls) if f.name in instance.attrs]
        return Items(values, True, length=len(values))

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        items = self.items(run, instance)
        return TupleValue(items.values).get_item(run, key) if items is not None else None


LIBRARY.add(TypedTupleClass("typing.NamedTuple", (TYPES["tuple"],)))
