"""TL907: code means to freeze (or unfreeze) weights, and sets something that the library never reads."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.program import Program
from trainlint.facts.training import IdleSwitch
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule(
    "TL907", "freezing-has-no-effect", Level.ERROR, section="Transfer learning", fix=Applicability.SAFE
)


@check(RULE)
def freezing_has_no_effect(program: Program) -> Iterator[Finding]:
    """A switch that switches nothing, of weights that stay as they were to the end."""
    for switch in program.idle_switches:
        other = not switch.value
        certain = switch.subject == "compiled" or switch.unseen
        if not certain and not any(p.requires_grad is other for p in switch.parameters):
            continue  # what was meant is done elsewhere, or may be
        related = () if switch.place is None else (switch.place,)
        yield report(RULE, switch.location, _message(switch), related)


def _message(switch: IdleSwitch) -> str:
    outcome = "go on being trained" if switch.value is False else "stay frozen"
    if switch.subject == "compiled":
        after = "frozen" if switch.value is False else "unfrozen"
        return (
            f"Layers were {after} after compile(), which this fit() does not see: they {outcome}. "
            "Call compile() again after every change of `trainable`."
        )
    if switch.subject == "layer":
        return (
            f"Keras layers have no `{switch.attribute}`: setting it does nothing, and the weights {outcome}. "
            f"Write `trainable = {switch.value}`."
        )
    if switch.subject == "module":
        return (
            f"Setting `{switch.attribute}` on a module only adds an attribute; its weights {outcome}. "
            f"Call `.requires_grad_({switch.value})` on it."
        )
    return (
        f"Parameters have no `{switch.attribute}`: setting it does nothing, and the weights {outcome}. "
        f"Write `requires_grad = {switch.value}`."
    )
