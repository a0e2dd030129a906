"""The loop of a Learner, as the events of a loop written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Loader, Optimizer, Schedule
from trainlint.frameworks.fastai import callbacks
from trainlint.frameworks.torch.schedules import record
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


class Fit:
    """One call of fit: epochs, in each a pass over the training data and one over the validation data."""

    def __init__(
        self,
        run: Interpreter,
        learner: Instance,
        optimizer: Value,
        schedule: Schedule | None,
        more: list[Value],
    ) -> None:
        self.run, self.learner, self.optimizer, self.schedule = run, learner, optimizer, schedule
        known = learner.attrs.get("cbs")
        self.callbacks = [*(known.elements if isinstance(known, ListValue) else []), *more]
        for callback in self.callbacks:
            if isinstance(callback, Instance):
                run.write(callback.attrs, callbacks.LEARN, learner)
        self.model = learner.attrs.get("model", Unknown("the network"))
        self.place = run.here

    def fire(self, event: str) -> None:
        """Call the callbacks' methods for an event."""
        callbacks.fire(self.run, self.callbacks, event)

    def fit(self, epochs: Value) -> None:
        """All epochs."""
        run = self.run
        callbacks.unseen(run, self.callbacks, self.optimizer)
        callbacks.precision(run, self.callbacks)
        length = epochs.value if isinstance(epochs, Const) and isinstance(epochs.value, int) else None
        if self.schedule is not None:
            record(run, self.schedule)
        loaders = self.learner.attrs.get("dls", _NONE)
        self.fire("before_fit")

        def epoch(number: int) -> None:
            self.fire("before_epoch")
            self._train(loaders)
            self._validate(loaders)
            self.fire("after_epoch")

        repeat(run, epoch, length=length, location=self.place)
        self.fire("after_fit")

    def _train(self, loaders: Value) -> None:
        run = self.run
        run.call_method(self.model, "train")
        run.write(self.learner.attrs, "training", Const(True))
        train = part(run, loaders, "train")
        self._accumulates(train)
        self.fire("before_train")
        self._batches(train, self._update)
        self.fire("after_train")

    def _accumulates(self, train: Value) -> None:
        data = train.data if isinstance(train, Instance) else None
        every = callbacks.every(
            self.run, self.callbacks, data.batch_size if isinstance(data, Loader) else None
        )
        held = self.optimizer.data if isinstance(self.optimizer, Instance) else None
        if every is not None and isinstance(held, Optimizer):
            self.run.write(held.state, "every", every)

    def _validate(self, loaders: Value) -> None:
        """Evaluation mode, no graph."""
        run = self.run
        valid = part(run, loaders, "valid")
        if isinstance(valid, Const):
            return
        self.run_evaluation(valid)

    def run_evaluation(self, valid: Value) -> None:
        """A pass over a loader without gradients."""
        run = self.run
        run.call_method(self.model, "eval")
        run.write(self.learner.attrs, "training", Const(False))
        before = run.grad_enabled
        run.set_grad(False)
        try:
            self.fire("before_validate")
            self._batches(valid, lambda: None)
            self.fire("after_validate")
        finally:
            run.set_grad(before)

    def _batches(self, loader: Value, update: object) -> None:
        items = loader.iterate(self.run)

        def batch(number: int) -> None:
            drawn = items.fresh() if items.fresh is not None else _sample(items)
            inputs, targets = _split(self.run, drawn)
            self._forward(inputs, targets)
            if callable(update):
                update()
            self.fire("after_batch")

        repeat(self.run, batch, over="loader", length=items.length, target=items.target, location=self.place)

    def _forward(self, inputs: list[Value], targets: list[Value]) -> None:
        run, attrs = self.run, self.learner.attrs
        run.write(attrs, "xb", TupleValue(inputs))
        run.write(attrs, "yb", TupleValue(targets))
        self.fire("before_batch")
        run.write(attrs, "pred", run.call(self.model, Args(_elements(attrs["xb"]))))
        self.fire("after_pred")
        arguments = [attrs["pred"], *_elements(attrs["yb"])]
        loss = run.call(attrs.get("loss_func", Unknown("the loss of the data")), Args(arguments))
        for name in ("loss_grad", "loss"):
            run.write(attrs, name, loss)
        self.fire("after_loss")

    def _update(self) -> None:
        """Gradients, clipping, step, zero_grad, and the next rate."""
        run = self.run
        self.fire("before_backward")
        run.call_method(self.learner.attrs["loss_grad"], "backward")
        self.fire("after_backward")
        callbacks.clips(run, self.callbacks, self.model)
        self.fire("before_step")
        if isinstance(self.optimizer, Instance):
            run.call_method(self.optimizer, "step")
            self.fire("after_step")
            run.call_method(self.optimizer, "zero_grad")
        else:
            run.event(EventKind.STEP, None, by="unknown")
            self.fire("after_step")
            run.event(EventKind.ZERO_GRAD, None, by="unknown")
        if self.schedule is not None:
            run.event(EventKind.SCHEDULE_STEP, self.schedule, metrics=False)


def part(run: Interpreter, loaders: Value, name: str) -> Value:
    """The loader for training or validation; None where there is no other."""
    if isinstance(loaders, Instance) and loaders.is_a("fastai.data.core.DataLoaders"):
        return loaders.attrs.get(name, _NONE if "train" in loaders.attrs else Unknown(f"data for {name}"))
    return run.get_attr(loaders, name)


def _sample(items: Items) -> Value:
    return items.values[0] if items.values else Unknown("a batch")


def _elements(value: Value) -> list[Value]:
    if isinstance(value, TupleValue | ListValue):
        return list(value.elements)
    return [Unknown(value.describe())]


def _split(run: Interpreter, batch: Value) -> tuple[list[Value], list[Value]]:
    """All but the last of a batch are inputs."""
    if isinstance(batch, TupleValue | ListValue) and len(batch.elements) > 1 and not batch.open:
        return list(batch.elements[:-1]), list(batch.elements[-1:])
    return [Unknown("the inputs of a batch")], [Unknown("the targets of a batch")]
