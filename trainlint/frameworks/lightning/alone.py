"""A LightningModule that no script of the program trains: it is trained by a trainer of which nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def usual(run: Interpreter, instance: Instance) -> Mapping[str, Callable[[], Value]]:
    """The steps that no trainer of the program was seen to run, by the method's name."""
    from trainlint.frameworks.lightning.training import Session

    seen: set[tuple[int, str]] = run.memo.setdefault("lightning.done", set())

    def action(name: str) -> Callable[[], Value]:
        def call() -> Value:
            if (id(instance.cls), name) in seen:
                return Const(None)
            session = Session(run, None, instance, None)
            session.place = session.at(name)
            if name == "training_step":
                told = "clipping, accumulation, precision and length of the run"
                run.gap(f"{told} of {instance.cls.describe()}", "no code here makes the trainer that fits it")
                session.fit()
            else:
                session.evaluation(name.removesuffix("_step"), None)
            return Const(None)

        return call

    names = ("training_step", "validation_step", "test_step", "predict_step")
    return {name: action(name) for name in names if (id(instance.cls), name) not in seen}
