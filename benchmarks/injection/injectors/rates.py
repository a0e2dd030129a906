"""Learning rates far too large, far too small, and large without clipping."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..lookup import Rate, rates, resolve
from ..mutation import Mutation, injects
from ..project import Project, last_name
from ..syntax import RECURRENT, optimizer_steps
from .clipping import clip_sites

# Where the error band begins, from the static thresholds measured for the rules; momentum shifts SGD's tenfold.
ERROR_FROM = {"SGD": 10.0, "Adam": 0.3, "AdamW": 0.3, "RMSprop": 0.3, "Adagrad": 10.0}
WARN_FROM = {"SGD": 1.0, "Adam": 0.03, "AdamW": 0.03, "RMSprop": 0.03, "Adagrad": 0.3}
BATCH_NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNormalization", "resnet18", "resnet34", "resnet50")


def bound(table: dict[str, float], rate: Rate) -> float:
    bound = table[rate.optimizer]
    return bound * 0.3 if rate.optimizer == "SGD" and rate.momentum else bound


def _is_recurrent(project: Project) -> bool:
    return project.mentions(*RECURRENT)


def steps_are_known(project: Project) -> bool:
    """Every loop around the step is over a range, or over data whose size is written down or public."""
    if project.mentions("OneCycleLR"):
        return False
    if project.mentions("MNIST", "CIFAR10") or (
        project.mentions("TensorDataset") and not project.mentions("pd", "np")
    ):
        return True
    for site in optimizer_steps(project):
        loop: ast.AST | None = site.stmt
        while (loop := site.file.up(loop, ast.For)) is not None:
            if not isinstance(loop.iter, ast.Call) or last_name(loop.iter.func) != "range":
                return False
            if not all(resolve(project, site.file, bound) for bound in loop.iter.args):
                return False
        return site.file.up(site.stmt, ast.For) is not None
    return False


@injects("TL401")
def rate_too_large(project: Project) -> Iterator[Mutation]:
    """Three times the bound from which a rate is an error, and a slip in the exponent's sign. Recurrent networks tolerate
    more: left out."""
    if _is_recurrent(project):
        return
    for rate in rates(project)[:1]:
        near = (rate.number.span, rate.constructor)
        for text in (f"{3 * bound(ERROR_FROM, rate):.1f}", "1000.0"):
            yield Mutation("TL401", f"{rate.optimizer} at {text}", (rate.number.set(text),), near)


@injects("TL402")
def rate_too_small(project: Project) -> Iterator[Mutation]:
    """Only where the number of steps can be read from the program; without it no rate is too small."""
    for rate in rates(project)[:1] if steps_are_known(project) else []:
        near = (rate.number.span, rate.constructor)
        yield Mutation("TL402", f"{rate.optimizer} at 1.0e-10", (rate.number.set("1.0e-10"),), near)


@injects("TL701")
def large_rate_unclipped(project: Project) -> Iterator[Mutation]:
    """The middle of the warning band, and no clipping any more. (Batch norm bears such rates of SGD: see the rule's page.)"""
    if _is_recurrent(project):
        return
    for rate in rates(project)[:1]:
        if rate.optimizer == "SGD" and project.mentions(*BATCH_NORMS):
            return
        text = f"{4 * bound(WARN_FROM, rate):.2f}"
        clips = clip_sites(project)
        edits = (rate.number.set(text), *(site.file.delete(site.stmt) for site in clips))
        how = f"{rate.optimizer} at {text}" + (", clipping deleted" if clips else "")
        yield Mutation("TL701", how, edits, (rate.number.span, rate.constructor))
