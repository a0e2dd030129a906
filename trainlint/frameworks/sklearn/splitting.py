"""Splits: parts of the data, in the same units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.sklearn.library import LIBRARY
from trainlint.semantics.collecting import pieces
from trainlint.semantics.iterators import IterableValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Items, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

KEEPS_COLUMNS = "column:"


@LIBRARY.function("sklearn.model_selection.train_test_split", "sklearn.cross_validation.train_test_split")
def _train_test_split(run: Interpreter, args: Args) -> Value:
    """Two parts of every array, in order."""
    parts: list[Value] = []
    for value in args.positional:
        parts.extend((_part(run, value, "train"), _part(run, value, "test")))
    return ListValue(parts, open=args.open)


def _part(run: Interpreter, value: Value, split: str) -> Value:
    if isinstance(value, Tensor):
        shape = (None, *value.shape[1:]) if value.shape else None
        made = value.make(run.node(Op.INDEX, f"{split}_split", (value.node,), {}, shape))
        for key, node in value.cells.items():
            if key.startswith(KEEPS_COLUMNS):
                made.cells[key] = run.node(Op.INDEX, f"{split}_split", (node,))
        return made
    if isinstance(value, ListValue | TupleValue):
        return ListValue(value.elements[:2], open=True)
    return Unknown(f"a part of {value.describe()}")


class Splitter(LibraryClass):
    """KFold and its kind: pairs of index arrays."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name != "split":
            return Unknown(f"{self.qualname}.{name}")
        return Native("split", lambda r, args: Folds())


class Folds(Value):
    """The pairs that `split` yields."""

    __slots__ = ()

    def iterate(self, run: Interpreter) -> Items:
        def pair() -> Value:
            return TupleValue([Tensor(run.node(Op.RANDOM, "permutation"), NUMPY) for _ in range(2)])

        return Items([], exact=False, over="folds", fresh=pair)


for _name in [
    "KFold",
    "StratifiedKFold",
    "GroupKFold",
    "RepeatedKFold",
    "ShuffleSplit",
    "StratifiedShuffleSplit",
    "TimeSeriesSplit",
]:
    LIBRARY.add(Splitter(f"sklearn.model_selection.{_name}"))


@LIBRARY.function("sklearn.utils.gen_batches")
def _gen_batches(run: Interpreter, args: Args) -> Value:
    """Slices, one for each batch."""
    size = args.bind("n", "batch_size").get("batch_size", Unknown("the size is not given"))
    piece = SliceValue(Unknown("where a batch begins"), Unknown("where it ends"), None)
    return IterableValue("gen_batches", lambda r: Items([piece], False, "sequence", None, pieces(r, size)))


@LIBRARY.function("sklearn.utils.shuffle")
def _shuffle(run: Interpreter, args: Args) -> Value:
    run.reorders()
    made: list[Value] = [
        v.make(run.node(Op.INDEX, "shuffle", (v.node,), {}, v.shape)) if isinstance(v, Tensor) else v
        for v in args.positional
    ]
    return made[0] if len(made) == 1 else ListValue(made)
