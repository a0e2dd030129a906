"""Python that a program runs from a file or a text: exec, runpy, and modules that are loaded by their paths."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.files import LIBRARY as BUILTINS
from trainlint.configs.files import FileText
from trainlint.configs.modules import LIBRARY as IMPORTLIB
from trainlint.configs.paths import path_text
from trainlint.semantics import imports
from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.installed import is_installed
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.live_dicts import GlobalsDict
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.outside import Native
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.statements import execute_block
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource, parse_python

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

RUNPY = TableLibrary("runpy")
LIBRARIES = [RUNPY]
_NONE = Const(None)
_ACTIVE = "configs.executed"


def source_of(run: Interpreter, code: Value) -> PythonSource | None:
    """The parsed Python behind the text of a file, a literal text, or a compiled one; None where it is not known."""
    if isinstance(code, Compiled):
        return code.source
    if isinstance(code, FileText):
        return source_at(run, code.path)
    if isinstance(code, Const) and isinstance(code.value, str):
        source = parse_python(Path("text"), "text", code.value)
        for node in ast.walk(source.tree) if source.tree is not None else ():
            node._trainlint_location = run.here  # type: ignore[attr-defined]  # it has no lines of its own
        return source
    return None


def source_at(run: Interpreter, path: Value | None) -> PythonSource | None:
    """The parsed Python file at a path that code gives."""
    text = path_text(path) if path is not None else None
    found = run.find_file(text) if text is not None else None
    try:
        return run.project.sources.get(found) if found is not None else None
    except Unreadable:
        return None


def execute(
    run: Interpreter, source: PythonSource, names: dict[str, Value], like: ModuleValue | None = None
) -> bool:
    """Run a file's statements over these names. like: the module that they belong to. False if it is running already."""
    active: tuple[str, ...] = run.memo.get(_ACTIVE, ())
    if source.tree is None or (source.display in active and source.display != "text") or len(active) > 8:
        return False
    module = ModuleValue(like.dotted if like is not None else source.path.stem, source)
    module.namespace = names
    if like is not None:
        module.state = like.state
    if source.display != "text":
        run.program.files.add(source.display)
    run.impure += 1
    run.memo[_ACTIVE] = (*active, source.display)
    run.push(Frame(module, Scope("module", None, names)), None)
    try:
        execute_block(run, source.tree.body)
    finally:
        run.pop()
        run.memo[_ACTIVE] = active
    return True


class Compiled(Value):
    """What compile() returns."""

    __slots__ = ("source",)

    def __init__(self, source: PythonSource) -> None:
        super().__init__()
        self.source = source


@BUILTINS.function("builtins.compile")
def _compile(run: Interpreter, args: Args) -> Value:
    source = source_of(run, args.positional[0]) if args.positional else None
    return Compiled(source) if source is not None else Unknown("compile()")


@BUILTINS.function("builtins.exec")
def _exec(run: Interpreter, args: Args) -> Value:
    """`exec(code, globals, locals)`"""
    bound = args.bind("source", "globals", "locals")
    source = source_of(run, bound.get("source", _NONE))
    if source is None or source.tree is None:
        run.escape_args(args, "exec")
        run.gap("exec", "code that is made at run time is not followed")
        return _NONE
    target = bound.get("locals", bound.get("globals", _NONE))
    names = as_dict(target)
    if isinstance(target, GlobalsDict) or names is None:
        frame = run.frame
        execute(run, source, frame.scope.vars, frame.module)
        return _NONE
    given = as_dict(bound.get("globals", _NONE))
    variables = {**(given.strings() if given is not None else {}), **names.strings()}
    before = dict(variables)
    execute(run, source, variables)
    for name, value in variables.items():
        if before.get(name) is not value:
            names.set_item(run, Const(name), value)
    return _NONE


def public_names(run: Interpreter, names: dict[str, Value]) -> dict[str, Value]:
    """What a module's names hold, special ones left out."""
    return {name: value for name, value in names.items() if not name.startswith("__")}


@RUNPY.function("runpy.run_path")
def _run_path(run: Interpreter, args: Args) -> Value:
    bound = args.bind("path_name", "init_globals", "run_name")
    source = source_at(run, bound.get("path_name"))
    given = as_dict(bound.get("init_globals", _NONE))
    names = dict(given.strings()) if given is not None else {}
    if source is None or not execute(run, source, names):
        return Unknown("the names of a file that was run")
    return DictValue.of(public_names(run, names))


# -- modules by path


def module_at_path(run: Interpreter, path: Value | None, name: str = "config") -> Value:
    """The module of a Python file, by its path."""
    source = source_at(run, path)
    return (
        run.module_at(source.path, name)
        if source is not None
        else Unknown("a module whose file is not known")
    )


class Spec(Value):
    """importlib's description of a module, and its loader."""

    __slots__ = ("module",)

    def __init__(self, module: Value) -> None:
        super().__init__()
        self.module = module

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "loader":
            return self
        if name == "load_module":
            return Native(name, lambda r, args: _loaded(r, self.module))
        if name == "exec_module":
            return Native(name, _ensure)
        return Unknown(f"spec.{name}")


def _ensure(run: Interpreter, args: Args) -> Value:
    for module in args.positional[:1]:
        _loaded(run, module)
    return _NONE


def _loaded(run: Interpreter, module: Value) -> Value:
    """The same module, after it ran."""
    if isinstance(module, ModuleValue):
        imports.ensure(run, module)
    return module


@IMPORTLIB.function("importlib.util.spec_from_file_location", "importlib.machinery.SourceFileLoader")
def _spec(run: Interpreter, args: Args) -> Value:
    bound = args.bind("name", "location")
    path = bound.get("location", args.keywords.get("path"))
    return Spec(module_at_path(run, path))


@IMPORTLIB.function("importlib.util.find_spec")
def _find_spec(run: Interpreter, args: Args) -> Value:
    """A module of the project, or None where its package has none of that name; what is installed is known of packages
    that the program imports in any case."""
    name = args.bind("name", "package").get("name")
    if not isinstance(name, Const) or not isinstance(name.value, str) or name.value.startswith("."):
        return Unknown("whether a module is installed")
    importer = run.frame.module.source.path
    path = run.project.find_module(name.value, 0, importer)
    if path is not None:
        return Spec(run.module_at(path, name.value))
    package = name.value.rpartition(".")[0]
    if is_installed(run, name.value):
        return Spec(Unknown(f"the installed module {name.value}"))
    ours = package and run.project.find_module(package, 0, importer) is not None
    return Const(None) if ours else Unknown("whether a module is installed")


@IMPORTLIB.function("importlib.util.module_from_spec", "importlib.util.spec_from_loader")
def _from_spec(run: Interpreter, args: Args) -> Value:
    for value in args.positional:
        if isinstance(value, Spec):
            return value.module
    return Unknown("a module whose file is not known")
