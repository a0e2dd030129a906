"""pydantic models: fields by annotation, with the conversions that validation makes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from trainlint.configs.dataclasses import LIBRARY as DATACLASSES
from trainlint.configs.dataclasses import FieldValue, annotation_text, field_of, fields_of, own_fields
from trainlint.configs.pydantic_unions import named_model
from trainlint.configs.pydantic_validators import LIBRARY as VALIDATORS
from trainlint.configs.pydantic_validators import Validator, after_all, before_all, of_field, validators_of
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.class_making import made_class
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.fields import Field
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("pydantic", "pydantic_settings", usual={"BaseModel": "pydantic.BaseModel"})
LIBRARIES = [LIBRARY]
LIBRARY.entries.update(VALIDATORS.entries)
LIBRARY.alias("pydantic.v1", "pydantic")
LIBRARY.entries["pydantic.Field"] = DATACLASSES.entries["attrs.field"]
LIBRARY.entries["pydantic.dataclasses.dataclass"] = DATACLASSES.entries["dataclasses.dataclass"]
MODEL = "pydantic.BaseModel"
_NONE = Const(None)


class ModelClass(LibraryClass):
    """pydantic.BaseModel as a base class."""

    __slots__ = ()
    own_generics = True  # `Model[int]` is a class that pydantic makes

    def class_created(self, run: Interpreter, cls: ClassValue) -> None:
        """Collect the fields of the class and those it inherits."""
        merged: dict[str, Field] = {}
        for base in reversed(cls.mro[1:]):
            merged.update({f.name: f for f in fields_of(base)})
        merged.update({f.name: f for f in own_fields(cls) if f.name != "model_config"})
        run.write(cls.state, "fields", tuple(merged.values()))

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        cls = instance.cls
        validators = validators_of(cls)
        given = before_all(run, cls, validators, args)
        if given is None:
            for field in fields_of(cls):
                unseen = Unknown(f"what a validator makes of {field.name}")
                run.set_instance_attribute(instance, field.name, unseen)
            return
        for field in fields_of(cls):
            value = _value(run, cls, field, given, validators, instance.attrs)
            run.set_instance_attribute(instance, field.name, value)
        after_all(run, instance, validators)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("model_dump", "dict"):
            return Native(name, lambda r, args: dumped(instance))
        if name in ("model_copy", "copy"):
            return Native(name, lambda r, args: _copied(r, instance, args))
        if name in ("model_dump_json", "json"):
            return Native(name, lambda r, args: Unknown("JSON text"))
        return None

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name in ("model_validate", "parse_obj"):
            return Native(
                name, lambda r, args: _validated(r, cls, args.positional[0] if args.positional else _NONE)
            )
        return None


LIBRARY.add(ModelClass(MODEL))
LIBRARY.add(ModelClass("pydantic_settings.BaseSettings"), "pydantic.BaseSettings")


@LIBRARY.function("pydantic.create_model")
def _create_model(run: Interpreter, args: Args) -> Value:
    """`create_model("Name", __base__=Base, lr=(float, 0.1), steps=(int, ...))`: a model without a class statement."""
    name = args.positional[0] if args.positional else args.keywords.get("model_name", _NONE)
    base = args.keywords.get("__base__", LIBRARY.entries[MODEL])
    bases = list(base.elements) if isinstance(base, TupleValue) else [base]
    own = {key: value for key, value in args.keywords.items() if not key.startswith("__")}
    own.pop("model_name", None)
    if args.open:
        return Unknown("a model made by create_model()")
    cls = made_class(run, str(name.value) if isinstance(name, Const) else "Model", bases, {})
    fields = [_described(key, value) for key, value in own.items()]
    run.write(cls.state, "fields", (*fields_of(cls), *fields))
    return cls


def _described(name: str, value: Value) -> Field:
    """A field by its type and default: `(float, 0.1)`; an ellipsis asks for a value."""
    default = value.elements[1] if isinstance(value, TupleValue) and len(value.elements) == 2 else value
    required = isinstance(default, Const) and default.value is Ellipsis
    if isinstance(default, FieldValue):
        return field_of(name, default)
    return Field(name, None if required else default)


def _value(
    run: Interpreter,
    cls: Value,
    field: Field,
    args: Args,
    validators: list[Validator],
    seen: Mapping[str, Value],
) -> Value:
    value = args.keywords.get(field.name)
    if value is None and args.open:
        return Unknown(f"field {field.name} may come from an unknown **")
    if value is None:
        always = [each for each in validators if each.always]
        if field.factory is not None:
            value = run.call(field.factory, Args())
        else:
            value = field.default if field.default is not None else Unknown(f"field {field.name} is not set")
        value = of_field(run, cls, always, field.name, value, seen, "before")
        return of_field(run, cls, always, field.name, value, seen, "after")
    value = of_field(run, cls, validators, field.name, value, seen, "before")
    value = converted(run, cls, value, field.annotation, field.name)
    return of_field(run, cls, validators, field.name, value, seen, "after")


def converted(run: Interpreter, cls: Value, value: Value, annotation: ast.expr | None, name: str) -> Value:
    """The value as validation makes it: text becomes the annotated number, a mapping the annotated model."""
    text = annotation_text(annotation)
    if isinstance(value, Const) and isinstance(value.value, str):
        words = set(text.replace("|", " ").replace("[", " ").replace("]", " ").replace(",", " ").split())
        kind = "float" if "float" in words else "int" if "int" in words else ""
        if kind and "str" not in words:
            value = run.call(TYPES[kind], Args([value]))
        elif text and not words & {"str", "Any", "object"} and value.text is not None:
            return Unknown(f"what validation makes of {name}", value.origin)
    if isinstance(value, DictValue):
        model, named = named_model(run, cls, annotation, value)
        if model is not None:
            return _validated(run, model, value)
        if named:
            return Unknown(f"one of several models that {name} may be")
    if isinstance(value, ListValue) and value.kind == "list" and isinstance(annotation, ast.Subscript):
        inner = [converted(run, cls, e, annotation.slice, name) for e in value.elements]
        return ListValue(inner, value.origin, value.open)
    if isinstance(value, Const) and value.origin and value.value is not None:
        return value.with_origin(extend(value.origin, run.here, name))
    return value


def _validated(run: Interpreter, cls: Value, source: Value) -> Value:
    mapping = as_dict(source)
    if mapping is None or not isinstance(cls, ClassValue):
        return Unknown("a model made from what is not known")
    return run.instantiate(cls, Args([], mapping.strings(), mapping.open))


def dumped(value: Value) -> Value:
    """A model as a dictionary."""
    if isinstance(value, Instance) and value.is_a(MODEL):
        return DictValue.of(
            {f.name: dumped(value.attrs[f.name]) for f in fields_of(value.cls) if f.name in value.attrs}
        )
    if isinstance(value, ListValue):
        return ListValue([dumped(e) for e in value.elements], value.origin, value.open, value.kind)
    return value


def _copied(run: Interpreter, instance: Instance, args: Args) -> Value:
    made = Instance(instance.cls, run.here, dict(instance.attrs))
    update = as_dict(args.keywords.get("update", DictValue()))
    for name, value in update.strings().items() if update is not None else ():
        run.write(made.attrs, name, value)
    return made
