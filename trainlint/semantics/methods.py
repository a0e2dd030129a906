"""The methods of a class that is run alone: which, and in what order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.order import users_first
from trainlint.semantics.worth import TRAINING
from trainlint.source.walk import walk
from trainlint.source.words import words_of

SPECIAL = ("__call__", "__getitem__", "__iter__")
"""Methods that Python calls and that training code defines for what they do, not to describe the object."""


RESTORING = frozenset({"load_state_dict", "load_weights"})
"""Words of what gives an object weights that an earlier run left."""


def methods_of(cls: ClassValue, inherited: bool) -> list[tuple[str, FunctionValue]]:
    """The methods of the class, and those that it inherits from the program's other classes where that is asked for,
    each after those that use it; last those that restore what an earlier run has trained, which a first run has not."""
    found: dict[str, FunctionValue] = {}
    for part in reversed(_local_mro(cls) if inherited else [cls]):
        found |= dict(_defined(part))
    methods = list(found.items())
    last = [part for part in methods if _restores(methods, part[1])]
    return [*_callers_first([part for part in methods if part not in last]), *_callers_first(last)]


def _restores(methods: list[tuple[str, FunctionValue]], function: FunctionValue) -> bool:
    """Whether a method loads weights, and neither trains nor is used by another one."""
    node = function.node
    if RESTORING.isdisjoint(words_of(node)) or comes_to_training(methods, function):
        return False
    name = getattr(node, "name", "")
    return not any(name in _of_self(other.node) for _, other in methods if other.node is not node)


def comes_to_training(methods: list[tuple[str, FunctionValue]], function: FunctionValue) -> bool:
    """Whether a method, or one that it reaches through `self`, mentions what trains. This decides on effort only."""
    named = dict(methods)
    seen: set[ast.AST] = set()
    stack = [function]
    while stack:
        node = stack.pop().node
        if node in seen:
            continue
        seen.add(node)
        if not TRAINING.isdisjoint(words_of(node)):
            return True
        stack += [named[name] for name in _of_self(node) if name in named]
    return False


def _local_mro(cls: ClassValue) -> list[ClassValue]:
    return [part for part in cls.mro if isinstance(part, ClassValue)]


def _defined(cls: ClassValue) -> Iterator[tuple[str, FunctionValue]]:
    for name, value in cls.namespace.items():
        if isinstance(value, FunctionValue) and (not name.startswith("__") or name in SPECIAL):
            yield name, value


def _callers_first(methods: list[tuple[str, FunctionValue]]) -> list[tuple[str, FunctionValue]]:
    """What a method passes to another, and sets on the object before, need not be guessed."""
    places = {name: number for number, (name, _) in enumerate(methods)}
    used = [
        {places[name] for name in _of_self(value.node) if name in places} - {number}
        for number, (_, value) in enumerate(methods)
    ]
    return [methods[number] for number in users_first(used)]


def _of_self(node: ast.AST) -> frozenset[str]:
    """Attributes of `self` that a method reads."""
    found: frozenset[str] | None = getattr(node, "_trainlint_of_self", None)
    if found is None:
        found = frozenset(
            part.attr
            for part in walk(node)
            if isinstance(part, ast.Attribute)
            and isinstance(part.value, ast.Name)
            and part.value.id == "self"
        )
        node._trainlint_of_self = found  # type: ignore[attr-defined]
    return found
