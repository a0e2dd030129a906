"""Probabilities into losses that expect logits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, Span, imported_names, last_name, names_in
from ..syntax import method, method_sites, model_classes


@dataclass(frozen=True)
class Fault:
    code: str
    losses: tuple[str, str]
    layer: str
    call: str
    method: str


SOFTMAX = Fault(
    "TL201",
    ("CrossEntropyLoss", "cross_entropy"),
    "Softmax(dim={dim})",
    "softmax({x}, dim={dim})",
    "softmax(dim={dim})",
)
SIGMOID = Fault(
    "TL202",
    ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),
    "Sigmoid()",
    "sigmoid({x})",
    "sigmoid()",
)


@injects("TL201", "TL202")
def probabilities_as_logits(project: Project) -> Iterator[Mutation]:
    for fault in (SOFTMAX, SIGMOID):
        calls = loss_calls(project, fault)
        if not calls:
            continue
        file, call = calls[0]
        near = tuple(f.span(f.scope(c)) for f, c in calls)
        tokens = _is_flattened(call)
        dim = -1 if tokens and "transpose" not in names_in(call.args[0]) else 1
        text = "torch." + fault.call.format(x=file.source(call.args[0]), dim=dim)
        if "torch" in imported_names(file):
            yield Mutation(fault.code, "at the loss", (file.replace(call.args[0], text),), near)
        yield from _in_model(project, fault, -1 if tokens else 1, near)


def _is_flattened(call: ast.Call) -> bool:
    """Sequences of tokens: the classes are the last dimension of the model's output, not the second."""
    return any(last_name(n) in {"flatten", "reshape", "transpose", "view"} for n in ast.walk(call.args[0]))


def loss_calls(project: Project, fault: Fault) -> list[tuple[PyFile, ast.Call]]:
    """Calls of the loss, those of the training step first."""
    module, function = fault.losses
    names = {
        last_name(t)
        for f in project.python
        for node in f.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and last_name(node.value.func) == module
        for t in node.targets
    }
    if any(True for f in project.python for _ in f.calls(module)):
        names |= _loss_parameters(project, names)
    calls = [(f, c) for f in project.python for c in f.calls(function, *names) if len(c.args) > 1]
    training = {s.scope for s in method_sites(project, "backward")}
    return sorted(calls, key=lambda fc: fc[0].scope(fc[1]) not in training)


def _loss_parameters(project: Project, names: set[str]) -> set[str]:
    """Parameters to which a loss kept in one of these names, or just constructed, is handed."""
    found: set[str] = set()
    for file in project.python:
        for function in (n for n in file.nodes if isinstance(n, ast.FunctionDef)):
            for arg in function.args.args:
                if arg.arg in names | {"criterion", "loss_fn"}:
                    found.add(arg.arg)
    return found


def _in_model(project: Project, fault: Fault, dim: int, near: tuple[Span, ...]) -> Iterator[Mutation]:
    models = model_classes(project)
    if len(models) != 1:
        yield from _in_sequential(project, fault, near)
        return
    file, cls = models[0]
    forward = method(cls, "forward")
    returns = [n for n in ast.walk(forward) if isinstance(n, ast.Return) and n.value] if forward else []
    if not returns or isinstance(returns[-1].value, ast.Tuple | None):
        return
    value = returns[-1].value
    assert value is not None
    near = (*near, file.span(cls))
    if edit := _after_last_linear(file, cls, value, fault, dim):
        yield Mutation(fault.code, "layer added to the model", (edit,), near)
        return
    source = file.source(value)
    if "F" in imported_names(file) and fault is SOFTMAX:
        text = "F." + fault.call.format(x=source, dim=dim)
    elif "torch" in imported_names(file):
        text = "torch." + fault.call.format(x=source, dim=dim)
    else:
        text = f"({source})." + fault.method.format(dim=dim)
    yield Mutation(fault.code, "in the model's forward", (file.replace(value, text),), near)


def _after_last_linear(
    file: PyFile, cls: ast.ClassDef, value: ast.expr, fault: Fault, dim: int
) -> Edit | None:
    """The returned `self.head(...)` is a Sequential that ends with a Linear."""
    if not isinstance(value, ast.Call):
        return None
    for node in ast.walk(cls):
        if isinstance(node, ast.Assign) and last_name(node.targets[0]) == last_name(value.func):
            return _append_layer(file, node.value, fault, dim)
    return None


def _append_layer(file: PyFile, sequential: ast.expr, fault: Fault, dim: int) -> Edit | None:
    if (
        not isinstance(sequential, ast.Call)
        or last_name(sequential.func) != "Sequential"
        or not sequential.args
    ):
        return None
    last = sequential.args[-1]
    if (
        not isinstance(last, ast.Call)
        or last_name(last.func) != "Linear"
        or not isinstance(last.func, ast.Attribute)
    ):
        return None
    end = file.range(last)[1]
    return Edit(file.path, end, end, f", {file.source(last.func.value)}.{fault.layer.format(dim=dim)}")


def _in_sequential(project: Project, fault: Fault, near: tuple[Span, ...]) -> Iterator[Mutation]:
    """The model is no class but a Sequential, built in a module or in a helper."""
    for file in project.python:
        for call in file.calls("add_module"):
            if (
                call is list(file.calls("add_module"))[-1]
                and last_name(getattr(call.args[1], "func", call)) == "Linear"
            ):
                added = file.source(call).replace(
                    file.source(call.args[1]), f"nn.{fault.layer.format(dim=1)}"
                )
                added = added.replace(file.source(call.args[0]), '"probability"')
                edit = file.insert_after(file.statement(call), added)
                yield Mutation(
                    fault.code, "layer added to the model", (edit,), (*near, file.span(file.scope(call)))
                )
