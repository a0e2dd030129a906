"""The data sets that come with scikit-learn.

`raw` says whether values are in the units of the documentation's table (true) or scaled already; `task` what the
target is. Source: the user guide, section "Toy datasets" and "Real world datasets": load_diabetes has standardised
features and a target of 25 to 346; fetch_california_housing raw features and a target of 0.15 to 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
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
    return Tensor(run.node(Op.DATASET, name, (), options, attached=False), NUMPY)


for _name, (_features, _target, _task) in TABLES.items():
    _loader(_name, _features, _target, _task)


def _generator(name: str) -> None:
    @LIBRARY.function(f"sklearn.datasets.{name}")
    def handler(run: Interpreter, args: Args) -> Value:
        """Generated data: no units, so nothing is said of their scale."""
        return TupleValue([Tensor(run.node(Op.RANDOM, name), NUMPY) for _ in range(2)])


for _name in (
    "make_regression", "make_classification", "make_moons", "make_circles", "make_blobs", "make_friedman1",
    "make_friedman2", "make_friedman3", "make_swiss_roll", "make_multilabel_classification",
):  # fmt: skip
    _generator(_name)
