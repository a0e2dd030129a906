"""Shapes that code declares, and widths of tensors whose rank is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Node, Op, Shape
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def given_shape(run: Interpreter, args: Args) -> Shape | None:
    """The input shape that a layer's arguments declare, batch included; None without one."""
    words = args.keywords
    whole = words.get("batch_input_shape") or words.get("batch_shape")
    if whole is not None:
        return shape_of(run, whole)
    if "input_shape" in words:
        inner = shape_of(run, words["input_shape"])
        return None if inner is None else (None, *inner)
    if "input_dim" in words:
        size = words["input_dim"]
        inner = shape_of(run, size) or (None,)
        if "input_length" in words:
            inner = (*(shape_of(run, words["input_length"]) or (None,)), *inner)
        return (None, *inner)
    return None


def shape_of(run: Interpreter, value: Value) -> Shape | None:
    """A tuple or list of sizes (or one size) as a shape; None where its rank is not known."""
    elements = getattr(value, "elements", None)
    if elements is not None and not getattr(value, "open", False):
        return tuple(_size(e) for e in elements)
    if isinstance(value, Const) and isinstance(value.value, int):
        return (value.value,)
    return None


def _size(value: Value) -> int | None:
    return value.value if isinstance(value, Const) and isinstance(value.value, int) else None


_KEEPS_WIDTH = frozenset({
    Op.ACTIVATION, Op.DROPOUT, Op.NORM, Op.POOL, Op.CAST, Op.AUGMENT, Op.UPSAMPLE, Op.ADD, Op.JOIN,
})  # fmt: skip
_WIDTHS = ("out_features", "out_channels", "hidden_size", "embedding_dim")


def width_behind(node: Node) -> int | None:
    """How many features a tensor of unknown rank has, where the layer that made it says so."""
    while node.op in _KEEPS_WIDTH and node.inputs and node.shape is None:
        node = node.inputs[0]
    if node.shape:
        return node.shape[-1]
    sizes = [node.options[name].value for name in _WIDTHS if name in node.options]
    both = node.options.get("bidirectional")
    return next((n for n in sizes if isinstance(n, int)), None) if both is None else None
