"""TL614: biases before ReLU start below zero."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.flow import describe_layer, forward_passes
from trainlint.facts.graph import Module
from trainlint.facts.initialisation import activation_of, constant_value, init_places, starts
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Option, Rule

RULE = Rule(
    "TL614",
    "negative-relu-bias",
    Level.WARNING,
    section="Activation and initialisation",
    fix=Applicability.UNSAFE,
    probe="dead-units",
    options={
        "max-bias": Option(
            -0.05, "constant at or below which a bias is reported", "measured: -0.01 does no harm"
        )
    },
)


@check(RULE)
def negative_relu_bias(module: Module, program: Program, options: Options) -> Iterator[Finding]:
    """A layer's bias is set to a negative constant and its output goes to a ReLU."""
    if module.pretrained is not False:
        return
    for nodes in forward_passes(program, module)[:1]:
        for start in starts(nodes, "bias"):
            value = constant_value(start.init)
            activation = activation_of(program.graph, start.node)
            if value is None or value > options["max-bias"] or activation is None:
                continue
            if activation.name not in ("relu", "relu6"):
                continue
            message = (
                f"The bias of {describe_layer(start.node)} before ReLU starts at {value:g}, so units begin dead and pass no "
                "gradient (measured at -1: half to nine tenths of them). Start it at zero or a small positive value."
            )
            yield report(RULE, start.init.location, message, init_places(start.init))
