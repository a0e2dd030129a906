"""pyrallis and draccus: dataclasses filled from the command line and a config.

Sources: pyrallis' documentation ("pyrallis.parse", "pyrallis.wrap"); draccus is a fork with the same functions.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.configs.documents import Reading
from trainlint.configs.files import load_from
from trainlint.configs.filled_classes import filled
from trainlint.configs.inspection import all_arguments, annotation_of
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("pyrallis", "draccus")
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_SUFFIXES = (".yaml", ".yml", ".json", ".toml")
_READING = Reading("pyyaml")


@LIBRARY.function("pyrallis.parse", "draccus.parse")
def parse(run: Interpreter, args: Args) -> Value:
    """`parse(config_class=Config, config_path=None, args=None)`: defaults, then what a config says."""
    given = args.bind("config_class", "config_path", "args")
    return _parsed(run, given.get("config_class", _NONE), given.get("config_path", _NONE))


@LIBRARY.function("pyrallis.wrap", "draccus.wrap")
def _wrap(run: Interpreter, args: Args) -> Value:
    """`@wrap(config_path=None)`: the function's first parameter is parsed, by its annotation, where it is not given."""
    path = args.bind("config_path").get("config_path", _NONE)

    def decorate(r: Interpreter, more: Args) -> Value:
        function = more.positional[0] if more.positional else _NONE
        if not isinstance(function, FunctionValue) or isinstance(function.node, ast.Lambda):
            return function
        first = next(iter(all_arguments(function)), None)
        kind = annotation_of(r, function, first) if first is not None else _NONE

        def call(inner: Interpreter, told: Args) -> Value:
            if told.positional and isinstance(told.positional[0], Instance):
                return inner.call(function, told)
            config = _parsed(inner, kind, path)
            return inner.call(function, Args([config, *told.positional], told.keywords, told.open))

        return Native(function.qualname, call)

    return Native("pyrallis.wrap", decorate)


def _parsed(run: Interpreter, cls: Value, path: Value) -> Value:
    if not isinstance(cls, ClassValue):
        return Unknown("a parsed config")
    given = next((p for p in run.project.configs if p.suffix in _SUFFIXES), None)
    if given is not None:  # --config_path
        path = Const(str(given))
    if isinstance(path, Const) and path.value is None:
        return filled(run, cls, Args())
    told = as_dict(load_from(run, path, "yaml", _READING, paths=True))
    if told is None:
        return Unknown("a config that is not known")
    plain = {k: v for k, v in told.strings().items() if as_dict(v) is None}
    made = filled(run, cls, Args([], plain))
    _fill(run, made, told)
    return made


def _fill(run: Interpreter, made: Value, told: DictValue) -> None:
    """What the config says of fields that are configs themselves."""
    for name, value in told.strings().items():
        section = as_dict(value)
        if section is None or not isinstance(made, Instance):
            continue
        held = run.get_attr(made, name)
        if not isinstance(held, Instance):
            run.set_instance_attribute(made, name, value)
            continue
        for key, inner in section.strings().items():
            if as_dict(inner) is None:
                run.set_instance_attribute(held, key, inner)
        _fill(run, held, section)
