"""keras.datasets: arrays as load_data() returns them, with the units and encodings that the documentation gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op, Shape
from trainlint.facts.target_sources import INDEX
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass(frozen=True)
class Dataset:
    """kind: image (0 to 255), table (raw units) or text (lists of word indices). task of the target.

    train, test: numbers of samples; rest: the shape of one; target: that of one target. reaches: the values of a quantity.
    """

    kind: str
    task: str
    train: int
    test: int
    rest: Shape | None
    target: Shape = ()
    classes: int | None = None
    reaches: tuple[float, float] | None = None


DATASETS: dict[str, Dataset] = {
    "mnist": Dataset("image", "multiclass", 60_000, 10_000, (28, 28), (), 10),
    "fashion_mnist": Dataset("image", "multiclass", 60_000, 10_000, (28, 28), (), 10),
    "cifar10": Dataset("image", "multiclass", 50_000, 10_000, (32, 32, 3), (1,), 10),
    "cifar100": Dataset("image", "multiclass", 50_000, 10_000, (32, 32, 3), (1,), 100),
    "imdb": Dataset("text", "binary", 25_000, 25_000, None, (), 2),
    "reuters": Dataset("text", "multiclass", 8_982, 2_246, None, (), 46),
    "boston_housing": Dataset("table", "regression", 404, 102, (13,), reaches=(5.0, 50.0)),
    "california_housing": Dataset("table", "regression", 16_512, 4_128, (8,), reaches=(15_000.0, 500_000.0)),
}
"""Documentation of keras.datasets, Keras 3.15: prices of Boston in thousands of dollars (5 to 50), of California in
dollars (15,000 to 500,000), both with features in the units of their columns."""


def features(run: Interpreter, name: str, data: Dataset, samples: int | None) -> Tensor:
    """The inputs of one part of a data set."""
    options: dict[str, Fact[Any]] = {"kind": known("features" if data.kind == "table" else data.kind)}
    shape = (samples, *data.rest) if data.rest is not None else (samples,)
    if data.kind == "image":
        node = run.node(Op.DATASET, name, (), options, shape, attached=False, low=0, high=255)
    else:
        options["raw"] = known(data.kind == "table")
        node = run.node(Op.DATASET, name, (), options, shape, attached=False)
    return Tensor(node, NUMPY)


def targets(run: Interpreter, name: str, data: Dataset, samples: int | None) -> Tensor:
    """The targets of one part of a data set."""
    options: dict[str, Fact[Any]] = {"kind": known("target"), "task": known(data.task)}
    if data.task == "regression":
        options["raw"] = known(True)
        options["reaches"] = known(data.reaches)
    else:
        options["encoding"] = known(INDEX)
        options["classes"] = known(data.classes)
    shape = (samples, *data.target)
    return Tensor(run.node(Op.DATASET, name, (), options, shape, attached=False), NUMPY)


def _register(name: str, data: Dataset) -> None:
    @LIBRARY.function(f"keras.datasets.{name}.load_data")
    def load_data(run: Interpreter, args: Args) -> Value:
        parts = []
        for samples in (data.train, data.test):
            count = None if args.positional or args.keywords.keys() - {"path"} else samples
            parts.append(TupleValue([features(run, name, data, count), targets(run, name, data, count)]))
        return TupleValue(parts)


for _name, _data in DATASETS.items():
    _register(_name, _data)


@LIBRARY.function("keras.datasets.imdb.get_word_index", "keras.datasets.reuters.get_word_index")
def get_word_index(run: Interpreter, args: Args) -> Value:
    """Words and their indices."""
    return Unknown("a word index")
