"""Built-in types: what they make of their arguments, and what instances of local subclasses do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.semantics.amounts import Real, Usual, Whole
from trainlint.semantics.builtin_attributes import make_plain_getattr, make_plain_setattr
from trainlint.semantics.definitions import MethodDescriptor
from trainlint.semantics.dict_methods import from_keys
from trainlint.semantics.iterators import NextOnes
from trainlint.semantics.mappings import as_dict, merge
from trainlint.semantics.missing_keys import item_or_missing
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue, listed
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.truths import keeps_files
from trainlint.semantics.values import Args, Const, Items, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Maker = Callable[["Interpreter", Args], Value]
_NONE = Const(None)


class BuiltinType(LibraryClass):
    """A built-in type. make: what calling it gives."""

    __slots__ = ("make",)
    own_new = True

    def __init__(self, qualname: str, make: Maker, bases: Sequence[LibraryClass] = ()) -> None:
        super().__init__(qualname, bases)
        self.make = make

    def call(self, run: Interpreter, args: Args) -> Value:
        return self.make(run, args)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return Const(self.qualname)
        if name == "fromkeys":
            return Native("dict.fromkeys", from_keys)
        shown = name if name.startswith("__") else f"{self.qualname}.{name}"
        kind = Native if name == "maketrans" else MethodDescriptor
        return kind(shown, lambda r, args: _unbound(r, name, args))

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if op == "|":  # int | float, as a type
            return TupleValue([other, self] if reflected else [self, other])
        return None

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return self  # list[int]

    def truth(self, run: Interpreter) -> bool | None:
        return True


def _unbound(run: Interpreter, name: str, args: Args) -> Value:
    """`str.lower(text)`, `object.__setattr__(self, name, value)`: a method with its receiver as first argument."""
    if not args.positional:
        return Unknown(f"{name}()")
    receiver, *rest = args.positional
    if name == "__setattr__" and len(rest) == 2:
        return make_plain_setattr(run, Args(args.positional))
    if name == "__getattribute__" and len(rest) == 1:
        return make_plain_getattr(run, Args(args.positional))
    if name == "__init__":
        return _NONE
    if name == "__new__":
        from trainlint.semantics.making import make_bare

        return make_bare(run, args)
    # What the object holds, not the object: the class may override the method.
    inner = contents(receiver) if isinstance(receiver, Instance) else None
    if inner is None and name.startswith("__"):
        inner = as_dict(receiver)
    target = receiver if inner is None else inner
    return run.call(target.get_attr(run, name), Args(rest, args.keywords, args.open))


@dataclass
class Contents:
    """What an instance of a local subclass of dict or list holds."""

    contents: DictValue | ListValue


class ContainerType(BuiltinType):
    """`dict` or `list`. An instance of a local subclass keeps its contents in `data`."""

    __slots__ = ("empty",)
    own_new = False

    def __init__(
        self,
        qualname: str,
        make: Maker,
        empty: type[DictValue | ListValue],
        bases: Sequence[LibraryClass] = (),
    ) -> None:
        super().__init__(qualname, make, bases)
        self.empty = empty

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        if instance.data is None:
            instance.data = Contents(self.empty())

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        inner = contents(instance)
        if isinstance(inner, DictValue):
            fill_dict(run, inner, args)
        elif inner is not None and args.positional:
            run.call_method(inner, "extend", args.positional[0])

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        inner = contents(instance)
        if inner is None:
            return None
        if (
            instance.attrs.get("__dict__") is instance
            and isinstance(inner, DictValue)
            and name in inner.cells
        ):
            return inner.cells[name][1]  # `self.__dict__ = self`
        if name == "__getitem__":  # `super().__getitem__(key)`
            return Native(
                name, lambda r, args: self.item(r, instance, args.positional[0]) or Unknown("an item")
            )
        found = inner.get_attr(run, name)
        return None if isinstance(found, Unknown) else found

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        inner = contents(instance)
        if isinstance(inner, DictValue):
            return item_or_missing(run, instance, inner, key)
        return inner.get_item(run, key) if inner is not None else None

    def assign_item(self, run: Interpreter, instance: Instance, key: Value, value: Value) -> bool:
        inner = contents(instance)
        if inner is not None:
            inner.set_item(run, key, value)
        return inner is not None

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        inner = contents(instance)
        return inner.iterate(run) if inner is not None else None

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        inner = contents(instance)
        return inner.length(run) if inner is not None else None

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        inner = contents(instance)
        return inner.binary(run, op, other, reflected) if inner is not None else None


def contents(instance: Instance) -> DictValue | ListValue | None:
    """What an instance of a subclass of dict or list holds; None for any other object."""
    return instance.data.contents if isinstance(instance.data, Contents) else None


def fill_dict(run: Interpreter, target: DictValue, args: Args) -> DictValue:
    """What `dict(...)` puts in from its arguments."""
    for other in args.positional[:1]:
        merge(run, target, other)
    for name, value in args.keywords.items():
        target.set_item(run, Const(name), value)
    if args.open:
        run.write(target.state, "open", True)
    return target


def collect(kind: str) -> Maker:
    """The constructor of a list, tuple or set from an iterable."""

    def make(run: Interpreter, args: Args) -> Value:
        if not args.positional:
            return TupleValue(()) if kind == "tuple" else ListValue((), kind=kind)
        source = args.positional[0]
        items = source.iterate(run)
        values = list(items.values)
        if not items.exact and not values and items.fresh is not None:
            values = [items.fresh()]
        if isinstance(source, NextOnes) and items.over not in ("loader", "dataset"):
            run.takes(source.size, examples=True)
        if kind == "tuple":
            return TupleValue(values, source.origin, not items.exact)
        made = ListValue((), source.origin, not items.exact, kind)
        if kind == "list":
            whole = listed(values, items, source.origin)
            if items.target is not None:  # batches of a loader stay batches of that loader
                whole.cells["target"] = items.target
            return whole
        for value in values:
            run.call_method(made, "add", value)
        return made

    return make


# -- numbers and text


def _leaves_graph(run: Interpreter, tensor: Tensor) -> Value:
    """`float(tensor)`: a torch tensor ends as a plain number; an array's element keeps its history."""
    if tensor.flavor.name != "torch.Tensor":
        return tensor
    run.call_method(tensor, "item")
    return Unknown("a number taken from a tensor")


def convert(kind: type[int] | type[float]) -> Maker:
    """`int(x)` and `float(x)`: text becomes a number here."""

    def make(run: Interpreter, args: Args) -> Value:
        if not args.positional:
            return Unknown(f"{kind.__name__}()") if args.open else Const(kind())
        value = args.positional[0]
        if isinstance(value, UnionValue):
            return run.each(value, lambda v: make(run, Args([v, *args.positional[1:]], args.keywords)))
        if isinstance(value, Tensor):
            return _leaves_graph(run, value)
        if isinstance(value, Usual):
            usual = make(run, Args([value.usual]))
            return Usual(value.why, usual) if isinstance(usual, Const) else value
        unknown = (Whole if kind is int else Real)(f"{kind.__name__}({value.describe()})", value.origin)
        if not isinstance(value, Const) or (isinstance(value.value, str) and len(value.value) > 1000):
            return unknown
        rest = [v.value for v in (*args.positional[1:], *args.keywords.values()) if isinstance(v, Const)]
        try:
            return Const(kind(value.value, *rest), value.origin)
        except (TypeError, ValueError, OverflowError) as error:
            run.frame.fails(type(error).__name__, run)
            return unknown

    return make


def make_text(run: Interpreter, args: Args) -> Value:
    """`str(x)`"""
    if not args.positional:
        return Const("")
    value = args.positional[0]
    if isinstance(value, Const):
        try:
            return value if isinstance(value.value, str) else Const(str(value.value), value.origin)
        except ValueError:  # an integer of thousands of digits
            return Unknown("text of a long number", value.origin)
    text = value.get_attr(run, "__fspath__") if isinstance(value, Instance) else None
    if isinstance(text, Native):
        return run.call(text, Args())
    if isinstance(value, Instance) and run.class_attribute(value.cls, "__str__") is not None:
        return run.call_method(value, "__str__")
    return Unknown(f"text of {value.describe()}", value.origin)


def _make_bool(run: Interpreter, args: Args) -> Value:
    if not args.positional:
        return Const(False)
    value = args.positional[0]
    truth = value.truth(run)
    return Const(truth, value.origin) if truth is not None else Unknown(f"bool({value.describe()})")


def _make_slice(run: Interpreter, args: Args) -> Value:
    given: list[Value | None] = list(args.positional)
    if len(given) == 1:
        return SliceValue(None, given[0], None)
    return SliceValue(*(*given, None, None, None)[:3])


def _unknown(name: str) -> Maker:
    return lambda run, args: Unknown(f"{name}()")


def _new_object(run: Interpreter, args: Args) -> Value:
    return Instance(OBJECT, run.here)


OBJECT = BuiltinType("object", _new_object)
INT = BuiltinType("int", convert(int), (OBJECT,))
TYPES: dict[str, BuiltinType] = {
    t.qualname: t
    for t in (
        OBJECT,
        INT,
        BuiltinType("float", convert(float), (OBJECT,)),
        BuiltinType("bool", _make_bool, (INT,)),
        BuiltinType("str", make_text, (OBJECT,)),
        BuiltinType("bytes", _unknown("bytes"), (OBJECT,)),
        BuiltinType("bytearray", _unknown("bytearray"), (OBJECT,)),
        BuiltinType("complex", _unknown("complex"), (OBJECT,)),
        ContainerType("dict", lambda run, args: fill_dict(run, DictValue(), args), DictValue, (OBJECT,)),
        ContainerType("list", keeps_files(collect("list")), ListValue, (OBJECT,)),
        BuiltinType("tuple", keeps_files(collect("tuple")), (OBJECT,)),
        BuiltinType("set", keeps_files(collect("set")), (OBJECT,)),
        BuiltinType("frozenset", keeps_files(collect("frozenset")), (OBJECT,)),
        BuiltinType("slice", _make_slice, (OBJECT,)),
        BuiltinType("NoneType", lambda run, args: _NONE, (OBJECT,)),
    )
}
