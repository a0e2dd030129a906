"""Parts of networks that unseen code made, noted where data goes through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.graph import Module
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import UNSEEN_PART, Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def note(run: Interpreter, part: Value, args: Args) -> None:
    """An object that unseen code made is called: within a forward pass it may hold layers of that network; so may an attribute
    of a network which one of its methods hands tensors to (`self.backbone(x)` in a training step)."""
    if run.module_call is not None:
        run.write(run.module_call.module.state, UNSEEN_PART, True)
        return
    holder = _receiver(run)
    if holder is None or not any(isinstance(value, Tensor) for value in args.values()):
        return
    if any(value is part for value in holder.attrs.values()):
        run.write(holder.data.state, UNSEEN_PART, True)


def _receiver(run: Interpreter) -> Instance | None:
    """The network whose method is running."""
    node: Any = getattr(run.frame.function, "node", None)
    places = [*node.args.posonlyargs, *node.args.args] if hasattr(node, "args") else []
    found = run.frame.scope.vars.get(places[0].arg) if places else None
    return found if isinstance(found, Instance) and isinstance(found.data, Module) else None
