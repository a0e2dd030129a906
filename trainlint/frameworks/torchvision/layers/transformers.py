"""Vision Transformer and Swin Transformer."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    Listed,
    add,
    block,
    flatten,
    layer,
    layers_of,
    moved,
    named,
    operation,
    pooled,
    put,
    sequential,
    shape_of,
    shaped,
    start,
    through,
    trunc_normal,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _mlp(run: Interpreter, width: int, hidden: int, dropout: Value) -> Value:
    return sequential(run, [
        layer(run, "Linear", width, hidden), layer(run, "GELU"), layer(run, "Dropout", dropout),
        layer(run, "Linear", hidden, width), layer(run, "Dropout", dropout),
    ])  # fmt: skip


# -- Vision Transformer


def _encoded(run: Interpreter, instance: Instance, value: Value) -> Value:
    normed = through(run, instance, value, ("ln_1",))
    attention = instance.attrs.get("self_attention", Unknown("self_attention"))
    answer = run.call(attention, Args([normed, normed, normed], {"need_weights": Const(False)}))
    out = run.get_item(answer, Const(0))
    value = add(run, instance, through(run, instance, out, ("dropout",)), value)
    return add(run, instance, value, through(run, instance, value, ("ln_2", "mlp")))


def _all_encoded(run: Interpreter, instance: Instance, value: Value) -> Value:
    position = instance.attrs.get("pos_embedding", Unknown("pos_embedding"))
    value = add(run, instance, value, position)
    return through(run, instance, value, ("dropout", "layers", "ln"))


ENCODER_BLOCK = BlockClass("torchvision.models.vision_transformer.EncoderBlock", _encoded)
ENCODER = BlockClass("torchvision.models.vision_transformer.Encoder", _all_encoded)


def _encoder_block(run: Interpreter, width: int, heads: int, hidden: int, dropout: Value) -> Value:
    return block(run, ENCODER_BLOCK, {
        "ln_1": layer(run, "LayerNorm", width, eps=1e-6),
        "self_attention": layer(run, "MultiheadAttention", width, heads, dropout=0.0, batch_first=True),
        "dropout": layer(run, "Dropout", dropout), "ln_2": layer(run, "LayerNorm", width, eps=1e-6),
        "mlp": _mlp(run, width, hidden, dropout),
    })  # fmt: skip


def _fill_vit(
    patch: int, depth: int, heads: int, width: int, hidden: int,
    run: Interpreter, instance: Instance, classes: Value, dropout: Value,
) -> None:  # fmt: skip
    put(run, instance, {"conv_proj": layer(run, "Conv2d", 3, width, patch, stride=patch)})
    add_parameter(run, instance, "class_token", (1, 1, width))
    start(run, instance.data, "class_token", "zeros")
    encoder = block(run, ENCODER, {"dropout": layer(run, "Dropout", dropout)})
    add_parameter(run, encoder, "pos_embedding", (1, (224 // patch) ** 2 + 1, width))
    start(run, encoder.data, "pos_embedding", "normal", mean=0.0, std=0.02)
    blocks = {f"encoder_layer_{n}": _encoder_block(run, width, heads, hidden, dropout) for n in range(depth)}
    put(run, encoder, {"layers": named(run, blocks), "ln": layer(run, "LayerNorm", width, eps=1e-6)})
    head = named(run, {"head": layer(run, "Linear", width, classes)})
    put(run, instance, {"encoder": encoder, "heads": head})
    for name, number in (("hidden_dim", width), ("patch_size", patch), ("image_size", 224)):
        run.set_instance_attribute(instance, name, Const(number))


def _init_vit(run: Interpreter, instance: Instance) -> None:
    for module in layers_of(instance, "linear"):
        start(run, module, "weight", "xavier", distribution="uniform")
        start(run, module, "bias", "normal", mean=0.0, std=1e-6)
    for module in layers_of(instance, "conv"):
        _, fan, *kernel = module.parameters["weight"].shape or (None, 3)
        std = math.sqrt(1 / math.prod(n or 1 for n in (fan, *kernel)))
        start(run, module, "weight", "trunc_normal", mean=0.0, std=std)
        start(run, module, "bias", "zeros")
    head = layers_of(instance, "linear")[-1]
    start(run, head, "weight", "zeros")
    start(run, head, "bias", "zeros")


def _forward_vit(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("conv_proj",))
    shape = shape_of(value, 4)
    size = shape[2] * shape[3] if shape and shape[2] and shape[3] else None
    value = shaped(run, instance, value, "flatten", (shape[0], shape[1], size) if shape else None)
    value = moved(run, instance, value, (0, 2, 1))
    token = instance.attrs.get("class_token", Unknown("class_token"))
    longer = (shape[0], size + 1 if size else None, shape[1]) if shape else None
    value = operation(run, instance, Op.CONCAT, "cat", [token, value], longer)
    value = through(run, instance, value, ("encoder",))
    first = (longer[0], longer[2]) if longer else None
    return through(run, instance, operation(run, instance, Op.INDEX, "index", [value], first), ("heads",))


def _vit(patch: int, depth: int, heads: int, width: int, hidden: int) -> Listed:
    fill = partial(_fill_vit, patch, depth, heads, width, hidden)
    return Listed(fill, _forward_vit, _init_vit, frozenset({"dropout", "attention_dropout"}), 0.0)


# -- Swin Transformer

WINDOW = 7


def _attended(run: Interpreter, instance: Instance, value: Value) -> Value:
    """Attention within windows; the data goes in and comes out as (N, H, W, C)."""
    shape = shape_of(value, 4)
    wide = through(run, instance, value, ("qkv",))
    parts = [operation(run, instance, Op.INDEX, "index", [wide], shape) for _ in range(3)]
    scores = operation(run, instance, Op.MATMUL, "matmul", parts[:2])
    table = instance.attrs.get("relative_position_bias_table", Unknown("relative_position_bias_table"))
    scores = operation(run, instance, Op.ADD, "add", [scores, table])
    weights = run.call(run.library_name("torch.nn.functional.softmax"), Args([scores], {"dim": Const(-1)}))
    mixed = operation(run, instance, Op.MATMUL, "matmul", [weights, parts[2]], shape)
    return through(run, instance, mixed, ("proj",))


def _swin_block(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = add(run, instance, value, through(run, instance, value, ("norm1", "attn")))
    return add(run, instance, value, through(run, instance, value, ("norm2", "mlp")))


def _merged(run: Interpreter, instance: Instance, value: Value) -> Value:
    shape = shape_of(value, 4)
    new = (shape[0], *(_half(n) for n in shape[1:3]), 4 * (shape[3] or 0) or None) if shape else None
    value = operation(run, instance, Op.CONCAT, "cat", [value], new)
    return through(run, instance, value, ("norm", "reduction"))


def _half(size: int | None) -> int | None:
    return (size + 1) // 2 if size is not None else None


def _permuted(run: Interpreter, instance: Instance, value: Value) -> Value:
    return moved(run, instance, value, (0, 2, 3, 1))


WINDOWED = BlockClass("torchvision.models.swin_transformer.ShiftedWindowAttention", _attended)
SWIN_BLOCK = BlockClass("torchvision.models.swin_transformer.SwinTransformerBlock", _swin_block)
MERGING = BlockClass("torchvision.models.swin_transformer.PatchMerging", _merged)
PERMUTE = BlockClass("torchvision.ops.misc.Permute", _permuted)


def _fill_swin(
    width: int, depths: tuple[int, ...], heads: tuple[int, ...],
    run: Interpreter, instance: Instance, classes: Value, dropout: Value,
) -> None:  # fmt: skip
    features = [sequential(run, [
        layer(run, "Conv2d", 3, width, 4, stride=4), block(run, PERMUTE, {}), layer(run, "LayerNorm", width, eps=1e-5),
    ])]  # fmt: skip
    for stage, depth in enumerate(depths):
        features.append(
            sequential(run, [_one_swin_block(run, width, heads[stage], dropout) for _ in range(depth)])
        )
        if stage + 1 < len(depths):
            reduction = layer(run, "Linear", 4 * width, 2 * width, bias=False)
            norm = layer(run, "LayerNorm", 4 * width, eps=1e-5)
            features.append(block(run, MERGING, {"reduction": reduction, "norm": norm}))
            width *= 2
    put(run, instance, {
        "features": sequential(run, features), "norm": layer(run, "LayerNorm", width, eps=1e-5),
        "head": layer(run, "Linear", width, classes),
    })  # fmt: skip


def _one_swin_block(run: Interpreter, width: int, heads: int, dropout: Value) -> Value:
    attention = block(run, WINDOWED, {
        "qkv": layer(run, "Linear", width, 3 * width), "proj": layer(run, "Linear", width, width),
    })  # fmt: skip
    add_parameter(run, attention, "relative_position_bias_table", ((2 * WINDOW - 1) ** 2, heads))
    start(run, attention.data, "relative_position_bias_table", "trunc_normal", mean=0.0, std=0.02)
    return block(run, SWIN_BLOCK, {
        "norm1": layer(run, "LayerNorm", width, eps=1e-5), "attn": attention,
        "norm2": layer(run, "LayerNorm", width, eps=1e-5), "mlp": _mlp(run, width, 4 * width, dropout),
    })  # fmt: skip


def _init_swin(run: Interpreter, instance: Instance) -> None:
    trunc_normal(run, instance, ("linear",), 0.02)


def _forward_swin(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("features", "norm"))
    if isinstance(value, Tensor):
        value = moved(run, instance, value, (0, 3, 1, 2))
    return through(run, instance, flatten(run, instance, pooled(run, instance, value)), ("head",))


def _swin(width: int, depths: tuple[int, ...], heads: tuple[int, ...]) -> Listed:
    options = frozenset({"dropout", "attention_dropout", "stochastic_depth_prob"})
    return Listed(partial(_fill_swin, width, depths, heads), _forward_swin, _init_swin, options, 0.0)


NETWORKS = {
    "vit_b_16": _vit(16, 12, 12, 768, 3072),
    "vit_b_32": _vit(32, 12, 12, 768, 3072),
    "vit_l_16": _vit(16, 24, 16, 1024, 4096),
    "vit_l_32": _vit(32, 24, 16, 1024, 4096),
    "vit_h_14": _vit(14, 32, 16, 1280, 5120),
    "swin_t": _swin(96, (2, 2, 6, 2), (3, 6, 12, 24)),
    "swin_s": _swin(96, (2, 2, 18, 2), (3, 6, 12, 24)),
    "swin_b": _swin(128, (2, 2, 18, 2), (4, 8, 16, 32)),
}
