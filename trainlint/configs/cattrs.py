"""cattrs: mappings structured into attrs classes and data classes by their annotations.

Source: cattrs' documentation ("Built-in hooks", "Validation"): keys without a field are ignored, `int`, `float`, `str`
and `bool` are called with the value, a field without a value keeps its default.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from trainlint.configs.dataclass_copies import as_mapping
from trainlint.configs.dataclasses import fields_of, is_dataclass
from trainlint.configs.pydantic_unions import named_model
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.expressions import dotted
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, may_be_missing
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("cattr", "cattrs")
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_HOOKS = "cattrs.hooks"
_UNHOOKED = "cattrs.unstructure_hooks"
_CALLED = {"int": "int", "float": "float", "bool": "bool", "str": "str", "Text": "str"}
_LISTS = frozenset({"List", "list", "Sequence", "MutableSequence"})
_MAPPINGS = frozenset({"Dict", "dict", "Mapping", "MutableMapping"})
_UNTOLD = Unknown("a hook that may be for the type")
_ALTERNATIVES = frozenset({"Optional", "Union"})


@dataclass(frozen=True)
class _Hooks:
    """Functions of the project that structure values of a type. asked: those whose own predicate tells for which types
    they are; unseen: what they are for is not known; typed: some are for types that are no classes, as `Union[A, B]`."""

    of: tuple[tuple[Value, Value], ...] = ()
    asked: tuple[tuple[Value, Value], ...] = ()
    unseen: bool = False
    typed: bool = False

    def find(self, run: Interpreter, cls: Value | None) -> Value | None:
        """The function that structures a class, the last one that was registered; an Unknown where that is not known.

        One that is registered for a class holds for those that inherit from it, and goes before all predicates
        (https://catt.rs/en/stable/customizing.html#use-structure-hook-function-dispatch).
        """
        for part in cls.mro if isinstance(cls, ClassValue) else (cls,):
            for kind, function in reversed(self.of):
                if kind is part:
                    return function
        if cls is None:
            return None
        for predicate, function in reversed(self.asked):
            fits = run.call(predicate, Args([cls])).truth(run)
            if fits is not False:
                return function if fits else _UNTOLD
        return None


def structured(run: Interpreter, source: Value, cls: Value, hooks: _Hooks) -> Value:
    """The object of a class that a mapping is made into."""
    hook = hooks.find(run, cls) if isinstance(cls, ClassValue) or not hooks.asked else _UNTOLD
    if hook is not None and hook is not _UNTOLD:
        return run.call(hook, Args([source, cls]))
    if hooks.unseen or hook is _UNTOLD:
        return Unknown("what a hook makes")
    if not isinstance(cls, ClassValue) or not is_dataclass(cls):
        return Unknown("what is structured into no known class")
    mapping = as_dict(source)
    if mapping is None:
        return Unknown("an object structured from what is not known")
    given = mapping.strings()
    found = {
        field.name: _field(run, _owner(cls, field.name), given[field.name], field.annotation, hooks)
        for field in fields_of(cls)
        if field.init and field.name in given
    }
    return run.instantiate(cls, Args([], found, mapping.open))


def _owner(cls: ClassValue, name: str) -> ClassValue:
    """The class whose body annotates a field, in whose module the annotation's names are looked up."""
    for part in cls.mro:
        if isinstance(part, ClassValue) and name in part.state.get("annotations", {}):
            return part
    return cls


def _field(
    run: Interpreter, owner: ClassValue, value: Value, annotation: ast.expr | None, hooks: _Hooks
) -> Value:
    """The value that structuring makes by an annotation."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError):
            return Unknown("a field whose type is not read")
    if annotation is None or (isinstance(value, Const) and value.value is None):
        return value
    if may_be_missing(value):
        return Unknown("a field that may be missing")
    if isinstance(annotation, ast.Subscript | ast.BinOp) and (hooks.typed or hooks.asked):
        return Unknown("what a hook may make")
    model, named = named_model(run, owner, annotation, as_dict(value) or DictValue())
    if named:
        if model is None:
            return Unknown("one of several classes")
        if is_dataclass(model) or hooks.find(run, model) is not None:
            return structured(run, value, model, hooks)
        return run.call(model, Args([value]))
    if isinstance(annotation, ast.Name | ast.Attribute):
        return _plain(run, value, annotation, hooks)
    return _generic(run, owner, value, annotation, hooks)


def _plain(run: Interpreter, value: Value, annotation: ast.expr, hooks: _Hooks) -> Value:
    """`int`, `float`, `bool` and `str` are called with the value; values of other types stay."""
    kind = TYPES.get(_CALLED.get(_word(annotation), ""))
    hook = hooks.find(run, kind)
    if hook is _UNTOLD or (kind is None and hooks.asked):
        return Unknown("what a hook may make")
    if hook is not None and kind is not None:
        return run.call(hook, Args([value, kind]))
    if kind is None or (isinstance(value, Const) and type(value.value).__name__ == kind.qualname):
        return value
    return run.call(kind, Args([value]))


def _word(node: ast.expr) -> str:
    return dotted(node).rpartition(".")[2]


def _generic(run: Interpreter, owner: ClassValue, value: Value, annotation: ast.expr, hooks: _Hooks) -> Value:
    """`Optional[int]`, `list[Layer]`, `dict[str, Layer]`; other forms leave the value as it is."""
    if not isinstance(annotation, ast.Subscript):
        return value
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    word = _word(annotation.value)
    if word in _ALTERNATIVES:
        members = [n for n in inner if not (isinstance(n, ast.Constant) and n.value is None)]
        return _field(run, owner, value, members[0], hooks) if len(members) == 1 else value
    if word in _LISTS and isinstance(value, ListValue):
        made = [_field(run, owner, element, inner[0], hooks) for element in value.elements]
        return ListValue(made, value.origin, value.open)
    mapping = as_dict(value)
    if word in _MAPPINGS and mapping is not None and len(inner) == 2:
        cells = {k: (n, _field(run, owner, v, inner[1], hooks)) for k, (n, v) in mapping.cells.items()}
        return DictValue(cells, mapping.origin, mapping.open)
    return value


# -- converters: the one of the module, and the project's own; each with its hooks


def _structure(run: Interpreter, kept: dict[str, Any], args: Args) -> Value:
    given = args.bind("obj", "cl")
    return structured(run, given.get("obj", _NONE), given.get("cl", _NONE), kept.get(_HOOKS, _Hooks()))


def _unstructure(run: Interpreter, kept: dict[str, Any], args: Args) -> Value:
    value = args.positional[0] if args.positional else _NONE
    if isinstance(value, Instance) and _UNHOOKED not in kept:
        return as_mapping(run, value)
    return Unknown("what is unstructured")


def _register(run: Interpreter, kept: dict[str, Any], args: Args) -> Value:
    """`register_structure_hook(cls, function)`; as a decorator it reads the function's annotation."""
    known: _Hooks = kept.get(_HOOKS, _Hooks())
    if len(args.positional) < 2 or isinstance(args.positional[0], Unknown):
        run.write(kept, _HOOKS, replace(known, unseen=True))
        return args.positional[-1] if args.positional else _NONE
    kind, function = args.positional[:2]
    if isinstance(kind, ClassValue | LibraryClass):
        run.write(kept, _HOOKS, replace(known, of=(*known.of, (kind, function))))
    else:
        run.write(kept, _HOOKS, replace(known, typed=True))
    return function


def _register_asked(run: Interpreter, kept: dict[str, Any], args: Args) -> Value:
    """`register_structure_hook_func(predicate, function)`"""
    if len(args.positional) != 2 or args.open:
        return _register_many(run, kept, args)
    known: _Hooks = kept.get(_HOOKS, _Hooks())
    predicate, function = args.positional
    run.write(kept, _HOOKS, replace(known, asked=(*known.asked, (predicate, function))))
    return _NONE


def _register_many(run: Interpreter, kept: dict[str, Any], args: Args) -> Value:
    """Factories of hooks."""
    run.write(kept, _HOOKS, replace(kept.get(_HOOKS, _Hooks()), unseen=True))
    return args.positional[-1] if args.positional else _NONE


def _unregister(run: Interpreter, kept: dict[str, Any], args: Args) -> Value:
    """Hooks for the way back."""
    run.write(kept, _UNHOOKED, True)
    return args.positional[-1] if args.positional else _NONE


_METHODS: dict[str, Callable[[Interpreter, dict[str, Any], Args], Value]] = {
    "structure": _structure,
    "unstructure": _unstructure,
    "register_structure_hook": _register,
    "register_structure_hook_func": _register_asked,
    "register_structure_hook_factory": _register_many,
    "register_unstructure_hook": _unregister,
    "register_unstructure_hook_func": _unregister,
    "register_unstructure_hook_factory": _unregister,
}


class ConverterClass(LibraryClass):
    """cattrs.Converter."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.data = {}

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = _METHODS.get(name)
        if method is None or not isinstance(instance.data, dict):
            return None
        return Native(name, partial(_called, method, instance.data))


def _called(method: Callable[..., Value], kept: dict[str, Any], run: Interpreter, args: Args) -> Value:
    return method(run, kept, args)


def _global(method: Callable[..., Value], run: Interpreter, args: Args) -> Value:
    """A function of the module: the same of a converter that all share."""
    return method(run, run.memo, args)


LIBRARY.add(
    ConverterClass("cattrs.Converter"), "cattr.Converter", "cattr.GenConverter", "cattrs.GenConverter",
    "cattrs.BaseConverter",
)  # fmt: skip
for _name, _method in _METHODS.items():
    LIBRARY.function(f"cattr.{_name}", f"cattrs.{_name}")(partial(_global, _method))
