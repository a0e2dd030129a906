"""The batches that a program trains on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.facts.events import Event, EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Graph, ModuleCall, Node
from trainlint.facts.program import Program
from trainlint.facts.training import Loader
from trainlint.facts.updates import same_pass
from trainlint.report.facts.folded import folded
from trainlint.report.facts.values import number_of, origin_objects

_TRAINED = (EventKind.BACKWARD, EventKind.STEP)


def training_loader(program: Program) -> Loader | None:
    """The loader whose batches are trained on; None if that is not known."""
    training = _training(program)
    arms: dict[int, set[int]] = {}
    for branch in (branch for event in training for branch in event.branches):
        arms.setdefault(branch.serial, set()).add(branch.arm)
    found = [
        (_conditions(event, arms), loader)
        for event in training
        for p in reversed(event.loops)
        if isinstance(p.loop.target, Loader) and (loader := _in_order(program, event, p.loop.target))
    ]
    if not found:
        return _drawn_loader(program) or _only_loader(program)
    if program.trains_itself:  # the one that fewest conditions decide about
        return min(found, key=lambda pair: pair[0])[1]
    # Functions run alone, some of them with guessed arguments: what others say of theirs is worth more.
    return next((loader for _, loader in found if loader.batch_size.known), found[0][1])


def _conditions(event: Event, arms: dict[int, set[int]]) -> int:
    """How many conditions decide whether an update is made; none of them trains whichever way it goes."""
    return sum(len(arms[branch.serial]) == 1 for branch in event.branches)


def _in_order(program: Program, event: Event, loader: Loader) -> Loader | None:
    """A loader as it is iterated; windows that a generator of the project moves count if their order was drawn."""
    return _ordered(program, event, loader) if "window" in loader.options else loader


def _training(program: Program) -> list[Event]:
    """Updates, and the backward passes that may lead to one: gradients that are asked for as values (forces, penalties)
    come in evaluations too. What trains where something failed (on data that are made up) stands for nothing else."""
    events = program.events_of(*_TRAINED)
    events = [e for e in events if e.options.get("by") != "autograd.grad"] or events
    return [e for e in events if not any(branch.unlikely for branch in e.branches)] or events


def _drawn_loader(program: Program) -> Loader | None:
    """The loader from which `next()` first takes a batch in a pass that makes gradients, before it makes them; else the
    elements in random order that are taken one window after the other, or those that are drawn at random."""
    for find in (_taken, _retried, _gathered, _stepped, _windowed, _by_hand, folded):
        for backward in (e for e in _training(program) if e.kind is EventKind.BACKWARD):
            loader = find(program, backward)
            if loader is not None:
                return loader
    return None


def _taken(
    program: Program, backward: Event, by: str | None = None, until: int | None = None
) -> Loader | None:
    """until: index of an event; what is drawn after it is no batch."""
    around = set(backward.loops)
    last = backward.index if until is None else until
    for draw in program.events_of(EventKind.DRAW):
        if draw.options.get("by") != by or draw.root != backward.root or draw.index > last:
            continue
        together = same_pass(draw, backward) and around.issuperset(draw.loops)
        if together and draw.loops and isinstance(draw.target, Loader):
            return draw.target
    return None


def _retried(program: Program, backward: Event) -> Loader | None:
    """The loader that a `while` draws from until it has a batch, in the pass that makes gradients: the next of several
    loaders while any has one left, or again from the start."""
    around = {p.loop for p in backward.loops}
    for draw in program.events_of(EventKind.DRAW):
        inner = [p.loop for p in draw.loops if p.loop not in around]
        together = draw.root == backward.root and draw.index < backward.index and same_pass(draw, backward)
        asked = bool(inner) and all(loop.over == "while" for loop in inner) and len(draw.loops) > len(inner)
        if together and asked and draw.grad_enabled and isinstance(draw.target, Loader) and not draw.options:
            return draw.target
    return None


def _gathered(program: Program, backward: Event) -> Loader | None:
    """The one loader whose batches a loop of their own gathers in the pass that makes gradients, before it makes them: those of
    one update, or of several tasks. A loop that also makes gradients is none of these; None where there are several."""
    around = {p.loop for p in backward.loops}
    trained = {p.loop for e in _training(program) for p in e.loops}
    found: dict[Any, Loader] = {}
    for draw in program.events_of(EventKind.DRAW):
        shared = [p for p in draw.loops if p.loop in around]
        inner = [p.loop for p in draw.loops if p.loop not in around]
        before = draw.root == backward.root and draw.index < backward.index
        together = bool(shared) and all(p in backward.loops for p in shared)
        if not (before and together and inner and trained.isdisjoint(inner)):
            continue
        if draw.grad_enabled and isinstance(draw.target, Loader) and not draw.options:
            found[draw.target.location] = draw.target
    return next(iter(found.values())) if len(found) == 1 else None


def _by_hand(program: Program, backward: Event) -> Loader | None:
    """Elements that are drawn at random before the forward pass that is learnt from: those drawn after it are a part of the
    loss (pairs to contrast)."""
    if not isinstance(backward.target, Node):
        return _taken(program, backward, "hand")
    behind = {id(node) for node in (backward.target, *Graph.ancestors_of(backward.target))}
    learnt = [
        event.index
        for event in program.events_of(EventKind.FORWARD)
        if event.index < backward.index
        and event.root == backward.root
        and event.loops[: len(backward.loops)] == backward.loops
        and isinstance(call := event.options.get("call"), ModuleCall)
        and any(id(node) in behind for node in call.outputs)
    ]
    return _taken(program, backward, "hand", min(learnt, default=None))


def _stepped(program: Program, backward: Event) -> Loader | None:
    """Batches of `for start in range(0, n, 32)`."""
    for p in reversed(backward.loops):
        if p.loop.step is not None:
            return _ordered(program, backward, Loader(p.loop.location, p.loop.step, _UNSEEN, known(False)))
    return None


def _windowed(program: Program, backward: Event) -> Loader | None:
    """Batches of `x[start : start + 32]`."""
    found = _taken(program, backward, "window")
    return found if found is None else _ordered(program, backward, found)


_UNSEEN: Fact[bool] = unknown("no order is drawn that is seen")


def _ordered(program: Program, backward: Event, loader: Loader) -> Loader | None:
    """The windows of elements whose order was drawn before, or from each of which something is made; None where neither
    was, as for a text that is read on.
    shuffle: known where an order is drawn in a loop around, for each pass over the data."""
    loops = {p.loop for p in backward.loops}
    orders = [
        event
        for event in program.events_of(EventKind.DRAW)
        if event.options.get("by") == "order" and event.root == backward.root
    ]
    again = any(event.loops and loops.issuperset(p.loop for p in event.loops) for event in orders)
    if not again and not any(event.index < backward.index for event in orders):
        return loader if "gathered" in loader.options else None
    return replace(loader, shuffle=known(True)) if again else loader


def _only_loader(program: Program) -> Loader | None:
    """The only loader, or what is common to all of them where one shuffles, as those for training do."""
    found = list({id(loader): loader for loader in program.loaders if not _spare(program, loader)}.values())
    if not found or not _may_train(program):
        return None
    first, sizes = found[0], [loader.batch_size for loader in found]
    if len(found) == 1:
        return first
    alike = all(s.known and (s.value, s.origin[:1]) == (sizes[0].value, sizes[0].origin[:1]) for s in sizes)
    orders = {loader.shuffle.value for loader in found}
    if not alike or not sizes[0].origin or True not in orders:
        return None
    return first if orders == {True} else replace(first, shuffle=unknown("one of several loaders"))


def _spare(program: Program, loader: Loader) -> bool:
    """Whether it is drawn from only where something failed, or in later runs."""
    draws = [e for e in program.events if any(p.loop.target is loader for p in e.loops)]
    return bool(draws) and all(any(branch.unlikely for branch in e.branches) for e in draws)


def _may_train(program: Program) -> bool:
    """Whether nothing says that the only loader is for evaluation."""
    evaluated: list[Event] = program.events_of(EventKind.EVAL_MODE)
    # Gradients that a forward pass takes are a part of what it computes (forces).
    trained = (e for e in program.events_of(*_TRAINED) if not e.options.get("inside"))
    return not evaluated or any(trained)


def batch_size(program: Program) -> dict[str, Any]:
    """The size of the training batches and where it comes from; for one device, where their number counts."""
    loader = training_loader(program)
    if loader is None:
        return {"value": None, "origin": []}
    size = loader.batch_size
    if not size.known:
        size = loader.options.get("usual_batch_size", size)
    return {"value": number_of(size), "origin": origin_objects(size.origin)}
