"""keras.Model and keras.Sequential: networks by subclass, by list, and by symbolic tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Module, Node, Op, Shape
from trainlint.frameworks.keras.layer import LAYER_CLASS, KerasClass, ensure_built, given_shape, shape_of
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.methods import (
    LAYER_METHODS,
    LAYER_PROPERTIES,
    MODEL_METHODS,
    MODEL_PROPERTIES,
    Method,
    Property,
)
from trainlint.frameworks.keras.plans import Plan, Replay, tensors_nodes
from trainlint.frameworks.keras.tensor import KERAS, planned_input
from trainlint.frameworks.torch.tree import inner_values, is_module
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Native, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LAYERS = "<layers>"
"""The attribute that holds the layers of a Sequential or functional network, as a list."""


def layer_list(instance: Instance) -> ListValue | None:
    """The layers of a Sequential or functional network; None for one that is written as a class."""
    found = instance.attrs.get(LAYERS)
    return found if isinstance(found, ListValue) else None


def call_model(run: Interpreter, model: Instance, tensor: Value, training: bool | None = None) -> Value:
    """One forward pass over `tensor` (a Tensor, or a list, tuple or dictionary of them) as fit() or predict() makes it.

    training: whether batch norm and dropout work as in training; None: as the code around it says.
    """
    for cls in model.library_classes():
        if isinstance(cls, KerasClass):
            return cls.called(run, model, Args([tensor]), training)
    return Unknown("a call of something that is no Keras model")


def plan_of(instance: Instance) -> Plan | None:
    """The plan of a functional network."""
    found = instance.data.state.get("plan") if isinstance(instance.data, Module) else None
    return found if isinstance(found, Plan) else None


class ModelClass(KerasClass):
    """keras.Model: a base for networks written as classes, and Model(inputs, outputs)."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        super().allocate(run, instance)
        instance.data.state["whole_model"] = True  # what it returns is an output wherever it is used

    def methods(self) -> dict[str, Method]:
        return {**LAYER_METHODS, **MODEL_METHODS}

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        bound = args.bind("inputs", "outputs")
        inputs = bound.get("inputs") or args.keywords.get("input")
        outputs = bound.get("outputs") or args.keywords.get("output")
        if inputs is not None and outputs is not None:
            make_functional(run, instance, inputs, outputs)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        found = MODEL_PROPERTIES.get(name)
        if found is not None and isinstance(instance.data, Module):
            value = found(run, instance)
            if value is not None:
                return value
        return super().attribute(run, instance, name)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        plan = plan_of(instance)
        if plan is None:
            return super().transfer(run, instance, args)
        given = [
            with_shape(run, node, planned.shape)
            for node, planned in zip(
                _matched(run, plan, args.positional[:1] or list(args.keywords.values())[:1]),
                plan.inputs,
                strict=True,
            )
        ]
        return Replay(run, plan, given).result()


def make_functional(run: Interpreter, instance: Instance, inputs: Value, outputs: Value) -> None:
    """Model(inputs, outputs): keep the plan, and the layers in it as a list."""
    ends, names = _ends(inputs)
    if not ends or not tensors_nodes(outputs):
        instance.data.complete = False
        return
    plan = Plan(tuple(ends), tuple(names), outputs)
    run.write(instance.data.state, "plan", plan)
    run.write(instance.data.state, "built", True)
    run.write(instance.data.state, "input", inputs)
    run.write(instance.data.state, "output", outputs)
    layers = [m.state.get("instance") for m in plan.modules()]
    run.write(instance.attrs, LAYERS, ListValue([i for i in layers if isinstance(i, Instance)]))


def _ends(inputs: Value) -> tuple[list[Node], list[str]]:
    """The input nodes of a functional network and their names."""
    values = inner_values(inputs) if not isinstance(inputs, Tensor) else [inputs]
    nodes = [v.node for v in values if isinstance(v, Tensor)]
    names = list(inputs.strings()) if isinstance(inputs, DictValue) else [_input_name(n) for n in nodes]
    return nodes, names


def _input_name(node: Node) -> str:
    fact: Fact[str] | None = node.options.get("name")
    return fact.value if fact is not None and isinstance(fact.value, str) else ""


def _matched(run: Interpreter, plan: Plan, given: list[Value]) -> list[Node]:
    """One node for each input of the plan, by name for a dictionary, else by order."""
    value = given[0] if given else Unknown("a network's input")
    if isinstance(value, DictValue):
        entries = value.strings()
        found = [entries.get(name, Unknown(f"input {name}")) for name in plan.names]
    elif isinstance(value, TupleValue | ListValue) and len(value.elements) == len(plan.inputs):
        found = list(value.elements)
    elif len(plan.inputs) == 1:
        found = [value]
    elif isinstance(value, Tensor):  # a batch that holds several inputs
        found = [value] * len(plan.inputs)
    else:
        found = [Unknown("a network's input")] * len(plan.inputs)
    return [run.as_node(v) for v in found]


def with_shape(run: Interpreter, node: Node, shape: Shape | None) -> Node:
    """The same values, with the shape that the network declares where the data does not show one."""
    if node.shape is not None or shape is None:
        return node
    return run.node(
        Op.CAST, "input", (node,), {}, shape, attached=node.attached, low=node.low, high=node.high
    )


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
        node = run.node(Op.UNKNOWN, "layer", (run.as_node(value),), module=instance.data)
        return Tensor(node, KERAS)
    return run.call(layer, Args([value]))


def _layers(run: Interpreter, instance: Instance) -> Value | None:
    from trainlint.frameworks.torch.tree import children

    kept = layer_list(instance)
    if kept is not None:
        return kept
    return ListValue(list(children(instance).values()), open=not instance.data.complete)


MODEL_PROPERTIES["layers"] = _layers


def _get_layer(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`model.get_layer("conv1")`, `model.get_layer(index=3)`"""
    from trainlint.frameworks.torch.tree import children

    bound = args.bind("name", "index")
    name, index = bound.get("name"), bound.get("index")
    if isinstance(name, Const) and isinstance(name.value, str):
        for child in children(instance).values():
            given = child.attrs.get("name")
            if isinstance(given, Const) and given.value == name.value:
                return child
    if isinstance(index, Const) and isinstance(index.value, int):
        layers = _layers(run, instance)
        if layers is not None:
            return layers.get_item(run, index)
    return Unknown("get_layer()")


MODEL_METHODS["get_layer"] = _get_layer
MODEL_CLASS = ModelClass("keras.models.Model", (LAYER_CLASS,))
SEQUENTIAL = SequentialClass("keras.models.Sequential", (MODEL_CLASS,))
for _cls in (MODEL_CLASS, SEQUENTIAL):
    LIBRARY.add(_cls)
LIBRARY.add(MODEL_CLASS, "keras.models.Functional")


@LIBRARY.function("keras.layers.Input")
def keras_input(run: Interpreter, args: Args) -> Value:
    """`keras.Input(shape=(784,))`: a symbolic tensor."""
    bound = args.bind("shape", "batch_size", "dtype", "sparse", "batch_shape", "name", "tensor")
    whole = bound.get("batch_shape") or args.keywords.get("batch_input_shape")
    if whole is not None:
        shape = shape_of(run, whole)
    else:
        inner = shape_of(run, bound["shape"]) if "shape" in bound else given_shape(run, args)
        size = bound.get("batch_size")
        batch = size.value if isinstance(size, Const) and isinstance(size.value, int) else None
        shape = None if inner is None else (batch, *inner)
    made = planned_input(run, shape)
    layer = Instance(INPUT_LAYER, run.here)
    INPUT_LAYER.allocate(run, layer)
    run.write(layer.data.state, "output", made)
    made.node.module = layer.data
    if "name" in bound:
        made.node.options["name"] = run.fact(bound["name"])
        run.write(layer.attrs, "name", bound["name"])
    return made


class InputLayerClass(KerasClass):
    """InputLayer: declares the shape, and hands on what it is given."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        shape = given_shape(run, args)
        words = args.bind("input_shape", "batch_size")
        if shape is None and "input_shape" in words:
            inner = shape_of(run, words["input_shape"])
            shape = None if inner is None else (None, *inner)
        if shape is None and "shape" in args.keywords:
            inner = shape_of(run, args.keywords["shape"])
            shape = None if inner is None else (None, *inner)
        run.write(instance.data.state, "input_shape", shape)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return args.positional[0] if args.positional else Unknown("input")


INPUT_LAYER = InputLayerClass("keras.layers.InputLayer", (LAYER_CLASS,))
LIBRARY.add(INPUT_LAYER)


def _kept(name: str) -> Property:
    """`layer.output` and `layer.input`: the symbolic tensors of the last symbolic call."""

    def read(run: Interpreter, instance: Instance) -> Value | None:
        state = instance.data.state
        if state.get(name) is None and state.get("input_shape") is not None:
            ensure_built(run, instance, state["input_shape"])
        value = state.get(name)
        return value if isinstance(value, Value) else None

    return read


for _name in ("input", "output"):
    LAYER_PROPERTIES[_name] = _kept(_name)
    LAYER_PROPERTIES[f"{_name}s"] = _kept(_name)
