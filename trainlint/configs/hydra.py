"""Hydra: the composed config of `@hydra.main`, and objects made from `_target_`."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.attribute_dicts import OmegaDict, deep_merge
from trainlint.configs.documents import Reading, read_file
from trainlint.configs.functional import PartialValue
from trainlint.configs.modules import located
from trainlint.configs.omegaconf import resolve
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Native, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("hydra", usual={"hydra": "hydra"}, observers=("hydra.core", "hydra.types"))
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_READING = Reading("omegaconf", yaml12=True, mapping=OmegaDict)
DEEPEST = 12
"""Levels of defaults lists and of nested `_target_`s that are followed."""


@LIBRARY.function("hydra.main", "hydra.experimental.main")
def _main(run: Interpreter, args: Args) -> Value:
    """`@hydra.main(config_path=..., config_name=...)`: the first parameter's default becomes the config."""
    bound = args.bind("config_path", "config_name", "version_base=")
    directory, name = bound.get("config_path", _NONE), bound.get("config_name", _NONE)
    script = run.frame.module.source.path.parent

    def apply(r: Interpreter, more: Args) -> Value:
        function = more.positional[0] if more.positional else _NONE
        if not isinstance(function, FunctionValue) or isinstance(function.node, ast.Lambda):
            return function
        places = [a.arg for a in function.node.args.args]
        known = isinstance(name, Const) and isinstance(name.value, str) and isinstance(directory, Const)
        config: Value = Unknown("a config whose path is not known")
        if known and isinstance(name, Const) and isinstance(directory, Const):
            config = composed(r, script / str(directory.value or "."), str(name.value))
        if places:
            r.write(function.defaults, places[0], config)
        return function

    return Native("hydra.main", apply)


def composed(run: Interpreter, directory: Path, name: str) -> Value:
    """The config of this name with its defaults list merged in and references resolved."""
    made = _compose(run, directory, name, 0)
    return resolve(made, made) if isinstance(made, OmegaDict) else made


def _compose(run: Interpreter, directory: Path, name: str, depth: int) -> Value:
    path = directory / (name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    own = read_file(run, str(path), "yaml", _READING)
    if isinstance(own, Const) and own.value is None:
        return OmegaDict()
    if not isinstance(own, OmegaDict) or depth > DEEPEST:
        return own if isinstance(own, Unknown) else Unknown(f"the config {name}")
    defaults = own.cells.pop("defaults", (None, None))[1]
    if not isinstance(defaults, ListValue):
        return own
    made = OmegaDict(origin=own.origin)
    entries = list(defaults.elements)
    if not any(isinstance(e, Const) and e.value == "_self_" for e in entries):
        entries.append(Const("_self_"))
    for entry in entries:
        if isinstance(entry, Const) and entry.value == "_self_":
            deep_merge(run, made, own)
        else:
            _merge_default(run, made, directory, entry, depth)
    return made


def _merge_default(run: Interpreter, made: OmegaDict, directory: Path, entry: Value, depth: int) -> None:
    """One entry of a defaults list: `- base`, or `- optim: adam`."""
    if isinstance(entry, Const) and isinstance(entry.value, str):
        package, _, name = entry.value.rpartition("/")
        _merge_part(run, made, _compose(run, directory / package, name, depth + 1), package)
        return
    for group, option in entry.strings().items() if isinstance(entry, DictValue) else ():
        name = group.removeprefix("optional ").strip()
        if name.startswith("override ") or "@" in name or not isinstance(option, Const):
            run.write(made.state, "open", True)
        elif isinstance(option.value, str):
            part = _compose(run, directory / name.lstrip("/"), option.value, depth + 1)
            _merge_part(run, made, part, name.lstrip("/"))


def _merge_part(run: Interpreter, made: OmegaDict, part: Value, package: str) -> None:
    if not isinstance(part, DictValue):
        run.write(made.state, "open", True)
        return
    for name in reversed([p for p in package.split("/") if p]):
        part = OmegaDict({name: (Const(name), part)})
    deep_merge(run, made, part)


# -- _target_


@LIBRARY.function("hydra.utils.instantiate", "hydra.utils.call", "hydra.instantiate")
def _instantiate(run: Interpreter, args: Args) -> Value:
    config = args.positional[0] if args.positional else args.keywords.get("config", _NONE)
    extra = {k: v for k, v in args.keywords.items() if k != "config"}
    mapping = as_dict(config)
    if mapping is None:
        run.escape_args(args, "hydra.utils.instantiate")
        return (
            _NONE if isinstance(config, Const) and config.value is None else Unknown("an instantiated config")
        )
    return made_from(run, mapping, Args(args.positional[1:], extra, args.open), 0)


def made_from(run: Interpreter, config: DictValue, args: Args, depth: int) -> Value:
    """The object that a mapping with `_target_` describes; nested ones are made first."""
    given = dict(config.strings())
    target = given.pop("_target_", None)
    partial = given.pop("_partial_", _NONE)
    recursive = given.pop("_recursive_", Const(True)).truth(run) is not False
    given.pop("_convert_", None)
    positional = given.pop("_args_", None)
    if target is None and depth:
        return config
    callee = located(run, target)
    if recursive and depth < DEEPEST:
        given = {k: _nested(run, v, depth + 1) for k, v in given.items()}
    values = list(positional.elements) if isinstance(positional, ListValue) else []
    whole = Args([*values, *args.positional], given | args.keywords, config.open or args.open)
    if partial.truth(run):
        return PartialValue(callee, whole)
    return run.call(callee, whole)


def _nested(run: Interpreter, value: Value, depth: int) -> Value:
    if isinstance(value, DictValue):
        return made_from(run, value, Args(), depth)
    if isinstance(value, ListValue) and value.kind == "list":
        return ListValue([_nested(run, e, depth) for e in value.elements], value.origin, value.open)
    return value


@LIBRARY.function("hydra.utils.get_class", "hydra.utils.get_method", "hydra.utils.get_object")
def _get_object(run: Interpreter, args: Args) -> Value:
    return located(run, args.positional[0] if args.positional else None)


@LIBRARY.function("hydra.utils.to_absolute_path")
def _absolute(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("a path")


@LIBRARY.function("hydra.utils.get_original_cwd")
def _working_directory(run: Interpreter, args: Args) -> Value:
    return Const(".")


@LIBRARY.function("hydra.compose")
def _compose_call(run: Interpreter, args: Args) -> Value:
    directory, name = (
        run.memo.get("configs.hydra_directory"),
        args.bind("config_name").get("config_name", _NONE),
    )
    overrides = args.keywords.get("overrides")
    empty = overrides is None or (
        isinstance(overrides, ListValue) and not overrides.elements and not overrides.open
    )
    if not isinstance(directory, Path) or not isinstance(name, Const) or not empty:
        return Unknown("a composed config")
    return composed(run, directory, str(name.value))


@LIBRARY.function("hydra.initialize", "hydra.initialize_config_dir")
def _initialize(run: Interpreter, args: Args) -> Value:
    path = args.bind("config_path").get("config_path", args.keywords.get("config_dir", _NONE))
    if isinstance(path, Const):
        base = run.frame.module.source.path.parent
        run.write(run.memo, "configs.hydra_directory", base / str(path.value or "."))
    return _NONE
