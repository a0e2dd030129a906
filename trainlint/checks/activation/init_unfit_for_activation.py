"""TL604: an explicitly chosen initialisation does not fit the activation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from trainlint.checks.api import Options, check, report
from trainlint.facts.flow import RELU_FAMILY, forward_passes, is_plain
from trainlint.facts.graph import Init, Module, Node
from trainlint.facts.idioms import idiom
from trainlint.facts.initialisation import Start, activation_of, by_location, init_places, option, starts
from trainlint.facts.learning_rate import modules_of
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Option, Rule

RULE = Rule(
    "TL604",
    "init-unfit-for-activation",
    Level.WARNING,
    section="Activation and initialisation",
    fix=Applicability.SAFE,
    probe="signal-propagation",
    options={
        "min-depth": Option(
            4,
            "weighted layers with that initialisation and activation, where SGD trains the network",
            "measured: from four layers the gap is a tenth of the chance loss under SGD",
        ),
        "min-depth-adaptive": Option(
            8,
            "the same under Adam, RMSprop and their kin",
            "measured: 0.10 against 0.08 at four layers, 0.04 against 0.01 at eight",
        ),
        "min-depth-unseen": Option(
            5,
            "the same where the optimizer was not seen",
            "between the two: DQN's four layers train under RMSprop",
        ),
        "min-depth-glorot": Option(
            12,
            "the same for Glorot's scheme before ReLU where it is the library's default too (Keras)",
            "measured: each such layer passes 0.71 of the gradient, where a default one of torch passes 0.41",
        ),
    },
)
TOLERANCE = 1.3
"""Factor between gains that still passes: tanh's 5/3 and ReLU's sqrt(2) differ by 1.18 and train alike (measured)."""
SQUASHING = frozenset({"tanh", "sigmoid", "hardsigmoid", "hardtanh", "softsign"})
WANTED = {"tanh": 5 / 3, "sigmoid": 1.0, "hardsigmoid": 1.0, "hardtanh": 1.0, "softsign": 1.0, "selu": 0.75}
"""Gains of torch.nn.init.calculate_gain; Glorot & Bengio 2010 for sigmoid."""


@check(RULE)
def init_unfit_for_activation(module: Module, program: Program, options: Options) -> Iterator[Finding]:
    """Layers of a plain network whose scheme was made for another activation than the one that follows."""
    if module.escaped or module.pretrained is not False:
        return
    for nodes in forward_passes(program, module)[:1]:
        if not is_plain(nodes):
            return
        found: list[tuple[Start, Node, str]] = []
        for start in starts(nodes, "weight"):
            activation = activation_of(program.graph, start.node)
            why = misfit(start.init, activation) if activation is not None else ""
            if activation is not None and why:
                found.append((start, activation, why))
        count = _depth(nodes, {id(start.node) for start, _, _ in found})
        least = options["min-depth" + _trained_by(module, program)]
        if count < least or (count < options["min-depth-glorot"] and _spelled_out(found)):
            return
        for location, group in by_location([start for start, _, _ in found]).items():
            start, activation, why = next(entry for entry in found if entry[0] is group[0])
            message = _message(start, activation, why, count)
            yield report(RULE, location, message, init_places(start.init))


def _depth(nodes: Sequence[Node], counted: set[int]) -> int:
    """How many of the counted layers data passes at most, one after the other: towers side by side do not add up."""
    depth: dict[int, int] = {}
    for node in nodes:
        before = max((depth.get(id(source), 0) for source in node.inputs), default=0)
        depth[id(node)] = before + (id(node) in counted)
    return max(depth.values(), default=0)


def _trained_by(module: Module, program: Program) -> str:
    """The kind of optimizer, as the options' names end."""
    families = {
        optimizer.family
        for optimizer in program.optimizers
        if any(held.root is module.root for held in modules_of(optimizer))
    }
    if not families:
        return "-unseen"
    return "" if "sgd" in families else "-adaptive"


def _spelled_out(found: list[tuple[Start, Node, str]]) -> bool:
    """Whether all of it is the library's default scheme, written out: no choice that somebody made against it."""
    return all(
        start.init.scheme == "xavier" and idiom(start.module).glorot_by_default for start, _, _ in found
    )


def misfit(init: Init, activation: Node) -> str:
    """Why a scheme does not fit an activation; "" if it does, or cannot be judged."""
    name = activation.name
    gain = gain_of(init)
    if gain is None:
        return ""
    if init.scheme == "he" and name in SQUASHING and _chosen_for_relu(init):
        return "was derived for ReLU"
    wanted = _wanted(activation)
    if wanted is None or max(gain / wanted, wanted / gain) <= TOLERANCE:
        return ""
    if name == "tanh" and init.scheme == "xavier" and 1 <= gain <= wanted:
        return ""  # Glorot & Bengio derived the scheme for tanh, with a gain of 1
    return f"has a gain of {gain:.2g} where {name} needs {wanted:.2g}"


def gain_of(init: Init) -> float | None:
    """The gain that a scheme works with; None where it is not known or the scheme has none."""
    if init.scheme in ("xavier", "lecun"):
        return option(init, "gain", 1.0)
    if init.scheme != "he":
        return None
    chosen = init.options.get("nonlinearity")
    kind = chosen.value if chosen is not None else "leaky_relu"
    slope = option(init, "a", 0.0)
    if kind == "relu":
        return math.sqrt(2)
    if kind == "leaky_relu":
        return math.sqrt(2 / (1 + slope**2)) if slope is not None else None
    return {"tanh": 5 / 3, "selu": 0.75}.get(str(kind), 1.0) if isinstance(kind, str) else None


def _chosen_for_relu(init: Init) -> bool:
    chosen = init.options.get("nonlinearity")
    return chosen is None or chosen.value in ("relu", "leaky_relu")


def _wanted(activation: Node) -> float | None:
    if activation.name == "selu":
        return None  # LeCun's initialisation; its own case
    if activation.name in RELU_FAMILY:
        slope = activation.options.get("negative_slope")
        value = slope.value if slope is not None and isinstance(slope.value, int | float) else 0.0
        return math.sqrt(2 / (1 + value**2))
    return WANTED.get(activation.name)


def _message(start: Start, activation: Node, why: str, count: int) -> str:
    scheme = {"he": "He", "xavier": "Xavier", "lecun": "LeCun"}[start.init.scheme]
    words = idiom(start.module)
    if activation.name in SQUASHING:
        remedy = words.xavier_with_gain.format(activation.name)
    else:
        remedy = words.he.format(activation.name if activation.name in ("relu", "leaky_relu") else "relu")
    return (
        f"{scheme} initialisation {why}, in {count} layers of a network without normalisation: "
        f"signals change in scale from layer to layer. Use {remedy}."
    )
