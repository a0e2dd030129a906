"""Callbacks of a Learner: those of the program are called at their events, those of fastai are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Optimizer
from trainlint.frameworks.fastai.library import LIBRARY
from trainlint.frameworks.torch import clip
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

EVENTS = frozenset({
    f"{when}_{what}" for when in ("before", "after") for what in ("fit", "epoch", "train", "batch", "validate", "backward", "step")
} | {"after_pred", "after_loss", "after_create"})  # fmt: skip
LEARN = "learn"


class CallbackClass(LibraryClass):
    """A callback; what is not its own, it takes from its learner."""

    __slots__ = ("places",)

    def __init__(self, name: str, places: str = "", *bases: LibraryClass) -> None:
        super().__init__(f"fastai.callback.{name}", bases)
        self.places = tuple(places.split())

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.bind(*self.places).items():
            run.write(instance.attrs, name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        learner = instance.attrs.get(LEARN)
        if name in EVENTS or name.startswith("__"):
            return None
        return run.get_attr(learner, name) if learner is not None and name != LEARN else Unknown(name)


CALLBACK = LIBRARY.add(CallbackClass("core.Callback"), "fastai.Callback")
for _name, _places in (
    ("GradientClip", "max_norm norm_type"), ("GradientAccumulation", "n_acc"), ("MixedPrecision", "amp_mode"),
    ("SaveModelCallback", ""), ("EarlyStoppingCallback", ""), ("TerminateOnNaNCallback", ""), ("TrackerCallback", ""),
    ("CSVLogger", ""), ("ShowGraphCallback", ""), ("ProgressCallback", ""), ("Recorder", ""), ("BnFreeze", ""),
    ("ShortEpochCallback", ""), ("WandbCallback", ""), ("TensorBoardCallback", ""), ("ModelResetter", ""),
    ("ActivationStats", ""), ("TrainEvalCallback", ""), ("GatherPredsCallback", ""), ("ChannelsLast", ""), ("CometCallback", ""),
):  # fmt: skip
    LIBRARY.add(CallbackClass(_name, _places, CALLBACK), f"fastai.{_name}")


def listed(run: Interpreter, given: Value | None) -> list[Value]:
    """The callbacks of an argument `cbs`: one or several, objects or classes."""
    if given is None or (isinstance(given, Const) and given.value is None):
        return []
    several = isinstance(given, ListValue | TupleValue)
    values = list(given.elements) if isinstance(given, ListValue | TupleValue) else [given]
    made = [v if isinstance(v, Instance) or not _is_class(v) else run.call(v, Args()) for v in values]
    unseen = several and getattr(given, "open", False)
    return [*made, Unknown("more callbacks")] if unseen else made


def _is_class(value: Value) -> bool:
    return "type" in (value.types() or ())


def _is(callback: Value, name: str) -> bool:
    return isinstance(callback, Instance) and callback.is_a(f"fastai.callback.{name}")


def fire(run: Interpreter, callbacks: list[Value], event: str) -> None:
    """Call the method that the program's own callbacks have for an event."""
    for callback in callbacks:
        method = run.class_attribute(callback.cls, event) if isinstance(callback, Instance) else None
        if method is not None:
            run.call(run.bind(method, callback), Args())


def unseen(run: Interpreter, callbacks: list[Value], optimizer: Value) -> None:
    """Callbacks that the code does not show may do anything to gradients and rates before an update."""
    if not isinstance(optimizer, Instance) or not isinstance(optimizer.data, Optimizer):
        return
    for callback in callbacks:
        if not (isinstance(callback, Instance) and callback.is_a(CALLBACK.qualname)):
            run.write(optimizer.data.state, "lr_unseen", True)
            run.event(EventKind.ESCAPE, optimizer.data, to=callback.describe()[:60])


def clips(run: Interpreter, callbacks: list[Value], model: Value) -> None:
    """GradientClip(max_norm=1.0)"""
    for callback in callbacks:
        if _is(callback, "GradientClip") and isinstance(callback, Instance):
            parameters = run.call_method(model, "parameters")
            clip.record(run, "norm", parameters, callback.attrs.get("max_norm", Const(1.0)))


def every(run: Interpreter, callbacks: list[Value], batch: Fact[int] | None) -> Fact[int] | None:
    """Batches of an update under GradientAccumulation(n_acc=32), which counts samples."""
    found: Fact[int] | None = None
    for callback in callbacks:
        if _is(callback, "GradientAccumulation") and isinstance(callback, Instance):
            samples = run.fact(callback.attrs.get("n_acc", Const(32)))
            size = batch.value if batch is not None else None
            if isinstance(samples.value, int) and isinstance(size, int) and size > 0:
                found = known(max(-(-samples.value // size), 1), samples.origin)
            else:
                found = unknown("samples of an update")
    return found


def precision(run: Interpreter, callbacks: list[Value]) -> None:
    """MixedPrecision, also by to_fp16() and to_bf16()."""
    if any(_is(callback, "MixedPrecision") for callback in callbacks):
        run.event(EventKind.AUTOCAST, enabled=True)
