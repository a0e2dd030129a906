"""One training step: forward pass, loss, backward pass, clipping, update, and the schedules' steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.training import Clipping
from trainlint.frameworks.lightning import callbacks, hooks
from trainlint.frameworks.lightning.optimization import (
    Configured,
    Scheduled,
    as_lightning,
    facts_of,
    off,
    parameters,
)
from trainlint.frameworks.lightning.plan import mixed_precision
from trainlint.frameworks.torch import manual_losses
from trainlint.frameworks.torch.module import parameters_of
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.model import Location
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.frameworks.lightning.training import Session
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


class Training:
    """How a session trains: what the trainer is told, and the steps."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.run: Interpreter = session.run
        self.model = session.model
        self.configured: Configured = session.configured or Configured(complete=False)
        self.every = callbacks.accumulation(
            self.run, session.callbacks, self.argument("accumulate_grad_batches")
        )
        self.clippings: dict[int, Clipping] = {}

    def argument(self, name: str) -> Value:
        """An argument of the trainer."""
        from trainlint.frameworks.lightning.trainer import argument

        return argument(self.session.trainer, name)

    def at(self) -> Location:
        """Where the training step begins: the trainer's own work on gradients is shown there."""
        return self.session.at("training_step")

    # -- what the trainer is told

    def announce(self) -> None:
        """Mixed precision, and callbacks that change the rate or may change anything."""
        session, precision = self.session, self.argument("precision")
        enabled = mixed_precision(precision)
        location = session.trainer.location if session.trainer is not None else self.at()
        if enabled is not False:
            self.run.event(EventKind.AUTOCAST, location=location, enabled=enabled)
        for optimizer in self.configured.optimizers:
            callbacks.prepare(self.run, session.callbacks, optimizer)
        averaged = self.argument("stochastic_weight_avg")
        if averaged.truth(self.run) is True:
            for optimizer in self.configured.optimizers:
                callbacks.averaging(self.run, optimizer, None, location)

    # -- batches

    def batch(self, batch: Value) -> Value:
        """Everything that is done with one batch; what training_step() returned."""
        index = Unknown("batch_idx")
        self.session.hook("on_batch_start", batch)
        self.session.hook("on_train_batch_start", batch, index)
        automatic = self._automatic()
        result: Value = _NONE
        if automatic is True and self.configured.optimizers:
            several = len(self.configured.optimizers) > 1
            for number, optimizer in enumerate(self.configured.optimizers):
                result = self._update(optimizer, number if several else None, batch, index)
        elif automatic is False or (automatic is True and self.configured.complete):
            result = self._forward(batch, index, None)  # by hand, or nothing is optimised
        else:
            result = self._forward(batch, index, None)
            self._unseen(result)
        self.session.hook("on_train_batch_end", result, batch, index)
        self.session.hook("on_batch_end")
        if automatic is not False:
            self.step_schedules("step")
        return result

    def _automatic(self) -> bool | None:
        told = self.argument("automatic_optimization").truth(self.run)
        own = self.run.get_attr(self.model, "automatic_optimization").truth(self.run)
        return False if told is False or own is False else own

    def _unseen(self, result: Value) -> None:
        """Optimizers that the code does not show do what the trainer makes any optimizer do."""
        place = self.at()
        self.run.event(EventKind.ZERO_GRAD, None, location=place, by="unknown")
        self._backward(result, None)
        self.run.event(EventKind.STEP, None, location=place, by="unknown", every=self.every)

    def _forward(self, batch: Value, index: Value, number: int | None) -> Value:
        own = hooks.method(self.run, self.model, "training_step")
        extra: dict[str, Value] = {n: Unknown(n) for n in ("hiddens", "dataloader_iter")}
        if number is not None:
            extra["optimizer_idx"] = Const(number)
        elif hooks.takes(own, "optimizer_idx"):
            extra["optimizer_idx"] = Const(0)
        result = hooks.call_with(self.run, own, [batch, index], extra) if own is not None else _NONE
        ended = hooks.call(self.run, self.model, "training_step_end", [result])
        return result if ended is None or (isinstance(ended, Const) and ended.value is None) else ended

    # -- updates

    def _update(self, optimizer: Value, number: int | None, batch: Value, index: Value) -> Value:
        result: list[Value] = []

        def closure(run: Interpreter, args: Args) -> Value:
            result[:] = [self._forward(batch, index, number)]
            self._zero_grad(optimizer, number)
            self._backward(result[0], optimizer)
            self._before_step(optimizer, number)
            return _loss(run, result[0])

        self._step(optimizer, number, hooks.Closure("the training step", closure))
        return result[0] if result else _NONE

    def _step(self, optimizer: Value, number: int | None, closure: Value) -> None:
        own = hooks.method(self.run, self.model, "optimizer_step")
        if own is None:
            self._plain_step(optimizer, closure)
            return
        name = _closure_name(own)
        if not _reads(own, name):  # versions before 1.0 ran it themselves
            self.run.call(closure, Args())
        shown = as_lightning(self.run, optimizer)
        extra: dict[str, Value] = dict.fromkeys(("optimizer_idx", "optimizer_i"), Const(number or 0))
        extra |= dict.fromkeys(("on_tpu", "using_lbfgs"), Const(False))
        extra |= {"using_native_amp": Unknown("amp"), name: closure}
        hooks.call_with(self.run, own, [Unknown("epoch"), Unknown("batch_idx"), shown], extra)

    def _plain_step(self, optimizer: Value, closure: Value) -> None:
        if isinstance(optimizer, Instance) and "step" in optimizer.attrs:  # a class of the program's own
            self.run.call(optimizer.attrs["step"], Args([], {"closure": closure}))
            return
        self.run.call(closure, Args())
        targets: list[Any] = list(facts_of(optimizer)) or [None]
        place = self.at()

        def step(target: Any) -> Value:
            options = {} if target is not None else {"by": "unknown"}
            self.run.event(EventKind.STEP, target, location=place, every=self.every, **options)
            return _NONE

        if len(targets) == 1:
            step(targets[0])
        else:
            self.run.alternatives([lambda t=t: step(t) for t in targets])  # type: ignore[misc]

    def _zero_grad(self, optimizer: Value, number: int | None) -> None:
        self.session.hook("on_before_zero_grad", optimizer)
        own = hooks.method(self.run, self.model, "optimizer_zero_grad")
        if own is not None:
            given = [Unknown("epoch"), Unknown("batch_idx"), optimizer]
            extra = {"optimizer": optimizer, "optimizer_idx": Const(number or 0)}
            hooks.call_with(self.run, own, given, extra)
            return
        targets: list[Any] = list(facts_of(optimizer))
        for target in targets or [None]:
            self.run.event(EventKind.ZERO_GRAD, target, location=self.at())

    def _backward(self, result: Value, optimizer: Value | None) -> None:
        loss = _loss(self.run, result)
        self.session.hook("on_before_backward", loss)
        own = hooks.method(self.run, self.model, "backward")
        if own is not None:
            extra = {
                "loss": loss,
                "optimizer": optimizer or _NONE,
                "optimizer_idx": Const(0),
                "trainer": _NONE,
            }
            hooks.call_with(self.run, own, [loss], extra)
        else:
            node = loss.node if isinstance(loss, Tensor) else None
            if node is not None:
                manual_losses.record(self.run, node)
            if node is not None or not _is_none(loss):
                self.run.event(EventKind.BACKWARD, node, location=self.at(), by="trainer")
        self.session.hook("on_after_backward")

    def _before_step(self, optimizer: Value, number: int | None) -> None:
        """Hooks and clipping between the backward pass and the update."""
        callbacks.unseen(self.run, self.session.callbacks, optimizer)
        for callback in self.session.callbacks:
            callbacks.call(
                self.run, callback, "on_before_optimizer_step", self.session.handle, self.model, [optimizer]
            )
        own = hooks.method(self.run, self.model, "on_before_optimizer_step")
        if own is not None:
            hooks.call_with(self.run, own, [optimizer], {"optimizer_idx": Const(number or 0)})
        limit, kind = self.argument("gradient_clip_val"), self.argument("gradient_clip_algorithm")
        own = hooks.method(self.run, self.model, "configure_gradient_clipping")
        if own is not None:
            extra = {"optimizer_idx": Const(number or 0)}
            hooks.call_with(self.run, own, [as_lightning(self.run, optimizer), limit, kind], extra)
            return
        for target in facts_of(optimizer):
            if not isinstance(limit, Const):
                self.run.event(EventKind.ESCAPE, target, location=self.at(), to="lightning.pytorch.Trainer")
        if not off(limit) and isinstance(limit, Const):
            self._clip(optimizer, limit, kind)

    def _clip(self, optimizer: Value, limit: Value, kind: Value) -> None:
        location = self.session.trainer.location if self.session.trainer is not None else self.at()
        if id(optimizer) not in self.clippings:
            value = isinstance(kind, Const) and str(kind.value).lower() == "value"
            bound = self.run.number(limit, "gradient_clip_val")
            subject = parameters_of(self.run, parameters(self.run, optimizer) or _NONE)
            made = Clipping("value" if value else "norm", location, bound, subject)
            self.clippings[id(optimizer)] = made
            self.run.program.clippings.append(made)
        self.run.event(EventKind.CLIP, self.clippings[id(optimizer)], location=location)

    # -- schedules

    def step_schedules(self, interval: str) -> None:
        """The steps of schedules of this interval; one whose interval is not known steps outside of any loop."""
        if self._automatic() is False:
            return
        for schedule in self.configured.schedules:
            if schedule.interval == interval:
                if schedule.maybe:
                    self.run.alternatives([lambda s=schedule: self._schedule(s), lambda: _NONE])  # type: ignore[misc]
                else:
                    self._schedule(schedule)

    def _schedule(self, schedule: Scheduled) -> Value:
        own = hooks.method(self.run, self.model, "lr_scheduler_step")
        metric = Unknown("the monitored metric") if schedule.monitored else _NONE
        value = schedule.scheduler
        if own is not None:
            hooks.call_with(self.run, own, [value, metric], {"optimizer_idx": Const(0)})
        elif isinstance(value, UnionValue):
            arms = [v for v in value.alternatives if isinstance(v, Instance)]
            if arms:
                self.run.alternatives([lambda v=v: self._schedule(Scheduled(v)) for v in arms])  # type: ignore[misc]
        elif isinstance(value, Instance):
            callbacks.step_schedule(self.run, value, schedule.monitored)
        return _NONE


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


_CLOSURES = ("optimizer_closure", "second_order_closure", "closure")


def _closure_name(own: Value) -> str:
    """The parameter of an overridden optimizer_step() that takes the closure; "" if it has none."""
    found = next((name for name in _CLOSURES if hooks.takes(own, name)), "")
    function = hooks.function_of(own)
    if found or function is None:
        return found
    places = [a.arg for a in function.node.args.args][1:]
    return places[3] if len(places) > 3 and not places[3].startswith("optimizer_i") else ""


def _reads(own: Value, name: str) -> bool:
    """Whether a function's body uses a parameter (or `super()`, which does)."""
    import ast

    function = hooks.function_of(own)
    if function is None or not name:
        return False
    return any(isinstance(n, ast.Name) and n.id in (name, "super") for n in ast.walk(function.node))


def _loss(run: Interpreter, result: Value) -> Value:
    """The loss in what training_step() returned: a tensor, or a dictionary's "loss"."""
    entries = as_dict(result)
    if entries is not None:
        found = entries.strings().get("loss") or entries.strings().get("minimize")
        return found if found is not None else Unknown("the loss")
    if isinstance(result, UnionValue):
        parts = [p for p in (_loss(run, v) for v in result.alternatives) if not _is_none(p)]
        tensors = [p for p in parts if isinstance(p, Tensor)]
        if tensors and len(tensors) == len(parts):
            return tensors[0] if len(tensors) == 1 else Tensor(run.as_node(UnionValue(tensors)), TORCH)
        return Unknown("the loss")
    return result
