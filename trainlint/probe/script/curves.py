"""Curves of a run for plots: losses, gradient norms and learning rates over the optimizer steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trainlint.model import Series
from trainlint.probe.script.record import Record

MOST = 3
"""Losses (places of backward()) and optimizers that are drawn; a program rarely has more that matter."""


def curves(record: Record) -> tuple[Series, ...]:
    """What can be drawn of a record; each curve has at least two points."""
    return tuple(series for series in _all(record) if len(series.flagged[0]) > 1)


def _all(record: Record) -> Iterator[Series]:
    for seen in record.backwards[:MOST]:
        where = f" ({Path(seen.spot.path).name}:{seen.spot.line})" if seen.spot.path else ""
        xs = tuple(float(step) for step in seen.steps) if len(seen.steps) == len(seen.losses) else ()
        yield Series("loss", f"loss in the run{where}", xs, (seen.losses,))
    for optimizer in record.optimizers[:MOST]:
        name = optimizer.name.rpartition(".")[2]
        steps = tuple(float(step) for step in range(len(optimizer.norms)))
        yield Series("gradient-norm", f"norm of the gradient, {name}", steps, (optimizer.norms,), log=True)
        if len(set(optimizer.rates)) > 1:
            steps = tuple(float(step) for step in range(len(optimizer.rates)))
            yield Series("rate", f"learning rate, {name}", steps, (optimizer.rates,))
