"""Schedules that are attached to an engine as handlers (ignite.handlers.param_scheduler), and common handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact
from trainlint.facts.training import Schedule
from trainlint.frameworks.ignite.engine import attach, made_event
from trainlint.frameworks.ignite.library import LIBRARY
from trainlint.frameworks.torch import schedules
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_PLACE = "ignite.handlers.param_scheduler"
_MORE = "save_history=False, param_group_index=None"
_CYCLE = (
    "optimizer, param_name, start_value, end_value, cycle_size, cycle_mult=1.0, start_value_mult=1.0, "
    f"end_value_mult=1.0, warmup_duration=0, {_MORE}"
)


class HandlerSchedule(ScheduleClass):
    """A schedule that an engine calls; one call is one step."""

    __slots__ = ()

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        inner = instance.attrs.get("lr_scheduler")
        if isinstance(inner, Instance):
            run.call_method(inner, "step")
            return Const(None)
        return schedules.step(run, instance, Args())


def _peak_of_milestones(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """PiecewiseLinear sets the rate between the values of its milestones."""
    schedule.rescales = True
    if not _of_rate(bound):
        return
    values: list[Fact[float]] = []
    listed = bound.get("milestones_values")
    for pair in listed.elements if isinstance(listed, ListValue | TupleValue) and not listed.open else ():
        parts = pair.elements if isinstance(pair, ListValue | TupleValue) else []
        if len(parts) != 2:
            return
        values.append(run.number(parts[1], "value"))
    if values and all(isinstance(v.value, int | float) for v in values):
        best = max(values, key=lambda v: v.value or 0.0)
        schedule.peak, schedule.rescales = best, False
        schedule.warmup = (values[0].value or 0.0) < (best.value or 0.0)


def _peak_of_cycle(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """Between start_value and end_value."""
    schedule.rescales = True
    ends = [run.number(bound[name], name) for name in ("start_value", "end_value") if name in bound]
    if _of_rate(bound) and len(ends) == 2 and all(isinstance(v.value, int | float) for v in ends):
        best = max(ends, key=lambda v: v.value or 0.0)
        schedule.peak, schedule.rescales, schedule.warmup = best, False, None


def _of_rate(bound: dict[str, Value]) -> bool:
    name = bound.get("param_name")
    return isinstance(name, Const) and name.value == "lr"


def _open(run: Interpreter, schedule: Schedule, bound: dict[str, Value]) -> None:
    """Any rate may come of it."""
    schedule.rescales = True


LIBRARY.add(
    HandlerSchedule(
        f"{_PLACE}.PiecewiseLinear",
        None,
        f"optimizer, param_name, milestones_values, {_MORE}",
        _peak_of_milestones,
    ),
    "ignite.PiecewiseLinear",
)
for _name in ("LinearCyclicalScheduler", "CosineAnnealingScheduler"):
    LIBRARY.add(HandlerSchedule(f"{_PLACE}.{_name}", None, _CYCLE, _peak_of_cycle), f"ignite.{_name}")
for _name, _parameters in (
    ("ConcatScheduler", "schedulers, durations, save_history=False"),
    ("ParamGroupScheduler", "schedulers, names=None, save_history=False"),
    ("ReduceLROnPlateauScheduler", f"optimizer, metric_name, trainer=None, {_MORE}"),
):
    LIBRARY.add(HandlerSchedule(f"{_PLACE}.{_name}", None, _parameters, _open), f"ignite.{_name}")


class Wrapper(HandlerSchedule):
    """LRScheduler(lr_scheduler): a schedule of torch as a handler; it is no schedule besides."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        inner = args.bind("lr_scheduler").get("lr_scheduler", Unknown("the schedule is not given"))
        run.write(instance.attrs, "lr_scheduler", inner)


WRAPPER = Wrapper(f"{_PLACE}.LRScheduler", None, "lr_scheduler, save_history=False, use_legacy=False")
LIBRARY.add(WRAPPER, "ignite.LRScheduler")


@LIBRARY.function("ignite.create_lr_scheduler_with_warmup")
def with_warmup(run: Interpreter, args: Args) -> Value:
    """A rise before another schedule; the rate that it ends at is the optimizer's own unless another is given."""
    given = args.bind("lr_scheduler", "warmup_start_value", "warmup_duration", "warmup_end_value")
    inner = given.get("lr_scheduler", Unknown("the schedule is not given"))
    if isinstance(inner, Instance) and isinstance(inner.data, Schedule):
        inner.data.warmup = True
        inner.data.rescales = inner.data.rescales or "warmup_end_value" in given
    if isinstance(inner, Instance) and inner.is_a(f"{_PLACE}.LRScheduler"):
        return inner
    return run.call(WRAPPER, Args([inner]))


@LIBRARY.function("ignite.setup_common_training_handlers")
def common_handlers(run: Interpreter, args: Args) -> Value:
    """Attaches the schedule to every batch; its other handlers log, save and count."""
    engine = args.positional[0] if args.positional else args.keywords.get("trainer")
    schedule = args.keywords.get("lr_scheduler")
    if isinstance(engine, Instance) and isinstance(schedule, Instance):
        after = not isinstance(schedule.cls, HandlerSchedule)
        handler = run.call(WRAPPER, Args([schedule])) if after else schedule
        name = "ITERATION_COMPLETED" if after else "ITERATION_STARTED"
        attach(run, engine, made_event(run, frozenset({name})), handler, Args())
    return Const(None)
