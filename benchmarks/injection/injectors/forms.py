"""The same faults in other words: calls without parentheses, other layers, other initialisers, other bands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..lookup import batch_sizes
from ..mutation import Mutation, injects
from ..project import Edit, Project, imported_names
from ..syntax import BATCH_NORMS, RECURRENT, method_sites, near_loop, optimizer_steps
from .activations import replacements
from .batchnorm import dropouts
from .initialisation import HE, class_spans, he_statements, uses_normalisation
from .loops import accumulates, single
from .losses import SIGMOID, SOFTMAX, loss_calls


@injects("TL001", "TL002", "TL003")
def forgotten_parentheses(project: Project) -> Iterator[Mutation]:
    """`optimizer.step` names the method and calls nothing."""
    if not (pair := single(project)) or pair[1].call.args:
        return
    clears = method_sites(project, "zero_grad")
    sites = {"TL002": pair[1], "TL003": pair[0]} | ({"TL001": clears[0]} if len(clears) == 1 else {})
    for code, site in sites.items():
        if code == "TL003" and not isinstance(site.call.func, ast.Attribute):
            continue
        edit = site.file.replace(site.call, site.file.source(site.call.func))
        yield Mutation(code, "named but not called", (edit,), near_loop(project, pair[1]))


@injects("TL001")
def cleared_once_an_epoch(project: Project) -> Iterator[Mutation]:
    clears = method_sites(project, "zero_grad")
    if not (pair := single(project)) or len(clears) != 1 or accumulates(pair[1]):
        return
    clear = clears[0]
    loop = clear.file.parents[clear.stmt]
    if isinstance(loop, ast.For) and clear.stmt in pair[1].block:
        moved = clear.file.insert_before(loop, clear.file.source(clear.stmt))
        near = near_loop(project, pair[1])
        yield Mutation("TL001", "zero_grad() before the loop", (clear.file.delete(clear.stmt), moved), near)


@injects("TL010")
def kept_in_a_list(project: Project) -> Iterator[Mutation]:
    for site in method_sites(project, "backward"):
        for call in site.file.calls("item"):
            outer = site.file.parents[call]
            appended = isinstance(outer, ast.Call) and getattr(outer.func, "attr", "") == "append"
            if appended and site.file.scope(call) is site.scope and isinstance(call.func, ast.Attribute):
                edit = site.file.replace(call, site.file.source(call.func.value))
                yield Mutation("TL010", "losses kept in a list", (edit,), near_loop(project, site))


@injects("TL201", "TL202")
def other_squashing(project: Project) -> Iterator[Mutation]:
    for fault, text in ((SOFTMAX, "torch.log_softmax({}, 1)"), (SIGMOID, "torch.relu({})")):
        for file, call in loss_calls(project, fault)[:1]:
            if "torch" in imported_names(file):
                edit = file.replace(call.args[0], text.format(file.source(call.args[0])))
                how = text.split("(")[0] + " at the loss"
                yield Mutation(fault.code, how, (edit,), (file.span(file.scope(call)),))


@injects("TL601")
def one_sigmoid(project: Project) -> Iterator[Mutation]:
    """Only the first rectifier of the file."""
    for file in project.python:
        edits = [e for e in replacements(file) if e.text.endswith(("Sigmoid()", ".sigmoid"))]
        if len(edits) > 1 and not any(name in imported_names(file) for name in ("ReLU", "GELU")):
            yield Mutation("TL601", "one sigmoid among rectifiers", (edits[0],), (file.span(file.tree),))
            return


@injects("TL605", "TL606")
def other_constants(project: Project) -> Iterator[Mutation]:
    for code, call_text in (("TL605", "zeros_({})"), ("TL605", "ones_({})"), ("TL606", "uniform_({}, 0, 1)")):
        edits, spans = [], []
        for file, stmt in he_statements(project):
            call = stmt.value
            if (
                not isinstance(call, ast.Call)
                or not isinstance(call.func, ast.Attribute)
                or call.func.attr not in HE
            ):
                continue
            init = file.source(call.func.value)
            edits.append(file.replace(call, f"{init}.{call_text.format(file.source(call.args[0]))}"))
            spans.append(file.span(file.scope(stmt)))
        if edits and not (code == "TL606" and uses_normalisation(project)):
            yield Mutation(code, call_text.split("(")[0], tuple(edits), (*spans, *class_spans(project)))


@injects("TL803")
def dropout_by_channel(project: Project) -> Iterator[Mutation]:
    for file in project.python:
        for edit in dropouts(file):
            if "nn.Dropout(0.3)" in edit.text and "BatchNorm2d" in file.text:
                text = edit.text.replace("nn.Dropout(0.3)", "nn.Dropout2d(0.25)")
                moved = Edit(edit.path, edit.start, edit.end, text)
                yield Mutation(
                    "TL803", "dropout of channels before the norm", (moved,), (file.span(file.tree),)
                )
                return


@injects("TL804")
def single_samples(project: Project) -> Iterator[Mutation]:
    if project.mentions(*BATCH_NORMS) and not project.mentions("SyncBatchNorm", *RECURRENT):
        for number, loader in batch_sizes(project)[:1]:
            near = (number.span, loader, *(f.span(c) for f in project.python for c in f.calls(*BATCH_NORMS)))
            yield Mutation("TL804", "batches of four", (number.set("4"),), near)


@injects("TL004")
def step_in_the_middle(project: Project) -> Iterator[Mutation]:
    """The step comes right after zero_grad(), before the forward pass."""
    clears, pair = method_sites(project, "zero_grad"), single(project)
    if (
        not pair
        or len(clears) != 1
        or clears[0].stmt not in pair[1].block
        or len(optimizer_steps(project)) != 1
    ):
        return
    backward, step = pair
    block = step.block
    if block.index(clears[0].stmt) < block.index(backward.stmt) and not step.call.args:
        moved = step.file.insert_after(clears[0].stmt, step.file.source(step.stmt))
        how = "step() right after zero_grad()"
        yield Mutation("TL004", how, (step.file.delete(step.stmt), moved), near_loop(project, step))
