"""sacred: experiments whose options are the local variables of functions.

Source: https://sacred.readthedocs.io/en/stable/configuration.html. A captured function's parameter takes the
config's value of its name, whatever its default is. Of the command line only the config files are known that the user
names; named configs are chosen there too, and add nothing here unless `run(named_configs=...)` asks for them.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trainlint.configs.documents import Reading, read_file
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.functions import names_bound_by
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value, extend
from trainlint.source.tree import config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("sacred")
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_SPECIAL = frozenset({"_config", "_run", "_log", "_seed", "_rnd"})
_HOOKS = frozenset({"config_hook", "pre_run_hook", "post_run_hook", "option_hook"})
_QUIET = frozenset({"add_source_file", "add_package_dependency", "add_resource", "add_artifact", "open_resource"})  # fmt: skip
_RUNS = frozenset({"run", "run_command", "run_commandline"})


class IngredientClass(LibraryClass):
    """Experiment and Ingredient. data: `sources` of the config in their order, `captured` functions, ingredients used
    (`parts`), functions by command (`commands`), named configs, and the name of the main function's command."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("path", "ingredients")
        parts = given.get("ingredients", _NONE)
        run.write(instance.data, "path", given.get("path", args.keywords.get("name", _NONE)))
        if isinstance(parts, ListValue | TupleValue):
            run.write(instance.data, "parts", tuple(p for p in parts.elements if isinstance(p, Instance)))

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        instance.data = {"sources": (), "captured": (), "parts": (), "main": None, "path": _NONE}
        instance.data |= {"named": {}, "commands": {}}

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("config", "named_config", "capture", "command", "main", "automain"):
            return Native(name, lambda r, args: _decorator(r, instance, name, args))
        if name == "add_config":
            return Native(name, lambda r, args: _add(r, instance, args))
        if name in _RUNS:
            return Native(name, lambda r, args: _run(r, instance, args))
        if name in _HOOKS:
            return Native(name, lambda r, args: args.positional[0] if args.positional else _NONE)
        if name in _QUIET:
            return Native(name, lambda r, args: _NONE)
        return Unknown(f"{name} of an experiment")


def _decorator(run: Interpreter, instance: Instance, kind: str, args: Args) -> Value:
    """`@ex.config`, or `@ex.capture(prefix="train")`."""
    function = args.positional[0] if args.positional else _NONE
    if not isinstance(function, FunctionValue):
        return Native(kind, lambda r, more: _decorated(r, instance, kind, more, args.keywords.get("prefix")))
    return _decorated(run, instance, kind, args, None)


def _decorated(run: Interpreter, instance: Instance, kind: str, args: Args, prefix: Value | None) -> Value:
    function = args.positional[0] if args.positional else _NONE
    if not isinstance(function, FunctionValue):
        return function
    data, name = instance.data, function.qualname.rsplit(".", 1)[-1]
    if kind == "config":
        run.write(data, "sources", (*data["sources"], function))
    elif kind == "named_config":
        run.write(data["named"], name, function)
    else:
        run.write(data, "captured", (*data["captured"], (function, _text(prefix))))
        run.write(function.state, "filled", True)
    if kind in ("main", "automain", "command"):
        run.write(data["commands"], name, function)
    if kind in ("main", "automain"):
        run.write(data, "main", function)
    if kind == "automain" and function.module.dotted == "__main__":
        _run(run, instance, Args())
    return function


def _text(value: Value | None) -> str | None:
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def _add(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`ex.add_config("conf.yaml")`, `ex.add_config({...})`, `ex.add_config(lr=0.1)`."""
    source: Value = args.positional[0] if args.positional else DictValue.of(dict(args.keywords))
    run.write(instance.data, "sources", (*instance.data["sources"], source))
    return _NONE


def _run(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`ex.run(command_name, config_updates, named_configs)`: fill what is captured, and call the command."""
    given = args.bind("command_name", "config_updates", "named_configs")
    named = given.get("named_configs", _NONE)
    chosen = [_text(v) for v in named.elements] if isinstance(named, ListValue | TupleValue) else []
    updates = [given["config_updates"]] if "config_updates" in given else []
    files = [Const(str(path)) for path in run.project.configs if config_format(path) is not None]
    scopes = [instance.data["named"][n] for n in chosen if n in instance.data["named"]]
    config = _config(run, instance, [*scopes, *files, *updates])
    _fill(run, instance, config)
    command = instance.data["commands"].get(_text(given.get("command_name"))) or instance.data["main"]
    return run.call(command, Args()) if command is not None else Unknown("the run of an experiment")


def _config(run: Interpreter, instance: Instance, last: list[Value]) -> dict[str, Value]:
    """The config by its keys: the ingredients' below their paths, then the experiment's own sources in order."""
    config: dict[str, Value] = {}
    for part in instance.data["parts"]:
        own = _config(run, part, [])
        _fill(run, part, own)
        path = _text(part.data["path"])
        if path is not None:
            config[path] = DictValue.of(own)
    for source in (*instance.data["sources"], *last):
        _merge(config, _entries(run, source, config))
    return config


def _merge(config: dict[str, Value], entries: dict[str, Value]) -> None:
    """What comes later wins, key by key within mappings."""
    for key, value in entries.items():
        before = config.get(key)
        if isinstance(before, DictValue) and isinstance(value, DictValue):
            inner = before.strings()
            _merge(inner, value.strings())
            value = DictValue.of(inner, open=before.open or value.open)
        config[key] = value


def _entries(run: Interpreter, source: Value, config: dict[str, Value]) -> dict[str, Value]:
    if isinstance(source, FunctionValue):
        parameters = {a.arg for a in _arguments(source)}
        found = names_bound_by(run, source, {n: v for n, v in config.items() if n in parameters})
        return {name: value for name, value in found.items() if not name.startswith("_")}
    if isinstance(source, Const) and isinstance(source.value, str):
        read = read_file(run, source.value, None, Reading("yaml.safe_load"))
    else:
        read = source
    mapping = as_dict(read)
    return mapping.strings() if mapping is not None else {}


def _arguments(function: FunctionValue) -> list[ast.arg]:
    return [*function.node.args.args, *function.node.args.kwonlyargs]


def _fill(run: Interpreter, instance: Instance, config: dict[str, Value]) -> None:
    """Parameters of the captured functions are worth what the config says."""
    special: dict[str, Any] = dict.fromkeys(_SPECIAL, Unknown("what sacred hands over"))
    for function, prefix in instance.data["captured"]:
        own = config
        for key in (prefix or "").split(".") if prefix else ():
            below = as_dict(own.get(key, _NONE))
            own = below.strings() if below is not None else {}
        for argument in _arguments(function):
            name = argument.arg
            value = DictValue.of(dict(own)) if name == "_config" else own.get(name, special.get(name))
            if value is not None:
                run.write(function.defaults, name, value.with_origin(extend(value.origin, run.here, name)))


LIBRARY.add(IngredientClass("sacred.Ingredient"))
LIBRARY.add(IngredientClass("sacred.Experiment"))
LIBRARY.alias("sacred.experiment", "sacred")
