"""keras.Model and keras.Sequential: networks by subclass, by list, and by symbolic tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Module, Node, Op, Shape
from trainlint.frameworks.keras.layer import LAYER_CLASS, KerasClass, ensure_built
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.methods import (
    LAYER_METHODS,
    LAYER_PROPERTIES,
    MODEL_METHODS,
    MODEL_PROPERTIES,
    Method,
    Property,
)
from trainlint.frameworks.keras.plans import Plan, Replay, tensors_nodes, unfollowed, unseen_parts
from trainlint.frameworks.keras.tensor import KERAS, planned_input
from trainlint.frameworks.torch.tree import inner_values
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import UNSEEN_PART, Args, Const, Unknown, Value

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
        nodes = _matched(run, plan, args.positional[:1] or list(args.keywords.values())[:1])
        if len(nodes) != len(plan.inputs):  # inputs in dictionaries of dictionaries
            return super().transfer(run, instance, args)
        given = [
            with_shape(run, node, planned.shape) for node, planned in zip(nodes, plan.inputs, strict=True)
        ]
        return Replay(run, plan, given).result()


def make_functional(run: Interpreter, instance: Instance, inputs: Value, outputs: Value) -> None:
    """Model(inputs, outputs): keep the plan, and the layers in it as a list."""
    ends, names = _ends(inputs)
    if not tensors_nodes(outputs):
        instance.data.complete = False
        return
    if not ends or unseen_parts(outputs):
        instance.data.complete = False
    if not ends:  # unseen code made them
        unseen = unseen_parts(outputs)
        known = [
            Tensor(i, KERAS) for node in unseen for i in node.inputs
        ]  # by another network around the same parts
        entry = known[0] if known else planned_input(run, None)
        ends, names, inputs = [entry.node], [""], entry
        for node in unseen:
            node.inputs = (entry.node,)
    if unfollowed(outputs):
        run.write(instance.data.state, UNSEEN_PART, True)
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
LIBRARY.add(MODEL_CLASS, "keras.models.Functional")


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
