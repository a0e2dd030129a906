"""Keras networks that code builds but that no code seen calls: each is called once, as fit() would."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.graph import Module, Op
from trainlint.frameworks.keras.layer import KerasClass
from trainlint.frameworks.keras.models import ModelClass, plan_of
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch import tree
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MOST = 64
"""Networks of one program that are called this way."""


def rehearsals(run: Interpreter) -> list[tuple[str, Callable[[], Value]]]:
    """(name, call) for every outermost model that was never called.

    Layers alone count too where the program's own code writes what they do.
    """
    everything = [i for i in tree.instances(run) if isinstance(i.data, Module) and _class_of(i) is not None]
    held = {id(child) for instance in everything for child in tree.children(instance).values()}
    called = {id(call.module) for call in run.program.calls}
    found: list[tuple[str, Callable[[], Value]]] = []
    for instance in everything:
        module: Module = instance.data
        if id(instance) in held or id(module) in called or module.symbolic or len(found) >= MOST:
            continue
        if (
            not isinstance(_class_of(instance), ModelClass)
            and run.class_attribute(instance.cls, "call") is None
        ):
            continue
        if not tree.children(instance) and plan_of(instance) is None:
            continue
        if run.class_attribute(instance.cls, "__call__") is not None:
            continue  # the program's own code calls its parts
        if _is_passless(run, instance):
            run.write(module.state, "passless", True)
            continue
        found.append((f"{module.qualname}.call", lambda i=instance: _call(run, i)))  # type: ignore[misc]
    return found


def _is_passless(run: Interpreter, instance: Instance) -> bool:
    """Whether it is a model of the program's own that only holds others: it has no `call()`, which would raise."""
    cls = instance.cls
    if not isinstance(cls, ClassValue) or cls.open or plan_of(instance) is not None:
        return False
    nearest = _class_of(instance)
    plain = nearest is not None and nearest.qualname == "keras.models.Model"
    return plain and run.class_attribute(cls, "call") is None and "call" not in instance.attrs


def _class_of(instance: Instance) -> KerasClass | None:
    return next((c for c in instance.library_classes() if isinstance(c, KerasClass)), None)


def _call(run: Interpreter, instance: Instance) -> Value:
    cls = _class_of(instance)
    assert cls is not None
    return cls.called(run, instance, _inputs(run, instance), training=True)


def _inputs(run: Interpreter, instance: Instance) -> Args:
    plan = plan_of(instance)
    method = run.class_attribute(instance.cls, "call")
    if plan is None and method is not None:
        given = run.symbols.arguments(run, method, skip_first=True, in_module=True)
        declared = instance.data.state.get("declared")
        if declared is not None and given.positional:  # the shape that build() was told
            node = run.node(Op.INPUT, "input", shape=declared, attached=False)
            given.positional[0] = Tensor(node, KERAS)
        return given
    shapes = [n.shape for n in plan.inputs] if plan is not None else [instance.data.state.get("declared")]
    tensors = [Tensor(run.node(Op.INPUT, "input", shape=shape, attached=False), KERAS) for shape in shapes]
    return Args([tensors[0] if len(tensors) == 1 else TupleValue(tensors)])
