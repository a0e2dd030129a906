"""Callbacks: those of Lightning that change how a run trains, and hooks of the program's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Optimizer, Schedule
from trainlint.frameworks.lightning import hooks
from trainlint.frameworks.lightning.library import LIBRARY, PYTORCH
from trainlint.frameworks.lightning.optimization import facts_of
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch.schedules import record
from trainlint.model import Location
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue, present
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
CALLBACK = f"{PYTORCH}.Callback"
_AVERAGING = "StochasticWeightAveraging"
_ACCUMULATION = "GradientAccumulationScheduler"
_FINDERS = {"LearningRateFinder": ("lr", "learning_rate"), "BatchSizeFinder": ("batch_size",)}
_PLAIN = (
    "ModelCheckpoint", "EarlyStopping", "LearningRateMonitor", "RichProgressBar", "TQDMProgressBar", "ProgressBar",
    "ProgressBarBase", "ModelSummary", "RichModelSummary", "DeviceStatsMonitor", "GPUStatsMonitor", "XLAStatsMonitor",
    "Timer", "Checkpoint", "OnExceptionCheckpoint", "ThroughputMonitor", "BasePredictionWriter", "LambdaCallback",
    "WeightAveraging", "EMAWeightAveraging", "SpikeDetection", "AsyncCheckpoint", "SaveConfigCallback", "ModelPruning",
    "QuantizationAwareTraining", "BackboneFinetuning", "BaseFinetuning", "FinetuningScheduler",
    _AVERAGING, _ACCUMULATION, *_FINDERS,
)  # fmt: skip


class CallbackClass(LibraryClass):
    """A callback of Lightning; attrs: the arguments that were given."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.keywords.items():
            run.write(instance.attrs, name, value)
        if args.positional:
            run.write(instance.attrs, "<first>", args.positional[0])

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "freeze":
            return Native("freeze", _freeze)
        if name in ("make_trainable", "unfreeze_and_add_param_group"):
            return Native(name, _unfreeze)
        if name.startswith("on_") or name in ("setup", "teardown", "state_dict", "load_state_dict"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _NONE)
        return Observed(f"{self.qualname}.{name}")

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = {
            "freeze": _freeze,
            "make_trainable": _unfreeze,
            "unfreeze_and_add_param_group": _unfreeze,
        }.get(name)
        return Native(name, found) if found is not None else super().get_attr(run, name)


BASE = CallbackClass(CALLBACK)
LIBRARY.add(BASE)
for _name in _PLAIN:
    LIBRARY.add(CallbackClass(f"{PYTORCH}.callbacks.{_name}", (BASE,)))


def _freeze(run: Interpreter, args: Args) -> Value:
    """`BaseFinetuning.freeze(modules, train_bn=True)`."""
    modules = args.bind("modules", "train_bn").get("modules", _NONE)
    for module in modules.elements if isinstance(modules, ListValue | TupleValue) else (modules,):
        run.call_method(module, "requires_grad_", Const(False))
    return _NONE


def _unfreeze(run: Interpreter, args: Args) -> Value:
    """Parameters that take part from some epoch on: the optimizer's groups change."""
    optimizer = args.bind("modules", "optimizer", "lr").get("optimizer")
    if optimizer is not None:
        run.escape(optimizer, "BaseFinetuning.unfreeze_and_add_param_group")
    return _NONE


def _is(value: Value, name: str) -> bool:
    return isinstance(value, Instance) and value.is_a(f"{PYTORCH}.callbacks.{name}")


def listed(run: Interpreter, trainer: Instance | None, model: Instance | None) -> list[Value]:
    """The callbacks of a trainer and those that the module configures."""
    found: list[Value] = []
    given = trainer.attrs.get("callbacks", _NONE) if trainer is not None else _NONE
    own = hooks.call(run, model, "configure_callbacks")
    for value in (given, own if own is not None else _NONE):
        if isinstance(value, ListValue | TupleValue):
            found += [present(v) for v in value.elements]
            if value.open:
                found.append(Unknown("callbacks that are not known"))
        elif not (isinstance(value, Const) and value.value is None):
            found.append(value)
    return found


def call(
    run: Interpreter, callback: Value, name: str, trainer: Value, model: Instance, given: Sequence[Value]
) -> None:
    """A hook of the program's own callback."""
    if isinstance(callback, Instance) and callback.is_a(CALLBACK):
        hooks.call(run, callback, name, [trainer, model, *given], {"dataloader_idx": Const(0)})


def before_fit(run: Interpreter, callbacks: Sequence[Value], model: Instance) -> None:
    """Callbacks that search for a rate or batch size set the module's attribute to what they find."""
    from trainlint.frameworks.lightning.training import forget

    for callback in callbacks:
        for name, attributes in _FINDERS.items():
            if isinstance(callback, Instance) and _is(callback, name):
                asked = callback.attrs.get("attr_name", callback.attrs.get("batch_arg_name", _NONE))
                names = (str(asked.value),) if isinstance(asked, Const) and asked.value else attributes
                forget(run, model, names, f"what {name} finds")
        if isinstance(callback, Instance):
            hooks.call(run, callback, "freeze_before_training", [model])


def prepare(run: Interpreter, callbacks: Sequence[Value], optimizer: Value) -> None:
    """What callbacks of Lightning do to an optimizer: averaging sets another rate at the end."""
    for callback in callbacks:
        if isinstance(callback, Instance) and _is(callback, _AVERAGING):
            averaging(run, optimizer, callback, callback.location)


def unseen(run: Interpreter, callbacks: Sequence[Value], optimizer: Value) -> None:
    """Callbacks that the code does not show may do anything to gradients before an update."""
    for callback in callbacks:
        known_kind = isinstance(callback, Instance | Observed | Const)
        for fact in facts_of(optimizer) if not known_kind else []:
            run.event(EventKind.ESCAPE, fact, to=callback.describe()[:60])


def averaging(run: Interpreter, optimizer: Value, callback: Instance | None, location: Location) -> None:
    """StochasticWeightAveraging(swa_lrs): a schedule that leads to a rate of its own, epoch by epoch."""
    rate = callback.attrs.get("swa_lrs", callback.attrs.get("<first>")) if callback is not None else None
    for fact in facts_of(optimizer):
        schedule = Schedule("torch.optim.swa_utils.SWALR", location, fact, "epoch")
        if rate is not None:
            schedule.options["swa_lr"] = run.number(rate, "swa_lrs")
        record(run, schedule)
        run.memo.setdefault("lightning.averaging", []).append(schedule)


def accumulation(run: Interpreter, callbacks: Sequence[Value], given: Value) -> Fact[int]:
    """Batches of an update: `accumulate_grad_batches`, or what a GradientAccumulationScheduler says."""
    value = given
    for callback in callbacks:
        if isinstance(callback, Instance) and _is(callback, _ACCUMULATION):
            value = callback.attrs.get("scheduling", callback.attrs.get("<first>", Unknown("scheduling")))
    entries = as_dict(value)
    if entries is not None:
        numbers = [v.value for _, v in entries.cells.values() if isinstance(v, Const)]
        whole = [n for n in numbers if isinstance(n, int)]
        return known(max([1, *whole]), value.origin) if not entries.open and len(whole) == len(entries.cells) else (
            unknown("a schedule of accumulation"))  # fmt: skip
    if isinstance(value, Const) and (value.value is None or isinstance(value.value, int)):
        return known(1 if value.value is None else int(value.value), value.origin)
    fact: Fact[float] = run.number(value, "accumulate_grad_batches")
    return known(int(fact.value), fact.origin) if fact.value is not None else unknown(value.describe())


def step_schedule(run: Interpreter, value: Instance, monitored: bool) -> None:
    """One step of a schedule by the trainer, shown where the schedule is made."""
    own = value.attrs.get("step")
    if isinstance(value.data, Schedule) and own is None:
        run.event(EventKind.SCHEDULE_STEP, value.data, location=value.data.location, metrics=monitored)
    else:
        run.call(run.get_attr(value, "step"), Args())


__all__ = [
    "BASE",
    "Optimizer",
    "accumulation",
    "averaging",
    "before_fit",
    "call",
    "listed",
    "prepare",
    "step_schedule",
]
