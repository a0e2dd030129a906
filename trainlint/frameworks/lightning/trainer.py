"""Trainer: its arguments with Lightning's defaults, and what fit, validate, test and predict run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.frameworks.lightning import training, unseen
from trainlint.frameworks.lightning.library import LIBRARY, PYTORCH, named
from trainlint.frameworks.lightning.namespaces import from_namespace
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.signature import signature
from trainlint.semantics.amounts import Once, Usual, Whole
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
TRAINER = f"{PYTORCH}.Trainer"
_PARAMETERS = (
    "logger=None, enable_checkpointing=None, callbacks=None, default_root_dir=None, gradient_clip_val=None, "
    "gradient_clip_algorithm=None, accelerator='auto', strategy='auto', devices='auto', num_nodes=1, precision=None, "
    "fast_dev_run=False, max_epochs=None, min_epochs=None, max_steps=-1, min_steps=None, max_time=None, "
    "limit_train_batches=None, limit_val_batches=None, limit_test_batches=None, limit_predict_batches=None, "
    "overfit_batches=0.0, val_check_interval=None, check_val_every_n_epoch=1, num_sanity_val_steps=None, "
    "log_every_n_steps=None, enable_progress_bar=None, enable_model_summary=None, accumulate_grad_batches=1, "
    "deterministic=None, benchmark=None, inference_mode=True, use_distributed_sampler=True, profiler=None, "
    "detect_anomaly=False, barebones=False, plugins=None, sync_batchnorm=False, "
    "reload_dataloaders_every_n_epochs=0, enable_autolog_hparams=True, model_registry=None, "
    # removed since: of versions 0.x and 1.x
    "auto_lr_find=False, auto_scale_batch_size=False, automatic_optimization=True, gpus=None, amp_level=None, "
    "amp_backend='native', checkpoint_callback=True, resume_from_checkpoint=None, track_grad_norm=-1, "
    "early_stop_callback=False, distributed_backend=None, weights_summary='top', progress_bar_refresh_rate=None, "
    "replace_sampler_ddp=True, terminate_on_nan=None, stochastic_weight_avg=False, tpu_cores=None, "
    "flush_logs_every_n_steps=None, num_processes=1, auto_select_gpus=False, weights_save_path=None, "
    "move_metrics_to_cpu=False, multiple_trainloader_mode='max_size_cycle', max_nb_epochs=None, min_nb_epochs=None, "
    "enable_pl_optimizer=None, row_log_interval=None, use_amp=None, log_gpu_memory=None, process_position=0"
)
"""The documented parameters (lightning 2.6) and those that older versions had, with their defaults."""
NAMES = signature(_PARAMETERS).names
DEFAULTS = signature(_PARAMETERS).defaults

_OBSERVED = frozenset({
    "logger", "loggers", "checkpoint_callback", "checkpoint_callbacks", "early_stopping_callback",
    "progress_bar_callback", "profiler", "strategy", "accelerator", "training_type_plugin", "precision_plugin",
    "checkpoint_connector", "_checkpoint_connector",
})  # fmt: skip
_METRICS = frozenset({"callback_metrics", "logged_metrics", "progress_bar_metrics"})
_RUNS = frozenset({"fit", "validate", "test", "predict"})


class TrainerClass(LibraryClass):
    """lightning.pytorch.Trainer. attrs: the arguments that were given; `data` is "unseen" where the code does not show
    them all."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        named(run)
        for name, value in signature(_PARAMETERS).bind(Args(args.positional, args.keywords)).items():
            run.write(instance.attrs, name, value)
        run.options("lightning.Trainer", args.keywords, not args.open)
        instance.data = "unseen" if args.open else None

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in _RUNS:
            return Native(f"{TRAINER}.{name}", lambda r, args: _run(r, instance, name, args))
        if name in ("tune", "lr_find"):
            return Native(f"{TRAINER}.{name}", lambda r, args: _tune(r, instance, args))
        if name == "tuner":
            return TUNER.call(run, Args([instance]))
        if name == "save_checkpoint":
            return Native(name, _save)
        if name in _METRICS:
            return DictValue(open=True)
        if name in ("optimizers", "lightning_module", "model", "datamodule", "callbacks"):
            return _part(run, instance, name)
        if name in _OBSERVED:
            return Observed(f"trainer.{name}")
        if name in ("world_size", "num_devices"):
            return _devices(instance, name)
        if name in ("global_rank", "local_rank", "node_rank", "is_global_zero"):
            return Unknown(f"trainer.{name}")
        if name in ("global_step", "current_epoch"):
            return Whole(name, least=0)
        if name == "is_last_batch":
            return Once(f"trainer.{name}")
        if name in DEFAULTS and name != "callbacks":
            return argument(instance, name)
        return Unknown(f"trainer.{name}")

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        return _class_method(run, cls, name)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = _class_method(run, self, name)
        return found if found is not None else super().get_attr(run, name)


def argument(trainer: Instance | None, name: str) -> Value:
    """An argument of a trainer: as given, else Lightning's default, else unknown where the code does not show it."""
    if trainer is None:
        return Unknown("the trainer, which no code shows")
    found = trainer.attrs.get(name)
    if found is not None:
        return found
    if trainer.data == "unseen":
        return Unknown("an argument of the trainer that is not shown")
    return Const(DEFAULTS[name])


_ALL_DEVICES = ("auto", "-1", -1, None)
"""All that the machine has."""


def _devices(trainer: Instance, name: str) -> Value:
    """How many processes train, where the arguments say so and not the machine."""
    devices, nodes = argument(trainer, "devices"), argument(trainer, "num_nodes")
    alone = argument(trainer, "accelerator")
    count: int | None = None
    if isinstance(devices, ListValue) and not devices.open:
        count = len(devices.elements)
    elif isinstance(devices, Const) and type(devices.value) is int and devices.value > 0:
        count = devices.value
    elif isinstance(devices, Const) and isinstance(alone, Const) and alone.value == "cpu":
        count = 1
    if not isinstance(nodes, Const) or not isinstance(nodes.value, int):
        return Unknown(f"trainer.{name}")
    if count is None and isinstance(devices, Const) and devices.value in _ALL_DEVICES:
        return Usual("the number of devices", Const(1 if name == "num_devices" else nodes.value))
    if count is None:
        return Unknown(f"trainer.{name}")
    return Const(count if name == "num_devices" else count * nodes.value)


def _part(run: Interpreter, instance: Instance, name: str) -> Value:
    fit = training.current(run, instance)
    if name == "callbacks":
        return ListValue(training.callbacks_of(run, instance, None), open=True)
    if fit is None:
        return Unknown(f"trainer.{name}")
    if name == "optimizers":
        state = fit.configured
        return (
            ListValue(state.optimizers)
            if state is not None and state.complete
            else Unknown("trainer.optimizers")
        )
    if name == "datamodule":
        return fit.datamodule if fit.datamodule is not None else _NONE
    return fit.model


def _save(run: Interpreter, args: Args) -> Value:
    run.event(EventKind.SAVE)
    return _NONE


# -- running


_ARGUMENTS = {
    "fit": ("model", "train_dataloaders", "val_dataloaders", "datamodule", "ckpt_path"),
    "validate": ("model", "dataloaders", "ckpt_path", "verbose", "datamodule"),
    "test": ("model", "dataloaders", "ckpt_path", "verbose", "datamodule"),
    "predict": ("model", "dataloaders", "datamodule", "return_predictions", "ckpt_path"),
}
_OLD = {
    "train_dataloader": "train_dataloaders",
    "test_dataloaders": "dataloaders",
    "val_dataloader": "val_dataloaders",
}


def _run(run: Interpreter, trainer: Instance, name: str, args: Args) -> Value:
    named(run)
    keywords = {(_OLD.get(k, k) if name != "validate" else "dataloaders" if k == "val_dataloaders" else k): v
                for k, v in args.keywords.items()}  # fmt: skip
    bound = Args(args.positional, keywords).bind(*_ARGUMENTS[name])
    model = bound.get("model", _NONE)
    if isinstance(model, UnionValue):
        rest = {k: v for k, v in bound.items() if k != "model"}
        return run.each(model, lambda v: _run(run, trainer, name, Args([v], rest)))
    before = training.current(run, trainer)
    if isinstance(model, Const) and before is not None and name != "fit":
        model = before.model
    data = bound.get("datamodule")
    first = "train_dataloaders" if name == "fit" else "dataloaders"
    if isinstance(bound.get(first), Instance) and training.is_data_module(bound[first]):
        data = bound.pop(first)
    if not isinstance(model, Instance) or not training.is_lightning(model):
        run.escape_args(args, f"{TRAINER}.{name}")
        if name == "fit" and isinstance(model, Unknown):
            unseen.fit(run, trainer, data, bound.get(first))
        return Unknown(f"{TRAINER}.{name}()")
    if data is None and before is not None and first not in bound and name != "fit":
        data = before.datamodule
    session = training.Session(run, trainer, model, data if isinstance(data, Instance) else None)
    session.loaders = {"train": bound.get("train_dataloaders"), "val": bound.get("val_dataloaders"),
                       "rest": bound.get("dataloaders")}  # fmt: skip
    unshown = data is not None and not isinstance(data, Instance | Const)
    session.unshown = unshown or args.open
    if (
        isinstance(data, Unknown) and data.drawn is not None
    ):  # an unseen data module that was told its batch size
        session.loaders["train"] = session.loaders["train"] or data
    if name == "fit":
        session.fit()
        return _NONE
    session.evaluate(name)
    return ListValue(open=True)


# -- tuning, and trainers from the command line


class TunerClass(LibraryClass):
    """Tuner: lr_find sets the model's rate to what it finds, scale_batch_size its batch size."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        trainer = (
            args.positional[0] if args.positional else args.keywords.get("trainer", Unknown("a trainer"))
        )
        run.write(instance.attrs, "trainer", trainer)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("lr_find", "scale_batch_size"):
            return Native(f"Tuner.{name}", lambda r, args: _found(r, name, args))
        return None


def _found(run: Interpreter, name: str, args: Args) -> Value:
    model = args.positional[0] if args.positional else args.keywords.get("model", _NONE)
    attribute = args.keywords.get("attr_name" if name == "lr_find" else "batch_arg_name")
    asked = str(attribute.value) if isinstance(attribute, Const) and attribute.value else ""
    names = (asked,) if asked else ("lr", "learning_rate") if name == "lr_find" else ("batch_size",)
    subjects = [model, *(v for k, v in args.keywords.items() if k == "datamodule")]
    for subject in subjects:
        if isinstance(subject, Instance) and (
            training.is_lightning(subject) or training.is_data_module(subject)
        ):
            training.forget(run, subject, names, f"what {name}() finds")
    return Observed(f"{name}()")


def _tune(run: Interpreter, trainer: Instance, args: Args) -> Value:
    """`trainer.tune(model)` of version 1: with auto_lr_find it sets the model's rate."""
    for option, name in (("auto_lr_find", "lr_find"), ("auto_scale_batch_size", "scale_batch_size")):
        value = argument(trainer, option)
        if value.truth(run) is not False:
            _found(run, name, args)
            if isinstance(value, Const) and isinstance(value.value, str) and args.positional:
                model = args.positional[0]
                if isinstance(model, Instance) and training.is_lightning(model):
                    training.forget(run, model, (value.value,), f"what {name}() finds")
    return Observed("trainer.tune()")


TUNER = TunerClass(f"{PYTORCH}.tuner.Tuner")
TRAINER_CLASS = TrainerClass(TRAINER)
LIBRARY.add(TUNER)
LIBRARY.add(TRAINER_CLASS)


def _class_method(run: Interpreter, cls: Value, name: str) -> Value | None:
    if name == "from_argparse_args":
        return Native(f"{TRAINER}.{name}", lambda r, args: from_namespace(r, cls, args, NAMES))
    if name == "add_argparse_args":
        return Native(f"{TRAINER}.{name}", _add_arguments)
    if name == "default_attributes":
        return Native(
            f"{TRAINER}.{name}", lambda r, args: DictValue.of({k: Const(v) for k, v in DEFAULTS.items()})
        )
    return None


_COMMAND_LINE = (
    "gradient_clip_val", "gradient_clip_algorithm", "precision", "max_epochs", "max_steps", "accumulate_grad_batches",
    "fast_dev_run", "limit_train_batches", "overfit_batches", "accelerator", "devices", "gpus", "strategy",
    "default_root_dir", "val_check_interval", "check_val_every_n_epoch", "log_every_n_steps", "min_epochs",
    "auto_lr_find", "auto_scale_batch_size", "num_nodes", "deterministic", "stochastic_weight_avg",
)  # fmt: skip


def _add_arguments(run: Interpreter, args: Args) -> Value:
    """`Trainer.add_argparse_args(parser)`: an option for each parameter, with the trainer's own default."""
    parser = (
        args.positional[0] if args.positional else args.keywords.get("parent_parser", Unknown("a parser"))
    )
    group = run.call_method(parser, "add_argument_group", Const("pl.Trainer"))
    for name in _COMMAND_LINE:
        run.call(
            run.get_attr(group, "add_argument"),
            Args([Const(f"--{name}")], {"default": Const(DEFAULTS[name])}),
        )
    return parser
