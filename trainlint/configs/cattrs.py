"""cattrs: mappings structured into attrs classes and data classes by their annotations.

Source: cattrs' documentation ("Built-in hooks", "Validation"): keys without a field are ignored, `int`, `float`, `str`
and `bool` are called with the value, a field without a value keeps its default.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.configs.dataclasses import as_mapping, fields_of, is_dataclass
from trainlint.configs.pydantic_unions import named_model
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.expressions import dotted
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, ListValue, may_be_missing
from trainlint.semantics.values import Args, Const, Native, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("cattr", "cattrs")
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_HOOKED = "cattrs.hooked"
_CALLED = {"int": "int", "float": "float", "bool": "bool", "str": "str", "Text": "str"}
_LISTS = frozenset({"List", "list", "Sequence", "MutableSequence"})
_MAPPINGS = frozenset({"Dict", "dict", "Mapping", "MutableMapping"})
_ALTERNATIVES = frozenset({"Optional", "Union"})


def structured(run: Interpreter, source: Value, cls: Value) -> Value:
    """The object of a class that a mapping is made into."""
    if not isinstance(cls, ClassValue) or not is_dataclass(cls):
        return Unknown("what is structured into no known class")
    mapping = as_dict(source)
    if mapping is None:
        return Unknown("an object structured from what is not known")
    given = mapping.strings()
    found = {
        field.name: _field(run, _owner(cls, field.name), given[field.name], field.annotation)
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


def _field(run: Interpreter, owner: ClassValue, value: Value, annotation: ast.expr | None) -> Value:
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
    model, named = named_model(run, owner, annotation, as_dict(value) or DictValue())
    if named:
        if model is None:
            return Unknown("one of several classes")
        return structured(run, value, model) if is_dataclass(model) else run.call(model, Args([value]))
    if isinstance(annotation, ast.Name | ast.Attribute):
        called = _CALLED.get(_word(annotation))
        same = isinstance(value, Const) and called is not None and type(value.value).__name__ == called
        return value if called is None or same else run.call(TYPES[called], Args([value]))
    return _generic(run, owner, value, annotation)


def _word(node: ast.expr) -> str:
    return dotted(node).rpartition(".")[2]


def _generic(run: Interpreter, owner: ClassValue, value: Value, annotation: ast.expr) -> Value:
    """`Optional[int]`, `list[Layer]`, `dict[str, Layer]`; other forms leave the value as it is."""
    if not isinstance(annotation, ast.Subscript):
        return value
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    word = _word(annotation.value)
    if word in _ALTERNATIVES:
        members = [n for n in inner if not (isinstance(n, ast.Constant) and n.value is None)]
        return _field(run, owner, value, members[0]) if len(members) == 1 else value
    if word in _LISTS and isinstance(value, ListValue):
        made = [_field(run, owner, element, inner[0]) for element in value.elements]
        return ListValue(made, value.origin, value.open)
    mapping = as_dict(value)
    if word in _MAPPINGS and mapping is not None and len(inner) == 2:
        cells = {k: (n, _field(run, owner, v, inner[1])) for k, (n, v) in mapping.cells.items()}
        return DictValue(cells, mapping.origin, mapping.open)
    return value


# -- converters


@LIBRARY.function("cattr.structure", "cattrs.structure")
def _structure(run: Interpreter, args: Args) -> Value:
    given = args.bind("obj", "cl")
    if run.memo.get(_HOOKED):
        return Unknown("what a hook makes")
    return structured(run, given.get("obj", _NONE), given.get("cl", _NONE))


@LIBRARY.function("cattr.unstructure", "cattrs.unstructure")
def _unstructure(run: Interpreter, args: Args) -> Value:
    value = args.positional[0] if args.positional else _NONE
    return as_mapping(run, value) if isinstance(value, Instance) else Unknown("what is unstructured")


class ConverterClass(LibraryClass):
    """cattrs.Converter. Hooks may change any value, so with one nothing that it makes is known."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "structure":
            return Native(name, lambda r, args: _converted(r, instance, args))
        if name == "unstructure":
            return Native(name, _unstructure)
        if name.startswith("register_"):
            return Native(name, lambda r, args: _register(r, instance, args))
        return None


def _converted(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.bind("obj", "cl")
    if _HOOKED in instance.attrs:
        return Unknown("what a converter with hooks makes")
    return structured(run, given.get("obj", _NONE), given.get("cl", _NONE))


def _register(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`converter.register_structure_hook(cls, function)`, and used as a decorator."""
    run.write(instance.attrs, _HOOKED, Const(True))
    return args.positional[-1] if args.positional else _NONE


LIBRARY.add(
    ConverterClass("cattrs.Converter"), "cattr.Converter", "cattr.GenConverter", "cattrs.GenConverter",
    "cattrs.BaseConverter",
)  # fmt: skip


@LIBRARY.function(
    "cattr.register_structure_hook", "cattrs.register_structure_hook", "cattr.register_structure_hook_func",
    "cattrs.register_structure_hook_func",
)  # fmt: skip
def _register_global(run: Interpreter, args: Args) -> Value:
    run.write(run.memo, _HOOKED, True)
    return args.positional[-1] if args.positional else _NONE
