"""TL603: a deep plain ReLU network keeps the default initialisation."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.flow import RELU_FAMILY, forward_passes, is_plain, producers
from trainlint.facts.graph import Module, Node, Op
from trainlint.facts.initialisation import chain_depth
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Option, Rule

RULE = Rule(
    "TL603",
    "missing-he-init",
    Level.ADVICE,
    section="Activation and initialisation",
    fix=Applicability.UNSAFE,
    probe="signal-propagation",
    options={
        "min-depth": Option(
            8,
            "weighted layers followed by ReLU",
            "measured: from 8 layers a default ReLU stack does not train under SGD; no clear gain at 2-4 layers",
        )
    },
)
GRADIENT = 0.41
"""What one ReLU layer passes of the gradient under torch's default initialisation (measured; He: about 1)."""


@check(RULE)
def missing_he_init(module: Module, program: Program, options: Options) -> Iterator[Finding]:
    """A chain of ReLU layers, none of which anything seen has initialised."""
    if module.escaped or module.pretrained is not False or not all(m.complete for m in module.walk()):
        return
    for nodes in forward_passes(program, module)[:1]:
        if not is_plain(nodes):
            return
        layers = [n for n in nodes if n.op is Op.AFFINE]
        counted = {
            id(n)
            for n in nodes
            if n.op is Op.ACTIVATION and n.name in RELU_FAMILY - {"selu"} and _on_default(program, n)
        }
        depth = chain_depth(program.graph, nodes, counted)
        if depth < options["min-depth"] or not layers:
            return
        message = (
            f"{depth} ReLU layers keep the default initialisation, which passes about {GRADIENT} of the gradient through "
            f"each: {GRADIENT**depth:.1g} of it reaches the first. "
            'Initialise their weights with nn.init.kaiming_normal_(w, nonlinearity="relu"), or normalise between layers.'
        )
        yield report(RULE, layers[0].location, message)


def _on_default(program: Program, activation: Node) -> bool:
    """Whether the activation stands on a layer with the library's own initialisation."""
    made_by = producers(program.graph, activation)
    return bool(made_by) and all(_default(n) for n in made_by)


def _default(node: Node) -> bool:
    if node.op is not Op.AFFINE or node.module is None:
        return False
    weight = node.module.parameters.get("weight")
    if node.module.state.get("reparametrized"):
        return False
    return weight is not None and not weight.inits and not weight.escaped and not node.module.escaped
