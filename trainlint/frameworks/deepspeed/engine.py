"""The engine: forward, backward and step go through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import unknown
from trainlint.facts.training import Clipping, Optimizer
from trainlint.frameworks.deepspeed.library import LIBRARY
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.torch.autograd import backward
from trainlint.frameworks.torch.optim import step
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


Method = Callable[["Interpreter", Instance, Args], Value]


class EngineClass(LibraryClass):
    """DeepSpeedEngine. attrs: module, optimizer, lr_scheduler, `<clip>`."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        instance.data = {}  # a class of the program's own may be used before its constructor has called this one's

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        from trainlint.frameworks.deepspeed.initialize import prepare

        given = args.bind(
            "args", "model", "optimizer", "model_parameters", "training_data", "lr_scheduler", "mpu",
            "dist_init_required", "collate_fn", "config", "config_class", "mesh_device", "dont_change_device",
        )  # fmt: skip
        prepare(run, instance, given)

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return run.call(instance.attrs.get("module", Unknown("a model")), args)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = METHODS.get(name)
        if method is not None:
            return Native(f"engine.{name}", lambda r, args: method(r, instance, args))
        if name in _LOOKS:
            return Native(f"engine.{name}", lambda r, args: Observed(f"engine.{name}()"))
        if name in NUMBERS:
            fact = instance.data.get(name) or unknown(name)
            value = Const(fact.value, fact.origin) if fact.known and fact.value is not None else Unknown(name)
            return Native(f"engine.{name}", lambda r, args: value)
        if name in (
            "device",
            "local_rank",
            "global_rank",
            "global_steps",
            "micro_steps",
            "config",
            "world_size",
        ):
            return Observed(f"engine.{name}")
        return run.get_attr(instance.attrs.get("module", Unknown("a model")), name)

    def items(self, run: Interpreter, instance: Instance) -> None:
        return None


def _backward(run: Interpreter, engine: Instance, args: Args) -> Value:
    loss = args.bind("loss").get("loss", Unknown("the loss is not given"))
    backward(run, loss, Args(), by="deepspeed")
    return loss


def _step(run: Interpreter, engine: Instance, args: Args) -> Value:
    """Clipping, the optimizer's step, the schedule's, and clearing of the gradients, at every boundary."""
    data: dict[str, Any] = engine.data
    clip = data.get("clip")
    if isinstance(clip, Clipping):
        run.event(EventKind.CLIP, clip)
    optimizer = engine.attrs.get("optimizer")
    if isinstance(optimizer, Instance) and isinstance(optimizer.data, Optimizer):
        step(run, optimizer, Args(), by="deepspeed")
        run.event(EventKind.ZERO_GRAD, optimizer.data)
    else:
        every = data.get("every") or unknown("steps for each update")
        run.event(EventKind.STEP, None, by="unknown", every=every)
        run.event(EventKind.ZERO_GRAD, None, by="unknown")
    schedule = engine.attrs.get("lr_scheduler")
    if isinstance(schedule, Instance):
        run.call_method(schedule, "step")
    return Const(None)


def _load(run: Interpreter, engine: Instance, args: Args) -> Value:
    run.event(EventKind.LOAD)
    return TupleValue([Unknown("a path"), Unknown("the state of a client")])


def _zero_grad(run: Interpreter, engine: Instance, args: Args) -> Value:
    """The engine's own step() clears; by hand it does the same."""
    return run.call_method(engine.attrs.get("module", Unknown("a model")), "zero_grad")


METHODS: dict[str, Method] = {
    "backward": _backward,
    "step": _step,
    "load_checkpoint": _load,
    "zero_grad": _zero_grad,
}
NUMBERS = {
    "gradient_accumulation_steps",
    "train_batch_size",
    "train_micro_batch_size_per_gpu",
    "gradient_clipping",
}
_LOOKS = frozenset({
    "save_checkpoint", "save_16bit_model", "save_fp16_model", "get_lr", "get_global_grad_norm", "is_gradient_accumulation_boundary",
    "set_gradient_accumulation_boundary", "zero_optimization", "zero_optimization_stage", "fp16_enabled",
    "bfloat16_enabled", "dump_state", "tput_timer", "destroy", "empty_partition_cache", "get_batch_info",
})  # fmt: skip

CONFIG = "deepspeed.DeepSpeedConfig"


class ConfigClass(LibraryClass):
    """DeepSpeedConfig(config, mpu): a mapping or the path of a JSON file. attrs: config."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, "config", args.bind("config").get("config", Unknown("a configuration")))


LIBRARY.add(ConfigClass(CONFIG), "deepspeed.runtime.config.DeepSpeedConfig")
ENGINE = EngineClass("deepspeed.DeepSpeedEngine")
LIBRARY.add(ENGINE, "deepspeed.runtime.engine.DeepSpeedEngine")
