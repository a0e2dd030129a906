"""The network that is being rebuilt: values by node, and the layers so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from trainlint.facts.flow import describe_layer
from trainlint.facts.graph import Node, Parameter
from trainlint.model import Location
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild.initial import inits_of
from trainlint.probe.rebuild.reading import describe, unseen_within
from trainlint.probe.rebuild.shapes import Shape, ShapeError, cost, infer
from trainlint.probe.spec import InitSpec, InputSpec, LayerSpec

DEFAULT_STEPS = 16
"""Length of sequences where it is not known."""
USUAL_WIDTH = 64
USUAL_FEATURES = 16
"""Units of a hidden layer, and inputs of a first dense layer, where the program does not tell."""
MOST_TOKENS = 1000
"""Vocabularies are cut to this: rows that no sample uses only cost time."""


@dataclass(frozen=True)
class Value:
    """A tensor of the program in the network that is being built.

    shape: as rebuilt, without the batch. axes: for each dimension of the program's tensor (batch included) the dimension that
    holds it here; the program's own layout may be channels last, time first, or have the batch merged with others.
    """

    id: str
    shape: Shape
    axes: tuple[int, ...]

    @property
    def plain(self) -> bool:
        """Whether the program's layout is the one here."""
        return self.axes == tuple(range(len(self.shape) + 1))

    def axis(self, dim: int) -> int:
        """Where a dimension of the program stands here (batch counted).

        Raises:
            Unbuildable: there is no such dimension.
        """
        if not -len(self.axes) <= dim < len(self.axes):
            raise Unbuildable(f"dimension {dim} of a tensor of {len(self.axes)} dimensions")
        return self.axes[dim]


@dataclass(frozen=True)
class Plan:
    """How a network is to be built.

    resolution: width and height of images whose size is not known; steps: length of sequences. divisor, narrowest: hidden widths above `narrowest` are
    divided. most_steps: longer sequences, and larger images than `most_pixels` a side, are cut. strict: sizes that the
    program states must agree with those that follow from the input. outputs: identities of the output layers' nodes;
    classes: units of those where they are not known. stand_in: identity of a node that a usual network computes.
    unknown_inputs: descriptions of what goes into forward passes (by identity) that nothing is known of.
    """

    resolution: int = 32
    steps: int = DEFAULT_STEPS
    divisor: float = 1.0
    narrowest: int = 32
    most_steps: int | None = None
    most_pixels: int | None = None
    strict: bool = True
    outputs: frozenset[int] = frozenset()
    keras: bool = False
    classes: int = 1
    stand_in: int | None = None
    unknown_inputs: Mapping[int, str] = field(default_factory=dict)


@dataclass
class Builder:
    """Layers are added in the order of the data. place: where the finding stands, for the flag."""

    plan: Plan
    place: Location | None = None
    values: dict[int, Value] = field(default_factory=dict)
    inputs: list[InputSpec] = field(default_factory=list)
    layers: list[LayerSpec] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shared: dict[int, str] = field(default_factory=dict)
    cost: int = 0
    guessed: bool = False  # whether a size of the input is not the program's

    def note(self, text: str) -> None:
        """Something that was assumed, once."""
        if text not in self.notes:
            self.notes.append(text)

    # -- values

    def value(self, node: Node) -> Value:
        """What was built for a node.

        Raises:
            Unbuildable: nothing was.
        """
        found = self.values.get(id(node))
        if found is None:
            raise Unbuildable(f"{describe(node)} takes part in the network in a way that is not rebuilt")
        return found

    def has(self, node: Node) -> bool:
        """Whether a node is a part of the network, and not its input."""
        return id(node) in self.values

    def given(
        self,
        node: Node,
        wanted: Shape,
        fixed: int | None = None,
        axes: tuple[int, ...] | None = None,
        tokens: int = 0,
    ) -> Value:
        """The value of a node; where data comes in here, an input is made.

        wanted: the shape that its first layer takes, used where the program does not tell; fixed: the position of the size that
        this layer prescribes; axes: the program's layout.

        Raises:
            Unbuildable: it is no data, but the result of something in the network that is not followed.
        """
        if id(node) in self.values:
            return self.values[id(node)]
        hidden = unseen_within(node, self.plan.unknown_inputs)
        if hidden is not None:
            raise Unbuildable(f"{describe(hidden)} in the network is not followed")
        name = f"input{len(self.inputs)}" if self.inputs else "input"
        layout = axes or tuple(range(len(wanted) + 1))
        sizes = list(wanted)
        told = (
            node.shape if node.shape is not None and len(node.shape) == len(layout) else (None,) * len(layout)
        )
        for place, size in zip(layout, told, strict=True):
            if place == 0 or place - 1 == fixed:
                continue
            if size is None:
                self.guessed = True
            else:
                sizes[place - 1] = size
            sizes[place - 1] = self._cut(sizes[place - 1], len(sizes))
        if fixed is not None and told[0] is None and len(sizes) > 1 and None in told[1:]:
            self.note(f"input {'x'.join(map(str, sizes))} assumed")
        self.inputs.append(InputSpec(name, tuple(sizes), tokens))
        value = Value(name, tuple(sizes), layout)
        self.values[id(node)] = value
        return value

    def _cut(self, size: int, rank: int) -> int:
        most = self.plan.most_pixels if rank >= 3 else self.plan.most_steps
        return most if most is not None and size > most else size

    # -- layers

    def emit(
        self,
        node: Node | None,
        op: str,
        inputs: Iterable[Value],
        options: dict[str, Any] | None = None,
        axes: tuple[int, ...] | None = None,
        **more: Any,
    ) -> Value:
        """Add a layer and return its value. axes: the layout of the result; that of the first input unless the rank changes.

        Raises:
            Unbuildable: the shapes do not fit.
        """
        values = list(inputs)
        options = {k: v for k, v in (options or {}).items() if v is not None}
        before = [v.shape for v in values]
        shape = infer(op, options, before)
        name = f"{len(self.layers)}:{op}"
        layer = LayerSpec(name, op, tuple(v.id for v in values), options, **more)
        if node is not None:
            layer = self._described(layer, node)
        self.layers.append(layer)
        self.cost += cost(op, options, before, shape)
        if axes is None:
            same = bool(values) and len(shape) == len(values[0].shape)
            axes = values[0].axes if same else tuple(range(len(shape) + 1))
        return Value(name, shape, axes)

    def weighted(
        self,
        node: Node,
        op: str,
        inputs: Iterable[Value],
        options: dict[str, Any],
        axes: tuple[int, ...] | None = None,
    ) -> Value:
        """As `emit`, for the layer of a node: with its initialisation, shared where the same layer was applied before."""
        module = node.module
        key = id(module) if module is not None else 0
        if module is not None and key in self.shared:
            return self.emit(node, op, inputs, options, axes, shares=self.shared[key])
        inits: dict[str, InitSpec] = inits_of(module, self.note) if module is not None else {}
        value = self.emit(node, op, inputs, options, axes, inits=inits)
        if module is not None:
            self.shared[key] = value.id
        return value

    def parameter(self, node: Node, parameter: Parameter | None, shape: Shape) -> Value:
        """A learned tensor by itself."""
        if id(node) in self.values:
            return self.values[id(node)]
        key = id(parameter) if parameter is not None else id(node)
        more: dict[str, Any] = {"shares": self.shared[key]} if key in self.shared else {}
        if not more and parameter is not None and parameter.module is not None:
            found = inits_of(parameter.module, self.note)
            more = {"inits": {"weight": found[parameter.name]} if parameter.name in found else {}}
        value = self.emit(node, "parameter", (), {"shape": shape}, tuple(range(len(shape) + 1)), **more)
        self.shared.setdefault(key, value.id)
        self.values[id(node)] = value
        return value

    def _described(self, layer: LayerSpec, node: Node) -> LayerSpec:
        module = node.module
        label = describe_layer(node) if layer.weighted and module is not None else layer.op
        places = {node.location, *((module.location,) if module is not None else ())}
        if module is not None and layer.weighted:
            places |= {i.location for p in module.parameters.values() for i in p.inits}
        flagged = self.place is not None and self.place in places
        return replace(layer, label=label, path=node.location.path, line=node.location.line, flagged=flagged)

    def usual(self, node: Node) -> Value:
        """A usual network in the place of one that was not seen."""
        told = node.shape[-1] if node.shape is not None and len(node.shape) == 2 else None
        out = told or self.plan.classes
        self.note(f"the network was not seen: one of two hidden layers and {out} outputs stands in")
        self.inputs.append(InputSpec("input", (USUAL_FEATURES,)))
        value = Value("input", (USUAL_FEATURES,), (0, 1))
        for units in (USUAL_WIDTH, USUAL_WIDTH, out):
            if value.id != "input":
                value = self.emit(None, "relu", (value,), label="relu")
            options = {"in_features": value.shape[-1], "out_features": units}
            value = self.emit(None, "linear", (value,), options, label=f"Linear {value.shape[-1]} -> {units}")
        return value

    # -- layout

    def canonical(self, value: Value) -> Value:
        """The value in the program's own layout, batch first.

        Raises:
            Unbuildable: the program's layout has the batch elsewhere.
        """
        if value.plain:
            return value
        if sorted(value.axes) != list(range(len(value.shape) + 1)) or value.axes[0] != 0:
            raise Unbuildable("a change of layout in which the batch is not the first dimension")
        made = self.emit(None, "permute", (value,), {"dims": value.axes})
        return replace(made, axes=tuple(range(len(made.shape) + 1)))

    def at_front(self, value: Value, dim: int) -> Value:
        """The value with a dimension of the program behind the batch, where torch wants channels."""
        place = value.axis(dim)
        if place == 1 or len(value.shape) == 1:
            return value
        if place == 0:
            raise Unbuildable("an operation over the batch")
        order = (0, place, *(i for i in range(1, len(value.shape) + 1) if i != place))
        axes = tuple(order.index(a) for a in value.axes)
        return self.emit(None, "permute", (value,), {"dims": order}, axes)

    def at_end(self, value: Value, dim: int = -1) -> Value:
        """The value with a dimension of the program last, where torch wants features."""
        place, last = value.axis(dim), len(value.shape)
        if place == last:
            return value
        if place == 0:
            raise Unbuildable("an operation over the batch")
        order = (*(i for i in range(last + 1) if i != place), place)
        axes = tuple(order.index(a) for a in value.axes)
        return self.emit(None, "permute", (value,), {"dims": order}, axes)

    # -- sizes

    def width(self, size: int | None, node: Node) -> int:
        """The number of units of a layer as built; a usual one where it is not known."""
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            size = self.plan.classes if id(node) in self.plan.outputs else USUAL_WIDTH
            self.note(f"{size} units of {describe(node)} assumed")
        if self.plan.divisor <= 1 or size <= self.plan.narrowest or id(node) in self.plan.outputs:
            return size
        return max(self.plan.narrowest, round(size / self.plan.divisor / 8) * 8)

    def agree(self, stated: Any, actual: int, node: Node) -> int:
        """The size that goes into a layer, which must be the one that the program states.

        Raises:
            ShapeError: it is not.
        """
        if self.plan.strict and isinstance(stated, int) and stated != actual:
            raise ShapeError(f"{actual} features reach {describe(node)}, which takes {stated}")
        return actual
