"""Published weights: a rate from scratch, a head that stays, pictures in another range; and recurrent networks unclipped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..lookup import rates
from ..mutation import Mutation, injects
from ..project import Edit, Project, PyFile, last_name, names_in
from ..syntax import RECURRENT
from .clipping import clip_sites
from .losses import SOFTMAX, loss_calls

FROM_SCRATCH = {"SGD": "0.4", "Adam": "0.01", "AdamW": "0.01", "RMSprop": "0.01"}
"""Rates above the bounds of TL901's page and below those of TL401."""
HEADS = ("fc", "classifier", "head", "heads")
PUBLISHED = ("weights", "from_pretrained", "pretrained")


def is_finetuned(project: Project) -> bool:
    """Whether a network takes published weights."""
    return any(
        (last_name(call.func) == "from_pretrained" and "Model" in file.source(call.func))
        or any(k.arg in PUBLISHED and "None" not in file.source(k.value) for k in call.keywords)
        for file in project.python
        for call in file.calls()
    )


@injects("TL901")
def rate_from_scratch(project: Project) -> Iterator[Mutation]:
    """The rate with which the same optimizer trains a new network."""
    found = rates(project)[:1] if is_finetuned(project) else []
    for rate in found:
        text = FROM_SCRATCH[rate.optimizer]
        near = (rate.number.span, rate.constructor)
        yield Mutation("TL901", f"{rate.optimizer} at {text}", (rate.number.set(text),), near)


@injects("TL904")
def head_kept(project: Project) -> Iterator[Mutation]:
    """The statement that puts a new last layer in its place is deleted."""
    if not is_finetuned(project):
        return
    near = tuple(f.span(f.scope(c)) for f, c in loss_calls(project, SOFTMAX))
    for file, stmt in _replaced_heads(project):
        yield Mutation("TL904", "the head is not replaced", (file.delete(stmt),), near)


def _replaced_heads(project: Project) -> Iterator[tuple[PyFile, ast.Assign]]:
    for file in project.python:
        for node in file.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute | ast.Subscript):
                given = isinstance(node.value, ast.Call) and last_name(node.value.func) == "Linear"
                if given and set(HEADS) & names_in(node.targets[0]):
                    yield file, node


@injects("TL905")
def pictures_as_they_are(project: Project) -> Iterator[Mutation]:
    """Pictures are not normalised: another transform stands in its place, or the call is gone."""
    if not is_finetuned(project):
        return
    for file in project.python:
        edits = tuple(_other_transform(file, call) for call in file.calls("Normalize"))
        if edits:
            yield Mutation("TL905", "without Normalize", edits)
        for call in file.calls("preprocess_input"):
            edit = file.replace(call, file.source(call.args[0]))
            yield Mutation("TL905", "without preprocess_input", (edit,))


def _other_transform(file: PyFile, call: ast.Call) -> Edit:
    name = file.source(call.func).replace("Normalize", "RandomHorizontalFlip")
    return file.replace(call, f"{name}(0.0)")


@injects("TL702")
def plain_and_unclipped(project: Project) -> Iterator[Mutation]:
    """A plain recurrent network for one with gates, SGD with momentum for Adam, and no clipping any more."""
    layers = [(f, c) for f in project.python for c in f.calls("GRU", "LSTM") if _keeps_only_outputs(f, c)]
    found = [r for r in rates(project)[:1] if r.optimizer in ("Adam", "AdamW")]
    if not layers or not found or len(list(_optimizers(project))) != 1:
        return
    (file, made), number = next(_optimizers(project)), found[0].number
    plain = tuple(f.replace(c.func, _renamed(f, c.func, "RNN")) for f, c in layers)
    clips = tuple(site.file.delete(site.stmt) for site in clip_sites(project))
    sgd = (file.replace(made.func, _renamed(file, made.func, "SGD")),)
    yield Mutation(
        "TL702",
        "plain, by SGD at 0.6, unclipped",
        (*plain, *clips, *sgd, number.set("0.6")),
        (file.span(made),),
    )


def _keeps_only_outputs(file: PyFile, call: ast.Call) -> bool:
    """Whether the state of a recurrent layer is used nowhere: an LSTM's is a pair, a plain layer's is not."""
    stmt = file.statement(call)
    kept = isinstance(stmt, ast.Assign) and stmt.value is call and isinstance(call.func, ast.Attribute)
    name = last_name(stmt.targets[0]) if isinstance(stmt, ast.Assign) else ""
    return kept and all(_drops_state(file, use) for use in file.calls(name))


def _drops_state(file: PyFile, use: ast.Call) -> bool:
    above = file.parents[use]
    if isinstance(above, ast.Subscript):
        return isinstance(above.slice, ast.Constant) and above.slice.value == 0
    names = (
        above.targets[0].elts
        if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Tuple)
        else []
    )
    return len(names) == 2 and last_name(names[1]).startswith("_")


def _optimizers(project: Project) -> Iterator[tuple[PyFile, ast.Call]]:
    if not project.mentions(*RECURRENT):
        return
    for file in project.python:
        for call in file.calls("Adam", "AdamW"):
            if isinstance(call.func, ast.Attribute) and {k.arg for k in call.keywords} <= {
                "lr",
                "weight_decay",
            }:
                yield file, call


def _renamed(file: PyFile, func: ast.expr, name: str) -> str:
    return f"{file.source(func).rsplit('.', 1)[0]}.{name}"
