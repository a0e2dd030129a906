"""Functions that are called within themselves: how far that is followed, and what the calls beyond it may change."""

from __future__ import annotations

import ast
import sys
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from trainlint.facts.graph import Module
from trainlint.semantics.budget import (
    MAX_COMPOSED,
    MAX_RECURSION,
    MAX_STEPS,
    MAX_STEPS_FORWARD,
    MAX_STEPS_FUNCTION,
    MAX_STEPS_GENERATOR,
    MAX_STEPS_MAPPINGS,
    MAX_STEPS_PASSES,
    MAX_STEPS_RECURSION,
    MAX_STEPS_SETTINGS,
    MOST_NETWORKS,
    STEPS_FOR_LAYER,
)
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.scope import Frame, FunctionShape, Scope
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Value
from trainlint.source.words import words_of

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def recurs(run: Interpreter, function: FunctionValue, args: Args) -> bool:
    """Whether it has called itself too often. Functions that one definition made for several others, to call one after the
    other (`compose`), do not: each has a scope of its own; nor do layers that hold one another of their own kind, nor descents
    into what is known (a nested config)."""
    if run.active.count(function.node) < MAX_RECURSION:
        return False
    frames = [frame for frame, _ in run.frames if frame is not None] + [run.frame]
    within = [f for f in frames if f.function is not None and f.function.node is function.node]
    if len(within) >= MAX_COMPOSED:
        return True
    if run.module_call is not None and _holds_the_next(within, args):
        return False
    if _goes_down(within[-1], args):
        return False
    if _goes_along(within, args) and not _depends(run, function):
        return False
    scope, given = within[-1].scope, args.values()
    had = [*scope.vars.values(), *_own(scope).vars.values()]
    shared = {id(v) for v in had}
    settled = len(given) <= MOST_GIVEN and all(_is_settled(v) or id(v) in shared for v in given)
    nested = any(isinstance(v, ListValue | TupleValue | DictValue) for v in (*given, *had))  # no mere count
    if settled and nested and not _depends(run, function):
        return False
    alike = [f.function for f in within if f.function is not None]
    return sum(f.scope is function.scope for f in alike) >= MAX_RECURSION


MOST_GIVEN = 32
"""Arguments of one call up to which it may be such a descent: `f(*rows, *rows)` hands on twice as many each time."""


def _depends(run: Interpreter, function: FunctionValue) -> bool:
    """Whether a condition of its own that is not known decides if it calls itself: the values do not say where that ends."""
    path, node = function.module.source.display, function.node
    last = node.end_lineno or node.lineno
    places = (branch.location for branch in run.branches)
    return any(place.path == path and node.lineno <= place.line <= last for place in places)


def _is_settled(value: Value) -> bool:
    """Whether it is plain data, of which is known how much it holds: a descent into that comes to its end."""
    if isinstance(value, ListValue | TupleValue | DictValue):
        return not value.open
    return isinstance(value, Const | ClassValue)


def _holds_the_next(within: list[Frame], args: Args) -> bool:
    """Whether a layer's method runs for another layer each time: the blocks of a U-Net, each around the next smaller one."""
    receivers = [next(iter(frame.scope.vars.values()), None) for frame in within]
    receivers.append(args.positional[0] if args.positional else None)
    return all(map(_is_part, receivers)) and len({id(r) for r in receivers}) == len(receivers)


def _goes_along(within: list[Frame], args: Args) -> bool:
    """Whether a method runs for one object after the other, each held by the one before: a setting tells the group that it is
    in, and that tells its own."""
    receivers = [next(iter(frame.scope.vars.values()), None) for frame in within]
    receivers.append(args.positional[0] if args.positional else None)
    if len({id(r) for r in receivers}) < len(receivers):
        return False
    held = (
        isinstance(holder, Instance) and any(value is receiver for value in holder.attrs.values())
        for holder, receiver in pairwise(receivers)
    )
    return all(held)


def _goes_down(outer: Frame, args: Args) -> bool:
    """Whether a function that was given a network calls itself for a part of it (`for child in module.children(): init(child)`):
    that ends at the last layer."""
    given = {id(v) for v in args.values() if _is_part(v)}
    had = [v for v in _own(outer.scope).vars.values() if isinstance(v, Instance) and _is_part(v)]
    return any(id(part) in given for holder in had for part in holder.attrs.values())


def escape_deeper(run: Interpreter, function: FunctionValue, args: Args) -> None:
    """What goes into a call that is too deep may be changed there; not the objects that the calls around it have too (the
    receiver of a method that goes down a tree): what it does to those, these do."""
    frames = [frame for frame, _ in run.frames if frame is not None] + [run.frame]
    alike = [_own(f.scope) for f in frames if f.function is not None and f.function.node is function.node]
    held = [{id(v) for v in scope.vars.values() if isinstance(v, Instance)} for scope in alike]
    for value in args.values():
        if not held or not all(id(value) in given for given in held):
            run.escape(value, function.qualname)


def _own(scope: Scope) -> Scope:
    """The scope of the function in which a comprehension runs."""
    while scope.kind != "function" and scope.parent is not None:
        scope = scope.parent
    return scope


def most_steps(run: Interpreter, function: FunctionValue, args: Args) -> int:
    """Steps that all calls of a function with such arguments may take while they record nothing of training. A decorator that
    registers hundreds of classes is lost for those that it registers last, and each of its calls has a limit of its own;
    a function that makes objects (one of a registry) is lost for those that a program makes last, the networks."""
    if function.module.source.foreign:  # described: short, and called for each layer of a network
        return MAX_STEPS
    if run.module_call is not None or _is_pass(
        function, args
    ):  # the more layers, the more steps each of the program's passes takes
        return MAX_STEPS_FORWARD + min(STEPS_FOR_LAYER * len(run.program.modules), MAX_STEPS_PASSES)
    if run.decorated_by != sys.maxsize or function.node in run.makers or _is_short(function.node):
        return MAX_STEPS_SETTINGS
    if _is_wrapper(function):
        return MAX_STEPS_SETTINGS
    values = list(args.values())
    if values and _trains(values[0]):  # an agent updates after all that it does with what it observes
        return MAX_STEPS_SETTINGS
    settings = any(as_dict(v) is not None for v in values)
    settings = settings or (function.node in run.entered and any(isinstance(v, Const) for v in values))
    if settings and not any(map(_is_part, values)):  # the leaves of a mapping that it goes through, too
        return MAX_STEPS_MAPPINGS
    shape: FunctionShape | None = getattr(function.node, "_trainlint_shape", None)
    gives = (shape is not None and shape.is_generator) or _name_of(function) in _GIVES
    return MAX_STEPS_GENERATOR if gives else MAX_STEPS_FUNCTION


def _is_wrapper(function: FunctionValue) -> bool:
    """Whether a decorator made it around other functions, one definition for all of them: most of its steps are theirs."""
    node = function.node
    inner = function.scope.kind == "function" and not isinstance(node, ast.Lambda)
    return inner and node.args.vararg is not None and node.args.kwarg is not None


_GIVES = frozenset({"__getitem__", "__next__"})
"""Methods that give examples or batches, one a call: those of a training are made again in each of its passes, and more of them
for each evaluation."""


def _name_of(function: FunctionValue) -> str:
    return "" if isinstance(function.node, ast.Lambda) else function.node.name


def _is_pass(function: FunctionValue, args: Args) -> bool:
    """Whether it is the method that a call of its network runs, called by its name (`self.forward(x)` in a step)."""
    receiver = next(iter(args.values()), None)
    if not isinstance(receiver, Instance) or not _is_part(receiver) or isinstance(function.node, ast.Lambda):
        return False
    return any(part.entry == function.node.name for part in receiver.library_classes())


def _trains(receiver: Value) -> bool:
    """Whether a class of this object mentions `backward`, and it is no network."""
    if not isinstance(receiver, Instance) or isinstance(receiver.data, Module):
        return False
    parts = getattr(receiver.cls, "mro", ())
    return any(isinstance(part, ClassValue) and "backward" in words_of(part.node) for part in parts)


SHORT = 60
"""Nodes of the syntax tree up to which a function without loops is short: it reads one setting, and is called for each."""
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)


def _is_short(node: ast.AST) -> bool:
    short: bool | None = getattr(node, "_trainlint_short", None)
    if short is None:
        parts = list(islice(ast.walk(node), SHORT + 1))
        short = len(parts) <= SHORT and not any(isinstance(part, _LOOPS) for part in parts)
        node._trainlint_short = short  # type: ignore[attr-defined]
    return short


def _hands_on(node: ast.AST) -> bool:
    """Whether all that a function does is one call (`return self._target(self, **kwargs)`): the steps are what is called
    there takes, a whole program's in one of a config's objects that makes all others."""
    body = getattr(node, "body", None)
    if not isinstance(body, list) or not body:
        return False
    told = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    rest = body[1:] if told else body
    return len(rest) == 1 and isinstance(rest[0], ast.Return) and isinstance(rest[0].value, ast.Call)


def _is_part(value: object) -> bool:
    return isinstance(value, Instance) and isinstance(value.data, Module)


def goes_deep(run: Interpreter, function: FunctionValue, args: Args, most: int) -> bool:
    """Whether the function runs already, and that call has taken as many steps as calls within it may look back on."""
    outer = run.entered.get(function.node)
    if outer is None or _hands_on(function.node):
        return False
    taken = run.steps - outer.steps
    caller = run.frame.function
    down = caller is not None and caller.node is function.node and _goes_down(run.frame, args)
    if run.shown() + run.prepared == outer.shown:
        return taken + (0 if down else run.spent.get(function.node, 0)) > most
    if down:
        return taken > MAX_STEPS_RECURSION + STEPS_FOR_LAYER * len(run.program.modules)
    return taken > MAX_STEPS_RECURSION + STEPS_FOR_LAYER * (len(run.program.modules) - outer.layers)


def sees_another_network(run: Interpreter, function: FunctionValue, args: Args, most: int) -> bool:
    """Whether a function that is followed no more, for it took its steps on one whole network and recorded nothing, is given
    another one: the second of a pair, of which nothing is known yet."""
    followed = run.followed.get(function.node)
    if not followed or run.module_call is not None or function.node in run.entered:
        return False
    larger = STEPS_FOR_LAYER * len(
        run.program.modules
    )  # a loop over weights takes as many steps as there are
    if run.spent.get(function.node, 0) > MOST_NETWORKS * most + larger:
        return False
    given = [v for v in args.values() if isinstance(v, Instance) and _is_network(v)]
    return any(_is_network(v) for v in followed.values()) and any(id(v) not in followed for v in given)


def _is_network(value: object) -> bool:
    data = value.data if isinstance(value, Instance) else None
    return isinstance(data, Module) and data.root is data
