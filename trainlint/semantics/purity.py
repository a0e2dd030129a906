"""Results of local functions that depend on their arguments alone, worked out once for all programs.

A result stands for a later call only if the first one read nothing but constants, functions, classes and names of libraries
(`Interpreter.impure` counts every other read, and every call of a library's name), recorded nothing, and was given nothing but these. In each program its first use costs
as many steps as the call did, so that budgets do not depend on what other programs worked out.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.semantics.budget import MAX_DEPTH, MAX_STEPS_FUNCTION
from trainlint.semantics.definitions import ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.outside import External, Native
from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LARGEST = 20_000
"""Results that are kept."""
MOST_IN_VAIN = 8
"""Calls of a function in one program, more than have a result that stands for others, after which none is looked for."""
STATEFUL = frozenset({
    "globals", "locals", "vars", "open", "exec", "eval", "input", "setattr", "delattr", "super", "__import__", "dir",
})  # fmt: skip
"""Builtin functions that look at, or change, more than their arguments."""


@dataclass(slots=True)
class Spent:
    """Steps that calls of one function took (`Interpreter.spent`)."""

    module: ModuleValue
    steps: int = 0


Tally = dict[ast.AST, Spent]


@dataclass(slots=True, frozen=True)
class Known:
    """A result, the steps it took, and the functions that took them."""

    result: Value
    steps: int
    tally: Tally


def is_fixed(value: Value) -> bool:
    """Whether what a name holds can be read without a result depending on when it is read."""
    kind = type(value)
    if kind is Native:
        return "." not in value.name  # type: ignore[attr-defined]
    return kind is Const or kind is FunctionValue or kind is ClassValue or _NAMES[kind]


def is_steady(module: ModuleValue, name: str, value: Value) -> bool:
    """The same of a global name, which functions of its module may assign."""
    return is_fixed(value) and name not in module.state.get("assigned_in_functions", ())


class _Names(dict[Any, bool]):
    """Whether values of a kind are names of libraries, whose attributes are names again; by kind."""

    def __missing__(self, kind: type[Value]) -> bool:
        plain = all(getattr(kind, method) is getattr(LibraryClass, method) for method in _READING)
        found = self[kind] = plain if issubclass(kind, LibraryClass) else issubclass(kind, External)
        return found


_NAMES = _Names()
_READING = ("get_attr", "get_item", "iterate", "set_attr", "set_item", "truth", "length", "enter", "binary")


def _key(value: Value) -> Hashable | None:
    kind = type(value)
    if kind is Const:
        if value.text is not None:  # type: ignore[attr-defined]
            return None
        return type(value.value), value.value  # type: ignore[attr-defined]
    if kind is TupleValue:
        parts = tuple(_key(e) for e in value.elements)  # type: ignore[attr-defined]
        return None if None in parts else (TupleValue, value.open, parts)  # type: ignore[attr-defined]
    if kind is UnionValue:
        alternatives = tuple(_key(a) for a in value.alternatives)  # type: ignore[attr-defined]
        return None if None in alternatives else (UnionValue, alternatives)
    if value.origin:
        return None
    if kind is Unknown:
        return Unknown, value.why, value.method  # type: ignore[attr-defined]
    return value if _NAMES[kind] else None


def key_of_call(run: Interpreter, function: FunctionValue, args: Args) -> Hashable | None:
    """What tells a call from others of the same function; None where its result cannot stand for another call's."""
    if args.open or function.wrappers or run.rebound or reads_more(function):
        return None
    parts: list[Hashable] = []
    for value in args.positional:
        key = _key(value)
        if key is None:
            return None
        parts.append(key)
    for name, value in args.keywords.items():
        key = _key(value)
        if key is None:
            return None
        parts.append((name, key))
    return (function, *parts)


def reads_more(function: FunctionValue) -> bool:
    """Whether a function can see what is neither its argument nor global: variables of the function around it, or what a
    library hands to its parameters (`state["filled"]`)."""
    if "filled" in function.state:
        return True
    scope = function.scope
    while scope is not None:
        if scope.kind not in ("module", "class"):
            return True
        scope = scope.parent
    return not function.module.state.get("finished")


def places(values: Iterable[Value]) -> Iterator[int]:
    """The places, by identity, that the origins of values lead through."""
    for value in values:
        yield from map(id, value.origin)
        if isinstance(value, TupleValue):
            yield from places(value.elements)
        elif isinstance(value, UnionValue):
            yield from places(value.alternatives)


def can_be_kept(result: Value, given: set[int]) -> bool:
    """Whether a result is plain and its origin does not lead through those of the arguments."""
    return _plain(result) and given.isdisjoint(places([result]))


def _plain(value: Value) -> bool:
    kind = type(value)
    if kind is TupleValue:
        return all(map(_plain, value.elements))  # type: ignore[attr-defined]
    if kind is UnionValue:
        return all(map(_plain, value.alternatives))  # type: ignore[attr-defined]
    return kind is Const or kind is Unknown


def stands(run: Interpreter, known: Known) -> bool:
    """Whether running the call here could not end early for want of budget or depth."""
    spent, active = run.spent, run.active
    return run.depth < MAX_DEPTH // 2 and all(
        node not in active and spent.get(node, 0) + part.steps <= MAX_STEPS_FUNCTION
        for node, part in known.tally.items()
    )


def use(run: Interpreter, key: Hashable, known: Known) -> None:
    """Account for a call whose result is known."""
    for node, part in known.tally.items():
        run.reach(node, part.module)
    first = key not in run.used
    if first:
        run.used.add(key)
        run.charge(known.steps)
        for node, part in known.tally.items():
            run.spent[node] = run.spent.get(node, 0) + part.steps
    if run.tally is not None:
        add(run.tally, known.tally, first)


def keep(run: Interpreter, key: Hashable, known: Known) -> None:
    """Remember a result."""
    run.used.add(key)
    if (
        len(run.results) < LARGEST
        and run.depth < MAX_DEPTH // 2
        and known.tally.keys().isdisjoint(run.active)
    ):
        run.results[key] = known


def add(tally: Tally, other: Tally, steps: bool = True) -> None:
    """Count the functions of another tally in."""
    for node, part in other.items():
        own = tally.setdefault(node, Spent(part.module))
        own.steps += part.steps if steps else 0
