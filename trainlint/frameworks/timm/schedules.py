"""timm's schedules, by class and by name, after its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.training import Schedule
from trainlint.frameworks.timm.library import LIBRARY
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.frameworks.torch.schedules import step as schedule_step
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

NONE = Const(None)


class TimmSchedule(ScheduleClass):
    """A schedule that counts epochs (`step(epoch)`) or updates (`step_update(n)`), as `t_in_epochs` says."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        schedule: Schedule = instance.data
        warm = schedule.options.get("warmup_t")
        schedule.warmup = bool(warm.value) if warm is not None and warm.known else None

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("step", "step_update"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _stepped(r, instance, args, name))
        if name in ("get_cycle_length", "get_epoch_values", "_get_values"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Unknown(f"{name}()"))
        return super().attribute(run, instance, name)


def _stepped(run: Interpreter, instance: Instance, args: Args, name: str) -> Value:
    schedule: Schedule = instance.data
    fact = schedule.options.get("t_in_epochs")
    in_epochs = True if fact is None else fact.value
    if in_epochs is None or bool(in_epochs) == (name == "step"):
        return schedule_step(run, instance, Args(args.positional[:1]) if len(args.positional) > 1 else Args())
    return NONE


_WARM = "warmup_t=0, warmup_lr_init=0, warmup_prefix=False, cycle_limit=0, t_in_epochs=True, noise_range_t=None, " \
    "noise_pct=0.67, noise_std=1.0, noise_seed=42, initialize=True, k_decay=1.0, cycle_mul=1.0, cycle_decay=1.0"  # fmt: skip
for _name, _module, _own in (
    ("CosineLRScheduler", "cosine_lr", "t_initial, lr_min=0.0, "), ("TanhLRScheduler", "tanh_lr", "t_initial, lb=-7.0, ub=3.0, lr_min=0.0, "),
    ("PolyLRScheduler", "poly_lr", "t_initial, power=0.5, lr_min=0.0, "), ("StepLRScheduler", "step_lr", "decay_t, decay_rate=1.0, "),
    ("MultiStepLRScheduler", "multistep_lr", "decay_t, decay_rate=1.0, "),
    ("PlateauLRScheduler", "plateau_lr", "decay_rate=0.1, patience_t=10, mode='max', lr_min=0, "),
):  # fmt: skip
    _class = TimmSchedule(f"timm.scheduler.{_name}", None, f"optimizer, {_own}{_WARM}")
    LIBRARY.add(_class, f"timm.scheduler.{_module}.{_name}")
SCHEDULES = {
    "cosine": ("CosineLRScheduler", "t_initial"), "tanh": ("TanhLRScheduler", "t_initial"),
    "poly": ("PolyLRScheduler", "t_initial"), "step": ("StepLRScheduler", "decay_t"),
    "multistep": ("MultiStepLRScheduler", "decay_t"), "plateau": ("PlateauLRScheduler", ""),
}  # fmt: skip
"""Class, and its argument for the length, by the name that `create_scheduler` takes."""


def _scheduled(run: Interpreter, optimizer: Value, given: dict[str, Value]) -> Value:
    """(schedule, epochs) as `create_scheduler` returns them."""
    name, epochs = given.get("sched", Const("cosine")), given.get("epochs", Unknown("epochs"))
    if not isinstance(name, Const) or name.value not in SCHEDULES:
        run.escape_args(Args([optimizer]), "timm.scheduler.create_scheduler()")
        return TupleValue([Unknown("timm.scheduler.create_scheduler()"), epochs])
    cls, length = SCHEDULES[name.value]
    keywords = {
        key: given[old] for key, old in (("warmup_t", "warmup_epochs"), ("lr_min", "min_lr")) if old in given
    }
    if cls in ("StepLRScheduler", "MultiStepLRScheduler"):
        keywords.pop("lr_min", None)
    if length == "t_initial":
        keywords[length] = epochs
    elif length:
        keywords[length] = given.get("decay_epochs", Unknown("decay_epochs"))
    made = run.call(run.library_name(f"timm.scheduler.{cls}"), Args([optimizer], keywords))
    return TupleValue(
        [made, epochs if name.value in ("step", "multistep") else Unknown("the epochs of a schedule")]
    )


@LIBRARY.function("timm.scheduler.create_scheduler", "timm.scheduler.scheduler_factory.create_scheduler")
def create_scheduler(run: Interpreter, args: Args) -> Value:
    """`create_scheduler(args, optimizer)`: args.sched, args.epochs, args.warmup_epochs, args.min_lr, ..."""
    bound = args.bind("args", "optimizer")
    config = bound.get("args", Unknown("args"))
    names = ("sched", "epochs", "warmup_epochs", "min_lr", "decay_epochs")
    given = {name: run.get_attr(config, name) for name in names}
    return _scheduled(run, bound.get("optimizer", Unknown("optimizer")), given)


@LIBRARY.function(
    "timm.scheduler.create_scheduler_v2", "timm.scheduler.scheduler_factory.create_scheduler_v2"
)
def create_scheduler_v2(run: Interpreter, args: Args) -> Value:
    """`create_scheduler_v2(optimizer, sched="cosine", num_epochs=300, ...)`"""
    given = args.bind("optimizer", "sched", "num_epochs", "decay_epochs", "warmup_epochs=", "min_lr=")
    given["epochs"] = given.pop("num_epochs", Const(300))
    return _scheduled(run, given.pop("optimizer", Unknown("optimizer")), given)
