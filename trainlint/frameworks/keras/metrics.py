"""keras.metrics: what is reported while a network trains, and for which kind of task it is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.facts.training import Metric
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.losses import CLASSES as LOSSES
from trainlint.frameworks.keras.losses import FUNCTIONS as LOSS_FUNCTIONS
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.model import Location
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PREFIX = "keras.metrics."
CLASSIFICATION, REGRESSION, OTHER = "classification", "regression", "other"

CLASSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Accuracy": (CLASSIFICATION, ()),
    "BinaryAccuracy": (CLASSIFICATION, ("binary_accuracy",)),
    "CategoricalAccuracy": (CLASSIFICATION, ("categorical_accuracy",)),
    "SparseCategoricalAccuracy": (CLASSIFICATION, ("sparse_categorical_accuracy",)),
    "TopKCategoricalAccuracy": (CLASSIFICATION, ("top_k_categorical_accuracy",)),
    "SparseTopKCategoricalAccuracy": (CLASSIFICATION, ("sparse_top_k_categorical_accuracy",)),
    "AUC": (CLASSIFICATION, ("auc",)),
    "Precision": (CLASSIFICATION, ("precision",)),
    "Recall": (CLASSIFICATION, ("recall",)),
    "F1Score": (CLASSIFICATION, ("f1_score",)),
    "FBetaScore": (CLASSIFICATION, ("fbeta_score",)),
    "TruePositives": (CLASSIFICATION, ()),
    "TrueNegatives": (CLASSIFICATION, ()),
    "FalsePositives": (CLASSIFICATION, ()),
    "FalseNegatives": (CLASSIFICATION, ()),
    "PrecisionAtRecall": (CLASSIFICATION, ()),
    "RecallAtPrecision": (CLASSIFICATION, ()),
    "SensitivityAtSpecificity": (CLASSIFICATION, ()),
    "SpecificityAtSensitivity": (CLASSIFICATION, ()),
    "BinaryIoU": (CLASSIFICATION, ()),
    "IoU": (CLASSIFICATION, ()),
    "MeanIoU": (CLASSIFICATION, ()),
    "OneHotIoU": (CLASSIFICATION, ()),
    "OneHotMeanIoU": (CLASSIFICATION, ()),
    "BinaryCrossentropy": (CLASSIFICATION, ("binary_crossentropy", "bce", "BCE")),
    "CategoricalCrossentropy": (CLASSIFICATION, ("categorical_crossentropy",)),
    "SparseCategoricalCrossentropy": (CLASSIFICATION, ("sparse_categorical_crossentropy",)),
    "Hinge": (CLASSIFICATION, ("hinge",)),
    "SquaredHinge": (CLASSIFICATION, ("squared_hinge",)),
    "CategoricalHinge": (CLASSIFICATION, ("categorical_hinge",)),
    "MeanSquaredError": (REGRESSION, ("mean_squared_error", "mse", "MSE")),
    "RootMeanSquaredError": (REGRESSION, ("root_mean_squared_error", "rmse")),
    "MeanAbsoluteError": (REGRESSION, ("mean_absolute_error", "mae", "MAE")),
    "MeanAbsolutePercentageError": (REGRESSION, ("mean_absolute_percentage_error", "mape", "MAPE")),
    "MeanSquaredLogarithmicError": (REGRESSION, ("mean_squared_logarithmic_error", "msle", "MSLE")),
    "LogCoshError": (REGRESSION, ("logcosh", "log_cosh", "log_cosh_error")),
    "R2Score": (REGRESSION, ("r2_score",)),
    "PearsonCorrelation": (REGRESSION, ()),
    "ConcordanceCorrelation": (REGRESSION, ()),
    "CosineSimilarity": (OTHER, ("cosine_similarity", "cosine_proximity")),
    "KLDivergence": (OTHER, ("kl_divergence", "kullback_leibler_divergence", "kld", "KLD")),
    "Poisson": (OTHER, ("poisson",)),
    "Mean": (OTHER, ()),
    "Sum": (OTHER, ()),
    "MeanTensor": (OTHER, ()),
    "MeanMetricWrapper": (OTHER, ()),
    "Metric": (OTHER, ()),
}
"""Class, task, and the texts and function names that mean it: documentation of keras.metrics, Keras 3.15."""

BY_DATA = {
    "accuracy": CLASSIFICATION, "acc": CLASSIFICATION, "Accuracy": CLASSIFICATION,
    "crossentropy": CLASSIFICATION, "ce": CLASSIFICATION,
}  # fmt: skip
"""Texts whose class the library picks by the shapes of targets and outputs."""

BY_NAME: dict[str, str] = {
    **{name: name for name in CLASSES},
    **{alias: name for name, (_, aliases) in CLASSES.items() for alias in aliases},
}


class MetricClass(LibraryClass):
    """A metric object: updated, read and reset, with no effect on training."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "update_state":
            return Native(f"{self.qualname}.{name}", self._update)
        if name in ("reset_state", "reset_states", "add_weight"):
            return Native(f"{self.qualname}.{name}", lambda r, args: Const(None))
        if name == "result":
            return Native(f"{self.qualname}.result", lambda r, args: Unknown(f"{self.qualname}.result()"))
        return Unknown(f"{self.qualname}.{name}") if name in ("name", "dtype", "variables") else None

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        self._update(run, args)
        return Unknown(f"{self.qualname}()")

    def _update(self, run: Interpreter, args: Args) -> Value:
        """Outputs are held against targets: a figure, through which no gradient flows."""
        nodes = tuple(v.node for v in args.values() if isinstance(v, Tensor))
        if nodes and len(args.positional) + len(args.keywords) > 1:
            run.node(Op.COMPARE, self.qualname, nodes)
        return Const(None)


for _name in CLASSES:
    LIBRARY.add(MetricClass(f"{PREFIX}{_name}"))


def _function(name: str) -> None:
    @LIBRARY.function(f"{PREFIX}{name}")
    def call(run: Interpreter, args: Args) -> Value:
        nodes = tuple(v.node for v in args.values() if isinstance(v, Tensor))
        return Tensor(run.node(Op.CALL, name, nodes), KERAS)


for _name in (n for n in BY_NAME if n not in CLASSES):
    _function(_name)


def resolve(run: Interpreter, value: Value, location: Location) -> Metric | None:
    """The metric that a text, class, function or object stands for; None where it is not known."""
    origin = value.origin
    if isinstance(value, Const) and isinstance(value.value, str):
        if value.value in BY_DATA:
            name = "accuracy" if value.value.lower().startswith("acc") else "crossentropy"
            return Metric(name, BY_DATA[value.value], location, origin=origin)
        return _of_table(BY_NAME.get(value.value), location, origin)
    if isinstance(value, Native) and value.name.startswith(PREFIX):
        return _of_table(BY_NAME.get(value.name[len(PREFIX) :]), location, origin)
    if isinstance(value, Native) and value.name in LOSS_FUNCTIONS:
        return _of_table(BY_NAME.get(LOSS_FUNCTIONS[value.name].name), location, origin)
    cls = value.cls if isinstance(value, Instance) else value
    if isinstance(cls, MetricClass):
        return _of_table(cls.qualname[len(PREFIX) :], location, origin)
    if isinstance(cls, type(next(iter(LOSSES.values())))):
        return _of_table(cls.qualname.rsplit(".", 1)[-1], location, origin)
    if isinstance(value, Unknown):
        return None
    return Metric(cls.describe(), OTHER, location, origin=origin)


def _of_table(name: str | None, location: Location, origin: tuple[object, ...]) -> Metric | None:
    if name is None or name not in CLASSES:
        return None
    return Metric(f"{PREFIX}{name}", CLASSES[name][0], location, origin=origin)  # type: ignore[arg-type]
