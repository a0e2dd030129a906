"""Batch normalisation in the wrong place or company."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from ..lookup import batch_sizes, keyword
from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, imported_names, last_name
from ..syntax import ACTIVATIONS, BATCH_NORMS, attributes_holding, prefix, sequences


def _is_norm(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and last_name(call.func) in BATCH_NORMS


@injects("TL801")
def norm_after_activation(project: Project) -> Iterator[Mutation]:
    for file in project.python:
        edits = tuple(_swaps(file))
        if edits:
            yield Mutation("TL801", "activation before the norm", edits, (file.span(file.tree),))
            return


def _swaps(file: PyFile) -> Iterator[Edit]:
    for layers in sequences(file):
        for norm, act in pairwise(layers):
            if _is_norm(norm) and last_name(act.func) in ACTIVATIONS:
                yield file.replace(norm, file.source(act))
                yield file.replace(act, file.source(norm))
                return
    for outer, inner in _activated_norms(file):
        fed = file.source(inner.args[0])
        yield file.replace(outer, f"{file.source(inner.func)}({file.source(outer.func)}({fed}))")
        return
    yield from _statement_swap(file)


def _activated_norms(file: PyFile) -> Iterator[tuple[ast.Call, ast.Call]]:
    """`F.relu(self.bn1(...))`, `self.act(self.bn1(...))`."""
    norms, acts = attributes_holding(file, BATCH_NORMS), attributes_holding(file, ACTIVATIONS) | {"relu"}
    for node in file.nodes:
        match node:
            case ast.Call(func=outer, args=[ast.Call(func=inner, args=[_]) as call]):
                if last_name(outer) in acts and last_name(inner) in norms:
                    yield node, call


def _statement_swap(file: PyFile) -> Iterator[Edit]:
    norms, acts = attributes_holding(file, BATCH_NORMS), attributes_holding(file, ACTIVATIONS)
    for function in file.nodes:
        if not isinstance(function, ast.FunctionDef):
            continue
        for first, second in pairwise(function.body):
            if _called(first) in norms and _called(second) in acts:
                yield file.replace(first, file.source(second))
                yield file.replace(second, file.source(first))
                return


def _called(stmt: ast.stmt) -> str:
    return (
        last_name(stmt.value.func)
        if isinstance(stmt, ast.Assign) and isinstance(stmt.value, ast.Call)
        else ""
    )


@injects("TL802")
def bias_before_norm(project: Project) -> Iterator[Mutation]:
    for file in project.python:
        for call in _layers_before_norm(file):
            off = keyword(call, "bias")
            if isinstance(off, ast.Constant) and off.value is False:
                start, end = file.range(off)
                before = file.data[:start].decode()
                cut = before.rindex(",")
                edit = Edit(file.path, len(before[:cut].encode()), end, "")
                yield Mutation("TL802", "bias=False deleted", (edit,), (file.span(file.tree),))
                return


def _layers_before_norm(file: PyFile) -> Iterator[ast.Call]:
    """In a written sequence the layer before the norm; elsewhere any layer whose file norms its outputs."""
    in_sequence: set[ast.Call] = set()
    for layers in sequences(file):
        in_sequence.update(layers)
        yield from (layer for layer, norm in pairwise(layers) if _is_norm(norm))
    if any(_is_norm(n) for n in file.nodes):
        yield from (call for call in file.calls() if call not in in_sequence)


@injects("TL803")
def dropout_before_norm(project: Project) -> Iterator[Mutation]:
    for file in project.python:
        for edit in dropouts(file):
            yield Mutation("TL803", "dropout before the norm", (edit,), (file.span(file.tree),))
            return


def dropouts(file: PyFile) -> Iterator[Edit]:
    for layers in sequences(file):
        for norm in layers[1:]:
            if _is_norm(norm) and (prefix(file, norm) or "Dropout" in imported_names(file)):
                layer = f"{prefix(file, norm)}Dropout(0.3)"
                stmt = file.statement(norm)
                if (
                    isinstance(stmt, ast.Expr)
                    and stmt.value is file.parents[norm]
                    and "append" in file.source(stmt)
                ):
                    yield file.insert_before(stmt, file.source(stmt).replace(file.source(norm), layer))
                else:
                    yield Edit(file.path, file.range(norm)[0], file.range(norm)[0], layer + ", ")
    norms = attributes_holding(file, BATCH_NORMS)
    function = "F.dropout" if "F" in imported_names(file) else "nn.functional.dropout"
    for call in file.calls(*norms):
        if call.args and norms:
            yield file.replace(call.args[0], f"{function}({file.source(call.args[0])}, 0.3, self.training)")


@injects("TL804")
def small_batch(project: Project) -> Iterator[Mutation]:
    # Batch norm that is synchronised over workers does not see the small batch alone.
    if not project.mentions(*BATCH_NORMS) or project.mentions("SyncBatchNorm"):
        return
    for number, loader in batch_sizes(project)[:1]:
        # The finding may stand at the norm, at the loader or at the number itself.
        near = (number.span, loader, *(f.span(c) for f in project.python for c in f.calls(*BATCH_NORMS)))
        yield Mutation("TL804", "batches of two", (number.set("2"),), near)
