"""What a file binds, defines and imports, in one look at its tree."""

from __future__ import annotations

import ast
from typing import NamedTuple

from trainlint.source.walk import walk


class Survey(NamedTuple):
    """names: every name that the file assigns anywhere: such a name is the file's own, even where unset.
    packages: top-level names of what it imports by full name. imports: module, level and names of each import.
    assigned_in_functions: global names that functions declare as such."""

    names: frozenset[str]
    packages: frozenset[str]
    imports: tuple[tuple[str, int, tuple[str, ...]], ...]
    assigned_in_functions: frozenset[str]


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


_BINDING = frozenset({*_DEFINITIONS, ast.Import, ast.ImportFrom, ast.Global})


def survey(tree: ast.AST | None) -> Survey:
    """What a whole file binds, defines and imports, in one pass."""
    names: set[str] = set()
    packages: set[str] = set()
    assigned: set[str] = set()
    imports: list[tuple[str, int, tuple[str, ...]]] = []
    for node in walk(tree) if tree is not None else ():
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is ast.Store:  # type: ignore[attr-defined]
                names.add(node.id)  # type: ignore[attr-defined]
        elif kind not in _BINDING:
            continue
        elif isinstance(node, ast.Global):
            assigned.update(node.names)
        elif isinstance(node, _DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Import):
            packages.update(alias.name.split(".")[0] for alias in node.names)
            imports += [(alias.name, 0, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append((node.module or "", node.level, tuple(alias.name for alias in node.names)))
            if node.module and not node.level:
                packages.add(node.module.split(".")[0])
    return Survey(frozenset(names), frozenset(packages), tuple(imports), frozenset(assigned))
