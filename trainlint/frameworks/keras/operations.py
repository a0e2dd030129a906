"""Functions of tensors (tf.*, keras.ops, keras.backend): what they do, and the rule for those without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Module, Node, Op
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def unmodelled(run: Interpreter, qualname: str, args: Args) -> Value | None:
    """A function without a model is a plain function of its tensors, unless a network or the like goes into it."""
    nodes: list[Node] = []
    if not all(_collect(value, nodes, 0) for value in args.values()):
        return None
    if not nodes:
        return Unknown(f"{qualname}()")
    return Tensor(run.node(Op.CALL, qualname.rsplit(".", 1)[-1], tuple(nodes)), KERAS)


def _collect(value: Value, nodes: list[Node], depth: int) -> bool:
    """Gather the tensors of an argument; False if it holds an object whose state a callee may change."""
    if isinstance(value, Tensor):
        nodes.append(value.node)
        return value.parameter is None
    if isinstance(value, Instance):
        return not isinstance(value.data, Module) and value.data is None
    inner: list[Value] = []
    if isinstance(value, TupleValue | ListValue):
        inner = list(value.elements)
    elif isinstance(value, DictValue):
        inner = [v for _, v in value.cells.values()]
    elif isinstance(value, UnionValue):
        inner = list(value.alternatives)
    return depth > 3 or all(_collect(v, nodes, depth + 1) for v in inner[:64])
