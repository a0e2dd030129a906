"""fastai 1: lists of items that chained calls split and label, and the DataBunch that they end in (fastai 1.0.61)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.fastai.data import BATCH, LOADERS, LoadersClass, loader, loaders_of, none
from trainlint.frameworks.fastai.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

BUNCH_NAME = "fastai.basic_data.DataBunch"
_PLACES = ("path", "bs", "val_bs")
_CHAINED = (
    "add",
    "databunch",
    "filter",
    "label",
    "no_",
    "normalize",
    "process",
    "random",
    "split",
    "to",
    "transform",
    "use_",
)
"""How methods begin that return the list itself, or what is labelled of it."""


class BunchClass(LoadersClass):
    """DataBunch(train_dl, valid_dl), and the class methods that make it of files, tables and data sets."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "normalize":
            return Native(f"{self.qualname}.{name}", lambda r, args: instance)
        if name in ("train_dl", "valid_dl"):
            return instance.attrs.get(name.removesuffix("_dl"))
        return super().attribute(run, instance, name)

    def _maker(self, name: str) -> Value | None:
        if name in ("create", "create_from_ll") or name.startswith("from_"):
            return Native(f"{self.qualname}.{name}", lambda r, args: bunch(r, self, args, name == "create"))
        return None


def bunch(run: Interpreter, cls: LibraryClass, args: Args, sets: bool = False) -> Value:
    """Loaders of data that only the library reads: the training data in random order, without an incomplete batch.
    sets: the data sets come first."""
    places = ("train_ds", "valid_ds", "test_ds", *_PLACES) if sets else tuple(f"{name}=" for name in _PLACES)
    given = args.bind(*places)
    opened = Unknown("an argument that is not followed") if args.open else None
    size = given.get("bs", opened or Const(BATCH))
    held_out = given.get("val_bs")
    data = [given.get(name, Unknown("samples that fastai reads")) for name in ("train_ds", "valid_ds")]
    order = {"shuffle": Const(True), "drop_last": Const(True)}
    made = [
        loader(run, data[0], batch_size=size, **order),
        loader(run, data[1], batch_size=size if held_out is None or none(held_out) else held_out),
    ]
    return loaders_of(run, made, cls)


class ItemsClass(LibraryClass):
    """ImageList and its kin: from files or tables, split, labelled, transformed."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """What it holds is the library's business."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "databunch":
            return Native(f"{self.qualname}.{name}", _databunch)
        if name.startswith(_CHAINED):
            return Native(f"{self.qualname}.{name}", lambda r, args: instance)
        return Unknown(f"{name} of {self.qualname}")

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return self._maker(name) or super().get_attr(run, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        return self._maker(name)

    def _maker(self, name: str) -> Value | None:
        if not name.startswith("from_"):
            return None
        return Native(f"{self.qualname}.{name}", lambda r, args: Instance(self, r.here))


def _databunch(run: Interpreter, args: Args) -> Value:
    given = args.bind(*_PLACES)
    return bunch(run, BUNCH, Args([], given, args.open))


def of_bunch(learner: Instance) -> bool:
    """Whether a learner's data is of fastai 1, whose optimizers are torch's own."""
    held = learner.attrs.get("dls")
    return isinstance(held, Instance) and held.is_a(BUNCH_NAME)


BUNCH = LIBRARY.add(BunchClass(BUNCH_NAME, (LOADERS,)), "fastai.DataBunch")
for _name in (
    "ImageDataBunch",
    "TextDataBunch",
    "TextLMDataBunch",
    "TextClasDataBunch",
    "TabularDataBunch",
    "CollabDataBunch",
):
    LIBRARY.add(BunchClass(f"fastai.data.{_name}", (BUNCH,)), f"fastai.{_name}")
for _name in (
    "ItemList", "ImageList", "ImageItemList", "SegmentationItemList", "ObjectItemList", "PointsItemList", "ImageImageList",
    "TextList", "TabularList", "CollabList",
):  # fmt: skip
    LIBRARY.add(ItemsClass(f"fastai.data_block.{_name}"), f"fastai.{_name}")
