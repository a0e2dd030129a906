"""DataLoaders of fastai: a loader for training, one for validation, by default 64 samples a batch (fastai 2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.fastai import losses
from trainlint.frameworks.fastai.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

BATCH = 64
_NONE = Const(None)


OLDER = {"data": "dls", "base_arch": "arch"}
"""What fastai 1 called arguments."""


def newer(args: Args) -> Args:
    """Arguments by the names that fastai 2 has for them."""
    return Args(
        args.positional, {OLDER.get(name, name): value for name, value in args.keywords.items()}, args.open
    )


def none(value: Value | None) -> bool:
    """Whether an argument is left out or None."""
    return value is None or (isinstance(value, Const) and value.value is None)


def loader(run: Interpreter, dataset: Value, **options: Value) -> Value:
    """A loader of torch with what was given."""
    return run.call(run.library_name("torch.utils.data.DataLoader"), Args([dataset], options))


@LIBRARY.function("fastai.DataLoader", "fastai.TfmdDL", "fastai.SortedDL")
def data_loader(run: Interpreter, args: Args) -> Value:
    """`DataLoader(dataset, bs=, shuffle=False, drop_last=False)`"""
    given = args.bind("dataset", "bs", "batch_size=", "shuffle=", "drop_last=", "num_workers=")
    size = given.get("batch_size", given.get("bs", _NONE))
    options = {k: given[k] for k in ("shuffle", "drop_last", "num_workers") if k in given}
    return loader(run, given.get("dataset", Unknown("a data set")), batch_size=size, **options)


class LoadersClass(LibraryClass):
    """DataLoaders(train, valid), and the class methods that make them of files and tables."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        fill(run, instance, args.positional)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "loss_func":
            return None
        if name in ("cuda", "cpu", "to", "add_tfms"):
            return Native(f"{self.qualname}.{name}", lambda r, args: instance)
        if name in ("train_ds", "valid_ds"):
            part = instance.attrs.get(name.removesuffix("_ds"))
            return run.get_attr(part, "dataset") if part is not None else Unknown(name)
        return Unknown(f"{name} of {self.qualname}")

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        names = ("train", "valid")
        if isinstance(key, Const) and key.value in (0, 1):
            return instance.attrs.get(names[key.value])
        return None

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return self._maker(name) or super().get_attr(run, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        return self._maker(name)

    def _maker(self, name: str) -> Value | None:
        if name == "from_dsets":
            return Native(f"{self.qualname}.{name}", _from_dsets)
        if not name.startswith("from_"):
            return None
        chosen = _CHOSEN.get((self.qualname.rsplit(".", 1)[-1], name))
        return Native(f"{self.qualname}.{name}", lambda r, args: of_files(r, args, chosen))


def fill(run: Interpreter, instance: Instance, loaders: list[Value]) -> None:
    """The first loader is for training, the second for validation."""
    for name, value in zip(("train", "valid"), loaders, strict=False):
        run.write(instance.attrs, name, value)


def loaders_of(run: Interpreter, loaders: list[Value], cls: LibraryClass | None = None) -> Instance:
    """DataLoaders of these loaders. cls: the class of what holds them."""
    made = Instance(cls or LOADERS, run.here)
    fill(run, made, loaders)
    return made


def _from_dsets(run: Interpreter, args: Args) -> Value:
    size = args.keywords.get("bs", Const(BATCH))
    order, more = args.keywords.get("shuffle", _NONE), args.keywords.get("drop_last", _NONE)
    made = []
    for number, dataset in enumerate(args.positional):
        own = {
            name: _part(value, number) if not none(value) else Const(number == 0)
            for name, value in (("shuffle", order), ("drop_last", more))
        }
        made.append(loader(run, dataset, batch_size=size, **own))
    return loaders_of(run, made)


def _part(value: Value, number: int) -> Value:
    """One for each data set, or one for all."""
    several = isinstance(value, TupleValue | ListValue) and number < len(value.elements)
    return value.elements[number] if several and isinstance(value, TupleValue | ListValue) else value


def of_files(run: Interpreter, args: Args, chosen: tuple[str, int] | None = None) -> Instance:
    """Loaders of data that only the library reads. chosen: the loss that goes with the targets, and its axis."""
    opened = Unknown("an argument that is not followed") if args.open else None
    size = args.keywords.get("bs", opened or Const(BATCH))
    shuffle = args.keywords.get("shuffle", opened or Const(True))
    drop = args.keywords.get("drop_last", shuffle)
    held_out = args.keywords.get("val_bs", _NONE)
    samples = Unknown("samples that fastai reads")
    made = loaders_of(
        run,
        [
            loader(run, samples, batch_size=size, shuffle=shuffle, drop_last=drop),
            loader(run, samples, batch_size=size if none(held_out) else held_out, shuffle=Const(False)),
        ],
    )
    if chosen is not None:
        run.write(made.attrs, "loss_func", losses.made(run, chosen[0], axis=Const(chosen[1])))
    return made


_CATEGORIES = ("CrossEntropyLossFlat", -1)
_CHOSEN = {
    **{
        ("ImageDataLoaders", f"from_{name}"): _CATEGORIES
        for name in ("folder", "name_func", "name_re", "path_func", "path_re")
    },
    ("SegmentationDataLoaders", "from_label_func"): ("CrossEntropyLossFlat", 1),
    ("TextDataLoaders", "from_folder"): _CATEGORIES,
}
"""Where the makers fix what the targets are."""
LOADERS = LIBRARY.add(LoadersClass("fastai.data.core.DataLoaders"), "fastai.DataLoaders")
for _name in (
    "ImageDataLoaders",
    "SegmentationDataLoaders",
    "TextDataLoaders",
    "TabularDataLoaders",
    "CollabDataLoaders",
):
    LIBRARY.add(LoadersClass(f"fastai.data.{_name}", (LOADERS,)), f"fastai.{_name}")


class BlockClass(LibraryClass):
    """DataBlock, Datasets, TabularPandas: `.dataloaders(...)` makes loaders of them. bs_first: the place of the batch
    size, where it may be given by position."""

    __slots__ = ("bs_first",)

    def __init__(self, qualname: str, bs_first: bool) -> None:
        super().__init__(qualname)
        self.bs_first = bs_first

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, "<blocks>", args.bind("blocks").get("blocks", _NONE))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "dataloaders":
            return Native(f"{self.qualname}.{name}", lambda r, args: self._loaders(r, instance, args))
        if name == "new":
            return Native(f"{self.qualname}.{name}", lambda r, args: instance)
        return Unknown(f"{name} of {self.qualname}")

    def _loaders(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        keywords = dict(args.keywords)
        if self.bs_first and args.positional:
            keywords["bs"] = args.positional[0]
        blocks = instance.attrs.get("<blocks>")
        parts = blocks.elements if isinstance(blocks, TupleValue | ListValue) and not self.bs_first else []
        chosen = _BY_BLOCK.get(_kind(parts[1])) if len(parts) == 2 else None
        return of_files(run, Args([], keywords, args.open), chosen)


def _kind(block: Value) -> str:
    """The name of a block, called or not."""
    if isinstance(block, Instance):
        return block.data if block.cls is BLOCK else ""
    return block.name if isinstance(block, Native) else ""


class TargetBlockClass(LibraryClass):
    """CategoryBlock and its kin. data: the name."""

    __slots__ = ()


BLOCK = TargetBlockClass("fastai.TransformBlock")
_BY_BLOCK = {
    "CategoryBlock": _CATEGORIES,
    "MaskBlock": ("CrossEntropyLossFlat", 1),
    "MultiCategoryBlock": ("BCEWithLogitsLossFlat", -1),
    "RegressionBlock": ("MSELossFlat", -1),
}
"""Kind of the targets to the loss that it stands for (fastai.data.block)."""


def _target_block(name: str) -> Native:
    def make(run: Interpreter, args: Args) -> Value:
        block = Instance(BLOCK, run.here)
        block.data = name
        return block

    return Native(name, make)


for _name in _BY_BLOCK:
    LIBRARY.entries[f"fastai.{_name}"] = _target_block(_name)
for _name, _first in (("DataBlock", False), ("Datasets", True), ("TabularPandas", True)):
    LIBRARY.add(BlockClass(f"fastai.data.{_name}", _first), f"fastai.{_name}")
