"""TL012: layers in a plain list, tuple or dict, which parameters(), to() and state_dict() miss."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.coverage import UNREGISTERED, Unregistered, born
from trainlint.facts.graph import Module, ModuleCall
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule(
    "TL012", "unregistered-submodules", Level.ERROR, section="Training loop", fix=Applicability.UNSAFE
)


@check(RULE)
def unregistered_submodules(program: Program) -> Iterator[Finding]:
    """A module calls layers with weights that it made and keeps where torch does not find them."""
    if not program.complete or any(not o.symbolic and not o.parameters.complete for o in program.optimizers):
        return
    held = {id(p) for o in program.optimizers for p in o.parameters.parameters}
    for module in program.modules:
        for kept in module.state.get(UNREGISTERED, ()):
            assert isinstance(kept, Unregistered)
            lost = [m for m in kept.modules if _lost(program, module, m, held)]
            if len(lost) < (1 if kept.open else 2) or len(lost) < len(kept.modules):
                continue  # `self.teacher = [teacher]` keeps a module out of sight on purpose
            yield report(
                RULE, kept.location, _message(kept, lost), (Place(lost[0].location, _kind(lost[0])),)
            )


def _message(kept: Unregistered, lost: list[Module]) -> str:
    kinds = dict.fromkeys(_kind(m) for m in lost)
    container = "ModuleDict" if kept.kind == "dict" else "ModuleList"
    return (
        f"`{kept.name}` is a plain {kept.kind}, so parameters(), to() and state_dict() miss the layers in it "
        f"({', '.join(list(kinds)[:3])}): they never train. Make it an nn.{container}."
    )


def _kind(module: Module) -> str:
    return module.qualname.rsplit(".", 1)[-1]


def _lost(program: Program, owner: Module, module: Module, held: set[int]) -> bool:
    """Whether nobody but the container holds a module with weights that its owner made and calls."""
    order = born(program)
    if module.parent is not None or module.symbolic or id(module) not in order:
        return False  # one that is in no order was made in a trial, and taken back
    if order[id(module)] < order[id(owner)]:
        return False
    if module.pretrained is not False or (module.escaped and not owner.root.escaped):
        return False
    weights = [p for part in module.walk() for p in part.parameters.values()]
    if not weights or any(p.requires_grad is not True or id(p) in held for p in weights):
        return False
    return any(_during(call, owner) for call in program.calls_of(module))


def _during(call: ModuleCall, owner: Module) -> bool:
    """Whether a pass belongs to one of the owner."""
    above = call.parent
    while above is not None and above.module is not owner:
        above = above.parent
    return above is not None
