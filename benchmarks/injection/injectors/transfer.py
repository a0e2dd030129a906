"""Files of weights that no network gets, weights that are drawn anew, and switches that freeze nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..mutation import Mutation, injects
from ..project import Project, PyFile, last_name
from ..syntax import method
from .parameters import constructors


def planted(project: Project, code: str, how: str, text: str) -> Iterator[Mutation]:
    """Lines before each optimizer, and at the end of the `__init__` of its network, often in another module.

    `NET` stands for the network whose parameters the optimizer takes.
    """
    for file, call, given in constructors(project):
        assert isinstance(given.func, ast.Attribute)
        optimizer = file.statement(call)
        network = file.source(given.func.value)
        around = file.span(file.scope(optimizer))
        yield Mutation(code, how, (file.insert_before(optimizer, text.replace("NET", network)),), (around,))
        for home, init in _built(project, file, network):
            edit = home.insert_after(init.body[-1], text.replace("NET", "self"))
            yield Mutation(code, f"{how}, in the network", (edit,), (around, home.span(init)))


def _built(project: Project, file: PyFile, network: str) -> Iterator[tuple[PyFile, ast.FunctionDef]]:
    """The `__init__` of the class of which the file makes the network."""
    made = {
        last_name(call.func)
        for node in file.nodes
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == [network]
        for call in ast.walk(node.value)
        if isinstance(call, ast.Call)
    }
    for home in project.python:
        for cls in home.classes():
            init = method(cls, "__init__")
            if cls.name in made and init is not None:
                yield home, init


@injects("TL902")
def half_frozen(project: Project) -> Iterator[Mutation]:
    """The first parameter is frozen, and handed over with the others."""
    yield from planted(
        project, "TL902", "a frozen parameter", "for first in list(NET.parameters())[:1]:\n    first.requires_grad_(False)"
    )  # fmt: skip


@injects("TL903")
def drawn_anew(project: Project) -> Iterator[Mutation]:
    """All weights are loaded, and then drawn."""
    text = (
        "import torch as weights\nNET.load_state_dict(weights.load('pretrained.pt'))\n"
        "for parameter in NET.parameters():\n    weights.nn.init.normal_(parameter, std=0.02)"
    )
    yield from planted(project, "TL903", "drawn anew after loading", text)


@injects("TL906")
def forgotten(project: Project) -> Iterator[Mutation]:
    """A file is read, and nothing is done with it."""
    text = "import torch as weights\npretrained_state = weights.load('pretrained.pt')"
    yield from planted(project, "TL906", "read and forgotten", text)


@injects("TL906")
def copy_updated(project: Project) -> Iterator[Mutation]:
    """What was read is put into a copy of the weights."""
    text = "import torch as weights\nown_state = NET.state_dict()\nown_state.update(weights.load('pretrained.pt'))"
    yield from planted(project, "TL906", "the copy is updated", text)


@injects("TL907")
def misspelt(project: Project) -> Iterator[Mutation]:
    """A letter is missing."""
    text = "for parameter in NET.parameters():\n    parameter.require_grad = False"
    yield from planted(project, "TL907", "require_grad", text)


@injects("TL907")
def on_the_module(project: Project) -> Iterator[Mutation]:
    """The switch is set on the network."""
    yield from planted(project, "TL907", "requires_grad of a module", "NET.requires_grad = False")
