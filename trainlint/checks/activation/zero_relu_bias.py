"""TL607: biases before ReLU are explicitly set to zero."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.flow import describe_layer, forward_passes
from trainlint.facts.graph import Module
from trainlint.facts.initialisation import activation_of, constant_value, init_places, starts
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule(
    "TL607",
    "zero-relu-bias",
    Level.ADVICE,
    section="Activation and initialisation",
    fix=Applicability.UNSAFE,
    probe="dead-units",
)


@check(RULE)
def zero_relu_bias(module: Module, program: Program) -> Iterator[Finding]:
    """A layer's bias is set to zero and its output goes to a ReLU."""
    for nodes in forward_passes(program, module)[:1]:
        for start in starts(nodes, "bias"):
            activation = activation_of(program.graph, start.node)
            if (
                constant_value(start.init) != 0
                or activation is None
                or activation.name not in ("relu", "relu6")
            ):
                continue
            message = (
                f"The bias of {describe_layer(start.node)} before ReLU is set to zero; a small positive value (0.01 to 0.1) "
                "keeps every unit active at the start. Under He initialisation no difference was measured."
            )
            yield report(RULE, start.init.location, message, init_places(start.init))
