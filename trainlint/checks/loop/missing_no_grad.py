"""TL008: evaluation records a graph that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.evaluation import Evaluation, evaluations, trained_before
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Node, Op
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule("TL008", "missing-no-grad", Level.WARNING, section="Training loop", fix=Applicability.UNSAFE)

FEW = 16
"""Passes of a loop over known things that nobody will notice."""


@check(RULE)
def missing_no_grad(program: Program) -> Iterator[Finding]:
    """A loop measures a network that is trained here, with autograd recording: reported once for a network and function,
    whose layers may be called one by one."""
    if not program.complete or program.framework == "keras":
        return  # there only a tape records
    told: set[tuple[int, str]] = set()
    for evaluation in evaluations(program):
        if not evaluation.measured or evaluation.trained is not True or not _of_many(evaluation):
            continue
        if evaluation.event.grad_enabled is not True or not _recorded(program, evaluation):
            continue
        if not evaluation.apart and evaluation.call.training is not False:
            continue  # a backward() for it may be what is missing
        if not trained_before(program, evaluation.event) or _takes_gradients(program, evaluation):
            continue
        key = id(evaluation.module.root), evaluation.event.function
        if key in told:
            continue
        told.add(key)
        message = (
            "This evaluation builds a graph that nothing uses: it holds every layer's activations until the result is gone, "
            "which costs memory and time. Put it under torch.no_grad() or torch.inference_mode()."
        )
        yield report(RULE, evaluation.event.location, message)


def _of_many(evaluation: Evaluation) -> bool:
    """Whether it runs over and over: a handful of samples costs nothing."""
    loops = [p.loop for p in evaluation.event.loops]
    batches = (loop.over == "loader" and loop.length != 1 for loop in loops)
    return any(batches) or any(loop.length is None or loop.length > FEW for loop in loops)


def _takes_gradients(program: Program, evaluation: Evaluation) -> bool:
    """Whether the pass itself takes gradients, and so needs a graph: forces as those of an energy."""
    inside = (b.target for b in program.events_of(EventKind.BACKWARD) if b.options.get("inside"))
    calls = (node.call for node in inside if isinstance(node, Node))
    return any(call is not None and call.outermost is evaluation.call.outermost for call in calls)


def _recorded(program: Program, evaluation: Evaluation) -> bool:
    """Whether results keep the graph beyond the line: they are attached, and not detached at once."""
    attached = [n for n in evaluation.call.outputs if n.attached]
    return any(
        any(c.op is not Op.DETACH for c in program.graph.consumers(n)) or not program.graph.consumers(n)
        for n in attached
    )
