"""Optimizers, as the code makes them."""

from __future__ import annotations

from typing import Any

from trainlint.facts.events import EventKind, different_arms
from trainlint.facts.fact import Fact, unknown
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import Updates
from trainlint.report.facts.units import NEVER, unit_of
from trainlint.report.facts.values import number_of, origin_objects, place_object


def optimizer_objects(program: Program) -> list[dict[str, Any]]:
    """Each optimizer that the code constructs; the literal of its rate comes first in `lr_origin`.

    Several of which a choice that is not known takes one are one; what they differ in is not known.
    """
    found: dict[Any, dict[str, Any]] = {}
    first: dict[Any, Optimizer] = {}
    stands: dict[Any, Any] = {}  # for what another one stands, by place
    idle = {id(optimizer) for optimizer in idle_optimizers(program)}
    for optimizer in program.optimizers:
        if optimizer.symbolic or id(optimizer) in idle or _in_handler(optimizer, program):
            continue
        made = {
            "name": optimizer.name,
            "lr": number_of(rate := _in_use(optimizer, "lr", optimizer.lr)),
            "momentum": number_of(optimizer.momentum),
            "weight_decay": number_of(_in_use(optimizer, "weight_decay", optimizer.weight_decay)),
            "lr_origin": origin_objects(rate.origin),
            **place_object(optimizer.location),
        }
        other = next(
            (
                o
                for o in first.values()
                if _kept(o) != _kept(optimizer) and (_either(o, optimizer) or _again(o, optimizer))
            ),
            None,
        )
        chosen = stands.get(optimizer.location) if optimizer.state.get("branches") else None
        key = _kept(other) if other is not None else chosen
        if key is not None:
            stands.setdefault(optimizer.location, key)
            before = found[key]
            before |= {k: None for k in ("name", "lr", "momentum", "weight_decay") if before[k] != made[k]}
            before["lr_origin"] = [] if before["lr"] is None else before["lr_origin"]
            continue
        first.setdefault(optimizer.location, optimizer)
        found[_kept(optimizer)] = made
    told = ("name", "lr", "momentum", "weight_decay")
    return [made for made in found.values() if any(made[key] is not None for key in told)]


def _in_use(optimizer: Optimizer, name: str, told: Fact[float]) -> Fact[float]:
    """A number of the constructor's; where it is the library's default and every group has one of its own, the one that
    groups have (0 beside it: weights without decay), not known for several."""
    own = [group.own[name] for group in optimizer.groups if name in group.own]
    if told.origin or not own or len(own) < len(optimizer.groups):
        return told
    if not all(fact.known for fact in own):
        return unknown("groups with numbers of their own")
    several = {fact.value: fact for fact in own if fact.value} or {0.0: own[0]}
    return next(iter(several.values())) if len(several) == 1 else unknown("groups with numbers of their own")


def idle_optimizers(program: Program) -> list[Optimizer]:
    """Optimizers that never step beside others that do: for the same weights (the rest of a table to choose from), for
    those of networks that nothing calls (a trial of the arguments), or a parameter's default that is never given weights."""
    steps = program.events_of(EventKind.STEP)
    stepped = {id(event.target): event.target for event in steps if isinstance(event.target, Optimizer)}
    if not stepped or not program.complete or any(event.target is None for event in steps):
        return []
    updates = Updates.of(program)
    held = [found for each in stepped.values() if (found := updates.touched_by(each)) is not None]
    scheduled = {id(s.optimizer) for s in program.schedules if unit_of(program, s) != NEVER}
    called = {id(call.module) for call in program.calls} - program.rehearsed

    def unused(optimizer: Optimizer) -> bool:
        roots = {id(m.root): m.root for m in optimizer.parameters.modules}.values()
        return bool(roots) and not any(id(m) in called for root in roots for m in root.walk())

    return [
        each
        for each in program.optimizers
        if not (id(each) in stepped or each.escaped or id(each) in scheduled)
        and (
            each.state.get("waiting")
            or (
                (own := updates.touched_by(each)) is not None
                and (any(own <= other for other in held) or unused(each))
            )
        )
    ]


def _in_handler(optimizer: Optimizer, program: Program) -> bool:
    """Whether it is made where an exception was caught, in a program that makes one where none was."""
    return _caught(optimizer) and not all(_caught(other) for other in program.optimizers)


def _caught(optimizer: Optimizer) -> bool:
    return any(branch.unlikely for branch in optimizer.state.get("branches", ()))


def _kept(optimizer: Optimizer) -> tuple[Any, ...]:
    """What tells optimizers apart that one place makes: a helper that is called twice makes two."""
    numbers = (optimizer.lr, optimizer.momentum, optimizer.weight_decay)
    return optimizer.name, optimizer.location, *map(number_of, numbers), optimizer.lr.literal


def _again(first: Optimizer, second: Optimizer) -> bool:
    """Whether a later pass of a loop makes the second at the same place, with a rate that is only known for the first."""
    if first.location != second.location or second.lr.known or not first.lr.known:
        return False
    before = {p.loop.location: p.number for p in first.state.get("made_in", ())}
    return any(before.get(p.loop.location, p.number) != p.number for p in second.state.get("made_in", ()))


def _either(first: Optimizer, second: Optimizer) -> bool:
    return different_arms(first.state.get("branches", ()), second.state.get("branches", ()))
