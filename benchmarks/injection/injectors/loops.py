"""Faults in the training loop: missing, swapped and misplaced calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, last_name
from ..syntax import Site, method_sites, near_loop, optimizer_steps, receiver


def accumulates(site: Site) -> bool:
    """Is the step taken only for some batches?"""
    test = site.file.up(site.stmt, ast.If)
    return isinstance(test, ast.If) and any(isinstance(n, ast.Mod) for n in ast.walk(test.test))


def single(project: Project) -> tuple[Site, Site] | None:
    """backward() and step() of a program that has one of each in one block."""
    backwards, steps = method_sites(project, "backward"), optimizer_steps(project)
    if (
        len(backwards) == len(steps) == 1
        and steps[0].block is not None
        and backwards[0].stmt in steps[0].block
    ):
        return backwards[0], steps[0]
    return None


def _move(file: PyFile, stmt: ast.stmt, edit: Edit) -> tuple[Edit, Edit]:
    return file.delete(stmt), edit


@injects("TL001")
def drop_zero_grad(project: Project) -> Iterator[Mutation]:
    """Every zero_grad() of an optimizer that steps once per backward() goes."""
    clears, steps = method_sites(project, "zero_grad"), optimizer_steps(project)
    if clears and steps and len({receiver(c.call) for c in clears}) == 1 and not any(map(accumulates, steps)):
        edits = tuple(c.file.delete(c.stmt) for c in clears)
        yield Mutation("TL001", "zero_grad() deleted", edits, near_loop(project, steps[0]))
    elif len(clears) > 1 and len(steps) == len(clears):
        yield Mutation("TL001", "one zero_grad() deleted", (clears[0].file.delete(clears[0].stmt),))


@injects("TL002")
def drop_step(project: Project) -> Iterator[Mutation]:
    steps = [s for s in optimizer_steps(project) if not s.call.args or receiver(s.call) == "scaler"]
    if len(steps) == 1:
        near = near_loop(project, steps[0])
        yield Mutation("TL002", "step() deleted", (steps[0].file.delete(steps[0].stmt),), near)


@injects("TL003")
def drop_backward(project: Project) -> Iterator[Mutation]:
    backwards, steps = method_sites(project, "backward"), optimizer_steps(project)
    if len(backwards) == 1 and steps and not steps[0].call.args:
        site = backwards[0]
        yield Mutation(
            "TL003", "backward() deleted", (site.file.delete(site.stmt),), near_loop(project, site)
        )


@injects("TL004")
def step_first(project: Project) -> Iterator[Mutation]:
    if (pair := single(project)) and not pair[1].call.args:
        backward, step = pair
        moved = step.file.insert_before(backward.stmt, step.file.source(step.stmt))
        edits = _move(step.file, step.stmt, moved)
        yield Mutation("TL004", "step() moved before backward()", edits, near_loop(project, step))


@injects("TL005")
def clear_late(project: Project) -> Iterator[Mutation]:
    clears = method_sites(project, "zero_grad")
    if (pair := single(project)) and len(clears) == 1 and clears[0].stmt in pair[0].block:
        step = pair[1]
        moved = step.file.insert_before(step.stmt, step.file.source(clears[0].stmt))
        edits = _move(step.file, clears[0].stmt, moved)
        yield Mutation("TL005", "zero_grad() moved before step()", edits, near_loop(project, step))


@injects("TL010")
def keep_graph(project: Project) -> Iterator[Mutation]:
    """`total += loss.item()` loses its item() where the batch is trained on."""
    for site in method_sites(project, "backward"):
        for call in site.file.calls("item", "float"):
            total = site.file.statement(call)
            if site.file.scope(total) is not site.scope or not _is_total(total) or not _of_loss(site, call):
                continue
            near = near_loop(project, Site(site.file, total, call))
            yield Mutation(
                "TL010", "item() deleted from the running total", (_without_item(site.file, call),), near
            )
            return
    yield from _returned_loss(project)


def _without_item(file: PyFile, call: ast.Call) -> Edit:
    plain = call.func.value if isinstance(call.func, ast.Attribute) else call.args[0]
    while isinstance(plain, ast.Call) and receiver(plain) and isinstance(plain.func, ast.Attribute):
        plain = plain.func.value
    return file.replace(call, file.source(plain))


def _returned_loss(project: Project) -> Iterator[Mutation]:
    """`return loss.item()` of a training step whose callers add it up."""
    for site in method_sites(project, "backward"):
        name = getattr(site.scope, "name", "")
        summed = any(
            _is_total(f.statement(c)) for f in project.python for c in f.calls() if last_name(c.func) == name
        )
        for call in site.file.calls("item"):
            stmt = site.file.statement(call)
            if (
                summed
                and isinstance(stmt, ast.Return)
                and stmt.value is call
                and site.file.scope(stmt) is site.scope
            ):
                near = near_loop(project, site)
                edit = _without_item(site.file, call)
                yield Mutation("TL010", "item() deleted from what the step returns", (edit,), near)
                return


def _is_total(stmt: ast.stmt) -> bool:
    if isinstance(stmt, ast.AugAssign):
        return isinstance(stmt.op, ast.Add)
    if (
        isinstance(stmt, ast.Assign)
        and isinstance(stmt.value, ast.BinOp)
        and isinstance(stmt.value.op, ast.Add)
    ):
        return ast.dump(stmt.targets[0]).replace("Store", "Load") in ast.dump(stmt.value)
    return False


def _of_loss(site: Site, call: ast.Call) -> bool:
    """Is the item() taken of what backward() is called on, in the same or an enclosing block?"""
    loss = {n.id for n in ast.walk(site.call) if isinstance(n, ast.Name)}
    taken = {n.id for n in ast.walk(call) if isinstance(n, ast.Name)}
    evaluation = site.file.up(call, ast.With)
    inside = evaluation is None or site.stmt in list(ast.walk(evaluation))
    copied = site.file.up(call, ast.Call) is not None
    return bool(loss & taken) and inside and not copied
