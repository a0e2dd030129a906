"""gin-config: files that bind parameters of functions and classes of the program, whoever calls them.

Source: https://github.com/google/gin-config/blob/master/docs/index.md. What a caller gives wins over a binding, and a
binding over the default. Scopes are not told apart.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trainlint.configs.gin_files import CALL, MACRO, Binding
from trainlint.configs.gin_reading import DEEPEST, STATE, read, state_of, take, texts
from trainlint.configs.paths import path_text
from trainlint.model import Location
from trainlint.semantics import imports
from trainlint.semantics.definitions import ClassValue, Deferred, FunctionValue, ModuleValue, Omitted
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import External, Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("gin")
LIBRARIES = [LIBRARY]
_NONE = Const(None)


class _Nothing(Value):
    """`gin.unlock_config()` and `gin.config_scope()`: nothing that would be seen."""

    def enter(self, run: Interpreter) -> Value:
        return self

    def leave(self, run: Interpreter) -> None:
        return None


# -- what can be configured


@LIBRARY.function("gin.configurable", "gin.register")
def _configurable(run: Interpreter, args: Args) -> Value:
    """`@gin.configurable`, `@gin.configurable("name", module="package")`, `gin.configurable(Class, module=...)`."""
    bound = args.bind("name_or_fn", "module")
    first, module = (
        bound.get("name_or_fn", args.keywords.get("name", _NONE)),
        path_text(bound.get("module", _NONE)),
    )
    if isinstance(first, FunctionValue | ClassValue):
        return _registered(run, first, None, module)
    return Native("gin.configurable", lambda r, more: _registered(r, _first(more), path_text(first), module))


def _first(args: Args) -> Value:
    return args.positional[0] if args.positional else _NONE


def _registered(run: Interpreter, value: Value, name: str | None, module: str | None) -> Value:
    if isinstance(value, FunctionValue | ClassValue):
        own = value.qualname.rsplit(".", 1)[-1] if isinstance(value, FunctionValue) else value.name
        run.write(value.state, "gin", f"{module or value.module.dotted}.{name or own}")
        for function in _functions(value):
            run.write(function.state, "filled", True)
        if STATE in run.memo:
            _fill(run, value)
    return value


def _functions(value: FunctionValue | ClassValue) -> list[FunctionValue]:
    """What takes the parameters: the function, or a class's `__init__`."""
    own = value if isinstance(value, FunctionValue) else value.namespace.get("__init__")
    return [own] if isinstance(own, FunctionValue) else []


@LIBRARY.function("gin.external_configurable")
def _external(run: Interpreter, args: Args) -> Value:
    """A wrapper that adds what files bind for the name."""
    bound = args.bind("fn_or_cls", "name", "module")
    value, given = bound.get("fn_or_cls", _NONE), bound.get("name", _NONE)
    name = given.value if isinstance(given, Const) and isinstance(given.value, str) else value.describe()
    return _wrapped(value, name)


def _wrapped(value: Value, name: str) -> Value:
    def call(run: Interpreter, args: Args) -> Value:
        state, more = state_of(run), dict(args.keywords)
        for (selector, parameter), binding in state["bindings"].items():
            if _selects(selector, name) and parameter not in more:
                more[parameter] = _worth(run, binding.value, binding.location)
        return run.call(value, Args(args.positional, more, args.open))

    return Native(name, call)


def _selects(selector: str, name: str) -> bool:
    """A selector is the end of a full name, cut at a dot."""
    return name == selector or name.endswith(f".{selector}") or selector.endswith(f".{name}")


def _known(run: Interpreter) -> Iterator[FunctionValue | ClassValue]:
    """Everything configurable in the modules that were evaluated."""
    modules = {id(m): m for m in (*run.modules.values(), *run.project.modules.values())}
    for module in list(modules.values()):
        for value in list(module.namespace.values()):
            if isinstance(value, FunctionValue | ClassValue) and "gin" in value.state:
                yield value


def _fill(run: Interpreter, value: FunctionValue | ClassValue) -> None:
    state, name = state_of(run), value.state["gin"]
    for function in _functions(value):
        if state["unread"] and not state["read"]:
            for parameter in function.defaults:
                run.write(function.defaults, parameter, Unknown(f"{parameter}, which a gin file may set"))
        for (selector, parameter), binding in state["bindings"].items():
            if _selects(selector, name):
                run.write(function.defaults, parameter, _deferred(binding))


def _deferred(binding: Binding) -> Value:
    return Deferred(lambda run: _worth(run, binding.value, binding.location))


# -- files


@LIBRARY.function("gin.add_config_file_search_path")
def _add_path(run: Interpreter, args: Args) -> Value:
    text = path_text(_first(args))
    if text is not None:
        run.write(state_of(run), "paths", (*state_of(run)["paths"], text))
    return _NONE


@LIBRARY.function("gin.parse_config_file", "gin.parse_config_files_and_bindings", "gin.parse_config")
def _parse(run: Interpreter, args: Args) -> Value:
    """Files by path, then bindings as text; of the command line those files that the user names."""
    bound = args.bind("config_files", "bindings")
    files = bound.get(
        "config_files", args.keywords.get("config_file", args.keywords.get("config_file_name", _NONE))
    )
    _read_all(run, [files])
    for path in (p for p in run.project.configs if p.suffix == ".gin"):
        read(run, str(path), 0)
    for text in texts(bound.get("bindings", _NONE)):
        if text is not None:
            take(run, text, run.here.path, 0)
    for value in _known(run):
        _fill(run, value)
    return _NONE


def _read_all(run: Interpreter, files: list[Value]) -> None:
    for value in files:
        for text in texts(value):
            if text is None or not ((text and "=" in text) or read(run, text, 0)):
                run.write(state_of(run), "unread", True)
            elif "=" in text:  # gin.parse_config() of a text
                take(run, text, run.here.path, 0)


# -- values


def _worth(run: Interpreter, node: ast.expr, location: Location, depth: int = 0) -> Value:
    """What the text of a value stands for."""
    if depth > DEEPEST:
        return Unknown("a gin value that refers to itself")

    def of(part: ast.expr) -> Value:
        return _worth(run, part, location, depth + 1)

    if isinstance(node, ast.Constant):
        return Const(node.value, extend((), location))
    if (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.operand, ast.Constant)
        and isinstance(node.op, ast.USub)
    ):
        value = node.operand.value
        return (
            Const(-value, extend((), location)) if isinstance(value, int | float) else Unknown("a gin value")
        )
    if isinstance(node, ast.Tuple):
        return TupleValue([of(e) for e in node.elts])
    if isinstance(node, ast.List):
        return ListValue([of(e) for e in node.elts])
    if isinstance(node, ast.Dict):
        keys = [k.value if isinstance(k, ast.Constant) else None for k in node.keys]
        return DictValue.of({str(k): of(v) for k, v in zip(keys, node.values, strict=True)})
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and isinstance(node.args[0], ast.Constant)
    ):
        return _referred(run, node.func.id, str(node.args[0].value), depth)
    return Unknown("a gin value")


def _referred(run: Interpreter, kind: str, name: str, depth: int) -> Value:
    if kind == MACRO:
        macro = state_of(run)["macros"].get(name)
        return (
            _worth(run, macro.value, macro.location, depth + 1)
            if macro is not None
            else Unknown(f"the macro {name}")
        )
    value = _named(run, name)
    return run.call(value, Args()) if kind == CALL else value


def _named(run: Interpreter, name: str) -> Value:
    """The configurable of the program that the name selects, else the library's."""
    found = [value for value in _known(run) if _selects(name, value.state["gin"])]
    if not found:
        for package in state_of(run)["imports"]:
            path = run.project.find_module(package, 0, run.frame.module.source.path)
            value: Value = run.module_at(path, package) if path is not None else _NONE
            if isinstance(value, ModuleValue):
                imports.ensure(run, value)
        found = [value for value in _known(run) if _selects(name, value.state["gin"])]
    if len(found) == 1:
        return found[0]
    if found:
        return Unknown(f"one of several that gin knows as {name}")
    full = f"tensorflow.{name[3:]}" if name.startswith("tf.") else name
    library = run.library_name(full) if "." in full else Unknown(f"{name} of a gin file")
    return library if isinstance(library, External | Unknown) else _wrapped(library, name)


# -- the rest


@LIBRARY.function("gin.bind_parameter")
def _bind(run: Interpreter, args: Args) -> Value:
    bound = args.bind("binding_key", "value")
    key, value = bound.get("binding_key", _NONE), bound.get("value", _NONE)
    if isinstance(key, Const) and isinstance(key.value, str):
        name, _, parameter = key.value.rpartition("/")[2].rpartition(".")
        for known in _known(run):
            for function in _functions(known) if _selects(name, known.state["gin"]) else ():
                run.write(function.defaults, parameter, value)
    return _NONE


@LIBRARY.function("gin.query_parameter")
def _query(run: Interpreter, args: Args) -> Value:
    key = _first(args)
    if isinstance(key, Const) and isinstance(key.value, str):
        state, name = state_of(run), key.value.removeprefix("%")
        name, _, parameter = name.rpartition("/")[2].rpartition(".")
        binding = state["bindings"].get((name, parameter)) if name else state["macros"].get(parameter)
        if binding is not None:
            return _worth(run, binding.value, binding.location)
    return Unknown("a parameter of gin's")


@LIBRARY.function("gin.unlock_config", "gin.config_scope")
def _context(run: Interpreter, args: Args) -> Value:
    return _Nothing()


LIBRARY.entries["gin.REQUIRED"] = Omitted()
LIBRARY.alias("gin.config", "gin")
LIBRARY.alias("gin.tf", "gin")
