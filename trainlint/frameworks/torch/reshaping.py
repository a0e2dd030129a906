"""Functions that move, cut, select and combine elements: each takes the tensor as its first argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Node, Op, Shape
from trainlint.frameworks.torch import shapes as s
from trainlint.frameworks.torch.operations import (
    Operation,
    apply,
    kept,
    record,
    tensor_input,
    tensors_in,
)
from trainlint.semantics.collecting import cut
from trainlint.semantics.library import Handler
from trainlint.semantics.named_values import NamedValues
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def tensor(node: Node) -> Tensor:
    """A torch tensor of a node."""
    from trainlint.frameworks.torch.tensor import TORCH

    return Tensor(node, TORCH)


def _sizes(args: Args, *names: str) -> list[Value]:
    """Sizes or dimensions given one by one, as one sequence, or by keyword."""
    rest = args.positional[1:]
    for name in names:
        if name in args.keywords:
            rest = [args.keywords[name]]
    if len(rest) == 1 and isinstance(rest[0], TupleValue | ListValue):
        return list(rest[0].elements)
    return rest


def _plain(values: Sequence[Value]) -> list[Any]:
    return [v.value if isinstance(v, Const) else None for v in values]


def _first(run: Interpreter, args: Args) -> Node:
    value = args.positional[0] if args.positional else args.keywords.get("input")
    return tensor_input(run, value)


def _view(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        node = _first(run, args)
        values = _sizes(args, "shape", "size")
        if len(values) == 1 and isinstance(values[0], Unknown):
            shape: Shape | None = None  # a whole shape, or a dtype
        else:
            shape = s.view(node.shape, _plain(values)) if values else None
        origin = values[0].origin if values else ()
        options: dict[str, Fact[Any]] = {"shape": Fact(tuple(_plain(values)), origin, "", True)}
        bounds = (node.low, node.high)
        return tensor(run.node(Op.RESHAPE, name, (node,), options, shape, low=bounds[0], high=bounds[1]))

    return handler


def _expand(run: Interpreter, args: Args) -> Value:
    node = _first(run, args)
    sizes = _plain(_sizes(args, "size"))
    shape: Shape | None = None
    if sizes and node.shape is not None and len(sizes) >= len(node.shape):
        padded = (None,) * (len(sizes) - len(node.shape)) + node.shape
        shape = tuple(p if n == -1 else n for n, p in zip(sizes, padded, strict=True))
    return tensor(run.node(Op.RESHAPE, "expand", (node,), {}, shape, low=node.low, high=node.high))


def _repeat(run: Interpreter, args: Args) -> Value:
    node = _first(run, args)
    counts = _plain(_sizes(args, "repeats"))
    shape: Shape | None = None
    if node.shape is not None and len(counts) == len(node.shape):
        pairs = zip(node.shape, counts, strict=True)
        shape = tuple(n * c if n is not None and isinstance(c, int) else None for n, c in pairs)
    return tensor(run.node(Op.RESHAPE, "repeat", (node,), {}, shape, low=node.low, high=node.high))


def _permute(run: Interpreter, args: Args) -> Value:
    node = _first(run, args)
    options: dict[str, Fact[Any]] = {"dims": known(tuple(_plain(_sizes(args, "dims"))))}
    return tensor(record(run, _PERMUTE, (node,), options))


def _row(name: str, parameters: str, rule: s.ShapeRule, op: Op = Op.RESHAPE, *tensors: str) -> Handler:
    operation = Operation(op, name, parameters, tensors, rule, kept)
    return lambda run, args: apply(run, operation, args)


_PERMUTE = Operation(Op.RESHAPE, "permute", "dims", (), s.dim_moved("permute"), kept)


def _combine(name: str, rule: s.ShapeRule, default: int | None = 0) -> Handler:
    operation = Operation(Op.CONCAT, name, "dim=0", (), rule)

    def handler(run: Interpreter, args: Args) -> Value:
        bound = args.bind("tensors", "dim")
        given = bound.get("tensors")
        parts = tensors_in(given)
        dim = bound.get("dim") or args.keywords.get("axis")
        options = {"dim": run.fact(dim) if dim is not None else known(default)}
        inputs = tuple(run.as_node(p) for p in parts)
        bounds = _hull(inputs)
        open_ = isinstance(given, TupleValue | ListValue) and given.open
        shape = (
            rule([n.shape for n in inputs], {"dim": options["dim"].value}) if inputs and not open_ else None
        )
        node = run.node(operation.op, name, inputs, options, shape, low=bounds[0], high=bounds[1])
        return tensor(node)

    return handler


def _hull(nodes: Sequence[Node]) -> tuple[float | None, float | None]:
    lows, highs = [n.low for n in nodes], [n.high for n in nodes]
    low = None if None in lows or not lows else min(x for x in lows if x is not None)
    return low, None if None in highs or not highs else max(x for x in highs if x is not None)


def _pieces(name: str) -> Handler:
    """chunk, split, unbind: a tuple with one tensor a piece where their number is known."""

    def handler(run: Interpreter, args: Args) -> Value:
        node = _first(run, args)
        bound = args.bind("input", "count", "dim")
        count = bound.get("count") or next(
            (
                args.keywords[k]
                for k in ("chunks", "split_size_or_sections", "split_size")
                if k in args.keywords
            ),
            None,
        )
        if name == "unbind":
            bound, count = args.bind("input", "dim"), None
        dim = bound.get("dim", Const(0))
        sizes = _piece_sizes(name, node.shape, _number(dim), count)

        def piece(size: int | None, start: int | None = None) -> Value:
            options = {"dim": run.fact(dim)}
            if start is not None:
                options.update(start=known(start), length=known(size))
            shape = _with_size(node.shape, _number(dim), size, name == "unbind")
            return tensor(
                run.node(
                    Op.INDEX,
                    name,
                    (node,),
                    options,
                    shape,
                    low=node.low,
                    high=node.high,
                )
            )

        if sizes is None or len(sizes) > 16:
            rows = count if name == "split" and _number(dim) == 0 and not node.attached else None
            return cut(run, [piece(None) for _ in range(2)], rows)
        starts = _starts(sizes)
        return TupleValue([piece(size, start) for size, start in zip(sizes, starts, strict=True)])

    return handler


def _starts(sizes: list[int | None]) -> list[int | None]:
    """Where each piece begins, as far as the sizes before it are known."""
    found: list[int | None] = []
    at: int | None = 0
    for size in sizes:
        found.append(at)
        at = at + size if at is not None and size is not None else None
    return found


def _number(value: Value | None) -> int | None:
    return value.value if isinstance(value, Const) and isinstance(value.value, int) else None


MOST_PIECES = 4_096
"""Pieces of a tensor that are told apart; a list of a thousand million would not fit into memory."""


def _piece_sizes(
    name: str, shape: Shape | None, dim: int | None, count: Value | None
) -> list[int | None] | None:
    """Sizes of the pieces along the dimension; None where they are not known, or more than are told apart."""
    size = shape[dim] if shape and dim is not None and -len(shape) <= dim < len(shape) else None
    number = _number(count)
    if name == "unbind":
        return [None] * size if size is not None and size <= MOST_PIECES else None
    if isinstance(count, TupleValue | ListValue) and not count.open:
        return [_number(v) for v in count.elements]
    if number is None or number <= 0:
        return None
    if name in ("chunk", "tensor_split"):
        if number > MOST_PIECES:
            return None
        return [size // number if size is not None and size % number == 0 else None] * number
    if size is None or size > number * MOST_PIECES:
        return None
    return [min(number, size - at) for at in range(0, size, number)]


def _with_size(shape: Shape | None, dim: int | None, size: int | None, removed: bool) -> Shape | None:
    if shape is None or dim is None or not -len(shape) <= dim < len(shape):
        return None
    at = dim % len(shape)
    return (*shape[:at], *(() if removed else (size,)), *shape[at + 1 :])


def _ordered(name: str, parameters: str) -> Handler:
    """topk, sort, kthvalue: values and indices."""
    values = Operation(Op.INDEX, name, parameters, (), s.same, kept)
    indices = Operation(Op.COMPARE, f"arg{name}", parameters, (), s.same)

    def handler(run: Interpreter, args: Args) -> Value:
        return NamedValues(("values", "indices"), [apply(run, values, args), apply(run, indices, args)])

    return handler


def _where(run: Interpreter, args: Args) -> Value:
    bound = args.bind("condition", "input", "other")
    if "input" not in bound:
        return tensor(run.node(Op.INDEX, "where", (_first(run, args),)))
    inputs = tuple(run.as_node(bound[k]) for k in ("input", "other") if k in bound)
    shape = s.elementwise([n.shape for n in inputs], {})
    return tensor(run.node(Op.JOIN, "where", inputs, {}, shape))


def _meshgrid(run: Interpreter, args: Args) -> Value:
    given = [v for value in args.positional for v in tensors_in(value)]
    return TupleValue([tensor(run.node(Op.RESHAPE, "meshgrid", (run.as_node(v),))) for v in given])


def _dimension(name: str, parameters: str = "dim=None") -> Handler:
    return _row(name, parameters, s.dim_moved(name))


def _swapped(run: Interpreter, args: Args) -> Value:
    """t(), .T, .mT: the last two dimensions change places."""
    node = _first(run, args)
    shape = node.shape and (*node.shape[:-2], *reversed(node.shape[-2:]))
    return tensor(run.node(Op.RESHAPE, "transpose", (node,), {}, shape, low=node.low, high=node.high))


METHODS: dict[str, Handler] = {
    **{n: _view(n) for n in ("view", "reshape")},
    **dict.fromkeys(("expand", "broadcast_to"), _expand),
    **dict.fromkeys(("repeat", "tile"), _repeat),
    "permute": _permute,
    **{
        n: _row("transpose", "dim0, dim1", s.dim_moved("transpose"))
        for n in ("transpose", "swapaxes", "swapdims", "movedim")
    },
    **dict.fromkeys(("t", "adjoint"), _swapped),
    "squeeze": _dimension("squeeze"),
    "unsqueeze": _dimension("unsqueeze", "dim"),
    "flatten": _row("flatten", "start_dim=0, end_dim=-1", s.flatten(0)),
    "ravel": _row("flatten", "start_dim=0, end_dim=-1", s.flatten(0)),
    "unflatten": _row("unflatten", "dim, sizes", s.unknown),
    **{n: _row("expand", "other", s.unknown) for n in ("expand_as", "view_as", "reshape_as")},
    **{n: _row(n, "dims=None", s.same) for n in ("flip", "fliplr", "flipud", "rot90")},
    "roll": _row("roll", "shifts, dims=None", s.same),
    "repeat_interleave": _row("repeat", "repeats, dim=None", s.unknown),
    "unfold": _row("unfold", "dimension, size, step", s.unknown),
    "diagonal": _row("diagonal", "offset=0, dim1=0, dim2=1", s.unknown),
    "diag": _row("diag", "diagonal=0", s.unknown),
    "diag_embed": _row("diag", "offset=0", s.unknown),
    **{n: _pieces(n) for n in ("chunk", "split", "unbind", "tensor_split")},
    "gather": _row("gather", "dim, index", s.unknown, Op.INDEX),
    "index_select": _row("index_select", "dim, index", s.unknown, Op.INDEX),
    **{n: _row(n, "index", s.unknown, Op.INDEX) for n in ("take", "take_along_dim", "masked_select")},
    "narrow": _row("narrow", "dim, start, length", s.unknown, Op.INDEX),
    "select": _row("select", "dim, index", s.unknown, Op.INDEX),
    "nonzero": _row("nonzero", "*, as_tuple=False", s.unknown, Op.INDEX),
    "argwhere": _row("nonzero", "", s.unknown, Op.INDEX),
    "unique": _row("unique", "sorted=True, return_inverse=False", s.unknown, Op.INDEX),
    "argsort": _row("argsort", "dim=-1, descending=False", s.same, Op.COMPARE),
    "topk": _ordered("topk", "k, dim=-1, largest=True, sorted=True"),
    "sort": _ordered("sort", "dim=-1, descending=False"),
    "kthvalue": _ordered("kthvalue", "k, dim=-1"),
}
"""Available as methods and as functions of torch."""

FUNCTIONS: dict[str, Handler] = {
    **{n: _combine("cat", s.concatenated) for n in ("cat", "concat", "concatenate")},
    "stack": _combine("stack", s.stacked),
    **{
        n: _combine(n, s.unknown)
        for n in (
            "hstack",
            "vstack",
            "dstack",
            "column_stack",
            "row_stack",
            "block_diag",
        )
    },
    "where": _where,
    "meshgrid": _meshgrid,
}
"""Available as functions of torch."""
