"""What files are scripts, and the functions by which installed commands enter others."""

from __future__ import annotations

import ast

from trainlint.semantics.definitions import FunctionValue
from trainlint.source.python import PythonSource


def is_script(source: PythonSource) -> bool:
    """Whether a file does something when it is run: a main guard, or calls and loops at its top level."""
    if source.tree is None:
        return False
    for node in source.tree.body:
        if isinstance(node, ast.If) and any(
            isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
        ):
            return True
        if isinstance(node, (ast.For, ast.While, ast.With)):
            return True
    return source.cells is not None


MOST_COMMANDS = 8
"""Commands of one file that are each run in full."""
ENTRIES = ("main", "cli", "cli_main")
"""Functions that installed commands call, by convention."""


def takes_no_arguments(function: FunctionValue) -> bool:
    """Whether a call without arguments is one."""
    arguments = function.node.args
    parameters = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return all(argument.arg in function.defaults for argument in parameters)
