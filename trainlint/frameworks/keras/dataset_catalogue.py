"""tensorflow_datasets: what load() returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op
from trainlint.facts.target_sources import INDEX
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.pipelines import NONE, make, new_loader
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import signature
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PICTURES: dict[str, int] = {
    "mnist": 10, "fashion_mnist": 10, "kmnist": 10, "emnist": 62, "cifar10": 10, "cifar100": 100, "cats_vs_dogs": 2,
    "horses_or_humans": 2, "rock_paper_scissors": 3, "tf_flowers": 5, "oxford_flowers102": 102, "imagenet2012": 1000,
    "food101": 101, "svhn_cropped": 10, "stl10": 10, "beans": 3, "malaria": 2, "caltech101": 102, "stanford_dogs": 120,
    "oxford_iiit_pet": 37, "eurosat": 10, "imagenette": 10, "imagenet_resized": 1000, "patch_camelyon": 2,
    "deep_weeds": 9, "citrus_leaves": 4, "colorectal_histology": 8,
}  # fmt: skip
"""Data sets of pictures and class indices, with their numbers of classes (the catalogue of tensorflow_datasets)."""


@LIBRARY.function("tensorflow_datasets.load")
def tfds_load(run: Interpreter, args: Args) -> Value:
    """`tfds.load(name, split=..., as_supervised=..., with_info=..., batch_size=...)`"""
    table = signature(
        "name, split=None, data_dir=None, batch_size=None, shuffle_files=False, download=True, as_supervised=False, "
        "decoders=None, read_config=None, with_info=False"
    )
    bound = table.bind(args)
    facts = table.facts(run, bound)
    name = facts["name"].value
    element = _tfds_element(run, name if isinstance(name, str) else None, bool(facts["as_supervised"].value))

    def one() -> Value:
        order: Fact[bool] = (
            known(False) if facts["shuffle_files"].value is False else unknown("files are shuffled")
        )
        return make(run, element, new_loader(run, _size(facts["batch_size"]), order, None, element))

    split = bound.get("split")
    result: Value
    if isinstance(split, ListValue | TupleValue):
        result = ListValue([one() for _ in split.elements], open=split.open)
    elif split is None or (isinstance(split, Const) and split.value is None):
        result = DictValue.of({"train": one(), "test": one(), "validation": one()}, open=True)
    else:
        result = one()
    return (
        TupleValue([result, Unknown("the description of a data set")]) if facts["with_info"].value else result
    )


def _size(fact: Fact[Any]) -> Fact[int]:
    return NONE if fact.known and fact.value in (None, -1) else fact


def _tfds_element(run: Interpreter, name: str | None, supervised: bool) -> Value:
    base = name.split("/")[0].split(":")[0] if name is not None else None
    if base not in PICTURES:
        if supervised:
            return TupleValue([_input(run, "features"), _input(run, "label")])
        return DictValue({}, open=True)
    options: dict[str, Fact[Any]] = {"kind": known("image")}
    assert base is not None
    image = Tensor(run.node(Op.DATASET, base, (), options, attached=False, low=0, high=255), KERAS)
    about: dict[str, Fact[Any]] = {
        "kind": known("target"),
        "task": known("multiclass"),
        "encoding": known(INDEX),
        "classes": known(PICTURES[base]),
    }
    label = Tensor(run.node(Op.DATASET, base, (), about, (), attached=False), KERAS)
    return (
        TupleValue([image, label])
        if supervised
        else DictValue.of({"image": image, "label": label}, open=True)
    )


def _input(run: Interpreter, name: str) -> Tensor:
    return Tensor(run.node(Op.INPUT, name, attached=False), KERAS)


@LIBRARY.function("tensorflow_datasets.as_numpy")
def as_numpy(run: Interpreter, args: Args) -> Value:
    """The same data set, or the same element, as arrays."""
    return args.positional[0] if args.positional else Unknown("a data set")
