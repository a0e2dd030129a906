"""What injectors ask about training code: optimizer steps, losses, model classes, layer sequences."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .project import Project, PyFile, Span, last_name

BATCH_NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")
ACTIVATIONS = ("ReLU", "LeakyReLU", "SiLU", "GELU", "ELU")
WEIGHTED = ("Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d")
RECURRENT = ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")
SKIPPING = ("LayerNorm", "TransformerEncoderLayer", "Transformer", "MultiheadAttention", *BATCH_NORMS)


@dataclass(frozen=True)
class Site:
    """A statement and the file it stands in."""

    file: PyFile
    stmt: ast.stmt
    call: ast.Call

    @property
    def scope(self) -> ast.AST:
        return self.file.scope(self.stmt)

    @property
    def block(self) -> list[ast.stmt]:
        parent = self.file.parents[self.stmt]
        blocks = (getattr(parent, name, None) for name in ("body", "orelse"))
        return next(b for b in blocks if isinstance(b, list) and self.stmt in b)


def method_sites(project: Project, name: str) -> list[Site]:
    """Statements that are nothing but a call of this method or function."""
    return [
        Site(f, f.statement(c), c)
        for f in project.python
        for c in f.calls(name)
        if isinstance(f.statement(c), ast.Expr) and f.statement(c).value is c  # type: ignore[attr-defined]
    ]


def receiver(call: ast.Call) -> str:
    return last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def optimizer_steps(project: Project) -> list[Site]:
    """`optimizer.step()` and `scaler.step(optimizer)`, told from schedules by the backward() before them."""
    backward_scopes = {s.scope for s in method_sites(project, "backward")}
    schedules = {
        last_name(target)
        for f in project.python
        for node in f.nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _builds_schedule(node.value)
        for target in node.targets
    }
    return [
        s
        for s in method_sites(project, "step")
        if s.scope in backward_scopes and receiver(s.call) not in schedules
    ]


def _builds_schedule(call: ast.Call) -> bool:
    """Schedules take the optimizer as their first argument; wrappers and factories too."""
    words = {last_name(n) for n in ast.walk(call)}
    first = last_name(call.args[0]).lower() if call.args else ""
    return any(
        w.endswith("LR") or "scheduler" in w.lower() or "Plateau" in w for w in words
    ) or first.startswith("opt")


def near_loop(project: Project, site: Site) -> tuple[Span, ...]:
    """The function of a training step, the functions that call it, and the place itself."""
    spans = [site.file.span(site.scope)]
    name = getattr(site.scope, "name", None)
    for file in project.python:
        for call in file.calls():
            if name and last_name(call.func) == name:
                spans.append(file.span(file.scope(call)))
    return tuple(dict.fromkeys(spans))


def model_classes(project: Project) -> list[tuple[PyFile, ast.ClassDef]]:
    """Classes with a forward() that no other class of the project builds on or into itself."""
    found = [(f, c) for f in project.python for c in f.classes() if method(c, "forward")]
    inner = {
        last_name(node)
        for f in project.python
        for c in f.classes()
        for part in [*c.bases, *[n.func for n in ast.walk(c) if isinstance(n, ast.Call)]]
        for node in [part]
    }
    return [(f, c) for f, c in found if c.name not in inner and not _is_loss(c)]


def _is_loss(cls: ast.ClassDef) -> bool:
    return any("oss" in last_name(n) for n in ast.walk(cls) if isinstance(n, ast.Attribute))


def method(cls: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    return next((n for n in cls.body if isinstance(n, ast.FunctionDef) and n.name == name), None)


def sequences(file: PyFile) -> Iterator[list[ast.Call]]:
    """Layers that are written one after another: arguments of Sequential, lists, and `append` statements."""
    for node in file.nodes:
        elements: list[ast.expr] = []
        if isinstance(node, ast.Call) and last_name(node.func) in {"Sequential", "__init__"}:
            elements = node.args
        elif isinstance(node, ast.List | ast.Tuple):
            elements = node.elts
        elif isinstance(node, ast.For | ast.FunctionDef):
            elements = [a for s in node.body if (a := _appended(s))]
        layers = [e for e in elements if isinstance(e, ast.Call)]
        if len(layers) > 1:
            yield layers


def _appended(stmt: ast.stmt) -> ast.expr | None:
    match stmt:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[ast.Call() as layer])):
            return layer
    return None


def attributes_holding(file: PyFile, kinds: tuple[str, ...]) -> set[str]:
    """Names of attributes to which a layer of one of these kinds is assigned."""
    return {
        last_name(t)
        for node in file.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and last_name(node.value.func) in kinds
        for t in node.targets
    }


def prefix(file: PyFile, call: ast.Call) -> str:
    """`nn.` of `nn.BatchNorm2d(8)`."""
    return file.source(call.func.value) + "." if isinstance(call.func, ast.Attribute) else ""
