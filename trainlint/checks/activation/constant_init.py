"""TL605: the weights of several hidden layers start at one constant."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.events import EventKind
from trainlint.facts.flow import carries, forward_passes, is_bias_addition, is_residual
from trainlint.facts.graph import Graph, Module, Node, Op
from trainlint.facts.idioms import idiom
from trainlint.facts.initialisation import CONSTANTS, Start, constant_value, init_places, starts
from trainlint.facts.losses import width_of
from trainlint.facts.program import Program
from trainlint.facts.specimens import drawn
from trainlint.model import Applicability, Finding, Level, Location, Option, Rule

RULE = Rule(
    "TL605",
    "constant-init",
    Level.ERROR,
    section="Activation and initialisation",
    fix=Applicability.UNSAFE,
    probe="symmetry",
    options={
        "min-layers": Option(
            2,
            "successive weighted layers that start constant",
            "measured: one constant layer trains, only slower",
        )
    },
)
BETWEEN = frozenset({Op.ACTIVATION, Op.NORM})


@check(RULE)
def constant_init(module: Module, program: Program, options: Options) -> Iterator[Finding]:
    """Constant layers that feed each other, so that all units of the inner one stay copies of each other."""
    if module.pretrained is not False:
        return
    untrained = not program.optimizers and not program.events_of(EventKind.BACKWARD)
    for nodes in forward_passes(program, module)[:1]:
        constant = {id(s.node): s for s in starts(nodes, "weight") if s.init.scheme in CONSTANTS}
        reported: set[int] = set()
        for start in constant.values():
            chain = _successors(program.graph, start, constant)
            if len(chain) < options["min-layers"] or _loses_nothing(program.graph, chain):
                continue
            by_hand = _is_tried_out(program, module) or all(map(_is_put_in, chain))
            if not (untrained and by_hand and all(constant_value(s.init) not in (None, 0) for s in chain)):
                reported.update(id(s.node) for s in chain)
        for start in constant.values():
            if id(start.node) in reported:
                yield report(
                    RULE, start.init.location, _message(start, len(reported)), init_places(start.init)
                )


def _is_put_in(start: Start) -> bool:
    """Whether a layer got other weights than its own: so that its results are known by hand."""
    is_layer = start.module.op is not None
    return is_layer and start.parameter.location == start.init.location != start.module.location


def _is_tried_out(program: Program, module: Module) -> bool:
    """Whether code applies the network to numbers that are written out, as tests do that know the results."""
    inputs = [node for call in program.calls if call.module is module for node in call.inputs]
    return bool(inputs) and all(_is_written(node) for node in inputs)


def _is_written(node: Node) -> bool:
    while node.op in (Op.CAST, Op.RESHAPE, Op.MUL) and node.inputs:
        node = node.inputs[0]
    return node.op is Op.CONSTANT


@check(RULE)
def constant_unseen(program: Program, options: Options) -> Iterator[Finding]:
    """A function that is applied to a network which is not shown sets the weights of its layers to one number.

    A single dense layer that starts at 0 may be a head, so zeros count in convolutions only."""
    reported: set[Location] = set()
    for layer, init in drawn(program):
        value = constant_value(init) if init.scheme in CONSTANTS else None
        if value is None or (value == 0 and layer.name == "linear") or init.location in reported:
            continue
        reported.add(init.location)
        message = (
            f"All weights of a layer start at {value:g}, so all its units compute the same, get the same gradient and never "
            f"differ. Draw them at random, for example with {idiom(layer).he.format('relu')}."
        )
        yield report(RULE, init.location, message, init_places(init))


def _successors(graph: Graph, start: Start, constant: dict[int, Start]) -> list[Start]:
    """The constant layers that follow directly, itself first."""
    chain = [start]
    while True:
        after = [n for n in _next_layers(graph, chain[-1].node) if id(n) in constant]
        if not after or any(constant[id(after[0])] is s for s in chain):
            return chain
        chain.append(constant[id(after[0])])


def _loses_nothing(graph: Graph, chain: list[Start]) -> bool:
    """Whether the layers make one linear unit, which equal units express as well (zeros get no gradient, though)."""
    if all(width_of(s.node) == 1 for s in chain[:-1]) and not any(constant_value(s.init) == 0 for s in chain):
        return True  # a single unit has none to be equal to
    if width_of(chain[-1].node) != 1 or not all(constant_value(s.init) for s in chain):
        return False
    after = [n for s in chain[:-1] for n in graph.downstream(s.node, _goes_on)]
    return not any(n.op is Op.ACTIVATION for n in after)


def _goes_on(node: Node) -> bool:
    return carries(node) or node.op is Op.NORM or is_bias_addition(node)


def _next_layers(graph: Graph, node: Node) -> list[Node]:
    found = list(graph.downstream(node, lambda n: carries(n) or n.op in BETWEEN or is_bias_addition(n)))
    return [] if any(is_residual(n) for n in found) else [n for n in found if n.op is Op.AFFINE]


def _message(start: Start, count: int) -> str:
    value = constant_value(start.init)
    random = idiom(start.module).he.format("relu")
    at = f"at {value:g}" if value is not None else "at one constant"
    return (
        f"All weights of {count} successive layers start {at}, so all units of a layer compute the same, get the same "
        f"gradient and never differ. Draw them at random, for example with {random}."
    )
