"""types, collections and typing: namespaces, named tuples, and dictionaries of other kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.configs.parsed_arguments import NamespaceClass
from trainlint.semantics.annotations import hints
from trainlint.semantics.builtin_objects import ABSTRACT
from trainlint.semantics.builtin_types import TYPES, Contents, contents, fill_dict
from trainlint.semantics.definitions import BoundMethod, ClassValue
from trainlint.semantics.joins import join
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import SOME_KEY, dict_item, slot_of
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import External
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.type_arguments import Parametrized, arguments_of
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class TypeName(External):
    """A name of typing or collections.abc: with type arguments it is still itself (`Generic[T]`)."""

    __slots__ = ()

    def get_item(self, run: Interpreter, key: Value) -> Value:
        members = list(key.elements) if isinstance(key, TupleValue) else [key]
        if self.qualname == "typing.Annotated" and members and _is_of_classes(members[0]):
            return members[0]
        if self.qualname == "typing.Union" and all(map(_is_of_classes, members)):
            flat = [c for m in members for c in (m.elements if isinstance(m, TupleValue) else [m])]
            return TupleValue(flat)
        return self


def _is_of_classes(value: Value) -> bool:
    """Whether an alias names a class of the program, or one of several (`A | B`)."""
    if isinstance(value, TupleValue):
        return bool(value.elements) and all(map(_is_of_classes, value.elements))
    return isinstance(value, ClassValue)


class TypingLibrary(TableLibrary):
    """The tables below; every other name of typing is a type."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        room, _, last = qualname.rpartition(".")
        if room in ("typing", "typing_extensions") and last in _CALLABLE:
            return super().resolve(run, f"collections.{_CALLABLE[last]}")
        found = super().resolve(run, qualname)
        if found is not None:
            return found
        if qualname.startswith(("typing.", "typing_extensions.", "collections.abc.")):
            return TypeName(qualname.replace("typing_extensions.", "typing."))
        package, _, name = qualname.rpartition(".")
        # Until Python 3.10 the abstract classes stood in collections too.
        return TypeName(f"collections.abc.{name}") if package == "collections" and name in ABSTRACT else None


LIBRARY = TypingLibrary(
    "types",
    "collections",
    "typing",
    "typing_extensions",
    "abc",
    usual={
        "SimpleNamespace": "types.SimpleNamespace",
        "OrderedDict": "collections.OrderedDict",
        "defaultdict": "collections.defaultdict",
        "deque": "collections.deque",
        "Counter": "collections.Counter",
        "namedtuple": "collections.namedtuple",
        "collections": "collections",
        "NamedTuple": "typing.NamedTuple",
    },
)
LIBRARIES = [LIBRARY]
LIBRARY.alias("typing_extensions", "typing")
_CALLABLE = {
    "OrderedDict": "OrderedDict",
    "DefaultDict": "defaultdict",
    "Deque": "deque",
    "Counter": "Counter",
}
"""Names of typing that make one of collections when they are called."""
_NONE = Const(None)

LIBRARY.add(NamespaceClass("types.SimpleNamespace"))


class MadeModuleClass(NamespaceClass):
    """`types.ModuleType(name)`: a module that code makes, over whose `__dict__` it runs a file."""

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in zip(("__name__", "__doc__"), args.positional, strict=False):
            run.write(instance.attrs, name, value)


LIBRARY.add(MadeModuleClass("types.ModuleType"), "imp.new_module")


@LIBRARY.function("types.MethodType")
def _method(run: Interpreter, args: Args) -> Value:
    """`MethodType(function, object)`: the function as a method of that one object."""
    if len(args.positional) != 2 or args.keywords or args.open:
        run.escape_args(args, "types.MethodType")
        return Unknown("a method")
    return BoundMethod(args.positional[0], args.positional[1])


# -- dictionaries


class OrderedDictValue(DictValue):
    """collections.OrderedDict"""

    __slots__ = ()

    def types(self) -> tuple[str, ...] | None:
        return ("collections.OrderedDict", "dict", "object")


class DefaultDictValue(DictValue):
    """collections.defaultdict: a key that is not there is made by the factory when it is read."""

    __slots__ = ("factory",)

    def __init__(
        self, entries: dict[Any, tuple[Value, Value]] | None = None, origin: Origin = (), open: bool = False
    ) -> None:
        super().__init__(entries, origin, open)
        self.factory: Value = _NONE

    def get_item(self, run: Interpreter, key: Value) -> Value:
        if isinstance(key, UnionValue):
            return run.each(key, lambda k: self.get_item(run, k))
        slot = slot_of(run, key)
        if slot is not None and slot not in self.cells and not isinstance(self.factory, Const):
            if SOME_KEY in self.cells:  # which may have been this one
                return self._perhaps_there(run)
            made = run.call(self.factory, Args())
            run.write(self.cells, slot, (key, made))
            return made
        if slot is None and not self.cells and not isinstance(self.factory, Const):
            made = run.call(self.factory, Args())
            self.set_item(run, key, made)
            return made
        return dict_item(run, self, key, None)

    def _perhaps_there(self, run: Interpreter) -> Value:
        """What a known key gives where something stands under keys that are not known: a list or dictionary that was filled by
        them, else one of that and of what the factory makes."""
        _, other = self.cells[SOME_KEY]
        return (
            other
            if isinstance(other, ListValue | DictValue)
            else join(run, other, run.call(self.factory, Args()))
        )

    def types(self) -> tuple[str, ...] | None:
        return ("collections.defaultdict", "dict", "object")


class DictClass(LibraryClass):
    """A class of the collections module whose instances are dictionary values."""

    __slots__ = ("kind",)

    def __init__(self, qualname: str, kind: type[DictValue]) -> None:
        super().__init__(qualname, (TYPES["dict"],))
        self.kind = kind

    def call(self, run: Interpreter, args: Args) -> Value:
        made = self.kind()
        if isinstance(made, DefaultDictValue):
            made.factory = args.positional[0] if args.positional else _NONE
            args = Args(args.positional[1:], args.keywords, args.open)
        return fill_dict(run, made, args)

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        if instance.data is None:
            instance.data = Contents(self.kind())

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        inner = contents(instance)
        if isinstance(inner, DefaultDictValue):
            inner.factory = args.positional[0] if args.positional else _NONE
            args = Args(args.positional[1:], args.keywords, args.open)
        TYPES["dict"].construct(run, instance, args)


LIBRARY.add(DictClass("collections.OrderedDict", OrderedDictValue))
LIBRARY.add(DictClass("collections.defaultdict", DefaultDictValue))


@LIBRARY.function("collections.Counter")
def _counter(run: Interpreter, args: Args) -> Value:
    return DictValue(open=True)


@LIBRARY.function("collections.ChainMap", "types.MappingProxyType", "collections.UserDict")
def _view(run: Interpreter, args: Args) -> Value:
    made = DictValue()
    for source in reversed(args.positional):
        fill_dict(run, made, Args([source]))
    return made


@LIBRARY.function("collections.deque")
def _deque(run: Interpreter, args: Args) -> Value:
    if not args.positional:
        return ListValue((), kind="collections.deque")
    items = args.positional[0].iterate(run)
    limited = "maxlen" in args.keywords or len(args.positional) > 1
    return ListValue(items.values, open=not items.exact or limited, kind="collections.deque")


# -- typing and abc say nothing about values

LIBRARY.constant("typing.TYPE_CHECKING", False)
LIBRARY.entries["typing.Dict"] = TYPES["dict"]
LIBRARY.entries["typing.List"] = TYPES["list"]
LIBRARY.entries["typing.Tuple"] = TYPES["tuple"]
LIBRARY.entries["typing.Set"] = TYPES["set"]


@LIBRARY.function("typing.cast")
def _cast(run: Interpreter, args: Args) -> Value:
    return args.positional[1] if len(args.positional) > 1 else args.keywords.get("val", Unknown("cast()"))


@LIBRARY.function(
    "typing.overload", "typing.final", "typing.override", "typing.runtime_checkable", "typing.no_type_check",
    "typing.assert_type", "typing.dataclass_transform", "abc.abstractmethod", "abc.abstractproperty",
)  # fmt: skip
def _unchanged(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else _NONE


@LIBRARY.function("typing.get_args", "typing_extensions.get_args")
def _get_args(run: Interpreter, args: Args) -> Value:
    found = arguments_of(args.positional[0]) if args.positional else None
    return found if found is not None else Unknown("type arguments")


@LIBRARY.function("typing.get_origin", "typing_extensions.get_origin")
def _get_origin(run: Interpreter, args: Args) -> Value:
    given = args.positional[0] if args.positional else None
    if isinstance(given, Parametrized):
        return given.origin_class
    plain = isinstance(given, ClassValue) or given in (
        TYPES["int"],
        TYPES["float"],
        TYPES["bool"],
        TYPES["str"],
    )
    return _NONE if plain else Unknown("a type's origin")


@LIBRARY.function("typing.get_type_hints", "typing_extensions.get_type_hints")
def _get_type_hints(run: Interpreter, args: Args) -> Value:
    """`get_type_hints(cls)`: of its bases too, with texts read."""
    found = hints(run, args.positional[0], texts=False) if args.positional else None
    return found if found is not None else Unknown("annotations")


@LIBRARY.function("typing.TypeVar", "typing.NewType", "typing.ParamSpec")
def _typing(run: Interpreter, args: Args) -> Value:
    return Unknown("a type")
