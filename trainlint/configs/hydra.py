"""Hydra: the composed config of `@hydra.main`, and objects made from `_target_`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.functional import PartialValue
from trainlint.configs.hydra_command import composed
from trainlint.configs.hydra_compose import DEEPEST, STORE, Stored
from trainlint.configs.modules import located
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("hydra", usual={"hydra": "hydra"}, observers=("hydra.core", "hydra.types"))
LIBRARIES = [LIBRARY]
_NONE = Const(None)


PACKAGE = "pkg://"


def _directory(run: Interpreter, base: Path, text: str) -> Path:
    """A directory of configs: a path, or `pkg://package.conf`."""
    if not text.startswith(PACKAGE):
        return base / text
    parts = text.removeprefix(PACKAGE).replace("/", ".").split(".")
    for known in range(len(parts), 0, -1):  # the last ones may be plain directories
        found = run.project.find_module(".".join(parts[:known]), 0, run.frame.module.source.path)
        if found is not None:
            return found.parent.joinpath(*parts[known:])
    return base


def _there(run: Interpreter, base: Path, directory: Value) -> Value:
    """Of several directories that a program looks for, the one that the project has; else as it is."""
    if not isinstance(directory, UnionValue):
        return directory
    texts = [v for v in directory.alternatives if isinstance(v, Const) and isinstance(v.value, str)]
    found = [v for v in texts if run.reader.is_dir(_directory(run, base, v.value))]
    return found[0] if len(found) == 1 else directory


def _outside(run: Interpreter, script: Path, directory: Value, name: Value) -> Path | None:
    """A config that the run is given, where the primary config is not to be found: it takes its place."""
    given = [path for path in run.project.configs if path.suffix in (".yaml", ".yml")]
    if isinstance(directory, Const) and isinstance(name, Const):
        place = _directory(run, script, str(directory.value or "."))
        primary = place / f"{name.value}.yaml"
        if (
            run.reader.is_file(primary)
            or run.reader.is_file(place / str(name.value))
            or run.reader.is_file(place)
        ):
            return None
    return given[0] if given else None


@LIBRARY.function("hydra.main", "hydra.experimental.main")
def hydra_main(run: Interpreter, args: Args) -> Value:
    """`@hydra.main(config_path=..., config_name=...)`: the first parameter's default becomes the config."""
    bound = args.bind("config_path", "config_name", "version_base=")
    directory, name = bound.get("config_path", _NONE), bound.get("config_name", _NONE)
    script = run.frame.module.source.path.parent
    directory = _there(run, script, directory)

    def apply(r: Interpreter, more: Args) -> Value:
        function = more.positional[0] if more.positional else _NONE
        if not isinstance(function, FunctionValue) or isinstance(function.node, ast.Lambda):
            return function
        places = [a.arg for a in function.node.args.args]
        config: Value = Unknown("a config whose path is not known")
        outside = _outside(r, script, directory, name)
        if outside is not None:  # --config-path and --config-name
            config = composed(r, outside.parent, outside.stem)
        elif isinstance(name, Const) and isinstance(directory, Const):
            place, chosen = _directory(r, script, str(directory.value or ".")), name.value
            old = chosen is None and place.suffix in (".yaml", ".yml")  # before Hydra 1.0
            if old:  # the primary config's path
                place, chosen = place.parent, place.stem
            given = [path.stem for path in r.project.configs if path.parent.resolve() == place.resolve()]
            primary = chosen if isinstance(chosen, str) else next(iter(given), None)  # --config-name
            primary, overrides = _from_command_line(r.project.arguments or (), primary)
            config = composed(r, place, primary, overrides, flat=old) if primary is not None else config
        if places:
            r.write(function.defaults, places[0], config)
        return function

    return Native("hydra.main", apply)


def _from_command_line(words: Sequence[str], name: str | None) -> tuple[str | None, list[str]]:
    """The primary config (`--config-name`, `-cn`) and the overrides that a command line gives."""
    overrides: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        flag, equals, value = word.partition("=")
        if flag in ("--config-name", "-cn") and (equals or rest):
            name = value if equals else rest.pop(0)
        elif word.startswith("~") or ("=" in word and not word.startswith("-")):
            overrides.append(word)
    return name, overrides


# -- _target_

_WORDS = frozenset({"_target_", "_partial_", "_recursive_", "_convert_", "_args_", "_target_args_", "_mode_"})
"""What a config, or the call that makes an object of it, tells Hydra, and not the object."""


@LIBRARY.function("hydra.utils.instantiate", "hydra.utils.call", "hydra.instantiate")
def _instantiate(run: Interpreter, args: Args) -> Value:
    config = args.positional[0] if args.positional else args.keywords.get("config", _NONE)
    extra = {k: v for k, v in args.keywords.items() if k != "config"}
    if isinstance(config, UnionValue):
        return run.each(
            config, lambda v: _instantiate(run, Args([v, *args.positional[1:]], extra, args.open))
        )
    mapping = as_dict(config)
    if mapping is None:
        run.escape_args(args, "hydra.utils.instantiate")
        elements = config.elements if isinstance(config, ListValue) else None
        if elements is not None:
            return _nested(run, config, 0)
        return (
            _NONE if isinstance(config, Const) and config.value is None else Unknown("an instantiated config")
        )
    return made_from(run, mapping, Args(args.positional[1:], extra, args.open), 0)


def made_from(run: Interpreter, config: DictValue, args: Args, depth: int) -> Value:
    """The object that a mapping with `_target_` describes; nested ones are made first. Without it, the mapping with the
    objects that its parts describe."""
    if "_target_" not in config.cells:
        return _parts(run, config, depth)
    given = dict(config.strings())
    told = {k: given.pop(k) for k in _WORDS if k in given} | {
        k: args.keywords[k] for k in _WORDS & args.keywords.keys()
    }
    args = Args(args.positional, {k: v for k, v in args.keywords.items() if k not in _WORDS}, args.open)
    target, partial = told.get("_target_"), told.get("_partial_", _NONE)
    recursive = told.get("_recursive_", Const(True)).truth(run) is not False
    positional = told.get("_args_")
    callee = target if target is not None and not isinstance(target, Const) else located(run, target)
    if recursive and depth < DEEPEST:
        given = {k: _nested(run, v, depth + 1) for k, v in given.items()}
    values = list(positional.elements) if isinstance(positional, ListValue) else []
    whole = Args([*values, *args.positional], given | args.keywords, config.open or args.open)
    if partial.truth(run):
        return PartialValue(callee, whole)
    return run.call(callee, whole)


def _parts(run: Interpreter, config: DictValue, depth: int) -> Value:
    made = (
        {k: (n, _nested(run, v, depth + 1)) for k, (n, v) in config.cells.items()} if depth < DEEPEST else {}
    )
    if all(made[k][1] is v for k, (_, v) in config.cells.items() if k in made):
        return config
    copied = type(config)(made, config.origin, config.open)
    copied.watcher = config.watcher
    return copied


def _nested(run: Interpreter, value: Value, depth: int) -> Value:
    if isinstance(value, DictValue):
        return made_from(run, value, Args(), depth)
    if isinstance(value, ListValue) and value.kind == "list":
        elements = [_nested(run, e, depth) for e in value.elements]
        if all(a is b for a, b in zip(elements, value.elements, strict=True)):
            return value
        return ListValue(elements, value.origin, value.open)
    return value


@LIBRARY.function("hydra.utils.get_class", "hydra.utils.get_method", "hydra.utils.get_object")
def _get_object(run: Interpreter, args: Args) -> Value:
    return located(run, args.bind("path").get("path"))


@LIBRARY.function("hydra.utils.to_absolute_path")
def _absolute(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("a path")


@LIBRARY.function("hydra.utils.get_original_cwd")
def _working_directory(run: Interpreter, args: Args) -> Value:
    return Const(".")


@LIBRARY.function("hydra.compose", "hydra.experimental.compose")
def _compose_call(run: Interpreter, args: Args) -> Value:
    directory, bound = run.memo.get("configs.hydra_directory"), args.bind("config_name", "overrides")
    name, overrides = bound.get("config_name", _NONE), bound.get("overrides")
    given: list[str] = []
    if overrides is not None and not (isinstance(overrides, Const) and overrides.value is None):
        elements = overrides.iterate(run)
        given = [e.value for e in elements.values if isinstance(e, Const) and isinstance(e.value, str)]
        if not elements.exact or len(given) < len(elements.values):
            return Unknown("a composed config")
    if not isinstance(directory, Path) or not isinstance(name, Const):
        return Unknown("a composed config")
    return composed(run, directory, _within(run, directory, str(name.value)), given)


def _within(run: Interpreter, directory: Path, name: str) -> str:
    """A config that the run was given by its path (`--config conf/train.yaml`), as the directory's configs are named."""
    whole = next((g for g in run.project.configs if directory in g.parents and g == directory / name), None)
    return whole.relative_to(directory).as_posix() if whole is not None else name


@LIBRARY.function("hydra.initialize", "hydra.initialize_config_dir", "hydra.experimental.initialize")
def _initialize(run: Interpreter, args: Args) -> Value:
    path = args.bind("config_path").get("config_path", args.keywords.get("config_dir", _NONE))
    if isinstance(path, Const):
        base = run.frame.module.source.path.parent
        run.write(run.memo, "configs.hydra_directory", _directory(run, base, str(path.value or ".")))
    return _NONE


@LIBRARY.function("hydra.initialize_config_module")
def _initialize_module(run: Interpreter, args: Args) -> Value:
    """`initialize_config_module("package.conf")`: the directory of a package."""
    name = args.bind("config_module").get("config_module", _NONE)
    if isinstance(name, Const):
        base = run.frame.module.source.path.parent
        run.write(run.memo, "configs.hydra_directory", _directory(run, base, f"{PACKAGE}{name.value}"))
    return _NONE


# -- the store


class ConfigStore(LibraryClass):
    """hydra.core.config_store.ConfigStore: the one store of a run."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "instance":
            return Native(name, lambda r, args: self.call(r, Args()))
        return super().get_attr(run, name)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Native("ConfigStore.store", _store) if name == "store" else None


def _store(run: Interpreter, args: Args) -> Value:
    bound = args.bind("name", "node", "group", "package", "provider")
    name, group, package = (bound.get(key, _NONE) for key in ("name", "group", "package"))
    if isinstance(name, Const) and isinstance(group, Const) and "node" in bound:
        key = (str(group.value or ""), str(name.value).removesuffix(".yaml"))
        at = str(package.value) if isinstance(package, Const) and package.value is not None else None
        run.write(run.memo, STORE, {**run.memo.get(STORE, {}), key: Stored(bound["node"], at)})
    return _NONE


LIBRARY.add(ConfigStore("hydra.core.config_store.ConfigStore"))
