"""typer-config: decorators by which a config file gives the options of a typer command.

Source: https://maxb2.github.io/typer-config/ (a value of the command line wins, then the file, then the default).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from trainlint.configs.documents import Reading, read_file
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Value, extend
from trainlint.source.tree import Format, config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("typer_config")
LIBRARIES = [LIBRARY]
_LOADERS: dict[str, str] = {"yaml": "yaml.safe_load", "json": "json", "toml": "toml"}
_NONE = Const(None)


def _decorator(run: Interpreter, args: Args) -> Value:
    file = args.keywords.get("default_value", _NONE)

    def apply(r: Interpreter, more: Args) -> Value:
        function = more.positional[0] if more.positional else _NONE
        if isinstance(function, FunctionValue):
            _fill(r, function, file)
        return function

    return Native("typer_config.use_config", apply)


def _fill(run: Interpreter, function: FunctionValue, default: Value) -> None:
    """Keys of the file that are parameters of the command take the place of their defaults."""
    given = [str(path) for path in run.project.configs if config_format(path) in _LOADERS]
    named = [default.value] if isinstance(default, Const) and isinstance(default.value, str) else []
    for name in (given or named)[:1]:
        kind: Format | None = next((f for f in get_args(Format) if name.endswith(_endings(f))), None)
        read = as_dict(read_file(run, name, kind, Reading(_LOADERS.get(str(kind), "yaml.safe_load"))))
        parameters = {a.arg for a in (*function.node.args.args, *function.node.args.kwonlyargs)}
        for key, value in (read.strings() if read is not None else {}).items():
            if key in parameters:
                run.write(function.defaults, key, value.with_origin(extend(value.origin, run.here, key)))


def _endings(format: str) -> tuple[str, ...]:
    return (".yaml", ".yml") if format == "yaml" else (f".{format}",)


for _name in ("use_config", "use_yaml_config", "use_json_config", "use_toml_config"):
    LIBRARY.function(f"typer_config.{_name}", f"typer_config.decorators.{_name}")(_decorator)
