"""HfArgumentParser (transformers) and TrlParser (trl): data classes filled from the command line, dictionaries, files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainlint.configs.argparse import ParserClass
from trainlint.configs.dataclasses import fields_of
from trainlint.configs.documents import Reading, read_file
from trainlint.configs.files import load_from
from trainlint.configs.parsed_arguments import Parser
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.source.tree import Format, config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("hf_argparser", usual={"HfArgumentParser": "hf_argparser.HfArgumentParser"})
LIBRARIES = [LIBRARY]
"""The libraries that the classes belong to lead here."""

_TYPES = "<types>"
_FILES: dict[str, tuple[str, Format]] = {
    "parse_json_file": ("json_file", "json"),
    "parse_yaml_file": ("yaml_file", "yaml"),
}
_LOADERS = {"json": "json", "yaml": "pyyaml", "toml": "toml"}


class DataclassParser(ParserClass):
    """An argparse parser whose options are the fields of data classes."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        types = args.bind("dataclass_types").get("dataclass_types", TupleValue(()))
        run.write(instance.attrs, _TYPES, types)
        super().construct(run, instance, Args())

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("parse_args_into_dataclasses", "parse_args_and_config"):
            return Native(name, lambda r, args: _from_command_line(r, instance, args))
        if name == "parse_dict":
            return Native(name, lambda r, args: _from_mapping(r, instance, args.bind("args").get("args")))
        if name in _FILES:
            return Native(name, lambda r, args: _from_file(r, instance, name, args))
        return super().attribute(run, instance, name)


def _types(instance: Instance) -> list[Value]:
    types = instance.attrs.get(_TYPES)
    return list(types.elements) if isinstance(types, TupleValue | ListValue) else [types] if types else []


def _from_command_line(run: Interpreter, instance: Instance, args: Args) -> Value:
    """What a run without arguments gets (fields without a default are not known), or with the config that the user
    says this run is given."""
    named = _config_of_the_run(run, instance)
    made = [_filled(run, cls, {**_open_fields(cls), **(named or {})}, False) for cls in _types(instance)]
    if (
        isinstance(instance.data, Parser) and instance.data.state["options"]
    ):  # what `add_argument` added besides
        made.append(run.call(run.get_attr(instance, "parse_args"), Args()))
    rest = args.keywords.get("return_remaining_strings")
    more: list[Value] = [ListValue((), open=True)] if rest is not None and rest.truth(run) else []
    return TupleValue([*made, *more])


def _config_of_the_run(run: Interpreter, instance: Instance) -> dict[str, Value] | None:
    """The first config given for this run that holds a field of these classes.

    Its values pass through argparse, which makes numbers of texts such as 1e-4.
    """
    names = {f.name for cls in _types(instance) for f in fields_of(cls)}
    for path in run.project.configs:
        kind = config_format(path)
        if kind not in _LOADERS:
            continue
        mapping = as_dict(read_file(run, str(path), kind, Reading(_LOADERS[kind], yaml12=True)))
        if mapping is not None and names & mapping.strings().keys():
            return mapping.strings()
    return None


def _open_fields(cls: Value) -> dict[str, Value]:
    """Fields of the project's own whose default is None: what the command line is to give, as a rule (`dataset_name`,
    checked to be there later on). Library classes have fields without annotations, whose None means something."""
    return {
        field.name: Unknown(f"{field.name}, which the command line may give")
        for field in fields_of(cls)
        if field.annotation is not None and isinstance(field.default, Const) and field.default.value is None
    }


def _filled(run: Interpreter, cls: Value, values: dict[str, Value], open_: bool) -> Value:
    """One data class with these values: those of them that it has fields for."""
    fields = fields_of(cls)
    known = {f.name for f in fields if f.init} | set(getattr(cls, "state", {}).get("former", ()))
    given = {name: value for name, value in values.items() if name in known}
    for field in fields:
        required = field.init and field.default is None and field.factory is None
        if required and field.name not in given and not open_:
            given[field.name] = Unknown(f"{field.name}, which is required")
    return run.call(cls, Args([], given, open_))


def _from_mapping(run: Interpreter, instance: Instance, source: Value | None) -> Value:
    """Every class takes the keys that are fields of it."""
    mapping = as_dict(source) if source is not None else None
    values = mapping.strings() if mapping is not None else {}
    open_ = mapping is None or mapping.open
    _left_over(run, _types(instance), values)
    return TupleValue([_filled(run, cls, values, open_) for cls in _types(instance)])


def _left_over(run: Interpreter, classes: Sequence[Value], values: dict[str, Value]) -> None:
    """Note the keys that no class has a field for: one may be a misspelt argument of the trainer."""
    names = {f.name for cls in classes for f in fields_of(cls)}
    former = {name for cls in classes for name in getattr(cls, "state", {}).get("former", ())}
    extra = {key: value for key, value in values.items() if key not in names | former}
    if extra and former:
        run.options("transformers.TrainingArguments", extra, False)


def _from_file(run: Interpreter, instance: Instance, name: str, args: Args) -> Value:
    parameter, kind = _FILES[name]
    path = args.bind(parameter).get(parameter, Unknown("a path"))
    found = load_from(run, path, kind, Reading(_LOADERS[kind]), paths=True)
    return _from_mapping(run, instance, found)


LIBRARY.add(DataclassParser("hf_argparser.HfArgumentParser"))
LIBRARY.add(DataclassParser("hf_argparser.TrlParser"), "hf_argparser.H4ArgumentParser")


@LIBRARY.function("hf_argparser.HfArg")
def hf_arg(run: Interpreter, args: Args) -> Value:
    """A field with an alias: dataclasses.field with metadata."""
    keywords = {k: v for k, v in args.keywords.items() if k in ("default", "default_factory")}
    return run.call(run.library_name("dataclasses.field"), Args([], keywords))
