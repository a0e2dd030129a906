"""keras.callbacks: those that change the rate, and the program's own, which run around epochs and batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact
from trainlint.facts.training import Optimizer, Schedule
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.rates import peak_of
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.signature import signature
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PREFIX = "keras.callbacks."
CALLBACK = f"{PREFIX}Callback"
MOST_EPOCHS = 64
"""Epochs at which a rule of LearningRateScheduler is evaluated, beyond which a few samples do."""
LATE_EPOCHS = (100, 150, 200, 300, 500, 1000)

PLATEAU = "monitor='val_loss', factor=0.1, patience=10, verbose=0, mode='auto', min_delta=0.0001, cooldown=0, min_lr=0.0"
OTHERS = (
    "EarlyStopping", "ModelCheckpoint", "TensorBoard", "CSVLogger", "ProgbarLogger", "TerminateOnNaN", "History",
    "BackupAndRestore", "RemoteMonitor", "SwapEMAWeights", "BaseLogger", "CallbackList", "experimental.BackupAndRestore",
)  # fmt: skip
HOOKS = {
    "begin": ("set_params", "on_train_begin"),
    "epoch begins": ("on_epoch_begin",),
    "batch begins": ("on_train_batch_begin", "on_batch_begin"),
    "batch ends": ("on_train_batch_end", "on_batch_end"),
    "epoch ends": ("on_epoch_end",),
    "end": ("on_train_end",),
}
"""Methods of a callback by when they are called."""


class CallbackClass(LibraryClass):
    """A callback. Local classes that inherit from it have their methods called by fit()."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.keywords.items():
            run.write(instance.attrs, name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("model", "params", "validation_data"):
            return Unknown(f"{name} of a callback")
        if name in ("set_model", "set_params"):
            return Native(name, lambda r, args: _handed(r, instance, name, args))
        if name.startswith("on_"):
            return LIBRARY.entries[NOTHING]
        return None


def _handed(run: Interpreter, instance: Instance, name: str, args: Args) -> Value:
    """What fit() does before it begins, and a callback around another one does to it."""
    for value in args.values()[:1]:
        run.write(instance.attrs, name.removeprefix("set_"), value)
    return Const(None)


class SchedulerClass(CallbackClass):
    """LearningRateScheduler and ReduceLROnPlateau: facts about the rate, once per epoch."""

    __slots__ = ("parameters",)

    def __init__(self, qualname: str, parameters: str, *bases: LibraryClass) -> None:
        super().__init__(qualname, bases)
        self.parameters = parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        table = signature(self.parameters)
        bound = table.bind(args)
        schedule = Schedule(self.qualname, instance.location, None, "epoch", rescales=True)
        schedule.options = table.facts(run, bound, ("factor", "min_lr", "patience"), skip=("schedule",))
        instance.data = schedule
        if "schedule" in bound:
            run.write(instance.attrs, "<rule>", bound["schedule"])
            return
        factor = schedule.options.get("factor")
        if factor is not None and isinstance(factor.value, int | float):
            schedule.warmup, schedule.rescales = False, factor.value > 1


NOTHING = "keras.callbacks.nothing"


@LIBRARY.function(NOTHING)
def _nothing(run: Interpreter, args: Args) -> Value:
    return Const(None)


BASE = CallbackClass(CALLBACK)
SCHEDULER = SchedulerClass(f"{PREFIX}LearningRateScheduler", "schedule, verbose=0", BASE)
LIBRARY.add(BASE)
LIBRARY.add(SCHEDULER)
LIBRARY.add(SchedulerClass(f"{PREFIX}ReduceLROnPlateau", PLATEAU, BASE))
for _name in (*OTHERS, "LambdaCallback"):
    LIBRARY.add(CallbackClass(f"{PREFIX}{_name}", (BASE,)))


class Callbacks:
    """The callbacks of one fit(): which are known, and calling them around epochs and batches."""

    def __init__(
        self, run: Interpreter, given: Value | None, model: Value, optimizer: Optimizer | None
    ) -> None:
        self.run = run
        self.instances = _listed(given)
        if optimizer is not None and _may_set_rate(given):
            run.write(optimizer.state, "lr_unseen", True)
        self.schedules: list[Schedule] = []
        for instance in self.instances:
            if isinstance(instance.data, Schedule):
                self._schedule(instance, optimizer)
            if not isinstance(instance.cls, LibraryClass):
                run.write(instance.attrs, "model", model)
                own = run.class_attribute(instance.cls, "set_model")
                if own is not None:
                    run.call(run.bind(own, instance), Args([model]))

    def _schedule(self, instance: Instance, optimizer: Optimizer | None) -> None:
        schedule: Schedule = instance.data
        schedule.optimizer = optimizer
        if schedule not in self.run.program.schedules:
            self.run.program.schedules.append(schedule)
        if optimizer is not None:
            self.run.write(optimizer.state, "scheduled", True)
        self.schedules.append(schedule)
        rule = instance.attrs.get("<rule>")
        if rule is not None:
            by_epoch(self.run, rule, schedule)

    def call(self, when: str) -> None:
        """Call the methods of local callbacks for this moment."""
        for instance in self.instances:
            for name in HOOKS[when]:
                self._call(instance, name)

    def _call(self, instance: Instance, name: str) -> None:
        run = self.run
        own = run.class_attribute(instance.cls, name)
        function = run.bind(own, instance) if own is not None else instance.attrs.get(name)
        if function is None or isinstance(function, Unknown):
            return
        index = [Unknown("the number of an epoch or batch")] if "epoch" in name or "batch" in name else []
        run.call(function, Args([*index, DictValue({}, open=True)]))

    def rates(self, when: str) -> None:
        """The steps of the schedules: the rule sets the rate before an epoch, the plateau after it."""
        for schedule in self.schedules:
            before = schedule.name == SCHEDULER.qualname
            if before == (when == "epoch begins"):
                self.run.event(EventKind.SCHEDULE_STEP, schedule, metrics=True)


def _listed(given: Value | None) -> list[Instance]:
    if isinstance(given, Instance):
        return [given]
    if isinstance(given, ListValue | TupleValue):
        return [part for element in given.elements for part in _listed(element)]
    alternatives = getattr(given, "alternatives", ())
    return [part for v in alternatives for part in _listed(v)]


def _may_set_rate(given: Value | None) -> bool:
    """Whether a callback that is not followed is among them; loggers of known packages only look."""
    if given is None or isinstance(given, Observed) or (isinstance(given, Const) and given.value is None):
        return False
    if isinstance(given, Instance):
        return bool(getattr(given.cls, "open", False)) or not given.is_a(CALLBACK)
    if isinstance(given, ListValue | TupleValue):
        return given.open or any(_may_set_rate(v) for v in given.elements)
    alternatives = getattr(given, "alternatives", None)
    return True if alternatives is None else any(_may_set_rate(v) for v in alternatives)


def by_epoch(run: Interpreter, rule: Value, schedule: Schedule) -> None:
    """A rule epoch -> rate (or (epoch, rate) -> rate), evaluated from the first epoch on."""
    optimizer = schedule.optimizer
    current: Value = Unknown("the rate")
    if optimizer is not None and optimizer.lr.known:
        current = Const(optimizer.lr.value, optimizer.lr.origin)
    two = _takes_rate(rule)
    found: list[Fact[float]] = []
    for epoch in (*range(MOST_EPOCHS), *(() if two else LATE_EPOCHS)):
        result = run.call(rule, Args([Const(epoch), current] if two else [Const(epoch)]))
        if not isinstance(result, Const) or not isinstance(result.value, int | float):
            return
        found.append(Fact(float(result.value), result.origin, "", True))
        current = result if two else current
    rates = [f.value for f in found if f.value is not None]
    if rates[-1] == max(rates) > max(rates[:-1]):
        return  # how far it grows depends on the length of the run
    schedule.rescales = False
    schedule.peak = peak_of(found)
    schedule.warmup = rates[0] < 0.5 * max(rates)


def _takes_rate(rule: Value) -> bool:
    """Whether a rule takes the current rate besides the epoch."""
    node = getattr(getattr(rule, "function", rule), "node", None)
    arguments = getattr(node, "args", None)
    if arguments is None:
        return False
    return len(arguments.args) - hasattr(rule, "receiver") >= 2
