"""torch.utils.data: data sets, and what one element of each of them is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DATASET = "torch.utils.data.Dataset"


def element(run: Interpreter, dataset: Value, depth: int = 0) -> Value:
    """One element of a data set of any kind: `dataset[i]` for an index that is not known."""
    if depth > 6:
        return Unknown("a data set nested too deeply")
    if isinstance(dataset, Tensor):
        rest = dataset.shape[1:] if dataset.shape else None
        return dataset.make(run.node(Op.INDEX, "element", (dataset.node,), shape=rest))
    if isinstance(dataset, ListValue | TupleValue):
        return (
            one_of(run, list(dataset.elements)) if dataset.elements else Unknown("element of an empty list")
        )
    if isinstance(dataset, DictValue):
        values = [v for _, v in dataset.cells.values()]
        return one_of(run, values) if values else Unknown("element of a mapping")
    if isinstance(dataset, UnionValue):
        known = [v for v in dataset.alternatives if not (isinstance(v, Const) and v.value is None)]
        return one_of(run, [element(run, v, depth + 1) for v in known[:3]])
    if not isinstance(dataset, Instance):
        return Unknown(f"element of {dataset.describe()}")
    if run.class_attribute(dataset.cls, "__getitem__") is not None:
        return dataset.get_item(run, Unknown("an index"))
    for cls in dataset.library_classes():
        found = cls.item(run, dataset, Unknown("an index"))
        if found is not None:
            return found
    return _iterated(run, dataset)


def _iterated(run: Interpreter, dataset: Instance) -> Value:
    """An element of an iterable data set."""
    items = dataset.iterate(run)
    if items.fresh is not None:
        return items.fresh()
    return one_of(run, items.values) if items.values else Unknown(f"element of {dataset.describe()}")


def one_of(run: Interpreter, values: list[Value]) -> Value:
    """Any one of a few values; of a long list the first ones stand for all."""
    result = values[0] if values else Unknown("element of an empty data set")
    for value in values[1:3]:
        result = run.join(result, value)
    return result


class DatasetClass(LibraryClass):
    """Dataset and the data sets that torch derives from others. kind says how elements come about."""

    __slots__ = ("kind", "names")

    def __init__(self, qualname: str, kind: str, names: tuple[str, ...], *bases: LibraryClass) -> None:
        super().__init__(qualname, bases)
        self.kind, self.names = kind, names

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        if self.kind in ("tensors", "stack"):
            parts: Value = (
                DictValue.of(args.keywords) if args.keywords else TupleValue(args.positional, open=args.open)
            )
            run.write(instance.attrs, "tensors" if self.kind == "tensors" else "datasets", parts)
            return
        for name, value in args.bind(*self.names).items():
            run.write(instance.attrs, name, value)

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        attrs = instance.attrs
        if self.kind == "tensors" and isinstance(attrs.get("tensors"), TupleValue):
            tensors: Value = attrs["tensors"]
            return TupleValue([element(run, t) for t in getattr(tensors, "elements", ())])
        if self.kind == "stack":
            return self._stack(run, attrs.get("datasets"))
        if self.kind == "subset" and "dataset" in attrs:
            found = element(run, attrs["dataset"], 1)
            return found if "<length>" in attrs else _picked(run, found)
        if self.kind == "concat" and "datasets" in attrs:
            return self._concat(run, attrs["datasets"])
        return None

    def _stack(self, run: Interpreter, parts: Value | None) -> Value | None:
        if isinstance(parts, DictValue):
            return DictValue({k: (key, element(run, v, 1)) for k, (key, v) in parts.cells.items()})
        if isinstance(parts, TupleValue):
            return TupleValue([element(run, v, 1) for v in parts.elements])
        return None

    def _concat(self, run: Interpreter, parts: Value) -> Value:
        if isinstance(parts, ListValue | TupleValue) and parts.elements:
            return one_of(run, [element(run, p, 1) for p in parts.elements[:3]])
        items = parts.iterate(run)
        first = items.values[0] if items.values else (items.fresh() if items.fresh else None)
        return Unknown("element of unknown data sets") if first is None else element(run, first, 1)

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        if self.kind == "base":
            return None
        return Items(
            [],
            exact=False,
            over="dataset",
            length=self.size(run, instance),
            fresh=lambda: element(run, instance),
        )

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        attrs = instance.attrs
        if self.kind == "tensors" and isinstance(attrs.get("tensors"), TupleValue):
            sizes = [t.length(run) for t in getattr(attrs["tensors"], "elements", ())]
            return next((s for s in sizes if s is not None), None)
        if self.kind == "subset":
            length = attrs.get("<length>")
            if isinstance(length, Const):
                return int(length.value)
            return attrs["indices"].length(run) if "indices" in attrs else None
        if self.kind == "concat" and isinstance(attrs.get("datasets"), ListValue | TupleValue):
            parts = [d.length(run) for d in getattr(attrs["datasets"], "elements", ())]
            return None if None in parts or not parts else sum(p for p in parts if p is not None)
        return None

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        """`a + b` concatenates data sets."""
        if op != "+" or not isinstance(other, Instance):
            return None
        pair = (other, instance) if reflected else (instance, other)
        return CONCAT.call(run, Args([ListValue(list(pair))]))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        size: Callable[[Interpreter, Args], Value] = lambda r, args: _length(r, instance)  # noqa: E731
        return Native(f"{self.qualname}.__len__", size) if name == "__len__" else None


def _picked(run: Interpreter, value: Value) -> Value:
    """An element of samples that code picked, which may leave some classes out."""
    if isinstance(value, Tensor):
        node = value.node
        return value.make(
            run.node(
                Op.INDEX, "subset", (node,), {}, node.shape, attached=False, low=node.low, high=node.high
            )
        )
    if isinstance(value, TupleValue):
        return TupleValue([_picked(run, part) for part in value.elements], open=value.open)
    return value


def _length(run: Interpreter, instance: Instance) -> Value:
    size = instance.length(run)
    return Unknown(f"length of {instance.describe()}") if size is None else Const(size)


SHUFFLED = "<shuffled>"
"""Attribute of a stream that gives its elements in random order."""
BASE = DatasetClass(DATASET, "base", ())
LIBRARY.add(BASE)
ITERABLE = DatasetClass("torch.utils.data.IterableDataset", "base", (), BASE)
LIBRARY.add(ITERABLE)
LIBRARY.add(DatasetClass("torch.utils.data.TensorDataset", "tensors", (), BASE))
LIBRARY.add(DatasetClass("torch.utils.data.StackDataset", "stack", (), BASE))
SUBSET = DatasetClass("torch.utils.data.Subset", "subset", ("dataset", "indices"), BASE)
LIBRARY.add(SUBSET)
CONCAT = DatasetClass("torch.utils.data.ConcatDataset", "concat", ("datasets",), BASE)
LIBRARY.add(CONCAT)
LIBRARY.add(DatasetClass("torch.utils.data.ChainDataset", "concat", ("datasets",), ITERABLE))


@LIBRARY.function("torch.utils.data.random_split")
def random_split(run: Interpreter, args: Args) -> Value:
    """Subsets in random order; one for each length (fractions or numbers of samples)."""
    given = args.bind("dataset", "lengths", "generator")
    dataset = given.get("dataset", Unknown("a data set"))
    lengths = given.get("lengths")
    parts: list[Value] = []
    known = isinstance(lengths, ListValue | TupleValue) and not lengths.open
    for length in getattr(lengths, "elements", ()) if known else (Unknown("a length"),) * 2:
        parts.append(_subset(run, dataset, _samples(run, dataset, length)))
    return ListValue(parts, open=not known)


def _samples(run: Interpreter, dataset: Value, length: Value) -> int | None:
    """The number of samples that a length of random_split stands for."""
    value = length.value if isinstance(length, Const) else None
    if isinstance(value, int):
        return value
    total = dataset.length(run)
    return int(value * total) if isinstance(value, float) and total is not None and 0 <= value <= 1 else None


def _subset(run: Interpreter, dataset: Value, samples: int | None) -> Instance:
    subset = Instance(SUBSET, run.here)
    subset.attrs["dataset"] = dataset
    subset.attrs["indices"] = Unknown("indices drawn at random")
    if samples is not None:
        subset.attrs["<length>"] = Const(samples)
    return subset
