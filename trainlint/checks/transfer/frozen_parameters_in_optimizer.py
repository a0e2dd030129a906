"""TL902: frozen parameters are handed to the optimizer."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule(
    "TL902",
    "frozen-parameters-in-optimizer",
    Level.ADVICE,
    section="Transfer learning",
    fix=Applicability.UNSAFE,
)
SORTS_OUT = ("keras.", "transformers.", "deepspeed.")
"""Libraries whose optimizers are handed the trainable weights only, whatever the network holds."""


@check(RULE)
def frozen_parameters_in_optimizer(optimizer: Optimizer, program: Program) -> Iterator[Finding]:
    """Some of its parameters are frozen from its making to the end, and others are learned."""
    if optimizer.symbolic or "made_in" not in optimizer.state or optimizer.name.startswith(SORTS_OUT):
        return
    held = optimizer.parameters.parameters
    at_start = {id(p) for p in optimizer.state.get("frozen", ())}
    frozen = [p for p in held if p.requires_grad is False and id(p) in at_start]
    if not frozen or not any(p.requires_grad is True for p in held):
        return
    if any(p.module is not None and p.module.root.state.get("adapted") for p in held):
        return  # as the documentation of peft has it: its frozen weights never had a gradient
    name = optimizer.name.rsplit(".", 1)[-1]
    owners = {m.root.qualname.rsplit(".", 1)[-1]: None for p in frozen if (m := p.module) is not None}
    of = f" of {next(iter(owners))}" if owners else ""
    if optimizer.weight_decay.value or optimizer.momentum.value:
        effect = (
            "weight decay and momentum move those whose .grad is not None, and checkpoints carry their state"
        )
    else:
        effect = "they are skipped only as long as their .grad is None"
    message = (
        f"{name} is handed frozen parameters{of}: {effect}. "
        "Pass only those that are learned: (p for p in model.parameters() if p.requires_grad)."
    )
    yield report(RULE, optimizer.location, message)
