"""accelerate.Accelerator: what it prepares stays what it is; backward, clipping and accumulation go through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known
from trainlint.facts.training import Optimizer
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.observers import Observed
from trainlint.frameworks.signature import number
from trainlint.frameworks.torch import clip
from trainlint.frameworks.torch.autograd import Transparent, backward
from trainlint.frameworks.torch.tree import is_module
from trainlint.frameworks.torch.unknown_objects import EVERY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.store import MISSING
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Method = Callable[["Interpreter", Instance, Args], Value]

ACCELERATOR = "accelerate.Accelerator"
_STEPS = "gradient_accumulation_steps"
PREPARED = "<prepared>"
"""Attribute with the optimizers that were prepared; open where others may have been."""
_PRECISIONS = {"no": False, "fp16": True, "bf16": True, "fp8": True}


class AcceleratorClass(LibraryClass):
    """Accelerator. attrs: gradient_accumulation_steps; `<prepared>`: the optimizers that were prepared."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("device_placement", "split_batches", "mixed_precision", _STEPS, "cpu")
        plugin = args.keywords.get("gradient_accumulation_plugin")
        steps = given.get(_STEPS, Const(1))
        if isinstance(plugin, Instance):
            steps = plugin.attrs.get("num_steps", Unknown("num_steps"))
        deepspeed = args.keywords.get("deepspeed_plugin")
        if isinstance(deepspeed, Instance) and _STEPS in deepspeed.attrs:
            steps = deepspeed.attrs[_STEPS]
        run.write(instance.attrs, _STEPS, steps)
        run.write(instance.attrs, "deepspeed_plugin", deepspeed if deepspeed is not None else Const(None))
        run.write(instance.attrs, PREPARED, TupleValue(()))
        precision = given.get("mixed_precision")
        if precision is not None and not (isinstance(precision, Const) and precision.value is None):
            fact: Fact[str] = run.fact(precision)
            run.event(EventKind.AUTOCAST, enabled=_PRECISIONS.get(fact.value or "") if fact.known else None)
        if run.program.framework == "other":
            run.program.framework = "torch"

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = METHODS.get(name)
        if method is not None:
            return Native(f"{ACCELERATOR}.{name}", lambda r, args: method(r, instance, args))
        if name == "sync_gradients":
            steps = accumulation(run, instance)
            return Const(True) if steps.value == 1 else Unknown("whether this step is an update")
        if name == "state":  # a run that is not told otherwise uses no DeepSpeed
            return Instance(STATE, run.here, {"deepspeed_plugin": run.get_attr(instance, "deepspeed_plugin")})
        if name in _DECORATORS:
            return Native(f"{ACCELERATOR}.{name}", _decorator)
        if name in _CONTEXTS:
            return Native(f"{ACCELERATOR}.{name}", lambda r, args: Instance(CONTEXT, r.here))
        if name in _OBSERVES:
            return Native(f"{ACCELERATOR}.{name}", lambda r, args: Observed(f"accelerator.{name}()"))
        return Observed(f"accelerator.{name}") if name in _VALUES else None


def accumulation(run: Interpreter, instance: Instance) -> Fact[int]:
    """How many backward passes make an update."""
    value = instance.attrs.get(_STEPS, Const(1))
    if isinstance(value, Const) and value.value is None:
        return known(1)
    return number(run, value, _STEPS)


def prepare_one(run: Interpreter, instance: Instance, value: Value) -> Value:
    """The same object, of which the accelerator knows."""
    if is_module(value):
        run.write(value.data.state, "wrapped", ACCELERATOR)
    if isinstance(value, Instance) and isinstance(value.data, Optimizer):
        before = instance.attrs.get(PREPARED)
        held = before.elements if isinstance(before, TupleValue) else ()
        run.write(instance.attrs, PREPARED, TupleValue((*held, value), open=getattr(before, "open", False)))
    return value


def _prepare(run: Interpreter, instance: Instance, args: Args) -> Value:
    made = [prepare_one(run, instance, value) for value in args.positional]
    if len(made) == 1 and not args.open:
        return made[0]
    return TupleValue(made, open=args.open)


def _backward(run: Interpreter, instance: Instance, args: Args) -> Value:
    loss = args.bind("loss").get("loss", Unknown("the loss is not given"))
    rest = {k: v for k, v in args.keywords.items() if k != "loss"}
    return backward(run, loss, Args([], rest), by="accelerator")


def _clip_norm(run: Interpreter, instance: Instance, args: Args) -> Value:
    return clip.clip_grad_norm(run, args)


def _clip_value(run: Interpreter, instance: Instance, args: Args) -> Value:
    return clip.clip_grad_value(run, args)


def _first(run: Interpreter, instance: Instance, args: Args) -> Value:
    """What goes in comes out: gathered from all processes, unwrapped, or padded."""
    if args.positional:
        return args.positional[0]
    return next(iter(args.keywords.values()), Unknown("an argument that is not given"))


def _state_dict(run: Interpreter, instance: Instance, args: Args) -> Value:
    return (
        run.call_method(args.positional[0], "state_dict") if args.positional else Unknown("get_state_dict()")
    )


def _load(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.event(EventKind.LOAD)
    return Const(None)


def _free(run: Interpreter, instance: Instance, args: Args) -> Value:
    return TupleValue([Const(None)] * len(args.positional))


def _accumulate(run: Interpreter, instance: Instance, args: Args) -> Value:
    context = Instance(ACCUMULATE, run.here)
    context.data = instance
    return context


def _decorator(run: Interpreter, args: Args) -> Value:
    """`@accelerator.on_main_process`: the function runs on some processes, this one among them."""
    given = args.positional[0] if args.positional else args.keywords.get("function")
    return given if given is not None else Native("a transparent decorator", _decorator)


METHODS: dict[str, Method] = {
    "prepare": _prepare,
    "prepare_model": _prepare,
    "prepare_data_loader": _prepare,
    "prepare_optimizer": _prepare,
    "prepare_scheduler": _prepare,
    "backward": _backward,
    "clip_grad_norm_": _clip_norm,
    "clip_grad_value_": _clip_value,
    "accumulate": _accumulate,
    "get_state_dict": _state_dict,
    "load_state": _load,
    "free_memory": _free,
    "clear": _free,
    **dict.fromkeys(
        (
            "gather",
            "gather_for_metrics",
            "reduce",
            "pad_across_processes",
            "unwrap_model",
            "skip_first_batches",
        ),
        _first,
    ),
}
for _single in ("prepare_model", "prepare_data_loader", "prepare_optimizer", "prepare_scheduler"):
    METHODS[_single] = lambda run, instance, args: prepare_one(run, instance, _first(run, instance, args))

_DECORATORS = frozenset({
    "on_main_process", "on_local_main_process", "on_last_process", "on_process", "on_local_process",
})  # fmt: skip
_CONTEXTS = frozenset({
    "autocast", "no_sync", "main_process_first", "local_main_process_first", "join_uneven_inputs", "profile",
    "trigger_sync_in_backward", "maybe_context_parallel",
})  # fmt: skip
_OBSERVES = frozenset({
    "print", "log", "init_trackers", "end_training", "wait_for_everyone", "save", "save_model", "save_state", "get_tracker",
    "register_for_checkpointing", "unscale_gradients", "set_trigger", "check_trigger", "register_save_state_pre_hook",
    "register_load_state_pre_hook", "log_images", "verify_device_map",
})  # fmt: skip
_VALUES = frozenset({
    "is_main_process", "is_local_main_process", "is_last_process", "num_processes", "process_index",
    "local_process_index", "device", "distributed_type", "mixed_precision", "optimizer_step_was_skipped",
    "use_distributed", "use_fp16", "project_configuration", "project_dir", "logging_dir", "trackers", "scaler", "step",
    "native_amp", "split_batches", "gradient_state", "fsdp_version", "is_fsdp2",
})  # fmt: skip


class StateClass(LibraryClass):
    """accelerator.state: which process this is, and which plugins are in use."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Observed(f"accelerator.state.{name}")


STATE = StateClass("accelerate.state.AcceleratorState")


class AccumulateClass(LibraryClass):
    """`with accelerator.accumulate(model):`: inside, only every n-th step is an update."""

    __slots__ = ()

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        steps = accumulation(run, instance.data)
        for optimizer in _prepared(run, instance):
            run.write(optimizer.state, "every", steps)
        run.write(run.memo, EVERY, steps)
        return Const(None)

    def left(self, run: Interpreter, instance: Instance) -> None:
        for optimizer in _prepared(run, instance):
            run.write(optimizer.state, "every", MISSING)
        run.write(run.memo, EVERY, MISSING)


def _prepared(run: Interpreter, context: Instance) -> list[Optimizer]:
    held = context.data.attrs.get(PREPARED)
    if isinstance(held, TupleValue) and held.open:
        return list(run.program.optimizers)
    elements = held.elements if isinstance(held, TupleValue | ListValue) else ()
    return [e.data for e in elements if isinstance(e, Instance) and isinstance(e.data, Optimizer)]


ACCUMULATE = AccumulateClass("accelerate.accumulate")
CONTEXT = Transparent("accelerate.context")
ACCELERATOR_CLASS = AcceleratorClass(ACCELERATOR)
LIBRARY.add(ACCELERATOR_CLASS)
