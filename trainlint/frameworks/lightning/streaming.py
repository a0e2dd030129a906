"""litdata: loaders over data sets that are streamed; the data set decides the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, unknown
from trainlint.facts.training import Loader
from trainlint.frameworks.lightning.library import LIBRARY
from trainlint.frameworks.torch.loaders import LoaderClass
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_DATASET = "litdata.StreamingDataset"
_COMBINED = "litdata.CombinedStreamingDataset"


class StreamingClass(LibraryClass):
    """StreamingDataset(..., shuffle=False) and combinations of several; `data` says whether the order is random."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        parts = args.keywords.get("datasets", args.positional[0] if args.positional else None)
        order: Fact[bool] = unknown("the order of a streamed data set")
        if self.qualname == _DATASET:
            order = run.fact(args.keywords.get("shuffle", Const(False)))
        elif isinstance(parts, ListValue):
            orders = [p.data for p in parts.elements if isinstance(p, Instance) and isinstance(p.data, Fact)]
            if orders and len({o.value for o in orders}) == 1:
                order = orders[0]
        instance.data = order


class StreamingLoaderClass(LoaderClass):
    """StreamingDataLoader: `shuffle` overrides the data set's own order."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        dataset: Value | None = instance.attrs.get("dataset")
        if isinstance(instance.data, Loader) and "shuffle" not in args.keywords:
            own = dataset.data if isinstance(dataset, Instance) else None
            instance.data.shuffle = own if isinstance(own, Fact) else unknown("a streamed data set decides")


LIBRARY.add(StreamingClass(_DATASET))
LIBRARY.add(StreamingClass(_COMBINED))
LIBRARY.add(
    StreamingLoaderClass(
        "litdata.StreamingDataLoader",
        "dataset, *, batch_size=1, num_workers=0, profile_batches=False, profile_dir=None, prefetch_factor=None, "
        "shuffle=None, drop_last=None, collate_fn=None, pin_memory=False",
    )
)
