"""torchvision.datasets: pictures of 0 to 255 with class indices, after the transforms given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
from trainlint.facts.target_sources import INDEX, MULTI_HOT
from trainlint.frameworks.torch.data import BASE
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torchvision.images import PICTURE
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

SIZES: dict[str, tuple[int, int]] = {
    "MNIST": (60_000, 10_000), "FashionMNIST": (60_000, 10_000), "KMNIST": (60_000, 10_000),
    "CIFAR10": (50_000, 10_000), "CIFAR100": (50_000, 10_000),
}  # fmt: skip
"""Samples for training and for testing (the data sets' own pages)."""
CLASSES: dict[str, int] = {
    "MNIST": 10, "FashionMNIST": 10, "KMNIST": 10, "CIFAR10": 10, "CIFAR100": 100, "SVHN": 10, "STL10": 10, "USPS": 10,
    "SEMEION": 10, "ImageNet": 1000, "Flowers102": 102, "Food101": 101, "StanfordCars": 196, "Caltech256": 257,
    "GTSRB": 43, "EuroSAT": 10, "DTD": 47, "Country211": 211, "SUN397": 397, "RenderedSST2": 2, "PCAM": 2,
    "Places365": 365,
}  # fmt: skip
"""Classes of which the target is an index (the data sets' own pages); others depend on arguments or folders."""
CHOSEN: dict[str, tuple[str, str | None, dict[str, int]]] = {
    "OxfordIIITPet": ("target_types", "category", {"category": 37, "binary-category": 2}),
    "Caltech101": ("target_type", "category", {"category": 101}),
    "FGVCAircraft": ("annotation_level", "variant", {"variant": 100, "family": 70, "manufacturer": 30}),
    "EMNIST": ("split", None, {"byclass": 62, "bymerge": 47, "balanced": 47, "letters": 27, "digits": 10, "mnist": 10}),
}  # fmt: skip
"""An argument that says what the target is, its default, and the classes of each (the same pages)."""
FLAGS = ("CelebA",)
"""Data sets whose target is a row of flags."""
OTHERS = [
    "ImageFolder",
    "DatasetFolder",
    "SVHN",
    "STL10",
    "EMNIST",
    "QMNIST",
    "ImageNet",
    "CelebA",
    "Places365",
    "Flowers102",
    "Food101",
    "OxfordIIITPet",
    "StanfordCars",
    "Caltech101",
    "Caltech256",
    "GTSRB",
    "EuroSAT",
    "DTD",
    "FGVCAircraft",
    "USPS",
    "Omniglot",
    "SEMEION",
    "Country211",
    "PCAM",
    "LSUN",
    "SUN397",
    "RenderedSST2",
    "INaturalist",
    "FakeData",
]
OPAQUE = [
    "VOCDetection",
    "VOCSegmentation",
    "CocoDetection",
    "CocoCaptions",
    "Cityscapes",
    "Kinetics",
    "UCF101",
    "HMDB51",
    "SBDataset",
    "WIDERFace",
]
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "ImageFolder": ("root", "transform", "target_transform", "loader"),
    "DatasetFolder": ("root", "loader", "extensions", "transform", "target_transform"),
    "SVHN": ("root", "split", "transform", "target_transform", "download"),
    "STL10": ("root", "split", "folds", "transform", "target_transform", "download"),
    "EMNIST": ("root", "split", "train", "transform", "target_transform", "download"),
    "CelebA": ("root", "split", "target_type", "transform", "target_transform", "download"),
    "OxfordIIITPet": (
        "root", "split", "target_types", "transforms", "transform", "target_transform", "download",
    ),
    "Caltech101": ("root", "target_type", "transform", "target_transform", "download"),
    "FGVCAircraft": (
        "root", "split", "annotation_level", "transform", "target_transform", "download",
    ),
}  # fmt: skip
_USUAL = ("root", "train", "transform", "target_transform", "download")


class PictureDataset(LibraryClass):
    """A data set whose elements are (transform(picture), class index)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__(f"torchvision.datasets.{name}", (BASE,))
        self.name = name

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.bind(*_PARAMETERS.get(self.name, _USUAL)).items():
            run.write(instance.attrs, name, value)
        if "transform" not in instance.attrs:
            run.write(instance.attrs, "transform", Const(None))

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        options = {"kind": known("image")}
        picture: Value = Tensor(
            run.node(Op.DATASET, self.name, (), options, attached=False, low=0, high=255), PICTURE
        )
        label: Value = Tensor(
            run.node(
                Op.DATASET,
                self.name,
                (),
                self.target_options(instance),
                None if self.name in FLAGS else (),
                attached=False,
            ),
            TORCH,
        )
        transform = instance.attrs.get("transform")
        if transform is not None and not (isinstance(transform, Const) and transform.value is None):
            picture = run.call(transform, Args([picture]))
        target_transform = instance.attrs.get("target_transform")
        if target_transform is not None and not (
            isinstance(target_transform, Const) and target_transform.value is None
        ):
            label = run.call(target_transform, Args([label]))
        return TupleValue([picture, label])

    def target_options(self, instance: Instance) -> dict[str, Fact[Any]]:
        """What the documentation says of the target."""
        options: dict[str, Fact[Any]] = {"kind": known("target")}
        if self.name in FLAGS:
            wanted = instance.attrs.get("target_type")
            if wanted is None or (isinstance(wanted, Const) and wanted.value == "attr"):
                options["encoding"] = known(MULTI_HOT)
            return options
        if self.name in CHOSEN:
            argument, default, classes = CHOSEN[self.name]
            chosen = instance.attrs.get(argument, Const(default))
            count = (
                classes.get(chosen.value)
                if isinstance(chosen, Const) and isinstance(chosen.value, str)
                else None
            )
            return (
                options if count is None else {**options, "encoding": known(INDEX), "classes": known(count)}
            )
        options["encoding"] = known(INDEX)
        if self.name in CLASSES:
            options["classes"] = known(CLASSES[self.name])
        return options

    def size(self, run: Interpreter, instance: Instance) -> int | None:
        sizes = SIZES.get(self.name)
        train = instance.attrs.get("train", Const(True)).truth(run)
        return None if sizes is None or train is None else sizes[0 if train else 1]

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "data":
            return Tensor(
                run.node(
                    Op.DATASET, self.name, (), {"kind": known("image")}, attached=False, low=0, high=255
                ),
                TORCH,
            )
        if name in ("targets", "labels"):
            return Tensor(
                run.node(Op.DATASET, self.name, (), self.target_options(instance), attached=False), TORCH
            )
        if name in ("classes", "samples", "imgs"):
            return ListValue([], open=True)
        return None


class OpaqueDataset(LibraryClass):
    """A data set whose elements are not modelled."""

    __slots__ = ()

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        return Unknown(f"element of {self.qualname}")


for _name in (*SIZES, *OTHERS):
    LIBRARY.add(PictureDataset(_name))
for _name in OPAQUE:
    LIBRARY.add(OpaqueDataset(f"torchvision.datasets.{_name}", (BASE,)))
