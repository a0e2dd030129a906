"""Helpers that build a library's network out of layers of torch.nn, all of which stand where its factory is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Init, Module, Node, Op, Shape
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import walk
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Number = int | float | bool | tuple[int, ...]
Forward = Callable[["Interpreter", Instance, Value], Value]


@dataclass(frozen=True)
class Listed:
    """A network whose layers are listed. fill: makes them as attributes of the network, `classes` wide at the end;
    forward: one pass through them; init: what the constructor does to the weights afterwards."""

    fill: Callable[[Interpreter, Instance, Value, Value], None]
    forward: Forward
    init: Callable[[Interpreter, Instance], None]
    options: frozenset[str] = frozenset()
    """Arguments that leave the layers as they are, or that `fill` takes (`dropout`)."""
    dropout: float = 0.5
    """What the constructor drops where `dropout` is not given."""


class BlockClass(ModuleClass):
    """A block of a library's network, which has a forward pass of its own."""

    __slots__ = ("run_forward",)

    def __init__(self, qualname: str, forward: Forward) -> None:
        super().__init__(qualname, (NN_MODULE,))
        self.run_forward = forward

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return self.run_forward(run, instance, first_of(args))


def first_of(args: Args) -> Value:
    """What a pass is given."""
    return args.positional[0] if args.positional else next(iter(args.keywords.values()), Unknown("input"))


def _value(given: Number | Value) -> Value:
    if isinstance(given, tuple):
        return TupleValue([Const(n) for n in given])
    return given if isinstance(given, Value) else Const(given)


def layer(run: Interpreter, kind: str, *values: Number | Value, **keywords: Number | Value) -> Value:
    """A layer of torch.nn."""
    given = {name: _value(value) for name, value in keywords.items()}
    return run.call(run.library_name(f"torch.nn.{kind}"), Args([_value(v) for v in values], given))


def conv(
    run: Interpreter, wide: int, narrow: int | Value, kernel: int, stride: int = 1, padding: int = 0,
    groups: int = 1, bias: bool = False,
) -> Value:  # fmt: skip
    """A convolution, without bias unless told."""
    return layer(
        run, "Conv2d", wide, narrow, kernel, stride=stride, padding=padding, groups=groups, bias=bias
    )


def relu(run: Interpreter) -> Value:
    """As all of these networks have it: in place."""
    return layer(run, "ReLU", inplace=True)


def sequential(run: Interpreter, layers: Iterable[Value]) -> Value:
    """torch.nn.Sequential of numbered layers."""
    return run.call(run.library_name("torch.nn.Sequential"), Args(list(layers)))


def named(run: Interpreter, layers: dict[str, Value]) -> Value:
    """torch.nn.Sequential of named layers."""
    return run.call(run.library_name("torch.nn.Sequential"), Args([DictValue.of(layers)]))


def block(run: Interpreter, cls: ModuleClass, layers: dict[str, Value]) -> Instance:
    """A block with these attributes."""
    made = Instance(cls, run.here)
    cls.allocate(run, made)
    put(run, made, layers)
    return made


def put(run: Interpreter, instance: Instance, layers: dict[str, Value]) -> None:
    """Set the attributes of a block or network, in order."""
    for name, value in layers.items():
        run.set_instance_attribute(instance, name, value)


def mark(run: Interpreter, instance: Instance) -> None:
    """Say that everything in a network is its library's."""
    for _, part in walk(instance):
        run.write(part.data.state, "built_in", True)


def through(run: Interpreter, instance: Instance, value: Value, names: Iterable[str]) -> Value:
    """One attribute's layer after the other."""
    for name in names:
        child = instance.attrs.get(name)
        if child is not None and not isinstance(child, Const):
            value = run.call(child, Args([value]))
    return value


def operation(
    run: Interpreter,
    instance: Instance,
    op: Op,
    name: str,
    values: Iterable[Value],
    shape: Shape | None = None,
) -> Tensor:
    """What a block does by itself, in the place of its constructor."""
    nodes: tuple[Node, ...] = tuple(run.as_node(value) for value in values)
    return Tensor(run.node(op, name, nodes, shape=shape, location=instance.location), TORCH)


def flatten(run: Interpreter, instance: Instance, value: Value) -> Value:
    """`torch.flatten(x, 1)`"""
    shape = value.node.shape if isinstance(value, Tensor) else None
    flat: Shape | None = None
    if shape:
        size: int | None = 1
        for each in shape[1:]:
            size = size * each if size is not None and each is not None else None
        flat = (shape[0], size)
    return operation(run, instance, Op.RESHAPE, "flatten", [value], flat)


def add(run: Interpreter, instance: Instance, left: Value, right: Value) -> Value:
    """A residual sum."""
    shape = left.node.shape if isinstance(left, Tensor) else None
    return operation(run, instance, Op.ADD, "add", [left, right], shape)


def joined(run: Interpreter, instance: Instance, values: list[Value]) -> Value:
    """Channels of several tensors side by side."""
    shapes = [v.node.shape if isinstance(v, Tensor) else None for v in values]
    shape: Shape | None = None
    first = shapes[0]
    if first is not None and len(first) == 4 and all(s is not None and s[1] is not None for s in shapes):
        width = sum(s[1] for s in shapes if s is not None and s[1] is not None)
        shape = (first[0], width, *first[2:])
    return operation(run, instance, Op.CONCAT, "cat", values, shape)


def start(run: Interpreter, module: Module, name: str, scheme: str, **options: object) -> None:
    """Initialise one parameter of a layer."""
    parameter = module.parameters.get(name)
    if parameter is not None:
        facts = {key: known(value) for key, value in options.items()}
        run.write(parameter.state, "inits", (Init(scheme, parameter.location, facts),))


def layers_of(instance: Instance, name: str) -> list[Module]:
    """The convolutions (`conv`) or linear layers (`linear`) of a network."""
    return [part.data for _, part in walk(instance) if part.data.op is Op.AFFINE and part.data.name == name]


def trunc_normal(run: Interpreter, instance: Instance, kinds: Iterable[str], std: float) -> None:
    """trunc_normal_ for the weights of all layers of some kinds, and zeros for their biases."""
    for kind in kinds:
        for module in layers_of(instance, kind):
            start(run, module, "weight", "trunc_normal", mean=0.0, std=std)
        zero_biases(run, instance, kind)


def moved(run: Interpreter, instance: Instance, value: Value, order: tuple[int, ...]) -> Value:
    """Dimensions in another order."""
    shape = value.node.shape if isinstance(value, Tensor) else None
    new: Shape | None = tuple(shape[k] for k in order) if shape and len(shape) == len(order) else None
    return operation(run, instance, Op.RESHAPE, "permute", [value], new)


def shaped(run: Interpreter, instance: Instance, value: Value, name: str, shape: Shape | None) -> Value:
    """Another shape for the same numbers."""
    return operation(run, instance, Op.RESHAPE, name, [value], shape)


def shape_of(value: Value, dimensions: int) -> Shape | None:
    """The shape of a tensor of so many dimensions, where it is known."""
    shape = value.node.shape if isinstance(value, Tensor) else None
    return shape if shape is not None and len(shape) == dimensions else None


def _channels_last(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = moved(run, instance, value, (0, 2, 3, 1))
    return moved(run, instance, through(run, instance, value, ("norm",)), (0, 3, 1, 2))


LAYER_NORM_2D = BlockClass("torchvision.models.convnext.LayerNorm2d", _channels_last)


def layer_norm_2d(run: Interpreter, width: int) -> Value:
    """LayerNorm over the channels of a picture."""
    return block(run, LAYER_NORM_2D, {"norm": layer(run, "LayerNorm", width, eps=1e-6)})


def pooled(run: Interpreter, instance: Instance, value: Value) -> Value:
    """Adaptive average pooling to one number a channel."""
    shape = shape_of(value, 4)
    return operation(run, instance, Op.POOL, "adaptive_avg", [value], (*shape[:2], 1, 1) if shape else None)


def he(run: Interpreter, instance: Instance, mode: str = "fan_out", nonlinearity: str = "relu") -> None:
    """kaiming_normal_ for every convolution."""
    for module in layers_of(instance, "conv"):
        start(run, module, "weight", "he", mode=mode, nonlinearity=nonlinearity, distribution="normal")


def zero_biases(run: Interpreter, instance: Instance, kind: str) -> None:
    """Zeros for the biases of all layers of a kind."""
    for module in layers_of(instance, kind):
        start(run, module, "bias", "zeros")
