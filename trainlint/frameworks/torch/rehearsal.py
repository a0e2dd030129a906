"""Networks that code builds but that no code seen calls: they are called once with an input of unknown shape, so
that their layers are in the graph in the order in which data passes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.graph import Module, Op
from trainlint.frameworks.torch import tree
from trainlint.frameworks.torch.module import ModuleClass
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MOST = 64
"""Networks of one program that are called this way."""

_NOT_CALLED = frozenset({"torch.nn.ModuleList", "torch.nn.ModuleDict"})
"""Containers without a forward pass of their own."""


def rehearsals(run: Interpreter) -> list[tuple[str, Callable[[], Value]]]:
    """(name, call) for every outermost network with layers that was never called."""
    everything = [
        i for i in tree.instances(run) if isinstance(i.data, Module)
    ]  # a distribution may be one too
    holders = Counter(id(child) for i in everything for child in tree.children(i).values())
    held = holders.keys()
    called = {id(call.module) for call in run.program.calls}
    found: list[tuple[str, Callable[[], Value]]] = []
    for instance in everything:
        module = instance.data
        if id(instance) in held or id(module) in called or module.symbolic:
            continue
        if module.state.get("prototype") or module.qualname in _NOT_CALLED:
            continue
        if module.state.get("average") or module.state.get("held"):
            continue
        if not any(isinstance(cls, ModuleClass) for cls in instance.library_classes()):
            continue  # another library's
        passless = not _has_forward(run, instance)
        run.write(module.state, "passless", passless)
        if _shared(instance, holders) or (module.built_in and _called_in_parts(instance, called)):
            continue
        if not tree.children(instance) or len(found) >= MOST or passless:
            continue
        found.append((f"{module.qualname}.forward", lambda i=instance: run.call(i, _inputs(run, i))))  # type: ignore[misc]
    return found


def _shared(instance: Instance, holders: Counter[int]) -> bool:
    """Whether code put parts of a network that learn into another one."""
    parts = (part for _, part in tree.walk(instance) if part is not instance and holders[id(part)] > 1)
    return any(tree.own_parameters(part) or tree.children(part) for part in parts)


def _called_in_parts(instance: Instance, called: set[int]) -> bool:
    return any(id(part.data) in called for _, part in tree.walk(instance) if part is not instance)


def _has_forward(run: Interpreter, instance: Instance) -> bool:
    """Whether there is a forward pass to call: the program's own, or that of a layer of a library."""
    from trainlint.frameworks.torch.module import ModuleClass

    if "forward" in instance.attrs or run.class_attribute(instance.cls, "forward") is not None:
        return True
    nearest = next((c for c in instance.library_classes() if isinstance(c, ModuleClass)), None)
    plain = nearest is not None and nearest.op is None and type(nearest).forward is ModuleClass.forward
    return not plain or bool(getattr(instance.cls, "open", False))


def _inputs(run: Interpreter, instance: Instance) -> Args:
    from trainlint.frameworks.torch.tensor import TORCH

    forward = run.class_attribute(instance.cls, "forward")
    if forward is not None:
        return run.symbols.arguments(run, forward, skip_first=True, in_module=True)
    return Args([Tensor(run.node(Op.INPUT, "input", attached=False), TORCH)])
