"""Layers of tokens and sequences: embeddings, recurrent layers, attention, transformer blocks."""

from __future__ import annotations

import math
from typing import Any

from trainlint.facts.graph import Node, Op
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild.builder import MOST_TOKENS, USUAL_FEATURES, Builder, Value
from trainlint.probe.rebuild.layers import has_bias, input_of
from trainlint.probe.rebuild.reading import describe, known, size_of
from trainlint.probe.rebuild.shapes import ShapeError


def embedding(builder: Builder, node: Node) -> Value:
    """A table of vectors, by the indices that come in."""
    if node.name != "embedding":
        raise Unbuildable(f"{node.name} layers are not rebuilt")
    rows = size_of(node, "num_embeddings")
    if rows is None:
        builder.note(f"vocabulary of {MOST_TOKENS} tokens assumed")
    elif rows > MOST_TOKENS:
        builder.note(f"vocabulary cut from {rows} to {MOST_TOKENS} tokens")
    rows = min(rows or MOST_TOKENS, MOST_TOKENS)
    source = input_of(node)
    if builder.has(source):
        raise Unbuildable("tokens that the network itself computes")
    rank = len(source.shape) if source.shape is not None else 2
    value = builder.given(source, (builder.plan.steps,) * (rank - 1), None, tokens=rows)
    options = {"num_embeddings": rows, "embedding_dim": builder.width(size_of(node, "embedding_dim"), node)}
    padding = known(node, "padding_idx")
    if isinstance(padding, int):
        options["padding_idx"] = padding
    return builder.weighted(node, "embedding", (value,), options, (*value.axes, len(value.shape) + 1))


def sequence(builder: Builder, node: Node, wide: int | None, batch_first: bool) -> Value:
    """The input of a layer that works on sequences, as (steps, features) and with the program's layout noted."""
    source = input_of(node)
    axes = (0, 1, 2) if batch_first else (1, 0, 2)
    if not builder.has(source):
        if wide is None:
            wide = USUAL_FEATURES
            builder.note(f"{wide} features assumed")
        return builder.given(source, (builder.plan.steps, wide), 1, axes)
    value = builder.value(source)
    if len(value.shape) != 2:
        raise ShapeError(f"{len(value.shape)} dimensions reach {describe(node)}, which takes sequences")
    if batch_first:
        return builder.canonical(value)
    if value.plain:  # the program says that time comes first, so what came in is in that order
        return Value(value.id, value.shape, axes)
    return value


def recurrent(builder: Builder, node: Node) -> Value:
    """RNN, LSTM or GRU over a sequence."""
    if (
        node.name not in ("rnn", "lstm", "gru")
        or known(node, "cell", False)
        or not (builder.plan.keras or "num_layers" in node.options)
    ):
        raise Unbuildable(f"a recurrent cell that code steps by itself ({describe(node)})")
    if any(builder.has(state) for state in node.inputs[1:]):
        raise Unbuildable("a recurrent layer that starts from a computed state")
    if known(node, "proj_size", 0):
        raise Unbuildable("a recurrent layer with projections")
    first = True if builder.plan.keras else bool(known(node, "batch_first", False))
    wide = size_of(node, "input_size")
    value = sequence(builder, node, wide, first)
    both = bool(known(node, "bidirectional", False))
    if both and known(node, "merge_mode", "concat") != "concat":
        raise Unbuildable(f"a bidirectional layer that merges by {known(node, 'merge_mode')}")
    options: dict[str, Any] = {
        "input_size": builder.agree(wide, value.shape[-1], node),
        "hidden_size": builder.width(size_of(node, "hidden_size"), node),
        "num_layers": known(node, "num_layers", 1),
        "bias": has_bias(node),
        "dropout": float(known(node, "dropout", 0.0) or 0.0),
        "bidirectional": both,
    }
    inner = known(node, "nonlinearity", "tanh")
    if node.name == "rnn" and inner in ("tanh", "relu"):
        options["nonlinearity"] = inner
    elif inner != "tanh":
        raise Unbuildable(f"a recurrent layer with {inner} inside")
    if builder.plan.keras:
        options["dropout"] = 0.0  # of the inputs, in Keras
        options["returns"] = "sequence" if known(node, "return_sequences", False) else "last"
    else:
        options["returns"] = "sequence"
    axes = value.axes if options["returns"] == "sequence" else None
    return builder.weighted(node, node.name, (value,), options, axes)


def attention(builder: Builder, node: Node) -> Value:
    """Multi-head attention of a library."""
    if node.name != "multihead_attention":
        raise Unbuildable(f"{node.name} outside of a layer")
    first = builder.plan.keras or bool(known(node, "batch_first", False))
    wide = size_of(node, "embed_dim")
    value = sequence(builder, node, wide, first)
    others = [builder.value(n) for n in node.inputs[1:] if builder.has(n)]
    if any(len(o.shape) != 2 for o in others):
        raise Unbuildable("attention over something that is no sequence")
    options = {
        "embed_dim": value.shape[-1],
        "num_heads": _heads(value.shape[-1], known(node, "num_heads", 1)),
        "dropout": float(known(node, "dropout", 0.0) or 0.0),
    }
    return builder.weighted(node, "attention", (value, *others), options, value.axes)


def _heads(wide: int, heads: Any) -> int:
    return math.gcd(wide, heads) if isinstance(heads, int) and heads > 0 else 1


def transformer(builder: Builder, node: Node) -> Value:
    """A block or stack of torch."""
    kind = {"encoder_layer": "transformer_encoder_layer", "encoder": "transformer_encoder",
            "decoder_layer": "transformer_decoder_layer", "decoder": "transformer_decoder"}.get(node.name)  # fmt: skip
    module = node.module
    if kind is None or module is None:
        raise Unbuildable(f"{describe(node)} is not rebuilt")
    stack = not kind.endswith("layer")
    block = next((m for m in module.walk() if m.op is Op.TRANSFORMER and "d_model" in m.options), None)
    if block is None:
        raise Unbuildable(f"the blocks of {describe(node)} are not known")

    def option(name: str, default: Any) -> Any:
        fact = block.options.get(name)
        return fact.value if fact is not None and fact.known else default

    value = sequence(builder, node, option("d_model", None), bool(option("batch_first", False)))
    inner = option("dim_feedforward", 2048)
    wide = value.shape[-1]
    options: dict[str, Any] = {
        "d_model": wide,
        "nhead": _heads(wide, option("nhead", 1)),
        "dim_feedforward": builder.width(inner, node),
        "dropout": float(option("dropout", 0.1)),
        "norm_first": bool(option("norm_first", False)),
    }
    activation = option("activation", "relu")
    options["activation"] = activation if activation in ("relu", "gelu") else "relu"
    if stack:
        count = known(node, "num_layers")
        if not isinstance(count, int):
            raise Unbuildable(f"the number of blocks of {describe(node)} is not known")
        options["num_layers"] = count
    inputs = [value]
    if "decoder" in kind:
        if len(node.inputs) < 2 or not builder.has(node.inputs[1]):
            raise Unbuildable("a decoder without a memory that the network computes")
        inputs.append(builder.value(node.inputs[1]))
    return builder.weighted(node, kind, inputs, options, value.axes)
