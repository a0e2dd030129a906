"""From a data-flow graph to a network that can be built: sizes filled in, and large ones scaled down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trainlint.facts.graph import WEIGHTED, Node, Op
from trainlint.facts.idioms import KERAS, idiom
from trainlint.model import Location
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild import arithmetic, elementwise, layers, layout, parts, sequences
from trainlint.probe.rebuild.builder import Builder, Plan, Value
from trainlint.probe.rebuild.reading import describe
from trainlint.probe.rebuild.shapes import Shape, ShapeError
from trainlint.probe.spec import NetworkSpec

RESOLUTIONS = (32, 28, 64, 224, 96, 128, 48, 256, 299, 16, 150, 160, 192, 200, 100, 180, 112, 227, 384, 512)
"""Sizes of images that are tried, the usual ones first, until the layers behind a flatten fit: CIFAR, MNIST, Tiny
ImageNet, ImageNet, and what tutorials of the libraries resize to."""
MOST_MACS = 500_000
"""Multiplications of one sample's forward pass that a probe can afford: 2 variants x 5 seeds x 100 steps x 32 samples take
some 10 s of one core at 5e9 a second, the backward pass counted."""
TOLERANCE = 8
"""Times the budget that a network may take which cannot be made smaller."""
LEAST_PIXELS, LEAST_STEPS, LEAST_WIDTH = 8, 8, 16

Converter = Callable[[Builder, Node], Value]


def _passed_on(builder: Builder, node: Node) -> Value:
    return builder.value(node.inputs[0])


def _joined(builder: Builder, node: Node) -> Value:
    """One of several alternatives: the last, which is the one without the special case."""
    known = [n for n in node.inputs if builder.has(n)]
    if not known:
        raise Unbuildable("alternatives none of which was seen")
    if len({builder.value(n).id for n in known}) > 1:
        builder.note("a condition that is not known chooses between ways through the network: one is taken")
    return builder.value(known[-1])


def _refused(builder: Builder, node: Node) -> Value:
    if node.op is Op.BACKBONE:
        raise Unbuildable(f"{describe(node)} is a whole network of a library")
    raise Unbuildable(f"{describe(node)} is not followed")


CONVERTERS: dict[Op, Converter] = {
    Op.AFFINE: layers.affine, Op.RECURRENT: sequences.recurrent, Op.ATTENTION: sequences.attention,
    Op.TRANSFORMER: sequences.transformer, Op.EMBEDDING: sequences.embedding, Op.ACTIVATION: elementwise.activation,
    Op.NORM: elementwise.norm, Op.DROPOUT: elementwise.dropout, Op.POOL: elementwise.pool,
    Op.UPSAMPLE: elementwise.upsample, Op.RESHAPE: layout.reshape, Op.CAST: _passed_on, Op.AUGMENT: _passed_on,
    Op.ADD: arithmetic.arithmetic, Op.SUB: arithmetic.arithmetic, Op.MUL: arithmetic.arithmetic,
    Op.DIV: arithmetic.arithmetic, Op.POWER: arithmetic.mathematics, Op.MATH: arithmetic.mathematics,
    Op.MATMUL: arithmetic.matmul, Op.CONCAT: parts.concat, Op.INDEX: parts.index, Op.REDUCE: parts.reduce,
    Op.JOIN: _joined,
}  # fmt: skip
TOLERATED = frozenset({Op.JOIN})
"""Here a way that cannot be rebuilt may be left out."""


@dataclass(frozen=True)
class Made:
    """A rebuilt network. output: shape of its result without the batch; merged: samples and positions were one dimension of
    the program's tensor. other: at another size of the input, where that was guessed."""

    network: NetworkSpec
    output: Shape
    merged: bool
    other: Made | None = None


def rebuild_network(
    nodes: Sequence[Node],
    prediction: Node,
    place: Location | None = None,
    macs: float = MOST_MACS,
    narrowest: int = 32,
    classes: int = 1,
    stand_in: Node | None = None,
    unknown_inputs: Mapping[int, str] | None = None,
) -> Made:
    """The network behind a prediction.

    nodes: everything learned in it, inputs first. place: of the finding. macs: multiplications a sample that may be spent;
    narrowest: hidden widths are not scaled below it (0: not at all). classes: units of an output layer that says nothing.
    stand_in, unknown_inputs: as in Plan.

    Raises:
        Unbuildable: an operation or a size is not known, or it is too large.
    """
    work = _Work(nodes, prediction, place)
    plan = Plan(
        outputs=frozenset(_output_layers(prediction)),
        keras=_is_keras(nodes),
        classes=classes,
        unknown_inputs=unknown_inputs or {},
    )
    if stand_in is not None:
        plan = replace(plan, stand_in=id(stand_in))
    builder = work.first_fit(plan)
    made = work.made(_affordable(work, builder, macs, narrowest))
    if builder.guessed and len(made.network.inputs) == 1:
        made = replace(made, other=_second(work, made, plan, macs, narrowest))
    return made


def _affordable(work: _Work, builder: Builder, macs: float, narrowest: int) -> Builder:
    if builder.cost <= macs:
        return builder
    return work.scaled(replace(builder.plan, narrowest=narrowest or 32), macs, bool(narrowest))


def _second(work: _Work, made: Made, plan: Plan, macs: float, narrowest: int) -> Made | None:
    """At a larger guess of the input; None where only one fits."""
    for resolution, steps in ((48, 24), (64, 32)):
        try:
            builder = work.build(replace(plan, resolution=resolution, steps=steps))
            other = work.made(_affordable(work, builder, macs, narrowest))
        except (ShapeError, Unbuildable):
            continue
        if other.network.inputs != made.network.inputs:
            return other
    return None


class _Work:
    """One network's nodes, to be built at several sizes."""

    def __init__(self, nodes: Sequence[Node], prediction: Node, place: Location | None) -> None:
        self.nodes, self.prediction, self.place = nodes, prediction, place

    def build(self, plan: Plan) -> Builder:
        """Layers for all nodes; raises Unbuildable, ShapeError."""
        return build(self.nodes, self.prediction, self.place, plan)

    def first_fit(self, base: Plan) -> Builder:
        """At the first usual size of images with which all layers fit."""
        problem = ""
        images = any(n.op is Op.AFFINE and n.name in ("conv", "conv_transpose") for n in self.nodes)
        for resolution in RESOLUTIONS if images else RESOLUTIONS[:1]:
            try:
                return self.build(replace(base, resolution=resolution))
            except ShapeError as error:
                problem = problem or str(error)
        raise Unbuildable(f"sizes do not fit: {problem}")

    def scaled(self, plan: Plan, macs: float, widths: bool) -> Builder:
        """With smaller inputs, then narrower layers, until it is affordable.

        Raises:
            Unbuildable: it is not, however small.
        """
        best: Builder | None = None
        for smaller in _smaller(plan, widths):
            try:
                builder = self.build(smaller)
            except (ShapeError, Unbuildable):
                continue
            if best is None or builder.cost < best.cost:
                best = builder
            if best.cost <= macs:
                break
        if best is None:
            best = self.build(plan)
        if best.cost > TOLERANCE * macs:
            millions = best.cost / 1e6
            raise Unbuildable(
                f"too large to be trained in seconds ({millions:.0f} million multiplications a sample)"
            )
        _note_scale(best)
        return best

    def made(self, builder: Builder) -> Made:
        """The network of a builder; raises Unbuildable."""
        result = builder.values[id(self.prediction)]
        spec = NetworkSpec(
            tuple(builder.inputs),
            tuple(builder.layers),
            (result.id,),
            "keras" if builder.plan.keras else "torch",
            _name(self.nodes),
            builder.plan.divisor,
            tuple(builder.notes),
        )
        spec = without_unused(spec)
        try:
            spec.check()
        except ValueError as error:
            raise Unbuildable(str(error)) from None
        return Made(spec, result.shape, len(result.axes) < len(result.shape) + 1)


def _note_scale(builder: Builder) -> None:
    plan = builder.plan
    images = [i.shape for i in builder.inputs if len(i.shape) > 2]
    if plan.most_pixels is not None and images:
        builder.note(f"images cut to {'x'.join(map(str, images[0][1:]))}")
    if plan.most_steps is not None and any(len(i.shape) == 2 or i.tokens for i in builder.inputs):
        builder.note(f"sequences cut to {plan.most_steps} steps at most")
    if plan.divisor > 1:
        builder.note(f"widths divided by {plan.divisor:g}, none below {plan.narrowest}")


def _smaller(plan: Plan, widths: bool) -> Iterator[Plan]:
    """Plans from mild to hard."""
    loose = replace(plan, strict=False)
    for pixels, steps in ((96, 64), (64, 32), (48, 32), (32, 16), (24, 16), (16, 8)):
        yield replace(loose, most_pixels=pixels, most_steps=steps)
    if not widths:
        return
    for divisor in (2.0, 4.0, 8.0, 16.0):
        for pixels, steps in ((32, 16), (16, 8)):
            yield replace(loose, most_pixels=pixels, most_steps=steps, divisor=divisor)
    least = min(loose.narrowest, LEAST_WIDTH)
    for pixels in (16, LEAST_PIXELS):
        yield replace(loose, most_pixels=pixels, most_steps=LEAST_STEPS, divisor=16.0, narrowest=least)


def build(nodes: Sequence[Node], prediction: Node, place: Location | None, plan: Plan) -> Builder:
    """Layers for all nodes.

    Raises:
        Unbuildable, ShapeError
    """
    builder = Builder(plan, place)
    skipped: dict[int, Unbuildable] = {}
    optional = _optional(nodes)
    for node in nodes:
        if node.op is Op.PARAMETER or _of_parameter(node):
            continue  # built where it is used
        if id(node) == plan.stand_in:
            builder.values[id(node)] = builder.usual(node)
            continue
        try:
            builder.values[id(node)] = CONVERTERS.get(node.op, _refused)(builder, node)
        except Unbuildable as error:
            cause = next((skipped[id(i)] for i in node.inputs if id(i) in skipped), error)
            if id(node) not in optional:
                raise cause from None
            skipped[id(node)] = cause
    if id(prediction) not in builder.values:
        raise skipped.get(id(prediction), Unbuildable("the network computes nothing that was seen"))
    return builder


def _of_parameter(node: Node) -> bool:
    """A learned tensor in another layout or type (`weight.t()`)."""
    return node.op in (Op.CAST, Op.RESHAPE) and bool(node.inputs) and node.inputs[0].op is Op.PARAMETER


def _optional(nodes: Sequence[Node]) -> set[int]:
    """Identities of what only alternatives need."""
    consumers: dict[int, list[Node]] = {}
    for node in nodes:
        for source in node.inputs:
            consumers.setdefault(id(source), []).append(node)
    found: set[int] = set()
    for node in reversed(nodes):
        after = consumers.get(id(node), [])
        if after and all(a.op in TOLERATED or id(a) in found for a in after):
            found.add(id(node))
    return found


def _output_layers(prediction: Node) -> Iterator[int]:
    """The layers whose width is that of the result."""
    stack, seen = [prediction], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.op in WEIGHTED:
            yield id(node)
        else:
            stack.extend(node.inputs)


def _is_keras(nodes: Sequence[Node]) -> bool:
    return any(n.module is not None and idiom(n.module) is KERAS for n in nodes)


def _name(nodes: Sequence[Node]) -> str:
    roots = [n.module.root for n in nodes if n.module is not None]
    return roots[-1].qualname.rsplit(".", 1)[-1] if roots else ""


def without_unused(spec: NetworkSpec) -> NetworkSpec:
    """The same without layers and inputs that no output needs."""
    needed = set(spec.outputs)
    for layer in reversed(spec.layers):
        if layer.id in needed:
            needed |= {*layer.inputs, *([layer.shares] if layer.shares else [])}
    kept = tuple(layer for layer in spec.layers if layer.id in needed)
    inputs = tuple(i for i in spec.inputs if i.id in needed)
    return replace(spec, layers=kept, inputs=inputs)
