"""model.compile(): which optimizer, losses and metrics a network is trained with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trainlint.facts.training import Metric, Optimizer
from trainlint.frameworks.keras import freezing, losses, metrics, optimizers
from trainlint.frameworks.keras.methods import MODEL_PROPERTIES, model_method
from trainlint.frameworks.torch.tree import parameters_of
from trainlint.model import Location
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

STATE = "compiled"
"""Key of `Module.state` under which the settings stand."""
NEW = (
    "optimizer",
    "loss",
    "loss_weights",
    "metrics",
    "weighted_metrics",
    "run_eagerly",
    "steps_per_execution",
)
OLD = ("optimizer", "loss", "metrics", "loss_weights", "sample_weight_mode", "weighted_metrics")
"""Positions of Keras 3, and of Keras 1 and 2 (whose third argument is a list of metrics)."""


@dataclass(frozen=True)
class Compiled:
    """The settings of one compile() call. loss and metrics are values as they were given.

    default: no optimizer was named; the library's is made when it is used first.
    """

    location: Location
    optimizer: Instance | None
    loss: Value | None
    metrics: tuple[tuple[Value, str | None], ...] = ()
    weights: Value | None = None
    default: bool = False

    @property
    def fact(self) -> Optimizer | None:
        """The optimizer's fact."""
        data = self.optimizer.data if self.optimizer is not None else None
        return data if isinstance(data, Optimizer) else None


def compiled(instance: Instance) -> Compiled | None:
    """The settings of the last compile() of a network."""
    found = instance.data.state.get(STATE)
    return found if isinstance(found, Compiled) else None


def bind(args: Args) -> dict[str, Value]:
    """The arguments of compile(); a third positional list is one of metrics in older versions."""
    third = args.positional[2] if len(args.positional) > 2 else None
    names = OLD if isinstance(third, ListValue | TupleValue) else NEW
    return args.bind(*names)


@model_method("compile")
def compile_model(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.compile(optimizer="rmsprop", loss=None, ..., metrics=None)`"""
    made = read(run, bind(args))
    settle(run, instance, made)
    freezing.compiled(run, instance)
    if made.loss is not None:
        run.write(instance.attrs, "loss", made.loss)
    return Const(None)


def settle(run: Interpreter, instance: Instance, made: Compiled) -> None:
    """Keep the settings of a network, and let their optimizer hold its parameters."""
    run.write(instance.data.state, STATE, made)
    if made.optimizer is not None:
        run.write(instance.attrs, "optimizer", made.optimizer)
    if made.fact is not None:
        owned(run).append((made.fact, instance))
        held = parameters_of(run, instance)
        optimizers.hold(made.fact, held)
        made.fact.state["frozen"] = tuple(p for p in held.parameters if p.requires_grad is not True)


def used(run: Interpreter, instance: Instance) -> Compiled | None:
    """As `compiled`, for training: an optimizer that was left to the library is made now."""
    settings = compiled(instance)
    if settings is not None and settings.default:
        made = optimizers.resolve(run, Const("rmsprop"), settings.location)
        settings = replace(settings, optimizer=made, default=False)
        settle(run, instance, settings)
    return settings


def _optimizer(run: Interpreter, instance: Instance) -> Value | None:
    settings = used(run, instance)
    return settings.optimizer if settings is not None else None


MODEL_PROPERTIES["optimizer"] = _optimizer


def read(run: Interpreter, given: dict[str, Value]) -> Compiled:
    """What the arguments of a compile() call say."""
    chosen = given.get("optimizer")
    optimizer = optimizers.resolve(run, chosen, run.here) if chosen is not None else None
    listed = [*_listed(given.get("metrics")), *_listed(given.get("weighted_metrics"))]
    return Compiled(
        run.here,
        optimizer,
        _given(given.get("loss")),
        tuple(listed),
        _given(given.get("loss_weights")),
        chosen is None,
    )


def _given(value: Value | None) -> Value | None:
    return None if value is None or (isinstance(value, Const) and value.value is None) else value


def _listed(value: Value | None, output: str | None = None) -> list[tuple[Value, str | None]]:
    """The metrics of a list, a list for each output, or a dictionary by output; with the output's name."""
    if isinstance(value, DictValue):
        return [m for name, inner in value.strings().items() for m in _listed(inner, name)]
    if isinstance(value, ListValue | TupleValue):
        return [m for inner in value.elements for m in _listed(inner, output)]
    return [] if _given(value) is None or value is None else [(value, output)]


def owned(run: Interpreter) -> list[tuple[Optimizer, Instance]]:
    """Optimizers, each with the network that was compiled with it."""
    found: list[tuple[Optimizer, Instance]] = run.memo.setdefault("keras.compiled", [])
    return found


def applied(run: Interpreter) -> set[Location]:
    """The compile() calls whose losses some training applied."""
    found: set[Location] = run.memo.setdefault("keras.applied", set())
    return found


def outputs(value: Value) -> list[tuple[str | None, Value]]:
    """The outputs of a network, with their names where they have any."""
    if isinstance(value, DictValue):
        return [(name, inner) for name, inner in value.strings().items()]
    if isinstance(value, ListValue | TupleValue):
        return [(_layer_name(inner), inner) for inner in value.elements]
    return [(None, value)]


def _layer_name(output: Value) -> str | None:
    """The name of the layer that made an output: losses and metrics in a dictionary go by it."""
    module = output.node.module if isinstance(output, Tensor) else None
    instance = module.state.get("instance") if module is not None else None
    name = instance.attrs.get("name") if isinstance(instance, Instance) else None
    return name.value if isinstance(name, Const) and isinstance(name.value, str) else None


def part(value: Value | None, name: str | None, position: int, count: int) -> Value | None:
    """The loss (or target) of one output, out of one for all, a list by position or a dictionary by name."""
    if isinstance(value, DictValue):
        entries = value.strings()
        if name is not None and name in entries:
            return entries[name]
        inner = list(entries.values())
        return inner[position] if name is None and position < len(inner) and len(inner) == count else None
    if isinstance(value, ListValue | TupleValue) and (count > 1 or len(value.elements) == 1):
        return value.elements[position] if position < len(value.elements) else None
    return value


def apply_losses(
    run: Interpreter,
    settings: Compiled,
    target: Value | None,
    prediction: Value,
    add: Callable[[Value], None],
) -> None:
    """Apply the losses of compile() to the outputs; `add` takes each term. Metrics are noted beside them."""
    found = outputs(prediction)
    applied(run).add(settings.location)
    for position, (name, output) in enumerate(found):
        y = part(target, name, position, len(found)) if target is not None else None
        y = y if y is not None else Unknown("the target is not known")
        wanted = part(settings.loss, name, position, len(found))
        if _given(wanted) is not None and wanted is not None:
            before = len(run.program.losses)
            add(apply_one(run, wanted, y, output, settings.location))
            for loss in run.program.losses[before:]:
                loss.trained = True
        note_metrics(run, settings, y, output, name, len(found) > 1)


def apply_one(run: Interpreter, wanted: Value, target: Value, prediction: Value, location: Location) -> Value:
    """One loss, whatever `compile(loss=...)` was given for it."""
    alternatives = [v for v in getattr(wanted, "alternatives", ()) if _given(v) is not None]
    if len(alternatives) > 1:
        arms: list[Any] = [
            lambda v=v: apply_one(run, v, target, prediction, location) for v in alternatives[:4]
        ]
        return run.alternatives(arms)
    if alternatives:
        wanted = alternatives[0]
    described = losses.resolve(run, wanted, location)
    if described is not None:
        return losses.apply(run, described, target, prediction)
    return losses.apply_own(run, wanted, target, prediction, location)


def note_metrics(
    run: Interpreter, settings: Compiled, target: Value, prediction: Value, output: str | None, several: bool
) -> None:
    """Put the metrics of one output on the program's record, each once for a compile() call.

    Of several outputs, only one that is named says what a metric compares.
    """
    for value, name in settings.metrics:
        if several and name is not None and output is not None and name != output:
            continue
        metric = metrics.resolve(run, value, settings.location)
        if metric is None or any(_same(metric, m) for m in run.program.metrics):
            continue
        if not several or (name is not None and name == output):
            metric.prediction, metric.target = run.as_node(prediction), run.as_node(target)
        run.program.metrics.append(metric)


def _same(first: Metric, second: Metric) -> bool:
    return first.name == second.name and first.location == second.location


def _property(name: str) -> Callable[[Interpreter, Instance], Value | None]:
    def read_property(run: Interpreter, instance: Instance) -> Value | None:
        if name in instance.attrs:
            return instance.attrs[name]
        return Unknown(f"{name} of a model")

    return read_property


for _name in ("metrics", "metrics_names", "history", "stop_training"):
    MODEL_PROPERTIES[_name] = _property(_name)
