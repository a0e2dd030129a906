"""Which networks a program trains, and which are given the weights of one that it trains."""

from __future__ import annotations

from trainlint.facts.events import Event, EventKind
from trainlint.facts.graph import Module, ModuleCall
from trainlint.facts.program import Program
from trainlint.facts.updates import Token, Updates, of_module


def _given_weights(program: Program, trained: set[Token]) -> set[Token]:
    """The parameters that networks are given from one that trains (`other.load_state_dict(net.state_dict())`)."""
    found: set[Token] = set()
    for event in program.events_of(EventKind.LOAD):
        source = event.options.get("source")
        if isinstance(source, Module) and isinstance(event.target, Module) and of_module(source) & trained:
            found |= of_module(event.target)
    return found


class Trained:
    """The networks that backward passes of a program reach."""

    def __init__(self, program: Program, backwards: list[Event]) -> None:
        updates = Updates.of(program)
        sets = [updates.touched(e) for e in backwards]
        self.unknown = None in sets
        self.tokens = {token for found in sets if found is not None for token in found}
        own = [m for m in program.modules if of_module(m) & self.tokens]
        self.places = {(m.qualname, m.location) for m in own if m.parent is None}
        self.given = _given_weights(program, self.tokens)

    def holds(self, module: Module) -> bool | None:
        """Whether the program trains it, or the network that it is a copy of; None where that is not known."""
        own = of_module(module)
        if own & self.tokens:
            return True
        if not own:
            return False
        if module.symbolic:
            return None
        if (module.qualname, module.location) in self.places:
            return True
        return None if self.unknown else False

    def gives_to(self, call: ModuleCall) -> bool:
        """Whether a network that evaluates has the weights of one that is trained, whatever its class."""
        return call.training is False and bool(of_module(call.module) & self.given)
