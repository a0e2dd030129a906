"""Validators of pydantic: methods that check or change what a model is given.

Source: https://docs.pydantic.dev/latest/concepts/validators/ (`field_validator`, `model_validator`), and for those of its
first release https://docs.pydantic.dev/1.10/usage/validators/ (`validator`, `root_validator`).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.configs.parsed_arguments import NamespaceClass
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("pydantic")
"""Its entries are taken over by the library of pydantic's models."""
LIBRARIES: list[TableLibrary] = []
_NONE = Const(None)
_STATE = "pydantic.validator"
_INFO = NamespaceClass("pydantic.ValidationInfo")


@dataclass(frozen=True)
class Validator:
    """One validator. of_model: of all fields together; mode: before, after, plain or wrap; always: for defaults too;
    old: of the first release, whose function is no class method yet and gets the other values themselves."""

    function: FunctionValue
    of_model: bool
    mode: str
    fields: tuple[str, ...] = ()
    always: bool = False
    old: bool = False


@LIBRARY.function(
    "pydantic.field_validator", "pydantic.validator", "pydantic.functional_validators.field_validator"
)
def _of_fields(run: Interpreter, args: Args) -> Value:
    return Native("validator", lambda r, more: _marked(more, False, args, "mode" not in args.keywords))


@LIBRARY.function(
    "pydantic.model_validator", "pydantic.root_validator", "pydantic.functional_validators.model_validator"
)
def _of_model(run: Interpreter, args: Args) -> Value:
    if args.positional and isinstance(
        args.positional[0], FunctionValue
    ):  # `@root_validator` without brackets
        return _marked(args, True, Args(), True)
    return Native("validator", lambda r, more: _marked(more, True, args, "mode" not in args.keywords))


def _marked(args: Args, of_model: bool, options: Args, old: bool) -> Value:
    function = args.positional[0] if args.positional else _NONE
    if isinstance(function, FunctionValue):
        names = tuple(str(v.value) for v in options.positional if isinstance(v, Const))
        before = options.keywords.get("pre")
        usual = "before" if isinstance(before, Const) and before.value else "after"
        mode = options.keywords.get("mode", Const(usual))
        text = str(mode.value) if isinstance(mode, Const) else "wrap"
        always = isinstance(a := options.keywords.get("always"), Const) and bool(a.value)
        function.state[_STATE] = Validator(
            function, of_model, text, names, always, old and function.kind != "classmethod"
        )
    return function


def validators_of(cls: Value) -> list[Validator]:
    """The validators of a class and of what it inherits from, in the order in which they run."""
    found: dict[str, Validator | None] = {}
    for part in reversed(getattr(cls, "mro", ())):
        for name, value in getattr(part, "namespace", {}).items():
            told = value.state.get(_STATE) if isinstance(value, FunctionValue) else None
            if told is not None or name in found:
                found[name] = told if isinstance(told, Validator) else None
    return [each for each in found.values() if each is not None]


def before_all(run: Interpreter, cls: Value, validators: list[Validator], given: Args) -> Args | None:
    """What the arguments of a model become before its fields are looked at; None if that is not known."""
    for each in validators:
        if each.of_model and each.mode == "before":
            data = DictValue.of(given.keywords, open=given.open)
            result = _called(run, cls, each, [data])
            if not isinstance(result, DictValue):
                return None
            given = Args([], result.strings(), result.open)
    return given


def of_field(
    run: Interpreter,
    cls: Value,
    validators: list[Validator],
    name: str,
    value: Value,
    seen: Mapping[str, Value],
    mode: str,
) -> Value:
    """What the validators of one field make of its value. seen: the fields before it; mode: before or after it was converted."""
    for each in validators:
        if each.of_model or not {name, "*"} & set(each.fields):
            continue
        if each.mode == mode:
            value = _called(run, cls, each, [value], seen, name)
        elif each.mode not in ("before", "after") and mode == "after":
            value = Unknown(f"what a validator makes of {name}")
    return value


def after_all(run: Interpreter, instance: Instance, validators: list[Validator]) -> None:
    """Run the validators of a model whose fields are set."""
    for each in validators:
        if not each.of_model or each.mode == "before":
            continue
        if each.mode == "wrap":
            for name in list(instance.attrs):
                run.set_instance_attribute(instance, name, Unknown(f"what a validator makes of {name}"))
        elif not each.old:
            run.call(run.bind(each.function, instance), Args())
        else:
            result = _called(run, instance.cls, each, [DictValue.of(dict(instance.attrs))])
            for name in list(instance.attrs):
                made = result.strings().get(name) if isinstance(result, DictValue) else None
                unseen = Unknown(f"what a validator makes of {name}")
                run.set_instance_attribute(instance, name, made if made is not None else unseen)


def _called(
    run: Interpreter, cls: Value, validator: Validator, given: list[Value], seen: Mapping[str, Value] | None = None,
    name: str = "",
) -> Value:  # fmt: skip
    """The result of a validator's function for the class, the value and, if it takes more, what came before."""
    function, node = validator.function, validator.function.node
    parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    static = function.kind == "staticmethod"
    rest = parameters[len(given) + (0 if static else 1) :] if isinstance(node, ast.FunctionDef) else []
    data = DictValue.of(seen or {})
    keywords: dict[str, Value] = {}
    for parameter in rest:
        if parameter == "values" and validator.old:
            keywords[parameter] = data
        elif parameter in ("field", "config") and validator.old:
            keywords[parameter] = Unknown(f"{parameter} of a validator")
        elif parameter == rest[0]:
            keywords[parameter] = Instance(_INFO, run.here, {"data": data, "field_name": Const(name)})
    leading = [cls] if function.kind not in ("classmethod", "staticmethod") else []
    bound = run.bind(function, cls) if function.kind == "classmethod" else function
    return run.call(bound, Args([*leading, *given], keywords))
