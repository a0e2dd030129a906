"""Methods that Lightning calls by name, with the arguments that their parameters ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from trainlint.model import Location
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def method(run: Interpreter, instance: Instance | None, name: str) -> Value | None:
    """A method of this name that the program itself defines, bound; None where only the library has one."""
    if instance is None:
        return None
    own = instance.attrs.get(name)
    if own is not None:
        return None if isinstance(own, Unknown) else own
    found = run.class_attribute(instance.cls, name)
    if isinstance(found, FunctionValue) and found.kind == "property":
        return None
    return run.bind(found, instance) if found is not None else None


def function_of(value: Value | None) -> FunctionValue | None:
    """The function behind a method."""
    inner = getattr(value, "function", value)
    return inner if isinstance(inner, FunctionValue) else None


def call(
    run: Interpreter,
    instance: Instance | None,
    name: str,
    given: Sequence[Value] = (),
    extra: Mapping[str, Value] | None = None,
) -> Value | None:
    """Call a hook if the program defines it. given: arguments by place; extra: those that go by their names only."""
    bound = method(run, instance, name)
    return None if bound is None else call_with(run, bound, given, extra or {})


def call_with(run: Interpreter, bound: Value, given: Sequence[Value], extra: Mapping[str, Value]) -> Value:
    """Call a function with as many of the arguments as it takes."""
    function = function_of(bound)
    if function is None:
        return run.call(bound, Args(list(given)))
    arguments = function.node.args
    places = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if bound is not function or _takes_self(bound):
        places = places[1:]
    keywords: dict[str, Value] = {}
    positional: list[Value] = []
    queue = list(given)
    for name in places:
        if name in extra:
            keywords[name] = extra[name]
        elif queue:
            keywords[name] = queue.pop(0)
        elif name not in function.defaults:
            keywords[name] = Unknown(f"parameter {name} of {function.qualname}")
    if arguments.vararg is not None and queue and not arguments.kwonlyargs:
        positional = [keywords.pop(name) for name in places if name in keywords] + queue
    keywords |= {a.arg: extra[a.arg] for a in arguments.kwonlyargs if a.arg in extra}
    return run.call(bound, Args(positional, keywords))


def _takes_self(bound: Value) -> bool:
    return getattr(bound, "receiver", None) is not None


def takes(bound: Value | None, *names: str) -> bool:
    """Whether a function has a parameter of one of these names."""
    function = function_of(bound)
    if function is None:
        return False
    arguments = function.node.args
    return any(a.arg in names for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def place(run: Interpreter, instance: Instance | None, name: str) -> Location:
    """Where a method begins, for events that happen around it; where the run stands, if it is not to be seen."""
    function = function_of(method(run, instance, name))
    if function is None or function.module.source is None:
        return run.here
    location: Location = function.module.source.location(function.node)
    return location


class Closure(Native):
    """What Lightning hands to `optimizer.step(closure)`: calling it runs the training step and its backward pass."""

    __slots__ = ()

    def types(self) -> tuple[str, ...] | None:
        return ("function", "object")
