"""Transformer blocks of torch.nn: their inner layers are real (initialisers visit them), a call is one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op
from trainlint.frameworks.torch.layer_tables import DROPOUT, LAYER_NORM, LINEAR
from trainlint.frameworks.torch.layers import LayerClass, build, option_value, size
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.operations import Operation, record, tensor_input
from trainlint.frameworks.torch.recurrent import MULTIHEAD_ATTENTION
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import is_module
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LONGEST_STACK = 48
"""Blocks of a stack that are listed one by one; GPT-3, the largest dense decoder in common use, has 96."""

_BLOCK = (
    "d_model, nhead, dim_feedforward=2048, dropout=0.1, activation='relu', layer_norm_eps=1e-05, "
    "batch_first=False, norm_first=False, bias=True, device=None, dtype=None"
)


_NAMES = tuple(part.split("=")[0].strip() for part in _BLOCK.split(","))


class PartsClass(LayerClass):
    """What is made of layers. A derived class with a forward() of its own is those layers, unless it calls this one's."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        super().allocate(run, instance)
        if run.class_attribute(instance.cls, "forward") is not None:
            run.write(instance.data.state, "in_parts", True)


class BlockClass(PartsClass):
    """TransformerEncoderLayer and TransformerDecoderLayer."""

    __slots__ = ()

    @property
    def decoder(self) -> bool:
        return self.name == "decoder_layer"

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        options = instance.data.options
        wide, inner = option_value(options, "d_model"), option_value(options, "dim_feedforward")
        drop, bias = option_value(options, "dropout"), option_value(options, "bias")

        def keep(name: str, part: Instance) -> None:
            run.write(instance.attrs, name, part)

        for name in ("self_attn", "multihead_attn") if self.decoder else ("self_attn",):
            heads = option_value(options, "nhead")
            first = option_value(options, "batch_first")
            keep(
                name, build(run, MULTIHEAD_ATTENTION, wide, heads, dropout=drop, bias=bias, batch_first=first)
            )
        keep("linear1", build(run, LINEAR, wide, inner, bias=bias))
        keep("dropout", build(run, DROPOUT, drop))
        keep("linear2", build(run, LINEAR, inner, wide, bias=bias))
        for number in (1, 2, 3) if self.decoder else (1, 2):
            keep(f"norm{number}", build(run, LAYER_NORM, wide, bias=bias))
            keep(f"dropout{number}", build(run, DROPOUT, drop))
        activation = _activation(run, args)
        run.write(instance.attrs, "activation", activation)
        kind = _kind(activation)
        unseen: Fact[tuple[str, ...]] = unknown("an activation that is not known")
        options["activations"] = unseen if kind is None else known((kind,))
        run.write(instance.attrs, "norm_first", option_value(options, "norm_first"))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        """The parts of forward() that derived classes call."""
        if name == "_ff_block":
            last = "dropout3" if self.decoder else "dropout2"
            steps = ("linear1", "activation", "dropout", "linear2", last)
            return Native(name, lambda run, args: _chain(run, instance, args, steps))
        if name == "_sa_block":
            return Native(name, lambda run, args: _attend(run, instance, args))
        return super().attribute(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return _one_node(run, self, instance, args, 2 if self.decoder else 1)


def _activation(run: Interpreter, args: Args) -> Value:
    """What the block keeps as `activation`: the function that a text names, or what was given."""
    given = args.bind(*_NAMES).get("activation", Const("relu"))
    if isinstance(given, Const) and given.value in ("relu", "gelu"):
        return run.library_name(f"torch.nn.functional.{given.value}")
    return given


def _kind(activation: Value) -> str | None:
    """`relu` for `F.relu` and `nn.ReLU()`; None for what is no activation of the library."""
    if is_module(activation):
        return activation.data.name if activation.data.op is Op.ACTIVATION else None
    name = activation.describe().removeprefix("torch.nn.functional.")
    return name if name in _FUNCTIONS else None


_FUNCTIONS = frozenset({"relu", "gelu", "silu", "leaky_relu", "elu", "mish", "tanh", "selu", "celu", "relu6"})


def _chain(run: Interpreter, instance: Instance, args: Args, names: tuple[str, ...]) -> Value:
    value = args.positional[0] if args.positional else args.keywords.get("x", Unknown("what a block takes"))
    for name in names:
        value = run.call(run.get_attr(instance, name), Args([value]))
    return value


def _attend(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`_sa_block(x, attn_mask, key_padding_mask)`: self-attention and its dropout."""
    value = args.positional[0] if args.positional else args.keywords.get("x", Unknown("what a block takes"))
    result = run.call(run.get_attr(instance, "self_attn"), Args([value, value, value]))
    attended = result.elements[0] if isinstance(result, TupleValue) and result.elements else result
    return run.call(run.get_attr(instance, "dropout1"), Args([attended]))


def _one_node(run: Interpreter, cls: LayerClass, instance: Instance, args: Args, operands: int) -> Value:
    """A node of the whole block over its first operands (source, target, memory)."""
    values = [*args.positional, *(v for k, v in args.keywords.items() if k in ("src", "tgt", "memory"))]
    inputs = tuple(tensor_input(run, v) for v in values[:operands])
    module = instance.data
    if module.state.get("in_parts"):
        run.write(module.state, "in_parts", False)
    return Tensor(record(run, cls.operation, inputs, module.options, module=module), TORCH)


class StackClass(PartsClass):
    """TransformerEncoder and TransformerDecoder: copies of one block."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        from trainlint.frameworks.torch.containers import MODULE_LIST
        from trainlint.frameworks.torch.copies import clone

        super().construct(run, instance, args)
        names = ("encoder_layer",) if "encoder_layer" in self.parameters else ("decoder_layer",)
        block = args.bind(*names).get(names[0])
        number = size(instance.data.options, "num_layers")
        layers = build(run, MODULE_LIST)
        if is_module(block):
            for index in range(min(number or 1, LONGEST_STACK)):
                run.write(layers.attrs, str(index), clone(run, block))
        layers.data.complete = is_module(block) and number is not None
        run.write(instance.attrs, "layers", layers)
        norm = args.bind(names[0], "num_layers", "norm").get("norm")
        run.write(instance.attrs, "norm", norm if norm is not None else Const(None))

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return _one_node(run, self, instance, args, 1 if self.name == "encoder" else 2)


class TransformerClass(PartsClass):
    """torch.nn.Transformer: an encoder and a decoder."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        options = instance.data.options
        shared = (
            "dim_feedforward",
            "dropout",
            "activation",
            "layer_norm_eps",
            "batch_first",
            "norm_first",
            "bias",
        )
        rest = {name: option_value(options, name) for name in shared}
        wide = option_value(options, "d_model")
        for name, cls, block in (("encoder", ENCODER, ENCODER_LAYER), ("decoder", DECODER, DECODER_LAYER)):
            layer = build(run, block, wide, option_value(options, "nhead"), **rest)
            count = option_value(options, f"num_{name}_layers")
            run.write(instance.attrs, name, build(run, cls, layer, count, build(run, LAYER_NORM, wide)))

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return _one_node(run, self, instance, args, 2)


def _operation(name: str) -> Operation:
    return Operation(Op.TRANSFORMER, name)


ENCODER_LAYER = BlockClass("torch.nn.TransformerEncoderLayer", _operation("encoder_layer"), _BLOCK)
DECODER_LAYER = BlockClass("torch.nn.TransformerDecoderLayer", _operation("decoder_layer"), _BLOCK)
ENCODER = StackClass(
    "torch.nn.TransformerEncoder",
    _operation("encoder"),
    "encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True",
)
DECODER = StackClass(
    "torch.nn.TransformerDecoder", _operation("decoder"), "decoder_layer, num_layers, norm=None"
)
TRANSFORMER = TransformerClass(
    "torch.nn.Transformer",
    _operation("transformer"),
    "d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6, dim_feedforward=2048, dropout=0.1, "
    "activation='relu', custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-05, batch_first=False, "
    "norm_first=False, bias=True, device=None, dtype=None",
)
for _cls in (ENCODER_LAYER, DECODER_LAYER, ENCODER, DECODER, TRANSFORMER):
    LIBRARY.add(_cls)
