"""Networks that only follow a trained one: averages of its weights, copies that are measured."""

from __future__ import annotations

from trainlint.facts.evaluation import evaluations, is_made_up, rehearsed, shares, used_to_train
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module, ModuleCall
from trainlint.facts.program import Program
from trainlint.report.facts.layers import weighted_layers


class Watched:
    """Networks whose weights only follow those of a trained one, and which training asks for nothing."""

    def __init__(self, program: Program, held: set[int], names: set[str]) -> None:
        self.held, self.names = held, names
        self.apart: dict[int, list[bool]] = {}
        self.made_up: dict[int, list[bool]] = {}
        self.graphless: dict[int, list[bool]] = {}
        # Given another's weights while it trains, not their average, they may act: evaluating makes them copies.
        loops, loads = training_loops(program), program.events_of(EventKind.LOAD)
        live = [e for e in loads if e.options.get("live") and any(id(p.loop) in loops for p in e.loops)]
        self.acting = {id(m.root) for e in live if isinstance(m := e.target, Module)}
        backwards = program.events_of(EventKind.BACKWARD)
        evaluated = {id(e.call) for e in evaluations(program)}
        used = used_to_train(program, backwards)
        for event in program.events_of(EventKind.FORWARD):
            call = event.options.get("call")
            if isinstance(call, ModuleCall) and not rehearsed(program, event):
                taken = any(id(n) in used for n in call.outputs)
                unused = bool(call.outputs) and not taken
                # A layer of a list, applied in a loop of its own, stands apart by its loops only.
                beside = not taken and not any(shares(event, b) for b in backwards)
                apart = unused or id(call) in evaluated or beside
                for module in {id(call.module.root), id(call.module)}:  # which may only hold the network
                    self.apart.setdefault(module, []).append(apart)
                    self.made_up.setdefault(module, []).append(is_made_up(call))
                    self.graphless.setdefault(module, []).append(event.grad_enabled is False)
                    if id(call) in evaluated or call.training is not True:
                        self.acting.discard(module)

    def average(self, root: Module) -> bool:
        """A copy of a trained network, or one of its kind that follows it, that is evaluated and no more: the average of
        the weights, or one that is tried on zeros to count its operations. (`takers` are those that training asks.)"""
        calls = self.apart.get(id(root), [])
        if id(root) in self.held or not all(calls):
            return False
        follows = any(p.state.get("follows") for m in root.walk() for p in m.parameters.values())
        follows = follows or any(m.state.get("average") for m in root.walk())  # a library's
        copied = all(layer.state.get("copied") for layer in weighted_layers(root))
        if not calls:  # where it is sampled from is not seen
            return follows and root.qualname in self.names
        if copied and root.qualname in self.names and all(self.made_up[id(root)]):
            return True
        if copied and root.qualname not in self.names and all(self.graphless[id(root)]):
            return True  # something of its own around a copy, to measure it
        return follows and id(root) not in self.acting and (copied or root.qualname in self.names)


def training_loops(program: Program) -> set[int]:
    """The loops in which updates are made."""
    return {id(p.loop) for e in program.events_of(EventKind.STEP) for p in e.loops}
