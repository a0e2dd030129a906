"""detectron2.engine.hooks: what happens around the iterations.

Source: detectron2's documentation ("detectron2.engine", hooks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.detectron2.library import add
from trainlint.frameworks.detectron2.solver import CURVE, MULTIPLIER, setting
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
MOMENTS = frozenset({"before_train", "after_train", "before_step", "after_step", "after_backward"})


class HookClass(LibraryClass):
    """HookBase: methods that are called before and after training and each iteration; by themselves they do nothing."""

    __slots__ = ("parameters",)

    def __init__(self, qualname: str, bases: tuple[LibraryClass, ...] = (), *parameters: str) -> None:
        super().__init__(qualname, bases)
        self.parameters = parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.bind(*self.parameters).items():
            run.write(instance.attrs, f"_{name}", value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in MOMENTS:
            return Native(f"hook.{name}", lambda r, args: self.at(r, instance, name))
        return Native(name, lambda r, args: DictValue(open=True)) if name == "state_dict" else None

    def at(self, run: Interpreter, hook: Instance, name: str) -> Value:
        """What it does at this moment."""
        return _NONE


BASE = add(HookClass("detectron2.engine.HookBase"))


class ScheduleHookClass(HookClass):
    """LRScheduler(optimizer=None, scheduler=None): steps the schedule, or what it makes of a curve, after every iteration."""

    __slots__ = ()

    def at(self, run: Interpreter, hook: Instance, name: str) -> Value:
        if name == "before_train":
            curve, trainer = hook.attrs.get("_scheduler", _NONE), hook.attrs.get("trainer", _NONE)
            if isinstance(curve, Instance) and curve.is_a(CURVE.qualname):
                made = run.call(MULTIPLIER, Args([run.get_attr(trainer, "optimizer"), curve]))
                run.write(hook.attrs, "_scheduler", made)
        if name == "after_step":
            given = hook.attrs.get("_scheduler", _NONE)
            own = run.get_attr(hook.attrs.get("trainer", _NONE), "scheduler")
            run.call_method(own if isinstance(given, Const) else given, "step")
        return _NONE


class EvaluationHookClass(HookClass):
    """EvalHook(eval_period, eval_function): after so many iterations, and after training."""

    __slots__ = ()

    def at(self, run: Interpreter, hook: Instance, name: str) -> Value:
        period = hook.attrs.get("_eval_period", _NONE)
        often = not (isinstance(period, Const) and not period.value)
        if name == "after_train" or (name == "after_step" and often):
            run.call(hook.attrs.get("_eval_function", _NONE), Args())
        return _NONE


SCHEDULE = add(ScheduleHookClass("detectron2.engine.hooks.LRScheduler", (BASE,), "optimizer", "scheduler"))
EVALUATION = add(
    EvaluationHookClass("detectron2.engine.hooks.EvalHook", (BASE,), "eval_period", "eval_function")
)
for _name in ("IterationTimer", "PeriodicWriter", "PeriodicCheckpointer", "BestCheckpointer", "AutogradProfiler", "TorchProfiler",
              "TorchMemoryStats", "PreciseBN", "CallbackHook"):  # fmt: skip
    add(HookClass(f"detectron2.engine.hooks.{_name}", (BASE,)))


def default_hooks(run: Interpreter, trainer: Instance) -> Value:
    """`DefaultTrainer.build_hooks()`: the schedule's steps, and tests every `TEST.EVAL_PERIOD` iterations."""
    config = trainer.attrs.get("cfg", Unknown("the config"))
    period = setting(run, config, "TEST.EVAL_PERIOD")

    def evaluate(r: Interpreter, args: Args) -> Value:
        model = r.get_attr(trainer, "model")
        return r.call(r.get_attr(trainer, "test"), Args([config, model]))

    test = run.call(EVALUATION, Args([period, Native("test_and_save_results", evaluate)]))
    return ListValue(
        [
            run.call(BASE, Args()),
            run.call(SCHEDULE, Args()),
            run.call(BASE, Args()),
            test,
            run.call(BASE, Args()),
        ]
    )
