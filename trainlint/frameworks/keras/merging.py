"""Layers that merge several tensors, as classes (`Add()([a, b])`) and functions (`add([a, b])`, `merge(..., mode=)`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.graph import Module, Node, Op
from trainlint.frameworks.keras import shapes as s
from trainlint.frameworks.keras.layers import LayerClass, add
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch.operations import plain, record
from trainlint.frameworks.torch.shapes import Options, Shapes, elementwise, unknown
from trainlint.frameworks.torch.tree import nodes_of
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def operands(run: Interpreter, value: Value | None) -> tuple[Node, ...]:
    """The tensors of a list; a list with unknown parts holds something unknown as well."""
    if isinstance(value, TupleValue | ListValue):
        return tuple(run.as_node(v) for v in value.elements)
    found = tuple(nodes_of([value])) if value is not None else ()
    return found or (run.as_node(value if value is not None else Unknown("tensors to merge")),)


class MergeLayer(LayerClass):
    """Add, Multiply, Concatenate and the like."""

    __slots__ = ()

    def operands(self, run: Interpreter, args: Args) -> tuple[Node, ...]:
        return operands(run, args.positional[0] if args.positional else None)


def _joined(shapes: Shapes, o: Options) -> Any:
    return s.concatenated(shapes, o.get("axis", -1))


_ROWS: tuple[tuple[str, str, Op, str, str], ...] = (
    ("Add", "add sum", Op.ADD, "add", ""),
    ("Subtract", "subtract", Op.SUB, "sub", ""),
    ("Multiply", "multiply mul", Op.MUL, "mul", ""),
    ("Average", "average ave", Op.ADD, "average", ""),
    ("Maximum", "maximum max", Op.MATH, "maximum", ""),
    ("Minimum", "minimum min", Op.MATH, "minimum", ""),
    ("Concatenate", "concatenate concat", Op.CONCAT, "cat", "axis=-1"),
    ("Dot", "dot cos", Op.MATMUL, "matmul", "axes, normalize=False"),
)
"""Class, the words of the function and of `mode=`, and what it does."""

_BY_MODE: dict[str, LayerClass] = {}


def _function(cls: LayerClass) -> Handler:
    def call(run: Interpreter, args: Args) -> Value:
        bound = args.bind("inputs", "axis" if cls.name == "cat" else "axes")
        keywords = {k: v for k, v in args.keywords.items() if k != "inputs"}
        keywords.update({k: v for k, v in bound.items() if k != "inputs" and k in ("axis", "axes")})
        if cls.name not in ("cat", "matmul"):
            keywords = {k: v for k, v in keywords.items() if k == "name"}
        layer = run.call(cls, Args([], keywords))
        return run.call(layer, Args([bound.get("inputs", Unknown("tensors to merge"))]))

    return call


for _name, _words, _op, _kind, _parameters in _ROWS:
    _shape = _joined if _op is Op.CONCAT else unknown if _op is Op.MATMUL else elementwise
    _cls = add(_name, _op, _kind, _parameters, shape=_shape, cls=MergeLayer)
    LIBRARY.function(f"keras.layers.{_words.split()[0]}")(_function(_cls))
    for _word in _words.split():
        _BY_MODE[_word] = _cls


@LIBRARY.function("keras.layers.merge")
def merge(run: Interpreter, args: Args) -> Value:
    """`merge([a, b], mode="concat", concat_axis=-1)` of Keras 1."""
    bound = args.bind("inputs", "mode", "dot_axes", "concat_axis")
    mode, inputs = bound.get("mode", Const("sum")), bound.get("inputs", Unknown("tensors to merge"))
    cls = _BY_MODE.get(str(mode.value)) if isinstance(mode, Const) else None
    if cls is None:
        nodes = operands(run, inputs)
        if isinstance(mode, Const):
            return Tensor(run.node(Op.UNKNOWN, "merge", nodes), KERAS)
        return run.call(mode, Args([inputs]))
    keywords = {"axis": bound["concat_axis"]} if "concat_axis" in bound and cls.name == "cat" else {}
    return run.call(run.call(cls, Args([], keywords)), Args([inputs]))


class OldMergeLayer(MergeLayer):
    """Merge([left, right], mode="concat") as the first layer of a Sequential: joins whole networks."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        bound = args.bind("layers", "mode", "concat_axis")
        if "layers" in bound:
            run.set_instance_attribute(instance, "layers", bound["layers"])
        mode = bound.get("mode", Const("sum"))
        cls = _BY_MODE.get(str(mode.value)) if isinstance(mode, Const) else None
        if cls is not None:
            run.write(instance.data.state, "merges", cls)

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        branches = instance.attrs.get("layers")
        value = args.positional[0] if args.positional else Unknown("input")
        several = list(getattr(value, "elements", ()))
        parts = list(getattr(branches, "elements", ()))
        given = several if len(several) == len(parts) else [value] * len(parts)
        results = [run.call(part, Args([v])) for part, v in zip(parts, given, strict=True)] or several
        cls = instance.data.state.get("merges")
        module: Module = instance.data
        nodes = tuple(run.as_node(v) for v in results) or (run.as_node(value),)
        if not isinstance(cls, LayerClass):
            return Tensor(run.node(Op.UNKNOWN, "merge", nodes, module=module), KERAS)
        shape = cls.operation.shape([n.shape for n in nodes], plain(module.options))
        return Tensor(record(run, cls.operation, nodes, {}, module=module, shape=shape), KERAS)


add("Merge", Op.CALL, "merge", "", cls=OldMergeLayer)
