"""keras_tuner: a search that builds networks with values it chooses, and fits them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.keras.library import LIBRARY
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_CHOICES = frozenset({"Int", "Float", "Choice", "Boolean", "get"})
_LOOKS = frozenset(
    {"search_space_summary", "results_summary", "reload", "save", "get_state", "set_state", "on_search_end"}
)
_TUNERS = (
    "Tuner",
    "RandomSearch",
    "Hyperband",
    "BayesianOptimization",
    "GridSearch",
    "SklearnTuner",
    "Sklearn",
)


class HyperParametersClass(LibraryClass):
    """`hp`: what it gives is one value of a range or list; one that is fixed, or the only one, is known."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "Fixed":
            return Native(
                "hp.Fixed", lambda r, args: args.bind("name", "value").get("value", Unknown("hp.Fixed()"))
            )
        if name in _CHOICES:
            return Native(f"hp.{name}", _chosen)
        if name == "values":
            return DictValue({}, open=True)
        return Native(f"hp.{name}", lambda r, args: Unknown(f"hp.{name}()"))


def _chosen(run: Interpreter, args: Args) -> Value:
    values = args.bind("name", "values").get("values")
    known = values.iterate(run) if isinstance(values, ListValue) else None
    if known is not None and known.exact and len(known.values) == 1:
        return known.values[0]
    return Unknown("what a search chooses")


class HyperModelClass(LibraryClass):
    """A base of local classes with `build(hp)`, or the builder of a tuner."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        """name, tunable: no concern of training facts."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "build":
            return Native("HyperModel.build", lambda r, args: _built(r, instance))
        if name == "fit":
            return Native("HyperModel.fit", _fit)
        return None


def _fit(run: Interpreter, args: Args) -> Value:
    """`HyperModel.fit(hp, model, *args)`: the network's own fit()."""
    if len(args.positional) < 2:
        return Unknown("fit()")
    fit = run.get_attr(args.positional[1], "fit")
    return run.call(fit, Args(args.positional[2:], args.keywords, args.open))


_MODEL, _BUILDER = "<model>", "<builder>"


def _built(run: Interpreter, owner: Instance) -> Value:
    """The network that the builder makes: one stands for those of all trials."""
    kept = owner.attrs.get(_MODEL)
    if kept is None:
        builder = owner.attrs.get(_BUILDER, Unknown("what builds the network"))
        if isinstance(builder, Instance) and run.class_attribute(builder.cls, "build") is not None:
            builder = run.get_attr(builder, "build")
        kept = run.call(builder, Args([Instance(PARAMETERS, run.here)]))
        run.write(owner.attrs, _MODEL, kept)
    return kept


class TunerClass(LibraryClass):
    """A tuner: `search()` builds and fits."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        builder = args.bind("hypermodel").get("hypermodel", Unknown("what builds the network"))
        run.write(instance.attrs, _BUILDER, builder)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "search":
            return Native("Tuner.search", lambda r, args: _search(r, instance, args))
        if name == "hypermodel":
            made = Instance(MODEL, run.here)
            made.attrs[_BUILDER] = instance.attrs.get(_BUILDER, Unknown("what builds the network"))
            made.attrs[_MODEL] = _built(run, instance)
            return made
        if name == "get_best_models":
            return Native(
                "Tuner.get_best_models", lambda r, args: ListValue([_built(r, instance)], open=True)
            )
        if name == "get_best_hyperparameters":
            return Native(
                "Tuner.get_best_hyperparameters",
                lambda r, args: ListValue([Instance(PARAMETERS, r.here)], open=True),
            )
        if name in _LOOKS:
            return Native(f"Tuner.{name}", lambda r, args: Const(None))
        return Unknown(f"{name} of a tuner")


def _search(run: Interpreter, tuner: Instance, args: Args) -> Value:
    """`tuner.search(x, y, epochs=5, validation_data=...)`: what fit() takes."""
    model = _built(run, tuner)
    builder = tuner.attrs.get(_BUILDER)
    own = run.class_attribute(builder.cls, "fit") if isinstance(builder, Instance) else None
    if own is not None and isinstance(builder, Instance):
        given = [Instance(PARAMETERS, run.here), model, *args.positional]
        return run.call(run.bind(own, builder), Args(given, args.keywords, args.open))
    run.call(run.get_attr(model, "fit"), args)
    return Const(None)


PARAMETERS = HyperParametersClass("keras_tuner.HyperParameters")
MODEL = HyperModelClass("keras_tuner.HyperModel")
for _package in ("keras_tuner", "kerastuner"):
    for _place in ("", ".engine", ".engine.hyperparameters", ".engine.hypermodel", ".src"):
        LIBRARY.entries[f"{_package}{_place}.HyperParameters"] = PARAMETERS
        LIBRARY.entries[f"{_package}{_place}.HyperModel"] = MODEL
for _name in _TUNERS:
    _tuner = TunerClass(f"keras_tuner.{_name}")
    for _package in ("keras_tuner", "kerastuner"):
        for _place in ("", ".tuners", ".engine.tuner"):
            LIBRARY.entries[f"{_package}{_place}.{_name}"] = _tuner
