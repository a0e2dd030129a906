"""The data sets that come with scikit-learn.

`raw` says whether values are in the units of the documentation's table (true) or scaled already; `task` what the
target is. Source: the user guide, section "Toy datasets" and "Real world datasets": load_diabetes has standardised
features and a target of 25 to 346; fetch_california_housing raw features and a target of 0.15 to 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
from trainlint.facts.target_sources import INDEX, MULTI_HOT, VALUES
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.sklearn.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

TABLES: dict[str, tuple[bool, bool, str]] = {
    "load_diabetes": (False, True, "regression"),
    "fetch_california_housing": (True, False, "regression"),
    "load_boston": (True, True, "regression"),
    "load_linnerud": (True, True, "regression"),
    "load_iris": (True, False, "multiclass"),
    "load_wine": (True, False, "multiclass"),
    "load_breast_cancer": (True, False, "binary"),
    "load_digits": (True, False, "multiclass"),
    "fetch_openml": (True, True, "unknown"),
    "fetch_covtype": (True, False, "multiclass"),
}
"""name -> (features raw, target raw, task)"""
CLASSES: dict[str, int] = {
    "load_iris": 3, "load_wine": 3, "load_breast_cancer": 2, "load_digits": 10,
}  # fmt: skip
"""Classes from 0 on (those of fetch_covtype begin at 1)."""
REACHES: dict[str, tuple[float, float]] = {
    "load_diabetes": (25.0, 346.0), "fetch_california_housing": (0.15, 5.0), "load_boston": (5.0, 50.0),
}  # fmt: skip
"""Smallest and largest target, by the data sets' descriptions."""


class Bunch(LibraryClass):
    """The object that holds `data` and `target`."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("frame", "feature_names", "target_names", "DESCR"):
            return Unknown(f"{name} of a data set")
        return None

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        return run.get_attr(instance, str(key.value)) if isinstance(key, Const) else None


BUNCH = Bunch("sklearn.utils.Bunch")


def _loader(name: str, features_raw: bool, target_raw: bool, task: str) -> None:
    @LIBRARY.function(f"sklearn.datasets.{name}")
    def handler(run: Interpreter, args: Args) -> Value:
        data = _part(run, name, "features", features_raw, task)
        target = _part(run, name, "target", target_raw, task)
        as_tuple = args.keywords.get("return_X_y")
        if isinstance(as_tuple, Const) and as_tuple.value:
            return TupleValue([data, target])
        return Instance(BUNCH, run.here, {"data": data, "target": target})


def _part(run: Interpreter, name: str, kind: str, raw: bool, task: str) -> Tensor:
    options: dict[str, Fact[Any]] = {"kind": known(kind), "raw": known(raw), "task": known(task)}
    if kind == "target" and name in CLASSES:
        options.update(encoding=known(INDEX), classes=known(CLASSES[name]))
    if kind == "target" and name in REACHES:
        options["reaches"] = known(REACHES[name])
    return Tensor(run.node(Op.DATASET, name, (), options, attached=False), NUMPY)


for _name, (_features, _target, _task) in TABLES.items():
    _loader(_name, _features, _target, _task)


GENERATORS: dict[str, tuple[tuple[str, ...], str | None, str | None, int | None]] = {
    "make_regression": (("n_samples", "n_features"), VALUES, None, None),
    "make_friedman1": (("n_samples", "n_features"), VALUES, None, None),
    "make_friedman2": (("n_samples",), VALUES, None, None),
    "make_friedman3": (("n_samples",), VALUES, None, None),
    "make_swiss_roll": (("n_samples",), VALUES, None, None),
    "make_classification": (("n_samples", "n_features"), INDEX, "n_classes", 2),
    "make_moons": (("n_samples",), INDEX, None, 2),
    "make_circles": (("n_samples",), INDEX, None, 2),
    "make_blobs": (("n_samples", "n_features", "centers"), INDEX, "centers", 3),
    "make_multilabel_classification": (("n_samples", "n_features", "n_classes"), MULTI_HOT, "n_classes", 5),
}
"""name -> (arguments by position, what the target holds, the argument that counts classes, its default)"""


def _generator(name: str) -> None:
    arguments, encoding, counted, default = GENERATORS[name]

    @LIBRARY.function(f"sklearn.datasets.{name}")
    def handler(run: Interpreter, args: Args) -> Value:
        """Generated data: no units, so nothing is said of their scale."""
        options: dict[str, Fact[Any]] = {"kind": known("target"), "encoding": known(encoding)}
        given = args.bind(*arguments).get(counted) if counted is not None else None
        given = given if given is not None else args.keywords.get(counted or "")
        classes = run.fact(given) if given is not None else known(default)
        if isinstance(classes.value, int):
            options["classes"] = classes
        if name == "make_regression":
            options["reaches"] = known(
                (-1.0, 1.0)
            )  # a sum of normal features times up to 100, without a bias
        return TupleValue([
            Tensor(run.node(Op.RANDOM, name), NUMPY),
            Tensor(run.node(Op.RANDOM, name, (), options), NUMPY),
        ])  # fmt: skip


for _name in GENERATORS:
    _generator(_name)
