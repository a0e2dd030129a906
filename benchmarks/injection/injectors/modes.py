"""Evaluation and training modes, graphs that evaluation builds, and scalers that are never updated."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, last_name
from ..syntax import BATCH_NORMS, Site, method_sites, near_loop

MOODY = (*BATCH_NORMS, "Dropout", "Dropout1d", "Dropout2d", "dropout", "TransformerEncoderLayer")
NO_GRAPH = {"no_grad", "inference_mode"}


def switches(project: Project, name: str, value: bool) -> list[Site]:
    """Statements `model.eval()` and `model.train()`, or `model.train(False)` and `model.train(True)`."""
    plain = [s for s in method_sites(project, name) if not s.call.args and not s.call.keywords]
    given = [
        s for s in method_sites(project, "train") if [ast.unparse(a) for a in s.call.args] == [str(value)]
    ]
    return [*plain, *given]


@injects("TL006")
def drop_eval(project: Project) -> Iterator[Mutation]:
    """Every eval() of a program whose layers care goes."""
    sites = switches(project, "eval", False)
    if sites and project.mentions(*MOODY):
        edits = tuple(s.file.delete(s.stmt) for s in sites)
        near = tuple(span for s in sites for span in near_loop(project, s))
        yield Mutation("TL006", "eval() deleted", edits, near)


@injects("TL007")
def drop_train(project: Project) -> Iterator[Mutation]:
    """Every train() goes, while eval() stays."""
    sites = [
        s for s in switches(project, "train", True) if s.file.up(s.stmt, ast.ClassDef) is None or s.call.func
    ]
    if sites and switches(project, "eval", False) and project.mentions(*MOODY):
        edits = tuple(s.file.delete(s.stmt) for s in sites)
        near = tuple(span for s in sites for span in near_loop(project, s))
        near += tuple(span for s in method_sites(project, "backward") for span in near_loop(project, s))
        yield Mutation("TL007", "train() deleted", edits, near)


@injects("TL008")
def record_evaluation(project: Project) -> Iterator[Mutation]:
    """no_grad goes: as a decorator with its line, as a block for one that does nothing."""
    edits = [e for f in project.python for e in _recording(f)]
    if edits and not project.mentions("requires_grad_", "set_grad_enabled"):
        yield Mutation("TL008", "no_grad deleted", tuple(edits))


def _recording(file: PyFile) -> Iterator[Edit]:
    for node in file.nodes:
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if last_name(called) in NO_GRAPH:
                    start, end = file.range(decorator)
                    yield Edit(file.path, start, end, "(lambda function: function)")
        if isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and last_name(call.func) in NO_GRAPH:
                    yield file.replace(call, "__import__('contextlib').nullcontext()")


@injects("TL017")
def drop_update(project: Project) -> Iterator[Mutation]:
    """scaler.update() goes, or scaler.step(optimizer) becomes optimizer.step()."""
    updates = [s for s in method_sites(project, "update") if "scaler" in ast.unparse(s.call.func)]
    steps = [s for s in method_sites(project, "step") if "scaler" in ast.unparse(s.call.func) and s.call.args]
    if len(updates) == 1 == len(steps):
        near = near_loop(project, steps[0])
        yield Mutation("TL017", "update() deleted", (updates[0].file.delete(updates[0].stmt),), near)
    if len(steps) == 1 and not project.mentions("unscale_"):
        call = steps[0].call
        plain = steps[0].file.replace(call, f"{steps[0].file.source(call.args[0])}.step()")
        yield Mutation("TL017", "the optimizer steps itself", (plain,), near_loop(project, steps[0]))
