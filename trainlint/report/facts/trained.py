"""Which networks a program trains, and which of them whole."""

from __future__ import annotations

from trainlint.facts.evaluation import rehearsed
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module, ModuleCall
from trainlint.facts.program import Program
from trainlint.report.facts.layers import weighted_layers


def trained_by_themselves(program: Program) -> list[Module]:
    """Networks that the program calls with gradients, not as a part of another."""
    found: dict[int, Module] = {}
    for event in program.events_of(EventKind.FORWARD):
        call = event.options.get("call")
        if not isinstance(call, ModuleCall) or call.parent is not None or event.grad_enabled is False:
            continue
        if not rehearsed(program, event):
            found[id(call.module)] = call.module
    return list(found.values())


def trained_apart(program: Program, root: Module, parts: list[Module]) -> bool:
    """Whether optimizers hold whole parts of a module without a forward pass, each other ones, and none holds all that is
    trained. A LightningModule is whole: the network that its Trainer trains."""
    if root.state.get("whole"):
        return False
    steps = program.events_of(EventKind.STEP)
    trains = any(event.function.rpartition(".")[0] == root.qualname for event in steps)
    if not root.state.get("passless") or (calls_itself(program, root) and not trains):
        return False  # a policy that is asked for actions
    own = {id(layer): number for number, part in enumerate(parts) for layer in weighted_layers(part)}
    held: set[frozenset[int]] = set()
    for optimizer in program.optimizers:
        modules = {id(m) for m in optimizer.parameters.modules}
        taken = frozenset(number for layer, number in own.items() if layer in modules)
        if any(number in taken and layer not in modules for layer, number in own.items()):
            return False
        held |= {taken} if taken else set()
    return len(held) > 1 and not any(all(other <= taken for other in held) for taken in held)


def others_are_trained(program: Program, networks: list[Module]) -> bool:
    """Whether all that is known to be trained is a network of which parts were not seen, and none of these: they may be
    those parts."""
    held = {root for optimizer in program.optimizers for root in optimizer.parameters.roots()}
    others = [r for r in program.roots if id(r) in held and not r.complete]
    return bool(others) and bool(networks) and not any(id(r) in held for r in networks)


def trained_part(program: Program, root: Module) -> Module:
    """The part that is trained, of a network that is only built around it and never called (to export it). Where others of its
    class are called, it is a network as these are."""
    if id(root) not in program.rehearsed or _has_called_twin(program, root):
        return root
    held = {id(m) for o in program.optimizers for m in o.parameters.modules}
    if calls_itself(program, root):
        return root
    layers = list(weighted_layers(root))
    parts = (m for m in root.walk() if m is not root and m.op is None and id(m) in held)
    called = (m for m in parts if any(c.parent is None for c in program.calls_of(m)))
    return next((m for m in called if list(weighted_layers(m)) == layers), root)


def _has_called_twin(program: Program, root: Module) -> bool:
    """Whether another network of its class is called as a whole: one that acts, where this one learns."""
    twins = (m for m in program.roots if m is not root and m.qualname == root.qualname and m.op is None)
    return any(
        (id(m) not in program.rehearsed and program.calls_of(m)) or calls_itself(program, m) for m in twins
    )


def calls_itself(program: Program, root: Module) -> bool:
    """Whether methods of its own class call its parts: a policy that is asked for actions, never for a forward pass."""
    parts = {id(m) for m in root.walk()}
    return any(
        event.function.rpartition(".")[0] == root.qualname
        for event in program.events_of(EventKind.FORWARD)
        if id(event.target) in parts and event.target is not root
    )
