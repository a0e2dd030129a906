"""Which outside packages a program surely finds: those that its modules import whatever happens."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def is_installed(run: Interpreter, name: str) -> bool | None:
    """Whether there is a module of this dotted name: yes if a module that runs imports it outside of `try` and `if`, for
    without it the program ends there; else not known (None)."""
    run.impure += 1  # it depends on what was imported before
    for module in (*run.modules.values(), *run.project.modules.values()):
        tree = module.source.tree
        begun = module is run.frame.module or module.state.get("started")
        if tree is not None and (begun or module.source.path in run.modules) and name in _needed(tree):
            return True
    return None


def _needed(tree: ast.Module) -> frozenset[str]:
    """The modules, and the packages that they are in, that a module's own statements import."""
    known: frozenset[str] | None = getattr(tree, "_trainlint_needed", None)
    if known is None:
        names: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
                names.add(node.module)
        parts = [name.split(".") for name in names]
        known = frozenset(".".join(p[:n]) for p in parts for n in range(1, len(p) + 1))
        tree._trainlint_needed = known  # type: ignore[attr-defined]
    return known
