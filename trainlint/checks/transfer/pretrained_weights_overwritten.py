"""TL903: initialisation replaces weights that were loaded before."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.graph import Init, Module, Op, Parameter
from trainlint.facts.program import Program
from trainlint.facts.specimens import lost
from trainlint.facts.transfer import overwritten
from trainlint.model import Finding, Level, Location, Place, Rule

RULE = Rule("TL903", "pretrained-weights-overwritten", Level.ERROR, section="Transfer learning")
WEIGHTS = frozenset({Op.AFFINE, Op.RECURRENT, Op.ATTENTION, Op.EMBEDDING, Op.BACKBONE, Op.TRANSFORMER})
SHARE = 0.5
"""Share of the loaded weights from which it is no longer a head, or a few layers, that start anew on purpose."""


@check(RULE)
def pretrained_weights_overwritten(program: Program) -> Iterator[Finding]:
    """Most of the weights that were loaded at one place are initialised afterwards."""
    loads: dict[Location, list[Parameter]] = {}
    for parameter in _weights(program):
        for place in {i.location for i in parameter.inits if i.scheme == "pretrained"}:
            loads.setdefault(place, []).append(parameter)
    reported: set[Location] = set()
    for place, parameters in loads.items():
        gone = [(p, init) for p in parameters if (init := overwritten(p)) is not None]
        if len(gone) <= SHARE * len(parameters):
            continue
        init = gone[0][1]
        if init.location not in reported:
            reported.add(init.location)
            yield report(RULE, init.location, _message(gone, len(parameters), init), [Place(place, "loaded")])


@check(RULE)
def unseen_weights_overwritten(program: Program) -> Iterator[Finding]:
    """The same in a network that is not shown, by a function that is applied to all of it."""
    reported: set[Location] = set()
    for network, weight, init in lost(program):
        if init.location in reported or network.escaped:
            continue
        reported.add(init.location)
        loaded = next(i.location for i in weight.inits if i.scheme == "pretrained")
        message = (
            "This initialisation runs over dense layers and convolutions after weights were loaded into the network, so that "
            "nothing of the pre-training is left there. Initialise before loading, or only the new layers."
        )
        yield report(RULE, init.location, message, [Place(loaded, "loaded")])


def _weights(program: Program) -> Iterator[Parameter]:
    seen: set[int] = set()
    for module in program.modules:
        if module.op not in WEIGHTS or not _lives(module):
            continue
        for parameter in module.parameters.values():
            if not parameter.name.startswith("bias") and id(parameter) not in seen and not parameter.escaped:
                seen.add(id(parameter))
                yield parameter


def _lives(module: Module) -> bool:
    """Whether the layer is part of a network (a head that was replaced is not)."""
    return module.parent is not None or bool(module.children) or module.op is Op.BACKBONE


def _message(gone: list[tuple[Parameter, Init]], count: int, init: Init) -> str:
    owner = next((p.module.root for p, _ in gone if p.module is not None), None)
    name = owner.qualname.rsplit(".", 1)[-1] if owner is not None else "the network"
    part = "the" if len(gone) == count else f"{len(gone)} of {count}"
    return (
        f"This initialisation runs after weights were loaded into {name} and overwrites {part} loaded weights, so that nothing "
        "of the pre-training is left there. Initialise before loading, or only the new layers."
    )
