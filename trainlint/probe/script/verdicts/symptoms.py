"""What a run shows whether or not a rule speaks of it: the numbers that a person would look at first."""

from __future__ import annotations

import math
from collections.abc import Iterator

from trainlint.probe.script.record import Record
from trainlint.probe.script.verdicts.losses import RAW
from trainlint.probe.script.verdicts.scene import course, losses_of, short

MOSTLY_DEAD = 0.5


def symptoms(record: Record) -> list[str]:
    """One line each, the gravest first."""
    return list(_symptoms(record))


def _symptoms(record: Record) -> Iterator[str]:
    losses = losses_of(record)
    if losses:
        yield course(losses) or f"one loss was seen: {short(losses[0])}"
    for one in record.optimizers:
        if not one.rates:
            continue
        name = one.name.rsplit(".", 1)[-1]
        low, high = min(one.rates), max(one.rates)
        rate = short(high) if low == high else f"{short(low)} to {short(high)}"
        norms = sorted(n for n in one.norms if math.isfinite(n))
        middle = f", median gradient norm {short(norms[len(norms) // 2])}" if norms else ""
        yield f"{name}: {one.steps} steps at a learning rate of {rate}{middle}"
        if one.kept:
            yield f"{name}: {one.kept} updates still held the gradients of the one before"
        if one.empty:
            yield f"{name}: {one.empty} updates found no gradient"
        if len(norms) < len(one.norms):
            yield f"{name}: {len(one.norms) - len(norms)} updates with gradients that are not finite"
    dead = [
        (x.dead_end, x.name) for x in record.layers if x.dead_end is not None and x.dead_end >= MOSTLY_DEAD
    ]
    if dead:
        names = ", ".join(f"{name} ({share:.0%})" for share, name in sorted(dead, reverse=True)[:5])
        yield f"units that give zero for all samples of the last batches: {names}"
    for network in record.networks:
        values = next(iter(network.inputs), None)
        if (
            values is not None
            and max(values.std, abs(values.mean)) >= RAW
            and not values.kind.startswith(("int", "uint"))
        ):
            yield f"inputs of {network.name} run from {short(values.low)} to {short(values.high)}"
    targets = [
        x.target
        for x in record.losses
        if x.target is not None and x.target.kind.startswith(("float", "bfloat"))
    ]
    if targets and max(targets[0].std, abs(targets[0].mean)) >= RAW:
        yield f"targets run from {short(targets[0].low)} to {short(targets[0].high)}"
    if record.missed:
        yield f"no optimizer takes {', '.join(record.missed[:5])}"
