"""What a trainer is told about a run: its length, precision, and batches for each update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact
from trainlint.frameworks.lightning import callbacks
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

EPOCHS = 1000
"""Epochs of a Trainer without max_epochs and max_steps."""
MIXED = ("16", "16-mixed", "bf16", "bf16-mixed", "transformer-engine", "transformer-engine-float16")
WHOLE = ("32", "32-true", "64", "64-true", "16-true", "bf16-true", "double", "full")


def mixed_precision(precision: Value) -> bool | None:
    """Whether a `precision` argument asks for mixed precision; None where that is not known."""
    if not isinstance(precision, Const):
        return None
    text = str(precision.value)
    return True if text in MIXED else False if text in WHOLE or precision.value is None else None


def planned_epochs(run: Interpreter, trainer: Instance | None) -> int | None:
    """Epochs of a trainer's run where they are known."""
    from trainlint.frameworks.lightning.trainer import argument

    if argument(trainer, "fast_dev_run").truth(run) is True:
        return 1
    steps, most = argument(trainer, "max_steps"), argument(trainer, "max_epochs")
    old = argument(trainer, "max_nb_epochs")
    most = old if isinstance(old, Const) and old.value is not None else most
    if not isinstance(steps, Const) or not isinstance(most, Const):
        return None
    limited = isinstance(steps.value, int | float) and steps.value >= 0
    if isinstance(most.value, int) and most.value >= 0:
        return None if limited else most.value
    return EPOCHS if most.value is None and not limited else None


def planned_batches(run: Interpreter, trainer: Instance | None, length: int | None) -> int | None:
    """Batches of an epoch where they are known; length: of the loader."""
    from trainlint.frameworks.lightning.trainer import argument

    limit = argument(trainer, "limit_train_batches")
    if argument(trainer, "fast_dev_run").truth(run) is True:
        return 1
    if isinstance(limit, Const) and isinstance(limit.value, int) and not isinstance(limit.value, bool):
        return limit.value if length is None else min(limit.value, length)
    whole = isinstance(limit, Const) and limit.value in (None, 1.0)
    return length if whole and argument(trainer, "overfit_batches").truth(run) is False else None


def accumulation(run: Interpreter, trainer: Instance) -> Fact[int]:
    """Batches of an update, as a trainer and its callbacks say."""
    from trainlint.frameworks.lightning.trainer import argument

    return callbacks.accumulation(
        run, callbacks.listed(run, trainer, None), argument(trainer, "accumulate_grad_batches")
    )
