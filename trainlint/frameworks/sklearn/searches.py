"""What scikit-learn does with estimators that train a network: searches over their settings, and cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.sklearn.library import LIBRARY
from trainlint.semantics.classes import class_attribute
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class TrainingEstimator(LibraryClass):
    """A library's wrapper around a network."""

    __slots__ = ()

    def train(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """`estimator.fit(X, y)`"""
        raise NotImplementedError


def estimator_in(value: Value | None) -> tuple[Instance | None, list[Instance]]:
    """The estimator that trains (a wrapped network, or one of a class of the program) by itself or at the end of a Pipeline,
    and the objects before it there."""
    if isinstance(value, Instance) and (isinstance(value.cls, TrainingEstimator) or _is_own(value)):
        return value, []
    inner = value.attrs.get("_steps") if isinstance(value, Instance) else None
    before: list[Instance] = []
    for step in _flat(inner):
        if isinstance(step.cls, TrainingEstimator):
            return step, before
        before.append(step)
    return (before[-1], before[:-1]) if before and _is_own(before[-1]) else (None, [])


def _is_own(value: Instance) -> bool:
    """Whether a class of the program says how it is fitted (scikit-learn asks for a `fit`, and for no base class)."""
    return isinstance(class_attribute(value.cls, "fit"), FunctionValue)


def _flat(value: Value | None, depth: int = 0) -> list[Instance]:
    if isinstance(value, Instance):
        return [value]
    if isinstance(value, TupleValue | ListValue) and depth < 5:
        return [found for part in value.elements for found in _flat(part, depth + 1)]
    return []


def fit_any(run: Interpreter, value: Value | None, x: Value, y: Value | None) -> bool:
    """Fit (and score) what trains, behind the scalers of its Pipeline; False where there is none."""
    estimator, before = estimator_in(value)
    if estimator is None:
        return False
    for step in before:
        x = run.call_method(step, "fit_transform", x)
    given = [x] if y is None else [x, y]
    if isinstance(estimator.cls, TrainingEstimator):
        estimator.cls.train(run, estimator, Args(given))
        return True
    run.call_method(estimator, "fit", *given)
    if isinstance(class_attribute(estimator.cls, "score"), FunctionValue):  # on the part that is held out
        run.call_method(estimator, "score", *given)
    return True


def _cross_validated(run: Interpreter, args: Args) -> Value:
    given = args.bind("estimator", "X", "y")
    x = given.get("X", Unknown("the data is not given"))
    if not fit_any(run, given.get("estimator"), x, given.get("y")):
        run.escape_args(args, "sklearn.model_selection")
        return Unknown("the results of a cross-validation")
    return Tensor(run.node(Op.UNKNOWN, "scores", attached=False), NUMPY)


for _name in ("cross_val_score", "cross_val_predict", "cross_validate"):
    for _place in ("model_selection", "cross_validation"):
        LIBRARY.function(f"sklearn.{_place}.{_name}")(_cross_validated)


class SearchClass(LibraryClass):
    """GridSearchCV and its kin: they fit the estimator many times, with other arguments each time."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("estimator", "param_grid", "param_distributions=")
        if "param_distributions" in given:
            given["param_grid"] = given.pop("param_distributions")
        for name, value in given.items():
            run.write(instance.attrs, name, value)
        if estimator_in(instance.attrs.get("estimator"))[0] is None:
            run.escape_args(args, self.qualname)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "fit":
            return Native(f"{self.qualname}.fit", lambda r, args: _searched(r, instance, args))
        estimator, before = estimator_in(instance.attrs.get("estimator"))
        if estimator is not None and not before and not isinstance(estimator.cls, TrainingEstimator):
            return estimator if name == "best_estimator_" else _of_best(run, estimator, name)
        return Unknown(f"{name} of a search")


def _searched(run: Interpreter, instance: Instance, args: Args) -> Value:
    estimator, _ = estimator_in(instance.attrs.get("estimator"))
    given = args.bind("X", "y")
    if estimator is not None:
        _try_out(run, estimator, instance.attrs.get("param_grid"))
        fit_any(run, instance.attrs.get("estimator"), given.get("X", Unknown("the data")), given.get("y"))
    return instance


def _try_out(run: Interpreter, estimator: Instance, grid: Value | None) -> None:
    """Give an estimator the settings of a grid: the value of those with one choice, and what is not known of the others (of
    all, where the grid is not known)."""
    grids = grid.elements if isinstance(grid, ListValue | TupleValue) else (grid,)
    known = [each for each in grids if isinstance(each, DictValue) and not each.open]
    tried: dict[str, Value | None] = {}
    if len(known) < len(grids) or getattr(grid, "open", False):
        tried = {name: None for name, value in estimator.attrs.items() if isinstance(value, Const)}
    for each in known:
        for name, choices in each.strings().items():
            only = (
                choices.elements if isinstance(choices, ListValue | TupleValue) and not choices.open else ()
            )
            tried[name.rsplit("__", 1)[-1]] = only[0] if len(only) == len(grids) == 1 else None
    for name, value in tried.items():
        run.write(estimator.attrs, name, value or Unknown(f"{name} is tried out"))


def _of_best(run: Interpreter, estimator: Instance, name: str) -> Value:
    """What the search hands on to the best estimator, which it fits again."""
    method = isinstance(class_attribute(estimator.cls, name), FunctionValue)
    return run.get_attr(estimator, name) if method else Unknown(f"{name} of a search")


for _name in ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV"):
    LIBRARY.add(SearchClass(f"sklearn.model_selection.{_name}"), f"sklearn.grid_search.{_name}")
