"""torch.optim.swa_utils: averaged copies of a network. They follow the training and take nothing from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Module
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.tree import alternatives
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

AVERAGED = "torch.optim.swa_utils.AveragedModel"


def average_of(run: Interpreter, model: Value) -> Value:
    """A copy of a network that a library keeps beside it: a network of its own only where it is called."""
    copied = run.call(run.library_name("copy.deepcopy"), Args([model]))
    for each in alternatives(copied):
        if isinstance(each, Instance) and isinstance(each.data, Module):
            run.write(each.data.state, "average", True)
    return copied


class AveragedClass(ModuleClass):
    """AveragedModel(model): calls its own deep copy of the network, `module`."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        model = args.bind("model").get("model", Unknown("the model is not given"))
        run.set_instance_attribute(instance, "module", average_of(run, model))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "update_parameters":
            return Native(f"{AVERAGED}.update_parameters", lambda r, args: Const(None))
        return super().attribute(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        copied = instance.attrs.get("module")
        return run.call(copied, args) if copied is not None else super().forward(run, instance, args)


LIBRARY.add(AveragedClass(AVERAGED, (NN_MODULE,)))


@LIBRARY.function("torch.optim.swa_utils.update_bn")
def update_bn(run: Interpreter, args: Args) -> Value:
    """Recompute the running statistics of batch norm: no weights change."""
    return Const(None)


@LIBRARY.function(
    *(
        f"torch.optim.swa_utils.{name}"
        for name in ("get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn")
    )
)
def averaging_function(run: Interpreter, args: Args) -> Value:
    """How the average is taken."""
    return Unknown("an averaging function")
