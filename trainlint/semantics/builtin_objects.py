"""Built-in functions that look at objects: isinstance, getattr, vars, type and their kin."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.builtin_attributes import (
    make_delattr,
    make_getattr,
    make_hasattr,
    make_setattr,
    of_all,
)
from trainlint.semantics.builtin_types import TYPES, BuiltinType
from trainlint.semantics.class_making import by_type
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue
from trainlint.semantics.live_dicts import make_dir, make_globals, make_locals, make_vars
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import External, Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor, TensorType
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_SIZED = frozenset(
    {"list", "tuple", "dict", "set", "frozenset", "str", "bytes", "range", "collections.deque"}
)
_ITERABLE = _SIZED | {"enumerate", "zip", "map", "filter", "reversed", "generator"}
ABSTRACT: dict[str, frozenset[str]] = {
    "Iterable": _ITERABLE,
    "Sized": _SIZED,
    "Container": _SIZED,
    "Collection": _SIZED,
    "Iterator": frozenset({"enumerate", "zip", "map", "filter", "reversed", "generator"}),
    "Generator": frozenset({"generator"}),
    "Sequence": frozenset({"list", "tuple", "str", "bytes", "range", "collections.deque"}),
    "MutableSequence": frozenset({"list", "collections.deque"}),
    "Mapping": frozenset({"dict", "collections.abc.Mapping"}),
    "MutableMapping": frozenset({"dict", "collections.abc.MutableMapping"}),
    "Set": frozenset({"set", "frozenset"}),
    "Callable": frozenset({"function", "method", "builtin_function_or_method", "type"}),
    "Hashable": frozenset({"int", "float", "str", "tuple", "NoneType", "bytes"}),
    "Number": frozenset({"int", "float"}),
    "Real": frozenset({"int", "float"}),
    "Integral": frozenset({"int"}),
    "List": frozenset({"list"}),
    "Dict": frozenset({"dict"}),
    "Tuple": frozenset({"tuple"}),
}
"""Abstract classes of collections.abc, numbers and typing, and the types that count as theirs: built-in ones, and what
mappings of libraries name themselves."""
_BUILT_IN = frozenset(TYPES) | _ITERABLE | {"function", "method", "builtin_function_or_method", "type"}


_KINDS_OF_FUNCTION = {
    "types.FunctionType": "function",
    "types.LambdaType": "function",
    "types.MethodType": "method",
}
"""Names of the standard library for the types of functions."""


def class_names(cls: Value) -> tuple[frozenset[str], bool]:
    """Names that an instance's types must share with a class (or tuple of them), and whether they are all."""
    if isinstance(cls, LibraryClass):
        return frozenset({cls.qualname}), True
    if isinstance(cls, ClassValue):
        return frozenset({f"id:{id(cls)}"}), True
    if isinstance(cls, TupleValue):
        parts = [class_names(e) for e in cls.elements]
        return frozenset().union(*(names for names, _ in parts)), all(k for _, k in parts) and not cls.open
    if isinstance(cls, External):
        module, _, name = cls.qualname.rpartition(".")
        if module in ("collections.abc", "typing", "numbers") and name in ABSTRACT:
            return ABSTRACT[name], True
        if cls.qualname in ("typing._GenericAlias", "types.GenericAlias"):
            return frozenset({cls.qualname}), True
        if cls.qualname in _KINDS_OF_FUNCTION:
            return frozenset({_KINDS_OF_FUNCTION[cls.qualname]}), True
    if isinstance(cls, Const) and cls.value is None:
        return frozenset({"NoneType"}), True
    return frozenset(), False


def own_types(value: Value) -> tuple[tuple[str, ...], bool]:
    """Names of a value's classes, and whether there are no others."""
    if isinstance(value, Instance) and isinstance(value.cls, ClassValue):
        return class_types(value.cls), not value.cls.open
    found = value.types()
    return (found, True) if found is not None else ((), False)


def class_types(cls: Value) -> tuple[str, ...]:
    """Names of the classes that an instance of this class has."""
    if isinstance(cls, LibraryClass):
        return cls.instance_types() or ()
    if isinstance(cls, ClassValue):
        parts = [c.lineage() if isinstance(c, LibraryClass) else (c,) for c in cls.mro]
        return tuple(
            class_names(c)[0].__iter__().__next__() for part in parts for c in part if class_names(c)[0]
        )
    return ()


def _decide(types: tuple[str, ...], closed: bool, cls: Value, why: str) -> Value:
    names, complete = class_names(cls)
    if "object" in names or names & set(types):
        return Const(True)
    abstract = bool(names) and names <= _BUILT_IN and not names <= frozenset(TYPES) | {"type"}
    if abstract and not (types and types[0] in _BUILT_IN):
        return Unknown(why)  # a class of one's own may have the methods that an abstract class asks for
    return Const(False) if closed and complete else Unknown(why)


def make_isinstance(run: Interpreter, args: Args) -> Value:
    """`isinstance(x, classes)` by the names of x's types."""
    if len(args.positional) != 2:
        return Unknown("isinstance()")
    value, cls = args.positional
    if isinstance(value, UnionValue):
        return of_all(run, value, lambda v: make_isinstance(run, Args([v, cls])))
    if isinstance(cls, TupleValue) and any(isinstance(each, External) for each in cls.elements):
        return _of_any([make_isinstance(run, Args([value, each])) for each in cls.elements], value)
    own = _has_methods_of(value, cls)
    if own is None and _foreign(value, cls):
        own = False
    if isinstance(value, DictValue | ListValue | TupleValue | Const) and _objects_only(cls):
        return Const(False)
    if own is None and isinstance(cls, External) and cls.qualname in ("enum.EnumMeta", "enum.EnumType"):
        own = _is_enumeration(value)
    if own is not None:
        return Const(own)
    types, closed = own_types(value)
    if not closed and isinstance(value, DictValue):
        own = _of_mapping(value, cls)
        if own is not None:
            return Const(own)
    return _decide(types, closed, cls, f"isinstance of {value.describe()}")


_NO_MAPPINGS = frozenset(TYPES) - {"dict", "object"} | {
    "type",
    "function",
    "pathlib.Path",
    "pathlib.PurePath",
}


def _of_mapping(value: DictValue, cls: Value) -> bool | None:
    """Whether a mapping of a library's own class is an instance: no text, number or sequence, whatever else it is."""
    names, complete = class_names(cls)
    if names & set(getattr(value, "sure", ())):
        return True
    return False if names and complete and names <= _NO_MAPPINGS else None


def _of_any(answers: list[Value], value: Value) -> Value:
    """Whether one of several tests is passed."""
    told = [answer.value if isinstance(answer, Const) else None for answer in answers]
    if True in told or None not in told:
        return Const(True in told)
    return Unknown(f"isinstance of {value.describe()}")


def _foreign(value: Value, cls: Value) -> bool:
    """Whether a class comes from a package that no class of a program's own object comes from, or is named like. A name in
    small letters, too, is a class, or several: nothing else can be asked for."""
    own = value.cls if isinstance(value, Instance) else None
    if isinstance(cls, External) and (_is_plain_callable(value) or _is_plain_data(value, cls)):
        package, last = cls.qualname.partition(".")[0], cls.qualname.rpartition(".")[2]
        typing = package in sys.stdlib_module_names or package == "typing_extensions"
        return not typing and last[:1].isupper() and not last.isupper()
    if not isinstance(own, ClassValue) or own.open or not isinstance(cls, External):
        return False
    names = {parent.qualname for base in own.library_lineage for parent in base.lineage()}
    package, last = cls.qualname.partition(".")[0], cls.qualname.rpartition(".")[2]
    if package in sys.stdlib_module_names:
        return False  # abstract classes ask for methods
    packages = {name.partition(".")[0] for name in names}
    called = {name.rpartition(".")[2] for name in names} | {
        c.name for c in own.mro if isinstance(c, ClassValue)
    }
    return package not in packages and last not in called


def _is_plain_data(value: Value, cls: External) -> bool:
    """A tuple: of a library's classes only shapes are tuples, and its named tuples are known by themselves."""
    return type(value) is TupleValue and not value.open and not cls.qualname.endswith(("Size", "Shape"))


def _is_plain_callable(value: Value) -> bool:
    """A function, a method or a partial call: no library's class is theirs, but for what decorators may have made of them."""
    types = value.types() or ("",)
    inner = getattr(value, "function", value)
    return types[0] in ("function", "method", "functools.partial") and not getattr(inner, "marks", ())


def _objects_only(cls: Value) -> bool:
    """Whether no mapping, sequence, number or text is an instance of a class."""
    bases = cls.library_lineage if isinstance(cls, ClassValue) else [cls]
    return any(isinstance(base, LibraryClass) and base.objects_only for base in bases)


def _is_enumeration(value: Value) -> bool | None:
    """Whether a value is a class of named members."""
    if isinstance(value, ClassValue):
        named = any(name.startswith("enum.") for name in class_types(value))
        return True if named else None if value.open else False
    plain = isinstance(value, (Const, TupleValue, ListValue, DictValue))
    return False if plain else None


_ASKED = {
    "Sized": ("__len__",), "Iterable": ("__iter__",), "Container": ("__contains__",),
    "Collection": ("__len__", "__iter__", "__contains__"), "Callable": ("__call__",),
    "Iterator": ("__iter__", "__next__"), "Reversible": ("__iter__", "__reversed__"),
}  # fmt: skip
"""Methods that make an object an instance of an abstract class (`__subclasshook__` in collections.abc)."""
_INHERITED = frozenset({"Mapping", "MutableMapping", "Sequence", "MutableSequence", "Set", "MutableSet"})
"""Abstract classes of collections.abc that a class must inherit from, whatever its methods."""


def _has_methods_of(value: Value, cls: Value) -> bool | None:
    """Whether an object of a class of the program's own, without foreign bases, counts as an abstract class's."""
    own = value.cls if isinstance(value, Instance) else None
    if not isinstance(own, ClassValue) or own.open or own.library_lineage or not isinstance(cls, External):
        return None
    module, _, name = cls.qualname.rpartition(".")
    if module not in ("collections.abc", "typing"):
        return None
    if name in _ASKED:
        return all(any(m in getattr(c, "namespace", {}) for c in own.mro) for m in _ASKED[name])
    return False if name in _INHERITED else None


def make_issubclass(run: Interpreter, args: Args) -> Value:
    """`issubclass(cls, classes)`"""
    if len(args.positional) != 2 or not isinstance(args.positional[0], (LibraryClass, ClassValue)):
        return Unknown("issubclass()")
    cls, parents = args.positional
    return _decide(class_types(cls), not getattr(cls, "open", False), parents, "issubclass()")


class Type(BuiltinType):
    """`type`: a metaclass makes an object of a class by `type.__call__(cls, ...)`."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "__call__":
            return Native("type.__call__", _made_by_type)
        return super().get_attr(run, name)


def _made_by_type(run: Interpreter, args: Args) -> Value:
    cls = args.positional[0] if args.positional else Unknown("a class")
    rest = Args(args.positional[1:], args.keywords, args.open)
    return run.instantiate(cls, rest) if isinstance(cls, ClassValue) else run.call(cls, rest)


def make_type(run: Interpreter, args: Args) -> Value:
    """`type(x)`, `type(name, bases, attributes)`"""
    if len(args.positional) != 1:
        return by_type(run, args)
    value = args.positional[0]
    if isinstance(value, Instance):
        return value.cls
    types = value.types()
    if types and "." in types[0] and isinstance(found := run.library_name(types[0]), LibraryClass):
        return found
    if types and "." in types[0] and isinstance(value, Tensor):
        return TensorType(f"type of {value.describe()}")
    return TYPES.get(types[0], Unknown(f"type of {value.describe()}")) if types else Unknown("type()")


# -- attributes


def make_callable(run: Interpreter, args: Args) -> Value:
    """`callable(x)`"""
    value = args.positional[0] if args.positional else Unknown("callable()")
    if (
        isinstance(value, (FunctionValue, BoundMethod, Native, ClassValue, LibraryClass))
        or value.can_be_called
    ):
        return Const(True)
    if isinstance(value, (Const, TupleValue, ListValue, DictValue, Tensor)):
        return Const(False)
    if isinstance(value, Instance) and run.class_attribute(value.cls, "__call__") is not None:
        return Const(True)
    return Unknown(f"callable({value.describe()})")


FUNCTIONS: dict[str, Callable[[Interpreter, Args], Value]] = {
    "isinstance": make_isinstance, "issubclass": make_issubclass, "hasattr": make_hasattr,
    "getattr": make_getattr, "setattr": make_setattr, "delattr": make_delattr, "vars": make_vars, "dir": make_dir,
    "callable": make_callable, "globals": make_globals, "locals": make_locals,
}  # fmt: skip
