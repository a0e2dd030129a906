"""Sigmoid where a rectifier activates a hidden layer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..configs import scalars
from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, last_name

MODULES = {"ReLU", "GELU", "SiLU"}
FUNCTIONS = {"relu", "gelu", "silu"}


@injects("TL601")
def sigmoid_hidden(project: Project) -> Iterator[Mutation]:
    """Every rectifier of a file becomes a sigmoid, or the config names it."""
    for file in project.python:
        edits = tuple(replacements(file))
        if edits:
            near = tuple(file.span(c) for c in file.classes()) or (file.span(file.tree),)
            near += tuple(file.span(n) for n in file.nodes if isinstance(n, ast.FunctionDef))
            yield Mutation("TL601", "sigmoid for the rectifier", edits, (*near, file.span(file.tree)))
            break
    for scalar in scalars(project):
        name = scalar.raw.strip("\"'")
        if name in {"relu", "ReLU", "LeakyReLU"}:
            edit = scalar.set(scalar.raw.replace(name, "sigmoid" if name.islower() else "Sigmoid"))
            yield Mutation("TL601", "sigmoid in the config", (edit,))


def replacements(file: PyFile) -> Iterator[Edit]:
    names = set()
    for call in file.calls(*MODULES):
        function = file.source(call.func)
        names.add(last_name(call.func))
        yield file.replace(call, function.removesuffix(last_name(call.func)) + "Sigmoid()")
    for call in file.calls(*FUNCTIONS):
        attribute = call.func
        if isinstance(attribute, ast.Attribute) and _is_operation(attribute, call):
            yield file.replace(attribute, file.source(attribute.value) + ".sigmoid")
    for node in file.nodes:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in names:
                    yield file.replace(alias, "Sigmoid")


def _is_operation(function: ast.Attribute, call: ast.Call) -> bool:
    """`F.relu(x)`, `torch.relu(x)` and `x.relu()`, but not a layer kept as `self.relu`."""
    of_self = isinstance(function.value, ast.Name) and function.value.id == "self"
    return not of_self or not call.args
