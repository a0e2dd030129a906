"""The trainer's loop, as the events of a loop written by hand: fit, and the evaluations around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Op
from trainlint.frameworks.lightning import callbacks, hooks, plan, steps
from trainlint.frameworks.lightning.data import DATA_MODULE, Draw, loaders_of, separate
from trainlint.frameworks.lightning.optimization import Configured, configured
from trainlint.frameworks.torch.module_methods import set_mode
from trainlint.frameworks.torch.tree import walk
from trainlint.model import Location
from trainlint.semantics.library_loops import repeat
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
MODULE = "lightning.pytorch.LightningModule"


def is_lightning(value: Value) -> bool:
    """Whether a value is a LightningModule."""
    return isinstance(value, Instance) and value.is_a(MODULE)


def is_data_module(value: Value) -> bool:
    """Whether a value is a LightningDataModule."""
    return isinstance(value, Instance) and value.is_a(DATA_MODULE)


def current(run: Interpreter, trainer: Instance) -> Session | None:
    """The last session of a trainer."""
    known: dict[int, Session] = run.memo.setdefault("lightning.sessions", {})
    return known.get(id(trainer))


def forget(run: Interpreter, subject: Instance, names: tuple[str, ...], why: str) -> None:
    """Attributes and hyperparameters of these names hold something that is not known from here on."""
    hparams = run.get_attr(subject, "hparams")
    for name in names:
        if name in subject.attrs:
            run.write(subject.attrs, name, Unknown(why))
        if isinstance(hparams, DictValue) and name in hparams.cells:
            run.write(hparams.cells, name, (Const(name), Unknown(why)))


def callbacks_of(run: Interpreter, trainer: Instance | None, model: Instance | None) -> list[Value]:
    """The callbacks of a trainer and of a module."""
    return callbacks.listed(run, trainer, model)


class Session:
    """One call of fit, validate, test or predict."""

    def __init__(
        self, run: Interpreter, trainer: Instance | None, model: Instance, datamodule: Instance | None
    ) -> None:
        self.run, self.trainer, self.model, self.datamodule = run, trainer, model, datamodule
        self.loaders: dict[str, Value | None] = {}
        self.configured: Configured | None = None
        self.unshown = False  # data that the code does not show may come from anywhere
        self.place: Location = run.here
        self.callbacks = callbacks_of(run, trainer, model)
        trainers: dict[int, Value] = run.memo.setdefault("lightning.trainers", {})
        self.handle: Value = trainer if trainer is not None else Unknown("the trainer")
        for subject in (model, datamodule):
            if subject is not None and trainer is not None:
                trainers[id(subject)] = trainer
        if trainer is not None:
            run.memo.setdefault("lightning.sessions", {})[id(trainer)] = self

    # -- hooks

    def hook(self, name: str, *given: Value) -> Value | None:
        """A hook of the callbacks and of the module, with the module's result."""
        for callback in self.callbacks:
            callbacks.call(self.run, callback, name, self.handle, self.model, given)
        return hooks.call(self.run, self.model, name, given, {"dataloader_idx": Const(0), "unused": _NONE})

    def at(self, name: str) -> Location:
        """Where a method of the module begins, for what happens around it."""
        return hooks.place(self.run, self.model, name)

    # -- fit

    def prepare(self, stage: str) -> None:
        """Download, split and set up, once."""
        for subject in (self.datamodule, self.model):
            hooks.call(self.run, subject, "prepare_data")
            hooks.call(self.run, subject, "setup", [Const(stage)])
        for callback in self.callbacks:
            callbacks.call(self.run, callback, "setup", self.handle, self.model, [Const(stage)])
        hooks.call(self.run, self.model, "configure_sharded_model")
        hooks.call(self.run, self.model, "configure_model")

    def fit(self) -> None:
        """Everything from setup to the last epoch."""
        run, model = self.run, self.model
        done(run, model, "training_step")
        if hooks.method(run, model, "training_step") is None:
            run.escape(model, "lightning.pytorch.Trainer.fit")
            return
        callbacks.before_fit(run, self.callbacks, model)
        self.prepare("fit")
        made = hooks.call(run, model, "configure_optimizers")
        self.configured = configured(run, made) if made is not None else Configured()
        run.memo.setdefault("lightning.configured", {})[id(model)] = self.configured
        train = loaders_of(run, self.loaders.get("train"), self._sources(), "train_dataloader")
        validation = self.loaders.get("val")
        has_validation = hooks.method(run, model, "validation_step") is not None
        validation = (
            loaders_of(run, validation, self._sources(), "val_dataloader") if has_validation else None
        )
        trainer = steps.Training(self)
        trainer.announce()
        if model.data.state.get("training") is not True:
            self._mode(True)
        self.hook("on_fit_start")
        self.hook("on_train_start")

        def epoch(number: int) -> None:
            self._epoch(trainer, train, validation, has_validation)

        repeat(run, epoch, length=plan.planned_epochs(run, self.trainer), location=self.place)
        self.hook("on_train_end")
        self.hook("on_fit_end")

    def _sources(self) -> list[Instance | None]:
        return [] if self.unshown else [self.datamodule, self.model]

    def _epoch(
        self,
        trainer: steps.Training,
        train: Value | None,
        validation: Value | None,
        validated: bool,
    ) -> None:
        run = self.run
        self.hook("on_epoch_start")
        self.hook("on_train_epoch_start")
        draw = Draw(run, train)
        outputs: list[Value] = []

        def batch(number: int) -> None:
            outputs[:] = [trainer.batch(self.transferred(draw.make()))]

        length = plan.planned_batches(run, self.trainer, draw.length)
        repeat(run, batch, over="loader", length=length, target=draw.target, location=self.place)
        if validated:
            self.evaluation("validation", validation)
        self.hook("training_epoch_end", ListValue([detached(run, o) for o in outputs], open=True))
        self.hook("on_train_epoch_end", ListValue(open=True))
        self.hook("on_epoch_end")
        trainer.step_schedules("epoch")

    def transferred(self, batch: Value) -> Value:
        """The batch after the hooks around its way to the device."""
        for name in ("on_before_batch_transfer", "transfer_batch_to_device", "on_after_batch_transfer"):
            for subject in (self.datamodule, self.model):
                own = hooks.method(self.run, subject, name)
                if own is not None:
                    given = [batch, Unknown("the device")] if name.startswith("transfer") else [batch]
                    batch = hooks.call_with(self.run, own, given, {"dataloader_idx": Const(0)})
                    break
        return batch

    # -- evaluation

    def evaluate(self, name: str) -> None:
        """validate, test or predict of its own."""
        part = {"validate": "validation", "test": "test", "predict": "predict"}[name]
        self.prepare(name)
        hook = {"validate": "val_dataloader"}.get(name, f"{name}_dataloader")
        loaders = loaders_of(self.run, self.loaders.get("rest"), self._sources(), hook)
        self.evaluation(part, loaders)

    def evaluation(self, part: str, loaders: Value | None) -> None:
        """A pass over the data without gradients, in evaluation mode; after it every layer is in the mode it was in."""
        run, step = self.run, f"{part}_step"
        done(run, self.model, step)
        before, modes = run.grad_enabled, {id(m): m.data.state.get("training") for _, m in walk(self.model)}
        run.event(EventKind.EVAL_MODE, self.model.data, location=self.at(step))
        self._mode(False, quiet=True)
        run.set_grad(False)
        self.hook(f"on_{part}_start")
        self.hook(f"on_{part}_epoch_start")
        outputs: list[Value] = []
        for value in separate(loaders)[:3] or [Unknown("the data")]:
            draw = Draw(run, value)

            def batch(number: int, draw: Draw = draw) -> None:
                outputs.append(self._evaluated(part, self.transferred(draw.make())))

            repeat(run, batch, over="loader", length=draw.length, target=draw.target, location=self.place)
        self.hook(f"{part}_epoch_end", ListValue(outputs[-1:], open=True))
        self.hook(f"on_{part}_epoch_end")
        self.hook(f"on_{part}_end")
        run.set_grad(before)
        if modes.get(id(self.model)) is not False:
            run.event(EventKind.TRAIN_MODE, self.model.data, location=self.at(step))
        for _, module in walk(self.model):
            run.write(module.data.state, "training", modes.get(id(module), True))

    def _evaluated(self, part: str, batch: Value) -> Value:
        index = Unknown("batch_idx")
        own = hooks.method(self.run, self.model, f"{part}_step")
        extra = {"dataloader_idx": Const(0)}
        self.hook(f"on_{part}_batch_start", batch, index)
        if own is not None:
            result = hooks.call_with(self.run, own, [batch, index], extra)
        else:
            first = (
                batch.elements[0] if isinstance(batch, TupleValue | ListValue) and batch.elements else batch
            )
            result = self.run.call_method(self.model, "__call__", first)
        ended = hooks.call(self.run, self.model, f"{part}_step_end", [result])
        self.hook(f"on_{part}_batch_end", result, batch, index)
        return ended if ended is not None else result

    def _mode(self, training: bool, quiet: bool = False) -> None:
        own = self.run.class_attribute(self.model.cls, "train")
        if own is not None:
            self.run.call_method(self.model, "train", Const(training))
            return
        if not quiet:
            kind = EventKind.TRAIN_MODE if training else EventKind.EVAL_MODE
            self.run.event(kind, self.model.data, location=self.at("training_step"))
        set_mode(self.run, self.model, training, set())


def done(run: Interpreter, model: Instance, name: str) -> None:
    """A method of the module's class is called as the trainer calls it."""
    run.memo.setdefault("lightning.done", set()).add((id(model.cls), name))


def detached(run: Interpreter, value: Value) -> Value:
    """What a step returned, as the trainer keeps it: cut from the graph."""
    if isinstance(value, Tensor):
        node = run.node(Op.DETACH, "detach", (value.node,), shape=value.shape, attached=False)
        return value.make(node)
    if isinstance(value, DictValue):
        return DictValue({k: (n, detached(run, v)) for k, (n, v) in value.cells.items()}, open=value.open)
    if isinstance(value, TupleValue | ListValue):
        return ListValue([detached(run, v) for v in value.elements], open=value.open)
    return value
