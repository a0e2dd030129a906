"""LightningDataModule, and the batches that the trainer draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.training import Loader
from trainlint.frameworks.lightning import hooks, hyperparameters
from trainlint.frameworks.lightning.library import LIBRARY, PYTORCH, named
from trainlint.frameworks.lightning.namespaces import of_class
from trainlint.frameworks.torch.batches import unknown_batch
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
DATA_MODULE = f"{PYTORCH}.LightningDataModule"
_QUIET = frozenset({
    "prepare_data", "setup", "teardown", "train_dataloader", "val_dataloader", "test_dataloader", "predict_dataloader",
    "state_dict", "load_state_dict", "on_exception",
})  # fmt: skip
_SAME = frozenset({"transfer_batch_to_device", "on_before_batch_transfer", "on_after_batch_transfer"})


class DataModuleClass(LibraryClass):
    """lightning.pytorch.LightningDataModule; `data` is the dictionary that holds its hyperparameters."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        if run.program.framework == "other":
            named(run)
        instance.data = {}

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in _SAME:
            return Native(name, lambda r, args: args.positional[0] if args.positional else _NONE)
        if name in _QUIET:
            return Native(f"{DATA_MODULE}.{name}", lambda r, args: _NONE)
        if name == "trainer":
            known: dict[int, Value] = run.memo.setdefault("lightning.trainers", {})
            return known.get(id(instance), Unknown("the trainer"))
        return (
            hyperparameters.attribute(run, instance, instance.data, name)
            if instance.data is not None
            else None
        )

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        if name == "from_datasets":
            return Native(f"{DATA_MODULE}.{name}", lambda r, args: _from_datasets(r, cls, args))
        if name == "load_from_checkpoint" and isinstance(cls, ClassValue):
            return Native(f"{DATA_MODULE}.{name}", lambda r, args: r.symbols.instance(r, cls))
        return of_class(run, cls, name)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = self.class_attribute(run, self, name)
        return found if found is not None else super().get_attr(run, name)


DATA_MODULE_CLASS = DataModuleClass(DATA_MODULE)
LIBRARY.add(DATA_MODULE_CLASS)


def _from_datasets(run: Interpreter, cls: Value, args: Args) -> Value:
    """`LightningDataModule.from_datasets(train, val, test, predict, batch_size, num_workers)`: plain loaders."""
    bound = args.bind(
        "train_dataset", "val_dataset", "test_dataset", "predict_dataset", "batch_size", "num_workers"
    )
    made = run.call(cls, Args())
    if not isinstance(made, Instance):
        return made
    common = {
        "batch_size": bound.get("batch_size", Const(1)),
        "num_workers": bound.get("num_workers", Const(0)),
    }
    for part in ("train", "val", "test", "predict"):
        source = bound.get(f"{part}_dataset", _NONE)
        if not (isinstance(source, Const) and source.value is None):
            options = {**common, "shuffle": Const(part == "train")}
            loader = run.call(run.library_name("torch.utils.data.DataLoader"), Args([source], options))
            run.write(made.attrs, f"{part}_dataloader", Native(part, lambda r, args, v=loader: v))  # type: ignore[misc]
    return made


# -- what a trainer draws from loaders


def loaders_of(
    run: Interpreter, given: Value | None, sources: list[Instance | None], hook: str
) -> Value | None:
    """The loaders of a stage: as given to the trainer, else of the data module, else of the module; None for none."""
    if given is not None and not (isinstance(given, Const) and given.value is None):
        return given
    for source in sources:
        found = hooks.call(run, source, hook)
        if found is not None and not (isinstance(found, Const) and found.value is None):
            return found
    return None


def separate(value: Value | None) -> list[Value]:
    """Evaluation loaders run one after the other."""
    if isinstance(value, TupleValue | ListValue):
        return list(value.elements) or [Unknown("loaders")]
    return [] if value is None else [value]


class Draw:
    """Batches of a loader, or of a collection of loaders that are drawn from together.

    make: a new batch; target: the loader's fact; length: batches in a pass where known.
    """

    def __init__(self, run: Interpreter, value: Value | None) -> None:
        self.target: Any = None
        self.length: int | None = None
        self.make: Callable[[], Value] = self._source(run, value)

    def _source(self, run: Interpreter, value: Value | None) -> Callable[[], Value]:
        if isinstance(value, DictValue):
            parts = {k: Draw(run, v) for k, v in value.strings().items()}
            self.target = next((p.target for p in parts.values() if p.target is not None), None)
            return lambda: DictValue.of({k: p.make() for k, p in parts.items()})
        if isinstance(value, TupleValue | ListValue) and value.elements and not value.open:
            several = [Draw(run, v) for v in value.elements]
            self.target = next((p.target for p in several if p.target is not None), None)
            return lambda: ListValue([p.make() for p in several])
        if isinstance(value, UnionValue):
            found = [v for v in value.alternatives if isinstance(v, Instance)]
            return self._source(run, found[0] if found else None)
        if isinstance(value, Unknown) and isinstance(value.drawn, Loader):
            self.target = value.drawn
        if value is None or isinstance(value, Unknown | Const):
            return lambda: unknown_batch(run)
        items = value.iterate(run)
        self.target = items.target if isinstance(items.target, Loader) else None
        self.length = items.length
        if items.fresh is not None:
            return items.fresh
        return lambda: items.values[0] if items.values else unknown_batch(run)


class CombinedClass(LibraryClass):
    """CombinedLoader(iterables, mode): batches of several loaders together."""

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        bound = args.bind("iterables", "loaders", "mode")
        return bound.get("iterables", bound.get("loaders", Unknown("loaders")))


LIBRARY.add(CombinedClass(f"{PYTORCH}.utilities.CombinedLoader"))
