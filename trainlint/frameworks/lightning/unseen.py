"""trainer.fit() of a module that the code does not show: what the trainer is told, and the data, are known all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Clipping, ParameterSet
from trainlint.frameworks.lightning import hooks
from trainlint.frameworks.lightning.data import Draw, loaders_of
from trainlint.frameworks.lightning.optimization import off
from trainlint.frameworks.lightning.plan import (
    accumulation,
    mixed_precision,
    planned_batches,
    planned_epochs,
)
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def fit(run: Interpreter, trainer: Instance, data: Value | None, loaders: Value | None) -> None:
    """The trainer's loop, with an optimizer and a loss that are not known."""
    from trainlint.frameworks.lightning.trainer import argument

    module = data if isinstance(data, Instance) else None
    hooks.call(run, module, "prepare_data")
    hooks.call(run, module, "setup", [Const("fit")])
    draw = Draw(run, loaders_of(run, loaders, [module], "train_dataloader"))
    enabled = mixed_precision(argument(trainer, "precision"))
    if enabled is not False:
        run.event(EventKind.AUTOCAST, location=trainer.location, enabled=enabled)
    every = accumulation(run, trainer)
    limit, kind = argument(trainer, "gradient_clip_val"), argument(trainer, "gradient_clip_algorithm")
    clipping: Clipping | None = None
    if isinstance(limit, Const) and not off(limit):
        by_value = isinstance(kind, Const) and str(kind.value).lower() == "value"
        bound = run.number(limit, "gradient_clip_val")
        clipping = Clipping(
            "value" if by_value else "norm", trainer.location, bound, ParameterSet(complete=False)
        )
        run.program.clippings.append(clipping)

    def batch(number: int) -> None:
        draw.make()
        run.event(EventKind.ZERO_GRAD, None, by="unknown")
        run.event(EventKind.BACKWARD, None, by="unknown")
        if clipping is not None:
            run.event(EventKind.CLIP, clipping, location=trainer.location)
        run.event(EventKind.STEP, None, by="unknown", every=every)

    def epoch(number: int) -> None:
        length = planned_batches(run, trainer, draw.length)
        repeat(run, batch, over="loader", length=length, target=draw.target)

    repeat(run, epoch, length=planned_epochs(run, trainer))
