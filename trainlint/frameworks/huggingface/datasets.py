"""The datasets package: tables whose contents are not known, through the methods that reshape and split them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.torch.batches import Batch
from trainlint.frameworks.torch.data import ITERABLE, SHUFFLED
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SAME = frozenset({
    "map", "filter", "shuffle", "select", "sort", "rename_column", "rename_columns", "remove_columns", "select_columns",
    "with_format", "set_format", "with_transform", "set_transform", "cast", "cast_column", "cast_features", "flatten",
    "shard", "take", "skip", "train_test_split", "class_encode_column", "add_column", "concatenate", "batch", "repeat",
    "to_iterable_dataset", "prepare_for_task", "flatten_indices", "reset_format", "add_item", "unique_rows",
})  # fmt: skip
"""Methods that return a data set (or change it in place); what functions given to them do is data preparation."""
_CALLS = frozenset({"map", "filter", "set_transform", "with_transform"})
_MAPPING = frozenset({"keys", "values", "items"})


class HubDatasetClass(LibraryClass):
    """Dataset, DatasetDict and their iterable kin. An element or a split is whatever code takes it for."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in _SAME:
            return Native(f"{self.qualname}.{name}", lambda r, args: _prepared(r, instance, name, args))
        return Unknown(f"{name} of a data set")

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name.startswith("from_") or name == "load_from_disk":
            return Native(f"{self.qualname}.{name}", lambda r, args: Instance(self, r.here))
        return super().get_attr(run, name)

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        """`dataset["train"]` is a split (or a column), `dataset[0]` and `dataset[i]` a row; of several splits that
        were loaded together, `dataset[name]` is one."""
        if self is SPLITS:
            return Instance(DATASET, run.here)
        if isinstance(key, Const) and isinstance(key.value, str):
            return self.same(run, instance)
        return row(run)

    def same(self, run: Interpreter, instance: Instance) -> Instance:
        """Another of its kind, in as random an order."""
        kept = {SHUFFLED: instance.attrs[SHUFFLED]} if SHUFFLED in instance.attrs else {}
        return Instance(instance.cls, run.here, kept)

    def assign_item(self, run: Interpreter, instance: Instance, key: Value, value: Value) -> bool:
        return True

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        return Items([], exact=False, over="dataset", fresh=lambda: row(run))

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        return Unknown("a comparison with a data set") if op == "in" else None


def row(run: Interpreter) -> Batch:
    """A row, or several: fields by name, of which nothing is known."""
    return Batch(run.node(Op.INPUT, "row", attached=False), TORCH)


def _prepared(run: Interpreter, instance: Instance, name: str, args: Args) -> Value:
    """The functions given to map() and the like are called once, with a row that stands for all."""
    function = args.positional[0] if args.positional else args.keywords.get("function")
    if name in _CALLS and function is not None and not isinstance(function, Const):
        more = args.keywords.get("fn_kwargs")
        run.call(
            function, Args([row(run)], getattr(more, "strings", dict)() if more is not None else {}, True)
        )
    made = (
        instance.cls.same(run, instance)
        if isinstance(instance.cls, HubDatasetClass)
        else Instance(DATASET, run.here)
    )
    if name == "shuffle":
        run.write(made.attrs, SHUFFLED, Const(True))
    return made


DATASET = LIBRARY.add(HubDatasetClass("datasets.Dataset"))
SPLITS = HubDatasetClass("datasets.DatasetDict")
LIBRARY.add(SPLITS)
STREAM = HubDatasetClass("datasets.IterableDataset", (ITERABLE,))
LIBRARY.add(STREAM, "datasets.IterableDatasetDict")


@LIBRARY.function(
    "datasets.load_from_disk", "datasets.concatenate_datasets", "datasets.interleave_datasets",
    "trl.get_dataset", "trl.pack_dataset", "trl.apply_chat_template", "trl.maybe_apply_chat_template",
    "trl.unpair_preference_dataset",
)  # fmt: skip
def load_split(run: Interpreter, args: Args) -> Value:
    """A data set with unknown contents; a stream, where streaming is asked for (or passed on from others)."""
    streaming = args.keywords.get("streaming")
    streams = [e for v in args.values() for e in (v, *getattr(v, "elements", ())) if _is_stream(e)]
    if streams:  # in what order several are mixed is not known
        return Instance(STREAM, run.here, {SHUFFLED: Unknown("the order of a mix of streams")})
    if streaming is not None and streaming.truth(run) is True:
        return Instance(STREAM, run.here)
    return Instance(DATASET, run.here)


@LIBRARY.function("datasets.load_dataset")
def load_dataset(run: Interpreter, args: Args) -> Value:
    """All splits by name, unless one is asked for."""
    made = load_split(run, args)
    single = args.keywords.get("split")
    whole = single is None or (isinstance(single, Const) and single.value is None)
    return Instance(SPLITS, run.here) if whole and not _is_stream(made) and not args.open else made


def _is_stream(value: Value) -> bool:
    return isinstance(value, Instance) and value.is_a(STREAM.qualname)


@LIBRARY.function("evaluate.load", "evaluate.combine", "datasets.load_metric")
def load_metric(run: Interpreter, args: Args) -> Value:
    """A metric: it looks at predictions and references."""
    return Instance(METRIC, run.here)


class MetricClass(LibraryClass):
    """evaluate.EvaluationModule: compute() gives figures by name."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        return Native(f"metric.{name}", lambda r, args: Unknown(f"metric.{name}()"))


METRIC = LIBRARY.add(MetricClass("evaluate.EvaluationModule"))
