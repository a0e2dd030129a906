"""Functions that move, cut, select, combine or make elements, and weights outside of layers (tf.Variable)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op, Shape
from trainlint.frameworks.keras import shapes as ks
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.operations import operand
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch import shapes as s
from trainlint.frameworks.torch.operations import plain, tensors_in
from trainlint.semantics.library import Handler
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor, literal_shape
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Rule = Callable[[Shape | None, dict[str, object]], Shape | None]


def in_packages(words: str, *places: str) -> list[str]:
    """Each of the names in each of the packages."""
    return [f"{place}.{word}" for word in words.split() for place in places]


def everywhere(words: str) -> list[str]:
    """Each of the names in tf, keras.ops and keras.backend."""
    return in_packages(words, "tensorflow", "keras.ops", "keras.backend")


def _integer(value: Value | None) -> int | None:
    return value.value if isinstance(value, Const) and isinstance(value.value, int) else None


def _moved(name: str, parameters: str, rule: Rule) -> Handler:
    """A function that changes the layout only: bounds stay."""

    def handler(run: Interpreter, args: Args) -> Value:
        node = run.as_node(operand(args))
        keywords = {("axis" if k in ("dim", "axes") else k): v for k, v in args.keywords.items()}
        bound = Args(args.positional[1:], keywords, args.open).bind(*parameters.split())
        options = {key: run.fact(value) for key, value in bound.items()}
        shape = rule(node.shape, plain(options))
        renamed = {("dim" if k == "axis" else k): f for k, f in options.items()}
        return Tensor(
            run.node(Op.RESHAPE, name, (node,), renamed, shape, low=node.low, high=node.high), KERAS
        )

    return handler


def _reshaped(run: Interpreter, args: Args) -> Value:
    """tf.reshape(x, shape): sizes that are not known stay open."""
    node = run.as_node(operand(args))
    sizes = args.positional[1] if len(args.positional) > 1 else None
    sizes = sizes or args.keywords.get("shape") or args.keywords.get("newshape")
    elements = getattr(sizes, "elements", None)
    shape = None
    if elements is not None:
        shape = s.view(node.shape, [e.value if isinstance(e, Const) else None for e in elements])
    elif isinstance(sizes, Const) and sizes.value == -1:
        shape = (None,)
    return Tensor(run.node(Op.RESHAPE, "reshape", (node,), {}, shape, low=node.low, high=node.high), KERAS)


def _permuted(shape: Shape | None, o: dict[str, object]) -> Shape | None:
    order = o.get("axis")
    if shape is None:
        return None
    if order is None:
        return tuple(reversed(shape))
    if not isinstance(order, tuple) or sorted(order) != list(range(len(shape))):
        return (None,) * len(shape)
    return tuple(shape[d] for d in order)


def _expanded(shape: Shape | None, o: dict[str, object]) -> Shape | None:
    axis = o.get("axis", -1)
    if shape is None or not isinstance(axis, int):
        return None
    at = axis % (len(shape) + 1)
    return (*shape[:at], 1, *shape[at:])


def _squeezed(shape: Shape | None, o: dict[str, object]) -> Shape | None:
    axis = o.get("axis")
    axes = axis if isinstance(axis, tuple) else (axis,)
    if shape is None or not all(isinstance(a, int) for a in axes):
        return None
    gone = {a % len(shape) for a in axes if isinstance(a, int) and shape}
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def _flattened(shape: Shape | None, o: dict[str, object]) -> Shape | None:
    return ks.flat([shape], {})


LIBRARY.function(*everywhere("reshape"))(_reshaped)
LIBRARY.function(*everywhere("transpose permute_dimensions"))(_moved("permute", "axis", _permuted))
LIBRARY.function(*everywhere("expand_dims"))(_moved("unsqueeze", "axis", _expanded))
LIBRARY.function(*everywhere("squeeze"))(_moved("squeeze", "axis", _squeezed))
LIBRARY.function("keras.backend.batch_flatten")(_moved("flatten", "", _flattened))
LIBRARY.function(*everywhere("flatten ravel"))(_moved("flatten", "", lambda shape, o: (None,)))
LIBRARY.function(*everywhere("tile repeat repeat_elements broadcast_to reverse flip roll pad"))(
    _moved("layout", "axis", lambda shape, o: None)
)
LIBRARY.function(*everywhere("spatial_2d_padding temporal_padding resize_images space_to_depth depth_to_space"),
                 *in_packages("nn.space_to_depth nn.depth_to_space", "tensorflow"))(
    _moved("layout", "axis", lambda shape, o: None)
)  # fmt: skip


def _cast(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        value = operand(args)
        node = run.as_node(value)
        kind = args.positional[1] if len(args.positional) > 1 else args.keywords.get("dtype")
        options: dict[str, Fact[object]] = {"dtype": run.fact(kind)} if kind is not None else {}
        shape = node.shape if node.shape is not None else literal_shape(value)
        made = run.node(Op.CAST, name, (node,), options, shape, low=node.low, high=node.high)
        return Tensor(made, KERAS)

    return handler


LIBRARY.function(*everywhere("cast identity convert_to_tensor ensure_shape to_float to_int32 to_double"),
                 *in_packages("sparse.to_dense debugging.check_numerics", "tensorflow"))(_cast("cast"))  # fmt: skip


@LIBRARY.function(*everywhere("stop_gradient"))
def _stopped(run: Interpreter, args: Args) -> Value:
    node = run.as_node(operand(args))
    made = run.node(
        Op.DETACH, "stop_gradient", (node,), {}, node.shape, attached=False, low=node.low, high=node.high
    )
    return Tensor(made, KERAS)


def _combined(name: str, default: int, shape: Callable[..., Shape | None]) -> Handler:
    """concat and stack"""

    def handler(run: Interpreter, args: Args) -> Value:
        bound = args.bind("values", "axis")
        given = bound.get("values") or operand(args)
        if isinstance(given, Const) and isinstance(
            bound.get("axis"), ListValue | TupleValue
        ):  # TensorFlow 0.x
            given, bound["axis"] = bound["axis"], given
        nodes = tuple(run.as_node(v) for v in tensors_in(given)) or (run.as_node(given),)
        axis = bound.get("axis") or args.keywords.get("concat_dim") or Const(default)
        options = {"dim": run.fact(axis)}
        shapes = [n.shape for n in nodes]
        found = shape(shapes, plain(options))
        if getattr(given, "open", False):  # there may be more of them
            found = s.common(found, shape([*shapes, shapes[-1]], plain(options)))
        made = run.node(Op.CONCAT, name, nodes, options, found)
        return Tensor(made, KERAS)

    return handler


LIBRARY.function(*in_packages("concat", "tensorflow"))(_combined("cat", 0, s.concatenated))
LIBRARY.function("keras.ops.concatenate")(_combined("cat", 0, s.concatenated))
LIBRARY.function("keras.backend.concatenate")(_combined("cat", -1, s.concatenated))
LIBRARY.function(*everywhere("stack"))(_combined("stack", 0, s.stacked))
LIBRARY.function(*everywhere("hstack vstack"))(_combined("cat", 0, s.unknown))


@LIBRARY.function(*everywhere("split unstack"))
def _split(run: Interpreter, args: Args) -> Value:
    """tf.split(value, number, axis=0): parts of equal meaning."""
    bound = args.bind("value", "number", "axis")
    node = run.as_node(operand(args))
    number = bound.get("number") or args.keywords.get("num_or_size_splits") or args.keywords.get("num")
    number = number or args.keywords.get("indices_or_sections")
    count = _integer(number)
    if count is None and hasattr(number, "elements"):
        count = len(number.elements)  # type: ignore[union-attr]
    if count is None or not 0 < count <= 32:
        part = Tensor(run.node(Op.INDEX, "split", (node,)), KERAS)
        return ListValue([part], open=True)
    return ListValue([Tensor(run.node(Op.INDEX, "split", (node,)), KERAS) for _ in range(count)])


def _selected(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        nodes = tuple(v.node for v in args.values() if isinstance(v, Tensor))
        return Tensor(run.node(Op.INDEX, name, nodes or (run.as_node(operand(args)),)), KERAS)

    return handler


LIBRARY.function(*everywhere("gather take gather_nd boolean_mask slice strided_slice"),
                 "tensorflow.nn.embedding_lookup")(_selected("gather"))  # fmt: skip


@LIBRARY.function(*everywhere("where switch"))
def _where(run: Interpreter, args: Args) -> Value:
    """One of two by a mask."""
    parts = [run.as_node(v) for v in args.positional[1:3]]
    parts += [run.as_node(args.keywords[k]) for k in ("x", "y", "x1", "x2") if k in args.keywords]
    if len(parts) < 2:
        return Tensor(run.node(Op.COMPARE, "where", (run.as_node(operand(args)),)), KERAS)
    shape = parts[0].shape if parts[0].shape == parts[1].shape else None
    return Tensor(run.node(Op.JOIN, "where", tuple(parts), shape=shape), KERAS)


@LIBRARY.function(*everywhere("one_hot"))
def _one_hot(run: Interpreter, args: Args) -> Value:
    bound = args.bind("x", "depth")
    node = run.as_node(operand(args))
    depth = bound.get("depth") or args.keywords.get("num_classes") or args.keywords.get("nb_classes")
    shape = None if node.shape is None else (*node.shape, _integer(depth))
    made = run.node(
        Op.ENCODE,
        "one_hot",
        (node,),
        {"encoding": known("one_hot")},
        shape,
        attached=False,
        low=0.0,
        high=1.0,
    )
    return Tensor(made, KERAS)


@LIBRARY.function(*everywhere("shape int_shape"))
def _shape(run: Interpreter, args: Args) -> Value:
    """Sizes that are not known before the program runs are unknown values, not None."""
    value = operand(args)
    shape = value.shape if isinstance(value, Tensor) else None
    if shape is None:
        return Unknown("the shape of a tensor")
    return TupleValue(
        [Const(n) if n is not None else Unknown(f"size of dimension {i}") for i, n in enumerate(shape)]
    )


@LIBRARY.function(*everywhere("ndim rank"))
def _rank(run: Interpreter, args: Args) -> Value:
    value = operand(args)
    known_rank = isinstance(value, Tensor) and value.shape is not None
    return Const(len(value.shape or ())) if known_rank and isinstance(value, Tensor) else Unknown("rank")
