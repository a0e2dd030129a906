"""From one element of a data set to a batch: what the default collation of a DataLoader makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Node, Op
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.model import Location
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_KEPT = (Op.INPUT, Op.BATCH, Op.INDEX, Op.CAST)
_MAPPING = ("items", "keys", "values", "pop", "get", "update")


class Batch(Tensor):
    """A batch of a structure that is not known: a tensor, a tuple to unpack, a mapping or an object with fields.

    Whatever is taken from it is a tensor that comes from the same data.
    """

    __slots__ = ()

    def make(self, node: Node) -> Tensor:
        return Batch(node, self.flavor) if node.op in _KEPT else Tensor(node, self.flavor)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = self.cells.get(f".{name}")
        if isinstance(found, Value):
            return found
        if name in _MAPPING:
            return Native(f"batch.{name}", lambda r, args: self._mapping(r, name, args))
        known = self.flavor.attribute(run, self, name)
        if known is None:  # the same each time: what is put into it (`graph.ndata["h"] = h`) is found again
            known = self._part(run, name)
            run.write(self.cells, f".{name}", known)
        return known

    def _part(self, run: Interpreter, name: str) -> Tensor:
        return self.make(run.node(Op.INDEX, name, (self.node,)))

    def _mapping(self, run: Interpreter, name: str, args: Args) -> Value:
        if name == "update":
            return Const(None)
        if name == "keys":
            return ListValue([Unknown("a key of a batch")], open=True)
        if name == "values":
            return ListValue([self._part(run, "value")], open=True)
        if name == "items":
            return ListValue([TupleValue([Unknown("a key of a batch"), self._part(run, "value")])], open=True)
        key = args.positional[0] if args.positional else Unknown("a key")
        return self.get_item(run, key)

    def iterate(self, run: Interpreter) -> Items:
        return Items([], exact=False, over="unknown", fresh=lambda: self._part(run, "element"))

    def length(self, run: Interpreter) -> int | None:
        return None

    def call(self, run: Interpreter, args: Args) -> Value:
        """A method of an object that is not known (`batch.to_homogeneous()`): still the same data."""
        run.escape_args(args, "a method of a batch")
        return self.make(run.node(Op.UNKNOWN, "method", (self.node,)))


def unknown_batch(run: Interpreter, why: str = "batch") -> Batch:
    """What a loader of unknown data yields."""
    return Batch(run.node(Op.INPUT, why, attached=False), TORCH)


def collate(
    run: Interpreter,
    value: Value,
    size: int | None,
    batched: bool = True,
    place: Location | None = None,
    whence: tuple[object, ...] = (),
) -> Value:
    """A batch of `size` such elements (None where not known), drawn at `place`.

    batched=False: for loaders that yield single elements. whence: which data set's element it is, and which part of it; values
    that are not known keep that as the option `drawn_from`.
    """

    def part(inner: Value, key: object = None) -> Value:
        return collate(run, inner, size, batched, place, (*whence, key) if whence else ())

    if isinstance(value, Tensor):
        shape = None if value.shape is None else ((size, *value.shape) if batched else value.shape)
        node = run.node(Op.BATCH, "batch", (value.node,), shape=shape, attached=False, location=place)
        return Batch(node, TORCH) if isinstance(value, Batch) else Tensor(node, TORCH)
    if isinstance(value, Const):
        return _scalars(run, value, size if batched else None, batched, place)
    if isinstance(value, TupleValue | ListValue):
        return type(value)([part(e, i) for i, e in enumerate(value.elements)], open=value.open)
    if isinstance(value, DictValue):
        return DictValue({k: (key, part(v, k)) for k, (key, v) in value.cells.items()}, open=value.open)
    if isinstance(value, UnionValue):
        known = [v for v in value.alternatives if not (isinstance(v, Const) and v.value is None)]
        joined = part(known[0]) if known else unknown_batch(run)
        for other in known[1:3]:
            joined = run.join(joined, part(other))
        return joined
    if isinstance(value, Unknown):
        options = {"drawn_from": Fact(whence, (), "", True)} if len(whence) > 1 else {}
        node = run.node(Op.UNKNOWN, value.why[:60], (), options, attached=False, location=place)
        return Batch(run.node(Op.BATCH, "batch", (node,), attached=False, location=place), TORCH)
    return value  # an object of a class that collation would not accept: a custom collate_fn, then


def _scalars(
    run: Interpreter, value: Const, size: int | None, batched: bool, place: Location | None
) -> Value:
    if isinstance(value.value, bool | int | float):
        shape: tuple[int | None, ...] = (size,) if batched else ()
        node = run.node(Op.BATCH, "batch", (run.as_node(value),), shape=shape, attached=False, location=place)
        return Tensor(node, TORCH)
    return ListValue([Unknown(f"element of a batch of {type(value.value).__name__}")], open=True)


def leaves(value: Value, depth: int = 0) -> list[Node]:
    """The nodes of all tensors in an element."""
    if isinstance(value, Tensor):
        return [value.node]
    inner: list[Any] = []
    if isinstance(value, TupleValue | ListValue):
        inner = list(value.elements)
    elif isinstance(value, DictValue):
        inner = [v for _, v in value.cells.values()]
    elif isinstance(value, UnionValue):
        inner = list(value.alternatives)
    return [node for v in inner[:32] for node in leaves(v, depth + 1)] if depth < 4 else []


@LIBRARY.function(
    "torch.utils.data.default_collate",
    "torch.utils.data._utils.collate.default_collate",
    "torch.utils.data.dataloader.default_collate",
)
def default_collate(run: Interpreter, args: Args) -> Value:
    """A list of samples as a batch."""
    samples = args.positional[0] if args.positional else Unknown("a batch")
    items = samples.iterate(run)
    first = items.values[0] if items.values else (items.fresh() if items.fresh else Unknown("an element"))
    return collate(run, first, items.length)


@LIBRARY.function("torch.utils.data.default_convert")
def default_convert(run: Interpreter, args: Args) -> Value:
    """A sample with its arrays and numbers as tensors."""
    return collate(run, args.positional[0], None, batched=False) if args.positional else Unknown("data")
