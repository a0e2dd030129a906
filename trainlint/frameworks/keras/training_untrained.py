"""Networks that are compiled and not trained: what is known of their losses, and optimizers that nothing uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Optimizer
from trainlint.frameworks.keras import optimizers
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.keras.training_compile import Compiled, applied, apply_losses, compiled, owned
from trainlint.frameworks.torch.tree import parameters_of
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def finish(run: Interpreter) -> None:
    """Networks may be built after compile(): let the optimizers hold what there is at the end."""
    for optimizer, instance in owned(run):
        held = parameters_of(run, instance)
        optimizers.hold(optimizer, replace(held, complete=held.complete and instance.data.complete))
        optimizer.state["waiting"] = _is_never_trained(run, instance)


LIBRARY.finishers.append(finish)


def _is_never_trained(run: Interpreter, instance: Instance) -> bool:
    """Whether a network was only compiled so that it predicts, in a program that trains others: of what compile() was
    given for it nothing is used."""
    settings, module = compiled(instance), instance.data
    if settings is None or settings.location in applied(run) or module.escaped:
        return False
    if id(module) in run.program.rehearsed or not any(c.module is module for c in run.program.calls):
        return False
    stepped = {id(e.target) for e in run.program.events_of(EventKind.STEP) if isinstance(e.target, Optimizer)}
    return bool(stepped) and id(settings.fact) not in stepped


def rehearsals(run: Interpreter) -> list[tuple[str, Callable[[], Value]]]:
    """Networks that are compiled but never trained: their losses are applied to their outputs once."""
    done = applied(run)
    found: list[tuple[str, Callable[[], Value]]] = []
    for instance in {id(instance): instance for _, instance in owned(run)}.values():
        settings = compiled(instance)
        if settings is None or settings.loss is None or _is_never_trained(run, instance):
            continue
        if settings.location not in done:
            name = f"{instance.data.qualname}.compile"
            found.append((name, lambda i=instance, s=settings: _rehearse(run, i, s)))  # type: ignore[misc]
    return found


def _rehearse(run: Interpreter, instance: Instance, settings: Compiled) -> Value:
    calls = [c for c in run.program.calls if c.module is instance.data and c.parent is None]
    outputs_: list[Value] = [Tensor(node, KERAS) for node in (calls[-1].outputs if calls else ())]
    prediction = outputs_[0] if len(outputs_) == 1 else TupleValue(outputs_)
    if outputs_:
        apply_losses(run, settings, None, prediction, lambda term: None)
    return Const(None)


LIBRARY.rehearsers.append(rehearsals)
