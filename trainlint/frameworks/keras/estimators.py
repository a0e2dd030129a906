"""Networks behind the interface of scikit-learn: KerasClassifier and KerasRegressor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.training_compile import bind as bind_compile
from trainlint.frameworks.keras.training_compile import compiled, read, settle
from trainlint.frameworks.keras.training_fit import FIT, run_fit
from trainlint.frameworks.numpy.array import NUMPY
from trainlint.frameworks.sklearn.searches import TrainingEstimator
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

BUILDERS = ("build_fn", "model")
"""The argument that makes the network (or is one), in Keras 1 and 2 and in scikeras."""


class EstimatorClass(TrainingEstimator):
    """A wrapper. attrs: the arguments of the constructor, which go to the builder, to compile() or to fit()."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for name, value in (*args.bind("model").items(), *args.keywords.items()):
            run.write(instance.attrs, name, value)

    def train(self, run: Interpreter, instance: Instance, args: Args) -> None:
        fit(run, instance, args)

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
