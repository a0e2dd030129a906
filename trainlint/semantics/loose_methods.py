"""Methods that were pasted without their class: `def forward(self, x): ...` at the top of a file.

They become a class again, of the name that `super(Name, self)` says, and of the base that a library knows by their names
(`training_step`, `configure_optimizers`). Their places stay what they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainlint.semantics.definitions import ModuleValue
    from trainlint.semantics.interpreter import Interpreter

NAMELESS = "self"
"""What their class is called where no `super()` says it."""
_BASE = "<base of loose methods>"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def gather(run: Interpreter, module: ModuleValue) -> None:
    """Put neighbouring methods at the top level of a module into a class, if a library says which base it has."""
    tree = module.source.tree
    if tree is None or getattr(tree, "_trainlint_gathered", False):
        _bind(run, module)
        return
    tree._trainlint_gathered = True
    for group in list(_groups(tree.body)):
        names = frozenset(method.name for method in group)
        base = next((b for library in run.libraries if (b := _base_by(library, names))), None)
        name = _named(group)
        taken = any(isinstance(node, ast.ClassDef) and node.name == name for node in tree.body)
        if base is None or taken:
            continue
        made = ast.ClassDef(name, [ast.Name(_BASE, ast.Load())], [], list(group), [])
        if hasattr(ast, "TypeAlias"):
            made.type_params = []  # type: ignore[attr-defined]
        ast.copy_location(made, group[0])
        made.end_lineno, made.end_col_offset = group[-1].end_lineno, group[-1].end_col_offset
        ast.copy_location(made.bases[0], made)
        at = tree.body.index(group[0])
        tree.body[at : at + len(group)] = [made]
        tree._trainlint_base = base
        break
    _bind(run, module)


def _bind(run: Interpreter, module: ModuleValue) -> None:
    base = getattr(module.source.tree, "_trainlint_base", None)
    if base is not None:
        run.write(module.namespace, _BASE, run.library_name(base))


def _base_by(library: object, names: frozenset[str]) -> str | None:
    asked = getattr(library, "base_of", None)
    found: str | None = asked(names) if asked is not None else None
    return found


def _groups(body: list[ast.stmt]) -> Iterator[list[Function]]:
    group: list[Function] = []
    for node in [*body, ast.Pass()]:
        if isinstance(node, Function) and [a.arg for a in node.args.args[:1]] == ["self"]:
            group.append(node)
        elif group:
            yield group
            group = []


def _named(group: list[Function]) -> str:
    for part in (inner for method in group for inner in ast.walk(method)):
        called = part.func if isinstance(part, ast.Call) and part.args else None
        if isinstance(called, ast.Name) and called.id == "super":
            first = part.args[0]  # type: ignore[attr-defined]
            if isinstance(first, ast.Name):
                return first.id
    return NAMELESS
