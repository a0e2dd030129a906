"""Whether a call of a layer is one in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Module, Op
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def training_flag(instance: Instance, own: Value | None, args: Args) -> Value | None:
    """What a call gives for `training`, by name or by its place among the parameters of `call`; None if nothing.

    own: the program's `call`, if the class has one.
    """
    if "training" in args.keywords or len(args.positional) < 2:
        return args.keywords.get("training")
    place: int | None = None
    if isinstance(own, FunctionValue):
        names = [a.arg for a in own.node.args.args][1:]
        place = names.index("training") if "training" in names else None
    elif own is None:  # call(inputs, training=None, mask=None): documentation of these, Keras 2.15 and 3.15
        module: Module = instance.data
        known = module.name == "batchnorm" or module.op is Op.DROPOUT
        place = 1 if known or instance.is_a("keras.models.Model") else None
    return args.positional[place] if place is not None and place < len(args.positional) else None


def mode_of(run: Interpreter, flag: Value | None, training: bool | None, planned: bool) -> bool | None:
    """As told, else as the call around it, else (outside of fit) not in training; None where it is not known."""
    if isinstance(flag, Const) and isinstance(flag.value, bool | int):
        return bool(flag.value)
    if flag is not None and not isinstance(flag, Const):
        return None
    if training is not None:
        return training
    if run.module_call is not None:
        return run.module_call.training
    return None if planned else False
