"""detectron2.engine: trainers that run a loop over iterations, with hooks around each.

Source: detectron2's documentation ("Training", "detectron2.engine"): TrainerBase, SimpleTrainer, DefaultTrainer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op
from trainlint.frameworks.detectron2.building import CHECKPOINTER
from trainlint.frameworks.detectron2.hooks import default_hooks
from trainlint.frameworks.detectron2.library import add
from trainlint.frameworks.detectron2.solver import setting
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.builtin_iteration import make_iter, make_next
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_MOMENTS = ("before_train", "after_train", "before_step", "after_step", "after_backward")


class TrainerClass(LibraryClass):
    """TrainerBase: hooks, and a loop that calls `run_step()`."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, "_hooks", ListValue())
        for name in ("iter", "start_iter"):
            run.write(instance.attrs, name, Const(0))
        run.write(instance.attrs, "storage", Unknown("the storage of events"))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in _MOMENTS:
            return Native(f"trainer.{name}", lambda r, args: moment(r, instance, name))
        if name == "train":
            return Native("trainer.train", lambda r, args: train(r, instance, args))
        if name == "register_hooks":
            return Native("trainer.register_hooks", lambda r, args: _register(r, instance, args))
        if name in ("state_dict", "load_state_dict", "_write_metrics", "write_metrics"):
            return Native(f"trainer.{name}", lambda r, args: DictValue(open=True))
        return None


BASE = add(TrainerClass("detectron2.engine.TrainerBase"))


def moment(run: Interpreter, trainer: Instance, name: str) -> Value:
    """What every hook does at this moment."""
    hooks = trainer.attrs.get("_hooks", _NONE)
    for hook in hooks.elements if isinstance(hooks, ListValue) else ():
        if isinstance(hook, Instance):
            run.call_method(hook, name)
    return _NONE


def _register(run: Interpreter, trainer: Instance, args: Args) -> Value:
    given = args.positional[0] if args.positional else _NONE
    listed = given.iterate(run).values if not isinstance(given, Const) else []
    for hook in listed:
        if isinstance(hook, Instance):
            run.write(hook.attrs, "trainer", trainer)
        elif not isinstance(hook, Const):
            run.escape(trainer.attrs.get("model", _NONE), "a hook that is not followed")
    run.call_method(
        trainer.attrs.get("_hooks", ListValue()),
        "extend",
        ListValue([h for h in listed if isinstance(h, Instance)]),
    )
    return _NONE


def train(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`train(start_iter, max_iter)`; a DefaultTrainer knows both."""
    most = args.bind("start_iter", "max_iter").get("max_iter") or run.get_attr(trainer, "max_iter")
    run.write(trainer.attrs, "max_iter", most)
    run.call_method(trainer, "before_train")

    def iteration(number: int) -> None:
        run.write(trainer.attrs, "iter", Const(0) if number == 0 else Unknown("an iteration"))
        run.call_method(trainer, "before_step")
        run.call_method(trainer, "run_step")
        run.call_method(trainer, "after_step")

    length = most.value if isinstance(most, Const) and isinstance(most.value, int) else None
    repeat(run, iteration, over="range", length=length)
    run.call_method(trainer, "after_train")
    return DictValue(open=True)


class SimpleClass(TrainerClass):
    """SimpleTrainer(model, data_loader, optimizer): one loss, one optimizer. amp: AMPTrainer."""

    __slots__ = ("amp",)

    def __init__(self, qualname: str, bases: tuple[LibraryClass, ...], amp: bool = False) -> None:
        super().__init__(qualname, bases)
        self.amp = amp

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        given = args.bind("model", "data_loader", "optimizer", "grad_scaler")
        for name in ("model", "data_loader", "optimizer"):
            run.write(instance.attrs, name, given.get(name, Unknown(name)))
        loader = instance.attrs["data_loader"]
        run.write(instance.attrs, "_data_loader_iter", make_iter(run, Args([loader])))
        run.call_method(instance.attrs["model"], "train")
        if self.amp:
            scaler = given.get("grad_scaler", _NONE)
            made = run.call(run.library_name("torch.cuda.amp.GradScaler"), Args())
            run.write(instance.attrs, "grad_scaler", made if isinstance(scaler, Const) else scaler)
            run.event(EventKind.AUTOCAST, enabled=True)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "run_step":
            return Native("trainer.run_step", lambda r, args: step(r, instance, self.amp))
        return super().attribute(run, instance, name)


SIMPLE = add(SimpleClass("detectron2.engine.SimpleTrainer", (BASE,)))
AMP = add(SimpleClass("detectron2.engine.AMPTrainer", (SIMPLE,), amp=True))


def step(run: Interpreter, trainer: Instance, amp: bool) -> Value:
    """A batch, the sum of its losses, gradients cleared and made anew, an update."""
    held = trainer.attrs
    data = make_next(run, Args([held["_data_loader_iter"]]))
    loss = total(run, run.call(held["model"], Args([data])))
    if not isinstance(held["optimizer"], Instance):
        run.event(EventKind.ZERO_GRAD, None, by="unknown")
        run.event(EventKind.BACKWARD, None, by="unknown")
        run.event(EventKind.STEP, None, by="unknown")
        return _NONE
    run.call_method(held["optimizer"], "zero_grad")
    if amp:
        scaler = held["grad_scaler"]
        run.call_method(run.call_method(scaler, "scale", loss), "backward")
        run.call_method(scaler, "step", held["optimizer"])
        run.call_method(scaler, "update")
    else:
        run.call_method(loss, "backward")
        run.call_method(held["optimizer"], "step")
    return _NONE


def total(run: Interpreter, losses: Value) -> Value:
    """The sum of a dictionary of losses, or the one loss."""
    if isinstance(losses, Tensor):
        return losses
    entries = as_dict(losses)
    found = list(entries.strings().values()) if entries is not None else []
    if not found:
        return Tensor(run.node(Op.UNKNOWN, "losses", (), attached=True), TORCH)
    whole = found[0]
    for value in found[1:]:
        whole = run.operate("+", whole, value)
    return whole


# -- the default trainer

_BUILDS = {
    "build_model": ("build_model", 1),
    "build_optimizer": ("build_optimizer", 2),
    "build_lr_scheduler": ("build_lr_scheduler", 2),
    "build_train_loader": ("build_detection_train_loader", 1),
    "build_test_loader": ("build_detection_test_loader", 2),
}
"""Class methods, the function that each calls, and how many arguments it is given."""


class DefaultClass(TrainerClass):
    """DefaultTrainer(cfg): builds all from the config; subclasses build some of it themselves."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        config = args.bind("cfg").get("cfg", Unknown("the config"))
        model = run.call_method(instance, "build_model", config)
        optimizer = run.call_method(instance, "build_optimizer", config, model)
        loader = run.call_method(instance, "build_train_loader", config)
        amp = setting(run, config, "SOLVER.AMP.ENABLED").truth(run)
        if amp is None:
            run.event(EventKind.AUTOCAST, enabled=None)
        run.write(
            instance.attrs, "_trainer", run.call(AMP if amp else SIMPLE, Args([model, loader, optimizer]))
        )
        run.write(
            instance.attrs, "scheduler", run.call_method(instance, "build_lr_scheduler", config, optimizer)
        )
        run.write(instance.attrs, "checkpointer", run.call(CHECKPOINTER, Args([model])))
        run.write(instance.attrs, "cfg", config)
        run.write(instance.attrs, "max_iter", setting(run, config, "SOLVER.MAX_ITER"))
        run.call_method(instance, "register_hooks", run.call_method(instance, "build_hooks"))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        inner = instance.attrs.get("_trainer")
        if (
            name in ("model", "data_loader", "optimizer", "_data_loader_iter", "grad_scaler")
            and inner is not None
        ):
            return run.get_attr(inner, name)
        if name == "run_step":
            return Native(
                name, lambda r, args: r.call_method(instance.attrs.get("_trainer", _NONE), "run_step")
            )
        if name == "resume_or_load":
            return Native(name, lambda r, args: _resume(r, instance))
        if name == "build_hooks":
            return Native(name, lambda r, args: default_hooks(r, instance))
        if name == "build_writers":
            return Native(name, lambda r, args: ListValue(open=True))
        return self.class_attribute(run, instance.cls, name) or super().attribute(run, instance, name)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return self.class_attribute(run, self, name) or super().get_attr(run, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name in _BUILDS:
            function, count = _BUILDS[name]
            return Native(
                f"DefaultTrainer.{name}",
                lambda r, args: r.call(
                    r.library_name(f"detectron2.engine.{function}"),
                    Args(args.positional[:count], args.keywords),
                ),
            )
        if name == "test":
            return Native("DefaultTrainer.test", lambda r, args: test(r, cls, args))
        if name == "auto_scale_workers":
            return Native(name, lambda r, args: args.positional[0] if args.positional else _NONE)
        if name == "build_evaluator":
            return Native(name, lambda r, args: _NONE)
        return None


DEFAULT = add(DefaultClass("detectron2.engine.DefaultTrainer", (BASE,)))


def _resume(run: Interpreter, trainer: Instance) -> Value:
    weights = setting(run, trainer.attrs.get("cfg", _NONE), "MODEL.WEIGHTS")
    run.call_method(trainer.attrs.get("checkpointer", _NONE), "resume_or_load", weights)
    return _NONE


def test(run: Interpreter, cls: Value, args: Args) -> Value:
    """`test(cfg, model, evaluators=None)`: a pass over each test set, where the class builds evaluators."""
    given = args.bind("cfg", "model", "evaluators")
    config, model = given.get("cfg", _NONE), given.get("model", _NONE)
    name: Value = Unknown("a test set")
    evaluator = given.get("evaluators", _NONE)
    if isinstance(evaluator, Const):
        evaluator = run.call_method(cls, "build_evaluator", config, name)
    if isinstance(evaluator, Const) and evaluator.value is None:
        return DictValue(open=True)
    loader = run.call_method(cls, "build_test_loader", config, name)
    return run.call(
        run.library_name("detectron2.evaluation.inference_on_dataset"), Args([model, loader, evaluator])
    )
