"""create_supervised_trainer and create_supervised_evaluator: the usual step around a network, optimizer and loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.frameworks.ignite.engine import attach, engine_of, made_event
from trainlint.frameworks.ignite.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_TRAINER = (
    "model", "optimizer", "loss_fn", "device", "non_blocking", "prepare_batch", "model_transform", "output_transform",
    "deterministic", "amp_mode", "scaler", "gradient_accumulation_steps", "model_fn",
)  # fmt: skip
_EVALUATOR = (
    "model", "metrics", "device", "non_blocking", "prepare_batch", "model_transform", "output_transform", "amp_mode",
    "model_fn",
)  # fmt: skip


def _given(value: Value | None) -> bool:
    return value is not None and not (isinstance(value, Const) and value.value in (None, False))


def _pair(run: Interpreter, given: dict[str, Value], batch: Value) -> tuple[Value, Value]:
    """x and y of a batch, by prepare_batch where there is one."""
    prepare = given.get("prepare_batch")
    if prepare is not None and _given(prepare):
        more = {"device": given.get("device", _NONE), "non_blocking": given.get("non_blocking", Const(False))}
        batch = run.call(prepare, Args([batch], more))
    items = batch.iterate(run).values
    if len(items) >= 2:
        return items[0], items[1]
    return Unknown("the inputs of a batch"), Unknown("the targets of a batch")


def _predicted(run: Interpreter, given: dict[str, Value], x: Value) -> Value:
    model, function = given.get("model", _NONE), given.get("model_fn")
    made = run.call(function, Args([model, x])) if function is not None else run.call(model, Args([x]))
    transform = given.get("model_transform")
    return run.call(transform, Args([made])) if transform is not None and _given(transform) else made


def _amp(run: Interpreter, given: dict[str, Value]) -> None:
    mode = given.get("amp_mode")
    if mode is not None and not (isinstance(mode, Const) and mode.value is None):
        enabled = mode.value == "amp" if isinstance(mode, Const) else None
        run.event(EventKind.AUTOCAST, enabled=enabled)


@LIBRARY.function("ignite.create_supervised_trainer", "ignite.supervised_training_step")
def create_trainer(run: Interpreter, args: Args) -> Value:
    """Clears, trains, and steps once for each batch, or each `gradient_accumulation_steps` batches."""
    given = args.bind(*_TRAINER)
    optimizer, model = given.get("optimizer", _NONE), given.get("model", _NONE)
    every = given.get("gradient_accumulation_steps")
    if every is not None and isinstance(optimizer, Instance) and hasattr(optimizer.data, "state"):
        run.write(optimizer.data.state, "every", run.fact(every))
    _amp(run, given)

    def step(r: Interpreter, batch: Value) -> Value:
        r.call_method(optimizer, "zero_grad")
        r.call_method(model, "train")
        x, y = _pair(r, given, batch)
        predicted = _predicted(r, given, x)
        loss = r.call(given.get("loss_fn", _NONE), Args([predicted, y]))
        r.call_method(loss, "backward")
        r.call_method(optimizer, "step")
        transform = given.get("output_transform")
        if transform is not None and _given(transform):
            return r.call(transform, Args([x, y, predicted, loss]))
        return r.call_method(loss, "item")

    return engine_of(run, step)


@LIBRARY.function("ignite.create_supervised_evaluator", "ignite.supervised_evaluation_step")
def create_evaluator(run: Interpreter, args: Args) -> Value:
    """Evaluation mode, no graph, and metrics of what comes out."""
    given = args.bind(*_EVALUATOR)

    def step(r: Interpreter, batch: Value) -> Value:
        r.call_method(given.get("model", _NONE), "eval")
        before = r.grad_enabled
        r.set_grad(False)
        try:
            x, y = _pair(r, given, batch)
            predicted = _predicted(r, given, x)
            transform = given.get("output_transform")
            if transform is not None and _given(transform):
                return r.call(transform, Args([x, y, predicted]))
            return TupleValue([predicted, y])
        finally:
            r.set_grad(before)

    made = engine_of(run, step)
    metrics = given.get("metrics")
    for name, metric in metrics.cells.values() if isinstance(metrics, DictValue) else ():
        run.call_method(metric, "attach", made, name)
    return made


class MetricClass(LibraryClass):
    """A metric; `Loss` calls a loss function on what its engine's step returns."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("loss_fn", "output_transform")
        run.write(instance.attrs, "<loss>", given.get("loss_fn", _NONE))
        run.write(instance.attrs, "<transform>", given.get("output_transform", _NONE))
        instance.data = run.frame.module, run.frame.at

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "attach":
            return Native("ignite.metrics.Metric.attach", lambda r, args: self._attach(r, instance, args))
        return Unknown(f"metric.{name}")

    def _attach(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        engine = args.bind("engine", "name", "usage").get("engine")
        if isinstance(engine, Instance) and self.qualname == "ignite.metrics.Loss":
            handler = Native("ignite.metrics.Loss", self._measured(instance))
            attach(run, engine, made_event(run, frozenset({"ITERATION_COMPLETED"})), handler, Args())
        return _NONE

    def _measured(self, instance: Instance) -> Callable[[Interpreter, Args], Value]:
        def measure(run: Interpreter, args: Args) -> Value:
            engine = args.positional[0] if args.positional else _NONE
            output = run.get_attr(run.get_attr(engine, "state"), "output")
            transform = instance.attrs.get("<transform>", _NONE)
            if _given(transform):
                output = run.call(transform, Args([output]))
            pair = output.iterate(run).values
            before = run.grad_enabled
            module, place = instance.data
            run.set_grad(False)
            run.push(Frame(module, Scope("module", None, module.namespace)), None)
            run.frame.at = place  # a loss stands where its metric is made, however many engines compute it
            try:
                if len(pair) >= 2:
                    run.call(instance.attrs.get("<loss>", _NONE), Args(pair[:2]))
            finally:
                run.pop()
                run.set_grad(before)
            return _NONE

        return measure


LIBRARY.add(MetricClass("ignite.metrics.Loss"), "ignite.Loss")
