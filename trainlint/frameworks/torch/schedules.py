"""torch.optim.lr_scheduler: what one step means, whether the rate warms up, and which rate it reaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Optimizer, Schedule
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.optim import StateOf
from trainlint.semantics.builtin_attributes import has_open_names
from trainlint.semantics.definitions import FunctionValue, dotted_name
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


Rule = Callable[["Interpreter", Schedule, dict[str, Value]], None]

NUMBERS = ("max_lr", "base_lr", "eta_min", "min_lr", "gamma", "factor", "start_factor", "end_factor", "swa_lr",
           "T_max", "total_steps", "step_size", "total_iters", "epochs", "steps_per_epoch", "T_0", "patience",
           "num_warmup_steps", "num_training_steps")  # fmt: skip


class ScheduleClass(LibraryClass):
    """A learning-rate schedule of a library.

    unit: what its documentation means by a step (batch, epoch), None for either; rule: completes the fact from
    the arguments.
    """

    __slots__ = ("parameters", "rule", "unit")

    def __init__(
        self,
        qualname: str,
        unit: str | None,
        parameters: str,
        rule: Rule | None = None,
        *bases: LibraryClass,
    ) -> None:
        super().__init__(qualname, bases)
        self.unit = unit
        self.parameters = parameters
        self.rule = rule

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        if instance.data is not None:
            return
        local = not isinstance(instance.cls, LibraryClass)
        instance.data = Schedule(
            dotted_name(instance.cls),
            instance.location,
            None,
            None if local else self.unit,
        )
        instance.data.rescales = local

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        table = signature(self.parameters)
        bound = table.bind(args)
        schedule: Schedule = instance.data
        owner = bound.get("optimizer")
        schedule.optimizer = optimizer_of(owner)
        schedule.options = table.facts(
            run,
            bound,
            NUMBERS,
            skip=("optimizer", "schedulers", "lr_lambda", "scale_fn"),
        )
        if self.rule is not None:
            self.rule(run, schedule, bound)
        record(run, schedule)
        if owner is not None:
            run.write(instance.attrs, "optimizer", owner)
        _wrap_local_step(run, instance)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "step":
            return Native(f"{self.qualname}.step", lambda r, args: step(r, instance, args))
        if name == "state_dict":
            return Native(f"{self.qualname}.state_dict", lambda r, args: StateOf(instance))
        if name in _OPAQUE:
            return Native(f"{self.qualname}.{name}", lambda r, args: _opaque(name))
        if name in (
            "last_epoch",
            "_step_count",
            "base_lrs",
            "_last_lr",
            "num_bad_epochs",
            "best",
        ):
            return Unknown(f"{name} of {self.qualname}")
        return None

    def without(self, instance: Instance, name: str) -> bool:
        """A schedule of torch has what the documentation says, what its constructor takes, and what code sets."""
        if not self.qualname.startswith("torch.") or name.startswith("_") or has_open_names(instance):
            return False
        return name not in _DOCUMENTED and name not in signature(self.parameters).names


_DOCUMENTED = frozenset(
    [
        "optimizer",
        "base_lrs",
        "last_epoch",
        "verbose",
        "lr_lambdas",
        "min_lrs",
        "max_lrs",
        "best",
        "num_bad_epochs",
        "cooldown_counter",
        "in_cooldown",
        "is_better",
        "mode_worse",
        "default_min_lr",
        "total_steps",
        "total_size",
        "T_cur",
        "T_i",
        "total_iters",
        "milestones",
        "base_momentums",
        "max_momentums",
        "cycle_momentum",
        "use_beta1",
        "step_ratio",
        "scale_fn",
        "anneal_func",
        "swa_lrs",
        "anneal_epochs",
        "anneal_strategy",
    ]
)
"""Attributes that schedules of torch keep (2.x), whichever of them."""
_OPAQUE = ("get_last_lr", "get_lr", "load_state_dict", "print_lr", "_initial_step")


def _opaque(name: str) -> Value:
    """What the methods without effect on the facts return; rates come as a list with one entry a group."""
    if name in ("get_last_lr", "get_lr"):
        return ListValue([Unknown("a scheduled learning rate")], open=True)
    return Const(None)


def record(run: Interpreter, schedule: Schedule) -> None:
    """Put a schedule on the program's record and note at its optimizer that the rate changes."""
    if schedule not in run.program.schedules:
        schedule.branches = run.branches
        run.program.schedules.append(schedule)
    if schedule.optimizer is not None:
        run.write(schedule.optimizer.state, "scheduled", True)


def step(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`scheduler.step(...)`; options: metrics, whether a metric (or epoch) was given."""
    run.event(EventKind.SCHEDULE_STEP, instance.data, metrics=bool(args.values()))
    return Const(None)


def optimizer_of(value: Value | None) -> Optimizer | None:
    """The optimizer fact behind a value, where it is one."""
    data = value.data if isinstance(value, Instance) else None
    return data if isinstance(data, Optimizer) else None


def _wrap_local_step(run: Interpreter, instance: Instance) -> None:
    """A local class's own step() is a step of the schedule, whatever its body does."""
    method = None if isinstance(instance.cls, LibraryClass) else run.class_attribute(instance.cls, "step")
    if not isinstance(method, FunctionValue):
        return
    bound = run.bind(method, instance)

    def call(r: Interpreter, args: Args) -> Value:
        before = len(r.program.events)
        result = r.call(bound, args)
        seen = (e for e in r.program.events[before:] if e.kind is EventKind.SCHEDULE_STEP)
        if not any(e.target is instance.data for e in seen):
            r.event(EventKind.SCHEDULE_STEP, instance.data)
        return result

    run.write(instance.attrs, "step", Native(f"{instance.cls.describe()}.step", call))
