"""dataclasses (and attrs, which are used alike): fields, generated constructors, asdict and replace."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from trainlint.semantics.annotations import annotation_value
from trainlint.semantics.builtin_types import BuiltinType
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.fields import Field
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, TupleValue, may_be_missing, present
from trainlint.semantics.type_arguments import Parametrized
from trainlint.semantics.values import Args, Const, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary(
    "dataclasses",
    "attr",
    "attrs",
    usual={
        "dataclass": "dataclasses.dataclass",
        "field": "dataclasses.field",
        "asdict": "dataclasses.asdict",
    },
)
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_MAKER = " maker"


class FieldValue(Value):
    """What field() returns in a class body."""

    __slots__ = ("options",)

    def __init__(self, options: dict[str, Value]) -> None:
        super().__init__()
        self.options = options

    def describe(self) -> str:
        return "field()"

    def get_attr(self, run: Interpreter, name: str) -> Value:
        """attrs' decorators for methods: `@width.default`, `@width.validator`."""
        if name == "default":
            return Native(name, lambda r, args: self._made_by(r, args))
        if name == "validator":
            return Native(name, lambda r, args: args.positional[0] if args.positional else _NONE)
        return super().get_attr(run, name)

    def _made_by(self, run: Interpreter, args: Args) -> Value:
        method = args.positional[0] if args.positional else _NONE
        run.write(self.options, _MAKER, method)
        return method


def annotation_text(node: ast.expr | None) -> str:
    """An annotation as written, quotes removed."""
    if node is None:
        return ""
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def own_fields(cls: ClassValue, keyword_only: bool = False) -> list[Field]:
    """The fields that a class body declares, in order."""
    found: list[Field] = []
    annotations: dict[str, ast.expr] = cls.state.get("annotations", {})
    names = [
        *annotations,
        *(n for n, v in cls.namespace.items() if isinstance(v, FieldValue) and n not in annotations),
    ]
    for name in names:
        text = annotation_text(annotations.get(name))
        if "ClassVar" in text:
            continue
        if text.endswith("KW_ONLY"):
            keyword_only = True
            continue
        found.append(
            field_of(name, cls.namespace.get(name), keyword_only, annotations.get(name), "InitVar" in text)
        )
    return found


def field_of(
    name: str,
    value: Value | None,
    keyword_only: bool = False,
    annotation: ast.expr | None = None,
    passed_on: bool = False,
) -> Field:
    """A field by what its name is given: `field(default=...)`, or the default itself."""
    if not isinstance(value, FieldValue):
        return Field(name, value, None, True, keyword_only, passed_on, annotation)
    options = value.options
    init, only = options.get("init", Const(True)), options.get("kw_only", Const(keyword_only))
    factory = options.get("default_factory", options.get("factory"))
    default = options.get("default")
    if isinstance(default, Const) and default.value is Ellipsis:
        default = None
    return Field(
        name,
        default,
        factory,
        not (isinstance(init, Const) and not init.value),
        isinstance(only, Const) and bool(only.value),
        passed_on,
        annotation,
        options.get("converter"),
        options.get(_MAKER),
    )


def fields_of(cls: Value) -> tuple[Field, ...]:
    """The fields of a processed data class, inherited ones first."""
    fields: tuple[Field, ...] = getattr(cls, "state", {}).get("fields", ())
    return fields


def is_dataclass(cls: Value) -> bool:
    """Whether a class was processed as a data class."""
    return "fields" in getattr(cls, "state", {})


def process(run: Interpreter, cls: ClassValue, keyword_only: bool = False, attrs: bool = False) -> ClassValue:
    """Give a class its fields, the listing of them that its library keeps in the class, and a constructor that sets them."""
    merged: dict[str, Field] = {}
    for base in reversed(cls.mro[1:]):
        merged.update({f.name: f for f in fields_of(base)})
    merged.update({f.name: f for f in own_fields(cls, keyword_only)})
    fields = tuple(merged.values())
    run.write(cls.state, "fields", fields)
    listed = [described(run, field, cls) for field in fields]
    if attrs:
        run.write(cls.namespace, "__attrs_attrs__", TupleValue(listed))
    else:
        by_name = {field.name: made for field, made in zip(fields, listed, strict=True)}
        run.write(cls.namespace, "__dataclass_fields__", DictValue.of(by_name))
    for field in fields:
        if isinstance(cls.namespace.get(field.name), FieldValue):
            run.write(cls.namespace, field.name, field.default or Unknown(f"field {field.name}"))
    if "__init__" not in cls.namespace:
        run.write(cls.namespace, "__init__", Native("__init__", lambda r, args: _initialise(r, cls, args)))
    return cls


def _initialise(run: Interpreter, cls: ClassValue, args: Args) -> Value:
    """The generated __init__: the first argument is the instance."""
    instance = args.positional[0] if args.positional else None
    if not isinstance(instance, Instance):
        return _NONE
    fields = fields_of(cls)
    places = [f.name for f in fields if f.init and not f.keyword_only]
    given = dict(zip(places, args.positional[1:], strict=False)) | args.keywords
    passed: list[Value] = []
    for field in fields:
        value = _argument(run, field, given, args.open, instance)
        if field.converter is not None and not (
            isinstance(field.converter, Const) and field.converter.value is None
        ):
            value = run.call(field.converter, Args([value]))
        if field.passed_on:
            passed.append(value)
        else:
            run.set_instance_attribute(instance, field.name, value)
    for hook in ("__post_init__", "__attrs_post_init__"):
        found = run.class_attribute(instance.cls, hook)
        if found is not None:
            run.call(run.bind(found, instance), Args(passed))
    return _NONE


def _argument(
    run: Interpreter, field: Field, given: dict[str, Value], open: bool, instance: Instance
) -> Value:
    value = given.get(field.name) if field.init else None
    if value is not None and may_be_missing(value):
        return run.join(present(value), _argument(run, field, {}, open, instance))
    if value is not None:
        if isinstance(value, Const) and value.origin and value.value is not None:
            return value.with_origin(extend(value.origin, run.here, field.name))
        return value
    if open and field.init:
        return Unknown(f"field {field.name} may come from an unknown **")
    if field.maker is not None:
        return run.call(field.maker, Args([instance]))
    if field.factory is not None:
        return run.call(field.factory, Args())
    return field.default if field.default is not None else Unknown(f"field {field.name} is not set")


# -- the decorators


def _decorator(run: Interpreter, args: Args, attrs: bool = False) -> Value:
    """`@dataclass`, `@dataclass(frozen=True)`, `@attrs.define`"""
    only = args.keywords.get("kw_only")
    keyword_only = isinstance(only, Const) and bool(only.value)

    def apply(r: Interpreter, more: Args) -> Value:
        cls = more.positional[0] if more.positional else Unknown("a class")
        return process(r, cls, keyword_only, attrs) if isinstance(cls, ClassValue) else cls

    return apply(run, args) if args.positional else Native("dataclass", apply)


LIBRARY.function("dataclasses.dataclass")(_decorator)
for _name in ("attr.s", "attr.attrs", "attr.define", "attr.frozen", "attr.mutable", "attr.dataclass", "attrs.define",
              "attrs.frozen", "attrs.mutable"):  # fmt: skip
    LIBRARY.function(_name)(partial(_decorator, attrs=True))


@LIBRARY.function("dataclasses.field", "attr.ib", "attr.attr", "attr.attrib", "attr.field", "attrs.field")
def _make_field(run: Interpreter, args: Args) -> Value:
    options = dict(args.keywords)
    if args.positional:
        options.setdefault("default", args.positional[0])
    return FieldValue(options)


@LIBRARY.function("attr.Factory", "attrs.Factory")
def _factory(run: Interpreter, args: Args) -> Value:
    return run.call(args.positional[0], Args()) if args.positional else Unknown("a factory")


class FieldClass(LibraryClass):
    """dataclasses.Field, as fields() lists them."""

    __slots__ = ()


FIELD = FieldClass("dataclasses.Field")


def described(run: Interpreter, field: Field, cls: ClassValue | None = None) -> Instance:
    """A field as fields() lists it, of a class that has it."""
    owner = next((c for c in _holders(cls) if field.name in c.state.get("annotations", {})), None)
    kind: Value = Unknown(f"the type of {field.name}")
    foreign = any(fields_of(c) for c in cls.library_lineage) if cls is not None else True
    if owner is not None and not foreign:
        kind = annotation_value(run, owner.state["annotations"][field.name], owner.module)
    attrs = {"name": Const(field.name), "default": field.default or Unknown("a default"), "type": kind}
    return Instance(FIELD, run.here, attrs)


def _holders(cls: ClassValue | None) -> list[ClassValue]:
    return [c for c in cls.mro if isinstance(c, ClassValue)] if cls is not None else []


@LIBRARY.function("dataclasses.fields", "attr.fields", "attrs.fields")
def _fields(run: Interpreter, args: Args) -> Value:
    value = args.positional[0] if args.positional else _NONE
    cls = value.cls if isinstance(value, Instance) else value
    if not is_dataclass(cls):
        return TupleValue((), open=True)
    own = cls if isinstance(cls, ClassValue) else None
    return TupleValue([described(run, field, own) for field in fields_of(cls)])


@LIBRARY.function("dataclasses.is_dataclass")
def _is_dataclass(run: Interpreter, args: Args) -> Value:
    value = args.positional[0] if args.positional else _NONE
    cls = value.cls if isinstance(value, Instance) else value
    known = isinstance(cls, ClassValue | Const | BuiltinType | Parametrized)
    return Const(is_dataclass(cls)) if known else Unknown("is_dataclass()")
