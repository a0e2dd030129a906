"""torchtext until 0.8 (`torchtext.legacy` in 0.9 to 0.11): iterators over batches of texts, by class or by `splits`.

https://torchtext.readthedocs.io/en/latest/data.html (release 0.8)
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trainlint.frameworks.torch.loaders import LoaderClass
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary(
    "torchtext",
    usual={name: f"torchtext.data.{name}" for name in ("BucketIterator", "BPTTIterator")},
    observers=("torchtext",),
)
LIBRARY.alias("torchtext.legacy.data", "torchtext.data")
LIBRARY.alias("torchtext.data.iterator", "torchtext.data")

_REST = "device, batch_size_fn, train, repeat, shuffle, sort, sort_within_batch"
_NONE = Const(None)


class IteratorClass(LoaderClass):
    """`BucketIterator(dataset, batch_size, ...)`: shuffles where it trains, which is its default."""

    __slots__ = ("places",)

    def __init__(self, name: str, places: str) -> None:
        super().__init__(f"torchtext.data.{name}")
        self.places = tuple(places.split(", "))

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind(*self.places)
        shuffle = given.get("shuffle", _NONE)
        if isinstance(shuffle, Const) and shuffle.value is None:
            shuffle = given.get("train", Const(True))
        missing = Unknown("an argument that is not given")
        named = {"batch_size": given.get("batch_size", missing), "shuffle": shuffle}
        super().construct(run, instance, Args([given.get("dataset", missing)], named))

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        items = super().items(run, instance)
        if items is not None:
            items.length = None  # a data set of texts counts documents, BPTT counts words
        return items


def _splits(cls: IteratorClass, run: Interpreter, args: Args) -> Value:
    """`splits((train, val, test), batch_size=32)` or `batch_sizes=(32, 64, 64)`: the first one trains."""
    given = args.bind("datasets", "batch_sizes")
    rest = {k: v for k, v in args.keywords.items() if k not in ("datasets", "batch_sizes", "batch_size")}
    datasets, sizes = given.get("datasets"), given.get("batch_sizes")
    listed = list(datasets.elements) if isinstance(datasets, TupleValue | ListValue) else []
    each = list(sizes.elements) if isinstance(sizes, TupleValue | ListValue) else []
    made: list[Value] = []
    for number, dataset in enumerate(listed):
        size = (
            each[number] if number < len(each) else args.keywords.get("batch_size", Unknown("a batch size"))
        )
        named = {"batch_size": size, "train": Const(number == 0), **rest}
        made.append(run.call(cls, Args([dataset], named, args.open)))
    return TupleValue(made) if listed else Unknown(f"{cls.qualname}.splits()")


for _name, _places in (
    ("Iterator", f"dataset, batch_size, sort_key, {_REST}"),
    ("BucketIterator", f"dataset, batch_size, sort_key, {_REST}"),
    ("BPTTIterator", f"dataset, batch_size, bptt_len, sort_key, {_REST}"),
):
    _cls = IteratorClass(_name, _places)
    LIBRARY.add(_cls)
    LIBRARY.function(f"torchtext.data.{_name}.splits")(partial(_splits, _cls))
