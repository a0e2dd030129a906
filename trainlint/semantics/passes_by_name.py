"""Forward passes that code asks for by the method's name: `net.forward(x)` is `net(x)` (without hooks)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Module
from trainlint.semantics.objects import Instance

if TYPE_CHECKING:
    from trainlint.semantics.definitions import BoundMethod
    from trainlint.semantics.interpreter import Interpreter


def begins_pass(run: Interpreter, method: BoundMethod) -> bool:
    """Whether a method of this name is what a call of its network runs, and no such call is running: a forward pass that goes on
    in its own class or calls itself is one pass."""
    receiver = method.receiver
    if not isinstance(receiver, Instance) or not isinstance(receiver.data, Module):
        return False
    entries = {part.entry for part in receiver.library_classes()}
    if not any(run.class_attribute(receiver.cls, name) is method.function for name in entries):
        return False
    if run.class_attribute(receiver.cls, "__call__") is not None:  # what a call does is the class's own
        return False
    call = run.module_call
    while call is not None:
        if call.module is receiver.data:
            return False
        call = call.parent
    return True
