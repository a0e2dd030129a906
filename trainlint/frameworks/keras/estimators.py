"""Networks behind the interface of scikit-learn: KerasClassifier and KerasRegressor, cross-validated or fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.training_compile import bind as bind_compile
from trainlint.frameworks.keras.training_compile import compiled, read, settle
from trainlint.frameworks.keras.training_fit import FIT, run_fit
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.sklearn.library import LIBRARY as SKLEARN
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

BUILDERS = ("build_fn", "model")
"""The argument that makes the network (or is one), in Keras 1 and 2 and in scikeras."""


class EstimatorClass(LibraryClass):
    """A wrapper. attrs: the arguments of the constructor, which go to the builder, to compile() or to fit()."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in (*args.bind("model").items(), *args.keywords.items()):
            run.write(instance.attrs, name, value)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "fit":
            return Native(f"{self.qualname}.fit", lambda r, args: fit(r, instance, args))
        if name in ("predict", "predict_proba"):
            return Native(f"{self.qualname}.{name}", lambda r, args: _predicted(r, args))
        return Unknown(f"{name} of a wrapped network")


def fit(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`estimator.fit(X, y, **fit_arguments)`"""
    data = args.bind("X", "y")
    model = build(run, instance)
    if model is None:
        run.escape_args(args, instance.describe())
        return instance
    given = {**_plain(instance), **{k: v for k, v in args.keywords.items() if k not in ("X", "y")}}
    if compiled(model) is None:
        settings = {k: v for k, v in given.items() if k in ("optimizer", "loss", "metrics")}
        settle(run, model, read(run, bind_compile(Args([], settings))))
    renamed = {"epochs" if k == "nb_epoch" else k: v for k, v in given.items()}
    arguments = {k: v for k, v in renamed.items() if k in FIT}
    if "X" in data:
        arguments["x"] = data["X"]
    if "y" in data:
        arguments["y"] = data["y"]
    run_fit(run, model, arguments)
    return instance


def _plain(instance: Instance) -> dict[str, Value]:
    """The constructor's arguments; `fit__epochs` is the same as `epochs`."""
    return {
        name.removeprefix("fit__"): value for name, value in instance.attrs.items() if name not in BUILDERS
    }


def build(run: Interpreter, instance: Instance) -> Instance | None:
    """The network: an object, or what the builder makes with those of the arguments that it takes."""
    builder = next((instance.attrs[name] for name in BUILDERS if name in instance.attrs), None)
    if builder is None or (isinstance(builder, Instance) and builder.is_a("keras.models.Model")):
        return builder if isinstance(builder, Instance) else None
    node = getattr(getattr(builder, "function", builder), "node", None)
    if node is None:
        return None
    takes = {a.arg for a in (*node.args.args, *node.args.kwonlyargs)}
    given = {
        name.removeprefix("model__"): value
        for name, value in instance.attrs.items()
        if name.removeprefix("model__") in takes
    }
    made = run.call(builder, Args([], given))
    return made if isinstance(made, Instance) and made.is_a("keras.models.Model") else None


def _predicted(run: Interpreter, args: Args) -> Value:
    nodes = tuple(v.node for v in args.values() if isinstance(v, Tensor))
    return Tensor(run.node(Op.DETACH, "predict", nodes, attached=False), NUMPY)


for _name in (
    "keras.wrappers.scikit_learn.KerasClassifier", "keras.wrappers.scikit_learn.KerasRegressor",
    "keras.wrappers.SKLearnClassifier", "keras.wrappers.SKLearnRegressor",
    "scikeras.wrappers.KerasClassifier", "scikeras.wrappers.KerasRegressor",
):  # fmt: skip
    LIBRARY.add(EstimatorClass(_name))


# -- what scikit-learn does with them


def estimator_in(value: Value | None) -> tuple[Instance | None, list[Instance]]:
    """The wrapped network in an estimator or at the end of a Pipeline, and the objects before it there."""
    if isinstance(value, Instance) and isinstance(value.cls, EstimatorClass):
        return value, []
    inner = value.attrs.get("_steps") if isinstance(value, Instance) else None
    before: list[Instance] = []
    for step in _flat(inner):
        if isinstance(step.cls, EstimatorClass):
            return step, before
        before.append(step)
    return None, []


def _flat(value: Value | None, depth: int = 0) -> list[Instance]:
    if isinstance(value, Instance):
        return [value]
    if isinstance(value, TupleValue | ListValue) and depth < 5:
        return [found for part in value.elements for found in _flat(part, depth + 1)]
    return []


def fit_any(run: Interpreter, value: Value | None, x: Value, y: Value | None) -> bool:
    """Fit a wrapped network, behind the scalers of its Pipeline; False where there is none."""
    estimator, before = estimator_in(value)
    if estimator is None:
        return False
    for step in before:
        x = run.call_method(step, "fit_transform", x)
    fit(run, estimator, Args([x] if y is None else [x, y]))
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
        SKLEARN.function(f"sklearn.{_place}.{_name}")(_cross_validated)


class SearchClass(LibraryClass):
    """GridSearchCV and its kin: they fit the estimator many times, with other arguments each time."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in args.bind("estimator", "param_grid").items():
            run.write(instance.attrs, name, value)
        if estimator_in(instance.attrs.get("estimator"))[0] is None:
            run.escape_args(args, self.qualname)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "fit":
            return Native(f"{self.qualname}.fit", lambda r, args: _searched(r, instance, args))
        return Unknown(f"{name} of a search")


def _searched(run: Interpreter, instance: Instance, args: Args) -> Value:
    estimator, _ = estimator_in(instance.attrs.get("estimator"))
    given = args.bind("X", "y")
    grid = instance.attrs.get("param_grid")
    if estimator is not None:
        for name in getattr(grid, "strings", dict)():
            run.write(estimator.attrs, name.rsplit("__", 1)[-1], Unknown(f"{name} is tried out"))
        fit_any(run, instance.attrs.get("estimator"), given.get("X", Unknown("the data")), given.get("y"))
    return instance


for _name in ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV"):
    SKLEARN.add(SearchClass(f"sklearn.model_selection.{_name}"), f"sklearn.grid_search.{_name}")
