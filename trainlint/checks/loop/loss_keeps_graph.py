"""TL010: a running total keeps `loss` itself, so every batch's graph stays alive."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind
from trainlint.facts.graph import Node, Op
from trainlint.facts.program import Program
from trainlint.facts.units import feeds_any, trained_on
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule("TL010", "loss-keeps-graph", Level.ERROR, section="Training loop", fix=Applicability.SAFE)


PARTS = frozenset({"sequence", "modules"})
"""Loops over the parts of one loss (heads, scales, modules of a network), not over batches."""
FEW = 10
"""Passes in all whose losses may be kept: measured, 11 kB a pass remain once backward() has freed the activations."""
LEAVES = frozenset({"item", "tolist", "numpy", "float"})
"""Ways in which a total ends as a plain number, so that nobody can train on it any more."""


@check(RULE)
def loss_keeps_graph(program: Program) -> Iterator[Finding]:
    """A loss that is trained on is added to a total (or list) that itself is never trained on."""
    if not program.complete or program.framework == "keras":
        return  # there a tape holds the graph, and goes with it
    losses = {id(node) for node in trained_on(program)}
    trained = feeds_any(program.graph, trained_on(program))
    backwards = program.events_of(EventKind.BACKWARD)
    for event in program.events_of(EventKind.ACCUMULATE):
        loss = event.target
        if not isinstance(loss, Node) or not loss.attached or event.grad_enabled is not True:
            continue
        if not _is_loss(program, loss, losses) or _trained_through(program, event, trained):
            continue
        own = [e for e in backwards if e.root == event.root]
        trains_here = any(e.within(p.loop) for p in event.loops for e in own)
        if event.loop is None or event.loop.over in PARTS:
            continue
        near = [e.target for e in own if e.within(event.loop) and isinstance(e.target, Node)]
        known = trains_here and _backwarded(loss, feeds_any(program.graph, near), losses)
        if known and (
            _is_handful(event) or _is_of_one_batch(program, event) or _is_of_one_update(program, event)
        ):
            continue
        if not known and (own or event.loop.over == "range" or not _only_reported(program, event)):
            continue  # terms of one loss, counted off; or somebody unseen trains on it
        into = f"`{event.options['name']}`" if event.options.get("name") else "this list"
        message = (
            f"{into} keeps the loss with its graph, so the memory of every batch stays allocated until the run is out of "
            "memory. Add loss.item() (or loss.detach()) instead."
        )
        yield report(RULE, event.location, message)


def _is_handful(event: Event) -> bool:
    """Whether all loops in which the total goes on have known lengths, and few passes together: what is kept cannot grow."""
    passes = 1
    for entered in event.loops[len(event.loops) - event.options.get("around", len(event.loops)) :]:
        if entered.loop.length is None:
            return False
        passes *= entered.loop.length
    return passes <= FEW


def _is_of_one_batch(program: Program, event: Event) -> bool:
    """Whether the total begins anew with every batch: losses of several networks, or of several steps on it."""
    return any(
        e.location == event.location
        and e.options.get("starts_at_zero")
        and e.loops[-1].number == 0
        and e.loops[-1].loop.over != "loader"
        and any(p.loop.over == "loader" and p.number > 0 for p in e.loops[:-1])
        for e in program.events_of(EventKind.ACCUMULATE)
        if e.loops
    )


def _is_of_one_update(program: Program, event: Event) -> bool:
    """Whether the loop counts off the pieces of a batch: it collects their gradients, and no optimizer steps in it."""
    if event.loop is None or event.loop.over != "range":
        return False
    steps = program.events_of(EventKind.STEP, EventKind.MANUAL_STEP)
    return not any(e.within(event.loop) for e in steps)


def _is_loss(program: Program, node: Node, losses: set[int]) -> bool:
    """Whether a value is a loss (by its operation, or as backward() is called on it), or a few numbers away from one."""

    def found(n: Node) -> bool:
        return n.op is Op.LOSS or id(n) in losses

    def through(n: Node) -> bool:
        return n.op in (Op.MUL, Op.DIV, Op.ADD, Op.SUB, Op.JOIN, Op.REDUCE) and not found(n)

    return found(node) or (through(node) and any(found(n) for n in program.graph.upstream(node, through)))


def _trained_through(program: Program, event: Event, trained: set[int]) -> bool:
    """Whether backward() is called on the total, or on what was made of the list."""
    total = event.options.get("total")
    if isinstance(total, Node):
        parts = total.inputs if total.op is Op.JOIN else ()  # its several forms, which are what is used
        if any(id(n) in trained for n in (total, *parts)):
            return True
    return any(n.op is Op.CONCAT and id(n) in trained for n in program.graph.consumers(event.target))


def _backwarded(loss: Node, trained: set[int], losses: set[int]) -> bool:
    """Whether this loss was trained on by itself; elsewhere unseen code may still train on the total."""
    if id(loss) in trained:
        return True
    stack, seen = [loss], 0
    while stack and seen < 32:
        node = stack.pop()
        seen += 1
        if node.op is Op.LOSS or id(node) in losses:
            return id(node) in trained
        stack.extend(node.inputs)
    return False


def _only_reported(program: Program, event: Event) -> bool:
    """Whether the total ends as a plain number: an evaluation that records for nothing."""
    totals = [
        e.options.get("total")
        for e in program.events_of(EventKind.ACCUMULATE)
        if e.location == event.location
    ]
    return any(
        consumer.op is Op.DETACH and consumer.name in LEAVES
        for total in totals
        if isinstance(total, Node)
        for consumer in program.graph.consumers(total)
    )
