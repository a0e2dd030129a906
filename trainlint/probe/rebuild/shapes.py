"""What each operation makes of shapes, the batch left out, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trainlint.probe.operations import ACTIVATIONS, NORMS, OPERATIONS, REGULARISERS
from trainlint.probe.rebuild import layer_shapes, moved_shapes
from trainlint.probe.rebuild.dimensions import Options, Shape, ShapeError, axis, each, need, text

__all__ = ["Shape", "ShapeError", "axis", "cost", "each", "infer", "need"]

_RULES = {**layer_shapes.RULES, **moved_shapes.RULES}
"""Operations that are not listed keep the shape of their first input."""

_KEPT = {*ACTIVATIONS, *NORMS, *REGULARISERS, "scale", "shift", "power", "clamp", "exp", "log", "log1p", "sqrt", "abs", "sin",
         "cos", "neg", "square", "detach"}  # fmt: skip
assert set(OPERATIONS) <= _KEPT | set(_RULES), set(OPERATIONS) - _KEPT - set(_RULES)


def infer(op: str, options: Options, shapes: Sequence[Shape]) -> Shape:
    """The shape of a result.

    Raises:
        ShapeError: the operation cannot be applied to such shapes, or nothing would be left.
    """
    if op not in OPERATIONS:
        raise ShapeError(f"no operation is called {op}")
    rule = _RULES.get(op)
    try:
        found = rule(shapes, options) if rule is not None else shapes[0]
    except (IndexError, TypeError, KeyError, ZeroDivisionError) as error:
        raise ShapeError(f"{op} on {text(shapes)}: {error}") from None
    if any(size < 1 for size in found):
        raise ShapeError(f"{op} on {text(shapes)} leaves nothing")
    return found


def cost(op: str, options: Options, before: Sequence[Shape], after: Shape) -> int:
    """Multiplications of one forward pass of one sample, roughly."""
    if op == "linear":
        return math.prod(after) * int(options["in_features"])
    if op.startswith("conv"):
        dims = int(op[-2])
        kernel = math.prod(each(options["kernel_size"], dims))
        wide = after if not op.startswith("conv_t") else before[0]
        narrow = options["in_channels"] if not op.startswith("conv_t") else options["out_channels"]
        return int(math.prod(wide) * kernel * narrow // options.get("groups", 1))
    if op in ("rnn", "lstm", "gru"):
        gates = {"rnn": 1, "lstm": 4, "gru": 3}[op] * (2 if options.get("bidirectional") else 1)
        hidden, layers = options["hidden_size"], options.get("num_layers", 1)
        return int(before[0][0] * gates * hidden * (options["input_size"] + hidden * (2 * layers - 1)))
    if op.startswith(("transformer", "attention")):
        steps, width = before[0]
        inner = options.get("dim_feedforward", 2048) if op.startswith("transformer") else 0
        each_layer = steps * width * (4 * width + 2 * steps + 2 * inner)
        return int(each_layer * options.get("num_layers", 1))
    return math.prod(after)
