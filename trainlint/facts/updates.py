"""Which parameters an event of the training loop concerns, and what happens to the same gradients around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from trainlint.facts.events import Event, EventKind, Loop, LoopPass, exclusive
from trainlint.facts.graph import Module, Node, Op, Parameter
from trainlint.facts.program import Program
from trainlint.facts.training import Clipping, Optimizer, ParameterSet

Token = int | tuple[str, int]
"""The identity of a parameter, or ("rest", identity of a module) for those of a module that are not known."""
Touched = frozenset[Token] | None
"""What an event concerns; None where any parameter may be meant."""
REST = "*"
"""Name of the parameter that stands for a module's parameters that are not known."""


def _token(parameter: Parameter) -> Token:
    if parameter.name == REST and parameter.module is not None:
        return "rest", id(parameter.module)
    return id(parameter)


def of_set(parameters: ParameterSet) -> Touched:
    """The parameters of a set; None if it may hold others than those of modules that are named."""
    named = any(p.name == REST and p.module is not None for p in parameters.parameters)
    if not parameters.complete and not named:
        return None
    found = {_token(p) for p in parameters.parameters}
    for module in parameters.modules:
        found |= of_module(module)
    return frozenset(found) if found else None


def of_module(module: Module) -> frozenset[Token]:
    """The parameters of a module and of all below it."""
    found: set[Token] = set()
    for part in module.walk():
        found.update(_token(p) for p in part.parameters.values())
        if part.symbolic or not part.complete:
            found.add(("rest", id(part)))
    return frozenset(found)


def of_node(node: Node) -> Touched:
    """The parameters that a value was computed with; None if something unknown took part."""
    found: set[Token] = set()
    seen: set[int] = set()
    stack = [node]
    while stack:
        other = stack.pop()
        if id(other) in seen or not other.attached or other.op is Op.DETACH:
            continue
        seen.add(id(other))
        stack.extend(other.inputs)
        if other.op is Op.PARAMETER:
            fact = other.options.get("parameter")
            if fact is not None and isinstance(fact.value, Parameter):
                found.add(_token(fact.value))
        if other.module is not None:
            found |= of_module(other.module)
        elif other.op in (Op.UNKNOWN, Op.CALL) and not other.inputs:
            return None
    return frozenset(found) if found else None


def same_pass(first: Event, second: Event) -> bool:
    """Whether two events happen in one pass of every loop that holds both."""
    return all(a == b for a, b in zip(first.loops, second.loops, strict=False))


def training_passes(program: Program, event: Event) -> tuple[LoopPass, ...]:
    """The passes of loops around an update, without those inside that make no gradients (`for optimizer in optimizers`);
    all of them where no gradients are seen in any."""
    around: set[tuple[int, int]] | None = program.cache.get("loops_of_backwards")
    if around is None:
        backwards = program.events_of(EventKind.BACKWARD)
        around = {(e.root, id(p.loop)) for e in backwards for p in e.loops}
        program.cache["loops_of_backwards"] = around
    kept = len(event.loops)
    while kept and (event.root, id(event.loops[kept - 1].loop)) not in around:
        kept -= 1
    return event.loops[:kept] or event.loops


def of_training(program: Program, kind: EventKind) -> list[Event]:
    """Events of a kind as the loops see them that make gradients: one that goes over optimizers is none of training's."""
    known: dict[EventKind, list[Event]] = program.cache.setdefault("events_of_training", {})
    if kind not in known:
        known[kind] = [replace(e, loops=training_passes(program, e)) for e in program.events_of(kind)]
    return known[kind]


SOURCES = frozenset({Op.BATCH, Op.READ, Op.DATASET, Op.UNKNOWN, Op.CALL})
"""What data and unseen code give."""


class Updates:
    """The update-related events of a program, with the parameters that each concerns."""

    KINDS = (EventKind.BACKWARD, EventKind.STEP, EventKind.ZERO_GRAD, EventKind.CLIP)

    def __init__(self, program: Program) -> None:
        self.program = program
        self.events = program.events_of(*self.KINDS)
        self._touched: dict[int, Touched] = {}

    @classmethod
    def of(cls, program: Program) -> Updates:
        """Those of a program, worked out once for all that ask."""
        found: Updates | None = program.cache.get("updates")
        if found is None:
            found = program.cache["updates"] = cls(program)
        return found

    def looped_backwards(self) -> Iterator[Event]:
        """Backward passes in a loop that add to `.grad`; none where the evaluation ended early, as what they lack
        might have come later."""
        if self.program.complete:
            yield from (e for e in self.events if e.loops and makes_gradients(e))

    def touched(self, event: Event) -> Touched:
        """The parameters whose gradients an event reads, makes or clears."""
        if event.index not in self._touched:
            wanted = event.options.get("inputs")
            only = of_set(wanted) if isinstance(wanted, ParameterSet) else None
            self._touched[event.index] = only if only is not None else self._find(event.target)
        return self._touched[event.index]

    def is_of_nothing(self, backward: Event) -> bool:
        """Whether neither weights nor data nor anything unseen go into what gradients are taken of, as far as that was
        followed: terms that are summed, of which none is known."""
        if self.touched(backward) is not None or not isinstance(backward.target, Node):
            return False
        seen: set[int] = set()
        stack = [backward.target]
        while stack:
            node = stack.pop()
            if node.op in SOURCES:
                return False
            if id(node) not in seen:
                seen.add(id(node))
                stack.extend(node.inputs)
        return True

    def _find(self, target: object) -> Touched:
        if isinstance(target, Optimizer):
            return None if target.symbolic else of_set(target.parameters)
        if isinstance(target, Clipping):
            return of_set(target.subject)
        if isinstance(target, Module):
            return of_module(target) or None
        if isinstance(target, Parameter):
            return frozenset({_token(target)})
        if isinstance(target, Node):
            return of_node(target)
        return None

    def related(self, first: Event, second: Event) -> bool:
        """Whether two events may concern the same gradients, in one run, and can both happen."""
        if first.root != second.root or exclusive(first, second):
            return False
        a, b = self.touched(first), self.touched(second)
        return a is None or b is None or bool(a & b)

    def touched_by(self, optimizer: Optimizer) -> Touched:
        """The parameters that an optimizer holds."""
        return self._find(optimizer)

    def meets(self, first: Event, second: Event) -> bool:
        """As `related`, whatever conditions stand between."""
        if first.root != second.root:
            return False
        a, b = self.touched(first), self.touched(second)
        return a is None or b is None or bool(a & b)

    def covers(self, clear: Event, step: Event, backward: Event) -> bool:
        """Whether a zero_grad() clears all that the step would use of what backward() made."""
        if clear.target is step.target:
            return True
        cleared, used, made = self.touched(clear), self.touched(step), self.touched(backward)
        if cleared is None:
            return False
        return used <= cleared if used is not None else made is not None and made <= cleared

    def before(self, event: Event, kinds: Iterable[EventKind] = KINDS) -> Event | None:
        """The nearest earlier event on the same gradients."""
        wanted = set(kinds)
        for other in reversed(self.events):
            if other.index < event.index and other.kind in wanted and self.related(event, other):
                return other
        return None

    def after(self, event: Event, kinds: Iterable[EventKind] = KINDS) -> Event | None:
        """The nearest later event on the same gradients."""
        wanted = set(kinds)
        for other in self.events:
            if other.index > event.index and other.kind in wanted and self.related(event, other):
                return other
        return None


def makes_gradients(event: Event) -> bool:
    """Whether it is a backward() that adds to `.grad` (autograd.grad returns gradients instead)."""
    return event.kind is EventKind.BACKWARD and event.options.get("by") != "autograd.grad"


def hidden_within(program: Program, updates: Updates, event: Event, loop: Loop) -> bool:
    """Whether something that matters to the event's gradients goes into unseen code in a loop, or an optimizer or
    network of the run has gone there before."""
    for escape in program.events_of(EventKind.ESCAPE):
        if escape.root != event.root:
            continue
        inside = escape.within(loop)
        if isinstance(escape.target, Optimizer | Module) and updates.meets(escape, event):
            return True
        if inside and isinstance(escape.target, Node | Parameter) and updates.meets(escape, event):
            return True
    return False
