"""Optimizers that hold other parameters than the loss trains, and layers that no optimizer sees."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..mutation import Mutation, injects
from ..project import Project, PyFile, last_name
from ..syntax import WEIGHTED, near_loop, optimizer_steps

OPTIMIZERS = {"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "RAdam", "LBFGS"}


def constructors(project: Project) -> Iterator[tuple[PyFile, ast.Call, ast.Call]]:
    """Optimizers made of `model.parameters()`, with that call."""
    for file in project.python:
        for call in file.calls(*OPTIMIZERS):
            match call.args[:1]:
                case [ast.Call(func=ast.Attribute(value=ast.Name(), attr="parameters"), args=[]) as given]:
                    yield file, call, given


@injects("TL013")
def parameters_of_a_copy(project: Project) -> Iterator[Mutation]:
    """The optimizer gets the parameters of a copy of the network."""
    if len(optimizer_steps(project)) != 1:
        return
    for file, call, given in constructors(project):
        assert isinstance(given.func, ast.Attribute)
        owner = file.source(given.func.value)
        edit = file.replace(given, f"copied.deepcopy({owner}).parameters()")
        imported = file.insert_before(file.statement(call), "import copy as copied")
        yield Mutation("TL013", "parameters of a copy", (imported, edit), (file.span(file.statement(call)),))


@injects("TL014")
def made_again(project: Project) -> Iterator[Mutation]:
    """The network is made again behind its optimizer."""
    if len(optimizer_steps(project)) != 1:
        return
    for file, call, given in constructors(project):
        assert isinstance(given.func, ast.Attribute)
        name = file.source(given.func.value)
        optimizer = file.statement(call)
        scope = file.scope(optimizer)
        made = [
            n
            for n in file.nodes
            if isinstance(n, ast.Assign)
            and file.scope(n) is scope
            and n.lineno < optimizer.lineno
            and [ast.unparse(t) for t in n.targets] == [name]
            and isinstance(n.value, ast.Call)
        ]
        if len(made) == 1 and not project.mentions("load_state_dict"):
            again = file.insert_after(optimizer, file.source(made[0]))
            spans = (file.span(optimizer), file.span(scope), *near_loop(project, optimizer_steps(project)[0]))
            spans += tuple(f.span(c) for f in project.python for c in f.classes())
            spans += tuple(
                f.span(n) for f in project.python for n in f.nodes if isinstance(n, ast.FunctionDef)
            )
            yield Mutation("TL014", "the network is made again", (again,), spans)


@injects("TL012")
def plain_list(project: Project) -> Iterator[Mutation]:
    """A ModuleList becomes a list, where it holds layers with weights."""
    for file in project.python:
        for call in file.calls("ModuleList"):
            stmt = file.statement(call)
            kept = isinstance(stmt, ast.Assign) and stmt.value is call and len(call.args) == 1
            held = {last_name(c.func) for c in ast.walk(call) if isinstance(c, ast.Call)}
            local = {c.name for f in project.python for c in f.classes()}
            if kept and held & (set(WEIGHTED) | local):
                given = file.source(call.args[0])
                text = given if given.startswith("[") else f"[*({given})]"
                cls = file.up(call, ast.ClassDef)
                yield Mutation(
                    "TL012", "a list for the ModuleList", (file.replace(call, text),), (file.span(cls),)
                )
