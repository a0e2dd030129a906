"""Objects that a config names: `class_path: package.Class` with `init_args`, as jsonargparse and Lightning read them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.functional import PartialValue
from trainlint.configs.modules import located
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.names import force
from trainlint.semantics.outside import External
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value
from trainlint.source.tree import load_config

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_PLACES = (
    "torch.optim",
    "torch.optim.lr_scheduler",
    "lightning.pytorch.callbacks",
    "lightning.pytorch.loggers",
)
"""Where a name without a package is looked for, after the script itself."""
_DEEPEST = 8


def scalar(text: str, origin: Origin) -> Const:
    """A command line's text as YAML reads it."""
    root = load_config(Path("text"), "text", text, "yaml").root
    value = root.yaml12_value if root is not None and root.kind == "scalar" else text
    return Const(value if isinstance(value, str | int | float | bool | None) else text, origin)


def constructor(run: Interpreter, target: Value) -> FunctionValue | None:
    """The function whose parameters a class or function takes."""
    if isinstance(target, FunctionValue):
        return target
    found = run.class_attribute(target, "__init__") if isinstance(target, ClassValue) else None
    return found if isinstance(found, FunctionValue) else None


def defaults(run: Interpreter, target: Value) -> dict[str, Value]:
    """The defaults of a class's or function's own parameters, and of its bases' where it passes `**kwargs` on."""
    found: dict[str, Value] = {}
    functions = [constructor(run, target)]
    if isinstance(target, ClassValue) and functions[0] is not None:
        others = (getattr(c, "namespace", {}).get("__init__") for c in target.mro[1:])
        functions += [f for f in others if isinstance(f, FunctionValue)]
    for function in functions:
        if function is None:
            break
        for name, value in function.defaults.items():
            found.setdefault(name, value)
        if function.node.args.kwarg is None:
            break
    if isinstance(target, ClassValue) and not found:
        found |= {k: v for k, v in target.namespace.items() if isinstance(v, Const) and not k.startswith("_")}
    return found


def named_class(run: Interpreter, path: Value, base: Value | None = None) -> Value:
    """What a class_path means; a bare name is one of the script's, one that stands with the class (`base`) that is
    asked for, or a usual one."""
    if not isinstance(path, Const) or not isinstance(path.value, str):
        return Unknown("a class that is not known")
    if "." in path.value:
        return located(run, path)
    own = run.frame.module.namespace.get(path.value)
    if own is not None:
        return own
    if isinstance(base, ClassValue):
        beside = _beside(run, base, path.value)
        if beside is not None:
            return beside
    for place in _PLACES:
        found = run.library_name(f"{place}.{path.value}")
        if not isinstance(found, External):
            return found
    return Unknown(f"class {path.value}")


def _beside(run: Interpreter, base: ClassValue, name: str) -> Value | None:
    """A class of the package that a base class stands in, as jsonargparse finds any subclass that is imported."""
    folder: Path = base.module.source.path.parent
    package = base.module.dotted.rpartition(".")[0]
    for file in sorted(run.reader.listdir(folder)):
        path = folder / file
        if file.endswith(".py") and f"\nclass {name}(" in f"\n{run.reader.text(path)}":
            found = run.get_attr(run.module_at(path, f"{package}.{path.stem}".lstrip(".")), name)
            return found if isinstance(found, ClassValue) and base in found.mro else None
    return None


def is_spec(value: Value | None) -> bool:
    """Whether a part of a config says which class is meant."""
    return isinstance(value, DictValue) and "class_path" in value.cells


def instantiate(
    run: Interpreter, part: Value | None, target: Value | None, depth: int = 0, base: Value | None = None
) -> Value:
    """The object that a part of a config describes. target: its class (or a function), None if `class_path` says it, which
    may be the bare name of a subclass of `base`."""
    entries = part.strings() if isinstance(part, DictValue) else {}
    open_ = isinstance(part, DictValue) and part.open
    if is_spec(part):
        target = named_class(run, entries["class_path"], base if base is not None else target)
        inner = as_dict(entries.get("init_args", Const(None)))
        more = as_dict(entries.get("dict_kwargs", Const(None)))
        entries = (inner.strings() if inner is not None else {}) | (
            more.strings() if more is not None else {}
        )
    if target is None or isinstance(target, Unknown):
        return target if target is not None else Unknown("a class that the config would name")
    function = constructor(run, target)
    keywords = {name: argument(run, function, name, value, depth) for name, value in entries.items()}
    if isinstance(target, FunctionValue | ClassValue) and function is not None:
        keywords = _accepted(function, keywords)
        for name in _required(function, skip_first=isinstance(target, ClassValue)):
            keywords.setdefault(name, Unknown(f"{name}, which a config or the command line gives"))
    return run.call(target, Args([], keywords, open_))


def argument(
    run: Interpreter, function: FunctionValue | None, name: str, value: Value, depth: int = 0
) -> Value:
    """A config's value for a parameter: objects in it are made; where a callable is asked for, it is made later."""
    if depth > _DEEPEST:
        return value
    if is_spec(value):
        assert isinstance(value, DictValue)
        if "Callable" in _annotation(function, name):
            inner = as_dict(value.strings().get("init_args", Const(None)))
            given = inner.strings() if inner is not None else {}
            return PartialValue(named_class(run, value.strings()["class_path"]), Args([], given))
        return instantiate(run, value, None, depth + 1, _annotated(run, function, name))
    if isinstance(value, ListValue) and any(is_spec(e) for e in value.elements):
        return ListValue(
            [argument(run, None, "", e, depth + 1) for e in value.elements], value.origin, value.open
        )
    if isinstance(value, DictValue) and any(is_spec(v) for v in value.strings().values()):
        made = {k: argument(run, None, "", v, depth + 1) for k, v in value.strings().items()}
        return DictValue.of(made, value.origin, value.open)
    kind = _dataclass(run, function, name) if isinstance(value, DictValue) else None
    return instantiate(run, value, kind, depth + 1) if kind is not None else value


def _dataclass(run: Interpreter, function: FunctionValue | None, name: str) -> ClassValue | None:
    """The class of the program that a parameter is annotated with, if it is one with fields."""
    found = _annotated(run, function, name)
    return found if found is not None and found.state.get("fields") else None


def _annotated(run: Interpreter, function: FunctionValue | None, name: str) -> ClassValue | None:
    """The class of the program that a parameter is annotated with."""
    text = _annotation(function, name).split("|")[0].strip().removeprefix("Optional[").rstrip("]")
    if function is None or not text.isidentifier():
        return None
    value = function.module.namespace.get(text)
    found = force(run, {}, text, value) if value is not None else None
    return found if isinstance(found, ClassValue) else None


def _annotation(function: FunctionValue | None, name: str) -> str:
    if function is None:
        return ""
    arguments = function.node.args
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if each.arg == name and each.annotation is not None:
            return ast.unparse(each.annotation)
    return ""


def _accepted(function: FunctionValue, keywords: dict[str, Value]) -> dict[str, Value]:
    arguments = function.node.args
    if arguments.kwarg is not None:
        return keywords
    names = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return {k: v for k, v in keywords.items() if k in names}


def _required(function: FunctionValue, skip_first: bool) -> list[str]:
    arguments = function.node.args
    places = [a.arg for a in (*arguments.posonlyargs, *arguments.args)][1 if skip_first else 0 :]
    return [n for n in (*places, *(a.arg for a in arguments.kwonlyargs)) if n not in function.defaults]
