"""einops: rearrangements keep the values, reductions name what they do, layers are modules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.facts.graph import Module, Node, Op
from trainlint.frameworks.torch.batches import leaves
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.weights import contraction
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("einops")
_NONE = Const(None)


def _result(run: Interpreter, value: Value | None, op: Op, name: str, layer: Module | None = None) -> Value:
    """A tensor made of one tensor, or of a list of them (einops stacks it); layer: the module that does it."""
    place = layer.location if layer is not None else None
    if isinstance(value, Tensor):
        return value.make(run.node(op, name, (value.node,), module=layer, location=place))
    nodes: list[Node] = leaves(value) if value is not None else []
    if not nodes:
        return Unknown(f"einops.{name}()")
    stacked = run.node(Op.CONCAT, "stack", tuple(nodes))
    return Tensor(run.node(op, name, (stacked,)), TORCH)


@LIBRARY.function("einops.rearrange", "einops.einops.rearrange")
def rearrange(run: Interpreter, args: Args) -> Value:
    """Reshape and permute."""
    return _result(run, args.bind("tensor", "pattern").get("tensor"), Op.RESHAPE, "rearrange")


@LIBRARY.function("einops.repeat", "einops.einops.repeat")
def repeat(run: Interpreter, args: Args) -> Value:
    """Copies along new or existing axes."""
    return _result(run, args.bind("tensor", "pattern").get("tensor"), Op.RESHAPE, "repeat")


@LIBRARY.function("einops.reduce", "einops.einops.reduce")
def reduce(run: Interpreter, args: Args) -> Value:
    """A reduction that its third argument names (mean, sum, max, min, prod)."""
    given = args.bind("tensor", "pattern", "reduction")
    return _result(run, given.get("tensor"), Op.REDUCE, _name(given.get("reduction")))


def _name(value: Value | None) -> str:
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else "reduce"


@LIBRARY.function("einops.einsum")
def einsum(run: Interpreter, args: Args) -> Value:
    """Products of tensors, summed over shared axes: `einsum(x, W, "... in, in out -> ... out")` is a linear layer where W
    is learned."""
    text = args.positional[-1] if args.positional else _NONE
    if isinstance(text, Const) and isinstance(text.value, str):
        layer = contraction(run, _lettered(text.value), args.positional[:-1])
        if layer is not None:
            return Tensor(layer, TORCH)
    nodes = [node for value in args.positional for node in leaves(value)]
    if not nodes:
        return Unknown("einops.einsum()")
    return Tensor(run.node(Op.MATMUL, "einsum", tuple(nodes)), TORCH)


def _lettered(pattern: str) -> str:
    """The pattern with a letter in the place of each axis' name, as torch.einsum has it."""
    letters: dict[str, str] = {}

    def letter(match: re.Match[str]) -> str:
        return letters.setdefault(match[0], chr(ord("a") + len(letters)))

    return re.sub(r"\w+", letter, pattern)


@LIBRARY.function("einops.pack")
def pack(run: Interpreter, args: Args) -> Value:
    """Tensors flattened and concatenated, with their shapes for unpack."""
    tensors = args.bind("tensors", "pattern").get("tensors")
    nodes = leaves(tensors) if tensors is not None else []
    joined: Value = Unknown("einops.pack()")
    if nodes:
        joined = Tensor(run.node(Op.CONCAT, "pack", tuple(nodes)), TORCH)
    return TupleValue([joined, ListValue([Unknown("a packed shape")], open=True)])


@LIBRARY.function("einops.unpack")
def unpack(run: Interpreter, args: Args) -> Value:
    """The parts again: as many as were packed, which is not followed."""
    packed = args.bind("tensor", "packed_shapes", "pattern").get("tensor")
    if not isinstance(packed, Tensor):
        return Unknown("einops.unpack()")
    return ListValue([packed.make(run.node(Op.INDEX, "unpack", (packed.node,)))], open=True)


class RearrangeLayer(ModuleClass):
    """einops.layers.torch.Rearrange and Reduce: no weights."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("pattern", "reduction")
        instance.data.options = {name: run.fact(value) for name, value in given.items()}

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        value = args.positional[0] if args.positional else None
        if self.op is Op.REDUCE:
            option = instance.data.options.get("reduction")
            name = option.value if option is not None and isinstance(option.value, str) else "reduce"
            return _result(run, value, Op.REDUCE, name, instance.data)
        return _result(run, value, Op.RESHAPE, "rearrange", instance.data)


LIBRARY.add(RearrangeLayer("einops.layers.torch.Rearrange", (NN_MODULE,), Op.RESHAPE, "rearrange"))
LIBRARY.add(RearrangeLayer("einops.layers.torch.Reduce", (NN_MODULE,), Op.REDUCE, "reduce"))
