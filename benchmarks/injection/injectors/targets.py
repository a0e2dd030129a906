"""Losses, labels and output layers that do not belong together."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..mutation import Mutation, injects
from ..project import Project, PyFile, last_name, names_in
from .losses import SOFTMAX, loss_calls

COUNTS = {
    "classes",
    "num_classes",
    "n_classes",
    "nb_classes",
    "n_labels",
    "num_labels",
    "labels",
    "n_out",
    "outputs",
}


def _is_computed(file: PyFile, call: ast.Call) -> bool:
    """Soft labels, which are floats anyway: made by arithmetic or a softmax, there or in the lines before."""
    target = call.args[1]
    made = [target]
    for node in ast.walk(file.scope(call)):
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == [ast.unparse(target)]:
            made.append(node.value)
    return any(isinstance(n, ast.BinOp) for n in ast.walk(target)) or any(
        {"one_hot", "softmax"} & names_in(m) for m in made
    )


@injects("TL210")
def indices_as_floats(project: Project) -> Iterator[Mutation]:
    """Labels of a cross-entropy become floats."""
    for file, call in loss_calls(project, SOFTMAX)[:1]:
        target = call.args[1]
        if not _is_computed(file, call):
            edit = file.replace(target, f"({file.source(target)}).float()")
            yield Mutation("TL210", "labels as floats", (edit,), (file.span(file.scope(call)),))


@injects("TL207")
def squared_error_of_classes(project: Project) -> Iterator[Mutation]:
    """Squared error takes the place of cross-entropy, with the labels as they are."""
    calls = loss_calls(project, SOFTMAX)
    if not calls or _is_computed(*calls[0]):
        return
    near = tuple(f.span(f.scope(c)) for f, c in calls)
    file, call = calls[0]
    if last_name(call.func) == "cross_entropy":
        text = (
            f"torch.nn.functional.mse_loss({file.source(call.args[0])}, {file.source(call.args[1])}.float())"
        )
        if "torch" in names_in(file.tree):
            yield Mutation("TL207", "squared error instead", (file.replace(call, text),), near)
        return
    for other in project.python:
        for made in other.calls("CrossEntropyLoss"):
            name = other.source(made.func).replace("CrossEntropyLoss", "MSELoss")
            if isinstance(made.func, ast.Attribute):
                edits = (other.replace(made, f"{name}()"),)
                yield Mutation("TL207", "squared error instead", edits, near)
                return


@injects("TL211")
def one_unit_for_classes(project: Project) -> Iterator[Mutation]:
    """The last layer of a classifier gets one unit."""
    calls = loss_calls(project, SOFTMAX)
    if not calls:
        return
    near = tuple(f.span(f.scope(c)) for f, c in calls)
    widths = list(_class_widths(project))
    if len(widths) == 1:  # of several, one may belong to a network that is not built
        file, width = widths[0]
        yield Mutation("TL211", "one unit", (file.replace(width, "1"),), near)


def _class_widths(project: Project) -> Iterator[tuple[PyFile, ast.expr]]:
    for file in project.python:
        for call in file.calls("Linear"):
            if len(call.args) > 1 and last_name(call.args[1]) in COUNTS:
                yield file, call.args[1]
