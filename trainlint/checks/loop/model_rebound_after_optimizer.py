"""TL014: the model, or a part of it, is made after the optimizer took its parameters."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.coverage import Missed, made_after, missed, strangers
from trainlint.facts.graph import Module
from trainlint.facts.program import Program
from trainlint.facts.updates import Updates, of_module
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL014", "model-rebound-after-optimizer", Level.ERROR, section="Training loop")


@check(RULE)
def model_rebound_after_optimizer(program: Program) -> Iterator[Finding]:
    """A loop trains layers that are younger than its optimizer, and that no optimizer holds."""
    for case in missed(program):
        young = [
            p.module
            for p in case.parameters
            if p.module is not None and made_after(program, p.module, case.optimizer)
        ]
        for module in dict.fromkeys(_topmost(program, m, case) for m in young):
            if not _belongs(case, module) or _judges(case, module):
                continue
            name = case.optimizer.name.rsplit(".", 1)[-1]
            what = module.qualname.rsplit(".", 1)[-1]
            message = (
                f"This {what} is made after {name} took its parameters (line {case.optimizer.location.line}), so it gets gradients "
                "and never changes. Build the optimizer after it, or add_param_group() it."
            )
            yield report(RULE, module.location, message, (Place(case.optimizer.location, name),))


@check(RULE)
def unseen_model_rebound(program: Program) -> Iterator[Finding]:
    """The same with networks that are not shown: the loop trains one that is younger than all that its optimizer holds."""
    for step, backward in strangers(program):
        optimizer = step.target
        touched = Updates.of(program).touched(backward) or frozenset()
        trained = [m for m in program.modules if touched & of_module(m)]
        if (
            optimizer.escaped
            or not trained
            or any(m.escaped for m in (*trained, *optimizer.parameters.modules))
        ):
            continue
        if all(m.symbolic and made_after(program, m, optimizer) for m in trained):
            name = optimizer.name.rsplit(".", 1)[-1]
            message = (
                f"This network is made after {name} took parameters of another one (line {optimizer.location.line}), so it gets "
                "gradients and never changes. Build the optimizer after it."
            )
            yield report(RULE, trained[0].location, message, (Place(optimizer.location, name),))
            return


def _judges(case: Missed, module: Module) -> bool:
    """Whether it comes with its weights, beside a network that is trained: what a perceptual loss compares features of, made
    when it is first asked for."""
    return module.pretrained is True and not case.strange


def _topmost(program: Program, module: Module, case: Missed) -> Module:
    """The outermost module that is as young: a whole head, a whole network."""
    while module.parent is not None and made_after(program, module.parent, case.optimizer):
        module = module.parent
    return module


def _belongs(case: Missed, module: Module) -> bool:
    """Whether it stands in for what the optimizer holds: all of it, or a part of the same network."""
    if case.strange:
        return True
    return module.parent is not None and id(module.root) in case.optimizer.parameters.roots()
