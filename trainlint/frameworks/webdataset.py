"""webdataset: pipelines over tar files, whose steps shuffle and batch (webdataset 0.2 and 1.0: compat.py, pipeline.py,
filters.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Loader
from trainlint.frameworks.torch.data import ITERABLE, DatasetClass
from trainlint.frameworks.torch.loaders import LoaderClass
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import present
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PACKAGE = "webdataset"
LIBRARY = TableLibrary(PACKAGE, usual={"wds": PACKAGE})

_BATCH, _ORDER = "<batch>", "<order>"
_SHUFFLES = frozenset({"shuffle", "detshuffle"})
_BATCHES = frozenset({"batched", "listed"})
_STEPS = _SHUFFLES | _BATCHES | {
    "unbatched", "unlisted", "map", "map_tuple", "map_dict", "map_stream", "map_expand", "decode", "to_tuple", "to_dict",
    "select", "rename", "rename_keys", "rsample", "slice", "repeat", "with_epoch", "with_length", "compose", "then", "pipe",
    "append", "xdecode", "log_keys", "extract_keys", "associate", "cached", "cache", "prefetch",
}  # fmt: skip
_NONE = Const(None)


def _step(run: Interpreter, target: dict[str, Value], name: str, args: Args) -> None:
    """What a step changes: the size of batches, or the order of elements."""
    size = (
        args.positional[0]
        if args.positional
        else args.keywords.get("batchsize", args.keywords.get("bufsize"))
    )
    if name in _BATCHES:
        run.write(target, _BATCH, size if size is not None else Const(20))  # the library's default
    elif name in ("unbatched", "unlisted"):
        run.write(target, _BATCH, _NONE)
    elif name in _SHUFFLES:
        drawn = size.truth(run) if size is not None else True
        before = target.get(_ORDER, Const(False))
        if drawn is not False and before.truth(run) is not True:
            run.write(target, _ORDER, Const(True) if drawn else Unknown("a buffer of unknown size"))


class StageClass(LibraryClass):
    """`wds.shuffle(1000)`, `wds.batched(64)`: a step for DataPipeline."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__(f"{PACKAGE}.{name}")
        self.name = name

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.data = (self.name, args)


class PipelineClass(DatasetClass):
    """WebDataset and DataPipeline: each method gives the pipeline with one more step."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(f"{PACKAGE}.{name}", "base", (), ITERABLE)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        if self.qualname.endswith("DataPipeline"):
            for stage in map(present, args.positional):
                self._pass_through(run, instance, stage)
            if args.open:
                run.write(instance.attrs, _ORDER, Unknown("steps that are not known"))
            return
        shards = args.keywords.get("shardshuffle")
        if args.keywords.get("resampled", shards) is not None and (
            shards is None or shards.truth(run) is not False
        ):
            run.write(instance.attrs, _ORDER, Unknown("the order of shards"))

    def _pass_through(self, run: Interpreter, instance: Instance, stage: Value) -> None:
        data = stage.data if isinstance(stage, Instance) else None
        if isinstance(data, tuple) and isinstance(stage, Instance) and isinstance(stage.cls, StageClass):
            _step(run, instance.attrs, *data)
        elif isinstance(stage, Instance) and isinstance(stage.cls, PipelineClass):
            for name in (_BATCH, _ORDER):
                if name in stage.attrs:
                    run.write(instance.attrs, name, stage.attrs[name])

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return _fluent(self, instance, name) or super().attribute(run, instance, name)

    def delivers(self, run: Interpreter, instance: Instance) -> tuple[Fact[int], Fact[bool]]:
        """The size of the batches that it makes, and whether elements come in random order."""
        size = instance.attrs.get(_BATCH, _NONE)
        order: Fact[bool] = run.fact(instance.attrs.get(_ORDER, Const(False)))
        none = isinstance(size, Const) and size.value is None
        return (unknown("elements one by one") if none else run.fact(size)), order


class WebLoaderClass(LoaderClass):
    """wds.WebLoader: a DataLoader to which steps can be added; `unbatched().shuffle(1000).batched(64)`."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return _fluent(self, instance, name) or super().attribute(run, instance, name)


def _fluent(cls: LibraryClass, instance: Instance, name: str) -> Value | None:
    if name not in _STEPS:
        return None

    def stepped(run: Interpreter, args: Args) -> Value:
        _step(run, instance.attrs, name, args)
        if isinstance(instance.data, Loader):
            _tell(run, instance, instance.data, name)
        return instance

    make: Callable[[Interpreter, Args], Value] = stepped
    return Native(f"{cls.qualname}.{name}", make)


def _tell(run: Interpreter, instance: Instance, loader: Loader, name: str) -> None:
    """What a step behind a loader makes of its batches."""
    if name in _BATCHES:
        loader.batch_size = run.fact(instance.attrs[_BATCH])
    elif name in _SHUFFLES and loader.shuffle.value is not True:
        loader.shuffle = known(True) if _truth(run, instance) else unknown("a buffer of unknown size")


def _truth(run: Interpreter, instance: Instance) -> bool:
    return instance.attrs.get(_ORDER, Const(False)).truth(run) is True


for _name in ("WebDataset", "DataPipeline", "FluidWrapper", "ResampledShards"):
    LIBRARY.add(PipelineClass(_name))
LIBRARY.add(WebLoaderClass(f"{PACKAGE}.WebLoader"))
for _name in (*sorted(_STEPS), "split_by_node", "split_by_worker", "tarfile_to_samples", "SimpleShardList"):
    LIBRARY.add(StageClass(_name))
