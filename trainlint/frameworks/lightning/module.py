"""LightningModule: a network that says itself how it is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.frameworks.lightning import hyperparameters, optimization
from trainlint.frameworks.lightning.library import LIBRARY, PYTORCH, named
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch import autograd
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.parameters import set_trainable
from trainlint.frameworks.torch.tree import named_parameters, walk
from trainlint.semantics.amounts import Whole
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
MODULE = f"{PYTORCH}.LightningModule"
_QUIET = frozenset({
    "log", "log_dict", "print", "freeze_before_training", "register_optimizer", "setup", "teardown", "prepare_data",
    "configure_callbacks", "configure_model", "configure_sharded_model", "to_onnx", "to_torchscript", "training_step",
    "validation_step", "test_step", "predict_step", "configure_optimizers", "train_dataloader", "val_dataloader",
    "test_dataloader", "predict_dataloader", "add_to_queue", "get_from_queue", "write_prediction",
    "write_prediction_dict", "optimizer_zero_grad", "lr_scheduler_step", "summarize",
    "get_progress_bar_dict", "add_model_specific_args", "training_epoch_end", "validation_epoch_end", "test_epoch_end",
    "load_my_state_dict", "tbptt_split_batch", "all_gather_object",
})  # fmt: skip
"""Methods of the base class that leave no fact: hooks, logging, exports."""
_UNKNOWN = frozenset({
    "device", "dtype", "on_gpu", "world_size",
    "example_input_array", "use_amp", "use_ddp", "truncated_bptt_steps", "device_mesh", "strict_loading",
    "prepare_data_per_node", "allow_zero_length_dataloader_with_multiple_devices",
})  # fmt: skip
_COUNTERS = frozenset({"current_epoch", "global_step", "global_rank", "local_rank"})


class LightningModuleClass(ModuleClass):
    """lightning.pytorch.LightningModule; `data` is the facts.Module, whose state holds the hyperparameters."""

    __slots__ = ()
    whole = True

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        super().allocate(run, instance)
        instance.data.state["whole"] = True  # a Trainer trains it as one network
        named(run)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        handler = _METHODS.get(name)
        if handler is not None:
            return Native(f"{MODULE}.{name}", lambda r, args: handler(r, instance, args))
        if name == "load_from_checkpoint":  # asked of an object, it is still the class's
            return self.class_attribute(run, instance.cls, name)
        if name in _QUIET or name.startswith("on_"):
            return Native(f"{MODULE}.{name}", lambda r, args: _NONE)
        if name in ("logger", "loggers", "fabric"):
            return Observed(name)
        if name in _COUNTERS:
            return Whole(name, least=0)
        if name in _UNKNOWN:
            return Unknown(name)
        if name == "automatic_optimization":
            return Const(True)
        if name == "trainer":
            return optimization.trainer_of(run, instance)
        found = hyperparameters.attribute(run, instance, instance.data.state, name)
        return found if found is not None else super().attribute(run, instance, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name == "load_from_checkpoint" and isinstance(cls, ClassValue):
            return Native(f"{MODULE}.{name}", lambda r, args: _from_checkpoint(r, cls, args))
        return None

    def usual(self, run: Interpreter, instance: Instance) -> Mapping[str, Callable[[], Value]]:
        from trainlint.frameworks.lightning import alone

        return alone.usual(run, instance)


def _from_checkpoint(run: Interpreter, cls: ClassValue, args: Args) -> Value:
    """`Net.load_from_checkpoint(path, lr=...)`: weights and saved hyperparameters come from the checkpoint."""
    given = {
        k: v
        for k, v in args.keywords.items()
        if k not in ("checkpoint_path", "map_location", "hparams_file", "strict")
    }
    initialiser = run.class_attribute(cls, "__init__")
    symbols = run.symbols.arguments(run, initialiser, skip_first=True, owner=cls)
    node = getattr(initialiser, "node", None)
    places = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][1:] if node is not None else []
    required = [p for p in places if p not in getattr(initialiser, "defaults", {})]
    keywords = dict(zip(required, symbols.positional, strict=False)) | symbols.keywords | given
    made = run.call(cls, Args([], keywords))
    if isinstance(made, Instance):
        run.write(made.data.state, "restored", True)
        for _, part in walk(made):
            run.write(part.data.state, "pretrained", True)
        run.event(EventKind.LOAD, made.data)
    return made


# -- methods of the base class


def _manual_backward(run: Interpreter, instance: Instance, args: Args) -> Value:
    loss = args.bind("loss").get("loss", Unknown("the loss is not given"))
    return autograd.backward(run, loss, Args(), only=instance.data.state.get(TOGGLED))


TOGGLED = "lightning.toggled"
"""Key of a module's state: the parameters of the one optimizer that `toggle_optimizer` lets learn."""


def _toggle(run: Interpreter, instance: Instance, args: Args) -> Value:
    """All parameters but the optimizer's get no gradients until `untoggle_optimizer`:
    https://lightning.ai/docs/pytorch/stable/common/lightning_module.html#toggle-optimizer"""
    found = [optimizer for value in args.values()[:1] for optimizer in optimization.facts_of(value)]
    only = found[0].parameters if len(found) == 1 and not found[0].symbolic else None
    run.write(instance.data.state, TOGGLED, only)
    return _NONE


def _untoggle(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.write(instance.data.state, TOGGLED, None)
    return _NONE


def _freeze(run: Interpreter, instance: Instance, args: Args) -> Value:
    _require(run, instance, False)
    return run.call_method(instance, "eval")


def _unfreeze(run: Interpreter, instance: Instance, args: Args) -> Value:
    _require(run, instance, True)
    return run.call_method(instance, "train")


def _require(run: Interpreter, instance: Instance, gradients: bool) -> None:
    for tensor in named_parameters(run, instance)[0].values():
        if tensor.parameter is not None:
            set_trainable(run, tensor.parameter, gradients)


def _same(run: Interpreter, instance: Instance, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("nothing is gathered")


def _metrics(run: Interpreter, instance: Instance, args: Args) -> Value:
    return DictValue(open=True)


Method = Callable[["Interpreter", Instance, Args], Value]
_METHODS: dict[str, Method] = {
    "manual_backward": _manual_backward,
    "backward": _manual_backward,
    "optimizers": optimization.optimizers,
    "lr_schedulers": optimization.lr_schedulers,
    "optimizer_step": optimization.base_optimizer_step,
    "configure_gradient_clipping": optimization.base_clipping,
    "clip_gradients": optimization.clip_gradients,
    "toggle_optimizer": _toggle,
    "untoggle_optimizer": _untoggle,
    "toggled_optimizer": lambda run, instance, args: Unknown("toggled_optimizer()"),
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "all_gather": _same,
    "transfer_batch_to_device": _same,
    "on_before_batch_transfer": _same,
    "on_after_batch_transfer": _same,
    "training_step_end": _same,
    "validation_step_end": _same,
    "test_step_end": _same,
    "callback_metrics": _metrics,
}

LIGHTNING_MODULE = LightningModuleClass(MODULE, (NN_MODULE,))
LIBRARY.add(LIGHTNING_MODULE)
