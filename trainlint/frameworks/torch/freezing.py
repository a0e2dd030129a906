"""Switches of training that switch nothing: a misspelt requires_grad, and requires_grad set on a module."""

from __future__ import annotations

import difflib
import functools
from typing import TYPE_CHECKING

from trainlint.facts.graph import Parameter
from trainlint.facts.training import IdleSwitch
from trainlint.frameworks.torch.tree import named_parameters
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.uses import uses_in
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

SWITCH = "requires_grad"
CLOSE = 0.86
"""Likeness (difflib's ratio) from which a name is taken for a slip of the pen: require_grad has 0.96,
requires_gradient 0.87; retain_grad, which is another thing, 0.75."""


@functools.cache
def misspelt(name: str, right: str) -> bool:
    """Whether a name is meant to be `right` and is not."""
    if name == right or abs(len(name) - len(right)) > 4:
        return False
    return difflib.SequenceMatcher(None, name, right).ratio() >= CLOSE


def set_on_parameter(run: Interpreter, parameter: Parameter, name: str, value: Value) -> None:
    """`parameter.require_grad = False`: an attribute that nothing reads."""
    wanted = value.truth(run)
    if misspelt(name, SWITCH) and wanted is not None and parameter.requires_grad is not wanted:
        record(run, IdleSwitch(run.here, name, "parameter", wanted, (parameter,)))


def set_on_module(run: Interpreter, instance: Instance, name: str, value: Value) -> None:
    """`module.requires_grad = False`: a plain attribute, unless the module's own class makes something of it."""
    wanted = value.truth(run)
    if (
        not (name == SWITCH or misspelt(name, SWITCH))
        or wanted is None
        or has_own(run, instance, name, value)
    ):
        return
    found = tuple(t.parameter for t in named_parameters(run, instance)[0].values() if t.parameter)
    if any(parameter.requires_grad is not wanted for parameter in found):
        record(run, IdleSwitch(run.here, name, "module", wanted, found))


def has_own(run: Interpreter, instance: Instance, name: str, value: Value) -> bool:
    """Whether a class of the project may read the attribute: it does, or keeps there what it was given for others."""
    if isinstance(instance.cls, LibraryClass):
        return False
    if getattr(instance.cls, "open", False):
        return True
    classes = getattr(instance.cls, "mro", (instance.cls,))
    function = run.frame.function
    inside = function is not None and function.owner in classes
    if inside and any(place.location.line != run.here.line for place in value.origin):
        return True
    trees = [tree for c in classes if (tree := getattr(c, "node", None)) is not None]
    own = [uses for tree in trees if (uses := uses_in(tree).get("self")) is not None]
    return any(name in (uses.read if inside else uses.attributes) for uses in own)


def record(run: Interpreter, switch: IdleSwitch) -> None:
    """Note it once for a place."""
    if not any(s.location == switch.location for s in run.program.idle_switches):
        run.program.idle_switches.append(switch)
