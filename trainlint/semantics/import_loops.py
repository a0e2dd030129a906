"""Packages that import all their files: by a loop over what a folder holds, or by a star over a list made of it.

Read without running: whether a package must run for that is asked before it does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.semantics.keeping import definition

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_IMPORTING = ("import_module", "__import__", "load_module", "exec_module", "exec")
_LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEEPEST = 3
"""Imports that a helper's name is followed through."""


def imports_its_files(run: Interpreter, path: Path, tree: ast.Module) -> bool:
    """Whether a module's top level imports modules by names that it works out one after the other, itself or through a helper
    of the program, or stars its own package."""
    package = path.name == "__init__.py"
    for node in _top_level(tree):
        if package and isinstance(node, ast.ImportFrom) and _stars_itself(node):
            return True
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if _imports_in_loop(node) or any(_helps(run, path, call) for call in _statement_calls(node)):
            return True
    return False


def _stars_itself(node: ast.ImportFrom) -> bool:
    """`from . import *`"""
    return node.level == 1 and node.module is None and node.names[0].name == "*"


def _top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported, those in the arms of conditions too."""
    pending = list(tree.body)
    while pending:
        node = pending.pop(0)
        yield node
        if isinstance(node, ast.If | ast.Try):
            pending += node.body


def _imports_in_loop(node: ast.AST) -> bool:
    loops = (part for part in ast.walk(node) if isinstance(part, _LOOPS))
    return any(_imports(part) for loop in loops for part in ast.walk(loop))


def _imports(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return name in _IMPORTING


def _statement_calls(node: ast.stmt) -> Iterator[ast.Call]:
    """The call that a statement is, or that it assigns."""
    value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    if isinstance(value, ast.Call):
        yield value


def _helps(run: Interpreter, path: Path, call: ast.Call) -> bool:
    """Whether a function of the program that is called imports in a loop: `import_all(__path__)`."""
    found = definition(run, path, call.func, _DEEPEST)
    return found is not None and not isinstance(found[1], ast.ClassDef) and _imports_in_loop(found[1])
