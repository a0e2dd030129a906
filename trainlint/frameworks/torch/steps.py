"""What stands around an optimizer's step: hooks, a local class's own methods, and optimizers that only hold others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PASSES_ON = "passes_on"
"""Key of an optimizer's state: whether its steps did nothing so far but to let others step."""


def hook(moment: str) -> Callable[[Interpreter, Instance, Args], Value]:
    """Registers what runs `before` or `after` each step, as `hook(optimizer, args, kwargs)`."""

    def register(run: Interpreter, instance: Instance, args: Args) -> Value:
        given = args.bind("hook").get("hook", Unknown("a step hook"))
        state = instance.data.state
        run.write(state, moment, (*state.get(moment, ()), given))
        return Unknown("a hook's handle")

    return register


def run_hooks(run: Interpreter, instance: Instance, moment: str) -> None:
    """Call what was registered for one moment (`before` or `after`) of the step that is made."""
    for each in instance.data.state.get(moment, ()):
        run.call(each, Args([instance, TupleValue([]), DictValue()]))


def wrap_local_methods(run: Interpreter, instance: Instance) -> None:
    """Let a local class's own step() and zero_grad() be events, whatever their bodies do."""
    if isinstance(instance.cls, LibraryClass):
        return
    for name, kind in (("step", EventKind.STEP), ("zero_grad", EventKind.ZERO_GRAD)):
        method = run.class_attribute(instance.cls, name)
        if isinstance(method, FunctionValue):
            bound = run.bind(method, instance)
            run.write(
                instance.attrs,
                name,
                Native(f"{instance.cls.describe()}.{name}", _local(bound, instance, kind)),
            )


def _local(bound: Value, instance: Instance, kind: EventKind) -> Any:
    def call(run: Interpreter, args: Args) -> Value:
        if kind is EventKind.STEP:
            run_hooks(run, instance, "before")
        before, computed = len(run.program.events), len(run.nodes)
        result = run.call(bound, args)
        done = run.program.events[before:]
        others = bool(done) and all(e.kind is kind and e.target is not instance.data for e in done)
        passed_on = others and len(run.nodes) == computed
        if kind is EventKind.STEP:
            state = instance.data.state
            state[PASSES_ON] = passed_on and state.get(PASSES_ON, True)
        if not passed_on and not any(e.kind is kind and e.target is instance.data for e in done):
            run.event(kind, instance.data)
        if kind is EventKind.STEP:
            run_hooks(run, instance, "after")
        return result

    return call


def finish(run: Interpreter) -> None:
    """A class that is an optimizer in name, and only holds those that step, is none of its own."""
    optimizers = run.program.optimizers
    optimizers[:] = [each for each in optimizers if not each.state.get(PASSES_ON)]
