"""Mixed precision: GradScaler and autocast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op
from trainlint.facts.training import Scaler
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.autograd import Transparent
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.optim import scaled_step
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

SCALER = "torch.amp.GradScaler"


class ScalerClass(LibraryClass):
    """GradScaler: scale(loss).backward(), unscale_(optimizer), step(optimizer), update()."""

    __slots__ = ("parameters",)

    def __init__(self, qualname: str, parameters: str, *bases: LibraryClass) -> None:
        super().__init__(qualname, bases)
        self.parameters = parameters

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        enabled = signature(self.parameters).bind(args).get("enabled", Const(True))
        run.write(instance.attrs, "<enabled>", enabled)
        truth = enabled.truth(run)
        instance.data = Scaler(
            run.here, known(truth, enabled.origin) if truth is not None else unknown("enabled")
        )

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = _METHODS.get(name)
        if method is not None:
            return Native(f"{SCALER}.{name}", lambda r, args: method(r, instance, args))
        if name in ("get_scale", "state_dict", "load_state_dict", "is_enabled", "get_growth_factor"):
            return Native(f"{SCALER}.{name}", lambda r, args: Unknown(f"{SCALER}.{name}()"))
        return None


def _scale(run: Interpreter, instance: Instance, args: Args) -> Value:
    outputs = args.bind("outputs").get("outputs", Unknown("the loss is not given"))
    enabled = instance.attrs.get("<enabled>", Const(True)).truth(run)
    return outputs if enabled is False else _scaled(run, outputs, instance.data)


def _scaled(run: Interpreter, value: Value, scaler: Scaler) -> Value:
    if isinstance(value, Tensor):
        options: dict[str, Fact[Any]] = {"scaler": known(scaler)}
        return value.make(run.node(Op.MUL, "loss_scale", (value.node,), options, value.shape))
    if isinstance(value, TupleValue | ListValue):
        return type(value)([_scaled(run, e, scaler) for e in value.elements], open=value.open)
    return value


def _step(run: Interpreter, instance: Instance, args: Args) -> Value:
    optimizer = args.bind("optimizer").get("optimizer", Unknown("the optimizer is not given"))
    return scaled_step(run, optimizer, Args(args.positional[1:]), "scaler", scaler=instance.data)


def _unscale(run: Interpreter, instance: Instance, args: Args) -> Value:
    optimizer = args.bind("optimizer").get("optimizer")
    target = optimizer.data if isinstance(optimizer, Instance) else None
    run.event(EventKind.UNSCALE, target, scaler=instance.data)
    return Const(None)


def _update(run: Interpreter, instance: Instance, args: Args) -> Value:
    run.event(EventKind.SCALER_UPDATE, instance.data)
    return Const(None)


_METHODS = {"scale": _scale, "step": _step, "unscale_": _unscale, "update": _update}
_OPTIONS = "init_scale=65536.0, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000, enabled=True"

SCALER_CLASS = ScalerClass(SCALER, f"device='cuda', {_OPTIONS}")
LIBRARY.add(SCALER_CLASS, "torch.GradScaler", "torch.amp.grad_scaler.GradScaler")
LIBRARY.add(ScalerClass("torch.cuda.amp.GradScaler", _OPTIONS), "torch.cuda.amp.grad_scaler.GradScaler")
LIBRARY.add(ScalerClass("torch.cpu.amp.GradScaler", _OPTIONS))
LIBRARY.add(
    ScalerClass("torch.distributed.fsdp.sharded_grad_scaler.ShardedGradScaler", f"device='cuda', {_OPTIONS}")
)


class Autocast(Transparent):
    """Mixed precision for a block or function: no effect on the facts of training but that it is used."""

    __slots__ = ("parameters",)

    def __init__(self, qualname: str, parameters: str) -> None:
        super().__init__(qualname)
        self.parameters = parameters

    def call(self, run: Interpreter, args: Args) -> Value:
        given = signature(self.parameters).bind(args)
        run.event(EventKind.AUTOCAST, enabled=given.get("enabled", Const(True)).truth(run))
        return super().call(run, args)


_SWITCHES = "dtype=None, enabled=True, cache_enabled=None"
for _name in ("torch.autocast", "torch.amp.autocast"):
    LIBRARY.add(Autocast(_name, f"device_type, {_SWITCHES}"))
for _name in ("torch.cuda.amp.autocast", "torch.cpu.amp.autocast"):
    LIBRARY.add(Autocast(_name, "enabled=True, dtype=None, cache_enabled=True"))
LIBRARY.alias("torch.amp.autocast_mode", "torch")
LIBRARY.alias("torch.cuda.amp.autocast_mode", "torch.cuda.amp")
for _name in ("custom_fwd", "custom_bwd"):
    for _place in ("torch.amp", "torch.cuda.amp"):
        LIBRARY.add(Transparent(f"{_place}.{_name}"))
