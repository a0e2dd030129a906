"""TL013: the optimizer holds another model's parameters, or only part of those that the loss trains."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.coverage import UNREGISTERED, judges, made_after, missed
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module, Parameter
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL013", "optimizer-misses-parameters", Level.ERROR, section="Training loop")


@check(RULE)
def optimizer_misses_parameters(program: Program) -> Iterator[Finding]:
    """A loss trains parameters that started at random, and that no optimizer holds."""
    for case in missed(program):
        left = [p for p in case.parameters if not made_after(program, p.module, case.optimizer)]
        if not case.strange:
            apart = judges(case) | _kept_apart(program)
            left = [p for p in left if p.module and id(p.module.root) not in apart and _fresh(program, p)]
        if not _owners(left) or (case.strange and len(left) < len(case.parameters)):
            continue
        name = case.optimizer.name.rsplit(".", 1)[-1]
        places = tuple(Place(m.location, _name(m)) for m in _owners(left)[:3])
        if case.strange:
            message = (
                f"{name} holds parameters that no loss reaches; those that the loss trains ({_listed(left)}) are in no optimizer, so "
                "nothing is learned. Pass it the parameters of the very model that is trained."
            )
        else:
            message = (
                f"The loss also reaches {_listed(left)}, whose parameters are in no optimizer and stay as random as they began. "
                f"Pass them to {name} too, or freeze them with requires_grad_(False)."
            )
        yield report(RULE, case.optimizer.location, message, places)


def _kept_apart(program: Program) -> set[int]:
    """Modules in plain containers, which the optimizer cannot be blamed for (TL012 speaks of them)."""
    return {
        id(m)
        for module in program.modules
        for kept in module.state.get(UNREGISTERED, ())
        for m in kept.modules
    }


def _fresh(program: Program, parameter: Parameter) -> bool:
    """Whether a parameter has the random start of its layer: nothing was loaded, copied or computed into it."""
    above: Module | None = parameter.module
    loaded = {id(e.target) for e in program.events_of(EventKind.LOAD)}
    while above is not None:
        if above.pretrained is not False or above.escaped or id(above) in loaded or above.symbolic:
            return False
        above = above.parent
    return not any(i.scheme in ("copy", "custom", "pretrained") for i in parameter.inits)


def _owners(parameters: list[Parameter]) -> list[Module]:
    return list(dict.fromkeys(p.module for p in parameters if p.module is not None))


def _name(module: Module) -> str:
    kind = module.qualname.rsplit(".", 1)[-1]
    return f"{module.path} ({kind})" if module.path else kind


def _listed(parameters: list[Parameter]) -> str:
    owners = _owners(parameters)
    shown = ", ".join(_name(m) for m in owners[:3])
    return f"{shown} and {len(owners) - 3} more" if len(owners) > 3 else shown
