"""Which option of a command line takes the config file that the user says this run is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.argument_values import Option, converted
from trainlint.configs.paths import PATH, path_text
from trainlint.semantics.annotations import annotation_value
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Value, extend
from trainlint.source.tree import config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_WORDS = frozenset({"config", "configs", "configuration", "cfg", "cfgs", "conf", "yaml", "yml", "json", "exp", "experiment",
                    "opt", "hparams", "hyperparams", "hyp", "recipe", "settings", "params"})  # fmt: skip
_FILE = frozenset(
    {"file", "files", "path", "paths", "filename", "fname", "filepath", "yaml", "yml", "json", "py"}
)
_NEVER = frozenset(
    {"name", "dir", "folder", "id", "override", "overrides", "out", "output", "save", "dump", "seed", "root"}
)


def given_configs(run: Interpreter, options: Sequence[Option]) -> dict[str, Value]:
    """What options are worth by the configs that the user names, by `dest`; none where it is not plain which is meant."""
    given = run.project.configs
    if not given:
        return {}
    ranked = [(rank, option) for option in options if (rank := _rank(option))]
    best = max((rank for rank, _ in ranked), default=0)
    fitting = list({o.dest: o for rank, o in ranked if rank == best}.values())
    if len(given) == 1 or all(_takes_several(option) for option in fitting):
        return {fitting[0].dest: _value(run, fitting[0], given)} if len(fitting) == 1 else {}
    found = {option.dest: _value(run, option, own) for _, option in ranked if (own := _meant(option, given))}
    placed = [option for _, option in ranked if _is_positional(option)]
    if len(placed) == len(given) and len(found) < len(given):  # in the order of the command line
        return {o.dest: _value(run, o, [own]) for o, own in zip(placed, given, strict=True)}
    if not found and len(fitting) == 1:
        return {fitting[0].dest: _value(run, fitting[0], given)}
    return found


def given_parameters(run: Interpreter, function: Value) -> Args:
    """The same for the parameters of a function that is called with what the command line names (fire, typer)."""
    if not isinstance(function, FunctionValue) or not run.project.configs:
        return Args()
    spec = function.node.args
    options: list[Option] = []
    for parameter in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
        name, default = parameter.arg, function.defaults.get(parameter.arg)
        place = function.module.source.location(parameter)
        kind = _path_class(run, parameter.annotation, function)
        options.append(
            Option(name, (f"--{name}",), "store", default, kind, None, None, default is None, place)
        )
    return Args([], given_configs(run, options))


def _path_class(run: Interpreter, annotation: ast.expr | None, function: FunctionValue) -> Value | None:
    """`pathlib.Path` where a parameter's annotation names it (`Path`, `Optional[Path]`, `Annotated[Path, ...]`)."""
    for node in ast.walk(annotation) if annotation is not None else ():
        named = node if isinstance(node, ast.Name | ast.Attribute) else None
        if named and annotation_value(run, named, function.module, texts=False) is PATH:
            return PATH
    return None


def _meant(option: Option, given: Sequence[Path]) -> list[Path]:
    """The one of several configs that is for this option: it stands beside its default, or their names share a word."""
    default = _default_text(option)
    beside = Path(default).parent.name if default is not None else ""
    own = _singular(_parts(option.dest) - _WORDS - _FILE)
    found = [
        path
        for path in given
        if path.parent.name == beside != "" or own & _singular(_parts(path.stem) | _parts(path.parent.name))
    ]
    return found if len(found) == 1 else []


def _parts(name: str) -> set[str]:
    return set(re.split(r"[_\W]+", name.lower())) - {""}


def _singular(words: set[str]) -> set[str]:
    return {word.removesuffix("s") for word in words}


def _is_positional(option: Option) -> bool:
    return not any(flag.startswith("-") for flag in option.flags) and not _takes_several(option)


def _takes_several(option: Option) -> bool:
    several = isinstance(option.nargs, Const) and option.nargs.value not in (None, "?", "...")
    return several or option.action == "append"


def _rank(option: Option) -> int:
    """How plainly an option takes a config file: 0 not at all, 3 by its name alone, by its default or its metavar, 4 by both
    its name and its default."""
    if option.action not in ("store", "append", "custom") or not _textual(option):
        return 0
    words = _parts(option.dest)
    default = _default_text(option)
    if default is not None and config_format(Path(default)) is not None:
        return 4 if words & _WORDS else 2
    if config_format(Path(option.metavar)) is not None:
        return 3
    if not words & _WORDS or words & _NEVER or (default and "." not in default):
        return 0
    return 3 if words <= _WORDS | _FILE else 1


def _textual(option: Option) -> bool:
    """Whether its value may be a path: no number, no switch, no default of another kind."""
    if option.type is not None and option.type.describe() in ("int", "float", "bool", "complex"):
        return False
    default = option.default
    if isinstance(default, ListValue) and not default.elements:
        return _takes_several(option)
    if default is None or _default_text(option) is not None:
        return True
    return isinstance(default, Const) and default.value is None


def _default_text(option: Option) -> str | None:
    """The text of a default, given as such or as a path; None where there is none, or another."""
    return path_text(option.default) if option.default is not None else None


def _value(run: Interpreter, option: Option, given: Sequence[Path]) -> Value:
    origin = extend((), option.location, option.label)
    texts = [Const(str(path), origin) for path in given]
    if _takes_several(option):
        return ListValue([converted(run, option, text) for text in texts])
    return converted(run, option, texts[0])
