"""Layers whose call is more than one row can say: activations as layers, Lambda, wrappers, attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Module, Node, Op, Shape
from trainlint.frameworks.keras.activations import BY_NAME, activate, applied
from trainlint.frameworks.keras.given_shapes import shape_of
from trainlint.frameworks.keras.layer import LAYER_CLASS, KerasClass
from trainlint.frameworks.keras.layers import (
    LayerClass,
    Weight,
    add,
    argument,
    first_value,
    flag,
    no_weights,
    size,
)
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch.operations import tensor_input
from trainlint.frameworks.torch.shapes import appended
from trainlint.frameworks.torch.tree import nodes_of
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class ActivationLayer(LayerClass):
    """Activation("relu"): the function by name, as a function, or as a layer."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        value = argument(instance, "activation")
        if isinstance(value, Const) and isinstance(value.value, str):
            operation = BY_NAME.get(value.value)
            instance.data.name = operation.name if operation is not None else value.value

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        node = tensor_input(run, first_value(args))
        return activate(run, argument(instance, "activation"), node, instance.data)


class EmbeddingLayer(LayerClass):
    """Embedding: its input is a batch of sequences, of the length that `input_length` may give."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        if instance.data.state.get("input_shape") is None:
            length = args.keywords.get("input_length")
            inner = shape_of(run, length) if length is not None else None
            run.write(instance.data.state, "input_shape", (None, *(inner or (None,))))


class FunctionLayer(LayerClass):
    """ReLU and Softmax: activations whose options decide which one it is."""

    __slots__ = ()

    def apply(self, run: Interpreter, instance: Instance, inputs: tuple[Node, ...]) -> Node:
        module: Module = instance.data
        return applied(run, self.operation, inputs[0], module.options, module, instance.origin)


class LambdaLayer(LayerClass):
    """Lambda(function): what the function does."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        bound = self.arguments(run, args)
        for name in ("function", "arguments"):
            if name in bound:
                run.write(instance.attrs, name, bound[name])

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        function = instance.attrs.get("function")
        more = instance.attrs.get("arguments")
        keywords = more.strings() if isinstance(more, DictValue) else {}
        if function is None or type(function) is Unknown:
            nodes = tuple(nodes_of(args.values()))
            return Tensor(run.node(Op.UNKNOWN, "lambda", nodes, module=instance.data), KERAS)
        return run.call(function, Args(list(args.positional[:1]), keywords))


class WrapperLayer(KerasClass):
    """A layer around another: `layer` is its child."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        layer = args.positional[0] if args.positional else args.keywords.get("layer")
        if layer is None:
            return
        run.set_instance_attribute(instance, "layer", layer)
        shape = getattr(getattr(layer, "data", None), "state", {}).get("input_shape")
        if shape is not None and instance.data.state.get("input_shape") is None:
            run.write(instance.data.state, "input_shape", self.outer_shape(shape))

    def outer_shape(self, shape: Shape) -> Shape:
        """The wrapper's input shape, from one that the inner layer declares."""
        return shape

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        layer = instance.attrs.get("layer", Unknown("the wrapped layer"))
        return run.call(layer, Args(list(args.positional[:1])))


_ALONG_THE_LAST = frozenset({Op.ACTIVATION, Op.DROPOUT, Op.NORM, Op.SCALE})


class TimeDistributedLayer(WrapperLayer):
    """TimeDistributed(layer): the layer on every step alike."""

    __slots__ = ()

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        layer, value = instance.attrs.get("layer", Unknown("the wrapped layer")), first_value(args)
        inner = getattr(layer, "data", None)
        plain = isinstance(inner, Module) and (inner.name == "linear" or inner.op in _ALONG_THE_LAST)
        if plain or not isinstance(value, Tensor):
            return run.call(layer, Args([value]))
        shape = value.shape
        step = (shape[0], *shape[2:]) if shape is not None and len(shape) > 2 else None
        node = run.node(Op.RESHAPE, "step", (value.node,), {}, step, location=instance.location)
        result = run.call(layer, Args([Tensor(node, KERAS)]))
        if not isinstance(result, Tensor):
            return result
        out = (
            (result.shape[0], shape[1], *result.shape[1:])
            if result.shape and shape and len(shape) > 1
            else None
        )
        return Tensor(
            run.node(Op.RESHAPE, "steps", (result.node,), {}, out, location=instance.location), KERAS
        )


class BidirectionalLayer(WrapperLayer):
    """Bidirectional(layer): a recurrent layer forwards and backwards."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        layer = instance.attrs.get("layer")
        mode = args.bind("layer", "merge_mode").get("merge_mode", Const("concat"))
        if isinstance(layer, Instance) and isinstance(layer.data, Module):
            layer.data.options["bidirectional"] = known(True)
            layer.data.options["merge_mode"] = run.fact(mode)


class ReparametrizedLayer(WrapperLayer):
    """SpectralNormalization and WeightNormalization: the weights' scale is not the layer's own."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        layer = instance.attrs.get("layer")
        if isinstance(layer, Instance) and isinstance(layer.data, Module):
            run.write(layer.data.state, "reparametrized", True)


class AttentionLayer(LayerClass):
    """MultiHeadAttention(query, value, key): the output, and the scores where they are asked for."""

    __slots__ = ()

    def transfer(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        bound = args.bind("query", "value", "key")
        inputs: list[Node] = []
        for name in ("query", "key", "value"):
            node = run.as_node(bound[name]) if name in bound else None
            if node is not None and not any(node is other for other in inputs):
                inputs.append(node)
        node = self.apply(run, instance, tuple(inputs) or (tensor_input(run, None),))
        asked = args.keywords.get("return_attention_scores")
        if asked is None or asked.truth(run) is False:
            return Tensor(node, KERAS)
        scores = run.node(
            Op.INDEX,
            "attention_scores",
            (node,),
            module=instance.data,
            location=instance.location,
            low=0.0,
            high=1.0,
        )
        return TupleValue([Tensor(node, KERAS), Tensor(scores, KERAS)])


def _attention_weights(options: dict[str, Fact[object]], shape: Shape | None) -> dict[str, Weight]:
    wide = shape[-1] if shape else None
    if wide is not None:
        options["embed_dim"] = known(wide)
    inner = (wide, size(options, "num_heads"), size(options, "key_dim"))
    found = {
        name: Weight(inner, "kernel_initializer") for name in ("weight_query", "weight_key", "weight_value")
    }
    found["weight_output"] = Weight((*inner[1:], wide), "kernel_initializer")
    for name in ("query", "key", "value", "output"):
        found[f"bias_{name}"] = Weight(None, "bias_initializer", flag(options, "bias"))
    return found


def _embedding(options: dict[str, Fact[object]], shape: Shape | None) -> dict[str, Weight]:
    sizes = (size(options, "num_embeddings"), size(options, "embedding_dim"))
    return {"weight": Weight(sizes, "embeddings_initializer")}


class ScoreLayer(LayerClass):
    """Attention([query, value]): products of what it is given, without weights of its own."""

    __slots__ = ()

    def operands(self, run: Interpreter, args: Args) -> tuple[Node, ...]:
        return tuple(nodes_of(args.positional[:1])) or (tensor_input(run, None),)


add("Activation", Op.ACTIVATION, "", "activation", cls=ActivationLayer)
add("ReLU", Op.ACTIVATION, "relu", "max_value=None, negative_slope=0.0, threshold=0.0", bounds=BY_NAME["relu"].bounds,
    cls=FunctionLayer)  # fmt: skip
add("Softmax", Op.ACTIVATION, "softmax", "axis=-1", bounds=BY_NAME["softmax"].bounds, cls=FunctionLayer)
add("Lambda", None, "lambda", "function, output_shape=None, mask=None, arguments=None", cls=LambdaLayer)  # type: ignore[arg-type]
add("Embedding", Op.EMBEDDING, "embedding", "input_dim, output_dim, embeddings_initializer='uniform', "
    "embeddings_regularizer=None, embeddings_constraint=None, mask_zero=False", _embedding, appended("embedding_dim"),
    renamed={"input_dim": "num_embeddings", "output_dim": "embedding_dim"}, cls=EmbeddingLayer)  # fmt: skip
_KERNEL = "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None"
add("MultiHeadAttention", Op.ATTENTION, "multihead_attention",
    f"num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, output_shape=None, attention_axes=None, {_KERNEL}",
    _attention_weights, cls=AttentionLayer)  # fmt: skip
add("GroupQueryAttention", Op.ATTENTION, "multihead_attention",
    f"head_dim, num_query_heads, num_key_value_heads, dropout=0.0, use_bias=True, {_KERNEL}", no_weights,
    cls=AttentionLayer, old="GroupedQueryAttention")  # fmt: skip
add("Attention", Op.CALL, "attention", "use_scale=False, score_mode='dot', dropout=0.0", cls=ScoreLayer)
add("AdditiveAttention", Op.CALL, "attention", "use_scale=True, dropout=0.0", cls=ScoreLayer)

WRAPPER = WrapperLayer("keras.layers.Wrapper", (LAYER_CLASS,))
LIBRARY.add(WRAPPER)
LIBRARY.add(TimeDistributedLayer("keras.layers.TimeDistributed", (WRAPPER,)))
LIBRARY.add(BidirectionalLayer("keras.layers.Bidirectional", (WRAPPER,)))
LIBRARY.add(
    ReparametrizedLayer("keras.layers.SpectralNormalization", (WRAPPER,)),
    "tensorflow_addons.layers.SpectralNormalization",
)
LIBRARY.add(ReparametrizedLayer("tensorflow_addons.layers.WeightNormalization", (WRAPPER,)))
