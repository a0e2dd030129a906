"""A trainer that is made and not started, and arguments that no trainer is shown to take, as pasted code ends with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.frameworks.huggingface.arguments import SHOWN
from trainlint.frameworks.huggingface.trainer import TRAINER, TRAINERS, USED
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_TRAINS = frozenset({
    "learning_rate", "per_device_train_batch_size", "num_train_epochs", "max_steps", "weight_decay", "warmup_steps",
    "warmup_ratio", "gradient_accumulation_steps", "lr_scheduler_type", "optim",
})  # fmt: skip
"""Options that only training reads."""


def rehearsals(run: Interpreter) -> list[tuple[str, Callable[[], Value]]]:
    """`train()` of the first trainer that nothing used, or else of one with the first arguments that tell of training.

    None where the program trains or makes an optimizer in another way.
    """
    program = run.program
    if program.optimizers or program.events_of(EventKind.STEP):
        return []
    used: set[int] = run.memo.get(USED, set())
    trainers: list[Instance] = run.memo.get(TRAINERS, [])
    if trainers:
        idle = next((t for t in trainers if id(t) not in used), None) if not used else None
        return [(f"{TRAINER}.train", lambda: run.call_method(idle, "train"))] if idle is not None else []
    for instance, named in run.memo.get(SHOWN, []):
        if len(_TRAINS & named) >= 2:
            return [(f"{TRAINER}.train", lambda i=instance: _train(run, i))]  # type: ignore[misc]
    return []


def _train(run: Interpreter, arguments: Instance) -> Value:
    given: dict[str, Value] = {"model": Unknown("a model that is not shown"), "args": arguments}
    return run.call_method(run.call(run.library_name(TRAINER), Args([], given)), "train")
