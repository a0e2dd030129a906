"""TL606: weights are drawn with a spread that ignores fan-in."""

from __future__ import annotations

import math
from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.flow import carries, forward_passes, is_bias_addition
from trainlint.facts.graph import Graph, Init, Module, Node, Op
from trainlint.facts.idioms import idiom
from trainlint.facts.initialisation import Start, fan_in, fan_out, init_places, option, starts
from trainlint.facts.program import Program
from trainlint.facts.specimens import drawn
from trainlint.model import Applicability, Finding, Level, Location, Option, Rule

RULE = Rule(
    "TL606",
    "unscaled-random-init",
    Level.ERROR,
    section="Activation and initialisation",
    fix=Applicability.UNSAFE,
    probe="signal-propagation",
    options={
        "max-gain": Option(
            4.0,
            "spread over He's sqrt(2 / fan-in)",
            "measured: 4 times costs 0.15-0.3 of the loss, 1.7 times nothing",
        )
    },
)
SMALL = 0.05
"""Spreads that are in common use (0.02 in transformers, 0.01 in detectors) and pass at any width."""
LARGE = 0.5
"""Root mean square from which a spread is too large whatever the fan-in (He's at 8 inputs)."""
ALWAYS = 0.9
"""The same for a network that is not shown: `normal_(0, 1)`, four times He's at 40 inputs and more."""


SCORES_THROUGH = frozenset({Op.ADD, Op.MUL, Op.DIV, Op.INDEX, Op.JOIN})
"""What scores pass on their way to a softmax: relative positions are added to them, shifted by pads and slices."""


@check(RULE)
def unscaled_random_init(module: Module, program: Program, options: Options) -> Iterator[Finding]:
    """Layers of a network with hidden layers, no norm behind them, whose weights are far too large."""
    if module.pretrained is not False:
        return
    for nodes in forward_passes(program, module)[:1]:
        if sum(n.op is Op.AFFINE for n in nodes) < 2 or not any(n.op is Op.ACTIVATION for n in nodes):
            return
        yield from _too_large(starts(nodes, "weight"), program, options)


@check(RULE)
def unscaled_plain_tensors(program: Program, options: Options) -> Iterator[Finding]:
    """The same for a network of plain tensors, outside of any module."""
    nodes = [n for n in program.graph.nodes if n.call is None]
    found = starts(nodes, "weight")
    if len(found) > 1 and any(n.op is Op.ACTIVATION for n in nodes):
        yield from _too_large(found, program, options)


@check(RULE)
def unscaled_unseen(program: Program, options: Options) -> Iterator[Finding]:
    """A function that is applied to a network which is not shown draws weights with a spread that fits no usual fan-in."""
    reported: set[Location] = set()
    for layer, init in drawn(program, norms=False):
        rms = spread(init)
        if rms is None or rms < ALWAYS or init.location in reported or not _is_literal(init):
            continue
        reported.add(init.location)
        yield report(RULE, init.location, _whatever(rms, layer), init_places(init))


def _too_large(found: list[Start], program: Program, options: Options) -> Iterator[Finding]:
    for start in found:
        rms = spread(start.init)
        if (
            rms is None
            or rms <= SMALL
            or start.parameter.requires_grad is False  # a projection at random, meant as it is
            or "mixes"
            in start.node.options  # heads of attention among each other: few, and no layer that signals grow in
            or _ends_in_softmax(program.graph, start.node)
            or _is_rescaled(program.graph, start.node)
            or _normalised(program.graph, start.node)
            or (rms <= 1 and _looks_up(start.node))
        ):
            continue
        message = _judge(start, rms, options["max-gain"])
        if message:
            yield report(RULE, start.init.location, message, init_places(start.init))


def spread(init: Init) -> float | None:
    """Root mean square of the drawn values, where known."""
    if init.scheme in ("normal", "trunc_normal"):
        mean, std = option(init, "mean", 0.0), option(init, "std", 1.0)
        return math.hypot(mean, std) if mean is not None and std is not None else None
    if init.scheme == "uniform":
        low = option(init, "low", option(init, "a", 0.0))
        high = option(init, "high", option(init, "b", 1.0))
        if low is None or high is None:
            return None
        return math.sqrt((low * low + low * high + high * high) / 3)
    return None


def _judge(start: Start, rms: float, most: float) -> str:
    inputs = fan_in(start.module)
    how = f"a root mean square of {rms:.2g}"
    if inputs is None:
        if rms < LARGE or not _is_literal(start.init) or _follows_fan_out(start.module, rms):
            return ""
        if fan_out(start.module) == 1:
            return ""  # a vector times data is no layer of many, through which signals grow
        return _whatever(rms, start.module)
    wanted = math.sqrt(2 / max(inputs, 1))
    if rms / wanted < most or _follows_fan_out(start.module, rms):
        return ""
    return (
        f"Weights are drawn with {how}, {rms / wanted:.1f} times He's {wanted:.2g} at {inputs} inputs: signals and "
        f"gradients grow by that factor in every such layer. Use {idiom(start.module).any_scaled}."
    )


def _whatever(rms: float, module: Module) -> str:
    return (
        f"Weights are drawn with a root mean square of {rms:.2g} whatever the number of inputs, so signals grow with every "
        f"layer. Use {idiom(module).any_scaled}."
    )


def _ends_in_softmax(graph: Graph, node: Node) -> bool:
    """Whether the outputs are scores, of attention or of a code book: their scale is a temperature."""
    after = graph.downstream(node, lambda n: carries(n) or is_bias_addition(n) or n.op in SCORES_THROUGH)
    return any(
        (n.op is Op.ACTIVATION and "softmax" in n.name) or (n.op is Op.REDUCE and n.name.startswith("arg"))
        for n in after
    )


def _is_rescaled(graph: Graph, node: Node) -> bool:
    """Whether the output is divided by, or multiplied with, a number: the scale that the weights lack."""
    after = graph.downstream(node, lambda n: carries(n) or (n.op is Op.MUL and not _by_number(n)))
    return any(n.op in (Op.MUL, Op.DIV) and _by_number(n) for n in after)


def _by_number(node: Node) -> bool:
    return "other" in node.options or any(n.op is Op.CONSTANT for n in node.inputs)


def _is_literal(init: Init) -> bool:
    """Whether the spread stands at the call, or is the function's default: a computed one may follow the layer's sizes."""
    for name in ("std", "mean", "low", "high", "a", "b"):
        fact = init.options.get(name)
        place = fact.literal if fact is not None else None
        if place is not None and (place.path, place.line) != (init.location.path, init.location.line):
            return False
    return True


def _follows_fan_out(module: Module, rms: float) -> bool:
    """Whether the spread is He's by the outputs instead of the inputs (mode="fan_out"), which keeps gradients."""
    outputs = fan_out(module)
    return outputs is not None and math.isclose(rms, math.sqrt(2 / max(outputs, 1)), rel_tol=0.05)


def _normalised(graph: Graph, node: Node) -> bool:
    """Whether a norm forgets the scale of the layer's output."""
    return any(n.op is Op.NORM for n in graph.downstream(node, lambda n: carries(n) or is_bias_addition(n)))


def _looks_up(node: Node) -> bool:
    """Whether one-hot rows pick rows of the weights, as an embedding does (which starts at N(0, 1) in PyTorch): no sum over
    the inputs makes the signals grow."""
    if not node.inputs:
        return False
    rows = node.inputs[0]
    while carries(rows) and rows.inputs:
        rows = rows.inputs[0]
    if rows.op is Op.MATH and rows.name == "scatter":
        return [(n.op, n.name) for n in rows.inputs] == [(Op.CONSTANT, "zeros")]
    return rows.op is Op.ENCODE and rows.name == "one_hot"
