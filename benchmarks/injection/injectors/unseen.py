"""Work that is handed to a package whose code is not there: what cannot be seen must not be called missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..lookup import OPTIMIZERS, rates
from ..mutation import HEALTHY, Mutation, injects
from ..project import Edit, Project, PyFile, last_name
from ..syntax import RECURRENT, method_sites, optimizer_steps
from .clipping import clip_sites
from .data import by_hand, sklearn_calls
from .finetuning import is_finetuned
from .initialisation import first_import, he_statements
from .rates import WARN_FROM, bound

PACKAGE = "labtools"


def _imported(edits: list[Edit], project: Project) -> tuple[Edit, ...]:
    """The edits and the import that they need."""
    files = [project.file(path) for path in sorted({e.path for e in edits if f"{PACKAGE}." in e.text})]
    return (*edits, *(f.insert_before(first_import(f), f"import {PACKAGE}") for f in files))


def _delegated(project: Project, method: str, function: str) -> tuple[Edit, ...]:
    sites = optimizer_steps(project) if method == "step" else method_sites(project, method)
    edits = []
    for site in sites:
        if not isinstance(site.call.func, ast.Attribute) or site.call.args:
            return ()
        subject = site.file.source(site.call.func.value)
        edits.append(site.file.replace(site.call, f"{PACKAGE}.{function}({subject})"))
    return _imported(edits, project) if edits else ()


@injects(HEALTHY)
def unseen_steps(project: Project) -> Iterator[Mutation]:
    for method, function in (("zero_grad", "clear"), ("step", "update"), ("backward", "backpropagate")):
        if edits := _delegated(project, method, function):
            yield Mutation(HEALTHY, f"{method}() in an unseen package", edits)


@injects(HEALTHY)
def unseen_wrapper(project: Project) -> Iterator[Mutation]:
    """The optimizer is wrapped by something that may clear gradients and clip by itself."""
    clears = [c.file.delete(c.stmt) for c in method_sites(project, "zero_grad")]
    if len([c for f in project.python for c in f.calls(*OPTIMIZERS)]) > 1:
        return
    for file in project.python:
        for call in file.calls(*OPTIMIZERS):
            stmt = file.statement(call)
            if isinstance(stmt, ast.Assign) and stmt.value is call and clears:
                edits = [file.replace(call, f"{PACKAGE}.wrap({file.source(call)})"), *clears]
                yield Mutation(HEALTHY, "optimizer in an unseen wrapper", _imported(edits, project))


@injects(HEALTHY)
def unseen_clipping(project: Project) -> Iterator[Mutation]:
    if project.mentions(*RECURRENT) or not clip_sites(project) or is_finetuned(project):
        return  # published weights bear no rate from scratch, clipped or not
    for rate in rates(project)[:1]:
        edits = [rate.number.set(f"{2 * bound(WARN_FROM, rate):.3f}")]
        for site in clip_sites(project):
            edits.append(site.file.replace(site.call.func, f"{PACKAGE}.limit_gradients"))
        yield Mutation(HEALTHY, "clipping in an unseen package", _imported(edits, project))


@injects(HEALTHY)
def unseen_init(project: Project) -> Iterator[Mutation]:
    edits = []
    for file, stmt in he_statements(project):
        call = stmt.value
        assert isinstance(call, ast.Call)
        hand_made = isinstance(call.func, ast.Attribute) and last_name(call.func) == "normal_"
        tensor = file.source(call.func.value if hand_made else call.args[0])  # type: ignore[attr-defined]
        edits.append(file.replace(call, f"{PACKAGE}.draw_weights({tensor})"))
    if edits:
        yield Mutation(HEALTHY, "initialisation in an unseen package", _imported(edits, project))


@injects(HEALTHY)
def unseen_scaling(project: Project) -> Iterator[Mutation]:
    edits = [edit for file in project.python for edit in _prepared(file)]
    if edits:
        yield Mutation(HEALTHY, "scaling in an unseen package", _imported(edits, project))


def _prepared(file: PyFile) -> Iterator[Edit]:
    for _, edit in (*sklearn_calls(file), *by_hand(file)):
        if edit.text:
            yield Edit(edit.path, edit.start, edit.end, f"{PACKAGE}.prepare({edit.text})")
