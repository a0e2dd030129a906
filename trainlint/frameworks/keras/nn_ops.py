"""tf.nn and its kin: pooling, dropout and norms by function, and functions that take functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
from trainlint.frameworks.keras import shapes as s
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.operations import operand
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch.operations import plain
from trainlint.semantics.library import Handler
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Facts = dict[str, Fact[object]]


def inner(run: Interpreter, value: Value | None) -> Fact[object]:
    """Strides and windows over space: `[1, 2, 2, 1]` without batch and channels."""
    if value is None:
        return known(1)
    fact: Fact[object] = run.fact(value)
    if isinstance(fact.value, tuple) and len(fact.value) >= 4:
        return Fact(fact.value[1:-1], fact.origin, "", True)
    return fact


def padding(run: Interpreter, value: Value | None, default: str = "valid") -> Fact[object]:
    """`padding="SAME"` in small letters."""
    fact: Fact[object] = run.fact(value) if value is not None else known(default)
    return Fact(fact.value.lower(), fact.origin, "", True) if isinstance(fact.value, str) else fact


def _pooling(name: str, dims: int) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        bound = args.bind("x", "ksize", "strides", "padding")
        words = args.keywords
        data = run.as_node(operand(args))
        size = bound.get("ksize") or words.get("pool_size")
        options: Facts = {
            "kernel_size": inner(run, size),
            "stride": inner(run, bound.get("strides") or size),
            "padding": padding(run, bound.get("padding")),
        }
        shape = s.sliding(dims)([data.shape], plain(options))
        return Tensor(run.node(Op.POOL, name, (data,), options, shape, low=data.low, high=data.high), KERAS)

    return handler


for _kind in ("max", "avg"):
    _full = "average" if _kind == "avg" else _kind
    LIBRARY.function(
        f"tensorflow.nn.{_kind}_pool", f"tensorflow.nn.{_kind}_pool2d", f"keras.ops.{_full}_pool"
    )(_pooling(_kind, 2))
    LIBRARY.function(f"tensorflow.nn.{_kind}_pool1d")(_pooling(_kind, 1))
    LIBRARY.function(f"tensorflow.nn.{_kind}_pool3d")(_pooling(_kind, 3))


@LIBRARY.function("tensorflow.nn.dropout", "keras.backend.dropout", "keras.random.dropout")
def _dropout(run: Interpreter, args: Args) -> Value:
    """tf.nn.dropout(x, rate=0.5); keep_prob of TensorFlow 1 by keyword, since its place is that of the rate."""
    data = run.as_node(operand(args))
    words = args.keywords
    rate: Fact[object] = Fact(None, (), "the rate, or the share that is kept")
    if "rate" in words or "level" in words:
        rate = run.fact(words.get("rate") or words["level"])
    elif "keep_prob" in words:
        kept = run.fact(words["keep_prob"])
        if isinstance(kept.value, int | float):
            rate = Fact(1 - kept.value, kept.origin, "", True)
    return Tensor(run.node(Op.DROPOUT, "dropout", (data,), {"p": rate}, data.shape), KERAS)


@LIBRARY.function("tensorflow.nn.local_response_normalization", "tensorflow.nn.lrn")
def _local(run: Interpreter, args: Args) -> Value:
    data = run.as_node(operand(args))
    return Tensor(run.node(Op.NORM, "local_response", (data,), {}, data.shape), KERAS)


@LIBRARY.function(
    "tensorflow.cond",
    "keras.ops.cond",
    "keras.backend.in_train_phase",
    "tensorflow.smart_cond",
    "keras.utils.tf_utils.smart_cond",
    "keras.utils.control_flow_util.smart_cond",
)
def _condition(run: Interpreter, args: Args) -> Value:
    """tf.cond(pred, true_fn, false_fn), K.in_train_phase(x, alt): one of two."""
    words = args.keywords
    arms = [v for v in args.positional if not isinstance(v, Const)][-2:]
    arms += [words[n] for n in ("true_fn", "false_fn", "fn1", "fn2", "x", "alt") if n in words]
    arms = arms[-2:]
    if len(arms) < 2:
        return Unknown("one of two")
    return run.alternatives([lambda v=v: _value(run, v) for v in arms])  # type: ignore[misc]


def _value(run: Interpreter, value: Value) -> Value:
    return value if isinstance(value, Tensor) else run.call(value, Args())


@LIBRARY.function("tensorflow.map_fn", "tensorflow.vectorized_map", "keras.ops.map", "keras.ops.vectorized_map",
                  "keras.backend.map_fn")  # fmt: skip
def _mapped(run: Interpreter, args: Args) -> Value:
    """The function on one element stands for all."""
    bound = args.bind("fn", "elems")
    function = bound.get("fn") or args.keywords.get("f") or Unknown("the function")
    given = bound.get("elems") or args.keywords.get("xs") or args.keywords.get("elements")
    items = given.iterate(run) if isinstance(given, Tensor) else None
    element = items.fresh() if items is not None and items.fresh is not None else Unknown("an element")
    result = run.call(function, Args([element]))
    if not isinstance(result, Tensor):
        return result
    return Tensor(run.node(Op.CONCAT, "map", (result.node,)), KERAS)
