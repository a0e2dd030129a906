"""keras.Sequential: networks as a list of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op, Shape
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.models import LAYERS, MODEL_CLASS, ModelClass, layer_list, with_shape
from trainlint.frameworks.keras.tensor import KERAS, planned_input
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import UNSEEN_PART, Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class SequentialClass(ModelClass):
    """keras.Sequential: each layer takes what the one before returns.

    With an input shape, the layers are built as they are added, and the symbolic output is kept.
    """

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        super().allocate(run, instance)
        instance.attrs.setdefault(LAYERS, ListValue())

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        bound = args.bind("layers", "name")
        if "name" in bound and "name" not in args.keywords:
            run.write(instance.attrs, "name", bound["name"])
        given = bound.get("layers")
        if given is None or (isinstance(given, Const) and given.value is None):
            return
        items = given.iterate(run)
        for value in items.values if items.exact or items.fresh is None else [items.fresh()]:
            add_layer(run, instance, value)
        if not items.exact:
            instance.data.complete = False

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        value: Value = args.positional[0] if args.positional else Unknown("input")
        declared = instance.data.state.get("declared")
        if isinstance(value, Tensor) and declared is not None:
            value = Tensor(with_shape(run, value.node, declared), value.flavor)
        layers = layer_list(instance)
        for layer in layers.elements if layers is not None else ():
            value = apply_layer(run, instance, layer, value)
        return value

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "add":
            return Native("keras.Sequential.add", lambda r, args: _add(r, instance, args))
        if name == "pop":
            return Native("keras.Sequential.pop", lambda r, args: _pop(r, instance))
        return super().attribute(run, instance, name)

    def build(self, run: Interpreter, instance: Instance, shape: Shape | None) -> None:
        if shape is not None and instance.data.state.get("output") is None:
            start(run, instance, shape)


def _add(run: Interpreter, instance: Instance, args: Args) -> Value:
    layer = args.bind("layer").get("layer")
    if layer is not None:
        add_layer(run, instance, layer)
    return Const(None)


def _pop(run: Interpreter, instance: Instance) -> Value:
    layers = layer_list(instance)
    if layers is None or not layers.elements:
        return Const(None)
    rest, last = layers.elements[:-1], layers.elements[-1]
    state = instance.data.state
    run.write(layers.cells, "elements", rest)
    if state.get("declared") is not None:
        start(run, instance, state["declared"])
    return last


def add_layer(run: Interpreter, instance: Instance, layer: Value) -> None:
    """Append a layer; the input's shape may come with it (or as keras.Input in its place)."""
    layers = layer_list(instance)
    if layers is None:
        return
    if isinstance(layer, Tensor) and layer.node.planned and not layers.elements:
        start(run, instance, layer.node.shape)
        return
    if isinstance(layer, UnionValue):  # `None if no_input else Input(...)`
        layer = next((v for v in layer.alternatives if is_module(v)), layer)
    state = instance.data.state
    run.write(layers.cells, "elements", (*layers.elements, layer))
    if not is_module(layer):
        instance.data.complete = False
    declared = layer.data.state.get("input_shape") if is_module(layer) else None
    if len(layers.elements) == 1 and declared is not None:
        start(run, instance, declared)
    elif isinstance(state.get("output"), Tensor):
        run.write(state, "output", apply_layer(run, instance, layer, state["output"]))


def start(run: Interpreter, instance: Instance, shape: Shape | None) -> None:
    """The shape of the input is known: build the layers there are by one symbolic pass."""
    state = instance.data.state
    value: Value = planned_input(run, shape)
    run.write(state, "declared", shape)
    run.write(state, "input", value)
    run.write(state, "built", True)
    layers = layer_list(instance)
    for layer in layers.elements if layers is not None else ():
        value = apply_layer(run, instance, layer, value)
    run.write(state, "output", value)


def apply_layer(run: Interpreter, instance: Instance, layer: Value, value: Value) -> Value:
    """The next layer's result; one that is not known does something to the signal."""
    if type(layer) is Unknown:
        run.write(instance.data.state, UNSEEN_PART, True)
        node = run.node(Op.UNKNOWN, "layer", (run.as_node(value),), module=instance.data)
        return Tensor(node, KERAS)
    return run.call(layer, Args([value]))


SEQUENTIAL = SequentialClass("keras.models.Sequential", (MODEL_CLASS,))
LIBRARY.add(SEQUENTIAL)
