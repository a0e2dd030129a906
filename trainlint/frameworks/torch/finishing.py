"""Networks as they stand when a program has ended: what is linked, and what is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trainlint.facts.graph import Module
from trainlint.frameworks.torch.tree import (
    alternatives,
    children,
    incomplete,
    instances,
    is_module,
    is_of_unknown_length,
    own_parameters,
    tracks_containers,
    walk,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Unknown

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _leftovers(run: Interpreter) -> set[int]:
    """Identities of what nothing holds at the end: parts that were taken out of a network (`net.classifier = None`), and
    networks that the program never calls, whose parts may work elsewhere."""
    called = {id(call.module) for call in run.program.calls} - run.program.rehearsed
    held = {id(child) for instance in instances(run) for child in children(instance).values()}
    found: set[int] = set()
    for instance in instances(run):
        module: Module = instance.data
        if id(instance) not in held:
            module.state["taken_out"] = bool(module.state.get("held"))
            if module.state["taken_out"] or id(module) not in called:
                found.add(id(instance))
    return found


def finish(run: Interpreter) -> None:
    """Link modules as they stand at the end: children, parameters, completeness, parents and paths."""
    for instance in instances(run):
        module: Module = instance.data
        module.children = {name: child.data for name, child in children(instance).items()}
        module.parameters = {n: t.parameter for n, t in own_parameters(instance).items() if t.parameter}
        module.complete = not incomplete(instance)
        if any(is_of_unknown_length(v) for v in instance.attrs.values()) and tracks_containers(instance):
            module.state["open"] = True
            module.complete = False
        choices = [[v.data for v in alternatives(value) if is_module(v)] for value in instance.attrs.values()]
        module.state["alternatives"] = tuple(tuple(group) for group in choices if len(group) > 1)
        module.state["optional"] = tuple(_optional(instance))
    left = _leftovers(run)
    for instance in sorted(instances(run), key=lambda i: id(i) in left):
        module = instance.data
        for child in module.children.values():
            if child.parent is None and child is not module.root:
                child.parent = module
    _place_given(run)
    _drop_templates(run)
    for instance in instances(run):
        if instance.data.parent is None:
            for path, below in walk(instance):
                if below.data.root is instance.data and not below.data.path:
                    below.data.path = path


def _optional(instance: Instance) -> Iterator[Module]:
    """The parts in whose place a condition that is not known puts None, and which no other attribute holds."""
    groups = [alternatives(instance.attrs[name]) for name in instance.attrs.keys() - instance.plain_names()]
    none = [any(isinstance(v, Const) and v.value is None for v in group) for group in groups]
    sure = {id(v) for group, absent in zip(groups, none, strict=True) if not absent for v in group}
    for group, absent in zip(groups, none, strict=True):
        if absent:
            yield from (v.data for v in group if is_module(v) and id(v) not in sure)


def _place_given(run: Interpreter) -> None:
    """What was given to a library's layer that is not known, `GINConv(Sequential(...))`, is a part of the network that has
    that layer."""
    for instance in instances(run):
        suspects = [v for value in instance.attrs.values() for v in alternatives(value)]
        for given in (g for v in suspects if isinstance(v, Unknown) for g in v.given):
            if is_module(given) and given.data.parent is None and given.data.root is not instance.data.root:
                run.write(given.data.state, "within", instance.data)


def _drop_templates(run: Interpreter) -> None:
    """Blocks that were only copied (for torch.nn.TransformerEncoder, say) are no networks of the program; those of which
    parts are called or trained are (an actor and its critics, of which a target network is a copy)."""
    used = {id(call.module) for call in run.program.calls}
    used.update(id(m) for optimizer in run.program.optimizers for m in optimizer.parameters.modules)
    templates = [i for i in instances(run) if i.data.state.get("prototype") and i.data.parent is None]
    parts = [[id(m) for m in i.data.walk() if m.root is i.data] for i in templates]
    gone = {part for own in parts if used.isdisjoint(own) for part in own}
    if gone:
        run.program.modules[:] = [m for m in run.program.modules if id(m) not in gone]
