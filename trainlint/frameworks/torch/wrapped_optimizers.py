"""Optimizers that stand around another one: they change the gradients, or average the weights, and let it do its step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.training import Optimizer
from trainlint.frameworks.torch import clip
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.frameworks.torch.optimizers import BASE
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class OptimizerWrapper(OptimizerClass):
    """`LARC(optimizer)`: the fact is the inner optimizer's, its parameter groups are shared. held: the attribute that leads to
    it. family: of what both do together, where the wrapper changes that (key of facts/rates.py); None keeps the inner one's."""

    __slots__ = ("changed", "held", "more")

    def __init__(
        self,
        qualname: str,
        held: str,
        changed: str | None = None,
        more: Mapping[str, Handler] | None = None,
    ) -> None:
        super().__init__(qualname, "", "optimizer", BASE)
        self.held, self.changed, self.more = held, changed, dict(more or {})

    def call(self, run: Interpreter, args: Args) -> Value:
        values = (*args.positional[:1], *args.keywords.values())
        inner = next((v for v in values if isinstance(v, Instance) and isinstance(v.data, Optimizer)), None)
        if inner is None:
            run.escape_args(args, self.qualname)
            return Unknown(f"{self.qualname}()")
        optimizer: Optimizer = inner.data
        if self.changed is not None:
            optimizer.family = self.changed
        made = Instance(self, run.here)
        made.data = optimizer
        run.write(made.attrs, self.held, inner)
        run.write(made.attrs, "param_groups", inner.attrs.get("param_groups", Unknown("its groups")))
        return made

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        handler = self.more.get(name)
        if handler is not None:
            return Native(f"{self.qualname}.{name}", handler)
        inner = instance.attrs.get(self.held)
        local = inner.attrs.get(name) if isinstance(inner, Instance) else None
        return local if local is not None else super().attribute(run, instance, name)


def scaled_backward(run: Interpreter, args: Args) -> Value:
    """`optimizer.backward(loss)`: the loss is scaled on the way."""
    loss = args.bind("loss").get("loss", Unknown("the loss"))
    run.event(EventKind.AUTOCAST, enabled=True)
    return run.call_method(loss, "backward")


def clip_masters(run: Interpreter, args: Args) -> Value:
    """`optimizer.clip_master_grads(max_norm)`: the gradients of the copies in single precision."""
    clip.record(run, "norm", ListValue([], open=True), args.bind("max_norm").get("max_norm"))
    return Const(None)
