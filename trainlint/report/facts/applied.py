"""Losses and clipping, by the places that apply them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trainlint.facts.evaluation import rehearsed
from trainlint.facts.events import Branch, Event, EventKind
from trainlint.facts.program import Program
from trainlint.facts.training import Clipping, Loss
from trainlint.report.facts.alternatives import CHOICES, events_by_target, one_of_several
from trainlint.report.facts.values import number_of, place_object

_TRAINED = (EventKind.BACKWARD, EventKind.STEP)


def loss_objects(program: Program) -> list[dict[str, Any]]:
    """Each loss function once for each place where it is applied; several of which a choice that is not known takes one
    are one. Those of parts that were only called to see their layers do not count beside others.

    A choice between losses that have nothing in common says nothing. What a library's network computes of the labels that it
    is given counts where the program applies no loss besides. One of the program's own has no qualified name and is left out: the losses of libraries that it applies stand here.
    """
    events = events_by_target(program, EventKind.LOSS)
    plain = [loss for loss in program.losses if not loss.inner]
    losses = plain if any("." in loss.name for loss in plain) else program.losses
    own = [loss for loss in losses if not _only_rehearsed(program, events.get(id(loss)))]
    named = [loss for loss in own if _is_named(loss)]
    found: dict[Any, list[Loss]] = {}
    for loss in own if named else losses:
        found.setdefault((loss.name, loss.location), []).append(loss)
    made = []
    for applied in found.values():
        last = applied[-1]
        name = last.name if _is_named(last) else None
        item = {"name": name, "takes": last.takes if name else None, **place_object(last.location)}
        made.append((item, _branches(events.get(id(applied[0])))))
    found_once = one_of_several(made, "path", "line", rest=False)
    return [item for item in found_once if item["name"] is not None or item["takes"] is not None]


def _is_named(loss: Loss) -> bool:
    """Whether it is a library's, or one that is recognised in what the program writes out."""
    return "." in loss.name and not loss.own


def _only_rehearsed(program: Program, event: Event | None) -> bool:
    return event is not None and rehearsed(program, event)


def _branches(event: Event | None) -> tuple[Branch, ...]:
    return event.branches if event is not None else ()


def clipping_objects(program: Program) -> list[dict[str, Any]] | None:
    """Each clipping of gradients; [] for none, None where code that was not followed may clip, and where a choice that is not
    known says whether anything is clipped."""
    events = events_by_target(program, EventKind.CLIP)
    made: dict[Any, tuple[dict[str, Any], tuple[Branch, ...]]] = {}
    for clipping in program.clippings:
        item = {"kind": _clipping_kind(clipping), "max": number_of(clipping.max)}
        place = place_object(clipping.location)
        made[clipping.location] = {**item, **place}, _branches(events.get(id(clipping)))
    sure = [
        (item, branches)
        for item, branches in made.values()
        if item["max"] is not None or not _optional(program, branches, made.values())
    ]
    found = one_of_several(sure, "path", "line")
    hidden = _gradients_escape(program) or _scaled_by_hand(program) or _unseen_optimizer(program)
    # What is applied and not listed is an option of a library whose bound is not known: it may be off.
    listed = {id(clipping) for clipping in program.clippings}
    hidden = hidden or len(sure) < len(made) or not events.keys() <= listed
    return found if found or (program.complete and not hidden) else None


def _optional(
    program: Program, branches: tuple[Branch, ...], made: Iterable[tuple[dict[str, Any], tuple[Branch, ...]]]
) -> bool:
    """Whether it stands under a choice that is not known and that no update stands under, in one arm of it only: with a bound
    that is not known either, an option that may be off."""
    others = [branch for _, each in made for branch in each]
    updates = {b.serial for event in program.events_of(EventKind.STEP) for b in event.branches}
    return any(
        b.kind in CHOICES
        and not b.varies
        and b.serial not in updates
        and all(other.arm == b.arm for other in others if other.serial == b.serial)
        for b in branches
    )


def _unseen_optimizer(program: Program) -> bool:
    """Whether Keras updates with an optimizer that is not known: its own arguments may clip."""
    steps = program.events_of(EventKind.STEP)
    return program.framework == "keras" and any(event.target is None for event in steps)


def _scaled_by_hand(program: Program) -> bool:
    """Whether gradients are multiplied by something that is not known: their norm may be in it."""
    return any(e.options.get("factor") == "unknown" for e in program.events_of(EventKind.GRAD_CHANGE))


def _clipping_kind(clipping: Clipping) -> str | None:
    """By norm or by value; gradients that code clamps itself, between numbers that it gives, are clipped by value."""
    if clipping.kind in ("norm", "value"):
        return clipping.kind
    return "value" if clipping.max.known else None


def _gradients_escape(program: Program) -> bool:
    """Whether a model or optimizer goes into code that is not followed, where gradients may be clipped: a network after
    a backward pass and before the update, an optimizer anywhere in the loop."""
    loops = {id(p.loop) for e in program.events_of(*_TRAINED) for p in e.loops}
    windows = _before_updates(program)
    for event in program.events_of(EventKind.ESCAPE):
        kind = type(event.target).__name__
        within = not loops or any(id(p.loop) in loops for p in event.loops)
        if kind == "Optimizer" and within:
            return True
        if kind in ("Module", "Parameter"):
            if not windows and within:
                return True
            if any(root == event.root and first < event.index < last for root, first, last in windows):
                return True
    return False


def _before_updates(program: Program) -> list[tuple[int, int, int]]:
    """Run and indices of the last backward pass before each update, and of the update."""
    found: list[tuple[int, int, int]] = []
    latest: dict[int, int] = {}
    for event in program.events_of(*_TRAINED):
        if event.kind is EventKind.BACKWARD:
            latest[event.root] = event.index
        elif event.root in latest:
            found.append((event.root, latest[event.root], event.index))
    return found
