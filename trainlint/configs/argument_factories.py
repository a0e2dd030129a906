"""Parsers that a function of the file makes for its `main(args)`: another file joins the two (`mod.main(parser().parse_args())`)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.library import COMMAND_LINE, Symbol
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Value
from trainlint.source.walk import walk

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_ANNOTATIONS = frozenset({"argparse.Namespace", "Namespace"})
UNKNOWN_SHARE = 3
"""One attribute of so many may be one that code adds to the namespace."""


def options_for(run: Interpreter, symbol: Symbol) -> Value | None:
    """The options of the one function of the module that makes a parser, if they are those that a parameter is asked for."""
    if not symbol.parameter or not symbol.attributes or symbol.called or symbol.subscripted:
        return None
    if symbol.annotation is not None and symbol.annotation not in _ANNOTATIONS:
        return None
    module = run.frame.module
    key = f"{COMMAND_LINE} of {module.dotted} {id(module)}"
    if key not in run.memo:
        run.memo[key] = None  # while the factory runs, its own parameters are no namespace
        run.memo[key] = _made(run)
    made: Instance | None = run.memo[key]
    if made is None or len(symbol.attributes - made.attrs.keys()) * UNKNOWN_SHARE > len(symbol.attributes):
        return None
    run.memo.setdefault(COMMAND_LINE, set()).add(id(made))
    return made


def _made(run: Interpreter) -> Instance | None:
    found = [v for v in run.frame.module.namespace.values() if _makes_parser(run, v)]
    if len(found) != 1:
        return None
    made = run.call(found[0], Args())
    if not isinstance(made, Instance):
        return None
    if made.is_a("argparse.Namespace"):
        return made
    parsed = run.call_method(made, "parse_args") if made.is_a("argparse.ArgumentParser") else None
    return parsed if isinstance(parsed, Instance) else None


def _makes_parser(run: Interpreter, value: Value) -> bool:
    """A function of the module that needs nothing, makes a parser and returns something."""
    if not isinstance(value, FunctionValue) or value.module is not run.frame.module:
        return False
    node = value.node
    if not isinstance(node, ast.FunctionDef):
        return False
    needed = [
        a
        for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if a.arg not in value.defaults
    ]
    if needed:
        return False
    parts = list(walk(node))
    makes = any(
        (isinstance(p, ast.Attribute) and p.attr == "ArgumentParser")
        or (isinstance(p, ast.Name) and p.id == "ArgumentParser")
        for p in parts
    )
    return makes and any(isinstance(p, ast.Return) and p.value is not None for p in parts)
