"""Inputs and regression targets that are no longer scaled."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, imported_names, last_name, names_in
from ..syntax import BATCH_NORMS

TARGET = re.compile(
    r"(^|_)(y|q|rentals?|price|quality|strength|tasks?|targets?|out|contents|level)(_|$)", re.IGNORECASE
)
SERIES = re.compile(r"series|values")
REGRESSION = (
    "MSELoss",
    "L1Loss",
    "HuberLoss",
    "SmoothL1Loss",
    "mse_loss",
    "smooth_l1_loss",
    "l1_loss",
    "huber_loss",
)


@injects("TL501", "TL502")
def raw_data(project: Project) -> Iterator[Mutation]:
    inputs: list[Edit] = []
    targets: list[Edit] = []
    both: list[Edit] = []
    for file in project.python:
        for kind, edit in (*sklearn_calls(file), *by_hand(file)):
            {"input": inputs, "target": targets, "both": both}[kind].append(edit)
    regression = project.mentions(*REGRESSION)
    if project.mentions(*BATCH_NORMS):
        # Batch norm behind the first layer makes the inputs' scale harmless.
        inputs, both = [], []
    if both:
        yield Mutation("TL501", "scaling of inputs and targets deleted", tuple(both))
        if regression:
            yield Mutation("TL502", "scaling of inputs and targets deleted", tuple(both))
    if inputs:
        yield Mutation("TL501", "scaling of the inputs deleted", tuple(inputs))
    if targets and regression:
        yield Mutation("TL502", "scaling of the targets deleted", tuple(targets))
    yield from _bytes_kept(project)


def _scalers(file: PyFile) -> set[str]:
    """Names that hold a scaler of scikit-learn, by itself, fitted, or in a pipeline."""
    found: set[str] = set()
    for node in file.nodes:
        if isinstance(node, ast.Assign) and _is_scaler(node.value):
            for target in node.targets:
                found |= {last_name(t) for t in (target.elts if isinstance(target, ast.Tuple) else [target])}
    return found


def _is_scaler(node: ast.expr) -> bool:
    """Transformers of single columns do more than scale: those stay."""
    words = names_in(node)
    return "ColumnTransformer" not in words and any(w.endswith(("Scaler", "PowerTransformer")) for w in words)


def sklearn_calls(file: PyFile) -> Iterator[tuple[str, Edit]]:
    scalers = _scalers(file)
    for call in file.calls("fit_transform", "transform", "inverse_transform"):
        if not isinstance(call.func, ast.Attribute) or last_name(call.func.value) not in scalers:
            continue
        words = [last_name(call.func.value), *names_in(call.args[0])]
        kind = "target" if any(TARGET.search(w) for w in words) else "input"
        plain = file.source(call.args[0])
        frame = isinstance(call.args[0], ast.Subscript)  # columns of a table, not an array yet
        yield kind, file.replace(call, f"{plain}.to_numpy()" if frame else plain)


def by_hand(file: PyFile) -> Iterator[tuple[str, Edit]]:
    """`(x - mean) / std`, and `pixels / 255` inside or alone."""
    if "load" in names_in(file.tree) and "torch" in _loads(file):
        return
    done: list[ast.AST] = []
    for node in file.nodes:
        if (
            not isinstance(node, ast.BinOp)
            or not isinstance(node.op, ast.Div)
            or any(node in ast.walk(d) for d in done)
        ):
            continue
        plain = _unscaled(node)
        if plain is node:
            continue
        done.append(node)
        yield _kind(file, node, plain), file.replace(node, file.source(plain))
        yield from (("input", file.delete(s)) for s in _normalize_statements(file, node))


def _loads(file: PyFile) -> set[str]:
    """Modules whose load() the file calls: stored tensors may have any scale."""
    return {last_name(c.func.value) for c in file.calls("load") if isinstance(c.func, ast.Attribute)}


def _unscaled(node: ast.expr) -> ast.expr:
    match node:
        case ast.BinOp(left=ast.BinOp(left=inner, op=ast.Sub()), op=ast.Div(), right=right) if _is_spread(
            right
        ):
            return _unscaled(inner)
        case ast.BinOp(left=inner, op=ast.Div(), right=ast.Constant(value=value)) if value in {255}:
            return inner
    return node


def _is_spread(node: ast.expr) -> bool:
    """A standard deviation, with or without a small number added."""
    return bool({"std", "STD", "sd"} & names_in(node))


def _kind(file: PyFile, node: ast.AST, plain: ast.expr) -> str:
    stmt = file.statement(node)
    assigned = names_in(stmt.targets[0]) if isinstance(stmt, ast.Assign) else set()
    words = names_in(plain) | assigned
    if any(SERIES.search(w) for w in words):
        return "both"
    if any(TARGET.search(w) for w in words) or _is_predicted(file, stmt, assigned):
        return "target"
    return "input"


def _is_predicted(file: PyFile, stmt: ast.stmt, assigned: set[str]) -> bool:
    """Does what is assigned reach the second argument of a regression loss in the same function?"""
    scope = file.scope(stmt)
    reached = set(assigned)
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and node.lineno > stmt.lineno and reached & names_in(node.value):
            reached |= names_in(node.targets[0])
    losses = [c for c in file.calls(*REGRESSION) if file.scope(c) is scope and len(c.args) > 1]
    return any(reached & names_in(c.args[1]) - names_in(c.args[0]) for c in losses)


def _normalize_statements(file: PyFile, node: ast.AST) -> list[ast.stmt]:
    scope = file.scope(node)
    calls = [
        c
        for c in file.calls("normalize")
        if file.scope(c) is scope and isinstance(file.statement(c), ast.Assign)
    ]
    return [file.statement(c) for c in calls]


def _bytes_kept(project: Project) -> Iterator[Mutation]:
    """`ToDtype(float32, scale=True)` no longer divides by 255."""
    edits: list[Edit] = []
    for file in project.python:
        for call in file.calls("ToDtype"):
            edits += [file.replace(k.value, "False") for k in call.keywords if k.arg == "scale"]
        if edits and "v2" in imported_names(file):
            edits += [e for c in file.calls("Normalize") if (e := _drop_element(file, c))]
    if edits:
        yield Mutation("TL501", "bytes kept by the transform", tuple(edits))


def _drop_element(file: PyFile, call: ast.Call) -> Edit | None:
    parent = file.parents[call]
    if not isinstance(parent, ast.List) or len(parent.elts) < 2 or parent.elts[-1] is not call:
        return None
    return Edit(file.path, file.range(parent.elts[-2])[1], file.range(call)[1], "")
