"""Which learned tensors a loss reaches, and which of them no optimizer holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trainlint.facts.events import Event, EventKind
from trainlint.facts.graph import GIVEN, Module, Node, Op, Parameter
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import REST, Updates, hidden_within
from trainlint.model import Location

MADE_BEFORE = "modules_before"
"""Key of an optimizer's state: how many modules the program had made when it took its parameters."""


UNREGISTERED = "unregistered"
"""Key of a module's state: `Unregistered` for each attribute that keeps modules out of its sight."""


@dataclass(frozen=True)
class Unregistered:
    """Modules in a plain list, tuple or dict (`kind`) that is an attribute of a module, and where it was assigned.

    open: there may be more of them, made by a loop whose length is not known.
    """

    name: str
    kind: str
    location: Location
    modules: tuple[Module, ...]
    open: bool = False


@dataclass(frozen=True)
class Missed:
    """A backward pass, an optimizer that steps in its loop, and what it reaches that no optimizer holds.

    reached, parameters: by identity. strange: no backward pass of the program reaches anything that the optimizer
    holds.
    """

    backward: Event
    optimizer: Optimizer
    reached: dict[int, Parameter]
    parameters: tuple[Parameter, ...]
    strange: bool


def missed(program: Program) -> list[Missed]:
    """Every update that leaves out parameters, once for each optimizer; none where something unseen may hold them."""
    found: list[Missed] | None = program.cache.get("missed")
    if found is None:
        found = program.cache["missed"] = list(_find(program))
    return found


def _find(program: Program) -> Iterator[Missed]:
    updates = Updates.of(program)
    if any(not _known(updates, o) for o in program.optimizers) or program.events_of(EventKind.MANUAL_STEP):
        return
    held = {id(p) for o in program.optimizers for p in o.parameters.parameters}
    passes = [(b, reached(b.target)) for b in program.events_of(EventKind.BACKWARD)]
    everything = {key for _, found in passes for key in found or ()}
    if not program.complete or any(found is None for _, found in passes):
        return
    done: set[int] = set()
    for backward in updates.looped_backwards():
        found = reached(backward.target) or {}
        left = tuple(p for key, p in found.items() if key not in held and _trainable(p))
        if not left or hidden_within(program, updates, backward, backward.loops[0].loop):
            continue
        for optimizer in _stepping(updates, backward):
            if id(optimizer) not in done:
                done.add(id(optimizer))
                strange = not any(id(p) in everything for p in optimizer.parameters.parameters)
                yield Missed(backward, optimizer, found, left, strange)


def strangers(program: Program) -> list[tuple[Event, Event]]:
    """Steps and backward passes of one loop that have nothing to do with each other, nor with any others: the optimizer
    holds other parameters than those that get gradients."""
    found: list[tuple[Event, Event]] | None = program.cache.get("strangers")
    if found is None:
        found = program.cache["strangers"] = _find_strangers(program)
    return found


def _find_strangers(program: Program) -> list[tuple[Event, Event]]:
    updates = Updates.of(program)
    steps = [e for e in updates.events if e.kind is EventKind.STEP and e.loops]
    backwards = list(updates.looped_backwards())
    idle = [
        s
        for s in steps
        if isinstance(s.target, Optimizer) and not any(updates.meets(s, b) for b in backwards)
    ]
    lost = [b for b in backwards if not any(updates.meets(s, b) for s in steps) and reached(b.target) != {}]
    return [(s, b) for s in idle for b in lost if s.root == b.root and s.loop is b.loop]


def _known(updates: Updates, optimizer: Optimizer) -> bool:
    parts = optimizer.parameters
    if optimizer.symbolic or optimizer.escaped or not parts.complete or not parts.parameters:
        return False
    return MADE_BEFORE in optimizer.state and all(p.name != REST for p in parts.parameters)


def _trainable(parameter: Parameter) -> bool:
    if parameter.module is not None and _is_alternative(parameter, parameter.module):
        return False
    if parameter.ever_frozen:
        return (
            False  # it may have been out of training when this loss was differentiated, and be set free later
        )
    return parameter.requires_grad is True and not parameter.escaped and parameter.name != REST


def _is_alternative(parameter: Parameter, module: Module) -> bool:
    """Whether the module has another tensor in its place: of several that a condition chooses from, one stands there."""
    return parameter.name in module.parameters and module.parameters[parameter.name] is not parameter


def _stepping(updates: Updates, backward: Event) -> Iterator[Optimizer]:
    """The optimizers that step in a loop with this backward pass, and nothing that is not known."""
    steps = [e for e in updates.program.events_of(EventKind.STEP) if e.root == backward.root]
    if any(not isinstance(e.target, Optimizer) for e in steps):
        return
    for p in backward.loops:
        yield from (e.target for e in steps if e.within(p.loop) and isinstance(e.target, Optimizer))


def reached(target: object) -> dict[int, Parameter] | None:
    """The parameters that gradients of a value flow to, of layers that were really applied; None if something
    unknown took part."""
    if not isinstance(target, Node):
        return None
    found: dict[int, Parameter] = {}
    seen: set[int] = set()
    stack = [target]
    while stack:
        node = stack.pop()
        if id(node) in seen or not node.attached or node.op is Op.DETACH:
            continue
        seen.add(id(node))
        stack.extend(node.inputs)
        if node.op is Op.PARAMETER:
            fact = node.options.get("parameter")
            if fact is None or not isinstance(fact.value, Parameter):
                return None
            found[id(fact.value)] = fact.value
        elif node.op in (Op.UNKNOWN, Op.CALL) and not node.inputs:
            return None
        elif node.module is not None:
            if node.module.symbolic or node.op is Op.UNKNOWN:
                return None
            parts = node.module.walk() if node.op is Op.TRANSFORMER else (node.module,)
            found.update((id(p), p) for part in parts for p in part.parameters.values())
    return found


def judges(case: Missed) -> set[int]:
    """Identities of networks of which no optimizer holds anything, and that are given what an optimizer trains: a critic
    or a classifier that a loss is made with, not part of what is to learn."""
    missing = {id(p) for p in case.parameters}
    own = {id(p.module.root) for p in case.reached.values() if p.module and id(p) not in missing}
    found: set[int] = set()
    seen: set[int] = set()
    stack = [case.backward.target] if isinstance(case.backward.target, Node) else []
    while stack:
        node = stack.pop()
        if id(node) in seen or not node.attached:
            continue
        seen.add(id(node))
        stack.extend(node.inputs)
        root = node.module.root if node.module is not None else None
        if root is None or id(root) in own or id(root) in found:
            continue
        fed = [reached(n) for n in node.inputs]
        if any(key not in missing for before in fed for key in before or ()):
            found.add(id(root))
    return found


def born(program: Program) -> dict[int, int]:
    """The order in which modules were made, by identity."""
    found: dict[int, int] | None = program.cache.get("born")
    if found is None:
        found = program.cache["born"] = {id(m): number for number, m in enumerate(program.modules)}
    return found


def made_after(program: Program, module: Module | None, optimizer: Optimizer) -> bool:
    """Whether a module was made when the optimizer had its parameters already."""
    before = optimizer.state.get(MADE_BEFORE)
    if module is None or GIVEN in module.state:
        return False
    return before is not None and born(program).get(id(module), -1) >= before
